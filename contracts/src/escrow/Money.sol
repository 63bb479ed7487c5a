// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Money rule
/// @notice All arithmetic on amounts: every division floors, every remainder has a named owner. Pure, so that the same
/// code is fuzzed, proven and shipped. Mirrored by `packages/protocol`.
/// @dev Amounts are below 2^96 and rates at most 10,000, so no product overflows and no share exceeds its whole.
library Money {
    /// @dev 100 %.
    uint256 internal constant BPS = 10_000;

    /// @dev What one decided milestone splits into: `amount = refundable + holdback + fee + net`, and
    /// `gross = lateCredit + holdback + fee + net`.
    struct Parts {
        uint256 gross;
        uint256 lateCredit;
        uint256 holdback;
        uint256 fee;
        uint256 net;
        uint256 refundable;
    }

    /// @notice `amount * bps / 10000`, floored.
    function share(uint256 amount, uint256 bps) internal pure returns (uint256) {
        // Unchecked: see above.
        unchecked {
            return (amount * bps) / BPS;
        }
    }

    /// @notice Steps 1 to 4 of the money rule for a milestone of `amount`.
    function parts(
        uint256 amount,
        uint256 payBps,
        uint256 late,
        uint256 holdbackBps,
        uint256 feeBps
    ) internal pure returns (Parts memory p) {
        // Unchecked: no share exceeds its whole.
        unchecked {
            p.gross = share(amount, payBps);
            p.lateCredit = share(p.gross, late);
            uint256 accepted = p.gross - p.lateCredit;
            p.holdback = share(accepted, holdbackBps);
            (p.fee, p.net) = feeOf(accepted - p.holdback, feeBps);
            p.refundable = amount - accepted;
        }
    }

    /// @notice Step 4: the fee in `amount` and what the payees share.
    function feeOf(uint256 amount, uint256 feeBps) internal pure returns (uint256 fee, uint256 net) {
        fee = share(amount, feeBps);
        unchecked {
            net = amount - fee;
        }
    }

    /// @notice Late credit in basis points: started days after `from`, times the daily rate, capped; 0 if not late.
    function lateBps(uint256 time, uint256 from, uint256 dailyBps, uint256 capBps) internal pure returns (uint256) {
        if (time <= from) return 0;
        // Unchecked: times are below 2^40.
        unchecked {
            uint256 bps = ((time - from + 1 days - 1) / 1 days) * dailyBps;
            return bps < capBps ? bps : capBps;
        }
    }

    /// @notice A funder's part of refundable money.
    function proRata(uint256 refundable, uint256 contribution, uint256 total) internal pure returns (uint256) {
        return (refundable * contribution) / total;
    }

    /// @notice Sum that stops at 2^96 - 1 (a counter may never block a payment).
    function saturatingAdd(uint256 a, uint256 b) internal pure returns (uint256) {
        uint256 sum = a + b;
        return sum < type(uint96).max ? sum : type(uint96).max;
    }
}
