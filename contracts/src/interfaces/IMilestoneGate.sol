// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IMilestoneGate
/// @notice Decides submissions: bodies of seats, ballots (direct or by signature), oracle verdicts, agreed silence. One
/// contract for all projects of a chain; it holds no money and no owner can change it.
///
/// @dev ## Shared policy bytes, version 1 (packed, big-endian; recorded by `IPolicyBook`)
///
/// | Offset | Size | Field |
/// |---|---|---|
/// | 0 | 1 | codec, 1 |
/// | 1 | 1 | `P` policies, 1 to 16 |
/// | 2 | 32·P | policy words |
/// | .. | 20·O | oracle of each policy that names one, in policy order |
///
/// Policy word (byte 0 is the most significant): 0 bodies mask (bit 0 clients, 1 panel, 2 reviewers, 3 oracle) · 1 need ·
/// 2 flags (bit 0 silence approves, bit 1 `HOLD_ORACLE`) · 3 window u24 s · 6 extension u24 s · 9 challenge u24 s ·
/// 12, 16, 20 quorumBps u16 and 14, 18, 22 approvalBps u16 of clients, panel, reviewers (0 if not named) · 24 to 31 zero.
///
/// ## Roster bytes
///
/// | Offset | Size | Field |
/// |---|---|---|
/// | 0 | 1 | `C` criteria: as many as policies name the oracle |
/// | 1 | 1 | `S` seats, 0 to 64; 0: the client is the one seat, body clients, weight 1 |
/// | 2 | 32·C | criteria hashes, in policy order |
/// | .. | 6 | only if S > 0: `W` u16 of clients, panel, reviewers, excluded seats apart |
/// | .. | 23·S | seats, strictly ascending by id: id (20), weight u16, flags u8 |
///
/// Seat flags: bits 0-1 body (0 clients, 1 panel, 2 reviewers), bit 7 excluded (a payee, or a declared affiliate of one); the
/// rest zero. Version 1 of a project's roster is the end of its terms, which hold `C` and `S` in their header. Later versions
/// come by change order and are stored as code: `00` · policyHash · roster bytes; `RosterRegistered` emits all but the zero.
///
/// ## Ballots
///
/// A review under version 1 is stored only once something must be remembered: a ballot that does not decide, a hold, an
/// extension, a rejection that the panel carried. Until then it is open while the escrow shows the submission as Submitted.
interface IMilestoneGate {
    /// @notice States of a ballot. Open → Held, Approved, Rejected, Escalated, Void; Held → Approved, Escalated, Void.
    enum Status {
        None,
        Open,
        Held,
        Approved,
        Rejected,
        Escalated,
        Void
    }

    /// @notice Why an entry would be skipped. `Counted` means it would count.
    enum Verdict {
        Counted,
        NotOpen,
        DeadlinePassed,
        NotSeat,
        SeatExcluded,
        BodyNotNamed,
        AlreadyCast,
        ReasonRequired,
        BadSignature
    }

    /// @notice What a ballot is about. Its id is `keccak256(abi.encode(key))`.
    /// @param escrow The project's escrow.
    /// @param milestone 0 to 15; 255 is a contested warranty claim (questions only).
    /// @param round The submission's round; of a claim its number.
    /// @param question 0 is the review, 1 to 3 are questions to the panel in a dispute.
    /// @param payBps 10,000 in a review; in a question the share of the amount the panel is asked to pay.
    /// @param digest The deliverable's digest; zero for a claim.
    struct Key {
        address escrow;
        uint8 milestone;
        uint8 round;
        uint8 question;
        uint16 payBps;
        bytes32 digest;
    }

    /// @notice A signed ballot that is no plain-key Yes.
    /// @param seat Index of the seat in the roster.
    /// @param approve Yes or No.
    /// @param reason SHA-256 of the reason document; zero on Yes, non-zero on No.
    /// @param signer Empty for address seats; ERC-7913 signer bytes (verifier 20, x 32, y 32) for passkey seats.
    /// @param signature For address seats 65 bytes r, s, v over the ballot with `account` zero, else what the account's
    /// `isValidSignature` takes over the ballot with `account` its address. For passkey seats WebAuthn over the ballot with
    /// `account` the seat's id (six fields, ABI-encoded as a flat list).
    struct LongEntry {
        uint8 seat;
        bool approve;
        bytes32 reason;
        bytes signer;
        bytes signature;
    }

    /// @notice A ballot as anyone sees it now.
    /// @param status As stored.
    /// @param outcome What `finalize` would make it now; equals `status` while nothing is due.
    /// @param extended True once the one extension applies, recorded or not.
    /// @param version Roster version it runs under.
    /// @param policy Index of its policy in that version.
    /// @param payBps What an approval would pay; while held, what the end of the hold pays.
    /// @param deadline Last second in which a ballot counts; while held, the last second of the hold.
    /// @param bodies Per body 0 open, 1 approved, 2 rejected, with results that the clock has made final.
    /// @param yes Weight of Yes of clients, panel, reviewers.
    /// @param no Weight of No.
    /// @param eligible Weight `W` of each body.
    /// @param voted Bit i: seat i has cast.
    struct BallotView {
        Status status;
        Status outcome;
        bool extended;
        uint8 version;
        uint8 policy;
        uint16 payBps;
        uint40 deadline;
        uint8[4] bodies;
        uint16[3] yes;
        uint16[3] no;
        uint16[3] eligible;
        uint64 voted;
    }

    // ------------------------------------------------------------------------------------------------------- events

    /// @notice A change order's roster with its policies is in force for ballots opened from now on.
    /// @param escrow The project's escrow.
    /// @param version 2 or above.
    /// @param data policyHash (32), then roster bytes as laid out above.
    event RosterRegistered(address indexed escrow, uint8 indexed version, bytes data);

    /// @notice A submission, or a question to the panel, is open for ballots until `deadline`.
    /// @param ballot Id of the ballot: `keccak256(abi.encode(key))`.
    /// @param escrow The project's escrow.
    /// @param milestone Milestone index, 0 to 15; 255 the warranty claim.
    /// @param round Round of the submission, from 1; of a claim its number.
    /// @param question 0 the review, 1 to 3 a question to the panel.
    /// @param payBps Share of the amount that is paid, basis points.
    /// @param digest SHA-256 of the deliverable's public manifest.
    /// @param version Roster version that the ballot runs under.
    /// @param policy Index of the policy.
    /// @param deadline Last second (UTC).
    event BallotOpened(
        bytes32 indexed ballot,
        address indexed escrow,
        uint8 milestone,
        uint8 round,
        uint8 question,
        uint16 payBps,
        bytes32 digest,
        uint8 version,
        uint8 policy,
        uint40 deadline
    );

    /// @notice Ballots counted by one call; bit i is seat i of the roster.
    /// @param ballot Id of the ballot: `keccak256(abi.encode(key))`.
    /// @param yesSeats Bit i: seat i's Yes was counted.
    /// @param noSeats Bit i: seat i's No was counted.
    event BallotsCast(bytes32 indexed ballot, uint64 yesSeats, uint64 noSeats);

    /// @notice A No with the hash of its reason.
    /// @param ballot Id of the ballot: `keccak256(abi.encode(key))`.
    /// @param seat Index of the seat in the roster.
    /// @param reason SHA-256 of the reason document.
    event Objection(bytes32 indexed ballot, uint8 seat, bytes32 reason);

    /// @notice The oracle reported. `latched` is false if it came late or again: then nothing changed.
    /// @param ballot Id of the ballot: `keccak256(abi.encode(key))`.
    /// @param verdict 1 passed, 2 failed.
    /// @param payBps Share of the amount that is paid, basis points.
    /// @param evidence SHA-256 of the evidence.
    /// @param latched Whether the report counted.
    event Reported(bytes32 indexed ballot, uint8 verdict, uint16 payBps, bytes32 evidence, bool latched);

    /// @notice The request to the oracle failed; the submission stands, the other bodies decide.
    /// @param ballot Id of the ballot: `keccak256(abi.encode(key))`.
    /// @param oracle The oracle.
    event OracleUnreachable(bytes32 indexed ballot, address indexed oracle);

    /// @notice Below quorum at the deadline: extended once.
    /// @param ballot Id of the ballot: `keccak256(abi.encode(key))`.
    /// @param deadline Last second (UTC).
    event BallotExtended(bytes32 indexed ballot, uint40 deadline);

    /// @notice Approved, and held: a party may challenge until `until` inclusive, then anyone finalizes.
    /// @param ballot Id of the ballot: `keccak256(abi.encode(key))`.
    /// @param until Last second (UTC).
    /// @param payBps Share of the amount that is paid, basis points.
    event BallotHeld(bytes32 indexed ballot, uint40 until, uint16 payBps);

    /// @notice Decided. `word` is the final packed ballot: status u8, version u8, policy u8, body states 4×2 bits,
    /// payBps u16, deadline u40, flags u8, voted u64, yes 3×u16, no 3×u16, from the least significant bit.
    /// @param ballot Id of the ballot: `keccak256(abi.encode(key))`.
    /// @param outcome Status that the ballot ended with.
    /// @param payBps Share of the amount that is paid, basis points.
    /// @param word The final packed ballot.
    event BallotDecided(bytes32 indexed ballot, Status outcome, uint16 payBps, uint256 word);

    // ------------------------------------------------------------------------------------------------------- errors

    /// @notice The caller is not the escrow's arbitration.
    error Gate_NotArbitration(address escrow, address caller);
    /// @notice The caller is not the oracle that the ballot's policy names (zero: it names none, or there is no ballot).
    error Gate_NotOracle(address oracle, address caller);
    /// @notice No open ballot under this key; `status` says why (None: never opened, or another round or digest).
    error Gate_NotOpen(bytes32 ballot, Status status);
    /// @notice A ballot of this key was opened before (under a later version than 1).
    error Gate_BallotExists(bytes32 ballot);
    /// @notice `finalize` is possible only after `until`.
    error Gate_NotDue(bytes32 ballot, uint40 until);
    /// @notice The last second for this was `deadline`.
    error Gate_DeadlinePassed(bytes32 ballot, uint40 deadline);
    /// @notice Panel questions open only after `from`.
    error Gate_TooEarly(address escrow, uint8 milestone, uint40 from);
    /// @notice `account` does not hold seat `seat` of this roster.
    error Gate_NotSeat(uint8 seat, address account);
    /// @notice The seat belongs to a payee or a declared affiliate of one.
    error Gate_SeatExcluded(uint8 seat, address account);
    /// @notice The seat's body is not named by this ballot's policy (in Held: it is not the clients').
    error Gate_BodyNotNamed(uint8 seat);
    /// @notice The seat's first ballot counts; this is its second.
    error Gate_AlreadyCast(uint8 seat);
    /// @notice A No needs the hash of a reason; a Yes carries none.
    error Gate_ReasonRequired(uint8 seat);
    /// @notice The signature is not one of this seat on this ballot.
    error Gate_BadSignature(uint8 seat);
    /// @notice The panel has an open question.
    error Gate_QuestionOpen(bytes32 ballot);
    /// @notice All three questions are used, or this seat has asked one.
    error Gate_QuestionsUsedUp(uint8 asked, uint8 seat);
    /// @notice The panel is not asked in this dispute (any more), or there is none.
    error Gate_PanelClosed(address escrow, uint8 milestone, uint8 round);
    /// @notice `question` must be `next`.
    error Gate_BadQuestion(uint8 question, uint8 next);
    /// @notice Basis points above 10,000, or a verdict that does not fit them.
    error Gate_BadBps(uint256 bps);
    /// @notice Less gas than the oracle request must be given.
    error Gate_NeedsGas(uint256 available, uint256 needed);

    /// @notice The policy bytes are malformed: length does not follow from the counts, codec or counts out of range.
    error Gate_BadLength(uint256 length, uint256 expected);
    /// @notice Unknown codec of the policy bytes.
    error Gate_BadCodec(uint8 codec);
    /// @notice As many criteria hashes as policies that name the oracle.
    error Gate_BadCriteria(uint256 criteria, uint256 expected);
    /// @notice The policy book has no record of this hash.
    error Gate_NoRecord(bytes32 policyHash);
    /// @notice Seats must strictly ascend by id: one signer, one seat. `seat` does not.
    error Gate_SeatOrder(uint8 seat);
    /// @notice More than 64 seats.
    error Gate_SeatLimit(uint256 seats);
    /// @notice A seat of weight 0, of no human body, or with unknown flags.
    error Gate_ZeroWeight(uint8 seat);
    /// @notice Unknown bits in a seat's flags.
    error Gate_BadSeat(uint8 seat, uint8 flags);
    /// @notice A seat of somebody who is paid, not flagged as excluded (without seats: the client is a payee).
    error Gate_SeatNotExcluded(uint8 seat, address account);
    /// @notice A body's stated weight is not the sum of its seats'.
    error Gate_BadWeights(uint8 body, uint256 stated, uint256 sum);
    /// @notice A named body whose weight is 0 after exclusions, or above 10,000.
    error Gate_EmptyBody(uint8 policy, uint8 body, uint256 weight);
    /// @notice quorumBps outside 1 to 10,000 or approvalBps outside 5,001 to 10,000; for a body not named: not 0.
    error Gate_BadThreshold(uint8 policy, uint8 body, uint16 quorumBps, uint16 approvalBps);
    /// @notice `need` is 0 or above the number of bodies named.
    error Gate_BadNeed(uint8 policy, uint8 need, uint8 named);
    /// @notice Unknown bodies or flags, non-zero reserved bytes, or the oracle alone with silence = approve.
    error Gate_BadPolicy(uint8 policy, bytes32 word);
    /// @notice A policy's window, extension, challenge or silence differ from those of a profile it is used with.
    error Gate_BadWindow(uint8 profile, uint256 value, uint256 expected);
    /// @notice A hold is possible and the challenge window is under 24 h.
    error Gate_BadChallenge(uint8 policy, uint24 challenge);
    /// @notice No policy of that index.
    error Gate_UnknownPolicy(uint8 policy);
    /// @notice The escrow has no such roster version, or 255 already.
    error Gate_BadVersion(address escrow, uint256 version);
    /// @notice An oracle entry without address or criteria.
    error Gate_BadOracle(uint8 policy, address oracle);

    // ---------------------------------------------------------------------------------------------------- transitions

    /// @notice Checks and stores the next roster version of the caller's project, for ballots that open later. The
    /// caller is the escrow, inside `amend`, after it has saved the order's milestones and payees.
    /// @dev Reads from the escrow: its terms (code), `terms`, `payees`, `milestone`. Every milestone that is not final
    /// must fit.
    /// @param policyHash The record's hash; zero keeps the one in force.
    /// @param roster Roster bytes as laid out above; empty keeps those in force.
    /// @param gatePolicy With `arbitrationPolicy` the record's bytes, if it may not be in the policy book yet; else
    /// both empty.
    /// @param arbitrationPolicy Ladder as bytes.
    /// @return version 2 or above.
    function register(
        bytes32 policyHash,
        bytes calldata roster,
        bytes calldata gatePolicy,
        bytes calldata arbitrationPolicy
    ) external returns (uint8 version);

    /// @notice Reverts unless the roster and policies in force fit the caller's project as it is now.
    function recheck() external view;

    /// @notice Opens the review of a submission. The caller is the escrow: a stranger opens ballots of its own address
    /// only. Asks the oracle if the policy names it; never decides. Under version 1 nothing is stored.
    /// @param milestone Milestone index, 0 to 15; 255 the warranty claim.
    /// @param round Round of the submission, from 1; of a claim its number.
    /// @param digest SHA-256 of the deliverable's public manifest.
    /// @param decideBy The escrow's own last second for this submission; the oracle's request expires then.
    /// @param policy Index of the milestone's policy.
    /// @param version Roster version in force.
    function open(uint8 milestone, uint8 round, bytes32 digest, uint40 decideBy, uint8 policy, uint8 version) external;

    /// @notice Casts the caller's ballot. Reverts with the exact cause if it does not count. May decide and pay.
    /// @param key What the ballot is about.
    /// @param seat Index of the caller's seat.
    /// @param approve Yes or No.
    /// @param reason Zero on Yes; on No the SHA-256 of the reason document.
    function cast(Key calldata key, uint8 seat, bool approve, bytes32 reason) external;

    /// @notice Casts a seat's signed ballot, posted by anyone. Reverts with the exact cause.
    /// @param key What the ballot is about.
    /// @param seat Index of the seat in the roster.
    /// @param approve Yes or No.
    /// @param reason SHA-256 of the reason document; zero on Yes.
    /// @param signer Empty for address seats; ERC-7913 signer bytes for passkey seats.
    /// @param signature Signature, as the type of signer needs it.
    function castBySig(
        Key calldata key,
        uint8 seat,
        bool approve,
        bytes32 reason,
        bytes calldata signer,
        bytes calldata signature
    ) external;

    /// @notice Casts many signed ballots. Counts the valid ones, skips the rest, never reverts for an entry; decides
    /// after counting all.
    /// @param key What the ballot is about.
    /// @param compact 65 bytes per Yes of a plain key: seat u8, r, and s with the parity of v in its top bit
    /// (ERC-2098).
    /// @param long Ballots that are no plain-key Yes.
    /// @return counted Bit i: seat i's ballot was counted by this call. 0 if the ballot is closed.
    function castBatch(
        Key calldata key,
        bytes calldata compact,
        LongEntry[] calldata long
    ) external returns (uint64 counted);

    /// @notice The oracle's verdict on a review. Only the oracle that the ballot's policy names.
    /// @param escrow The project's escrow.
    /// @param milestone Milestone index, 0 to 15.
    /// @param round Round of the submission, from 1; of a claim its number.
    /// @param digest SHA-256 of the deliverable's public manifest.
    /// @param verdict 1 passed (payBps 1 to 10,000), 2 failed (payBps 0).
    /// @param payBps Share of the amount that is paid, basis points.
    /// @param evidence SHA-256 of the list of everything read.
    /// @return latched False if it came late or again: nothing changed.
    function report(
        address escrow,
        uint8 milestone,
        uint8 round,
        bytes32 digest,
        uint8 verdict,
        uint16 payBps,
        bytes32 evidence
    ) external returns (bool latched);

    /// @notice Held → Escalated. Only `escrow.arbitration()`, which has taken the challenger's bond.
    /// @param key What the ballot is about.
    function challenged(Key calldata key) external;

    /// @notice A panel seat asks the panel whether `key.payBps` should be paid, and casts Yes on it. Possible while the
    /// escrow's arbitration has the panel's rung open; one question at a time, three in all, one per seat.
    /// @param key `question` must be the next number (1 to 3).
    /// @param seat Index of the asking seat.
    /// @param signer Empty for address seats; ERC-7913 signer bytes for passkey seats.
    /// @param signature The seat's signed Yes on `key`, posted by anyone; empty: the caller must be the seat.
    function ask(Key calldata key, uint8 seat, bytes calldata signer, bytes calldata signature) external;

    /// @notice Records what the clock has decided: an extension, a result at the deadline, agreed silence, the end of a
    /// hold. Open to anyone.
    /// @param key What the ballot is about.
    function finalize(Key calldata key) external;

    // ---------------------------------------------------------------------------------------------------------- views

    /// @notice The ballot as it stands, and what `finalize` would make of it now. All zero if there is none, or it was
    /// decided without a slot: then `BallotDecided` and the escrow tell.
    /// @param key What the ballot is about.
    function status(Key calldata key) external view returns (BallotView memory);

    /// @notice Packed ballot word (see `BallotDecided`); 0 if there is none, or it needs no slot.
    /// @param ballot Id of the ballot: `keccak256(abi.encode(key))`.
    function ballotWord(bytes32 ballot) external view returns (uint256);

    /// @notice Why a signed entry would be skipped now.
    /// @param key What the ballot is about.
    /// @param entry The signed ballot.
    function check(Key calldata key, LongEntry calldata entry) external view returns (Verdict);

    /// @notice Oracle and criteria of the ballot's policy, also once it is decided; zeros if it names none, or the
    /// submission is not the escrow's last.
    /// @param key What the ballot is about.
    /// @return oracle The oracle, zero if the policy names none.
    /// @return criteriaHash Hash of the acceptance document.
    function oracleOf(Key calldata key) external view returns (address oracle, bytes32 criteriaHash);

    /// @notice EIP-712 digest that a seat signs. `account` is zero for plain keys and the seat's id for others.
    /// @param key What the ballot is about.
    /// @param approve Yes or No.
    /// @param reason SHA-256 of the reason document; zero on Yes.
    /// @param account The account.
    function hashBallot(
        Key calldata key,
        bool approve,
        bytes32 reason,
        address account
    ) external view returns (bytes32);

    /// @notice The policy book whose records projects name.
    function policyBook() external view returns (address);

    /// @notice Newest roster version of an escrow (1: that of its terms) and the hash of the policies that go with it.
    /// @param escrow The project's escrow.
    /// @return version Newest roster version.
    /// @return policyHash Hash of the policies' record.
    function policyOf(address escrow) external view returns (uint8 version, bytes32 policyHash);

    /// @notice policyHash (32) and roster bytes of one version.
    /// @param escrow The project's escrow.
    /// @param version Roster version; 1 is in the escrow's arguments.
    function rosterBytes(address escrow, uint8 version) external view returns (bytes memory);

    /// @notice Policy word of the newest roster, with `W` filled in.
    /// @param escrow The project's escrow.
    /// @param policy Index of the policy.
    function policyWord(address escrow, uint8 policy) external view returns (bytes32);

    /// @notice Seat of an account in the newest roster.
    /// @param escrow The project's escrow.
    /// @param account Account, or id of a passkey seat.
    /// @return found False if it has none; `index`, `body`, `weight`, `excluded` are 0 then.
    /// @return index Index of the seat.
    /// @return body Its body.
    /// @return weight Its weight.
    /// @return excluded Whether it is excluded.
    function seatOf(
        address escrow,
        address account
    ) external view returns (bool found, uint8 index, uint8 body, uint16 weight, bool excluded);

    /// @notice Questions asked in a dispute so far.
    /// @param escrow The project's escrow.
    /// @param milestone Milestone index, 0 to 15; 255 the warranty claim.
    /// @param round Round of the submission, from 1; of a claim its number.
    /// @return asked 0 to 3.
    /// @return isOpen True if the last one is not decided.
    /// @return payBps The last one's.
    function questions(
        address escrow,
        uint8 milestone,
        uint8 round
    ) external view returns (uint8 asked, bool isOpen, uint16 payBps);

    /// @notice The one ERC-7913 verifier that passkey seats may name.
    function passkeyVerifier() external view returns (address);
}
