// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AnchorFixture} from "../../support/audit/AnchorFixture.sol";
import {Tree} from "../../support/audit/Tree.sol";

/// @dev Gas of the anchor's calls: calldata at 16 and 4 gas a byte, the base fee of a transaction, and the execution.
contract AnchorGasTest is AnchorFixture {
    uint256 private constant FIRST = 85_000;
    uint256 private constant NEXT = 75_000;
    uint256 private constant REPORT = 70_000;

    function test_AnchorAndReportStayWithinTheirBudgets() external {
        bytes32 root = Tree.root(Tree.leavesOf(100), 0, 100);
        uint256 first = gasOf(abi.encodeCall(anchor.anchor, (100, root, START, sign(LOG_KEY, 100, root, START), none)));
        isTrue(first <= FIRST, "first anchor");
        // A proof of 17 hashes, as between two heads of some 100,000 leaves; made so that it verifies.
        (uint64 m, uint64 n, bytes32 rootM, bytes32 rootN, bytes32[] memory proof) = longProof();
        uint256 fresh = vm.snapshotState();
        setUp();
        anchor.anchor(m, rootM, START, sign(LOG_KEY, m, rootM, START), none);
        bytes memory sig = sign(LOG_KEY, n, rootN, START);
        uint256 state = vm.snapshotState();
        uint256 next = gasOf(abi.encodeCall(anchor.anchor, (n, rootN, START, sig, proof)));
        isTrue(next <= NEXT, "next anchor");
        vm.revertToState(state);
        vm.revertToState(fresh);
        setUp();
        bytes32 other = keccak256("another history");
        anchor.anchor(m, other, START, sign(LOG_KEY, m, other, START), none);
        uint256 report = gasOf(
            abi.encodeCall(anchor.reportEquivocation, (n, rootN, START, sign(LOG_KEY, n, rootN, START), rootM, proof))
        );
        isTrue(report <= REPORT, "report");
        emit Measured(first, next, report);
    }

    event Measured(uint256 firstAnchor, uint256 nextAnchor, uint256 report);

    /// @dev m = 2^16 + 1, n = 2^17: the old root is node(p, x), the new one grows x by 16 siblings to its right.
    function longProof()
        private
        pure
        returns (uint64 m, uint64 n, bytes32 rootM, bytes32 rootN, bytes32[] memory proof)
    {
        (m, n) = (2 ** 16 + 1, 2 ** 17);
        proof = new bytes32[](18);
        bytes32 last = keccak256("last leaf");
        bytes32 left = keccak256("left half");
        proof[0] = last;
        bytes32 right = last;
        for (uint256 i = 1; i <= 16; ++i) {
            proof[i] = keccak256(abi.encode(i));
            right = Tree.node(right, proof[i]);
        }
        proof[17] = left;
        rootM = Tree.node(left, last);
        rootN = Tree.node(left, right);
    }

    function gasOf(bytes memory data) private returns (uint256 used) {
        used = 21_000;
        for (uint256 i; i < data.length; ++i) used += data[i] == 0 ? 4 : 16;
        uint256 before = gasleft();
        (bool ok, bytes memory reason) = address(anchor).call(data);
        used += before - gasleft();
        if (!ok) {
            assembly ("memory-safe") {
                revert(add(reason, 0x20), mload(reason))
            }
        }
    }
}
