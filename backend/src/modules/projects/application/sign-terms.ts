import { Injectable } from '@nestjs/common';
import { ChainReader } from '../../../platform/chain/index.js';
import { UnitOfWork } from '../../../platform/database/index.js';
import { Problem, type SessionPerson } from '../../../platform/http/index.js';
import { OutboxService } from '../../../platform/outbox/index.js';
import { AuditService } from '../../audit/index.js';
import { Signatures } from '../../identity/index.js';
import { type PartyRole, ProjectRepository } from '../persistence/project.repository.js';
import { termsTypedData, type TermsTypedData } from '../domain/terms-typed-data.js';
import type { CompiledTerms } from '../domain/compile-terms.js';
import { DraftContent } from './draft-content.js';
import { ProjectAccessRule, unknownProject } from './project-access-rule.js';

/** A prepared signature stays good for this long, in seconds (the parties have 5 days). */
const SIGNING_TIME = 5 * 86_400;

/** Sign-offs: both parties sign the same typed data that the factory checks. */
@Injectable()
export class SignTerms {
  constructor(
    private readonly access: ProjectAccessRule,
    private readonly audit: AuditService,
    private readonly chain: ChainReader,
    private readonly content: DraftContent,
    private readonly outbox: OutboxService,
    private readonly projects: ProjectRepository,
    private readonly signatures: Signatures,
    private readonly uow: UnitOfWork,
  ) {}

  /** Everything a party reads and signs. */
  async prepare(id: string, person: SessionPerson): Promise<CompiledTerms & { typedData: TermsTypedData }> {
    const record = await this.access.readable(person.id, id);
    const compiled = this.content.compiled(record);
    const { time } = await this.chain.head();
    return {
      ...compiled,
      typedData: this.typedData(compiled.args, time + SIGNING_TIME),
    };
  }

  /**
   * Keeps a party's signature after checking it as the factory will.
   * @throws {Problem} 403 `not-a-party`, 422 `signature-expired`, 422 `signature-wrong`, 409 `terms-changed`
   */
  async sign(
    id: string,
    person: SessionPerson,
    input: { role: PartyRole; deadline: number; signature: string },
  ): Promise<void> {
    const record = await this.access.readable(person.id, id);
    const { terms } = record;
    const signer = terms[input.role];
    if (person.address !== terms.client && person.address !== terms.contributor) {
      throw new Problem(
        403,
        'not-a-party',
        `Only the client and the contributor sign the terms; you are signed in as ${person.address}. Nothing was changed.`,
      );
    }
    const { time } = await this.chain.head();
    if (input.deadline <= time) {
      throw new Problem(
        422,
        'signature-expired',
        `The signature was good until ${new Date(input.deadline * 1000).toISOString()}; nothing was changed. Sign again with a later deadline.`,
      );
    }
    const compiled = this.content.compiled(record);
    const data = this.typedData(compiled.args, input.deadline);
    if (!(await this.signatures.signedTypedData(signer, data.domain, data.types, data.message, input.signature))) {
      throw new Problem(
        422,
        'signature-wrong',
        `The signature is not by ${signer} for these terms on this chain; nothing was changed. Load the terms again and sign them with that account.`,
      );
    }
    await this.uow.transaction(async (tx) => {
      const locked = await this.projects.lock(id);
      if (locked === null) throw unknownProject();
      if (locked.version !== record.version) {
        throw new Problem(
          409,
          'terms-changed',
          'The terms were changed while you signed; nothing was changed. Read the new terms and sign them.',
          { version: locked.version },
        );
      }
      await this.projects.sign(id, { ...input, signer }, person.id);
      await this.audit.append(tx, {
        type: 'terms.signed',
        subject: ['project', id],
        project: id,
        actor: { person: person.id },
        refs: { role: input.role, version: record.version, termsHash: compiled.termsHash },
        sections: [
          {
            section: 'signature',
            about: `person:${person.id}`,
            data: { signer, deadline: input.deadline, signature: input.signature },
          },
        ],
      });
      await this.outbox.emit(tx, { type: 'project.changed', ids: { project: id }, project: id });
    });
  }

  private typedData(args: string, deadline: number): TermsTypedData {
    const { chainId, contracts } = this.content.requireDeployment();
    return termsTypedData(args, chainId, contracts.EscrowFactory, deadline);
  }
}
