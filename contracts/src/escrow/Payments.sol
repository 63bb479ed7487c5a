// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IMilestoneEscrow, Kind} from "../interfaces/IMilestoneEscrow.sol";
import {EscrowState} from "./EscrowState.sol";
import {Money} from "./Money.sol";
import {Rare, Slots} from "./Slots.sol";
import {TermsCodec} from "./TermsCodec.sol";

/// @title Paying
/// @dev State first, then transfers. A transfer that the token refuses becomes a credit; nobody else notices.
abstract contract Payments is EscrowState {
    using SafeERC20 for IERC20;
    using TermsCodec for bytes;

    /// @dev Books the end of one milestone and pays. `c` holds changes of the caller that are not saved yet.
    function _finish(Context memory c) internal {
        c.b = c.b.withDecided(c.b.decided() + 1);
        _close(c);
    }

    /// @dev `_finish` for callers that counted `decided` themselves. The end of the last open milestone also frees the pool,
    /// pays half the holdback pot and starts the warranty.
    function _close(Context memory c) internal {
        bool last = c.b.decided() == _count(c);
        uint256 half;
        uint256 left;
        if (last || c.toHoldback != 0) {
            _loadPots(c);
            left = c.p.holdback() + c.toHoldback;
            if (last) {
                c.toRefundable += c.p.pool();
                half = left / 2;
                left -= half;
                c.p = c.p.withPool(0);
            }
            c.p = c.p.withHoldback(left);
            _savePots(c);
        }
        if (c.toRefundable != 0 || c.defaultedAt != 0) _addRefundable(c);
        c.b = c.b.withLastDecidedAt(block.timestamp);
        _pay(c);
        if (half != 0) _payPot(c, half, left);
    }

    /// @dev Books `c.toRefundable`, and a default if there was one.
    function _addRefundable(Context memory c) internal {
        _loadRare(c);
        Rare r = c.r;
        r = r.withRefundable(r.refundable() + c.toRefundable);
        if (c.defaultedAt != 0) {
            c.b = c.b.withFlag(Slots.RARE);
            if (r.defaultedAt() == 0 || c.defaultedAt < r.defaultedAt()) r = r.withDefaultedAt(c.defaultedAt);
        }
        c.r = r;
        _saveRare(c);
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
        uint256 fee = c.fee;
        uint256 rest = c.net;
        c.b = c.b.minusBooked(fee + rest);
        if (fee != 0) c.b = c.b.withFeesPaid(Money.saturatingAdd(c.b.feesPaid(), fee));
        _saveBook(c);
        uint256 refused;
        if (rest != 0) {
            // The contributor alone, as signed, or a list.
            bool alone = !c.b.has(Slots.PAYEES) && c.a.payees() == 0;
            refused = alone ? _send(c, c.a.contributor(), rest) : _payList(c, rest);
        }
        uint256 refusedFee;
        if (fee != 0) {
            Kind kind = c.kind;
            c.kind = Kind.Fee;
            refusedFee = _send(c, TREASURY, fee);
            c.kind = kind;
        }
        if (refused + refusedFee != 0) {
            c.b = c.b.plusBooked(refused + refusedFee).withFeesPaid(c.b.feesPaid() - refusedFee);
            _saveBook(c);
        }
    }

    /// @dev Pays `net` to the payees by weight, the remainder to the first.
    function _payList(Context memory c, uint256 net) private returns (uint256 refused) {
        uint256 rest = net;
        for (uint256 i = _payeeCount(c) - 1; i > 0; --i) {
            (address account, uint256 weight) = _payeeOf(c, i);
            uint256 part = Money.share(net, weight);
            rest -= part;
            refused += _send(c, account, part);
        }
        (address first, ) = _payeeOf(c, 0);
        refused += _send(c, first, rest);
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
        uint256 amount = c.r.refundable();
        c.r = c.r.withRefundable(0);
        _saveRare(c);
        c.b = c.b.minusBooked(amount);
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
            c.b = c.b.plusBooked(refused);
            _saveBook(c);
        }
    }

    function _refund(Context memory c, address funder, uint256 amount) private returns (uint256) {
        if (amount != 0) emit IMilestoneEscrow.Refunded(funder, uint96(amount));
        return _send(c, funder, amount);
    }
}
