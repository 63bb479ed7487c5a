// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Vm} from "../support/approval/Vm.sol";

/// @dev What a handler saw that must not happen, by the number of the rule; the invariant of that number reads it.
abstract contract Breaches {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    mapping(uint256 rule => string) public breach;

    function _must(bool condition, uint256 rule, string memory what) internal {
        if (!condition && bytes(breach[rule]).length == 0) breach[rule] = what;
    }
}
