import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Frontier, parseCheckpoint, parseNote, toHex } from '@milepost/tlog';
import { auditLog } from './log/full-check.js';
import { hasher } from './log/log-source.js';
import { createLogFixture, type LogFixture } from './testing/log-fixture.js';

// Real processes, so that a kill takes everything: memory, sockets, timers. They run from the build (`npm run build`).
const FIRE = fileURLToPath(new URL('../../../dist/modules/audit/testing/fire.js', import.meta.url));
const KILLS = 24;

let log: LogFixture;
const children = new Set<ChildProcess>();
const said = new Set<string>();
let errors = '';

beforeAll(async () => {
  log = await createLogFixture();
  writeFileSync(join(log.folder, 'key'), log.pem);
  if (!existsSync(FIRE)) throw new Error(`${FIRE} is missing. Build first: npm run build`);
}, 60_000);
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await log?.close();
});

function start(role: 'sequencer' | 'writer'): ChildProcess {
  const { app, sequencer } = log.database.logins;
  const key = join(log.folder, 'key');
  const args = role === 'sequencer' ? [sequencer, log.headPath, key] : [app, log.kek, key];
  const child = spawn(process.execPath, [FIRE, role, ...args], { env: { ...process.env, NODE_OPTIONS: '' } });
  children.add(child);
  child.once('exit', () => children.delete(child));
  let rest = '';
  child.stdout.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) said.add(line);
  });
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  return child;
}

/** Takes a process at its work away, without a chance to tidy up. */
async function kill(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  expect(child.kill('SIGKILL')).toBe(true);
  await gone;
  expect(child.signalCode).toBe('SIGKILL');
}

const count = async (sql: string): Promise<number> => {
  const [row] = await log.database.dataSource.query<{ n: number }[]>(`SELECT count(*)::int AS n FROM ${sql}`);
  return row?.n ?? -1;
};
const until = async (what: string, done: () => Promise<boolean>): Promise<void> => {
  for (let i = 0; i < 3_000; i += 1) {
    if (await done()) return;
    await delay(20);
  }
  throw new Error(`never happened: ${what}\n${errors}`);
};

test(`${String(KILLS)} kills of racing sequencers and of their writers lose nothing and make nothing twice`, async () => {
  const sequencers = [start('sequencer'), start('sequencer')];
  let writers = [start('writer'), start('writer')];
  await until('the first leaf', async () => (await count('audit_leaf')) > 0);
  for (let n = 0; n < KILLS; n += 1) {
    const before = await count('audit_leaf');
    // At any moment of a batch, a signature, or standing by.
    await delay(randomInt(0, 60));
    const victim = sequencers[n % 2];
    if (victim === undefined) throw new Error('no sequencer');
    await kill(victim);
    sequencers[n % 2] = start('sequencer');
    if (n % 6 === 5) {
      await kill(writers[0] as ChildProcess);
      writers = [...writers.slice(1), start('writer')];
    }
    await until('growth after a kill', async () => (await count('audit_leaf')) > before);
  }
  await Promise.all(writers.map(kill));
  await until('an empty queue', async () => (await count('audit_pending')) === 0);
  await until(
    'a signature of the whole log',
    async () =>
      (await count('audit_cosignature s JOIN (SELECT max(size) AS size FROM audit_checkpoint) m USING (size)')) > 0,
  );
  await Promise.all(sequencers.map(kill));

  const events = await count('audit_event');
  expect(said.size).toBeGreaterThan(100);
  // Each committed event has one leaf; what a writer was told is there.
  expect(await count('audit_leaf')).toBe(events);
  expect(await count('audit_event e WHERE NOT EXISTS (SELECT 1 FROM audit_leaf l WHERE l.event_id = e.id)')).toBe(0);
  const known = await log.database.dataSource.query<{ n: number }[]>(
    'SELECT count(*)::int AS n FROM audit_leaf WHERE event_id = ANY($1::uuid[])',
    [[...said]],
  );
  expect(known).toEqual([{ n: said.size }]);
  // No gaps, and every head, signed or not, is the head of the entries below it.
  expect(await auditLog(log.database.dataSource)).toEqual({ size: BigInt(events), problems: [] });
  const leaves = await log.database.dataSource.query<{ hash: Buffer }[]>(
    'SELECT leaf_hash AS hash FROM audit_leaf ORDER BY idx',
  );
  const frontier = new Frontier(hasher);
  const roots = new Map<string, string>();
  for (const { hash } of leaves) {
    frontier.append(new Uint8Array(hash));
    roots.set(String(frontier.size), toHex(frontier.root()));
  }
  const heads = await log.database.dataSource.query<{ size: string; root: Buffer }[]>(
    'SELECT size, root FROM audit_checkpoint',
  );
  expect(heads.filter(({ size, root }) => roots.get(size) !== root.toString('hex'))).toEqual([]);
  const last = parseCheckpoint(parseNote(readFileSync(log.headPath, 'utf8')).text);
  expect(toHex(last.root)).toBe(roots.get(String(last.size)));
  expect(await count('audit_lead WHERE halted IS NOT NULL')).toBe(0);
}, 600_000);
