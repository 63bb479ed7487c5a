/**
 * Merkle tree with the hashes of RFC 9162 (SHA-256), and proofs for many leaves at once: the siblings that cannot be computed
 * from the leaves, depth first, left to right.
 */
import { sha256 } from '@noble/hashes/sha2.js';

/** H(0x00 ‖ entry) */
export function leafHash(entry: Uint8Array): Uint8Array {
  const input = new Uint8Array(1 + entry.length);
  input.set(entry, 1);
  return sha256(input);
}

function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  const input = new Uint8Array(65);
  input[0] = 1;
  input.set(left, 1);
  input.set(right, 33);
  return sha256(input);
}

/** Width of the left subtree: the largest power of two below `width`, which is at least 2. */
function leftWidth(width: number): number {
  let left = 1;
  while (left * 2 < width) left *= 2;
  return left;
}

/** A tree over leaf hashes in memory. */
export class LeafTree {
  private readonly cache = new Map<string, Uint8Array>();

  constructor(private readonly leaves: readonly Uint8Array[]) {
    if (leaves.length === 0) throw new RangeError('a tree has at least one leaf');
  }

  get root(): Uint8Array {
    return this.hash(0, this.leaves.length);
  }

  /** Proof for the leaves at `indexes` (ascending, without repeats). */
  prove(indexes: readonly number[]): Uint8Array[] {
    const siblings: Uint8Array[] = [];
    const walk = (begin: number, end: number, from: number, to: number): void => {
      if (from === to) siblings.push(this.hash(begin, end));
      else if (end - begin > 1) {
        const middle = begin + leftWidth(end - begin);
        const cut = firstAtLeast(indexes, middle, from, to);
        walk(begin, middle, from, cut);
        walk(middle, end, cut, to);
      }
    };
    walk(0, this.leaves.length, 0, indexes.length);
    return siblings;
  }

  private hash(begin: number, end: number): Uint8Array {
    const key = `${String(begin)}-${String(end)}`;
    const known = this.cache.get(key);
    if (known !== undefined) return known;
    const middle = begin + (end - begin > 1 ? leftWidth(end - begin) : 0);
    const found =
      end - begin === 1
        ? (this.leaves[begin] ?? new Uint8Array(32))
        : nodeHash(this.hash(begin, middle), this.hash(middle, end));
    this.cache.set(key, found);
    return found;
  }
}

/**
 * The root that leaves at `indexes` (ascending, without repeats, below `size`) and their siblings give.
 * @throws RangeError when indexes are out of order or range, or siblings are missing or left over.
 */
export function rootOf(
  size: number,
  indexes: readonly number[],
  leaves: readonly Uint8Array[],
  siblings: readonly Uint8Array[],
): Uint8Array {
  if (indexes.length !== leaves.length || indexes.length === 0) throw new RangeError('one index per leaf is expected');
  indexes.forEach((index, i) => {
    if (!Number.isSafeInteger(index) || index >= size || index <= (indexes[i - 1] ?? -1))
      throw new RangeError(`leaf indexes must ascend within 0 to ${String(size - 1)}`);
  });
  let next = 0;
  const walk = (begin: number, end: number, from: number, to: number): Uint8Array => {
    if (from === to) {
      const sibling = siblings[next++];
      if (sibling === undefined) throw new RangeError('the proof is too short');
      return sibling;
    }
    if (end - begin === 1) return leaves[from] ?? new Uint8Array(32);
    const middle = begin + leftWidth(end - begin);
    const cut = firstAtLeast(indexes, middle, from, to);
    const left = walk(begin, middle, from, cut);
    return nodeHash(left, walk(middle, end, cut, to));
  };
  const root = walk(0, size, 0, indexes.length);
  if (next !== siblings.length) throw new RangeError('the proof is too long');
  return root;
}

/** First position in [from, to) whose index is at least `bound`, or `to`. */
function firstAtLeast(indexes: readonly number[], bound: number, from: number, to: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((indexes[middle] ?? 0) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
