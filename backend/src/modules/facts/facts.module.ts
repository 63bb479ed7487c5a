import { Module } from '@nestjs/common';
import { ApprovalsModule } from '../approvals/index.js';
import { OracleModule } from '../oracle/index.js';
import { ProjectsModule } from '../projects/index.js';
import { ChainFacts } from './chain-facts.js';

/** Facts of the chain: live updates and audit entries. */
@Module({ imports: [ApprovalsModule, OracleModule, ProjectsModule], providers: [ChainFacts] })
export class FactsModule {}
