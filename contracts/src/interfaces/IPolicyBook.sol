// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IPolicyBook
/// @notice Approval and arbitration policies, each distinct pair kept once and shared by every project that signs it. Open to
/// anyone, without owner or setter: a record is what its hash says, for ever.
///
/// @dev A record is a contract whose code is `00` · gate policy · arbitration policy (its last 89 bytes; layouts in
/// `IMilestoneGate` and `IArbitration`). Its address follows from the book and `policyHash` alone, so that readers need no
/// storage: CREATE2 with salt `policyHash` and the init code of `PolicyRecord`, which asks the book for the bytes.
interface IPolicyBook {
    /// @notice A pair was recorded. `policyHash = keccak256(abi.encode(gatePolicy, arbitrationPolicy))`.
    /// @param policyHash Hash of the policies' record in the `PolicyBook`.
    /// @param gatePolicy Shared policies as bytes.
    /// @param arbitrationPolicy Ladder as bytes.
    event PolicyDefined(bytes32 indexed policyHash, bytes gatePolicy, bytes arbitrationPolicy);

    /// @notice The record did not come out as the bytes given.
    error PolicyBook_NotStored(bytes32 policyHash);
    /// @notice No such record.
    error PolicyBook_Unknown(bytes32 policyHash);

    /// @notice Checks and records a pair; does nothing if it is there already. What concerns one project (seats,
    /// criteria, clocks of its profiles) is checked where that project is created or amended.
    /// @dev Errors: `Gate_{BadLength BadCodec UnknownPolicy BadPolicy BadThreshold BadNeed BadChallenge BadOracle}`,
    /// `Arbitration_{BadLength BadCodec BadTerms BadArbitrator BadPanelPolicy}`.
    /// @param gatePolicy Shared policies as bytes.
    /// @param arbitrationPolicy Ladder as bytes.
    /// @return policyHash What parties sign.
    function record(bytes calldata gatePolicy, bytes calldata arbitrationPolicy) external returns (bytes32 policyHash);

    /// @notice Where the record of a hash is, or would be.
    /// @param policyHash Hash of the policies' record in the `PolicyBook`.
    function addressOf(bytes32 policyHash) external view returns (address);

    /// @notice The pair behind a hash. Reverts `PolicyBook_Unknown`.
    /// @param policyHash Hash of the policies' record in the `PolicyBook`.
    /// @return gatePolicy Shared policies as bytes.
    /// @return arbitrationPolicy Ladder as bytes.
    function policies(
        bytes32 policyHash
    ) external view returns (bytes memory gatePolicy, bytes memory arbitrationPolicy);

    /// @notice Reverts unless a project, as it is now, can be run under a roster: its terms (code) with the payees of
    /// today and every milestone that is not final.
    /// @dev Reads from the escrow: its code, `terms`, `payees`, `milestone`. Errors: `Gate_{NoRecord BadLength
    /// UnknownPolicy SeatLimit SeatOrder ZeroWeight BadSeat SeatNotExcluded BadWeights EmptyBody BadCriteria BadOracle
    /// BadWindow}`, `Arbitration_{BadArbitrator LadderTooLong}`.
    /// @param escrow The project's escrow.
    /// @param roster policyHash (32), then roster bytes as laid out in `IMilestoneGate`.
    function check(address escrow, bytes calldata roster) external view;
}
