import 'reflect-metadata';
import { join } from 'node:path';
import { type INestApplicationContext, Logger } from '@nestjs/common';
import { AppModule } from './app.module.js';
import { grants } from './migrations/grants.js';
import { migrations } from './migrations/index.js';
import { ConfigError, loadConfig, type Config } from './platform/config/index.js';
import { PostgresError, startPostgres, type RunningPostgres } from './platform/database/embedded-postgres.js';
import { createDataSource, loginUrls, migrate, pendingMigrations } from './platform/database/index.js';
import { createApp } from './platform/http/index.js';

/** Starts the role named by the environment. Role `all` without DATABASE_URL brings its own database. */
async function main(): Promise<void> {
  let config = loadConfig(process.env);
  if (config.databaseUrl !== undefined) {
    await requireSchema(config.databaseUrl);
    await run(config);
    return;
  }
  const server = await startPostgres(join(config.dataDir, 'pg'), { say: (line) => process.stderr.write(`${line}\n`) });
  try {
    const urls = loginUrls(server.url);
    await migrate(server.url, migrations, { urls, grants });
    config = { ...config, databaseUrl: urls.app, sequencerDatabaseUrl: urls.sequencer };
    await run(config, server);
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function run(config: Config, server?: RunningPostgres): Promise<void> {
  const app = await createApp(AppModule.register(config), config);
  stopOnSignal(app, server);
  await app.listen(config.port, config.host);
  new Logger('Main').log(`role ${config.role} listens on ${await app.getUrl()}`);
}

/** A release never works on a schema it does not know. */
async function requireSchema(url: NonNullable<Config['databaseUrl']>): Promise<void> {
  const dataSource = createDataSource(url, { poolSize: 1 });
  await dataSource.initialize();
  const pending = await pendingMigrations(dataSource, migrations).finally(() => dataSource.destroy());
  if (pending.length > 0) {
    throw new ConfigError(
      `Migrations are pending: ${pending.join(', ')}. Nothing was started. Run the migrate command first.`,
    );
  }
}

/** Ends in order: the application first (workers, requests, pool), then the database it stood on. */
function stopOnSignal(app: INestApplicationContext, server: RunningPostgres | undefined): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    app
      .close()
      .catch((error: unknown) => process.stderr.write(`The application did not stop cleanly: ${String(error)}\n`))
      .then(() => server?.stop())
      .then(
        () => process.exit(0),
        () => process.exit(1),
      );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

main().catch((error: unknown) => {
  const known = error instanceof ConfigError || error instanceof PostgresError;
  process.stderr.write(`${known ? error.message : String((error as Error).stack ?? error)}\n`);
  process.exit(1);
});
