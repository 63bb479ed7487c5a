// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMilestoneGate} from "./IMilestoneGate.sol";

/// @title IArbitration
/// @notice The ladder after a dispute: negotiate, panel, appeal, deposit, ruling, fallback. Each rung starts when the one
/// before it ended, by event or by clock, whoever calls when; the last decision reached stands. Holds deposits and bonds
/// only, never a project's money, and has no owner.
///
/// @dev Dispute id: `keccak256(abi.encode(escrow, milestone, round))`.
///
/// ## Policy bytes, version 1 (89 bytes, packed, big-endian; recorded by `IPolicyBook` with the gate's)
///
/// | Offset | Size | Field |
/// |---|---|---|
/// | 0 | 1 | codec, 1 |
/// | 1 | 1 | index of the panel policy in the gate's bytes, 255 for none |
/// | 2 | 20 | arbitrator |
/// | 22 | 20 | fallback arbitrator, zero for none |
/// | 42 | 12 | fee, in base units of the project's token |
/// | 54 | 12 | bond of a challenge, may be 0 |
/// | 66 | 2 | settleFeeBps, at most 10,000 |
/// | 68 | 21 | windows u24 in s: negotiate, panel, panelExtension, appeal, deposit, ruling, fallback |
interface IArbitration {
    /// @notice Rungs of the ladder. `Closed` is final.
    enum Rung {
        None,
        Negotiate,
        Panel,
        Appeal,
        Deposit,
        Ruling,
        Fallback,
        Closed
    }

    /// @notice What ended a dispute.
    enum Ending {
        None,
        Standing,
        Ruling,
        Settled,
        Lapsed
    }

    /// @notice The two sides; payees are spoken for by the contributor.
    enum Side {
        Client,
        Payees
    }

    /// @notice Signed terms of the ladder (layout above).
    struct Policy {
        uint8 panelPolicy;
        address arbitrator;
        address fallbackArbitrator;
        uint96 fee;
        uint96 bond;
        uint16 settleFeeBps;
        uint24 negotiate;
        uint24 panel;
        uint24 panelExtension;
        uint24 appeal;
        uint24 deposit;
        uint24 ruling;
        uint24 fallbackWindow;
    }

    /// @notice A dispute as anyone sees it now.
    /// @param rung The rung the clock has reached, recorded or not. A due execution shows the rung it follows.
    /// @param until Last second of that rung; of `Panel` without its extension. 0 if closed.
    /// @param due True if `poke` has something to do.
    /// @param standingBps The last decision reached.
    /// @param openedBps The standing decision when the dispute opened.
    /// @param ruleBy The escrow's own last second for a ruling.
    /// @param token Token of deposits and bond.
    /// @param challenger Who challenged a held decision (zero: nobody), and side and bond.
    /// @param appealed Per side, whether it gave notice.
    /// @param depositor Per side, who deposited `fee` (zero: nobody).
    struct DisputeView {
        address escrow;
        uint8 milestone;
        uint8 round;
        Rung rung;
        uint40 until;
        bool due;
        uint16 standingBps;
        uint16 openedBps;
        uint40 ruleBy;
        address token;
        address challenger;
        Side challengerSide;
        uint96 bond;
        bool[2] appealed;
        address[2] depositor;
    }

    /// @notice When the panel may be asked.
    /// @param from It may after this second. @param until Last second of the rung; 0: closed.
    /// @param extendedUntil Last second with the one extension.
    /// @param policy Index of the panel policy. @param version Roster version it is asked under. @param digest Digest of the disputed submission; zero for a claim.
    struct PanelWindow {
        uint40 from;
        uint40 until;
        uint40 extendedUntil;
        uint8 policy;
        uint8 version;
        bytes32 digest;
    }

    // ------------------------------------------------------------------------------------------------------- events

    /// @notice A dispute began.
    /// @param dispute Id of the dispute, see `disputeIdOf`.
    /// @param escrow The project's escrow.
    /// @param milestone Milestone index, 0 to 15; 255 the warranty claim.
    /// @param round Round of the submission, from 1; of a claim its number.
    /// @param standingBps Share that stands if nobody goes on.
    /// @param ruleBy The escrow's own last second for it.
    /// @param token Token of deposits and bonds.
    event DisputeOpened(
        bytes32 indexed dispute,
        address indexed escrow,
        uint8 milestone,
        uint8 round,
        uint16 standingBps,
        uint40 ruleBy,
        address token
    );
    /// @notice A rung began; it ends at `until` if no event ends it before.
    /// @param dispute Id of the dispute, see `disputeIdOf`.
    /// @param rung The rung that begins.
    /// @param until Last second (UTC).
    event RungEntered(bytes32 indexed dispute, Rung rung, uint40 until);
    /// @notice A held decision was challenged; the bond is taken.
    /// @param dispute Id of the dispute, see `disputeIdOf`.
    /// @param challenger Who challenged.
    /// @param side Side of the challenger.
    /// @param bond Bond taken.
    event Challenged(bytes32 indexed dispute, address indexed challenger, Side side, uint96 bond);
    /// @notice Evidence by a party: the hash of a document kept elsewhere.
    /// @param dispute Id of the dispute, see `disputeIdOf`.
    /// @param party The party.
    /// @param side Its side.
    /// @param evidence SHA-256 of the evidence.
    event EvidenceAdded(bytes32 indexed dispute, address indexed party, Side side, bytes32 evidence);
    /// @notice A party gave notice of appeal.
    /// @param dispute Id of the dispute, see `disputeIdOf`.
    /// @param party The party.
    /// @param side Its side.
    event Appealed(bytes32 indexed dispute, address indexed party, Side side);
    /// @notice A side deposited the fee.
    /// @param dispute Id of the dispute, see `disputeIdOf`.
    /// @param party The party.
    /// @param side Its side.
    /// @param amount The fee.
    event Deposited(bytes32 indexed dispute, address indexed party, Side side, uint96 amount);
    /// @notice The panel answered: this is the standing decision now.
    /// @param dispute Id of the dispute, see `disputeIdOf`.
    /// @param payBps Share that the panel approved.
    /// @param decidedAt Second of the decision.
    event PanelDecided(bytes32 indexed dispute, uint16 payBps, uint40 decidedAt);
    /// @notice The arbitrator's decision; `payBps` before costs, `reason` the hash of the award.
    /// @param dispute Id of the dispute, see `disputeIdOf`.
    /// @param payBps Share of the amount that is paid, basis points.
    /// @param reason SHA-256 of the award.
    event Ruled(bytes32 indexed dispute, uint16 payBps, bytes32 reason);
    /// @notice Who bore the arbitrator's fee. `shiftBps` is what a side without deposit pays through the result.
    /// @param dispute Id of the dispute, see `disputeIdOf`.
    /// @param clientShare Part of the fee that the client's side bears.
    /// @param payeesShare Part of the fee that the payees bear.
    /// @param shiftBps Basis points by which the result moved against the side without a deposit.
    event CostsSettled(bytes32 indexed dispute, uint96 clientShare, uint96 payeesShare, uint16 shiftBps);
    /// @notice Where a bond went: back to the challenger, to the other side's first-listed party, to the treasury.
    /// @param dispute Id of the dispute, see `disputeIdOf`.
    /// @param returned What went back to the challenger.
    /// @param otherSide What went to the other side.
    /// @param treasury What went to the treasury.
    event BondSettled(bytes32 indexed dispute, uint96 returned, uint96 otherSide, uint96 treasury);
    /// @notice The dispute ended; `payBps` is what the escrow executed.
    /// @param dispute Id of the dispute, see `disputeIdOf`.
    /// @param payBps Share that the escrow executed.
    /// @param by How it ended.
    event DisputeClosed(bytes32 indexed dispute, uint16 payBps, Ending by);
    /// @notice Deposit, bond or fee was paid out.
    /// @param dispute Id of the dispute, see `disputeIdOf`.
    /// @param account Account that was paid.
    /// @param amount Amount in the token's smallest unit.
    event Paid(bytes32 indexed dispute, address indexed account, uint96 amount);
    /// @notice The token refused; the account may claim the amount to any address.
    /// @param dispute Id of the dispute, see `disputeIdOf`.
    /// @param account Account that the credit waits for.
    /// @param amount Amount in the token's smallest unit.
    event Credited(bytes32 indexed dispute, address indexed account, uint96 amount);
    /// @notice A credit was collected.
    /// @param account The account.
    /// @param token The ERC-20 token.
    /// @param to Account that is paid.
    /// @param amount Amount in the token's smallest unit.
    event CreditClaimed(address indexed account, address indexed token, address to, uint256 amount);

    // ------------------------------------------------------------------------------------------------------- errors

    /// @notice Panel results come from the escrow's gate only.
    error Arbitration_NotGate(address escrow, address caller);
    /// @notice Neither the client, a clients seat nor the contributor of this project.
    error Arbitration_NotParty(address escrow, address caller);
    /// @notice Not the arbitrator of this rung.
    error Arbitration_NotArbitrator(address arbitrator, address caller);
    /// @notice Not possible on this rung.
    error Arbitration_WrongRung(bytes32 dispute, Rung rung);
    /// @notice Nothing is due before `until` has passed.
    error Arbitration_NotDue(bytes32 dispute, uint40 until);
    /// @notice The last second for this was `until`.
    error Arbitration_TooLate(bytes32 dispute, uint40 until);
    /// @notice There is such a dispute already.
    error Arbitration_DisputeExists(bytes32 dispute);
    /// @notice No such dispute.
    error Arbitration_NoDispute(bytes32 dispute);
    /// @notice The decision is not held.
    error Arbitration_NotHeld(bytes32 ballot, IMilestoneGate.Status status);
    /// @notice Above 10,000.
    error Arbitration_BpsTooHigh(uint16 payBps);
    /// @notice This side gave notice before.
    error Arbitration_AlreadyAppealed(bytes32 dispute, Side side);
    /// @notice This side deposited before.
    error Arbitration_AlreadyDeposited(bytes32 dispute, Side side);
    /// @notice The token moved another amount than asked for.
    error Arbitration_WrongAmount(uint256 received, uint256 expected);
    /// @notice Evidence and award need a hash.
    error Arbitration_ZeroHash();
    /// @notice The contract at this address is another than when the dispute opened.
    error Arbitration_Replaced(address escrow);
    /// @notice Nothing to claim.
    error Arbitration_NothingDue(address account, address token);
    /// @notice Only the account names another address for its credit.
    error Arbitration_NotAccount(address account, address caller);
    /// @notice The token refuses this address; the credit stays.
    error Arbitration_TokenRefused(address account, address to);
    /// @notice The signed bytes are not 89 long.
    error Arbitration_BadLength(uint256 length);
    /// @notice Unknown codec of the policy bytes.
    error Arbitration_BadCodec(uint8 codec);
    /// @notice The arbitrator is zero, a party, a payee, a seat, or the same twice.
    error Arbitration_BadArbitrator(address arbitrator);
    /// @notice settleFeeBps above 10,000, or a window of 0 on a rung that needs time.
    error Arbitration_BadTerms(uint256 field, uint256 value);
    /// @notice The panel policy is unknown or names not the panel alone.
    error Arbitration_BadPanelPolicy(uint8 policy);
    /// @notice The ladder and 3 days do not fit into the profile's arbitrationDays (both in s).
    error Arbitration_LadderTooLong(uint256 ladder, uint256 allowed);

    // ---------------------------------------------------------------------------------------------------- transitions

    /// @notice Opens a dispute. The caller is the escrow. The ladder is that of the policies in force now.
    /// @param milestone 0 to 15, or 255 for a contested warranty claim.
    /// @param round The submission's round; of a claim its number.
    /// @param standingBps The decision that stands until another is reached.
    /// @param ruleBy Last second in which the escrow takes a ruling.
    /// @param version Roster version in force; the dispute keeps its ladder and its panel.
    function open(uint8 milestone, uint8 round, uint16 standingBps, uint40 ruleBy, uint8 version) external;

    /// @notice A clients seat, the client or the contributor challenges a held decision, with the bond (approve the
    /// project's token first). The decision is escalated in the same transaction.
    /// @param key What the ballot is about.
    function challenge(IMilestoneGate.Key calldata key) external;

    /// @notice A party puts a document's hash on record.
    /// @param dispute Id of the dispute, see `disputeIdOf`.
    /// @param evidence SHA-256 of the evidence.
    function addEvidence(bytes32 dispute, bytes32 evidence) external;

    /// @notice Notice of appeal against the standing decision. Ends the appeal rung; the other side may still give
    /// notice until that rung's original end.
    /// @param dispute Id of the dispute, see `disputeIdOf`.
    function appeal(bytes32 dispute) external;

    /// @notice Deposits `fee` for the caller's side (approve the project's token first). The ruling rung begins when an
    /// appellant has; the other side may deposit until the ruling.
    /// @param dispute Id of the dispute, see `disputeIdOf`.
    function deposit(bytes32 dispute) external;

    /// @notice The arbitrator's decision (on the fallback rung the fallback's). Executes, pays costs, deposits and
    /// bond.
    /// @param dispute Id of the dispute, see `disputeIdOf`.
    /// @param payBps Share of the amount that is paid, basis points.
    /// @param reason Hash of the award.
    function rule(bytes32 dispute, uint16 payBps, bytes32 reason) external;

    /// @notice The gate tells that the panel approved a question, at second `decidedAt`.
    /// @param key What the ballot is about.
    /// @param decidedAt Second of the decision.
    function panelResult(IMilestoneGate.Key calldata key, uint40 decidedAt) external;

    /// @notice Every step that is due. Open to anyone; reverts `Arbitration_NotDue` if none was.
    /// @param dispute Id of the dispute, see `disputeIdOf`.
    function poke(bytes32 dispute) external;

    /// @notice Pays a credit. `account` itself names any `to`; anyone may retry with `to == account`.
    /// @param account Account whose credit it is.
    /// @param token The ERC-20 token.
    /// @param to Account that is paid.
    function claim(address account, address token, address to) external;

    // ---------------------------------------------------------------------------------------------------------- views

    /// @notice Id of a dispute.
    /// @param escrow The project's escrow.
    /// @param milestone Milestone index, 0 to 15; 255 the warranty claim.
    /// @param round Round of the submission, from 1; of a claim its number.
    function disputeIdOf(address escrow, uint8 milestone, uint8 round) external pure returns (bytes32);

    /// @notice The dispute as it stands now.
    /// @param id Id of the dispute, see `disputeIdOf`.
    function dispute(bytes32 id) external view returns (DisputeView memory);

    /// @notice The ladder that a dispute follows.
    /// @param id Id of the dispute, see `disputeIdOf`.
    function policyOf(bytes32 id) external view returns (Policy memory);

    /// @notice The policy book whose records projects name.
    function policyBook() external view returns (address);

    /// @notice When the panel may be asked about a dispute; all zero if there is none.
    /// @param escrow The project's escrow.
    /// @param milestone Milestone index, 0 to 15; 255 the warranty claim.
    /// @param round Round of the submission, from 1; of a claim its number.
    function panelWindow(address escrow, uint8 milestone, uint8 round) external view returns (PanelWindow memory);

    /// @notice Refused payments waiting for an account.
    /// @param account The account.
    /// @param token The ERC-20 token.
    function credit(address account, address token) external view returns (uint256);
}
