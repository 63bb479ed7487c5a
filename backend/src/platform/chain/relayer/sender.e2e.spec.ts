import { Wallet } from 'ethers';
import { createTestDatabase, type TestDatabase } from '../../database/testing.js';
import { Problem } from '../../http/index.js';
import { OutboxService, rowsOf } from '../../outbox/index.js';
import { abis } from '../abis.js';
import { ChainCodec } from '../codec.js';
import { RelayWatch } from '../indexer/relay-watch.js';
import { LeadershipLost } from '../leader.js';
import type { ChainAction } from '../relayer.js';
import { ChainClient } from '../rpc/chain-client.js';
import { RpcUnavailable } from '../rpc/json-rpc.js';
import type { ChainSettings } from '../settings.js';
import { startTestChain, type TestChain } from '../testing.js';
import { RelayStore } from './relay-store.js';
import { RelayerService, type SponsorLimits } from './relayer.service.js';
import { Sender } from './sender.js';

const at = (n: number): string => `0x${n.toString(16).padStart(40, '0')}`;
/** Takes every call. */
const WILLING = at(0x5e1);
/** Refuses every call. */
const UNWILLING = at(0x5e2);
const PROJECT = '0198a000-0000-7000-8000-000000000001';
const PERSON = '0198a000-0000-7000-8000-000000000002';
const contracts = {
  EscrowFactory: WILLING,
  MilestoneEscrow: WILLING,
  PolicyBook: WILLING,
  MilestoneGate: WILLING,
  CreOracle: WILLING,
  Arbitration: WILLING,
  KeystoneForwarder: WILLING,
  FeeInbox: WILLING,
  AuditAnchor: WILLING,
};

/** A client whose next broadcast fails as a crash would: before the bytes leave, or after. */
class CrashingClient extends ChainClient {
  crash: 'before' | 'after' | null = null;

  override async broadcast(raw: string): Promise<void> {
    const { crash } = this;
    this.crash = null;
    if (crash !== 'before') await super.broadcast(raw);
    if (crash !== null) throw new RpcUnavailable('a planted crash');
  }
}

let chain: TestChain;
let db: TestDatabase;
let wallet: Wallet;
let client: CrashingClient;
let store: RelayStore;
let settings: ChainSettings;
const codec = new ChainCodec(abis);
const outbox = new OutboxService();
let serial = 0;

beforeAll(async () => {
  chain = await startTestChain();
  db = await createTestDatabase();
  // Who accepts a call writes its audit event (modules/intents); here it is only sent.
  await db.dataSource.query('ALTER TABLE relay_intent DISABLE TRIGGER relay_intent_audited');
  await chain.rpc.call('anvil_setCode', [WILLING, '0x00']);
  await chain.rpc.call('anvil_setCode', [UNWILLING, '0x5f5ffd']);
});

afterAll(async () => {
  await chain?.close();
  await db?.close();
});

beforeEach(async () => {
  await chain.rpc.call('evm_setAutomine', [true]);
  await db.dataSource.query('truncate relay_attempt, relay_intent, relay_lane');
  wallet = new Wallet(Wallet.createRandom().privateKey);
  await chain.rpc.call('anvil_setBalance', [wallet.address, '0xde0b6b3a7640000']);
  client = new CrashingClient(chain.rpc);
  store = new RelayStore(31_337);
  settings = {
    chainId: 31_337,
    genesisHash: '0x',
    fromBlock: 0,
    contracts,
    rpcUrls: [chain.url],
    finalityDepth: 0,
    databaseUrl: db.url,
    pollMs: 1,
    keeperMs: 1,
  };
});

const sender = async (): Promise<Sender> => {
  const made = new Sender(settings, client, codec, db.uow, store, outbox, wallet, () => undefined);
  await made.takeOver();
  return made;
};
const LIMITS: SponsorLimits = { callsPerPersonAndDay: 3, gasPerProjectAnd30Days: 1_500_000, gasPerDay: 10_000_000 };
const relayer = (limits = LIMITS): RelayerService =>
  new RelayerService(settings, client, codec, db.uow, store, limits, wallet.address, () => undefined);
const enqueue = async (action: ChainAction, key = `key-${(serial += 1)}`, limits = LIMITS) =>
  db.uow.transaction((em) =>
    relayer(limits).enqueue(em, { action, idempotency: key, person: PERSON, project: PROJECT, milestone: null }),
  );
const refund: ChainAction = { kind: 'refund', escrow: WILLING };
const intents = async () =>
  rowsOf<{ state: string; nonce: string | null; problem: { code: string } | null }>(
    await db.dataSource.query('select state, nonce, problem from relay_intent order by created_at, id'),
  );
const attempts = async () =>
  rowsOf<{ max_fee: string; is_void: boolean; hash: string }>(
    await db.dataSource.query(
      `select max_fee, is_void, '0x' || encode(hash, 'hex') as hash from relay_attempt order by signed_at, max_fee`,
    ),
  );
/** The node answers before it mines, so its count is asked until it fits (or for long enough). */
const expectSpent = async (expected: number): Promise<void> => {
  let spent = -1;
  for (let i = 0; i < 200 && spent < expected; i++) spent = await client.nonce(wallet.address, 'latest');
  expect(spent).toBe(expected);
};

describe('sender', () => {
  it('sends each call once, in the order of queueing', async () => {
    await enqueue(refund);
    await enqueue({ kind: 'sync', escrow: WILLING });
    const running = await sender();
    await running.step();
    await running.step();
    expect(await intents()).toMatchObject([
      { state: 'sent', nonce: '0' },
      { state: 'sent', nonce: '1' },
    ]);
    await expectSpent(2);
  });

  it.each(['before', 'after'] as const)('sends the same bytes again after a crash %s they left', async (moment) => {
    await enqueue(refund);
    const first = await sender();
    client.crash = moment;
    await expect(first.step()).rejects.toThrow('a planted crash');
    expect(await intents()).toMatchObject([{ state: 'signed', nonce: '0' }]);
    const second = await sender();
    await second.step();
    expect(await intents()).toMatchObject([{ state: 'sent', nonce: '0' }]);
    expect(await attempts()).toHaveLength(1);
    await expectSpent(1);
  });

  it('refuses a call that would revert, without using a nonce', async () => {
    await enqueue({ kind: 'refund', escrow: UNWILLING });
    await enqueue(refund);
    await (await sender()).step();
    expect(await intents()).toMatchObject([
      { state: 'refused', nonce: null, problem: { code: 'call-refused' } },
      { state: 'sent', nonce: '0' },
    ]);
  });

  it('lets the same request be made again after a refusal, not before', async () => {
    const first = await enqueue({ kind: 'refund', escrow: UNWILLING }, 'same');
    expect((await enqueue({ kind: 'refund', escrow: UNWILLING }, 'same')).id).toBe(first.id);
    await (await sender()).step();
    expect((await enqueue(refund, 'same')).id).not.toBe(first.id);
  });

  it('raises the fee of a call that no block takes, gives up after six times, and frees the nonce', async () => {
    await chain.rpc.call('evm_setAutomine', [false]);
    await enqueue(refund);
    const running = await sender();
    await running.step();
    for (let raises = 1; raises <= 7; raises++) {
      await db.dataSource.query(`update relay_attempt set sent_at = sent_at - interval '31 seconds'`);
      await running.step();
      const all = await attempts();
      expect(all).toHaveLength(raises + 1);
      const [before, after] = [BigInt(all.at(-2)?.max_fee ?? 0), BigInt(all.at(-1)?.max_fee ?? 0)];
      expect(after * 1_000n).toBeGreaterThanOrEqual(before * 1_125n);
    }
    expect((await attempts()).map((attempt) => attempt.is_void)).toEqual([
      false,
      false,
      false,
      false,
      false,
      false,
      false,
      true,
    ]);
    expect(await intents()).toMatchObject([{ state: 'sent', nonce: '0' }]);
    await chain.mine(1);
    const block = await client.block('latest');
    const watch = new RelayWatch(client, codec, db.uow, outbox);
    const inclusions = await watch.inclusions(block ? [block] : []);
    await db.uow.transaction((em) => watch.settle(em, inclusions));
    expect(await intents()).toMatchObject([{ state: 'expired', nonce: '0' }]);
    await chain.rpc.call('evm_setAutomine', [true]);
    await enqueue(refund);
    await running.step();
    await expectSpent(2);
  });

  it('explains a transaction that was mined without effect', async () => {
    await chain.rpc.call('evm_setAutomine', [false]);
    await enqueue(refund);
    await (await sender()).step();
    await chain.rpc.call('anvil_setCode', [WILLING, '0x5f5ffd']);
    await chain.mine(1);
    await chain.rpc.call('anvil_setCode', [WILLING, '0x00']);
    const block = await client.block('latest');
    const [inclusion] = await new RelayWatch(client, codec, db.uow, outbox).inclusions(block ? [block] : []);
    expect(inclusion).toMatchObject({ state: 'failed', problem: { code: expect.stringMatching(/^call-/) } });
  });

  it('refuses the writes of a sender that was overtaken', async () => {
    const first = await sender();
    await sender();
    await enqueue(refund);
    await expect(first.step()).rejects.toThrow(LeadershipLost);
    expect(await intents()).toMatchObject([{ state: 'queued', nonce: null }]);
  });

  it('stops when somebody else has used its key', async () => {
    await sender();
    await chain.rpc.call('anvil_setNonce', [wallet.address, '0x5']);
    await enqueue(refund);
    const running = await sender();
    await running.step();
    expect(await intents()).toMatchObject([{ state: 'queued' }]);
    const [lane] = rowsOf<{ stopped: string }>(await db.dataSource.query('select stopped from relay_lane'));
    expect(lane?.stopped).toMatch(/never signed/);
  });
});

describe('sponsor limits', () => {
  const refusal = async (work: Promise<unknown>): Promise<Problem> => {
    const error: unknown = await work.then(
      () => null,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof Problem)) throw new Error(`expected a problem, got ${String(error)}`);
    return error;
  };

  it('end a person’s calls of the day, and hand out the ready transaction', async () => {
    for (let i = 0; i < 3; i++) await enqueue(refund);
    const problem = await refusal(enqueue(refund));
    expect(problem).toMatchObject({
      status: 429,
      code: 'gas-budget',
      extra: { transaction: { chainId: 31_337, to: WILLING, data: codec.call('MilestoneEscrow', 'refund', []) } },
    });
    expect(await intents()).toHaveLength(3);
  });

  it('end a project’s gas, as reserved before anything is sent', async () => {
    const limits = { ...LIMITS, callsPerPersonAndDay: 100 };
    for (let i = 0; i < 5; i++) await enqueue(refund, undefined, limits);
    expect((await refusal(enqueue(refund, undefined, limits))).detail).toContain('gas in 30 days for a project');
  });

  it('hold when requests come at once', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => enqueue(refund)));
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(3);
  });
});
