// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PolicyWord, PolicyWords} from "./PolicyWord.sol";

/// @title Reader of a stored roster
/// @notice The bytes laid out in `IMilestoneGate`, kept as a contract's code behind one zero byte.
/// @dev Only bytes that `GateRoster` validated are stored, so offsets that follow from the counts lie inside them; every
/// index from outside is checked against its count.
library Roster {
    uint256 internal constant HEADER = 4;
    uint256 internal constant POLICY_SIZE = 32;
    uint256 internal constant ORACLE_SIZE = 52;
    uint256 internal constant SEAT_SIZE = 23;
    uint8 internal constant EXCLUDED = 0x80;

    /// @dev Reads all bytes of a roster, the zero byte included.
    function load(address pointer) internal view returns (bytes memory) {
        return pointer.code;
    }

    function policyCount(bytes memory roster) internal pure returns (uint256) {
        return uint8(roster[2]);
    }

    function seatCount(bytes memory roster) internal pure returns (uint256) {
        return uint8(roster[4]);
    }

    function policy(bytes memory roster, uint256 index) internal pure returns (PolicyWord) {
        return PolicyWord.wrap(uint256(wordAt(roster, 1 + HEADER + POLICY_SIZE * index)));
    }

    /// @dev Index of the policy of a milestone below the roster's number of milestones.
    function policyOf(bytes memory roster, uint256 milestone) internal pure returns (uint8) {
        uint256 milestones = uint8(roster[3]);
        return uint8(roster[roster.length - SEAT_SIZE * seatCount(roster) - milestones + milestone]);
    }

    function milestoneCount(bytes memory roster) internal pure returns (uint256) {
        return uint8(roster[3]);
    }

    /// @dev Oracle and criteria of a policy; zeros if it names none.
    function oracleOf(bytes memory roster, uint256 index) internal pure returns (address oracle, bytes32 criteriaHash) {
        if (!policy(roster, index).names(PolicyWords.ORACLE)) return (address(0), 0);
        uint256 offset = 1 + HEADER + POLICY_SIZE * policyCount(roster);
        for (uint256 i = 0; i < index; ++i) {
            if (policy(roster, i).names(PolicyWords.ORACLE)) offset += ORACLE_SIZE;
        }
        oracle = address(bytes20(wordAt(roster, offset)));
        criteriaHash = wordAt(roster, offset + 20);
    }

    /// @dev A seat below the roster's number of seats.
    /// @return id Account, or last 20 bytes of the hash of the passkey's signer.
    /// @return weight Its weight.
    /// @return body Its body.
    /// @return excluded Whether it belongs to a payee or an affiliate of one.
    function seat(
        bytes memory roster,
        uint256 index
    ) internal pure returns (address id, uint16 weight, uint256 body, bool excluded) {
        uint256 word = uint256(wordAt(roster, roster.length - SEAT_SIZE * (seatCount(roster) - index)));
        uint8 flags = uint8(word >> 72);
        return (address(uint160(word >> 96)), uint16(word >> 80), flags & 3, flags & EXCLUDED != 0);
    }

    /// @dev 32 bytes at an offset; what lies behind the end is not meaningful and never used.
    function wordAt(bytes memory data, uint256 offset) internal pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := mload(add(add(data, 0x20), offset))
        }
    }
}
