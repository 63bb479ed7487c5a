// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev Consent of one party to one call.
/// @param nonce Keyed nonce: `key << 64 | sequence`, where `key = purpose << 8 | index` (see `IMilestoneEscrow.intentKey`).
/// Ignored by the factory, whose terms can be created only once anyway.
/// @param deadline Last second (UTC) at which the signature counts.
/// @param signature EIP-712 signature, ECDSA or ERC-1271. Empty: `msg.sender` must be the party itself.
struct Auth {
    uint256 nonce;
    uint48 deadline;
    bytes signature;
}

/// @notice Where a milestone stands. Released, Refunded and Cancelled are final.
enum State {
    Planned,
    Funded,
    Submitted,
    Rejected,
    Disputed,
    Released,
    Refunded,
    Cancelled
}

/// @notice Why money moved: the gate's approval, agreed silence, a ruling, the standing decision after a dispute nobody
/// finished, both parties, a default (of the contributor for refunds, of the client for kill fees), a cancel notice.
enum Cause {
    Gate,
    Silence,
    Ruling,
    Standing,
    Joint,
    Default,
    Cancel
}

/// @notice Why a milestone or claim is disputed: the contributor contests a rejection, someone challenged a held
/// decision, the gate ended without a decision, the contributor contests a warranty claim.
enum DisputeCause {
    Rejection,
    Challenge,
    Undecided,
    Claim
}

/// @notice What a payment or credit is for.
enum Kind {
    Milestone,
    KillFee,
    Holdback,
    Fee,
    Refund
}

/// @notice State of the one warranty claim that may be open.
enum ClaimState {
    None,
    Open,
    Contested
}

/// @notice What a change order does to a milestone.
enum ChangeOp {
    Set,
    Add,
    Cancel
}

/// @notice Clocks and rates of a milestone, as signed. Days are 86,400 s, rates are basis points.
struct Profile {
    uint8 reviewDays;
    uint8 extensionDays;
    uint8 holdHours;
    uint8 reworkDays;
    uint8 graceDays;
    uint8 lateDays;
    uint8 arbitrationDays;
    bool silenceApproves;
    uint8 maxRounds;
    uint16 killBps;
    uint16 holdbackBps;
    uint16 lateDailyBps;
    uint16 lateCapBps;
    uint16 deadlockBps;
}

/// @notice Signed header of the project. `milestones` and `version` are current, the hashes those of the creation
/// (each change order emits its own).
struct Terms {
    address client;
    address contributor;
    address token;
    uint16 feeBps;
    uint16 warrantyDays;
    uint40 start;
    uint8 milestones;
    uint32 version;
    bytes32 termsHash;
    bytes32 policyHash;
}

/// @notice One milestone as it stands now.
/// @param clock Second of the last submission, rejection, dispute or decision; 0 before the first submission.
/// @param shift Seconds by which the due date moved (late funding, rejected reviews).
/// @param standingBps Decision that stands in a dispute; after the decision, the share paid (10,000 = kill fee paid).
/// @param lateBps Late credit fixed at the last submission.
/// @param profile Index of its clocks and rates. @param policy Index of the gate's policy that decides it.
/// @param due Days after `start`. @param fundBy Days after `start`. @param dueAt Due date in seconds, shift included.
/// @param digest SHA-256 of the current (last) submission, zero before the first.
struct Milestone {
    State state;
    uint8 round;
    uint40 clock;
    uint32 shift;
    uint16 standingBps;
    uint16 lateBps;
    uint96 amount;
    uint16 due;
    uint16 fundBy;
    uint8 profile;
    uint8 policy;
    uint40 dueAt;
    bytes32 digest;
}

/// @notice Where the booked money is. `booked` is the sum of the others; `credits` are refused payments.
struct Ledger {
    uint96 booked;
    uint96 pool;
    uint96 milestones;
    uint96 cover;
    uint96 holdback;
    uint96 refundable;
    uint96 credits;
}

/// @notice Counters and clocks of the whole project; a time of 0 means "not yet".
struct Progress {
    uint8 milestones;
    uint8 funded;
    uint8 decided;
    bool activated;
    uint32 version;
    uint40 lastDecidedAt;
    uint40 cancelAt;
    uint40 defaultedAt;
}

/// @notice The warranty claim. `round` counts claims; `clock` is when it was opened, then contested, then decided.
struct WarrantyClaim {
    ClaimState state;
    uint8 round;
    uint40 clock;
    uint16 standingBps;
    uint96 amount;
}

/// @notice Both parties agree on a milestone's payment (`m` 0-15), the holdback pot (254) or the open claim (255).
/// @param round Current round of the milestone; claim number for 255; 0 for 254.
/// @param version Current version of the terms.
/// @param payBps Share paid to the payees, 0-10,000.
/// @param waiveLate Whether the late credit is waived.
struct Settlement {
    uint8 m;
    uint8 round;
    uint32 version;
    uint16 payBps;
    bool waiveLate;
}

/// @notice One milestone of a change order; `Add` takes the next free index, `Cancel` ignores the other fields. `profile` as in
/// the terms: policy << 4 | profile.
struct MilestoneChange {
    uint8 index;
    ChangeOp op;
    uint96 amount;
    uint16 due;
    uint16 fundBy;
    uint8 profile;
}

/// @notice One payee of a change order; the index after the last appends, weight 0 removes (not the first).
struct PayeeChange {
    uint8 index;
    address payee;
    uint16 weight;
}

/// @notice Change order. `version` is the current one plus 1. `policyHash` names the policies' record (`IPolicyBook`),
/// `rosterHash` is the hash of the roster's bytes (criteria and seats, see `amend`); each is zero if it stays.
struct ChangeOrder {
    uint32 version;
    bytes32 termsHash;
    bytes32 policyHash;
    bytes32 rosterHash;
    MilestoneChange[] milestones;
    PayeeChange[] payees;
}

/// @title One project's escrow
/// @notice Holds one project's token and moves it exactly as the signed terms say. A CREATE2 clone; the terms are in its
/// code. No owner, no upgrade, no pause, no payable function.
/// @dev `m` is a milestone index (0-15), 253 the project, 254 the holdback pot, 255 the warranty claim. A move counts up to
/// and including its deadline; `lapse` only after it. Every mutating function reverts with `ReentrancyGuardReentrantCall` when
/// re-entered, and with `Escrow_OnlyClone` on the implementation. Errors are in `src/escrow/Errors.sol`.
interface IMilestoneEscrow {
    /// @notice Money arrived for `funder` (index), paid by `from`.
    /// @param funder Index of the funder; 0 is the client.
    /// @param from Account that paid.
    /// @param amount Amount in the token's smallest unit.
    /// @param pool Unreserved money afterwards.
    event Funded(uint8 indexed funder, address indexed from, uint96 amount, uint96 pool);
    /// @notice The client took unreserved money out of the pool; it is refundable now.
    /// @param amount Amount in the token's smallest unit.
    /// @param pool Unreserved money afterwards.
    event Unfunded(uint96 amount, uint96 pool);
    /// @notice Tokens that came by plain transfer were booked for the client.
    /// @param amount Amount in the token's smallest unit.
    /// @param pool Unreserved money afterwards.
    event Synced(uint96 amount, uint96 pool);
    /// @notice Another token was sent to the client.
    /// @param token The ERC-20 token.
    /// @param amount Amount in the token's smallest unit.
    event Recovered(address indexed token, uint256 amount);
    /// @notice Milestone `m` is reserved in full; its due date moved by `shift` seconds for late funding.
    /// @param m Milestone index, 0 to 15.
    /// @param amount Amount in the token's smallest unit.
    /// @param shift Seconds by which the due date has moved.
    event MilestoneFunded(uint8 indexed m, uint96 amount, uint32 shift);
    /// @notice A deliverable was submitted; the gate decides until `decideBy`.
    /// @param m Milestone index, 0 to 15.
    /// @param round Round of the submission, from 1; of a claim its number.
    /// @param digest SHA-256 of the deliverable's public manifest.
    /// @param lateBps Late credit, basis points of the gross.
    /// @param decideBy Last second for the gate.
    event Submitted(uint8 indexed m, uint8 round, bytes32 digest, uint16 lateBps, uint40 decideBy);
    /// @notice A submission was rejected; the contributor may resubmit or dispute until `until`.
    /// @param m Milestone index, 0 to 15.
    /// @param round Round of the submission, from 1; of a claim its number.
    /// @param digest SHA-256 of the deliverable's public manifest.
    /// @param reasonHash SHA-256 of the reason document, zero if there is none.
    /// @param shift Seconds by which the due date has moved.
    /// @param until Last second (UTC).
    event Rejected(uint8 indexed m, uint8 round, bytes32 digest, bytes32 reasonHash, uint32 shift, uint40 until);
    /// @notice A dispute began. `reasonHash` is zero unless the contributor opened it.
    /// @param m Milestone index; 255 the warranty claim.
    /// @param round Round of the submission, from 1; of a claim its number.
    /// @param cause Why it is disputed.
    /// @param standingBps Share that stands if nobody goes on.
    /// @param ruleBy Last second for a ruling.
    /// @param reasonHash SHA-256 of the reason document, zero if there is none.
    event Disputed(
        uint8 indexed m,
        uint8 round,
        DisputeCause cause,
        uint16 standingBps,
        uint40 ruleBy,
        bytes32 reasonHash
    );
    /// @notice Arbitration changed the decision that stands.
    /// @param m Milestone index; 255 the warranty claim.
    /// @param round Round of the submission, from 1; of a claim its number.
    /// @param oldBps Share before.
    /// @param newBps Share now.
    event StandingSet(uint8 indexed m, uint8 round, uint16 oldBps, uint16 newBps);
    /// @notice A milestone is decided: Released, or Refunded at `payBps` 0. `gross = lateCredit + holdback + fee +
    /// net`, `refundable` is what went back to the funders, late credit included.
    /// @param m Milestone index, 0 to 15.
    /// @param round Round of the submission, from 1; of a claim its number.
    /// @param digest SHA-256 of the deliverable's public manifest.
    /// @param cause Why money moved.
    /// @param payBps Share of the amount that is paid, basis points.
    /// @param lateBps Late credit, basis points of the gross.
    /// @param gross Share of the amount.
    /// @param lateCredit Late credit.
    /// @param holdback Amount that stays in the pot.
    /// @param fee Fee, part of the amount.
    /// @param net What the payees get.
    /// @param refundable Amount that went back to the funders, late credit included.
    event Decided(
        uint8 indexed m,
        uint8 round,
        bytes32 digest,
        Cause cause,
        uint16 payBps,
        uint16 lateBps,
        uint96 gross,
        uint96 lateCredit,
        uint96 holdback,
        uint96 fee,
        uint96 net,
        uint96 refundable
    );
    /// @notice The token moved `amount` to `account`.
    /// @param account Account that was paid.
    /// @param amount Amount in the token's smallest unit.
    /// @param m Milestone index; 253 the project, 254 the holdback pot, 255 the warranty claim.
    /// @param kind What the payment is for.
    event Paid(address indexed account, uint96 amount, uint8 indexed m, Kind kind);
    /// @notice The token refused; `amount` waits for `account` (see `claim`).
    /// @param account Account that the credit waits for.
    /// @param amount Amount in the token's smallest unit.
    /// @param m Milestone index; 253 the project, 254 the holdback pot, 255 the warranty claim.
    /// @param kind What the payment is for.
    event Credited(address indexed account, uint96 amount, uint8 indexed m, Kind kind);
    /// @notice A credit was collected.
    /// @param account The account.
    /// @param to Account that is paid.
    /// @param amount Amount in the token's smallest unit.
    event CreditClaimed(address indexed account, address indexed to, uint96 amount);
    /// @notice A funder's part of the refundable money, paid or credited.
    /// @param funder The funder's account.
    /// @param amount Amount in the token's smallest unit.
    event Refunded(address indexed funder, uint96 amount);
    /// @notice The client gave notice; unfinished milestones end after `until`.
    /// @param until Last second (UTC).
    event CancelNotice(uint40 until);
    /// @notice A milestone ended without decision; kill fee (gross) and the fee in it; the rest is refundable or, if
    /// jointly cancelled, back in the pool.
    /// @param m Milestone index, 0 to 15.
    /// @param cause Why money moved.
    /// @param killFee Kill fee, its fee included.
    /// @param fee Fee, part of the amount.
    /// @param released Amount that became free.
    event MilestoneCancelled(uint8 indexed m, Cause cause, uint96 killFee, uint96 fee, uint96 released);
    /// @notice Part of the holdback pot was paid: `amount = fee + net`, `left` stays.
    /// @param amount Amount in the token's smallest unit.
    /// @param fee Fee, part of the amount.
    /// @param net What the payees get.
    /// @param left What stays in the pot.
    event HoldbackReleased(uint96 amount, uint96 fee, uint96 net, uint96 left);
    /// @notice The client claims part of the pot; the contributor answers until `answerBy`.
    /// @param round Round of the submission, from 1; of a claim its number.
    /// @param amount Amount in the token's smallest unit.
    /// @param evidenceHash SHA-256 of the evidence document.
    /// @param answerBy Last second for the answer.
    event ClaimOpened(uint8 round, uint96 amount, bytes32 evidenceHash, uint40 answerBy);
    /// @notice The contributor answered.
    /// @param round Round of the submission, from 1; of a claim its number.
    /// @param accepted Whether the claim was accepted.
    /// @param reasonHash SHA-256 of the reason document, zero if there is none.
    event ClaimAnswered(uint8 round, bool accepted, bytes32 reasonHash);
    /// @notice A claim ended: `refunded` to the funders, `kept` stays in the pot.
    /// @param round Round of the submission, from 1; of a claim its number.
    /// @param cause Why money moved.
    /// @param payBps Share of the amount that is paid, basis points.
    /// @param refunded Amount that went to the funders.
    /// @param kept Amount that stays in the pot.
    event ClaimDecided(uint8 round, Cause cause, uint16 payBps, uint96 refunded, uint96 kept);
    /// @notice A change order took effect.
    /// @param version Version of the terms.
    /// @param termsHash Salted hash of the terms document.
    /// @param policyHash Hash of the policies' record in the `PolicyBook`.
    /// @param rosterHash keccak256 of the roster bytes, zero if they stay.
    event Amended(uint32 version, bytes32 termsHash, bytes32 policyHash, bytes32 rosterHash);
    /// @notice One milestone of a change order, old and new values; `profile` is policy << 4 | profile.
    /// @param m Milestone index, 0 to 15.
    /// @param op What the order does to it.
    /// @param oldAmount Amount before.
    /// @param newAmount Amount now.
    /// @param due Days after the start.
    /// @param fundBy Days after the start.
    /// @param profile Policy and profile index: `policy << 4 | profile`.
    event MilestoneAmended(
        uint8 indexed m,
        ChangeOp op,
        uint96 oldAmount,
        uint96 newAmount,
        uint16 due,
        uint16 fundBy,
        uint8 profile
    );
    /// @notice A payee named its successor, in force after `effectiveAt`; `next == current` revokes.
    /// @param index Index of the payee.
    /// @param current Payee in force.
    /// @param next Successor, in force afterwards.
    /// @param effectiveAt Last second of the one in force.
    event PayeeChanging(uint8 indexed index, address current, address next, uint40 effectiveAt);
    /// @notice A change order replaced a payee or its weight.
    /// @param index Index of the payee.
    /// @param oldPayee Payee before.
    /// @param newPayee Payee now.
    /// @param oldWeight Weight before.
    /// @param newWeight Weight now.
    event PayeeChanged(uint8 indexed index, address oldPayee, address newPayee, uint16 oldWeight, uint16 newWeight);
    /// @notice All signatures of `account` for `key` given so far are void.
    /// @param account The account.
    /// @param key Nonce key: `purpose << 8 | index`.
    event IntentsRevoked(address indexed account, uint192 indexed key);

    // ---- funders

    /// @notice Pays `amount` from the caller for funder `funder`; what arrived is booked and reserved in index order.
    /// @dev With several funders, accrued refunds are paid first. Reverts: `Escrow_NoSuchFunder`, `Escrow_NothingDue`.
    /// @param funder Index of the funder; 0 is the client.
    /// @param amount Amount in the token's smallest unit.
    function fund(uint8 funder, uint96 amount) external;
    /// @notice `fund` with an EIP-2612 permit of the caller. A permit already used is no error if the allowance
    /// suffices.
    /// @param funder Index of the funder; 0 is the client.
    /// @param amount Amount in the token's smallest unit.
    /// @param deadline Last second of the permit.
    /// @param v Recovery id of the permit.
    /// @param r First half of the permit's signature.
    /// @param s Second half of the permit's signature.
    function fundWithPermit(uint8 funder, uint96 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external;
    /// @notice `fund` by an EIP-3009 authorization of `from`, delivered by anyone. The authorization's nonce is
    /// `keccak256(abi.encode(escrow, funder, salt))`, so that nobody can redirect the booking.
    /// @param funder Index of the funder; 0 is the client.
    /// @param from Account that pays.
    /// @param amount Amount in the token's smallest unit.
    /// @param validAfter EIP-3009: last second before it begins.
    /// @param validBefore EIP-3009: second from which the authorization is over.
    /// @param salt Random word of the payer.
    /// @param signature EIP-3009 signature of `from`, ECDSA or ERC-1271.
    function fundWithAuthorization(
        uint8 funder,
        address from,
        uint96 amount,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 salt,
        bytes calldata signature
    ) external;

    // ---- client

    /// @notice Makes unreserved money refundable. Reverts `Escrow_Underfunded(amount, pool)`.
    /// @param amount Amount in the token's smallest unit.
    /// @param auth The party's consent; empty signature: the caller is the party.
    function unfund(uint96 amount, Auth calldata auth) external;
    /// @notice Gives notice: 7 days later every Planned or Funded milestone ends with its kill fee. Stops reserving.
    /// @param auth The client's consent; empty signature: the caller is the client.
    function cancel(Auth calldata auth) external;
    /// @notice Claims part of the holdback pot during the warranty, one claim at a time.
    /// @dev Reverts: `Escrow_TooEarly(255, max)` before all is decided, `Escrow_TooLate`, `Escrow_ClaimPending`,
    /// `Escrow_ClaimTooLarge`, `Escrow_NothingDue` for 0.
    /// @param amount Amount in the token's smallest unit.
    /// @param evidenceHash SHA-256 of the evidence document.
    /// @param auth The party's consent; empty signature: the caller is the party.
    function openClaim(uint96 amount, bytes32 evidenceHash, Auth calldata auth) external;

    // ---- contributor

    /// @notice Submits the deliverable with SHA-256 `digest`; starts the next round and its review.
    /// @param m Milestone index, 0 to 15.
    /// @param digest SHA-256 of the deliverable's public manifest.
    /// @param auth The party's consent; empty signature: the caller is the party.
    function submit(uint8 m, bytes32 digest, Auth calldata auth) external;
    /// @notice Contests a rejection; `reasonHash` names the reason.
    /// @param m Milestone index, 0 to 15.
    /// @param reasonHash SHA-256 of the reason document, zero if there is none.
    /// @param auth The party's consent; empty signature: the caller is the party.
    function dispute(uint8 m, bytes32 reasonHash, Auth calldata auth) external;
    /// @notice Ends a milestone that the client has not funded 14 days after `fundBy`, with its kill fee.
    /// @param m Milestone index, 0 to 15.
    /// @param auth The party's consent; empty signature: the caller is the party.
    function terminate(uint8 m, Auth calldata auth) external;
    /// @notice Accepts or contests the open warranty claim; a contested claim goes to arbitration.
    /// @param accept Whether the claim is accepted.
    /// @param reasonHash SHA-256 of the reason document, zero if there is none.
    /// @param auth The party's consent; empty signature: the caller is the party.
    function answerClaim(bool accept, bytes32 reasonHash, Auth calldata auth) external;

    // ---- gate

    /// @notice Decides a submission at `payBps` (1-10,000) and pays, in this transaction.
    /// @param m Milestone index, 0 to 15.
    /// @param round Round of the submission, from 1; of a claim its number.
    /// @param digest SHA-256 of the deliverable's public manifest.
    /// @param payBps Share of the amount that is paid, basis points.
    function approve(uint8 m, uint8 round, bytes32 digest, uint16 payBps) external;
    /// @notice Rejects a submission; the review's time moves the due date.
    /// @param m Milestone index, 0 to 15.
    /// @param round Round of the submission, from 1; of a claim its number.
    /// @param digest SHA-256 of the deliverable's public manifest.
    /// @param reasonHash SHA-256 of the reason document, zero if there is none.
    function reject(uint8 m, uint8 round, bytes32 digest, bytes32 reasonHash) external;
    /// @notice Sends a submission to arbitration, with the standing decision or (`decided` false) the agreed deadlock
    /// share.
    /// @param m Milestone index, 0 to 15.
    /// @param round Round of the submission, from 1; of a claim its number.
    /// @param digest SHA-256 of the deliverable's public manifest.
    /// @param decided Whether `standingBps` was decided; else the agreed deadlock share stands.
    /// @param standingBps Share that stands if nobody goes on.
    function escalate(uint8 m, uint8 round, bytes32 digest, bool decided, uint16 standingBps) external;

    // ---- arbitration

    /// @notice Sets the decision that stands, or (`isFinal`) decides at `payBps` (0-10,000). `m` 255 is the claim.
    /// @param m Milestone index, 0 to 15; 255 the warranty claim.
    /// @param round Round of the submission, from 1; of a claim its number.
    /// @param payBps Share of the amount that is paid, basis points.
    /// @param isFinal Whether the ruling decides, or only stands.
    function rule(uint8 m, uint8 round, uint16 payBps, bool isFinal) external;

    // ---- both parties

    /// @notice Decides by agreement, until a lapse is called.
    /// @param settlement What both agree on.
    /// @param client The client's consent.
    /// @param contributor The contributor's consent.
    function settle(Settlement calldata settlement, Auth calldata client, Auth calldata contributor) external;
    /// @notice Applies a change order. `payees` holds one consent for each payee (but the contributor) whose weight
    /// falls or whose address is replaced, in the order of `order.payees`. A touched Submitted or Rejected milestone
    /// becomes Funded again.
    /// @dev A zero `policyHash` keeps the policies; both bytes may be empty if the record of another is defined already
    /// (`IPolicyBook.record`). A zero `rosterHash` keeps criteria and seats; else `roster` is u8 criteria, u8 seats,
    /// and what the terms' bytes end with (`TermsCodec`). New policies and seats hold for reviews and disputes opened
    /// later. The pool must cover the increase: `Escrow_Underfunded(needed, available)`.
    /// @param order The change order.
    /// @param gatePolicy Shared policies as bytes.
    /// @param arbitrationPolicy Ladder as bytes.
    /// @param roster Roster bytes: counts of criteria and seats, then both.
    /// @param client The client's consent.
    /// @param contributor The contributor's consent.
    /// @param payees Consents of payees whose part falls, in the order of the change order.
    function amend(
        ChangeOrder calldata order,
        bytes calldata gatePolicy,
        bytes calldata arbitrationPolicy,
        bytes calldata roster,
        Auth calldata client,
        Auth calldata contributor,
        Auth[] calldata payees
    ) external;

    // ---- payees and credited accounts

    /// @notice Names the successor of payee `index`, in force after 72 h; naming the current address revokes.
    /// @param index Index of the payee.
    /// @param next Successor, or the current address to revoke.
    /// @param auth The party's consent; empty signature: the caller is the party.
    function changePayee(uint8 index, address next, Auth calldata auth) external;
    /// @notice Pays a credit to `to`. Anyone may call with `to == account`; any other `to` needs the account's consent.
    /// @dev Reverts `Escrow_TokenRefused(account, to)` and keeps the credit if the token still refuses.
    /// @param account Account whose credit it is.
    /// @param to Account that is paid.
    /// @param auth The party's consent; empty signature: the caller is the party.
    function claim(address account, address to, Auth calldata auth) external;
    /// @notice Voids all signatures that the caller gave for `key` and has not used.
    /// @param key Nonce key: `purpose << 8 | index`.
    function revoke(uint192 key) external;

    // ---- anyone

    /// @notice Takes the exit of a milestone (or of the claim, 255) whose clock ran out. Calls no contract but the
    /// token.
    /// @param m Milestone index, 0 to 15; 255 the warranty claim.
    function lapse(uint8 m) external;
    /// @notice Pays what is refundable to the funders, pro rata to what each put in, the remainder to the client.
    function refund() external;
    /// @notice Pays the rest of the holdback pot after the warranty, less the amount of an open claim.
    function endWarranty() external;
    /// @notice Books tokens that came by plain transfer for the client, and reserves as `fund` does.
    /// @dev Reverts `Escrow_Shortfall` if the balance is below the booked sum.
    function sync() external;
    /// @notice Sends the whole balance of another token to the client.
    /// @param token A token that is not the project's.
    function recover(address token) external;
    /// @notice Several calls in one transaction; each is guarded by itself.
    /// @param data Encoded calls.
    /// @return results Answers in order.
    function multicall(bytes[] calldata data) external returns (bytes[] memory results);

    // ---- views that answer at any time, also inside calls

    /// @notice The factory, gate, arbitration and fee recipient, fixed at deployment of the implementation.
    function factory() external view returns (address);
    /// @notice See `factory`.
    function gate() external view returns (address);
    /// @notice See `factory`.
    function arbitration() external view returns (address);
    /// @notice The fee recipient (the `FeeInbox`).
    function treasury() external view returns (address);
    /// @notice The project's token.
    function token() external view returns (address);
    /// @notice The signed header.
    function terms() external view returns (Terms memory);
    /// @notice Clocks and rates of milestone `m`; reverts `Escrow_NoSuchMilestone`.
    /// @param m Milestone index, 0 to 15.
    function profile(uint8 m) external view returns (Profile memory);
    /// @notice Payees in force now, in order, and their weights (sum 10,000; 0 = removed).
    /// @return accounts Payees in order.
    /// @return weights Their weights, sum 10,000.
    function payees() external view returns (address[] memory accounts, uint16[] memory weights);
    /// @notice Funders in order; the client is the first.
    function funders() external view returns (address[] memory);
    /// @notice One milestone; reverts `Escrow_NoSuchMilestone`.
    /// @param m Milestone index, 0 to 15.
    function milestone(uint8 m) external view returns (Milestone memory);
    /// @notice What the gate asks at each ballot, in two reads: state, round, digest and second of the last submission
    /// (or of what followed it), and the index of its policy. All zero for a milestone without a submission, or if
    /// there is none.
    /// @param m Milestone index, 0 to 15.
    /// @return state State of the milestone.
    /// @return round Round of the last submission.
    /// @return digest Digest of the last submission.
    /// @return clock Second of the last submission.
    /// @return policy Index of the milestone's policy.
    function submission(
        uint8 m
    ) external view returns (State state, uint8 round, bytes32 digest, uint40 clock, uint8 policy);
    /// @notice Counters and clocks of the project.
    function progress() external view returns (Progress memory);
    /// @notice The last warranty claim.
    function warrantyClaim() external view returns (WarrantyClaim memory);
    /// @notice When and how milestone `m` (or the claim, 255) ends if nobody acts. `exitAt` 0: it has ended, or nothing
    /// waits.
    /// @param m Milestone index, 0 to 15; 255 the warranty claim.
    /// @return exitAt Last second at which the parties can act; `lapse` works after it.
    /// @return outcome State after the lapse.
    /// @return payBps Share paid; 10,000 for a kill fee.
    function exitOf(uint8 m) external view returns (uint40 exitAt, State outcome, uint16 payBps);
    /// @notice Latest second by which, with prompt callers, all money is paid, refunded or credited.
    function finalBy() external view returns (uint40);
    /// @notice Nonce key of an intent: `purpose << 8 | index`. Purposes: 0 unfund, 1 cancel, 2 openClaim, 3 submit, 4
    /// dispute, 5 terminate, 6 answerClaim, 7 settle, 8 amend, 9 changePayee, 10 claim. Index: milestone or payee, else
    /// 0.
    /// @param purpose Purpose of the intent.
    /// @param index Index of the milestone or payee, else 0.
    function intentKey(uint8 purpose, uint8 index) external pure returns (uint192);
    /// @notice Next keyed nonce of `owner` (`key << 64 | sequence`).
    /// @param owner Owner of the nonce.
    /// @param key Nonce key: `purpose << 8 | index`.
    function nonces(address owner, uint192 key) external view returns (uint256);

    // ---- money views, refused inside a call

    /// @notice Booked money by bucket.
    function ledger() external view returns (Ledger memory);
    /// @notice All that funder `i` put in. A sole funder's is not recorded (0): all refunds are its own.
    /// @param i Index of the funder.
    function contribution(uint8 i) external view returns (uint256);
    /// @notice Refused payments waiting for `account`.
    /// @param account The account.
    function credit(address account) external view returns (uint256);
    /// @notice Fees that really reached the treasury (a refused fee counts once it is claimed).
    function feesPaid() external view returns (uint96);
    /// @notice Fee taken from milestone `m` by its decision or kill fee, holdback apart.
    /// @param m Milestone index, 0 to 15.
    function feePaid(uint8 m) external view returns (uint96);
}
