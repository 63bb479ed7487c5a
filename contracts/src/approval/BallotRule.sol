// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMilestoneGate} from "../interfaces/IMilestoneGate.sol";
import {BallotWord, BodyState} from "./BallotWord.sol";
import {PolicyWord, PolicyWords} from "./PolicyWord.sol";

/// @title The decision rule
/// @notice When a body has decided, when bodies together decide, what waits, what silence means. Pure: the gate stores what
/// this library computes, and the reference model of `packages/protocol` computes the same.
/// @dev Weights are at most 10,000 and rates basis points; comparisons are by cross-multiplication, nothing is rounded.
library BallotRule {
    uint16 internal constant FULL = 10_000;

    /// @dev Decided before the deadline: the seats that have not voted cannot change it.
    function early(
        uint256 yes,
        uint256 no,
        uint256 weight,
        uint256 quorumBps,
        uint256 approvalBps
    ) internal pure returns (BodyState) {
        // Unchecked: every factor is a u16, and `no` is part of `weight`.
        unchecked {
            uint256 needed = approvalBps * weight;
            if (yes * FULL >= needed && (yes + no) * FULL >= quorumBps * weight) return BodyState.Approved;
            if ((weight - no) * FULL < needed) return BodyState.Rejected;
            return BodyState.Open;
        }
    }

    /// @dev Decided by the deadline if there is a quorum; else silent, which is `Open`.
    function atDeadline(
        uint256 yes,
        uint256 no,
        uint256 weight,
        uint256 quorumBps,
        uint256 approvalBps
    ) internal pure returns (BodyState) {
        // Unchecked: every factor is a u16.
        unchecked {
            if ((yes + no) * FULL < quorumBps * weight) return BodyState.Open;
            return yes * FULL >= approvalBps * (yes + no) ? BodyState.Approved : BodyState.Rejected;
        }
    }

    /// @dev The word after ballots at second `time`, within the deadline: bodies settle early, then the whole.
    function afterVotes(BallotWord word, PolicyWord policy, uint40 time) internal pure returns (BallotWord) {
        if (word.status() == IMilestoneGate.Status.Held) {
            // Only the clients' approval still counts, and only if nothing is withheld from the payees.
            word = _settleBody(word, policy, PolicyWords.CLIENTS, false);
            bool ends = word.body(PolicyWords.CLIENTS) == BodyState.Approved && word.payBps() == FULL;
            return ends ? word.withStatus(IMilestoneGate.Status.Approved) : word;
        }
        BallotWord settled = _settle(word, policy, false);
        // As long as no body has decided, the whole has not.
        return settled.raw() == word.raw() ? word : _conclude(settled, policy, time);
    }

    /// @dev The word after the oracle's verdict at second `time`, within the deadline.
    function afterReport(BallotWord word, PolicyWord policy, uint40 time) internal pure returns (BallotWord) {
        return _conclude(word, policy, time);
    }

    /// @dev The word as the clock alone has made it by second `time`: results at the deadline, one extension counted from
    /// the old deadline, agreed silence, the end of a hold. Whoever asks, and when, gets the same timeline.
    /// @param extension Seconds of the one extension.
    function advance(
        BallotWord word,
        PolicyWord policy,
        uint40 extension,
        uint40 time
    ) internal pure returns (BallotWord) {
        if (word.status() == IMilestoneGate.Status.Open && time > word.deadline()) {
            word = _conclude(_settle(word, policy, true), policy, word.deadline());
            if (word.status() == IMilestoneGate.Status.Open && !word.extended() && extension > 0) {
                word = word.withExtended().withDeadline(word.deadline() + extension);
                if (time <= word.deadline()) return word;
                word = _conclude(_settle(word, policy, true), policy, word.deadline());
            }
            if (word.status() == IMilestoneGate.Status.Open) word = _silence(word, policy);
        }
        if (word.status() == IMilestoneGate.Status.Held && time > word.deadline()) {
            word = word.withStatus(IMilestoneGate.Status.Approved);
        }
        return word;
    }

    /// @dev Whether any No or failed verdict is on record: an objection is not silence.
    function objected(BallotWord word) internal pure returns (bool) {
        return
            word.no(PolicyWords.CLIENTS) != 0 ||
            word.no(PolicyWords.PANEL) != 0 ||
            word.no(PolicyWords.REVIEWERS) != 0 ||
            word.body(PolicyWords.ORACLE) == BodyState.Rejected;
    }

    /// @dev Whether an approval waits for the challenge window before it pays.
    function mustHold(BallotWord word, PolicyWord policy) internal pure returns (bool) {
        if (word.isQuestion()) return false;
        if (word.payBps() < FULL) return true;
        bool clients = word.body(PolicyWords.CLIENTS) == BodyState.Approved;
        bool others =
            word.body(PolicyWords.PANEL) == BodyState.Approved ||
                word.body(PolicyWords.REVIEWERS) == BodyState.Approved;
        if (policy.holdOracle() && !clients && !others) return true;
        if (!policy.names(PolicyWords.CLIENTS) || clients) return false;
        return others || word.no(PolicyWords.CLIENTS) != 0;
    }

    /// @dev Settles every named human body that is open.
    function _settle(BallotWord word, PolicyWord policy, bool due) private pure returns (BallotWord) {
        word = _settleBody(word, policy, PolicyWords.CLIENTS, due);
        word = _settleBody(word, policy, PolicyWords.PANEL, due);
        return _settleBody(word, policy, PolicyWords.REVIEWERS, due);
    }

    function _settleBody(BallotWord word, PolicyWord policy, uint256 body, bool due) private pure returns (BallotWord) {
        if (!policy.names(body) || !word.isOpen(body)) return word;
        uint256 yes = word.yes(body);
        uint256 no = word.no(body);
        uint256 weight = policy.weight(body);
        BodyState state =
            due
                ? atDeadline(yes, no, weight, policy.quorumBps(body), policy.approvalBps(body))
                : early(yes, no, weight, policy.quorumBps(body), policy.approvalBps(body));
        return state == BodyState.Open ? word : word.withBody(body, state);
    }

    /// @dev Approved once `need` bodies approve; rejected once `need` is out of reach.
    function _conclude(BallotWord word, PolicyWord policy, uint40 when) private pure returns (BallotWord) {
        uint256 open = 0;
        uint256 approved = 0;
        // Unchecked: there are four bodies.
        unchecked {
            for (uint256 body = PolicyWords.CLIENTS; body <= PolicyWords.ORACLE; ++body) {
                if (!policy.names(body)) continue;
                BodyState state = word.body(body);
                if (state == BodyState.Approved) ++approved;
                else if (state == BodyState.Open) ++open;
            }
        }
        uint256 need = policy.need();
        if (approved >= need) return _approve(word, policy, when, mustHold(word, policy));
        if (approved + open < need) return word.withStatus(IMilestoneGate.Status.Rejected);
        return word;
    }

    /// @dev The agreed outcome where bodies stayed silent. What the oracle passed below 10,000 is held here too. A question
    /// that the panel did not answer is not approved.
    function _silence(BallotWord word, PolicyWord policy) private pure returns (BallotWord) {
        if (word.isQuestion()) return word.withStatus(IMilestoneGate.Status.Rejected);
        if (!policy.silenceApproves() || objected(word)) return word.withStatus(IMilestoneGate.Status.Escalated);
        return _approve(word, policy, word.deadline(), word.payBps() < FULL);
    }

    function _approve(BallotWord word, PolicyWord policy, uint40 when, bool hold) private pure returns (BallotWord) {
        if (!hold) return word.withStatus(IMilestoneGate.Status.Approved);
        return word.withStatus(IMilestoneGate.Status.Held).withDeadline(when + policy.challenge());
    }
}
