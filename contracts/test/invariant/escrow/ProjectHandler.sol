// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    Auth,
    ChangeOp,
    ChangeOrder,
    ClaimState,
    IMilestoneEscrow,
    Ledger,
    Milestone,
    MilestoneChange,
    PayeeChange,
    Settlement,
    State
} from "../../../src/interfaces/IMilestoneEscrow.sol";
import {Cast} from "./ProjectStore.sol";
import {ProjectEnd} from "./ProjectEnd.sol";

/// @dev Every role, a stranger, a donor, an issuer that bans anyone and calls back, and time. An action looks for something
/// that its role can do now; if there is nothing, or the call is refused, it is no move (`vm.assume`).
contract ProjectHandler is ProjectEnd {
    uint256 private _asides;

    constructor(Cast memory cast) ProjectEnd(cast) {}

    /// @dev What is always possible must not crowd out the rest: at most one aside for each move, one to start with.
    modifier aside() {
        vm.assume(_asides <= moves + 4 * lives || dead);
        ++_asides;
        _;
    }

    /// @dev With no milestone in one of the states of `mask`: the next project, if this one is over.
    modifier needs(uint256 mask) {
        if (!_any(mask)) {
            vm.assume(_renewed());
            return;
        }
        _;
    }

    // ---- money

    function fund(uint8 funder, uint96 amount) external {
        vm.assume(paidIn < 2_500 || _allDecided());
        _fund(funder % 2, uint96(1 + (amount % 900)));
    }

    function donate(uint96 amount) external aside {
        amount = uint96(1 + (amount % 50));
        _c.token.mint(address(_c.escrow), amount);
        donated += amount;
    }

    function sync() external aside {
        _run(STRANGER, abi.encodeCall(IMilestoneEscrow.sync, ()));
    }

    /// @dev The client wants its money back: what is free, or notice.
    function retreat(uint96 amount, uint8 what) external {
        if (what % 8 == 0) {
            _run(_c.client, abi.encodeCall(IMilestoneEscrow.cancel, (_self())));
            return;
        }
        uint96 pool = _c.escrow.ledger().pool;
        vm.assume(pool != 0);
        _run(_c.client, abi.encodeCall(IMilestoneEscrow.unfund, (1 + (amount % pool), _self())));
    }

    /// @dev Credits are claimed, refunds pushed.
    function collect(uint256 who, bool elsewhere) external {
        address[11] memory all = accounts_();
        for (uint256 i; i < 11; ++i) {
            address account = all[addmod(who, i, 11)];
            if (_c.escrow.credit(account) == 0 || _c.token.banned(elsewhere ? address(0xd00d) : account)) continue;
            address to = elsewhere ? address(0xd00d) : account;
            _run(account, abi.encodeCall(IMilestoneEscrow.claim, (account, to, _self())));
            return;
        }
        _run(STRANGER, abi.encodeCall(IMilestoneEscrow.refund, ()));
    }

    /// @dev The issuer: whom it bans, how it refuses, and whom it calls back.
    function issuer(uint256 who, bool value, bool answersFalse, uint8 call_) external aside {
        _c.token.ban(accounts_()[who % 11], value);
        _c.token.setAnswer(answersFalse);
        bytes[4] memory calls = [
            bytes(""),
            abi.encodeCall(IMilestoneEscrow.refund, ()),
            abi.encodeCall(IMilestoneEscrow.sync, ()),
            abi.encodeCall(IMilestoneEscrow.lapse, (uint8(who % 4)))
        ];
        _c.token.setHook(address(_c.escrow), calls[call_ % 4]);
    }

    // ---- the work; who has nothing before it first brings a milestone there

    function submit(uint8 m, uint256 digest) external needs(0x0b) {
        if (!_any(0x0a)) _fundNext();
        _submit(_find(m, 0x0a), digest);
    }

    function approve(uint8 m, uint16 bps) external needs(0x0f) {
        uint8 at_ = _submitted(m);
        Milestone memory s = _c.escrow.milestone(at_);
        uint16 pay = bps % 3 == 0 ? 10_000 : uint16(1 + (bps % 10_000));
        _run(_c.gate, abi.encodeCall(IMilestoneEscrow.approve, (at_, s.round, s.digest, pay)));
    }

    function reject(uint8 m) external needs(0x0f) {
        _reject(_submitted(m));
    }

    function escalate(uint8 m, bool decided, uint16 bps) external needs(0x0f) {
        _escalate(_submitted(m), decided, uint16(bps % 10_001));
    }

    function dispute(uint8 m) external needs(0x0f) {
        if (!_any(0x08)) _reject(_submitted(m));
        uint8 at_ = _find(m, 0x08);
        _run(_c.worker, abi.encodeCall(IMilestoneEscrow.dispute, (at_, bytes32("why"), _self())));
    }

    function rule(uint8 m, uint16 bps, bool isFinal) external {
        uint16 pay = uint16(bps % 10_001);
        if (_c.escrow.warrantyClaim().state == ClaimState.Contested) {
            uint8 number = _c.escrow.warrantyClaim().round;
            _run(_c.arbitration, abi.encodeCall(IMilestoneEscrow.rule, (255, number, pay, isFinal)));
            return;
        }
        vm.assume(_any(0x1f));
        if (!_any(0x10)) _escalate(_submitted(m), bps % 2 == 0, pay);
        uint8 at_ = _find(m, 0x10);
        uint8 round = _c.escrow.milestone(at_).round;
        _run(_c.arbitration, abi.encodeCall(IMilestoneEscrow.rule, (at_, round, pay, isFinal)));
    }

    // ---- exits

    function lapse(uint8 m) external {
        if (_claimOpen() && m % 2 == 0) {
            _run(STRANGER, abi.encodeCall(IMilestoneEscrow.lapse, (255)));
            return;
        }
        (uint8 first, uint256 exitAt) = _earliest();
        // Somebody forgot: rarely, and once it is due always.
        vm.assume(exitAt != 0 && (exitAt < time || m % 4 == 0));
        if (exitAt >= time) time = exitAt + 1;
        _run(STRANGER, abi.encodeCall(IMilestoneEscrow.lapse, (first)));
    }

    /// @dev The contributor waits (rarely with work under way) until it may.
    function terminate(uint8 m) external {
        vm.assume(!_any(0x1e) || m % 2 == 0);
        uint8 at_ = _find(m, 1);
        uint256 from = uint256(_c.escrow.terms().start) + (uint256(_c.escrow.milestone(at_).fundBy) + 14) * 1 days;
        if (time <= from) time = from + 1;
        _run(_c.worker, abi.encodeCall(IMilestoneEscrow.terminate, (at_, _self())));
    }

    // ---- both parties: the client calls, the other's wallet agrees to everything

    function settle(uint8 m, uint16 bps, bool waive) external {
        if (_renewed()) return;
        Settlement memory s;
        if (_claimOpen()) (s.m, s.round) = (255, _c.escrow.warrantyClaim().round);
        else if (_allDecided()) s.m = 254;
        else {
            s.m = _find(m, 0x1e);
            s.round = _c.escrow.milestone(s.m).round;
        }
        (s.version, s.payBps, s.waiveLate) = (_c.escrow.terms().version, uint16(bps % 10_001), waive);
        _run(_c.client, abi.encodeCall(IMilestoneEscrow.settle, (s, _self(), _agrees(_c.worker, 7, s.m))));
    }

    function amend(uint8 m, uint8 op, uint96 amount, uint16 due) external needs(0x0f) {
        ChangeOp what = ChangeOp(op % 3);
        vm.assume(what != ChangeOp.Add || _count < 6);
        uint8 at_ = what == ChangeOp.Add ? _count : _find(m, 0x0f);
        uint256 start = _c.escrow.terms().start;
        uint16 days_ = uint16((time > start ? (time - start) / 1 days : 0) + 20 + (due % 60));
        uint96 most = what == ChangeOp.Set && _c.escrow.ledger().pool < 400 ? _c.escrow.milestone(at_).amount : 400;
        ChangeOrder memory o;
        o.milestones = new MilestoneChange[](1);
        o.milestones[0] = MilestoneChange(at_, what, 1 + (amount % most), days_ + 10, days_, m % 2);
        _amend(o, new Auth[](0));
    }

    /// @dev Noa's share falls, the contributor's rises: with her consent, or it must fail.
    function amendShares(uint16 part, uint8 rarely) external {
        bool consents = rarely % 8 != 0;
        part = 1 + (part % 200);
        vm.assume(_weights[2] > part && !_allDecided());
        ChangeOrder memory o;
        o.payees = new PayeeChange[](2);
        o.payees[0] = PayeeChange(0, _payees[0], _weights[0] + part);
        o.payees[1] = PayeeChange(2, _payees[2], _weights[2] - part);
        Auth[] memory payees = new Auth[](consents ? 1 : 0);
        if (consents) payees[0] = _agrees(_c.noa, 8, 0);
        // Without consent the call fails, or E9 finds a share that changed.
        if (consents) (_weights[0], _weights[2]) = (_weights[0] + part, _weights[2] - part);
        _amend(o, payees);
    }

    function changePayee(uint256 who) external aside {
        address next = who % 3 == 0 ? _c.mia : address(uint160(0xa000 + (who % 5)));
        (address[] memory now_, ) = _c.escrow.payees();
        // The escrow keeps one successor: a successor in force becomes the payee first.
        (address was, uint256 wasAt) = (_next[1], _nextAt[1]);
        if (wasAt != 0 && time > wasAt) _payees[1] = was;
        (_next[1], _nextAt[1]) = next == now_[1] ? (address(0), 0) : (next, time + 72 hours);
        _run(now_[1], abi.encodeCall(IMilestoneEscrow.changePayee, (1, next, _self())));
    }

    // ---- warranty

    function warranty(uint96 amount, uint8 what) external {
        if (_renewed()) return;
        vm.assume(_allDecided());
        ClaimState state = _c.escrow.warrantyClaim().state;
        if (state == ClaimState.Open) {
            _run(_c.worker, abi.encodeCall(IMilestoneEscrow.answerClaim, (what % 3 == 0, bytes32("why"), _self())));
            return;
        }
        uint96 pot = _c.escrow.ledger().holdback;
        vm.assume(pot != 0);
        if (state != ClaimState.None || time > uint256(_c.escrow.progress().lastDecidedAt) + 30 days) {
            _run(STRANGER, abi.encodeCall(IMilestoneEscrow.endWarranty, ()));
            return;
        }
        _run(_c.client, abi.encodeCall(IMilestoneEscrow.openClaim, (1 + (amount % pot), bytes32("why"), _self())));
    }

    // ---- what nobody may do

    /// @dev A stranger, or a party in another's place, with arguments that would be right.
    function intrude(uint8 m, uint8 who, uint8 what) external aside {
        m %= _count;
        Milestone memory s = _c.escrow.milestone(m);
        address[4] memory people = [STRANGER, _c.client, _c.worker, _c.cofunder];
        bytes[6] memory calls = [
            abi.encodeCall(IMilestoneEscrow.approve, (m, s.round, s.digest, 10_000)),
            abi.encodeCall(IMilestoneEscrow.reject, (m, s.round, s.digest, bytes32("no"))),
            abi.encodeCall(IMilestoneEscrow.escalate, (m, s.round, s.digest, true, 10_000)),
            abi.encodeCall(IMilestoneEscrow.rule, (m, s.round, 10_000, true)),
            abi.encodeCall(IMilestoneEscrow.changePayee, (2, STRANGER, _self())),
            abi.encodeCall(IMilestoneEscrow.unfund, (1, _self()))
        ];
        if (what % 6 == 5) vm.assume(who % 4 != 1);
        vm.warp(time);
        vm.prank(people[who % 4]);
        (bool ok, ) = address(_c.escrow).call(calls[what % 6]);
        _must(
            !ok,
            what % 6 == 4
                ? 9
                : what % 6 == 5
                    ? 8
                    : 14,
            "somebody else moved it"
        );
    }

    // ---- time: a while, or to the edge of an exit

    function pass(uint256 seconds_) external aside {
        time += 1 + (seconds_ % 2 days);
    }

    /// @dev To the last second of the first exit to come, or right after it; rarely if nobody holds anything.
    function passToExit(uint8 rarely, uint8 off) external aside {
        vm.assume(rarely % 4 == 0 || _claimOpen() || _any(0x1c));
        (uint8 m, uint256 first) = _earliest();
        if (_claimOpen()) first = _claimExit();
        vm.assume(first + (off % 2) > time && m < 16);
        time = first + (off % 2);
    }

    // ---- inside

    /// @dev Over: decided, paid out, nothing waits. Then the next project starts.
    function _renewed() private returns (bool) {
        if (!_allDecided() || _claimOpen()) return false;
        Ledger memory l = _c.escrow.ledger();
        if (l.booked != l.credits || dead) return false;
        _another();
        return true;
    }

    function _fund(uint8 funder, uint96 amount) private {
        address payer = funder == 0 ? _c.client : _c.cofunder;
        _c.token.ban(payer, false);
        _c.token.mint(payer, amount);
        vm.prank(payer);
        _c.token.approve(address(_c.escrow), amount);
        _run(payer, abi.encodeCall(IMilestoneEscrow.fund, (funder, amount)));
    }

    function _fundNext() private {
        _fund(0, 1_000);
        vm.assume(_any(0x02));
    }

    function _submit(uint8 m, uint256 digest) private {
        bytes32 hash = keccak256(abi.encode(digest % 4));
        _run(_c.worker, abi.encodeCall(IMilestoneEscrow.submit, (m, hash, _self())));
    }

    function _submitted(uint8 m) private returns (uint8) {
        if (!_any(0x04)) {
            if (!_any(0x0a)) _fundNext();
            _submit(_find(m, 0x0a), m);
        }
        return _find(m, 0x04);
    }

    function _reject(uint8 m) private {
        Milestone memory s = _c.escrow.milestone(m);
        _run(_c.gate, abi.encodeCall(IMilestoneEscrow.reject, (m, s.round, s.digest, bytes32("no"))));
    }

    function _escalate(uint8 m, bool decided, uint16 bps) private {
        Milestone memory s = _c.escrow.milestone(m);
        _run(_c.gate, abi.encodeCall(IMilestoneEscrow.escalate, (m, s.round, s.digest, decided, bps)));
    }

    /// @dev A milestone in one of the states of `mask`, from `m` on.
    function _find(uint8 m, uint256 mask) private view returns (uint8) {
        for (uint8 i; i < _count; ++i) {
            uint8 at_ = uint8((uint256(m) + i) % _count);
            if ((mask >> uint8(last[at_])) & 1 != 0) return at_;
        }
        vm.assume(false);
        return 0;
    }

    /// @dev Whether some milestone is in one of the states of `mask`.
    function _any(uint256 mask) private view returns (bool) {
        for (uint8 m; m < _count; ++m) if ((mask >> uint8(last[m])) & 1 != 0) return true;
        return false;
    }

    function _amend(ChangeOrder memory o, Auth[] memory payees) private {
        o.version = _c.escrow.terms().version + 1;
        o.termsHash = keccak256("change order");
        Auth memory worker = _agrees(_c.worker, 8, 0);
        _run(_c.client, abi.encodeCall(IMilestoneEscrow.amend, (o, "", "", "", _self(), worker, payees)));
    }

    function _self() private pure returns (Auth memory) {
        return Auth(0, 0, "");
    }

    function _agrees(address who, uint8 purpose, uint8 index) private view returns (Auth memory) {
        uint256 nonce = _c.escrow.nonces(who, _c.escrow.intentKey(purpose, index));
        return Auth(nonce, type(uint48).max, "yes");
    }
}
