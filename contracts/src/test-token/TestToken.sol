// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @title A dollar for tests and local use only
/// @notice 6 decimals, EIP-2612, EIP-3009 (both signature forms), an open faucet, and an issuer that can block addresses as
/// issuers of real stablecoins do. Never deployed to a public network.
contract TestToken is ERC20, ERC20Permit, ERC3009 {
    /// @notice `account` may (not) send or receive.
    event BlockedSet(address indexed account, bool blocked);

    /// @notice Only the issuer may block.
    error TestToken_NotIssuer();
    /// @notice The issuer blocked this address.
    error TestToken_Blocked(address account);

    /// @notice May block addresses.
    address public immutable ISSUER;
    /// @notice Addresses that the issuer blocked.
    mapping(address account => bool) public blocked;

    constructor(address issuer) ERC20("Milepost Test Dollar", "USDX") ERC20Permit("Milepost Test Dollar") {
        ISSUER = issuer;
    }

    /// @notice Faucet, open to all.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @notice Issuer: blocks or frees an address.
    function setBlocked(address account, bool value) external {
        if (msg.sender != ISSUER) revert TestToken_NotIssuer();
        blocked[account] = value;
        emit BlockedSet(account, value);
    }

    /// @notice EIP-3009 with a signature of any length, so that smart accounts can pay.
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external {
        bytes32 hash = _hashTypedDataV4(
            keccak256(abi.encode(RECEIVE_WITH_AUTHORIZATION_TYPEHASH, from, to, value, validAfter, validBefore, nonce))
        );
        if (!SignatureChecker.isValidSignatureNow(from, hash, signature)) revert ERC3009InvalidSignature();
        if (to != msg.sender) revert ERC20InvalidReceiver(to);
        _transferWithAuthorization(from, to, value, validAfter, validBefore, nonce);
    }

    function decimals() public pure override returns (uint8) {
        return 6;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (blocked[from]) revert TestToken_Blocked(from);
        if (blocked[to]) revert TestToken_Blocked(to);
        super._update(from, to, value);
    }
}
