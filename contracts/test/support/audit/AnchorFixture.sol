// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAuditAnchor} from "../../../src/interfaces/IAuditAnchor.sol";
import {TestBase} from "../approval/Vm.sol";
import {Tree} from "./Tree.sol";

/// @dev One anchor with its keys, and the calls a log makes.
abstract contract AnchorFixture is TestBase {
    uint256 internal constant LOG_KEY = 0x4c4f47;
    uint256 internal constant NEXT_KEY = 0x4e4558;
    uint256 internal constant FOREIGN_KEY = 0x464f52;
    uint64 internal constant START = 1_790_000_000;
    address internal constant GOVERNOR = address(0x60);

    IAuditAnchor internal anchor;
    bytes32[] internal none;

    function setUp() public virtual {
        vm.warp(START);
        anchor = IAuditAnchor(
            deployCode(
                "AuditAnchor.sol:AuditAnchor",
                abi.encode(vm.addr(LOG_KEY), GOVERNOR, address(0), uint64(0), bytes32(0))
            )
        );
    }

    function sign(uint256 key, uint64 size, bytes32 root, uint64 timestamp) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, anchor.headDigest(size, root, timestamp));
        return abi.encodePacked(r, s, v);
    }

    /// @dev Anchors the first `size` of `leaves` over the head of `from` leaves.
    function anchorTo(bytes32[] memory leaves, uint256 from, uint256 size) internal {
        bytes32 root = Tree.root(leaves, 0, size);
        anchor.anchor(
            uint64(size),
            root,
            START,
            sign(LOG_KEY, uint64(size), root, START),
            Tree.consistency(leaves, from, size)
        );
    }

    /// @dev Reports the head of `size` of `leaves`, with the proof to or from the anchored `anchored` of `honest`.
    function report(bytes32[] memory honest, uint256 anchored, bytes32[] memory leaves, uint256 size) internal {
        bytes32 root = Tree.root(leaves, 0, size);
        bytes32 prefix;
        bytes32[] memory proof = none;
        if (size > anchored) {
            prefix = Tree.root(leaves, 0, anchored);
            proof = Tree.consistency(leaves, anchored, size);
        } else if (size < anchored) {
            prefix = Tree.root(honest, 0, size);
            proof = Tree.consistency(honest, size, anchored);
        }
        anchor.reportEquivocation(uint64(size), root, START, sign(LOG_KEY, uint64(size), root, START), prefix, proof);
    }
}
