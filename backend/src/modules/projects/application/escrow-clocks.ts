import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type DueCall, KeeperTasks } from '../../../platform/chain/index.js';
import type { EscrowFacts } from '../domain/escrow-facts.js';
import { dueExits, warrantyEnded } from '../domain/project-model.js';
import { EscrowRepository } from '../persistence/escrow.repository.js';
import { type ProjectRecord, ProjectRepository } from '../persistence/project.repository.js';

/** Has the keeper take the exits of milestones whose clock ran out, and pay the rest of the pot after the warranty. */
@Injectable()
export class EscrowClocks implements OnModuleInit {
  constructor(
    private readonly escrows: EscrowRepository,
    private readonly projects: ProjectRepository,
    private readonly tasks: KeeperTasks,
  ) {}

  onModuleInit(): void {
    this.tasks.register({ name: 'escrow clocks', due: (time) => this.due(time) });
  }

  /** Calls that are due at `time` (chain, Unix seconds). */
  async due(time: number): Promise<DueCall[]> {
    const records = await this.projects.byEscrows(await this.escrows.waitingPast(time));
    const facts = await this.escrows.find(records.map((record) => record.escrow));
    return records.flatMap((record) => {
      const found = facts.get(record.escrow);
      return found === undefined ? [] : callsOf(record, found, time);
    });
  }
}

function callsOf({ id, escrow, terms }: ProjectRecord, facts: EscrowFacts, time: number): DueCall[] {
  const lapses = dueExits(terms, facts, time).map((milestone): DueCall => {
    const { m, round, status, clock } = milestone;
    return {
      action: { kind: 'lapse', escrow, milestone: m },
      occasion: `${status}:${round}:${clock ?? 0}`,
      project: id,
      milestone: m,
    };
  });
  if (!warrantyEnded(terms, facts, time)) return lapses;
  // A claim that ends later leaves something for another call.
  const occasion = `warranty:${facts.holdback}`;
  return [...lapses, { action: { kind: 'endWarranty', escrow }, occasion, project: id, milestone: null }];
}
