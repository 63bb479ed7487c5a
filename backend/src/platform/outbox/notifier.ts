import { LEADER_LOCKS, LeaderConnection } from './leader-connection.js';

/** Channel on which each published batch is announced; the payload is the newest seq. */
export const FEED_CHANNEL = 'milepost_feed';
const BATCH = 1_000;
const KEPT = '7 days';
const CLEAN_EVERY = 3_600_000;

export interface NotifierOptions {
  readonly databaseUrl: string;
  /** Pause between looks at an empty outbox, in ms. */
  readonly pause?: number;
  readonly log?: (message: string) => void;
}

/**
 * Publishes what transactions announced: moves outbox rows into the feed and numbers them. One writer makes the number the
 * order of commits; a reader that has seen number n has seen all below it.
 */
export class Notifier {
  private readonly stopping = new AbortController();
  private running: Promise<void> | null = null;
  private wake: (() => void) | null = null;

  constructor(private readonly options: NotifierOptions) {}

  start(): void {
    this.running ??= this.lead();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake?.();
    await this.running;
  }

  private async lead(): Promise<void> {
    const { databaseUrl, pause = 50, log } = this.options;
    while (!this.stopping.signal.aborted) {
      let connection: LeaderConnection | null = null;
      try {
        connection = await LeaderConnection.acquire(
          databaseUrl,
          LEADER_LOCKS.notifier,
          'feed_lead',
          this.stopping.signal,
        );
        let nextCleaning = 0;
        while (connection !== null && !this.stopping.signal.aborted) {
          const published = await publish(connection);
          if (Date.now() >= nextCleaning) {
            await connection.client.query(`DELETE FROM feed WHERE at < now() - interval '${KEPT}'`);
            nextCleaning = Date.now() + CLEAN_EVERY;
          }
          if (published < BATCH) await this.pauseFor(pause);
        }
      } catch (error) {
        log?.(`notifier: ${error instanceof Error ? error.message : String(error)}; standing for leader again`);
        await this.pauseFor(10 * pause);
      } finally {
        await connection?.release();
      }
    }
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

/** One batch, all or nothing. @returns how many were published @throws NotLeading */
export async function publish(connection: LeaderConnection, batch = BATCH): Promise<number> {
  const { client } = connection;
  const waiting = await client.query('SELECT 1 FROM outbox LIMIT 1');
  if (waiting.rowCount === 0) return 0;
  return connection.transaction('feed_lead', async (lead: { epoch: string; seq: string }) => {
    const { rowCount } = await client.query(
      `WITH taken AS (
         DELETE FROM outbox WHERE pos IN (SELECT pos FROM outbox ORDER BY pos LIMIT $1 FOR UPDATE SKIP LOCKED) RETURNING *
       )
       INSERT INTO feed (seq, type, ids, project_id, person_id, finality)
       SELECT $2::bigint + row_number() OVER (ORDER BY pos), type, ids, project_id, person_id, finality FROM taken`,
      [batch, lead.seq],
    );
    const count = rowCount ?? 0;
    if (count > 0) {
      await client.query(
        'WITH moved AS (UPDATE feed_lead SET seq = seq + $1 RETURNING seq) SELECT pg_notify($2, seq::text) FROM moved',
        [count, FEED_CHANNEL],
      );
    }
    return count;
  });
}
