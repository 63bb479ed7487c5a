// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev Slot 0, read and written by nearly every call.
/// | bits | 96 | 96 | 8 | 8 | 8 | 40 |
/// | field | booked | feesPaid | funded | decided | flags | lastDecidedAt |
/// `funded`: milestones below this index have been reserved (or were cancelled before). `decided`: milestones in a final state.
struct Book {
    uint256 booked;
    uint256 feesPaid;
    uint256 funded;
    uint256 decided;
    uint256 flags;
    uint256 lastDecidedAt;
}

/// @dev Slot 1: unreserved money and the holdback pot (an open claim's amount included). | 96 pool | 96 holdback |
struct Pots {
    uint256 pool;
    uint256 holdback;
}

/// @dev Slot 2, rare: | 96 refundable | 40 cancelAt | 40 defaultedAt | 32 version | 8 milestones | 8 payees |
/// `milestones` and `payees` count 0 until a change order adds some.
struct Rare {
    uint256 refundable;
    uint256 cancelAt;
    uint256 defaultedAt;
    uint256 version;
    uint256 milestones;
    uint256 payees;
}

/// @dev Slot 3, the warranty claim: | 96 amount | 8 state | 8 round | 40 clock | 16 standingBps |
struct Claim {
    uint256 amount;
    uint256 state;
    uint256 round;
    uint256 clock;
    uint256 standingBps;
}

/// @dev One slot per milestone:
/// | 96 amount | 16 due | 16 fundBy | 8 profile | 8 state | 8 round | 40 clock | 32 shift | 16 standingBps | 16 lateBps |
/// All zero until something beyond reserving happens; then the signed values are copied in (no extra cost, same slot).
struct Entry {
    uint256 amount;
    uint256 due;
    uint256 fundBy;
    uint256 profile;
    uint256 state;
    uint256 round;
    uint256 clock;
    uint256 shift;
    uint256 standingBps;
    uint256 lateBps;
}

/// @title Storage words
/// @notice Packs each group of fields into one word and back, so that a call costs one read and one write per slot. In memory
/// all fields are words: masks on every access would double the code. They fit because money is refused above 2^96 - 1 on
/// its way in and no bucket exceeds the booked sum, times stay below 2^40, and the rest comes from typed arguments.
library Slots {
    /// @dev Kill covers are reserved: the first milestone has been funded.
    uint256 internal constant ACTIVE = 1;
    /// @dev Slot 2 holds a notice or counts: read it where they matter.
    uint256 internal constant RARE = 2;
    /// @dev Some payee differs from the signed list, or will.
    uint256 internal constant PAYEES = 4;
    /// @dev Some Planned milestone has a slot (amended, added or ended before it was funded).
    uint256 internal constant TOUCHED = 8;

    // ---- fields of a milestone's word, for loops that need no more

    function amountOf(uint256 w) internal pure returns (uint256) {
        return w >> 160;
    }

    function fundByOf(uint256 w) internal pure returns (uint256) {
        return uint16(w >> 128);
    }

    function profileOf(uint256 w) internal pure returns (uint256) {
        return uint8(w >> 120);
    }

    function stateOf(uint256 w) internal pure returns (uint256) {
        return uint8(w >> 112);
    }

    function roundOf(uint256 w) internal pure returns (uint256) {
        return uint8(w >> 104);
    }

    function withState(uint256 w, uint256 state) internal pure returns (uint256) {
        return (w & ~(uint256(0xff) << 112)) | (state << 112);
    }

    // ---- whole words; `read` fills what is already allocated

    function pack(Book memory b) internal pure returns (uint256) {
        return
            (b.booked << 160) |
            (b.feesPaid << 64) |
            (b.funded << 56) |
            (b.decided << 48) |
            (b.flags << 40) |
            b.lastDecidedAt;
    }

    function read(Book memory b, uint256 w) internal pure {
        b.booked = uint96(w >> 160);
        b.feesPaid = uint96(w >> 64);
        b.funded = uint8(w >> 56);
        b.decided = uint8(w >> 48);
        b.flags = uint8(w >> 40);
        b.lastDecidedAt = uint40(w);
    }

    function pack(Pots memory p) internal pure returns (uint256) {
        return (p.pool << 96) | p.holdback;
    }

    function read(Pots memory p, uint256 w) internal pure {
        p.pool = uint96(w >> 96);
        p.holdback = uint96(w);
    }

    function pack(Rare memory r) internal pure returns (uint256) {
        return
            (r.refundable << 128) |
            (r.cancelAt << 88) |
            (r.defaultedAt << 48) |
            (r.version << 16) |
            (r.milestones << 8) |
            r.payees;
    }

    function read(Rare memory r, uint256 w) internal pure {
        r.refundable = uint96(w >> 128);
        r.cancelAt = uint40(w >> 88);
        r.defaultedAt = uint40(w >> 48);
        r.version = uint32(w >> 16);
        r.milestones = uint8(w >> 8);
        r.payees = uint8(w);
    }

    function pack(Claim memory c) internal pure returns (uint256) {
        return (c.amount << 72) | (c.state << 64) | (c.round << 56) | (c.clock << 16) | c.standingBps;
    }

    function read(Claim memory c, uint256 w) internal pure {
        c.amount = uint96(w >> 72);
        c.state = uint8(w >> 64);
        c.round = uint8(w >> 56);
        c.clock = uint40(w >> 16);
        c.standingBps = uint16(w);
    }

    function pack(Entry memory e) internal pure returns (uint256) {
        return
            (e.amount << 160) |
            (e.due << 144) |
            (e.fundBy << 128) |
            (e.profile << 120) |
            (e.state << 112) |
            (e.round << 104) |
            (e.clock << 64) |
            (e.shift << 32) |
            (e.standingBps << 16) |
            e.lateBps;
    }

    function read(Entry memory e, uint256 w) internal pure {
        e.amount = uint96(w >> 160);
        e.due = uint16(w >> 144);
        e.fundBy = uint16(w >> 128);
        e.profile = uint8(w >> 120);
        e.state = uint8(w >> 112);
        e.round = uint8(w >> 104);
        e.clock = uint40(w >> 64);
        e.shift = uint32(w >> 32);
        e.standingBps = uint16(w >> 16);
        e.lateBps = uint16(w);
    }
}
