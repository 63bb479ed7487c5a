import { Module } from '@nestjs/common';
import { IdentityModule } from '../identity/index.js';
import { ClaimState } from './application/claim-state.js';
import { DraftContent } from './application/draft-content.js';
import { FeeRate } from './application/fee-rate.js';
import { EscrowClocks } from './application/escrow-clocks.js';
import { ProjectAccessRule } from './application/project-access-rule.js';
import { ProjectDirectory } from './application/project-directory.js';
import { ReadProjects } from './application/read-projects.js';
import { RequestCreation } from './application/request-creation.js';
import { SaveDraft } from './application/save-draft.js';
import { SignTerms } from './application/sign-terms.js';
import { ProjectsController } from './http/projects.controller.js';
import { EscrowProjection } from './persistence/escrow.projection.js';
import { EscrowRepository } from './persistence/escrow.repository.js';
import { ProjectRepository } from './persistence/project.repository.js';

@Module({
  imports: [IdentityModule],
  controllers: [ProjectsController],
  providers: [
    ClaimState,
    DraftContent,
    EscrowClocks,
    FeeRate,
    EscrowProjection,
    EscrowRepository,
    ProjectAccessRule,
    ProjectDirectory,
    ProjectRepository,
    ReadProjects,
    RequestCreation,
    SaveDraft,
    SignTerms,
  ],
  exports: [FeeRate, ProjectDirectory],
})
export class ProjectsModule {}
