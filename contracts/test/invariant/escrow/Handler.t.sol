// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    Auth,
    ChangeOp,
    ChangeOrder,
    IMilestoneEscrow,
    Ledger,
    Milestone,
    MilestoneChange,
    PayeeChange,
    Settlement,
    State
} from "../../../src/interfaces/IMilestoneEscrow.sol";
import {Vm} from "../../support/approval/Vm.sol";
import {HostileToken} from "../../support/escrow/Actors.sol";

/// @dev Who is who in the project that the handler plays.
struct Cast {
    IMilestoneEscrow escrow;
    HostileToken token;
    address client;
    address worker;
    address cofunder;
    address gate;
    address arbitration;
    address treasury;
    address mia;
    address noa;
}

/// @dev Every role, a stranger, a donor, an issuer that bans anyone, and time. Each action is tried as a real caller would;
/// what succeeds must be a move of the state machine, what fails must say so by a declared error. Ghosts remember what
/// the contract cannot tell: money that came in, donations, the last state of each milestone.
contract Handler {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    error Undeclared(bytes4 selector, bytes data);
    error BadMove(uint8 m, State from, State to);
    error RoundReused(uint8 m, uint8 from, uint8 to);
    error FinalByRose(uint40 from, uint40 to);
    error BooksMoved(uint256 was, uint256 is_);

    Cast private _c;
    uint256 public time;
    uint256 public paidIn;
    uint256 public donated;
    uint256 public moves;
    State[16] public last;
    uint8[16] public rounds;
    uint40 public finalBy;

    constructor(Cast memory cast) {
        _c = cast;
        time = block.timestamp;
        finalBy = cast.escrow.finalBy();
    }

    // ---- money

    function fund(uint8 funder, uint96 amount) external {
        address payer = funder % 2 == 0 ? _c.client : _c.cofunder;
        amount = uint96(1 + (amount % 900));
        _c.token.mint(payer, amount);
        vm.prank(payer);
        _c.token.approve(address(_c.escrow), amount);
        if (_do(payer, abi.encodeCall(IMilestoneEscrow.fund, (funder % 2, amount)))) paidIn += amount;
    }

    function donate(uint96 amount) external {
        amount = uint96(1 + (amount % 50));
        _c.token.mint(address(_c.escrow), amount);
        donated += amount;
    }

    function sync() external {
        if (_do(address(this), abi.encodeCall(IMilestoneEscrow.sync, ()))) {
            paidIn += donated;
            donated = 0;
        }
    }

    function unfund(uint96 amount) external {
        uint96 pool = _c.escrow.ledger().pool;
        amount = pool == 0 ? 0 : 1 + (amount % pool);
        _do(_c.client, abi.encodeCall(IMilestoneEscrow.unfund, (amount, _self())));
    }

    function refund() external {
        _do(address(this), abi.encodeCall(IMilestoneEscrow.refund, ()));
    }

    function claim(uint256 who, bool elsewhere) external {
        address account = _account(who);
        address to = elsewhere ? address(0xd00d) : account;
        _do(account, abi.encodeCall(IMilestoneEscrow.claim, (account, to, _self())));
    }

    function ban(uint256 who, bool value) external {
        _c.token.setBlocked(_account(who), value);
    }

    // ---- the work

    function submit(uint8 m, uint256 digest) external {
        bytes32 hash = keccak256(abi.encode(digest % 4));
        _do(_c.worker, abi.encodeCall(IMilestoneEscrow.submit, (_m(m), hash, _self())));
    }

    function approve(uint8 m, uint16 bps) external {
        Milestone memory s = _c.escrow.milestone(_m(m));
        uint16 pay = uint16(1 + (bps % 10_000));
        _do(_c.gate, abi.encodeCall(IMilestoneEscrow.approve, (_m(m), s.round, s.digest, pay)));
    }

    function reject(uint8 m) external {
        Milestone memory s = _c.escrow.milestone(_m(m));
        _do(_c.gate, abi.encodeCall(IMilestoneEscrow.reject, (_m(m), s.round, s.digest, bytes32("no"))));
    }

    function escalate(uint8 m, bool decided, uint16 bps) external {
        Milestone memory s = _c.escrow.milestone(_m(m));
        uint16 pay = uint16(bps % 10_001);
        _do(_c.gate, abi.encodeCall(IMilestoneEscrow.escalate, (_m(m), s.round, s.digest, decided, pay)));
    }

    function dispute(uint8 m) external {
        _do(_c.worker, abi.encodeCall(IMilestoneEscrow.dispute, (_m(m), bytes32("why"), _self())));
    }

    function rule(uint8 m, uint16 bps, bool isFinal) external {
        uint8 index = m % 8 == 0 ? 255 : _m(m);
        uint8 round = index == 255 ? _c.escrow.warrantyClaim().round : _c.escrow.milestone(index).round;
        uint16 pay = uint16(bps % 10_001);
        _do(_c.arbitration, abi.encodeCall(IMilestoneEscrow.rule, (index, round, pay, isFinal)));
    }

    // ---- exits

    function lapse(uint8 m) external {
        _do(address(this), abi.encodeCall(IMilestoneEscrow.lapse, (m % 8 == 0 ? 255 : _m(m))));
    }

    function terminate(uint8 m) external {
        _do(_c.worker, abi.encodeCall(IMilestoneEscrow.terminate, (_m(m), _self())));
    }

    function cancel(uint8 rarely) external {
        if (rarely % 4 != 0) return;
        _do(_c.client, abi.encodeCall(IMilestoneEscrow.cancel, (_self())));
    }

    // ---- both parties (one calls, the other's wallet agrees to everything)

    function settle(uint8 m, uint16 bps, bool waive) external {
        uint8 index =
            m % 8 == 0
                ? 255
                : m % 8 == 1
                    ? 254
                    : _m(m);
        uint8 round;
        if (index == 255) round = _c.escrow.warrantyClaim().round;
        else if (index != 254) round = _c.escrow.milestone(index).round;
        Settlement memory s = Settlement(index, round, _c.escrow.terms().version, uint16(bps % 10_001), waive);
        _do(_c.client, abi.encodeCall(IMilestoneEscrow.settle, (s, _self(), _agreed(7, index))));
    }

    function amend(uint8 m, uint8 op, uint96 amount, uint16 due) external {
        ChangeOrder memory o;
        o.version = _c.escrow.terms().version + 1;
        o.milestones = new MilestoneChange[](1);
        uint8 index = op % 3 == 1 ? _c.escrow.terms().milestones : _m(m);
        uint16 days_ = 20 + (due % 100);
        o.milestones[0] = MilestoneChange(index, ChangeOp(op % 3), 1 + (amount % 400), days_, days_ / 2, m % 2);
        bool policies = op % 3 != 2;
        if (policies) (o.policyHash, o.rosterHash) = (keccak256("policies"), keccak256("r"));
        bytes memory r = policies ? bytes("r") : bytes("");
        bytes memory call_ = abi.encodeCall(
            IMilestoneEscrow.amend,
            (o, "", "", r, _self(), _agreed(8, 0), new Auth[](0))
        );
        // The only call that may move the latest date.
        finalBy = type(uint40).max;
        _do(_c.client, call_);
        finalBy = _c.escrow.finalBy();
    }

    function changePayee(uint256 who) external {
        address next = who % 3 == 0 ? _c.mia : address(uint160(0xa000 + (who % 5)));
        (address[] memory accounts, ) = _c.escrow.payees();
        _do(accounts[1], abi.encodeCall(IMilestoneEscrow.changePayee, (1, next, _self())));
    }

    // ---- warranty

    function openClaim(uint96 amount) external {
        uint96 pot = _c.escrow.ledger().holdback;
        amount = pot == 0 ? 1 : 1 + (amount % pot);
        _do(_c.client, abi.encodeCall(IMilestoneEscrow.openClaim, (amount, bytes32("why"), _self())));
    }

    function answerClaim(bool accept) external {
        _do(_c.worker, abi.encodeCall(IMilestoneEscrow.answerClaim, (accept, bytes32("why"), _self())));
    }

    function endWarranty() external {
        _do(address(this), abi.encodeCall(IMilestoneEscrow.endWarranty, ()));
    }

    // ---- time: a while, or to the edge of an exit

    function wait_(uint256 seconds_) external {
        _warp(time + 1 + (seconds_ % 9 days));
    }

    function waitForExit(uint8 m, int8 off) external {
        (uint40 at_, , ) = _c.escrow.exitOf(_m(m));
        int256 target = int256(uint256(at_)) + (off % 2);
        if (target > int256(time)) _warp(uint256(target));
    }

    // ---- inside

    function _warp(uint256 to) private {
        time = to;
        vm.warp(to);
    }

    function _m(uint8 m) private view returns (uint8) {
        return m % _c.escrow.terms().milestones;
    }

    function _self() private pure returns (Auth memory) {
        return Auth(0, 0, "");
    }

    function _agreed(uint8 purpose, uint8 index) private view returns (Auth memory) {
        uint256 nonce = _c.escrow.nonces(_c.worker, _c.escrow.intentKey(purpose, index));
        return Auth(nonce, type(uint48).max, "yes");
    }

    function _account(uint256 who) private view returns (address) {
        address[6] memory all = [_c.client, _c.cofunder, _c.worker, _c.mia, _c.noa, _c.treasury];
        return all[who % 6];
    }

    function _do(address from, bytes memory data) private returns (bool ok) {
        vm.warp(time);
        uint256 before = _c.token.balanceOf(address(_c.escrow));
        uint256 booked = _c.escrow.ledger().booked;
        bytes memory answer;
        vm.prank(from);
        (ok, answer) = address(_c.escrow).call(data);
        if (!ok) {
            bytes4 selector = bytes4(answer);
            bool bare = answer.length < 4 || selector == 0x4e487b71 || selector == 0x08c379a0;
            if (bare) revert Undeclared(selector, data);
            uint256 now_ = _c.escrow.ledger().booked;
            if (now_ != booked || before != _c.token.balanceOf(address(_c.escrow))) revert BooksMoved(booked, now_);
            return false;
        }
        ++moves;
        _follow();
    }

    /// @dev E3, E4, E11, E16: each milestone moved along the graph, rounds only count up, the latest date never rises.
    function _follow() private {
        uint8 n = _c.escrow.terms().milestones;
        for (uint8 m; m < n; ++m) {
            Milestone memory s = _c.escrow.milestone(m);
            State from = last[m];
            if (from != s.state && !_allowed(from, s.state)) revert BadMove(m, from, s.state);
            if (s.round < rounds[m] || s.round > rounds[m] + 1) revert RoundReused(m, rounds[m], s.round);
            last[m] = s.state;
            rounds[m] = s.round;
        }
        uint40 latest = _c.escrow.finalBy();
        // Callers who come late move the warranty's start, and nothing else.
        uint40 lateCall = _c.escrow.progress().lastDecidedAt == uint40(time) ? uint40(time) + 86 days : 0;
        if (latest > finalBy && latest > lateCall) revert FinalByRose(finalBy, latest);
        finalBy = latest;
    }

    function _allowed(State from, State to) private pure returns (bool) {
        if (from == State.Planned) return to == State.Funded || to == State.Cancelled;
        if (from == State.Funded) return to == State.Submitted || to >= State.Released;
        if (from == State.Submitted) return to != State.Planned;
        if (from == State.Rejected) return to != State.Planned;
        if (from == State.Disputed) return to == State.Released || to == State.Refunded;
        return false;
    }
}
