// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMilestoneGate} from "../../../src/interfaces/IMilestoneGate.sol";
import {GateFixture} from "../../support/approval/GateFixture.sol";

/// @dev What the clock does: Timeline.tree.
contract TimelineTest is GateFixture {
    address private _client1;
    address[5] private _panel;
    IMilestoneGate.Key private _key;
    bytes32 private _id;

    function setUp() public {
        deployAll();
        // So that escalations find a ladder.
        _client1 = addMember(1, CLIENTS, 2);
        addMember(2, CLIENTS, 2);
        for (uint256 i = 0; i < 5; ++i) {
            _panel[i] = addMember(10 + i, PANEL, 1);
        }
    }

    /// @dev Opens a review under a policy of 10 d + 2 d, 72 h of hold.
    function _open(uint8 bodies, uint8 need, bool silenceApproves, uint8 extensionDays) private {
        uint8 flags = silenceApproves ? SILENCE_APPROVES : 0;
        createSimple(bodies, need, flags, profile(10, extensionDays, 72, silenceApproves), 6_000, 6_000);
        escrow.submit(0, DIGEST);
        _key = reviewKey(1);
        _id = ballotId(_key);
    }

    function _expectNotDue(uint256 until) private {
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_NotDue.selector, _id, uint40(until)));
    }

    function test_RevertWhen_NotDue() public {
        _open(2, 1, false, 2);
        _expectNotDue(START + 10 days);
        gate.finalize(_key);
        vm.warp(START + 10 days);
        _expectNotDue(START + 10 days);
        gate.finalize(_key);
    }

    function test_RevertGiven_NoBallot() public {
        _open(2, 1, false, 2);
        IMilestoneGate.Key memory key = reviewKey(2);
        vm.expectRevert(
            abi.encodeWithSelector(IMilestoneGate.Gate_NotOpen.selector, ballotId(key), IMilestoneGate.Status.None)
        );
        gate.finalize(key);
    }

    function test_Extends() public {
        _open(2, 1, false, 2);
        castAs(_panel[0], _key, true);
        vm.warp(START + 11 days);
        vm.expectEmit(true, false, false, true, address(gate));
        emit IMilestoneGate.BallotExtended(_id, uint40(START + 12 days));
        gate.finalize(_key);
        IMilestoneGate.BallotView memory v = gate.status(_key);
        eq(v.deadline, START + 12 days, "from the old deadline");
        isTrue(v.extended, "extended");
        vm.warp(START + 12 days);
        _expectNotDue(START + 12 days);
        gate.finalize(_key);
        castAs(_panel[1], _key, true);
        castAs(_panel[2], _key, true);
        expectStatus(_key, IMilestoneGate.Status.Approved, "decided in the extension");
    }

    function test_ExtendsLazily() public {
        _open(2, 1, false, 2);
        vm.warp(START + 12 days);
        castAs(_panel[0], _key, true);
        eq(gate.status(_key).yes[PANEL], 1, "counted");
        isTrue(gate.status(_key).extended, "extended");
        eq(gate.status(_key).deadline, START + 12 days, "deadline");
    }

    function test_SameTimelineWhoeverCalls() public {
        _open(2, 1, false, 2);
        castAs(_panel[0], _key, true);
        castAs(_panel[1], _key, false);
        uint256 snapshot = vm.snapshotState();
        // Nobody calls for a month, or somebody calls at once after each deadline: the same word but for nothing.
        vm.warp(START + 40 days);
        eq(uint256(gate.status(_key).outcome), uint256(IMilestoneGate.Status.Escalated), "seen from far");
        gate.finalize(_key);
        uint256 late = gate.ballotWord(_id);
        vm.revertToState(snapshot);
        vm.warp(START + 10 days + 1);
        gate.finalize(_key);
        vm.warp(START + 12 days + 1);
        gate.finalize(_key);
        eq(gate.ballotWord(_id), late, "word");
    }

    function test_DeadlineApproves() public {
        _open(2, 1, false, 2);
        // 3 of 5 is quorum; 2 of 3 is 66 %. Then exactly 60 %: 3 of 5.
        castAs(_panel[0], _key, true);
        castAs(_panel[1], _key, false);
        castAs(_panel[2], _key, true);
        vm.warp(START + 10 days + 1);
        gate.finalize(_key);
        expectStatus(_key, IMilestoneGate.Status.Approved, "approved");
        eq(escrow.approvals(), 1, "paid");
    }

    function test_DeadlineRejects() public {
        _open(2, 1, false, 2);
        castAs(_panel[0], _key, true);
        castAs(_panel[1], _key, false);
        castAs(_panel[2], _key, false);
        expectStatus(_key, IMilestoneGate.Status.Open, "3 of 5 could still be for");
        vm.warp(START + 10 days + 1);
        gate.finalize(_key);
        expectStatus(_key, IMilestoneGate.Status.Rejected, "rejected");
        eq(escrow.rejections(), 1, "told");
        eq(escrow.reason(), bytes32(0), "no single reason");
    }

    function test_LatchedAtFirstDeadline() public {
        _open(3, 1, false, 2);
        castAs(_panel[0], _key, true);
        castAs(_panel[1], _key, false);
        castAs(_panel[2], _key, false);
        // The panel has its quorum and said no; the clients are silent, so the ballot is extended.
        vm.warp(START + 10 days + 1);
        castAs(_panel[3], _key, true);
        castAs(_panel[4], _key, true);
        IMilestoneGate.BallotView memory v = gate.status(_key);
        eq(v.bodies[PANEL], 2, "decided at its deadline");
        eq(v.yes[PANEL], 3, "late ballots are on record");
        expectStatus(_key, IMilestoneGate.Status.Open, "clients may still approve");
        castAs(_client1, _key, true);
        castAs(vm.addr(2), _key, true);
        expectStatus(_key, IMilestoneGate.Status.Approved, "clients approve");
    }

    function test_Void() public {
        _open(2, 1, true, 0);
        // Nothing was cast: nothing is there to end.
        uint256 snapshot = vm.snapshotState();
        escrow.supersede(0);
        vm.warp(START + 10 days + 1);
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_NotOpen.selector, _id, IMilestoneGate.Status.None));
        gate.finalize(_key);
        vm.revertToState(snapshot);
        castAs(_panel[0], _key, true);
        escrow.supersede(0);
        vm.warp(START + 10 days + 1);
        gate.finalize(_key);
        expectStatus(_key, IMilestoneGate.Status.Void, "void");
        eq(escrow.approvals() + escrow.rejections() + escrow.escalations(), 0, "escrow untouched");
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_NotOpen.selector, _id, IMilestoneGate.Status.Void));
        gate.finalize(_key);
    }

    function test_SilenceApproves() public {
        _open(3, 1, true, 2);
        castAs(_panel[0], _key, true);
        vm.warp(START + 12 days + 1);
        gate.finalize(_key);
        expectStatus(_key, IMilestoneGate.Status.Approved, "agreed silence");
        eq(escrow.approvals(), 1, "paid");
        eq(gate.status(_key).payBps, 10_000, "in full");
    }

    function test_ObjectionIsNotSilence() public {
        _open(3, 1, true, 2);
        castAs(_panel[0], _key, false);
        vm.warp(START + 12 days + 1);
        gate.finalize(_key);
        expectStatus(_key, IMilestoneGate.Status.Escalated, "to dispute");
        eq(escrow.milestone(0).standingBps, 5_000, "deadlock share");
    }

    function test_SilenceDisputes() public {
        _open(2, 1, false, 2);
        castAs(_panel[0], _key, true);
        castAs(_panel[1], _key, true);
        vm.warp(START + 12 days + 1);
        gate.finalize(_key);
        expectStatus(_key, IMilestoneGate.Status.Escalated, "to dispute");
        eq(escrow.escalations(), 1, "told");
    }

    function _panelApproves() private {
        castAs(_panel[0], _key, true);
        castAs(_panel[1], _key, true);
        vm.expectEmit(true, false, false, true, address(gate));
        emit IMilestoneGate.BallotHeld(_id, uint40(block.timestamp + 72 hours), 10_000);
        castAs(_panel[2], _key, true);
    }

    function test_PanelIsHeld() public {
        _open(3, 1, false, 2);
        vm.warp(START + 1 days);
        _panelApproves();
        expectStatus(_key, IMilestoneGate.Status.Held, "held");
        eq(gate.status(_key).deadline, START + 4 days, "until");
        eq(escrow.approvals(), 0, "not paid");
    }

    function test_HoldCountsFromDeadline() public {
        _open(3, 1, false, 2);
        castAs(_panel[0], _key, true);
        castAs(_panel[1], _key, true);
        castAs(_panel[2], _key, false);
        uint256 snapshot = vm.snapshotState();
        vm.warp(START + 10 days + 1);
        gate.finalize(_key);
        expectStatus(_key, IMilestoneGate.Status.Held, "held");
        eq(gate.status(_key).deadline, START + 13 days, "from the deadline");
        vm.revertToState(snapshot);
        // Nobody recorded it: the clients may still approve while it would be held, and then it is over.
        vm.warp(START + 13 days);
        castAs(_client1, _key, true);
        expectStatus(_key, IMilestoneGate.Status.Held, "held since the deadline");
        vm.revertToState(snapshot);
        vm.warp(START + 13 days + 1);
        gate.finalize(_key);
        expectStatus(_key, IMilestoneGate.Status.Approved, "the hold is over");
    }

    function test_RevertWhen_HoldNotOver() public {
        _open(3, 1, false, 2);
        _panelApproves();
        vm.warp(START + 72 hours);
        _expectNotDue(START + 72 hours);
        gate.finalize(_key);
    }

    function test_HoldEnds() public {
        _open(3, 1, false, 2);
        _panelApproves();
        vm.warp(START + 72 hours + 1);
        vm.prank(STRANGER);
        gate.finalize(_key);
        expectStatus(_key, IMilestoneGate.Status.Approved, "approved");
        eq(escrow.approvals(), 1, "paid");
    }

    function test_ClientsEndTheHold() public {
        _open(3, 1, false, 2);
        _panelApproves();
        castAs(_client1, _key, true);
        expectStatus(_key, IMilestoneGate.Status.Held, "half of the clients");
        vm.warp(START + 72 hours);
        castAs(vm.addr(2), _key, true);
        expectStatus(_key, IMilestoneGate.Status.Approved, "all clients");
        eq(escrow.approvals(), 1, "paid");
    }

    function test_ClientsNoStaysHeld() public {
        _open(3, 1, false, 2);
        _panelApproves();
        castAs(_client1, _key, false);
        castAs(vm.addr(2), _key, false);
        expectStatus(_key, IMilestoneGate.Status.Held, "held");
        vm.warp(START + 72 hours + 1);
        gate.finalize(_key);
        eq(escrow.approvals(), 1, "need is reached; the way to object is a challenge");
    }

    function test_RevertWhen_PanelVotesInHold() public {
        _open(3, 1, false, 2);
        _panelApproves();
        uint8 seat = seatOf(_panel[3]);
        vm.prank(_panel[3]);
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_BodyNotNamed.selector, seat));
        gate.cast(_key, seat, true, 0);
    }

    function test_ClientNoHolds() public {
        _open(3, 1, false, 2);
        castAs(_client1, _key, false);
        castAs(_panel[0], _key, true);
        castAs(_panel[1], _key, true);
        castAs(_panel[2], _key, true);
        expectStatus(_key, IMilestoneGate.Status.Held, "against a client's no");
    }

    function test_NeedTwo() public {
        _open(3, 2, false, 2);
        castAs(_panel[0], _key, true);
        castAs(_panel[1], _key, true);
        castAs(_panel[2], _key, true);
        expectStatus(_key, IMilestoneGate.Status.Open, "one of two");
        castAs(_client1, _key, true);
        castAs(vm.addr(2), _key, true);
        expectStatus(_key, IMilestoneGate.Status.Approved, "two of two, no hold");
    }

    function test_NeedOutOfReach() public {
        _open(3, 2, false, 2);
        castAs(_client1, _key, false);
        expectStatus(_key, IMilestoneGate.Status.Rejected, "half of 4 leaves 50 %");
    }
}
