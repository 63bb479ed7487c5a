// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbitration} from "../interfaces/IArbitration.sol";
import {IMilestoneGate} from "../interfaces/IMilestoneGate.sol";
import {Bytes} from "./Bytes.sol";
import {Ladder} from "./Ladder.sol";
import {PolicyWord, PolicyWords} from "./PolicyWord.sol";
import {Rosters} from "./Roster.sol";

/// @title Whether one project can live by shared policies
/// @notice Seats, weights, criteria, clocks and arbitrators of one project against the record it names. The factory runs it at
/// creation and the policy book for change orders; the record's own rules are the policy book's.
/// @dev Unchecked where counts are bytes and fields at most 24 bits wide: neither positions nor sums overflow.
library ProjectPolicy {
    using Bytes for bytes;

    uint256 internal constant MAX_SEATS = 64;
    uint256 internal constant MAX_WEIGHT = 10_000;
    uint256 internal constant PAYEE = 22;
    uint256 internal constant FUNDER = 20;
    uint256 internal constant PROFILE = 18;

    /// @dev What the project's bytes say, by position. `weights` are bits 16 to 63, as in a policy word; `ladder` is the
    /// position of the arbitration policy in the record.
    struct Project {
        bytes args;
        bytes record;
        uint256 payees;
        uint256 profiles;
        uint256 criteria;
        uint256 seats;
        uint256 weights;
        uint256 ladder;
        address arbitrator;
        address fallbackArbitrator;
    }

    /// @notice Reverts unless the project of `args` can be run under `record`.
    /// @param args Terms as `TermsCodec` lays them out, of the length that follows from their counts.
    /// @param pairs Bit `policy << 4 | profile` for every pair that some open milestone uses.
    /// @param record Bytes of the policy book's record, the zero byte included.
    function check(bytes memory args, uint256 pairs, bytes memory record) internal pure {
        Project memory p;
        _read(p, args, record);
        _checkSeats(p);
        _checkArbitrator(p, p.arbitrator);
        if (p.fallbackArbitrator != address(0)) _checkArbitrator(p, p.fallbackArbitrator);
        _checkCriteria(p);
        uint256 panel = uint8(record.wordAt(p.ladder + 1) >> 248);
        if (panel != Ladder.NO_PANEL) _checkBodies(p, Rosters.policyWord(record, panel), panel);
        _checkPairs(p, pairs);
    }

    function _read(Project memory p, bytes memory args, bytes memory record) private pure {
        uint256 counts = args.wordAt(2);
        p.args = args;
        p.record = record;
        unchecked {
            p.payees = uint8(counts >> 248);
            p.profiles = Rosters.TERMS_HEADER + PAYEE * p.payees + FUNDER * uint8(counts >> 240);
            p.criteria = uint8(counts >> 224);
            p.seats = uint8(counts >> 216);
            p.ladder = record.length - Ladder.SIZE;
            p.arbitrator = address(uint160(record.wordAt(p.ladder + 2) >> 96));
            p.fallbackArbitrator = address(uint160(record.wordAt(p.ladder + 22) >> 96));
        }
    }

    /// @dev Strictly ascending, flagged where they belong to somebody who is paid, weights as stated. Without seats the client
    /// is the one seat.
    function _checkSeats(Project memory p) private pure {
        if (p.seats == 0) {
            address client = address(uint160(p.args.wordAt(Rosters.TERMS_CLIENT) >> 96));
            if (_isPaid(p, client)) revert IMilestoneGate.Gate_SeatNotExcluded(0, client);
            p.weights = Rosters.CLIENT_ALONE;
            return;
        }
        if (p.seats > MAX_SEATS) revert IMilestoneGate.Gate_SeatLimit(p.seats);
        uint256[3] memory sums;
        uint256 last = 0;
        unchecked {
            uint256 cursor = p.args.length - Rosters.SEAT * p.seats;
            uint256 stated = p.args.wordAt(cursor - Rosters.WEIGHTS) >> 208;
            for (uint256 i = 0; i < p.seats; ++i) {
                uint256 seat = p.args.wordAt(cursor);
                if (seat >> 96 <= last) revert IMilestoneGate.Gate_SeatOrder(uint8(i));
                last = seat >> 96;
                _checkSeat(p, seat, i, sums);
                cursor += Rosters.SEAT;
            }
            for (uint256 body = 0; body < 3; ++body) {
                uint256 says = uint16(stated >> (32 - 16 * body));
                if (says != sums[body]) revert IMilestoneGate.Gate_BadWeights(uint8(body), says, sums[body]);
            }
            p.weights = stated << 16;
        }
    }

    /// @dev Seat `i`, the upper 23 bytes of `seat`; adds its weight to its body's sum unless it is excluded.
    function _checkSeat(Project memory p, uint256 seat, uint256 i, uint256[3] memory sums) private pure {
        address id = address(uint160(seat >> 96));
        uint256 weight = uint16(seat >> 80);
        uint256 flags = uint8(seat >> 72);
        if (weight == 0) revert IMilestoneGate.Gate_ZeroWeight(uint8(i));
        if (flags & ~(Rosters.EXCLUDED | 3) != 0 || flags & 3 == 3) {
            revert IMilestoneGate.Gate_BadSeat(uint8(i), uint8(flags));
        }
        if (id == p.arbitrator || id == p.fallbackArbitrator) revert IArbitration.Arbitration_BadArbitrator(id);
        if (flags & Rosters.EXCLUDED != 0) return;
        if (_isPaid(p, id)) revert IMilestoneGate.Gate_SeatNotExcluded(uint8(i), id);
        unchecked {
            sums[flags & 3] += weight;
        }
    }

    /// @dev An arbitrator is nobody who has a share or a say; seats were looked at with their bodies.
    function _checkArbitrator(Project memory p, address arbitrator) private pure {
        address client = address(uint160(p.args.wordAt(Rosters.TERMS_CLIENT) >> 96));
        if (arbitrator == client || _isPaid(p, arbitrator)) revert IArbitration.Arbitration_BadArbitrator(arbitrator);
    }

    /// @dev One hash for each policy that names the oracle.
    function _checkCriteria(Project memory p) private pure {
        uint256 policies = Rosters.policyCount(p.record);
        uint256 found = 0;
        unchecked {
            uint256 cursor = p.args.length - Rosters.tailSize(p.criteria, p.seats);
            for (uint256 i = 0; i < policies; ++i) {
                if (!Rosters.policyWord(p.record, i).names(PolicyWords.ORACLE)) continue;
                if (found < p.criteria && p.args.wordAt(cursor + Rosters.CRITERIA * found) == 0) {
                    revert IMilestoneGate.Gate_BadOracle(uint8(i), Rosters.oracleAt(p.record, found));
                }
                ++found;
            }
        }
        if (found != p.criteria) revert IMilestoneGate.Gate_BadCriteria(p.criteria, found);
    }

    /// @dev Every policy in use has bodies that can vote and its profile's clocks.
    function _checkPairs(Project memory p, uint256 pairs) private pure {
        uint256 needed = _longest(p) + Ladder.SPARE;
        unchecked {
            for (uint256 policy = 0; pairs != 0; ++policy) {
                uint256 used = pairs & 0xffff;
                pairs >>= 16;
                if (used == 0) continue;
                PolicyWord word = Rosters.policyWord(p.record, policy);
                _checkBodies(p, word, policy);
                for (uint256 profile = 0; used != 0; ++profile) {
                    if (used & 1 != 0) _checkClocks(p, word, profile, needed);
                    used >>= 1;
                }
            }
        }
    }

    /// @dev Every named body has somebody to vote, and no more weight than a ballot can hold.
    function _checkBodies(Project memory p, PolicyWord word, uint256 policy) private pure {
        PolicyWord full = PolicyWord.wrap(PolicyWord.unwrap(word) | p.weights);
        for (uint256 body = 0; body < PolicyWords.ORACLE; ++body) {
            if (!full.names(body)) continue;
            uint256 weight = full.weight(body);
            if (weight == 0 || weight > MAX_WEIGHT) {
                revert IMilestoneGate.Gate_EmptyBody(uint8(policy), uint8(body), weight);
            }
        }
    }

    /// @dev A policy keeps the clocks and the silence of the profile it is used with, and the ladder fits into its time.
    function _checkClocks(Project memory p, PolicyWord word, uint256 profile, uint256 needed) private pure {
        unchecked {
            uint256 clocks = p.args.wordAt(p.profiles + PROFILE * profile);
            _same(profile, word.window(), uint256(uint8(clocks >> 248)) * 1 days);
            _same(profile, word.extension(), uint256(uint8(clocks >> 240)) * 1 days);
            _same(profile, word.challenge(), uint256(uint8(clocks >> 232)) * 1 hours);
            _same(profile, word.silenceApproves() ? 1 : 0, (clocks >> 199) & 1);
            uint256 allowed = uint256(uint8(clocks >> 200)) * 1 days;
            if (needed > allowed) revert IArbitration.Arbitration_LadderTooLong(needed, allowed);
        }
    }

    /// @dev Longest way through the ladder, s; `Ladder.longest` on the bytes as they are.
    function _longest(Project memory p) private pure returns (uint256 sum) {
        // negotiate, panel, panelExtension, appeal, deposit, ruling, fallbackWindow: 24 bits each.
        uint256 rungs = p.record.wordAt(p.ladder + 68);
        unchecked {
            sum = (rungs >> 232) + uint24(rungs >> 160) + uint24(rungs >> 136) + uint24(rungs >> 112);
            if (uint8(p.record.wordAt(p.ladder + 1) >> 248) != Ladder.NO_PANEL) {
                sum += uint24(rungs >> 208) + uint24(rungs >> 184);
            }
            if (p.fallbackArbitrator != address(0)) sum += uint24(rungs >> 88);
        }
    }

    function _same(uint256 profile, uint256 value, uint256 expected) private pure {
        if (value != expected) revert IMilestoneGate.Gate_BadWindow(uint8(profile), value, expected);
    }

    /// @dev Whether an account is the contributor or a payee.
    function _isPaid(Project memory p, address account) private pure returns (bool) {
        if (account == address(uint160(p.args.wordAt(Rosters.TERMS_CONTRIBUTOR) >> 96))) return true;
        unchecked {
            for (uint256 i = 0; i < p.payees; ++i) {
                if (address(uint160(p.args.wordAt(Rosters.TERMS_HEADER + PAYEE * i) >> 96)) == account) return true;
            }
        }
        return false;
    }
}
