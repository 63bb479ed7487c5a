import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { AppModule } from '../app.module.js';
import { loadConfig } from '../platform/config/index.js';
import { createApp, describeApi } from '../platform/http/index.js';

/** `openapi`: writes backend/openapi.json. Needs neither database nor chain. */
async function main(): Promise<void> {
  const config = loadConfig({ LOG_LEVEL: 'error' });
  const app = await createApp(AppModule.register(config), config);
  const file = fileURLToPath(new URL('../../openapi.json', import.meta.url));
  writeFileSync(file, `${JSON.stringify(describeApi(app), null, 2)}\n`);
  process.stdout.write(`${file}\n`);
}

main()
  .then(() => process.exit(0))
  .catch((error: unknown) => {
    process.stderr.write(`${String((error as Error).stack ?? error)}\n`);
    process.exit(1);
  });
