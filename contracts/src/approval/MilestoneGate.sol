// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IArbitration} from "../interfaces/IArbitration.sol";
import {ICreOracle} from "../interfaces/ICreOracle.sol";
import {ClaimState, IMilestoneEscrow, State} from "../interfaces/IMilestoneEscrow.sol";
import {IMilestoneGate} from "../interfaces/IMilestoneGate.sol";
import {BallotRule} from "./BallotRule.sol";
import {BallotSignatures} from "./BallotSignatures.sol";
import {BallotWord, BallotWords, BodyState} from "./BallotWord.sol";
import {BoundedCall} from "./BoundedCall.sol";
import {EscrowWords, IEscrowWords} from "./EscrowWords.sol";
import {GateRoster} from "./GateRoster.sol";
import {PolicyWord, PolicyWords} from "./PolicyWord.sol";
import {Roster} from "./Roster.sol";

/// @title MilestoneGate
/// @notice See `IMilestoneGate`. Every function computes the ballot's timeline first (`BallotRule.advance`), so that what
/// counts does not depend on who calls when. A decision calls the escrow last.
/// @dev A review under the terms' own roster has no slot until something must be remembered: it is open while the escrow
/// shows this submission, in this round, as Submitted. A call that decides it writes nothing here; the escrow's state, which it
/// changes before it pays, is what keeps a second decision out.
contract MilestoneGate is GateRoster, BallotSignatures {
    /// @dev Least gas at `open` with an oracle, and what its request gets: nobody can starve the request.
    uint256 internal constant OPEN_FLOOR = 200_000;
    uint256 internal constant REQUEST_GAS = 150_000;
    uint256 internal constant COMPACT_SIZE = 65;
    uint8 internal constant MAX_QUESTIONS = 3;
    uint8 internal constant CLAIM = 255;

    /// @dev A ballot with what is needed to judge it. `stored` is the word before this call (`fresh`: as it would have been
    /// stored when the submission came), `word` is that moved on by the clock to now. The rest is what one call adds: seats
    /// counted, reason of a rejection, second of the decision, and whether the submission is known to be waiting still.
    struct Loaded {
        bytes32 id;
        BallotWord stored;
        BallotWord word;
        PolicyWord policy;
        Roster roster;
        uint64 yesSeats;
        uint64 noSeats;
        bytes32 reason;
        uint40 when;
        bool current;
        bool fresh;
    }

    /// @dev Questions of a dispute.
    struct Asked {
        uint8 count;
        uint16 payBps;
        uint64 seats;
        bytes32 digest;
    }

    mapping(bytes32 ballot => BallotWord word) private _ballots;
    mapping(bytes32 dispute => Asked asked) private _asked;

    constructor(address verifier, address policyBook_) BallotSignatures(verifier) GateRoster(policyBook_) {}

    // ---------------------------------------------------------------------------------------------------- transitions

    /// @inheritdoc IMilestoneGate
    function open(uint8 milestone, uint8 round, bytes32 digest, uint40 decideBy, uint8 policy, uint8 version) external {
        // checks
        Roster memory r = _roster(msg.sender, version);
        PolicyWord word = r.policy(policy);
        bool asks = word.names(PolicyWords.ORACLE);
        if (asks && gasleft() < OPEN_FLOOR) revert Gate_NeedsGas(gasleft(), OPEN_FLOOR);
        Key memory key = Key(msg.sender, milestone, round, 0, BallotRule.FULL, digest);
        bytes32 id = keccak256(abi.encode(key));
        BallotWord ballot = BallotWords.opened(version, policy, BallotRule.FULL, _now() + word.window());

        // effects: without a slot a ballot runs under version 1, see `_load`
        if (version != 1) {
            if (_ballots[id].raw() != 0) revert Gate_BallotExists(id);
            _ballots[id] = ballot;
        }
        _emitOpened(id, key, ballot);

        // interactions
        if (!asks) return;
        (address oracle, bytes32 criteriaHash) = r.oracleOf(policy);
        bytes memory request = abi.encodeCall(
            ICreOracle.request,
            (msg.sender, milestone, round, digest, criteriaHash, decideBy)
        );
        if (!BoundedCall.tryCall(oracle, REQUEST_GAS, request)) emit OracleUnreachable(id, oracle);
    }

    /// @inheritdoc IMilestoneGate
    function cast(Key memory key, uint8 seat, bool approve, bytes32 reason) external {
        Loaded memory b = _load(key);
        address id = _count(b, seat, approve, reason);
        if (id != msg.sender) revert Gate_NotSeat(seat, msg.sender);
        _settle(key, b, true);
    }

    /// @inheritdoc IMilestoneGate
    function castBySig(
        Key memory key,
        uint8 seat,
        bool approve,
        bytes32 reason,
        bytes calldata signer,
        bytes calldata signature
    ) external {
        Loaded memory b = _load(key);
        address id = _count(b, seat, approve, reason);
        if (!_signed(key, approve, reason, id, signer, signature)) revert Gate_BadSignature(seat);
        _settle(key, b, true);
    }

    /// @inheritdoc IMilestoneGate
    function castBatch(
        Key memory key,
        bytes calldata compact,
        LongEntry[] calldata long
    ) external returns (uint64 counted) {
        Loaded memory b = _load(key);
        if (_closed(b) != Verdict.Counted) return 0;
        _countCompact(b, key, compact);
        for (uint256 i = 0; i < long.length; ++i) {
            LongEntry calldata entry = long[i];
            if (_examine(b, key, entry) == Verdict.Counted) _add(b, entry.seat, entry.approve, entry.reason);
        }
        counted = b.yesSeats | b.noSeats;
        if (counted != 0) _settle(key, b, false);
    }

    /// @inheritdoc IMilestoneGate
    function report(
        address escrow,
        uint8 milestone,
        uint8 round,
        bytes32 digest,
        uint8 verdict,
        uint16 payBps,
        bytes32 evidence
    ) external returns (bool latched) {
        // checks
        Key memory key = Key(escrow, milestone, round, 0, BallotRule.FULL, digest);
        Loaded memory b = _load(key);
        (address oracle, ) = _oracleOf(key, b.stored);
        if (oracle == address(0) || msg.sender != oracle) revert Gate_NotOracle(oracle, msg.sender);
        bool passed = verdict == 1;
        if (passed ? payBps == 0 || payBps > BallotRule.FULL : verdict != 2 || payBps != 0) revert Gate_BadBps(payBps);
        latched =
            b.stored.status() == Status.Open &&
            b.word.status() == Status.Open &&
            b.word.body(PolicyWords.ORACLE) == BodyState.Open &&
            (b.current || _current(key));
        emit Reported(b.id, verdict, payBps, evidence, latched);
        if (!latched) return false;

        // effects, then interactions
        b.word = b.word.withBody(PolicyWords.ORACLE, passed ? BodyState.Approved : BodyState.Rejected);
        if (passed && payBps < b.word.payBps()) b.word = b.word.withPayBps(payBps);
        b.reason = evidence;
        b.current = true;
        b.word = BallotRule.afterVotes(b.word, b.policy, _now());
        _commit(key, b);
    }

    /// @inheritdoc IMilestoneGate
    function challenged(Key memory key) external {
        // checks
        if (msg.sender != IMilestoneEscrow(key.escrow).arbitration()) {
            revert Gate_NotArbitration(key.escrow, msg.sender);
        }
        Loaded memory b = _load(key);
        Status now_ = b.word.status();
        if (now_ != Status.Held) {
            bool over =
                b.stored.status() == Status.Held || (b.stored.status() == Status.Open && now_ == Status.Approved);
            if (over) revert Gate_DeadlinePassed(b.id, b.word.deadline());
            revert Gate_NotOpen(b.id, now_);
        }
        if (!b.current && !_current(key)) revert Gate_NotOpen(b.id, Status.Void);

        // effects, then interactions
        b.word = b.word.withStatus(Status.Escalated).withChallenged();
        b.current = true;
        _commit(key, b);
    }

    /// @inheritdoc IMilestoneGate
    function ask(Key memory key, uint8 seat, bytes calldata signer, bytes calldata signature) external {
        // checks
        Loaded memory b = _loadQuestion(key, seat);
        address id = _count(b, seat, true, 0);
        if (signature.length == 0) {
            if (id != msg.sender) revert Gate_NotSeat(seat, msg.sender);
        } else if (!_signed(key, true, 0, id, signer, signature)) {
            revert Gate_BadSignature(seat);
        }

        // effects, then interactions
        Asked storage asked = _asked[_dispute(key)];
        asked.count = key.question;
        asked.payBps = key.payBps;
        asked.seats |= _bit(seat);
        asked.digest = key.digest;
        _emitOpened(b.id, key, b.word);
        _settle(key, b, true);
    }

    /// @inheritdoc IMilestoneGate
    function finalize(Key memory key) external {
        Loaded memory b = _load(key);
        Status before = b.stored.status();
        if (before != Status.Open && before != Status.Held) revert Gate_NotOpen(b.id, before);
        if (b.word.raw() == b.stored.raw()) revert Gate_NotDue(b.id, b.stored.deadline());
        b.when = b.word.deadline();
        _commit(key, b);
    }

    // ---------------------------------------------------------------------------------------------------------- views

    /// @inheritdoc IMilestoneGate
    function status(Key memory key) external view returns (BallotView memory v) {
        Loaded memory b = _load(key);
        if (b.stored.raw() == 0) return v;
        v.status = b.stored.status();
        v.outcome = b.word.status();
        bool waits = v.status == Status.Open || v.status == Status.Held;
        if (waits && !b.current && !_current(key)) v.outcome = Status.Void;
        v.extended = b.word.extended();
        v.version = b.word.version();
        v.policy = b.word.policy();
        v.payBps = b.word.payBps();
        v.deadline = b.word.deadline();
        v.voted = b.word.voted();
        for (uint256 body = PolicyWords.CLIENTS; body <= PolicyWords.ORACLE; ++body) {
            v.bodies[body] = uint8(b.word.body(body));
            if (body == PolicyWords.ORACLE) break;
            v.yes[body] = b.word.yes(body);
            v.no[body] = b.word.no(body);
            v.eligible[body] = b.policy.weight(body);
        }
    }

    /// @inheritdoc IMilestoneGate
    function ballotWord(bytes32 ballot) external view returns (uint256) {
        return _ballots[ballot].raw();
    }

    /// @inheritdoc IMilestoneGate
    function check(Key memory key, LongEntry calldata entry) external view returns (Verdict) {
        Loaded memory b = _load(key);
        Verdict verdict = _closed(b);
        if (verdict != Verdict.Counted) return verdict;
        if (!b.current && !_current(key)) return Verdict.NotOpen;
        return _examine(b, key, entry);
    }

    /// @inheritdoc IMilestoneGate
    function oracleOf(Key memory key) external view returns (address oracle, bytes32 criteriaHash) {
        return _oracleOf(key, _ballots[keccak256(abi.encode(key))]);
    }

    /// @inheritdoc IMilestoneGate
    function questions(
        address escrow,
        uint8 milestone,
        uint8 round
    ) external view returns (uint8 asked, bool isOpen, uint16 payBps) {
        Key memory key = Key(escrow, milestone, round, 0, 0, 0);
        Asked memory record = _asked[_dispute(key)];
        return (record.count, _lastQuestion(key, record).status() == Status.Open, record.payBps);
    }

    // ------------------------------------------------------------------------------------------------------- internal

    /// @dev Reads a ballot and moves it on to now. Without a ballot all is zero.
    function _load(Key memory key) private view returns (Loaded memory b) {
        b.id = keccak256(abi.encode(key));
        b.when = _now();
        b.stored = _ballots[b.id];
        if (b.stored.raw() == 0) {
            (bool known, uint256 state, uint256 clock, uint8 policy) = _submitted(key);
            if (!known || state != uint256(State.Submitted)) return b;
            b.roster = _roster(key.escrow, 1);
            b.policy = b.roster.policy(policy);
            b.stored = BallotWords.opened(1, policy, BallotRule.FULL, uint40(clock) + b.policy.window());
            b.fresh = true;
            b.current = true;
        } else {
            b.roster = _roster(key.escrow, b.stored.version());
            b.policy = b.roster.policy(b.stored.policy());
        }
        uint40 extension = b.policy.extension();
        if (b.stored.isQuestion()) extension = _questionExtension(key, b.stored);
        b.word = BallotRule.advance(b.stored, b.policy, extension, _now());
    }

    /// @dev What the escrow says about the submission of a review's key, whatever became of it.
    /// @return known False if the key is no review, or the escrow's last submission is another.
    function _submitted(Key memory key) private view returns (bool known, uint256 state, uint256 clock, uint8 policy) {
        // Only a review at 10,000 can be open without a slot; anything else was stored or never asked.
        if (key.question != 0 || key.payBps != BallotRule.FULL || key.escrow.code.length == 0) return (false, 0, 0, 0);
        uint256 round;
        uint256 index;
        bytes32 digest;
        (state, round, digest, clock, index) = IEscrowWords(key.escrow).submission(key.milestone);
        return (round == key.round && digest == key.digest, state, clock, uint8(index));
    }

    /// @dev Oracle and criteria of a ballot's policy, also of a review that ended without a slot.
    function _oracleOf(Key memory key, BallotWord word) private view returns (address, bytes32) {
        if (word.raw() != 0) return _roster(key.escrow, word.version()).oracleOf(word.policy());
        (bool known, uint256 state, , uint8 policy) = _submitted(key);
        return
            known && state >= uint256(State.Submitted)
                ? _roster(key.escrow, 1).oracleOf(policy)
                : (address(0), bytes32(0));
    }

    /// @dev The panel's rung has its own extension; asked for only once it matters.
    function _questionExtension(Key memory key, BallotWord word) private view returns (uint40) {
        if (word.status() != Status.Open || word.extended() || _now() <= word.deadline()) return 0;
        IArbitration.PanelWindow memory window = _panelWindow(key);
        return window.extendedUntil - window.until;
    }

    function _panelWindow(Key memory key) private view returns (IArbitration.PanelWindow memory) {
        address arbitration = IMilestoneEscrow(key.escrow).arbitration();
        return IArbitration(arbitration).panelWindow(key.escrow, key.milestone, key.round);
    }

    /// @dev A fresh ballot for the next question, if the panel may be asked it now.
    function _loadQuestion(Key memory key, uint8 seat) private view returns (Loaded memory b) {
        IArbitration.PanelWindow memory window = _panelWindow(key);
        if (window.until == 0) revert Gate_PanelClosed(key.escrow, key.milestone, key.round);
        if (_now() <= window.from) revert Gate_TooEarly(key.escrow, key.milestone, window.from);
        b.id = keccak256(abi.encode(key));
        b.when = _now();
        if (_now() > window.extendedUntil) revert Gate_DeadlinePassed(b.id, window.extendedUntil);
        if (key.digest != window.digest || !_current(key)) revert Gate_NotOpen(b.id, Status.None);
        if (key.payBps > BallotRule.FULL) revert Gate_BadBps(key.payBps);
        Asked memory asked = _asked[_dispute(key)];
        if (asked.count >= MAX_QUESTIONS || asked.seats & _bit(seat) != 0)
            revert Gate_QuestionsUsedUp(asked.count, seat);
        _requireAnswered(key, asked);
        if (key.question != asked.count + 1) revert Gate_BadQuestion(key.question, asked.count + 1);

        b.roster = _roster(key.escrow, window.version);
        b.policy = b.roster.policy(window.policy);
        bool extended = _now() > window.until;
        b.word = BallotWords
            .opened(window.version, window.policy, key.payBps, extended ? window.extendedUntil : window.until)
            .withQuestion();
        if (extended) b.word = b.word.withExtended();
    }

    /// @dev One question at a time. What the clock has answered with no makes room for the next.
    function _requireAnswered(Key memory key, Asked memory asked) private view {
        if (asked.count == 0) return;
        Key memory last = Key(key.escrow, key.milestone, key.round, asked.count, asked.payBps, asked.digest);
        Loaded memory b = _load(last);
        Status now_ = b.word.status();
        if (now_ == Status.Open) revert Gate_QuestionOpen(b.id);
        if (now_ == Status.Approved) revert Gate_PanelClosed(key.escrow, key.milestone, key.round);
    }

    function _lastQuestion(Key memory key, Asked memory asked) private view returns (BallotWord) {
        key.question = asked.count;
        key.payBps = asked.payBps;
        key.digest = asked.digest;
        return _ballots[keccak256(abi.encode(key))];
    }

    /// @dev Whether ballots still count: `Counted`, `NotOpen` or `DeadlinePassed`.
    function _closed(Loaded memory b) private pure returns (Verdict) {
        Status before = b.stored.status();
        if (before != Status.Open && before != Status.Held) return Verdict.NotOpen;
        Status now_ = b.word.status();
        return now_ == Status.Open || now_ == Status.Held ? Verdict.Counted : Verdict.DeadlinePassed;
    }

    /// @dev Whether a ballot of this seat would count, its signature apart.
    /// @return verdict `Counted` or the reason against. @return id The seat's id.
    function _judge(
        Loaded memory b,
        uint8 seat,
        bool approve,
        bytes32 reason
    ) private pure returns (Verdict verdict, address id) {
        if (seat >= b.roster.seatCount()) return (Verdict.NotSeat, id);
        uint256 body;
        bool excluded;
        (id, , body, excluded) = b.roster.seat(seat);
        if (excluded) return (Verdict.SeatExcluded, id);
        bool counts = b.policy.names(body) && (b.word.status() != Status.Held || body == PolicyWords.CLIENTS);
        if (!counts) return (Verdict.BodyNotNamed, id);
        if (b.word.hasVoted(seat)) return (Verdict.AlreadyCast, id);
        if (approve != (reason == 0)) return (Verdict.ReasonRequired, id);
        return (Verdict.Counted, id);
    }

    /// @dev Whether a signed entry would count.
    function _examine(Loaded memory b, Key memory key, LongEntry calldata entry) private view returns (Verdict) {
        (Verdict verdict, address id) = _judge(b, entry.seat, entry.approve, entry.reason);
        if (verdict != Verdict.Counted) return verdict;
        bool valid = _signed(key, entry.approve, entry.reason, id, entry.signer, entry.signature);
        return valid ? Verdict.Counted : Verdict.BadSignature;
    }

    /// @dev Counts one ballot in memory, or reverts with the exact cause. The caller proves that the seat wants it.
    /// @return id The seat's id.
    function _count(Loaded memory b, uint8 seat, bool approve, bytes32 reason) private returns (address id) {
        // A question that is being asked is not stored yet.
        if (b.stored.raw() != 0 || b.word.raw() == 0) {
            Verdict closed = _closed(b);
            if (closed == Verdict.NotOpen) revert Gate_NotOpen(b.id, b.stored.status());
            if (closed == Verdict.DeadlinePassed) revert Gate_DeadlinePassed(b.id, b.word.deadline());
        }
        Verdict verdict;
        (verdict, id) = _judge(b, seat, approve, reason);
        if (verdict == Verdict.NotSeat) revert Gate_NotSeat(seat, msg.sender);
        if (verdict == Verdict.SeatExcluded) revert Gate_SeatExcluded(seat, id);
        if (verdict == Verdict.BodyNotNamed) revert Gate_BodyNotNamed(seat);
        if (verdict == Verdict.AlreadyCast) revert Gate_AlreadyCast(seat);
        if (verdict == Verdict.ReasonRequired) revert Gate_ReasonRequired(seat);
        _add(b, seat, approve, reason);
    }

    /// @dev Counts the valid ones of 65-byte Yes ballots of plain keys; they all sign one hash.
    function _countCompact(Loaded memory b, Key memory key, bytes calldata compact) private {
        uint256 entries = compact.length / COMPACT_SIZE;
        if (entries == 0) return;
        bytes32 hash = hashBallot(key, true, 0, address(0));
        for (uint256 i = 0; i < entries; ++i) {
            bytes calldata entry = compact[i * COMPACT_SIZE:(i + 1) * COMPACT_SIZE];
            uint8 seat = uint8(entry[0]);
            (Verdict verdict, address id) = _judge(b, seat, true, 0);
            if (verdict != Verdict.Counted) continue;
            (address recovered, ECDSA.RecoverError failure, ) = ECDSA.tryRecover(
                hash,
                bytes32(entry[1:33]),
                bytes32(entry[33:65])
            );
            if (failure != ECDSA.RecoverError.NoError || recovered != id) continue;
            _add(b, seat, true, 0);
        }
    }

    /// @dev Adds a ballot that counts to the tally in memory.
    function _add(Loaded memory b, uint8 seat, bool approve, bytes32 reason) private {
        (, uint16 weight, uint256 body, ) = b.roster.seat(seat);
        b.word = b.word.withVote(seat, body, approve, weight);
        if (approve) {
            b.yesSeats |= _bit(seat);
        } else {
            b.noSeats |= _bit(seat);
            b.reason = reason;
            emit Objection(b.id, seat, reason);
        }
    }

    /// @dev Decides after counted ballots.
    /// @param strict Whether a decision on a submission that is no longer waiting reverts, instead of voiding the ballot.
    function _settle(Key memory key, Loaded memory b, bool strict) private {
        emit BallotsCast(b.id, b.yesSeats, b.noSeats);
        b.word = BallotRule.afterVotes(b.word, b.policy, _now());
        Status before = b.stored.status();
        if (strict && before != Status.None && b.word.status() != before && !b.current) {
            if (!_current(key)) revert Gate_NotOpen(b.id, Status.Void);
            b.current = true;
        }
        _commit(key, b);
    }

    /// @dev Stores the word, emits what changed, calls the escrow last. A decision on a submission that is no longer
    /// waiting is void: an event, no revert.
    function _commit(Key memory key, Loaded memory b) private {
        BallotWord word = b.word;
        Status before = b.stored.status();
        Status next = word.status();
        bool asking = before == Status.None && next == Status.Open;
        if (next == before || asking) {
            _ballots[b.id] = word;
            if (!asking && word.extended() && !b.stored.extended()) emit BallotExtended(b.id, word.deadline());
            return;
        }

        // effects
        if (!b.current && !_current(key)) {
            next = Status.Void;
            word = word.withStatus(next);
        }
        // A review that ends without having had a slot needs none. Arbitration asks whether the panel rejected.
        bool panelRejected = next == Status.Rejected && word.body(PolicyWords.PANEL) == BodyState.Rejected;
        if (!b.fresh || next == Status.Held || panelRejected) _ballots[b.id] = word;
        if (next == Status.Held) {
            emit BallotHeld(b.id, word.deadline(), word.payBps());
            return;
        }
        emit BallotDecided(b.id, next, word.payBps(), word.raw());

        // interactions
        if (next == Status.Void) return;
        IMilestoneEscrow escrow = IMilestoneEscrow(key.escrow);
        if (word.isQuestion()) {
            if (next == Status.Approved) IArbitration(escrow.arbitration()).panelResult(key, b.when);
        } else if (next == Status.Approved) {
            escrow.approve(key.milestone, key.round, key.digest, word.payBps());
        } else if (next == Status.Rejected) {
            escrow.reject(key.milestone, key.round, key.digest, b.reason);
        } else {
            bool decided = word.challenged();
            escrow.escalate(key.milestone, key.round, key.digest, decided, decided ? word.payBps() : 0);
        }
    }

    /// @dev Whether the submission still waits for this ballot (a question: whether its dispute is open).
    function _current(Key memory key) private view returns (bool) {
        if (key.milestone == CLAIM) {
            uint256[5] memory claim = IEscrowWords(key.escrow).warrantyClaim();
            bool contested = claim[EscrowWords.CLAIM_STATE] == uint256(ClaimState.Contested);
            return key.question != 0 && contested && claim[EscrowWords.CLAIM_ROUND] == key.round;
        }
        (uint256 state, uint256 round, bytes32 digest, , ) = IEscrowWords(key.escrow).submission(key.milestone);
        State waits = key.question == 0 ? State.Submitted : State.Disputed;
        return state == uint256(waits) && round == key.round && digest == key.digest;
    }

    function _emitOpened(bytes32 id, Key memory key, BallotWord word) private {
        emit BallotOpened(
            id,
            key.escrow,
            key.milestone,
            key.round,
            key.question,
            key.payBps,
            key.digest,
            word.version(),
            word.policy(),
            word.deadline()
        );
    }

    function _dispute(Key memory key) private pure returns (bytes32) {
        return keccak256(abi.encode(key.escrow, key.milestone, key.round));
    }

    function _bit(uint8 seat) private pure returns (uint64) {
        return seat < 64 ? uint64(1) << seat : 0;
    }

    function _now() private view returns (uint40) {
        return uint40(block.timestamp);
    }
}
