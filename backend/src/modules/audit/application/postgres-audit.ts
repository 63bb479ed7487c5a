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
import { Remembered } from './remembered.js';

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

/** What one call appends. */
interface Batch {
  readonly entries: readonly Prepared[];
  readonly aliases: readonly { readonly person: string; readonly project: string; readonly ref: string }[];
  /** Whose keys seal the sections. */
  readonly subjects: readonly string[];
  /** A pseudonym or key comes from an earlier call. */
  readonly remembered: boolean;
}

interface WrittenRow {
  readonly event_id: string;
  readonly event_leaf: Buffer;
  readonly event_at: string;
}

/** {@link AuditService} on Postgres: header, sections and a place in the queue, in the caller's transaction. */
export class PostgresAudit extends AuditService {
  private readonly knownAliases = new Remembered<string>();
  private readonly knownKeys = new Remembered<DataKey>();

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
    // Pseudonyms and keys that are remembered are checked where they are used; if one is gone, the second time looks them up.
    let prepared = await this.prepare(em, events, true);
    let written = await this.write(em, prepared);
    if (written === null && prepared.remembered) {
      this.forget(prepared);
      prepared = await this.prepare(em, events, false);
      written = await this.write(em, prepared);
    }
    if (written === null)
      throw new Error('a pseudonym or data key was erased meanwhile; nothing was written. Try again');
    noteAppended(
      em,
      events.map((event) => event.type),
    );
    const byId = new Map(written.map((row) => [row.event_id, row]));
    const receipts: AuditReceipt[] = [];
    for (const entry of prepared.entries) {
      const row = byId.get(entry.id) ?? (await this.knownFact(em, entry.event));
      const at = Number(row.event_at);
      receipts.push({
        eventId: row.event_id,
        leafHash: row.event_leaf.toString('base64'),
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

  /** Null, with nothing written, if a pseudonym or data key is not what the tables say. */
  private async write(em: Sql, { entries, aliases }: Batch): Promise<WrittenRow[] | null> {
    const sections = entries.flatMap(({ id, sections: own }) => own.map((section) => ({ id, ...section })));
    const rows = rowsOf<WrittenRow | { readonly event_id: null }>(
      await em.query('SELECT * FROM audit_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)', [
        entries.map((entry) => entry.header),
        aliases.map((alias) => alias.ref),
        aliases.map((alias) => alias.person),
        aliases.map((alias) => alias.project),
        sections.map((section) => section.id),
        sections.map((section) => section.section),
        sections.map((section) => section.subject),
        sections.map((section) => section.salt),
        sections.map((section) => section.sealed.iv),
        sections.map((section) => section.sealed.ciphertext),
        sections.map((section) => section.sealed.tag),
        sections.map((section) => section.sealed.dekId),
      ]),
    );
    const written = rows.filter((row) => row.event_id !== null);
    return written.length === rows.length ? written : null;
  }

  private fromMemory(
    people: readonly (readonly [string, string])[],
    subjects: readonly string[],
  ): { aliases: Map<string, string>; keys: Map<string, DataKey> } | null {
    const aliases = new Map<string, string>();
    for (const [person, project] of people) {
      const ref = this.knownAliases.get(aliasKey(person, project));
      if (ref === undefined) return null;
      aliases.set(aliasKey(person, project), ref);
    }
    const keys = new Map<string, DataKey>();
    for (const subject of subjects) {
      const key = this.knownKeys.get(subject);
      if (key === undefined) return null;
      keys.set(subject, key);
    }
    return { aliases, keys };
  }

  private async keys(em: Sql, subjects: readonly string[]): Promise<Map<string, DataKey>> {
    if (subjects.length === 0) return new Map();
    const keys = await this.identity.keyRing.keysOf(em, subjects);
    for (const [subject, key] of keys) this.knownKeys.set(subject, key);
    return keys;
  }

  private forget({ aliases, subjects }: Batch): void {
    for (const { person, project } of aliases) this.knownAliases.delete(aliasKey(person, project));
    for (const subject of subjects) this.knownKeys.delete(subject);
  }

  /** @param fromMemory whether what an earlier call looked up may be used */
  private async prepare(em: Sql, events: readonly AuditEvent[], fromMemory: boolean): Promise<Batch> {
    const people = [
      ...new Map(
        events.flatMap((event) =>
          'person' in event.actor
            ? [[aliasKey(event.actor.person, event.project), [event.actor.person, event.project ?? '']] as const]
            : [],
        ),
      ).values(),
    ].sort();
    const subjects = [
      ...new Set(events.flatMap((event) => (event.sections ?? []).map((section) => section.about ?? subjectOf(event)))),
    ];
    // Either everything from memory or everything from the tables, pseudonyms first: two that each made one half would wait for
    // each other.
    const known = fromMemory ? this.fromMemory(people, subjects) : null;
    const aliases = known?.aliases ?? (await this.aliases(em, people));
    const keys = known?.keys ?? (await this.keys(em, subjects));
    const entries = events.map((event) => {
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
    return {
      entries,
      aliases: people.map(([person, project]) => ({
        person,
        project,
        ref: aliases.get(aliasKey(person, project)) ?? '',
      })),
      subjects,
      remembered: known !== null,
    };
  }

  /** The pseudonym of each person in its project; made where there is none. */
  private async aliases(em: Sql, wanted: readonly (readonly [string, string])[]): Promise<Map<string, string>> {
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
    if (wanted.length === 0) return new Map();
    const known = await read();
    if (known.size === wanted.length) {
      for (const [key, ref] of known) this.knownAliases.set(key, ref);
      return known;
    }
    await em.query(
      `INSERT INTO actor_alias (actor_ref, person_id, project_id) SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING`,
      [wanted.map(() => `p:${randomBytes(16).toString('base64url')}`), people, projects],
    );
    return read();
  }

  private async knownFact(em: Sql, event: AuditEvent): Promise<WrittenRow> {
    const { chain } = event;
    if (chain === undefined) throw new AuditEventRefused(event.type, 'its row was not written');
    const [row] = rowsOf<WrittenRow>(
      await em.query(
        'SELECT id AS event_id, leaf_hash AS event_leaf, at AS event_at FROM audit_event WHERE chain_id = $1 AND block_hash = $2 AND tx_hash = $3 AND log_index = $4',
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
