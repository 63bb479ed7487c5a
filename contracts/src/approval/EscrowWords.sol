// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev Views of `IMilestoneEscrow` with their structs as plain words. An answer of static words is the same bytes either
/// way; a caller that needs two of fourteen fields does not carry code that decodes and checks all of them.
interface IEscrowWords {
    /// @notice State, round, digest, second and policy of a milestone's last submission.
    function submission(
        uint8 m
    ) external view returns (uint256 state, uint256 round, bytes32 digest, uint256 clock, uint256 policy);

    /// @notice `Terms`: see `EscrowWords.TERMS_*`.
    function terms() external view returns (uint256[10] memory);

    /// @notice `Milestone`: see `EscrowWords.MILESTONE_*`.
    function milestone(uint8 m) external view returns (uint256[13] memory);

    /// @notice `WarrantyClaim`: see `EscrowWords.CLAIM_*`.
    function warrantyClaim() external view returns (uint256[5] memory);
}

/// @title Positions of the fields that gate and arbitration read
/// @dev A test compares each with the struct's field.
library EscrowWords {
    uint256 internal constant TERMS_MILESTONES = 6;
    uint256 internal constant MILESTONE_STATE = 0;
    uint256 internal constant MILESTONE_PROFILE = 9;
    uint256 internal constant MILESTONE_POLICY = 10;
    uint256 internal constant CLAIM_STATE = 0;
    uint256 internal constant CLAIM_ROUND = 1;
}
