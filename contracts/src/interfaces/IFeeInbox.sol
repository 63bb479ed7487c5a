// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Fee recipient of every escrow
/// @notice Collects fees and passes them on to the DAO treasury; amounts of the settlement asset are booked in the reward
/// vault, which caps what contributors can earn. One unit of each token stays, so that later fees cost less gas.
interface IFeeInbox {
    /// @notice `amount` of `token` went to the treasury.
    /// @param token The ERC-20 token.
    /// @param treasury Where fees go.
    /// @param amount Amount in the token's smallest unit.
    event Swept(address indexed token, address indexed treasury, uint256 amount);
    /// @notice The treasury changed.
    /// @param oldTreasury Treasury before.
    /// @param newTreasury Treasury now.
    event TreasurySet(address oldTreasury, address newTreasury);
    /// @notice The reward vault and its settlement asset changed.
    /// @param oldVault Vault before.
    /// @param newVault Vault now.
    /// @param asset Asset that the vault books.
    event VaultSet(address oldVault, address newVault, address asset);

    /// @notice The new treasury may not be zero or the inbox itself.
    error FeeInbox_BadTreasury(address treasury);
    /// @notice No more than the one unit that stays.
    error FeeInbox_NothingDue(address token);

    /// @notice Passes all but one unit of `token` on to the treasury; open to anyone.
    /// @param token The ERC-20 token.
    /// @return amount What was passed on.
    function sweep(address token) external returns (uint256 amount);
    /// @notice Governor: sets the treasury.
    /// @param treasury Where fees go.
    function setTreasury(address treasury) external;
    /// @notice Governor: sets the reward vault (zero for none) and the asset that it books.
    /// @param vault Reward vault, zero for none.
    /// @param asset Asset that the vault books.
    function setVault(address vault, address asset) external;
    /// @notice Where fees go.
    function treasury() external view returns (address);
    /// @notice Reward vault, zero if none.
    function vault() external view returns (address);
    /// @notice Asset that the vault books.
    function asset() external view returns (address);
}

/// @title Reward vault as the inbox sees it
/// @notice What the inbox tells the reward vault.
interface IRewardVault {
    /// @notice Books `amount` of the settlement asset to the running week; inbox only.
    /// @param amount Amount in the token's smallest unit.
    function book(uint256 amount) external;
}
