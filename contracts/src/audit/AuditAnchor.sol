// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IAuditAnchor} from "../interfaces/IAuditAnchor.sol";
import {Rfc9162} from "./Rfc9162.sol";

/// @title Anchor of one audit log
/// @notice See `IAuditAnchor`. Not upgradeable.
contract AuditAnchor is IAuditAnchor, EIP712 {
    bytes32 private constant HEAD_TYPE = keccak256("Head(uint64 size,bytes32 root,uint64 timestamp)");
    /// @dev How far a head's time may be ahead of the block's, in seconds.
    uint64 private constant CLOCK_SKEW = 300;

    address public immutable governor;
    address private immutable _predecessor;
    uint64 private immutable _predecessorSize;
    bytes32 private immutable _predecessorRoot;

    address public logKey;
    mapping(address key => KeyState) public keyState;
    Head private _head;

    /// @param logKey_ Key that signs heads.
    /// @param governor_ Who may rotate it; the DAO's timelock.
    /// @param predecessor_ Anchor that this one replaces, zero if none, with its last size and root.
    constructor(
        address logKey_,
        address governor_,
        address predecessor_,
        uint64 predecessorSize,
        bytes32 predecessorRoot
    ) EIP712("Milepost Audit Log", "1") {
        governor = governor_;
        _predecessor = predecessor_;
        _predecessorSize = predecessorSize;
        _predecessorRoot = predecessorRoot;
        _head.root = Rfc9162.EMPTY_ROOT;
        _setKey(logKey_, false);
    }

    function anchor(
        uint64 size,
        bytes32 root,
        uint64 timestamp,
        bytes calldata sig,
        bytes32[] calldata proof
    ) external {
        Head memory last = _head;
        if (last.frozen) revert AuditAnchor_Frozen();
        if (size <= last.size) revert AuditAnchor_NotLarger(size, last.size);
        if (timestamp < last.timestamp || timestamp > block.timestamp + CLOCK_SKEW) {
            revert AuditAnchor_BadTimestamp(timestamp);
        }
        address signer = _signer(size, root, timestamp, sig);
        if (signer != logKey) revert AuditAnchor_BadSigner(signer);
        if (!Rfc9162.consistency(last.size, size, proof, last.root, root)) revert AuditAnchor_NotConsistent();
        _head = Head({
            size: size,
            timestamp: timestamp,
            anchoredAt: uint64(block.timestamp),
            frozen: false,
            root: root
        });
        emit Anchored(size, root, timestamp);
    }

    function reportEquivocation(
        uint64 size,
        bytes32 root,
        uint64 timestamp,
        bytes calldata sig,
        bytes32 prefixRoot,
        bytes32[] calldata proof
    ) external {
        Head memory last = _head;
        if (last.frozen) revert AuditAnchor_Frozen();
        address signer = _signer(size, root, timestamp, sig);
        KeyState state = keyState[signer];
        if (state != KeyState.Current && state != KeyState.Retired) revert AuditAnchor_BadSigner(signer);
        bool conflict;
        if (size == last.size) {
            conflict = root != last.root;
        } else if (size > last.size) {
            conflict = prefixRoot != last.root && Rfc9162.consistency(last.size, size, proof, prefixRoot, root);
        } else {
            conflict = prefixRoot != root && Rfc9162.consistency(size, last.size, proof, prefixRoot, last.root);
        }
        if (!conflict) revert AuditAnchor_NoConflict();
        _head.frozen = true;
        emit Equivocation(size, root, timestamp, signer, msg.sender);
    }

    function rotateKey(address next, bool compromised) external {
        if (msg.sender != governor) revert AuditAnchor_NotGovernor(msg.sender);
        _setKey(next, compromised);
    }

    function verifyInclusion(bytes32 leaf, uint64 index, bytes32[] calldata proof) external view returns (bool) {
        return Rfc9162.inclusion(leaf, index, _head.size, proof, _head.root);
    }

    function verifyConsistency(
        uint64 m,
        uint64 n,
        bytes32[] calldata proof,
        bytes32 rootM,
        bytes32 rootN
    ) external view returns (bool) {
        return Rfc9162.consistency(m, n, proof, rootM, rootN);
    }

    function head() external view returns (Head memory) {
        return _head;
    }

    function headDigest(uint64 size, bytes32 root, uint64 timestamp) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(HEAD_TYPE, size, root, timestamp)));
    }

    function predecessor() external view returns (address anchor_, uint64 size, bytes32 root) {
        return (_predecessor, _predecessorSize, _predecessorRoot);
    }

    /// @dev Zero for a malformed signature, which is never a key.
    function _signer(uint64 size, bytes32 root, uint64 timestamp, bytes calldata sig) private view returns (address) {
        (address signer, , ) = ECDSA.tryRecoverCalldata(headDigest(size, root, timestamp), sig);
        return signer;
    }

    function _setKey(address next, bool compromised) private {
        if (next == address(0) || keyState[next] != KeyState.Unknown) revert AuditAnchor_BadKey(next);
        address previous = logKey;
        if (previous != address(0)) keyState[previous] = compromised ? KeyState.Compromised : KeyState.Retired;
        keyState[next] = KeyState.Current;
        logKey = next;
        emit KeyRotated(previous, next, compromised);
    }
}
