import { Module } from '@nestjs/common';
import { ApprovalsModule } from '../approvals/index.js';
import { OracleModule } from '../oracle/index.js';
import { ProjectsModule } from '../projects/index.js';
import { ChainFacts } from './chain-facts.js';
import { DisputeDirectory } from './dispute-directory.js';

/** Facts of the chain: live updates and audit entries. */
@Module({ imports: [ApprovalsModule, OracleModule, ProjectsModule], providers: [ChainFacts, DisputeDirectory] })
export class FactsModule {}
