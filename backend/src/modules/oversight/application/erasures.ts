import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '../../../platform/database/index.js';
import { Problem } from '../../../platform/http/index.js';
import {
  AuditService,
  type AuditActor,
  type AuditReceipt,
  type ErasedParts,
  SubjectErasure,
} from '../../audit/index.js';
import { People } from '../../identity/index.js';
import { ProjectDirectory } from '../../projects/index.js';
import { BACKUP_DAYS, KEPT, type ErasureReason, type Kept, type RefusalReason } from '../domain/erasure-plan.js';
import { ErasureRepository, type ErasureRecord, type Hold } from '../persistence/erasure.repository.js';

/** What a person reads before asking. */
export interface ErasurePlan {
  readonly goes: readonly { readonly what: string; readonly count: number }[];
  readonly stays: readonly Kept[];
  readonly projects: readonly { readonly id: string; readonly title: string }[];
  readonly holds: readonly Hold[];
  readonly request: ErasureRecord | null;
}

export interface ExecutedErasure {
  readonly request: ErasureRecord;
  readonly erased: ErasedParts;
  /** The log's signed promise that the receipt is in the log within a minute. */
  readonly receipt: string;
}

const DAY = 86_400_000;

/** When the last backup that holds the person's key is gone. */
export const completeBy = (executedAt: Date): Date => new Date(executedAt.getTime() + BACKUP_DAYS * DAY);

/** Forgetting a person: asked for by the person, executed by an operator, proven by an entry of the log. */
@Injectable()
export class Erasures {
  constructor(
    private readonly repository: ErasureRepository,
    private readonly people: People,
    private readonly projects: ProjectDirectory,
    private readonly erasure: SubjectErasure,
    private readonly audit: AuditService,
    private readonly uow: UnitOfWork,
  ) {}

  async plan(person: string): Promise<ErasurePlan> {
    const [parts, traces, accounts, holds, request] = await Promise.all([
      this.erasure.count(this.uow.manager, person),
      this.people.traces(person),
      this.people.accountsOf(person),
      this.repository.holds(person),
      this.repository.newest(person),
    ]);
    return {
      goes: [
        { what: 'Your name', count: 1 },
        { what: 'Logins', count: traces.logins },
        { what: 'Links between you and a wallet', count: traces.accounts },
        { what: 'Private sections of the audit log about you', count: parts.sections },
        { what: 'Links between you and your pseudonyms in the log', count: parts.pseudonyms },
      ],
      stays: KEPT,
      projects: await this.projects.ofPerson(person, accounts),
      holds,
      request,
    };
  }

  /** @throws {Problem} 409 `already-requested` */
  async request(person: string): Promise<ErasureRecord> {
    return this.uow.transaction(async (tx) => {
      if (!(await this.people.lock(person))) throw erasedAlready();
      if ((await this.repository.newest(person))?.state === 'open') {
        throw new Problem(
          409,
          'already-requested',
          'You have asked already; nothing was changed. Withdraw the request first, or wait.',
        );
      }
      const request = await this.repository.add(person);
      await this.audit.append(tx, {
        type: 'erasure.requested',
        subject: ['erasure', request.id],
        actor: { person },
      });
      return request;
    });
  }

  /** @throws {Problem} 409 `no-open-request` */
  async withdraw(person: string): Promise<ErasureRecord> {
    return this.uow.transaction(async (tx) => {
      const request = await this.repository.newest(person);
      if (request?.state !== 'open') throw notOpen();
      const { eventId } = await this.audit.append(tx, {
        type: 'erasure.withdrawn',
        subject: ['erasure', request.id],
        actor: { person },
      });
      return this.decided(request.id, 'withdrawn', null, eventId);
    });
  }

  /** @throws {Problem} 404 `unknown-erasure`, 409 `no-open-request` */
  async refuse(operator: AuditActor, id: string, reason: RefusalReason): Promise<ErasureRecord> {
    return this.uow.transaction(async (tx) => {
      const request = await this.find(id);
      const { eventId } = await this.audit.append(tx, {
        type: 'erasure.refused',
        subject: ['erasure', request.id],
        actor: operator,
        refs: { reason },
      });
      return this.decided(id, 'refused', reason, eventId);
    });
  }

  /** @throws {Problem} 404 `unknown-erasure`, 409 `no-open-request`, 409 `under-hold` */
  async execute(operator: AuditActor, id: string, reason: ErasureReason): Promise<ExecutedErasure> {
    const { person } = await this.find(id);
    const done = await this.uow.transaction(async (tx) =>
      this.forget(operator, person, reason, await this.find(id), tx),
    );
    return this.signed(done);
  }

  /** Without a request, e.g. by a court's order. @throws {Problem} 404 `unknown-person`, 409 `under-hold` */
  async executeFor(operator: AuditActor, person: string, reason: ErasureReason): Promise<ExecutedErasure> {
    const done = await this.uow.transaction(async (tx) => {
      if (!(await this.people.lock(person))) throw erasedAlready();
      const newest = await this.repository.newest(person);
      const request = newest?.state === 'open' ? newest : await this.repository.add(person);
      return this.forget(operator, person, reason, request, tx);
    });
    return this.signed(done);
  }

  /** @throws {Problem} 404 `unknown-erasure` */
  async find(id: string): Promise<ErasureRecord> {
    const request = await this.repository.find(id);
    if (request === null) throw new Problem(404, 'unknown-erasure', 'There is no such request. Check the address.');
    return request;
  }

  all(): Promise<ErasureRecord[]> {
    return this.repository.all();
  }

  private async forget(
    operator: AuditActor,
    person: string,
    reason: ErasureReason,
    request: ErasureRecord,
    tx: Parameters<Parameters<UnitOfWork['transaction']>[0]>[0],
  ): Promise<{ request: ErasureRecord; erased: ErasedParts; receipt: AuditReceipt }> {
    // Whoever sets a hold locks the person too: it comes before or after, never in between.
    if (!(await this.people.lock(person))) throw erasedAlready();
    const holds = await this.repository.holds(person);
    if (holds.length > 0) {
      throw new Problem(
        409,
        'under-hold',
        `The law keeps this person's data for now (${holds.map((hold) => hold.reason).join(', ')}); nothing was erased. Lift the hold first, or refuse the request.`,
      );
    }
    const erased = await this.erasure.erasePerson(tx, person);
    await this.people.erase(person);
    // The operator's pseudonym is made after the person's are gone, should they be one and the same.
    const receipt = await this.audit.append(tx, {
      type: 'erasure.executed',
      subject: ['person', person],
      actor: operator,
      refs: { request: request.id, reason, ...erased },
    });
    return { request: await this.decided(request.id, 'executed', reason, receipt.eventId), erased, receipt };
  }

  private async signed(done: {
    request: ErasureRecord;
    erased: ErasedParts;
    receipt: AuditReceipt;
  }): Promise<ExecutedErasure> {
    return { ...done, receipt: await this.audit.sign(done.receipt) };
  }

  private async decided(
    id: string,
    state: 'withdrawn' | 'refused' | 'executed',
    reason: string | null,
    event: string,
  ): Promise<ErasureRecord> {
    if (!(await this.repository.decide(id, state, reason, event))) throw notOpen();
    return this.find(id);
  }
}

const notOpen = (): Problem =>
  new Problem(409, 'no-open-request', 'This request is not open (any more); nothing was changed.');
const erasedAlready = (): Problem =>
  new Problem(404, 'unknown-person', 'There is no such person, or it was erased already; nothing was changed.');
