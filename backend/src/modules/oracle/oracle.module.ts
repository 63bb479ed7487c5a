import { Module, type OnModuleInit } from '@nestjs/common';
import { KeeperTasks, ProjectionRegistry } from '../../platform/chain/index.js';
import { ProjectsModule } from '../projects/index.js';
import { Documents } from './application/documents.js';
import { PushVerdicts } from './application/push-verdicts.js';
import { ReadRequests } from './application/read-requests.js';
import { Reports } from './application/reports.js';
import { RequestDirectory } from './application/request-directory.js';
import { RunnerResults } from './application/runner-results.js';
import { OracleController } from './http/oracle.controller.js';
import { oracleProjection } from './persistence/oracle.projection.js';
import { OracleRepository } from './persistence/oracle.repository.js';

/** The oracle as people see it: what it was asked, what it answered, and the evidence. */
@Module({
  imports: [ProjectsModule],
  controllers: [OracleController],
  providers: [OracleRepository, Documents, RunnerResults, Reports, ReadRequests, RequestDirectory, PushVerdicts],
  exports: [RequestDirectory],
})
export class OracleModule implements OnModuleInit {
  constructor(
    private readonly registry: ProjectionRegistry,
    private readonly keeper: KeeperTasks,
    private readonly pushing: PushVerdicts,
  ) {}

  onModuleInit(): void {
    this.registry.register(oracleProjection);
    this.keeper.register(this.pushing);
  }
}
