/** The note and proof formats in a second implementation: that of Sigstore's JavaScript client, which knows nothing of this package. */
import { createPublicKey } from 'node:crypto';
import { createRequire } from 'node:module';
import { formatCheckpoint, formatProof, parseProof } from './checkpoint.js';
import { encodeU64 } from './keys.js';
import { parseVerifierKey, signNote } from './note.js';
import { ed25519Key, sha256 } from './node.js';
import { proveInclusion, treeRoot } from './prove.js';
import { entryOf, hasher, treeOf } from './testing/trees.js';

interface TheirEntry {
  readonly canonicalizedBody: Buffer;
  readonly integratedTime: string;
  readonly inclusionProof: {
    readonly logIndex: string;
    readonly treeSize: string;
    readonly hashes: readonly Buffer[];
    readonly rootHash: Buffer;
    readonly checkpoint: { readonly envelope: string };
  };
}
interface TheirLog {
  readonly logID: Buffer;
  readonly publicKey: unknown;
  readonly validFor: { readonly start: Date; readonly end: Date };
}
const require = createRequire(import.meta.url);
const { verifyCheckpoint } = require('@sigstore/verify/dist/timestamp/checkpoint.js') as {
  verifyCheckpoint(entry: TheirEntry, logs: readonly TheirLog[]): void;
};
const { verifyMerkleInclusion } = require('@sigstore/verify/dist/timestamp/merkle.js') as {
  verifyMerkleInclusion(entry: TheirEntry): void;
};

const ORIGIN = 'log.example/1';
const key = ed25519Key(new Uint8Array(32).fill(5));
const { keyId } = parseVerifierKey(sha256, key.verifierKey(ORIGIN));
const theirs: TheirLog = {
  logID: Buffer.concat([encodeU64(BigInt(keyId)).subarray(4), Buffer.alloc(28)]),
  publicKey: createPublicKey({
    key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key.publicKey]),
    format: 'der',
    type: 'spki',
  }),
  validFor: { start: new Date(0), end: new Date('2100-01-01') },
};

/** Our proof as text, read back, in their words. */
async function entryFor(index: number, size: number): Promise<TheirEntry> {
  const source = treeOf(size);
  const root = await treeRoot(hasher, source, BigInt(size));
  const text = formatProof({
    extra: entryOf(index),
    index: BigInt(index),
    hashes: await proveInclusion(hasher, source, BigInt(index), BigInt(size)),
    checkpoint: await signNote(formatCheckpoint({ origin: ORIGIN, size: BigInt(size), root }), [key.signer(ORIGIN)]),
  });
  const proof = parseProof(text);
  return {
    canonicalizedBody: Buffer.from(proof.extra ?? []),
    integratedTime: '1800000000',
    inclusionProof: {
      logIndex: String(proof.index),
      treeSize: String(size),
      hashes: proof.hashes.map((hash) => Buffer.from(hash)),
      rootHash: Buffer.from(root),
      checkpoint: { envelope: proof.checkpoint },
    },
  };
}
const altered = (entry: TheirEntry, change: Partial<TheirEntry['inclusionProof']>): TheirEntry => ({
  ...entry,
  inclusionProof: { ...entry.inclusionProof, ...change },
});

test.each([
  [0, 1],
  [0, 2],
  [4, 7],
  [6, 7],
  [255, 256],
  [256, 300],
  [299, 300],
])('accepts the proof of entry %i of %i, and its signed checkpoint', async (index, size) => {
  const entry = await entryFor(index, size);
  verifyMerkleInclusion(entry);
  verifyCheckpoint(entry, [theirs]);
});

test('refuses what is altered', async () => {
  const entry = await entryFor(4, 7);
  const { checkpoint, hashes } = entry.inclusionProof;
  const merkle = (wrong: TheirEntry) => () => {
    verifyMerkleInclusion(wrong);
  };
  expect(merkle({ ...entry, canonicalizedBody: Buffer.from('another') })).toThrow('does not match');
  expect(merkle(altered(entry, { logIndex: '5' }))).toThrow();
  expect(merkle(altered(entry, { hashes: hashes.slice(1) }))).toThrow('hash count');
  const envelope = checkpoint.envelope.replace('\n7\n', '\n8\n');
  expect(() => {
    verifyCheckpoint(altered(entry, { checkpoint: { envelope } }), [theirs]);
  }).toThrow('invalid checkpoint signature');
  expect(() => {
    verifyCheckpoint(altered(entry, { rootHash: Buffer.alloc(32) }), [theirs]);
  }).toThrow('root hash mismatch');
});
