// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    Cause,
    ClaimState,
    IMilestoneEscrow,
    Kind,
    Milestone,
    Progress,
    State,
    Terms
} from "../../../src/interfaces/IMilestoneEscrow.sol";
import {Vm} from "../../support/approval/Vm.sol";
import {Breaches} from "../Breaches.sol";
import {IssuerToken} from "./IssuerToken.sol";

/// @dev Who is who in the project that the handler plays.
struct Cast {
    IMilestoneEscrow escrow;
    IssuerToken token;
    address client;
    address worker;
    address cofunder;
    address gate;
    address arbitration;
    address treasury;
    address mia;
    address noa;
    address maker;
}

/// @dev Creates one more project of the same people.
interface IMaker {
    function another() external returns (IMilestoneEscrow);
}

/// @dev Remembers what the contract cannot tell (money by cause, the last state of each milestone, who may be paid) and
/// checks each successful call against it. Rules by their numbers on the design page; what is broken is kept for the
/// invariant of that number.
abstract contract ProjectStore is Breaches {
    error Undeclared(bytes4 selector, bytes data);
    error BooksMoved(uint256 was, uint256 is_);

    uint256 private constant GRACE_OF_LATE_CALLS = 86 days;

    Cast internal _c;
    uint256 public time;
    uint256 public moves;
    uint256 public lives;
    bool public dead;

    // Money, by what the events say; the token's own count is the witness.
    uint256 public paidIn;
    uint256 public donated;
    uint256 public net;
    uint256 public fees;
    uint256 public refunded;
    uint256 public credited;
    uint256 public claimed;
    uint256 public feesRefused;
    uint256 public feesClaimed;

    // The last state seen.
    uint8 internal _count;
    State[16] public last;
    uint8[16] internal _rounds;
    bytes32[16] internal _final;
    uint8[16] internal _decisions;
    uint40 internal _finalBy;
    bytes32 internal _agreed;
    address[] internal _payees;
    uint16[] internal _weights;
    address[8] internal _next;
    uint256[8] internal _nextAt;

    constructor(Cast memory cast) {
        _c = cast;
        time = block.timestamp;
        _begin();
    }

    /// @dev The ghosts of a project that has just been created.
    function _begin() private {
        _finalBy = _c.escrow.finalBy();
        _count = _c.escrow.terms().milestones;
        _agreed = _agreement();
        (_payees, _weights) = _c.escrow.payees();
    }

    /// @dev The old project is over; the next one starts, with the same people.
    function _another() internal {
        // Equal terms at an equal second would be the same project.
        ++time;
        vm.warp(time);
        _c.escrow = IMaker(_c.maker).another();
        (paidIn, donated, net, fees, refunded) = (0, 0, 0, 0, 0);
        (credited, claimed, feesRefused, feesClaimed) = (0, 0, 0, 0);
        delete last;
        delete _rounds;
        delete _final;
        delete _decisions;
        delete _next;
        delete _nextAt;
        _c.token.setHook(address(0), "");
        ++lives;
        _begin();
    }

    // ---- one call

    /// @dev A call that fails must fail by a declared error and leave books and balance alone; it is no move of this run. What
    /// succeeds is followed.
    function _run(address from, bytes memory data) internal {
        vm.warp(time);
        uint256 balance = _c.token.balanceOf(address(_c.escrow));
        uint256 booked = _c.escrow.ledger().booked;
        vm.recordLogs();
        vm.prank(from);
        (bool ok, bytes memory answer) = address(_c.escrow).call(data);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        if (!ok) {
            bytes4 selector = bytes4(answer);
            bool bare = answer.length < 4 || selector == 0x4e487b71 || selector == 0x08c379a0;
            if (bare && !dead) revert Undeclared(selector, data);
            uint256 now_ = _c.escrow.ledger().booked;
            if (now_ != booked || balance != _c.token.balanceOf(address(_c.escrow))) revert BooksMoved(booked, now_);
            vm.assume(false);
        }
        ++moves;
        _must(_c.token.reentered() == 0, 1, "a call inside a transfer went through");
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].emitter == address(_c.escrow)) _read(logs[i], bytes4(data));
        }
        _follow(bytes4(data));
    }

    // ---- events: money and its cause

    function _read(Vm.Log memory log, bytes4 op) private {
        bytes32 topic = log.topics[0];
        if (topic == IMilestoneEscrow.Decided.selector) _decided(log, op);
        else if (topic == IMilestoneEscrow.MilestoneCancelled.selector) _cancelled(log, op);
        else if (topic == IMilestoneEscrow.HoldbackReleased.selector) _potPaid(log);
        else if (topic == IMilestoneEscrow.Refunded.selector) refunded += abi.decode(log.data, (uint96));
        else if (topic == IMilestoneEscrow.Funded.selector) _funded(log);
        else if (topic == IMilestoneEscrow.Synced.selector) _synced(log);
        else if (topic == IMilestoneEscrow.Credited.selector) _credit(log);
        else if (topic == IMilestoneEscrow.CreditClaimed.selector) _collect(log);
    }

    function _funded(Vm.Log memory log) private {
        (uint96 amount, ) = abi.decode(log.data, (uint96, uint96));
        paidIn += amount;
    }

    function _synced(Vm.Log memory log) private {
        (uint96 amount, ) = abi.decode(log.data, (uint96, uint96));
        _must(amount == donated, 2, "sync books what was donated");
        paidIn += amount;
        donated -= amount;
    }

    function _credit(Vm.Log memory log) private {
        (uint96 amount, Kind kind) = abi.decode(log.data, (uint96, Kind));
        credited += amount;
        if (kind == Kind.Fee) feesRefused += amount;
    }

    function _collect(Vm.Log memory log) private {
        uint96 amount = abi.decode(log.data, (uint96));
        claimed += amount;
        if (log.topics[1] == bytes32(uint256(uint160(_c.treasury)))) feesClaimed += amount;
    }

    struct Decision {
        uint8 round;
        bytes32 digest;
        Cause cause;
        uint16 payBps;
        uint16 lateBps;
        uint96 gross;
        uint96 lateCredit;
        uint96 holdback;
        uint96 fee;
        uint96 net;
        uint96 refundable;
    }

    function _decided(Vm.Log memory log, bytes4 op) private {
        uint8 m = uint8(uint256(log.topics[1]));
        Decision memory d = abi.decode(log.data, (Decision));
        _must(++_decisions[m] == 1, 3, "decided twice");
        uint256 amount = _c.escrow.milestone(m).amount;
        uint256 parts = uint256(d.lateCredit) + d.holdback + d.fee + d.net;
        _must(d.gross == parts, 2, "parts of a decision");
        _must(uint256(d.gross) - d.lateCredit + d.refundable == amount, 2, "a decision splits the whole amount");
        _must(d.gross == (amount * d.payBps) / 10_000, 2, "share of a decision");
        _fee(d.fee, d.net);
        _must(d.payBps != 0 || d.fee == 0, 15, "fee on a refund");
        _must(_grounded(d.cause, op, m), 4, "cause of a decision");
        net += d.net;
        fees += d.fee;
    }

    /// @dev No payment without its ground: the gate's word, a ruling, both parties, or a clock that ran out.
    function _grounded(Cause cause, bytes4 op, uint8 m) private view returns (bool) {
        State from = last[m];
        if (op == IMilestoneEscrow.approve.selector) return cause == Cause.Gate && from == State.Submitted;
        if (op == IMilestoneEscrow.rule.selector) return cause == Cause.Ruling && from == State.Disputed;
        if (op == IMilestoneEscrow.settle.selector) return cause == Cause.Joint && from != State.Planned;
        if (op != IMilestoneEscrow.lapse.selector) return false;
        if (cause == Cause.Silence) return from == State.Submitted;
        if (cause == Cause.Standing) return from == State.Disputed;
        return cause == Cause.Default && (from == State.Funded || from == State.Rejected);
    }

    function _cancelled(Vm.Log memory log, bytes4 op) private {
        uint8 m = uint8(uint256(log.topics[1]));
        (Cause cause, uint96 kill, uint96 fee, ) = abi.decode(log.data, (Cause, uint96, uint96, uint96));
        _must(++_decisions[m] == 1, 3, "ended twice");
        _fee(fee, kill - fee);
        _must(kill <= (uint256(_c.escrow.milestone(m).amount) * 1_500) / 10_000, 2, "kill fee above its cover");
        bool joint = op == IMilestoneEscrow.amend.selector;
        _must(joint == (cause == Cause.Joint) && (!joint || kill == 0), 4, "cause of a cancellation");
        net += kill - fee;
        fees += fee;
    }

    function _potPaid(Vm.Log memory log) private {
        (uint96 amount, uint96 fee, uint96 part, ) = abi.decode(log.data, (uint96, uint96, uint96, uint96));
        _must(amount == fee + part, 2, "parts of the pot");
        _fee(fee, part);
        net += part;
        fees += fee;
    }

    /// @dev E15: the agreed part of what reaches payees, floored.
    function _fee(uint256 fee, uint256 part) private {
        _must(fee == ((fee + part) * 100) / 10_000, 15, "fee is 1 % of what payees and treasury share");
    }

    // ---- state

    function _follow(bytes4 op) private {
        bool amended = op == IMilestoneEscrow.amend.selector;
        uint8 n = _c.escrow.terms().milestones;
        _must(n == _count || (amended && n == _count + 1), 8, "number of milestones");
        _count = n;
        for (uint8 m; m < n; ++m) _milestone(m, op);
        uint40 latest = _c.escrow.finalBy();
        // Callers who come late move the warranty's start, and nothing else.
        bool decidedNow = _c.escrow.progress().lastDecidedAt == uint40(time);
        uint256 late = decidedNow ? time + GRACE_OF_LATE_CALLS : 0;
        _must(amended || latest <= _finalBy || latest <= late, 11, "finalBy rose");
        _finalBy = latest;
        bytes32 agreed = _agreement();
        _must(amended || agreed == _agreed, 8, "fee, parties or windows changed alone");
        _agreed = agreed;
        _checkPayees();
    }

    function _milestone(uint8 m, bytes4 op) private {
        Milestone memory s = _c.escrow.milestone(m);
        State from = last[m];
        if (from >= State.Released) _must(_final[m] == keccak256(abi.encode(s)), 3, "a final milestone changed");
        else if (s.state >= State.Released) _final[m] = keccak256(abi.encode(s));
        if (from != s.state) {
            bool byOrder = op == IMilestoneEscrow.amend.selector;
            _must(_allowed(from, s.state) || (byOrder && _amendable(from, s.state)), 4, "not on the graph");
            _must(!_ofGate(op) || from == State.Submitted, 14, "the gate moved what was not Submitted");
        }
        bool next = s.round == _rounds[m] + 1 && op == IMilestoneEscrow.submit.selector;
        _must(s.round == _rounds[m] || next, 16, "a round was skipped or used again");
        (last[m], _rounds[m]) = (s.state, s.round);
    }

    function _ofGate(bytes4 op) private pure returns (bool) {
        return
            op == IMilestoneEscrow.approve.selector ||
            op == IMilestoneEscrow.reject.selector ||
            op == IMilestoneEscrow.escalate.selector;
    }

    /// @dev Section 4 of the design page.
    function _allowed(State from, State to) private pure returns (bool) {
        if (from == State.Planned) return to == State.Funded || to == State.Cancelled;
        if (from == State.Funded) return to == State.Submitted || to >= State.Released;
        if (from == State.Submitted) return to >= State.Rejected && to != State.Cancelled;
        if (from == State.Rejected) {
            return to == State.Submitted || to == State.Disputed || to == State.Refunded || to == State.Released;
        }
        return from == State.Disputed && (to == State.Released || to == State.Refunded);
    }

    /// @dev By both signatures: back to Funded, or out.
    function _amendable(State from, State to) private pure returns (bool) {
        bool open_ = from == State.Planned || from == State.Funded || from == State.Submitted || from == State.Rejected;
        return open_ && (to == State.Funded || to == State.Cancelled);
    }

    /// @dev E8: what only both parties may change.
    function _agreement() private view returns (bytes32 hash) {
        Terms memory t = _c.escrow.terms();
        hash = keccak256(abi.encode(t.client, t.contributor, t.token, t.feeBps, t.warrantyDays, t.start, t.version));
        for (uint8 m; m < t.milestones; ++m) {
            Milestone memory s = _c.escrow.milestone(m);
            hash = keccak256(abi.encode(hash, _c.escrow.profile(m), s.amount, s.due, s.fundBy, s.policy));
        }
    }

    /// @dev E9: shares and addresses as agreed; a successor counts after its 72 hours.
    function _checkPayees() private {
        (address[] memory accounts, uint16[] memory weights) = _c.escrow.payees();
        _must(accounts.length == _payees.length, 9, "number of payees");
        for (uint256 i; i < _payees.length && i < accounts.length; ++i) {
            address expected = _nextAt[i] != 0 && time > _nextAt[i] ? _next[i] : _payees[i];
            _must(accounts[i] == expected, 9, "a payee was replaced");
            _must(weights[i] == _weights[i], 9, "a share changed");
        }
    }

    // ---- views for the invariants

    function accounts_() public view returns (address[11] memory all) {
        all = [
            _c.client,
            _c.cofunder,
            _c.worker,
            _c.mia,
            _c.noa,
            _c.treasury,
            address(0xa000),
            address(0xa001),
            address(0xa002),
            address(0xa003),
            address(0xa004)
        ];
    }

    /// @dev Whether the claim waits for someone.
    function _claimOpen() internal view returns (bool) {
        return _c.escrow.warrantyClaim().state != ClaimState.None;
    }

    function _allDecided() internal view returns (bool) {
        Progress memory p = _c.escrow.progress();
        return p.decided == p.milestones;
    }
}
