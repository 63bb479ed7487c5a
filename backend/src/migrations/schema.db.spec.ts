import { createTestDatabase, type TestDatabase } from '../platform/database/testing.js';
import { migrate, pendingMigrations, revertLast } from '../platform/database/index.js';
import { migrations } from './index.js';

let db: TestDatabase;

beforeAll(async () => {
  db = await createTestDatabase();
}, 60_000);

afterAll(async () => {
  await db?.close();
});

/** Tables, columns, indexes, constraints, triggers and functions of our schemas, as text. */
async function catalogue(): Promise<string[]> {
  const ours = `n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_%'`;
  const rows = await db.dataSource.query<{ line: string }[]>(`
    SELECT format('column %s.%s.%s %s %s %s', n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                  pg_get_expr(d.adbin, d.adrelid)) AS line
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum WHERE c.relkind IN ('r', 'p', 'v') AND ${ours}
    UNION ALL SELECT format('index %s', pg_get_indexdef(i.indexrelid)) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${ours} AND n.nspname <> 'pg_toast'
    UNION ALL SELECT format('constraint %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(x.oid)) FROM pg_constraint x
      JOIN pg_namespace n ON n.oid = x.connamespace WHERE ${ours}
    UNION ALL SELECT format('trigger %s', pg_get_triggerdef(t.oid)) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT t.tgisinternal AND ${ours}
    UNION ALL SELECT format('function %s', pg_get_functiondef(p.oid)) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE ${ours}`);
  return rows.map((row) => row.line).sort();
}

/** Foreign keys that no index serves. */
async function unindexed(): Promise<string[]> {
  const rows = await db.dataSource.query<{ missing: string }[]>(`
      SELECT format('%s (%s)', x.conrelid::regclass, x.conname) AS missing
        FROM pg_constraint x JOIN pg_namespace n ON n.oid = x.connamespace
       WHERE x.contype = 'f' AND NOT EXISTS (
         SELECT 1 FROM pg_index i
          WHERE i.indrelid = x.conrelid AND i.indpred IS NULL
            AND (i.indkey::int2[])[0:cardinality(x.conkey) - 1] @> x.conkey)
       ORDER BY 1`);
  return rows.map((row) => row.missing);
}

describe('the schema', () => {
  it('has an index for each foreign key', async () => {
    expect(await unindexed()).toEqual([]);
    await db.dataSource.query('CREATE TABLE control (id int PRIMARY KEY, person_id uuid REFERENCES person)');
    expect(await unindexed()).toEqual(['control (control_person_id_fkey)']);
    await db.dataSource.query('DROP TABLE control');
  });

  it('has a primary key on each table', async () => {
    const rows = await db.dataSource.query<{ name: string }[]>(`
      SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND NOT EXISTS (
         SELECT 1 FROM pg_constraint x WHERE x.conrelid = c.oid AND x.contype = 'p')`);
    expect(rows).toEqual([]);
  });

  it('goes down exactly and up again to the same', async () => {
    const before = await catalogue();
    expect(before.length).toBeGreaterThan(100);
    for (const _ of migrations) await revertLast(db.url, migrations);
    expect((await catalogue()).filter((line) => !line.includes('schema_migration'))).toEqual([]);
    expect(await pendingMigrations(db.dataSource, migrations)).toEqual(migrations.map((migration) => migration.name));
    await migrate(db.url, migrations);
    expect(await catalogue()).toEqual(before);
  }, 60_000);

  it('is migrated by one of many that start at once', async () => {
    for (let i = 0; i < 3; i += 1) await revertLast(db.url, migrations);
    const results = await Promise.all(Array.from({ length: 5 }, () => migrate(db.url, migrations)));
    expect(results.map((names) => names.length).sort()).toEqual([0, 0, 0, 0, 3]);
    expect(await pendingMigrations(db.dataSource, migrations)).toEqual([]);
  }, 60_000);
});
