// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMilestoneGate} from "../../../src/interfaces/IMilestoneGate.sol";
import {BallotRule} from "../../../src/approval/BallotRule.sol";
import {BallotWord, BallotWords, BodyState} from "../../../src/approval/BallotWord.sol";
import {PolicyWord} from "../../../src/approval/PolicyWord.sol";
import {TestBase} from "../../support/approval/Vm.sol";

/// @dev The decision rule against one written the other way round: by what could still happen, with fractions.
contract BallotRuleFuzz is TestBase {
    uint40 private constant OPENED = 1_800_000_000;

    /// @dev Whether a body would approve at the deadline, by the words of the rule.
    function _wouldApprove(uint256 yes, uint256 no, uint256 q, uint256 a, uint256 w) private pure returns (bool) {
        if ((yes + no) * 10_000 < q * w) return false;
        return yes * 10_000 >= a * (yes + no);
    }

    /// @dev G5: early results by asking every way the rest could vote. Small weights, all completions.
    function test_fuzz_G5_EarlyNeverTurns(uint8 w_, uint8 y_, uint8 n_, uint16 q_, uint16 a_) public pure {
        uint256 w = bound(w_, 1, 24);
        uint256 yes = bound(y_, 0, w);
        uint256 no = bound(n_, 0, w - yes);
        uint256 q = bound(q_, 1, 10_000);
        uint256 a = bound(a_, 5_001, 10_000);
        BodyState early = BallotRule.early(yes, no, w, q, a);
        bool always = true;
        bool ever = false;
        for (uint256 moreYes = 0; moreYes + yes + no <= w; ++moreYes) {
            for (uint256 moreNo = 0; moreNo + moreYes + yes + no <= w; ++moreNo) {
                bool approves = _wouldApprove(yes + moreYes, no + moreNo, q, a, w);
                always = always && approves;
                ever = ever || approves;
            }
        }
        if (early == BodyState.Approved) isTrue(always, "an early yes holds in every completion");
        if (early == BodyState.Rejected) {
            // Below quorum the rest may stay silent; but no completion that reaches all of `a` of W approves.
            isTrue((w - no) * 10_000 < a * w, "even all open seats on yes miss");
            isTrue(!_wouldApprove(w - no, no, q, a, w), "so does the fullest turnout");
        }
        if (early == BodyState.Open) isTrue(yes * 10_000 < a * w || (yes + no) * 10_000 < q * w, "not yet");
        if (always && yes * 10_000 >= a * w) eq(uint256(early), uint256(BodyState.Approved), "as early as can be");
    }

    function test_fuzz_Deadline(uint16 w_, uint16 y_, uint16 n_, uint16 q_, uint16 a_) public pure {
        uint256 w = bound(w_, 1, 10_000);
        uint256 yes = bound(y_, 0, w);
        uint256 no = bound(n_, 0, w - yes);
        uint256 q = bound(q_, 1, 10_000);
        uint256 a = bound(a_, 5_001, 10_000);
        BodyState state = BallotRule.atDeadline(yes, no, w, q, a);
        bool quorum = (yes + no) * 10_000 >= q * w;
        eq(uint256(state) == uint256(BodyState.Open) ? 1 : 0, quorum ? 0 : 1, "silent below quorum only");
        if (quorum) {
            bool approves = _wouldApprove(yes, no, q, a, w);
            eq(uint256(state), uint256(approves ? BodyState.Approved : BodyState.Rejected), "by the cast weight");
        }
        if (yes <= no) isTrue(state != BodyState.Approved, "a tie never approves");
    }

    /// @dev A random policy of valid thresholds and a random word under it.
    function _sample(uint256 seed) private pure returns (BallotWord word, PolicyWord policy, uint40 extension) {
        uint256 mask = bound(seed, 1, 15);
        uint256 named = 0;
        for (uint256 i = 0; i < 4; ++i) {
            if (mask & (1 << i) != 0) ++named;
        }
        uint256 p = (mask << 248) | (bound(seed >> 8, 1, named) << 240);
        p |= ((seed >> 16) & 3) << 232;
        p |= uint256(3 days) << 208;
        p |= uint256(2 days) << 160;
        word = BallotWords.opened(1, 0, 10_000, OPENED + 3 days);
        extension = (seed >> 24) & 1 == 0 ? 0 : 1 days;
        p |= uint256(extension) << 184;
        for (uint256 i = 0; i < 3; ++i) {
            uint256 r = uint256(keccak256(abi.encode(seed, i)));
            if (mask & (1 << i) == 0) continue;
            uint256 w = bound(r, 1, 8);
            p |= bound(r >> 16, 1, 10_000) << (144 - 32 * i);
            p |= bound(r >> 32, 5_001, 10_000) << (128 - 32 * i);
            p |= w << (48 - 16 * i);
            uint256 yes = bound(r >> 48, 0, w);
            uint256 no = bound(r >> 64, 0, w - yes);
            if (yes != 0) word = word.withVote(2 * i, i, true, uint16(yes));
            if (no != 0) word = word.withVote(2 * i + 1, i, false, uint16(no));
        }
        policy = PolicyWord.wrap(p);
        uint256 verdict = bound(seed >> 32, 0, 3);
        if (mask & 8 != 0 && verdict != 0) {
            word = word.withBody(3, verdict == 3 ? BodyState.Rejected : BodyState.Approved);
            if (verdict == 2) word = word.withPayBps(9_000);
        }
        word = BallotRule.afterVotes(word, policy, OPENED);
    }

    /// @dev G6: the word at a time does not depend on when it was looked at before.
    function test_fuzz_G6_SameTimeline(uint256 seed, uint32 first, uint32 second, uint32 last) public pure {
        (BallotWord word, PolicyWord policy, uint40 extension) = _sample(seed);
        uint40 end = OPENED + uint40(bound(last, 0, 12 days));
        uint40 a = OPENED + uint40(bound(first, 0, end - OPENED));
        uint40 b = a + uint40(bound(second, 0, end - a));
        BallotWord direct = BallotRule.advance(word, policy, extension, end);
        BallotWord stepwise = BallotRule.advance(word, policy, extension, a);
        stepwise = BallotRule.advance(stepwise, policy, extension, b);
        stepwise = BallotRule.advance(stepwise, policy, extension, end);
        eq(stepwise.raw(), direct.raw(), "word");
    }

    /// @dev G3 and G7 on the pure rule: only listed transitions, and after window, extension and hold none is open.
    function test_fuzz_G3_G7_Ends(uint256 seed, uint32 when) public pure {
        (BallotWord word, PolicyWord policy, uint40 extension) = _sample(seed);
        IMilestoneGate.Status before = word.status();
        IMilestoneGate.Status next = BallotRule.advance(word, policy, extension, OPENED + when).status();
        if (before != IMilestoneGate.Status.Open && before != IMilestoneGate.Status.Held) {
            eq(uint256(next), uint256(before), "final states absorb");
        }
        if (before == IMilestoneGate.Status.Held) {
            isTrue(next == before || next == IMilestoneGate.Status.Approved, "a hold ends in payment");
        }
        BallotWord last = BallotRule.advance(word, policy, extension, OPENED + 3 days + extension + 2 days + 1);
        isTrue(
            last.status() != IMilestoneGate.Status.Open && last.status() != IMilestoneGate.Status.Held,
            "ended within the printed bound"
        );
        // Q9: approved only with `need` bodies, or by agreed silence without any objection.
        if (last.status() == IMilestoneGate.Status.Approved) {
            uint256 approved = 0;
            for (uint256 i = 0; i < 4; ++i) {
                if (last.body(i) == BodyState.Approved) ++approved;
            }
            bool silence = policy.silenceApproves() && !BallotRule.objected(last);
            isTrue(approved >= policy.need() || silence, "ground");
            isTrue(last.payBps() == 10_000 || last.body(3) == BodyState.Approved, "only the oracle pays less");
        }
    }

    /// @dev Every field of the word at its limits, next to full neighbours.
    function test_fuzz_WordFields(uint256 noise) public pure {
        BallotWord word = BallotWord.wrap(noise & ~uint256(0xff << 24) & ~uint256(0xff));
        BallotWord w = word.withStatus(IMilestoneGate.Status.Void);
        eq(uint256(w.status()), 6, "status");
        eq(w.withStatus(IMilestoneGate.Status.None).raw(), word.raw(), "status only");
        for (uint256 i = 0; i < 4; ++i) {
            w = word.withBody(i, BodyState.Rejected);
            eq(uint256(w.body(i)), 2, "body");
            eq(w.raw(), word.raw() | (2 << (24 + 2 * i)), "body only");
        }
        w = word.withPayBps(type(uint16).max);
        eq(w.payBps(), type(uint16).max, "payBps");
        eq(w.withPayBps(word.payBps()).raw(), word.raw(), "payBps only");
        w = word.withDeadline(type(uint40).max);
        eq(w.deadline(), type(uint40).max, "deadline");
        eq(w.withDeadline(word.deadline()).raw(), word.raw(), "deadline only");
        eq(word.withExtended().raw(), word.raw() | (1 << 88), "extended");
        eq(word.withChallenged().raw(), word.raw() | (1 << 89), "challenged");
        eq(word.withQuestion().raw(), word.raw() | (1 << 90), "question");
        isTrue(word.withExtended().extended() && word.withChallenged().challenged(), "flags");
        isTrue(word.withQuestion().isQuestion(), "question flag");
        eq(word.voted(), uint64(word.raw() >> 96), "voted");
        for (uint256 i = 0; i < 3; ++i) {
            eq(word.yes(i), uint16(word.raw() >> (160 + 16 * i)), "yes");
            eq(word.no(i), uint16(word.raw() >> (208 + 16 * i)), "no");
        }
    }

    function test_fuzz_WordOpened(uint8 version, uint8 policy, uint16 payBps, uint40 deadline) public pure {
        BallotWord word = BallotWords.opened(version, policy, payBps, deadline);
        eq(uint256(word.status()), uint256(IMilestoneGate.Status.Open), "status");
        eq(word.version(), version, "version");
        eq(word.policy(), policy, "policy");
        eq(word.payBps(), payBps, "payBps");
        eq(word.deadline(), deadline, "deadline");
        eq(word.voted(), 0, "nobody voted");
        isTrue(!word.extended() && !word.challenged() && !word.isQuestion(), "no flags");
    }

    function test_fuzz_WordVote(uint8 seat_, uint8 body_, bool approve, uint16 weight_) public pure {
        uint256 seat = bound(seat_, 0, 63);
        uint256 body = bound(body_, 0, 2);
        uint16 weight = uint16(bound(weight_, 1, 10_000));
        BallotWord word = BallotWords.opened(1, 2, 10_000, OPENED).withVote(seat, body, approve, weight);
        for (uint256 i = 0; i < 64; ++i) {
            isTrue(word.hasVoted(i) == (i == seat), "one seat");
        }
        for (uint256 i = 0; i < 3; ++i) {
            eq(word.yes(i), approve && i == body ? weight : 0, "yes");
            eq(word.no(i), !approve && i == body ? weight : 0, "no");
        }
        eq(word.deadline(), OPENED, "neighbours");
        eq(word.payBps(), 10_000, "neighbours");
    }
}
