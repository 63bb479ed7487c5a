import { Injectable } from '@nestjs/common';
import {
  BUNDLE_FORMAT,
  formatProof,
  parseEntry,
  parsePolicy,
  toBase64,
  toHex,
  verifyProof,
  type Bundle,
  type Claims,
  type Report,
} from '@milepost/tlog';
import { sha256 } from '@milepost/tlog/node';
import { Problem, type Actor, type SessionPerson } from '../../../platform/http/index.js';
import { ProjectAccess } from '../../../platform/outbox/index.js';
import { UnitOfWork } from '../../../platform/database/index.js';
import { AuditService } from '../audit.service.js';
import { ProjectClaims } from './project-claims.js';
import { TrailAccess } from './trail-access.js';
import { LogIdentity } from '../log/log-identity.js';
import { logCrypto } from '../log/log-keys.js';
import { EventStore, type StoredEvent } from '../persistence/event-store.js';
import { LogStore, type SignedHead } from '../persistence/log-store.js';
import { TrailStore, type TrailFilter } from '../persistence/trail-store.js';
import type { AuditEventView } from '../http/schemas.js';

const unknownEvent = (): Problem =>
  new Problem(
    404,
    'unknown-event',
    'There is no such audit event, or you may not read it. Check the id, and that you are signed in as a member of the project.',
  );

/** Looks within this time, in ms, are one sitting. */
const SITTING = 600_000;

const notYetInLog = (): Problem =>
  new Problem(
    409,
    'not-yet-in-log',
    'The event is recorded but not under a signed head yet. Ask again in a second.',
    {},
    { 'retry-after': '1' },
  );

/** Whether an entry is about a milestone (its number from 0). */
function isAbout(event: StoredEvent, milestone: number): boolean {
  const { subject, refs } = parseEntry(event.header);
  return (
    refs['milestone'] === milestone || (subject[0] === 'milestone' && subject[1].endsWith(`/${String(milestone)}`))
  );
}

/** What people read of the audit trail, each with the rights of the one who asks. */
@Injectable()
export class AuditReading {
  constructor(
    private readonly events: EventStore,
    private readonly log: LogStore,
    private readonly identity: LogIdentity,
    private readonly access: ProjectAccess,
    private readonly audit: AuditService,
    private readonly uow: UnitOfWork,
    private readonly auditors: TrailAccess,
    private readonly claims: ProjectClaims,
    private readonly trails: TrailStore,
  ) {}

  /** @throws Problem 503 `log-empty` before the first signature */
  async head(): Promise<SignedHead> {
    const head = await this.log.signedHead(this.identity.log.origin);
    if (head === null) {
      throw new Problem(
        503,
        'log-empty',
        'The log has no signed head yet. The first one follows the first event within a second or two.',
        {},
        { 'retry-after': '1' },
      );
    }
    return head;
  }

  /** One page of a project's timeline, or of the caller's own events outside of projects. @throws Problem */
  async timeline(
    person: string,
    project: string | null,
    cursor: string | null,
    limit: number,
  ): Promise<{ items: AuditEventView[]; nextCursor: string | null }> {
    const reader = project === null ? 'member' : await this.demandReader(person, project);
    if (reader === 'auditor' && cursor === null) await this.recordView(person, project ?? '');
    return this.viewed(await this.events.page(project, person, cursor, limit + 1), limit);
  }

  /** The first `limit` rows as people see them. */
  private async viewed(
    rows: readonly StoredEvent[],
    limit: number,
  ): Promise<{ items: AuditEventView[]; nextCursor: string | null }> {
    const page = rows.slice(0, limit);
    const openings = await this.events.openings(page.map((row) => row.id));
    return {
      items: page.map((row) => view(row, openings.get(row.id) ?? {})),
      nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
    };
  }

  /**
   * One page over several projects. The caller has checked that the person may read each of them.
   * @param cursor id of the last entry of the page before
   */
  async trail(
    filter: TrailFilter,
    cursor: string | null,
    limit: number,
  ): Promise<{ items: AuditEventView[]; nextCursor: string | null }> {
    const rows = await this.trails.page(filter, cursor, limit + 1);
    return this.viewed(rows, limit);
  }

  /** What an auditor looks at is itself looked at: an entry for each sitting, not for each click. */
  async recordView(person: string, project: string): Promise<void> {
    if (await this.trails.hasViewed(person, project, Date.now() - SITTING)) return;
    await this.uow.transaction((tx) =>
      this.audit.append(tx, { type: 'trail.viewed', subject: ['project', project], project, actor: { person } }),
    );
  }

  /** A `.tlog-proof` of one event. @throws Problem */
  async proof(actor: Actor, eventId: string): Promise<string> {
    const event = await this.visible(actor, eventId);
    const head = await this.head();
    if (event.index === null || event.index >= head.size) {
      throw notYetInLog();
    }
    const [hashes = []] = await this.log.inclusion([event.index], head.size);
    return formatProof({ extra: event.header, index: event.index, hashes, checkpoint: head.note });
  }

  /** The server's own verification of one event: a convenience; who does not trust the server uses the proof. @throws Problem */
  async verify(actor: Actor, eventId: string): Promise<Report> {
    const proof = await this.proof(actor, eventId);
    return verifyProof(proof, { crypto: logCrypto, policy: parsePolicy(sha256, this.identity.log.policy) });
  }

  /**
   * Everything about a project that the caller may read, or what is about one milestone of it, with proofs. The export is an
   * event itself.
   * @throws Problem
   */
  async export(person: string, project: string, milestone: number | null = null): Promise<Bundle> {
    await this.demandReader(person, project);
    const before = await this.claims.of(project);
    const head = await this.head();
    const all = await this.events.inLog(project, head.size);
    const chosen = milestone === null ? all : all.filter((event) => isAbout(event, milestone));
    const bundle = await this.bundle(project, head, chosen);
    const claims = milestone === null ? await this.settledClaims(project, before, head.size) : null;
    await this.recordExport(person, ['project', project], project, {
      entries: chosen.length,
      size: String(head.size),
      ...(milestone === null ? {} : { milestone }),
    });
    return { ...bundle, ...(milestone === null ? { claims } : { scope: { milestone } }) };
  }

  /** One event with its proof and the sections that the caller may read. @throws Problem */
  async exportEvent(person: SessionPerson, eventId: string): Promise<Bundle> {
    const event = await this.visible({ kind: 'person', person }, eventId);
    const head = await this.head();
    if (event.index === null || event.index >= head.size) throw notYetInLog();
    const bundle = await this.bundle(event.project, head, [event]);
    await this.recordExport(person.id, ['event', event.id], event.project, { entries: 1, size: String(head.size) });
    return { ...bundle, scope: { event: event.id } };
  }

  private async bundle(project: string | null, head: SignedHead, events: readonly StoredEvent[]): Promise<Bundle> {
    const proofs = await this.log.inclusion(
      events.map(({ index }) => index ?? 0n),
      head.size,
    );
    const openings = await this.events.openings(events.map(({ id }) => id));
    return {
      format: BUNDLE_FORMAT,
      project,
      checkpoint: head.note,
      policy: this.identity.log.policy,
      entries: events.map((event, i) => ({
        header: event.header.toString('utf8'),
        index: String(event.index),
        proof: (proofs[i] ?? []).map(toBase64),
        openings: openings.get(event.id) ?? {},
      })),
    };
  }

  /** The claims, if nothing happened while the entries were read and none of the project's events waits outside of the head. */
  private async settledClaims(project: string, before: Claims | null, size: bigint): Promise<Claims | null> {
    if (before === null || (await this.events.isWaiting(project, size))) return null;
    return JSON.stringify(before) === JSON.stringify(await this.claims.of(project)) ? before : null;
  }

  private async recordExport(
    person: string,
    subject: readonly [string, string],
    project: string | null,
    refs: Readonly<Record<string, string | number>>,
  ): Promise<void> {
    await this.uow.transaction((tx) =>
      this.audit.append(tx, { type: 'export.made', subject, project, actor: { person }, refs }),
    );
  }

  /** Members read their project's trail, auditors the ones they were let into. @throws Problem 404 `unknown-project` */
  async demandReader(person: string, project: string): Promise<'member' | 'auditor'> {
    if (await this.access.mayRead(person, project)) return 'member';
    if ((await this.auditors.auditsUntil(person, project)) !== null) return 'auditor';
    throw new Problem(
      404,
      'unknown-project',
      'There is no such project, or you have no part in it. Check the address, and who you are signed in as.',
    );
  }

  /** Members see their project's events; a person its own elsewhere; everyone signed in those of the system and the chain. */
  private async visible(actor: Actor, eventId: string): Promise<StoredEvent> {
    const event = await this.events.byId(eventId);
    if (event === null) throw unknownEvent();
    // A receipt of erasure is for someone who cannot sign in any more; its entry points at nobody.
    if (actor.kind === 'service' || parseEntry(event.header).type === 'erasure.executed') return event;
    const person = actor.kind === 'person' ? actor.person.id : null;
    const allowed =
      event.project !== null
        ? person !== null && (await this.mayReadTrail(person, event.project))
        : person !== null && (event.person === person || !event.actor.startsWith('p:'));
    if (!allowed) throw unknownEvent();
    return event;
  }

  private async mayReadTrail(person: string, project: string): Promise<boolean> {
    return (await this.access.mayRead(person, project)) || (await this.auditors.auditsUntil(person, project)) !== null;
  }
}

export function view(row: StoredEvent, openings: Record<string, { text: string }>): AuditEventView {
  const header = parseEntry(row.header);
  return {
    id: row.id,
    index: row.index === null ? null : Number(row.index),
    type: header.type,
    at: new Date(header.at).toISOString(),
    actor: header.actor,
    person: row.person,
    subject: [...header.subject],
    project: header.project,
    source: header.source === 'app' ? 'app' : 'chain',
    chain:
      header.source === 'app'
        ? null
        : { chainId: header.source.chain, block: header.source.block, tx: header.source.tx, log: header.source.log },
    refs: header.refs,
    sections: Object.fromEntries(
      header.commits.map(({ section }) => {
        const opening = openings[section];
        return [section, opening === undefined ? null : (JSON.parse(opening.text) as unknown)];
      }),
    ),
    leafHash: `0x${toHex(row.leafHash)}`,
  };
}
