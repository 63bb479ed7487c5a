import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { ProjectionRegistry } from '../../platform/chain/index.js';
import { DEPLOYMENT, type Deployment } from '../../platform/config/index.js';
import { IdentityModule } from '../identity/index.js';
import { ProjectsModule } from '../projects/index.js';
import { ReadRewards } from './application/read-rewards.js';
import { RewardsController } from './http/rewards.controller.js';
import { rewardProjection } from './persistence/reward.projection.js';

/** What accepted work earns: accrual from the fees that the chain shows. */
@Module({ imports: [IdentityModule, ProjectsModule], controllers: [RewardsController], providers: [ReadRewards] })
export class RewardsModule implements OnModuleInit {
  constructor(
    private readonly registry: ProjectionRegistry,
    @Inject(DEPLOYMENT) private readonly deployment: Deployment | null,
  ) {}

  onModuleInit(): void {
    if (this.deployment === null) return;
    const { address, decimals } = this.deployment.token;
    this.registry.register(rewardProjection({ token: address, decimals }));
  }
}
