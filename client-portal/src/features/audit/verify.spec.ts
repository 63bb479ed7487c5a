import {
  BUNDLE_FORMAT,
  canonicalJson,
  formatCheckpoint,
  formatLogPolicy,
  MemorySource,
  proveConsistency,
  proveInclusion,
  signNote,
  toBase64,
  TreeHasher,
  treeRoot,
  utf8,
  type Bundle,
} from '@milepost/tlog';
import { ed25519Key, sha256 } from '@milepost/tlog/node';
import type { AuditEvent } from '../../api/types';
import { verifyFile, verifyTrail, type Sources } from './verify';

const origin = 'milepost/31337/0x5FbDB2315678afecb367f032d93F642f64180aa3';
const key = ed25519Key(new Uint8Array(32).fill(1));
const policy = formatLogPolicy([key.verifierKey(origin)]);
const hasher = new TreeHasher(sha256);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const header = (i: number, type: string): string =>
  canonicalJson({
    v: 1,
    id: `0190a0b0-1111-7222-8333-${i.toString(16).padStart(12, '0')}`,
    type,
    at: 1_790_000_000_000 + i,
    actor: 'chain:31337',
    subject: ['milestone', 'p/0'],
    project: 'p',
    source: 'app',
    refs: {},
    commits: [],
  });

/** A log of `size` entries, all of project `p`; `type` tells one history from another. */
async function log(size: number, type = 'milestone.paid') {
  const headers = Array.from({ length: size }, (_, i) => header(i, type));
  const source = new MemorySource(
    hasher,
    headers.map((text) => hasher.leaf(utf8(text))),
  );
  const root = await treeRoot(hasher, source, BigInt(size));
  const bundle: Bundle = {
    format: BUNDLE_FORMAT,
    project: 'p',
    checkpoint: await signNote(formatCheckpoint({ origin, size: BigInt(size), root }), [key.signer(origin)]),
    entries: await Promise.all(
      headers.map(async (text, i) => ({
        header: text,
        index: String(i),
        proof: (await proveInclusion(hasher, source, BigInt(i), BigInt(size))).map(toBase64),
        openings: {},
      })),
    ),
  };
  const events = headers.map(
    (text, i) =>
      ({
        id: (JSON.parse(text) as { id: string }).id,
        index: i,
        leafHash: `0x${hex(hasher.leaf(utf8(text)))}`,
      }) as AuditEvent,
  );
  return { source, root: hex(root), bundle, events, size };
}

type Log = Awaited<ReturnType<typeof log>>;

/** A browser with its memory, in front of whatever log the server shows. */
function browser(memory = new Map<string, unknown>()) {
  const sources = (shown: Log, news: Partial<Sources> = {}): Sources => ({
    events: () => Promise.resolve(shown.events),
    bundle: () => Promise.resolve(shown.bundle),
    policy: () => Promise.resolve(policy),
    consistency: async (from, to) => ({
      from,
      to,
      proof: (await proveConsistency(hasher, shown.source, BigInt(from), BigInt(to))).map(toBase64),
      checkpoint: null,
    }),
    anchored: () => Promise.resolve(null),
    recall: <T>(name: string) => Promise.resolve(memory.get(name) as T | undefined),
    keep: (name, value) => Promise.resolve(void memory.set(name, value)),
    ...news,
  });
  const visit = (shown: Log, news?: Partial<Sources>) => verifyTrail('p', () => undefined, sources(shown, news));
  return { visit };
}

const states = (result: Awaited<ReturnType<typeof verifyTrail>>) =>
  Object.fromEntries(result.checks.map((check) => [check.key, check.state]));

describe('verifying a trail', () => {
  it('is good on a first visit, and says what could not be compared yet', async () => {
    const result = await browser().visit(await log(7));
    expect(result).toMatchObject({ good: true, events: 7, size: '7', conflict: null });
    expect(states(result)).toEqual({
      keys: 'ok',
      signature: 'ok',
      inclusion: 'ok',
      rows: 'ok',
      memory: 'unknown',
      chain: 'unknown',
    });
  });

  it('is good when the log only grew since the last visit and since the anchor', async () => {
    const { visit } = browser();
    const small = await log(5);
    await visit(small);
    const three = await log(3);
    const result = await visit(await log(9), {
      anchored: () => Promise.resolve({ size: 3n, root: `0x${three.root}`, frozen: false }),
    });
    expect(states(result)).toMatchObject({ memory: 'ok', chain: 'ok' });
  });

  it('marks a row that is not what the log holds', async () => {
    const shown = await log(6);
    const events = shown.events.map((event, i) =>
      i === 2 ? { ...event, leafHash: `0x${'00'.repeat(32)}` as const } : event,
    );
    const result = await browser().visit(shown, { events: () => Promise.resolve(events) });
    expect(result.good).toBe(false);
    expect([...result.badRows]).toEqual([shown.events[2]?.id]);
    expect(states(result)['rows']).toBe('bad');
  });

  it('notices a row that was left out, and one that was slipped in', async () => {
    const shown = await log(6);
    const hidden = await browser().visit(shown, { events: () => Promise.resolve(shown.events.slice(1)) });
    expect(states(hidden)['rows']).toBe('bad');
    const extra = { ...(shown.events[0] as AuditEvent), id: 'made-up', index: 4 };
    const added = await browser().visit(shown, { events: () => Promise.resolve([...shown.events, extra]) });
    expect([...added.badRows]).toEqual(['made-up']);
  });

  it('notices an altered entry', async () => {
    const shown = await log(6);
    const entries = shown.bundle.entries.map((entry, i) =>
      i === 3 ? { ...entry, header: entry.header.replace('paid', 'pald') } : entry,
    );
    const result = await browser().visit(shown, { bundle: () => Promise.resolve({ ...shown.bundle, entries }) });
    expect(states(result)['inclusion']).toBe('bad');
  });

  it('notices a shrunken log and keeps both heads', async () => {
    const { visit } = browser();
    const large = await log(8);
    await visit(large);
    const small = await log(4);
    const result = await visit(small);
    expect(states(result)['memory']).toBe('bad');
    expect(result.conflict).toEqual({ before: large.bundle.checkpoint, now: small.bundle.checkpoint });
  });

  it('notices a forked log, and still does at the next visit', async () => {
    const { visit } = browser();
    await visit(await log(5));
    const fork = await log(9, 'milestone.voided');
    for (let i = 0; i < 2; i += 1) expect(states(await visit(fork))['memory']).toBe('bad');
    expect(states(await visit(await log(9)))['memory']).toBe('ok');
  });

  it('notices that the chain holds another history, more entries, or froze', async () => {
    const shown = await log(6);
    const other = await log(4, 'milestone.voided');
    const chain = async (head: { size: bigint; root: string; frozen: boolean }) =>
      states(await browser().visit(shown, { anchored: () => Promise.resolve(head) }))['chain'];
    expect(await chain({ size: 4n, root: `0x${other.root}`, frozen: false })).toBe('bad');
    expect(await chain({ size: 9n, root: `0x${other.root}`, frozen: false })).toBe('bad');
    expect(await chain({ size: 4n, root: `0x${(await log(4)).root}`, frozen: true })).toBe('bad');
    expect(await chain({ size: 4n, root: `0x${(await log(4)).root}`, frozen: false })).toBe('ok');
  });

  it('goes on with the keys it saw first when others are shown', async () => {
    const { visit } = browser();
    await visit(await log(5));
    const other = formatLogPolicy([ed25519Key(new Uint8Array(32).fill(2)).verifierKey(origin)]);
    const result = await visit(await log(6), { policy: () => Promise.resolve(other) });
    expect(states(result)).toMatchObject({ keys: 'bad', signature: 'ok' });
  });

  it('calls the chain not checkable when it cannot be read', async () => {
    const result = await browser().visit(await log(3), { anchored: () => Promise.reject(new Error('no answer')) });
    expect(result.checks.at(-1)).toMatchObject({ key: 'chain', state: 'unknown', detail: 'no answer' });
    expect(result.good).toBe(true);
  });
});

describe('verifying a file', () => {
  it('tells genuine from altered, foreign keys and other files', async () => {
    const { bundle } = await log(4);
    expect((await verifyFile(JSON.stringify(bundle), policy)).outcome).toBe('good');
    expect((await verifyFile(bundle.checkpoint, policy)).outcome).toBe('good');
    expect((await verifyFile(JSON.stringify(bundle).replace('paid', 'pald'), policy)).outcome).toBe('bad-proof');
    const foreign = formatLogPolicy([ed25519Key(new Uint8Array(32).fill(2)).verifierKey(origin)]);
    expect((await verifyFile(JSON.stringify(bundle), foreign)).outcome).toBe('policy-not-met');
    expect((await verifyFile('hello', policy)).outcome).toBe('bad-input');
    expect((await verifyFile('{}', policy)).outcome).toBe('bad-input');
  });
});
