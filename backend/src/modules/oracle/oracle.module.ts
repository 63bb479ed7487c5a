import { Module, type OnModuleInit } from '@nestjs/common';
import { KeeperTasks, ProjectionRegistry } from '../../platform/chain/index.js';
import { DeliverablesModule } from '../deliverables/index.js';
import { ProjectsModule } from '../projects/index.js';
import { Documents } from './application/documents.js';
import { Evidence } from './application/evidence.js';
import { ExportProof } from './application/export-proof.js';
import { PushVerdicts } from './application/push-verdicts.js';
import { ReadRequests } from './application/read-requests.js';
import { Reports } from './application/reports.js';
import { RequestDirectory } from './application/request-directory.js';
import { RunnerResults } from './application/runner-results.js';
import { Runs } from './application/runs.js';
import { OracleController } from './http/oracle.controller.js';
import { oracleProjection } from './persistence/oracle.projection.js';
import { OracleRepository } from './persistence/oracle.repository.js';
import { RunRepository } from './persistence/run.repository.js';

/** The oracle as people see it: what it was asked, what it answered, and the evidence. */
@Module({
  imports: [DeliverablesModule, ProjectsModule],
  controllers: [OracleController],
  providers: [
    OracleRepository,
    RunRepository,
    Documents,
    Evidence,
    ExportProof,
    RunnerResults,
    Reports,
    Runs,
    ReadRequests,
    RequestDirectory,
    PushVerdicts,
  ],
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
