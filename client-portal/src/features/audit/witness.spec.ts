import {
  formatCheckpoint,
  formatLogPolicy,
  MemorySource,
  proveConsistency,
  signNote,
  toBase64,
  TreeHasher,
  treeRoot,
  utf8,
} from '@milepost/tlog';
import { ed25519Key, sha256 } from '@milepost/tlog/node';
import { watchHead, type WatchSources } from './witness';

const origin = 'milepost/31337/0x5FbDB2315678afecb367f032d93F642f64180aa3';
const key = ed25519Key(new Uint8Array(32).fill(1));
const stranger = ed25519Key(new Uint8Array(32).fill(2));
const hasher = new TreeHasher(sha256);

async function log(size: number, history = 'one', signer = key) {
  const source = new MemorySource(
    hasher,
    Array.from({ length: size }, (_, i) => hasher.leaf(utf8(`${history} ${i}`))),
  );
  const root = await treeRoot(hasher, source, BigInt(size));
  return {
    source,
    note: await signNote(formatCheckpoint({ origin, size: BigInt(size), root }), [signer.signer(origin)]),
  };
}

/** One browser that visits a server again and again. */
function browser() {
  const memory = new Map<string, unknown>();
  return async (shown: Awaited<ReturnType<typeof log>>, news: Partial<WatchSources> = {}) =>
    watchHead({
      checkpoint: () => Promise.resolve(shown.note),
      policy: () => Promise.resolve(formatLogPolicy([key.verifierKey(origin)])),
      consistency: async (from, to) => ({
        from,
        to,
        proof: (await proveConsistency(hasher, shown.source, BigInt(from), BigInt(to))).map(toBase64),
        checkpoint: null,
      }),
      recall: <T>(name: string) => Promise.resolve(memory.get(name) as T | undefined),
      keep: (name, value) => Promise.resolve(void memory.set(name, value)),
      ...news,
    });
}

describe('a browser that comes back', () => {
  it('keeps what it saw first and is content while the log grows', async () => {
    const visit = browser();
    expect(await visit(await log(5))).toMatchObject({ state: 'first', problems: [], size: '5' });
    expect(await visit(await log(9))).toMatchObject({ state: 'good', problems: [], size: '9' });
    expect(await visit(await log(9))).toMatchObject({ state: 'good' });
  });

  it('raises the alarm for a log that was cut back, each time, with both heads', async () => {
    const visit = browser();
    const large = await log(9);
    await visit(large);
    const small = await log(5);
    for (let i = 0; i < 2; i += 1)
      expect(await visit(small)).toMatchObject({
        state: 'alarm',
        problems: ['The log had 9 entries and now has 5: it was cut or replaced.'],
        conflict: { before: large.note, now: small.note },
      });
    expect(await visit(large)).toMatchObject({ state: 'good' });
  });

  it('raises the alarm for another history of the same or a larger size', async () => {
    for (const size of [5, 8]) {
      const visit = browser();
      await visit(await log(5));
      expect(await visit(await log(size, 'two'))).toMatchObject({
        state: 'alarm',
        problems: [expect.stringContaining('rewritten')],
      });
    }
  });

  it('raises the alarm for a proof that proves nothing, other keys, a foreign signature, and no head at all', async () => {
    const visit = browser();
    await visit(await log(5));
    const consistency: WatchSources['consistency'] = (from, to) =>
      Promise.resolve({ from, to, proof: [toBase64(new Uint8Array(32))], checkpoint: null });
    expect((await visit(await log(6), { consistency })).state).toBe('alarm');
    const policy = () => Promise.resolve(formatLogPolicy([stranger.verifierKey(origin)]));
    expect(await visit(await log(6), { policy })).toMatchObject({
      state: 'alarm',
      problems: [expect.stringContaining('not those that this browser saw first')],
    });
    expect((await visit(await log(6, 'one', stranger))).state).toBe('alarm');
    expect(await visit({ ...(await log(6)), note: 'hello' })).toMatchObject({ state: 'alarm', conflict: null });
  });

  it('takes an answer out of a cache for what it is, and a cut log for what that is', async () => {
    const visit = browser();
    const large = await log(9);
    await visit(large);
    const small = await log(5);
    const consistency: WatchSources['consistency'] = async (from, to) => ({
      from,
      to,
      proof: (await proveConsistency(hasher, large.source, BigInt(from), BigInt(to))).map(toBase64),
      checkpoint: null,
    });
    const fresh = () => Promise.resolve(large.note);
    expect(await visit(small, { consistency, fresh })).toMatchObject({ state: 'good', problems: [] });
    expect((await visit(await log(5, 'two'), { consistency, fresh })).state).toBe('alarm');
    expect((await visit(small, { fresh: () => Promise.resolve(small.note) })).state).toBe('alarm');
  });

  it('says nothing when the log cannot be asked', async () => {
    await expect(browser()(await log(1), { checkpoint: () => Promise.reject(new Error('no answer')) })).rejects.toThrow(
      'no answer',
    );
  });
});
