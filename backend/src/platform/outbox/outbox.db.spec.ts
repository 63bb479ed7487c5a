import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../database/testing.js';
import type { Config } from '../config/index.js';
import { ProjectAccess } from './access.js';
import { EventStream } from './event-stream.js';
import { FeedReader } from './feed-reader.js';
import { LEADER_LOCKS, LeaderConnection, NotLeading } from './leader-connection.js';
import { Notifier, publish } from './notifier.js';
import { OutboxService, type OutboxEvent } from './outbox.service.js';

let database: TestDatabase;
const outbox = new OutboxService();
const emit = (...events: OutboxEvent[]): Promise<void> => database.uow.transaction((tx) => outbox.emitAll(tx, events));
const event = (n: number, more: Partial<OutboxEvent> = {}): OutboxEvent => ({
  type: 'project.changed',
  ids: { n },
  ...more,
});
const until = async (done: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await done())) await delay(5);
};
const feed = (): Promise<{ seq: string; ids: { n: number } }[]> =>
  database.dataSource.query('SELECT seq, ids FROM feed ORDER BY seq');

beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.close());

describe('notifier', () => {
  test('numbers what was committed without gaps, and nothing that was taken back', async () => {
    const notifier = new Notifier({ databaseUrl: database.url, pause: 5 });
    notifier.start();
    for (let n = 0; n < 10; n += 1) {
      await database.uow
        .transaction(async (tx) => {
          await outbox.emit(tx, event(n));
          if (n % 2 === 1) throw new Error('undone');
        })
        .catch(() => undefined);
    }
    await until(async () => (await feed()).length === 5);
    await notifier.stop();
    expect((await feed()).map((row) => [row.seq, row.ids.n])).toEqual([
      ['1', 0],
      ['2', 2],
      ['3', 4],
      ['4', 6],
      ['5', 8],
    ]);
  });

  test('a leader whose time is over publishes nothing', async () => {
    const old = await LeaderConnection.acquire(
      database.url,
      LEADER_LOCKS.notifier,
      'feed_lead',
      new AbortController().signal,
    );
    await emit(event(1));
    await database.dataSource.query('UPDATE feed_lead SET epoch = epoch + 1');
    await expect(publish(old as LeaderConnection)).rejects.toThrow(NotLeading);
    await old?.release();
    expect(await feed()).toEqual([]);
  });

  test('two that race and are cut off again and again publish each announcement once, in order', async () => {
    const racers = [0, 1].map(() => new Notifier({ databaseUrl: database.url, pause: 2 }));
    racers.forEach((racer) => racer.start());
    const killer = new pg.Client({ connectionString: database.url });
    await killer.connect();
    let sent = 0;
    for (let kills = 0; kills < 10;) {
      for (let n = 0; n < 20; n += 1) await emit(event((sent += 1)));
      const { rows } = await killer.query(
        `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      );
      kills += rows.length;
    }
    await killer.end();
    await until(async () => (await feed()).length >= sent);
    await Promise.all(racers.map((racer) => racer.stop()));
    expect((await feed()).map((row) => [Number(row.seq), row.ids.n])).toEqual(
      Array.from({ length: sent }, (_, i) => [i + 1, i + 1]),
    );
  }, 60_000);
});

describe('event stream', () => {
  let reader: FeedReader;
  let notifier: Notifier;
  const access = new ProjectAccess();

  beforeEach(async () => {
    notifier = new Notifier({ databaseUrl: database.url, pause: 5 });
    notifier.start();
    reader = new FeedReader(database.dataSource, { role: 'all', databaseUrl: database.url } as Config);
    await reader.onApplicationBootstrap();
    access.register((person, project) => Promise.resolve(person === 'mia' && project === 'alpha'));
  });
  afterEach(async () => {
    await reader.beforeApplicationShutdown();
    await notifier.stop();
  });

  /** Opens a stream and collects it. */
  const open = async (
    person: string | null,
    lastSeen: bigint | null,
  ): Promise<{ text: () => string; ids: () => number[]; ended: () => boolean; close: () => void }> => {
    let text = '';
    let ended = false;
    const stream = new EventStream(reader, access, person, {
      write: (part) => ((text += part), true),
      end: () => (ended = true),
    });
    await stream.open(lastSeen);
    return {
      text: () => text,
      ids: () =>
        [...text.matchAll(/^data: (.*)$/gm)].map(
          (match) => (JSON.parse(match[1] ?? '') as { ids: { n: number } }).ids.n,
        ),
      ended: () => ended,
      close: () => stream.close(),
    };
  };
  const newest = (n: bigint): Promise<void> => until(async () => (await reader.newest()) >= n);

  test('gives live events in order, and a reader that comes back gets exactly what it missed', async () => {
    const first = await open('mia', null);
    await emit(event(1, { finality: 'included' }), event(2));
    await until(() => first.ids().length === 2);
    expect(first.text()).toContain(
      'id: 1\ndata: {"seq":1,"type":"project.changed","ids":{"n":1},"finality":"included"}\n\n',
    );
    first.close();
    expect(first.ended()).toBe(true);
    await emit(event(3), event(4));
    await newest(4n);
    const second = await open('mia', 2n);
    await emit(event(5));
    await until(() => second.ids().length === 3);
    expect(second.ids()).toEqual([3, 4, 5]);
    second.close();
  });

  test('shows each reader what it may see', async () => {
    const streams = await Promise.all([open('mia', 0n), open('leo', 0n), open(null, 0n)]);
    await emit(
      event(1, { project: 'alpha' }),
      event(2, { person: 'leo' }),
      event(3),
      event(4, { project: 'beta' }),
      event(5, { person: 'leo', project: 'alpha' }),
      event(6),
    );
    await until(() => streams.every((stream) => stream.ids().includes(6)));
    expect(streams.map((stream) => stream.ids())).toEqual([
      [1, 3, 6],
      [2, 3, 6],
      [3, 6],
    ]);
    streams.forEach((stream) => {
      stream.close();
    });
  });

  test('tells a reader that was away for too long, or saw another history, to start afresh', async () => {
    await emit(event(1), event(2), event(3));
    await newest(3n);
    await until(async () => (await reader.after(0n)).length === 3);
    await database.dataSource.query('DELETE FROM feed WHERE seq < 3');
    for (const lastSeen of [1n, 99n]) {
      const stream = await open('mia', lastSeen);
      expect(stream.text()).toContain('id: 3\nevent: reset\n');
      stream.close();
    }
    const inTime = await open('mia', 2n);
    expect(inTime.ids()).toEqual([3]);
    inTime.close();
  });

  test('misses nothing when the listening connection breaks', async () => {
    const stream = await open('mia', null);
    await database.dataSource.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'milepost-feed' AND datname = current_database()`,
    );
    await emit(event(1), event(2));
    await until(() => stream.ids().length === 2);
    stream.close();
  });

  test('ends at the next heartbeat when the reader has signed out', async () => {
    let text = '';
    let ended = false;
    let signedIn = true;
    const sink = { write: (part: string) => ((text += part), true), end: () => (ended = true) };
    const stream = new EventStream(reader, access, 'mia', sink, () => Promise.resolve(signedIn), 5);
    await stream.open(null);
    await until(() => text.includes(': still here'));
    expect(ended).toBe(false);
    signedIn = false;
    await until(() => ended);
  });

  test('cuts off a reader that does not read', async () => {
    let ended = false;
    const stream = new EventStream(reader, access, null, { write: () => false, end: () => (ended = true) });
    await stream.open(null);
    expect(ended).toBe(true);
  });
});
