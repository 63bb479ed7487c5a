import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { createTestDatabase, type TestDatabase } from '../database/testing.js';
import { Idempotency } from './idempotency.js';

let db: TestDatabase;
let idempotency: Idempotency;

beforeAll(async () => {
  db = await createTestDatabase();
  idempotency = new Idempotency(db.uow);
  await db.dataSource.query('CREATE TABLE effect (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY)');
});

afterAll(async () => {
  await db?.close();
});

beforeEach(async () => {
  await db.dataSource.query('DELETE FROM effect');
});

let keys = 0;
const freshKey = (): string => `key-number-${(keys += 1)}`;
/** The part of a request that the interceptor fills in. */
const request = (key: string, body = 'a', actor = 'person:1'): FastifyRequest =>
  ({
    url: '/',
    idempotency: { actor, key, hash: createHash('sha256').update(body).digest(), settled: false, replayed: false },
  }) as unknown as FastifyRequest;
const effects = async (): Promise<number> => (await db.dataSource.query<unknown[]>('SELECT 1 FROM effect')).length;
const act = (given: FastifyRequest) =>
  idempotency.once(given, async (tx) => {
    const [row] = await tx.query<{ id: number }[]>('INSERT INTO effect DEFAULT VALUES RETURNING id');
    return { id: row?.id };
  });

describe('an idempotency key', () => {
  it('has one effect among 50 at once; the others wait their turn or are told', async () => {
    const key = freshKey();
    const results = await Promise.allSettled(Array.from({ length: 50 }, () => act(request(key))));
    const answers = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.id] : []));
    const refusals = results.flatMap((result) =>
      result.status === 'rejected' ? [(result.reason as { code: string }).code] : [],
    );
    expect(new Set(answers).size).toBe(1);
    expect(new Set([...refusals, 'request-in-flight'])).toEqual(new Set(['request-in-flight']));
    expect(await effects()).toBe(1);
    expect(await act(request(key))).toEqual({ id: answers[0] });
    expect(await effects()).toBe(1);
  });

  it('is free again when the work failed', async () => {
    const key = freshKey();
    const failing = idempotency.once(request(key), async (tx) => {
      await tx.query('INSERT INTO effect DEFAULT VALUES');
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await effects()).toBe(0);
    await act(request(key));
    expect(await effects()).toBe(1);
  });

  it('belongs to one actor and one request', async () => {
    const key = freshKey();
    await act(request(key));
    await expect(act(request(key, 'b'))).rejects.toMatchObject({ status: 422, code: 'idempotency-key-reused' });
    await act(request(key, 'b', 'person:2'));
    expect(await effects()).toBe(2);
  });

  it('is forgotten after a day', async () => {
    const key = freshKey();
    await act(request(key));
    await db.dataSource.query("UPDATE idempotency_key SET created_at = now() - interval '25 hours'");
    await act(request(key, 'b'));
    expect(await effects()).toBe(2);
    const [row] = await db.dataSource.query<{ n: number }[]>('SELECT count(*)::int AS n FROM idempotency_key');
    expect(row?.n).toBe(1);
  });
});
