import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type ChainAction, ChainReader, ContractError, type Intent, Relayer } from '../../../platform/chain/index.js';
import { Problem, type SessionPerson } from '../../../platform/http/index.js';
import { OutboxService } from '../../../platform/outbox/index.js';
import { AuditService } from '../../audit/index.js';
import { EscrowRepository } from '../persistence/escrow.repository.js';
import { type PartySignature, ProjectRepository } from '../persistence/project.repository.js';
import { DraftContent } from './draft-content.js';
import { ProjectAccessRule, unknownProject } from './project-access-rule.js';

const ENDED = new Set(['refused', 'failed', 'expired']);

/** The bytes of policies that are recorded need not be sent again. */
const RECORDED = { gatePolicy: '0x', arbitrationPolicy: '0x' } as const;

/** A creation that passed all checks and waits for its transaction. */
export interface PreparedCreation {
  readonly project: string;
  readonly version: number;
  readonly action: ChainAction;
}

/** Has the factory create the escrow once both parties have signed. */
@Injectable()
export class RequestCreation {
  constructor(
    private readonly access: ProjectAccessRule,
    private readonly audit: AuditService,
    private readonly chain: ChainReader,
    private readonly content: DraftContent,
    private readonly escrows: EscrowRepository,
    private readonly outbox: OutboxService,
    private readonly projects: ProjectRepository,
    private readonly relayer: Relayer,
  ) {}

  /**
   * Checks and simulates; talks to the chain, so it runs before the transaction.
   * @throws {Problem} 409 `signatures-missing`, or the contract's own refusal
   */
  async prepare(id: string, person: SessionPerson): Promise<PreparedCreation> {
    const record = await this.access.readable(person.id, id);
    if ((await this.escrows.existing([record.escrow])).size > 0) {
      throw new Problem(
        409,
        'already-created',
        'The escrow of this project is on the chain already; nothing was sent.',
      );
    }
    const signatures = (await this.projects.signatures([id])).get(id) ?? [];
    const [client, contributor] = [find(signatures, 'client'), find(signatures, 'contributor')];
    if (client === undefined || contributor === undefined) {
      const missing =
        client === undefined ? (contributor === undefined ? 'both parties' : 'the client') : 'the contributor';
      throw new Problem(
        409,
        'signatures-missing',
        `The signature of ${missing} is missing; nothing was changed. Create the escrow once both have signed.`,
      );
    }
    const { args, ...terms } = this.content.compiled(record);
    const policies = (await this.isRecorded(terms.policyHash)) ? RECORDED : terms;
    const action: ChainAction = {
      kind: 'create',
      args,
      gatePolicy: policies.gatePolicy,
      arbitrationPolicy: policies.arbitrationPolicy,
      client: auth(client),
      contributor: auth(contributor),
    };
    await this.relayer.simulate(action);
    return { project: id, version: record.version, action };
  }

  /** Whether some project before has recorded these policies; then their hash, which is signed, says it all. */
  private async isRecorded(policyHash: string): Promise<boolean> {
    try {
      await this.chain.read('PolicyBook', this.chain.addressOf('PolicyBook'), 'policies', [policyHash]);
      return true;
    } catch (error) {
      if (error instanceof ContractError && error.decoded?.name === 'PolicyBook_Unknown') return false;
      throw error;
    }
  }

  /** Queues the prepared creation. The same terms give the same intent back. */
  async request(tx: EntityManager, person: SessionPerson, prepared: PreparedCreation): Promise<Intent> {
    const { project, version, action } = prepared;
    const record = await this.projects.lock(project);
    if (record === null) throw unknownProject();
    if (record.version !== version) {
      throw new Problem(
        409,
        'terms-changed',
        'The terms were changed in the meantime; nothing was sent. Both parties sign the new terms first.',
        { version: record.version },
      );
    }
    const before = record.creationIntent === null ? null : await this.relayer.find(record.creationIntent);
    if (before !== null && !ENDED.has(before.state)) {
      await this.record(tx, person, project, version, before, true);
      return before;
    }
    const intent = await this.relayer.enqueue(tx, {
      action,
      // A failed attempt may be repeated, a running one may not.
      idempotency: `create:${record.escrow}:${before?.id ?? 'first'}`,
      person: person.id,
      project,
      milestone: null,
    });
    await this.projects.setCreationIntent(project, intent.id);
    await this.record(tx, person, project, version, intent, false);
    await this.outbox.emit(tx, { type: 'project.changed', ids: { project }, project });
    return intent;
  }

  /** @param again true if the call was under way already and nothing new is sent */
  private async record(
    tx: EntityManager,
    person: SessionPerson,
    project: string,
    version: number,
    intent: Intent,
    again: boolean,
  ): Promise<void> {
    await this.audit.append(tx, {
      type: 'creation.requested',
      subject: ['project', project],
      project,
      actor: { person: person.id },
      refs: { version, intent: intent.id, ...(again ? { again } : {}) },
    });
  }
}

const find = (signatures: readonly PartySignature[], role: PartySignature['role']): PartySignature | undefined =>
  signatures.find((signature) => signature.role === role);

const auth = ({ deadline, signature }: PartySignature) => ({ nonce: '0', deadline, signature });
