import { loadConfig } from '../platform/config/config.js';
import { migrate } from '../platform/database/migrate.js';
import { migrations } from '../migrations/index.js';

/** `migrate`: brings DATABASE_URL to the newest schema; any number may run at once. */
async function main(): Promise<void> {
  const { databaseUrl } = loadConfig(process.env);
  if (databaseUrl === undefined)
    throw new Error('DATABASE_URL is not set; nothing was migrated. Set it to the owner of the database.');
  const done = await migrate(databaseUrl, migrations);
  process.stdout.write(done.length === 0 ? 'schema is up to date\n' : `migrated: ${done.join(', ')}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${(error as Error).message ?? String(error)}\n`);
  process.exit(1);
});
