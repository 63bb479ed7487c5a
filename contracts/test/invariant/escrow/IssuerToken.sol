// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev A token whose issuer is hostile: it bans any set of addresses (by reverting or by answering false), and calls back
/// into whoever sends. It counts what each account was paid, so that no ghost has to believe the escrow's own words.
contract IssuerToken {
    error Banned();

    mapping(address account => uint256) public balanceOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;
    mapping(address account => bool) public banned;
    /// @dev All that `account` ever sent.
    mapping(address account => uint256) public sent;
    bool public answersFalse;
    address public hook;
    bytes public hookCall;
    uint256 public hooked;
    uint256 public reentered;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    function ban(address account, bool value) external {
        banned[account] = value;
    }

    function setAnswer(bool false_) external {
        answersFalse = false_;
    }

    /// @dev On each transfer out of `target` it calls `target` with `data`.
    function setHook(address target, bytes calldata data) external {
        (hook, hookCall) = (target, data);
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        return _move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        allowance[from][msg.sender] -= amount;
        return _move(from, to, amount);
    }

    function _move(address from, address to, uint256 amount) private returns (bool) {
        if (banned[from] || banned[to]) {
            if (answersFalse) return false;
            revert Banned();
        }
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
        sent[from] += amount;
        if (from == hook && hookCall.length != 0) {
            ++hooked;
            (bool ok, ) = hook.call(hookCall);
            if (ok) ++reentered;
        }
        return true;
    }
}
