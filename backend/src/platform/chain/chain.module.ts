import { Global, Inject, Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { CONFIG, DEPLOYMENT, readSecretFile, type Config, type Deployment } from '../config/index.js';
import { UnitOfWork } from '../database/index.js';
import { OutboxService } from '../outbox/index.js';
import { Workers } from '../workers/index.js';
import type { ContractKind } from './chain-log.js';
import { ChainReader } from './chain-reader.js';
import { ChainRuntime } from './chain-runtime.js';
import { ChainStatus, type ChainState } from './chain-status.js';
import { KeeperTasks } from './keeper/keeper.js';
import { NoChainReader, NoChainStatus, NoRelayer } from './no-chain.js';
import { ProjectionRegistry } from './projection.js';
import { Relayer } from './relayer.js';
import type { SponsorLimits } from './relayer/relayer.service.js';

/** Injection token of the {@link ChainRuntime}; null without a deployment record. */
export const CHAIN_RUNTIME = Symbol('CHAIN_RUNTIME');

/** What the service pays for others. On the local chain gas costs nothing, so the limits only stop runaway loops. */
const limitsOf = (config: Config): SponsorLimits =>
  config.localMode
    ? { callsPerPersonAndDay: 5_000, gasPerProjectAnd30Days: 500_000_000, gasPerDay: 20_000_000_000 }
    : { callsPerPersonAndDay: 20, gasPerProjectAnd30Days: 20_000_000, gasPerDay: 2_000_000_000 };

/** The record may name further contracts that nobody indexes. */
const kindsOf = ({ contracts }: Deployment): Readonly<Record<ContractKind, string>> => ({
  EscrowFactory: contracts.EscrowFactory,
  MilestoneEscrow: contracts.MilestoneEscrow,
  PolicyBook: contracts.PolicyBook,
  MilestoneGate: contracts.MilestoneGate,
  CreOracle: contracts.CreOracle,
  Arbitration: contracts.Arbitration,
  KeystoneForwarder: contracts.KeystoneForwarder,
  FeeInbox: contracts.FeeInbox,
  AuditAnchor: contracts.AuditAnchor,
});

const runtimeOf = (
  config: Config,
  deployment: Deployment | null,
  registry: ProjectionRegistry,
  keeperTasks: KeeperTasks,
  uow: UnitOfWork,
  outbox: OutboxService,
): ChainRuntime | null =>
  deployment === null
    ? null
    : new ChainRuntime({
        settings: {
          chainId: deployment.chainId,
          genesisHash: deployment.genesisHash,
          fromBlock: deployment.fromBlock,
          contracts: kindsOf(deployment),
          rpcUrls: config.chain.rpcUrl.split(',').map((url) => url.trim()),
          finalityDepth: config.chain.finalityDepth,
          databaseUrl: config.databaseUrl ?? '',
          pollMs: config.localMode ? 100 : 1_000,
          keeperMs: config.localMode ? 2_000 : 15_000,
        },
        limits: limitsOf(config),
        relayerKey: readSecretFile(config.relayerKeyFile) ?? null,
        registry,
        keeperTasks,
        uow,
        outbox,
      });

@Injectable()
class RuntimeStatus extends ChainStatus {
  constructor(private readonly runtime: ChainRuntime) {
    super();
  }

  override read(): Promise<ChainState | null> {
    return this.runtime.status();
  }
}

@Injectable()
class ChainWorker implements OnModuleInit {
  constructor(
    @Inject(CHAIN_RUNTIME) private readonly runtime: ChainRuntime | null,
    private readonly workers: Workers,
  ) {}

  onModuleInit(): void {
    const { runtime } = this;
    if (runtime) this.workers.register({ name: 'chain', start: () => runtime.start(), stop: () => runtime.stop() });
  }
}

/** Indexer, relayer, keeper and reads of the one chain this service works with. */
@Global()
@Module({
  providers: [
    ProjectionRegistry,
    KeeperTasks,
    ChainWorker,
    {
      provide: CHAIN_RUNTIME,
      useFactory: runtimeOf,
      inject: [CONFIG, DEPLOYMENT, ProjectionRegistry, KeeperTasks, UnitOfWork, OutboxService],
    },
    {
      provide: ChainReader,
      useFactory: (runtime: ChainRuntime | null) => runtime?.reader ?? new NoChainReader(),
      inject: [CHAIN_RUNTIME],
    },
    {
      provide: Relayer,
      useFactory: (runtime: ChainRuntime | null) => runtime?.relayer ?? new NoRelayer(),
      inject: [CHAIN_RUNTIME],
    },
    {
      provide: ChainStatus,
      useFactory: (runtime: ChainRuntime | null) => (runtime ? new RuntimeStatus(runtime) : new NoChainStatus()),
      inject: [CHAIN_RUNTIME],
    },
  ],
  exports: [ProjectionRegistry, KeeperTasks, ChainReader, Relayer, ChainStatus, CHAIN_RUNTIME],
})
export class ChainModule {}
