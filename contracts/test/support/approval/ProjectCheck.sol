// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ProjectPolicy} from "../../../src/approval/ProjectPolicy.sol";

/// @dev The check that the factory has inside, for tests of it alone.
contract ProjectCheck {
    function check(bytes calldata args, uint256 pairs, bytes calldata record) external pure {
        ProjectPolicy.check(args, pairs, record);
    }
}
