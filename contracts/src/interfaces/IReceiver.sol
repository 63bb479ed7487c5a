// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

/// @title IReceiver
/// @notice What a Chainlink CRE forwarder calls on the consumer of a report. Interface id `0x805f2132`, the same as that
/// of the package that ships the forwarder; declared here so that no contract of ours imports that package.
interface IReceiver is IERC165 {
    /// @notice Takes a report whose signatures the forwarder has checked.
    /// @param metadata 64 bytes: workflow id (32), workflow name (10), workflow owner (20), report id (2).
    /// @param report The payload that the workflow encoded.
    function onReport(bytes calldata metadata, bytes calldata report) external;
}
