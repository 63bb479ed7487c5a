// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC3009} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IMilestoneEscrow} from "../interfaces/IMilestoneEscrow.sol";
import {Decisions} from "./Decisions.sol";
import {Escrow_AmountTooLarge, Escrow_NoSuchFunder, Escrow_NothingDue, Escrow_Shortfall} from "./Errors.sol";
import {Entry, Pots, Slots} from "./Slots.sol";
import {TermsCodec} from "./TermsCodec.sol";

/// @dev EIP-3009 with a signature of any length (smart accounts; USDC 2.2).
interface IERC3009Bytes {
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external;
}

/// @title Money in, money back
abstract contract Funding is Decisions {
    using SafeERC20 for IERC20;
    using TermsCodec for bytes;

    function fund(uint8 funder, uint96 amount) external nonReentrant {
        Context memory c;
        _open(c);
        _pull(c, funder, amount);
    }

    function fundWithPermit(
        uint8 funder,
        uint96 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant {
        Context memory c;
        _open(c);
        // Whoever saw the permit may have used it already; then the allowance is there and nothing is lost.
        try IERC20Permit(c.a.token()).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        _pull(c, funder, amount);
    }

    function fundWithAuthorization(
        uint8 funder,
        address from,
        uint96 amount,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 salt,
        bytes calldata signature
    ) external nonReentrant {
        Context memory c;
        _open(c);
        _requireFunder(c, funder);
        address asset = c.a.token();
        uint256 before = IERC20(asset).balanceOf(address(this));
        bytes32 nonce = keccak256(abi.encode(address(this), funder, salt));
        if (signature.length == 65) {
            // The form every EIP-3009 token has.
            IERC3009(asset).receiveWithAuthorization(
                from,
                address(this),
                amount,
                validAfter,
                validBefore,
                nonce,
                uint8(signature[64]),
                bytes32(signature[0:32]),
                bytes32(signature[32:64])
            );
        } else {
            IERC3009Bytes(asset).receiveWithAuthorization(
                from,
                address(this),
                amount,
                validAfter,
                validBefore,
                nonce,
                signature
            );
        }
        _take(c, funder, from, before);
    }

    function refund() external nonReentrant {
        Context memory c;
        _open(c);
        _loadRare(c);
        if (c.r.refundable() == 0) revert Escrow_NothingDue();
        _refundAll(c);
    }

    function sync() external nonReentrant {
        Context memory c;
        _open(c);
        _catchUp(c);
        uint256 balance = IERC20(c.a.token()).balanceOf(address(this));
        uint256 booked = c.b.booked();
        if (balance < booked) revert Escrow_Shortfall(balance, booked);
        uint256 amount;
        // Unchecked: just compared, and booked money fits 96 bits.
        unchecked {
            amount = balance - booked;
            uint256 room = type(uint96).max - booked;
            if (amount > room) amount = room;
        }
        Pots before = _add(c, 0, amount);
        if (amount != 0) emit IMilestoneEscrow.Synced(uint96(amount), uint96(c.p.pool()));
        _allocate(c, before);
    }

    function _pull(Context memory c, uint8 funder, uint256 amount) private {
        // Before the transfer: whoever is no funder learns that, not that its balance is too small.
        _requireFunder(c, funder);
        IERC20 asset = IERC20(c.a.token());
        uint256 before = asset.balanceOf(address(this));
        asset.safeTransferFrom(msg.sender, address(this), amount);
        _take(c, funder, msg.sender, before);
    }

    function _requireFunder(Context memory c, uint8 funder) private pure {
        if (funder > c.a.furtherFunders()) revert Escrow_NoSuchFunder(funder);
    }

    /// @dev Books for a known funder what arrived since the balance was `before`, then reserves.
    function _take(Context memory c, uint8 funder, address from, uint256 before) private {
        uint256 balance = IERC20(c.a.token()).balanceOf(address(this));
        if (balance <= before) revert Escrow_NothingDue();
        uint256 received = balance - before;
        _catchUp(c);
        uint256 room = type(uint96).max - c.b.booked();
        if (received > room) revert Escrow_AmountTooLarge(received, room);
        Pots start = _add(c, funder, received);
        emit IMilestoneEscrow.Funded(funder, from, uint96(received), uint96(c.p.pool()));
        _allocate(c, start);
    }

    /// @dev What must happen before new money counts: Planned milestones past their exit end (call order must not change
    /// kill fees), and accrued refunds are paid by the old shares.
    function _catchUp(Context memory c) private {
        // No Planned milestone can be over before the first day's limit, unless a notice runs.
        if (c.r.cancelAt() != 0 || block.timestamp > _dayOf(c, 0) + CURE + FUND_LIMIT) {
            uint256 n = _count(c);
            for (uint256 m = c.b.funded(); m < n; ++m) {
                Entry e = _entry(c, m);
                if (e.state() != PLANNED) continue;
                (c.m, c.e) = (m, e);
                (uint256 time, , ) = _exit(c, e);
                if (block.timestamp > time) _cancelAtExit(c, time);
            }
        }
        if (c.a.furtherFunders() != 0) {
            _loadRare(c);
            if (c.r.refundable() != 0) _refundAll(c);
        }
    }

    /// @dev Adds money to the pool in memory; with several funders its giver is recorded.
    /// @return before Slot 1 as it is in storage.
    function _add(Context memory c, uint8 funder, uint256 amount) private returns (Pots before) {
        _loadPots(c);
        before = c.p;
        c.b = c.b.plusBooked(amount);
        c.p = before.withPool(before.pool() + amount);
        if (c.a.furtherFunders() != 0 && amount != 0) _contributions[funder] += amount;
    }

    /// @dev Reserves Planned milestones in index order while the pool covers them in full; saves slots 0 and 1.
    function _allocate(Context memory c, Pots before) private {
        uint256 n = _count(c);
        uint256 pool = c.p.pool();
        if (c.b.decided() == n) {
            // Nothing is left to reserve: late money goes home.
            if (pool != 0) {
                _loadRare(c);
                c.r = c.r.withRefundable(c.r.refundable() + pool);
                pool = 0;
                _saveRare(c);
            }
        } else if (c.r.cancelAt() == 0) {
            pool = _reserve(c, pool, n);
        }
        c.p = c.p.withPool(pool);
        // A pool that was and is empty costs no write.
        if (Pots.unwrap(c.p) != Pots.unwrap(before)) _savePots(c);
        _saveBook(c);
    }

    /// @dev Reserves the next milestones, up to `n`, as long as `pool` covers them. The first needs its amount and the kill
    /// covers of all others; each later one its amount less its own cover. A pool that has all their amounts before the first
    /// is reserved covers each in turn: no cover exceeds its amount.
    /// @return left What is left of `pool`.
    function _reserve(Context memory c, uint256 pool, uint256 n) private returns (uint256 left) {
        left = pool;
        uint256 m = c.b.funded();
        if (!c.b.has(Slots.ACTIVE | Slots.TOUCHED)) {
            uint256 sum = _sumOfSigned(c, m, n);
            if (sum <= pool) {
                _reserveAll(c, m, n);
                return pool - sum;
            }
        }
        // Unchecked: amounts are below 2^96, covers at most half of them, and `needed` was just compared.
        unchecked {
            for (; m < n; ++m) {
                Entry e = _entry(c, m);
                if (e.state() != PLANNED) continue;
                uint256 needed = e.amount();
                if (c.b.has(Slots.ACTIVE)) needed -= _cover(c, e);
                else needed += _otherCovers(c, m, n);
                if (needed > left) break;
                left -= needed;
                c.b = c.b.withFlag(Slots.ACTIVE);
                _fundMilestone(c, m, e);
            }
        }
        c.b = c.b.withFunded(m);
    }

    /// @dev Reserves milestones `m` to `n` - 1 as signed, none of which has a slot.
    function _reserveAll(Context memory c, uint256 m, uint256 n) private {
        c.b = c.b.withFlag(Slots.ACTIVE).withFunded(n);
        // Unchecked: positions lie inside the terms.
        unchecked {
            bytes memory a = c.a;
            uint256 position = a.milestoneAt(m);
            uint256 begin = a.start();
            for (; m < n; ++m) {
                uint256 w = a.wordAt(position);
                position += TermsCodec.MILESTONE;
                if (block.timestamp > begin + uint256(uint16(w >> 128)) * 1 days) {
                    _fundMilestone(c, m, Entry.wrap((w >> 120) << 120));
                } else {
                    emit IMilestoneEscrow.MilestoneFunded(uint8(m), uint96(w >> 160), 0);
                }
            }
        }
    }

    /// @dev Planned milestone `m` has its money; funded late, it gets the lost time.
    function _fundMilestone(Context memory c, uint256 m, Entry e) private {
        uint256 fundBy = _dayOf(c, e.fundBy());
        uint256 shift;
        if (block.timestamp > fundBy) {
            shift = block.timestamp - fundBy;
            (c.m, c.e) = (m, e.withShift(shift).withState(FUNDED));
            _saveEntry(c);
        }
        emit IMilestoneEscrow.MilestoneFunded(uint8(m), uint96(e.amount()), uint32(shift));
    }

    /// @dev Sum of the amounts of milestones `m` to `n` - 1 as signed.
    function _sumOfSigned(Context memory c, uint256 m, uint256 n) private pure returns (uint256 sum) {
        unchecked {
            bytes memory a = c.a;
            uint256 position = a.milestoneAt(m);
            for (uint256 end = position + TermsCodec.MILESTONE * (n - m); position < end;) {
                sum += a.wordAt(position) >> 160;
                position += TermsCodec.MILESTONE;
            }
        }
    }

    /// @dev Kill covers of the Planned milestones after `m`.
    function _otherCovers(Context memory c, uint256 m, uint256 n) private view returns (uint256 covers) {
        for (uint256 i = m + 1; i < n; ++i) {
            Entry other = _entry(c, i);
            if (other.state() == PLANNED) covers += _cover(c, other);
        }
    }
}
