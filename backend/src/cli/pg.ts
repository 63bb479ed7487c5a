import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PostgresError, startPostgres } from '../platform/database/embedded-postgres.js';

/**
 * `pg --dir DIR [--port N]`: runs an embedded Postgres with its data in DIR until SIGTERM or SIGINT. Prints the
 * connection string as the only line on stdout; remarks go to stderr.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { dir: { type: 'string' }, port: { type: 'string' } } });
  const dir = values.dir ?? join(process.env['MILEPOST_DATA'] ?? '.milepost', 'pg');
  const server = await startPostgres(dir, {
    ...(values.port === undefined ? {} : { port: Number(values.port) }),
    say: (line) => process.stderr.write(`${line}\n`),
  });
  process.stdout.write(`${server.url}\n`);
  const alive = setInterval(() => undefined, 60_000);
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    void server.stop().then(() => clearInterval(alive));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof PostgresError ? error.message : String((error as Error).stack ?? error)}\n`);
  process.exit(1);
});
