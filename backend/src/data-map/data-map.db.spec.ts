import { readFileSync } from 'node:fs';
import { createTestDatabase, type TestDatabase } from '../platform/database/testing.js';
import { abis } from './abis.js';
import { chainFields } from './chain.js';
import { renderDataMap } from './render.js';
import { columnsOf, files, tables } from './tables.js';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
}, 60_000);
afterAll(() => db?.close());

/** Columns that are stored but not on the map, and the other way round. */
async function differences(): Promise<{ unclassified: string[]; gone: string[] }> {
  const rows = await db.dataSource.query<{ name: string }[]>(
    `SELECT c.table_schema || '.' || c.table_name || '.' || c.column_name AS name
       FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
      WHERE t.table_type = 'BASE TABLE' AND c.table_schema NOT IN ('pg_catalog', 'information_schema')`,
  );
  const stored = rows.map(({ name }) => name);
  const mapped = tables.flatMap((entry) => columnsOf(entry).map(({ column }) => `${entry.table}.${column}`));
  expect(mapped.filter((name, i) => mapped.indexOf(name) !== i)).toEqual([]);
  return {
    unclassified: stored.filter((name) => !mapped.includes(name)).sort(),
    gone: mapped.filter((name) => !stored.includes(name)).sort(),
  };
}

describe('the data map', () => {
  it('classifies every column that is stored, and no other (else: backend/src/data-map/tables.ts)', async () => {
    expect(await differences()).toEqual({ unclassified: [], gone: [] });
    await db.dataSource.query(
      'CREATE TABLE control (id int PRIMARY KEY, mail text); ALTER TABLE person ADD birthday date',
    );
    expect((await differences()).unclassified).toEqual([
      'public.control.id',
      'public.control.mail',
      'public.person.birthday',
    ]);
    await db.dataSource.query('DROP TABLE control; ALTER TABLE person DROP birthday');
  });

  it('says for each personal field how long it stays and how it is erased', () => {
    for (const entry of tables.filter(({ personal }) => personal !== undefined)) {
      expect([entry.table, entry.retention.length > 5, entry.erasure.length > 10]).toEqual([entry.table, true, true]);
      expect(entry.erasure).not.toBe('nothing about a person');
    }
    expect(files.every(({ place, pattern }) => pattern.test(place))).toBe(true);
  });

  it('has nothing personal on the chain: no text, and no bytes that nobody looked at', () => {
    const fields = Object.entries(abis).flatMap(([contract, abi]) => chainFields(contract, abi));
    expect(Object.keys(abis)).toEqual(expect.arrayContaining(['MilestoneEscrow', 'MilestoneGate', 'AuditAnchor']));
    expect(fields.length).toBeGreaterThan(200);
    expect(fields.filter(({ sort }) => sort === 'personal')).toEqual([]);
    // The walk finds what must not be there, also deep inside and in lists.
    const bad = chainFields('Control', [
      { type: 'event', name: 'Hired', inputs: [{ name: 'name', type: 'string' }] },
      {
        type: 'function',
        name: 'pay',
        stateMutability: 'nonpayable',
        inputs: [
          {
            name: 'order',
            type: 'tuple[]',
            components: [
              { name: 'memos', type: 'bytes[]' },
              { name: 'to', type: 'address' },
            ],
          },
        ],
      },
      { type: 'function', name: 'greeting', stateMutability: 'view', inputs: [{ name: 'who', type: 'string' }] },
    ]);
    expect(bad.map(({ field, sort }) => [field, sort])).toEqual([
      ['Control.Hired(name)', 'personal'],
      ['Control.pay(order.memos)', 'personal'],
      ['Control.pay(order.to)', 'pseudonym'],
    ]);
  });

  it('is the page in docs (else: node backend/dist/cli/data-map.js)', () => {
    expect(readFileSync(new URL('../../../docs/data-map.md', import.meta.url), 'utf8')).toBe(renderDataMap());
  });
});
