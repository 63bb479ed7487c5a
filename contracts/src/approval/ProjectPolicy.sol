// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbitration} from "../interfaces/IArbitration.sol";
import {IMilestoneGate} from "../interfaces/IMilestoneGate.sol";
import {Bytes} from "./Bytes.sol";
import {Ladder} from "./Ladder.sol";
import {PolicyWord, PolicyWords} from "./PolicyWord.sol";
import {Roster, Rosters} from "./Roster.sol";

/// @title Whether one project can live by shared policies
/// @notice Seats, weights, criteria, clocks and arbitrators of one project against the record it names. The factory runs it at
/// creation and the gate for change orders; the record's own rules are the policy book's.
library ProjectPolicy {
    using Bytes for bytes;
    using Ladder for IArbitration.Policy;

    uint256 internal constant MAX_SEATS = 64;
    uint256 internal constant MAX_WEIGHT = 10_000;
    uint256 internal constant PAYEE = 22;
    uint256 internal constant FUNDER = 20;
    uint256 internal constant PROFILE = 18;

    /// @dev What the project's bytes say, by position. `weights` are bits 16 to 63, as in a policy word.
    struct Project {
        bytes args;
        uint256 payees;
        uint256 profiles;
        uint256 criteria;
        uint256 seats;
        uint256 weights;
        address client;
        address contributor;
    }

    /// @notice Reverts unless the project of `args` can be run under `record`.
    /// @param args Terms as `TermsCodec` lays them out, of the length that follows from their counts.
    /// @param pairs Bit `policy << 4 | profile` for every pair that some open milestone uses.
    /// @param record Bytes of the policy book's record, the zero byte included.
    function check(bytes memory args, uint256 pairs, bytes memory record) internal pure {
        Project memory p = _read(args);
        IArbitration.Policy memory ladder = Ladder.ofRecord(record);
        _checkSeats(p, ladder);
        _checkArbitrator(p, ladder.arbitrator);
        if (ladder.fallbackArbitrator != address(0)) _checkArbitrator(p, ladder.fallbackArbitrator);
        _checkCriteria(p, record);
        if (ladder.panelPolicy != Ladder.NO_PANEL) {
            _checkBodies(p, Rosters.policyWord(record, ladder.panelPolicy), ladder.panelPolicy);
        }
        uint256 needed = ladder.longest() + Ladder.SPARE;
        for (uint256 pair = 0; pairs >> pair != 0; ++pair) {
            if ((pairs >> pair) & 1 == 0) continue;
            uint256 policy = pair >> 4;
            PolicyWord word = Rosters.policyWord(record, policy);
            _checkBodies(p, word, policy);
            _checkClocks(p, word, pair & 15, needed);
        }
    }

    function _read(bytes memory args) private pure returns (Project memory p) {
        uint256 counts = args.wordAt(2);
        p.args = args;
        p.payees = uint8(counts >> 248);
        p.profiles = Rosters.TERMS_HEADER + PAYEE * p.payees + FUNDER * uint8(counts >> 240);
        p.criteria = uint8(counts >> 224);
        p.seats = uint8(counts >> 216);
        p.client = address(uint160(args.wordAt(Rosters.TERMS_CLIENT) >> 96));
        p.contributor = address(uint160(args.wordAt(Rosters.TERMS_CONTRIBUTOR) >> 96));
    }

    /// @dev Strictly ascending, flagged where they belong to somebody who is paid, weights as stated. Without seats the client
    /// is the one seat.
    function _checkSeats(Project memory p, IArbitration.Policy memory ladder) private pure {
        if (p.seats == 0) {
            if (_isPaid(p, p.client)) revert IMilestoneGate.Gate_SeatNotExcluded(0, p.client);
            p.weights = Rosters.CLIENT_ALONE;
            return;
        }
        if (p.seats > MAX_SEATS) revert IMilestoneGate.Gate_SeatLimit(p.seats);
        uint256 cursor = p.args.length - Rosters.SEAT * p.seats;
        uint256[3] memory sums;
        uint256 last = 0;
        for (uint256 i = 0; i < p.seats; ++i) {
            uint256 seat = p.args.wordAt(cursor + Rosters.SEAT * i);
            address id = address(uint160(seat >> 96));
            uint256 weight = uint16(seat >> 80);
            uint256 flags = uint8(seat >> 72);
            if (uint160(id) <= last) revert IMilestoneGate.Gate_SeatOrder(uint8(i));
            last = uint160(id);
            if (weight == 0) revert IMilestoneGate.Gate_ZeroWeight(uint8(i));
            if (flags & ~(Rosters.EXCLUDED | 3) != 0 || flags & 3 == 3) {
                revert IMilestoneGate.Gate_BadSeat(uint8(i), uint8(flags));
            }
            if (id == ladder.arbitrator || id == ladder.fallbackArbitrator) {
                revert IArbitration.Arbitration_BadArbitrator(id);
            }
            if (flags & Rosters.EXCLUDED != 0) continue;
            if (_isPaid(p, id)) revert IMilestoneGate.Gate_SeatNotExcluded(uint8(i), id);
            sums[flags & 3] += weight;
        }
        uint256 stated = p.args.wordAt(cursor - Rosters.WEIGHTS) >> 208;
        for (uint256 body = 0; body < 3; ++body) {
            uint256 says = uint16(stated >> (32 - 16 * body));
            if (says != sums[body]) revert IMilestoneGate.Gate_BadWeights(uint8(body), says, sums[body]);
        }
        p.weights = stated << 16;
    }

    /// @dev An arbitrator is nobody who has a share or a say; seats were looked at with their bodies.
    function _checkArbitrator(Project memory p, address arbitrator) private pure {
        if (arbitrator == p.client || _isPaid(p, arbitrator)) {
            revert IArbitration.Arbitration_BadArbitrator(arbitrator);
        }
    }

    /// @dev One hash for each policy that names the oracle.
    function _checkCriteria(Project memory p, bytes memory record) private pure {
        uint256 policies = Rosters.policyCount(record);
        uint256 cursor = p.args.length - Rosters.tailSize(p.criteria, p.seats);
        uint256 found = 0;
        for (uint256 i = 0; i < policies; ++i) {
            if (!Rosters.policyWord(record, i).names(PolicyWords.ORACLE)) continue;
            if (found < p.criteria && p.args.wordAt(cursor + Rosters.CRITERIA * found) == 0) {
                revert IMilestoneGate.Gate_BadOracle(uint8(i), Rosters.oracleAt(record, found));
            }
            ++found;
        }
        if (found != p.criteria) revert IMilestoneGate.Gate_BadCriteria(p.criteria, found);
    }

    /// @dev Every named body has somebody to vote, and no more weight than a ballot can hold.
    function _checkBodies(Project memory p, PolicyWord word, uint256 policy) private pure {
        PolicyWord full = PolicyWord.wrap(PolicyWord.unwrap(word) | p.weights);
        for (uint256 body = 0; body < PolicyWords.ORACLE; ++body) {
            uint256 weight = full.weight(body);
            if (full.names(body) && (weight == 0 || weight > MAX_WEIGHT)) {
                revert IMilestoneGate.Gate_EmptyBody(uint8(policy), uint8(body), weight);
            }
        }
    }

    /// @dev A policy keeps the clocks and the silence of the profile it is used with, and the ladder fits into its time.
    function _checkClocks(Project memory p, PolicyWord word, uint256 profile, uint256 needed) private pure {
        uint256 clocks = p.args.wordAt(p.profiles + PROFILE * profile);
        _same(profile, word.window(), uint8(clocks >> 248) * 1 days);
        _same(profile, word.extension(), uint8(clocks >> 240) * 1 days);
        _same(profile, word.challenge(), uint8(clocks >> 232) * 1 hours);
        _same(profile, word.silenceApproves() ? 1 : 0, (clocks >> 199) & 1);
        uint256 allowed = uint8(clocks >> 200) * 1 days;
        if (needed > allowed) revert IArbitration.Arbitration_LadderTooLong(needed, allowed);
    }

    function _same(uint256 profile, uint256 value, uint256 expected) private pure {
        if (value != expected) revert IMilestoneGate.Gate_BadWindow(uint8(profile), value, expected);
    }

    /// @dev Whether an account is the contributor or a payee.
    function _isPaid(Project memory p, address account) private pure returns (bool) {
        if (account == p.contributor) return true;
        for (uint256 i = 0; i < p.payees; ++i) {
            if (address(uint160(p.args.wordAt(Rosters.TERMS_HEADER + PAYEE * i) >> 96)) == account) return true;
        }
        return false;
    }
}
