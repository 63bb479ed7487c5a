import { chmodSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type RunningPostgres, startPostgres } from './embedded-postgres.js';

const isRoot = process.getuid?.() === 0;
let folder: string;
const running: RunningPostgres[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'milepost-pg-spec-'));
  chmodSync(folder, 0o755);
});

afterEach(async () => {
  for (const server of running.splice(0)) {
    await server.stop();
    rmSync(server.dataDir, { recursive: true, force: true });
  }
  rmSync(folder, { recursive: true, force: true });
});

async function start(dir: string, say?: (line: string) => void): Promise<RunningPostgres> {
  const server = await startPostgres(dir, { throwaway: true, ...(say === undefined ? {} : { say }) });
  running.push(server);
  return server;
}

async function ask<T>(url: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows as T[];
  } finally {
    await client.end();
  }
}

describe('embedded Postgres', () => {
  it('runs for its owner, who is no superuser, on loopback only', async () => {
    const server = await start(join(folder, 'pg'));
    const [row] = await ask<Record<string, unknown>>(
      server.url,
      `SELECT current_user AS name, rolsuper AS super, current_setting('listen_addresses') AS listens,
              current_setting('server_encoding') AS encoding FROM pg_roles WHERE rolname = current_user`,
    );
    expect(row).toEqual({ name: 'milepost', super: false, listens: '127.0.0.1', encoding: 'UTF8' });
    expect(statSync(join(server.dataDir, 'secrets.json')).mode & 0o777).toBe(0o600);
    const wrong = new URL(server.url);
    wrong.password = 'guess';
    await expect(ask(wrong.href, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
  }, 60_000);

  it('keeps data and port over a restart', async () => {
    const first = await start(join(folder, 'pg'));
    await ask(first.url, 'CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)');
    await first.stop();
    const second = await start(join(folder, 'pg'));
    expect(second).toMatchObject({ url: first.url, reused: false });
    expect(await ask(second.url, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
  }, 60_000);

  it('takes over a server that a killed process left', async () => {
    const first = await start(join(folder, 'pg'));
    const second = await start(join(folder, 'pg'));
    expect(second).toMatchObject({ url: first.url, pid: first.pid, reused: true });
    await second.stop();
    expect(() => process.kill(first.pid, 0)).toThrow(/ESRCH/);
  }, 60_000);

  it('starts anew after a first start that broke off, and beside one that holds its port', async () => {
    const first = await start(join(folder, 'one'));
    const port = Number(new URL(first.url).port);
    const second = await startPostgres(join(folder, 'two'), { throwaway: true, port });
    running.push(second);
    expect(new URL(second.url).port).not.toBe(String(port));
    await second.stop();
    rmSync(join(second.dataDir, 'data', 'PG_VERSION'));
    const again = await start(join(folder, 'two'));
    expect(existsSync(join(again.dataDir, 'data', 'PG_VERSION'))).toBe(true);
  }, 60_000);

  it('works in a folder that only its owner may enter: as root by moving out of it and saying so', async () => {
    chmodSync(folder, 0o700);
    const said: string[] = [];
    const server = await start(join(folder, 'pg'), (line) => said.push(line));
    // Only root's server runs under another account, which the folder keeps out.
    expect(server.dataDir.startsWith(folder)).toBe(!isRoot);
    expect(said.length).toBe(isRoot ? 1 : 0);
    for (const line of said) expect(line).toMatch(/cannot reach .* lives in/);
    expect(await ask(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await server.stop();
    const again = await start(join(folder, 'pg'));
    expect(again.dataDir).toBe(server.dataDir);
  }, 60_000);
});
