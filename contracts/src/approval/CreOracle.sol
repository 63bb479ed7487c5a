// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ICreOracle} from "../interfaces/ICreOracle.sol";
import {IMilestoneGate} from "../interfaces/IMilestoneGate.sol";
import {IReceiver} from "../interfaces/IReceiver.sol";

/// @dev What a forwarder says it is.
interface ITypeAndVersion {
    /// @notice Name and version.
    function typeAndVersion() external view returns (string memory);
}

/// @dev The view of `IMilestoneEscrow`, its answer as words: state, round, digest, clock, policy.
interface ISubmissionWords {
    /// @notice A milestone's last submission.
    function submission(uint8 m) external view returns (uint256[5] memory);
}

/// @title CreOracle
/// @notice See `ICreOracle`. The stored verdict is the truth; telling the gate is a convenience that anyone can repeat. No
/// setter touches forwarder, gate or workflow owner: a change of those is a new contract, named in new policies.
contract CreOracle is ICreOracle, Ownable2Step {
    /// @dev Gas that the gate gets: the worst report-and-pay, eight refused payees, stays below 75 % of it.
    uint256 internal constant CALLBACK_GAS = 1_000_000;
    /// @dev What must be left before telling the gate: EIP-150 keeps 1/64, and the rest is needed afterwards.
    uint256 internal constant CALLBACK_FLOOR = (CALLBACK_GAS * 64) / 63 + 30_000;
    /// @dev Gas for looking at one listed request in `pending`.
    uint256 internal constant LOOK_GAS = 500_000;
    uint256 internal constant PAYLOAD_SIZE = 480;
    uint256 internal constant METADATA_SIZE = 64;
    uint40 internal constant WORKFLOW_DELAY = 7 days;
    uint256 internal constant MAX_AHEAD = 300;
    uint256 internal constant MAX_VALIDITY = 86_400;
    uint16 internal constant FULL = 10_000;
    uint8 internal constant PASSED = 1;
    uint8 internal constant FAILED = 2;
    bytes32 private constant FORWARDER_VERSION = keccak256("KeystoneForwarder 1.0.0");

    /// @dev A report's payload, word for word.
    struct Payload {
        uint8 schema;
        uint64 chainSelector;
        address receiver;
        bytes32 requestId;
        address escrow;
        uint8 milestone;
        uint8 round;
        bytes32 digest;
        bytes32 criteriaHash;
        uint8 verdict;
        uint16 payBps;
        uint64 observedAt;
        uint64 validUntil;
        bytes32 metrics;
        bytes32 evidenceHash;
    }

    /// @dev One slot. `lifetime`: seconds from the request in which a report is taken. `index`: place in the list.
    struct Record {
        uint40 requestedAt;
        uint40 requestBlock;
        uint32 lifetime;
        uint40 observedAt;
        uint40 recordedAt;
        uint16 payBps;
        uint8 verdict;
        bool pushed;
        uint32 index;
    }

    /// @dev One slot of the list of requests, cleared with the verdict. The digest is in the escrow, the criteria in its
    /// policy, so that the id need not be kept.
    struct Listed {
        address escrow;
        uint8 milestone;
        uint8 round;
        uint40 expiresAt;
    }

    /// @inheritdoc ICreOracle
    address public immutable forwarder;
    /// @inheritdoc ICreOracle
    address public immutable gate;
    /// @inheritdoc ICreOracle
    uint64 public immutable chainSelector;
    /// @inheritdoc ICreOracle
    address public immutable workflowOwner;
    /// @inheritdoc ICreOracle
    bytes10 public immutable workflowName;

    mapping(bytes32 requestId => Record record) private _records;
    mapping(bytes32 requestId => bytes32 evidenceHash) private _evidence;
    mapping(uint256 index => Listed listed) private _list;

    /// @inheritdoc ICreOracle
    mapping(bytes32 workflowId => uint40 activeAt) public workflowActiveAt;
    /// @inheritdoc ICreOracle
    address public guardian;
    /// @inheritdoc ICreOracle
    uint256 public head;
    /// @inheritdoc ICreOracle
    uint256 public requestCount;

    /// @param initialOwner The DAO's timelock.
    /// @param workflowId The first workflow; it may judge at once.
    constructor(
        address initialOwner,
        address forwarder_,
        address gate_,
        uint64 chainSelector_,
        address workflowOwner_,
        bytes10 workflowName_,
        bytes32 workflowId
    ) Ownable(initialOwner) {
        if (
            gate_ == address(0) ||
            chainSelector_ == 0 ||
            workflowOwner_ == address(0) ||
            workflowName_ == 0 ||
            workflowId == 0
        ) revert CreOracle_ZeroValue();
        if (forwarder_.code.length == 0) revert CreOracle_BadForwarder(forwarder_);
        if (keccak256(bytes(ITypeAndVersion(forwarder_).typeAndVersion())) != FORWARDER_VERSION) {
            revert CreOracle_BadForwarder(forwarder_);
        }
        forwarder = forwarder_;
        gate = gate_;
        chainSelector = chainSelector_;
        workflowOwner = workflowOwner_;
        workflowName = workflowName_;
        _allow(workflowId, uint40(block.timestamp));
    }

    // ---------------------------------------------------------------------------------------------------- transitions

    /// @inheritdoc ICreOracle
    function request(
        address escrow,
        uint8 milestone,
        uint8 round,
        bytes32 digest,
        bytes32 criteriaHash,
        uint40 expiresAt
    ) external returns (bytes32 requestId) {
        // checks
        if (msg.sender != gate) revert CreOracle_OnlyGate(msg.sender);
        requestId = requestIdOf(escrow, milestone, round, digest, criteriaHash);
        Record storage record = _records[requestId];
        if (record.requestedAt != 0) revert CreOracle_RequestExists(requestId);

        // effects
        uint256 index = requestCount++;
        uint256 lifetime = expiresAt > block.timestamp ? expiresAt - block.timestamp : 0;
        record.requestedAt = uint40(block.timestamp);
        record.requestBlock = uint40(block.number);
        record.lifetime = SafeCast.toUint32(lifetime);
        record.index = SafeCast.toUint32(index);
        _list[index] = Listed(escrow, milestone, round, expiresAt);
        emit Requested(requestId, escrow, milestone, round, digest, criteriaHash, expiresAt);
    }

    /// @inheritdoc IReceiver
    function onReport(bytes calldata metadata, bytes calldata payload) external {
        // checks, in the order that docs/oracle lists
        if (msg.sender != forwarder) revert CreOracle_OnlyForwarder(msg.sender);
        if (metadata.length != METADATA_SIZE) revert CreOracle_BadMetadata(metadata.length);
        _checkWorkflow(metadata);
        Payload memory p = _decode(payload);
        _checkDomain(p);
        Record storage record = _records[p.requestId];
        uint40 requestedAt = record.requestedAt;
        bool open = requestedAt != 0 && block.timestamp <= uint256(requestedAt) + record.lifetime;
        if (!open || !_waits(p)) revert CreOracle_StaleSubmission(p.requestId);
        _checkActive(bytes32(metadata[:32]), requestedAt);
        if (record.verdict != 0) revert CreOracle_AlreadyReported(p.requestId);
        _checkVerdict(p, requestedAt);

        // effects
        _keep(record, p);

        // interactions
        _tell(p.requestId, p.escrow, p.milestone, p.round, p.digest, record);
    }

    /// @inheritdoc ICreOracle
    function push(address escrow, uint8 milestone, uint8 round, bytes32 digest, bytes32 criteriaHash) external {
        bytes32 id = requestIdOf(escrow, milestone, round, digest, criteriaHash);
        Record storage record = _records[id];
        if (record.verdict == 0 || record.pushed) revert CreOracle_NothingToPush(id);
        _tell(id, escrow, milestone, round, digest, record);
    }

    /// @inheritdoc ICreOracle
    function advance(uint256 max) external returns (uint256 moved) {
        moved = head;
        uint256 end = requestCount - moved > max ? moved + max : requestCount;
        while (moved < end && block.timestamp > _list[moved].expiresAt) ++moved;
        head = moved;
    }

    /// @inheritdoc ICreOracle
    function allowWorkflow(bytes32 workflowId) external onlyOwner {
        if (workflowId == 0) revert CreOracle_ZeroValue();
        uint40 activeAt = workflowActiveAt[workflowId];
        if (activeAt != 0) revert CreOracle_WorkflowKnown(workflowId, activeAt);
        _allow(workflowId, uint40(block.timestamp) + WORKFLOW_DELAY);
    }

    /// @inheritdoc ICreOracle
    function revokeWorkflow(bytes32 workflowId) external {
        if (msg.sender != owner() && msg.sender != guardian) revert CreOracle_OnlyGuardian(msg.sender);
        if (workflowActiveAt[workflowId] == 0) revert CreOracle_WorkflowNotAllowed(workflowId, 0, 0);
        delete workflowActiveAt[workflowId];
        emit WorkflowRevoked(workflowId);
    }

    /// @inheritdoc ICreOracle
    function setGuardian(address next) external onlyOwner {
        guardian = next;
        emit GuardianSet(next);
    }

    // ---------------------------------------------------------------------------------------------------------- views

    /// @inheritdoc ICreOracle
    function attestation(bytes32 requestId) external view returns (Attestation memory) {
        Record memory r = _records[requestId];
        return
            Attestation({
                payBps: r.payBps,
                verdict: r.verdict,
                requestedAt: r.requestedAt,
                requestBlock: r.requestBlock,
                expiresAt: r.requestedAt + r.lifetime,
                observedAt: r.observedAt,
                recordedAt: r.recordedAt,
                pushed: r.pushed,
                evidenceHash: _evidence[requestId]
            });
    }

    /// @inheritdoc ICreOracle
    function requestIdOf(
        address escrow,
        uint8 milestone,
        uint8 round,
        bytes32 digest,
        bytes32 criteriaHash
    ) public view returns (bytes32) {
        return
            keccak256(abi.encode(block.chainid, address(this), gate, escrow, milestone, round, digest, criteriaHash));
    }

    /// @inheritdoc ICreOracle
    function pending(uint256 cursor, uint256 limit) external view returns (Pending[] memory items, uint256 next) {
        uint256 count = requestCount;
        if (cursor >= count) return (items, count);
        next = limit < count - cursor ? cursor + limit : count;
        items = new Pending[](next - cursor);
        uint256 found = 0;
        for (uint256 i = cursor; i < next; ++i) {
            // A hostile escrow hides nothing but its own requests.
            try this.requestAt{gas: LOOK_GAS}(i) returns (Pending memory item) {
                if (item.requestId != 0) items[found++] = item;
            } catch {}
        }
        assembly ("memory-safe") {
            mstore(items, found)
        }
    }

    /// @inheritdoc ICreOracle
    function requestAt(uint256 index) external view returns (Pending memory item) {
        Listed memory entry = _list[index];
        if (block.timestamp > entry.expiresAt) return item;
        IMilestoneGate.Key memory key;
        (key.escrow, key.milestone, key.round, key.payBps) = (entry.escrow, entry.milestone, entry.round, FULL);
        uint256[5] memory last = ISubmissionWords(key.escrow).submission(key.milestone);
        if (last[1] != key.round) return item;
        key.digest = bytes32(last[2]);
        bytes32 id = _idOf(key);
        Record storage record = _records[id];
        if (record.requestedAt == 0 || record.verdict != 0) return item;
        return Pending(key.escrow, key.milestone, key.round, record.requestedAt, entry.expiresAt, id);
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(IReceiver).interfaceId || interfaceId == type(IERC165).interfaceId;
    }

    // ------------------------------------------------------------------------------------------------------- internal

    function _allow(bytes32 workflowId, uint40 activeAt) private {
        workflowActiveAt[workflowId] = activeAt;
        emit WorkflowAllowed(workflowId, activeAt);
    }

    function _checkWorkflow(bytes calldata metadata) private view {
        bytes10 name = bytes10(metadata[32:42]);
        address owner_ = address(bytes20(metadata[42:62]));
        if (owner_ != workflowOwner || name != workflowName) revert CreOracle_WrongWorkflow(owner_, name);
    }

    function _checkDomain(Payload memory p) private view {
        bytes32 id = requestIdOf(p.escrow, p.milestone, p.round, p.digest, p.criteriaHash);
        if (p.chainSelector != chainSelector || p.receiver != address(this) || p.requestId != id) {
            revert CreOracle_WrongDomain(p.requestId, id);
        }
    }

    function _checkActive(bytes32 workflowId, uint40 requestedAt) private view {
        uint40 activeAt = workflowActiveAt[workflowId];
        if (activeAt == 0 || activeAt > requestedAt) {
            revert CreOracle_WorkflowNotAllowed(workflowId, activeAt, requestedAt);
        }
    }

    function _checkVerdict(Payload memory p, uint40 requestedAt) private view {
        if (p.payBps > FULL) revert CreOracle_BpsTooHigh(p.payBps);
        bool fits = p.verdict == PASSED ? p.payBps != 0 : p.verdict == FAILED && p.payBps == 0;
        if (!fits) revert CreOracle_BadVerdict(p.verdict, p.payBps);
        if (
            p.observedAt < requestedAt ||
            p.observedAt > block.timestamp + MAX_AHEAD ||
            p.validUntil < block.timestamp ||
            p.validUntil > uint256(p.observedAt) + MAX_VALIDITY
        ) revert CreOracle_BadTime(p.observedAt, p.validUntil);
    }

    /// @dev Stores a verdict and takes its request off the list.
    function _keep(Record storage record, Payload memory p) private {
        record.payBps = p.payBps;
        record.verdict = p.verdict;
        record.observedAt = uint40(p.observedAt);
        record.recordedAt = uint40(block.timestamp);
        delete _list[record.index];
        _evidence[p.requestId] = p.evidenceHash;
        emit Attested(p.requestId, p.verdict, p.payBps, uint40(p.observedAt), p.metrics, p.evidenceHash);
    }

    /// @dev Tells the gate. Its failure is an event; the verdict stands.
    function _tell(
        bytes32 id,
        address escrow,
        uint8 milestone,
        uint8 round,
        bytes32 digest,
        Record storage record
    ) private {
        if (gasleft() < CALLBACK_FLOOR) revert CreOracle_NeedsGas(gasleft(), CALLBACK_FLOOR);
        uint8 verdict = record.verdict;
        uint16 payBps = record.payBps;
        record.pushed = true;
        try
            IMilestoneGate(gate).report{gas: CALLBACK_GAS}(
                escrow,
                milestone,
                round,
                digest,
                verdict,
                payBps,
                _evidence[id]
            )
        returns (bool latched) {
            emit Pushed(id, latched);
        } catch (bytes memory reason) {
            record.pushed = false;
            emit PushFailed(id, reason);
        }
    }

    /// @dev Whether the gate still has this submission open or held.
    function _waits(Payload memory p) private view returns (bool) {
        IMilestoneGate.BallotView memory ballot = IMilestoneGate(gate).status(
            IMilestoneGate.Key(p.escrow, p.milestone, p.round, 0, FULL, p.digest)
        );
        IMilestoneGate.Status outcome = ballot.outcome;
        return outcome == IMilestoneGate.Status.Open || outcome == IMilestoneGate.Status.Held;
    }

    /// @dev Id of the request for a review, with the criteria of its policy.
    function _idOf(IMilestoneGate.Key memory key) private view returns (bytes32) {
        (, bytes32 criteriaHash) = IMilestoneGate(gate).oracleOf(key);
        return requestIdOf(key.escrow, key.milestone, key.round, key.digest, criteriaHash);
    }

    /// @dev Fifteen words; a word that does not fit its type is refused like a wrong length.
    function _decode(bytes calldata payload) private pure returns (Payload memory p) {
        if (payload.length != PAYLOAD_SIZE) revert CreOracle_BadPayload(payload.length);
        uint256[15] memory w = abi.decode(payload, (uint256[15]));
        bool fits =
            w[0] == 1 &&
                w[1] <= type(uint64).max &&
                w[2] <= type(uint160).max &&
                w[4] <= type(uint160).max &&
                w[5] <= type(uint8).max &&
                w[6] <= type(uint8).max &&
                w[9] <= type(uint8).max &&
                w[10] <= type(uint16).max &&
                w[11] <= type(uint40).max &&
                w[12] <= type(uint64).max;
        if (!fits) revert CreOracle_BadPayload(payload.length);
        p = abi.decode(payload, (Payload));
    }
}
