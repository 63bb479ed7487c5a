// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Profile} from "../../../src/interfaces/IMilestoneEscrow.sol";
import {IMilestoneGate} from "../../../src/interfaces/IMilestoneGate.sol";
import {IPolicyBook} from "../../../src/interfaces/IPolicyBook.sol";
import {GateFixture} from "../../support/approval/GateFixture.sol";

/// @dev Which policies can be signed at all: PolicyBook.tree.
contract PolicyBookTest is GateFixture {
    Profile private _profile;
    bytes private _ladder;

    function setUp() public {
        deployAll();
        _profile = profile(10, 2, 48, false);
        _ladder = ladderBytes(LadderTerms(255, address(0), 0, 0, 0));
    }

    function _word(uint8 bodies, uint8 need, uint8 flags) private view returns (bytes32) {
        return word(bodies, need, flags, _profile, sameRule(5_001, 5_001));
    }

    function _bytes(bytes32 policy, bytes memory oracle) private pure returns (bytes memory) {
        return bytes.concat(hex"0101", policy, oracle);
    }

    function _refuse(bytes memory policy, bytes memory reason) private {
        vm.expectRevert(reason);
        book.record(policy, _ladder);
    }

    /// @dev The same word with 16 bits at `shift` replaced.
    function _with(bytes32 policy, uint256 shift, uint16 value) private pure returns (bytes32) {
        return bytes32((uint256(policy) & ~(uint256(0xffff) << shift)) | (uint256(value) << shift));
    }

    function test_RevertWhen_Malformed() public {
        bytes memory good = _bytes(_word(1, 1, 0), "");
        _refuse("", abi.encodeWithSelector(IMilestoneGate.Gate_BadLength.selector, 0, 2));
        _refuse(hex"0201", abi.encodeWithSelector(IMilestoneGate.Gate_BadCodec.selector, 2));
        _refuse(hex"0100", abi.encodeWithSelector(IMilestoneGate.Gate_UnknownPolicy.selector, 0));
        _refuse(hex"0111", abi.encodeWithSelector(IMilestoneGate.Gate_UnknownPolicy.selector, 17));
        _refuse(hex"0101", abi.encodeWithSelector(IMilestoneGate.Gate_BadLength.selector, 2, 34));
        _refuse(
            bytes.concat(good, hex"00"),
            abi.encodeWithSelector(IMilestoneGate.Gate_BadLength.selector, good.length + 1, good.length)
        );
        // An oracle's address too few, and one too many.
        _refuse(_bytes(_word(9, 1, 0), ""), abi.encodeWithSelector(IMilestoneGate.Gate_BadLength.selector, 34, 54));
        _refuse(
            _bytes(_word(1, 1, 0), abi.encodePacked(address(1))),
            abi.encodeWithSelector(IMilestoneGate.Gate_BadLength.selector, 54, 34)
        );
    }

    function test_RevertWhen_BadThreshold() public {
        // quorum, approval of clients at bits 144 and 128.
        uint16[2][5] memory bad = [
            [uint16(0), 6_000],
            [uint16(10_001), 6_000],
            [uint16(1), 5_000],
            [uint16(1), 10_001],
            [uint16(1), 0]
        ];
        for (uint256 i = 0; i < bad.length; ++i) {
            bytes32 w = _with(_with(_word(1, 1, 0), 144, bad[i][0]), 128, bad[i][1]);
            _refuse(
                _bytes(w, ""),
                abi.encodeWithSelector(IMilestoneGate.Gate_BadThreshold.selector, 0, 0, bad[i][0], bad[i][1])
            );
        }
        _refuse(
            _bytes(_with(_word(1, 1, 0), 112, 7), ""),
            abi.encodeWithSelector(IMilestoneGate.Gate_BadThreshold.selector, 0, 1, 7, 0)
        );
        // The limits themselves.
        book.record(_bytes(_with(_with(_word(1, 1, 0), 144, 1), 128, 5_001), ""), _ladder);
        book.record(_bytes(_with(_with(_word(1, 1, 0), 144, 10_000), 128, 10_000), ""), _ladder);
    }

    function test_RevertWhen_BadNeed() public {
        _refuse(_bytes(_word(3, 0, 0), ""), abi.encodeWithSelector(IMilestoneGate.Gate_BadNeed.selector, 0, 0, 2));
        _refuse(_bytes(_word(3, 3, 0), ""), abi.encodeWithSelector(IMilestoneGate.Gate_BadNeed.selector, 0, 3, 2));
    }

    function test_RevertWhen_BadPolicy() public {
        bytes32[7] memory bad = [
            _word(0, 1, 0), // nobody
            bytes32(uint256(_word(1, 1, 0)) | (uint256(16) << 248)), // an unknown body
            _word(1, 1, 4), // an unknown flag
            bytes32(uint256(_word(1, 1, 0)) | 1), // reserved bytes
            bytes32(uint256(_word(1, 1, 0)) | (uint256(1) << 48)), // weights belong to the project
            bytes32(uint256(_word(1, 1, 0)) | (uint256(1) << 63)),
            bytes32(uint256(_word(1, 1, 0)) & ~(uint256(type(uint24).max) << 208)) // no window
        ];
        for (uint256 i = 0; i < bad.length; ++i) {
            _refuse(_bytes(bad[i], ""), abi.encodeWithSelector(IMilestoneGate.Gate_BadPolicy.selector, 0, bad[i]));
        }
        bytes32 alone = _word(8, 1, SILENCE_APPROVES);
        _refuse(
            _bytes(alone, abi.encodePacked(address(0x0a))),
            abi.encodeWithSelector(IMilestoneGate.Gate_BadPolicy.selector, 0, alone)
        );
    }

    function test_RevertWhen_BadOracle() public {
        _refuse(
            _bytes(_word(9, 1, 0), abi.encodePacked(address(0))),
            abi.encodeWithSelector(IMilestoneGate.Gate_BadOracle.selector, 0, address(0))
        );
    }

    function test_RevertWhen_BadChallenge() public {
        bytes memory oracle = abi.encodePacked(address(0x0a));
        bytes memory reason = abi.encodeWithSelector(IMilestoneGate.Gate_BadChallenge.selector, 0, 23 hours);
        _profile = profile(10, 2, 23, false);
        _refuse(_bytes(_word(3, 1, 0), ""), reason);
        _refuse(_bytes(_word(9, 2, 0), oracle), reason);
        // Where nothing can be held, none is needed.
        book.record(_bytes(_word(3, 2, 0), ""), _ladder);
        book.record(_bytes(_word(2, 1, 0), ""), _ladder);
        _profile = profile(10, 2, 24, false);
        book.record(_bytes(_word(3, 1, 0), ""), _ladder);
    }

    function test_Records() public {
        bytes memory policy = _bytes(_word(9, 1, 0), abi.encodePacked(address(0x0a)));
        bytes32 expected = keccak256(abi.encode(policy, _ladder));
        eq(book.addressOf(expected).code.length, 0, "not yet");
        vm.expectRevert(abi.encodeWithSelector(IPolicyBook.PolicyBook_Unknown.selector, expected));
        book.policies(expected);
        vm.expectEmit(true, false, false, true, address(book));
        emit IPolicyBook.PolicyDefined(expected, policy, _ladder);
        eq(book.record(policy, _ladder), expected, "hash");
        eq(
            keccak256(book.addressOf(expected).code),
            keccak256(bytes.concat(hex"00", policy, _ladder)),
            "code behind a zero byte"
        );
        (bytes memory gatePolicy, bytes memory arbitrationPolicy) = book.policies(expected);
        eq(keccak256(gatePolicy), keccak256(policy), "gate policy");
        eq(keccak256(arbitrationPolicy), keccak256(_ladder), "arbitration policy");
    }

    function test_Idempotent() public {
        bytes memory policy = _bytes(_word(1, 1, 0), "");
        vm.prank(STRANGER);
        bytes32 first = book.record(policy, _ladder);
        bytes32 code = keccak256(book.addressOf(first).code);
        vm.recordLogs();
        eq(book.record(policy, _ladder), first, "same");
        eq(vm.getRecordedLogs().length, 0, "nothing said twice");
        eq(keccak256(book.addressOf(first).code), code, "unchanged");
        // A stranger who was first changes nothing for the project that signed it.
        addMember(1, CLIENTS, 1);
        createSimple(1, 1, 0, _profile, 5_001, 5_001);
        eq(uint256(gate.policyWord(address(escrow), 0)) >> 64, uint256(_word(1, 1, 0)) >> 64, "readable");
    }

    function test_OneRecordPerPair() public {
        bytes memory policy = _bytes(_word(1, 1, 0), "");
        bytes memory other = ladderBytes(LadderTerms(255, address(0), 7, 0, 0));
        bytes32 first = book.record(policy, _ladder);
        bytes32 second = book.record(policy, other);
        isTrue(first != second && book.addressOf(first) != book.addressOf(second), "apart");
        (, bytes memory ladder) = book.policies(first);
        eq(keccak256(ladder), keccak256(_ladder), "first");
        (, ladder) = book.policies(second);
        eq(keccak256(ladder), keccak256(other), "second");
    }

    function test_Largest() public {
        bytes memory policy = hex"0110";
        bytes memory oracles;
        for (uint256 i = 0; i < 16; ++i) {
            policy = bytes.concat(policy, _word(15, uint8(1 + (i % 4)), 0));
            oracles = bytes.concat(oracles, bytes20(address(uint160(0x100 + i))));
        }
        policy = bytes.concat(policy, oracles);
        bytes32 policyHash = book.record(policy, _ladder);
        (bytes memory read, ) = book.policies(policyHash);
        eq(keccak256(read), keccak256(policy), "all of it");
        // What comes after in the same transaction is not mixed with it.
        policyHash = book.record(_bytes(_word(1, 1, 0), ""), _ladder);
        (read, ) = book.policies(policyHash);
        eq(read.length, 34, "short again");
    }

    function test_AnswersNothing() public {
        book.record(_bytes(_word(1, 1, 0), ""), _ladder);
        (bool ok, bytes memory answer) = address(book).staticcall("");
        isTrue(ok, "answers");
        eq(answer.length, 0, "nothing");
    }

    function test_StarvedLeavesNothing() public {
        bytes memory policy = _bytes(_word(1, 1, 0), "");
        address record = book.addressOf(keccak256(abi.encode(policy, _ladder)));
        uint256 refused = 0;
        for (uint256 gasLimit = 20_000; gasLimit < 200_000; gasLimit += 1_500) {
            uint256 snapshot = vm.snapshotState();
            try book.record{gas: gasLimit}(policy, _ladder) {
                eq(record.code.length, 1 + 34 + 89, "whole");
            } catch {
                eq(record.code.length, 0, "nothing");
                ++refused;
            }
            vm.revertToState(snapshot);
        }
        isTrue(refused > 10, "some ran out");
        book.record(policy, _ladder);
        eq(record.code.length, 1 + 34 + 89, "taken later");
    }

    function test_HoldsNothing() public {
        vm.deal(address(this), 2);
        (bool ok, ) = address(book).call{value: 1}("");
        isTrue(!ok, "no ether");
        bytes32 policyHash = book.record(_bytes(_word(1, 1, 0), ""), _ladder);
        bytes memory answer;
        (ok, answer) = book.addressOf(policyHash).call(hex"12345678");
        isTrue(ok && answer.length == 0, "a record stops at once");
    }
}
