import { loadConfig } from '../platform/config/config.js';
import { loginUrls } from '../platform/database/login-urls.js';
import { migrate } from '../platform/database/migrate.js';
import { grants } from '../migrations/grants.js';
import { migrations } from '../migrations/index.js';

/**
 * `migrate`: brings DATABASE_URL, the owner's, to the newest schema and gives the roles of APP_DATABASE_URL and
 * SEQUENCER_DATABASE_URL their rights; without these, roles derived from the owner. Any number may run at once.
 */
async function main(): Promise<void> {
  const { databaseUrl, appDatabaseUrl, sequencerDatabaseUrl } = loadConfig(process.env);
  if (databaseUrl === undefined)
    throw new Error('DATABASE_URL is not set; nothing was migrated. Set it to the owner of the database.');
  const urls =
    appDatabaseUrl !== undefined && sequencerDatabaseUrl !== undefined
      ? { app: appDatabaseUrl, sequencer: sequencerDatabaseUrl }
      : loginUrls(databaseUrl);
  const done = await migrate(databaseUrl, migrations, { urls, grants });
  process.stdout.write(done.length === 0 ? 'schema is up to date\n' : `migrated: ${done.join(', ')}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${(error as Error).message ?? String(error)}\n`);
  process.exit(1);
});
