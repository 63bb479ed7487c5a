import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { grants } from '../../migrations/grants.js';
import { migrations } from '../../migrations/index.js';
import { createDataSource } from './data-source.js';
import { loginUrls, type LoginUrls } from './login-urls.js';
import { migrate } from './migrate.js';
import { UnitOfWork } from './unit-of-work.js';

/** A migrated database of its own, for one test file. */
export interface TestDatabase {
  /** The owner's, as that of {@link dataSource} and {@link uow}. */
  readonly url: string;
  /** Those of the roles that the service works as. */
  readonly logins: LoginUrls;
  readonly dataSource: DataSource;
  readonly uow: UnitOfWork;
  /** Disconnects and drops the database. */
  close(): Promise<void>;
}

const TEMPLATE = 'milepost_template';
const TEMPLATE_LOCK = 0x54455354;

/**
 * Creates a database from the migrated template of the test cluster; the first caller migrates the template. The
 * cluster is named by MILEPOST_TEST_PG (Jest's global setup sets it): the owner's connection string.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = process.env['MILEPOST_TEST_PG'];
  if (server === undefined)
    throw new Error('MILEPOST_TEST_PG is not set. Run the backend specs by Jest, whose global setup starts a cluster.');
  const name = `test_${randomBytes(8).toString('hex')}`;
  const admin = new pg.Client({ connectionString: server });
  await admin.connect();
  try {
    await admin.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    const found = await admin.query('SELECT datistemplate FROM pg_database WHERE datname = $1', [TEMPLATE]);
    if (found.rows[0]?.datistemplate !== true) {
      await admin.query(`DROP DATABASE IF EXISTS ${TEMPLATE}`);
      await admin.query(`CREATE DATABASE ${TEMPLATE}`);
      const template = withDatabase(server, TEMPLATE);
      await migrate(template, migrations, { urls: loginUrls(template), grants });
      // So that dropping a database may end the connections that a test left.
      for (const url of Object.values(loginUrls(template)))
        await admin.query(`GRANT ${new URL(url).username} TO CURRENT_USER`);
      await admin.query(`ALTER DATABASE ${TEMPLATE} WITH IS_TEMPLATE true`);
    }
    await admin.query('SELECT pg_advisory_unlock($1)', [TEMPLATE_LOCK]);
    await admin.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE} STRATEGY WAL_LOG`);
  } finally {
    await admin.end();
  }
  const url = withDatabase(server, name);
  const dataSource = createDataSource(url, { applicationName: 'milepost-test' });
  await dataSource.initialize();
  return {
    url,
    logins: loginUrls(url),
    dataSource,
    uow: new UnitOfWork(dataSource),
    close: async () => {
      if (dataSource.isInitialized) await dataSource.destroy();
      const client = new pg.Client({ connectionString: server });
      await client.connect();
      await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await client.end();
    },
  };
}

function withDatabase(url: string, name: string): string {
  const target = new URL(url);
  target.pathname = `/${name}`;
  return target.href;
}
