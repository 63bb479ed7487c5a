import pg from 'pg';

/** Advisory lock namespaces, one per kind of leader. The second lock number is the chain id. */
export const leaderLocks = { indexer: 0x4d50_0001, relayer: 0x4d50_0002, keeper: 0x4d50_0003 } as const;

/** Thrown when a write finds that somebody else leads now. The loop that sees it steps down and stands for leader again. */
export class LeadershipLost extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'LeadershipLost';
  }
}

/**
 * At most one holder per lock, over all processes. The lock lives on its own connection: when the process dies the server
 * frees it at once. It saves work only; safety comes from the epoch that each write checks.
 */
export class Leader {
  private client: pg.Client | null = null;
  private lost = false;

  constructor(
    private readonly databaseUrl: string,
    private readonly lock: number,
    private readonly chainId: number,
  ) {}

  /** True from {@link acquire} until the connection breaks or {@link release}. */
  get held(): boolean {
    return this.client !== null && !this.lost;
  }

  /** Waits until this process holds the lock. Rejects when the database goes away or {@link release} is called. */
  async acquire(): Promise<void> {
    await this.release();
    const client = new pg.Client({
      connectionString: this.databaseUrl,
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
      application_name: 'milepost-leader',
    });
    this.client = client;
    this.lost = false;
    client.on('error', () => (this.lost = true));
    client.on('end', () => (this.lost = true));
    await client.connect();
    await client.query('set statement_timeout = 0; set lock_timeout = 0; set idle_session_timeout = 0');
    await client.query('select pg_advisory_lock($1, $2)', [this.lock, this.chainId]);
  }

  /** Gives the lock back. Safe to call at any time. */
  async release(): Promise<void> {
    const client = this.client;
    this.client = null;
    this.lost = true;
    if (client) await client.end().catch(() => undefined);
  }
}
