import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatCheckpoint, parseCheckpoint } from './checkpoint.js';
import { parseVerifierKey, parseNote, signNote } from './note.js';
import { ed25519Key, nodeCrypto, sha256 } from './node.js';
import { parsePolicy, verifyCheckpoint } from './policy.js';
import { proveConsistency, treeRoot } from './prove.js';
import { toBase64 } from './text.js';
import { hasher, treeOf } from './testing/trees.js';
import { Witness, formatAddCheckpoint, type Contradiction } from './witness.js';
import { createWitnessServer, type WitnessServer } from './witness-server.js';

const ORIGIN = 'log.example/1';
const log = ed25519Key(new Uint8Array(32).fill(1));
const policy = `log ${log.verifierKey(ORIGIN)}\nquorum none\n`;
const source = treeOf(600);
const other = treeOf(601);

const noteOf = async (size: bigint, tree = source, key = log, origin = ORIGIN): Promise<string> =>
  signNote(formatCheckpoint({ origin, size, root: await treeRoot(hasher, tree, size) }), [key.signer(origin)]);
/** A request that is right in everything that `change` leaves alone. */
const bodyOf = async (
  old: bigint,
  size: bigint,
  change: { note?: string; proof?: Uint8Array[] } = {},
): Promise<string> =>
  formatAddCheckpoint(
    old,
    change.proof ?? (old === 0n ? [] : await proveConsistency(hasher, source, old, size)),
    change.note ?? (await noteOf(size)),
  );
/** Another history that the same log signed. */
const forged = (size: bigint): Promise<string> =>
  signNote(formatCheckpoint({ origin: ORIGIN, size, root: new Uint8Array(32).fill(9) }), [log.signer(ORIGIN)]);

describe('a witness', () => {
  let folder: string;
  let running: WitnessServer;
  let url: string;
  const lines: string[] = [];

  const start = async (firstPolicy = (): Promise<string> => Promise.resolve(policy)): Promise<void> => {
    running = await createWitnessServer({
      folder,
      name: 'witness.example/w',
      crypto: nodeCrypto,
      firstPolicy,
      log: (line) => lines.push(line),
      now: () => 1_800_000_000n,
    });
    await new Promise<void>((resolve) => running.server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${String((running.server.address() as AddressInfo).port)}`;
  };
  const stop = (): Promise<void> =>
    new Promise((resolve) =>
      running.server.close(() => {
        resolve();
      }),
    );
  const post = async (body: string): Promise<[status: number, type: string | null, text: string]> => {
    const response = await fetch(`${url}/add-checkpoint`, { method: 'POST', body });
    return [response.status, response.headers.get('content-type'), await response.text()];
  };
  const latest = async (): Promise<bigint> => {
    const id = createHash('sha256').update(ORIGIN).digest('hex');
    const response = await fetch(`${url}/${id}/checkpoint`);
    return response.status === 404 ? 0n : parseCheckpoint(parseNote(await response.text()).text).size;
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'witness-'));
    lines.length = 0;
    await start();
  });
  afterEach(async () => {
    await stop();
    rmSync(folder, { recursive: true });
  });

  test('cosigns what extends the last head; the cosignature meets a policy that asks for it', async () => {
    expect(await latest()).toBe(0n);
    for (const [old, size] of [
      [0n, 5n],
      [5n, 5n],
      [5n, 300n],
      [300n, 600n],
    ] as const) {
      const [status, , line] = await post(await bodyOf(old, size));
      expect(status).toBe(200);
      const asking = parsePolicy(
        sha256,
        `log ${log.verifierKey(ORIGIN)}\nwitness w ${running.verifierKey}\nquorum w\n`,
      );
      const note = await noteOf(size);
      expect(await verifyCheckpoint(nodeCrypto, asking, note + line)).toMatchObject({ ok: true });
      expect(await verifyCheckpoint(nodeCrypto, asking, note)).toMatchObject({ ok: false, reason: 'policy-not-met' });
      expect(await latest()).toBe(size);
    }
    expect((await (await fetch(`${url}/key`)).text()).trim()).toBe(running.verifierKey);
    expect(parseVerifierKey(sha256, running.verifierKey).type).toBe(0x04);
  });

  test('refuses with the codes of its specification, and keeps what it had', async () => {
    await post(await bodyOf(0n, 5n));
    const stranger = ed25519Key(new Uint8Array(32).fill(7));
    const refused = async (expected: number, body: string): Promise<string> => {
      const [status, , text] = await post(body);
      expect(status).toBe(expected);
      expect(await latest()).toBe(5n);
      return text;
    };
    await refused(400, 'hello');
    await refused(400, `old x\n\n${await noteOf(9n)}`);
    await refused(400, await bodyOf(6n, 5n, { proof: [] }));
    await refused(404, await bodyOf(5n, 9n, { note: await noteOf(9n, source, log, 'another.example/log') }));
    await refused(403, await bodyOf(5n, 9n, { note: await noteOf(9n, source, stranger) }));
    await refused(422, await bodyOf(5n, 9n, { proof: [] }));
    await refused(422, await bodyOf(5n, 9n, { note: await noteOf(9n, other), proof: [new Uint8Array(32)] }));
    expect(await post(await bodyOf(3n, 9n))).toEqual([409, 'text/x.tlog.size', '5\n']);
    expect((await fetch(`${url}/nothing`)).status).toBe(404);
    expect((await fetch(`${url}/add-checkpoint`, { method: 'POST', body: 'x'.repeat(70_000) })).status).toBe(413);
  });

  test('refuses a first head with a proof', async () => {
    expect((await post(await bodyOf(0n, 5n, { proof: [new Uint8Array(32)] })))[0]).toBe(422);
  });

  test('raises an alarm over two histories of one log, and keeps both notes', async () => {
    await post(await bodyOf(0n, 5n));
    expect((await post(await bodyOf(5n, 5n, { note: await forged(5n) })))[0]).toBe(422);
    expect(lines.some((line) => line.startsWith('ALARM'))).toBe(true);
    const [file = ''] = readdirSync(join(folder, 'alarms'));
    const kept = readFileSync(join(folder, 'alarms', file), 'utf8');
    expect(kept).toContain(toBase64(new Uint8Array(32).fill(9)));
    expect(kept).toContain(await noteOf(5n));
    // Growth and a true head again are no reason for one.
    lines.length = 0;
    await post(await bodyOf(5n, 8n));
    await post(await bodyOf(8n, 8n));
    expect(lines).toEqual([]);
  });

  test('remembers over a restart: key, policy and head', async () => {
    await post(await bodyOf(0n, 5n));
    const key = running.verifierKey;
    await stop();
    await start(() => Promise.reject(new Error('the first policy is kept')));
    expect(running.verifierKey).toBe(key);
    expect(await latest()).toBe(5n);
    expect((await post(await bodyOf(0n, 3n)))[0]).toBe(409);
  });

  test('many at a time leave it at one of the heads that it answered 200 for, the highest', async () => {
    await post(await bodyOf(0n, 5n));
    const sizes = Array.from({ length: 50 }, (_, n) => BigInt(6 + n));
    const answers = await Promise.all(
      sizes.map(async (size) => [size, (await post(await bodyOf(5n, size)))[0]] as const),
    );
    const taken = answers.filter(([, status]) => status === 200).map(([size]) => size);
    expect(taken).toHaveLength(1);
    expect(answers.filter(([, status]) => status === 409)).toHaveLength(49);
    expect(await latest()).toBe(taken[0]);
  });
});

test('a head that lacks one of the log’s signatures is refused', async () => {
  const second = ed25519Key(new Uint8Array(32).fill(2));
  const kept = new Map<string, string>();
  const alarms: Contradiction[] = [];
  const witness = new Witness({
    crypto: nodeCrypto,
    logs: [log, second].map((key) => parseVerifierKey(sha256, key.verifierKey(ORIGIN))),
    cosigner: ed25519Key(new Uint8Array(32).fill(3)).cosigner('w', () => 1n),
    store: {
      read: (origin) => Promise.resolve(kept.get(origin) ?? null),
      write: (origin, note) => Promise.resolve(void kept.set(origin, note)),
    },
    alarm: (contradiction) => void alarms.push(contradiction),
  });
  expect(await witness.addCheckpoint(await bodyOf(0n, 5n))).toMatchObject({ status: 403 });
  expect(kept.size + alarms.length).toBe(0);
});
