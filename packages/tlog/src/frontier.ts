import { HASH_BYTES, MAX_SIZE, bitLength, popCount, type Hash, type TreeHasher } from './hash.js';

/** Told about each subtree that an append completes: height ≥ 1, and its index among the subtrees of that height. */
export type OnSubtree = (level: number, index: bigint, hash: Hash) => void;

/**
 * The right edge of an append-only tree: the roots of its complete subtrees, highest first, at most 64 hashes. Enough to append
 * and to know the root, whatever the size.
 */
export class Frontier {
  private readonly roots: Hash[];
  private leaves: bigint;

  /** @param roots one hash per one bit of `size`, highest first */
  constructor(
    private readonly hasher: TreeHasher,
    size = 0n,
    roots: readonly Hash[] = [],
  ) {
    if (size < 0n || size > MAX_SIZE) throw new RangeError(`the tree size ${String(size)} does not fit 64 bits`);
    if (roots.length !== popCount(size)) {
      throw new RangeError(
        `a frontier of size ${String(size)} has ${String(popCount(size))} hashes, not ${String(roots.length)}`,
      );
    }
    this.leaves = size;
    this.roots = [...roots];
  }

  get size(): bigint {
    return this.leaves;
  }

  append(leaf: Hash, onSubtree?: OnSubtree): void {
    const index = this.leaves;
    let hash = leaf;
    let level = 0;
    for (; (index >> BigInt(level)) & 1n; level += 1) {
      const left = this.roots.pop();
      if (left === undefined) throw new Error('the frontier lost a hash');
      hash = this.hasher.node(left, hash);
      onSubtree?.(level + 1, index >> BigInt(level + 1), hash);
    }
    this.roots.push(hash);
    this.leaves = index + 1n;
  }

  root(): Hash {
    if (this.roots.length === 0) return this.hasher.empty;
    return this.roots.reduceRight((right, left) => this.hasher.node(left, right));
  }

  clone(): Frontier {
    return new Frontier(this.hasher, this.leaves, this.roots);
  }

  /** 8 bytes of size (big-endian), then the hashes. */
  encode(): Uint8Array {
    const bytes = new Uint8Array(8 + this.roots.length * HASH_BYTES);
    new DataView(bytes.buffer).setBigUint64(0, this.leaves);
    this.roots.forEach((hash, i) => {
      bytes.set(hash, 8 + i * HASH_BYTES);
    });
    return bytes;
  }

  /** @throws RangeError if the length does not fit the size */
  static decode(hasher: TreeHasher, bytes: Uint8Array): Frontier {
    if (bytes.length < 8 || (bytes.length - 8) % HASH_BYTES !== 0)
      throw new RangeError('not an encoded frontier: wrong length');
    const size = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0);
    const roots: Hash[] = [];
    for (let at = 8; at < bytes.length; at += HASH_BYTES) roots.push(bytes.slice(at, at + HASH_BYTES));
    return new Frontier(hasher, size, roots);
  }

  /** Which subtrees the frontier of a tree of this size consists of, highest first. */
  static layout(size: bigint): { level: number; index: bigint }[] {
    const parts: { level: number; index: bigint }[] = [];
    let start = 0n;
    for (let level = bitLength(size) - 1; level >= 0; level -= 1) {
      const width = 1n << BigInt(level);
      if ((size & width) === 0n) continue;
      parts.push({ level, index: start >> BigInt(level) });
      start += width;
    }
    return parts;
  }
}
