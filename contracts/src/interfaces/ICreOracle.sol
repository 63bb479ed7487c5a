// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IReceiver} from "./IReceiver.sol";

/// @title ICreOracle
/// @notice Turns a Chainlink CRE report, delivered by the `KeystoneForwarder`, into one verdict for one submission. It names
/// no payee, holds no money, and its silence blocks nothing.
///
/// @dev Payload, 15 static words (480 bytes): `uint8 schema (1) · uint64 chainSelector · address receiver · bytes32 requestId ·
/// address escrow · uint8 milestone · uint8 round · bytes32 digest · bytes32 criteriaHash · uint8 verdict · uint16 payBps ·
/// uint64 observedAt · uint64 validUntil · bytes32 metrics · bytes32 evidenceHash`. The selector is Chainlink's, not the
/// chain id. `requestId = keccak256(abi.encode(block.chainid, oracle, gate, escrow, milestone, round, digest, criteriaHash))`.
interface ICreOracle is IReceiver {
    /// @notice A stored verdict, or a request that waits for one (`verdict` 0).
    /// @param payBps Share to pay if passed.
    /// @param verdict 0 none yet, 1 passed, 2 failed.
    /// @param requestedAt Unix seconds of the request; 0 if there is none.
    /// @param requestBlock Block of the request.
    /// @param expiresAt Last second in which a report is taken.
    /// @param observedAt When the nodes looked.
    /// @param recordedAt When the verdict was stored.
    /// @param pushed True once the gate has taken it.
    /// @param evidenceHash SHA-256 of the list of everything read.
    struct Attestation {
        uint16 payBps;
        uint8 verdict;
        uint40 requestedAt;
        uint40 requestBlock;
        uint40 expiresAt;
        uint40 observedAt;
        uint40 recordedAt;
        bool pushed;
        bytes32 evidenceHash;
    }

    /// @notice An open request; the reader takes the digest from the escrow and the criteria from the gate.
    struct Pending {
        address escrow;
        uint8 milestone;
        uint8 round;
        uint40 requestedAt;
        uint40 expiresAt;
        bytes32 requestId;
    }

    // ------------------------------------------------------------------------------------------------------- events

    /// @notice A submission waits for a verdict. The workflow's log trigger.
    /// @param requestId Id of the request, see `requestIdOf`.
    /// @param escrow The project's escrow.
    /// @param milestone Milestone index, 0 to 15; 255 the warranty claim.
    /// @param round Round of the submission, from 1; of a claim its number.
    /// @param digest SHA-256 of the deliverable's public manifest.
    /// @param criteriaHash SHA-256 of the canonical acceptance document.
    /// @param expiresAt Last second in which a report is taken.
    event Requested(
        bytes32 indexed requestId,
        address indexed escrow,
        uint8 indexed milestone,
        uint8 round,
        bytes32 digest,
        bytes32 criteriaHash,
        uint40 expiresAt
    );

    /// @notice A verdict was stored. `metrics` is eight u32: the reason code (0 if passed), then figures by kind.
    /// @param requestId Id of the request, see `requestIdOf`.
    /// @param verdict 1 passed, 2 failed.
    /// @param payBps Share of the amount that is paid, basis points.
    /// @param observedAt When the workflow looked.
    /// @param metrics Hash of the measured values.
    /// @param evidenceHash SHA-256 of the evidence document.
    event Attested(
        bytes32 indexed requestId,
        uint8 verdict,
        uint16 payBps,
        uint40 observedAt,
        bytes32 metrics,
        bytes32 evidenceHash
    );

    /// @notice The gate was told. `latched` is false if the ballot was closed or had a verdict.
    /// @param requestId Id of the request, see `requestIdOf`.
    /// @param latched Whether the report counted.
    event Pushed(bytes32 indexed requestId, bool latched);

    /// @notice The gate failed; the verdict stands and anyone may `push` it.
    /// @param requestId Id of the request, see `requestIdOf`.
    /// @param reason Revert data of the failed call.
    event PushFailed(bytes32 indexed requestId, bytes reason);

    /// @notice A workflow may report on requests made at or after `activeAt`.
    /// @param workflowId Id of the CRE workflow.
    /// @param activeAt Second from which it counts.
    event WorkflowAllowed(bytes32 indexed workflowId, uint40 activeAt);

    /// @notice A workflow is off, reports that it has already signed included.
    /// @param workflowId Id of the CRE workflow.
    event WorkflowRevoked(bytes32 indexed workflowId);

    /// @notice The account that may revoke workflows, besides the owner.
    /// @param guardian The guardian, zero for none.
    event GuardianSet(address indexed guardian);

    // ------------------------------------------------------------------------------------------------------- errors

    /// @notice The constructor found no `KeystoneForwarder 1.0.0`.
    error CreOracle_BadForwarder(address forwarder);
    /// @notice A zero address, selector, owner or name in the constructor.
    error CreOracle_ZeroValue();
    /// @notice Only the forwarder delivers reports.
    error CreOracle_OnlyForwarder(address caller);
    /// @notice Only the gate asks.
    error CreOracle_OnlyGate(address caller);
    /// @notice Only the owner or the guardian revokes.
    error CreOracle_OnlyGuardian(address caller);
    /// @notice Metadata is 64 bytes.
    error CreOracle_BadMetadata(uint256 length);
    /// @notice Workflow owner or name is another.
    error CreOracle_WrongWorkflow(address owner, bytes10 name);
    /// @notice The payload is not 480 bytes of schema 1, or a word does not fit its type.
    error CreOracle_BadPayload(uint256 length);
    /// @notice The report is for another chain, receiver or request.
    error CreOracle_WrongDomain(bytes32 requestId, bytes32 expected);
    /// @notice No open request: never made, expired, or its submission is decided or superseded.
    error CreOracle_StaleSubmission(bytes32 requestId);
    /// @notice The workflow is not allowed, or became active (`activeAt`; 0 never) after the request.
    error CreOracle_WorkflowNotAllowed(bytes32 workflowId, uint40 activeAt, uint40 requestedAt);
    /// @notice One verdict for one request.
    error CreOracle_AlreadyReported(bytes32 requestId);
    /// @notice Above 10,000.
    error CreOracle_BpsTooHigh(uint16 payBps);
    /// @notice Neither passed with 1 to 10,000 nor failed with 0.
    error CreOracle_BadVerdict(uint8 verdict, uint16 payBps);
    /// @notice `requestedAt <= observedAt <= now + 300` and `now <= validUntil <= observedAt + 86,400` do not hold.
    error CreOracle_BadTime(uint64 observedAt, uint64 validUntil);
    /// @notice Not enough gas to tell the gate; deliver again with 1,500,000.
    error CreOracle_NeedsGas(uint256 available, uint256 needed);
    /// @notice The request was made before.
    error CreOracle_RequestExists(bytes32 requestId);
    /// @notice Nothing to push: no verdict, or delivered before.
    error CreOracle_NothingToPush(bytes32 requestId);
    /// @notice The workflow is allowed already.
    error CreOracle_WorkflowKnown(bytes32 workflowId, uint40 activeAt);

    // ---------------------------------------------------------------------------------------------------- transitions

    /// @notice Opens a request. Only the gate; reverts if it exists.
    /// @param escrow The project's escrow.
    /// @param milestone Milestone index, 0 to 15; 255 the warranty claim.
    /// @param round Round of the submission, from 1; of a claim its number.
    /// @param digest SHA-256 of the deliverable's public manifest.
    /// @param criteriaHash SHA-256 of the canonical acceptance document.
    /// @param expiresAt Last second in which a report is taken (the escrow's `decideBy`).
    /// @return requestId Id of the request.
    function request(
        address escrow,
        uint8 milestone,
        uint8 round,
        bytes32 digest,
        bytes32 criteriaHash,
        uint40 expiresAt
    ) external returns (bytes32 requestId);

    /// @notice Delivers a stored verdict to the gate again. Open to anyone.
    /// @param escrow The project's escrow.
    /// @param milestone Milestone index, 0 to 15; 255 the warranty claim.
    /// @param round Round of the submission, from 1; of a claim its number.
    /// @param digest SHA-256 of the deliverable's public manifest.
    /// @param criteriaHash SHA-256 of the canonical acceptance document.
    function push(address escrow, uint8 milestone, uint8 round, bytes32 digest, bytes32 criteriaHash) external;

    /// @notice Moves `head` over answered and expired requests, at most `max` of them. Open to anyone.
    /// @param max At most so many entries.
    /// @return head First index that may be open.
    function advance(uint256 max) external returns (uint256 head);

    /// @notice Allows a workflow for requests made from 7 days from now on. Owner only.
    /// @param workflowId Id of the CRE workflow.
    function allowWorkflow(bytes32 workflowId) external;

    /// @notice Switches a workflow off at once. Owner or guardian.
    /// @param workflowId Id of the CRE workflow.
    function revokeWorkflow(bytes32 workflowId) external;

    /// @notice Names the guardian (zero: none). Owner only.
    /// @param guardian The new guardian, zero for none.
    function setGuardian(address guardian) external;

    // ---------------------------------------------------------------------------------------------------------- views

    /// @notice The request's record.
    /// @param requestId Id of the request, see `requestIdOf`.
    function attestation(bytes32 requestId) external view returns (Attestation memory);

    /// @notice Id of a request (see above).
    /// @param escrow The project's escrow.
    /// @param milestone Milestone index, 0 to 15; 255 the warranty claim.
    /// @param round Round of the submission, from 1; of a claim its number.
    /// @param digest SHA-256 of the deliverable's public manifest.
    /// @param criteriaHash SHA-256 of the canonical acceptance document.
    function requestIdOf(
        address escrow,
        uint8 milestone,
        uint8 round,
        bytes32 digest,
        bytes32 criteriaHash
    ) external view returns (bytes32);

    /// @notice One entry of the list, if it is open; all zero if it has its verdict, is expired, or the escrow's last
    /// submission is another. Reverts with the escrow that it names.
    /// @param index Index of the payee.
    function requestAt(uint256 index) external view returns (Pending memory);

    /// @notice Requests from `cursor` on that have no verdict, are not expired and not superseded; looks at up to
    /// `limit` entries.
    /// @param cursor First index to look at.
    /// @param limit At most so many entries.
    /// @return items The open ones among them.
    /// @return next Where to continue; equals `requestCount` at the end.
    function pending(uint256 cursor, uint256 limit) external view returns (Pending[] memory items, uint256 next);

    /// @notice First index that may be open.
    /// @dev Everything before it is answered or expired.
    function head() external view returns (uint256);

    /// @notice Requests ever made.
    function requestCount() external view returns (uint256);

    /// @notice From when on a workflow may judge requests (0: not allowed).
    /// @param workflowId Id of the CRE workflow.
    function workflowActiveAt(bytes32 workflowId) external view returns (uint40);

    /// @notice The `KeystoneForwarder`.
    function forwarder() external view returns (address);

    /// @notice The gate that asks and is told.
    function gate() external view returns (address);

    /// @notice Chainlink's selector of this chain.
    function chainSelector() external view returns (uint64);

    /// @notice Owner of the workflow whose reports count.
    function workflowOwner() external view returns (address);

    /// @notice Name of the workflow: the first 10 hex characters of SHA-256 of it, as ASCII.
    function workflowName() external view returns (bytes10);

    /// @notice Account that may revoke workflows besides the owner.
    function guardian() external view returns (address);
}
