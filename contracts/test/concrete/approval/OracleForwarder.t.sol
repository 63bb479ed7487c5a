// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICreOracle} from "../../../src/interfaces/ICreOracle.sol";
import {Profile} from "../../../src/interfaces/IMilestoneEscrow.sol";
import {IMilestoneGate} from "../../../src/interfaces/IMilestoneGate.sol";
import {OracleFixture} from "../../support/approval/OracleFixture.sol";

/// @dev From a verdict to a payment, workflows, paging, and the forwarder's own rules: Oracle.tree.
contract OracleForwarderTest is OracleFixture {
    address private _client;
    IMilestoneGate.Key private _key;
    bytes32 private _id;

    function setUp() public {
        deployOracle();
        _client = addMember(1, CLIENTS, 1);
    }

    function _open(uint8 bodies, uint8 need, uint8 flags, bool silenceApproves) private {
        openWithOracle(bodies, need, flags, profile(10, 0, 48, silenceApproves));
        _key = reviewKey(1);
        _id = passed(1).requestId;
    }

    function test_PassPays() public {
        _open(1, 1, 0, false);
        isTrue(deliver(meta(), passed(10_000)), "taken");
        expectStatus(_key, IMilestoneGate.Status.Approved, "paid");
        eq(escrow.approvals(), 1, "once");
        isTrue(oracle.attestation(_id).pushed, "pushed");
        eq(oracle.attestation(_id).evidenceHash, EVIDENCE, "evidence");
    }

    function test_HoldOracle() public {
        _open(1, 1, HOLD_ORACLE, false);
        vm.warp(START + 1 days);
        deliver(meta(), passed(10_000));
        expectStatus(_key, IMilestoneGate.Status.Held, "held");
        eq(gate.status(_key).deadline, START + 3 days, "48 h");
        vm.warp(START + 3 days + 1);
        gate.finalize(_key);
        eq(escrow.approvals(), 1, "paid");
    }

    function test_PartialIsHeld() public {
        _open(1, 1, 0, false);
        deliver(meta(), passed(9_742));
        expectStatus(_key, IMilestoneGate.Status.Held, "held");
        castAs(_client, _key, true);
        expectStatus(_key, IMilestoneGate.Status.Held, "clients cannot end a partial payment");
        vm.warp(START + 2 days + 1);
        gate.finalize(_key);
        eq(escrow.milestone(0).standingBps, 9_742, "that share");
    }

    function test_FailStaysOpen() public {
        _open(1, 1, 0, false);
        isTrue(deliver(meta(), failed()), "taken");
        expectStatus(_key, IMilestoneGate.Status.Open, "the client may still approve");
        eq(gate.status(_key).bodies[3], 2, "its no is on record");
        castAs(_client, _key, true);
        expectStatus(_key, IMilestoneGate.Status.Approved, "client approves");
    }

    function test_FailRejects() public {
        _open(1, 2, 0, false);
        deliver(meta(), failed());
        expectStatus(_key, IMilestoneGate.Status.Rejected, "need 2 is out of reach");
        eq(escrow.reason(), EVIDENCE, "reason");
    }

    function test_OracleSilent() public {
        _open(0, 1, 0, false);
        vm.warp(START + 10 days + 1);
        gate.finalize(_key);
        expectStatus(_key, IMilestoneGate.Status.Escalated, "dispute");
    }

    function test_FailIsAnObjection() public {
        _open(1, 1, SILENCE_APPROVES, true);
        deliver(meta(), failed());
        vm.warp(START + 10 days + 1);
        gate.finalize(_key);
        expectStatus(_key, IMilestoneGate.Status.Escalated, "no silence");
    }

    function test_ClientNoHolds() public {
        addMember(2, CLIENTS, 1);
        addMember(3, CLIENTS, 1);
        _open(1, 1, 0, false);
        castAs(_client, _key, false);
        deliver(meta(), passed(10_000));
        expectStatus(_key, IMilestoneGate.Status.Held, "against a client's no");
    }

    function test_LowestPays() public {
        _open(1, 2, 0, false);
        deliver(meta(), passed(9_000));
        expectStatus(_key, IMilestoneGate.Status.Open, "one of two");
        castAs(_client, _key, true);
        expectStatus(_key, IMilestoneGate.Status.Held, "two, below 10,000");
        eq(gate.status(_key).payBps, 9_000, "lowest");
    }

    function test_GateReport() public {
        _open(1, 2, 0, false);
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_NotOracle.selector, address(oracle), address(this)));
        gate.report(address(escrow), 0, 1, DIGEST, 1, 10_000, EVIDENCE);
        vm.prank(address(oracle));
        vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_NotOracle.selector, address(0), address(oracle)));
        gate.report(address(escrow), 0, 9, DIGEST, 1, 10_000, EVIDENCE);
        uint16[2][5] memory bad = [[uint16(1), 0], [uint16(1), 10_001], [uint16(2), 1], [uint16(3), 0], [uint16(0), 0]];
        for (uint256 i = 0; i < bad.length; ++i) {
            vm.prank(address(oracle));
            vm.expectRevert(abi.encodeWithSelector(IMilestoneGate.Gate_BadBps.selector, bad[i][1]));
            gate.report(address(escrow), 0, 1, DIGEST, uint8(bad[i][0]), bad[i][1], EVIDENCE);
        }
        vm.startPrank(address(oracle));
        isTrue(gate.report(address(escrow), 0, 1, DIGEST, 1, 9_000, EVIDENCE), "first latches");
        uint256 before = gate.ballotWord(ballotId(_key));
        vm.expectEmit(true, false, false, true, address(gate));
        emit IMilestoneGate.Reported(ballotId(_key), 2, 0, EVIDENCE, false);
        isTrue(!gate.report(address(escrow), 0, 1, DIGEST, 2, 0, EVIDENCE), "second");
        vm.warp(START + 10 days + 1);
        isTrue(!gate.report(address(escrow), 0, 1, DIGEST, 2, 0, EVIDENCE), "late");
        eq(gate.ballotWord(ballotId(_key)), before, "nothing changed");
        vm.stopPrank();
    }

    function test_Workflows() public {
        bytes32 next = keccak256("next");
        vm.expectRevert(abi.encodeWithSignature("OwnableUnauthorizedAccount(address)", address(this)));
        oracle.allowWorkflow(next);
        vm.startPrank(DAO);
        vm.expectRevert(abi.encodeWithSelector(ICreOracle.CreOracle_ZeroValue.selector));
        oracle.allowWorkflow(0);
        oracle.allowWorkflow(next);
        vm.expectRevert(abi.encodeWithSelector(ICreOracle.CreOracle_WorkflowKnown.selector, next, START + 7 days));
        oracle.allowWorkflow(next);
        oracle.setGuardian(STRANGER);
        vm.stopPrank();
        eq(oracle.workflowActiveAt(next), START + 7 days, "delay");
        vm.expectRevert(abi.encodeWithSelector(ICreOracle.CreOracle_OnlyGuardian.selector, address(this)));
        oracle.revokeWorkflow(next);
        vm.startPrank(STRANGER);
        oracle.revokeWorkflow(next);
        eq(oracle.workflowActiveAt(next), 0, "off at once");
        vm.expectRevert(abi.encodeWithSelector(ICreOracle.CreOracle_WorkflowNotAllowed.selector, next, 0, 0));
        oracle.revokeWorkflow(next);
        vm.expectRevert(abi.encodeWithSignature("OwnableUnauthorizedAccount(address)", STRANGER));
        oracle.allowWorkflow(next);
        vm.expectRevert(abi.encodeWithSignature("OwnableUnauthorizedAccount(address)", STRANGER));
        oracle.setGuardian(address(this));
        vm.stopPrank();
    }

    /// @dev Three milestones under one policy, each submitted once.
    function _openThree() private {
        Profile memory p = profile(10, 0, 48, false);
        Draft memory d = oracleDraft(word(9, 2, 0, p, sameRule(5_001, 5_001)), p, address(oracle), CRITERIA);
        d.pairs = new uint8[](3);
        createProject(d);
        for (uint8 m = 0; m < 3; ++m) {
            if (m == 2) vm.warp(START + 1 days);
            escrow.submit(m, DIGEST);
        }
        _id = passed(1).requestId;
    }

    function test_Pending() public {
        _openThree();
        Report memory r = passed(10_000);
        r.milestone = 2;
        r.requestId = oracle.requestIdOf(r.escrow, 2, 1, DIGEST, CRITERIA);
        deliver(meta(), r);
        (ICreOracle.Pending[] memory items, uint256 next) = oracle.pending(0, 10);
        eq(items.length, 2, "two of three are open");
        eq(items[1].milestone, 1, "milestone");
        eq(items[0].requestId, _id, "id");
        eq(items[0].requestedAt, START, "requestedAt");
        eq(items[0].expiresAt, START + 15 days, "expiresAt");
        eq(next, 3, "end");
        (items, next) = oracle.pending(1, 1);
        eq(items.length, 1, "page");
        eq(next, 2, "cursor");
        (items, next) = oracle.pending(7, 5);
        eq(items.length + next, 3, "behind the end");
        eq(oracle.advance(5), 0, "the first is open");
        vm.warp(START + 15 days + 1);
        eq(oracle.advance(1), 1, "bounded");
        eq(oracle.advance(100), 3, "all: expired and answered");
        eq(oracle.head(), 3, "mark");
    }

    function test_Pending_Superseded() public {
        _openThree();
        eq(oracle.requestAt(0).requestId, _id, "waiting");
        eq(oracle.requestAt(0).requestedAt, START, "since");
        escrow.submit(0, DIGEST);
        (ICreOracle.Pending[] memory items, uint256 next) = oracle.pending(0, 10);
        eq(next, 4, "four requests");
        eq(items.length, 3, "the superseded one waits for nothing");
        eq(items[2].round, 2, "the new round");
        eq(oracle.requestAt(0).requestId, 0, "no more");
        // An escrow that answers with anything hides its own requests only.
        address fine = address(escrow);
        vm.etch(fine, hex"5b600056");
        (items, next) = oracle.pending(0, 10);
        eq(items.length, 0, "none of a broken escrow");
        eq(next, 4, "looked at all");
    }

    function test_Rule01_VersionAtDeployment() public {
        address mock = address(new NotTheForwarder());
        bytes memory args = abi.encode(DAO, mock, address(gate), SELECTOR, WORKFLOW_OWNER, NAME, WORKFLOW);
        vm.expectRevert(abi.encodeWithSelector(ICreOracle.CreOracle_BadForwarder.selector, mock));
        this.deployWith(args);
        args = abi.encode(DAO, STRANGER, address(gate), SELECTOR, WORKFLOW_OWNER, NAME, WORKFLOW);
        vm.expectRevert(abi.encodeWithSelector(ICreOracle.CreOracle_BadForwarder.selector, STRANGER));
        this.deployWith(args);
    }

    function deployWith(bytes calldata args) external returns (address) {
        return deployCode("CreOracle.sol:CreOracle", args);
    }

    function test_Rule10_NoZeroNoSetter() public {
        address f = address(forwarder);
        bytes[6] memory zeros = [
            abi.encode(DAO, address(0), address(gate), SELECTOR, WORKFLOW_OWNER, NAME, WORKFLOW),
            abi.encode(DAO, f, address(0), SELECTOR, WORKFLOW_OWNER, NAME, WORKFLOW),
            abi.encode(DAO, f, address(gate), uint64(0), WORKFLOW_OWNER, NAME, WORKFLOW),
            abi.encode(DAO, f, address(gate), SELECTOR, address(0), NAME, WORKFLOW),
            abi.encode(DAO, f, address(gate), SELECTOR, WORKFLOW_OWNER, bytes10(0), WORKFLOW),
            abi.encode(DAO, f, address(gate), SELECTOR, WORKFLOW_OWNER, NAME, bytes32(0))
        ];
        for (uint256 i = 0; i < zeros.length; ++i) {
            bytes memory reason =
                i == 0
                    ? abi.encodeWithSelector(ICreOracle.CreOracle_BadForwarder.selector, address(0))
                    : abi.encodeWithSelector(ICreOracle.CreOracle_ZeroValue.selector);
            vm.expectRevert(reason);
            this.deployWith(zeros[i]);
        }
        string[5] memory setters = [
            "setForwarder(address)",
            "setForwarderAddress(address)",
            "setGate(address)",
            "setWorkflowOwner(address)",
            "setExpectedWorkflowId(bytes32)"
        ];
        for (uint256 i = 0; i < setters.length; ++i) {
            vm.prank(DAO);
            (bool ok, ) = address(oracle).call(abi.encodeWithSignature(setters[i], STRANGER));
            isTrue(!ok, setters[i]);
        }
    }

    function test_Rule12_InnerFailure() public {
        _open(1, 1, 0, false);
        bytes memory report = raw(meta(), passed(10_001));
        vm.recordLogs();
        forwarder.report{gas: RELAY_GAS}(address(oracle), report, context(), signaturesOf(1, 3, report));
        // The outer call succeeds; only the event says that the receiver refused.
        eq(abi.decode(vm.getRecordedLogs()[0].data, (bool)) ? 1 : 0, 0, "ReportProcessed.result");
    }

    function test_Rule13_NoFeed() public view {
        // Amounts are token units: there is no price in a report, and no feed in the contract.
        eq(abi.encode(passed(1)).length, 480, "fifteen words, none of them a price");
    }

    function test_Forwarder() public {
        _open(1, 1, 0, false);
        bytes memory report = raw(meta(), passed(10_000));
        bytes[] memory two = signaturesOf(0, 2, report);
        bytes[] memory list = new bytes[](1);
        list[0] = two[0];
        _refused(report, list, abi.encodeWithSignature("InvalidSignatureCount(uint256,uint256)", 2, 1));
        list = new bytes[](3);
        (list[0], list[1], list[2]) = (two[0], two[1], nodeSignature(1, report));
        _refused(report, list, abi.encodeWithSignature("InvalidSignatureCount(uint256,uint256)", 2, 3));
        list = new bytes[](2);
        (list[0], list[1]) = (two[0], two[0]);
        _refused(report, list, abi.encodeWithSignature("DuplicateSigner(address)", vm.addr(NODE)));
        list[1] = nodeSignature(7, report);
        _refused(report, list, abi.encodeWithSignature("InvalidSigner(address)", vm.addr(NODE + 7)));
        list[1] = new bytes(64);
        _refused(report, list, abi.encodeWithSignature("InvalidSignature(bytes)", list[1]));
        bytes memory changed = raw(meta(), passed(9_999));
        vm.expectRevert();
        forwarder.report(address(oracle), changed, context(), two);
        vm.expectRevert();
        forwarder.report(address(oracle), report, abi.encodePacked(context(), uint8(1)), two);
        bytes memory payload = abi.encode(passed(10_000));
        vm.expectRevert(abi.encodeWithSignature("UnauthorizedForwarder()"));
        forwarder.route(bytes32(0), address(this), address(oracle), metadata(meta()), payload);
        vm.expectRevert(abi.encodeWithSignature("InvalidReport()"));
        forwarder.report(address(oracle), new bytes(108), context(), two);
        // v 27/28 and EIP-191 are other signers.
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(NODE, keccak256(abi.encodePacked(keccak256(report), context())));
        list[0] = abi.encodePacked(r, s, v);
        list[1] = two[1];
        vm.expectRevert();
        forwarder.report(address(oracle), report, context(), list);
        isTrue(deliverRaw(report, RELAY_GAS), "two of four");
        vm.expectRevert();
        forwarder.report(address(oracle), report, context(), signaturesOf(1, 3, report));
        eq(escrow.approvals(), 1, "delivered once");
    }

    function _refused(bytes memory report, bytes[] memory list, bytes memory reason) private {
        vm.expectRevert(reason);
        forwarder.report(address(oracle), report, context(), list);
    }
}

/// @dev Chainlink's mock says another name.
contract NotTheForwarder {
    function typeAndVersion() external pure returns (string memory) {
        return "MockKeystoneForwarder 1.0.0";
    }
}
