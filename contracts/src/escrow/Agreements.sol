// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    Auth,
    Cause,
    ChangeOp,
    ChangeOrder,
    IMilestoneEscrow,
    MilestoneChange,
    PayeeChange,
    Settlement
} from "../interfaces/IMilestoneEscrow.sol";
import {IMilestoneGate} from "../interfaces/IMilestoneGate.sol";
import {
    Escrow_BadPayee,
    Escrow_BpsOutOfRange,
    Escrow_ConsentMissing,
    Escrow_NoSuchMilestone,
    Escrow_NoSuchPayee,
    Escrow_RosterMismatch,
    Escrow_RoundsUsedUp,
    Escrow_Underfunded,
    Escrow_WrongRound,
    Escrow_WrongVersion,
    Factory_PolicyMismatch,
    Terms_Count,
    Terms_Total,
    Terms_WeightSum
} from "./Errors.sol";
import {Money} from "./Money.sol";
import {Notices} from "./Notices.sol";
import {Claim, Entry, Rare, Slots} from "./Slots.sol";
import {TermsCodec} from "./TermsCodec.sol";

/// @title What both parties agree on later: settlements, change orders, payees
abstract contract Agreements is Notices {
    using TermsCodec for bytes;

    bytes32 private constant SETTLE_TYPEHASH = keccak256(
        "Settle(uint8 milestone,uint8 round,uint32 version,uint16 payBps,bool waiveLate,uint256 nonce,uint48 deadline)"
    );
    // Plain literals: hashes of anything longer to spell would be computed anew at each use.
    bytes32 private constant AMEND_TYPEHASH = keccak256(
        "ChangeOrder(uint32 version,bytes32 termsHash,bytes32 policyHash,bytes32 rosterHash,"
        "MilestoneChange[] milestones,PayeeChange[] payees,uint256 nonce,uint48 deadline)"
        "MilestoneChange(uint8 index,uint8 op,uint96 amount,uint16 due,uint16 fundBy,uint8 profile)"
        "PayeeChange(uint8 index,address payee,uint16 weight)"
    );
    bytes32 private constant MILESTONE_TYPEHASH = keccak256(
        "MilestoneChange(uint8 index,uint8 op,uint96 amount,uint16 due,uint16 fundBy,uint8 profile)"
    );
    bytes32 private constant PAYEE_TYPEHASH = keccak256("PayeeChange(uint8 index,address payee,uint16 weight)");
    bytes32 private constant CHANGE_PAYEE_TYPEHASH = keccak256(
        "ChangePayee(uint8 index,address next,uint256 nonce,uint48 deadline)"
    );

    /// @dev A change order at work: its intent, what its milestones need of and free for the pool, and whether their policies
    /// must be compared with their clocks anew.
    struct Amendment {
        Context c;
        bytes head;
        uint256 needed;
        uint256 freed;
        bool recheck;
        bool grows;
    }

    // ---- settlement

    function settle(Settlement calldata s, Auth calldata client, Auth calldata contributor) external nonReentrant {
        Context memory c;
        _openFull(c);
        bytes memory head = abi.encode(SETTLE_TYPEHASH, s.m, s.round, s.version, s.payBps, s.waiveLate);
        _agrees(c.a.client(), s.m, head, client);
        _agrees(c.a.contributor(), s.m, head, contributor);
        if (s.version != c.p.version()) revert Escrow_WrongVersion(c.p.version(), s.version);
        if (s.payBps > Money.BPS) revert Escrow_BpsOutOfRange(s.payBps);
        c.cause = Cause.Joint;
        c.payBps = s.payBps;
        if (s.m == POT) {
            if (s.round != 0) revert Escrow_WrongRound(POT, 0);
            _payPotShare(c, s.payBps);
        } else if (s.m == CLAIM) {
            Claim k = _loadClaim();
            if (k.state() == NO_CLAIM) _wrongState(CLAIM, 0);
            if (s.round != k.round()) revert Escrow_WrongRound(CLAIM, k.round());
            _decideClaim(c, k);
        } else {
            _select(c, s.m);
            uint256 state = c.e.state();
            if (state == PLANNED || _isFinal(state)) _wrongState(s.m, state);
            if (s.round != c.e.round()) revert Escrow_WrongRound(s.m, c.e.round());
            if (s.waiveLate) c.e = c.e.withLateBps(0);
            _decide(c);
        }
    }

    function _agrees(address party, uint8 m, bytes memory head, Auth calldata auth) private {
        if (_signs(party, auth)) _checkSigned(party, SETTLE, m, head, auth);
    }

    // ---- change order

    function amend(
        ChangeOrder calldata order,
        bytes calldata gatePolicy,
        bytes calldata arbitrationPolicy,
        bytes calldata roster,
        Auth calldata client,
        Auth calldata contributor,
        Auth[] calldata payees_
    ) external nonReentrant {
        Amendment memory o;
        Context memory c = o.c;
        _open(c);
        _loadPots(c);
        if (order.version != c.p.version() + 1) revert Escrow_WrongVersion(c.p.version() + 1, order.version);
        if (c.b.decided() == _count(c)) _wrongState(PROJECT, 2);
        o.head = _orderHead(order);
        _signsOrder(o, c.a.client(), client);
        _signsOrder(o, c.a.contributor(), contributor);

        c.p = c.p.withVersion(order.version);
        c.b = c.b.withFlag(Slots.AMENDED);
        for (uint256 i; i < order.milestones.length; ++i) _changeMilestone(o, order.milestones[i]);
        if (o.grows) _checkTotal(c);
        _changePayees(o, order.payees, payees_);
        emit IMilestoneEscrow.Amended(order.version, order.termsHash, order.policyHash, order.rosterHash);
        _finishOrder(o);
        _changePolicies(o, order, gatePolicy, arbitrationPolicy, roster);
    }

    /// @dev A party's consent to the order. Its nonce is compared, not used: the order's version counts once anyway, and what the
    /// party has revoked does not count.
    function _signsOrder(Amendment memory o, address party, Auth calldata auth) private view {
        if (!_signs(party, auth)) return;
        _checkIntent(party, AMEND, 0, auth);
        uint256 next = nonces(party, uint192(AMEND << 8));
        if (auth.nonce != next) revert InvalidAccountNonce(party, next);
        _checkSignature(party, o.head, auth);
    }

    /// @dev Moves the pool by what the order needs and frees, clears a running notice, saves everything; closes the project
    /// if the order cancelled its last open milestones.
    function _finishOrder(Amendment memory o) private {
        Context memory c = o.c;
        if (_noticeRuns(c)) {
            c.r = c.r.withCancelAt(0);
            _saveRare(c);
        }
        uint256 available = c.p.pool() + o.freed;
        if (available < o.needed) revert Escrow_Underfunded(o.needed, available);
        c.p = c.p.withPool(available - o.needed);
        _savePots(c);
        if (c.b.decided() == _count(c)) _close(c);
        else _saveBook(c);
    }

    /// @dev Policies or seats that the order changes hold for what is opened later; else changed milestones must still fit
    /// those in force.
    function _changePolicies(
        Amendment memory o,
        ChangeOrder calldata order,
        bytes calldata gatePolicy,
        bytes calldata arbitrationPolicy,
        bytes calldata roster
    ) private {
        bytes32 rosterHash = roster.length == 0 ? bytes32(0) : keccak256(roster);
        if (rosterHash != order.rosterHash) revert Escrow_RosterMismatch(order.rosterHash, rosterHash);
        if (order.policyHash == 0 && gatePolicy.length + arbitrationPolicy.length != 0) {
            revert Factory_PolicyMismatch(0, keccak256(abi.encode(gatePolicy, arbitrationPolicy)));
        }
        if (order.policyHash != 0 || rosterHash != 0) {
            Context memory c = o.c;
            c.p = c.p.withRoster(
                IMilestoneGate(GATE).register(order.policyHash, roster, gatePolicy, arbitrationPolicy)
            );
            _savePots(c);
        } else if (o.recheck) {
            IMilestoneGate(GATE).recheck();
        }
    }

    function _changeMilestone(Amendment memory o, MilestoneChange calldata change) private {
        if (change.op == ChangeOp.Add) {
            _addMilestone(o, change);
            return;
        }
        Context memory c = o.c;
        _select(c, change.index);
        Entry e = c.e;
        if (e.state() > REJECTED) _wrongState(change.index, e.state());
        _inTime(c);
        uint256 oldAmount = e.amount();
        uint256 held = _heldBy(c, e);
        o.freed += held;
        if (e.state() == PLANNED) c.b = c.b.withFlag(Slots.TOUCHED);
        if (change.op == ChangeOp.Cancel) {
            c.e = e.withState(CANCELLED).withStandingBps(0).withClock(block.timestamp);
            c.b = c.b.withDecided(c.b.decided() + 1).withLastDecidedAt(block.timestamp);
            emit IMilestoneEscrow.MilestoneCancelled(change.index, Cause.Joint, 0, 0, uint96(held));
        } else {
            _setMilestone(o, e, change);
        }
        _saveEntry(c);
        _emitAmended(c, change, oldAmount);
    }

    function _emitAmended(Context memory c, MilestoneChange calldata change, uint256 oldAmount) private {
        Entry e = c.e;
        emit IMilestoneEscrow.MilestoneAmended(
            change.index,
            change.op,
            uint96(oldAmount),
            uint96(e.amount()),
            uint16(e.due()),
            uint16(e.fundBy()),
            uint8(e.signedProfile())
        );
    }

    function _setMilestone(Amendment memory o, Entry e, MilestoneChange calldata change) private view {
        Context memory c = o.c;
        if (e.signedProfile() != change.profile) o.recheck = true;
        e = _withTerms(o, e, change);
        uint256 rounds = c.a.profile(e.profile()).maxRounds();
        if (e.round() >= rounds) revert Escrow_RoundsUsedUp(change.index, rounds);
        if (e.state() != PLANNED) e = e.withState(FUNDED);
        e = e.withClock(0).withLateBps(0);
        _aheadAfter(c, change.index, e);
        o.needed += _heldBy(c, e);
        c.e = e;
    }

    function _addMilestone(Amendment memory o, MilestoneChange calldata change) private {
        Context memory c = o.c;
        uint256 n = _count(c);
        if (change.index != n) revert Escrow_NoSuchMilestone(change.index);
        if (n == TermsCodec.MAX_MILESTONES) revert Terms_Count(0, n + 1);
        Entry e = _withTerms(o, Entry.wrap(0), change);
        _aheadAfter(c, change.index, e);
        o.needed += _heldBy(c, e);
        o.recheck = true;
        c.p = c.p.withMilestones(n + 1);
        c.b = c.b.withFlag(Slots.TOUCHED);
        (c.m, c.e) = (change.index, e);
        _saveEntry(c);
        _emitAmended(c, change, 0);
    }

    function _withTerms(Amendment memory o, Entry e, MilestoneChange calldata change) private pure returns (Entry) {
        uint256 amount = change.amount;
        TermsCodec.checkMilestone(change.index, amount, change.due, change.fundBy, change.profile, o.c.a.profiles());
        if (amount > e.amount()) o.grows = true;
        return e.withTerms(amount, change.due, change.fundBy, change.profile);
    }

    /// @dev What a milestone holds of the project's money: its amount, or while Planned its reserved kill cover.
    function _heldBy(Context memory c, Entry e) private pure returns (uint256) {
        return e.state() == PLANNED ? _reservedCover(c, e) : e.amount();
    }

    /// @dev A running notice ends with the order; one that ended before stays, what it ended is final.
    function _noticeRuns(Context memory c) private view returns (bool) {
        uint256 notice = c.r.cancelAt();
        return notice != 0 && block.timestamp <= notice + NOTICE;
    }

    /// @dev The changed milestone must have time left under the order.
    function _aheadAfter(Context memory c, uint256 m, Entry e) private view {
        Rare r = c.r;
        if (_noticeRuns(c)) c.r = r.withCancelAt(0);
        (uint256 time, , ) = _exit(c, e);
        _before(m, time);
        c.r = r;
    }

    function _checkTotal(Context memory c) private view {
        uint256 total;
        uint256 n = _count(c);
        for (uint256 m; m < n; ++m) total += _entry(c, m).amount();
        if (total > type(uint96).max) revert Terms_Total(total);
    }

    function _changePayees(Amendment memory o, PayeeChange[] calldata changes, Auth[] calldata consents) private {
        if (changes.length == 0) return;
        uint256 used;
        for (uint256 i; i < changes.length; ++i) {
            if (_changePayee(o, changes[i], consents, used)) ++used;
        }
        uint256 sum;
        uint256 n = _payeeCount(o.c);
        for (uint256 i; i < n; ++i) {
            (, uint256 weight) = _payeeOf(o.c, i);
            // The first takes the remainders, so it must have a part.
            if (i == 0 && weight == 0) revert Terms_WeightSum(0);
            sum += weight;
        }
        if (sum != Money.BPS) revert Terms_WeightSum(sum);
    }

    /// @return consented Whether the payee's consent, number `used`, was needed and given.
    function _changePayee(
        Amendment memory o,
        PayeeChange calldata c,
        Auth[] calldata consents,
        uint256 used
    ) private returns (bool consented) {
        // Of the payees before this change: there is nothing to read behind them.
        uint256 n = _payeeCount(o.c);
        address oldPayee;
        uint256 oldWeight;
        if (c.index < n) {
            (oldPayee, oldWeight) = _payeeOf(o.c, c.index);
            bool falls = c.weight < oldWeight || (c.payee != oldPayee && oldWeight != 0);
            // The contributor has signed the order already.
            if (falls && oldPayee != o.c.a.contributor()) {
                if (used == consents.length) revert Escrow_ConsentMissing(oldPayee);
                _signsOrder(o, oldPayee, consents[used]);
                consented = true;
            }
        } else {
            if (c.index != n) revert Escrow_NoSuchPayee(c.index);
            if (n == TermsCodec.MAX_PAYEES) revert Terms_Count(1, n + 1);
        }
        if (c.payee != oldPayee) {
            _checkPayee(o.c, c.payee);
            delete _successors[c.index];
        }
        if (c.index == n) o.c.p = o.c.p.withPayees(n + 1);
        _setPayee(o.c, c.index, c.payee, c.weight);
        emit IMilestoneEscrow.PayeeChanged(c.index, oldPayee, c.payee, uint16(oldWeight), c.weight);
    }

    /// @dev Refuses an address that cannot be a payee: one that must not hold the project's money, or one listed already.
    function _checkPayee(Context memory c, address account) private view {
        if (
            account == address(0) ||
            account == address(this) ||
            account == c.a.token() ||
            account == GATE ||
            account == ARBITRATION ||
            account == TREASURY
        ) revert Escrow_BadPayee(account);
        uint256 n = _payeeCount(c);
        for (uint256 i; i < n; ++i) {
            (address other, uint256 weight) = _payeeOf(c, i);
            if (other == account && weight != 0) revert Escrow_BadPayee(account);
        }
    }

    function _orderHead(ChangeOrder calldata order) private pure returns (bytes memory) {
        bytes memory milestones;
        MilestoneChange[] calldata list = order.milestones;
        for (uint256 i; i < list.length; ++i) {
            milestones = bytes.concat(milestones, keccak256(abi.encode(MILESTONE_TYPEHASH, list[i])));
        }
        bytes memory changed;
        PayeeChange[] calldata people = order.payees;
        for (uint256 i; i < people.length; ++i) {
            changed = bytes.concat(changed, keccak256(abi.encode(PAYEE_TYPEHASH, people[i])));
        }
        return
            abi.encode(
                AMEND_TYPEHASH,
                order.version,
                order.termsHash,
                order.policyHash,
                order.rosterHash,
                keccak256(milestones),
                keccak256(changed)
            );
    }

    // ---- payees

    function changePayee(uint8 index, address next, Auth calldata auth) external nonReentrant {
        Context memory c;
        _open(c);
        if (index >= _payeeCount(c)) revert Escrow_NoSuchPayee(index);
        (address current, uint256 weight) = _payeeOf(c, index);
        if (_signs(current, auth)) {
            _checkSigned(current, CHANGE_PAYEE, index, abi.encode(CHANGE_PAYEE_TYPEHASH, index, next), auth);
        }
        // A successor already in force becomes the payee for good; one still waiting is dropped.
        _setPayee(c, index, current, weight);
        uint40 from;
        if (next == current) {
            delete _successors[index];
        } else {
            _checkPayee(c, next);
            from = uint40(block.timestamp + PAYEE_DELAY);
            _successors[index] = (uint256(uint160(next)) << 40) | from;
        }
        _saveBook(c);
        emit IMilestoneEscrow.PayeeChanging(index, current, next, from);
    }
}
