// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title The plainest token
/// @notice What gas is measured with: an ERC-20 and an open faucet, nothing else. Never deployed to a public network.
contract PlainToken is ERC20 {
    constructor() ERC20("Plain", "PLAIN") {}

    /// @notice Faucet, open to all.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}
