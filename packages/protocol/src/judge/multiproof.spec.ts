import { createHash } from 'node:crypto';
import { fromBase64, toBase64 } from './base64.js';
import { leafHash, LeafTree, rootOf } from './multiproof.js';

const sha256 = (...parts: Uint8Array[]): Uint8Array => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};
/** RFC 9162 2.1.1, word by word. */
const naiveRoot = (leaves: readonly Uint8Array[]): Uint8Array => {
  if (leaves.length === 1) return leaves[0]!;
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return sha256(Uint8Array.of(1), naiveRoot(leaves.slice(0, k)), naiveRoot(leaves.slice(k)));
};
const leavesOf = (count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => leafHash(new TextEncoder().encode(`leaf ${String(i)}`)));
/** A repeatable stream of numbers below `below`. */
const random = (seed: number) => (below: number) => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((seed / 2 ** 32) * below);
};

describe('multiproof', () => {
  it('hashes leaves and nodes as RFC 9162 does', () => {
    expect(leafHash(new TextEncoder().encode('a'))).toEqual(sha256(Uint8Array.of(0), new TextEncoder().encode('a')));
    for (const size of [1, 2, 3, 5, 8, 13, 64, 100])
      expect(new LeafTree(leavesOf(size)).root).toEqual(naiveRoot(leavesOf(size)));
  });

  it('proves any set of leaves of any tree, and nothing else', () => {
    const next = random(7);
    for (let round = 0; round < 150; round++) {
      const size = 1 + next(70);
      const leaves = leavesOf(size);
      const tree = new LeafTree(leaves);
      const share = next(10);
      const indexes = leaves.map((_, i) => i).filter((i) => next(10) <= share || i === round % size);
      const proof = tree.prove(indexes);
      const shown = indexes.map((index) => leaves[index]!);
      expect(rootOf(size, indexes, shown, proof)).toEqual(tree.root);

      const at = next(indexes.length);
      const changed = shown.map((leaf, i) => (i === at ? leafHash(new TextEncoder().encode('other')) : leaf));
      expect(rootOf(size, indexes, changed, proof)).not.toEqual(tree.root);
      expect(() => rootOf(size, indexes, shown, [...proof, new Uint8Array(32)])).toThrow('too long');
      if (proof.length > 0) {
        expect(() => rootOf(size, indexes, shown, proof.slice(1))).toThrow('too short');
        const bent = proof.map((one, i) => (i === next(proof.length) ? one.map((byte) => byte ^ 1) : one));
        if (bent.some((one, i) => one !== proof[i])) expect(rootOf(size, indexes, shown, bent)).not.toEqual(tree.root);
      }
    }
  });

  it('a leaf moved to another place gives another root', () => {
    const leaves = leavesOf(50);
    const tree = new LeafTree(leaves);
    const proof = tree.prove([7, 30]);
    expect(rootOf(50, [7, 30], [leaves[30]!, leaves[7]!], proof)).not.toEqual(tree.root);
  });

  it.each([
    ['no leaf', [], []],
    ['an index twice', [3, 3], [3, 3]],
    ['descending indexes', [4, 3], [4, 3]],
    ['an index beyond the lot', [10], [9]],
    ['a fraction', [1.5], [1]],
    ['fewer leaves than indexes', [1, 2], [1]],
  ])('refuses %s', (_what, indexes, shown) => {
    const leaves = leavesOf(10);
    expect(() =>
      rootOf(
        10,
        indexes,
        shown.map((i) => leaves[i]!),
        [],
      ),
    ).toThrow(RangeError);
  });
});

describe('base64', () => {
  it('is the one that Node has', () => {
    for (let length = 0; length < 70; length++) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 37 + length * 11) & 255);
      expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
      expect(fromBase64(toBase64(bytes))).toEqual(bytes);
    }
  });
  it.each(['A', 'AA', 'AAA', 'AB==', 'AA=A', 'A-A=', ' AAAA', 'AAAA='])('refuses %s', (text) => {
    expect(() => fromBase64(text)).toThrow('not base64');
  });
});
