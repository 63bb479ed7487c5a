import { bitLength, type Hash, type TreeHasher } from './hash.js';

/** Gives the root of the complete subtree of 2^level leaves that starts at leaf index·2^level. Throws or rejects if it has none. */
export interface HashSource {
  hash(level: number, index: bigint): Promise<Hash>;
}

/** Height of the left subtree of a tree of `width` ≥ 2 leaves: the largest power of two below `width`. */
const splitLevel = (width: bigint): number => bitLength(width - 1n) - 1;

/** Root over the leaves [begin, end), where `begin` is a multiple of a power of two that is not below the range's width. */
async function rangeRoot(hasher: TreeHasher, source: HashSource, begin: bigint, end: bigint): Promise<Hash> {
  const parts: Promise<Hash>[] = [];
  for (let at = begin; at < end;) {
    const level = bitLength(end - at) - 1;
    parts.push(source.hash(level, at >> BigInt(level)));
    at += 1n << BigInt(level);
  }
  return (await Promise.all(parts)).reduceRight((right, left) => hasher.node(left, right));
}

/** Root of the first `size` leaves. */
export async function treeRoot(hasher: TreeHasher, source: HashSource, size: bigint): Promise<Hash> {
  return size === 0n ? hasher.empty : rangeRoot(hasher, source, 0n, size);
}

/**
 * RFC 9162 2.1.3.1: the hashes from the leaf's sibling up to a child of the root.
 * @throws RangeError unless 0 ≤ index < size
 */
export async function proveInclusion(
  hasher: TreeHasher,
  source: HashSource,
  index: bigint,
  size: bigint,
): Promise<Hash[]> {
  if (index < 0n || index >= size)
    throw new RangeError(`there is no leaf ${String(index)} in a tree of size ${String(size)}`);
  const path: Promise<Hash>[] = [];
  let begin = 0n;
  let end = size;
  while (end - begin > 1n) {
    const level = splitLevel(end - begin);
    const middle = begin + (1n << BigInt(level));
    if (index < middle) {
      path.push(rangeRoot(hasher, source, middle, end));
      end = middle;
    } else {
      path.push(source.hash(level, begin >> BigInt(level)));
      begin = middle;
    }
  }
  return (await Promise.all(path)).reverse();
}

/**
 * RFC 9162 2.1.4.1: proves that the tree of size `m` is a prefix of the tree of size `n`. Empty for m = 0 and for m = n.
 * @throws RangeError unless 0 ≤ m ≤ n
 */
export async function proveConsistency(hasher: TreeHasher, source: HashSource, m: bigint, n: bigint): Promise<Hash[]> {
  if (m < 0n || m > n) throw new RangeError(`a tree of size ${String(m)} is not a prefix of one of size ${String(n)}`);
  if (m === 0n || m === n) return [];
  const path: Promise<Hash>[] = [];
  let begin = 0n;
  let end = n;
  while (m !== end) {
    const level = splitLevel(end - begin);
    const middle = begin + (1n << BigInt(level));
    if (m <= middle) {
      path.push(rangeRoot(hasher, source, middle, end));
      end = middle;
    } else {
      path.push(source.hash(level, begin >> BigInt(level)));
      begin = middle;
    }
  }
  // The old tree's own root is known to the verifier only if it is a whole left edge.
  if (begin > 0n) path.push(rangeRoot(hasher, source, begin, end));
  return (await Promise.all(path)).reverse();
}

/** A source over leaf hashes in memory; each complete subtree is hashed once. For small logs and tests. */
export class MemorySource implements HashSource {
  private readonly levels: Hash[][];

  constructor(
    private readonly hasher: TreeHasher,
    leaves: readonly Hash[] = [],
  ) {
    this.levels = [[]];
    leaves.forEach((leaf) => {
      this.append(leaf);
    });
  }

  get size(): bigint {
    return BigInt(this.levels[0]?.length ?? 0);
  }

  append(leaf: Hash): void {
    let hash = leaf;
    for (let level = 0; ; level += 1) {
      const row = (this.levels[level] ??= []);
      row.push(hash);
      if (row.length % 2 === 1) return;
      hash = this.hasher.node(row[row.length - 2] ?? hash, hash);
    }
  }

  hash(level: number, index: bigint): Promise<Hash> {
    const hash = this.levels[level]?.[Number(index)];
    return hash === undefined
      ? Promise.reject(new RangeError(`no complete subtree of height ${String(level)} at ${String(index)}`))
      : Promise.resolve(hash);
  }
}
