// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {IArbitration} from "../interfaces/IArbitration.sol";
import {IMilestoneEscrow, Profile, Terms} from "../interfaces/IMilestoneEscrow.sol";
import {IMilestoneGate} from "../interfaces/IMilestoneGate.sol";
import {Ladder} from "./Ladder.sol";
import {PolicyWord, PolicyWords} from "./PolicyWord.sol";

/// @title Signed ladders
/// @notice Checks a project's arbitration policy against its terms and its roster and stores it as code.
abstract contract LadderRegistry is IArbitration {
    using Ladder for Policy;

    /// @dev The escrow's own exit must come after the ladder's longest way, with this to spare.
    uint256 internal constant SPARE = 3 days;

    /// @dev Newest ladder of an escrow: pointer u160, version u8.
    mapping(address escrow => uint256 packed) private _ladders;

    /// @inheritdoc IArbitration
    function register(address escrow, bytes calldata policy) external {
        // checks
        if (msg.sender != escrow && msg.sender != IMilestoneEscrow(escrow).factory()) {
            revert Arbitration_NotEscrow(escrow, msg.sender);
        }
        if (policy.length != Ladder.SIZE) revert Arbitration_BadLength(policy.length);
        if (uint8(policy[0]) != Ladder.CODEC) revert Arbitration_BadCodec(uint8(policy[0]));
        Policy memory p = Ladder.decode(policy, 0);
        _checkTerms(p);
        _checkPeople(escrow, p);
        _checkPanel(escrow, p);
        _checkTime(escrow, p);
        uint256 version = (_ladders[escrow] >> 160) + 1;

        // effects
        bytes memory initCode = bytes.concat(hex"61005a80600a3d393df300", policy);
        address pointer = Create2.deploy(0, bytes32((uint256(uint160(escrow)) << 8) | version), initCode);
        _ladders[escrow] = uint256(uint160(pointer)) | (version << 160);
        emit LadderRegistered(escrow, uint8(version), policy);
    }

    /// @inheritdoc IArbitration
    function ladder(address escrow) external view returns (Policy memory) {
        return _policy(_newest(escrow));
    }

    /// @dev Where the newest ladder is kept.
    function _newest(address escrow) internal view returns (address pointer) {
        pointer = address(uint160(_ladders[escrow]));
        if (pointer == address(0)) revert Arbitration_NoPolicy(escrow);
    }

    function _policy(address pointer) internal view returns (Policy memory) {
        return Ladder.decode(pointer.code, 1);
    }

    function _checkTerms(Policy memory p) private pure {
        if (p.settleFeeBps > Ladder.FULL) revert Arbitration_BadTerms(66, p.settleFeeBps);
        if (p.panelPolicy != Ladder.NO_PANEL && p.panel == 0) revert Arbitration_BadTerms(71, 0);
        if (p.appeal == 0) revert Arbitration_BadTerms(77, 0);
        if (p.deposit == 0) revert Arbitration_BadTerms(80, 0);
        if (p.ruling == 0) revert Arbitration_BadTerms(83, 0);
        if (p.fallbackArbitrator != address(0) && p.fallbackWindow == 0) revert Arbitration_BadTerms(86, 0);
    }

    /// @dev An arbitrator is nobody who has a say or a share in the project.
    function _checkPeople(address escrow, Policy memory p) private view {
        if (p.arbitrator == address(0) || p.arbitrator == p.fallbackArbitrator) {
            revert Arbitration_BadArbitrator(p.arbitrator);
        }
        _checkOutsider(escrow, p.arbitrator);
        if (p.fallbackArbitrator != address(0)) _checkOutsider(escrow, p.fallbackArbitrator);
    }

    function _checkOutsider(address escrow, address arbitrator) private view {
        Terms memory terms = IMilestoneEscrow(escrow).terms();
        (address[] memory payees, ) = IMilestoneEscrow(escrow).payees();
        (bool seated, , , , ) = IMilestoneGate(IMilestoneEscrow(escrow).gate()).seatOf(escrow, arbitrator);
        bool insider = seated || arbitrator == terms.client || arbitrator == terms.contributor;
        for (uint256 i = 0; i < payees.length && !insider; ++i) {
            insider = payees[i] == arbitrator;
        }
        if (insider) revert Arbitration_BadArbitrator(arbitrator);
    }

    function _checkPanel(address escrow, Policy memory p) private view {
        if (p.panelPolicy == Ladder.NO_PANEL) return;
        IMilestoneGate gate = IMilestoneGate(IMilestoneEscrow(escrow).gate());
        PolicyWord word = PolicyWord.wrap(uint256(gate.policyWord(escrow, p.panelPolicy)));
        if (word.bodies() != uint8(1 << PolicyWords.PANEL)) revert Arbitration_BadPanelPolicy(p.panelPolicy);
    }

    function _checkTime(address escrow, Policy memory p) private view {
        uint256 needed = p.longest() + SPARE;
        uint8 milestones = IMilestoneEscrow(escrow).terms().milestones;
        for (uint8 m = 0; m < milestones; ++m) {
            Profile memory profile = IMilestoneEscrow(escrow).profile(m);
            uint256 allowed = uint256(profile.arbitrationDays) * 1 days;
            if (needed > allowed) revert Arbitration_LadderTooLong(needed, allowed);
        }
    }
}
