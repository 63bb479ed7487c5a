import { RFC9162 } from '@transmute/rfc9162';
import fc from 'fast-check';
import { Frontier } from './frontier.js';
import { MemorySource, proveConsistency, proveInclusion, treeRoot } from './prove.js';
import { verifyConsistency, verifyInclusion } from './verify.js';
import { fromHex, toHex, utf8 } from './text.js';
import type { Hash } from './hash.js';
import { SparseSource, entryOf, hasher, treeOf, treeVectors, vectorLeaves } from './testing/trees.js';

const changed = (hash: Hash): Hash => hash.map((byte, i) => (i === 7 ? byte ^ 1 : byte));
const at = <T>(list: readonly T[], i: number): T => list[i] as T;

describe('the Certificate Transparency tree', () => {
  test('each prefix has the published root, by frontier and by source', async () => {
    const frontier = new Frontier(hasher);
    const source = new MemorySource(hasher, vectorLeaves);
    for (const [size, root] of treeVectors.roots.entries()) {
      expect(toHex(frontier.root())).toBe(root);
      expect(toHex(await treeRoot(hasher, source, BigInt(size)))).toBe(root);
      if (size < vectorLeaves.length) frontier.append(at(vectorLeaves, size));
    }
  });
});

describe('proofs', () => {
  const SIZE = 66;
  const source = treeOf(SIZE);
  const roots: Hash[] = [];
  beforeAll(async () => {
    for (let size = 0; size <= SIZE; size += 1) roots.push(await treeRoot(hasher, source, BigInt(size)));
  });

  test('every inclusion proof up to 66 leaves verifies, and no altered one does', async () => {
    let proofs = 0;
    for (let size = 1; size <= SIZE; size += 1) {
      for (let index = 0; index < size; index += 1) {
        const proof = await proveInclusion(hasher, source, BigInt(index), BigInt(size));
        const leaf = hasher.leaf(entryOf(index));
        const verify = (l: Hash, i: number, n: number, p: readonly Hash[], r: Hash): boolean =>
          verifyInclusion(hasher, l, BigInt(i), BigInt(n), p, r);
        const root = at(roots, size);
        expect(verify(leaf, index, size, proof, root)).toBe(true);
        expect(verify(changed(leaf), index, size, proof, root)).toBe(false);
        expect(verify(leaf, index, size, proof, changed(root))).toBe(false);
        expect(verify(leaf, index, size, [...proof, leaf], root)).toBe(false);
        expect(verify(leaf, index + 1, size, proof, root)).toBe(false);
        if (proof.length > 0) {
          const last = proof.length - 1;
          expect(verify(leaf, index, size, proof.slice(0, -1), root)).toBe(false);
          expect(verify(leaf, index, size, proof.with(last, changed(at(proof, last))), root)).toBe(false);
        }
        proofs += 1;
      }
    }
    expect(proofs).toBe((SIZE * (SIZE + 1)) / 2);
  });

  test('every consistency proof up to 66 leaves verifies, and no altered one does', async () => {
    for (let n = 0; n <= SIZE; n += 1) {
      for (let m = 0; m <= n; m += 1) {
        const proof = await proveConsistency(hasher, source, BigInt(m), BigInt(n));
        const verify = (a: number, b: number, p: readonly Hash[], r1: Hash, r2: Hash): boolean =>
          verifyConsistency(hasher, BigInt(a), BigInt(b), p, r1, r2);
        const [before, after] = [at(roots, m), at(roots, n)];
        expect(verify(m, n, proof, before, after)).toBe(true);
        expect(verify(m, n, proof, changed(before), after)).toBe(false);
        expect(verify(m, n, [...proof, before], before, after)).toBe(false);
        if (m > 0) expect(verify(m, n, proof, before, changed(after))).toBe(false);
        if (proof.length > 0) {
          expect(verify(m, n, proof.slice(1), before, after)).toBe(false);
          expect(verify(m, n, proof.with(0, changed(at(proof, 0))), before, after)).toBe(false);
          expect(verify(m - 1, n, proof, before, after)).toBe(false);
        }
      }
    }
  });

  test('an independent implementation makes the same roots and accepts the same proofs', async () => {
    for (const size of [1, 2, 3, 7, 8, 13]) {
      const entries = Array.from({ length: size }, (_, i) => entryOf(i));
      expect(toHex(await RFC9162.treeHead(entries))).toBe(toHex(at(roots, size)));
      for (let index = 0; index < size; index += 1) {
        const ours = await proveInclusion(hasher, source, BigInt(index), BigInt(size));
        const theirs = await RFC9162.inclusionProof(at(entries, index), entries);
        expect(ours.map(toHex)).toEqual(theirs.inclusion_path.map(toHex));
        const older = index + 1;
        if (older === size) continue;
        const proof = await proveConsistency(hasher, source, BigInt(older), BigInt(size));
        // It wants the old root in the proof even where RFC 9162 2.1.4.2 has the verifier put it there.
        const path = Number.isInteger(Math.log2(older)) ? [at(roots, older), ...proof] : proof;
        const heads = { log_id: '', tree_size_1: older, tree_size_2: size };
        expect(
          await RFC9162.verifyConsistencyProof(at(roots, older), at(roots, size), { ...heads, consistency_path: path }),
        ).toBe(true);
      }
    }
  });

  test.each([31n, 32n, 40n, 63n])('sizes around 2^%s', async (bits) => {
    const edge = 1n << bits;
    const marked = hasher.leaf(utf8('marked'));
    const special = new Map([5n, edge - 1n, edge, edge + 5n].map((index) => [index, marked]));
    const sparse = new SparseSource(special);
    const sizes = [edge - 1n, edge, edge + 1n, edge + 6n];
    const heads = new Map(
      await Promise.all(sizes.map(async (size) => [size, await treeRoot(hasher, sparse, size)] as const)),
    );
    for (const size of sizes) {
      for (const index of [5n, 6n, edge - 2n, edge - 1n, edge, edge + 5n].filter((i) => i < size)) {
        const proof = await proveInclusion(hasher, sparse, index, size);
        const leaf = await sparse.hash(0, index);
        const root = heads.get(size) as Hash;
        expect(verifyInclusion(hasher, leaf, index, size, proof, root)).toBe(true);
        expect(verifyInclusion(hasher, leaf, index ^ (1n << 4n), size, proof, root)).toBe(false);
      }
      for (const older of [...sizes, 6n].filter((m) => m <= size)) {
        const proof = await proveConsistency(hasher, sparse, older, size);
        expect(
          verifyConsistency(hasher, older, size, proof, await treeRoot(hasher, sparse, older), heads.get(size) as Hash),
        ).toBe(true);
      }
    }
  });

  test('what cannot be proven is refused', async () => {
    await expect(proveInclusion(hasher, source, 66n, 66n)).rejects.toThrow('no leaf 66');
    await expect(proveInclusion(hasher, source, -1n, 66n)).rejects.toThrow(RangeError);
    await expect(proveInclusion(hasher, source, 0n, 67n)).rejects.toThrow('no complete subtree');
    await expect(proveConsistency(hasher, source, 5n, 4n)).rejects.toThrow('not a prefix');
  });

  test('verifying never throws, whatever it is given', () => {
    const anything = fc.anything() as fc.Arbitrary<never>;
    fc.assert(
      fc.property(anything, anything, anything, anything, anything, (a, b, c, d, e) => {
        expect(verifyInclusion(hasher, a, b, c, d, e)).toBe(false);
        expect(verifyConsistency(hasher, b, c, d, a, e)).toBe(false);
      }),
    );
    const root = at(roots, 3);
    expect(verifyInclusion(hasher, root, 0n, 1n << 64n, [], root)).toBe(false);
    expect(verifyConsistency(hasher, 0n, 0n, [], root, root)).toBe(false);
    expect(verifyConsistency(hasher, 4n, 3n, [], root, root)).toBe(false);
    expect(verifyInclusion(hasher, root.slice(1), 0n, 1n, [], root)).toBe(false);
  });
});

describe('frontier', () => {
  test('reports each completed subtree once, survives encoding, and knows its layout', async () => {
    const frontier = new Frontier(hasher);
    const reported = new Map<string, string>();
    const source = treeOf(300);
    for (let i = 0; i < 300; i += 1) {
      frontier.append(hasher.leaf(entryOf(i)), (level, index, hash) => {
        expect(reported.has(`${String(level)}/${String(index)}`)).toBe(false);
        reported.set(`${String(level)}/${String(index)}`, toHex(hash));
      });
    }
    expect(reported.get('8/0')).toBe(toHex(await source.hash(8, 0n)));
    expect(reported.size).toBe(150 + 75 + 37 + 18 + 9 + 4 + 2 + 1);
    const copy = Frontier.decode(hasher, frontier.encode());
    expect(toHex(copy.root())).toBe(toHex(frontier.root()));
    const parts = await Promise.all(Frontier.layout(300n).map(({ level, index }) => source.hash(level, index)));
    expect(toHex(new Frontier(hasher, 300n, parts).root())).toBe(toHex(frontier.root()));
    expect(toHex(await treeRoot(hasher, source, 300n))).toBe(toHex(frontier.root()));
  });

  test('refuses hashes that do not fit its size', () => {
    expect(() => new Frontier(hasher, 3n, [fromHex('00'.repeat(32))])).toThrow('has 2 hashes, not 1');
    expect(() => Frontier.decode(hasher, new Uint8Array(7))).toThrow('wrong length');
    expect(() => new Frontier(hasher, 1n << 64n)).toThrow('64 bits');
  });
});
