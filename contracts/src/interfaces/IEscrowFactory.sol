// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Auth} from "./IMilestoneEscrow.sol";

/// @title Creates project escrows
/// @notice Anyone may create an escrow for terms that both parties signed; its address follows from the terms alone. The
/// DAO (owner) sets the fee rate, the token list and a creation stop, for new escrows only; it has no power over existing ones.
/// @dev Terms are signed as EIP-712 `Terms(address client,address contributor,address token,uint96 total,uint16 feeBps,
/// bytes32 termsHash,bytes32 policyHash,bytes32 argsHash,uint48 deadline)` in the domain ("Milepost Factory", "1", chain,
/// factory); `argsHash = keccak256(args)`. Errors are in `src/escrow/Errors.sol`.
interface IEscrowFactory {
    /// @notice A project's escrow exists; `args` are its terms (see `TermsCodec`).
    /// @param escrow The project's escrow.
    /// @param client The client's account.
    /// @param contributor The contributor's account.
    /// @param token The ERC-20 token.
    /// @param total Sum of all milestones.
    /// @param termsHash Salted hash of the terms document.
    /// @param policyHash Hash of the policies' record in the `PolicyBook`.
    /// @param args The terms as bytes, see `TermsCodec`.
    event EscrowCreated(
        address indexed escrow,
        address indexed client,
        address indexed contributor,
        address token,
        uint96 total,
        bytes32 termsHash,
        bytes32 policyHash,
        bytes args
    );
    /// @notice Fee rate of new projects changed.
    /// @param oldBps Rate before.
    /// @param newBps Rate now.
    event FeeBpsSet(uint16 oldBps, uint16 newBps);
    /// @notice A token may (or may no longer) be used by new projects.
    /// @param token The ERC-20 token.
    /// @param allowed Whether new projects may use it.
    event TokenSet(address indexed token, bool allowed);
    /// @notice No creation until `until`; 0 = open, the largest value = until the DAO reopens.
    /// @param oldUntil Last second of the stop before.
    /// @param until Last second of the stop; 0 is open.
    event CreationStopSet(uint40 oldUntil, uint40 until);
    /// @notice The registry of zones changed.
    /// @param oldFactory Registry before.
    /// @param newFactory Registry now.
    event ZoneFactorySet(address oldFactory, address newFactory);
    /// @notice The guardian changed.
    /// @param oldGuardian Guardian before.
    /// @param newGuardian Guardian now.
    event GuardianSet(address oldGuardian, address newGuardian);

    /// @notice Creates the escrow of `args`, moves `amount` from the caller into it (booked for the client), then makes
    /// `calls` on it (only signed calls can succeed, the caller is the factory).
    /// @dev Idempotent: if the escrow exists, signatures and policies are not looked at and only money and calls
    /// follow. The party that is `msg.sender` needs no signature. The policies may both be empty if the record of
    /// `policyHash` is defined (`IPolicyBook`); else they must be the signed ones and are defined first. Reverts with
    /// the `Gate_*` and `Arbitration_*` errors of `ProjectPolicy` if the project does not fit them.
    /// @param args The terms as bytes, see `TermsCodec`.
    /// @param gatePolicy Shared policies as bytes; empty if their record exists.
    /// @param arbitrationPolicy Ladder as bytes; empty if the record exists.
    /// @param client The client's consent.
    /// @param contributor The contributor's consent.
    /// @param amount Amount in the token's smallest unit.
    /// @param calls Encoded calls on the escrow.
    /// @return escrow Address of the escrow.
    function create(
        bytes calldata args,
        bytes calldata gatePolicy,
        bytes calldata arbitrationPolicy,
        Auth calldata client,
        Auth calldata contributor,
        uint96 amount,
        bytes[] calldata calls
    ) external returns (address escrow);

    /// @notice Address that `args` have or will have.
    /// @param args The terms as bytes, see `TermsCodec`.
    function predict(bytes calldata args) external view returns (address);
    /// @notice Whether this factory made `account`.
    /// @param account Address to look at.
    function isEscrow(address account) external view returns (bool);
    /// @notice Reverts with the `Terms_*` error that `create` would give for `args` (form only, no signatures).
    /// @param args The terms as bytes, see `TermsCodec`.
    function check(bytes calldata args) external view;
    /// @notice The code behind every escrow.
    function implementation() external view returns (address);
    /// @notice Fee rate of new projects, 0-500.
    function feeBps() external view returns (uint16);
    /// @notice Whether new projects may use `token`.
    /// @param token The ERC-20 token.
    function tokenAllowed(address token) external view returns (bool);
    /// @notice Creation is stopped up to and including this second.
    function stoppedUntil() external view returns (uint40);
    /// @notice Registry of DAO zones, zero if none.
    function zoneFactory() external view returns (address);
    /// @notice Account that may stop creation for 7 days.
    function guardian() external view returns (address);

    /// @notice DAO: stops or reopens creation.
    /// @param stopped Whether creation stops.
    function setCreationStopped(bool stopped) external;
    /// @notice DAO: fee rate of new projects, at most 500.
    /// @param feeBps Rate in basis points, at most 500.
    function setFeeBps(uint16 feeBps) external;
    /// @notice DAO: allows or bans a token for new projects.
    /// @param token The ERC-20 token.
    /// @param allowed Whether new projects may use it.
    function setToken(address token, bool allowed) external;
    /// @notice DAO: registry that proves two timelocks share a root.
    /// @param zoneFactory Registry of zones, zero for none.
    function setZoneFactory(address zoneFactory) external;
    /// @notice DAO: replaces the guardian.
    /// @param guardian The new guardian, zero for none.
    function setGuardian(address guardian) external;
    /// @notice Guardian: stops creation for 7 days.
    function stopCreation() external;
}

/// @title Registry of DAO zones as the factory sees it
/// @notice What the factory asks of the DAO's zone registry.
interface IZoneRoots {
    /// @notice Root timelock of the zone whose timelock is `timelock`; zero if unknown.
    /// @param timelock Timelock of a zone.
    function rootOf(address timelock) external view returns (address);
}
