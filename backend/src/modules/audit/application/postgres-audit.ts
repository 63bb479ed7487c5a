import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { canonicalJson, commit, signNote, type NoteSigner } from '@milepost/tlog';
import { sha256 } from '@milepost/tlog/node';
import { rowsOf, type Sql } from '../../../platform/outbox/index.js';
import { AuditService } from '../audit.service.js';
import { AuditEventRefused, checkEvent, fixedActor, headerBytes } from '../domain/header.js';
import type { AuditEvent, AuditReceipt } from '../domain/event.js';
import { noteAppended } from '../http/audit-scope.js';
import type { DataKey, KeyRing, SealedSection } from './key-ring.js';

/** Within this time after the event its leaf is in the log, in ms. */
export const INTEGRATION_PROMISE = 60_000;

/** The keys that the audit trail works with. */
export interface AuditIdentity {
  readonly keyRing: KeyRing;
  /** Read only to sign. */
  readonly log: { readonly origin: string; readonly signers: readonly NoteSigner[] };
}

interface Prepared {
  readonly event: AuditEvent;
  readonly id: string;
  readonly header: Buffer;
  readonly sections: readonly {
    readonly section: string;
    readonly subject: string;
    readonly salt: Buffer;
    readonly sealed: SealedSection;
  }[];
}

/** {@link AuditService} on Postgres: header, sections and a place in the queue, in the caller's transaction. */
export class PostgresAudit extends AuditService {
  constructor(
    private readonly identity: AuditIdentity,
    private readonly now: () => number = Date.now,
  ) {
    super();
  }

  async append(em: Sql, event: AuditEvent): Promise<AuditReceipt> {
    const [receipt] = await this.appendAll(em, [event]);
    if (receipt === undefined) throw new Error('an appended event has no receipt');
    return receipt;
  }

  async appendAll(em: Sql, events: readonly AuditEvent[]): Promise<AuditReceipt[]> {
    if (events.length === 0) return [];
    events.forEach(checkEvent);
    const prepared = await this.prepare(em, events);
    const sections = prepared.flatMap(({ id, sections: own }) => own.map((section) => ({ id, ...section })));
    const written = rowsOf<{ id: string; leaf_hash: Buffer; at: string }>(
      await em.query(
        `WITH written AS (
           INSERT INTO audit_event (header) SELECT h FROM unnest($1::bytea[]) WITH ORDINALITY AS u (h, n) ORDER BY n
           ON CONFLICT ON CONSTRAINT audit_event_chain_fact DO NOTHING
           RETURNING id, leaf_hash, at
         ), queued AS (
           INSERT INTO audit_pending (event_id) SELECT id FROM written ORDER BY id
         ), sealed AS (
           INSERT INTO audit_payload (event_id, section, subject_ref, salt, iv, ciphertext, tag, dek_id)
           SELECT s.* FROM unnest($2::uuid[], $3::text[], $4::text[], $5::bytea[], $6::bytea[], $7::bytea[], $8::bytea[], $9::uuid[])
             AS s (event_id, section, subject_ref, salt, iv, ciphertext, tag, dek_id)
             JOIN written ON written.id = s.event_id
         )
         SELECT id, leaf_hash, at FROM written`,
        [
          prepared.map((entry) => entry.header),
          sections.map((section) => section.id),
          sections.map((section) => section.section),
          sections.map((section) => section.subject),
          sections.map((section) => section.salt),
          sections.map((section) => section.sealed.iv),
          sections.map((section) => section.sealed.ciphertext),
          sections.map((section) => section.sealed.tag),
          sections.map((section) => section.sealed.dekId),
        ],
      ),
    );
    noteAppended(
      em,
      events.map((event) => event.type),
    );
    const byId = new Map(written.map((row) => [row.id, row]));
    const receipts: AuditReceipt[] = [];
    for (const entry of prepared) {
      const row = byId.get(entry.id) ?? (await this.knownFact(em, entry.event));
      const at = Number(row.at);
      receipts.push({
        eventId: row.id,
        leafHash: row.leaf_hash.toString('base64'),
        at,
        integrateBy: this.now() + INTEGRATION_PROMISE,
      });
    }
    return receipts;
  }

  async sign(receipt: AuditReceipt): Promise<string> {
    const { signers, origin } = this.identity.log;
    // Only the Ed25519 key: the head key signs heads and nothing else.
    const [signer] = signers;
    if (signer === undefined) throw new Error('the log has no key');
    const { eventId, leafHash, at, integrateBy } = receipt;
    return signNote(
      `milepost/receipt/v1\n${origin}\n${eventId}\n${leafHash}\n${String(at)}\n${String(integrateBy)}\n`,
      [signer],
    );
  }

  private async prepare(em: Sql, events: readonly AuditEvent[]): Promise<Prepared[]> {
    const aliases = await this.aliases(em, events);
    const subjects = events.flatMap((event) =>
      (event.sections ?? []).map((section) => section.about ?? subjectOf(event)),
    );
    const keys = subjects.length === 0 ? null : await this.identity.keyRing.keysOf(em, subjects);
    return events.map((event) => {
      const id = uuidv7();
      const sections = (event.sections ?? []).map(({ section, about, data }) => {
        const subject = about ?? subjectOf(event);
        const text = sectionText(event, section, data);
        const salt = randomBytes(32);
        const commitment = commit(sha256, section, salt, text);
        return {
          section,
          subject,
          salt,
          commitment,
          sealed: this.identity.keyRing.seal(keyOf(keys, subject), `${id}\n${section}`, text),
        };
      });
      const actor =
        'person' in event.actor
          ? (aliases.get(aliasKey(event.actor.person, event.project)) ?? '')
          : fixedActor(event.actor);
      const header = headerBytes(
        event,
        id,
        event.at ?? this.now(),
        actor,
        sections.map((section) => section.commitment),
      );
      return { event, id, header, sections };
    });
  }

  /** The pseudonym of each person in its project; made where there is none. */
  private async aliases(em: Sql, events: readonly AuditEvent[]): Promise<Map<string, string>> {
    const wanted = [
      ...new Map(
        events.flatMap((event) =>
          'person' in event.actor
            ? [[aliasKey(event.actor.person, event.project), [event.actor.person, event.project ?? '']] as const]
            : [],
        ),
      ).values(),
    ].sort();
    if (wanted.length === 0) return new Map();
    const people = wanted.map(([person]) => person);
    const projects = wanted.map(([, project]) => project);
    const read = async (): Promise<Map<string, string>> => {
      const rows = rowsOf<{ actor_ref: string; person_id: string; project_id: string }>(
        await em.query(
          `SELECT actor_ref, person_id, project_id FROM actor_alias
            WHERE (person_id, project_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))`,
          [people, projects],
        ),
      );
      return new Map(rows.map((row) => [aliasKey(row.person_id, row.project_id), row.actor_ref]));
    };
    const known = await read();
    if (known.size === wanted.length) return known;
    await em.query(
      `INSERT INTO actor_alias (actor_ref, person_id, project_id) SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING`,
      [wanted.map(() => `p:${randomBytes(16).toString('base64url')}`), people, projects],
    );
    return read();
  }

  private async knownFact(em: Sql, event: AuditEvent): Promise<{ id: string; leaf_hash: Buffer; at: string }> {
    const { chain } = event;
    if (chain === undefined) throw new AuditEventRefused(event.type, 'its row was not written');
    const [row] = rowsOf<{ id: string; leaf_hash: Buffer; at: string }>(
      await em.query(
        'SELECT id, leaf_hash, at FROM audit_event WHERE chain_id = $1 AND block_hash = $2 AND tx_hash = $3 AND log_index = $4',
        [chain.chainId, bytesOf(chain.blockHash), bytesOf(chain.txHash), chain.logIndex],
      ),
    );
    if (row === undefined) throw new AuditEventRefused(event.type, 'its row was not written');
    return row;
  }
}

function keyOf(keys: ReadonlyMap<string, DataKey> | null, subject: string): DataKey {
  const key = keys?.get(subject);
  if (key === undefined) throw new Error(`there is no data key for ${subject}`);
  return key;
}

const bytesOf = (hash: string): Buffer => Buffer.from(hash.slice(2), 'hex');
const aliasKey = (person: string, project: string | null | undefined): string => `${person}\n${project ?? ''}`;
const subjectOf = (event: AuditEvent): string => (event.project == null ? 'deployment' : `project:${event.project}`);

function sectionText(event: AuditEvent, section: string, data: unknown): string {
  try {
    return canonicalJson(data);
  } catch (error) {
    throw new AuditEventRefused(
      event.type,
      `section ${section}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
