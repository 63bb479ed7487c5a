import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ProjectionRegistry, type ChainListener, type ChainLog } from '../../platform/chain/index.js';
import { OutboxService, type Finality, type OutboxEvent } from '../../platform/outbox/index.js';
import { BallotDirectory } from '../approvals/index.js';
import { AuditService, type AuditEvent } from '../audit/index.js';
import { RequestDirectory } from '../oracle/index.js';
import { ProjectDirectory } from '../projects/index.js';
import { DisputeDirectory } from './dispute-directory.js';
import { FACTS, factOf } from './facts.js';

/** Where an event belongs. */
interface Place {
  readonly project: string;
  readonly milestone: number | null;
}

/** Milestone numbers from here on are the project itself, its holdback and its warranty claim. */
const FIRST_SPECIAL = 250;

/** Announces what happens on the chain, and writes it to the audit trail once it can no longer be taken back. */
@Injectable()
export class ChainFacts implements ChainListener, OnModuleInit {
  readonly name = 'facts';
  readonly events = FACTS;

  constructor(
    private readonly registry: ProjectionRegistry,
    private readonly projects: ProjectDirectory,
    private readonly ballots: BallotDirectory,
    private readonly requests: RequestDirectory,
    private readonly disputes: DisputeDirectory,
    private readonly audit: AuditService,
    private readonly outbox: OutboxService,
  ) {}

  onModuleInit(): void {
    this.registry.register(this.disputes);
    this.registry.listen(this);
  }

  onIncluded(em: EntityManager, logs: readonly ChainLog[]): Promise<void> {
    return this.announce(em, logs, 'included');
  }

  onReverted(em: EntityManager, logs: readonly ChainLog[]): Promise<void> {
    return this.announce(em, logs, 'included');
  }

  async onFinal(em: EntityManager, logs: readonly ChainLog[]): Promise<void> {
    const entries: AuditEvent[] = [];
    for (const log of logs) {
      const fact = factOf(log);
      if (!fact) continue;
      const place = await this.placeOf(log);
      entries.push({
        type: fact.type,
        subject:
          place === null
            ? ['chain', String(log.chainId)]
            : place.milestone === null
              ? ['project', place.project]
              : ['milestone', `${place.project}/${place.milestone}`],
        project: place?.project ?? null,
        actor: { chain: log.chainId },
        refs: { ...fact.refs, ...(place?.milestone == null ? {} : { milestone: place.milestone }) },
        ...(fact.accounts === undefined ? {} : { sections: [{ section: 'accounts', data: fact.accounts }] }),
        chain: { chainId: log.chainId, blockHash: log.block.hash, txHash: log.txHash, logIndex: log.logIndex },
        at: log.block.time * 1000,
      });
    }
    await this.audit.appendAll(em, entries);
    await this.announce(em, logs, 'finalized');
  }

  /** One announcement per milestone and step, whatever the number of events. */
  private async announce(em: EntityManager, logs: readonly ChainLog[], finality: Finality): Promise<void> {
    const changes = new Map<string, OutboxEvent>();
    for (const log of logs) {
      const place = await this.placeOf(log);
      if (place === null) continue;
      const { project, milestone } = place;
      changes.set(`${project}/${milestone ?? ''}`, {
        type: 'project.changed',
        ids: milestone === null ? { project } : { project, milestone },
        project,
        finality,
      });
    }
    await this.outbox.emitAll(em, [...changes.values()]);
  }

  private async placeOf(log: ChainLog): Promise<Place | null> {
    const subject = await this.subjectOf(log);
    const link = subject === null ? null : await this.projects.byEscrow(subject.escrow);
    if (subject === null || link === null) return null;
    return {
      project: link.id,
      milestone: subject.milestone !== null && subject.milestone < FIRST_SPECIAL ? subject.milestone : null,
    };
  }

  private async subjectOf(log: ChainLog): Promise<{ escrow: string; milestone: number | null } | null> {
    switch (log.contract) {
      case 'EscrowFactory':
        return log.args.has('escrow') ? { escrow: log.account('escrow'), milestone: null } : null;
      case 'MilestoneEscrow':
        return { escrow: log.address, milestone: log.args.has('m') ? log.int('m') : null };
      case 'MilestoneGate':
        return log.args.has('ballot')
          ? this.ballots.keyOf(log.hex('ballot'))
          : { escrow: log.account('escrow'), milestone: null };
      case 'CreOracle':
        return log.args.has('requestId') ? this.requests.subjectOf(log.hex('requestId')) : null;
      case 'Arbitration':
        if (log.args.has('dispute')) return this.disputes.subjectOf(log.hex('dispute'));
        return log.args.has('escrow') ? { escrow: log.account('escrow'), milestone: null } : null;
      default:
        return null;
    }
  }
}
