// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DisputeCause, IMilestoneEscrow, Milestone, Profile, State} from "../../../src/interfaces/IMilestoneEscrow.sol";
import "../../../src/escrow/Errors.sol" as E;
import {Recorder} from "../../support/escrow/Actors.sol";
import {EscrowFixture} from "../../support/escrow/EscrowFixture.sol";

/// @dev Submission, the gate's three answers, disputes, rulings and lapses, with their clocks to the second: Decide.tree.
contract DecideTest is EscrowFixture {
    uint256 private constant DUE = START + 30 days;
    uint256 private constant EXIT = DUE + 14 days;
    uint96 private constant G = 1_000e6;

    function setUp() public {
        deployAll();
        addProfile(full());
        Profile memory p = full();
        p.silenceApproves = false;
        p.maxRounds = 2;
        addProfile(p);
        addMilestone(G, 30, 5, 0);
        addMilestone(G, 30, 5, 1);
        create();
        fund(2 * G);
        vm.warp(START + 10 days);
    }

    function _review() private view returns (uint256) {
        return block.timestamp + 15 days;
    }

    function _tooLate(uint8 m, uint256 deadline) private {
        fails(abi.encodeWithSelector(E.Escrow_TooLate.selector, uint256(m), deadline));
    }

    function _tooEarly(uint8 m, uint256 until) private {
        fails(abi.encodeWithSelector(E.Escrow_TooEarly.selector, uint256(m), until));
    }

    function _wrong(uint8 m, State s) private {
        fails(abi.encodeWithSelector(E.Escrow_WrongState.selector, uint256(m), uint256(s)));
    }

    // ---- submit

    function test_SubmitOpensTheGate() public {
        uint256 by = _review();
        submit(0, DIGEST);
        Milestone memory m = escrow.milestone(0);
        eq(uint256(m.state), uint256(State.Submitted), "state");
        eq(m.round, 1, "round");
        eq(m.clock, block.timestamp, "clock");
        eq(m.digest, DIGEST, "digest");
        eq(m.lateBps, 0, "not late");
        bytes memory expected = abi.encodeWithSignature(
            "open(uint8,uint8,bytes32,uint40,uint8,uint8)",
            0,
            1,
            DIGEST,
            by,
            0,
            1
        );
        eq(keccak256(Recorder(gate).last()), keccak256(expected), "gate asked");
        (uint40 at, State outcome, uint16 bps) = escrow.exitOf(0);
        eq(at, by, "exit");
        eq(uint256(outcome), uint256(State.Released), "silence pays");
        eq(bps, 10_000, "in full");
    }

    function test_SubmitBySignature() public {
        bytes32 typeHash = keccak256(
            "Submit(uint8 milestone,uint8 round,bytes32 digest,uint256 nonce,uint48 deadline)"
        );
        bytes memory head = abi.encode(typeHash, uint8(0), uint8(1), DIGEST);
        escrow.submit(0, DIGEST, consent(WORKER_KEY, 3, 0, head, FOREVER));
        isState(0, State.Submitted, "submitted");
    }

    function test_RevertWhen_SubmitByAnother() public {
        fails(E.Escrow_NotParty.selector);
        vm.prank(client);
        escrow.submit(0, DIGEST, self());
    }

    function test_RevertWhen_SubmitZeroDigest() public {
        vm.prank(worker);
        fails(E.Escrow_ZeroDigest.selector);
        escrow.submit(0, 0, self());
    }

    function test_RevertWhen_SubmitTwice() public {
        submit(0, DIGEST);
        _wrong(0, State.Submitted);
        vm.prank(worker);
        escrow.submit(0, DIGEST_2, self());
    }

    function test_RevertWhen_SubmitUnknownMilestone() public {
        vm.prank(worker);
        fails(abi.encodeWithSelector(E.Escrow_NoSuchMilestone.selector, uint256(2)));
        escrow.submit(2, DIGEST, self());
    }

    function test_SubmitCountsInTheLastSecond() public {
        vm.warp(EXIT + 1);
        vm.prank(worker);
        _tooLate(0, EXIT);
        escrow.submit(0, DIGEST, self());
        vm.warp(EXIT);
        submit(0, DIGEST);
        eq(escrow.milestone(0).lateBps, 350, "7 days at 50");
    }

    function test_LateCreditCountsStartedDays() public {
        vm.warp(DUE + 7 days);
        submit(0, DIGEST);
        eq(escrow.milestone(0).lateBps, 0, "last second of grace");
        vm.warp(DUE + 7 days + 1);
        submit(1, DIGEST);
        eq(escrow.milestone(1).lateBps, 50, "a started day");
    }

    function test_RevertWhen_TheGateRefuses() public {
        Recorder(gate).kill();
        vm.prank(worker);
        fails(Recorder.Dead.selector);
        escrow.submit(0, DIGEST, self());
        isState(0, State.Funded, "nothing changed");
    }

    // ---- approve

    function test_ApprovePays() public {
        submit(0, DIGEST);
        approve(0, 1, DIGEST, 10_000);
        isState(0, State.Released, "released");
        // H = 50, P = 950, F = 9.5
        eq(token.balanceOf(worker), 940.5e6, "net");
        eq(token.balanceOf(treasury), 9.5e6, "fee");
        eq(escrow.feesPaid(), 9.5e6, "fees paid");
        eq(escrow.feePaid(0), 9.5e6, "fee of the milestone");
        checkLedger(0, G, 0, 50e6, 0);
    }

    function test_PartialAcceptanceAndLateCredit() public {
        vm.warp(DUE + 7 days + 1 days + 1);
        submit(0, DIGEST);
        approve(0, 1, DIGEST, 7_001);
        // X = 700.1, L = 1 % = 7.001, A = 693.099, H = 34.654950, P = 658.444050, F = 6.584440
        eq(token.balanceOf(treasury), 6_584_440, "fee");
        eq(token.balanceOf(worker), 658_444_050 - 6_584_440, "net");
        checkLedger(0, G, 0, 34_654_950, 299.9e6 + 7.001e6);
        eq(escrow.milestone(0).standingBps, 7_001, "final share");
    }

    function test_RevertWhen_NotTheGate() public {
        submit(0, DIGEST);
        fails(E.Escrow_NotGate.selector);
        escrow.approve(0, 1, DIGEST, 10_000);
        fails(E.Escrow_NotGate.selector);
        escrow.reject(0, 1, DIGEST, REASON);
        fails(E.Escrow_NotGate.selector);
        escrow.escalate(0, 1, DIGEST, true, 0);
    }

    function test_RevertWhen_GateNamesAnotherSubmission() public {
        submit(0, DIGEST);
        bytes memory round = abi.encodeWithSelector(E.Escrow_WrongRound.selector, uint256(0), uint256(1));
        bytes memory digest = abi.encodeWithSelector(E.Escrow_WrongDigest.selector, uint256(0), DIGEST);
        vm.startPrank(gate);
        fails(round);
        escrow.approve(0, 2, DIGEST, 10_000);
        fails(digest);
        escrow.approve(0, 1, DIGEST_2, 10_000);
        fails(round);
        escrow.reject(0, 2, DIGEST, REASON);
        fails(digest);
        escrow.reject(0, 1, DIGEST_2, REASON);
        fails(round);
        escrow.escalate(0, 2, DIGEST, true, 1);
        fails(digest);
        escrow.escalate(0, 1, DIGEST_2, true, 1);
        vm.stopPrank();
    }

    function test_RevertWhen_BpsAreOutOfRange() public {
        submit(0, DIGEST);
        vm.startPrank(gate);
        fails(abi.encodeWithSelector(E.Escrow_BpsOutOfRange.selector, uint256(0)));
        escrow.approve(0, 1, DIGEST, 0);
        fails(abi.encodeWithSelector(E.Escrow_BpsOutOfRange.selector, uint256(10_001)));
        escrow.approve(0, 1, DIGEST, 10_001);
        fails(abi.encodeWithSelector(E.Escrow_BpsOutOfRange.selector, uint256(10_001)));
        escrow.escalate(0, 1, DIGEST, true, 10_001);
        vm.stopPrank();
    }

    function test_GateCountsInTheLastSecond() public {
        uint256 by = _review();
        submit(0, DIGEST);
        submit(1, DIGEST);
        vm.warp(by + 1);
        vm.startPrank(gate);
        _tooLate(0, by);
        escrow.approve(0, 1, DIGEST, 10_000);
        _tooLate(0, by);
        escrow.reject(0, 1, DIGEST, REASON);
        _tooLate(0, by);
        escrow.escalate(0, 1, DIGEST, true, 0);
        vm.stopPrank();
        vm.warp(by);
        approve(0, 1, DIGEST, 10_000);
        reject(1, 1, DIGEST);
    }

    function test_RevertWhen_GateActsOnAnyOtherState() public {
        vm.startPrank(gate);
        _wrong(0, State.Funded);
        escrow.approve(0, 0, 0, 10_000);
        vm.stopPrank();
        submit(0, DIGEST);
        reject(0, 1, DIGEST);
        vm.startPrank(gate);
        _wrong(0, State.Rejected);
        escrow.approve(0, 1, DIGEST, 10_000);
        vm.stopPrank();
        dispute(0);
        vm.startPrank(gate);
        _wrong(0, State.Disputed);
        escrow.approve(0, 1, DIGEST, 10_000);
        vm.stopPrank();
        rule(0, 1, 1, true);
        vm.startPrank(gate);
        _wrong(0, State.Released);
        escrow.approve(0, 1, DIGEST, 10_000);
        _wrong(0, State.Released);
        escrow.reject(0, 1, DIGEST, REASON);
        _wrong(0, State.Released);
        escrow.escalate(0, 1, DIGEST, true, 1);
        vm.stopPrank();
    }

    // ---- reject, resubmit

    function test_RejectStopsTheClockOfTheWork() public {
        submit(0, DIGEST);
        vm.warp(block.timestamp + 3 days + 7);
        reject(0, 1, DIGEST);
        Milestone memory m = escrow.milestone(0);
        eq(uint256(m.state), uint256(State.Rejected), "state");
        eq(m.shift, 3 days + 7, "shift");
        eq(m.dueAt, DUE + 3 days + 7, "due");
        submit(0, DIGEST_2);
        eq(escrow.milestone(0).round, 2, "round");
        eq(escrow.milestone(0).digest, DIGEST_2, "digest");
    }

    function test_RevertWhen_SameDigest() public {
        submit(0, DIGEST);
        reject(0, 1, DIGEST);
        vm.prank(worker);
        fails(abi.encodeWithSelector(E.Escrow_SameDigest.selector, uint256(0)));
        escrow.submit(0, DIGEST, self());
    }

    function test_RevertWhen_RoundsAreUsedUp() public {
        submit(1, DIGEST);
        reject(1, 1, DIGEST);
        submit(1, DIGEST_2);
        reject(1, 2, DIGEST_2);
        vm.prank(worker);
        fails(abi.encodeWithSelector(E.Escrow_RoundsUsedUp.selector, uint256(1), uint256(2)));
        escrow.submit(1, DIGEST, self());
    }

    function test_ReworkCountsInTheLastSecond() public {
        submit(0, DIGEST);
        submit(1, DIGEST);
        reject(0, 1, DIGEST);
        reject(1, 1, DIGEST);
        uint256 end = block.timestamp + 7 days;
        vm.warp(end + 1);
        vm.startPrank(worker);
        _tooLate(0, end);
        escrow.submit(0, DIGEST_2, self());
        _tooLate(0, end);
        escrow.dispute(0, REASON, self());
        vm.warp(end);
        escrow.submit(0, DIGEST_2, self());
        escrow.dispute(1, REASON, self());
        vm.stopPrank();
    }

    // ---- dispute, escalate, rule

    function test_DisputeStandsAtZero() public {
        submit(0, DIGEST);
        reject(0, 1, DIGEST);
        uint256 by = block.timestamp + 42 days;
        dispute(0);
        isState(0, State.Disputed, "disputed");
        bytes memory expected = abi.encodeWithSignature("open(uint8,uint8,uint16,uint40,uint8)", 0, 1, 0, by, 1);
        eq(keccak256(Recorder(arbitration).last()), keccak256(expected), "arbitration asked");
        (uint40 at, State outcome, ) = escrow.exitOf(0);
        eq(at, by, "exit");
        eq(uint256(outcome), uint256(State.Refunded), "0 refunds");
    }

    function test_DisputeBySignature() public {
        submit(0, DIGEST);
        reject(0, 1, DIGEST);
        bytes32 typeHash = keccak256(
            "Dispute(uint8 milestone,uint8 round,bytes32 reasonHash,uint256 nonce,uint48 deadline)"
        );
        bytes memory head = abi.encode(typeHash, uint8(0), uint8(1), REASON);
        escrow.dispute(0, REASON, consent(WORKER_KEY, 4, 0, head, FOREVER));
        isState(0, State.Disputed, "disputed");
    }

    function test_RevertWhen_DisputeBeforeARejection() public {
        submit(0, DIGEST);
        vm.prank(worker);
        _wrong(0, State.Submitted);
        escrow.dispute(0, REASON, self());
        reject(0, 1, DIGEST);
        vm.prank(client);
        fails(E.Escrow_NotParty.selector);
        escrow.dispute(0, REASON, self());
    }

    function test_RevertWhen_ArbitrationRefuses() public {
        submit(0, DIGEST);
        reject(0, 1, DIGEST);
        Recorder(arbitration).kill();
        vm.prank(worker);
        fails(Recorder.Dead.selector);
        escrow.dispute(0, REASON, self());
    }

    function test_EscalateKeepsTheHeldShareOrTheDeadlocks() public {
        submit(0, DIGEST);
        submit(1, DIGEST);
        escalate(0, 1, DIGEST, true, 9_742);
        escalate(1, 1, DIGEST, false, 0);
        eq(escrow.milestone(0).standingBps, 9_742, "held");
        eq(escrow.milestone(1).standingBps, 5_000, "deadlock");
    }

    function test_RulingsChangeWhatStandsUntilTheFinalOne() public {
        submit(0, DIGEST);
        reject(0, 1, DIGEST);
        dispute(0);
        rule(0, 1, 4_000, false);
        eq(escrow.milestone(0).standingBps, 4_000, "stands");
        isState(0, State.Disputed, "still");
        rule(0, 1, 6_000, true);
        isState(0, State.Released, "released");
        // X = 600, H = 30, P = 570, F = 5.7
        eq(token.balanceOf(worker), 564.3e6, "net");
        checkLedger(0, G, 0, 30e6, 400e6);
    }

    function test_RulingAtZeroRefunds() public {
        submit(0, DIGEST);
        reject(0, 1, DIGEST);
        dispute(0);
        rule(0, 1, 0, true);
        isState(0, State.Refunded, "refunded");
        checkLedger(0, G, 0, 0, G);
        eq(escrow.progress().defaultedAt, 0, "no default");
    }

    function test_RevertWhen_RuledWrongly() public {
        submit(0, DIGEST);
        fails(E.Escrow_NotArbitration.selector);
        escrow.rule(0, 1, 1, true);
        vm.startPrank(arbitration);
        _wrong(0, State.Submitted);
        escrow.rule(0, 1, 1, true);
        fails(abi.encodeWithSelector(E.Escrow_BpsOutOfRange.selector, uint256(10_001)));
        escrow.rule(0, 1, 10_001, true);
        vm.stopPrank();
        reject(0, 1, DIGEST);
        dispute(0);
        uint256 end = block.timestamp + 42 days;
        vm.startPrank(arbitration);
        fails(abi.encodeWithSelector(E.Escrow_WrongRound.selector, uint256(0), uint256(1)));
        escrow.rule(0, 2, 1, true);
        vm.warp(end + 1);
        _tooLate(0, end);
        escrow.rule(0, 1, 1, true);
        vm.warp(end);
        escrow.rule(0, 1, 1, true);
        _wrong(0, State.Released);
        escrow.rule(0, 1, 1, true);
        vm.stopPrank();
    }

    // ---- lapse

    function test_LapseOfFundedRefundsAndMarksTheDefault() public {
        vm.warp(EXIT);
        _tooEarly(0, EXIT);
        escrow.lapse(0);
        vm.warp(EXIT + 9);
        vm.prank(STRANGER);
        escrow.lapse(0);
        isState(0, State.Refunded, "refunded");
        eq(escrow.progress().defaultedAt, EXIT, "the exit, not the call");
        checkLedger(0, G, 0, 0, G);
        _wrong(0, State.Refunded);
        escrow.lapse(0);
    }

    function test_LapseOfSubmittedFollowsTheAgreedSilence() public {
        uint256 by = _review();
        submit(0, DIGEST);
        submit(1, DIGEST);
        vm.warp(by);
        _wrong(0, State.Submitted);
        escrow.lapse(0);
        vm.warp(by + 1);
        escrow.lapse(0);
        isState(0, State.Released, "approved");
        eq(token.balanceOf(worker), 940.5e6, "in full");
        escrow.lapse(1);
        isState(1, State.Released, "deadlock share");
        eq(escrow.milestone(1).standingBps, 5_000, "half");
    }

    function test_LapseOfRejectedRefunds() public {
        submit(0, DIGEST);
        reject(0, 1, DIGEST);
        uint256 end = block.timestamp + 7 days;
        vm.warp(end);
        _tooEarly(0, end);
        escrow.lapse(0);
        vm.warp(end + 1);
        escrow.lapse(0);
        isState(0, State.Refunded, "refunded");
        eq(escrow.progress().defaultedAt, end, "default");
    }

    function test_LapseOfDisputedExecutesWhatStands() public {
        submit(0, DIGEST);
        escalate(0, 1, DIGEST, true, 2_500);
        uint256 end = block.timestamp + 42 days;
        vm.warp(end);
        _tooEarly(0, end);
        escrow.lapse(0);
        vm.warp(end + 1);
        escrow.lapse(0);
        isState(0, State.Released, "released");
        eq(escrow.milestone(0).standingBps, 2_500, "standing");
        eq(escrow.progress().defaultedAt, 0, "no default");
    }

    function test_LapseNeedsNeitherGateNorArbitration() public {
        submit(0, DIGEST);
        submit(1, DIGEST);
        escalate(1, 1, DIGEST, false, 0);
        Recorder(gate).kill();
        Recorder(arbitration).kill();
        vm.warp(block.timestamp + 60 days);
        escrow.lapse(0);
        escrow.lapse(1);
        checkLedger(0, 0, 0, escrow.ledger().holdback, escrow.ledger().refundable);
    }

    function test_OneDisputeHoldsOnlyItsOwnAmount() public {
        submit(0, DIGEST);
        submit(1, DIGEST);
        escalate(1, 1, DIGEST, false, 0);
        approve(0, 1, DIGEST, 10_000);
        isState(0, State.Released, "decided beside it");
        checkLedger(0, G, 0, 50e6, 0);
    }

    // ---- finalBy: T(r) = (N - r + 1)(D + W) + V with D = 15 d, W = 7 d, V = 42 d; the pot adds 30 + 14 + 42 d

    function test_FinalByNeverRises() public {
        uint256 tail = 86 days;
        uint256 latest = EXIT + 3 * 22 days + 42 days + tail;
        eq(escrow.finalBy(), latest, "funded");
        submit(0, DIGEST);
        submit(1, DIGEST);
        eq(escrow.finalBy(), block.timestamp + 3 * 22 days + 42 days + tail, "submitted");
        reject(0, 1, DIGEST);
        reject(1, 1, DIGEST);
        eq(escrow.finalBy(), block.timestamp + 7 days + 2 * 22 days + 42 days + tail, "rejected");
        dispute(0);
        dispute(1);
        eq(escrow.finalBy(), block.timestamp + 42 days + tail, "disputed");
        rule(0, 1, 10_000, true);
        rule(1, 1, 10_000, true);
        eq(escrow.finalBy(), block.timestamp + tail, "decided");
    }
}
