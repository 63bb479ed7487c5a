// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IMilestoneEscrow, Kind} from "../interfaces/IMilestoneEscrow.sol";
import {EscrowState} from "./EscrowState.sol";
import {Money} from "./Money.sol";
import {Pots, Slots} from "./Slots.sol";
import {TermsCodec} from "./TermsCodec.sol";

/// @title Paying
/// @dev State first, then transfers. A transfer that the token refuses becomes a credit; nobody else notices.
abstract contract Payments is EscrowState {
    using SafeERC20 for IERC20;
    using TermsCodec for bytes;

    /// @dev Books the end of one milestone and pays. `c` holds changes of the caller that are not saved yet.
    function _finish(Context memory c) internal {
        ++c.b.decided;
        _close(c);
    }

    /// @dev `_finish` for callers that counted `decided` themselves. The end of the last open milestone also frees the pool,
    /// pays half the holdback pot and starts the warranty.
    function _close(Context memory c) internal {
        bool last = c.b.decided == _count(c);
        uint256 half;
        uint256 left;
        if (last || c.toHoldback != 0) {
            Pots memory p = _loadPots();
            p.holdback += c.toHoldback;
            if (last) {
                c.toRefundable += p.pool;
                p.pool = 0;
                half = p.holdback / 2;
                p.holdback -= half;
                left = p.holdback;
            }
            _savePots(p);
        }
        if (c.toRefundable != 0 || c.defaultedAt != 0) {
            _loadRare(c);
            c.r.refundable += c.toRefundable;
            if (c.defaultedAt != 0) {
                c.b.flags |= Slots.RARE;
                if (c.r.defaultedAt == 0 || c.defaultedAt < c.r.defaultedAt) c.r.defaultedAt = uint40(c.defaultedAt);
            }
            _saveRare(c);
        }
        c.b.lastDecidedAt = block.timestamp;
        _pay(c);
        if (half != 0) _payPot(c, half, left);
    }

    /// @dev Pays `amount`, already out of the pot, by step 4 of the money rule.
    function _payPot(Context memory c, uint256 amount, uint256 left) internal {
        (c.fee, c.net) = Money.feeOf(amount, c.a.feeBps());
        c.m = POT;
        c.kind = Kind.Holdback;
        emit IMilestoneEscrow.HoldbackReleased(uint96(amount), uint96(c.fee), uint96(c.net), uint96(left));
        _pay(c);
    }

    /// @dev Pays `c.fee` to the treasury and `c.net` to the payees by weight, the remainder to the first, after taking both
    /// out of the books; what the token refuses comes back into the books as a credit. Saves slot 0.
    function _pay(Context memory c) private {
        c.b.booked -= c.fee + c.net;
        c.b.feesPaid = Money.saturatingAdd(c.b.feesPaid, c.fee);
        _saveBook(c);
        Kind kind = c.kind;
        uint256 refused;
        uint256 rest = c.net;
        if (rest != 0) {
            for (uint256 i = _payeeCount(c) - 1; i > 0; --i) {
                (address account, uint256 weight) = _payeeOf(c, i);
                uint256 part = Money.share(c.net, weight);
                rest -= part;
                refused += _send(c, account, part);
            }
            (address first, ) = _payeeOf(c, 0);
            refused += _send(c, first, rest);
        }
        c.kind = Kind.Fee;
        uint256 refusedFee = _send(c, TREASURY, c.fee);
        c.kind = kind;
        if (refused + refusedFee != 0) {
            c.b.booked += refused + refusedFee;
            c.b.feesPaid -= refusedFee;
            _saveBook(c);
        }
    }

    /// @dev Tries one transfer; nothing to do for 0.
    /// @return refused `amount` if the token refused and it was credited, else 0.
    function _send(Context memory c, address to, uint256 amount) private returns (uint256 refused) {
        if (amount == 0) return 0;
        if (IERC20(c.a.token()).trySafeTransfer(to, amount)) {
            // Fees and refunds have events of their own (Decided, Refunded).
            if (c.kind < Kind.Fee) emit IMilestoneEscrow.Paid(to, uint96(amount), uint8(c.m), c.kind);
            return 0;
        }
        _credits[to] += amount;
        emit IMilestoneEscrow.Credited(to, uint96(amount), uint8(c.m), c.kind);
        return amount;
    }

    /// @dev Pays all that is refundable (slot 2 is loaded) to the funders: floors of their parts, the remainder to the client.
    function _refundAll(Context memory c) internal {
        uint256 amount = c.r.refundable;
        c.r.refundable = 0;
        _saveRare(c);
        c.b.booked -= amount;
        _saveBook(c);
        c.m = PROJECT;
        c.kind = Kind.Refund;
        uint256 rest = amount;
        uint256 refused;
        uint256 n = c.a.furtherFunders();
        if (n != 0) {
            uint256 total = _contributions[0];
            for (uint256 i = 1; i <= n; ++i) total += _contributions[i];
            for (uint256 i = n; i > 0; --i) {
                uint256 part = Money.proRata(amount, _contributions[i], total);
                rest -= part;
                refused += _refund(c, c.a.funder(i), part);
            }
        }
        refused += _refund(c, c.a.client(), rest);
        if (refused != 0) {
            c.b.booked += refused;
            _saveBook(c);
        }
    }

    function _refund(Context memory c, address funder, uint256 amount) private returns (uint96) {
        if (amount != 0) emit IMilestoneEscrow.Refunded(funder, uint96(amount));
        return uint96(_send(c, funder, amount));
    }
}
