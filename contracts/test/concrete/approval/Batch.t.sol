// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMilestoneGate} from "../../../src/interfaces/IMilestoneGate.sol";
import {BadAccount, OwnedAccount} from "../../support/approval/Accounts.sol";
import {GateFixture} from "../../support/approval/GateFixture.sol";

/// @dev Batches of signed ballots: Batch.tree. Passkeys are in Passkey.t.sol.
contract BatchTest is GateFixture {
    uint256 private constant PEOPLE = 10;
    address[] private _panel;
    address private _lead;
    address private _reviewer;
    OwnedAccount private _account;
    OwnedAccount private _twin;
    IMilestoneGate.Key private _key;
    bytes32 private _id;

    function setUp() public {
        deployAll();
        for (uint256 i = 0; i < PEOPLE; ++i) {
            _panel.push(addMember(10 + i, PANEL, 1));
        }
        _lead = addMember(30, PANEL, 1);
        _reviewer = addMember(31, REVIEWERS, 1);
        // Two accounts with one owner, and five that misbehave.
        _account = new OwnedAccount(vm.addr(40));
        _twin = new OwnedAccount(vm.addr(40));
        addSeat(40, address(_account), CLIENTS, 1, CLIENTS);
        addSeat(40, address(_twin), CLIENTS, 1, CLIENTS);
        for (uint256 i = 0; i < 5; ++i) {
            addSeat(0, address(new BadAccount(i)), CLIENTS, 1, CLIENTS);
        }
        paid.push(_lead);
        createSimple(3, 2, 0, profile(10, 0, 24, false), 5_001, 5_001);
        escrow.submit(0, DIGEST);
        _key = reviewKey(1);
        _id = ballotId(_key);
    }

    function _bit(address id) private view returns (uint64) {
        return uint64(1) << seatOf(id);
    }

    function _compact(uint256 from, uint256 to) private view returns (bytes memory data) {
        for (uint256 i = from; i < to; ++i) {
            data = bytes.concat(data, compactYes(_key, 10 + i, seatOf(_panel[i])));
        }
    }

    function _none() private pure returns (IMilestoneGate.LongEntry[] memory) {
        return new IMilestoneGate.LongEntry[](0);
    }

    function _one(IMilestoneGate.LongEntry memory entry) private pure returns (IMilestoneGate.LongEntry[] memory list) {
        list = new IMilestoneGate.LongEntry[](1);
        list[0] = entry;
    }

    function _no(uint256 key, bytes32 reason) private view returns (IMilestoneGate.LongEntry memory) {
        return IMilestoneGate.LongEntry(seatOf(vm.addr(key)), false, reason, "", signBallot(_key, key, false, reason));
    }

    /// @dev A Yes of a smart account, signed by its owner over `account`.
    function _smart(address id, address account) private view returns (IMilestoneGate.LongEntry memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(40, gate.hashBallot(_key, true, 0, account));
        return IMilestoneGate.LongEntry(seatOf(id), true, 0, "", abi.encodePacked(r, s, v));
    }

    function test_GivenClosed() public {
        IMilestoneGate.Key memory key = reviewKey(2);
        eq(gate.castBatch(key, _compact(0, 3), _none()), 0, "none");
        vm.warp(START + 10 days + 1);
        uint256 before = gate.ballotWord(_id);
        eq(gate.castBatch(_key, _compact(0, 3), _none()), 0, "late");
        eq(gate.ballotWord(_id), before, "unchanged");
        gate.finalize(_key);
        eq(gate.castBatch(_key, _compact(0, 3), _none()), 0, "decided");
    }

    function test_CompactCounts() public {
        uint64 expected = 0;
        for (uint256 i = 0; i < PEOPLE; ++i) {
            expected |= _bit(_panel[i]);
        }
        vm.expectEmit(true, false, false, true, address(gate));
        emit IMilestoneGate.BallotsCast(_id, expected, 0);
        vm.prank(STRANGER);
        eq(gate.castBatch(_key, _compact(0, PEOPLE), _none()), expected, "bitmap");
        IMilestoneGate.BallotView memory v = gate.status(_key);
        eq(v.yes[PANEL], PEOPLE, "tally");
        eq(v.bodies[PANEL], 1, "body");
        eq(v.voted, expected, "voted");
    }

    function test_CompactSkips() public {
        castAs(_panel[0], _key, false);
        IMilestoneGate.Key memory other = reviewKey(2);
        bytes memory data = bytes.concat(
            compactYes(_key, 10, seatOf(_panel[0])), // cast before
            compactYes(other, 11, seatOf(_panel[1])), // another round
            compactYes(_key, 12, seatOf(_panel[3])), // another seat's key
            compactYes(_key, 30, seatOf(_lead)), // a payee
            compactYes(_key, 31, seatOf(_reviewer)), // body not named
            abi.encodePacked(uint8(200), bytes32(uint256(1)), bytes32(uint256(1))), // no such seat
            abi.encodePacked(seatOf(_panel[4]), bytes32(0), bytes32(0)) // garbage
        );
        data = bytes.concat(data, compactYes(_key, 15, seatOf(_panel[5])), compactYes(_key, 15, seatOf(_panel[5])));
        eq(gate.castBatch(_key, data, _none()), _bit(_panel[5]), "only the valid one, once");
        IMilestoneGate.BallotView memory v = gate.status(_key);
        eq(v.yes[PANEL], 1, "yes");
        eq(v.no[PANEL], 1, "no");
    }

    function test_FrontRunEachIndex() public {
        for (uint256 i = 0; i < PEOPLE; ++i) {
            uint256 snapshot = vm.snapshotState();
            bytes memory signature = signBallot(_key, 10 + i, true, 0);
            gate.castBySig(_key, seatOf(_panel[i]), true, 0, "", signature);
            gate.castBatch(_key, _compact(0, PEOPLE), _none());
            eq(gate.status(_key).yes[PANEL], PEOPLE, "tally");
            vm.revertToState(snapshot);
        }
    }

    function test_CompactRemainder() public {
        bytes memory data = bytes.concat(_compact(0, 2), hex"0102");
        eq(gate.castBatch(_key, data, _none()), _bit(_panel[0]) | _bit(_panel[1]), "two");
    }

    function test_LongNo() public {
        bytes32 why = keccak256("why");
        vm.expectEmit(true, false, false, true, address(gate));
        emit IMilestoneGate.Objection(_id, seatOf(_panel[2]), why);
        eq(
            gate.castBatch(_key, _compact(0, 2), _one(_no(12, why))),
            _bit(_panel[0]) | _bit(_panel[1]) | _bit(_panel[2]),
            "3"
        );
        eq(gate.status(_key).no[PANEL], 1, "no");
        // A No without a reason, and a Yes with one, are skipped.
        eq(gate.castBatch(_key, "", _one(_no(13, 0))), 0, "no reason");
    }

    function test_SmartAccountCounts() public {
        eq(
            gate.castBatch(_key, "", _one(_smart(address(_account), address(_account)))),
            _bit(address(_account)),
            "bit"
        );
        eq(gate.status(_key).yes[CLIENTS], 1, "yes");
        // A plain hash (account zero) is not enough for an account.
        eq(gate.castBatch(_key, "", _one(_smart(address(_twin), address(0)))), 0, "account must be named");
    }

    function test_SmartAccountSkipped() public {
        IMilestoneGate.LongEntry[] memory list = new IMilestoneGate.LongEntry[](6);
        uint256 n = 0;
        for (uint8 i = 0; i < members.length; ++i) {
            if (members[i].key != 0) continue;
            list[n++] = IMilestoneGate.LongEntry(i, true, 0, "", "signature");
        }
        list[n] = _no(12, REASON);
        eq(n, 5, "bad accounts");
        eq(gate.castBatch(_key, _compact(0, 2), list), _bit(_panel[0]) | _bit(_panel[1]) | _bit(_panel[2]), "the rest");
        eq(gate.status(_key).yes[CLIENTS], 0, "no account counted");
    }

    function test_OneOwnerTwoAccounts() public {
        eq(gate.castBatch(_key, "", _one(_smart(address(_twin), address(_account)))), 0, "replayed on the twin");
        eq(gate.castBatch(_key, "", _one(_smart(address(_twin), address(_twin)))), _bit(address(_twin)), "its own");
    }

    function test_StarvedCaller() public {
        IMilestoneGate.LongEntry[] memory list = _one(_smart(address(_account), address(_account)));
        bytes memory data = abi.encodeCall(IMilestoneGate.castBatch, (_key, _compact(0, 2), list));
        uint256 counted = 0;
        uint256 refused = 0;
        // From hopeless to plenty: counted whole or reverted whole, never skipped, never void.
        for (uint256 limit = 60_000; limit <= 420_000; limit += 12_000) {
            uint256 snapshot = vm.snapshotState();
            (bool ok, bytes memory answer) = address(gate).call{gas: limit}(data);
            IMilestoneGate.BallotView memory v = gate.status(_key);
            eq(uint256(v.status), uint256(IMilestoneGate.Status.Open), "open");
            if (ok) {
                ++counted;
                eq(v.yes[CLIENTS] + v.yes[PANEL], 3, "all three");
            } else {
                ++refused;
                eq(v.voted, 0, "none");
                if (answer.length != 0) {
                    isTrue(bytes4(answer) == IMilestoneGate.Gate_NeedsGas.selector, "the reason is gas");
                }
            }
            vm.revertToState(snapshot);
        }
        isTrue(counted > 0 && refused > 0, "both sides of the limit were met");
    }

    function test_CountsAllBeforeDeciding() public {
        // 5,001 of 10 needs 6 yes; with all ten in one call all ten are on record.
        IMilestoneGate.LongEntry[] memory list = new IMilestoneGate.LongEntry[](2);
        list[0] = _no(18, REASON);
        list[1] = _no(19, REASON);
        gate.castBatch(_key, _compact(0, 8), list);
        IMilestoneGate.BallotView memory v = gate.status(_key);
        eq(v.yes[PANEL], 8, "yes");
        eq(v.no[PANEL], 2, "no");
        eq(v.bodies[PANEL], 1, "approved");
    }

    function test_SupersededBatchIsVoid() public {
        IMilestoneGate.LongEntry[] memory list = new IMilestoneGate.LongEntry[](5);
        for (uint256 i = 0; i < 5; ++i) {
            list[i] = _no(10 + i, REASON);
        }
        uint256 snapshot = vm.snapshotState();
        escrow.supersede(0);
        eq(gate.castBatch(_key, "", list), 0, "nothing is open");
        eq(gate.ballotWord(_id), 0, "nothing is stored");
        vm.revertToState(snapshot);
        gate.castBatch(_key, _compact(5, 6), new IMilestoneGate.LongEntry[](0));
        escrow.supersede(0);
        // Five of ten against leave 50 %: need 2 is out of reach, a decision.
        isTrue(gate.castBatch(_key, "", list) != 0, "counted");
        expectStatus(_key, IMilestoneGate.Status.Void, "void");
        eq(escrow.rejections(), 0, "escrow untouched");
    }

    function test_Check() public {
        IMilestoneGate.LongEntry memory entry = _no(12, REASON);
        eq(uint256(gate.check(_key, entry)), uint256(IMilestoneGate.Verdict.Counted), "counted");
        entry.reason = keccak256("other");
        eq(uint256(gate.check(_key, entry)), uint256(IMilestoneGate.Verdict.BadSignature), "signature");
        entry.reason = 0;
        eq(uint256(gate.check(_key, entry)), uint256(IMilestoneGate.Verdict.ReasonRequired), "reason");
        entry.seat = seatOf(_lead);
        eq(uint256(gate.check(_key, entry)), uint256(IMilestoneGate.Verdict.SeatExcluded), "excluded");
        entry.seat = seatOf(_reviewer);
        eq(uint256(gate.check(_key, entry)), uint256(IMilestoneGate.Verdict.BodyNotNamed), "body");
        entry.seat = 99;
        eq(uint256(gate.check(_key, entry)), uint256(IMilestoneGate.Verdict.NotSeat), "seat");
        castAs(_panel[2], _key, true);
        eq(uint256(gate.check(_key, _no(12, REASON))), uint256(IMilestoneGate.Verdict.AlreadyCast), "cast");
        eq(uint256(gate.check(reviewKey(2), entry)), uint256(IMilestoneGate.Verdict.NotOpen), "not open");
        vm.warp(START + 10 days + 1);
        eq(uint256(gate.check(_key, entry)), uint256(IMilestoneGate.Verdict.DeadlinePassed), "late");
        vm.warp(START);
        escrow.supersede(0);
        eq(uint256(gate.check(_key, entry)), uint256(IMilestoneGate.Verdict.NotOpen), "superseded");
    }
}
