// One throw-away Postgres per Jest run; the specs find it by MILEPOST_TEST_PG.
import { mkdtempSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../src/platform/database/embedded-postgres.ts';

export default async function setup() {
  if (process.env.MILEPOST_TEST_PG !== undefined) return;
  const dir = mkdtempSync(join(tmpdir(), 'milepost-test-pg-'));
  chmodSync(dir, 0o755);
  const server = await startPostgres(dir, { throwaway: true });
  process.env.MILEPOST_TEST_PG = server.url;
  globalThis.milepostTestPostgres = { server, dir };
}
