import 'reflect-metadata';
import { AppModule } from '../app.module.js';
import { ConfigError, loadConfig } from '../platform/config/index.js';
import { createApp } from '../platform/http/index.js';
import { auditCommand } from './audit-commands.js';

/** `audit`: erasures and legal holds by the operator, for when nobody is signed in. See {@link auditCommand}. */
async function main(): Promise<number> {
  const config = loadConfig({ ...process.env, ROLE: 'api', LOG_LEVEL: 'error' });
  if (config.databaseUrl === undefined) throw new ConfigError('DATABASE_URL is missing.');
  const app = await createApp(AppModule.register(config), config);
  await app.init();
  try {
    return await auditCommand(app, process.argv.slice(2), (line) => process.stdout.write(`${line}\n`));
  } finally {
    await app.close();
  }
}

main()
  .then((code) => process.exit(code))
  .catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(2);
  });
