import { Module, type OnModuleInit } from '@nestjs/common';
import { KeeperTasks, ProjectionRegistry } from '../../platform/chain/index.js';
import { IdentityModule } from '../identity/index.js';
import { ProjectsModule } from '../projects/index.js';
import { BallotDirectory } from './application/ballot-directory.js';
import { PostBallots } from './application/post-ballots.js';
import { ReadApproval } from './application/read-approval.js';
import { ReceiveBallot } from './application/receive-ballot.js';
import { ApprovalsController } from './http/approvals.controller.js';
import { ApprovalsRepository } from './persistence/approvals.repository.js';
import { gateProjection } from './persistence/gate.projection.js';

/** Ballots: taking, keeping, posting them, and showing how a decision stands. */
@Module({
  imports: [IdentityModule, ProjectsModule],
  controllers: [ApprovalsController],
  providers: [ApprovalsRepository, BallotDirectory, PostBallots, ReadApproval, ReceiveBallot],
  exports: [BallotDirectory],
})
export class ApprovalsModule implements OnModuleInit {
  constructor(
    private readonly registry: ProjectionRegistry,
    private readonly keeper: KeeperTasks,
    private readonly posting: PostBallots,
  ) {}

  onModuleInit(): void {
    this.registry.register(gateProjection);
    this.keeper.register(this.posting);
  }
}
