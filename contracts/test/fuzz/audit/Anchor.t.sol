// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AnchorFixture} from "../../support/audit/AnchorFixture.sol";
import {Tree} from "../../support/audit/Tree.sol";

contract AnchorFuzzTest is AnchorFixture {
    uint256 private constant MOST = 300;

    function test_GrowthIsAccepted_AndEveryLeafIsInIt(uint256 a, uint256 b, uint256 i) external {
        uint256 first = bound(a, 1, MOST - 1);
        uint256 second = bound(b, first + 1, MOST);
        bytes32[] memory leaves = Tree.leavesOf(second);
        anchorTo(leaves, 0, first);
        anchorTo(leaves, first, second);
        uint256 index = bound(i, 0, second - 1);
        bytes32[] memory proof = Tree.inclusion(leaves, index, 0, second);
        isTrue(anchor.verifyInclusion(leaves[index], uint64(index), proof), "included");
        isTrue(!anchor.verifyInclusion(leaves[index], uint64(index ^ 1), proof) || second == 1, "not beside it");
    }

    /// @dev An honest log is safe: whatever is sent along, a head that agrees with the anchored one freezes nothing.
    function test_HonestHeadsFreezeNothing(
        uint256 a,
        uint256 b,
        bytes32 prefix,
        bytes32[] memory junk,
        bool useProof
    ) external {
        uint256 anchored = bound(a, 1, MOST);
        uint256 size = bound(b, 1, MOST);
        bytes32[] memory leaves = Tree.leavesOf(anchored > size ? anchored : size);
        anchorTo(leaves, 0, anchored);
        bytes32 root = Tree.root(leaves, 0, size);
        bytes32[] memory proof = junk;
        if (useProof) {
            proof =
                size > anchored ? Tree.consistency(leaves, anchored, size) : Tree.consistency(leaves, size, anchored);
        }
        isTrue(!_accepted(uint64(size), root, prefix, proof) && !anchor.head().frozen, "not frozen");
    }

    function _accepted(uint64 size, bytes32 root, bytes32 prefix, bytes32[] memory proof) private returns (bool ok) {
        bytes memory sig = sign(LOG_KEY, size, root, START);
        (ok, ) = address(anchor).call(
            abi.encodeCall(anchor.reportEquivocation, (size, root, START, sig, prefix, proof))
        );
    }

    /// @dev Contradictions are found whatever the sizes and wherever the fork.
    function test_ForksAreFound(uint256 a, uint256 b, uint256 f) external {
        uint256 anchored = bound(a, 1, MOST);
        uint256 size = bound(b, 1, MOST);
        uint256 least = anchored < size ? anchored : size;
        uint256 most = anchored > size ? anchored : size;
        bytes32[] memory honest = Tree.leavesOf(most);
        anchorTo(honest, 0, anchored);
        report(honest, anchored, Tree.leavesOf(most, bound(f, 0, least - 1)), size);
        isTrue(anchor.head().frozen, "frozen");
    }

    function test_JunkIsNoProof(
        bytes32 leaf,
        uint64 index,
        uint64 m,
        uint64 n,
        bytes32[] memory junk,
        bytes32 r
    ) external {
        anchorTo(Tree.leavesOf(100), 0, 100);
        isTrue(!anchor.verifyInclusion(leaf, index, junk), "no inclusion");
        if (m > 0 || n > 0)
            isTrue(!anchor.verifyConsistency(m, n, junk, leaf, r) || (m == n && leaf == r), "no consistency");
    }
}
