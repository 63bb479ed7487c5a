// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {NoncesKeyed} from "@openzeppelin/contracts/utils/NoncesKeyed.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {Auth, Cause, ClaimState, Kind, State} from "../interfaces/IMilestoneEscrow.sol";
import {
    Escrow_BadSignature,
    Escrow_NoSuchMilestone,
    Escrow_NotParty,
    Escrow_OnlyClone,
    Escrow_SignatureExpired,
    Escrow_TooEarly,
    Escrow_TooLate,
    Escrow_WrongState
} from "./Errors.sol";
import {Money} from "./Money.sol";
import {Book, Claim, Entry, Pots, Rare, Slots} from "./Slots.sol";
import {ProfileWord, TermsCodec} from "./TermsCodec.sol";

/// @title State and clocks of one escrow
/// @dev Zero storage is the valid start. All the rest of the escrow reads and writes through here.
abstract contract EscrowState is ReentrancyGuardTransient, EIP712, NoncesKeyed {
    using TermsCodec for bytes;

    // Constants of the protocol, the same for every project.
    uint256 internal constant BACKSTOP = 3 days;
    uint256 internal constant CURE = 14 days;
    uint256 internal constant FUND_LIMIT = 30 days;
    uint256 internal constant NOTICE = 7 days;
    uint256 internal constant ANSWER = 14 days;
    uint256 internal constant PAYEE_DELAY = 72 hours;

    // What `m` means beyond milestones.
    uint256 internal constant PROJECT = 253;
    uint256 internal constant POT = 254;
    uint256 internal constant CLAIM = 255;

    // `State` and `ClaimState` as words (an enum in memory is checked at every access).
    uint256 internal constant PLANNED = uint256(State.Planned);
    uint256 internal constant FUNDED = uint256(State.Funded);
    uint256 internal constant SUBMITTED = uint256(State.Submitted);
    uint256 internal constant REJECTED = uint256(State.Rejected);
    uint256 internal constant DISPUTED = uint256(State.Disputed);
    uint256 internal constant RELEASED = uint256(State.Released);
    uint256 internal constant REFUNDED = uint256(State.Refunded);
    uint256 internal constant CANCELLED = uint256(State.Cancelled);
    uint256 internal constant NO_CLAIM = uint256(ClaimState.None);
    uint256 internal constant CLAIM_OPEN = uint256(ClaimState.Open);
    uint256 internal constant CLAIM_CONTESTED = uint256(ClaimState.Contested);

    // Purposes of intents: the nonce key is `purpose << 8 | index`.
    uint256 internal constant UNFUND = 0;
    uint256 internal constant CANCEL = 1;
    uint256 internal constant OPEN_CLAIM = 2;
    uint256 internal constant SUBMIT = 3;
    uint256 internal constant DISPUTE = 4;
    uint256 internal constant TERMINATE = 5;
    uint256 internal constant ANSWER_CLAIM = 6;
    uint256 internal constant SETTLE = 7;
    uint256 internal constant AMEND = 8;
    uint256 internal constant CHANGE_PAYEE = 9;
    uint256 internal constant CLAIM_CREDIT = 10;

    /// @dev One call at work: the terms, what it read, and what the end of a milestone moves. Passed by reference, and with it
    /// the choices of the caller (cause, share): literal arguments would make the compiler copy whole functions.
    /// `b` is zero until it is read (an escrow with an entry never has a zero slot 0); `p` and `r` are read if slot 0 flags
    /// them, else they hold nothing but money and are read by whoever moves that.
    struct Context {
        bytes a;
        Book b;
        Pots p;
        Rare r;
        uint256 m;
        Entry e;
        Cause cause;
        uint256 payBps;
        uint256 defaultedAt;
        Kind kind;
        uint256 fee;
        uint256 net;
        uint256 toHoldback;
        uint256 toRefundable;
    }

    address internal immutable GATE;
    address internal immutable ARBITRATION;
    address internal immutable TREASURY;
    address private immutable _SELF = address(this);

    // Slots 0 to 3; see `Slots` for their fields.
    Book private _book;
    Pots private _pots;
    Rare private _rare;
    Claim private _claim;
    // Per milestone: its entry and the digest of its current submission.
    Entry[16] private _entries;
    bytes32[16] internal _digests;
    // Only with several funders: all that each put in.
    uint256[8] internal _contributions;
    // Only after changes: | 160 account | 16 weight | 1 set | per payee, and its successor | 160 account | 40 in force after |.
    uint256[8] internal _payees;
    uint256[8] internal _successors;
    // Refused payments.
    mapping(address account => uint256 amount) internal _credits;

    constructor(address gate_, address arbitration_, address treasury_) EIP712("Milepost Escrow", "1") {
        GATE = gate_;
        ARBITRATION = arbitration_;
        TREASURY = treasury_;
    }

    // ---- reading

    /// @dev The signed terms, from the clone's own code.
    function _args() internal view returns (bytes memory) {
        _onlyClone();
        return Clones.fetchCloneArgs(address(this));
    }

    function _onlyClone() internal view {
        if (address(this) == _SELF) revert Escrow_OnlyClone();
    }

    /// @dev Terms, slot 0, and what it flags. Fills what the caller allocated: returning a struct would allocate it once more
    /// at every step.
    function _open(Context memory c) internal view {
        c.a = _args();
        _loadBook(c);
    }

    /// @dev `_open` with slots 1 and 2 in any case.
    function _openFull(Context memory c) internal view {
        c.a = _args();
        c.b = _book;
        c.p = _pots;
        c.r = _rare;
    }

    /// @dev `_open` at milestone `m`; reverts if there is none.
    function _openAt(Context memory c, uint256 m) internal view {
        _open(c);
        _select(c, m);
    }

    /// @dev `_openAt` without slot 0 for a milestone that was submitted: its entry says all about its state.
    function _openUnderWay(Context memory c, uint256 m) internal view {
        if (m < _entries.length) {
            Entry e = _entries[m];
            if (e.state() > FUNDED) {
                (c.a, c.m, c.e) = (_args(), m, e);
                return;
            }
        }
        _openAt(c, m);
    }

    /// @dev Moves to milestone `m`; reverts if there is none.
    function _select(Context memory c, uint256 m) internal view {
        if (m >= _count(c)) revert Escrow_NoSuchMilestone(m);
        c.m = m;
        c.e = _entry(c, m);
    }

    function _loadBook(Context memory c) internal view {
        Book b = _book;
        c.b = b;
        if (b.has(Slots.RARE)) c.r = _rare;
        if (b.has(Slots.AMENDED)) c.p = _pots;
    }

    function _saveBook(Context memory c) internal {
        _book = c.b;
    }

    /// @dev Slot 1 fresh from storage. It is zero while nothing is booked, change orders apart.
    function _loadPots(Context memory c) internal view {
        if (c.b.booked() != 0 || c.b.has(Slots.AMENDED)) c.p = _pots;
    }

    function _savePots(Context memory c) internal {
        _pots = c.p;
    }

    /// @dev Slot 2 fresh from storage (a context may have skipped it).
    function _loadRare(Context memory c) internal view {
        c.r = _rare;
    }

    function _saveRare(Context memory c) internal {
        _rare = c.r;
    }

    function _saveEntry(Context memory c) internal {
        _entries[c.m] = c.e;
    }

    function _loadClaim() internal view returns (Claim) {
        return _claim;
    }

    function _saveClaim(Claim k) internal {
        _claim = k;
    }

    // ---- milestones

    /// @dev Version of policies and seats in force: 1 is the signed terms', each change order that touches them adds one.
    function _rosterVersion(Context memory c) internal pure returns (uint8) {
        uint256 version = c.p.roster();
        return version == 0 ? 1 : uint8(version);
    }

    function _count(Context memory c) internal pure returns (uint256 n) {
        n = c.p.milestones();
        if (n == 0) n = c.a.milestones();
    }

    /// @dev Milestone `m`, known to exist.
    function _entry(Context memory c, uint256 m) internal view returns (Entry e) {
        bool reserved = m < c.b.funded();
        // A Planned milestone has no slot unless one was touched: no need to read it.
        if (reserved || c.b.has(Slots.TOUCHED)) e = _entries[m];
        if (Entry.unwrap(e) == 0) e = Entry.wrap(c.a.milestoneWord(m));
        if (reserved && e.state() == PLANNED) e = e.withState(FUNDED);
    }

    /// @dev See `IMilestoneEscrow`. Reads storage only: a milestone that was submitted has its entry there.
    function submission(
        uint8 m
    ) external view returns (uint256 state, uint256 round, bytes32 digest, uint256 clock, uint256 policy) {
        if (m >= _entries.length) return (0, 0, 0, 0, 0);
        Entry e = _entries[m];
        return (e.state(), e.round(), _digests[m], e.clock(), e.policy());
    }

    function _isFinal(uint256 s) internal pure returns (bool) {
        return s >= RELEASED;
    }

    function _profile(Context memory c) internal pure returns (ProfileWord) {
        return c.a.profile(c.e.profile());
    }

    /// @dev Kill cover of a milestone.
    function _cover(Context memory c, Entry e) internal pure returns (uint256) {
        return Money.share(e.amount(), c.a.profile(e.profile()).killBps());
    }

    /// @dev Kill cover that Planned milestone `e` has reserved: none before the first milestone was funded.
    function _reservedCover(Context memory c, Entry e) internal pure returns (uint256) {
        return c.b.has(Slots.ACTIVE) ? _cover(c, e) : 0;
    }

    // ---- clocks; every time is far below 2^40: the start is at most a year from the creation, days are u16. So nothing here
    // overflows, and nothing is checked for it.

    function _dayOf(Context memory c, uint256 day) internal pure returns (uint256) {
        unchecked {
            return c.a.start() + day * 1 days;
        }
    }

    function _dueAt(Context memory c, Entry e) internal pure returns (uint256) {
        unchecked {
            return _dayOf(c, e.due()) + e.shift();
        }
    }

    /// @dev Exit of a milestone that is not final. The kill fee of a Cancelled outcome is `_killDue`'s matter.
    function _exit(Context memory c, Entry e) internal pure returns (uint256 time, uint256 outcome, uint256 payBps) {
        ProfileWord p = c.a.profile(e.profile());
        uint256 state = e.state();
        unchecked {
            if (state <= FUNDED) {
                if (state == PLANNED) {
                    time = _dayOf(c, e.fundBy()) + CURE + FUND_LIMIT;
                    outcome = CANCELLED;
                } else {
                    time = _dueAt(c, e) + (p.graceDays() + p.lateDays()) * 1 days;
                    outcome = REFUNDED;
                }
                uint256 notice = c.r.cancelAt();
                if (notice != 0) {
                    uint256 end = notice + NOTICE;
                    if (end < time) (time, outcome) = (end, CANCELLED);
                }
                return (time, outcome, payBps);
            }
            if (state == SUBMITTED) {
                time = _reviewEnd(e, p);
                payBps = p.silenceApproves() ? 10_000 : p.deadlockBps();
            } else if (state == REJECTED) {
                time = e.clock() + p.reworkDays() * 1 days;
            } else {
                time = e.clock() + p.arbitrationDays() * 1 days;
                payBps = e.standingBps();
            }
            outcome = payBps == 0 ? REFUNDED : RELEASED;
        }
    }

    /// @dev Exit of a submission: the gate's longest way, and the backstop behind it.
    function _reviewEnd(Entry e, ProfileWord p) internal pure returns (uint256) {
        unchecked {
            return e.clock() + p.reviewSeconds() + BACKSTOP;
        }
    }

    /// @dev Reverts once the exit of the milestone at hand has come.
    function _inTime(Context memory c) internal view {
        (uint256 time, , ) = _exit(c, c.e);
        _before(c.m, time);
    }

    /// @dev A move counts up to and including its deadline.
    function _before(uint256 m, uint256 deadline) internal view {
        if (block.timestamp > deadline) revert Escrow_TooLate(m, deadline);
    }

    /// @dev What comes after a deadline comes strictly after it.
    function _after(uint256 m, uint256 deadline) internal view {
        if (block.timestamp <= deadline) revert Escrow_TooEarly(m, deadline);
    }

    /// @dev Earliest time at which the contributor defaulted or will, stored or not yet called; the largest value if never.
    function _defaultAt(Context memory c) internal view returns (uint256 earliest) {
        earliest = c.r.defaultedAt();
        if (earliest == 0) earliest = type(uint256).max;
        uint256 n = _count(c);
        for (uint256 m; m < n; ++m) {
            Entry e = _entry(c, m);
            uint256 state = e.state();
            if (state != FUNDED && state != REJECTED) continue;
            (uint256 time, uint256 outcome, ) = _exit(c, e);
            if (outcome == REFUNDED && time < earliest) earliest = time;
        }
    }

    /// @dev Kill fee owed when the milestone at hand ends at `time` as Cancelled: its cover, if reserved and no default came
    /// first.
    function _killDue(Context memory c, uint256 time) internal view returns (uint256 fee) {
        fee = _reservedCover(c, c.e);
        if (fee != 0 && _defaultAt(c) <= time) fee = 0;
    }

    function _wrongState(uint256 m, uint256 state) internal pure {
        revert Escrow_WrongState(m, state);
    }

    // ---- payees

    function _payeeCount(Context memory c) internal pure returns (uint256 n) {
        n = c.p.payees();
        if (n == 0) n = c.a.payees();
        if (n == 0) n = 1;
    }

    /// @dev Payee `i` (known to exist) in force now, and its weight.
    function _payeeOf(Context memory c, uint256 i) internal view returns (address account, uint256 weight) {
        bool changed = c.b.has(Slots.PAYEES);
        uint256 w = changed ? _payees[i] : 0;
        if (w != 0) (account, weight) = (address(uint160(w >> 17)), uint16(w >> 1));
        else (account, weight) = c.a.payees() == 0 ? (c.a.contributor(), 10_000) : c.a.payee(i);
        if (changed) {
            uint256 next = _successors[i];
            if (next != 0 && block.timestamp > uint40(next)) account = address(uint160(next >> 40));
        }
    }

    function _setPayee(Context memory c, uint256 i, address account, uint256 weight) internal {
        c.b = c.b.withFlag(Slots.PAYEES);
        _payees[i] = (uint256(uint160(account)) << 17) | (weight << 1) | 1;
    }

    // ---- consent

    /// @dev Whether the party's signature has to be checked: if none is given, the party must be the caller.
    function _signs(address party, Auth calldata auth) internal view returns (bool) {
        if (auth.signature.length != 0) return true;
        if (msg.sender != party) revert Escrow_NotParty();
        return false;
    }

    /// @dev Reverts unless `party` signed `head` (type hash and fields, ABI-encoded; nonce and deadline are appended) under the
    /// key `purpose << 8 | index`. The nonce is used before the (possibly foreign) signature check.
    function _checkSigned(
        address party,
        uint256 purpose,
        uint256 index,
        bytes memory head,
        Auth calldata auth
    ) internal {
        _checkIntent(party, purpose, index, auth);
        _useCheckedNonce(party, auth.nonce);
        _checkSignature(party, head, auth);
    }

    /// @dev The intent is not expired and names this key.
    function _checkIntent(address party, uint256 purpose, uint256 index, Auth calldata auth) internal view {
        if (block.timestamp > auth.deadline) revert Escrow_SignatureExpired(auth.deadline);
        if (auth.nonce >> 64 != (purpose << 8) | index) revert Escrow_BadSignature(party);
    }

    function _checkSignature(address party, bytes memory head, Auth calldata auth) internal view {
        bytes32 hash = _hashTypedDataV4(keccak256(bytes.concat(head, abi.encode(auth.nonce, auth.deadline))));
        if (!SignatureChecker.isValidSignatureNowCalldata(party, hash, auth.signature)) {
            revert Escrow_BadSignature(party);
        }
    }

    function intentKey(uint8 purpose, uint8 index) public pure returns (uint192) {
        return (uint192(purpose) << 8) | index;
    }

    /// @dev Claim money that `endWarranty` and settlements of the pot may not touch.
    function _held(Claim k) internal pure returns (uint256) {
        return k.state() == NO_CLAIM ? 0 : k.amount();
    }
}
