// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Cause, IMilestoneEscrow, Kind} from "../interfaces/IMilestoneEscrow.sol";
import {Escrow_NothingDue} from "./Errors.sol";
import {Money} from "./Money.sol";
import {Payments} from "./Payments.sol";
import {Book, Claim, Entry, Slots} from "./Slots.sol";
import {TermsCodec} from "./TermsCodec.sol";

/// @title How a milestone, the pot and a claim end
/// @dev Steps shared by the two parts of the escrow. A claim holds only its amount, inside the pot; what it does not win stays
/// there.
abstract contract Outcomes is Payments {
    using TermsCodec for bytes;

    /// @dev Decides the reserved milestone at hand at `c.payBps` and pays. Its clock keeps the second of the decision.
    function _decide(Context memory c) internal {
        if (Book.unwrap(c.b) == 0) _loadBook(c);
        Entry e = c.e;
        uint256 payBps = c.payBps;
        Money.Parts memory p = Money.parts(e.amount(), payBps, e.lateBps(), _profile(c).holdbackBps(), c.a.feeBps());
        c.e = e.withState(payBps == 0 ? REFUNDED : RELEASED).withStandingBps(payBps).withClock(block.timestamp);
        _saveEntry(c);
        emit IMilestoneEscrow.Decided(
            uint8(c.m),
            uint8(e.round()),
            _digests[c.m],
            c.cause,
            uint16(payBps),
            uint16(e.lateBps()),
            uint96(p.gross),
            uint96(p.lateCredit),
            uint96(p.holdback),
            uint96(p.fee),
            uint96(p.net),
            uint96(p.refundable)
        );
        c.kind = Kind.Milestone;
        c.fee = p.fee;
        c.net = p.net;
        c.toHoldback = p.holdback;
        c.toRefundable = p.refundable;
        _finish(c);
    }

    /// @dev Ends the Planned or Funded milestone at hand, whose exit `time` has passed, as Cancelled.
    function _cancelAtExit(Context memory c, uint256 time) internal {
        uint256 notice = c.r.cancelAt();
        c.cause = notice != 0 && time == notice + NOTICE ? Cause.Cancel : Cause.Default;
        _cancel(c, _killDue(c, time));
    }

    /// @dev Ends the milestone at hand without decision, with a kill fee (0 for none). No holdback on it.
    function _cancel(Context memory c, uint256 kill) internal {
        Entry e = c.e;
        uint256 reserved = e.amount();
        if (e.state() == PLANNED) {
            c.b = c.b.withFlag(Slots.TOUCHED);
            reserved = _reservedCover(c, e);
        }
        c.e = e.withState(CANCELLED).withStandingBps(kill == 0 ? 0 : Money.BPS).withClock(block.timestamp);
        _saveEntry(c);
        c.kind = Kind.KillFee;
        (c.fee, c.net) = Money.feeOf(kill, c.a.feeBps());
        c.toRefundable = reserved - kill;
        emit IMilestoneEscrow.MilestoneCancelled(
            uint8(c.m),
            c.cause,
            uint96(kill),
            uint96(c.fee),
            uint96(c.toRefundable)
        );
        _finish(c);
    }

    /// @dev Empties the pot (a claim's amount apart): `payBps` of it to the payees, the rest to the funders.
    function _payPotShare(Context memory c, uint256 payBps) internal {
        _loadPots(c);
        uint256 held = _held(_loadClaim());
        uint256 free = c.p.holdback() - held;
        if (free == 0) revert Escrow_NothingDue();
        uint256 paid = Money.share(free, payBps);
        c.p = c.p.withHoldback(held);
        _savePots(c);
        if (paid != free) {
            c.toRefundable = free - paid;
            _addRefundable(c);
        }
        _payPot(c, paid, held);
    }

    /// @dev Last second at which the claim's parties (or arbitration) can act.
    function _claimExit(bytes memory a, Claim k) internal pure returns (uint256) {
        if (k.state() == CLAIM_OPEN) return k.clock() + ANSWER;
        return k.clock() + a.profile(0).arbitrationDays() * 1 days;
    }

    /// @dev `c.payBps` of the claim stays in the pot for the payees, the rest goes to the funders. No transfer here. Its clock
    /// keeps the second of the decision.
    function _decideClaim(Context memory c, Claim k) internal {
        uint256 kept = Money.share(k.amount(), c.payBps);
        uint256 refunded = k.amount() - kept;
        _loadPots(c);
        c.p = c.p.withHoldback(c.p.holdback() - refunded);
        _savePots(c);
        c.toRefundable = refunded;
        _addRefundable(c);
        _saveClaim(Slots.claimOf(0, NO_CLAIM, k.round(), block.timestamp, k.standingBps()));
        emit IMilestoneEscrow.ClaimDecided(uint8(k.round()), c.cause, uint16(c.payBps), uint96(refunded), uint96(kept));
    }
}
