import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Relayer, type ChainAction, type Intent } from '../../../platform/chain/index.js';
import { Problem, type SessionPerson } from '../../../platform/http/index.js';
import { OutboxService, ProjectAccess } from '../../../platform/outbox/index.js';
import { AuditService } from '../../audit/index.js';
import { People } from '../../identity/index.js';
import { ProjectDirectory, unknownProject, type ProjectLink } from '../../projects/index.js';
import type { IntentInput } from '../http/schemas.js';
import { actionOf } from './action.js';

/** A call that was tried against the chain and may be queued. */
export interface TriedIntent {
  readonly action: ChainAction;
  readonly link: ProjectLink;
  readonly milestone: number | null;
}

/** Relays what people of a project have signed. */
@Injectable()
export class PlaceIntent {
  constructor(
    private readonly projects: ProjectDirectory,
    private readonly people: People,
    private readonly access: ProjectAccess,
    private readonly relayer: Relayer,
    private readonly audit: AuditService,
    private readonly outbox: OutboxService,
  ) {}

  /**
   * Checks the right to use the service's gas and tries the call. Talks to the chain, so it comes before the transaction.
   * @throws {Problem} 404 for an unknown project, 403 `no-part-in-project`, 409 `escrow-not-open`, 422 with the contract's error
   */
  async check(person: SessionPerson, input: IntentInput): Promise<TriedIntent> {
    const link = (await this.access.mayRead(person.id, input.project)) ? await this.projects.find(input.project) : null;
    if (link === null) throw unknownProject();
    const accounts = await this.people.accountsOf(person.id);
    if (!link.members.some((member) => accounts.includes(member.account)))
      throw new Problem(
        403,
        'no-part-in-project',
        'The service relays only for accounts that the terms of this project name; nothing was sent. Anyone may send the transaction from a wallet of their own.',
      );
    if (!link.created)
      throw new Problem(
        409,
        'escrow-not-open',
        'The escrow of this project is not open yet; nothing was sent. Open it when both parties have signed.',
      );
    const action = actionOf(input, link.escrow);
    await this.relayer.simulate(action);
    return { action, link, milestone: 'milestone' in input ? input.milestone : null };
  }

  /** Queues the call, with its audit entry, in the caller's transaction. */
  async place(tx: EntityManager, person: SessionPerson, tried: TriedIntent): Promise<Intent> {
    const { action, link, milestone } = tried;
    // The same signed call is the same intent, whoever asks and however often.
    const idempotency = `user/${createHash('sha256').update(JSON.stringify(action)).digest('hex')}/${occasion(action)}`;
    const intent = await this.relayer.enqueue(tx, {
      action,
      idempotency,
      person: person.id,
      project: link.id,
      milestone,
    });
    await this.audit.append(tx, {
      type: 'intent.accepted',
      subject: ['intent', intent.id],
      project: link.id,
      actor: { person: person.id },
      refs: { kind: action.kind, ...(milestone === null ? {} : { milestone }) },
    });
    await this.outbox.emit(tx, {
      type: 'intent.changed',
      ids: { intent: intent.id, project: link.id, state: intent.state },
      project: link.id,
    });
    return intent;
  }
}

/** Calls without a signature look the same each time; those of another minute are another occasion. */
const occasion = (action: ChainAction): string =>
  'auth' in action || 'funding' in action || 'client' in action ? 'signed' : String(Math.floor(Date.now() / 60_000));
