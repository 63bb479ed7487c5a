/** Trees for the tests. */
import { readFileSync } from 'node:fs';
import { TreeHasher, type Hash } from '../hash.js';
import { MemorySource, type HashSource } from '../prove.js';
import { sha256 } from '../node.js';
import { fromHex, utf8 } from '../text.js';

export const hasher = new TreeHasher(sha256);

const vectors = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), 'utf8'));
export const treeVectors = vectors('tree') as { leaves: string[]; roots: string[] };
export const noteVectors = vectors('note') as { verifierKey: string; note: string };

export const vectorLeaves = treeVectors.leaves.map((leaf) => hasher.leaf(fromHex(leaf)));
export const entryOf = (i: number): Uint8Array => utf8(`entry ${String(i)}`);

export function treeOf(size: number): MemorySource {
  return new MemorySource(
    hasher,
    Array.from({ length: size }, (_, i) => hasher.leaf(entryOf(i))),
  );
}

/**
 * A tree of any size in which every leaf is the same but a few: the only way to reach sizes above 2^31 without their leaves.
 */
export class SparseSource implements HashSource {
  private readonly plain: Hash[] = [hasher.leaf(utf8('plain'))];

  constructor(private readonly special: ReadonlyMap<bigint, Hash>) {}

  hash(level: number, index: bigint): Promise<Hash> {
    return Promise.resolve(this.at(level, index));
  }

  private at(level: number, index: bigint): Hash {
    const begin = index << BigInt(level);
    const end = begin + (1n << BigInt(level));
    if (![...this.special.keys()].some((leaf) => leaf >= begin && leaf < end)) return this.same(level);
    return level === 0
      ? (this.special.get(index) ?? this.same(0))
      : hasher.node(this.at(level - 1, 2n * index), this.at(level - 1, 2n * index + 1n));
  }

  private same(level: number): Hash {
    for (let known = this.plain.length; known <= level; known += 1) {
      const below = this.plain[known - 1] as Hash;
      this.plain.push(hasher.node(below, below));
    }
    return this.plain[level] as Hash;
  }
}
