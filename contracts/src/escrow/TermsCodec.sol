// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Profile} from "../interfaces/IMilestoneEscrow.sol";
import {
    Terms_Bps,
    Terms_Count,
    Terms_Duplicate,
    Terms_FundByAfterDue,
    Terms_Length,
    Terms_Profile,
    Terms_SameParty,
    Terms_Start,
    Terms_Total,
    Terms_Version,
    Terms_WeightSum,
    Terms_Window,
    Terms_ZeroAddress,
    Terms_ZeroAmount
} from "./Errors.sol";

/// @dev 18 bytes of one profile, left-aligned in a word.
type ProfileWord is uint256;

using {
    reviewDays,
    extensionDays,
    holdHours,
    reworkDays,
    graceDays,
    lateDays,
    arbitrationDays,
    silenceApproves,
    maxRounds,
    killBps,
    holdbackBps,
    lateDailyBps,
    lateCapBps,
    deadlockBps,
    reviewSeconds
} for ProfileWord global;

function reviewDays(ProfileWord p) pure returns (uint256) {
    return uint8(ProfileWord.unwrap(p) >> 248);
}

function extensionDays(ProfileWord p) pure returns (uint256) {
    return uint8(ProfileWord.unwrap(p) >> 240);
}

function holdHours(ProfileWord p) pure returns (uint256) {
    return uint8(ProfileWord.unwrap(p) >> 232);
}

function reworkDays(ProfileWord p) pure returns (uint256) {
    return uint8(ProfileWord.unwrap(p) >> 224);
}

function graceDays(ProfileWord p) pure returns (uint256) {
    return uint8(ProfileWord.unwrap(p) >> 216);
}

function lateDays(ProfileWord p) pure returns (uint256) {
    return uint8(ProfileWord.unwrap(p) >> 208);
}

function arbitrationDays(ProfileWord p) pure returns (uint256) {
    return uint8(ProfileWord.unwrap(p) >> 200);
}

function silenceApproves(ProfileWord p) pure returns (bool) {
    return (ProfileWord.unwrap(p) >> 199) & 1 == 1;
}

function maxRounds(ProfileWord p) pure returns (uint256) {
    return uint8(ProfileWord.unwrap(p) >> 192) & 0x7f;
}

function killBps(ProfileWord p) pure returns (uint256) {
    return uint16(ProfileWord.unwrap(p) >> 176);
}

function holdbackBps(ProfileWord p) pure returns (uint256) {
    return uint16(ProfileWord.unwrap(p) >> 160);
}

function lateDailyBps(ProfileWord p) pure returns (uint256) {
    return uint16(ProfileWord.unwrap(p) >> 144);
}

function lateCapBps(ProfileWord p) pure returns (uint256) {
    return uint16(ProfileWord.unwrap(p) >> 128);
}

function deadlockBps(ProfileWord p) pure returns (uint256) {
    return uint16(ProfileWord.unwrap(p) >> 112);
}

/// @dev Review, extension and hold together; the escrow adds its backstop.
function reviewSeconds(ProfileWord p) pure returns (uint256) {
    unchecked {
        return (reviewDays(p) + extensionDays(p)) * 1 days + holdHours(p) * 1 hours;
    }
}

/// @title Terms codec
/// @notice The signed terms as bytes, and the rules they must obey. The same codec is in `packages/protocol/src/terms.ts`.
/// @dev Header 140 bytes: codec 1, milestones 1, payees 1, further funders 1, profiles 1, criteria 1, seats 1, feeBps 2,
/// warrantyDays 2, start 5, token 20, client 20, contributor 20, termsHash 32, policyHash 32. Then payees (address, weight
/// u16), further funders (address), profiles (18 bytes), milestones (amount u96, due u16, fundBy u16, policy << 4 | profile
/// u8). Then what belongs to the approval of this project (`ProjectPolicy` checks it): criteria hashes (32 each) and, if there
/// are seats, three weights (u16) and the seats (23 each). Big-endian, packed.
/// Unchecked: counts are bytes, fields at most 96 bits wide, so neither positions nor sums overflow.
library TermsCodec {
    uint256 internal constant HEADER = 140;
    uint256 internal constant PAYEE = 22;
    uint256 internal constant FUNDER = 20;
    uint256 internal constant PROFILE = 18;
    uint256 internal constant MILESTONE = 17;
    uint256 internal constant CRITERION = 32;
    uint256 internal constant WEIGHTS = 6;
    uint256 internal constant SEAT = 23;
    uint256 internal constant MAX_MILESTONES = 16;
    uint256 internal constant MAX_PAYEES = 8;
    uint256 internal constant MAX_FURTHER_FUNDERS = 7;
    uint256 internal constant MAX_PROFILES = 4;
    uint256 internal constant MAX_CRITERIA = 16;
    uint256 internal constant MAX_SEATS = 64;
    uint256 internal constant MAX_FEE_BPS = 500;
    /// @dev How far the start may lie from the creation.
    uint256 internal constant START_RANGE = 366 days;

    function milestones(bytes memory a) internal pure returns (uint256) {
        return uint8(_word(a, 1) >> 248);
    }

    function payees(bytes memory a) internal pure returns (uint256) {
        return uint8(_word(a, 2) >> 248);
    }

    function furtherFunders(bytes memory a) internal pure returns (uint256) {
        return uint8(_word(a, 3) >> 248);
    }

    function profiles(bytes memory a) internal pure returns (uint256) {
        return uint8(_word(a, 4) >> 248);
    }

    /// @notice How many criteria hashes the tail has.
    function criteria(bytes memory a) internal pure returns (uint256) {
        return uint8(_word(a, 5) >> 248);
    }

    /// @notice How many seats the tail has; 0: the client alone.
    function seats(bytes memory a) internal pure returns (uint256) {
        return uint8(_word(a, 6) >> 248);
    }

    function feeBps(bytes memory a) internal pure returns (uint256) {
        return uint16(_word(a, 7) >> 240);
    }

    function warrantyDays(bytes memory a) internal pure returns (uint256) {
        return uint16(_word(a, 9) >> 240);
    }

    function start(bytes memory a) internal pure returns (uint256) {
        return uint40(_word(a, 11) >> 216);
    }

    function token(bytes memory a) internal pure returns (address) {
        return address(uint160(_word(a, 16) >> 96));
    }

    function client(bytes memory a) internal pure returns (address) {
        return address(uint160(_word(a, 36) >> 96));
    }

    function contributor(bytes memory a) internal pure returns (address) {
        return address(uint160(_word(a, 56) >> 96));
    }

    function termsHash(bytes memory a) internal pure returns (bytes32) {
        return bytes32(_word(a, 76));
    }

    function policyHash(bytes memory a) internal pure returns (bytes32) {
        return bytes32(_word(a, 108));
    }

    /// @notice Payee `i` and its weight; `i` is below `payees`.
    function payee(bytes memory a, uint256 i) internal pure returns (address account, uint256 weight) {
        unchecked {
            uint256 w = _word(a, HEADER + PAYEE * i);
            return (address(uint160(w >> 96)), uint16(w >> 80));
        }
    }

    /// @notice Funder `i`: 0 is the client; `i` is at most `furtherFunders`.
    function funder(bytes memory a, uint256 i) internal pure returns (address) {
        if (i == 0) return client(a);
        unchecked {
            return address(uint160(_word(a, HEADER + PAYEE * payees(a) + FUNDER * (i - 1)) >> 96));
        }
    }

    /// @notice Profile `i`, below `profiles`.
    function profile(bytes memory a, uint256 i) internal pure returns (ProfileWord) {
        unchecked {
            return ProfileWord.wrap(_word(a, _profilesAt(_word(a, 0)) + PROFILE * i));
        }
    }

    /// @notice Milestone `m`, below `milestones`, as the escrow stores it: amount, due, fundBy and profile in the high bits,
    /// all else zero.
    function milestoneWord(bytes memory a, uint256 m) internal pure returns (uint256) {
        unchecked {
            return (_word(a, _milestonesAt(_word(a, 0)) + MILESTONE * m) >> 120) << 120;
        }
    }

    /// @notice Position of milestone `m`, for loops that read with `wordAt`.
    function milestoneAt(bytes memory a, uint256 m) internal pure returns (uint256) {
        unchecked {
            return _milestonesAt(_word(a, 0)) + MILESTONE * m;
        }
    }

    /// @notice Amount of the milestone at a position.
    function amountAt(bytes memory a, uint256 position) internal pure returns (uint256) {
        return _word(a, position) >> 160;
    }

    /// @notice `fundBy` of the milestone at a position.
    function fundByAt(bytes memory a, uint256 position) internal pure returns (uint256) {
        return uint16(_word(a, position) >> 128);
    }

    /// @notice Position of the tail: criteria, weights, seats.
    function tail(bytes memory a) internal pure returns (uint256) {
        unchecked {
            uint256 counts = _word(a, 0);
            return _milestonesAt(counts) + MILESTONE * uint8(counts >> 240);
        }
    }

    /// @dev Positions from the header's first word: codec, milestones, payees, funders, profiles, criteria, seats.
    function _profilesAt(uint256 counts) private pure returns (uint256) {
        unchecked {
            return HEADER + PAYEE * uint8(counts >> 232) + FUNDER * uint8(counts >> 224);
        }
    }

    function _milestonesAt(uint256 counts) private pure returns (uint256) {
        unchecked {
            return _profilesAt(counts) + PROFILE * uint8(counts >> 216);
        }
    }

    /// @notice A profile as a struct, for views.
    function expand(ProfileWord p) internal pure returns (Profile memory) {
        return
            Profile({
                reviewDays: uint8(p.reviewDays()),
                extensionDays: uint8(p.extensionDays()),
                holdHours: uint8(p.holdHours()),
                reworkDays: uint8(p.reworkDays()),
                graceDays: uint8(p.graceDays()),
                lateDays: uint8(p.lateDays()),
                arbitrationDays: uint8(p.arbitrationDays()),
                silenceApproves: p.silenceApproves(),
                maxRounds: uint8(p.maxRounds()),
                killBps: uint16(p.killBps()),
                holdbackBps: uint16(p.holdbackBps()),
                lateDailyBps: uint16(p.lateDailyBps()),
                lateCapBps: uint16(p.lateCapBps()),
                deadlockBps: uint16(p.deadlockBps())
            });
    }

    /// @notice Reverts unless `a` are terms an escrow can live by.
    /// @param reserved Gate, arbitration and treasury of the factory: no party, payee or token may be one of them.
    /// @return total Sum of the amounts.
    /// @return pairs Bit `policy << 4 | profile` is set for each combination that a milestone uses.
    function check(bytes memory a, address[3] memory reserved) internal view returns (uint96 total, uint256 pairs) {
        _checkHeader(a);
        _checkParties(a, reserved);
        _checkStart(start(a));
        unchecked {
            uint256 counts = _word(a, 0);
            uint256 n = uint8(counts >> 216);
            uint256 position = _profilesAt(counts);
            for (uint256 i; i < n; ++i) {
                _checkProfile(ProfileWord.wrap(_word(a, position)), uint8(i));
                position += PROFILE;
            }
            return _checkMilestones(a, position);
        }
    }

    function _checkStart(uint256 begin) private view {
        unchecked {
            if (begin + START_RANGE < block.timestamp || begin > block.timestamp + START_RANGE) {
                revert Terms_Start(uint40(begin));
            }
        }
    }

    /// @dev All milestones at once, as `_checkProfile` does; only if one breaks a rule they are looked at in turn.
    function _checkMilestones(bytes memory a, uint256 position) private pure returns (uint96 total, uint256 pairs) {
        uint256 sum;
        uint256 out;
        unchecked {
            uint256 lastProfile = profiles(a) - 1;
            uint256 end = position + MILESTONE * milestones(a);
            for (uint256 at_ = position; at_ < end; at_ += MILESTONE) {
                uint256 w = _word(a, at_);
                uint256 amount = w >> 160;
                out |=
                    (amount - 1) |
                    (uint16(w >> 144) - uint256(uint16(w >> 128))) |
                    (lastProfile - ((w >> 120) & 0xf));
                sum += amount;
                pairs |= 1 << ((w >> 120) & 0xff);
            }
        }
        if (out >> 255 != 0) _refuseMilestones(a);
        if (sum > type(uint96).max) revert Terms_Total(sum);
        return (uint96(sum), pairs);
    }

    /// @dev Names the first rule that a milestone breaks.
    function _refuseMilestones(bytes memory a) private pure {
        for (uint256 m; m < milestones(a); ++m) {
            uint256 w = milestoneWord(a, m);
            checkMilestone(uint8(m), w >> 160, uint16(w >> 144), uint16(w >> 128), uint8(w >> 120), profiles(a));
        }
    }

    /// @notice The rules for one milestone; `signedProfile` is policy << 4 | profile.
    function checkMilestone(
        uint8 m,
        uint256 amount,
        uint256 due,
        uint256 fundBy,
        uint256 signedProfile,
        uint256 profileCount
    ) internal pure {
        if (amount == 0) revert Terms_ZeroAmount(m);
        if (fundBy > due) revert Terms_FundByAfterDue(m);
        if (signedProfile & 0xf >= profileCount) revert Terms_Profile(m, uint8(signedProfile & 0xf));
    }

    function _checkHeader(bytes memory a) private pure {
        if (a.length < HEADER) revert Terms_Length(HEADER, a.length);
        uint256 counts = _word(a, 0);
        if (counts >> 248 != 1) revert Terms_Version(uint8(counts >> 248));
        unchecked {
            uint256 m = uint8(counts >> 240);
            uint256 p = uint8(counts >> 232);
            uint256 f = uint8(counts >> 224);
            uint256 n = uint8(counts >> 216);
            uint256 c = uint8(counts >> 208);
            uint256 s = uint8(counts >> 200);
            // All bounds at once: a difference below 0 sets the top bit.
            uint256 out = (m - 1) | (MAX_MILESTONES - m) | (MAX_PAYEES - p) | (MAX_FURTHER_FUNDERS - f);
            out |= (n - 1) | (MAX_PROFILES - n) | (MAX_CRITERIA - c) | (MAX_SEATS - s);
            if (out >> 255 != 0) _refuseCounts(m, p, f, n, c, s);
            uint256 length = HEADER + PAYEE * p + FUNDER * f + PROFILE * n + MILESTONE * m + CRITERION * c;
            if (s != 0) length += WEIGHTS + SEAT * s;
            if (a.length != length) revert Terms_Length(length, a.length);
        }
        if (feeBps(a) > MAX_FEE_BPS) revert Terms_Bps(255, 7);
        if (warrantyDays(a) > 730) revert Terms_Window(255, 9);
    }

    /// @dev Names the first count that is out of bounds.
    function _refuseCounts(uint256 m, uint256 p, uint256 f, uint256 n, uint256 c, uint256 s) private pure {
        if (m == 0 || m > MAX_MILESTONES) revert Terms_Count(0, m);
        if (p > MAX_PAYEES) revert Terms_Count(1, p);
        if (f > MAX_FURTHER_FUNDERS) revert Terms_Count(2, f);
        if (n == 0 || n > MAX_PROFILES) revert Terms_Count(3, n);
        if (c > MAX_CRITERIA) revert Terms_Count(4, c);
        revert Terms_Count(5, s);
    }

    function _checkParties(bytes memory a, address[3] memory reserved) private pure {
        address asset = token(a);
        address buyer = client(a);
        address worker = contributor(a);
        if (asset == address(0)) revert Terms_ZeroAddress(0);
        if (buyer == address(0)) revert Terms_ZeroAddress(1);
        if (worker == address(0)) revert Terms_ZeroAddress(2);
        if (asset == buyer || asset == worker) revert Terms_SameParty(asset);
        if (buyer == worker) revert Terms_SameParty(buyer);
        _checkReserved(asset, reserved);
        _checkReserved(buyer, reserved);
        _checkReserved(worker, reserved);

        uint256 n = payees(a);
        unchecked {
            if (n != 0) {
                uint256 sum;
                for (uint256 i; i < n; ++i) {
                    (address account, uint256 weight) = payee(a, i);
                    if (account == address(0)) revert Terms_ZeroAddress(3);
                    if (account == asset) revert Terms_SameParty(account);
                    _checkReserved(account, reserved);
                    if (weight == 0) revert Terms_WeightSum(0);
                    sum += weight;
                    for (uint256 j; j < i; ++j) {
                        (address other, ) = payee(a, j);
                        if (other == account) revert Terms_Duplicate(account);
                    }
                }
                if (sum != 10_000) revert Terms_WeightSum(sum);
            }
            n = furtherFunders(a);
            for (uint256 i = 1; i <= n; ++i) {
                address account = funder(a, i);
                if (account == address(0)) revert Terms_ZeroAddress(4);
                if (account == asset) revert Terms_SameParty(account);
                _checkReserved(account, reserved);
                for (uint256 j; j < i; ++j) if (funder(a, j) == account) revert Terms_Duplicate(account);
            }
        }
    }

    function _checkReserved(address account, address[3] memory reserved) private pure {
        if (account == reserved[0] || account == reserved[1] || account == reserved[2]) revert Terms_SameParty(account);
    }

    /// @dev All bounds at once: a difference below 0 sets the top bit. Only a profile that breaks one is looked at in turn.
    function _checkProfile(ProfileWord p, uint8 i) private pure {
        uint256 out;
        unchecked {
            out = (p.reviewDays() - 3) | (60 - p.reviewDays()) | (30 - p.extensionDays()) | (168 - p.holdHours());
            out |= (p.reworkDays() - 3) | (30 - p.reworkDays()) | (30 - p.graceDays()) | (90 - p.lateDays());
            out |= (p.arbitrationDays() - 14) | (120 - p.arbitrationDays()) | (p.maxRounds() - 1) | (7 - p.maxRounds());
            out |= (5_000 - p.killBps()) | (2_000 - p.holdbackBps()) | (500 - p.lateDailyBps());
            out |= (2_000 - p.lateCapBps()) | (10_000 - p.deadlockBps());
        }
        if (out >> 255 != 0) _refuseProfile(p, i);
    }

    /// @dev Names the first bound that the profile breaks.
    function _refuseProfile(ProfileWord p, uint8 i) private pure {
        _window(p.reviewDays(), 3, 60, i, 0);
        _window(p.extensionDays(), 0, 30, i, 1);
        _window(p.holdHours(), 0, 168, i, 2);
        _window(p.reworkDays(), 3, 30, i, 3);
        _window(p.graceDays(), 0, 30, i, 4);
        _window(p.lateDays(), 0, 90, i, 5);
        _window(p.arbitrationDays(), 14, 120, i, 6);
        _window(p.maxRounds(), 1, 7, i, 7);
        if (p.killBps() > 5_000) revert Terms_Bps(i, 8);
        if (p.holdbackBps() > 2_000) revert Terms_Bps(i, 10);
        if (p.lateDailyBps() > 500) revert Terms_Bps(i, 12);
        if (p.lateCapBps() > 2_000) revert Terms_Bps(i, 14);
        revert Terms_Bps(i, 16);
    }

    function _window(uint256 value, uint256 min, uint256 max, uint8 i, uint8 field) private pure {
        if (value < min || value > max) revert Terms_Window(i, field);
    }

    /// @dev 32 bytes from byte `at_`; the callers keep only bytes inside `a`. Assembly: Solidity has no unaligned read.
    function _word(bytes memory a, uint256 at_) private pure returns (uint256 w) {
        assembly ("memory-safe") {
            w := mload(add(add(a, 32), at_))
        }
    }
}
