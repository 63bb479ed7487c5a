import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../platform/database/testing.js';
import { RoleError, applyGrants, loginUrls, migrate } from '../platform/database/index.js';
import { grants } from './grants.js';
import { migrations } from './index.js';

let db: TestDatabase;
const clients: Record<'app' | 'sequencer', pg.Client> = {} as never;

beforeAll(async () => {
  db = await createTestDatabase();
  for (const role of ['app', 'sequencer'] as const) {
    clients[role] = new pg.Client({ connectionString: db.logins[role] });
    await clients[role].connect();
  }
}, 60_000);
afterAll(async () => {
  await Promise.all(Object.values(clients).map((client) => client.end()));
  await db?.close();
});

/** Runs one statement as a role, in a transaction that is taken back. */
async function attempt(role: 'app' | 'sequencer', sql: string): Promise<string> {
  const client = clients[role];
  await client.query('BEGIN');
  try {
    await client.query(sql);
    return 'done';
  } catch (error) {
    return (error as { code: string }).code;
  } finally {
    await client.query('ROLLBACK');
  }
}
const REFUSED = '42501';

describe('the application', () => {
  test.each([
    'UPDATE audit_event SET type = type',
    'DELETE FROM audit_event',
    'TRUNCATE audit_event CASCADE',
    'ALTER TABLE audit_event DISABLE TRIGGER USER',
    'DROP TRIGGER audit_event_keep ON audit_event',
    'UPDATE audit_payload SET subject_ref = subject_ref',
    'DELETE FROM audit_payload',
    'DELETE FROM audit_keys.audit_dek',
    'UPDATE audit_keys.audit_dek SET subject_ref = subject_ref',
    'DELETE FROM audit_pending',
    `INSERT INTO audit_leaf (idx, event_id, leaf_hash) VALUES (0, '0190a0b0-1111-7222-8333-444455556666', sha256('x'))`,
    'UPDATE audit_leaf SET idx = idx',
    'DELETE FROM audit_leaf',
    `INSERT INTO audit_subtree VALUES (8, 0, sha256('x'))`,
    'DELETE FROM audit_subtree',
    `INSERT INTO audit_checkpoint (size, root, epoch) VALUES (1, sha256('x'), 1)`,
    'UPDATE audit_checkpoint SET root = root',
    'DELETE FROM audit_checkpoint',
    `INSERT INTO audit_cosignature (size, key, line) VALUES (1, 'x', 'x')`,
    'DELETE FROM audit_cosignature',
    'UPDATE audit_lead SET epoch = epoch + 1, halted = NULL',
    'UPDATE ballot_received SET approve = NOT approve',
    'DELETE FROM ballot_received',
    'UPDATE oracle_report SET outcome = outcome',
    'DELETE FROM deliverable_manifest',
    'DELETE FROM project',
    'DELETE FROM relay_intent',
    'ALTER TABLE ballot_received DISABLE TRIGGER USER',
    'DROP TABLE project',
    'CREATE TABLE public.mine (id int)',
    'CREATE SCHEMA mine',
    'CREATE OR REPLACE FUNCTION audit_insert_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$',
    'UPDATE schema_migration SET name = name',
    `SET session_replication_role = 'replica'`,
    `ALTER ROLE CURRENT_USER SUPERUSER`,
    'CREATE ROLE another LOGIN',
  ])('may not %s', async (sql) => {
    expect(await attempt('app', sql)).toBe(REFUSED);
  });

  test.each([
    'SELECT * FROM audit_leaf',
    'UPDATE audit_payload SET salt = NULL, ciphertext = NULL, erased_at = now()',
    'UPDATE audit_keys.audit_dek SET wrapped_dek = NULL, shredded_at = now()',
    'DELETE FROM actor_alias',
    'UPDATE ballot_received SET intent = NULL',
    'DELETE FROM outbox',
    'SELECT * FROM audit_lead',
  ])('may %s', async (sql) => {
    expect(await attempt('app', sql)).toBe('done');
  });
});

describe('the sequencer', () => {
  const writable = new Set(
    Object.entries(grants).flatMap(([table, { sequencer }]) =>
      sequencer !== undefined && sequencer !== 'SELECT' ? [table] : [],
    ),
  );

  test.each(Object.keys(grants).filter((table) => !writable.has(table)))('may not write %s', async (table) => {
    expect(await attempt('sequencer', `DELETE FROM ${table}`)).toBe(REFUSED);
    expect(await attempt('sequencer', `INSERT INTO ${table} DEFAULT VALUES`)).toBe(REFUSED);
    const [column] = await db.dataSource.query<{ name: string }[]>(
      'SELECT quote_ident(attname) AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 LIMIT 1',
      [table],
    );
    expect(await attempt('sequencer', `UPDATE ${table} SET ${column?.name ?? ''} = DEFAULT`)).toBe(REFUSED);
  });

  test.each([
    'UPDATE audit_event SET type = type',
    'DELETE FROM audit_event',
    'DELETE FROM audit_leaf',
    'UPDATE audit_leaf SET idx = idx',
    'UPDATE audit_subtree SET hash = hash',
    'DELETE FROM audit_subtree',
    'UPDATE audit_checkpoint SET root = root',
    'DELETE FROM audit_checkpoint',
    'DELETE FROM audit_cosignature',
    'UPDATE audit_payload SET salt = NULL, ciphertext = NULL, erased_at = now()',
    'UPDATE audit_pending SET event_id = event_id',
    'DELETE FROM audit_lead',
    'SELECT * FROM person',
    'SELECT * FROM actor_alias',
    'SELECT * FROM ballot_received',
    'TRUNCATE audit_pending',
    'ALTER TABLE audit_leaf DISABLE TRIGGER USER',
  ])('may not %s', async (sql) => {
    expect(await attempt('sequencer', sql)).toBe(REFUSED);
  });

  test.each([
    'UPDATE audit_lead SET epoch = epoch + 1',
    'DELETE FROM audit_pending',
    'SELECT * FROM audit_event',
    `INSERT INTO audit_checkpoint (size, root, epoch) VALUES (1, sha256('x'), 1)`,
  ])('may %s', async (sql) => {
    expect(await attempt('sequencer', sql)).toBe('done');
  });
});

describe('the roles', () => {
  test('none of them, the owner included, is a superuser', async () => {
    const names = [db.url, ...Object.values(db.logins)].map((url) => new URL(url).username);
    const rows = await db.dataSource.query<{ rolname: string; rolsuper: boolean }[]>(
      'SELECT rolname, rolsuper FROM pg_roles WHERE rolname = ANY($1) ORDER BY rolname',
      [names],
    );
    expect(rows.map((row) => row.rolsuper)).toEqual([false, false, false]);
  });

  test('every table has its line, and every line its table', async () => {
    const rows = await db.dataSource.query<{ name: string }[]>(`
      SELECT CASE n.nspname WHEN 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END AS name
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_%' ORDER BY 1`);
    expect(rows.map((row) => row.name)).toEqual(Object.keys(grants).sort());
  });

  test('a right that somebody added by hand is gone after the next migration', async () => {
    const app = new URL(db.logins.app).username;
    await db.dataSource.query(`GRANT DELETE ON audit_leaf TO "${app}"`);
    expect(await attempt('app', 'DELETE FROM audit_leaf')).toBe('done');
    await migrate(db.url, migrations, { urls: db.logins, grants });
    expect(await attempt('app', 'DELETE FROM audit_leaf')).toBe(REFUSED);
    expect(await attempt('app', 'SELECT 1 FROM audit_leaf')).toBe('done');
  });

  test('an owner that may not make roles is told what to do', async () => {
    const url = new URL(db.logins.app);
    const urls = { app: url.href.replace(url.username, 'nobody_app'), sequencer: db.logins.sequencer };
    const client = clients.app;
    await expect(applyGrants(client, urls, grants)).rejects.toThrow(RoleError);
  });

  test('their passwords come from the owner and do not lead back to it', () => {
    const urls = loginUrls('postgres://milepost:s%40cret@db:5432/milepost?sslmode=require');
    expect(urls.app).toMatch(/^postgres:\/\/milepost_app:[0-9a-f]{64}@db:5432\/milepost\?sslmode=require$/);
    expect(urls.sequencer).toMatch(/^postgres:\/\/milepost_sequencer:[0-9a-f]{64}@/);
    expect(new URL(urls.app).password).not.toBe(new URL(urls.sequencer).password);
    expect(() => loginUrls('postgres://milepost@db/milepost')).toThrow('no password');
  });
});
