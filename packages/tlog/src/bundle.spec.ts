import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { verifyBundle, verifyProof, type Bundle, type BundleEntry } from './bundle.js';
import { formatProof } from './checkpoint.js';
import { headKeyFromPem, headKeyOf } from './head-key.js';
import { encodeU64, parseOrigin } from './keys.js';
import { COSIGNATURE_ED25519, parseNote, signNote, signatureLine, type NoteSignature } from './note.js';
import { ed25519Key, nodeCrypto, sha256 } from './node.js';
import { nobleEthereum } from './secp256k1.js';
import { parsePolicy, verifyCheckpoint, type Policy } from './policy.js';
import { concat, fromBase64, toHex, utf8 } from './text.js';
import { logKey, makeBundle, origin, policyText, trust } from './testing/bundles.js';

let bundle: Bundle;
beforeAll(async () => {
  bundle = await makeBundle();
});

const withEntry = (i: number, change: (entry: BundleEntry) => BundleEntry): Bundle => ({
  ...bundle,
  entries: bundle.entries.map((entry, at) => (at === i ? change(entry) : entry)),
});

describe('a bundle', () => {
  test('that is untouched is good; the report says what is in it', async () => {
    for (const form of [bundle, JSON.stringify(bundle)]) {
      const report = await verifyBundle(form, trust);
      expect(report).toMatchObject({ outcome: 'good', problems: [], head: { origin, size: '20' } });
      expect(report.entries.map((entry) => entry.index)).toEqual(['0', '3', '6', '9', '12', '15', '18']);
      expect(report.entries.at(0)).toMatchObject({ type: 'milestone.paid', opened: ['payment'], closed: [] });
      expect(report.entries.at(-1)).toMatchObject({ opened: [], closed: ['payment'] });
    }
  });

  test.each<[string, () => Bundle, string]>([
    [
      'a header was edited',
      () => withEntry(2, (e) => ({ ...e, header: e.header.replace('paid', 'pald') })),
      'not in the log at this index',
    ],
    ['an index was changed', () => withEntry(2, (e) => ({ ...e, index: '7' })), 'not in the log at this index'],
    [
      'a proof hash is missing',
      () => withEntry(2, (e) => ({ ...e, proof: e.proof.slice(1) })),
      'not in the log at this index',
    ],
    [
      'two entries were swapped',
      () => ({ ...bundle, entries: [bundle.entries[1], bundle.entries[0]] as BundleEntry[] }),
      'not in the order',
    ],
    [
      'an entry is listed twice',
      () => ({ ...bundle, entries: [bundle.entries[0], bundle.entries[0]] as BundleEntry[] }),
      'listed twice',
    ],
    [
      'the text of a section was edited',
      () =>
        withEntry(1, (e) => ({
          ...e,
          openings: { payment: { salt: e.openings['payment']?.salt ?? '', text: '{"amount":"9"}' } },
        })),
      'not the one that was committed to',
    ],
    [
      'a section was made up',
      () => withEntry(1, (e) => ({ ...e, openings: { ...e.openings, bonus: { salt: '', text: '' } } })),
      'does not commit to a section bonus',
    ],
    ['it claims another project', () => ({ ...bundle, project: 'q' }), 'another project'],
    [
      'the root was changed',
      () => ({ ...bundle, checkpoint: bundle.checkpoint.replace('\n20\n', '\n21\n') }),
      'signature by',
    ],
  ])('is a bad proof when %s', async (_, make, problem) => {
    const report = await verifyBundle(make(), trust);
    expect(report.outcome).toBe('bad-proof');
    expect(report.problems.join()).toContain(problem);
  });

  test.each<[string, unknown]>([
    ['no JSON', '{'],
    ['another format', '{"format":"x"}'],
    ['null', null],
    ['a number', 7],
    ['no entries', () => ({ ...bundle, entries: {} })],
    ['a hash that is no Base64', () => withEntry(0, (e) => ({ ...e, proof: ['!'] }))],
    ['an index that is no number', () => withEntry(0, (e) => ({ ...e, index: '01' }))],
    ['a checkpoint that is no note', () => ({ ...bundle, checkpoint: 'x' })],
  ])('is bad input when it is %s', async (_, make) => {
    expect((await verifyBundle(typeof make === 'function' ? (make as () => unknown)() : make, trust)).outcome).toBe(
      'bad-input',
    );
  });

  test('does not meet the policy of one who trusts another log, or wants a witness', async () => {
    const other = ed25519Key(new Uint8Array(32).fill(9));
    const stranger = parsePolicy(sha256, `log ${other.verifierKey('milepost/1/0x00')}\nquorum none\n`);
    expect(await verifyBundle(bundle, { ...trust, policy: stranger })).toMatchObject({ outcome: 'policy-not-met' });
    const sameName = parsePolicy(sha256, `log ${other.verifierKey(origin)}\nquorum none\n`);
    expect(await verifyBundle(bundle, { ...trust, policy: sameName })).toMatchObject({ outcome: 'policy-not-met' });
    const witnessed = parsePolicy(
      sha256,
      policyText.replace('quorum none', `witness w ${other.verifierKey('w.example', COSIGNATURE_ED25519)}\nquorum w`),
    );
    expect((await verifyBundle(bundle, { ...trust, policy: witnessed })).problems[0]).toContain(
      'do not meet the quorum w',
    );
  });

  test('never makes the verifier throw', async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything(), async (value) => {
        expect((await verifyBundle(value, trust)).outcome).toBe('bad-input');
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.json(), async (value) => {
        expect((await verifyBundle({ ...bundle, entries: [JSON.parse(value)] }, trust)).outcome).not.toBe('good');
      }),
    );
  });
});

test('a .tlog-proof verifies alone, and not after a change', async () => {
  const entry = bundle.entries[3] as BundleEntry;
  const proof = formatProof({
    extra: utf8(entry.header),
    index: BigInt(entry.index),
    hashes: entry.proof.map((hash) => fromBase64(hash)),
    checkpoint: bundle.checkpoint,
  });
  expect(await verifyProof(proof, trust)).toMatchObject({ outcome: 'good', entries: [{ index: '9' }] });
  expect((await verifyProof(proof.replace('index 9', 'index 8'), trust)).outcome).toBe('bad-proof');
  expect((await verifyProof(proof.replace(/extra .*\n/, ''), trust)).outcome).toBe('bad-input');
});

describe('policies', () => {
  test('count witnesses through groups', async () => {
    const witnesses = [2, 3, 4].map((seed) => ed25519Key(new Uint8Array(32).fill(seed)));
    const lines = witnesses
      .map((key, i) => `witness w${String(i)} ${key.verifierKey(`w${String(i)}.example`, COSIGNATURE_ED25519)}`)
      .join('\n');
    const policy = parsePolicy(
      sha256,
      `# two of three\n${policyText.split('\n')[0] ?? ''}\n${lines}\ngroup g 2 w0 w1 w2\nquorum g\n`,
    );
    const { text } = parseNote(bundle.checkpoint);
    const signedBy = (count: number): Promise<string> =>
      signNote(text, [
        logKey.signer(origin),
        ...witnesses.slice(0, count).map((key, i) => key.cosigner(`w${String(i)}.example`, () => 1_790_000_000n)),
      ]);
    expect(await verifyCheckpoint(nodeCrypto, policy, await signedBy(1))).toMatchObject({
      ok: false,
      reason: 'policy-not-met',
    });
    expect(await verifyCheckpoint(nodeCrypto, policy, await signedBy(2))).toMatchObject({ ok: true });
    // the same witness twice is one witness
    const twice = parseNote(await signedBy(1));
    const doubled = `${await signedBy(1)}${signatureLine(twice.signatures[1] as (typeof twice.signatures)[number])}`;
    expect(await verifyCheckpoint(nodeCrypto, policy, doubled)).toMatchObject({ ok: false, reason: 'policy-not-met' });
  });

  const log = (): string => policyText.split('\n')[0] ?? '';
  test.each<[string, () => string]>([
    ['no quorum', () => `${log()}\n`],
    ['two quorums', () => `${log()}\nquorum none\nquorum none\n`],
    ['an unknown word', () => 'logs x\nquorum none\n'],
    ['a log twice', () => `${log()}\n${log()}\nquorum none\n`],
    ['a quorum that is not defined', () => `${log()}\nquorum w\n`],
    ['a log key as witness', () => `witness w ${log().slice(4)}\nquorum w\n`],
    ['a group of nobody', () => 'group g 1 w\nquorum g\n'],
    ['a damaged key', () => `log x${log().slice(4)}\nquorum none\n`],
  ])('refuses %s', (_, make) => {
    expect(() => parsePolicy(sha256, make())).toThrow(/policy/);
  });
});

describe('the head signature, which the chain can check', () => {
  const head = headKeyOf(new Uint8Array(32).fill(1));
  const crypto = { ...nodeCrypto, ethereum: nobleEthereum };
  const sign = (text: string, timestamp = 1_790_000_000n): Promise<string> =>
    signNote(text, [logKey.signer(origin), head.signer(origin, () => timestamp)]);
  const both = (): Policy =>
    parsePolicy(sha256, policyText.replace('quorum', `log ${head.verifierKey(origin)}\nquorum`));

  test('comes from a key that the log key determines', () => {
    expect(toHex(head.address)).toBe(toHex(headKeyOf(new Uint8Array(32).fill(1)).address));
    expect(toHex(head.address)).not.toBe(toHex(headKeyOf(new Uint8Array(32).fill(2)).address));
    const pem = String(generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }));
    expect(headKeyFromPem(pem).address).toHaveLength(20);
    expect(() => headKeyFromPem('x')).toThrow('not a private key');
    const other = String(generateKeyPairSync('x25519').privateKey.export({ format: 'pem', type: 'pkcs8' }));
    expect(() => headKeyFromPem(other)).toThrow('not an Ed25519 key');
  });

  test('is demanded when the policy names it, and checked', async () => {
    const { text } = parseNote(bundle.checkpoint);
    const note = await sign(text);
    expect(await verifyCheckpoint(crypto, both(), note)).toMatchObject({ ok: true });
    expect(await verifyCheckpoint(crypto, both(), bundle.checkpoint)).toMatchObject({
      ok: false,
      reason: 'policy-not-met',
    });
    const lines = parseNote(await sign(text, 1_790_000_001n)).signatures;
    const [first, second] = lines as [NoteSignature, NoteSignature];
    const backdated = { ...second, signature: concat(encodeU64(1_790_000_000n), second.signature.slice(8)) };
    const forged = `${text}\n${signatureLine(first)}${signatureLine(backdated)}`;
    expect(await verifyCheckpoint(crypto, both(), forged)).toMatchObject({ ok: false, reason: 'bad-proof' });
    const cut = `${text}\n${signatureLine(first)}${signatureLine({ ...second, signature: second.signature.slice(1) })}`;
    expect(await verifyCheckpoint(crypto, both(), cut)).toMatchObject({ ok: false, reason: 'bad-proof' });
    await expect(verifyCheckpoint(nodeCrypto, both(), note)).rejects.toThrow('no secp256k1');
  });

  test('signs for an origin that names chain and contract only', () => {
    for (const bad of ['milepost/1', 'milepost/0/0x5FbDB2315678afecb367f032d93F642f64180aa3', 'log/1/0x00']) {
      expect(() => parseOrigin(bad)).toThrow('milepost/<chainId>/<address>');
    }
  });
});
