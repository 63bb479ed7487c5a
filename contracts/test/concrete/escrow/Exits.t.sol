// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {State} from "../../../src/interfaces/IMilestoneEscrow.sol";
import "../../../src/escrow/Errors.sol" as E;
import {EscrowFixture} from "../../support/escrow/EscrowFixture.sol";

/// @dev Notices, terminations, kill fees and whose default came first: Exits.tree. Kill fee 15 %, fee 1 %.
contract ExitsTest is EscrowFixture {
    uint96 private constant G = 1_000e6;
    uint256 private constant CURE_END = START + 40 days + 14 days;
    uint256 private constant LIMIT = START + 40 days + 44 days;

    function setUp() public {
        deployAll();
        addProfile(full());
        addMilestone(G, 80, 5, 0);
        addMilestone(2 * G, 90, 40, 0);
        create();
        // Milestone 0 and the cover of milestone 1.
        fund(G + 300e6);
    }

    function _cancel() private {
        vm.prank(client);
        escrow.cancel(self());
    }

    function _wrong(uint256 m, uint256 s) private {
        fails(abi.encodeWithSelector(E.Escrow_WrongState.selector, m, s));
    }

    // ---- terminate

    function test_TerminatePaysTheCoverAfterTheCure() public {
        vm.warp(CURE_END);
        vm.prank(worker);
        fails(abi.encodeWithSelector(E.Escrow_TooEarly.selector, uint256(1), CURE_END));
        escrow.terminate(1, self());
        vm.warp(CURE_END + 1);
        vm.prank(worker);
        escrow.terminate(1, self());
        isState(1, State.Cancelled, "cancelled");
        eq(token.balanceOf(worker), 297e6, "300 less 1 %");
        eq(escrow.feePaid(1), 3e6, "fee");
        checkLedger(0, G, 0, 0, 0);
        vm.prank(worker);
        _wrong(1, uint256(State.Cancelled));
        escrow.terminate(1, self());
    }

    function test_TerminateCountsInTheLastSecond() public {
        vm.warp(LIMIT + 1);
        vm.prank(worker);
        fails(abi.encodeWithSelector(E.Escrow_TooLate.selector, uint256(1), LIMIT));
        escrow.terminate(1, self());
        vm.warp(LIMIT);
        bytes memory head = abi.encode(keccak256("Terminate(uint8 milestone,uint256 nonce,uint48 deadline)"), uint8(1));
        escrow.terminate(1, consent(WORKER_KEY, 5, 1, head, FOREVER));
        isState(1, State.Cancelled, "by signature");
    }

    function test_RevertWhen_TerminateByAnotherOrFunded() public {
        vm.warp(CURE_END + 1);
        fails(E.Escrow_NotParty.selector);
        vm.prank(client);
        escrow.terminate(1, self());
        vm.prank(worker);
        _wrong(0, uint256(State.Funded));
        escrow.terminate(0, self());
    }

    function test_RevertWhen_TheContributorDefaultedFirst() public {
        submit(0, DIGEST);
        vm.warp(START + 10 days);
        reject(0, 1, DIGEST);
        uint256 end = START + 17 days;
        vm.warp(CURE_END + 1);
        vm.prank(worker);
        fails(abi.encodeWithSelector(E.Escrow_ProviderDefaulted.selector, end));
        escrow.terminate(1, self());
        (, State outcome, uint16 bps) = escrow.exitOf(1);
        eq(uint256(outcome), uint256(State.Cancelled), "outcome");
        eq(bps, 0, "no kill fee");
        // The same if the default was called.
        escrow.lapse(0);
        vm.prank(worker);
        fails(abi.encodeWithSelector(E.Escrow_ProviderDefaulted.selector, end));
        escrow.terminate(1, self());
    }

    function test_NoKillFeeBeforeActivation() public {
        t.start = uint40(START + 1);
        create();
        vm.warp(START + 1 + 5 days + 14 days + 1);
        vm.prank(worker);
        escrow.terminate(0, self());
        isState(0, State.Cancelled, "cancelled");
        eq(token.balanceOf(worker), 0, "no fee");
    }

    // ---- the client's silence

    function test_LapseOfPlannedPaysTheCover() public {
        (uint40 at_, State outcome, uint16 bps) = escrow.exitOf(1);
        eq(at_, LIMIT, "exit");
        eq(uint256(outcome), uint256(State.Cancelled), "outcome");
        eq(bps, 10_000, "kill fee");
        vm.warp(LIMIT);
        fails(abi.encodeWithSelector(E.Escrow_TooEarly.selector, uint256(1), LIMIT));
        escrow.lapse(1);
        vm.warp(LIMIT + 1);
        escrow.lapse(1);
        eq(token.balanceOf(worker), 297e6, "kill fee");
        checkLedger(0, G, 0, 0, 0);
    }

    // ---- notice

    function test_CancelEndsUnfinishedMilestonesAfterSevenDays() public {
        vm.warp(START + 1 days);
        _cancel();
        uint256 end = START + 8 days;
        eq(escrow.progress().cancelAt, START + 1 days, "notice");
        vm.warp(end);
        fails(abi.encodeWithSelector(E.Escrow_TooEarly.selector, uint256(0), end));
        escrow.lapse(0);
        vm.warp(end + 1);
        vm.prank(worker);
        fails(abi.encodeWithSelector(E.Escrow_TooLate.selector, uint256(0), end));
        escrow.submit(0, DIGEST, self());
        escrow.lapse(0);
        escrow.lapse(1);
        // 150 and 300, less 1 % each.
        eq(token.balanceOf(worker), 445.5e6, "kill fees");
        eq(token.balanceOf(treasury), 4.5e6, "fees");
        checkLedger(0, 0, 0, 0, 850e6);
        fails(abi.encodeWithSelector(E.Escrow_WrongState.selector, uint256(0), uint256(State.Cancelled)));
        escrow.lapse(0);
    }

    function test_FinishedWorkIsSubmittedInTheNotice() public {
        vm.warp(START + 1 days);
        _cancel();
        vm.warp(START + 8 days);
        submit(0, DIGEST);
        vm.warp(START + 9 days);
        approve(0, 1, DIGEST, 10_000);
        isState(0, State.Released, "paid in full");
        escrow.lapse(1);
        isState(1, State.Cancelled, "the other ends");
    }

    function test_NoticeStopsReserving() public {
        vm.warp(START + 1 days);
        _cancel();
        fund(5_000e6);
        isState(1, State.Planned, "not funded");
        checkLedger(5_000e6, G, 300e6, 0, 0);
    }

    /// @dev "Compare exit times, stored or not yet called": a default before the end of the notice takes the kill fees.
    function test_DefaultBeforeTheNoticeEndsTakesTheKillFee() public {
        submit(0, DIGEST);
        vm.warp(START + 1 days);
        reject(0, 1, DIGEST);
        _cancel();
        // Both end at START + 8 days: at or before counts.
        vm.warp(START + 8 days + 1);
        (, , uint16 bps) = escrow.exitOf(1);
        eq(bps, 0, "no kill fee");
        escrow.lapse(1);
        eq(token.balanceOf(worker), 0, "none paid");
        checkLedger(0, G, 0, 0, 300e6);
    }

    function test_NoticeThatEndsFirstKeepsTheKillFee() public {
        submit(0, DIGEST);
        vm.warp(START + 1 days);
        _cancel();
        vm.warp(START + 1 days + 1);
        reject(0, 1, DIGEST);
        vm.warp(START + 9 days);
        escrow.lapse(0);
        escrow.lapse(1);
        eq(token.balanceOf(worker), 297e6, "kill fee of the other");
    }

    /// @dev E13: the order of due lapses changes nothing.
    function test_OrderOfDueLapsesChangesNothing() public {
        fund(1_700e6);
        vm.warp(START + 88 days);
        _cancel();
        // Milestone 0 defaults on day 94; milestone 1 would end with the notice on day 95.
        vm.warp(START + 100 days);
        uint256 snapshot = vm.snapshotState();
        escrow.lapse(0);
        escrow.lapse(1);
        uint256 paid = token.balanceOf(worker);
        uint256 refundable = escrow.ledger().refundable;
        vm.revertToState(snapshot);
        escrow.lapse(1);
        escrow.lapse(0);
        eq(token.balanceOf(worker), paid, "paid");
        eq(escrow.ledger().refundable, refundable, "refundable");
        eq(refundable, 3 * G, "the default on day 94 came first");
    }

    function test_RevertWhen_CancelledTwiceOrByAnother() public {
        fails(E.Escrow_NotParty.selector);
        vm.prank(worker);
        escrow.cancel(self());
        bytes memory head = abi.encode(keccak256("Cancel(uint256 nonce,uint48 deadline)"));
        escrow.cancel(consent(CLIENT_KEY, 1, 0, head, FOREVER));
        vm.prank(client);
        _wrong(253, 1);
        escrow.cancel(self());
        vm.warp(START + 200 days);
        escrow.lapse(0);
        escrow.lapse(1);
        vm.prank(client);
        _wrong(253, 2);
        escrow.cancel(self());
    }
}
