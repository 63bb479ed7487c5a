import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '../../../platform/database/index.js';
import { Problem } from '../../../platform/http/index.js';
import { AuditService, type AuditActor } from '../../audit/index.js';
import { People } from '../../identity/index.js';
import type { HoldReason } from '../domain/erasure-plan.js';
import { ErasureRepository, type Hold } from '../persistence/erasure.repository.js';

/** Legal holds: while one is set, nothing about the person is erased. */
@Injectable()
export class Holds {
  constructor(
    private readonly repository: ErasureRepository,
    private readonly people: People,
    private readonly audit: AuditService,
    private readonly uow: UnitOfWork,
  ) {}

  /** @throws {Problem} 404 `unknown-person`, 409 `held-already` */
  async set(operator: AuditActor, person: string, reason: HoldReason): Promise<Hold[]> {
    return this.uow.transaction(async (tx) => {
      if (!(await this.people.lock(person)))
        throw new Problem(404, 'unknown-person', 'There is no such person, or it was erased; nothing was changed.');
      const id = await this.repository.addHold(person, reason);
      if (id === null)
        throw new Problem(409, 'held-already', 'This person is held for this reason already; nothing was changed.');
      await this.audit.append(tx, {
        type: 'hold.set',
        subject: ['hold', id],
        actor: operator,
        refs: { person, reason },
      });
      return this.repository.holds(person);
    });
  }

  /** @throws {Problem} 404 `unknown-hold` */
  async lift(operator: AuditActor, id: string): Promise<Hold[]> {
    return this.uow.transaction(async (tx) => {
      const hold = await this.repository.liftHold(id);
      if (hold === null)
        throw new Problem(404, 'unknown-hold', 'There is no such hold, or it was lifted already; nothing was changed.');
      await this.audit.append(tx, {
        type: 'hold.lifted',
        subject: ['hold', id],
        actor: operator,
        refs: { person: hold.person, reason: hold.reason },
      });
      return this.repository.holds(hold.person);
    });
  }
}
