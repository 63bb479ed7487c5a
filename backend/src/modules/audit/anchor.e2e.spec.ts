import { setTimeout as delay } from 'node:timers/promises';
import { auditAnchorAbi } from '@milepost/protocol/generated/abi';
import { toHex } from '@milepost/tlog';
import { Contract, JsonRpcProvider } from 'ethers';
import { sampleDraft } from '../../testing/draft.js';
import { freshKey, startTestApp, type TestApp } from '../../testing/test-app.js';
import { ANCHOR_EVERY, Anchorer } from './log/anchorer.js';
import { LogStore } from './persistence/log-store.js';

let app: TestApp;
let provider: JsonRpcProvider;
let anchor: Contract;
let cookie: string;

beforeAll(async () => {
  app = await startTestApp({ withContracts: true });
  provider = new JsonRpcProvider(app.chain.url, undefined, { cacheTimeout: -1, staticNetwork: true });
  anchor = new Contract(app.deployment.contracts.AuditAnchor, auditAnchorAbi, provider);
  cookie = await app.signIn(app.wallet(1));
}, 120_000);
afterAll(async () => {
  provider?.destroy();
  await app?.close();
});

interface Head {
  readonly size: bigint;
  readonly root: string;
  readonly frozen: boolean;
}
const head = async (): Promise<Head> => (await anchor.getFunction('head')()) as Head;
const headAbove = async (size: bigint): Promise<Head> => {
  for (;;) {
    const found = await head();
    if (found.size > size) return found;
    await delay(100);
  }
};
const newProject = (): Promise<unknown> =>
  app.call('POST', '/projects', { cookie, json: sampleDraft(app), headers: freshKey() });
const rootOf = async (size: bigint): Promise<string> => {
  const [row] = await app.database.dataSource.query<{ root: Buffer }[]>(
    'SELECT root FROM audit_checkpoint WHERE size = $1',
    [String(size)],
  );
  return `0x${row?.root.toString('hex') ?? ''}`;
};

test('heads of the log come to the chain, each extending the last; the chain can check an entry', async () => {
  await newProject();
  const first = await headAbove(0n);
  expect(first.root).toBe(await rootOf(first.size));

  await newProject();
  await app.chain.rpc.call('evm_increaseTime', [ANCHOR_EVERY]);
  await app.chain.mine(1);
  const second = await headAbove(first.size);
  expect(second.root).toBe(await rootOf(second.size));
  expect(second.frozen).toBe(false);

  const log = app.app.get(LogStore);
  const [row] = await app.database.dataSource.query<{ leaf_hash: Buffer }[]>(
    'SELECT leaf_hash FROM audit_leaf WHERE idx = 0',
  );
  const [proof = []] = await log.inclusion([0n], second.size);
  const verify = anchor.getFunction('verifyInclusion');
  const hashes = proof.map((hash) => `0x${toHex(hash)}`);
  expect(await verify(row?.leaf_hash, 0, hashes)).toBe(true);
  expect(await verify(row?.leaf_hash, 1, hashes)).toBe(false);
  expect((await app.app.get(Anchorer).knownHead())?.size).toBe(second.size);
}, 60_000);
