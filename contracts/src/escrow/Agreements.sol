// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbitration} from "../interfaces/IArbitration.sol";
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
import {Claim, Entry, Pots, Slots} from "./Slots.sol";
import {TermsCodec} from "./TermsCodec.sol";

/// @title What both parties agree on later: settlements, change orders, payees
abstract contract Agreements is Notices {
    using TermsCodec for bytes;

    bytes32 private constant SETTLE_TYPEHASH = keccak256(
        "Settle(uint8 milestone,uint8 round,uint32 version,uint16 payBps,bool waiveLate,uint256 nonce,uint48 deadline)"
    );
    // Plain literals: hashes of anything longer to spell would be computed anew at each use.
    bytes32 private constant AMEND_TYPEHASH = keccak256(
        "ChangeOrder(uint32 version,bytes32 termsHash,bytes32 policyHash,MilestoneChange[] milestones,"
        "PayeeChange[] payees,uint256 nonce,uint48 deadline)"
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

    /// @dev A change order at work: its intent, and what its milestones need of and free for the pool.
    struct Amendment {
        Context c;
        bytes head;
        uint256 needed;
        uint256 freed;
        bool policiesNeeded;
        bool grows;
    }

    // ---- settlement

    function settle(Settlement calldata s, Auth calldata client, Auth calldata contributor) external nonReentrant {
        Context memory c;
        _openFull(c);
        bytes memory head = abi.encode(SETTLE_TYPEHASH, s.m, s.round, s.version, s.payBps, s.waiveLate);
        _consent(_intent(c.a.client(), SETTLE, s.m, head), client);
        _consent(_intent(c.a.contributor(), SETTLE, s.m, head), contributor);
        if (s.version != c.r.version) revert Escrow_WrongVersion(c.r.version, s.version);
        if (s.payBps > Money.BPS) revert Escrow_BpsOutOfRange(s.payBps);
        c.cause = Cause.Joint;
        c.payBps = s.payBps;
        if (s.m == POT) {
            if (s.round != 0) revert Escrow_WrongRound(POT, 0);
            _payPotShare(c, s.payBps);
        } else if (s.m == CLAIM) {
            Claim memory k = _loadClaim();
            if (k.state == NO_CLAIM) _wrongState(CLAIM, 0);
            if (s.round != k.round) revert Escrow_WrongRound(CLAIM, k.round);
            _decideClaim(c, k);
        } else {
            _select(c, s.m);
            if (c.e.state == PLANNED || _isFinal(c.e.state)) _wrongState(s.m, c.e.state);
            if (s.round != c.e.round) revert Escrow_WrongRound(s.m, c.e.round);
            if (s.waiveLate) c.e.lateBps = 0;
            _decide(c);
        }
    }

    // ---- change order

    function amend(
        ChangeOrder calldata order,
        bytes calldata gatePolicy,
        bytes calldata arbitrationPolicy,
        Auth calldata client,
        Auth calldata contributor,
        Auth[] calldata payees_
    ) external nonReentrant {
        Amendment memory o;
        _openFull(o.c);
        if (order.version != o.c.r.version + 1) revert Escrow_WrongVersion(o.c.r.version + 1, order.version);
        if (o.c.b.decided == _count(o.c)) _wrongState(PROJECT, 2);
        o.head = _orderHead(order);
        _consent(_intent(o.c.a.client(), AMEND, 0, o.head), client);
        _consent(_intent(o.c.a.contributor(), AMEND, 0, o.head), contributor);

        o.c.r.version = order.version;
        o.c.b.flags |= Slots.RARE;
        for (uint256 i; i < order.milestones.length; ++i) _changeMilestone(o, order.milestones[i]);
        if (o.grows) _checkTotal(o);
        _changePayees(o, order.payees, payees_);
        emit IMilestoneEscrow.Amended(order.version, order.termsHash, order.policyHash);
        _finishOrder(o);
        _registerPolicies(order.policyHash, gatePolicy, arbitrationPolicy, o.policiesNeeded);
    }

    /// @dev Moves the pool by what the order needs and frees, clears a running notice, saves everything; closes the project
    /// if the order cancelled its last open milestones.
    function _finishOrder(Amendment memory o) private {
        _clearNotice(o.c);
        Pots memory p = _loadPots();
        uint256 available = p.pool + o.freed;
        if (available < o.needed) revert Escrow_Underfunded(o.needed, available);
        p.pool = available - o.needed;
        _savePots(p);
        _saveRare(o.c);
        if (o.c.b.decided == _count(o.c)) _close(o.c);
        else _saveBook(o.c);
    }

    function _changeMilestone(Amendment memory o, MilestoneChange calldata c) private {
        if (c.op == ChangeOp.Add) {
            _addMilestone(o, c);
            return;
        }
        _select(o.c, c.index);
        Entry memory e = o.c.e;
        if (e.state > REJECTED) _wrongState(c.index, e.state);
        _inTime(o.c);
        uint256 oldAmount = e.amount;
        uint256 held = _heldBy(o, e);
        o.freed += held;
        if (e.state == PLANNED) o.c.b.flags |= Slots.TOUCHED;
        if (c.op == ChangeOp.Cancel) {
            e.state = CANCELLED;
            e.standingBps = 0;
            ++o.c.b.decided;
            o.c.b.lastDecidedAt = block.timestamp;
            emit IMilestoneEscrow.MilestoneCancelled(c.index, Cause.Joint, 0, 0, uint96(held));
        } else {
            _setMilestone(o, e, c);
        }
        _saveEntry(o.c);
        emit IMilestoneEscrow.MilestoneAmended(
            c.index,
            c.op,
            uint96(oldAmount),
            uint96(e.amount),
            uint16(e.due),
            uint16(e.fundBy),
            uint8(e.profile)
        );
    }

    function _setMilestone(Amendment memory o, Entry memory e, MilestoneChange calldata c) private view {
        if (e.profile != c.profile) o.policiesNeeded = true;
        _setTerms(o, e, c);
        uint256 rounds = o.c.a.profile(e.profile).maxRounds();
        if (e.round >= rounds) revert Escrow_RoundsUsedUp(c.index, rounds);
        if (e.state != PLANNED) e.state = FUNDED;
        e.clock = 0;
        e.lateBps = 0;
        _aheadAfter(o, c.index, e);
        o.needed += _heldBy(o, e);
    }

    function _addMilestone(Amendment memory o, MilestoneChange calldata c) private {
        uint256 n = _count(o.c);
        if (c.index != n) revert Escrow_NoSuchMilestone(c.index);
        if (n == TermsCodec.MAX_MILESTONES) revert Terms_Count(0, n + 1);
        Entry memory e;
        _setTerms(o, e, c);
        _aheadAfter(o, c.index, e);
        o.needed += _heldBy(o, e);
        o.policiesNeeded = true;
        o.c.r.milestones = n + 1;
        o.c.b.flags |= Slots.TOUCHED;
        (o.c.m, o.c.e) = (c.index, e);
        _saveEntry(o.c);
        emit IMilestoneEscrow.MilestoneAmended(
            c.index,
            c.op,
            0,
            uint96(e.amount),
            uint16(e.due),
            uint16(e.fundBy),
            uint8(e.profile)
        );
    }

    function _setTerms(Amendment memory o, Entry memory e, MilestoneChange calldata c) private pure {
        TermsCodec.checkMilestone(c.index, c.amount, c.due, c.fundBy, c.profile, o.c.a.profiles());
        if (c.amount > e.amount) o.grows = true;
        (e.amount, e.due, e.fundBy, e.profile) = (c.amount, c.due, c.fundBy, c.profile);
    }

    /// @dev What a milestone holds of the project's money: its amount, or while Planned its reserved kill cover.
    function _heldBy(Amendment memory o, Entry memory e) private pure returns (uint256) {
        return e.state == PLANNED ? _reservedCover(o.c, e) : e.amount;
    }

    /// @dev A running notice ends with the order; one that ended before stays, what it ended is final.
    function _clearNotice(Context memory c) private view {
        if (c.r.cancelAt != 0 && block.timestamp <= c.r.cancelAt + NOTICE) c.r.cancelAt = 0;
    }

    /// @dev The changed milestone must have time left under the order.
    function _aheadAfter(Amendment memory o, uint256 m, Entry memory e) private view {
        uint256 notice = o.c.r.cancelAt;
        _clearNotice(o.c);
        (uint256 time, , ) = _exit(o.c, e);
        _before(m, time);
        o.c.r.cancelAt = notice;
    }

    function _checkTotal(Amendment memory o) private view {
        uint256 total;
        uint256 n = _count(o.c);
        for (uint256 m; m < n; ++m) total += Slots.amountOf(_entry(o.c, m));
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
        uint256 n = _payeeCount(o.c);
        address oldPayee;
        uint256 oldWeight;
        if (c.index < n) {
            (oldPayee, oldWeight) = _payeeOf(o.c, c.index);
            bool falls = c.weight < oldWeight || (c.payee != oldPayee && oldWeight != 0);
            // The contributor has signed the order already.
            if (falls && oldPayee != o.c.a.contributor()) {
                if (used == consents.length) revert Escrow_ConsentMissing(oldPayee);
                _consent(_intent(oldPayee, AMEND, 0, o.head), consents[used]);
                consented = true;
            }
        } else {
            if (c.index != n) revert Escrow_NoSuchPayee(c.index);
            if (n == TermsCodec.MAX_PAYEES) revert Terms_Count(1, n + 1);
            o.c.r.payees = n + 1;
        }
        if (c.payee != oldPayee) {
            _checkPayee(o.c, c.payee);
            delete _successors[c.index];
        }
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

    function _registerPolicies(
        bytes32 policyHash,
        bytes calldata gatePolicy,
        bytes calldata arbitrationPolicy,
        bool needed
    ) private {
        if (policyHash == bytes32(0) && !needed && gatePolicy.length == 0 && arbitrationPolicy.length == 0) return;
        bytes32 given = keccak256(abi.encode(gatePolicy, arbitrationPolicy));
        if (given != policyHash) revert Factory_PolicyMismatch(policyHash, given);
        IMilestoneGate(GATE).register(address(this), gatePolicy);
        IArbitration(ARBITRATION).register(address(this), arbitrationPolicy);
    }

    function _orderHead(ChangeOrder calldata order) private pure returns (bytes memory) {
        bytes32[] memory milestones = new bytes32[](order.milestones.length);
        for (uint256 i; i < milestones.length; ++i) {
            MilestoneChange calldata c = order.milestones[i];
            milestones[i] = keccak256(
                abi.encode(MILESTONE_TYPEHASH, c.index, c.op, c.amount, c.due, c.fundBy, c.profile)
            );
        }
        bytes32[] memory changed = new bytes32[](order.payees.length);
        for (uint256 i; i < changed.length; ++i) {
            PayeeChange calldata c = order.payees[i];
            changed[i] = keccak256(abi.encode(PAYEE_TYPEHASH, c.index, c.payee, c.weight));
        }
        return
            abi.encode(
                AMEND_TYPEHASH,
                order.version,
                order.termsHash,
                order.policyHash,
                keccak256(abi.encodePacked(milestones)),
                keccak256(abi.encodePacked(changed))
            );
    }

    // ---- payees

    function changePayee(uint8 index, address next, Auth calldata auth) external nonReentrant {
        Context memory c;
        _open(c);
        if (index >= _payeeCount(c)) revert Escrow_NoSuchPayee(index);
        (address current, uint256 weight) = _payeeOf(c, index);
        bytes memory head = abi.encode(CHANGE_PAYEE_TYPEHASH, index, next);
        _consent(_intent(current, CHANGE_PAYEE, index, head), auth);
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
