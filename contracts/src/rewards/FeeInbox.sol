// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IFeeInbox, IRewardVault} from "../interfaces/IFeeInbox.sol";

/// @title Fee recipient of every escrow
/// @notice See `IFeeInbox`. The owner is the governor.
contract FeeInbox is IFeeInbox, Ownable2Step {
    using SafeERC20 for IERC20;

    address public treasury;
    address public vault;
    address public asset;

    constructor(address owner_, address treasury_) Ownable(owner_) {
        _setTreasury(treasury_);
    }

    function sweep(address token) external returns (uint256 amount) {
        uint256 balance = IERC20(token).balanceOf(address(this));
        if (balance <= 1) revert FeeInbox_NothingDue(token);
        amount = balance - 1;
        emit Swept(token, treasury, amount);
        IERC20(token).safeTransfer(treasury, amount);
        if (vault != address(0) && token == asset) IRewardVault(vault).book(amount);
    }

    function setTreasury(address treasury_) external onlyOwner {
        _setTreasury(treasury_);
    }

    function setVault(address vault_, address asset_) external onlyOwner {
        emit VaultSet(vault, vault_, asset_);
        (vault, asset) = (vault_, asset_);
    }

    function _setTreasury(address treasury_) private {
        if (treasury_ == address(0) || treasury_ == address(this)) revert FeeInbox_BadTreasury(treasury_);
        emit TreasurySet(treasury, treasury_);
        treasury = treasury_;
    }
}
