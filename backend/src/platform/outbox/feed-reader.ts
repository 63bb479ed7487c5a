import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { CONFIG, type Config } from '../config/index.js';
import { FEED_CHANNEL } from './notifier.js';
import type { Finality } from './outbox.service.js';

/** A published announcement. */
export interface FeedEvent {
  readonly seq: bigint;
  readonly type: string;
  readonly ids: Readonly<Record<string, string | number>>;
  readonly project: string | null;
  readonly person: string | null;
  readonly finality: Finality | null;
}

interface FeedRow {
  readonly seq: string;
  readonly type: string;
  readonly ids: Readonly<Record<string, string | number>>;
  readonly project_id: string | null;
  readonly person_id: string | null;
  readonly finality: Finality | null;
}

const PAGE = 500;

/** Follows the feed for this process: listens once, looks each second in case a notice was lost, and hands on what is new. */
@Injectable()
export class FeedReader implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(FeedReader.name);
  private readonly listeners = new Set<(events: readonly FeedEvent[]) => void>();
  private readonly closers = new Set<() => void>();
  private client: pg.Client | null = null;
  private timer: NodeJS.Timeout | null = null;
  private position: bigint | null = null;
  private reading: Promise<void> | null = null;
  private again = false;
  private stopped = false;

  constructor(
    private readonly dataSource: DataSource,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (this.config.role === 'worker') return;
    this.position = await this.newest();
    this.timer = setInterval(() => {
      if (this.client === null) void this.listen();
      void this.read();
    }, 1_000);
    await this.listen();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    if (this.timer !== null) clearInterval(this.timer);
    for (const close of this.closers) close();
    await this.reading;
    await this.client?.end().catch(() => undefined);
  }

  /** Calls `listener` with each new batch until the returned function is called; `onClose` when the process stops. */
  subscribe(listener: (events: readonly FeedEvent[]) => void, onClose: () => void): () => void {
    this.listeners.add(listener);
    this.closers.add(onClose);
    return () => {
      this.listeners.delete(listener);
      this.closers.delete(onClose);
    };
  }

  /** Newest number; 0 before the first announcement. */
  async newest(): Promise<bigint> {
    const [lead] = await this.dataSource.query<{ seq: string }[]>('SELECT seq FROM feed_lead');
    return BigInt(lead?.seq ?? 0);
  }

  /** Up to 500 announcements after `seq`, oldest first. */
  async after(seq: bigint): Promise<FeedEvent[]> {
    const rows = await this.dataSource.query<FeedRow[]>(
      `SELECT seq, type, ids, project_id, person_id, finality FROM feed WHERE seq > $1 ORDER BY seq LIMIT ${String(PAGE)}`,
      [String(seq)],
    );
    return rows.map((row) => ({
      seq: BigInt(row.seq),
      type: row.type,
      ids: row.ids,
      project: row.project_id,
      person: row.person_id,
      finality: row.finality,
    }));
  }

  /** Whether everything after `seq` is still there; if not, a reader must load its state afresh. */
  async reaches(seq: bigint): Promise<boolean> {
    const [row] = await this.dataSource.query<{ oldest: string | null; newest: string }[]>(
      'SELECT (SELECT min(seq) FROM feed) AS oldest, seq AS newest FROM feed_lead',
    );
    const newest = BigInt(row?.newest ?? 0);
    const oldest = row?.oldest == null ? newest + 1n : BigInt(row.oldest);
    return seq <= newest && seq >= oldest - 1n;
  }

  private async listen(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.config.databaseUrl,
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
      query_timeout: 10_000,
      application_name: 'milepost-feed',
    });
    const lost = (): void => {
      if (this.client === client) this.client = null;
    };
    client.on('error', lost);
    client.on('end', lost);
    client.on('notification', () => void this.read());
    this.client = client;
    try {
      await client.connect();
      await client.query(`LISTEN ${FEED_CHANNEL}`);
      if (this.stopped) await client.end();
    } catch (error) {
      lost();
      if (!this.stopped) this.logger.warn(`cannot listen to the feed, asking each second instead: ${String(error)}`);
    }
  }

  /** Reads on from the position; one at a time, and once more if something came meanwhile. */
  private async read(): Promise<void> {
    this.again = true;
    this.reading ??= this.drain().finally(() => {
      this.reading = null;
    });
    await this.reading;
  }

  private async drain(): Promise<void> {
    try {
      while (this.again && !this.stopped) {
        this.again = false;
        const events = await this.after(this.position ?? 0n);
        const last = events.at(-1);
        if (last === undefined) continue;
        this.position = last.seq;
        this.again ||= events.length === PAGE;
        for (const listener of this.listeners) listener(events);
      }
    } catch (error) {
      if (!this.stopped) this.logger.warn(`cannot read the feed: ${String(error)}`);
    }
  }
}
