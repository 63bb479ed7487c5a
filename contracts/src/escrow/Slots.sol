// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

// The escrow's storage words: values with accessors, so that a call costs one read and one write per slot and touches only
// the fields it needs. Fields fit because money is refused above 2^96 - 1 on its way in and no bucket exceeds the booked sum,
// times stay below 2^40, and the rest comes from typed arguments: setters do not mask what they are given.

/// @dev Slot 0, read and written by nearly every call.
/// | bits | 96 | 96 | 8 | 8 | 8 | 40 |
/// | field | booked | feesPaid | funded | decided | flags | lastDecidedAt |
/// `funded`: milestones below this index have been reserved (or were cancelled before). `decided`: milestones in a final state.
type Book is uint256;

/// @dev Slot 1: unreserved money, the holdback pot (an open claim's amount included), and what change orders counted.
/// | 8 free | 8 roster | 8 payees | 8 milestones | 32 version | 96 pool | 96 holdback |
/// `milestones` and `payees` count 0 until a change order adds some; `roster`: changes of policies or seats.
type Pots is uint256;

/// @dev Slot 2, rare: | 80 free | 96 refundable | 40 cancelAt | 40 defaultedAt |
type Rare is uint256;

/// @dev Slot 3, the warranty claim: | 88 free | 96 amount | 8 state | 8 round | 40 clock | 16 standingBps |
type Claim is uint256;

/// @dev One slot per milestone:
/// | 96 amount | 16 due | 16 fundBy | 8 profile | 8 state | 8 round | 40 clock | 32 shift | 16 standingBps | 16 lateBps |
/// All zero until something beyond reserving happens; then the signed values are copied in (no extra cost, same slot).
/// `profile` as signed: policy << 4 | profile.
type Entry is uint256;

using Slots for Book global;
using Slots for Pots global;
using Slots for Rare global;
using Slots for Claim global;
using Slots for Entry global;

/// @title Storage words
library Slots {
    /// @dev Kill covers are reserved: the first milestone has been funded.
    uint256 internal constant ACTIVE = 1;
    /// @dev Slot 2 holds a notice or a default: read it where they matter.
    uint256 internal constant RARE = 2;
    /// @dev Some payee differs from the signed list, or will.
    uint256 internal constant PAYEES = 4;
    /// @dev Some Planned milestone has a slot (amended, added or ended before it was funded).
    uint256 internal constant TOUCHED = 8;
    /// @dev Slot 1 holds a version: read it where counts matter.
    uint256 internal constant AMENDED = 16;

    /// @dev `w` with the field of `mask` at bit `low` set to `value`, which fits.
    function _with(uint256 w, uint256 mask, uint256 low, uint256 value) private pure returns (uint256) {
        return (w & ~(mask << low)) | (value << low);
    }

    // ---- slot 0

    function booked(Book b) internal pure returns (uint256) {
        return Book.unwrap(b) >> 160;
    }

    function feesPaid(Book b) internal pure returns (uint256) {
        return uint96(Book.unwrap(b) >> 64);
    }

    function funded(Book b) internal pure returns (uint256) {
        return uint8(Book.unwrap(b) >> 56);
    }

    function decided(Book b) internal pure returns (uint256) {
        return uint8(Book.unwrap(b) >> 48);
    }

    function has(Book b, uint256 flag) internal pure returns (bool) {
        return Book.unwrap(b) & (flag << 40) != 0;
    }

    function lastDecidedAt(Book b) internal pure returns (uint256) {
        return uint40(Book.unwrap(b));
    }

    /// @dev More booked; panics above 2^96 - 1 (`booked` is the topmost field, so the word overflows with it).
    function plusBooked(Book b, uint256 value) internal pure returns (Book) {
        return Book.wrap(Book.unwrap(b) + (value << 160));
    }

    /// @dev Less booked; panics below 0.
    function minusBooked(Book b, uint256 value) internal pure returns (Book) {
        return Book.wrap(Book.unwrap(b) - (value << 160));
    }

    function withFeesPaid(Book b, uint256 value) internal pure returns (Book) {
        return Book.wrap(_with(Book.unwrap(b), type(uint96).max, 64, value));
    }

    function withFunded(Book b, uint256 value) internal pure returns (Book) {
        return Book.wrap(_with(Book.unwrap(b), 0xff, 56, value));
    }

    function withDecided(Book b, uint256 value) internal pure returns (Book) {
        return Book.wrap(_with(Book.unwrap(b), 0xff, 48, value));
    }

    function withFlag(Book b, uint256 flag) internal pure returns (Book) {
        return Book.wrap(Book.unwrap(b) | (flag << 40));
    }

    function withLastDecidedAt(Book b, uint256 value) internal pure returns (Book) {
        return Book.wrap(_with(Book.unwrap(b), type(uint40).max, 0, value));
    }

    // ---- slot 1

    function roster(Pots p) internal pure returns (uint256) {
        return uint8(Pots.unwrap(p) >> 240);
    }

    function payees(Pots p) internal pure returns (uint256) {
        return uint8(Pots.unwrap(p) >> 232);
    }

    function milestones(Pots p) internal pure returns (uint256) {
        return uint8(Pots.unwrap(p) >> 224);
    }

    function version(Pots p) internal pure returns (uint256) {
        return uint32(Pots.unwrap(p) >> 192);
    }

    function pool(Pots p) internal pure returns (uint256) {
        return uint96(Pots.unwrap(p) >> 96);
    }

    function holdback(Pots p) internal pure returns (uint256) {
        return uint96(Pots.unwrap(p));
    }

    function withRoster(Pots p, uint256 value) internal pure returns (Pots) {
        return Pots.wrap(_with(Pots.unwrap(p), 0xff, 240, value));
    }

    function withPayees(Pots p, uint256 value) internal pure returns (Pots) {
        return Pots.wrap(_with(Pots.unwrap(p), 0xff, 232, value));
    }

    function withMilestones(Pots p, uint256 value) internal pure returns (Pots) {
        return Pots.wrap(_with(Pots.unwrap(p), 0xff, 224, value));
    }

    function withVersion(Pots p, uint256 value) internal pure returns (Pots) {
        return Pots.wrap(_with(Pots.unwrap(p), type(uint32).max, 192, value));
    }

    function withPool(Pots p, uint256 value) internal pure returns (Pots) {
        return Pots.wrap(_with(Pots.unwrap(p), type(uint96).max, 96, value));
    }

    function withHoldback(Pots p, uint256 value) internal pure returns (Pots) {
        return Pots.wrap(_with(Pots.unwrap(p), type(uint96).max, 0, value));
    }

    // ---- slot 2

    function refundable(Rare r) internal pure returns (uint256) {
        return uint96(Rare.unwrap(r) >> 80);
    }

    function cancelAt(Rare r) internal pure returns (uint256) {
        return uint40(Rare.unwrap(r) >> 40);
    }

    function defaultedAt(Rare r) internal pure returns (uint256) {
        return uint40(Rare.unwrap(r));
    }

    function withRefundable(Rare r, uint256 value) internal pure returns (Rare) {
        return Rare.wrap(_with(Rare.unwrap(r), type(uint96).max, 80, value));
    }

    function withCancelAt(Rare r, uint256 value) internal pure returns (Rare) {
        return Rare.wrap(_with(Rare.unwrap(r), type(uint40).max, 40, value));
    }

    function withDefaultedAt(Rare r, uint256 value) internal pure returns (Rare) {
        return Rare.wrap(_with(Rare.unwrap(r), type(uint40).max, 0, value));
    }

    // ---- slot 3

    function claimOf(
        uint256 amount_,
        uint256 state_,
        uint256 round_,
        uint256 clock_,
        uint256 standingBps_
    ) internal pure returns (Claim) {
        return Claim.wrap((amount_ << 72) | (state_ << 64) | (round_ << 56) | (clock_ << 16) | standingBps_);
    }

    function amount(Claim k) internal pure returns (uint256) {
        return uint96(Claim.unwrap(k) >> 72);
    }

    function state(Claim k) internal pure returns (uint256) {
        return uint8(Claim.unwrap(k) >> 64);
    }

    function round(Claim k) internal pure returns (uint256) {
        return uint8(Claim.unwrap(k) >> 56);
    }

    function clock(Claim k) internal pure returns (uint256) {
        return uint40(Claim.unwrap(k) >> 16);
    }

    function standingBps(Claim k) internal pure returns (uint256) {
        return uint16(Claim.unwrap(k));
    }

    function withStandingBps(Claim k, uint256 value) internal pure returns (Claim) {
        return Claim.wrap(_with(Claim.unwrap(k), type(uint16).max, 0, value));
    }

    // ---- a milestone

    function amount(Entry e) internal pure returns (uint256) {
        return Entry.unwrap(e) >> 160;
    }

    function due(Entry e) internal pure returns (uint256) {
        return uint16(Entry.unwrap(e) >> 144);
    }

    function fundBy(Entry e) internal pure returns (uint256) {
        return uint16(Entry.unwrap(e) >> 128);
    }

    /// @dev The byte as signed: policy << 4 | profile.
    function signedProfile(Entry e) internal pure returns (uint256) {
        return uint8(Entry.unwrap(e) >> 120);
    }

    function profile(Entry e) internal pure returns (uint256) {
        return (Entry.unwrap(e) >> 120) & 0xf;
    }

    function policy(Entry e) internal pure returns (uint256) {
        return (Entry.unwrap(e) >> 124) & 0xf;
    }

    function state(Entry e) internal pure returns (uint256) {
        return uint8(Entry.unwrap(e) >> 112);
    }

    function round(Entry e) internal pure returns (uint256) {
        return uint8(Entry.unwrap(e) >> 104);
    }

    function clock(Entry e) internal pure returns (uint256) {
        return uint40(Entry.unwrap(e) >> 64);
    }

    function shift(Entry e) internal pure returns (uint256) {
        return uint32(Entry.unwrap(e) >> 32);
    }

    function standingBps(Entry e) internal pure returns (uint256) {
        return uint16(Entry.unwrap(e) >> 16);
    }

    function lateBps(Entry e) internal pure returns (uint256) {
        return uint16(Entry.unwrap(e));
    }

    /// @dev Same state, round and clocks under changed terms.
    function withTerms(
        Entry e,
        uint256 amount_,
        uint256 due_,
        uint256 fundBy_,
        uint256 profile_
    ) internal pure returns (Entry) {
        uint256 terms = (amount_ << 160) | (due_ << 144) | (fundBy_ << 128) | (profile_ << 120);
        return Entry.wrap(uint120(Entry.unwrap(e)) | terms);
    }

    function withState(Entry e, uint256 value) internal pure returns (Entry) {
        return Entry.wrap(_with(Entry.unwrap(e), 0xff, 112, value));
    }

    function withRound(Entry e, uint256 value) internal pure returns (Entry) {
        return Entry.wrap(_with(Entry.unwrap(e), 0xff, 104, value));
    }

    function withClock(Entry e, uint256 value) internal pure returns (Entry) {
        return Entry.wrap(_with(Entry.unwrap(e), type(uint40).max, 64, value));
    }

    function withShift(Entry e, uint256 value) internal pure returns (Entry) {
        return Entry.wrap(_with(Entry.unwrap(e), type(uint32).max, 32, value));
    }

    function withStandingBps(Entry e, uint256 value) internal pure returns (Entry) {
        return Entry.wrap(_with(Entry.unwrap(e), type(uint16).max, 16, value));
    }

    function withLateBps(Entry e, uint256 value) internal pure returns (Entry) {
        return Entry.wrap(_with(Entry.unwrap(e), type(uint16).max, 0, value));
    }
}
