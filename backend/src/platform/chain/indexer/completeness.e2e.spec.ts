import { milestoneEscrowAbi } from '@milepost/protocol/generated/abi';
import { Interface } from 'ethers';
import { createTestDatabase } from '../../database/testing.js';
import { ProjectLife } from '../../../testing/life.js';
import { startTestApp, type TestApp } from '../../../testing/test-app.js';
import { OutboxService } from '../../outbox/index.js';
import { abis } from '../abis.js';
import type { ChainRuntime } from '../chain-runtime.js';
import { CHAIN_RUNTIME } from '../chain.module.js';
import { ChainCodec } from '../codec.js';
import { ProjectionRegistry } from '../projection.js';
import { ChainClient, type Span } from '../rpc/chain-client.js';
import type { JsonRpc } from '../rpc/json-rpc.js';
import { Indexer } from './indexer.js';
import { LedgerCheck } from './ledger-check.js';
import { ledgerProjection } from './ledger.projection.js';
import { RelayWatch } from './relay-watch.js';
import { IndexerStore } from './store.js';

let app: TestApp;
let life: ProjectLife;

beforeAll(async () => {
  app = await startTestApp({ withContracts: true });
  const cookies = Object.fromEntries(
    await Promise.all([1, 2].map(async (index) => [index, await app.signIn(app.wallet(index))] as const)),
  );
  life = await ProjectLife.open(app, cookies);
  await life.included(await life.fund(1_000_000n));
  await life.included(await life.fund(2_000_000n));
}, 120_000);

afterAll(async () => {
  await app?.close();
});

describe('an endpoint that leaves out an event', () => {
  /** Drops the first deposit from its first `times` answers about it. */
  class ForgetfulClient extends ChainClient {
    constructor(
      rpc: JsonRpc,
      private times: number,
    ) {
      super(rpc);
    }

    override async span(from: number, to: number, parent: string, topics: readonly string[]): Promise<Span> {
      const span = await super.span(from, to, parent, topics);
      const dropped = span.logs.find((log) => log.topics[0] === FUNDED && log.address === life.escrow.toLowerCase());
      if (dropped === undefined || this.times === 0) return span;
      this.times -= 1;
      return { ...span, logs: span.logs.filter((log) => log !== dropped) };
    }
  }
  const FUNDED = new Interface(milestoneEscrowAbi).getEvent('Funded')?.topicHash ?? '';

  it.each([
    ['is repaired by reading again', 2, 0],
    ['is reported, and nothing of it counts as final, while it goes on', 100, 1],
  ])('%s', async (_what, times, gaps) => {
    const database = await createTestDatabase();
    // These registries have no listener that writes audit entries.
    await database.dataSource.query('ALTER TABLE chain_cursor DISABLE TRIGGER chain_cursor_audited');
    const { chainId, genesisHash, fromBlock } = app.deployment;
    const { settings } = app.app.get<ChainRuntime>(CHAIN_RUNTIME);
    const client = new ForgetfulClient(app.chain.rpc, times);
    const codec = new ChainCodec(abis);
    const store = new IndexerStore(chainId);
    const registry = new ProjectionRegistry();
    registry.register(ledgerProjection);
    const outbox = new OutboxService();
    const indexer = new Indexer(
      { ...settings, genesisHash, fromBlock, databaseUrl: database.url },
      client,
      codec,
      registry,
      database.uow,
      store,
      new RelayWatch(client, codec, database.uow, outbox),
      new LedgerCheck(chainId, client, codec, database.uow, store),
      outbox,
    );
    await indexer.takeOver();
    for (let steps = 0; steps < 30; steps++) if ((await indexer.step()) === 'idle') break;
    expect(await store.openGaps(database.uow.manager)).toBe(gaps);
    const cursor = await store.cursor(database.uow.manager);
    expect(cursor?.block === cursor?.finalized).toBe(gaps === 0);
    await database.close();
  });
});
