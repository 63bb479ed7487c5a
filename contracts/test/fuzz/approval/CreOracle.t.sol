// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICreOracle} from "../../../src/interfaces/ICreOracle.sol";
import {IMilestoneGate} from "../../../src/interfaces/IMilestoneGate.sol";
import {IReceiver} from "../../../src/interfaces/IReceiver.sol";
import {OracleFixture} from "../../support/approval/OracleFixture.sol";

/// @dev Any bytes at the receiver, directly and through Chainlink's forwarder: a report changes state if, and only if, the
/// rules written down once more in `_rightful` take it; a refused one leaves oracle, gate and escrow as they were.
contract CreOracleFuzzTest is OracleFixture {
    uint256 private constant DIRECT_GAS = 1_400_000;

    bytes32 private _id;
    bytes private _metadata;
    bytes private _payload;

    function setUp() public {
        deployOracle();
        addMember(1, CLIENTS, 1);
        openWithOracle(1, 1, HOLD_ORACLE, profile(10, 0, 48, false));
        // Room below the earliest time that a report may carry.
        vm.warp(START + 1 days);
        Report memory r = passed(10_000);
        _id = r.requestId;
        _metadata = metadata(meta());
        _payload = abi.encode(r);
    }

    /// @dev The starting point itself is taken: a refusal below has the reason that the test planted.
    function test_TheUnchangedReportIsTaken() public {
        isTrue(_rightful(_metadata, _payload), "by the model");
        _check(_metadata, _payload);
        eq(oracle.attestation(_id).verdict, 1, "stored");
    }

    function testFuzz_AnyBytes(bytes calldata head, bytes calldata payload) public {
        _check(head, payload);
        _check(_metadata, payload);
        _check(head, _payload);
        eq(oracle.attestation(_id).verdict, 0, "nothing was taken");
    }

    /// @dev Cut off or extended at the end.
    function testFuzz_AnySize(uint8 headSize, uint16 payloadSize, bytes1 filler) public {
        bytes memory payload = _sized(_payload, bound(payloadSize, 0, 1_000), filler);
        _check(_sized(_metadata, bound(headSize, 0, 130), filler), _payload);
        if (oracle.attestation(_id).verdict == 0) _check(_metadata, payload);
    }

    /// @dev One byte of metadata or payload is another.
    function testFuzz_OneByte(uint16 place, bytes1 mask) public {
        (bytes memory head, bytes memory payload) = _flipped(place, mask);
        _check(head, payload);
    }

    /// @dev Owner, name and id, each right or any.
    function testFuzz_Metadata(bytes32 workflow, bytes10 name, address owner, bytes2 report, uint8 keep) public {
        Meta memory m = meta();
        if (keep & 1 == 0) m.workflowId = workflow;
        if (keep & 2 == 0) m.name = name;
        if (keep & 4 == 0) m.owner = owner;
        _check(abi.encodePacked(m.workflowId, m.name, m.owner, report), _payload);
    }

    /// @dev Up to three words take values at the edges of what is allowed, or any value.
    function testFuzz_Words(uint256[3] calldata seeds) public {
        _check(_metadata, _words(seeds));
    }

    /// @dev Any clock, any times in the report.
    function testFuzz_Times(uint32 later, uint32 observed, uint32 valid, bool pastBefore) public {
        vm.warp(START + bound(later, 0, 11 days));
        Report memory r = passed(7_500);
        r.observedAt = uint64(
            pastBefore ? START - 10 + bound(observed, 0, 20) : block.timestamp - 10 + bound(observed, 0, 320)
        );
        r.validUntil = uint64(r.observedAt + bound(valid, 0, 86_410));
        _check(_metadata, abi.encode(r));
    }

    /// @dev A perfect report from anybody but the forwarder.
    function testFuzz_Caller(address caller) public {
        vm.assume(caller != address(forwarder));
        bytes32 before = _state();
        vm.prank(caller);
        (bool ok, bytes memory reason) = address(oracle).call{gas: DIRECT_GAS}(
            abi.encodeCall(IReceiver.onReport, (_metadata, _payload))
        );
        isTrue(!ok && bytes4(reason) == ICreOracle.CreOracle_OnlyForwarder.selector, "refused by its error");
        eq(_state(), before, "nothing changed");
    }

    /// @dev Two nodes sign whatever it is; the forwarder says what the model says.
    function testFuzz_Forwarder(uint16 place, bytes1 mask, uint256[3] calldata seeds, bool words) public {
        (bytes memory head, bytes memory payload) = _flipped(place, mask);
        if (words) (head, payload) = (_metadata, _words(seeds));
        bool rightful = _rightful(head, payload);
        bytes32 before = _state();
        bytes memory report = bytes.concat(_header(seeds[0]), head, payload);
        isTrue(_tryDeliver(report, signaturesOf(0, 2, report)), "the forwarder itself takes it");
        bytes32 execution = keccak256(abi.encode(seeds[0]));
        bytes2 number = bytes2(bytes.concat(head[62], head[63]));
        (, , , , bool success, ) = forwarder.getTransmissionInfo(address(oracle), execution, number);
        eq(success ? 1 : 0, rightful ? 1 : 0, "ReportProcessed.result");
        if (rightful) _stored(payload);
        else eq(_state(), before, "nothing changed");
    }

    /// @dev Two nodes sign raw bytes of any length, under the right configuration and under any.
    function testFuzz_ForwarderAnyBytes(bytes calldata report, uint16 size) public {
        bytes32 before = _state();
        _tryDeliver(report, signaturesOf(0, 2, report));
        bytes memory good = bytes.concat(_header(1), _metadata, _payload);
        bytes memory cut = _sized(good, bound(size, 0, good.length + 300), 0xff);
        if (cut.length != good.length) _tryDeliver(cut, signaturesOf(0, 2, cut));
        eq(_state(), before, "nothing changed");
    }

    /// @dev A perfect report whose signatures are not those of two nodes over exactly these bytes.
    function testFuzz_ForwarderSignatures(
        uint256 key,
        uint16 place,
        bytes1 mask,
        bytes calldata junk,
        uint8 how
    ) public {
        bytes memory report = bytes.concat(_header(1), _metadata, _payload);
        bytes[] memory list = signaturesOf(0, 2, report);
        how = uint8(bound(how, 0, 3));
        if (how == 0) {
            // A stranger in place of a node.
            uint256 stranger = bound(key, 1, 800);
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(
                stranger,
                keccak256(abi.encodePacked(keccak256(report), context()))
            );
            list[1] = abi.encodePacked(r, s, v - 27);
        } else if (how == 1) {
            list[1] = list[0];
        } else if (how == 2) {
            list[1] = junk;
        } else {
            vm.assume(mask != 0);
            report[bound(place, 0, report.length - 1)] ^= mask;
        }
        bytes32 before = _state();
        isTrue(!_tryDeliver(report, list), "the forwarder reverts");
        eq(_state(), before, "nothing changed");
    }

    // ------------------------------------------------------------------------------------------------------ the model

    /// @dev The rules once more, on words rather than fields, for the one request that is open.
    function _rightful(bytes memory head, bytes memory payload) private view returns (bool) {
        if (head.length != 64 || payload.length != 480) return false;
        bytes32 name;
        bytes32 owner;
        assembly ("memory-safe") {
            name := mload(add(head, 64))
            owner := mload(add(head, 74))
        }
        if (bytes32(head) != WORKFLOW || bytes10(name) != NAME || bytes20(owner) != bytes20(WORKFLOW_OWNER))
            return false;
        uint256[15] memory w = abi.decode(payload, (uint256[15]));
        if (w[0] != 1 || w[1] != SELECTOR || w[2] != uint160(address(oracle)) || w[3] != uint256(_id)) return false;
        if (w[4] != uint160(address(escrow)) || w[5] != 0 || w[6] != 1) return false;
        if (w[7] != uint256(DIGEST) || w[8] != uint256(CRITERIA)) return false;
        bool verdict = (w[9] == 1 && w[10] >= 1 && w[10] <= 10_000) || (w[9] == 2 && w[10] == 0);
        uint256 now_ = block.timestamp;
        // Ten days of review; afterwards the ballot has its outcome.
        if (!verdict || now_ > START + 10 days) return false;
        return w[11] >= START && w[11] <= now_ + 300 && w[12] >= now_ && w[12] <= w[11] + 86_400;
    }

    /// @dev Calls as the forwarder does and compares with the model.
    function _check(bytes memory head, bytes memory payload) private {
        bool rightful = _rightful(head, payload);
        bytes32 before = _state();
        vm.prank(address(forwarder));
        (bool ok, ) = address(oracle).call{gas: DIRECT_GAS}(abi.encodeCall(IReceiver.onReport, (head, payload)));
        eq(ok ? 1 : 0, rightful ? 1 : 0, "taken if rightful, and only then");
        if (rightful) _stored(payload);
        else eq(_state(), before, "nothing changed");
    }

    function _stored(bytes memory payload) private view {
        uint256[15] memory w = abi.decode(payload, (uint256[15]));
        ICreOracle.Attestation memory a = oracle.attestation(_id);
        eq(a.verdict, w[9], "verdict");
        eq(a.payBps, w[10], "payBps");
        eq(a.observedAt, w[11], "observedAt");
        eq(a.recordedAt, block.timestamp, "recordedAt");
        eq(a.evidenceHash, bytes32(w[14]), "evidence");
        isTrue(a.pushed, "the gate was told");
        eq(a.requestedAt, START, "the request's own time stays");
        eq(a.expiresAt, START + 15 days, "and its last moment");
    }

    /// @dev Everything that a report could change, as the contracts' own views answer it.
    function _state() private view returns (bytes32) {
        (, bytes memory ballot) = address(gate).staticcall(abi.encodeCall(IMilestoneGate.status, (reviewKey(1))));
        (, bytes memory milestone) = address(escrow).staticcall(abi.encodeCall(escrow.milestone, (0)));
        return
            keccak256(
                abi.encode(
                    oracle.attestation(_id),
                    oracle.requestCount(),
                    oracle.head(),
                    oracle.workflowActiveAt(WORKFLOW),
                    oracle.guardian(),
                    ballot,
                    milestone,
                    escrow.approvals() + escrow.rejections() + escrow.escalations()
                )
            );
    }

    // ---------------------------------------------------------------------------------------------------- the changes

    function _flipped(uint256 place, bytes1 mask) private view returns (bytes memory head, bytes memory payload) {
        (head, payload) = (_metadata, _payload);
        place = bound(place, 0, head.length + payload.length - 1);
        if (place < head.length) head[place] ^= mask;
        else payload[place - head.length] ^= mask;
    }

    function _words(uint256[3] calldata seeds) private view returns (bytes memory) {
        uint256[15] memory w = abi.decode(_payload, (uint256[15]));
        for (uint256 i = 0; i < 3; ++i) {
            uint256 seed = seeds[i];
            uint256 place = seed % 15;
            uint256 value = seed >> 8;
            uint256 kind = value % 8;
            if (kind == 0) w[place] = value;
            else if (kind == 1) w[place] = w[place] + 1;
            else if (kind == 2 && w[place] != 0) w[place] = w[place] - 1;
            else if (kind == 3) w[place] = 0;
            else if (kind == 4) w[place] = w[place] | (1 << (value >> 248));
            else if (kind == 5) w[place] = w[place] + 300 + ((value >> 8) % 2);
            else if (kind == 6) (w[9], w[10]) = ((value >> 8) % 4, [0, 1, 10_000, 10_001][(value >> 16) % 4]);
            else (w[11], w[12]) = (START + ((value >> 8) % 2 days), block.timestamp + ((value >> 64) % 2 days));
        }
        return abi.encode(w);
    }

    function _sized(bytes memory data, uint256 size, bytes1 filler) private pure returns (bytes memory out) {
        out = new bytes(size);
        for (uint256 i = 0; i < size; ++i) {
            out[i] = i < data.length ? data[i] : filler;
        }
    }

    /// @dev The 45 bytes that the forwarder reads and the receiver never sees.
    function _header(uint256 execution) private view returns (bytes memory) {
        return
            abi.encodePacked(uint8(1), keccak256(abi.encode(execution)), uint32(block.timestamp), uint32(1), uint32(1));
    }

    function _tryDeliver(bytes memory report, bytes[] memory list) private returns (bool ok) {
        (ok, ) = address(forwarder).call{gas: RELAY_GAS}(
            abi.encodeCall(forwarder.report, (address(oracle), report, context(), list))
        );
    }
}
