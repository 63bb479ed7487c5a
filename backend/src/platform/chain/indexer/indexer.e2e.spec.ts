import { Interface, ZeroHash } from 'ethers';
import type { EntityManager } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../../database/testing.js';
import { OutboxService, rowsOf } from '../../outbox/index.js';
import { abis } from '../abis.js';
import type { ChainLog } from '../chain-log.js';
import { ChainCodec } from '../codec.js';
import { toBytes } from '../hex.js';
import { LeadershipLost } from '../leader.js';
import { ProjectionRegistry } from '../projection.js';
import { ChainClient } from '../rpc/chain-client.js';
import type { ChainSettings } from '../settings.js';
import { startTestChain, type TestChain } from '../testing.js';
import { ChainBroken, Indexer } from './indexer.js';
import { LedgerCheck } from './ledger-check.js';
import { rebuild } from './rebuild.js';
import { RelayWatch } from './relay-watch.js';
import { IndexerStore } from './store.js';

/**
 * Code that emits whatever it is told (one word: number of topics; the topics; the data). It stands at the addresses of our
 * contracts, so that any order of events can be produced, also ones that the real contracts never would.
 */
const EMITTER =
  '0x60806040525f358060051b601f198136030180826020015f3782600181146039576002811460415760038114604c5760048114605a575f5ffd5b602035825fa1005b604035602035825fa2005b606035604035602035845fa3005b608035606035604035602035855fa400';
const SENDER = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266';
const at = (n: number): string => `0x${n.toString(16).padStart(40, '0')}`;
const contracts = {
  EscrowFactory: at(0xfac1),
  MilestoneEscrow: at(0xfac2),
  PolicyBook: at(0xfac9),
  MilestoneGate: at(0xfac3),
  CreOracle: at(0xfac4),
  Arbitration: at(0xfac5),
  KeystoneForwarder: at(0xfac6),
  FeeInbox: at(0xfac7),
  AuditAnchor: at(0xfac8),
};
const clone = (n: number): string => at(0xc10e00 + n);

let chain: TestChain;
let db: TestDatabase;
let genesis: string;
const codec = new ChainCodec(abis);

beforeAll(async () => {
  chain = await startTestChain();
  db = await createTestDatabase();
  // These registries have no listener that writes audit entries.
  await db.dataSource.query('ALTER TABLE chain_cursor DISABLE TRIGGER chain_cursor_audited');
  for (const address of [...Object.values(contracts), ...Array.from({ length: 8 }, (_, n) => clone(n))])
    await chain.rpc.call('anvil_setCode', [address, EMITTER]);
  genesis = (await new ChainClient(chain.rpc).block(0))?.hash ?? '';
  await db.dataSource.query(`
    create table toy (chain_id bigint, escrow bytea, created_block bigint, pool numeric(78,0) not null, events int not null,
                      primary key (chain_id, escrow))`);
  await db.dataSource.query(
    'create table toy_note (chain_id bigint, block bigint, log_index int, what text, primary key (chain_id, block, log_index))',
  );
});

afterAll(async () => {
  await Promise.all([chain?.close(), db?.close()]);
});

/** A projection that inserts, updates and deletes. */
const toyRegistry = (final: string[] = [], reverted: string[] = []): ProjectionRegistry => {
  const registry = new ProjectionRegistry();
  registry.register({
    name: 'toy',
    tables: ['toy', 'toy_note'],
    events: { EscrowFactory: ['EscrowCreated'], MilestoneEscrow: ['Funded', 'Unfunded', 'CancelNotice'] },
    apply: async (em: EntityManager, log: ChainLog) => {
      const escrow = toBytes(log.event === 'EscrowCreated' ? log.account('escrow') : log.address);
      if (log.event === 'EscrowCreated')
        await em.query('insert into toy values ($1, $2, $3, 0, 0)', [log.chainId, escrow, log.block.number]);
      else if (log.event === 'CancelNotice')
        await em.query('delete from toy_note where chain_id = $1 and what = $2', [log.chainId, log.address]);
      else {
        await em.query('update toy set pool = $3, events = events + 1 where chain_id = $1 and escrow = $2', [
          log.chainId,
          escrow,
          log.uint('pool').toString(),
        ]);
        await em.query('insert into toy_note values ($1, $2, $3, $4)', [
          log.chainId,
          log.block.number,
          log.logIndex,
          log.address,
        ]);
      }
    },
  });
  const events = { EscrowFactory: ['EscrowCreated'], MilestoneEscrow: ['Funded'] };
  registry.listen({
    name: 'watch',
    events,
    onFinal: (_em, logs) => {
      final.push(...logs.map((log) => `${log.block.hash}/${log.logIndex}`));
      return Promise.resolve();
    },
    onReverted: (_em, logs) => {
      reverted.push(...logs.map((log) => `${log.block.hash}/${log.logIndex}`));
      return Promise.resolve();
    },
  });
  return registry;
};

const indexerFor = (registry: ProjectionRegistry, changes: Partial<ChainSettings> = {}): Indexer => {
  const settings: ChainSettings = {
    chainId: 31_337,
    genesisHash: genesis,
    fromBlock: 1,
    contracts,
    rpcUrls: [chain.url],
    finalityDepth: 8,
    databaseUrl: db.url,
    pollMs: 1,
    keeperMs: 1,
    ...changes,
  };
  const client = new ChainClient(chain.rpc);
  const outbox = new OutboxService();
  return new Indexer(
    settings,
    client,
    codec,
    registry,
    db.uow,
    new IndexerStore(settings.chainId),
    new RelayWatch(client, codec, db.uow, outbox),
    new LedgerCheck(settings.chainId, client, codec, db.uow, new IndexerStore(settings.chainId)),
    outbox,
  );
};

const catchUp = async (indexer: Indexer): Promise<void> => {
  for (let steps = 0; steps < 200; steps++) {
    const result = await indexer.step();
    if (result === 'idle' || result === 'behind') return;
  }
  throw new Error('the indexer does not come to rest');
};

const started = async (registry = toyRegistry(), changes: Partial<ChainSettings> = {}): Promise<Indexer> => {
  const indexer = indexerFor(registry, changes);
  await indexer.identify();
  await indexer.takeOver();
  await catchUp(indexer);
  return indexer;
};

/** Whether a transaction mines by itself. */
let isMining = true;
const setMining = async (on: boolean): Promise<void> => {
  isMining = on;
  await chain.rpc.call('evm_setAutomine', [on]);
};

const emit = async (
  from: string,
  kind: 'EscrowFactory' | 'MilestoneEscrow',
  event: string,
  args: unknown[],
): Promise<void> => {
  const { topics, data } = new Interface(abis[kind]).encodeEventLog(event, args);
  const word = topics.length.toString(16).padStart(64, '0');
  const input = `0x${word}${topics.map((topic) => String(topic).slice(2)).join('')}${data.slice(2)}`;
  const hash = await chain.rpc.call('eth_sendTransaction', [{ from: SENDER, to: from, data: input, gas: '0x30000' }]);
  // The node answers before it mines.
  if (isMining) while ((await chain.rpc.call('eth_getTransactionReceipt', [hash])) === null);
};
const create = (n: number): Promise<void> =>
  emit(contracts.EscrowFactory, 'EscrowFactory', 'EscrowCreated', [
    clone(n),
    at(1),
    at(2),
    at(3),
    5n,
    ZeroHash,
    ZeroHash,
    '0x01',
  ]);
const fund = (n: number, pool: bigint): Promise<void> =>
  emit(clone(n), 'MilestoneEscrow', 'Funded', [0, at(1), 1n, pool]);

const table = async (name: string): Promise<unknown[]> =>
  rowsOf(await db.dataSource.query(`select to_jsonb(t) as row from ${name} t order by to_jsonb(t)::text`));

/** Every stored log against every log of the node, by block hash and index. */
const expectCanonical = async (): Promise<void> => {
  const client = new ChainClient(chain.rpc);
  const known = [...Object.values(contracts)];
  const created = new Set<string>(known);
  const answer = (await chain.rpc.call('eth_getLogs', [
    { fromBlock: '0x1', toBlock: 'latest', topics: [codec.topics()] },
  ])) as {
    blockHash: string;
    logIndex: string;
    address: string;
    topics: string[];
  }[];
  const createdTopic = new Interface(abis.EscrowFactory).getEvent('EscrowCreated')?.topicHash;
  for (const log of answer) if (log.topics[0] === createdTopic) created.add(`0x${(log.topics[1] ?? '').slice(26)}`);
  const expected = answer
    .filter((log) => created.has(log.address))
    .map((log) => `${log.blockHash}/${Number(log.logIndex)}`);
  const stored = rowsOf<{ key: string }>(
    await db.dataSource.query(
      `select '0x' || encode(b.hash, 'hex') || '/' || l.log_index as key from chain_log l
         join chain_block b on b.chain_id = l.chain_id and b.number = l.block order by l.block, l.log_index`,
    ),
  );
  expect(stored.map((row) => row.key)).toEqual(expected);
  expect(await client.block('latest')).toMatchObject({ hash: await hashOfCursor() });
};
const hashOfCursor = async (): Promise<string> =>
  rowsOf<{ hash: string }>(await db.dataSource.query(`select '0x' || encode(hash, 'hex') as hash from chain_cursor`))[0]
    ?.hash ?? '';

const expectRebuildEqual = async (indexer: Indexer, registry: ProjectionRegistry): Promise<void> => {
  const report = await rebuild(db.uow, new IndexerStore(31_337), registry, indexer, false);
  expect(report).toMatchObject({ equal: true });
};

describe('indexer', () => {
  it('keeps every event of our contracts, a clone from its first block on, and nothing of strangers', async () => {
    await create(0);
    await fund(0, 10n);
    await fund(7, 99n);
    await setMining(false);
    await create(1);
    await fund(1, 20n);
    await fund(0, 30n);
    await chain.mine(1);
    await setMining(true);
    const registry = toyRegistry();
    const indexer = await started(registry);
    await expectCanonical();
    expect(await table('toy')).toMatchObject([{ row: { pool: 20, events: 1 } }, { row: { pool: 30, events: 2 } }]);
    expect(await table('toy_note')).toHaveLength(3);
    await expectRebuildEqual(indexer, registry);
  });

  it.each([1, 2, 3, 4, 5])('follows a reorganisation of depth %i', async (depth) => {
    const reverted: string[] = [];
    const registry = toyRegistry([], reverted);
    const indexer = await started(registry);
    const before = await table('toy');
    const snapshot = await chain.rpc.call('evm_snapshot');
    await create(2 + (depth % 2));
    for (let i = 1; i < depth; i++) await fund(0, BigInt(depth * 1_000 + i));
    await catchUp(indexer);
    expect(await table('toy')).not.toEqual(before);

    await chain.rpc.call('evm_revert', [snapshot]);
    await chain.mine(1, 7);
    for (let i = 0; i < depth; i++) await fund(1, BigInt(depth * 2_000 + i));
    await catchUp(indexer);
    await expectCanonical();
    await expectRebuildEqual(indexer, registry);
    expect(reverted).toHaveLength(depth);
    expect(await table('toy')).toHaveLength(2);
  });

  it('does not announce as final what a reorganisation takes back, and everything else once', async () => {
    const final: string[] = [];
    const registry = toyRegistry(final);
    const indexer = await started(registry);
    final.length = 0;
    const snapshot = await chain.rpc.call('evm_snapshot');
    await fund(0, 41n);
    await catchUp(indexer);
    await chain.rpc.call('evm_revert', [snapshot]);
    await chain.mine(1, 9);
    await fund(0, 42n);
    const hash = (await new ChainClient(chain.rpc).block('latest'))?.hash ?? '';
    await catchUp(indexer);
    expect(final.filter((key) => key.startsWith(hash))).toEqual([]);
    await chain.mine(9, 3);
    await catchUp(indexer);
    expect(final.filter((key) => key.startsWith(hash))).toHaveLength(1);
    expect(new Set(final).size).toBe(final.length);
    expect(await db.dataSource.query('select count(*)::int as n from chain_undo')).toEqual([{ n: 0 }]);
  });

  it('refuses the writes of an indexer that was overtaken', async () => {
    const registry = toyRegistry();
    const first = await started(registry);
    const second = await started(registry);
    await fund(0, 50n);
    await expect(first.step()).rejects.toThrow(LeadershipLost);
    await catchUp(second);
    await expectCanonical();
    await expectRebuildEqual(second, registry);
  });

  it('takes up where a crash left it: nothing lost, nothing doubled', async () => {
    const registry = toyRegistry();
    for (let i = 0; i < 5; i++) {
      const indexer = indexerFor(registry);
      await indexer.takeOver();
      await fund(1, BigInt(600 + i));
      await indexer.step();
    }
    const last = await started(registry);
    await expectCanonical();
    await expectRebuildEqual(last, registry);
  });

  it('rolls a step back as a whole when a projection fails', async () => {
    const broken = toyRegistry();
    broken.register({
      name: 'broken',
      tables: [],
      events: { MilestoneEscrow: ['Funded'] },
      apply: () => Promise.reject(new Error('a planted fault')),
    });
    await fund(0, 61n);
    const before = await table('toy');
    const indexer = indexerFor(broken);
    await indexer.takeOver();
    await expect(catchUp(indexer)).rejects.toThrow('a planted fault');
    expect(await table('toy')).toEqual(before);
    await started();
    await expectCanonical();
  });

  it('lets nobody else write to a projection', async () => {
    await expect(db.dataSource.query('delete from toy')).rejects.toThrow(/only the indexer writes it/);
  });

  it('finds a wrong row by a rebuild and mends it', async () => {
    const registry = toyRegistry();
    const indexer = await started(registry);
    await db.dataSource.transaction(async (em) => {
      await em.query(`select set_config('milepost.block', 'none', true)`);
      await em.query('update toy set pool = pool + 1');
    });
    const store = new IndexerStore(31_337);
    expect(await rebuild(db.uow, store, registry, indexer, false)).toMatchObject({ equal: false, swapped: false });
    expect(await rebuild(db.uow, store, registry, indexer, true)).toMatchObject({ equal: false, swapped: true });
    const again = await started(registry);
    await expectCanonical();
    await expectRebuildEqual(again, registry);
  });

  it('stops for good when history below the watermark changes', async () => {
    const registry = toyRegistry();
    const snapshot = await chain.rpc.call('evm_snapshot');
    await chain.mine(12, 2);
    const indexer = await started(registry);
    await chain.rpc.call('evm_revert', [snapshot]);
    await chain.mine(13, 5);
    await expect(catchUp(indexer)).rejects.toThrow(ChainBroken);
  });

  it.each<[string, Partial<ChainSettings>, RegExp]>([
    ['chain id', { chainId: 1 }, /serves chain 31337/],
    ['first block', { genesisHash: ZeroHash }, /first block is/],
    ['code', { contracts: { ...contracts, CreOracle: at(0xdead) } }, /no code at .*CreOracle/],
  ])('refuses a chain with another %s', async (_what, changes, message) => {
    await expect(indexerFor(toyRegistry(), changes).identify()).rejects.toThrow(message);
  });
});
