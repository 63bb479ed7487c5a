import { Frontier, TILE_HEIGHT } from '@milepost/tlog';
import { LEADER_LOCKS, LeaderConnection, NotLeading } from '../../../platform/outbox/leader-connection.js';
import { hasher, logSource } from './log-source.js';
import { LogHalted, type Signer } from './signer.js';
import type { Witnesses } from './witnesses.js';

export const BATCH = 1_000;
const PAUSE = 100;

interface Lead {
  readonly epoch: string;
  readonly halted: string | null;
}

export interface SequencerOptions {
  readonly databaseUrl: string;
  readonly signer: Signer;
  /** Asked for a cosignature of each head that was signed. */
  readonly witnesses?: Pick<Witnesses, 'cosign'>;
  /** Pause between looks at an empty queue, in ms. */
  readonly pause?: number;
  /** Shortest time between two signatures, in ms. */
  readonly signEvery?: number;
  readonly batch?: number;
  /** Told once when the log stops, and once when it goes on. In a transaction of the leader. */
  readonly onHalt?: (db: LeaderConnection['client'], reason: string | null) => Promise<void>;
  readonly log?: (message: string) => void;
}

/**
 * Turns pending events into leaves, in the order of the queue, and signs the head. Any number may run; one leads. Two that
 * believe they lead cannot both write: the epoch is checked in the transaction of each batch, and the leaf index is a key.
 */
export class Sequencer {
  private readonly stopping = new AbortController();
  private running: Promise<void> | null = null;
  private wake: (() => void) | null = null;

  constructor(private readonly options: SequencerOptions) {}

  start(): void {
    this.running ??= this.lead();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake?.();
    await this.running;
  }

  private async lead(): Promise<void> {
    const { databaseUrl, pause = PAUSE, log } = this.options;
    while (!this.stopping.signal.aborted) {
      let connection: LeaderConnection | null = null;
      try {
        connection = await LeaderConnection.acquire(
          databaseUrl,
          LEADER_LOCKS.sequencer,
          'audit_lead',
          this.stopping.signal,
        );
        if (connection !== null) await this.work(connection);
      } catch (error) {
        log?.(`sequencer: ${error instanceof Error ? error.message : String(error)}; standing for leader again`);
        await this.pauseFor(10 * pause);
      } finally {
        await connection?.release();
      }
    }
  }

  private async work(connection: LeaderConnection): Promise<void> {
    const { signer, witnesses, pause = PAUSE, signEvery = 1_000, batch = BATCH } = this.options;
    let frontier = await loadFrontier(connection);
    let signed = await signedSize(connection);
    let nextSignature = 0;
    let runs = await this.mayRun(connection, frontier.size);
    while (!this.stopping.signal.aborted) {
      if (!runs) {
        await this.pauseFor(10 * pause);
        runs = await this.mayRun(connection, frontier.size);
        continue;
      }
      const grown = await integrate(connection, frontier, batch);
      const full = grown.size - frontier.size === BigInt(batch);
      frontier = grown;
      if (frontier.size > signed && Date.now() >= nextSignature) {
        runs = await this.guarded(connection, async () => {
          const note = await signer.sign(connection.client, frontier.size);
          await witnesses?.cosign(connection.client, note);
        });
        if (runs) signed = frontier.size;
        nextSignature = Date.now() + signEvery;
      }
      if (!full) await this.pauseFor(pause);
    }
  }

  private mayRun(connection: LeaderConnection, size: bigint): Promise<boolean> {
    return this.guarded(connection, () => this.options.signer.check(connection.client, size));
  }

  /** Runs a check or signature; a refusal halts the log, success after a halt resumes it. */
  private async guarded(connection: LeaderConnection, work: () => Promise<void>): Promise<boolean> {
    let reason: string | null = null;
    try {
      await work();
    } catch (error) {
      if (!(error instanceof LogHalted)) throw error;
      reason = error.message;
    }
    await connection.transaction('audit_lead', async (lead: Lead) => {
      if (lead.halted === reason) return;
      await connection.client.query('UPDATE audit_lead SET halted = $1', [reason]);
      await this.options.onHalt?.(connection.client, reason);
      this.options.log?.(reason === null ? 'the log goes on' : `THE LOG IS HALTED: ${reason}`);
    });
    return reason === null;
  }

  private async pauseFor(ms: number): Promise<void> {
    if (this.stopping.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** The right edge of the tree that the last checkpoint closed. */
export async function loadFrontier({ client }: LeaderConnection): Promise<Frontier> {
  const { rows } = await client.query<{ size: string | null }>('SELECT max(size) AS size FROM audit_checkpoint');
  const size = BigInt(rows[0]?.size ?? 0);
  const source = logSource(client, size);
  const roots = [];
  for (const { level, index } of Frontier.layout(size)) roots.push(await source.hash(level, index));
  return new Frontier(hasher, size, roots);
}

async function signedSize({ client }: LeaderConnection): Promise<bigint> {
  const { rows } = await client.query<{ size: string | null }>('SELECT max(size) AS size FROM audit_cosignature');
  return BigInt(rows[0]?.size ?? 0);
}

/**
 * One batch: takes the oldest pending events, writes leaves, subtrees and a checkpoint, and empties the queue of them, all or
 * nothing.
 * @returns the frontier after the batch; the one given stays as it is
 * @throws NotLeading if another process leads
 */
export async function integrate(connection: LeaderConnection, frontier: Frontier, batch = BATCH): Promise<Frontier> {
  const { client } = connection;
  const waiting = await client.query('SELECT 1 FROM audit_pending LIMIT 1');
  if (waiting.rowCount === 0) return frontier;
  return connection.transaction('audit_lead', async (lead: Lead) => {
    if (lead.halted !== null) throw new NotLeading('the log is halted');
    const { rows: queued } = await client.query<{ pos: string; event_id: string; leaf_hash: Buffer; known: boolean }>(
      `SELECT p.pos, p.event_id, e.leaf_hash, l.event_id IS NOT NULL AS known
         FROM audit_pending p JOIN audit_event e ON e.id = p.event_id LEFT JOIN audit_leaf l ON l.event_id = p.event_id
        ORDER BY p.pos LIMIT $1`,
      [batch],
    );
    const positions = queued.map((row) => row.pos);
    // The application may queue what it likes; an event that has its leaf must not stop the log.
    const rows = queued.filter((row) => !row.known);
    if (rows.length === 0) {
      await client.query('DELETE FROM audit_pending WHERE pos = ANY($1::bigint[])', [positions]);
      return frontier;
    }
    const grown = frontier.clone();
    const subtrees: { level: number; index: bigint; hash: Uint8Array }[] = [];
    for (const row of rows) {
      grown.append(new Uint8Array(row.leaf_hash), (level, index, hash) => {
        if (level % TILE_HEIGHT === 0) subtrees.push({ level, index, hash });
      });
    }
    await client.query(
      `WITH leaves AS (
         INSERT INTO audit_leaf (idx, event_id, leaf_hash)
         SELECT $1::bigint + n - 1, id, hash FROM unnest($2::uuid[], $3::bytea[]) WITH ORDINALITY AS u (id, hash, n)
       ), subtrees AS (
         INSERT INTO audit_subtree (lvl, idx, hash) SELECT * FROM unnest($4::smallint[], $5::bigint[], $6::bytea[])
       ), head AS (
         INSERT INTO audit_checkpoint (size, root, epoch) VALUES ($7, $8, $9)
       )
       DELETE FROM audit_pending WHERE pos = ANY($10::bigint[])`,
      [
        String(frontier.size),
        rows.map((row) => row.event_id),
        rows.map((row) => row.leaf_hash),
        subtrees.map((subtree) => subtree.level),
        subtrees.map((subtree) => String(subtree.index)),
        subtrees.map((subtree) => Buffer.from(subtree.hash)),
        String(grown.size),
        Buffer.from(grown.root()),
        String(connection.epoch),
        positions,
      ],
    );
    return grown;
  });
}
