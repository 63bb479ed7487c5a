import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { ChainStatus } from '../../platform/chain/index.js';
import { CONFIG, type Config, DEPLOYMENT, type Deployment } from '../../platform/config/index.js';
import { Problem, Public } from '../../platform/http/index.js';
import { LogStore } from '../audit/index.js';
import { MAX_FILES } from '../deliverables/index.js';
import { People } from '../identity/index.js';
import { FeeRate } from '../projects/index.js';
import { OracleProbe } from './oracle-probe.js';
import { configSchema, statusSchema } from './schemas.js';

/** What this installation is and how it is doing; public, no secrets. */
@ApiTags('installation')
@Controller()
@Public()
export class InstallationController {
  constructor(
    private readonly chainStatus: ChainStatus,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(DEPLOYMENT) private readonly deployment: Deployment | null,
    private readonly fees: FeeRate,
    private readonly log: LogStore,
    private readonly oracle: OracleProbe,
    private readonly people: People,
  ) {}

  /** Chain, contracts, token, limits and, in local mode, the ready-made accounts. */
  @Get('config')
  @ApiOkResponse({ standardSchema: configSchema })
  async describe(): Promise<z.infer<typeof configSchema>> {
    const { chainId, contracts, token, oracle } = this.require();
    const runnerAddress = await this.oracle.runnerAddress();
    return {
      mode: this.config.localMode ? 'local' : 'live',
      chainId,
      rpcUrl: this.config.chain.rpcUrl,
      contracts,
      token,
      feeBps: await this.fees.current(),
      ...(this.config.localMode
        ? { localAccounts: this.people.localAccounts().map((account) => ({ ...account })) }
        : {}),
      oracle: {
        label: oracle.label,
        creOracle: contracts.CreOracle,
        ...(runnerAddress === undefined ? {} : { runnerAddress }),
      },
      limits: { maxFileBytes: this.config.maxFileBytes, maxFiles: MAX_FILES },
      finalityDepth: this.config.chain.finalityDepth,
    };
  }

  /** How chain, relayer, log and oracle are doing. */
  @Get('status')
  @ApiOkResponse({ standardSchema: statusSchema })
  async status(): Promise<z.infer<typeof statusSchema>> {
    const { oracle } = this.require();
    const [state, log, head, network] = await Promise.all([
      this.chainStatus.read(),
      this.log.state(),
      this.log.signedHead('status'),
      this.oracle.network(),
    ]);
    if (state === null) throw noDeployment();
    return {
      chain: state.chain,
      relayer: state.relayer,
      log: { ...log, size: (head?.size ?? 0n).toString() },
      oracle: {
        label: oracle.label,
        reachable: network !== null,
        ok: network?.ok ?? null,
        lastBlock: network?.lastBlock ?? null,
      },
    };
  }

  private require(): Deployment {
    if (this.deployment === null) throw noDeployment();
    return this.deployment;
  }
}

const noDeployment = (): Problem =>
  new Problem(503, 'no-deployment', 'This installation has no deployment record yet. Deploy the contracts first.');
