// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMilestoneGate} from "../../../src/interfaces/IMilestoneGate.sol";
import {GateFixture} from "../../support/approval/GateFixture.sol";

/// @dev A batch with any mix of entries never reverts and counts exactly the valid ones; any order and mix of direct, signed
/// and batched ballots ends in the same tally (G1).
contract BatchFuzz is GateFixture {
    uint256 private constant PEOPLE = 8;
    address[] private _people;
    IMilestoneGate.Key private _key;

    // What a valid seat's ballot would be, by this test's own bookkeeping.
    uint64 private _voted;
    uint256 private _yes;
    uint256 private _no;

    function setUp() public {
        deployAll();
        for (uint256 i = 0; i < PEOPLE; ++i) {
            _people.push(vm.addr(10 + i));
            // Seat 0 is excluded, seat 1 sits in a body that is not named.
            uint8 body = i == 1 ? REVIEWERS : PANEL;
            addSeat(10 + i, _people[i], body, uint16(1 + i * 7), i == 0 ? body | 0x80 : body);
        }
        // All must approve, so that a batch of all decides last and little is decided early.
        createSimple(2, 1, 0, profile(10, 0, 0, false), 10_000, 10_000);
        escrow.submit(0, DIGEST);
        _key = reviewKey(1);
    }

    function _weight(uint256 person) private pure returns (uint256) {
        return 1 + person * 7;
    }

    /// @dev Books person's ballot if it would count.
    function _book(uint256 person, bool approve) private {
        if (person < 2) return;
        uint64 bit = uint64(1) << seatOf(_people[person]);
        if (_voted & bit != 0) return;
        _voted |= bit;
        if (approve) _yes += _weight(person);
        else _no += _weight(person);
    }

    /// @dev One entry from a seed, valid or broken; booked if valid.
    function _compact(uint256 seed) private returns (bytes memory) {
        uint256 person = seed % PEOPLE;
        uint8 seat = seatOf(_people[person]);
        uint256 kind = (seed >> 8) % 6;
        if (kind < 3) {
            _book(person, true);
            return compactYes(_key, 10 + person, seat);
        }
        if (kind == 3) return abi.encodePacked(uint8(seed >> 16), keccak256(abi.encode(seed)), bytes32(seed));
        IMilestoneGate.Key memory other = _key;
        if (kind == 4) other.digest = keccak256(abi.encode(seed));
        // Kind 5: a good signature of somebody else.
        return compactYes(other, kind == 5 ? 10 + ((person + 1) % PEOPLE) : 10 + person, seat);
    }

    function _long(uint256 seed) private returns (IMilestoneGate.LongEntry memory entry) {
        uint256 person = seed % PEOPLE;
        entry.seat = seatOf(_people[person]);
        entry.approve = (seed >> 8) & 1 == 0;
        entry.reason = entry.approve ? bytes32(0) : REASON;
        entry.signature = signBallot(_key, 10 + person, entry.approve, entry.reason);
        uint256 kind = (seed >> 16) % 6;
        if (kind < 3) _book(person, entry.approve);
        if (kind == 3) entry.seat = uint8(seed >> 24) | 0x40;
        if (kind == 4) entry.signature = abi.encodePacked(keccak256(abi.encode(seed)), seed >> 3);
        if (kind == 5) entry.signer = abi.encodePacked(verifier, seed, seed);
    }

    function test_fuzz_BatchCountsExactlyTheValid(uint256 seed, uint8 compacts, uint8 longs) public {
        bytes memory compact;
        uint256 n = bound(compacts, 0, 7);
        for (uint256 i = 0; i < n; ++i) {
            compact = bytes.concat(compact, _compact(uint256(keccak256(abi.encode(seed, "c", i)))));
        }
        IMilestoneGate.LongEntry[] memory list = new IMilestoneGate.LongEntry[](bound(longs, 0, 7));
        for (uint256 i = 0; i < list.length; ++i) {
            list[i] = _long(uint256(keccak256(abi.encode(seed, "l", i))));
        }
        uint256 eligible = gate.status(_key).eligible[PANEL];
        vm.recordLogs();
        eq(gate.castBatch(_key, compact, list), _voted, "bitmap");
        uint256 word = lastWord(ballotId(_key));
        eq(uint64(word >> 96), _voted, "voted");
        eq(uint16(word >> (160 + 16 * PANEL)), _yes, "yes");
        eq(uint16(word >> (208 + 16 * PANEL)), _no, "no");
        isTrue(_yes + _no <= eligible, "G2");
    }

    /// @dev Raw junk instead of entries.
    function test_fuzz_JunkNeverReverts(bytes calldata junk, bytes calldata signer, bytes calldata signature) public {
        IMilestoneGate.LongEntry[] memory list = new IMilestoneGate.LongEntry[](2);
        list[0] = IMilestoneGate.LongEntry(seatOf(_people[3]), true, 0, signer, signature);
        list[1] = IMilestoneGate.LongEntry(seatOf(_people[4]), false, REASON, "", signature);
        eq(gate.castBatch(_key, junk, list), 0, "nothing counts");
        eq(gate.status(_key).voted, 0, "nobody voted");
    }

    function test_fuzz_G1_AnyOrderAnyWay(uint256 seed) public {
        // Everybody approves but person 7; the order and the way of each are drawn.
        uint256[6] memory order = [uint256(2), 3, 4, 5, 6, 7];
        for (uint256 i = 5; i > 0; --i) {
            uint256 j = uint256(keccak256(abi.encode(seed, i))) % (i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }
        bool noFirst = order[0] == 7;
        for (uint256 i = 0; i < 6; ++i) {
            if (statusOf(_key) != uint256(IMilestoneGate.Status.Open)) break;
            uint256 person = order[i];
            bool approve = person != 7;
            _book(person, approve);
            uint8 seat = seatOf(_people[person]);
            bytes32 reason = approve ? bytes32(0) : REASON;
            uint256 way = uint256(keccak256(abi.encode(seed, "way", i))) % 3;
            if (way == 0) {
                castAs(_people[person], _key, approve);
            } else if (way == 1) {
                gate.castBySig(_key, seat, approve, reason, "", signBallot(_key, 10 + person, approve, reason));
            } else if (approve) {
                gate.castBatch(_key, compactYes(_key, 10 + person, seat), new IMilestoneGate.LongEntry[](0));
            } else {
                IMilestoneGate.LongEntry[] memory list = new IMilestoneGate.LongEntry[](1);
                list[0] = IMilestoneGate.LongEntry(
                    seat,
                    approve,
                    reason,
                    "",
                    signBallot(_key, 10 + person, false, reason)
                );
                gate.castBatch(_key, "", list);
            }
        }
        IMilestoneGate.BallotView memory v = gate.status(_key);
        eq(v.voted, _voted, "voted");
        eq(v.yes[PANEL], _yes, "yes");
        eq(v.no[PANEL], _no, "no");
        eq(uint256(v.status), uint256(IMilestoneGate.Status.Rejected), "all are needed, one said no");
        isTrue(!noFirst || _yes == 0, "decided at the No");
        eq(escrow.rejections(), 1, "once");
    }
}
