// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbitration} from "../interfaces/IArbitration.sol";
import {Auth, Cause, DisputeCause, IMilestoneEscrow} from "../interfaces/IMilestoneEscrow.sol";
import {IMilestoneGate} from "../interfaces/IMilestoneGate.sol";
import {
    Escrow_BpsOutOfRange,
    Escrow_NotArbitration,
    Escrow_NotGate,
    Escrow_RoundsUsedUp,
    Escrow_SameDigest,
    Escrow_WrongDigest,
    Escrow_WrongRound,
    Escrow_ZeroDigest
} from "./Errors.sol";
import {Money} from "./Money.sol";
import {Outcomes} from "./Outcomes.sol";
import {Book, Claim, Entry} from "./Slots.sol";
import {ProfileWord, TermsCodec} from "./TermsCodec.sol";

/// @title From submission to decision
abstract contract Decisions is Outcomes {
    using TermsCodec for bytes;

    bytes32 private constant SUBMIT_TYPEHASH = keccak256(
        "Submit(uint8 milestone,uint8 round,bytes32 digest,uint256 nonce,uint48 deadline)"
    );
    bytes32 private constant DISPUTE_TYPEHASH = keccak256(
        "Dispute(uint8 milestone,uint8 round,bytes32 reasonHash,uint256 nonce,uint48 deadline)"
    );

    // ---- contributor

    function submit(uint8 m, bytes32 digest, Auth calldata auth) external nonReentrant {
        Context memory c;
        _openAt(c, m);
        Entry e = c.e;
        uint256 round;
        unchecked {
            round = e.round() + 1;
        }
        // The intent names the round it opens: one signature, one submission.
        address contributor = c.a.contributor();
        if (_signs(contributor, auth)) {
            _checkSigned(contributor, SUBMIT, m, abi.encode(SUBMIT_TYPEHASH, m, round, digest), auth);
        }
        uint256 state = e.state();
        if (state != FUNDED && state != REJECTED) _wrongState(m, state);
        if (digest == bytes32(0)) revert Escrow_ZeroDigest();
        _inTime(c);
        ProfileWord p = _profile(c);
        if (round > p.maxRounds()) revert Escrow_RoundsUsedUp(m, p.maxRounds());
        if (state == REJECTED && _digests[m] == digest) revert Escrow_SameDigest(m);

        uint256 lateBps = _lateBps(c, p);
        e = e.withState(SUBMITTED).withRound(round).withClock(block.timestamp).withStandingBps(0).withLateBps(lateBps);
        c.e = e;
        _saveEntry(c);
        _digests[m] = digest;
        uint256 decideBy = _reviewEnd(e, p);
        emit IMilestoneEscrow.Submitted(m, uint8(round), digest, uint16(lateBps), uint40(decideBy));
        // No try/catch: a starved `open` would mean no ballot, and silence could approve.
        IMilestoneGate(GATE).open(m, uint8(round), digest, uint40(decideBy), uint8(e.policy()), _rosterVersion(c));
    }

    /// @dev Late credit of a submission now.
    function _lateBps(Context memory c, ProfileWord p) private view returns (uint256) {
        unchecked {
            return
                Money.lateBps(
                    block.timestamp,
                    _dueAt(c, c.e) + p.graceDays() * 1 days,
                    p.lateDailyBps(),
                    p.lateCapBps()
                );
        }
    }

    function dispute(uint8 m, bytes32 reasonHash, Auth calldata auth) external nonReentrant {
        Context memory c;
        _openUnderWay(c, m);
        address contributor = c.a.contributor();
        if (_signs(contributor, auth)) {
            bytes memory head = abi.encode(DISPUTE_TYPEHASH, m, c.e.round(), reasonHash);
            _checkSigned(contributor, DISPUTE, m, head, auth);
        }
        if (c.e.state() != REJECTED) _wrongState(m, c.e.state());
        _inTime(c);
        _dispute(c, DisputeCause.Rejection, reasonHash);
    }

    // ---- gate

    function approve(uint8 m, uint8 round, bytes32 digest, uint16 payBps) external nonReentrant {
        Context memory c;
        _underReview(c, m, round, digest);
        if (payBps == 0 || payBps > Money.BPS) revert Escrow_BpsOutOfRange(payBps);
        c.payBps = payBps;
        _decide(c);
    }

    function reject(uint8 m, uint8 round, bytes32 digest, bytes32 reasonHash) external nonReentrant {
        Context memory c;
        _underReview(c, m, round, digest);
        Entry e = c.e;
        uint256 shift;
        uint256 until;
        // The clock of the work stood still while others held it. Unchecked: times are far below 2^40.
        unchecked {
            shift = e.shift() + block.timestamp - e.clock();
            until = block.timestamp + _profile(c).reworkDays() * 1 days;
        }
        c.e = e.withShift(shift).withState(REJECTED).withClock(block.timestamp);
        _saveEntry(c);
        emit IMilestoneEscrow.Rejected(m, round, digest, reasonHash, uint32(shift), uint40(until));
    }

    function escalate(uint8 m, uint8 round, bytes32 digest, bool decided, uint16 standingBps) external nonReentrant {
        Context memory c;
        _underReview(c, m, round, digest);
        if (standingBps > Money.BPS) revert Escrow_BpsOutOfRange(standingBps);
        c.payBps = decided ? standingBps : _profile(c).deadlockBps();
        _dispute(c, decided ? DisputeCause.Challenge : DisputeCause.Undecided, 0);
    }

    // ---- arbitration

    function rule(uint8 m, uint8 round, uint16 payBps, bool isFinal) external nonReentrant {
        if (msg.sender != ARBITRATION) revert Escrow_NotArbitration();
        if (payBps > Money.BPS) revert Escrow_BpsOutOfRange(payBps);
        if (m == CLAIM) {
            _ruleClaim(round, payBps, isFinal);
            return;
        }
        Context memory c;
        _openUnderWay(c, m);
        Entry e = c.e;
        if (e.state() != DISPUTED) _wrongState(m, e.state());
        if (e.round() != round) revert Escrow_WrongRound(m, e.round());
        _inTime(c);
        if (isFinal) {
            c.cause = Cause.Ruling;
            c.payBps = payBps;
            _decide(c);
        } else {
            emit IMilestoneEscrow.StandingSet(m, round, uint16(e.standingBps()), payBps);
            c.e = e.withStandingBps(payBps);
            _saveEntry(c);
        }
    }

    // ---- anyone

    function lapse(uint8 m) external nonReentrant {
        if (m == CLAIM) {
            _lapseClaim();
            return;
        }
        Context memory c;
        _openAt(c, m);
        uint256 state = c.e.state();
        if (_isFinal(state)) _wrongState(m, state);
        (uint256 time, uint256 outcome, uint256 payBps) = _exit(c, c.e);
        // A submission is the gate's to decide; the escrow's own clock is only the backstop behind it.
        if (state == SUBMITTED && block.timestamp <= time) _wrongState(m, state);
        _after(m, time);
        if (outcome == CANCELLED) {
            _cancelAtExit(c, time);
            return;
        }
        c.payBps = payBps;
        if (state == SUBMITTED) {
            c.cause = Cause.Silence;
        } else if (state == DISPUTED) {
            c.cause = Cause.Standing;
        } else {
            c.cause = Cause.Default;
            c.defaultedAt = time;
        }
        _decide(c);
    }

    // ---- shared steps

    /// @dev Opens a dispute; `c.payBps` stands until arbitration says otherwise.
    function _dispute(Context memory c, DisputeCause cause, bytes32 reasonHash) private {
        if (Book.unwrap(c.b) == 0) _loadBook(c);
        uint16 standing = uint16(c.payBps);
        c.e = c.e.withState(DISPUTED).withClock(block.timestamp).withStandingBps(standing);
        _saveEntry(c);
        uint256 ruleBy = block.timestamp + _profile(c).arbitrationDays() * 1 days;
        uint8 m = uint8(c.m);
        uint8 round = uint8(c.e.round());
        emit IMilestoneEscrow.Disputed(m, round, cause, standing, uint40(ruleBy), reasonHash);
        IArbitration(ARBITRATION).open(m, round, standing, uint40(ruleBy), _rosterVersion(c));
    }

    /// @dev What the gate may decide: this submission, in this round, in time.
    function _underReview(Context memory c, uint8 m, uint8 round, bytes32 digest) private view {
        if (msg.sender != GATE) revert Escrow_NotGate();
        _openUnderWay(c, m);
        Entry e = c.e;
        if (e.state() != SUBMITTED) _wrongState(m, e.state());
        if (e.round() != round) revert Escrow_WrongRound(m, e.round());
        if (_digests[m] != digest) revert Escrow_WrongDigest(m, _digests[m]);
        _before(m, _reviewEnd(e, _profile(c)));
    }

    function _ruleClaim(uint256 round, uint256 payBps, bool isFinal) private {
        Context memory c;
        _open(c);
        Claim k = _loadClaim();
        if (k.state() != CLAIM_CONTESTED) _wrongState(CLAIM, k.state());
        if (k.round() != round) revert Escrow_WrongRound(CLAIM, k.round());
        _before(CLAIM, _claimExit(c.a, k));
        if (isFinal) {
            c.cause = Cause.Ruling;
            c.payBps = payBps;
            _decideClaim(c, k);
        } else {
            emit IMilestoneEscrow.StandingSet(uint8(CLAIM), uint8(round), uint16(k.standingBps()), uint16(payBps));
            _saveClaim(k.withStandingBps(payBps));
        }
    }

    function _lapseClaim() private {
        Context memory c;
        _open(c);
        Claim k = _loadClaim();
        if (k.state() == NO_CLAIM) _wrongState(CLAIM, 0);
        _after(CLAIM, _claimExit(c.a, k));
        // Silence on a claim grants it (its standing share is 0 until it is contested).
        c.cause = k.state() == CLAIM_OPEN ? Cause.Silence : Cause.Standing;
        c.payBps = k.standingBps();
        _decideClaim(c, k);
    }
}
