// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @dev Stands where the gate or arbitration stands: keeps the last call it got and answers it with a version, or refuses all
/// when dead. Tests call the escrow from its address.
contract Recorder {
    error Dead();
    error Unfit();

    bytes public last;
    uint256 public calls;
    bool public dead;
    bool public unfit;

    /// @dev From now on the milestones do not fit the policies.
    function setUnfit() external {
        unfit = true;
    }

    /// @dev The gate's view of the same name.
    function recheck() external view {
        if (dead) revert Dead();
        if (unfit) revert Unfit();
    }

    function kill() external {
        dead = true;
    }

    fallback(bytes calldata data) external returns (bytes memory) {
        if (dead) revert Dead();
        last = data;
        ++calls;
        return abi.encode(uint8(2));
    }
}

/// @dev A smart account of one key.
contract Wallet {
    address private immutable _owner;

    constructor(address owner) {
        _owner = owner;
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        (address signer, ECDSA.RecoverError failure, ) = ECDSA.tryRecoverCalldata(hash, signature);
        return failure == ECDSA.RecoverError.NoError && signer == _owner ? bytes4(0x1626ba7e) : bytes4(0);
    }
}

/// @dev A token with every vice: blocks addresses, answers false, answers nothing, takes a fee, calls back on transfer.
contract HostileToken {
    error Blocked();

    mapping(address account => uint256) public balanceOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;
    mapping(address account => bool) public blocked;
    bool public answersFalse;
    bool public answersNothing;
    uint256 public feeBps;
    address public hook;
    bytes public hookCall;
    bytes public hookAnswer;
    bool public hookOk;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    function setBlocked(address account, bool value) external {
        blocked[account] = value;
    }

    function setVices(bool saysFalse, bool saysNothing, uint256 fee) external {
        (answersFalse, answersNothing, feeBps) = (saysFalse, saysNothing, fee);
    }

    /// @dev On each transfer out of `target` it calls `target` with `data`.
    function setHook(address target, bytes calldata data) external {
        (hook, hookCall) = (target, data);
    }

    /// @dev Loses part of a balance, as a rebasing token can.
    function burn(address account, uint256 amount) external {
        balanceOf[account] -= amount;
    }

    function transfer(address to, uint256 amount) external {
        _answer(_move(msg.sender, to, amount));
    }

    function transferFrom(address from, address to, uint256 amount) external {
        allowance[from][msg.sender] -= amount;
        _answer(_move(from, to, amount));
    }

    function _move(address from, address to, uint256 amount) private returns (bool) {
        if (blocked[from] || blocked[to]) {
            if (answersFalse) return false;
            revert Blocked();
        }
        uint256 fee = (amount * feeBps) / 10_000;
        balanceOf[from] -= amount;
        balanceOf[to] += amount - fee;
        if (from == hook) (hookOk, hookAnswer) = hook.call(hookCall);
        return true;
    }

    function _answer(bool ok) private view {
        if (answersNothing) return;
        assembly ("memory-safe") {
            mstore(0, ok)
            return(0, 32)
        }
    }
}
