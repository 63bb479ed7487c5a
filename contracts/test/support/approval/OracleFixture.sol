// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICreOracle} from "../../../src/interfaces/ICreOracle.sol";
import {Profile} from "../../../src/interfaces/IMilestoneEscrow.sol";
import {GateFixture} from "./GateFixture.sol";

/// @dev Chainlink's own forwarder, as published.
interface IKeystoneForwarder {
    function setConfig(uint32 donId, uint32 configVersion, uint8 f, address[] calldata signers) external;
    function report(address receiver, bytes calldata raw, bytes calldata context, bytes[] calldata signatures) external;
    function route(
        bytes32 id,
        address transmitter,
        address receiver,
        bytes calldata metadata,
        bytes calldata report
    ) external returns (bool);
    function getTransmissionInfo(
        address receiver,
        bytes32 executionId,
        bytes2 reportId
    )
        external
        view
        returns (bytes32 id, uint8 state, address transmitter, bool invalidReceiver, bool success, uint80 gasLimit);
}

/// @dev A project whose policy names the oracle, four oracle nodes with f = 1, and reports byte by byte.
abstract contract OracleFixture is GateFixture {
    uint64 internal constant SELECTOR = 7759470850252068959;
    bytes10 internal constant NAME = 0x63633833356662643638;
    address internal constant WORKFLOW_OWNER = address(0x0e0e);
    address internal constant DAO = address(0xda0);
    bytes32 internal constant WORKFLOW = keccak256("workflow");
    bytes32 internal constant CRITERIA = keccak256("criteria");
    bytes32 internal constant EVIDENCE = keccak256("evidence");
    uint256 internal constant NODE = 900;
    uint256 internal constant RELAY_GAS = 1_500_000;

    struct Report {
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

    struct Meta {
        bytes32 workflowId;
        bytes10 name;
        address owner;
    }

    IKeystoneForwarder internal forwarder;
    ICreOracle internal oracle;
    uint256 private _executions;

    function deployOracle() internal {
        deployAll();
        vm.roll(1_000);
        forwarder = IKeystoneForwarder(deployCode("KeystoneForwarder.sol:KeystoneForwarder", ""));
        address[] memory signers = new address[](4);
        for (uint256 i = 0; i < 4; ++i) {
            signers[i] = vm.addr(NODE + i);
        }
        forwarder.setConfig(1, 1, 1, signers);
        oracle = ICreOracle(
            deployCode(
                "CreOracle.sol:CreOracle",
                abi.encode(DAO, address(forwarder), address(gate), SELECTOR, WORKFLOW_OWNER, NAME, WORKFLOW)
            )
        );
    }

    /// @dev A project of one policy over `bodies` (bit 3 added), round 1 submitted.
    function openWithOracle(uint8 bodies, uint8 need, uint8 flags, Profile memory p) internal {
        bytes32 policy = word(bodies | 8, need, flags, p, sameRule(5_001, 5_001));
        createProject(oracleDraft(policy, p, address(oracle), CRITERIA));
        escrow.submit(0, DIGEST);
    }

    function passed(uint16 payBps) internal view returns (Report memory r) {
        r.schema = 1;
        r.chainSelector = SELECTOR;
        r.receiver = address(oracle);
        r.escrow = address(escrow);
        r.milestone = 0;
        r.round = 1;
        r.digest = DIGEST;
        r.criteriaHash = CRITERIA;
        r.requestId = oracle.requestIdOf(r.escrow, r.milestone, r.round, r.digest, r.criteriaHash);
        r.verdict = 1;
        r.payBps = payBps;
        r.observedAt = uint64(block.timestamp);
        r.validUntil = uint64(block.timestamp + 1 hours);
        r.evidenceHash = EVIDENCE;
    }

    function failed() internal view returns (Report memory r) {
        r = passed(0);
        r.verdict = 2;
    }

    function meta() internal pure returns (Meta memory) {
        return Meta(WORKFLOW, NAME, WORKFLOW_OWNER);
    }

    function metadata(Meta memory m) internal pure returns (bytes memory) {
        return abi.encodePacked(m.workflowId, m.name, m.owner, bytes2(0x0001));
    }

    /// @dev Raw report: header of 109 bytes, then the payload. A fresh execution id each time.
    function raw(Meta memory m, Report memory r) internal returns (bytes memory) {
        bytes32 execution = keccak256(abi.encode("execution", ++_executions));
        return
            bytes.concat(
                abi.encodePacked(uint8(1), execution, uint32(block.timestamp), uint32(1), uint32(1)),
                metadata(m),
                abi.encode(r)
            );
    }

    function context() internal pure returns (bytes memory) {
        return abi.encodePacked(bytes32(uint256(1)), bytes32(uint256(2)), bytes32(0));
    }

    function nodeSignature(uint256 node, bytes memory report) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(
            NODE + node,
            keccak256(abi.encodePacked(keccak256(report), context()))
        );
        return abi.encodePacked(r, s, v - 27);
    }

    function signaturesOf(uint256 a, uint256 b, bytes memory report) internal pure returns (bytes[] memory list) {
        list = new bytes[](2);
        list[0] = nodeSignature(a, report);
        list[1] = nodeSignature(b, report);
    }

    /// @dev Delivers through the forwarder with the relayer's gas; whether the receiver took it.
    function deliver(Meta memory m, Report memory r) internal returns (bool) {
        return deliverRaw(raw(m, r), RELAY_GAS);
    }

    function deliverRaw(bytes memory report, uint256 gasLimit) internal returns (bool success) {
        forwarder.report{gas: gasLimit}(address(oracle), report, context(), signaturesOf(0, 2, report));
        bytes32 execution;
        assembly ("memory-safe") {
            execution := mload(add(report, 33))
        }
        (, , , , success, ) = forwarder.getTransmissionInfo(address(oracle), execution, bytes2(0x0001));
    }

    /// @dev The exact reason, which the forwarder swallows: the call as the forwarder makes it.
    function expectReason(Meta memory m, Report memory r, bytes memory reason) internal {
        expectDirect(metadata(m), abi.encode(r), reason);
        isTrue(!deliver(m, r), "the forwarder reports a failure");
    }

    /// @dev A call of the receiver as the forwarder makes it, which must fail for this reason.
    function expectDirect(bytes memory head, bytes memory payload, bytes memory reason) internal {
        vm.prank(address(forwarder));
        vm.expectRevert(reason);
        oracle.onReport(head, payload);
    }
}
