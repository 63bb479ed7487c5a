// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Money} from "../../../src/escrow/Money.sol";
import {Book, Claim, Entry, Pots, Rare, Slots} from "../../../src/escrow/Slots.sol";
import {TestBase} from "../../support/approval/Vm.sol";

/// @dev The money rule and the storage words, over everything that fits.
contract MoneyFuzzTest is TestBase {
    function testFuzz_PartsSumExactly(uint96 amount, uint16 pay, uint16 late, uint16 held, uint16 fee) public pure {
        pay %= 10_001;
        late %= 2_001;
        held %= 2_001;
        fee %= 501;
        Money.Parts memory p = Money.parts(amount, pay, late, held, fee);
        eq(p.refundable + p.holdback + p.fee + p.net, amount, "amount");
        eq(p.lateCredit + p.holdback + p.fee + p.net, p.gross, "gross");
        isTrue(p.gross * 10_000 <= uint256(amount) * pay, "gross is floored");
        isTrue((p.gross + 1) * 10_000 > uint256(amount) * pay, "by less than a unit");
        isTrue(p.fee * 10_000 <= (p.fee + p.net) * fee, "fee is floored");
    }

    function testFuzz_FundersShareExactly(uint96 refundable, uint96[8] memory given) public pure {
        uint256 total;
        for (uint256 i; i < 8; ++i) total += given[i];
        if (total == 0) return;
        uint256 rest = refundable;
        for (uint256 i = 1; i < 8; ++i) {
            uint256 part = Money.proRata(refundable, given[i], total);
            isTrue(part <= rest, "never more than there is");
            rest -= part;
        }
        uint256 clients = Money.proRata(refundable, given[0], total);
        isTrue(rest >= clients && rest < clients + 8, "the client gets its part and the remainder");
    }

    function testFuzz_LateCreditIsStartedDays(uint40 time, uint40 from, uint16 daily, uint16 cap) public pure {
        daily %= 501;
        cap %= 2_001;
        uint256 bps = Money.lateBps(time, from, daily, cap);
        if (time <= from) {
            eq(bps, 0, "in time");
        } else {
            uint256 started = (uint256(time) - from - 1) / 1 days + 1;
            eq(bps, started * daily < cap ? started * daily : cap, "late");
        }
    }

    function testFuzz_SaturatingAddNeverReverts(uint96 a, uint96 b) public pure {
        uint256 sum = uint256(a) + b;
        eq(Money.saturatingAdd(a, b), sum > type(uint96).max ? type(uint96).max : sum, "sum");
    }

    // ---- words keep every field apart

    function testFuzz_BookRoundTrip(uint96 a, uint96 b, uint8 c, uint8 d, uint8 e, uint40 f) public pure {
        Book memory x = Book(a, b, c, d, e, f);
        Book memory y;
        Slots.read(y, Slots.pack(x));
        eq(keccak256(abi.encode(x)), keccak256(abi.encode(y)), "book");
    }

    function testFuzz_PotsRoundTrip(uint96 a, uint96 b) public pure {
        Pots memory x = Pots(a, b);
        Pots memory y;
        Slots.read(y, Slots.pack(x));
        eq(keccak256(abi.encode(x)), keccak256(abi.encode(y)), "pots");
    }

    function testFuzz_RareRoundTrip(uint96 a, uint40 b, uint40 c, uint32 d, uint8 e, uint8 f) public pure {
        Rare memory x = Rare(a, b, c, d, e, f);
        Rare memory y;
        Slots.read(y, Slots.pack(x));
        eq(keccak256(abi.encode(x)), keccak256(abi.encode(y)), "rare");
    }

    function testFuzz_ClaimRoundTrip(uint96 a, uint8 b, uint8 c, uint40 d, uint16 e) public pure {
        Claim memory x = Claim(a, b % 3, c, d, e);
        Claim memory y;
        Slots.read(y, Slots.pack(x));
        eq(keccak256(abi.encode(x)), keccak256(abi.encode(y)), "claim");
    }

    function testFuzz_EntryRoundTrip(uint96 a, uint16[4] memory u, uint8[3] memory s, uint40 c, uint32 h) public pure {
        Entry memory x = Entry(a, u[0], u[1], s[0], s[1] % 8, s[2], c, h, u[2], u[3]);
        uint256 w = Slots.pack(x);
        Entry memory y;
        Slots.read(y, w);
        eq(keccak256(abi.encode(x)), keccak256(abi.encode(y)), "entry");
        eq(Slots.amountOf(w), x.amount, "amount");
        eq(Slots.fundByOf(w), x.fundBy, "fund by");
        eq(Slots.profileOf(w), x.profile, "profile");
        eq(Slots.stateOf(w), x.state, "state");
        uint256 moved = Slots.withState(w, 5);
        eq(Slots.stateOf(moved), 5, "moved");
        eq(Slots.withState(moved, x.state), w, "and nothing else");
    }
}
