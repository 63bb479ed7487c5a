import { rmSync, writeFileSync } from 'node:fs';
import pg from 'pg';
import {
  MemorySource,
  openNote,
  parseCheckpoint,
  proveInclusion,
  treeRoot,
  verifyCheckpoint,
  verifyConsistency,
  verifyInclusion,
} from '@milepost/tlog';
import { LEADER_LOCKS, LeaderConnection, NotLeading } from '../../platform/outbox/leader-connection.js';
import { LogStore } from './persistence/log-store.js';
import { auditLog } from './log/full-check.js';
import { logCrypto } from './log/log-keys.js';
import { hasher } from './log/log-source.js';
import { Sequencer, integrate, loadFrontier, type SequencerOptions } from './log/sequencer.js';
import { LogHalted } from './log/signer.js';
import { ORIGIN, createLogFixture, projectEvent, type LogFixture } from './testing/log-fixture.js';

let log: LogFixture;
beforeEach(async () => {
  log = await createLogFixture();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((sequencer) => sequencer.stop()));
  await log.close();
});

const running: Sequencer[] = [];
/** A sequencer at work; stopped after the test at the latest. */
const started = (options: SequencerOptions): Sequencer => {
  const sequencer = new Sequencer(options);
  running.push(sequencer);
  sequencer.start();
  return sequencer;
};

const lead = async (): Promise<LeaderConnection> => {
  const connection = await LeaderConnection.acquire(
    log.database.logins.sequencer,
    LEADER_LOCKS.sequencer,
    'audit_lead',
    new AbortController().signal,
  );
  if (connection === null) throw new Error('not leading');
  return connection;
};
/** Appends `count` events in one transaction. */
const fill = (count: number, project = 'alpha'): Promise<unknown> =>
  log.database.uow.transaction((tx) =>
    log.audit.appendAll(
      tx,
      Array.from({ length: count }, (_, n) => projectEvent(project, n)),
    ),
  );
const sql = <T = unknown>(text: string, values: unknown[] = []): Promise<T[]> =>
  log.database.dataSource.query(text, values);
/** What nobody but a superuser can do: the triggers are off. */
const tamper = async (...statements: string[]): Promise<void> => {
  const tables = ['audit_event', 'audit_leaf', 'audit_subtree', 'audit_checkpoint', 'audit_cosignature'];
  for (const table of tables) await sql(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
  for (const statement of statements) await sql(statement);
  for (const table of tables) await sql(`ALTER TABLE ${table} ENABLE TRIGGER USER`);
};

describe('sequencer', () => {
  test('makes leaves in the order of the queue, with the root of an independent tree, in any batches', async () => {
    await fill(600);
    expect(await log.integrateAll(250)).toBe(600n);
    await fill(7, 'beta');
    expect(await log.integrateAll()).toBe(607n);
    const rows = await sql<{ leaf_hash: Buffer; id: string }>(
      'SELECT e.leaf_hash, e.id FROM audit_leaf l JOIN audit_event e ON e.id = l.event_id ORDER BY l.idx',
    );
    const tree = new MemorySource(
      hasher,
      rows.map((row) => new Uint8Array(row.leaf_hash)),
    );
    const heads = await sql<{ size: string; root: Buffer }>('SELECT size, root FROM audit_checkpoint ORDER BY size');
    expect(heads.map((head) => head.size)).toEqual(['250', '500', '600', '607']);
    for (const head of heads)
      expect(new Uint8Array(head.root)).toEqual(await treeRoot(hasher, tree, BigInt(head.size)));
    expect(await sql('SELECT 1 FROM audit_pending')).toHaveLength(0);
    expect(await auditLog(log.database.dataSource)).toEqual({ size: 607n, problems: [] });
    // the proofs from the rows are those of the independent tree
    const store = new LogStore(log.database.dataSource);
    for (const index of [0n, 255n, 256n, 606n]) {
      expect((await store.inclusion([index], 607n))[0]).toEqual(await proveInclusion(hasher, tree, index, 607n));
    }
  });

  test('a leader whose time is over cannot write, and what it tried leaves no trace', async () => {
    await fill(3);
    const old = await lead();
    const frontier = await loadFrontier(old);
    await sql('UPDATE audit_lead SET epoch = epoch + 1');
    await expect(integrate(old, frontier)).rejects.toThrow(NotLeading);
    expect(await sql('SELECT 1 FROM audit_leaf')).toHaveLength(0);
    expect(await sql('SELECT 1 FROM audit_pending')).toHaveLength(3);
    await old.release();
  });

  test('an event that is queued again has one leaf all the same, and stops nothing', async () => {
    await fill(3);
    await log.integrateAll();
    const again = 'INSERT INTO audit_pending (event_id) SELECT event_id FROM audit_leaf WHERE idx = 1';
    await sql(again);
    expect(await log.integrateAll()).toBe(3n);
    expect(await sql('SELECT 1 FROM audit_pending')).toHaveLength(0);
    await sql(again);
    await fill(2);
    expect(await log.integrateAll()).toBe(5n);
    expect(await sql('SELECT 1 FROM audit_pending')).toHaveLength(0);
    expect(await auditLog(log.database.dataSource)).toEqual({ size: 5n, problems: [] });
  });

  test('an event that commits late is not skipped', async () => {
    const slow = new pg.Client({ connectionString: log.database.url });
    await slow.connect();
    await slow.query('BEGIN');
    const { eventId } = await log.audit.append(slow, projectEvent('alpha', 0));
    await fill(2);
    expect(await log.integrateAll()).toBe(2n);
    await slow.query('COMMIT');
    await slow.end();
    expect(await log.integrateAll()).toBe(3n);
    expect(await sql('SELECT idx FROM audit_leaf WHERE event_id = $1', [eventId])).toEqual([{ idx: '2' }]);
  });

  test('two that race and lose their connections again and again make each event one leaf', async () => {
    const racers = [0, 1].map(() =>
      started({ databaseUrl: log.database.logins.sequencer, signer: log.signer(), pause: 5, signEvery: 20, batch: 7 }),
    );
    const killer = new pg.Client({ connectionString: log.database.logins.sequencer });
    await killer.connect();
    let kills = 0;
    let committed = 0;
    while (kills < 20) {
      await Promise.all(
        [0, 1, 2].map(async (writer) => {
          for (let n = 0; n < 5; n += 1) {
            const undone = (n + writer) % 4 === 0;
            await log.database.uow
              .transaction(async (tx) => {
                await log.audit.append(tx, projectEvent('alpha', n));
                if (undone) throw new Error('undone');
              })
              .then(() => (committed += 1))
              .catch((error: unknown) => expect((error as Error).message).toBe('undone'));
          }
        }),
      );
      const { rows } = await killer.query(
        `SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity a JOIN pg_locks l ON l.pid = a.pid
          WHERE a.datname = current_database() AND l.locktype = 'advisory' AND l.granted`,
      );
      kills += rows.length;
    }
    await killer.end();
    for (;;) {
      const [row] = await sql<{ n: string }>('SELECT count(*) AS n FROM audit_pending');
      if (Number(row?.n) === 0) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await Promise.all(racers.map((racer) => racer.stop()));
    expect(committed).toBeGreaterThan(0);
    expect(await auditLog(log.database.dataSource)).toEqual({ size: BigInt(committed), problems: [] });
    const heads = await sql<{ size: string }>('SELECT DISTINCT size FROM audit_cosignature');
    expect(heads.length).toBeGreaterThan(0);
  }, 60_000);
});

describe('signer', () => {
  const sign = async (others: Parameters<LogFixture['signer']>[0] = []): Promise<string> => {
    const size = await log.integrateAll();
    return log.signer(others).sign(log.database.dataSource, size);
  };

  test('signs heads that verify by policy and extend one another', async () => {
    await fill(5);
    const first = await sign();
    await fill(300);
    const second = await sign();
    for (const note of [first, second])
      expect(await verifyCheckpoint(logCrypto, log.policy, note)).toMatchObject({ ok: true });
    const [a, b] = [first, second].map((note) => parseCheckpoint(note.slice(0, note.indexOf('\n\n') + 1)));
    const store = new LogStore(log.database.dataSource);
    if (a === undefined || b === undefined) throw new Error('no heads');
    expect(verifyConsistency(hasher, a.size, b.size, await store.consistency(a.size, b.size), a.root, b.root)).toBe(
      true,
    );
    expect((await store.signedHead(ORIGIN))?.note).toBe(second);
    expect((await store.signedHead(ORIGIN, 5n))?.note).toBe(first);
    const [leaf] = await sql<{ leaf_hash: Buffer }>('SELECT leaf_hash FROM audit_leaf WHERE idx = 4');
    const [proof = []] = await store.inclusion([4n], b.size);
    expect(verifyInclusion(hasher, new Uint8Array(leaf?.leaf_hash ?? []), 4n, b.size, proof, b.root)).toBe(true);
  });

  test('refuses after the database went back to yesterday, also when it has grown again', async () => {
    await fill(4);
    await sign();
    await fill(6);
    await sign();
    await tamper(
      'DELETE FROM audit_cosignature WHERE size > 4',
      'DELETE FROM audit_checkpoint WHERE size > 4',
      'DELETE FROM audit_leaf WHERE idx >= 4',
    );
    await expect(log.signer().check(log.database.dataSource, 4n)).rejects.toThrow('restored from an older backup');
    await fill(9, 'beta');
    const size = await log.integrateAll();
    expect(size).toBe(13n);
    await expect(log.signer().sign(log.database.dataSource, size)).rejects.toThrow('contradicts the head of size 10');
  });

  test('refuses without its file once it has signed, and with a file that is not its own', async () => {
    await fill(2);
    const note = await sign();
    rmSync(log.headPath);
    await expect(sign()).rejects.toThrow('is missing');
    writeFileSync(log.headPath, note.replace('\n2\n', '\n1\n'));
    await expect(sign()).rejects.toThrow('cannot be used');
    writeFileSync(log.headPath, note);
    await expect(sign()).resolves.toContain('\n2\n');
  });

  test('refuses what contradicts a head that somebody else remembers', async () => {
    await fill(3);
    await expect(sign([() => Promise.resolve({ size: 2n, root: new Uint8Array(32) })])).rejects.toThrow(LogHalted);
    await expect(sign([() => Promise.resolve({ size: 4n, root: new Uint8Array(32) })])).rejects.toThrow('4 was signed');
    await expect(sign([() => Promise.resolve(null)])).resolves.toContain(ORIGIN);
  });

  test('a halt stops the log and says so in it; it goes on when the cause is gone', async () => {
    await fill(3);
    const note = await sign();
    rmSync(log.headPath);
    const halts: (string | null)[] = [];
    const sequencer = started({
      databaseUrl: log.database.logins.sequencer,
      signer: log.signer(),
      pause: 5,
      signEvery: 10,
      onHalt: async (db, reason) => {
        halts.push(reason);
        await log.audit.append(db, {
          type: reason === null ? 'log.resumed' : 'log.halted',
          subject: ['log', 'main'],
          actor: { system: 'sequencer' },
        });
      },
    });
    const until = async (done: () => boolean | Promise<boolean>): Promise<void> => {
      while (!(await done())) await new Promise((resolve) => setTimeout(resolve, 10));
    };
    await until(async () => (await sql('SELECT 1 FROM audit_lead WHERE halted IS NOT NULL')).length === 1);
    expect(halts).toEqual([expect.stringContaining('is missing')]);
    await fill(5);
    expect(await sql('SELECT 1 FROM audit_leaf')).toHaveLength(3);
    writeFileSync(log.headPath, note);
    await until(async () => (await sql('SELECT 1 FROM audit_pending')).length === 0 && halts.length === 2);
    await sequencer.stop();
    expect(halts[1]).toBeNull();
    expect(await auditLog(log.database.dataSource)).toEqual({ size: 10n, problems: [] });
  }, 30_000);
});

test('receipts are notes signed by the log', async () => {
  const receipt = await log.audit.append(log.database.dataSource.manager, projectEvent('alpha', 1));
  const note = await log.audit.sign(receipt);
  await expect(openNote(note, [])).rejects.toThrow('no key that you trust');
  expect(note).toContain(`\n${receipt.eventId}\n${receipt.leafHash}\n`);
});
