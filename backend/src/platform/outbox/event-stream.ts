import type { FeedEvent } from './feed-reader.js';
import type { ProjectAccess } from './access.js';

/** Where the bytes of a stream go: a response. */
export interface Sink {
  /** False when the receiver is slow and more should not be written. */
  write(text: string): boolean;
  end(): void;
}

/** What a stream reads from. */
export interface Source {
  newest(): Promise<bigint>;
  after(seq: bigint): Promise<FeedEvent[]>;
  reaches(seq: bigint): Promise<boolean>;
  subscribe(listener: (events: readonly FeedEvent[]) => void, onClose: () => void): () => void;
}

export const HEARTBEAT = 15_000;
export const LIFE = 30 * 60_000;
const RIGHTS_KEPT = 5_000;

/**
 * One reader's live updates as server-sent events: what it missed since the last number it saw, then what comes, filtered by
 * what it may see. The number it last saw is the `id`, so a browser resumes by itself.
 */
export class EventStream {
  private readonly rights = new Map<string, { allowed: Promise<boolean>; until: number }>();
  private readonly timers: NodeJS.Timeout[] = [];
  private unsubscribe: (() => void) | null = null;
  private queue: Promise<void> = Promise.resolve();
  private seen = 0n;
  private closed = false;

  constructor(
    private readonly source: Source,
    private readonly access: ProjectAccess,
    private readonly person: string | null,
    private readonly sink: Sink,
    /** Asked at each heartbeat: whether the reader is still signed in as it was. */
    private readonly isSignedIn: () => Promise<boolean> = () => Promise.resolve(true),
    /** ms between heartbeats */
    private readonly heartbeat = HEARTBEAT,
  ) {}

  /** @param lastSeen number of the last event the reader has, or null to begin now */
  async open(lastSeen: bigint | null): Promise<void> {
    // Listening starts before the backlog is read, and what was read is skipped: nothing falls between the two.
    this.unsubscribe = this.source.subscribe(
      (events) => this.enqueue(() => this.deliver(events)),
      () => this.close(),
    );
    this.timers.push(
      setInterval(() => this.enqueue(() => this.beat()), this.heartbeat),
      setTimeout(() => this.close(), LIFE),
    );
    // Sending may close the stream, so all that closing takes down exists by now.
    this.send(`retry: ${String(1_000 + Math.floor(Math.random() * 2_000))}\n\n`);
    this.enqueue(() => this.catchUp(lastSeen));
    await this.queue;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.unsubscribe?.();
    for (const timer of this.timers) clearTimeout(timer);
    this.sink.end();
  }

  private async beat(): Promise<void> {
    if (await this.isSignedIn()) this.send(': still here\n\n');
    else this.close();
  }

  private async catchUp(lastSeen: bigint | null): Promise<void> {
    const from = lastSeen ?? (await this.source.newest());
    if (lastSeen !== null && !(await this.source.reaches(lastSeen))) {
      this.seen = await this.source.newest();
      this.send(`id: ${String(this.seen)}\nevent: reset\ndata: {"seq":${String(this.seen)}}\n\n`);
      return;
    }
    this.seen = from;
    for (;;) {
      const events = await this.source.after(this.seen);
      if (events.length === 0) return;
      await this.deliver(events);
    }
  }

  private async deliver(events: readonly FeedEvent[]): Promise<void> {
    for (const event of events) {
      if (this.closed) return;
      if (event.seq <= this.seen) continue;
      if (await this.maySee(event)) {
        const { type, ids, finality } = event;
        this.send(
          `id: ${String(event.seq)}\ndata: ${JSON.stringify({ seq: Number(event.seq), type, ids, finality })}\n\n`,
        );
      }
      this.seen = event.seq;
    }
  }

  private maySee({ person, project }: FeedEvent): boolean | Promise<boolean> {
    if (person !== null && person !== this.person) return false;
    if (project === null) return true;
    const known = this.rights.get(project);
    if (known !== undefined && known.until > Date.now()) return known.allowed;
    const allowed = this.access.mayRead(this.person, project);
    this.rights.set(project, { allowed, until: Date.now() + RIGHTS_KEPT });
    return allowed;
  }

  private enqueue(work: () => Promise<void>): void {
    // A reader that cannot be served is cut off: it comes back with the number it last saw.
    this.queue = this.queue.then(work).catch(() => this.close());
  }

  private send(text: string): void {
    if (!this.closed && !this.sink.write(text)) this.close();
  }
}
