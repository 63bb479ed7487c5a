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

    function testFuzz_BookFields(
        uint96[2] memory a,
        uint96 fees,
        uint8[3] memory s,
        uint40 at_,
        uint256 w
    ) public pure {
        Book b = Book.wrap(0).plusBooked(a[0]).withFeesPaid(fees).withFunded(s[0]).withDecided(s[1]);
        b = b.withFlag(s[2]).withLastDecidedAt(at_);
        eq(b.booked(), a[0], "booked");
        eq(b.feesPaid(), fees, "fees");
        eq(b.funded(), s[0], "funded");
        eq(b.decided(), s[1], "decided");
        eq(b.lastDecidedAt(), at_, "last");
        for (uint256 i; i < 8; ++i) isTrue(b.has(1 << i) == (s[2] & (1 << i) != 0), "flag");
        uint256 packed = (uint256(a[0]) << 160) | (uint256(fees) << 64) | (uint256(s[0]) << 56);
        eq(Book.unwrap(b), packed | (uint256(s[1]) << 48) | (uint256(s[2]) << 40) | at_, "word");
        // A setter on any word changes its field alone.
        Book other = Book.wrap(w).withFeesPaid(fees).withFunded(s[0]).withDecided(s[1]).withLastDecidedAt(at_);
        eq(other.booked(), w >> 160, "booked stays");
        eq(uint8(Book.unwrap(other) >> 40), uint8(w >> 40), "flags stay");
    }

    function testFuzz_BookedMovesExactlyOrPanics(uint96 a, uint96 b, uint160 rest) public {
        Book start = Book.wrap((uint256(a) << 160) | rest);
        if (uint256(a) + b > type(uint96).max) {
            vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x11));
            this.plus(start, b);
        } else {
            eq(Book.unwrap(start.plusBooked(b)), ((uint256(a) + b) << 160) | rest, "more");
        }
        if (b > a) {
            vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x11));
            this.minus(start, b);
        } else {
            eq(Book.unwrap(start.minusBooked(b)), ((uint256(a) - b) << 160) | rest, "less");
        }
    }

    function plus(Book b, uint256 value) external pure returns (Book) {
        return b.plusBooked(value);
    }

    function minus(Book b, uint256 value) external pure returns (Book) {
        return b.minusBooked(value);
    }

    function testFuzz_PotsFields(uint96 a, uint96 b, uint32 v, uint8[3] memory s, uint256 w) public pure {
        Pots p = Pots.wrap(w).withPool(a).withHoldback(b).withVersion(v).withMilestones(s[0]).withPayees(s[1]);
        p = p.withRoster(s[2]);
        eq(p.pool(), a, "pool");
        eq(p.holdback(), b, "holdback");
        eq(p.version(), v, "version");
        eq(p.milestones(), s[0], "milestones");
        eq(p.payees(), s[1], "payees");
        eq(p.roster(), s[2], "roster");
    }

    function testFuzz_RareFields(uint96 a, uint40 b, uint40 c, uint256 w) public pure {
        Rare r = Rare.wrap(w).withRefundable(a).withCancelAt(b).withDefaultedAt(c);
        eq(Rare.unwrap(r) << 80, ((uint256(a) << 80) | (uint256(b) << 40) | c) << 80, "word");
        eq(r.refundable(), a, "refundable");
        eq(r.cancelAt(), b, "notice");
        eq(r.defaultedAt(), c, "default");
    }

    function testFuzz_ClaimFields(uint96 a, uint8 b, uint8 c, uint40 d, uint16[2] memory e) public pure {
        Claim k = Slots.claimOf(a, b, c, d, e[0]);
        eq(k.amount(), a, "amount");
        eq(k.state(), b, "state");
        eq(k.round(), c, "round");
        eq(k.clock(), d, "clock");
        eq(k.standingBps(), e[0], "standing");
        eq(Claim.unwrap(k.withStandingBps(e[1])), Claim.unwrap(Slots.claimOf(a, b, c, d, e[1])), "set");
    }

    function testFuzz_EntryFields(uint96 a, uint16[4] memory u, uint8[3] memory s, uint40 c, uint32 h) public pure {
        Entry e = Entry.wrap(0).withTerms(a, u[0], u[1], s[0]).withState(s[1]).withRound(s[2]).withClock(c);
        e = e.withShift(h).withStandingBps(u[2]).withLateBps(u[3]);
        _sameTerms(e, a, u, s[0]);
        eq(e.state(), s[1], "state");
        eq(e.round(), s[2], "round");
        eq(e.clock(), c, "clock");
        eq(e.shift(), h, "shift");
        // Over other values: the same word.
        Entry other = Entry.wrap(~Entry.unwrap(e)).withLateBps(u[3]).withStandingBps(u[2]).withShift(h).withClock(c);
        other = other.withRound(s[2]).withState(s[1]).withTerms(a, u[0], u[1], s[0]);
        eq(Entry.unwrap(other), Entry.unwrap(e), "set over anything");
    }

    function _sameTerms(Entry e, uint96 a, uint16[4] memory u, uint8 profile) private pure {
        eq(e.amount(), a, "amount");
        eq(e.due(), u[0], "due");
        eq(e.fundBy(), u[1], "fund by");
        eq(e.signedProfile(), profile, "signed profile");
        eq(e.profile(), profile & 15, "profile");
        eq(e.policy(), profile >> 4, "policy");
        eq(e.standingBps(), u[2], "standing");
        eq(e.lateBps(), u[3], "late");
    }
}
