// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMilestoneGate} from "../interfaces/IMilestoneGate.sol";
import {Bytes} from "./Bytes.sol";
import {PolicyWord, PolicyWords} from "./PolicyWord.sol";

/// @dev A roster version in memory. `record`: the policy book's record. `data`: bytes that end with criteria, weights and
/// seats. `weights`: bits 16 to 63, as in a policy word.
struct Roster {
    bytes record;
    bytes data;
    uint256 criteria;
    uint256 seats;
    uint256 weights;
    address client;
}

using Rosters for Roster global;

/// @title Reader of rosters
/// @notice Version 1 is the end of a clone's immutable arguments, later ones are stored by the gate; both end alike:
/// criteria (32 each) · if there are seats u16×3 weights · seats (23 each). Layouts in `IMilestoneGate`.
/// @dev Bytes of the project's own escrow were checked at creation. Those of a stranger's contract may be anything: lengths
/// are checked once, so that what is read lies inside them.
library Rosters {
    using Bytes for bytes;

    /// @dev Length of a clone's code before its arguments.
    uint256 internal constant ARGS = 45;
    /// @dev Positions in the terms, as in `TermsCodec`.
    uint256 internal constant TERMS_HEADER = 140;
    uint256 internal constant TERMS_COUNTS = 5;
    uint256 internal constant TERMS_TOKEN = 16;
    uint256 internal constant TERMS_CLIENT = 36;
    uint256 internal constant TERMS_CONTRIBUTOR = 56;
    uint256 internal constant TERMS_POLICY = 108;
    /// @dev Sizes at the end of the terms.
    uint256 internal constant CRITERIA = 32;
    uint256 internal constant WEIGHTS = 6;
    uint256 internal constant SEAT = 23;
    uint256 internal constant EXCLUDED = 0x80;
    /// @dev Weights of a project without seats: the client is the only one.
    uint256 internal constant CLIENT_ALONE = 1 << 48;
    /// @dev A stored version: zero byte, policyHash, criteria and seats counted, then as above.
    uint256 internal constant STORED_HEADER = 35;
    /// @dev A record: zero byte, codec, number of policies, policy words, oracles.
    uint256 private constant RECORD_COUNT = 2;
    uint256 private constant RECORD_WORDS = 3;

    // ------------------------------------------------------------------------------------------------------- reading

    /// @dev Version 1 out of a clone's code, and the hash of the record that goes with it.
    function ofTerms(bytes memory code) internal pure returns (Roster memory r, bytes32 policyHash) {
        uint256 counts = code.wordAt(ARGS + TERMS_COUNTS);
        _fill(r, code, ARGS + TERMS_HEADER, uint8(counts >> 248), uint8(counts >> 240));
        r.client = address(uint160(code.wordAt(ARGS + TERMS_CLIENT) >> 96));
        return (r, bytes32(code.wordAt(ARGS + TERMS_POLICY)));
    }

    /// @dev A later version out of its stored bytes, the zero byte included, and the hash of its record.
    function ofStored(bytes memory stored) internal pure returns (Roster memory r, bytes32 policyHash) {
        uint256 counts = stored.wordAt(33);
        _fill(r, stored, STORED_HEADER, uint8(counts >> 248), uint8(counts >> 240));
        return (r, bytes32(stored.wordAt(1)));
    }

    /// @dev Size of criteria, weights and seats.
    function tailSize(uint256 criteria, uint256 seats) internal pure returns (uint256) {
        return CRITERIA * criteria + (seats == 0 ? 0 : WEIGHTS + SEAT * seats);
    }

    function _fill(Roster memory r, bytes memory data, uint256 header, uint256 criteria, uint256 seats) private pure {
        uint256 least = header + tailSize(criteria, seats);
        if (data.length < least) revert IMilestoneGate.Gate_BadLength(data.length, least);
        r.data = data;
        r.criteria = criteria;
        r.seats = seats;
        r.weights = seats == 0 ? CLIENT_ALONE : (data.wordAt(data.length - SEAT * seats - WEIGHTS) >> 208) << 16;
    }

    // --------------------------------------------------------------------------------------------------------- seats

    function seatCount(Roster memory r) internal pure returns (uint256) {
        return r.seats == 0 ? 1 : r.seats;
    }

    /// @dev A seat below the roster's number of seats.
    /// @return id Account, or last 20 bytes of the hash of the passkey's signer.
    /// @return weight Its weight.
    /// @return body Its body.
    /// @return excluded Whether it belongs to a payee or an affiliate of one.
    function seat(
        Roster memory r,
        uint256 index
    ) internal pure returns (address id, uint16 weight, uint256 body, bool excluded) {
        if (r.seats == 0) return (r.client, 1, PolicyWords.CLIENTS, false);
        uint256 word = r.data.wordAt(r.data.length - SEAT * (r.seats - index));
        uint256 flags = uint8(word >> 72);
        return (address(uint160(word >> 96)), uint16(word >> 80), flags & 3, flags & EXCLUDED != 0);
    }

    // ------------------------------------------------------------------------------------------------------ policies

    /// @dev Policy with the project's weights filled in.
    function policy(Roster memory r, uint256 index) internal pure returns (PolicyWord) {
        return PolicyWord.wrap(PolicyWord.unwrap(policyWord(r.record, index)) | r.weights);
    }

    /// @dev Oracle and criteria of a policy; zeros if it names none.
    function oracleOf(Roster memory r, uint256 index) internal pure returns (address oracle, bytes32 criteriaHash) {
        if (!policyWord(r.record, index).names(PolicyWords.ORACLE)) return (address(0), 0);
        uint256 before = 0;
        for (uint256 i = 0; i < index; ++i) {
            if (policyWord(r.record, i).names(PolicyWords.ORACLE)) ++before;
        }
        if (before >= r.criteria) revert IMilestoneGate.Gate_BadCriteria(r.criteria, before + 1);
        uint256 offset = r.data.length - tailSize(r.criteria, r.seats) + CRITERIA * before;
        return (oracleAt(r.record, before), bytes32(r.data.wordAt(offset)));
    }

    function policyCount(bytes memory record) internal pure returns (uint256) {
        return uint8(record[RECORD_COUNT]);
    }

    /// @dev A policy as recorded, without weights.
    function policyWord(bytes memory record, uint256 index) internal pure returns (PolicyWord) {
        if (index >= policyCount(record)) revert IMilestoneGate.Gate_UnknownPolicy(uint8(index));
        return PolicyWord.wrap(record.wordAt(RECORD_WORDS + 32 * index));
    }

    /// @dev Oracle of the policy that is number `rank` of those that name one.
    function oracleAt(bytes memory record, uint256 rank) internal pure returns (address) {
        uint256 offset = RECORD_WORDS + 32 * policyCount(record) + 20 * rank;
        return address(uint160(record.wordAt(offset) >> 96));
    }
}
