// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Calls with a gas limit that copy no more than one word back
/// @dev Solidity has no call that both limits gas and bounds what is copied from the answer; a hostile callee could
/// otherwise make its caller pay for megabytes of memory.
library BoundedCall {
    /// @dev `staticcall` with exactly `gasLimit`. The caller makes sure that this much is left.
    /// @return ok Whether it succeeded with at least a word. @return word The answer's first word, if so.
    function staticWord(
        address target,
        uint256 gasLimit,
        bytes memory data
    ) internal view returns (bool ok, bytes32 word) {
        assembly ("memory-safe") {
            ok := staticcall(gasLimit, target, add(data, 0x20), mload(data), 0x00, 0x20)
            ok := and(ok, gt(returndatasize(), 0x1f))
            if ok {
                word := mload(0x00)
            }
        }
    }

    /// @dev `call` with exactly `gasLimit`; nothing is copied back.
    /// @return ok Whether it succeeded and `target` is a contract.
    function tryCall(address target, uint256 gasLimit, bytes memory data) internal returns (bool ok) {
        assembly ("memory-safe") {
            ok := call(gasLimit, target, 0, add(data, 0x20), mload(data), 0x00, 0x00)
        }
        return ok && target.code.length != 0;
    }
}
