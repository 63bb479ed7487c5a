import { MAX_SIZE, isHash, sameBytes, type Hash, type TreeHasher } from './hash.js';

const isSize = (value: unknown): value is bigint => typeof value === 'bigint' && value >= 0n && value <= MAX_SIZE;
const isProof = (value: unknown): value is readonly Hash[] =>
  Array.isArray(value) && value.length <= 128 && value.every(isHash);

/** RFC 9162 2.1.3.2. Anything malformed is false; never throws. */
export function verifyInclusion(
  hasher: TreeHasher,
  leaf: Hash,
  index: bigint,
  size: bigint,
  proof: readonly Hash[],
  root: Hash,
): boolean {
  if (!isSize(index) || !isSize(size) || index >= size || !isHash(leaf) || !isHash(root) || !isProof(proof))
    return false;
  let fn = index;
  let sn = size - 1n;
  let hash = leaf;
  for (const sibling of proof) {
    if (sn === 0n) return false;
    if ((fn & 1n) === 1n || fn === sn) {
      hash = hasher.node(sibling, hash);
      while ((fn & 1n) === 0n && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else {
      hash = hasher.node(hash, sibling);
    }
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n && sameBytes(hash, root);
}

/**
 * RFC 9162 2.1.4.2: the tree (m, rootM) is a prefix of (n, rootN). From size 0 the proof is empty and rootM the empty tree's;
 * from n to n the proof is empty and the roots are equal. Anything malformed is false; never throws.
 */
export function verifyConsistency(
  hasher: TreeHasher,
  m: bigint,
  n: bigint,
  proof: readonly Hash[],
  rootM: Hash,
  rootN: Hash,
): boolean {
  if (!isSize(m) || !isSize(n) || m > n || !isHash(rootM) || !isHash(rootN) || !isProof(proof)) return false;
  if (m === n) return proof.length === 0 && sameBytes(rootM, rootN) && (m > 0n || sameBytes(rootM, hasher.empty));
  if (m === 0n) return proof.length === 0 && sameBytes(rootM, hasher.empty);
  // A prefix that is a power of two is a node of the new tree; its hash is left out of the proof.
  const path = (m & (m - 1n)) === 0n ? [rootM, ...proof] : proof;
  const [first, ...rest] = path;
  if (first === undefined) return false;
  let fn = m - 1n;
  let sn = n - 1n;
  while ((fn & 1n) === 1n) {
    fn >>= 1n;
    sn >>= 1n;
  }
  let old = first;
  let now = first;
  for (const hash of rest) {
    if (sn === 0n) return false;
    if ((fn & 1n) === 1n || fn === sn) {
      old = hasher.node(hash, old);
      now = hasher.node(hash, now);
      while ((fn & 1n) === 0n && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else {
      now = hasher.node(now, hash);
    }
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n && sameBytes(old, rootM) && sameBytes(now, rootN);
}
