import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { v7 as uuid } from 'uuid';
import type { EntityManager } from 'typeorm';
import { Relayer } from '../../../platform/chain/index.js';
import { UnitOfWork } from '../../../platform/database/index.js';
import { invalidInput, Problem, type SessionPerson } from '../../../platform/http/index.js';
import { OutboxService } from '../../../platform/outbox/index.js';
import { AuditService } from '../../audit/index.js';
import { EscrowRepository } from '../persistence/escrow.repository.js';
import { ProjectRepository } from '../persistence/project.repository.js';
import { FeeRate } from './fee-rate.js';
import { DraftContent, type DraftInput } from './draft-content.js';
import { ProjectAccessRule, unknownProject } from './project-access-rule.js';

const ENDED = new Set(['refused', 'failed', 'expired']);

/** Creates and edits drafts. An edit voids both signatures; what the chain has is not edited here. */
@Injectable()
export class SaveDraft {
  constructor(
    private readonly access: ProjectAccessRule,
    private readonly audit: AuditService,
    private readonly content: DraftContent,
    private readonly escrows: EscrowRepository,
    private readonly fees: FeeRate,
    private readonly outbox: OutboxService,
    private readonly projects: ProjectRepository,
    private readonly relayer: Relayer,
    private readonly uow: UnitOfWork,
  ) {}

  /**
   * Refuses terms that the factory would not take today. Reads the chain: call it before the transaction.
   * @throws {Problem} 422 `invalid-input`
   */
  async requireCurrentFee({ terms }: Pick<DraftInput, 'terms'>): Promise<void> {
    const rate = await this.fees.current();
    if (terms.feeBps === rate || terms.feeBps === 0) return;
    const message = `must be ${rate}, the rate of new projects (or 0 between zones of one DAO)`;
    throw invalidInput([{ path: 'terms.feeBps', code: 'fee-changed', message }]);
  }

  /** @returns the new project's id */
  async create(tx: EntityManager, person: SessionPerson, input: DraftInput): Promise<string> {
    requireParty(person, input);
    const id = uuid();
    const salt = `0x${randomBytes(16).toString('hex')}`;
    const content = this.content.check(input, salt);
    await this.projects.insert(id, salt, person.id, content);
    await this.audit.append(tx, {
      type: 'project.created',
      subject: ['project', id],
      project: id,
      actor: { person: person.id },
      refs: { version: 1, termsHash: content.termsHash },
      sections: [{ section: 'title', data: { title: content.title } }],
    });
    await this.announce(tx, id);
    return id;
  }

  /**
   * @param version the version that the person edited
   * @throws {Problem} 412 `version-mismatch`, 409 `project-fixed`
   */
  async edit(id: string, version: number, person: SessionPerson, input: DraftInput): Promise<void> {
    const before = await this.access.readable(person.id, id);
    requireParty(person, before);
    requireParty(person, input);
    await this.requireCurrentFee(input);
    const underWay = before.creationIntent === null ? null : await this.relayer.find(before.creationIntent);
    await this.uow.transaction(async (tx) => {
      const record = await this.projects.lock(id);
      if (record === null) throw unknownProject();
      if (record.version !== version) {
        throw new Problem(
          412,
          'version-mismatch',
          `The project is at version ${record.version}, you edited version ${version}; nothing was changed. Load it again and repeat the edit.`,
          { version: record.version },
        );
      }
      const created = (await this.escrows.existing([record.escrow])).size > 0;
      if (
        created ||
        record.creationIntent !== (underWay === null ? null : before.creationIntent) ||
        (underWay !== null && !ENDED.has(underWay.state))
      ) {
        throw new Problem(
          409,
          'project-fixed',
          'The escrow is on the chain or on its way there, so the terms are fixed; nothing was changed. Change them by a change order that both parties sign.',
        );
      }
      const withdrawn = (await this.projects.signatures([id])).get(id) ?? [];
      const content = this.content.check(input, record.salt);
      const next = await this.projects.replace(id, content);
      await this.audit.append(tx, {
        type: 'project.edited',
        subject: ['project', id],
        project: id,
        actor: { person: person.id },
        refs: { version: next, termsHash: content.termsHash },
      });
      for (const { role } of withdrawn) {
        await this.audit.append(tx, {
          type: 'terms.withdrawn',
          subject: ['project', id],
          project: id,
          actor: { person: person.id },
          refs: { role },
        });
      }
      await this.announce(tx, id);
    });
  }

  private async announce(tx: EntityManager, project: string): Promise<void> {
    await this.outbox.emit(tx, { type: 'project.changed', ids: { project }, project });
  }
}

/** Terms are written by those who will sign them. */
function requireParty(person: SessionPerson, { terms }: Pick<DraftInput, 'terms'>): void {
  if (person.address === terms.client || person.address === terms.contributor) return;
  throw new Problem(
    403,
    'not-a-party',
    `You are signed in as ${person.address}, which is neither the client nor the contributor of these terms; nothing was changed.`,
  );
}
