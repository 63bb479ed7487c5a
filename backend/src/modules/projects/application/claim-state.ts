import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Claims } from '@milepost/tlog';
import { ChainReader } from '../../../platform/chain/index.js';
import { ProjectClaims } from '../../audit/index.js';
import type { EscrowFacts } from '../domain/escrow-facts.js';
import { EscrowRepository } from '../persistence/escrow.repository.js';
import { ProjectRepository } from '../persistence/project.repository.js';

/** States for bundles of the audit trail what the projection says, once all of it is final and so in the log. */
@Injectable()
export class ClaimState implements OnModuleInit {
  constructor(
    private readonly port: ProjectClaims,
    private readonly chain: ChainReader,
    private readonly escrows: EscrowRepository,
    private readonly projects: ProjectRepository,
  ) {}

  onModuleInit(): void {
    this.port.register((project) => this.of(project));
  }

  private async of(project: string): Promise<Claims | null> {
    const record = await this.projects.find(project);
    if (record === null) return null;
    const { finalized } = await this.chain.freshness();
    const facts = (await this.escrows.find([record.escrow])).get(record.escrow);
    return facts === undefined || facts.changedBlock > finalized ? null : claimsOf(facts);
  }
}

const claimsOf = (facts: EscrowFacts): Claims => ({
  milestones: facts.milestones.map(({ m, status, round, decision }) => ({
    index: m,
    status,
    round,
    decision:
      decision === null || status === 'Cancelled'
        ? null
        : {
            payBps: decision.payBps,
            gross: String(decision.gross),
            lateCredit: String(decision.lateCredit),
            holdback: String(decision.holdback),
            fee: String(decision.fee),
            net: String(decision.net),
          },
  })),
  totals: {
    funded: String(facts.funded),
    paid: String(facts.paid),
    credited: String(facts.credited),
    claimed: String(facts.claimed),
    refunded: String(facts.refunded),
    holdback: String(facts.holdback),
  },
});
