import { parseEntry } from '@milepost/tlog';
import { rowsOf } from '../../platform/outbox/index.js';
import { KeyRing, SealBroken } from './application/key-ring.js';
import { AuditEventRefused } from './domain/header.js';
import type { AuditEvent } from './domain/event.js';
import { createLogFixture, projectEvent, type LogFixture } from './testing/log-fixture.js';

let log: LogFixture;
beforeAll(async () => {
  log = await createLogFixture();
});
afterAll(() => log.close());

const count = async (table: string): Promise<number> => {
  const [row] = await log.database.dataSource.query<{ n: string }[]>(`SELECT count(*) AS n FROM ${table}`);
  return Number(row?.n);
};
const headerOf = async (id: string): Promise<ReturnType<typeof parseEntry>> => {
  const [row] = await log.database.dataSource.query<{ header: Buffer }[]>(
    'SELECT header FROM audit_event WHERE id = $1',
    [id],
  );
  return parseEntry(row?.header ?? Buffer.alloc(0));
};

describe('append', () => {
  test('writes entry, sealed sections and a place in the queue; nothing readable stands in the tables', async () => {
    const receipt = await log.database.uow.transaction((tx) =>
      log.audit.append(tx, {
        type: 'comment.created',
        subject: ['project', 'alpha'],
        project: 'alpha',
        actor: { person: 'person-1' },
        refs: { milestone: 2 },
        sections: [
          { section: 'text', about: 'person:person-1', data: { body: 'Größe: secret words' } },
          { section: 'terms', data: { amount: '5000000' } },
        ],
      }),
    );
    const header = await headerOf(receipt.eventId);
    expect(header).toMatchObject({
      type: 'comment.created',
      subject: ['project', 'alpha'],
      project: 'alpha',
      source: 'app',
      refs: { milestone: 2 },
    });
    expect(header.actor).toMatch(/^p:[\w-]{22}$/);
    expect(header.commits.map((commitment) => commitment.section)).toEqual(['text', 'terms']);
    expect(receipt.integrateBy - receipt.at).toBeGreaterThan(0);
    const [row] = await log.database.dataSource.query<{ dump: string }[]>(
      `SELECT string_agg(encode(header, 'escape'), '') || (SELECT string_agg(encode(ciphertext, 'escape'), '') FROM audit_payload) AS dump FROM audit_event`,
    );
    expect(row?.dump).not.toContain('secret words');
    expect(row?.dump).not.toContain('person-1');
    expect(await count('audit_pending')).toBe(1);
    expect(await count('audit_payload')).toBe(2);
  });

  test('a person has one pseudonym in a project and another in the next', async () => {
    const actors = new Map<string, string>();
    for (const [name, project] of [
      ['a', 'one'],
      ['b', 'one'],
      ['c', 'two'],
    ] as const) {
      const { eventId } = await log.audit.append(
        log.database.dataSource.manager,
        projectEvent(project, 1, { actor: { person: 'person-2' } }),
      );
      actors.set(name, (await headerOf(eventId)).actor);
    }
    expect(actors.get('a')).toBe(actors.get('b'));
    expect(actors.get('a')).not.toBe(actors.get('c'));
  });

  test('what the transaction takes back leaves nothing', async () => {
    const before = [await count('audit_event'), await count('audit_pending')];
    await expect(
      log.database.uow.transaction(async (tx) => {
        await log.audit.append(tx, projectEvent('alpha', 1));
        throw new Error('refused later');
      }),
    ).rejects.toThrow('refused later');
    expect([await count('audit_event'), await count('audit_pending')]).toEqual(before);
  });

  test('a chain fact is appended once, however often it is told', async () => {
    const hash = (digit: string): string => `0x${digit.repeat(64)}`;
    const fact = (logIndex: number): AuditEvent => ({
      type: 'milestone.paid',
      subject: ['milestone', 'alpha/0'],
      project: 'alpha',
      actor: { chain: 31337 },
      at: 1_790_000_000_000,
      chain: { chainId: 31337, blockHash: hash('A'), txHash: hash('b'), logIndex },
      sections: [{ section: 'payment', data: { payee: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8', amount: '1' } }],
    });
    const em = log.database.dataSource.manager;
    const first = await log.audit.appendAll(em, [fact(0), fact(1), fact(1)]);
    const events = await count('audit_event');
    const payloads = await count('audit_payload');
    const again = await log.audit.appendAll(em, [fact(1), fact(0)]);
    expect([first[1]?.eventId, first[2]?.eventId, again[0]?.eventId]).toEqual(Array(3).fill(first[1]?.eventId));
    expect(again[1]?.eventId).toBe(first[0]?.eventId);
    expect([await count('audit_event'), await count('audit_payload')]).toEqual([events, payloads]);
    expect((await headerOf(first[0]?.eventId ?? '')).source).toEqual({
      chain: 31337,
      block: hash('a'),
      tx: hash('b'),
      log: 0,
    });
  });

  test.each<[string, Partial<AuditEvent>, string]>([
    ['a wallet address', { refs: { by: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8' } }, 'a wallet address'],
    ['a mail address', { subject: ['person', 'mia@example.org'] }, 'an e-mail address'],
    ['an IP address', { refs: { from: ['10.0.0.1'] } }, 'an IP address'],
    ['an IPv6 address', { refs: { from: '2001:db8::1' } }, 'an IP address'],
    ['an address as a name', { refs: { '0x70997970c51812dc3a010c7d01b50e0d17dc79c8': 1 } }, 'a wallet address'],
    ['text that is not ASCII', { refs: { title: 'Größe' } }, 'not ASCII'],
    ['long text', { refs: { title: 'x'.repeat(161) } }, 'longer than 160'],
    ['a fraction', { refs: { share: 0.5 } }, 'integers only'],
    [
      'a header that is too long',
      { refs: Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`k${String(i)}`, 'x'.repeat(150)])) },
      'at most 4096',
    ],
    [
      'a section twice',
      {
        sections: [
          { section: 'a', data: 1 },
          { section: 'a', data: 2 },
        ],
      },
      'named twice',
    ],
    ['a section with a fraction', { sections: [{ section: 'a', data: { x: 1.5 } }] }, 'section a'],
    ['a chain actor without a fact', { actor: { chain: 1 } }, 'go together'],
    ['a type that is not listed', { type: 'project.eaten' as never }, 'not in the list'],
    ['an unnamed system', { actor: { system: 'Two Words' } }, 'system actor'],
  ])('refuses %s and writes nothing', async (_, change, why) => {
    const before = await count('audit_event');
    const append = log.audit.append(log.database.dataSource.manager, projectEvent('alpha', 1, change));
    await expect(append).rejects.toThrow(AuditEventRefused);
    await expect(append).rejects.toThrow(why);
    expect(await count('audit_event')).toBe(before);
  });

  test('many transactions of one new person at a time agree on one pseudonym and one key', async () => {
    await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        log.database.uow.transaction((tx) =>
          log.audit.append(
            tx,
            projectEvent('busy', n, {
              actor: { person: 'person-3' },
              sections: [{ section: 'a', about: 'person:person-3', data: n }],
            }),
          ),
        ),
      ),
    );
    const query = async (sql: string): Promise<unknown[]> => rowsOf(await log.database.dataSource.query(sql));
    expect(await query(`SELECT DISTINCT actor FROM audit_event WHERE project_id = 'busy'`)).toHaveLength(1);
    expect(await query(`SELECT 1 FROM audit_keys.audit_dek WHERE subject_ref = 'person:person-3'`)).toHaveLength(1);
  });
});

describe('what was written stays', () => {
  test.each([
    `UPDATE audit_event SET type = 'x'`,
    `DELETE FROM audit_event`,
    `TRUNCATE audit_event CASCADE`,
    `UPDATE audit_payload SET subject_ref = 'x'`,
    `UPDATE audit_payload SET salt = NULL`,
    `DELETE FROM audit_payload`,
    `TRUNCATE audit_pending`,
  ])('%s is refused', async (sql) => {
    await expect(log.database.dataSource.query(sql)).rejects.toThrow(/append-only|only change is erasure/);
  });

  test('columns come from the header, whatever the writer says; a header that is no entry is refused', async () => {
    const { eventId } = await log.audit.append(log.database.dataSource.manager, projectEvent('alpha', 7));
    const [row] = await log.database.dataSource.query<{ header: Buffer }[]>(
      'SELECT header FROM audit_event WHERE id = $1',
      [eventId],
    );
    const other = Buffer.from(
      String(row?.header).replace(/"id":"[^"]*"/, '"id":"0190a0b0-1111-7222-8333-444455556666"'),
    );
    await log.database.dataSource.query(
      `INSERT INTO audit_event (id, header, leaf_hash, type, at, actor, subject_type, subject_id, xid)
       VALUES ($1, $2, '\\x00', 'forged', 1, 'x', 'x', 'x', '1')`,
      [eventId, other],
    );
    const [written] = await log.database.dataSource.query<{ type: string }[]>(
      'SELECT type FROM audit_event WHERE header = $1',
      [other],
    );
    expect(written?.type).toBe('project.edited');
    await expect(
      log.database.dataSource.query('INSERT INTO audit_event (header) VALUES ($1)', [Buffer.from('{}')]),
    ).rejects.toThrow('null value');
  });

  test('erasure empties salt and text together, and nothing else', async () => {
    const { eventId } = await log.audit.append(
      log.database.dataSource.manager,
      projectEvent('alpha', 8, { sections: [{ section: 'a', data: 1 }] }),
    );
    const where = `WHERE event_id = '${eventId}'`;
    await expect(
      log.database.dataSource.query(`UPDATE audit_payload SET salt = NULL, erased_at = now() ${where}`),
    ).rejects.toThrow('audit_payload_erased');
    await log.database.dataSource.query(
      `UPDATE audit_payload SET salt = NULL, ciphertext = NULL, erased_at = now() ${where}`,
    );
    await expect(log.database.dataSource.query(`UPDATE audit_payload SET erased_at = now() ${where}`)).rejects.toThrow(
      'only change is erasure',
    );
  });
});

describe('key ring', () => {
  test('opens what it sealed, under its own key, for its own place only', async () => {
    const em = log.database.dataSource.manager;
    const keys = await log.keyRing.keysOf(em, ['person:x']);
    const key = keys.get('person:x');
    if (key === undefined) throw new Error('no key');
    const sealed = log.keyRing.seal(key, 'event\nsection', 'text');
    expect(log.keyRing.open(key.key, 'event\nsection', sealed)).toBe('text');
    expect(() => log.keyRing.open(key.key, 'other\nsection', sealed)).toThrow(SealBroken);
    await expect(new KeyRing(Buffer.alloc(32, 1)).dataKeys(em, [key.id])).rejects.toThrow('another key-encryption key');
  });
});
