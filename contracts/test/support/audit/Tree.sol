// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev RFC 9162 as the text defines it, by recursion: slow, and written apart from `Rfc9162`, which it judges.
library Tree {
    function node(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(bytes1(0x01), left, right));
    }

    /// @dev Largest power of two below `n`, for n >= 2.
    function split(uint256 n) internal pure returns (uint256 k) {
        k = 1;
        while (k * 2 < n) k *= 2;
    }

    /// @dev Root of leaves [from, to).
    function root(bytes32[] memory leaves, uint256 from, uint256 to) internal pure returns (bytes32) {
        if (from == to) return sha256("");
        if (to - from == 1) return leaves[from];
        uint256 k = from + split(to - from);
        return node(root(leaves, from, k), root(leaves, k, to));
    }

    /// @dev PATH(m, D[from:to]).
    function inclusion(
        bytes32[] memory leaves,
        uint256 m,
        uint256 from,
        uint256 to
    ) internal pure returns (bytes32[] memory) {
        if (to - from == 1) return new bytes32[](0);
        uint256 k = from + split(to - from);
        return
            m < k
                ? append(inclusion(leaves, m, from, k), root(leaves, k, to))
                : append(inclusion(leaves, m, k, to), root(leaves, from, k));
    }

    /// @dev PROOF(m, D[0:n]).
    function consistency(bytes32[] memory leaves, uint256 m, uint256 n) internal pure returns (bytes32[] memory) {
        if (m == 0 || m == n) return new bytes32[](0);
        return subproof(leaves, m, 0, n, true);
    }

    function subproof(
        bytes32[] memory leaves,
        uint256 m,
        uint256 from,
        uint256 to,
        bool whole
    ) internal pure returns (bytes32[] memory) {
        if (m == to) {
            if (whole) return new bytes32[](0);
            return append(new bytes32[](0), root(leaves, from, to));
        }
        uint256 k = from + split(to - from);
        return
            m <= k
                ? append(subproof(leaves, m, from, k, whole), root(leaves, k, to))
                : append(subproof(leaves, m, k, to, false), root(leaves, from, k));
    }

    function append(bytes32[] memory list, bytes32 item) internal pure returns (bytes32[] memory longer) {
        longer = new bytes32[](list.length + 1);
        for (uint256 i; i < list.length; ++i) longer[i] = list[i];
        longer[list.length] = item;
    }

    /// @dev `count` leaves; those from `fork` on are other ones.
    function leavesOf(uint256 count, uint256 fork) internal pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](count);
        for (uint256 i; i < count; ++i) leaves[i] = sha256(abi.encodePacked(bytes1(0x00), i, i < fork));
    }

    function leavesOf(uint256 count) internal pure returns (bytes32[] memory) {
        return leavesOf(count, type(uint256).max);
    }
}
