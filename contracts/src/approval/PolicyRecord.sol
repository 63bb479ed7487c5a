// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";

/// @title Records of the policy book
/// @notice Where a pair of policies is kept, and its bytes: `00` · gate policy · arbitration policy.
library PolicyRecord {
    /// @dev Init code of every record: calls its creator without data and becomes what it answers.
    /// PUSH0×4 CALLER GAS STATICCALL POP · RETURNDATASIZE PUSH0 PUSH0 RETURNDATACOPY · RETURNDATASIZE PUSH0 RETURN.
    bytes internal constant INIT_CODE = hex"5f5f5f5f335afa503d5f5f3e3d5ff3";
    bytes32 internal constant INIT_CODE_HASH = keccak256(hex"5f5f5f5f335afa503d5f5f3e3d5ff3");

    /// @dev Address of the record of `policyHash`, recorded or not.
    function addressOf(address book, bytes32 policyHash) internal pure returns (address) {
        return Create2.computeAddress(policyHash, INIT_CODE_HASH, book);
    }

    /// @dev The record's bytes, the zero byte included; empty if there is none.
    function load(address book, bytes32 policyHash) internal view returns (bytes memory) {
        return addressOf(book, policyHash).code;
    }
}
