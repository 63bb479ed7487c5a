// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {TransientSlot} from "@openzeppelin/contracts/utils/TransientSlot.sol";
import {IArbitration} from "../interfaces/IArbitration.sol";
import {IMilestoneEscrow, State} from "../interfaces/IMilestoneEscrow.sol";
import {IMilestoneGate} from "../interfaces/IMilestoneGate.sol";
import {IPolicyBook} from "../interfaces/IPolicyBook.sol";
import {Bytes} from "./Bytes.sol";
import {EscrowWords, IEscrowWords} from "./EscrowWords.sol";
import {Ladder} from "./Ladder.sol";
import {PolicyRecord} from "./PolicyRecord.sol";
import {PolicyWord, PolicyWords} from "./PolicyWord.sol";
import {ProjectPolicy} from "./ProjectPolicy.sol";
import {Rosters} from "./Roster.sol";

/// @title PolicyBook
/// @notice See `IPolicyBook`. Holds nothing, writes nothing but records, knows no project.
contract PolicyBook is IPolicyBook {
    using Bytes for bytes;
    using Ladder for IArbitration.Policy;
    using TransientSlot for *;

    uint8 internal constant CODEC = 1;
    uint256 internal constant MAX_POLICIES = 16;
    uint256 internal constant MIN_CHALLENGE = 24 hours;
    uint256 private constant HEADER = 2;
    uint256 private constant WORD = 32;
    uint256 private constant ORACLE = 20;

    /// @dev What a record under construction is given; empty at any other time. The first transient slot holds the length.
    /// @return data The bytes, in words.
    fallback(bytes calldata) external returns (bytes memory data) {
        data = new bytes(bytes32(0).asUint256().tload());
        for (uint256 i = 0; i < data.length; i += WORD) {
            _put(data, i, _slot(i).tload());
        }
    }

    /// @inheritdoc IPolicyBook
    function record(bytes calldata gatePolicy, bytes calldata arbitrationPolicy) external returns (bytes32 policyHash) {
        // checks
        policyHash = keccak256(abi.encode(gatePolicy, arbitrationPolicy));
        if (addressOf(policyHash).code.length != 0) return policyHash;
        bytes memory data = bytes.concat(hex"00", gatePolicy, arbitrationPolicy);
        uint256 policies_ = _checkGate(gatePolicy);
        _checkLadder(arbitrationPolicy, policies_, data);

        // effects
        for (uint256 i = 0; i < data.length; i += WORD) {
            _slot(i).tstore(data.wordAt(i));
        }
        bytes32(0).asUint256().tstore(data.length);
        address made = Create2.deploy(0, policyHash, PolicyRecord.INIT_CODE);
        bytes32(0).asUint256().tstore(0);
        if (keccak256(made.code) != keccak256(data)) revert PolicyBook_NotStored(policyHash);
        emit PolicyDefined(policyHash, gatePolicy, arbitrationPolicy);
    }

    /// @inheritdoc IPolicyBook
    function addressOf(bytes32 policyHash) public view returns (address) {
        return PolicyRecord.addressOf(address(this), policyHash);
    }

    /// @inheritdoc IPolicyBook
    function policies(
        bytes32 policyHash
    ) external view returns (bytes memory gatePolicy, bytes memory arbitrationPolicy) {
        bytes memory data = addressOf(policyHash).code;
        if (data.length == 0) revert PolicyBook_Unknown(policyHash);
        uint256 size = data.length - 1 - Ladder.SIZE;
        return (data.slice(1, size), data.slice(1 + size, Ladder.SIZE));
    }

    /// @inheritdoc IPolicyBook
    function check(address escrow, bytes calldata roster) external view {
        bytes memory data = addressOf(bytes32(roster)).code;
        if (data.length == 0) revert IMilestoneGate.Gate_NoRecord(bytes32(roster));
        uint256 expected = Rosters.STORED_HEADER - 1;
        if (roster.length >= expected) expected += Rosters.tailSize(uint8(roster[32]), uint8(roster[33]));
        if (roster.length != expected) revert IMilestoneGate.Gate_BadLength(roster.length, expected);
        ProjectPolicy.check(_terms(escrow, roster), _pairs(escrow), data);
    }

    /// @dev Reverts on bytes that are not canonical, and on policies that could approve by accident.
    function _checkGate(bytes calldata policy) private pure returns (uint256 policies_) {
        uint256 length = policy.length;
        if (length < HEADER) revert IMilestoneGate.Gate_BadLength(length, HEADER);
        if (uint8(policy[0]) != CODEC) revert IMilestoneGate.Gate_BadCodec(uint8(policy[0]));
        policies_ = uint8(policy[1]);
        if (policies_ == 0 || policies_ > MAX_POLICIES) revert IMilestoneGate.Gate_UnknownPolicy(uint8(policies_));
        uint256 cursor = HEADER + WORD * policies_;
        if (length < cursor) revert IMilestoneGate.Gate_BadLength(length, cursor);
        uint256 expected = cursor;
        for (uint256 i = 0; i < policies_; ++i) {
            if (_word(policy, i).names(PolicyWords.ORACLE)) expected += ORACLE;
        }
        if (length != expected) revert IMilestoneGate.Gate_BadLength(length, expected);
        for (uint256 i = 0; i < policies_; ++i) {
            PolicyWord word = _word(policy, i);
            _checkWord(uint8(i), word);
            if (!word.names(PolicyWords.ORACLE)) continue;
            address oracle = address(bytes20(policy[cursor:cursor + ORACLE]));
            if (oracle == address(0)) revert IMilestoneGate.Gate_BadOracle(uint8(i), oracle);
            cursor += ORACLE;
        }
    }

    /// @dev Refuses zero quorum, ties, and the oracle alone with silent approval.
    function _checkWord(uint8 index, PolicyWord word) private pure {
        uint8 bodies = word.bodies();
        bool known = bodies != 0 && bodies < 16 && word.flags() < 4;
        bool oracleAlone = bodies == uint8(1 << PolicyWords.ORACLE);
        if (!known || !word.reservedZero() || word.window() == 0 || (oracleAlone && word.silenceApproves())) {
            revert IMilestoneGate.Gate_BadPolicy(index, bytes32(PolicyWord.unwrap(word)));
        }
        for (uint256 body = 0; body < PolicyWords.ORACLE; ++body) {
            uint16 quorum = word.quorumBps(body);
            uint16 approval = word.approvalBps(body);
            bool fine =
                word.names(body)
                    ? quorum != 0 && quorum <= Ladder.FULL && approval > Ladder.FULL / 2 && approval <= Ladder.FULL
                    : quorum == 0 && approval == 0;
            if (!fine) revert IMilestoneGate.Gate_BadThreshold(index, uint8(body), quorum, approval);
        }
        if (word.need() == 0 || word.need() > word.named()) {
            revert IMilestoneGate.Gate_BadNeed(index, word.need(), uint8(word.named()));
        }
        if (word.canHold() && word.challenge() < MIN_CHALLENGE) {
            revert IMilestoneGate.Gate_BadChallenge(index, word.challenge());
        }
    }

    /// @dev Reverts on a ladder with a rung that gives no time, or without an arbitrator.
    function _checkLadder(bytes calldata policy, uint256 policies_, bytes memory data) private pure {
        if (policy.length != Ladder.SIZE) revert IArbitration.Arbitration_BadLength(policy.length);
        if (uint8(policy[0]) != Ladder.CODEC) revert IArbitration.Arbitration_BadCodec(uint8(policy[0]));
        IArbitration.Policy memory p = Ladder.ofRecord(data);
        p.check();
        if (p.panelPolicy == Ladder.NO_PANEL) return;
        if (p.panelPolicy >= policies_) revert IMilestoneGate.Gate_UnknownPolicy(p.panelPolicy);
        PolicyWord word = PolicyWord.wrap(data.wordAt(1 + HEADER + WORD * p.panelPolicy));
        if (word.bodies() != uint8(1 << PolicyWords.PANEL)) {
            revert IArbitration.Arbitration_BadPanelPolicy(p.panelPolicy);
        }
    }

    /// @dev The terms as they would be signed today, without milestones (see `_pairs`).
    function _terms(address escrow, bytes calldata roster) private view returns (bytes memory) {
        bytes memory code = escrow.code;
        bytes memory counts = code.slice(Rosters.ARGS, Rosters.TERMS_COUNTS);
        uint256 header = Rosters.ARGS + Rosters.TERMS_HEADER;
        uint256 first = header + ProjectPolicy.PAYEE * uint8(counts[2]);
        uint256 size = ProjectPolicy.FUNDER * uint8(counts[3]) + ProjectPolicy.PROFILE * uint8(counts[4]);
        (address[] memory payees, ) = IMilestoneEscrow(escrow).payees();
        counts[1] = 0;
        counts[2] = bytes1(uint8(payees.length));
        bytes memory paid;
        for (uint256 i = 0; i < payees.length; ++i) {
            paid = bytes.concat(paid, bytes20(payees[i]), bytes2(0));
        }
        return
            bytes.concat(
                counts,
                roster[32],
                roster[33],
                code.slice(Rosters.ARGS + Rosters.TERMS_COUNTS + 2, Rosters.TERMS_HEADER - Rosters.TERMS_COUNTS - 2),
                paid,
                code.slice(first, size),
                roster[34:]
            );
    }

    /// @dev Policy and profile of every milestone that is not final.
    function _pairs(address escrow) private view returns (uint256 pairs) {
        uint256 milestones = IEscrowWords(escrow).terms()[EscrowWords.TERMS_MILESTONES];
        for (uint256 m = 0; m < milestones; ++m) {
            uint256[13] memory x = IEscrowWords(escrow).milestone(uint8(m));
            if (x[EscrowWords.MILESTONE_STATE] >= uint256(State.Released)) continue;
            pairs |= 1 << ((x[EscrowWords.MILESTONE_POLICY] << 4) | x[EscrowWords.MILESTONE_PROFILE]);
        }
    }

    function _word(bytes calldata policy, uint256 i) private pure returns (PolicyWord) {
        uint256 offset = HEADER + WORD * i;
        return PolicyWord.wrap(uint256(bytes32(policy[offset:offset + WORD])));
    }

    function _slot(uint256 offset) private pure returns (TransientSlot.Uint256Slot) {
        return bytes32(1 + offset / WORD).asUint256();
    }

    function _put(bytes memory data, uint256 offset, uint256 word) private pure {
        assembly ("memory-safe") {
            mstore(add(add(data, 0x20), offset), word)
        }
    }
}
