// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAuditAnchor} from "../../../src/interfaces/IAuditAnchor.sol";
import {AnchorFixture} from "../../support/audit/AnchorFixture.sol";
import {Tree} from "../../support/audit/Tree.sol";
import {TreeVectors} from "../../support/audit/TreeVectors.sol";

contract AnchorTest is AnchorFixture {
    event Anchored(uint64 indexed size, bytes32 root, uint64 timestamp);
    event Equivocation(uint64 size, bytes32 root, uint64 timestamp, address indexed key, address indexed reporter);
    event KeyRotated(address indexed previous, address indexed next, bool compromised);

    /// @dev Half the order of secp256k1's group is the largest s that a signature may have.
    uint256 private constant ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    function test_Deployment_StartsWithTheEmptyTree() external {
        IAuditAnchor.Head memory head = anchor.head();
        eq(head.size, 0, "size");
        isTrue(head.root == sha256(""), "root of the empty tree");
        isTrue(anchor.logKey() == vm.addr(LOG_KEY) && anchor.governor() == GOVERNOR, "key and governor");
        IAuditAnchor successor = IAuditAnchor(
            deployCode(
                "AuditAnchor.sol:AuditAnchor",
                abi.encode(vm.addr(LOG_KEY), GOVERNOR, address(anchor), uint64(7), bytes32(uint256(8)))
            )
        );
        (address before, uint64 size, bytes32 root) = successor.predecessor();
        isTrue(before == address(anchor) && size == 7 && root == bytes32(uint256(8)), "predecessor");
        isTrue(successor.headDigest(1, root, 1) != anchor.headDigest(1, root, 1), "one domain per log");
        vm.expectRevert(abi.encodeWithSelector(IAuditAnchor.AuditAnchor_BadKey.selector, address(0)));
        this.deployWithoutKey();
    }

    function deployWithoutKey() external {
        deployCode("AuditAnchor.sol:AuditAnchor", abi.encode(address(0), GOVERNOR, address(0), uint64(0), bytes32(0)));
    }

    function test_Anchor_StoresTheHead() external {
        bytes32[] memory leaves = Tree.leavesOf(9);
        bytes32 root = Tree.root(leaves, 0, 5);
        vm.expectEmit(true, true, true, true, address(anchor));
        emit Anchored(5, root, START);
        anchorTo(leaves, 0, 5);
        vm.warp(START + 50);
        bytes32 next = Tree.root(leaves, 0, 9);
        anchor.anchor(9, next, START + 350, sign(LOG_KEY, 9, next, START + 350), Tree.consistency(leaves, 5, 9));
        IAuditAnchor.Head memory head = anchor.head();
        isTrue(head.size == 9 && head.root == next && !head.frozen, "head");
        isTrue(head.timestamp == START + 350 && head.anchoredAt == START + 50, "times");
    }

    function test_Anchor_RefusesWhatIsNotLarger() external {
        bytes32[] memory leaves = Tree.leavesOf(6);
        bytes32 empty = sha256("");
        bytes memory sig = sign(LOG_KEY, 0, empty, START);
        vm.expectRevert(abi.encodeWithSelector(IAuditAnchor.AuditAnchor_NotLarger.selector, uint64(0), uint64(0)));
        anchor.anchor(0, empty, START, sig, none);
        anchorTo(leaves, 0, 6);
        for (uint64 size = 5; size <= 6; ++size) {
            bytes32 root = Tree.root(leaves, 0, size);
            sig = sign(LOG_KEY, size, root, START);
            vm.expectRevert(abi.encodeWithSelector(IAuditAnchor.AuditAnchor_NotLarger.selector, size, uint64(6)));
            anchor.anchor(size, root, START, sig, none);
        }
        eq(anchor.head().size, 6, "size");
    }

    function test_Anchor_RefusesOtherSigners() external {
        bytes32 root = Tree.root(Tree.leavesOf(3), 0, 3);
        refusesSigner(root, sign(FOREIGN_KEY, 3, root, START), vm.addr(FOREIGN_KEY));
        bytes memory good = sign(LOG_KEY, 3, root, START);
        refusesSigner(root, bytes.concat(good, hex"00"), address(0));
        refusesSigner(root, "", address(0));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(LOG_KEY, anchor.headDigest(3, root, START));
        refusesSigner(
            root,
            abi.encodePacked(r, bytes32(ORDER - uint256(s)), v == 27 ? uint8(28) : uint8(27)),
            address(0)
        );
        vm.prank(GOVERNOR);
        anchor.rotateKey(vm.addr(NEXT_KEY), false);
        refusesSigner(root, good, vm.addr(LOG_KEY));
        anchor.anchor(3, root, START, sign(NEXT_KEY, 3, root, START), none);
    }

    function refusesSigner(bytes32 root, bytes memory sig, address signer) private {
        vm.expectRevert(abi.encodeWithSelector(IAuditAnchor.AuditAnchor_BadSigner.selector, signer));
        anchor.anchor(3, root, START, sig, none);
    }

    function test_Anchor_RefusesProofsThatDoNotFit() external {
        bytes32[] memory leaves = Tree.leavesOf(12);
        bytes32 root = Tree.root(leaves, 0, 11);
        bytes memory sig = sign(LOG_KEY, 11, root, START);
        refusesProof(root, sig, Tree.consistency(leaves, 3, 11));
        anchorTo(leaves, 0, 3);
        anchorTo(leaves, 3, 5);
        bytes32[] memory good = Tree.consistency(leaves, 5, 11);
        refusesProof(root, sig, Tree.consistency(leaves, 3, 11));
        refusesProof(root, sig, Tree.consistency(leaves, 5, 12));
        refusesProof(root, sig, none);
        refusesProof(root, sig, Tree.append(good, root));
        for (uint256 i; i < good.length; ++i) {
            bytes32 kept = good[i];
            good[i] = kept ^ bytes32(uint256(1));
            refusesProof(root, sig, good);
            good[i] = kept;
        }
        bytes32[] memory forked = Tree.leavesOf(11, 2);
        bytes32 other = Tree.root(forked, 0, 11);
        bytes memory otherSig = sign(LOG_KEY, 11, other, START);
        refusesProof(other, otherSig, Tree.consistency(forked, 5, 11));
        anchor.anchor(11, root, START, sig, good);
    }

    function refusesProof(bytes32 root, bytes memory sig, bytes32[] memory proof) private {
        vm.expectRevert(abi.encodeWithSelector(IAuditAnchor.AuditAnchor_NotConsistent.selector));
        anchor.anchor(11, root, START, sig, proof);
    }

    function test_Anchor_RefusesTimesOutOfRange() external {
        bytes32[] memory leaves = Tree.leavesOf(4);
        anchorTo(leaves, 0, 2);
        bytes32 root = Tree.root(leaves, 0, 4);
        bytes32[] memory proof = Tree.consistency(leaves, 2, 4);
        uint64[2] memory bad = [START - 1, START + 301];
        for (uint256 i; i < 2; ++i) {
            bytes memory sig = sign(LOG_KEY, 4, root, bad[i]);
            vm.expectRevert(abi.encodeWithSelector(IAuditAnchor.AuditAnchor_BadTimestamp.selector, bad[i]));
            anchor.anchor(4, root, bad[i], sig, proof);
        }
        anchor.anchor(4, root, START + 300, sign(LOG_KEY, 4, root, START + 300), proof);
    }

    /// @dev Every anchored size to 12, every reported size to 12, forks at four places.
    function test_Report_FindsEveryContradictionAndNoOther() external {
        bytes32[] memory honest = Tree.leavesOf(12);
        uint256[4] memory forks = [uint256(0), 1, 4, 7];
        uint256 found;
        for (uint256 anchored = 1; anchored <= 12; ++anchored) {
            uint256 fresh = vm.snapshotState();
            anchorTo(honest, 0, anchored);
            for (uint256 size = 1; size <= 12; ++size) {
                for (uint256 i; i < 4; ++i) {
                    bytes32[] memory forked = Tree.leavesOf(12, forks[i]);
                    // The trees differ within what both of them cover.
                    bool conflict = forks[i] < (size < anchored ? size : anchored);
                    uint256 before = vm.snapshotState();
                    bool accepted = this.tryReport(honest, anchored, forked, size);
                    isTrue(accepted == conflict, "a report is accepted if and only if the heads contradict");
                    if (accepted) {
                        isTrue(anchor.head().frozen, "frozen");
                        found += 1;
                    }
                    vm.revertToState(before);
                }
            }
            vm.revertToState(fresh);
        }
        isTrue(found > 300, "contradictions were tried");
    }

    function tryReport(
        bytes32[] memory honest,
        uint256 anchored,
        bytes32[] memory leaves,
        uint256 size
    ) external returns (bool) {
        try this.doReport(honest, anchored, leaves, size) {
            return true;
        } catch (bytes memory reason) {
            if (bytes4(reason) != IAuditAnchor.AuditAnchor_NoConflict.selector)
                revert NotTrue("reverts for no conflict");
            return false;
        }
    }

    function doReport(bytes32[] memory honest, uint256 anchored, bytes32[] memory leaves, uint256 size) external {
        report(honest, anchored, leaves, size);
    }

    function test_Report_FreezesForEver() external {
        bytes32[] memory honest = Tree.leavesOf(9);
        bytes32[] memory forked = Tree.leavesOf(9, 1);
        anchorTo(honest, 0, 4);
        bytes32 root = Tree.root(forked, 0, 7);
        vm.expectEmit(true, true, true, true, address(anchor));
        emit Equivocation(7, root, START, vm.addr(LOG_KEY), address(this));
        report(honest, 4, forked, 7);
        bytes32 next = Tree.root(honest, 0, 9);
        bytes memory sig = sign(LOG_KEY, 9, next, START);
        bytes32[] memory proof = Tree.consistency(honest, 4, 9);
        vm.expectRevert(abi.encodeWithSelector(IAuditAnchor.AuditAnchor_Frozen.selector));
        anchor.anchor(9, next, START, sig, proof);
        vm.expectRevert(abi.encodeWithSelector(IAuditAnchor.AuditAnchor_Frozen.selector));
        anchor.reportEquivocation(9, next, START, sig, next, proof);
        isTrue(anchor.head().frozen && anchor.head().size == 4, "the head stays");
    }

    function test_Report_NeedsASignatureThatCounts() external {
        bytes32[] memory honest = Tree.leavesOf(4);
        anchorTo(honest, 0, 4);
        bytes32 root = Tree.root(Tree.leavesOf(4, 0), 0, 4);
        bytes memory foreign = sign(FOREIGN_KEY, 4, root, START);
        vm.expectRevert(abi.encodeWithSelector(IAuditAnchor.AuditAnchor_BadSigner.selector, vm.addr(FOREIGN_KEY)));
        anchor.reportEquivocation(4, root, START, foreign, root, none);
        vm.expectRevert(abi.encodeWithSelector(IAuditAnchor.AuditAnchor_BadSigner.selector, address(0)));
        anchor.reportEquivocation(4, root, START, "", root, none);

        bytes memory sig = sign(LOG_KEY, 4, root, START);
        uint256 before = vm.snapshotState();
        vm.prank(GOVERNOR);
        anchor.rotateKey(vm.addr(NEXT_KEY), true);
        vm.expectRevert(abi.encodeWithSelector(IAuditAnchor.AuditAnchor_BadSigner.selector, vm.addr(LOG_KEY)));
        anchor.reportEquivocation(4, root, START, sig, root, none);
        vm.revertToState(before);
        vm.prank(GOVERNOR);
        anchor.rotateKey(vm.addr(NEXT_KEY), false);
        anchor.reportEquivocation(4, root, START, sig, root, none);
        isTrue(anchor.head().frozen, "a retired key still proves it");
    }

    function test_RotateKey_IsTheGovernors() external {
        vm.expectRevert(abi.encodeWithSelector(IAuditAnchor.AuditAnchor_NotGovernor.selector, address(this)));
        anchor.rotateKey(vm.addr(NEXT_KEY), false);
        vm.startPrank(GOVERNOR);
        vm.expectEmit(true, true, true, true, address(anchor));
        emit KeyRotated(vm.addr(LOG_KEY), vm.addr(NEXT_KEY), false);
        anchor.rotateKey(vm.addr(NEXT_KEY), false);
        address[3] memory bad = [address(0), vm.addr(LOG_KEY), vm.addr(NEXT_KEY)];
        for (uint256 i; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IAuditAnchor.AuditAnchor_BadKey.selector, bad[i]));
            anchor.rotateKey(bad[i], false);
        }
        vm.stopPrank();
        isTrue(anchor.keyState(vm.addr(LOG_KEY)) == IAuditAnchor.KeyState.Retired, "the old key is retired");
        isTrue(anchor.keyState(vm.addr(NEXT_KEY)) == IAuditAnchor.KeyState.Current, "the new key is current");
    }

    function test_Verify_AgreesWithTheTextOfTheStandard() external {
        bytes32[] memory leaves = Tree.leavesOf(20);
        for (uint64 n = 1; n <= 20; ++n) {
            bytes32 root = Tree.root(leaves, 0, n);
            uint256 fresh = vm.snapshotState();
            anchorTo(leaves, 0, n);
            for (uint64 m; m < n; ++m) {
                bytes32[] memory proof = Tree.inclusion(leaves, m, 0, n);
                isTrue(anchor.verifyInclusion(leaves[m], m, proof), "included");
                isTrue(!anchor.verifyInclusion(leaves[m], m + 1, proof), "not at the next index");
                isTrue(!anchor.verifyInclusion(root, m, proof) || n == 1, "not another leaf");
                isTrue(!anchor.verifyInclusion(leaves[m], m, Tree.append(proof, root)), "not with a longer proof");
                bytes32 older = Tree.root(leaves, 0, m);
                bytes32[] memory path = Tree.consistency(leaves, m, n);
                isTrue(anchor.verifyConsistency(m, n, path, older, root), "consistent");
                isTrue(!anchor.verifyConsistency(m, n, path, root, root), "not from another root");
                isTrue(!anchor.verifyConsistency(m, n, Tree.append(path, root), older, root), "not with a longer path");
                if (m > 0) {
                    isTrue(!anchor.verifyConsistency(m, n, path, older, older), "not to another root");
                }
            }
            isTrue(anchor.verifyConsistency(n, n, none, root, root), "a tree extends itself");
            isTrue(!anchor.verifyConsistency(n + 1, n, none, root, root), "not backwards");
            vm.revertToState(fresh);
        }
        isTrue(anchor.verifyConsistency(0, 0, none, sha256(""), sha256("")), "the empty tree");
        isTrue(!anchor.verifyConsistency(0, 0, none, leaves[0], leaves[0]), "the empty tree has one root");
        isTrue(!anchor.verifyInclusion(leaves[0], 0, none), "nothing is in the empty log");
    }

    function test_Verify_AgreesWithTheSharedVectors() external view {
        bytes32[] memory leaves = TreeVectors.leafHashes();
        bytes32[] memory roots = TreeVectors.prefixRoots();
        for (uint64 n; n < roots.length; ++n) {
            isTrue(Tree.root(leaves, 0, n) == roots[n], "root");
            for (uint64 m; m <= n; ++m) {
                isTrue(
                    anchor.verifyConsistency(m, n, Tree.consistency(leaves, m, n), roots[m], roots[n]),
                    "consistent"
                );
            }
        }
    }
}
