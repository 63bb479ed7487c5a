// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Verification of RFC 9162 (SHA-256) proofs
/// @notice The same verdicts as `verifyInclusion` and `verifyConsistency` of packages/tlog; never reverts on a bad proof.
library Rfc9162 {
    /// @dev Root of the tree without leaves: SHA-256 of nothing.
    bytes32 internal constant EMPTY_ROOT = 0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855;

    /// @notice RFC 9162 2.1.3.2.
    function inclusion(
        bytes32 leaf,
        uint64 index,
        uint64 size,
        bytes32[] calldata proof,
        bytes32 root
    ) internal view returns (bool) {
        if (index >= size) return false;
        uint256 fn = index;
        uint256 sn = uint256(size) - 1;
        bytes32 hash = leaf;
        for (uint256 i; i < proof.length; ++i) {
            if (sn == 0) return false;
            if (fn & 1 == 1 || fn == sn) {
                hash = _node(proof[i], hash);
                (fn, sn) = _skip(fn, sn);
            } else {
                hash = _node(hash, proof[i]);
            }
            fn >>= 1;
            sn >>= 1;
        }
        return sn == 0 && hash == root;
    }

    /// @notice RFC 9162 2.1.4.2; from the empty tree and between equal trees the proof is empty.
    function consistency(
        uint64 m,
        uint64 n,
        bytes32[] calldata proof,
        bytes32 rootM,
        bytes32 rootN
    ) internal view returns (bool) {
        if (m > n) return false;
        if (m == 0 || m == n) {
            return proof.length == 0 && (m > 0 || rootM == EMPTY_ROOT) && (m < n || rootM == rootN);
        }
        uint256 fn = uint256(m) - 1;
        uint256 sn = uint256(n) - 1;
        while (fn & 1 == 1) {
            fn >>= 1;
            sn >>= 1;
        }
        uint256 i;
        bytes32 older = rootM;
        // A prefix that is a power of two is a node of the new tree and left out of the proof.
        if (m & (m - 1) != 0) {
            if (proof.length == 0) return false;
            older = proof[0];
            i = 1;
        }
        bytes32 newer = older;
        for (; i < proof.length; ++i) {
            if (sn == 0) return false;
            if (fn & 1 == 1 || fn == sn) {
                older = _node(proof[i], older);
                newer = _node(proof[i], newer);
                (fn, sn) = _skip(fn, sn);
            } else {
                newer = _node(newer, proof[i]);
            }
            fn >>= 1;
            sn >>= 1;
        }
        return sn == 0 && older == rootM && newer == rootN;
    }

    /// @dev Up over the levels at which the node is the last one and has no sibling.
    function _skip(uint256 fn, uint256 sn) private pure returns (uint256, uint256) {
        while (fn & 1 == 0 && fn != 0) {
            fn >>= 1;
            sn >>= 1;
        }
        return (fn, sn);
    }

    /// @dev SHA-256(0x01 ‖ left ‖ right), by the precompile at address 2.
    function _node(bytes32 left, bytes32 right) private view returns (bytes32 hash) {
        assembly ("memory-safe") {
            let input := mload(0x40)
            mstore8(input, 1)
            mstore(add(input, 1), left)
            mstore(add(input, 33), right)
            if iszero(staticcall(gas(), 2, input, 65, 0, 32)) {
                revert(0, 0)
            }
            hash := mload(0)
        }
    }
}
