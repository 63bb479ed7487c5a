import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '../../../platform/database/index.js';
import { Problem } from '../../../platform/http/index.js';
import { OutboxService } from '../../../platform/outbox/index.js';
import { AuditService } from '../../audit/index.js';
import { ProjectDirectory } from '../../projects/index.js';
import type { Run } from '../domain/job-words.js';
import { OracleRepository } from '../persistence/oracle.repository.js';
import { RunRepository } from '../persistence/run.repository.js';

/** A run that ended without a report, as the network tells it. */
export interface RunInput extends Run {
  readonly executionId: string;
}

/** Keeps what the nodes said when they could not agree on a report: it tells people what is missing. */
@Injectable()
export class Runs {
  constructor(
    private readonly repository: OracleRepository,
    private readonly runs: RunRepository,
    private readonly projects: ProjectDirectory,
    private readonly uow: UnitOfWork,
    private readonly audit: AuditService,
    private readonly outbox: OutboxService,
  ) {}

  /** The last run of a request counts; the same run again changes nothing. @throws {Problem} 404 `unknown-request` */
  async keep(requestId: string, { executionId, ...run }: RunInput): Promise<{ readonly isNew: boolean }> {
    const request = await this.repository.request(requestId);
    if (request === null)
      throw new Problem(
        404,
        'unknown-request',
        'This request is not known here yet; nothing was kept. Send the run again in a moment.',
      );
    return this.uow.transaction(async (tx) => {
      const isNew = await this.runs.keep({ request: requestId, execution: executionId, ...run });
      const link = await this.projects.byEscrow(request.escrow);
      await this.audit.append(tx, {
        type: 'acceptance.run',
        subject: ['oracle-request', requestId.slice(2)],
        project: link?.id ?? null,
        actor: { system: 'oracle' },
        refs: {
          milestone: request.milestone,
          round: request.round,
          outcome: run.state,
          attempt: run.attempt,
          answered: run.nodes.filter(({ status }) => status === 'verdict').length,
          isNew,
        },
      });
      if (isNew && link)
        await this.outbox.emit(tx, {
          type: 'project.changed',
          ids: { project: link.id, milestone: request.milestone },
          project: link.id,
        });
      return { isNew };
    });
  }
}
