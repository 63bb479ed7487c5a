// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Anchor of one audit log
/// @notice Accepts a new head of the log only with a proof that it extends the last one, and stops for ever when it is shown
/// a signed head that contradicts the one it holds. Holds no money and decides nothing about any.
/// @dev Heads are signed by the log key under EIP-712: domain ("Milepost Audit Log", "1", chainId, this contract), type
/// `Head(uint64 size,bytes32 root,uint64 timestamp)`. Trees and proofs are those of RFC 9162 with SHA-256.
interface IAuditAnchor {
    /// @notice The newest head.
    struct Head {
        /// Number of leaves; 0 before the first anchor.
        uint64 size;
        /// Seconds since 1970, as the log signed it.
        uint64 timestamp;
        /// Time of the block that anchored it.
        uint64 anchoredAt;
        /// True for ever once an equivocation was proven.
        bool frozen;
        /// Root over the leaves; that of the empty tree before the first anchor.
        bytes32 root;
    }

    /// @notice What may be done with a signature by a key.
    enum KeyState {
        /// Never a key of this log.
        Unknown,
        /// Signs new heads.
        Current,
        /// Replaced in good order: its signatures still prove an equivocation.
        Retired,
        /// Replaced because somebody else may have it: its signatures prove nothing.
        Compromised
    }

    /// @notice The log grew to `size`.
    /// @param size Number of leaves.
    /// @param root Root over the leaves.
    /// @param timestamp Seconds since 1970, as the log signed it.
    event Anchored(uint64 indexed size, bytes32 root, uint64 timestamp);
    /// @notice The log key signed a head that contradicts the anchored one; nothing is accepted any more.
    /// @param size Number of leaves.
    /// @param root Root over the leaves.
    /// @param timestamp Seconds since 1970, as the log signed it.
    /// @param key Key that signed both.
    /// @param reporter Who showed it.
    event Equivocation(uint64 size, bytes32 root, uint64 timestamp, address indexed key, address indexed reporter);
    /// @notice The log key changed.
    /// @param previous The key before.
    /// @param next The new key.
    /// @param compromised Whether somebody else may have the key.
    event KeyRotated(address indexed previous, address indexed next, bool compromised);

    /// @notice An equivocation was proven; this log is over.
    error AuditAnchor_Frozen();
    /// @notice The signature is not by a key that may sign this; `signer` made it (zero: malformed).
    error AuditAnchor_BadSigner(address signer);
    /// @notice The head has no more leaves than the anchored one.
    error AuditAnchor_NotLarger(uint64 size, uint64 anchoredSize);
    /// @notice The head's time is before that of the anchored one, or more than 300 seconds ahead of the block.
    error AuditAnchor_BadTimestamp(uint64 timestamp);
    /// @notice The proof does not show that the head extends the anchored one.
    error AuditAnchor_NotConsistent();
    /// @notice The reported head does not contradict the anchored one, or the proof does not show it.
    error AuditAnchor_NoConflict();
    /// @notice Only the governor may do this.
    error AuditAnchor_NotGovernor(address caller);
    /// @notice A new key is neither zero nor one that was used before.
    error AuditAnchor_BadKey(address key);

    /// @notice Moves the head on; anyone may relay it.
    /// @param size Leaves of the new head, more than anchored.
    /// @param root Root of the new head.
    /// @param timestamp Seconds since 1970; not before the anchored one, at most 300 ahead of the block.
    /// @param sig 65-byte signature of the head by the current key.
    /// @param proof Consistency proof from the anchored head; empty for the first.
    function anchor(uint64 size, bytes32 root, uint64 timestamp, bytes calldata sig, bytes32[] calldata proof) external;

    /// @notice Shows a signed head that contradicts the anchored one; anyone may. Freezes the log for ever.
    /// @dev Same size: the roots differ, `prefixRoot` and `proof` are not looked at. Larger: `proof` is consistent from
    /// (anchored size, prefixRoot) to the reported head, and `prefixRoot` is not the anchored root. Smaller: `proof` is
    /// consistent from (size, prefixRoot) to the anchored head, and `prefixRoot` is not the reported root.
    /// @param size Number of leaves.
    /// @param root Root over the leaves.
    /// @param timestamp Seconds since 1970, as the log signed it.
    /// @param sig Signature by the current or a retired key.
    /// @param prefixRoot Root of the smaller tree as the proof has it.
    /// @param proof RFC 9162 proof, hashes from the leaf's side up.
    function reportEquivocation(
        uint64 size,
        bytes32 root,
        uint64 timestamp,
        bytes calldata sig,
        bytes32 prefixRoot,
        bytes32[] calldata proof
    ) external;

    /// @notice Governor: replaces the log key.
    /// @param next The new key.
    /// @param compromised True if somebody else may have the old key: its signatures no longer prove an equivocation.
    function rotateKey(address next, bool compromised) external;

    /// @notice Whether `leaf` (an RFC 9162 leaf hash) is at `index` in the anchored head. False for anything malformed.
    /// @param leaf Leaf hash.
    /// @param index Index of the payee.
    /// @param proof RFC 9162 proof, hashes from the leaf's side up.
    function verifyInclusion(bytes32 leaf, uint64 index, bytes32[] calldata proof) external view returns (bool);

    /// @notice Whether the tree (m, rootM) is a prefix of (n, rootN). False for anything malformed.
    /// @param m Leaves of the smaller tree.
    /// @param n Leaves of the larger tree.
    /// @param proof RFC 9162 proof, hashes from the leaf's side up.
    /// @param rootM Root of the smaller tree.
    /// @param rootN Root of the larger tree.
    function verifyConsistency(
        uint64 m,
        uint64 n,
        bytes32[] calldata proof,
        bytes32 rootM,
        bytes32 rootN
    ) external view returns (bool);

    /// @notice The newest head.
    function head() external view returns (Head memory);
    /// @notice EIP-712 digest that the log key signs for a head.
    /// @param size Number of leaves.
    /// @param root Root over the leaves.
    /// @param timestamp Seconds since 1970, as the log signed it.
    function headDigest(uint64 size, bytes32 root, uint64 timestamp) external view returns (bytes32);
    /// @notice The key that signs new heads.
    function logKey() external view returns (address);
    /// @notice What a key may do.
    /// @param key The key.
    function keyState(address key) external view returns (KeyState);
    /// @notice Who may rotate the key.
    function governor() external view returns (address);
    /// @notice The anchor that this one replaces (zero: none), and its last head: a gap in the history is stated, not
    /// hidden.
    /// @return anchor_ The anchor before, zero if none.
    /// @return size Number of leaves.
    /// @return root Root of the last head.
    function predecessor() external view returns (address anchor_, uint64 size, bytes32 root);
}
