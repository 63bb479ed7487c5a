// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev A policy in 32 bytes, as laid out in `IMilestoneGate`; byte 0 is the most significant. In stored rosters bytes 24
/// to 29 hold the weight `W` of clients, panel and reviewers.
type PolicyWord is uint256;

using PolicyWords for PolicyWord global;

/// @title Accessors of `PolicyWord`
library PolicyWords {
    /// @dev Bodies by bit and by index.
    uint256 internal constant CLIENTS = 0;
    uint256 internal constant PANEL = 1;
    uint256 internal constant REVIEWERS = 2;
    uint256 internal constant ORACLE = 3;

    uint8 internal constant SILENCE_APPROVES = 1;
    uint8 internal constant HOLD_ORACLE = 2;

    /// @dev Mask of the named bodies.
    function bodies(PolicyWord word) internal pure returns (uint8) {
        return uint8(PolicyWord.unwrap(word) >> 248);
    }

    function names(PolicyWord word, uint256 body) internal pure returns (bool) {
        return (PolicyWord.unwrap(word) >> (248 + body)) & 1 != 0;
    }

    /// @dev How many bodies are named.
    function named(PolicyWord word) internal pure returns (uint256 count) {
        for (uint256 body = 0; body < 4; ++body) {
            if (word.names(body)) ++count;
        }
    }

    /// @dev How many bodies must approve.
    function need(PolicyWord word) internal pure returns (uint8) {
        return uint8(PolicyWord.unwrap(word) >> 240);
    }

    function flags(PolicyWord word) internal pure returns (uint8) {
        return uint8(PolicyWord.unwrap(word) >> 232);
    }

    function silenceApproves(PolicyWord word) internal pure returns (bool) {
        return word.flags() & SILENCE_APPROVES != 0;
    }

    function holdOracle(PolicyWord word) internal pure returns (bool) {
        return word.flags() & HOLD_ORACLE != 0;
    }

    /// @dev Voting time, s.
    function window(PolicyWord word) internal pure returns (uint24) {
        return uint24(PolicyWord.unwrap(word) >> 208);
    }

    /// @dev The one extension, s.
    function extension(PolicyWord word) internal pure returns (uint24) {
        return uint24(PolicyWord.unwrap(word) >> 184);
    }

    /// @dev Length of a hold, s.
    function challenge(PolicyWord word) internal pure returns (uint24) {
        return uint24(PolicyWord.unwrap(word) >> 160);
    }

    /// @dev Share of `W` that must vote for the deadline to decide.
    function quorumBps(PolicyWord word, uint256 body) internal pure returns (uint16) {
        return uint16(PolicyWord.unwrap(word) >> (144 - 32 * body));
    }

    /// @dev Share that must be Yes.
    function approvalBps(PolicyWord word, uint256 body) internal pure returns (uint16) {
        return uint16(PolicyWord.unwrap(word) >> (128 - 32 * body));
    }

    /// @dev Weight `W` of a body's seats that are not excluded.
    function weight(PolicyWord word, uint256 body) internal pure returns (uint16) {
        return uint16(PolicyWord.unwrap(word) >> (48 - 16 * body));
    }

    /// @dev The word with the weights filled in.
    function withWeights(PolicyWord word, uint16[3] memory weights) internal pure returns (PolicyWord) {
        return
            PolicyWord.wrap(
                PolicyWord.unwrap(word) |
                    (uint256(weights[0]) << 48) |
                    (uint256(weights[1]) << 32) |
                    (uint256(weights[2]) << 16)
            );
    }

    /// @dev Whether an approval can end in a hold: the oracle may pass below 10,000 or alone; or the other bodies can
    /// carry a decision that clients have not approved.
    function canHold(PolicyWord word) internal pure returns (bool) {
        if (word.names(ORACLE)) return true;
        return word.names(CLIENTS) && word.need() < word.named();
    }

    /// @dev Whether bytes that must be zero in signed words are.
    function reservedZero(PolicyWord word) internal pure returns (bool) {
        return uint64(PolicyWord.unwrap(word)) == 0;
    }
}
