// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Unaligned reads
/// @dev Solidity reads packed bytes one at a time; rosters, records and terms are packed.
library Bytes {
    /// @dev 32 bytes at an offset; what lies behind the end is not meaningful and never used.
    function wordAt(bytes memory data, uint256 offset) internal pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(add(data, 0x20), offset))
        }
    }

    /// @dev Copy of `size` bytes from `offset` on; the caller has checked that they are there.
    function slice(bytes memory data, uint256 offset, uint256 size) internal pure returns (bytes memory part) {
        part = new bytes(size);
        assembly ("memory-safe") {
            mcopy(add(part, 0x20), add(add(data, 0x20), offset), size)
        }
    }
}
