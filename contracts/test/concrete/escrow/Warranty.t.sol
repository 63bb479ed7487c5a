// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Auth, ClaimState, Settlement, WarrantyClaim} from "../../../src/interfaces/IMilestoneEscrow.sol";
import "../../../src/escrow/Errors.sol" as E;
import {Recorder} from "../../support/escrow/Actors.sol";
import {EscrowFixture} from "../../support/escrow/EscrowFixture.sol";

/// @dev The holdback pot, its two halves and its claims: Warranty.tree. Pot 100.000001 after two decisions, half of it paid.
contract WarrantyTest is EscrowFixture {
    uint256 private _end;
    uint96 private constant LEFT = 50_000_001;

    function setUp() public {
        deployAll();
        addProfile(full());
        addMilestone(1_000e6, 30, 5, 0);
        addMilestone(1_000_000_020, 30, 5, 0);
        create();
        fund(2_000_000_020);
        vm.warp(START + 10 days);
        submit(0, DIGEST);
        submit(1, DIGEST);
        approve(0, 1, DIGEST, 10_000);
    }

    function _decideAll() private {
        approve(1, 1, DIGEST, 10_000);
        _end = block.timestamp + 30 days;
    }

    function _open(uint96 amount) private {
        vm.prank(client);
        escrow.openClaim(amount, REASON, self());
    }

    function _answer(bool accept) private {
        vm.prank(worker);
        escrow.answerClaim(accept, REASON, self());
    }

    function test_LastDecisionPaysHalfThePot() public {
        checkLedger(0, 1_000_000_020, 0, 50e6, 0);
        uint256 before = token.balanceOf(worker);
        _decideAll();
        // Second milestone: H = 50.000001, P = 950.000019, F = 9.5, D = 940.500019; the pot's half 50, F = 0.5.
        eq(token.balanceOf(worker) - before, 940_500_019 + 49_500_000, "milestone and half");
        checkLedger(0, 0, 0, LEFT, 0);
        eq(escrow.progress().lastDecidedAt, block.timestamp, "the warranty starts");
    }

    function test_EndWarrantyPaysTheRestAfterTheLastSecond() public {
        fails(abi.encodeWithSelector(E.Escrow_TooEarly.selector, uint256(254), type(uint256).max));
        escrow.endWarranty();
        _decideAll();
        vm.warp(_end);
        fails(abi.encodeWithSelector(E.Escrow_TooEarly.selector, uint256(254), _end));
        escrow.endWarranty();
        vm.warp(_end + 1);
        uint256 before = token.balanceOf(worker);
        vm.prank(STRANGER);
        escrow.endWarranty();
        eq(token.balanceOf(worker) - before, LEFT - 500_000, "rest less 1 %");
        checkLedger(0, 0, 0, 0, 0);
        eq(token.balanceOf(address(escrow)), 0, "empty");
        fails(E.Escrow_NothingDue.selector);
        escrow.endWarranty();
    }

    function test_AcceptedClaimIsRefundable() public {
        _decideAll();
        _open(20e6);
        WarrantyClaim memory k = escrow.warrantyClaim();
        eq(uint256(k.state), uint256(ClaimState.Open), "open");
        eq(k.round, 1, "first");
        _answer(true);
        checkLedger(0, 0, 0, LEFT - 20e6, 20e6);
        _open(1);
        eq(escrow.warrantyClaim().round, 2, "another one may follow");
    }

    function test_RevertWhen_ClaimedWrongly() public {
        vm.prank(client);
        fails(abi.encodeWithSelector(E.Escrow_TooEarly.selector, uint256(255), type(uint256).max));
        escrow.openClaim(1, REASON, self());
        _decideAll();
        vm.startPrank(client);
        fails(abi.encodeWithSelector(E.Escrow_ClaimTooLarge.selector, uint256(LEFT) + 1, uint256(LEFT)));
        escrow.openClaim(LEFT + 1, REASON, self());
        fails(E.Escrow_NothingDue.selector);
        escrow.openClaim(0, REASON, self());
        escrow.openClaim(1, REASON, self());
        fails(abi.encodeWithSelector(E.Escrow_ClaimPending.selector, uint256(1)));
        escrow.openClaim(1, REASON, self());
        vm.stopPrank();
        vm.prank(worker);
        fails(E.Escrow_NotParty.selector);
        escrow.openClaim(1, REASON, self());
        vm.prank(client);
        fails(E.Escrow_NotParty.selector);
        escrow.answerClaim(true, REASON, self());
    }

    function test_RevertWhen_ClaimsAreUsedUp() public {
        _decideAll();
        for (uint256 i; i < 255; ++i) {
            _open(1);
            _answer(true);
        }
        vm.prank(client);
        fails(abi.encodeWithSelector(E.Escrow_RoundsUsedUp.selector, uint256(255), uint256(255)));
        escrow.openClaim(1, REASON, self());
        checkLedger(0, 0, 0, LEFT - 255, 255);
    }

    function test_ClaimCountsInTheLastSecondOfTheWarranty() public {
        _decideAll();
        vm.warp(_end + 1);
        vm.prank(client);
        fails(abi.encodeWithSelector(E.Escrow_TooLate.selector, uint256(255), _end));
        escrow.openClaim(1, REASON, self());
        vm.warp(_end);
        bytes32 typeHash = keccak256("OpenClaim(uint96 amount,bytes32 evidenceHash,uint256 nonce,uint48 deadline)");
        bytes memory head = abi.encode(typeHash, uint96(7), REASON);
        escrow.openClaim(7, REASON, consent(CLIENT_KEY, 2, 0, head, FOREVER));
        eq(escrow.warrantyClaim().amount, 7, "open");
    }

    function test_SilenceGrantsTheClaim() public {
        _decideAll();
        _open(20e6);
        uint256 until = block.timestamp + 14 days;
        vm.warp(until);
        fails(abi.encodeWithSelector(E.Escrow_TooEarly.selector, uint256(255), until));
        escrow.lapse(255);
        vm.warp(until + 1);
        vm.prank(worker);
        fails(abi.encodeWithSelector(E.Escrow_TooLate.selector, uint256(255), until));
        escrow.answerClaim(false, REASON, self());
        escrow.lapse(255);
        checkLedger(0, 0, 0, LEFT - 20e6, 20e6);
        fails(abi.encodeWithSelector(E.Escrow_WrongState.selector, uint256(255), uint256(0)));
        escrow.lapse(255);
    }

    function test_ContestedClaimIsRuled() public {
        _decideAll();
        _open(20e6);
        uint256 by = block.timestamp + 42 days;
        bytes32 typeHash = keccak256(
            "AnswerClaim(uint8 claim,bool accept,bytes32 reasonHash,uint256 nonce,uint48 deadline)"
        );
        bytes memory head = abi.encode(typeHash, uint8(1), false, REASON);
        escrow.answerClaim(false, REASON, consent(WORKER_KEY, 6, 0, head, FOREVER));
        bytes memory expected = abi.encodeWithSignature("open(uint8,uint8,uint16,uint40,uint8)", 255, 1, 5_000, by, 1);
        eq(keccak256(Recorder(arbitration).last()), keccak256(expected), "arbitration asked");
        vm.startPrank(arbitration);
        fails(abi.encodeWithSelector(E.Escrow_WrongRound.selector, uint256(255), uint256(1)));
        escrow.rule(255, 2, 7_500, true);
        escrow.rule(255, 1, 1_000, false);
        eq(escrow.warrantyClaim().standingBps, 1_000, "stands");
        escrow.rule(255, 1, 7_500, true);
        fails(abi.encodeWithSelector(E.Escrow_WrongState.selector, uint256(255), uint256(0)));
        escrow.rule(255, 1, 7_500, true);
        vm.stopPrank();
        // 75 % stay in the pot.
        checkLedger(0, 0, 0, LEFT - 5e6, 5e6);
    }

    function test_ContestedClaimLapsesAtItsStandingResult() public {
        _decideAll();
        _open(20e6);
        _answer(false);
        uint256 by = block.timestamp + 42 days;
        vm.warp(by + 1);
        vm.prank(arbitration);
        fails(abi.encodeWithSelector(E.Escrow_TooLate.selector, uint256(255), by));
        escrow.rule(255, 1, 7_500, true);
        escrow.lapse(255);
        checkLedger(0, 0, 0, LEFT - 10e6, 10e6);
        vm.warp(_end + 1 > block.timestamp ? _end + 1 : block.timestamp);
        escrow.endWarranty();
        escrow.refund();
        eq(token.balanceOf(address(escrow)), 0, "empty");
    }

    function test_ClaimHoldsOnlyItsAmount() public {
        _decideAll();
        vm.warp(_end);
        _open(20e6);
        vm.warp(_end + 1);
        escrow.endWarranty();
        checkLedger(0, 0, 0, 20e6, 0);
        fails(E.Escrow_NothingDue.selector);
        escrow.endWarranty();
        _answer(true);
        checkLedger(0, 0, 0, 0, 20e6);
    }

    function test_PartiesSettleThePotAndTheClaim() public {
        _decideAll();
        _open(20e6);
        settle(Settlement(255, 1, 0, 2_500, false));
        checkLedger(0, 0, 0, LEFT - 15e6, 15e6);
        settle(Settlement(254, 0, 0, 10_000, false));
        checkLedger(0, 0, 0, 0, 15e6);
        Settlement memory s = Settlement(254, 0, 0, 10_000, false);
        bytes memory head = settleHead(s);
        Auth_ memory both = _both(s.m, head);
        fails(E.Escrow_NothingDue.selector);
        escrow.settle(s, both.a, both.b);
    }

    struct Auth_ {
        Auth a;
        Auth b;
    }

    function _both(uint8 m, bytes memory head) private view returns (Auth_ memory both) {
        both.a = consent(CLIENT_KEY, 7, m, head, FOREVER);
        both.b = consent(WORKER_KEY, 7, m, head, FOREVER);
    }
}
