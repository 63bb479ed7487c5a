import pg from 'pg';

/** Advisory lock numbers of the leaders that work on their lock's own connection. */
export const LEADER_LOCKS = { sequencer: 0x4d50_0010, notifier: 0x4d50_0011 } as const;

/** Somebody else leads now, or the connection broke. The loop that sees it stands for leader again. */
export class NotLeading extends Error {
  override readonly name = 'NotLeading';
}

/**
 * A connection that holds an advisory lock; its work runs on that very connection, so work without the lock is impossible. A
 * process that was paused could still believe it leads: the epoch that each batch checks refuses its write.
 */
export class LeaderConnection {
  private constructor(
    readonly client: pg.Client,
    readonly epoch: bigint,
  ) {}

  /**
   * Waits for the lock, then raises the epoch in `leadTable` (one row, column `epoch`).
   * @returns null if `signal` aborts first
   */
  static async acquire(
    databaseUrl: string,
    lock: number,
    leadTable: 'audit_lead' | 'feed_lead',
    signal: AbortSignal,
  ): Promise<LeaderConnection | null> {
    const client = new pg.Client({
      connectionString: databaseUrl,
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
      application_name: `milepost-${leadTable}`,
    });
    // A broken connection shows in the next query; without a listener it would end the process.
    client.on('error', () => undefined);
    const stop = (): void => void client.end().catch(() => undefined);
    signal.addEventListener('abort', stop, { once: true });
    try {
      await client.connect();
      await client.query('SET statement_timeout = 0; SET lock_timeout = 0; SET idle_session_timeout = 0');
      await client.query('SELECT pg_advisory_lock($1, 0)', [lock]);
      await client.query("SET statement_timeout = '30s'; SET lock_timeout = '10s'");
      const { rows } = await client.query<{ epoch: string }>(
        `UPDATE ${leadTable} SET epoch = epoch + 1 RETURNING epoch`,
      );
      signal.removeEventListener('abort', stop);
      if (signal.aborted) return null;
      return new LeaderConnection(client, BigInt(rows[0]?.epoch ?? 0));
    } catch (error) {
      signal.removeEventListener('abort', stop);
      await client.end().catch(() => undefined);
      if (signal.aborted) return null;
      throw error;
    }
  }

  /** Runs `work` in a transaction that holds the row of `leadTable` and has checked the epoch. @throws NotLeading */
  async transaction<T, L extends { epoch: string }>(
    leadTable: 'audit_lead' | 'feed_lead',
    work: (lead: L) => Promise<T>,
  ): Promise<T> {
    await this.client.query('BEGIN');
    try {
      const { rows } = await this.client.query<L>(`SELECT * FROM ${leadTable} FOR UPDATE`);
      const lead = rows[0];
      if (lead === undefined || BigInt(lead.epoch) !== this.epoch) throw new NotLeading('another process leads now');
      const result = await work(lead);
      await this.client.query('COMMIT');
      return result;
    } catch (error) {
      await this.client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  async release(): Promise<void> {
    await this.client.end().catch(() => undefined);
  }
}
