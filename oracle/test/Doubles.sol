// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICreOracle} from "../../contracts/src/interfaces/ICreOracle.sol";
import {IMilestoneGate} from "../../contracts/src/interfaces/IMilestoneGate.sol";

/// @title GateAndEscrowDouble
/// @notice Stands in for the gate and for one escrow with many milestones: asks the real oracle, keeps what it is told and
/// "pays" by counting. Lets the oracle's network be tested without the money's contracts.
contract GateAndEscrowDouble {
    struct Told {
        uint8 verdict;
        uint16 payBps;
        bytes32 evidenceHash;
        uint256 times;
    }

    ICreOracle public oracle;
    mapping(uint8 milestone => uint8 round) public rounds;
    mapping(uint8 milestone => bytes32 digest) public digests;
    mapping(uint8 milestone => bytes32 criteriaHash) public criteria;
    mapping(uint8 milestone => Told told) public told;

    function setOracle(ICreOracle oracle_) external {
        oracle = oracle_;
    }

    /// @notice A submission: opens a round and asks the oracle, as the gate does.
    function submit(
        uint8 milestone_,
        bytes32 digest,
        bytes32 criteriaHash,
        uint40 expiresAt
    ) external returns (bytes32) {
        uint8 round = ++rounds[milestone_];
        digests[milestone_] = digest;
        criteria[milestone_] = criteriaHash;
        return oracle.request(address(this), milestone_, round, digest, criteriaHash, expiresAt);
    }

    /// @notice As `IMilestoneGate.report`: the first verdict of the current round counts.
    function report(
        address,
        uint8 milestone_,
        uint8 round,
        bytes32,
        uint8 verdict,
        uint16 payBps,
        bytes32 evidenceHash
    ) external returns (bool latched) {
        require(msg.sender == address(oracle), "not the oracle");
        if (round != rounds[milestone_] || told[milestone_].times != 0) return false;
        told[milestone_] = Told(verdict, payBps, evidenceHash, 1);
        return true;
    }

    /// @notice As `IMilestoneGate.status`: open for the current round and digest.
    function status(IMilestoneGate.Key calldata key) external view returns (IMilestoneGate.BallotView memory ballot) {
        bool current = key.round == rounds[key.milestone] && key.digest == digests[key.milestone];
        ballot.status = current ? IMilestoneGate.Status.Open : IMilestoneGate.Status.Void;
        ballot.outcome = ballot.status;
    }

    /// @notice As `IMilestoneGate.oracleOf`.
    function oracleOf(IMilestoneGate.Key calldata key) external view returns (address, bytes32) {
        return (address(oracle), criteria[key.milestone]);
    }

    /// @notice As `IMilestoneEscrow.milestone`: thirteen words, the round second, the digest last.
    function milestone(uint8 m) external view returns (uint256[13] memory words) {
        words[1] = rounds[m];
        words[12] = uint256(digests[m]);
    }

    /// @notice As `IMilestoneEscrow.submission`: the round second, the digest third.
    function submission(uint8 m) external view returns (uint256[5] memory words) {
        words[1] = rounds[m];
        words[2] = uint256(digests[m]);
    }
}
