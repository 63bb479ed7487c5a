import { setTimeout as delay } from 'node:timers/promises';
import { auditAnchorAbi } from '@milepost/protocol/generated/abi';
import { MemorySource, proveConsistency, toHex, treeRoot, verifyConsistency, type Hash } from '@milepost/tlog';
import { Contract, JsonRpcProvider } from 'ethers';
import fc from 'fast-check';
import { sampleDraft } from '../../testing/draft.js';
import { freshKey, startTestApp, type TestApp } from '../../testing/test-app.js';
import { ANCHOR_EVERY, Anchorer } from './log/anchorer.js';
import { hasher } from './log/log-source.js';
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

/** Gas that each anchoring transaction used. */
const gasOfAnchors = async (): Promise<number[]> => {
  const logs = await anchor.queryFilter('Anchored');
  const receipts = await Promise.all(logs.map((log) => log.getTransactionReceipt()));
  return receipts.map((receipt) => Number(receipt.gasUsed));
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
  const [firstGas = Infinity, nextGas = Infinity] = await gasOfAnchors();
  expect(firstGas).toBeLessThanOrEqual(85_000);
  expect(nextGas).toBeLessThanOrEqual(75_000);
  expect((await app.app.get(Anchorer).knownHead())?.size).toBe(second.size);
}, 60_000);

test('contract and library give the same verdict on random proofs', async () => {
  const size = 700;
  const tree = new MemorySource(
    hasher,
    Array.from({ length: size }, (_, i) => hasher.leaf(Buffer.from(String(i)))),
  );
  const hex = (hash: Uint8Array): string => `0x${toHex(hash)}`;
  const verify = anchor.getFunction('verifyConsistency');
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(fc.nat(size), fc.nat(size), fc.nat(3), fc.nat(20), async (a, b, damage, at) => {
      const [m, n] = [BigInt(Math.min(a, b)), BigInt(Math.max(a, b))];
      const proof = await proveConsistency(hasher, tree, m, n);
      const roots = [await treeRoot(hasher, tree, m), await treeRoot(hasher, tree, n)] as const;
      const sent = damage === 0 || proof.length === 0 ? proof : damaged(proof, damage, at);
      const here = verifyConsistency(hasher, m, n, sent, roots[0], roots[1]);
      expect(await verify(m, n, sent.map(hex), hex(roots[0]), hex(roots[1]))).toBe(here);
      accepted += here ? 1 : 0;
    }),
    { numRuns: 150 },
  );
  expect(accepted).toBeGreaterThan(20);
}, 60_000);

/** A proof that is one hash short, one too long, or has one changed. */
function damaged(proof: readonly Hash[], damage: number, at: number): Hash[] {
  const i = at % proof.length;
  if (damage === 1) return proof.filter((_, k) => k !== i);
  if (damage === 2) return [...proof, hasher.empty];
  return proof.map((hash, k) => (k === i ? hash.map((byte) => byte ^ 1) : hash));
}
