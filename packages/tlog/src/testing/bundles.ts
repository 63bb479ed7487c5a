/** A small signed log and a bundle from it, for the tests. */
import { ed25519Key, nodeCrypto, sha256 } from '../node.js';
import { BUNDLE_FORMAT, type Bundle, type Trust } from '../bundle.js';
import { formatCheckpoint } from '../checkpoint.js';
import { canonicalJson, commit } from '../entry.js';
import { signNote } from '../note.js';
import { formatLogPolicy, parsePolicy } from '../policy.js';
import { MemorySource, proveInclusion, treeRoot } from '../prove.js';
import { toBase64, utf8 } from '../text.js';
import { hasher } from './trees.js';

export const origin = 'milepost/31337/0x5FbDB2315678afecb367f032d93F642f64180aa3';
export const logKey = ed25519Key(new Uint8Array(32).fill(1));
export const policyText = formatLogPolicy([logKey.verifierKey(origin)]);
export const trust: Trust = { crypto: nodeCrypto, policy: parsePolicy(sha256, policyText) };

export const headerOf = (i: number, project: string): string =>
  canonicalJson({
    v: 1,
    id: `0190a0b0-1111-7222-8333-${i.toString(16).padStart(12, '0')}`,
    type: 'milestone.paid',
    at: 1_790_000_000_000 + i,
    actor: 'chain:31337',
    subject: ['milestone', `${project}/${String(i)}`],
    project,
    source: 'app',
    refs: {},
    commits: [commit(sha256, 'payment', salt(i), sectionOf(i))],
  });
export const salt = (i: number): Uint8Array => sha256(utf8(`salt ${String(i)}`));
export const sectionOf = (i: number): string => canonicalJson({ amount: `${String(i)}000000` });

/** A log of 20 entries, every third of project `p`, with the sections of all but the last opened. */
export async function makeBundle(size = 20): Promise<Bundle> {
  const headers = Array.from({ length: size }, (_, i) => headerOf(i, i % 3 === 0 ? 'p' : 'q'));
  const source = new MemorySource(
    hasher,
    headers.map((header) => hasher.leaf(utf8(header))),
  );
  const root = await treeRoot(hasher, source, BigInt(size));
  const mine = headers.map((header, i) => ({ header, i })).filter(({ i }) => i % 3 === 0);
  return {
    format: BUNDLE_FORMAT,
    project: 'p',
    checkpoint: await signNote(formatCheckpoint({ origin, size: BigInt(size), root }), [logKey.signer(origin)]),
    entries: await Promise.all(
      mine.map(async ({ header, i }) => ({
        header,
        index: String(i),
        proof: (await proveInclusion(hasher, source, BigInt(i), BigInt(size))).map(toBase64),
        openings: i === 18 ? {} : { payment: { salt: toBase64(salt(i)), text: sectionOf(i) } },
      })),
    ),
  };
}
