// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev Views of `IMilestoneEscrow` with their structs as plain words. An answer of static words is the same bytes either
/// way; a caller that needs two of fourteen fields does not carry code that decodes and checks all of them.
interface IEscrowWords {
    /// @notice State, round and digest of a milestone's last submission.
    function submission(uint8 m) external view returns (uint256 state, uint256 round, bytes32 digest);

    /// @notice `Terms`: see `EscrowWords.TERMS_*`.
    function terms() external view returns (uint256[10] memory);

    /// @notice `Profile`: see `EscrowWords.PROFILE_*`.
    function profile(uint8 m) external view returns (uint256[14] memory);

    /// @notice `WarrantyClaim`: see `EscrowWords.CLAIM_*`.
    function warrantyClaim() external view returns (uint256[5] memory);
}

/// @title Positions of the fields that the gate reads
/// @dev A test compares each with the struct's field.
library EscrowWords {
    uint256 internal constant TERMS_CONTRIBUTOR = 1;
    uint256 internal constant TERMS_MILESTONES = 6;
    uint256 internal constant PROFILE_REVIEW_DAYS = 0;
    uint256 internal constant PROFILE_EXTENSION_DAYS = 1;
    uint256 internal constant PROFILE_HOLD_HOURS = 2;
    uint256 internal constant PROFILE_SILENCE_APPROVES = 7;
    uint256 internal constant CLAIM_STATE = 0;
    uint256 internal constant CLAIM_ROUND = 1;
}
