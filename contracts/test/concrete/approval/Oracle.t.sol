// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICreOracle} from "../../../src/interfaces/ICreOracle.sol";
import {Profile} from "../../../src/interfaces/IMilestoneEscrow.sol";
import {IMilestoneGate} from "../../../src/interfaces/IMilestoneGate.sol";
import {IReceiver} from "../../../src/interfaces/IReceiver.sol";
import {OracleFixture} from "../../support/approval/OracleFixture.sol";

/// @dev The consumer's rules on the real forwarder: Oracle.tree.
contract OracleTest is OracleFixture {
    address private _client;
    bytes32 private _id;
    IMilestoneGate.Key private _key;

    function setUp() public {
        deployOracle();
        _client = addMember(1, CLIENTS, 1);
        openWithOracle(1, 1, HOLD_ORACLE, profile(10, 0, 48, false));
        _key = reviewKey(1);
        _id = passed(1).requestId;
    }

    function _e(bytes4 selector) private view returns (bytes memory) {
        return abi.encodeWithSelector(selector, _id);
    }

    function test_Request() public {
        ICreOracle.Attestation memory a = oracle.attestation(_id);
        eq(a.requestedAt, START, "requestedAt");
        eq(a.requestBlock, 1_000, "requestBlock");
        eq(a.expiresAt, START + 15 days, "expiresAt = decideBy: 10 d, 48 h and the backstop");
        eq(a.verdict, 0, "no verdict");
        eq(oracle.requestCount(), 1, "listed");
        (address named, bytes32 criteria) = gate.oracleOf(_key);
        eq(named, address(oracle), "oracleOf");
        eq(criteria, CRITERIA, "criteria");
        (named, criteria) = gate.oracleOf(reviewKey(2));
        eq(named, address(0), "none");
        vm.expectEmit(true, true, true, true, address(oracle));
        bytes32 next = oracle.requestIdOf(address(escrow), 0, 2, DIGEST, CRITERIA);
        emit ICreOracle.Requested(next, address(escrow), 0, 2, DIGEST, CRITERIA, uint40(START + 15 days));
        escrow.submit(0, DIGEST);
        vm.prank(address(gate));
        vm.expectRevert(abi.encodeWithSelector(ICreOracle.CreOracle_RequestExists.selector, next));
        oracle.request(address(escrow), 0, 2, DIGEST, CRITERIA, 1);
    }

    function test_RevertWhen_StrangerAsks() public {
        vm.expectRevert(abi.encodeWithSelector(ICreOracle.CreOracle_OnlyGate.selector, address(this)));
        oracle.request(address(escrow), 0, 9, DIGEST, CRITERIA, 1);
    }

    function test_BrokenOracleBlocksNothing() public {
        // A new roster names an address without code, then a contract that burns everything it gets.
        address[2] memory bad = [address(0xdead), address(new Burner())];
        for (uint8 i = 0; i < 2; ++i) {
            Profile memory p = profile(10, 0, 48, false);
            amendTo(oracleDraft(word(9, 1, HOLD_ORACLE, p, sameRule(5_001, 5_001)), p, bad[i], CRITERIA));
            IMilestoneGate.Key memory key = reviewKey(2 + i);
            vm.expectEmit(true, true, false, true, address(gate));
            emit IMilestoneGate.OracleUnreachable(ballotId(key), bad[i]);
            escrow.submit(0, DIGEST);
            expectStatus(key, IMilestoneGate.Status.Open, "open");
            castAs(_client, key, true);
            expectStatus(key, IMilestoneGate.Status.Approved, "people decide");
        }
        // Too little gas for the request: the submission reverts rather than lose its verdict.
        escrow.supersede(0);
        (bool ok, bytes memory answer) = address(escrow).call{gas: 200_000}(
            abi.encodeCall(escrow.submit, (0, keccak256("starved")))
        );
        isTrue(!ok && bytes4(answer) == IMilestoneGate.Gate_NeedsGas.selector, "needs gas");
    }

    function test_Rule01_OnlyForwarder() public {
        bytes memory payload = abi.encode(passed(10_000));
        vm.expectRevert(abi.encodeWithSelector(ICreOracle.CreOracle_OnlyForwarder.selector, STRANGER));
        vm.prank(STRANGER);
        oracle.onReport(metadata(meta()), payload);
    }

    function test_Rule02_Workflow() public {
        Meta memory m = meta();
        m.owner = STRANGER;
        expectReason(
            m,
            passed(10_000),
            abi.encodeWithSelector(ICreOracle.CreOracle_WrongWorkflow.selector, STRANGER, NAME)
        );
        m = meta();
        m.name = bytes10("0123456789");
        expectReason(
            m,
            passed(10_000),
            abi.encodeWithSelector(ICreOracle.CreOracle_WrongWorkflow.selector, WORKFLOW_OWNER, m.name)
        );
        m = meta();
        m.workflowId = keccak256("unknown");
        expectReason(
            m,
            passed(10_000),
            abi.encodeWithSelector(ICreOracle.CreOracle_WorkflowNotAllowed.selector, m.workflowId, 0, START)
        );
        // Allowed now, active in 7 days: after this request was made.
        vm.prank(DAO);
        oracle.allowWorkflow(m.workflowId);
        vm.warp(START + 8 days);
        expectReason(
            m,
            passed(10_000),
            abi.encodeWithSelector(
                ICreOracle.CreOracle_WorkflowNotAllowed.selector,
                m.workflowId,
                START + 7 days,
                START
            )
        );
    }

    function test_Rule03_Domain() public {
        Report memory r = passed(10_000);
        r.chainSelector = 1;
        expectReason(meta(), r, abi.encodeWithSelector(ICreOracle.CreOracle_WrongDomain.selector, _id, _id));
        r = passed(10_000);
        r.receiver = address(0xbeef);
        expectReason(meta(), r, abi.encodeWithSelector(ICreOracle.CreOracle_WrongDomain.selector, _id, _id));
        r = passed(10_000);
        r.requestId = keccak256("another request");
        expectReason(meta(), r, abi.encodeWithSelector(ICreOracle.CreOracle_WrongDomain.selector, r.requestId, _id));
        // The same signed bytes on a second receiver and on a second chain.
        bytes memory report = raw(meta(), passed(10_000));
        ICreOracle second = ICreOracle(
            deployCode(
                "CreOracle.sol:CreOracle",
                abi.encode(DAO, address(forwarder), address(gate), SELECTOR, WORKFLOW_OWNER, NAME, WORKFLOW)
            )
        );
        forwarder.report{gas: RELAY_GAS}(address(second), report, context(), signaturesOf(0, 2, report));
        eq(second.attestation(_id).verdict, 0, "second receiver");
        vm.chainId(31338);
        isTrue(!deliverRaw(report, RELAY_GAS), "second chain");
        vm.chainId(31337);
        isTrue(deliverRaw(report, RELAY_GAS), "where it belongs");
    }

    function test_Rule04_Times() public {
        vm.warp(START + 1 hours);
        Report memory r = passed(10_000);
        uint64 time = uint64(block.timestamp);
        uint64[2][4] memory bad = [
            [uint64(START) - 1, time + 10],
            [time + 301, time + 400],
            [time - 100, time - 1],
            [time - 5, time - 5 + 86_401]
        ];
        for (uint256 i = 0; i < bad.length; ++i) {
            (r.observedAt, r.validUntil) = (bad[i][0], bad[i][1]);
            expectReason(
                meta(),
                r,
                abi.encodeWithSelector(ICreOracle.CreOracle_BadTime.selector, r.observedAt, r.validUntil)
            );
        }
        // Each limit itself is taken.
        uint256 snapshot = vm.snapshotState();
        (r.observedAt, r.validUntil) = (uint64(START), time);
        isTrue(deliver(meta(), r), "observed at the request, valid until now");
        vm.revertToState(snapshot);
        (r.observedAt, r.validUntil) = (time + 300, time + 300 + 86_400);
        isTrue(deliver(meta(), r), "300 s ahead, valid a day");
    }

    function test_Rule04_OneVerdict() public {
        isTrue(deliver(meta(), passed(9_000)), "first");
        expectReason(meta(), passed(10_000), _e(ICreOracle.CreOracle_AlreadyReported.selector));
        eq(oracle.attestation(_id).payBps, 9_000, "the first stands");
    }

    function test_Rule05_PushLater() public {
        castAs(_client, _key, false);
        // Refused by the escrow, so the gate reverts inside; the verdict stands.
        escrow.submit(0, DIGEST);
        _key = reviewKey(2);
        Profile memory p = profile(10, 0, 48, false);
        amendTo(oracleDraft(word(9, 1, 0, p, sameRule(5_001, 5_001)), p, address(oracle), CRITERIA));
        escrow.submit(0, DIGEST);
        _key = reviewKey(3);
        escrow.setBroken(true);
        Report memory r = passed(10_000);
        r.round = 3;
        r.requestId = oracle.requestIdOf(r.escrow, 0, 3, DIGEST, CRITERIA);
        isTrue(deliver(meta(), r), "stored");
        eq(oracle.attestation(r.requestId).verdict, 1, "verdict");
        isTrue(!oracle.attestation(r.requestId).pushed, "not pushed");
        expectStatus(_key, IMilestoneGate.Status.Open, "gate unchanged");
        escrow.setBroken(false);
        vm.prank(STRANGER);
        oracle.push(address(escrow), 0, 3, DIGEST, CRITERIA);
        expectStatus(_key, IMilestoneGate.Status.Approved, "paid later");
        vm.expectRevert(abi.encodeWithSelector(ICreOracle.CreOracle_NothingToPush.selector, r.requestId));
        oracle.push(address(escrow), 0, 3, DIGEST, CRITERIA);
        vm.expectRevert(abi.encodeWithSelector(ICreOracle.CreOracle_NothingToPush.selector, _id));
        oracle.push(address(escrow), 0, 1, DIGEST, CRITERIA);
    }

    function test_Rule06_Stale() public {
        Report memory r = passed(10_000);
        r.round = 2;
        r.requestId = oracle.requestIdOf(r.escrow, 0, 2, DIGEST, CRITERIA);
        bytes memory stale = abi.encodeWithSelector(ICreOracle.CreOracle_StaleSubmission.selector, r.requestId);
        expectReason(meta(), r, stale);
        // A round-1 report after a round-2 submission.
        escrow.submit(0, keccak256("second"));
        expectReason(meta(), passed(10_000), _e(ICreOracle.CreOracle_StaleSubmission.selector));
        // After the decision, and after expiry.
        escrow.submit(0, DIGEST);
        r.round = 3;
        r.requestId = oracle.requestIdOf(r.escrow, 0, 3, DIGEST, CRITERIA);
        stale = abi.encodeWithSelector(ICreOracle.CreOracle_StaleSubmission.selector, r.requestId);
        uint256 snapshot = vm.snapshotState();
        castAs(_client, reviewKey(3), true);
        expectReason(meta(), r, stale);
        vm.revertToState(snapshot);
        vm.warp(START + 15 days + 1);
        r.observedAt = r.validUntil = uint64(block.timestamp);
        expectReason(meta(), r, stale);
    }

    function test_Rule07_GasFloor() public {
        bytes memory report = raw(meta(), passed(10_000));
        uint256 missed = 0;
        for (uint256 limit = 300_000; limit <= 1_200_000; limit += 100_000) {
            uint256 snapshot = vm.snapshotState();
            bool taken;
            try this.relay(report, limit) returns (bool success) {
                taken = success;
            } catch {
                taken = false;
            }
            if (!taken) ++missed;
            ICreOracle.Attestation memory a = oracle.attestation(_id);
            bool held = statusOf(_key) == uint256(IMilestoneGate.Status.Held);
            isTrue((a.verdict == 1) == a.pushed && a.pushed == held, "all or nothing");
            isTrue(taken == held, "the forwarder says which");
            vm.revertToState(snapshot);
        }
        isTrue(missed > 0, "the floor was met");
        isTrue(deliverRaw(report, RELAY_GAS), "1.5 M is enough");
        expectStatus(_key, IMilestoneGate.Status.Held, "told");
    }

    function relay(bytes calldata report, uint256 limit) external returns (bool) {
        return deliverRaw(report, limit);
    }

    function test_Rule08_Interfaces() public view {
        uint256 before = gasleft();
        bool receiver = oracle.supportsInterface(0x805f2132);
        isTrue(before - gasleft() < 30_000, "gas");
        isTrue(receiver, "IReceiver");
        isTrue(type(IReceiver).interfaceId == 0x805f2132, "same id as the forwarder's");
        isTrue(oracle.supportsInterface(0x01ffc9a7), "IERC165");
        isTrue(!oracle.supportsInterface(0xffffffff), "not 0xffffffff");
    }

    function test_Rule09_StopSwitch() public {
        bytes memory report = raw(meta(), passed(10_000));
        vm.prank(DAO);
        oracle.revokeWorkflow(WORKFLOW);
        isTrue(!deliverRaw(report, RELAY_GAS), "a signed report is stopped too");
        expectReason(
            meta(),
            passed(10_000),
            abi.encodeWithSelector(ICreOracle.CreOracle_WorkflowNotAllowed.selector, WORKFLOW, 0, START)
        );
        castAs(_client, _key, true);
        expectStatus(_key, IMilestoneGate.Status.Approved, "other bodies work");
    }

    function test_Rule11_Metadata() public {
        bytes memory good = metadata(meta());
        for (uint256 size = 62; size <= 65; ++size) {
            if (size == 64) continue;
            bytes memory bad = new bytes(size);
            for (uint256 i = 0; i < size && i < 64; ++i) {
                bad[i] = good[i];
            }
            bytes memory payload = abi.encode(passed(10_000));
            expectDirect(bad, payload, abi.encodeWithSelector(ICreOracle.CreOracle_BadMetadata.selector, size));
        }
    }

    function test_BadPayload() public {
        bytes memory payload = abi.encode(passed(10_000));
        bytes[3] memory bad = [bytes.concat(payload, hex"00"), bytes(""), abi.encodePacked(payload, bytes32(0))];
        for (uint256 i = 0; i < 3; ++i) {
            bytes memory reason = abi.encodeWithSelector(ICreOracle.CreOracle_BadPayload.selector, bad[i].length);
            expectDirect(metadata(meta()), bad[i], reason);
        }
        Report memory r = passed(10_000);
        r.schema = 2;
        expectReason(meta(), r, abi.encodeWithSelector(ICreOracle.CreOracle_BadPayload.selector, 480));
        // Dirty upper bits in each narrow word are refused, not cut off.
        uint8[10] memory narrow = [0, 1, 2, 4, 5, 6, 9, 10, 11, 12];
        for (uint256 i = 0; i < narrow.length; ++i) {
            bytes memory dirty = abi.encode(passed(10_000));
            dirty[uint256(narrow[i]) * 32] = 0x80;
            bytes memory reason = abi.encodeWithSelector(ICreOracle.CreOracle_BadPayload.selector, 480);
            expectDirect(metadata(meta()), dirty, reason);
        }
    }

    function test_BadVerdict() public {
        expectReason(meta(), passed(10_001), abi.encodeWithSelector(ICreOracle.CreOracle_BpsTooHigh.selector, 10_001));
        expectReason(meta(), passed(0), abi.encodeWithSelector(ICreOracle.CreOracle_BadVerdict.selector, 1, 0));
        Report memory r = failed();
        r.payBps = 1;
        expectReason(meta(), r, abi.encodeWithSelector(ICreOracle.CreOracle_BadVerdict.selector, 2, 1));
        r.payBps = 0;
        r.verdict = 3;
        expectReason(meta(), r, abi.encodeWithSelector(ICreOracle.CreOracle_BadVerdict.selector, 3, 0));
        r.verdict = 0;
        expectReason(meta(), r, abi.encodeWithSelector(ICreOracle.CreOracle_BadVerdict.selector, 0, 0));
    }
}

/// @dev Burns all gas it is given.
contract Burner {
    fallback() external {
        while (true) {
            if (gasleft() < 100) break;
        }
        assembly {
            invalid()
        }
    }
}
