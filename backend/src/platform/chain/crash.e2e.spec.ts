import { jest } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { milestoneEscrowAbi } from '@milepost/protocol/generated/abi';
import { Contract, JsonRpcProvider } from 'ethers';
import { ProjectLife } from '../../testing/life.js';
import { clientOf, type Installation, prepareInstallation, type TestApp } from '../../testing/test-app.js';
import { rowsOf } from '../outbox/index.js';

// Starting a process again and again takes its time on a busy machine.
jest.setTimeout(240_000);

/** The built program: a kill must hit a process of its own. */
const MAIN = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));
const REBUILD = fileURLToPath(new URL('../../../dist/cli/rebuild.js', import.meta.url));

let home: Installation;
let environment: Record<string, string>;
let client: ReturnType<typeof clientOf>;
let server: ChildProcess | null = null;
let life: ProjectLife;
let provider: JsonRpcProvider;
let escrow: Contract;

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });

const ended = (child: ChildProcess): Promise<number | null> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(child.exitCode)
    : new Promise((resolve) => child.once('exit', resolve));

const start = async (): Promise<void> => {
  const child = spawn(process.execPath, [MAIN], {
    env: { ...process.env, NODE_OPTIONS: '', ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  server = child;
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => (output = `${output}${chunk.toString()}`.slice(-4_000)));
  for (let i = 0; i < 1_200; i++) {
    if (child.exitCode !== null) throw new Error(`the service ended: ${output}`);
    const up = await fetch(`http://127.0.0.1:${environment['PORT'] ?? ''}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (up) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`the service does not come up: ${output}`);
};

const kill = async (): Promise<void> => {
  const child = server;
  server = null;
  if (!child) return;
  child.kill('SIGKILL');
  await ended(child);
};

beforeAll(async () => {
  if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: build the backend first (npm run build)`);
  home = await prepareInstallation({ withContracts: true });
  environment = { ...home.environment, PORT: String(await freePort()), CHAIN_FINALITY_DEPTH: '8', LOG_LEVEL: 'error' };
  provider = new JsonRpcProvider(home.chain.url, undefined, { cacheTimeout: -1, staticNetwork: true });
  client = clientOf(`http://127.0.0.1:${environment['PORT'] ?? ''}`, home.deployment);
  await start();
  const cookies: Record<number, string> = {};
  for (const index of [1, 2, 4]) cookies[index] = await client.signIn(client.wallet(index));
  const app: Pick<TestApp, 'wallet' | 'deployment' | 'call'> = { ...client, deployment: home.deployment };
  life = await ProjectLife.open(app, cookies);
  escrow = new Contract(life.escrow, milestoneEscrowAbi, provider);
}, 120_000);

afterAll(async () => {
  await kill();
  provider?.destroy();
  await home?.close();
});

const sql = async <T>(text: string): Promise<T[]> => rowsOf<T>(await home.database.dataSource.query(text));
const openIntents = async (): Promise<number> =>
  (
    await sql<{ n: number }>(`select count(*)::int as n from relay_intent where state in ('queued', 'signed', 'sent')`)
  )[0]?.n ?? -1;
const settle = async (): Promise<void> => {
  await life.until('all intents in a block, all blocks read', async () => {
    const head = (await provider.getBlock('latest'))?.hash;
    const [cursor] = await sql<{ hash: string }>(`select '0x' || encode(hash, 'hex') as hash from chain_cursor`);
    return (await openIntents()) === 0 && cursor?.hash === head ? true : null;
  });
};

/** The nonce lane: every nonce used once, none left out. */
const expectLane = async (): Promise<void> => {
  const [lane] = await sql<{ sender: string; used: number; lowest: number; highest: number; next: number }>(`
    select '0x' || encode(l.sender, 'hex') as sender, l.next_nonce::int as next, count(i.nonce)::int as used,
           min(i.nonce)::int as lowest, max(i.nonce)::int as highest
      from relay_lane l join relay_intent i on i.sender = l.sender group by l.sender, l.next_nonce`);
  expect(lane).toMatchObject({ lowest: 0, used: lane?.next, highest: (lane?.next ?? 0) - 1 });
  expect(await provider.getTransactionCount(lane?.sender ?? '')).toBe(lane?.next);
};

/** Exit code of the rebuild command: 0 when the projections equal a replay of the raw logs. */
const rebuild = async (): Promise<number | null> =>
  ended(
    spawn(process.execPath, [REBUILD], { env: { ...process.env, NODE_OPTIONS: '', ...environment }, stdio: 'ignore' }),
  );

const expectLedger = async (funded: bigint): Promise<void> => {
  const { ledger } = (await life.get(1, `/projects/${life.project}`)).body;
  expect(ledger.funded).toBe(funded.toString());
  expect(ledger.booked).toBe(String((await escrow.getFunction('ledger')()).booked));
};

describe('a service that is killed', () => {
  let funded = 0n;

  it('has each accepted call take effect once, and loses no event', async () => {
    for (let kills = 0; kills < 4; kills++) {
      // Amounts are powers of two, so that a lost or doubled payment shows in the sum.
      const amounts = [0, 1, 2].map((i) => 1n << BigInt(kills * 3 + i));
      const answers = await Promise.all(amounts.map((amount) => life.fund(amount)));
      expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
      funded += amounts.reduce((sum, amount) => sum + amount, 0n);
      await new Promise((done) => setTimeout(done, kills * 15));
      await kill();
      await start();
    }
    await settle();
    await expectLedger(funded);
    await expectLane();
    expect(await rebuild()).toBe(0);
  });

  it('brings back what a reorganisation took, also while it was down', async () => {
    let bit = 15n;
    for (const depth of [1, 3, 5]) {
      const snapshot = await home.chain.rpc.call('evm_snapshot');
      for (let i = 0; i < depth; i++) {
        const amount = 1n << bit++;
        await life.included(await life.fund(amount));
        funded += amount;
      }
      await expectLedger(funded);
      if (depth === 3) await kill();
      await home.chain.rpc.call('evm_revert', [snapshot]);
      await home.chain.mine(depth + 1, 11);
      if (depth === 3) await start();
      await settle();
      await expectLedger(funded);
      await expectLane();
    }
    expect(await rebuild()).toBe(0);
    expect(await sql(`select reason from chain_gap`)).toEqual([]);
  });

  it('has written each final fact to the audit trail once', async () => {
    await home.chain.mine(10, 1);
    await settle();
    const funds = await life.until('all deposits final', async () => {
      const rows = await sql<{ n: number }>(
        `select count(*)::int as n from audit_event where type = 'deposit.received'`,
      );
      return (rows[0]?.n ?? 0) >= 12 + 9 ? rows[0]?.n : null;
    });
    expect(funds).toBe(12 + 9);
    expect(await sql(`select 1 from chain_undo`)).toEqual([]);
  });
});
