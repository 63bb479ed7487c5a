// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMilestoneGate} from "../../../src/interfaces/IMilestoneGate.sol";
import {EscrowDouble} from "../../support/approval/EscrowDouble.sol";
import {GateFixture} from "../../support/approval/GateFixture.sol";

/// @dev Direct and signed single ballots: Cast.tree.
contract CastTest is GateFixture {
    address private _sponsor;
    address private _lead;
    address private _affiliate;
    address private _reviewer;
    address[6] private _panel;
    IMilestoneGate.Key private _key;
    bytes32 private _id;

    function setUp() public {
        deployAll();
        for (uint256 i = 0; i < 6; ++i) {
            _panel[i] = addMember(10 + i, PANEL, 1);
        }
        _lead = addMember(30, PANEL, 1);
        _reviewer = addMember(31, REVIEWERS, 1);
        _affiliate = vm.addr(32);
        addSeat(32, _affiliate, PANEL, 3, PANEL | 0x80);
        paid.push(contributor);
        paid.push(_lead);
        createSimple(2, 1, 0, profile(3, 2, 0, false), 4_000, 6_000);
        escrow.submit(0, DIGEST);
        _key = reviewKey(1);
        _id = ballotId(_key);
    }

    function _expect(bytes memory data) private {
        vm.expectRevert(data);
    }

    function _notOpen(bytes32 id, IMilestoneGate.Status status) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IMilestoneGate.Gate_NotOpen.selector, id, status);
    }

    function _cast(address who, IMilestoneGate.Key memory key, uint8 seat, bool approve, bytes32 reason) private {
        vm.prank(who);
        gate.cast(key, seat, approve, reason);
    }

    function test_RevertGiven_NoBallot() public {
        IMilestoneGate.Key memory key = reviewKey(1);
        key.milestone = 3;
        uint8 seat = seatOf(_panel[0]);
        _expect(_notOpen(ballotId(key), IMilestoneGate.Status.None));
        _cast(_panel[0], key, seat, true, 0);
    }

    function test_RevertGiven_OtherDigestOrRound() public {
        uint8 seat = seatOf(_panel[0]);
        IMilestoneGate.Key memory key = reviewKey(2);
        _expect(_notOpen(ballotId(key), IMilestoneGate.Status.None));
        _cast(_panel[0], key, seat, true, 0);
        key = reviewKey(1);
        key.digest = keccak256("another deliverable");
        _expect(_notOpen(ballotId(key), IMilestoneGate.Status.None));
        _cast(_panel[0], key, seat, true, 0);
        key = reviewKey(1);
        key.question = 1;
        _expect(_notOpen(ballotId(key), IMilestoneGate.Status.None));
        _cast(_panel[0], key, seat, true, 0);
    }

    function test_RevertGiven_Decided() public {
        for (uint256 i = 0; i < 4; ++i) {
            castAs(_panel[i], _key, true);
        }
        uint8 seat = seatOf(_panel[4]);
        _expect(_notOpen(_id, IMilestoneGate.Status.Approved));
        _cast(_panel[4], _key, seat, false, REASON);
    }

    function test_RevertGiven_Superseded() public {
        // Nothing was cast: nothing is there to vote on.
        escrow.supersede(0);
        uint8 seat = seatOf(_panel[1]);
        _expect(_notOpen(_id, IMilestoneGate.Status.None));
        _cast(_panel[1], _key, seat, true, 0);
    }

    function test_RevertGiven_SupersededBallots() public {
        castAs(_panel[0], _key, true);
        escrow.supersede(0);
        // Counting asks nobody; what would decide does.
        castAs(_panel[1], _key, true);
        castAs(_panel[2], _key, true);
        eq(uint256(gate.status(_key).outcome), uint256(IMilestoneGate.Status.Void), "outcome");
        uint8 seat = seatOf(_panel[3]);
        _expect(_notOpen(_id, IMilestoneGate.Status.Void));
        _cast(_panel[3], _key, seat, true, 0);
        eq(gate.status(_key).yes[PANEL], 3, "tally");
        eq(escrow.approvals(), 0, "nothing is paid");
        bytes memory signature = signBallot(_key, 13, true, 0);
        _expect(_notOpen(_id, IMilestoneGate.Status.Void));
        gate.castBySig(_key, seat, true, 0, "", signature);
    }

    function test_RevertWhen_OneSecondLate() public {
        // Four of six keep the quorum, so that the first deadline decides and nothing is extended.
        castAs(_panel[0], _key, true);
        castAs(_panel[1], _key, true);
        castAs(_panel[2], _key, false);
        uint40 deadline = uint40(START + 3 days);
        vm.warp(deadline + 1);
        uint8 seat = seatOf(_panel[3]);
        _expect(abi.encodeWithSelector(IMilestoneGate.Gate_DeadlinePassed.selector, _id, deadline));
        _cast(_panel[3], _key, seat, true, 0);
    }

    function test_WhenInTheLastSecond() public {
        vm.warp(START + 3 days);
        castAs(_panel[0], _key, true);
        eq(gate.status(_key).yes[PANEL], 1, "yes");
        isTrue(!gate.status(_key).extended, "no extension yet");
    }

    function test_RevertWhen_NoSuchSeat() public {
        _expect(abi.encodeWithSelector(IMilestoneGate.Gate_NotSeat.selector, uint8(9), STRANGER));
        _cast(STRANGER, _key, 9, true, 0);
        _expect(abi.encodeWithSelector(IMilestoneGate.Gate_NotSeat.selector, uint8(255), STRANGER));
        _cast(STRANGER, _key, 255, true, 0);
    }

    function test_RevertWhen_NotTheSeat() public {
        uint8 seat = seatOf(_panel[0]);
        _expect(abi.encodeWithSelector(IMilestoneGate.Gate_NotSeat.selector, seat, STRANGER));
        _cast(STRANGER, _key, seat, true, 0);
    }

    function test_RevertWhen_SeatExcluded() public {
        uint8 seat = seatOf(_lead);
        _expect(abi.encodeWithSelector(IMilestoneGate.Gate_SeatExcluded.selector, seat, _lead));
        _cast(_lead, _key, seat, true, 0);
        seat = seatOf(_affiliate);
        _expect(abi.encodeWithSelector(IMilestoneGate.Gate_SeatExcluded.selector, seat, _affiliate));
        _cast(_affiliate, _key, seat, true, 0);
        eq(gate.status(_key).eligible[PANEL], 6, "weight without them");
    }

    function test_RevertWhen_BodyNotNamed() public {
        uint8 seat = seatOf(_reviewer);
        _expect(abi.encodeWithSelector(IMilestoneGate.Gate_BodyNotNamed.selector, seat));
        _cast(_reviewer, _key, seat, true, 0);
    }

    function test_RevertWhen_AlreadyCast() public {
        castAs(_panel[0], _key, true);
        uint8 seat = seatOf(_panel[0]);
        _expect(abi.encodeWithSelector(IMilestoneGate.Gate_AlreadyCast.selector, seat));
        _cast(_panel[0], _key, seat, true, 0);
        _expect(abi.encodeWithSelector(IMilestoneGate.Gate_AlreadyCast.selector, seat));
        _cast(_panel[0], _key, seat, false, REASON);
    }

    function test_RevertWhen_ReasonMissing() public {
        uint8 seat = seatOf(_panel[0]);
        _expect(abi.encodeWithSelector(IMilestoneGate.Gate_ReasonRequired.selector, seat));
        _cast(_panel[0], _key, seat, false, 0);
        _expect(abi.encodeWithSelector(IMilestoneGate.Gate_ReasonRequired.selector, seat));
        _cast(_panel[0], _key, seat, true, REASON);
    }

    function test_WhenNo() public {
        uint8 seat = seatOf(_panel[0]);
        vm.expectEmit(true, false, false, true, address(gate));
        emit IMilestoneGate.Objection(_id, seat, REASON);
        vm.expectEmit(true, false, false, true, address(gate));
        emit IMilestoneGate.BallotsCast(_id, 0, uint64(1) << seat);
        _cast(_panel[0], _key, seat, false, REASON);
        IMilestoneGate.BallotView memory v = gate.status(_key);
        eq(v.no[PANEL], 1, "no");
        eq(v.yes[PANEL], 0, "yes");
        eq(v.voted, uint64(1) << seat, "voted");
        eq(uint256(v.outcome), uint256(IMilestoneGate.Status.Open), "outcome");
    }

    function test_WhenYesUndecided() public {
        uint8 seat = seatOf(_panel[0]);
        vm.expectEmit(true, false, false, true, address(gate));
        emit IMilestoneGate.BallotsCast(_id, uint64(1) << seat, 0);
        _cast(_panel[0], _key, seat, true, 0);
        eq(gate.status(_key).yes[PANEL], 1, "yes");
        eq(escrow.approvals() + escrow.rejections() + escrow.escalations(), 0, "escrow untouched");
    }

    function test_WhenDecisiveYes() public {
        token.mint(address(escrow), 1_000_000_000);
        for (uint256 i = 0; i < 4; ++i) {
            castAs(_panel[i], _key, true);
        }
        expectStatus(_key, IMilestoneGate.Status.Approved, "status");
        eq(escrow.approvals(), 1, "approvals");
        eq(token.balanceOf(contributor), 1_000_000_000, "paid");
        eq(gate.status(_key).bodies[PANEL], 1, "body approved");
    }

    function test_WhenDecisiveNo() public {
        // 60 % of 6 needs 4: the third No leaves 3.
        castAs(_panel[0], _key, false);
        castAs(_panel[1], _key, false);
        expectStatus(_key, IMilestoneGate.Status.Open, "two do not decide");
        _cast(_panel[2], _key, seatOf(_panel[2]), false, keccak256("last"));
        expectStatus(_key, IMilestoneGate.Status.Rejected, "status");
        eq(escrow.reason(), keccak256("last"), "reason");
        eq(gate.status(_key).bodies[PANEL], 2, "body rejected");
    }

    function test_WhenScenarioA() public {
        castAs(_panel[0], _key, false);
        castAs(_panel[1], _key, true);
        castAs(_panel[2], _key, true);
        castAs(_panel[3], _key, true);
        expectStatus(_key, IMilestoneGate.Status.Open, "3 of 6 could still end below 60 %");
        castAs(_panel[4], _key, true);
        expectStatus(_key, IMilestoneGate.Status.Approved, "4 of 6");
    }

    function test_RevertWhen_EscrowRefuses() public {
        for (uint256 i = 0; i < 3; ++i) {
            castAs(_panel[i], _key, true);
        }
        escrow.setBroken(true);
        uint8 seat = seatOf(_panel[3]);
        vm.expectRevert(abi.encodeWithSelector(EscrowDouble.WrongCaller.selector, address(gate)));
        _cast(_panel[3], _key, seat, true, 0);
        expectStatus(_key, IMilestoneGate.Status.Open, "open");
        eq(gate.status(_key).yes[PANEL], 3, "tally kept");
        escrow.setBroken(false);
        castAs(_panel[3], _key, true);
        eq(escrow.approvals(), 1, "approved later");
    }

    // ------------------------------------------------------------------------------------------------------ signatures

    function test_BySig_Counts() public {
        uint8 seat = seatOf(_panel[0]);
        bytes memory signature = signBallot(_key, 10, true, 0);
        vm.prank(STRANGER);
        gate.castBySig(_key, seat, true, 0, "", signature);
        eq(gate.status(_key).yes[PANEL], 1, "yes");
        seat = seatOf(_panel[1]);
        signature = signBallot(_key, 11, false, REASON);
        gate.castBySig(_key, seat, false, REASON, "", signature);
        eq(gate.status(_key).no[PANEL], 1, "no");
    }

    function test_BySig_RevertWhen_Other() public {
        uint8 seat = seatOf(_panel[0]);
        bytes memory bad = abi.encodeWithSelector(IMilestoneGate.Gate_BadSignature.selector, seat);
        IMilestoneGate.Key memory other;
        for (uint256 i = 0; i < 6; ++i) {
            other = reviewKey(1);
            if (i == 0) other.escrow = address(this);
            if (i == 1) other.milestone = 1;
            if (i == 2) other.round = 2;
            if (i == 3) other.question = 1;
            if (i == 4) other.payBps = 9_999;
            if (i == 5) other.digest = keccak256("other");
            bytes memory signature = signBallot(other, 10, true, 0);
            vm.expectRevert(bad);
            gate.castBySig(_key, seat, true, 0, "", signature);
        }
        // A Yes posted as a No, another reason, another key, a foreign `account`, malformed bytes.
        bytes memory yes = signBallot(_key, 10, true, 0);
        vm.expectRevert(bad);
        gate.castBySig(_key, seat, false, REASON, "", yes);
        bytes memory no = signBallot(_key, 10, false, keccak256("other"));
        vm.expectRevert(bad);
        gate.castBySig(_key, seat, false, REASON, "", no);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(10, gate.hashBallot(_key, true, 0, _panel[0]));
        vm.expectRevert(bad);
        gate.castBySig(_key, seat, true, 0, "", abi.encodePacked(r, s, v));
        vm.expectRevert(bad);
        gate.castBySig(_key, seat, true, 0, "", "");
        vm.expectRevert(bad);
        gate.castBySig(_key, seat, true, 0, "", abi.encodePacked(yes, uint8(0)));
        // High s: the mirrored signature.
        (v, r, s) = vm.sign(10, gate.hashBallot(_key, true, 0, address(0)));
        uint256 order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        vm.expectRevert(bad);
        gate.castBySig(_key, seat, true, 0, "", abi.encodePacked(r, bytes32(order - uint256(s)), v == 27 ? 28 : 27));
        eq(gate.status(_key).voted, 0, "nothing counted");
    }

    function test_BySig_RevertWhen_OtherSeat() public {
        uint8 seat = seatOf(_panel[1]);
        bytes memory signature = signBallot(_key, 10, true, 0);
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_BadSignature.selector, seat));
        gate.castBySig(_key, seat, true, 0, "", signature);
    }
}
