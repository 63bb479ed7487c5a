import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { AppModule } from '../app.module.js';
import { CHAIN_RUNTIME, type ChainRuntime } from '../platform/chain/index.js';
import { loadConfig } from '../platform/config/index.js';
import { createApp } from '../platform/http/index.js';

/**
 * `rebuild [--swap]`: replays the stored logs of the chain into fresh copies of all projections and compares. Exit code 0:
 * equal; 1: they differ (with `--swap` the replayed rows are in place now); 2: it could not be done.
 */
async function main(): Promise<number> {
  const { values } = parseArgs({ options: { swap: { type: 'boolean', default: false } } });
  const config = loadConfig({ ...process.env, ROLE: 'api', LOG_LEVEL: 'error' });
  const app = await createApp(AppModule.register(config), config);
  await app.init();
  try {
    const runtime = app.get<ChainRuntime | null>(CHAIN_RUNTIME);
    if (runtime === null) throw new Error('There is no deployment record, so there is nothing to rebuild.');
    const report = await runtime.rebuild(values.swap);
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    return report.equal ? 0 : 1;
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
