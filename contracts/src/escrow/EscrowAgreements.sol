// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMilestoneEscrow, State} from "../interfaces/IMilestoneEscrow.sol";
import {Agreements} from "./Agreements.sol";
import {EscrowState} from "./EscrowState.sol";
import {Money} from "./Money.sol";
import {Claim, Entry} from "./Slots.sol";
import {ProfileWord, TermsCodec} from "./TermsCodec.sol";

/// @title The escrow's second part: agreements, notices, claims and forecasts
/// @notice Code that `MilestoneEscrow` runs by delegatecall, on its own storage, for calls that it does not know itself. Fixed
/// at deployment; one contract would exceed the size limit.
/// @dev Deployed once; see `IMilestoneEscrow` for what its functions do.
contract EscrowAgreements is Agreements {
    using TermsCodec for bytes;

    constructor(address gate_, address arbitration_, address treasury_) EscrowState(gate_, arbitration_, treasury_) {}

    /// @notice What the first part compares at deployment.
    function wiring() external view returns (address gate, address arbitration, address treasury) {
        return (GATE, ARBITRATION, TREASURY);
    }

    function exitOf(uint8 m) external view returns (uint40 exitAt, State outcome, uint16 payBps) {
        Context memory c;
        uint256 time;
        uint256 state;
        uint256 bps;
        if (m == CLAIM) {
            _open(c);
            Claim k = _loadClaim();
            if (k.state() != NO_CLAIM) {
                (time, bps) = (_claimExit(c.a, k), k.standingBps());
                state = bps == 0 ? REFUNDED : RELEASED;
            }
        } else {
            _openAt(c, m);
            if (_isFinal(c.e.state())) {
                (state, bps) = (c.e.state(), c.e.standingBps());
            } else {
                (time, state, bps) = _exit(c, c.e);
                if (state == CANCELLED && _killDue(c, time) != 0) bps = Money.BPS;
            }
        }
        return (uint40(time), State(state), uint16(bps));
    }

    function finalBy() external view returns (uint40) {
        Context memory c;
        _open(c);
        _loadPots(c);
        uint256 latest = c.b.lastDecidedAt();
        bool pot = c.p.holdback() != 0;
        uint256 n = _count(c);
        for (uint256 m; m < n; ++m) {
            c.e = _entry(c, m);
            if (_isFinal(c.e.state())) continue;
            if (_profile(c).holdbackBps() != 0) pot = true;
            uint256 end = _latestDecision(c);
            if (end > latest) latest = end;
        }
        if (pot) {
            uint256 tail = c.a.warrantyDays() + c.a.profile(0).arbitrationDays();
            latest += tail * 1 days + ANSWER;
        }
        return uint40(latest);
    }

    /// @dev Latest time at which the open milestone at hand can be decided, if every round is used to its end.
    function _latestDecision(Context memory c) private pure returns (uint256 time) {
        Entry e = c.e;
        uint256 state = e.state();
        ProfileWord p = _profile(c);
        time = p.arbitrationDays() * 1 days;
        if (state == DISPUTED) return time + e.clock();
        uint256 rework = p.reworkDays() * 1 days;
        uint256 left = p.maxRounds() - e.round();
        if (state == SUBMITTED) ++left;
        time += left * (p.reviewSeconds() + BACKSTOP + rework);
        if (state == SUBMITTED) return time + e.clock();
        if (state == REJECTED) return time + e.clock() + rework;
        time += _dueAt(c, e) + (p.graceDays() + p.lateDays()) * 1 days;
        if (state == PLANNED) time += CURE + FUND_LIMIT;
    }

    function feePaid(uint8 m) external view nonReentrantView returns (uint256 fee) {
        Context memory c;
        _openAt(c, m);
        Entry e = c.e;
        if (e.state() == RELEASED) {
            return Money.parts(e.amount(), e.standingBps(), e.lateBps(), _profile(c).holdbackBps(), c.a.feeBps()).fee;
        }
        if (e.state() == CANCELLED && e.standingBps() != 0) (fee, ) = Money.feeOf(_cover(c, e), c.a.feeBps());
    }

    function contribution(uint8 i) external view nonReentrantView returns (uint256) {
        _args();
        return i < _contributions.length ? _contributions[i] : 0;
    }

    function revoke(uint192 key) external nonReentrant {
        _args();
        _useNonce(msg.sender, key);
        emit IMilestoneEscrow.IntentsRevoked(msg.sender, key);
    }
}
