/** What the audit trail costs on this machine, on a Postgres with its usual durability. Each figure stands alone. */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource, EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { UnitOfWork, createDataSource } from '../../../platform/database/index.js';
import { OutboxService } from '../../../platform/outbox/index.js';
import { LEADER_LOCKS, LeaderConnection } from '../../../platform/outbox/leader-connection.js';
import { auditLog } from '../log/full-check.js';
import { Sequencer, integrate, loadFrontier } from '../log/sequencer.js';
import { LogStore } from '../persistence/log-store.js';
import { createLogFixture, projectEvent, type LogFixture } from '../testing/log-fixture.js';

const CONNECTIONS = 16;

export interface Bench {
  readonly log: LogFixture;
  /** Connected as the application. */
  readonly app: DataSource;
  readonly seconds: number;
  close(): Promise<void>;
}

export async function prepare(seconds: number): Promise<Bench> {
  const log = await createLogFixture();
  const app = createDataSource(log.database.logins.app, { poolSize: CONNECTIONS, statementTimeout: 0 });
  await app.initialize();
  return {
    log,
    app,
    seconds,
    close: async () => {
      await app.destroy();
      await log.close();
    },
  };
}

/** Events per second, 100 in a transaction, on one connection. */
export async function eventsPerSecond({ log, app, seconds }: Bench): Promise<number> {
  const uow = new UnitOfWork(app);
  const events = Array.from({ length: 100 }, (_, n) => projectEvent('bench', n));
  let count = 0;
  return perSecond(seconds, async (stopped) => {
    while (!stopped()) {
      await uow.transaction((tx) => log.audit.appendAll(tx, events));
      count += events.length;
    }
    return count;
  });
}

/** Leaves per second of the sequencer over what {@link eventsPerSecond} left in the queue. */
export async function leavesPerSecond({ log }: Bench): Promise<number> {
  const began = performance.now();
  const size = await log.integrateAll();
  return Math.round((Number(size) * 1_000) / (performance.now() - began));
}

/** A person votes: the ballot, the announcement, and with `audited` the entry with one encrypted section. */
async function vote(
  tx: EntityManager,
  { log }: Bench,
  outbox: OutboxService,
  project: string,
  audited: boolean,
): Promise<string> {
  const ballot = randomBytes(32);
  const person = '0190a0b0-1111-7222-8333-444455556666';
  await tx.query(
    `INSERT INTO ballot_received (id, chain_id, ballot, project, milestone, seat, seat_account, approve, reason, typed_account, signature, person, post_by)
     VALUES ($1, 31337, $2, $3, 0, 1, $4, true, $5, $4, $6, $7, now())`,
    [uuidv7(), ballot, project, randomBytes(20), Buffer.alloc(32), randomBytes(65), person],
  );
  await outbox.emit(tx, { type: 'ballot.received', ids: { project, milestone: 0 }, project });
  if (!audited) return '';
  const receipt = await log.audit.append(tx, {
    type: 'ballot.received',
    subject: ['ballot', ballot.toString('hex')],
    project,
    actor: { person },
    refs: { milestone: 0, round: 1, question: 0, seat: 1, approve: true },
    sections: [{ section: 'ballot', data: { signature: randomBytes(65).toString('hex') } }],
  });
  return receipt.eventId;
}

/** Transactions per second at 16 connections, and their 99th percentile in ms. */
export async function transactionsPerSecond(
  bench: Bench,
  audited: boolean,
): Promise<{ perSecond: number; p99Ms: number }> {
  const table = 'ALTER TABLE ballot_received';
  const owner = bench.log.database.dataSource;
  // Without its event the row would be refused.
  if (!audited) await owner.query(`${table} DISABLE TRIGGER ballot_received_audited`);
  const uow = new UnitOfWork(bench.app);
  const outbox = new OutboxService();
  const projects = Array.from({ length: 50 }, () => uuidv7());
  const times: number[] = [];
  try {
    const rate = await perSecond(bench.seconds, async (stopped) => {
      const work = async (worker: number): Promise<void> => {
        for (let n = worker; !stopped(); n += 1) {
          const began = performance.now();
          await uow.transaction((tx) => vote(tx, bench, outbox, projects[n % projects.length] ?? '', audited));
          times.push(performance.now() - began);
        }
      };
      await Promise.all(Array.from({ length: CONNECTIONS }, (_, worker) => work(worker)));
      return times.length;
    });
    return { perSecond: rate, p99Ms: percentile(times, 0.99) };
  } finally {
    if (!audited) await owner.query(`${table} ENABLE TRIGGER ballot_received_audited`);
  }
}

/** From the commit of a vote until its leaf is in the log: the 99th percentile in ms, under a steady load. */
export async function integrateP99Ms(bench: Bench, load = 200): Promise<number> {
  const { log, app, seconds } = bench;
  const sequencer = new Sequencer({ databaseUrl: log.database.logins.sequencer, signer: log.signer() });
  const uow = new UnitOfWork(app);
  const outbox = new OutboxService();
  const project = uuidv7();
  const committed = new Map<string, number>();
  const times: number[] = [];
  const seen = async (): Promise<void> => {
    if (committed.size === 0) return;
    const rows = await app.query<{ event_id: string }[]>(
      'SELECT event_id FROM audit_leaf WHERE event_id = ANY($1::uuid[])',
      [[...committed.keys()]],
    );
    const now = performance.now();
    for (const { event_id } of rows) {
      times.push(now - (committed.get(event_id) ?? now));
      committed.delete(event_id);
    }
  };
  sequencer.start();
  try {
    // Its start and first signature are not what is measured.
    await delay(500);
    const until = performance.now() + seconds * 1_000;
    let due = performance.now();
    const running = new Set<Promise<void>>();
    let nextLook = due;
    while (performance.now() < until) {
      for (; due <= performance.now(); due += 1_000 / load) {
        const one = uow
          .transaction((tx) => vote(tx, bench, outbox, project, true))
          .then((id) => void committed.set(id, performance.now()))
          .finally(() => running.delete(one));
        running.add(one);
      }
      if (performance.now() >= nextLook) {
        await seen();
        nextLook = performance.now() + 10;
      }
      await delay(2);
    }
    await Promise.all(running);
    while (committed.size > 0) {
      await seen();
      await delay(5);
    }
  } finally {
    await sequencer.stop();
  }
  return percentile(times, 0.99);
}

/** Fills the log up to `leaves` entries, written by the database itself; the sequencer integrates them as always. */
export async function fill({ log }: Bench, leaves: number): Promise<number> {
  const db = log.database.dataSource;
  const [row] = await db.query<{ n: string }[]>('SELECT count(*) AS n FROM audit_event');
  for (let from = Number(row?.n ?? 0); from < leaves; from += 50_000) {
    await db.query('SET statement_timeout = 0');
    await db.query(
      `WITH written AS (
         INSERT INTO audit_event (header)
         SELECT convert_to(format('{"actor":"system:bench","at":1800000000000,"commits":[],"id":"0190a0b0-%s-7%s-8333-%s","project":"bench","refs":{"n":%s},"source":"app","subject":["project","bench"],"type":"project.edited","v":1}',
                  to_char(n / 100000000 % 10000, 'FM0000'), to_char(n / 100000 % 1000, 'FM000'), to_char(n, 'FM000000000000'), n), 'UTF8')
           FROM generate_series($1::bigint, $2::bigint) AS n
         RETURNING id)
       INSERT INTO audit_pending (event_id) SELECT id FROM written`,
      [from, Math.min(from + 50_000, leaves) - 1],
    );
  }
  const connection = await LeaderConnection.acquire(
    log.database.logins.sequencer,
    LEADER_LOCKS.sequencer,
    'audit_lead',
    new AbortController().signal,
  );
  if (connection === null) throw new Error('no leader connection');
  try {
    for (let frontier = await loadFrontier(connection); ;) {
      const grown = await integrate(connection, frontier, 10_000);
      if (grown.size === frontier.size) return Number(grown.size);
      frontier = grown;
    }
  } finally {
    await connection.release();
  }
}

/** Inclusion proofs of entries at random, one after the other, from a store that begins without anything in memory. */
export async function proofMs(
  { app }: Bench,
  size: number,
  count = 2_000,
): Promise<{ p50: number; p95: number; consistencyP95: number }> {
  const store = new LogStore(app);
  const times: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const index = BigInt(Math.floor(Math.random() * size));
    const began = performance.now();
    await store.inclusion([index], BigInt(size));
    times.push(performance.now() - began);
  }
  const heads: number[] = [];
  for (let n = 0; n < count / 10; n += 1) {
    const from = BigInt(1 + Math.floor(Math.random() * (size - 1)));
    const began = performance.now();
    await store.consistency(from, BigInt(size));
    heads.push(performance.now() - began);
  }
  return { p50: percentile(times, 0.5), p95: percentile(times, 0.95), consistencyP95: percentile(heads, 0.95) };
}

/** Recomputes the whole log: headers, leaves, subtrees, heads, index columns. @throws Error if anything disagrees */
export async function verifySeconds({ log }: Bench): Promise<number> {
  const began = performance.now();
  const { problems } = await auditLog(log.database.dataSource);
  if (problems.length > 0) throw new Error(problems.slice(0, 5).join('\n'));
  return (performance.now() - began) / 1_000;
}

async function perSecond(seconds: number, work: (stopped: () => boolean) => Promise<number>): Promise<number> {
  const began = performance.now();
  const count = await work(() => performance.now() - began >= seconds * 1_000);
  return Math.round((count * 1_000) / (performance.now() - began));
}

function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Number((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN).toFixed(2));
}
