import { Injectable } from '@nestjs/common';
import type { DueCall, KeeperTask } from '../../../platform/chain/index.js';
import { ProjectDirectory } from '../../projects/index.js';
import { OracleRepository } from '../persistence/oracle.repository.js';

/** Tells the gate verdicts that it could not be told when they were stored. */
@Injectable()
export class PushVerdicts implements KeeperTask {
  readonly name = 'oracle-push';

  constructor(
    private readonly repository: OracleRepository,
    private readonly projects: ProjectDirectory,
  ) {}

  async due(): Promise<readonly DueCall[]> {
    const waiting = await this.repository.unpushed();
    const links = await this.projects.byEscrows([...new Set(waiting.map(({ escrow }) => escrow))]);
    return waiting.map(({ escrow, milestone, round, digest, criteria, id }) => ({
      action: { kind: 'push', escrow, milestone, round, digest, criteriaHash: criteria },
      occasion: id,
      project: links.get(escrow)?.id ?? null,
      milestone,
    }));
  }
}
