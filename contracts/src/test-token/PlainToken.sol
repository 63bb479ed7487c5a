// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title The plainest token
/// @notice What gas is measured with: an ERC-20 and an open faucet, and one address in its code that it refuses to pay.
/// Never deployed to a public network.
contract PlainToken is ERC20 {
    /// @notice This token does not pay that address.
    error PlainToken_Refused();

    /// @notice The address that is refused, zero for none.
    address public immutable REFUSED;

    constructor(address refused) ERC20("Plain", "PLAIN") {
        REFUSED = refused;
    }

    /// @notice Faucet, open to all.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        if (to == REFUSED) revert PlainToken_Refused();
        return super.transfer(to, amount);
    }
}
