// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IArbitration} from "../interfaces/IArbitration.sol";
import {ClaimState, IMilestoneEscrow, Milestone, State, WarrantyClaim} from "../interfaces/IMilestoneEscrow.sol";
import {IMilestoneGate} from "../interfaces/IMilestoneGate.sol";
import {BodyState} from "./BallotWord.sol";
import {Bytes} from "./Bytes.sol";
import {Ladder} from "./Ladder.sol";
import {PolicyRecord} from "./PolicyRecord.sol";
import {PolicyWords} from "./PolicyWord.sol";
import {Rosters} from "./Roster.sol";

/// @title Arbitration
/// @notice See `IArbitration`. A rung's clock starts where the one before it ended, so the ladder is a function of what
/// happened and of time; `poke` only records it. Money here is deposits and bonds, booked per dispute in the token that was
/// the project's when the dispute opened.
contract Arbitration is IArbitration, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;
    using Bytes for bytes;
    using Ladder for IArbitration.Policy;

    uint8 internal constant CLAIM = 255;

    /// @dev Slots: escrow to version · pin to openedBps · challenger, bond · one depositor per side, where it is not the party
    /// itself. `marks`: see `_APPEALED` and what follows. `version`: roster version that was in force, and with it the ladder.
    /// `pin`: hash of parties, token and policies. They are read from the escrow's code each time; the pin keeps a contract that
    /// replaces its code from paying deposits out in another token or amount than they came in.
    struct Dispute {
        address escrow;
        uint8 milestone;
        uint8 round;
        Rung rung;
        uint40 start;
        uint16 standingBps;
        uint8 marks;
        uint8 version;
        bytes20 pin;
        uint40 ruleBy;
        uint40 appealEnd;
        uint16 openedBps;
        address challenger;
        uint96 bond;
        address[2] depositor;
    }

    /// @dev Bits of `marks`, the first two shifted by the side.
    uint8 private constant _APPEALED = 1;
    uint8 private constant _DEPOSITED = 4;
    uint8 private constant _SKIP_PANEL = 16;
    uint8 private constant _BY_PAYEES = 32;

    /// @dev Parties and token of a project, from its terms, and the policies in force.
    struct Parties {
        address client;
        address contributor;
        address token;
        bytes32 policyHash;
    }

    /// @inheritdoc IArbitration
    address public immutable policyBook;

    mapping(bytes32 id => Dispute dispute) private _disputes;
    mapping(address account => mapping(address token => uint256 amount)) private _credits;

    constructor(address policyBook_) {
        policyBook = policyBook_;
    }

    // ------------------------------------------------------------------------------------------------------- opening

    /// @inheritdoc IArbitration
    /// @dev Not guarded: the escrow calls it inside `challenge`. It moves no money.
    function open(uint8 milestone, uint8 round, uint16 standingBps, uint40 ruleBy, uint8 version) external {
        // checks
        bytes32 id = disputeIdOf(msg.sender, milestone, round);
        Dispute storage d = _disputes[id];
        if (d.rung != Rung.None) revert Arbitration_DisputeExists(id);
        if (standingBps > Ladder.FULL) revert Arbitration_BpsTooHigh(standingBps);

        // effects
        d.escrow = msg.sender;
        d.milestone = milestone;
        d.round = round;
        d.rung = Rung.Negotiate;
        d.start = _now();
        d.standingBps = standingBps;
        d.version = version;
        d.ruleBy = ruleBy;
        d.openedBps = standingBps;
        Parties memory parties = _parties(msg.sender, version);
        d.pin = _pinOf(parties);
        Policy memory p = _ladder(parties);
        bool skip = p.panelPolicy == Ladder.NO_PANEL || _panelDecided(msg.sender, milestone, round);
        if (skip) d.marks |= _SKIP_PANEL;
        emit DisputeOpened(id, msg.sender, milestone, round, standingBps, ruleBy, parties.token);
        emit RungEntered(id, Rung.Negotiate, _now() + p.negotiate);
    }

    /// @inheritdoc IArbitration
    function challenge(IMilestoneGate.Key calldata key) external nonReentrant {
        // checks
        IMilestoneGate gate = IMilestoneGate(IMilestoneEscrow(key.escrow).gate());
        (uint8 version, ) = gate.policyOf(key.escrow);
        Parties memory parties = _parties(key.escrow, version);
        (Side side, ) = _side(key.escrow, parties, msg.sender);
        IMilestoneGate.BallotView memory ballot = gate.status(key);
        bytes32 id = disputeIdOf(key.escrow, key.milestone, key.round);
        if (ballot.status == IMilestoneGate.Status.Held && ballot.outcome == IMilestoneGate.Status.Approved) {
            revert Arbitration_TooLate(id, ballot.deadline);
        }
        if (ballot.outcome != IMilestoneGate.Status.Held) {
            revert Arbitration_NotHeld(keccak256(abi.encode(key)), ballot.outcome);
        }
        Policy memory p = _ladder(parties);

        // effects: the dispute itself is opened by the escrow, below
        Dispute storage d = _disputes[id];
        d.challenger = msg.sender;
        if (side == Side.Payees) d.marks |= _BY_PAYEES;
        d.bond = p.bond;

        // interactions
        gate.challenged(key);
        if (d.rung != Rung.Negotiate) revert Arbitration_NoDispute(id);
        emit Challenged(id, msg.sender, side, p.bond);
        _pull(parties.token, p.bond);
    }

    // ------------------------------------------------------------------------------------------------------- ladder

    /// @inheritdoc IArbitration
    function addEvidence(bytes32 id, bytes32 evidence) external {
        Dispute storage d = _existing(id);
        if (d.rung == Rung.Closed) revert Arbitration_WrongRung(id, Rung.Closed);
        if (evidence == 0) revert Arbitration_ZeroHash();
        (Side side, ) = _side(d.escrow, _parties(d.escrow, 1), msg.sender);
        emit EvidenceAdded(id, msg.sender, side, evidence);
    }

    /// @inheritdoc IArbitration
    function appeal(bytes32 id) external nonReentrant {
        // checks
        Dispute storage d = _existing(id);
        Parties memory parties = _pinned(d);
        (Side side, ) = _side(d.escrow, parties, msg.sender);
        Policy memory p = _ladder(parties);
        _advance(id, d, p);
        bool late = d.rung == Rung.Deposit && _now() <= d.appealEnd;
        if (d.rung != Rung.Appeal && !late) revert Arbitration_WrongRung(id, d.rung);
        uint40 end = _end(d, p);
        if (_now() > end) revert Arbitration_TooLate(id, end);
        if (_hasAppealed(d.marks, side)) revert Arbitration_AlreadyAppealed(id, side);

        // effects
        d.marks |= _APPEALED << uint8(side);
        emit Appealed(id, msg.sender, side);
        if (d.rung == Rung.Appeal) {
            d.appealEnd = end;
            _enter(id, d, p, Rung.Deposit, _now());
        }
        if (_hasDeposited(d.marks, side)) _enter(id, d, p, Rung.Ruling, _now());
    }

    /// @inheritdoc IArbitration
    function deposit(bytes32 id) external nonReentrant {
        // checks
        Dispute storage d = _existing(id);
        Parties memory parties = _pinned(d);
        (Side side, bool party) = _side(d.escrow, parties, msg.sender);
        Policy memory p = _ladder(parties);
        _advance(id, d, p);
        if (d.rung < Rung.Deposit || d.rung > Rung.Fallback) revert Arbitration_WrongRung(id, d.rung);
        uint40 end = _end(d, p);
        if (_now() > end) revert Arbitration_TooLate(id, end);
        if (_hasDeposited(d.marks, side)) revert Arbitration_AlreadyDeposited(id, side);

        // effects
        d.marks |= _DEPOSITED << uint8(side);
        if (!party) d.depositor[uint8(side)] = msg.sender;
        emit Deposited(id, msg.sender, side, p.fee);
        if (d.rung == Rung.Deposit && _hasAppealed(d.marks, side)) _enter(id, d, p, Rung.Ruling, _now());

        // interactions
        _pull(parties.token, p.fee);
    }

    /// @inheritdoc IArbitration
    function rule(bytes32 id, uint16 payBps, bytes32 reason) external nonReentrant {
        // checks
        Dispute storage d = _existing(id);
        Parties memory parties = _pinned(d);
        Policy memory p = _ladder(parties);
        _advance(id, d, p);
        if (d.rung != Rung.Ruling && d.rung != Rung.Fallback) revert Arbitration_WrongRung(id, d.rung);
        address arbitrator = d.rung == Rung.Ruling ? p.arbitrator : p.fallbackArbitrator;
        if (msg.sender != arbitrator) revert Arbitration_NotArbitrator(arbitrator, msg.sender);
        uint40 end = _end(d, p);
        if (_now() > end) revert Arbitration_TooLate(id, end);
        if (payBps > Ladder.FULL) revert Arbitration_BpsTooHigh(payBps);
        if (reason == 0) revert Arbitration_ZeroHash();
        (bool disputed, uint96 amount, , ) = _subject(d.escrow, d.milestone, d.round);
        if (!disputed) revert Arbitration_WrongRung(id, Rung.Closed);

        // effects, then interactions
        emit Ruled(id, payBps, reason);
        (uint96 client, uint96 payees) = Ladder.shares(p.fee, payBps);
        uint16 result = payBps;
        uint16 shift = 0;
        if (!_hasDeposited(d.marks, Side.Client)) {
            (result, shift) = Ladder.shifted(payBps, client, amount, true);
        } else if (!_hasDeposited(d.marks, Side.Payees)) {
            (result, shift) = Ladder.shifted(payBps, payees, amount, false);
        }
        emit CostsSettled(id, client, payees, shift);
        _close(id, d, parties, Costs(p.fee, client, payees, arbitrator), Ending.Ruling, payBps, result);
    }

    /// @inheritdoc IArbitration
    /// @dev Not guarded: the gate calls it inside `poke`. It moves no money.
    function panelResult(IMilestoneGate.Key calldata key, uint40 decidedAt) external {
        // checks
        if (msg.sender != IMilestoneEscrow(key.escrow).gate()) revert Arbitration_NotGate(key.escrow, msg.sender);
        bytes32 id = disputeIdOf(key.escrow, key.milestone, key.round);
        Dispute storage d = _existing(id);
        Policy memory p = _ladder(_pinned(d));
        if (d.rung == Rung.Negotiate && !_skipsPanel(d.marks)) {
            _enter(id, d, p, Rung.Panel, d.start + p.negotiate);
        }
        if (d.rung != Rung.Panel) revert Arbitration_WrongRung(id, d.rung);

        // effects
        d.standingBps = key.payBps;
        emit PanelDecided(id, key.payBps, decidedAt);
        _enter(id, d, p, Rung.Appeal, decidedAt);

        // interactions
        IMilestoneEscrow(key.escrow).rule(key.milestone, key.round, key.payBps, false);
    }

    /// @inheritdoc IArbitration
    function poke(bytes32 id) external nonReentrant {
        Dispute storage d = _existing(id);
        if (d.rung == Rung.Closed) revert Arbitration_WrongRung(id, Rung.Closed);
        // Where the escrow has moved on, or must, nothing of the ladder may stand in the way.
        (bool disputed, , uint16 finalBps, uint40 decidedAt) = _subject(d.escrow, d.milestone, d.round);
        if (disputed && _now() > d.ruleBy) {
            IMilestoneEscrow(d.escrow).lapse(d.milestone);
            (disputed, , finalBps, decidedAt) = _subject(d.escrow, d.milestone, d.round);
        }
        Parties memory parties = _pinned(d);
        Policy memory p = _ladder(parties);
        if (!disputed) {
            _closeElsewhere(id, d, p, parties, finalBps, decidedAt);
            return;
        }
        bool moved = _advance(id, d, p);
        if (_now() > _end(d, p)) {
            uint16 standing = d.standingBps;
            _close(id, d, parties, Costs(p.fee, 0, 0, address(0)), Ending.Standing, standing, standing);
        } else if (!moved) {
            revert Arbitration_NotDue(id, _end(d, p));
        }
    }

    /// @inheritdoc IArbitration
    function claim(address account, address token, address to) external nonReentrant {
        // checks
        if (to != account && msg.sender != account) revert Arbitration_NotAccount(account, msg.sender);
        uint256 amount = _credits[account][token];
        if (amount == 0) revert Arbitration_NothingDue(account, token);

        // effects
        _credits[account][token] = 0;
        emit CreditClaimed(account, token, to, amount);

        // interactions
        if (!IERC20(token).trySafeTransfer(to, amount)) revert Arbitration_TokenRefused(account, to);
    }

    // ---------------------------------------------------------------------------------------------------------- views

    /// @inheritdoc IArbitration
    function disputeIdOf(address escrow, uint8 milestone, uint8 round) public pure returns (bytes32) {
        return keccak256(abi.encode(escrow, milestone, round));
    }

    /// @inheritdoc IArbitration
    function dispute(bytes32 id) external view returns (DisputeView memory v) {
        Parties memory parties = _pinned(_existing(id));
        Policy memory p = _ladder(parties);
        Dispute memory d = _disputes[id];
        v.escrow = d.escrow;
        v.milestone = d.milestone;
        v.round = d.round;
        (v.rung, v.until, v.due) = _clock(d, p, _now());
        v.standingBps = d.standingBps;
        v.openedBps = d.openedBps;
        v.ruleBy = d.ruleBy;
        v.token = parties.token;
        v.challenger = d.challenger;
        v.challengerSide = _challengerSide(d.marks);
        v.bond = d.bond;
        v.appealed = [_hasAppealed(d.marks, Side.Client), _hasAppealed(d.marks, Side.Payees)];
        v.depositor = [_depositor(d, parties, Side.Client), _depositor(d, parties, Side.Payees)];
        if (d.rung == Rung.Closed) return v;
        (bool disputed, , , ) = _subject(d.escrow, d.milestone, d.round);
        if (!disputed || _now() > d.ruleBy) v.due = true;
    }

    /// @inheritdoc IArbitration
    function policyOf(bytes32 id) external view returns (Policy memory) {
        return _ladder(_pinned(_existing(id)));
    }

    /// @inheritdoc IArbitration
    function panelWindow(
        address escrow,
        uint8 milestone,
        uint8 round
    ) external view returns (PanelWindow memory window) {
        Dispute storage d = _disputes[disputeIdOf(escrow, milestone, round)];
        bool ahead = d.rung == Rung.Negotiate || d.rung == Rung.Panel;
        if (!ahead || _skipsPanel(d.marks)) return window;
        Policy memory p = _ladder(_pinned(d));
        window.from = d.rung == Rung.Negotiate ? d.start + p.negotiate : d.start;
        window.until = window.from + p.panel;
        window.extendedUntil = window.until + p.panelExtension;
        window.policy = p.panelPolicy;
        window.version = d.version;
        if (milestone != CLAIM) window.digest = IMilestoneEscrow(escrow).milestone(milestone).digest;
    }

    /// @inheritdoc IArbitration
    function credit(address account, address token) external view returns (uint256) {
        return _credits[account][token];
    }

    // ------------------------------------------------------------------------------------------------------- internal

    /// @dev Records every rung that the clock has left, up to one that waits for somebody or for execution.
    /// @return moved Whether anything was recorded.
    function _advance(bytes32 id, Dispute storage d, Policy memory p) private returns (bool moved) {
        while (true) {
            Rung rung = d.rung;
            uint40 end = _end(d, p);
            if (_now() <= end) return moved;
            if (rung == Rung.Negotiate) {
                _enter(id, d, p, _skipsPanel(d.marks) ? Rung.Appeal : Rung.Panel, end);
            } else if (rung == Rung.Panel) {
                // An answer that the panel gave in time counts, recorded or not.
                if (!_answered(d)) _enter(id, d, p, Rung.Appeal, end);
            } else if (rung == Rung.Ruling && p.fallbackArbitrator != address(0)) {
                _enter(id, d, p, Rung.Fallback, end);
            } else {
                return moved;
            }
            moved = true;
        }
    }

    /// @dev Lets the gate close a question whose time is over.
    /// @return changed Whether the panel's answer moved the dispute on.
    function _answered(Dispute storage d) private returns (bool changed) {
        IMilestoneGate gate = IMilestoneGate(IMilestoneEscrow(d.escrow).gate());
        (uint8 asked, bool isOpen, uint16 payBps) = gate.questions(d.escrow, d.milestone, d.round);
        (bool disputed, , , ) = _subject(d.escrow, d.milestone, d.round);
        if (!isOpen || !disputed) return false;
        bytes32 digest = d.milestone == CLAIM ? bytes32(0) : IMilestoneEscrow(d.escrow).milestone(d.milestone).digest;
        gate.finalize(IMilestoneGate.Key(d.escrow, d.milestone, d.round, asked, payBps, digest));
        return d.rung != Rung.Panel;
    }

    function _enter(bytes32 id, Dispute storage d, Policy memory p, Rung rung, uint40 start) private {
        d.rung = rung;
        d.start = start;
        emit RungEntered(id, rung, _endOf(rung, start, p));
    }

    /// @dev Last second of the rung that is recorded; the panel's with its extension.
    function _end(Dispute storage d, Policy memory p) private view returns (uint40) {
        return _endOf(d.rung, d.start, p);
    }

    function _endOf(Rung rung, uint40 start, Policy memory p) private pure returns (uint40) {
        if (rung == Rung.Negotiate) return start + p.negotiate;
        if (rung == Rung.Panel) return start + p.panel + p.panelExtension;
        if (rung == Rung.Appeal) return start + p.appeal;
        if (rung == Rung.Deposit) return start + p.deposit;
        if (rung == Rung.Ruling) return start + p.ruling;
        if (rung == Rung.Fallback) return start + p.fallbackWindow;
        return type(uint40).max;
    }

    /// @dev Rung, last second and whether a poke is due at a second, by the clock alone (a question that waits to be closed
    /// apart). Moves `d` on.
    function _clock(
        Dispute memory d,
        Policy memory p,
        uint40 time
    ) private pure returns (Rung rung, uint40 until, bool due) {
        if (d.rung == Rung.Closed) return (Rung.Closed, 0, false);
        while (true) {
            until = _endOf(d.rung, d.start, p);
            if (time <= until) break;
            due = true;
            if (d.rung == Rung.Negotiate) d.rung = _skipsPanel(d.marks) ? Rung.Appeal : Rung.Panel;
            else if (d.rung == Rung.Panel) d.rung = Rung.Appeal;
            else if (d.rung == Rung.Ruling && p.fallbackArbitrator != address(0)) d.rung = Rung.Fallback;
            else break;
            d.start = until;
        }
        if (d.rung == Rung.Panel && time <= d.start + p.panel) until = d.start + p.panel;
        return (d.rung, until, due);
    }

    /// @dev The escrow moved on without a ruling, at second `decidedAt`. If the ruling rung had begun and not ended by then, a
    /// settlement owes the arbitrator at work its reduced fee, borne in halves; a side without a deposit leaves its half to
    /// the other. When this is recorded does not matter.
    function _closeElsewhere(
        bytes32 id,
        Dispute storage d,
        Policy memory p,
        Parties memory parties,
        uint16 finalBps,
        uint40 decidedAt
    ) private {
        address arbitrator = _atWork(d, p, decidedAt);
        Costs memory costs = Costs(p.fee, 0, 0, arbitrator);
        if (arbitrator != address(0)) {
            uint96 cost = uint96((uint256(p.fee) * p.settleFeeBps) / Ladder.FULL);
            (costs.client, costs.payees) = Ladder.shares(cost, Ladder.FULL / 2);
            emit CostsSettled(id, costs.client, costs.payees, 0);
        }
        _close(id, d, parties, costs, decidedAt > d.ruleBy ? Ending.Lapsed : Ending.Settled, finalBps, finalBps);
    }

    /// @dev Whose turn it was to rule at second `time`; zero if nobody's. What was recorded later than that is taken back.
    function _atWork(Dispute memory d, Policy memory p, uint40 time) private pure returns (address) {
        if (d.rung == Rung.Fallback && time <= d.start) {
            d.rung = Rung.Ruling;
            d.start -= p.ruling;
        }
        if (time < d.start) return address(0);
        (Rung rung, uint40 until, ) = _clock(d, p, time);
        if (time > until) return address(0);
        if (rung == Rung.Ruling) return p.arbitrator;
        return rung == Rung.Fallback ? p.fallbackArbitrator : address(0);
    }

    /// @dev Who bears what of the deposits at the end; `arbitrator` zero: all go back.
    struct Costs {
        uint96 fee;
        uint96 client;
        uint96 payees;
        address arbitrator;
    }

    /// @dev Ends the dispute: executes the decision if the escrow still waits, pays arbitrator, deposits and bond.
    /// @param decidedBps Decision without costs; it decides about the bond. @param resultBps What is executed.
    function _close(
        bytes32 id,
        Dispute storage d,
        Parties memory parties,
        Costs memory costs,
        Ending by,
        uint16 decidedBps,
        uint16 resultBps
    ) private {
        // effects
        Dispute memory m = d;
        d.rung = Rung.Closed;
        d.standingBps = resultBps;
        emit DisputeClosed(id, resultBps, by);

        // interactions
        if (by == Ending.Ruling || by == Ending.Standing) {
            IMilestoneEscrow(m.escrow).rule(m.milestone, m.round, resultBps, true);
        }
        _payDeposits(id, m, parties, costs);
        _payBond(id, m, parties, decidedBps);
    }

    function _payDeposits(bytes32 id, Dispute memory m, Parties memory parties, Costs memory costs) private {
        address clientSide = _depositor(m, parties, Side.Client);
        address payeesSide = _depositor(m, parties, Side.Payees);
        uint96 sum = costs.client + costs.payees;
        // A missing deposit leaves its share to the other; after a ruling the result has made up for it.
        if (clientSide == address(0)) (costs.client, costs.payees) = (0, sum);
        else if (payeesSide == address(0)) (costs.client, costs.payees) = (sum, 0);
        if (costs.arbitrator != address(0)) _pay(id, parties.token, costs.arbitrator, sum);
        if (clientSide != address(0)) _pay(id, parties.token, clientSide, costs.fee - costs.client);
        if (payeesSide != address(0)) _pay(id, parties.token, payeesSide, costs.fee - costs.payees);
    }

    /// @dev Back if the decision moved the challenger's way; else half (floored) to the other side's first-listed party, the
    /// rest to the treasury.
    function _payBond(bytes32 id, Dispute memory m, Parties memory parties, uint16 decidedBps) private {
        if (m.bond == 0) return;
        Side side = _challengerSide(m.marks);
        if (Ladder.moved(m.openedBps, decidedBps, side)) {
            emit BondSettled(id, m.bond, 0, 0);
            _pay(id, parties.token, m.challenger, m.bond);
            return;
        }
        uint96 half = m.bond / 2;
        emit BondSettled(id, 0, half, m.bond - half);
        _pay(id, parties.token, _firstListed(m.escrow, parties, side), half);
        _pay(id, parties.token, IMilestoneEscrow(m.escrow).treasury(), m.bond - half);
    }

    /// @dev First payee, or the client, opposite of `side`.
    function _firstListed(address escrow, Parties memory parties, Side side) private view returns (address) {
        if (side == Side.Payees) return parties.client;
        (address[] memory payees, ) = IMilestoneEscrow(escrow).payees();
        return payees[0];
    }

    function _pull(address token, uint96 amount) private {
        if (amount == 0) return;
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = IERC20(token).balanceOf(address(this)) - before;
        if (received != amount) revert Arbitration_WrongAmount(received, amount);
    }

    /// @dev Tries; a refused payment waits as a credit.
    function _pay(bytes32 id, address token, address to, uint96 amount) private {
        if (amount == 0) return;
        if (IERC20(token).trySafeTransfer(to, amount)) {
            emit Paid(id, to, amount);
        } else {
            _credits[to][token] += amount;
            emit Credited(id, to, amount);
        }
    }

    /// @dev Whose side an account is on; reverts for strangers. A clients seat speaks for the client.
    /// @return side Its side. @return party Whether it is the client or the contributor itself.
    function _side(
        address escrow,
        Parties memory parties,
        address account
    ) private view returns (Side side, bool party) {
        if (account == parties.contributor) return (Side.Payees, true);
        if (account == parties.client) return (Side.Client, true);
        IMilestoneGate gate = IMilestoneGate(IMilestoneEscrow(escrow).gate());
        (bool found, , uint8 body, , bool excluded) = gate.seatOf(escrow, account);
        if (!found || excluded || body != PolicyWords.CLIENTS) revert Arbitration_NotParty(escrow, account);
        return (Side.Client, false);
    }

    /// @dev Parties and token, from the code of the escrow's clone, and the policies of a roster version.
    function _parties(address escrow, uint8 version) private view returns (Parties memory p) {
        bytes memory code = escrow.code;
        uint256 least = Rosters.ARGS + Rosters.TERMS_HEADER;
        if (code.length < least) revert IMilestoneGate.Gate_BadLength(code.length, least);
        p.client = address(uint160(code.wordAt(Rosters.ARGS + Rosters.TERMS_CLIENT) >> 96));
        p.contributor = address(uint160(code.wordAt(Rosters.ARGS + Rosters.TERMS_CONTRIBUTOR) >> 96));
        p.token = address(uint160(code.wordAt(Rosters.ARGS + Rosters.TERMS_TOKEN) >> 96));
        p.policyHash = bytes32(code.wordAt(Rosters.ARGS + Rosters.TERMS_POLICY));
        if (version != 1) {
            p.policyHash = bytes32(IMilestoneGate(IMilestoneEscrow(escrow).gate()).rosterBytes(escrow, version));
        }
    }

    /// @dev Parties of a dispute, as they were when it opened.
    function _pinned(Dispute storage d) private view returns (Parties memory p) {
        p = _parties(d.escrow, d.version);
        if (_pinOf(p) != d.pin) revert Arbitration_Replaced(d.escrow);
    }

    function _pinOf(Parties memory p) private pure returns (bytes20) {
        return bytes20(keccak256(abi.encode(p)));
    }

    function _ladder(Parties memory p) private view returns (Policy memory) {
        bytes memory record = PolicyRecord.load(policyBook, p.policyHash);
        if (record.length == 0) revert IMilestoneGate.Gate_NoRecord(p.policyHash);
        return Ladder.ofRecord(record);
    }

    /// @dev What the dispute is about: whether the escrow still waits, the amount, and the share and second decided otherwise
    /// (a claim after which another was opened: now).
    function _subject(
        address escrow,
        uint8 milestone,
        uint8 round
    ) private view returns (bool disputed, uint96 amount, uint16 finalBps, uint40 decidedAt) {
        if (milestone == CLAIM) {
            WarrantyClaim memory w = IMilestoneEscrow(escrow).warrantyClaim();
            bool same = w.round == round;
            return (w.state == ClaimState.Contested && same, w.amount, w.standingBps, same ? w.clock : _now());
        }
        Milestone memory m = IMilestoneEscrow(escrow).milestone(milestone);
        return (m.state == State.Disputed && m.round == round, m.amount, m.standingBps, m.clock);
    }

    /// @dev Whether the panel carried the decision that stands: then it is not asked again.
    function _panelDecided(address escrow, uint8 milestone, uint8 round) private view returns (bool) {
        if (milestone == CLAIM) return false;
        bytes32 digest = IMilestoneEscrow(escrow).milestone(milestone).digest;
        IMilestoneGate gate = IMilestoneGate(IMilestoneEscrow(escrow).gate());
        IMilestoneGate.BallotView memory ballot = gate.status(
            IMilestoneGate.Key(escrow, milestone, round, 0, Ladder.FULL, digest)
        );
        uint8 panel = ballot.bodies[PolicyWords.PANEL];
        if (ballot.status == IMilestoneGate.Status.Rejected) return panel == uint8(BodyState.Rejected);
        // Escalated without a challenge: nothing was decided.
        bool challenged = _disputes[disputeIdOf(escrow, milestone, round)].challenger != address(0);
        return challenged && panel == uint8(BodyState.Approved);
    }

    function _hasAppealed(uint8 marks, Side side) private pure returns (bool) {
        return marks & (_APPEALED << uint8(side)) != 0;
    }

    function _hasDeposited(uint8 marks, Side side) private pure returns (bool) {
        return marks & (_DEPOSITED << uint8(side)) != 0;
    }

    function _skipsPanel(uint8 marks) private pure returns (bool) {
        return marks & _SKIP_PANEL != 0;
    }

    function _challengerSide(uint8 marks) private pure returns (Side) {
        return marks & _BY_PAYEES != 0 ? Side.Payees : Side.Client;
    }

    /// @dev Who deposited for a side; zero if nobody did.
    function _depositor(Dispute memory m, Parties memory parties, Side side) private pure returns (address) {
        if (!_hasDeposited(m.marks, side)) return address(0);
        address other = m.depositor[uint8(side)];
        if (other != address(0)) return other;
        return side == Side.Client ? parties.client : parties.contributor;
    }

    function _existing(bytes32 id) private view returns (Dispute storage d) {
        d = _disputes[id];
        if (d.rung == Rung.None) revert Arbitration_NoDispute(id);
    }

    function _now() private view returns (uint40) {
        return uint40(block.timestamp);
    }
}
