import pg from 'pg';
import { DataSource, type MigrationInterface } from 'typeorm';
import { createDataSource } from './data-source.js';
import type { LoginUrls } from './login-urls.js';
import { applyGrants, type Grants } from './logins.js';

type Migrations = readonly (new () => MigrationInterface)[];

/** Any constant: all processes that migrate take the same advisory lock ("MILE"). */
const MIGRATION_LOCK = 0x4d494c45;

/**
 * Brings the database to the newest schema. Safe to call from many processes at once: one migrates, the rest wait and
 * find nothing to do.
 * @param url of the owner
 * @param access the other roles, which get their rights after the migrations
 * @returns names of the migrations that ran
 * @throws RoleError if the owner may not make the roles
 */
export async function migrate(
  url: string,
  migrations: Migrations,
  access?: { readonly urls: LoginUrls; readonly grants: Grants },
): Promise<string[]> {
  const guard = new pg.Client({ connectionString: url, application_name: 'milepost-migrate' });
  await guard.connect();
  try {
    await guard.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const dataSource = createDataSource(url, {
      migrations,
      poolSize: 2,
      statementTimeout: 0,
      applicationName: 'milepost-migrate',
    });
    await dataSource.initialize();
    try {
      const done = await dataSource.runMigrations();
      if (access !== undefined) await applyGrants(guard, access.urls, access.grants);
      return done.map((migration) => migration.name);
    } finally {
      await dataSource.destroy();
    }
  } finally {
    await guard.end();
  }
}

/** Undoes the newest migration; for development and the up/down test. */
export async function revertLast(url: string, migrations: Migrations): Promise<void> {
  const dataSource = createDataSource(url, { migrations, poolSize: 2, statementTimeout: 0 });
  await dataSource.initialize();
  try {
    await dataSource.undoLastMigration();
  } finally {
    await dataSource.destroy();
  }
}

/** Names of migrations that the database lacks. */
export async function pendingMigrations(dataSource: DataSource, migrations: Migrations): Promise<string[]> {
  const [table] = await dataSource.query<{ name: string | null }[]>(
    "SELECT to_regclass('schema_migration')::text AS name",
  );
  const known = migrations.map((migration) => migration.name);
  if (table?.name == null) return known;
  const rows = await dataSource.query<{ name: string }[]>('SELECT name FROM schema_migration');
  const done = new Set(rows.map((row) => row.name));
  return known.filter((name) => !done.has(name));
}
