// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbitration} from "../../../src/interfaces/IArbitration.sol";
import {IMilestoneGate} from "../../../src/interfaces/IMilestoneGate.sol";
import {DisputeFixture} from "../../support/approval/DisputeFixture.sol";

/// @dev Questions to the panel: Arbitration.tree.
contract PanelTest is DisputeFixture {
    function setUp() public {
        deployDispute(1, address(0));
    }

    function _toPanel() private {
        disputed();
        vm.warp(openedAt + 5 days + 1);
    }

    function _expectAsk(address who, IMilestoneGate.Key memory k, bytes memory reason) private {
        uint8 seat = seatOf(who);
        vm.prank(who);
        vm.expectRevert(reason);
        gate.ask(k, seat, "", "");
    }

    function test_Ask_Reverts() public {
        IMilestoneGate.Key memory k = questionKey(1, 9_000);
        _expectAsk(
            panel[0],
            k,
            abi.encodeWithSelector(IMilestoneGate.Gate_PanelClosed.selector, address(escrow), 0, 1)
        );
        disputed();
        vm.warp(openedAt + 5 days);
        _expectAsk(
            panel[0],
            k,
            abi.encodeWithSelector(IMilestoneGate.Gate_TooEarly.selector, address(escrow), 0, openedAt + 5 days)
        );
        vm.warp(openedAt + 5 days + 1);
        _expectAsk(
            clientSeat,
            k,
            abi.encodeWithSelector(IMilestoneGate.Gate_BodyNotNamed.selector, seatOf(clientSeat))
        );
        _expectAsk(
            panel[0],
            questionKey(1, 10_001),
            abi.encodeWithSelector(IMilestoneGate.Gate_BadBps.selector, 10_001)
        );
        _expectAsk(panel[0], questionKey(2, 1), abi.encodeWithSelector(IMilestoneGate.Gate_BadQuestion.selector, 2, 1));
        IMilestoneGate.Key memory review = questionKey(0, 1);
        _expectAsk(
            panel[0],
            review,
            abi.encodeWithSelector(IMilestoneGate.Gate_NotOpen.selector, ballotId(review), IMilestoneGate.Status.None)
        );
        k.digest = keccak256("other");
        _expectAsk(
            panel[0],
            k,
            abi.encodeWithSelector(IMilestoneGate.Gate_NotOpen.selector, ballotId(k), IMilestoneGate.Status.None)
        );
        uint8 seat = seatOf(panel[0]);
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_NotSeat.selector, seat, address(this)));
        gate.ask(questionKey(1, 9_000), seat, "", "");
        askAs(panel[0], 1, 9_000);
        k = questionKey(1, 9_000);
        _expectAsk(
            panel[1],
            questionKey(2, 8_000),
            abi.encodeWithSelector(IMilestoneGate.Gate_QuestionOpen.selector, ballotId(k))
        );
        vm.warp(openedAt + 10 days + 1);
        k = questionKey(2, 8_000);
        _expectAsk(
            panel[1],
            k,
            abi.encodeWithSelector(IMilestoneGate.Gate_DeadlinePassed.selector, ballotId(k), openedAt + 10 days)
        );
    }

    function test_Ask_Approved() public {
        _toPanel();
        uint8 seat = seatOf(panel[0]);
        IMilestoneGate.Key memory k = questionKey(1, 9_000);
        vm.expectEmit(true, true, false, true, address(gate));
        emit IMilestoneGate.BallotOpened(
            ballotId(k),
            address(escrow),
            0,
            1,
            1,
            9_000,
            DIGEST,
            1,
            1,
            uint40(openedAt + 8 days)
        );
        vm.expectEmit(true, false, false, true, address(gate));
        emit IMilestoneGate.BallotsCast(ballotId(k), uint64(1) << seat, 0);
        askAs(panel[0], 1, 9_000);
        castAs(panel[1], k, true);
        (uint8 asked, bool isOpen, uint16 payBps) = gate.questions(address(escrow), 0, 1);
        isTrue(asked == 1 && isOpen && payBps == 9_000, "open");
        vm.warp(openedAt + 6 days);
        castAs(panel[2], k, true);
        expectStatus(k, IMilestoneGate.Status.Approved, "3 of 5");
        eq(escrow.milestone(0).standingBps, 9_000, "it stands");
        expectRung(IArbitration.Rung.Appeal, "appeal");
        eq(arbitration.dispute(id).until, openedAt + 9 days, "3 days from the answer");
        eq(uint256(escrow.milestone(0).state), 4, "still disputed");
        vm.warp(openedAt + 9 days + 1);
        poke();
        eq(uint256(escrow.milestone(0).state), 5, "executed");
        // The panel has answered.
        vm.warp(openedAt + 6 days);
        _expectAsk(
            panel[1],
            questionKey(2, 1),
            abi.encodeWithSelector(IMilestoneGate.Gate_PanelClosed.selector, address(escrow), 0, 1)
        );
    }

    function test_Ask_ApprovedByDeadline() public {
        _toPanel();
        askAs(panel[0], 1, 9_000);
        IMilestoneGate.Key memory k = questionKey(1, 9_000);
        castAs(panel[1], k, true);
        castAs(panel[2], k, false);
        uint256 snapshot = vm.snapshotState();
        // Nobody records it until long after: the answer of the first deadline stands, and so do its clocks.
        vm.warp(openedAt + 11 days + 1);
        poke();
        expectStatus(k, IMilestoneGate.Status.Approved, "2 of 3 at 60 %");
        eq(escrow.milestone(0).standingBps, 9_000, "executed at the panel's share");
        eq(uint256(escrow.milestone(0).state), 5, "3 d + 3 d after the negotiation");
        vm.revertToState(snapshot);
        vm.warp(openedAt + 8 days + 1);
        gate.finalize(k);
        eq(arbitration.dispute(id).until, openedAt + 11 days, "from the deadline");
    }

    function test_Ask_Extends() public {
        _toPanel();
        askAs(panel[0], 1, 9_000);
        IMilestoneGate.Key memory k = questionKey(1, 9_000);
        vm.warp(openedAt + 10 days);
        eq(gate.status(k).deadline, openedAt + 10 days, "extended");
        castAs(panel[1], k, true);
        castAs(panel[2], k, true);
        expectStatus(k, IMilestoneGate.Status.Approved, "in the extension");
        eq(arbitration.dispute(id).until, openedAt + 13 days, "appeal from then");
    }

    function test_Ask_SilentQuestionIsRejected() public {
        _toPanel();
        askAs(panel[0], 1, 9_000);
        vm.warp(openedAt + 10 days + 1);
        poke();
        expectStatus(questionKey(1, 9_000), IMilestoneGate.Status.Rejected, "not answered");
        eq(escrow.milestone(0).standingBps, 5_000, "unchanged");
        expectRung(IArbitration.Rung.Appeal, "appeal");
    }

    function _sayNo(uint8 question, uint16 payBps) private {
        IMilestoneGate.Key memory k = questionKey(question, payBps);
        uint256 noes = 0;
        for (uint256 i = 0; i < 5 && noes < 3; ++i) {
            if ((gate.status(k).voted >> seatOf(panel[i])) & 1 != 0) continue;
            castAs(panel[i], k, false);
            ++noes;
        }
        expectStatus(k, IMilestoneGate.Status.Rejected, "no");
    }

    function test_Ask_NextQuestion() public {
        _toPanel();
        askAs(panel[0], 1, 9_000);
        _sayNo(1, 9_000);
        _expectAsk(
            panel[0],
            questionKey(2, 8_000),
            abi.encodeWithSelector(IMilestoneGate.Gate_QuestionsUsedUp.selector, 1, seatOf(panel[0]))
        );
        askAs(panel[1], 2, 8_000);
        // Rejected by the first deadline, recorded by nobody: room for the third, in the extension.
        castAs(panel[2], questionKey(2, 8_000), false);
        castAs(panel[3], questionKey(2, 8_000), false);
        vm.warp(openedAt + 9 days);
        askAs(panel[2], 3, 7_000);
        eq(gate.status(questionKey(3, 7_000)).deadline, openedAt + 10 days, "ends with the rung");
        _sayNo(3, 7_000);
        _expectAsk(
            panel[3],
            questionKey(4, 6_000),
            abi.encodeWithSelector(IMilestoneGate.Gate_QuestionsUsedUp.selector, 3, seatOf(panel[3]))
        );
    }

    function test_Ask_ClientVotes() public {
        _toPanel();
        askAs(panel[0], 1, 9_000);
        uint8 seat = seatOf(clientSeat);
        IMilestoneGate.Key memory k = questionKey(1, 9_000);
        vm.prank(clientSeat);
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_BodyNotNamed.selector, seat));
        gate.cast(k, seat, true, 0);
    }

    function test_Ask_BySignature() public {
        _toPanel();
        IMilestoneGate.Key memory k = questionKey(1, 9_000);
        uint8 seat = seatOf(panel[1]);
        bytes memory signature = signBallot(k, 10, true, 0);
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_BadSignature.selector, seat));
        gate.ask(k, seat, "", signature);
        signature = signBallot(k, 11, true, 0);
        vm.prank(STRANGER);
        gate.ask(k, seat, "", signature);
        eq(gate.status(k).yes[PANEL], 1, "the signer's yes");
    }

    function test_Ask_SettledInBetween() public {
        _toPanel();
        askAs(panel[0], 1, 9_000);
        IMilestoneGate.Key memory k = questionKey(1, 9_000);
        escrow.settle(0, 6_000);
        castAs(panel[1], k, true);
        uint8 seat = seatOf(panel[2]);
        vm.prank(panel[2]);
        vm.expectRevert(
            abi.encodeWithSelector(IMilestoneGate.Gate_NotOpen.selector, ballotId(k), IMilestoneGate.Status.Void)
        );
        gate.cast(k, seat, true, 0);
        eq(escrow.milestone(0).standingBps, 6_000, "as settled");
        poke();
        expectRung(IArbitration.Rung.Closed, "closed");
    }

    function test_Panel_NotTwice() public {
        // Need 1 of two bodies: both must reject. The panel's no carried the rejection.
        reject();
        escrow.dispute(0);
        vm.warp(START + 5 days + 1);
        _expectAsk(
            panel[4],
            questionKey(1, 9_000),
            abi.encodeWithSelector(IMilestoneGate.Gate_PanelClosed.selector, address(escrow), 0, 1)
        );
        expectRung(IArbitration.Rung.Appeal, "straight to the appeal");
    }

    function test_PanelResult_Reverts() public {
        _toPanel();
        IMilestoneGate.Key memory k = questionKey(1, 9_000);
        vm.expectRevert(
            abi.encodeWithSelector(IArbitration.Arbitration_NotGate.selector, address(escrow), address(this))
        );
        arbitration.panelResult(k, 1);
        vm.warp(openedAt + 10 days + 1);
        poke();
        vm.prank(address(gate));
        vm.expectRevert(wrongRung(IArbitration.Rung.Appeal));
        arbitration.panelResult(k, 1);
    }
}
