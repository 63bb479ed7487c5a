// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMilestoneGate} from "../interfaces/IMilestoneGate.sol";

/// @dev A ballot in one storage slot. From the least significant bit:
///
/// | Bits | Field |
/// |---|---|
/// | 0 | status u8 (`IMilestoneGate.Status`) |
/// | 8 | roster version u8 |
/// | 16 | policy index u8 |
/// | 24 | body states, 2 bits each: clients, panel, reviewers, oracle (0 open, 1 approved, 2 rejected) |
/// | 32 | payBps u16 |
/// | 48 | deadline u40: of voting; while held, of the hold |
/// | 88 | flags u8: bit 0 extended, bit 1 challenged, bit 2 a question to the panel |
/// | 96 | voted u64, one bit per seat |
/// | 160 | yes u16 × 3: clients, panel, reviewers |
/// | 208 | no u16 × 3 |
type BallotWord is uint256;

/// @dev State of a body within a ballot.
enum BodyState {
    Open,
    Approved,
    Rejected
}

using BallotWords for BallotWord global;

/// @title Accessors of `BallotWord`
/// @dev Setters return a new word. Arguments are typed to the field's width, so nothing is cut off silently.
library BallotWords {
    uint256 private constant STATES = 24;
    uint256 private constant PAY = 32;
    uint256 private constant DEADLINE = 48;
    uint256 private constant FLAGS = 88;
    uint256 private constant VOTED = 96;
    uint256 private constant YES = 160;
    uint256 private constant NO = 208;
    uint256 private constant EXTENDED = 1 << FLAGS;
    uint256 private constant CHALLENGED = 2 << FLAGS;
    uint256 private constant QUESTION = 4 << FLAGS;

    /// @dev A fresh open ballot.
    function opened(
        uint8 version_,
        uint8 policy_,
        uint16 payBps_,
        uint40 deadline_
    ) internal pure returns (BallotWord) {
        return
            BallotWord.wrap(
                uint256(IMilestoneGate.Status.Open) |
                    (uint256(version_) << 8) |
                    (uint256(policy_) << 16) |
                    (uint256(payBps_) << PAY) |
                    (uint256(deadline_) << DEADLINE)
            );
    }

    /// @dev The raw word.
    function raw(BallotWord word) internal pure returns (uint256) {
        return BallotWord.unwrap(word);
    }

    function status(BallotWord word) internal pure returns (IMilestoneGate.Status) {
        return IMilestoneGate.Status(uint8(BallotWord.unwrap(word)));
    }

    function version(BallotWord word) internal pure returns (uint8) {
        return uint8(BallotWord.unwrap(word) >> 8);
    }

    function policy(BallotWord word) internal pure returns (uint8) {
        return uint8(BallotWord.unwrap(word) >> 16);
    }

    function body(BallotWord word, uint256 index) internal pure returns (BodyState) {
        return BodyState(uint8((BallotWord.unwrap(word) >> (STATES + 2 * index)) & 3));
    }

    /// @dev Whether a body has not decided.
    function isOpen(BallotWord word, uint256 index) internal pure returns (bool) {
        return (BallotWord.unwrap(word) >> (STATES + 2 * index)) & 3 == 0;
    }

    function payBps(BallotWord word) internal pure returns (uint16) {
        return uint16(BallotWord.unwrap(word) >> PAY);
    }

    function deadline(BallotWord word) internal pure returns (uint40) {
        return uint40(BallotWord.unwrap(word) >> DEADLINE);
    }

    function extended(BallotWord word) internal pure returns (bool) {
        return BallotWord.unwrap(word) & EXTENDED != 0;
    }

    function challenged(BallotWord word) internal pure returns (bool) {
        return BallotWord.unwrap(word) & CHALLENGED != 0;
    }

    function isQuestion(BallotWord word) internal pure returns (bool) {
        return BallotWord.unwrap(word) & QUESTION != 0;
    }

    function voted(BallotWord word) internal pure returns (uint64) {
        return uint64(BallotWord.unwrap(word) >> VOTED);
    }

    function hasVoted(BallotWord word, uint256 seat) internal pure returns (bool) {
        return (BallotWord.unwrap(word) >> (VOTED + seat)) & 1 != 0;
    }

    function yes(BallotWord word, uint256 index) internal pure returns (uint16) {
        return uint16(BallotWord.unwrap(word) >> (YES + 16 * index));
    }

    function no(BallotWord word, uint256 index) internal pure returns (uint16) {
        return uint16(BallotWord.unwrap(word) >> (NO + 16 * index));
    }

    function withStatus(BallotWord word, IMilestoneGate.Status value) internal pure returns (BallotWord) {
        return _set(word, 0, 0xff, uint256(value));
    }

    function withBody(BallotWord word, uint256 index, BodyState value) internal pure returns (BallotWord) {
        return _set(word, STATES + 2 * index, 3, uint256(value));
    }

    function withPayBps(BallotWord word, uint16 value) internal pure returns (BallotWord) {
        return _set(word, PAY, 0xffff, value);
    }

    function withDeadline(BallotWord word, uint40 value) internal pure returns (BallotWord) {
        return _set(word, DEADLINE, type(uint40).max, value);
    }

    function withExtended(BallotWord word) internal pure returns (BallotWord) {
        return BallotWord.wrap(BallotWord.unwrap(word) | EXTENDED);
    }

    function withChallenged(BallotWord word) internal pure returns (BallotWord) {
        return BallotWord.wrap(BallotWord.unwrap(word) | CHALLENGED);
    }

    function withQuestion(BallotWord word) internal pure returns (BallotWord) {
        return BallotWord.wrap(BallotWord.unwrap(word) | QUESTION);
    }

    /// @dev Adds a seat's ballot: its voted bit and its weight. A body's weight is at most 10,000 (checked at
    /// registration) and each seat counts once, so the field cannot overflow into its neighbour.
    function withVote(
        BallotWord word,
        uint256 seat,
        uint256 index,
        bool approve,
        uint16 weight
    ) internal pure returns (BallotWord) {
        uint256 offset = (approve ? YES : NO) + 16 * index;
        return
            BallotWord.wrap((BallotWord.unwrap(word) | (uint256(1) << (VOTED + seat))) + (uint256(weight) << offset));
    }

    function _set(BallotWord word, uint256 offset, uint256 mask, uint256 value) private pure returns (BallotWord) {
        return BallotWord.wrap((BallotWord.unwrap(word) & ~(mask << offset)) | (value << offset));
    }
}
