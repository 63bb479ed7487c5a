import { Wallet, ZeroAddress } from 'ethers';
import type { UnitOfWork } from '../database/index.js';
import { rowsOf, type OutboxService } from '../outbox/index.js';
import { ChainReaderService } from './chain-reader.service.js';
import type { ChainState } from './chain-status.js';
import { ChainCodec } from './codec.js';
import { ChainBroken, Indexer } from './indexer/indexer.js';
import { rebuild, type RebuildReport } from './indexer/rebuild.js';
import { LedgerCheck } from './indexer/ledger-check.js';
import { ledgerProjection } from './indexer/ledger.projection.js';
import { RelayWatch } from './indexer/relay-watch.js';
import { IndexerStore } from './indexer/store.js';
import { Keeper, type KeeperTasks } from './keeper/keeper.js';
import { Refunds } from './keeper/refunds.js';
import { Leader, leaderLocks } from './leader.js';
import { LeaderLoop } from './leader-loop.js';
import type { ProjectionRegistry } from './projection.js';
import { RelayStore } from './relayer/relay-store.js';
import { RelayerService, type SponsorLimits } from './relayer/relayer.service.js';
import { Sender } from './relayer/sender.js';
import { ChainClient } from './rpc/chain-client.js';
import { JsonRpc, RpcUnavailable } from './rpc/json-rpc.js';
import type { ChainSettings } from './settings.js';
import { abis, calledAbis } from './abis.js';

export interface ChainParts {
  readonly settings: ChainSettings;
  readonly limits: SponsorLimits;
  /** Null in a role that sends nothing. */
  readonly relayerKey: string | null;
  readonly registry: ProjectionRegistry;
  readonly keeperTasks: KeeperTasks;
  readonly uow: UnitOfWork;
  readonly outbox: OutboxService;
}

/** Everything about one chain, wired together. Building it does no I/O. */
export class ChainRuntime {
  readonly reader: ChainReaderService;
  readonly relayer: RelayerService;
  readonly indexer: Indexer;
  private readonly client: ChainClient;
  private readonly store: IndexerStore;
  private readonly loops: readonly LeaderLoop[];
  private readonly indexing: LeaderLoop;
  private readonly sending: LeaderLoop | null;
  private readonly sender: string;
  /** Which chain, and how it is followed. */
  readonly settings: ChainSettings;

  constructor(private readonly parts: ChainParts) {
    const { settings, registry, uow, outbox } = parts;
    this.settings = settings;
    const codec = new ChainCodec(abis, calledAbis);
    const client = new ChainClient(new JsonRpc({ urls: settings.rpcUrls }));
    const store = new IndexerStore(settings.chainId);
    const relays = new RelayStore(settings.chainId);
    const wallet = parts.relayerKey === null ? null : new Wallet(parts.relayerKey);
    this.client = client;
    this.store = store;
    this.sender = wallet?.address ?? ZeroAddress;
    this.reader = new ChainReaderService(settings, client, codec, uow, store);
    this.relayer = new RelayerService(settings, client, codec, uow, relays, parts.limits, this.sender, () =>
      this.sending?.nudge(),
    );
    this.indexer = new Indexer(
      settings,
      client,
      codec,
      registry,
      uow,
      store,
      new RelayWatch(client, codec, uow, outbox),
      new LedgerCheck(settings.chainId, client, codec, uow, store),
      outbox,
    );

    const loop = (
      name: keyof typeof leaderLocks,
      task: ConstructorParameters<typeof LeaderLoop>[2],
      pauseMs: number,
    ): LeaderLoop =>
      new LeaderLoop(
        name,
        new Leader(settings.databaseUrl, leaderLocks[name], settings.chainId),
        task,
        pauseMs,
        (error) => error instanceof ChainBroken,
      );
    registry.register(ledgerProjection);
    parts.keeperTasks.register(new Refunds(settings.chainId, this.reader, uow));
    const { indexer } = this;
    this.indexing = loop(
      'indexer',
      {
        takeOver: async () => {
          await indexer.identify();
          await indexer.takeOver();
        },
        step: async () => ['advanced', 'reverted'].includes(await indexer.step()),
      },
      settings.pollMs,
    );
    this.sending =
      wallet === null
        ? null
        : loop(
            'relayer',
            new Sender(settings, client, codec, uow, relays, outbox, wallet, () => this.indexing.nudge()),
            settings.pollMs,
          );
    const keeping =
      wallet === null
        ? null
        : loop(
            'keeper',
            new Keeper(settings.chainId, parts.keeperTasks, this.reader, this.relayer, uow),
            settings.keeperMs,
          );
    this.loops = [this.indexing, ...(this.sending ? [this.sending] : []), ...(keeping ? [keeping] : [])];
  }

  /** Starts the leaders. A chain that is not ours is refused at once; one that does not answer is waited for. */
  async start(): Promise<void> {
    try {
      await this.indexer.identify();
    } catch (error) {
      if (!(error instanceof RpcUnavailable)) throw error;
    }
    for (const loop of this.loops) loop.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.loops.map((loop) => loop.stop()));
  }

  rebuild(swap: boolean): Promise<RebuildReport> {
    return rebuild(this.parts.uow, this.store, this.parts.registry, this.indexer, swap);
  }

  async status(): Promise<ChainState> {
    const em = this.parts.uow.manager;
    const [head, balance] = await Promise.all([
      this.client.block('latest').catch(() => null),
      this.client.balance(this.sender).catch(() => null),
    ]);
    const cursor = await this.store.cursor(em);
    const [relay] = rowsOf<{ open: string; stopped: string | null }>(
      await em.query(
        `select (select count(*) from relay_intent where chain_id = $1 and state in ('queued', 'signed', 'sent')) as open,
                (select max(stopped) from relay_lane where chain_id = $1) as stopped`,
        [this.parts.settings.chainId],
      ),
    );
    return {
      chain: {
        block: head?.number ?? null,
        time: head ? new Date(head.time * 1000).toISOString() : null,
        indexedBlock: cursor?.block ?? 0,
        finalizedBlock: cursor?.finalized ?? 0,
        gaps: await this.store.openGaps(em),
        alarm: this.indexing.alarm,
      },
      relayer: {
        address: this.sender,
        balance: balance?.toString() ?? null,
        open: Number(relay?.open ?? 0),
        alarm: relay?.stopped ?? null,
      },
    };
  }
}
