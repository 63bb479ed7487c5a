// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICreOracle} from "../../../src/interfaces/ICreOracle.sol";
import {IMilestoneGate} from "../../../src/interfaces/IMilestoneGate.sol";
import {OracleFixture} from "../../support/approval/OracleFixture.sol";

/// @dev The consumer's rules where an honest gate never leads: OracleRules.tree.
contract OracleRulesTest is OracleFixture {
    HostileGate private _hostile;

    /// @dev An oracle whose gate is this test's own, with one request.
    function setUp() public {
        deployOracle();
        _hostile = new HostileGate();
        oracle = ICreOracle(
            deployCode(
                "CreOracle.sol:CreOracle",
                abi.encode(DAO, address(forwarder), address(_hostile), SELECTOR, WORKFLOW_OWNER, NAME, WORKFLOW)
            )
        );
        _hostile.ask(oracle, address(escrow), DIGEST, CRITERIA, uint40(block.timestamp + 1 days));
    }

    function _id() private view returns (bytes32) {
        return passed(1).requestId;
    }

    function test_Rule05_GateThatReverts() public {
        _hostile.become(HostileGate.Mode.Reverts);
        vm.expectEmit(true, false, false, true, address(oracle));
        emit ICreOracle.PushFailed(_id(), abi.encodeWithSelector(HostileGate.Refused.selector));
        isTrue(deliver(meta(), passed(9_000)), "the report is taken");
        eq(oracle.attestation(_id()).payBps, 9_000, "the verdict stands");
        isTrue(!oracle.attestation(_id()).pushed, "and waits");
        _hostile.become(HostileGate.Mode.Takes);
        vm.expectEmit(true, false, false, true, address(oracle));
        emit ICreOracle.Pushed(_id(), true);
        oracle.push(address(escrow), 0, 1, DIGEST, CRITERIA);
    }

    function test_Rule06_ExpiredThoughTheGateWaits() public {
        uint256 last = block.timestamp + 1 days;
        vm.warp(last + 1);
        expectReason(
            meta(),
            passed(10_000),
            abi.encodeWithSelector(ICreOracle.CreOracle_StaleSubmission.selector, _id())
        );
        vm.warp(last);
        isTrue(deliver(meta(), passed(10_000)), "the last second counts");
    }

    function test_Rule06_DecidedThoughNotExpired() public {
        _hostile.answer(IMilestoneGate.Status.Approved);
        expectReason(
            meta(),
            passed(10_000),
            abi.encodeWithSelector(ICreOracle.CreOracle_StaleSubmission.selector, _id())
        );
        _hostile.answer(IMilestoneGate.Status.Held);
        isTrue(deliver(meta(), passed(10_000)), "a held ballot still listens");
    }

    function test_Rule07_ReentrantGate() public {
        _hostile.become(HostileGate.Mode.Reenters);
        isTrue(deliver(meta(), passed(10_000)), "taken");
        eq(_hostile.told(), 1, "told once");
        eq(_hostile.refusal(), abi.encodeWithSelector(ICreOracle.CreOracle_NothingToPush.selector, _id()));
        isTrue(oracle.attestation(_id()).pushed, "pushed");
    }

    function test_Rule07_GateThatBurns() public {
        _hostile.become(HostileGate.Mode.Burns);
        isTrue(deliver(meta(), passed(10_000)), "what the gate burns is not the oracle's");
        eq(oracle.attestation(_id()).verdict, 1, "stored");
        isTrue(!oracle.attestation(_id()).pushed, "and may be pushed");
    }

    function test_Rule07_GateGetsItsMillion() public {
        uint256 snapshot = vm.snapshotState();
        uint256[2] memory limits = [RELAY_GAS, uint256(5_000_000)];
        for (uint256 i = 0; i < 2; ++i) {
            bytes memory report = raw(meta(), passed(10_000));
            isTrue(deliverRaw(report, limits[i]), "taken");
            isTrue(_hostile.gasSeen() > 990_000 && _hostile.gasSeen() <= 1_000_000, "a million, no more and no less");
            vm.revertToState(snapshot);
        }
    }

    function test_Rule08_AddressWithoutCode() public {
        address empty = address(0xe4413);
        Report memory r = passed(10_000);
        r.receiver = empty;
        bytes memory report = raw(meta(), r);
        forwarder.report{gas: RELAY_GAS}(empty, report, context(), signaturesOf(0, 2, report));
        // The code comes too late: this execution's report is burned.
        vm.etch(empty, address(oracle).code);
        vm.expectRevert();
        forwarder.report{gas: RELAY_GAS}(empty, report, context(), signaturesOf(0, 2, report));
    }

    function eq(bytes memory actual, bytes memory expected) private pure {
        eq(keccak256(actual), keccak256(expected), "bytes");
    }
}

/// @dev Stands where the gate stands and does what a gate must not.
contract HostileGate {
    enum Mode {
        Takes,
        Reverts,
        Reenters,
        Burns
    }

    error Refused();

    Mode public mode;
    IMilestoneGate.Status public status_ = IMilestoneGate.Status.Open;
    uint256 public told;
    uint256 public gasSeen;
    bytes public refusal;

    ICreOracle private _oracle;
    bytes32 private _criteria;

    function become(Mode next) external {
        mode = next;
    }

    function answer(IMilestoneGate.Status next) external {
        status_ = next;
    }

    function ask(ICreOracle oracle, address escrow, bytes32 digest, bytes32 criteria, uint40 expiresAt) external {
        (_oracle, _criteria) = (oracle, criteria);
        oracle.request(escrow, 0, 1, digest, criteria, expiresAt);
    }

    function status(IMilestoneGate.Key calldata) external view returns (IMilestoneGate.BallotView memory ballot) {
        ballot.status = status_;
        ballot.outcome = status_;
    }

    function report(
        address escrow,
        uint8 milestone,
        uint8 round,
        bytes32 digest,
        uint8,
        uint16,
        bytes32
    ) external returns (bool) {
        uint256 left = gasleft();
        if (mode == Mode.Reverts) revert Refused();
        if (mode == Mode.Burns) {
            while (gasleft() > 5_000) continue;
            assembly ("memory-safe") {
                invalid()
            }
        }
        gasSeen = left;
        ++told;
        if (mode == Mode.Reenters && told < 3) {
            try _oracle.push(escrow, milestone, round, digest, _criteria) {} catch (bytes memory reason) {
                refusal = reason;
            }
        }
        return true;
    }
}
