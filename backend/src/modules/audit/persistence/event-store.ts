import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { toBase64, type Opening } from '@milepost/tlog';
import { LogIdentity } from '../log/log-identity.js';

/** An entry as stored, with its place in the log. */
export interface StoredEvent {
  readonly id: string;
  readonly header: Buffer;
  readonly leafHash: Buffer;
  readonly project: string | null;
  readonly actor: string;
  /** Person behind the pseudonym; null for chain and system, and after erasure. */
  readonly person: string | null;
  /** Null while it waits for the sequencer. */
  readonly index: bigint | null;
}

export interface EventRow {
  readonly id: string;
  readonly header: Buffer;
  readonly leaf_hash: Buffer;
  readonly project_id: string | null;
  readonly actor: string;
  readonly person_id: string | null;
  readonly idx: string | null;
}

export const COLUMNS = 'e.id, e.header, e.leaf_hash, e.project_id, e.actor, a.person_id, l.idx';
export const FROM = `FROM audit_event e LEFT JOIN actor_alias a ON a.actor_ref = e.actor LEFT JOIN audit_leaf l ON l.event_id = e.id`;

/** Reads entries and what of their sections is still there. */
@Injectable()
export class EventStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly identity: LogIdentity,
  ) {}

  async byId(id: string): Promise<StoredEvent | null> {
    const [row] = await this.dataSource.query<EventRow[]>(`SELECT ${COLUMNS} ${FROM} WHERE e.id = $1`, [id]);
    return row === undefined ? null : eventOf(row);
  }

  /**
   * Newest first.
   * @param project of the entries; null: entries outside of projects by `person`
   * @param before id of the last entry of the page before
   */
  async page(project: string | null, person: string, before: string | null, limit: number): Promise<StoredEvent[]> {
    const rows = await this.dataSource.query<EventRow[]>(
      `SELECT ${COLUMNS} ${FROM}
        WHERE ${project === null ? 'e.project_id IS NULL AND a.person_id = $1' : 'e.project_id = $1'} AND ($2::uuid IS NULL OR e.id < $2)
        ORDER BY e.id DESC LIMIT $3`,
      [project ?? person, before, limit],
    );
    return rows.map(eventOf);
  }

  /** A project's entries below `size`, in the order of the log. */
  async inLog(project: string, size: bigint): Promise<StoredEvent[]> {
    const rows = await this.dataSource.query<EventRow[]>(
      `SELECT ${COLUMNS} ${FROM} WHERE e.project_id = $1 AND l.idx < $2 ORDER BY l.idx`,
      [project, String(size)],
    );
    return rows.map(eventOf);
  }

  /** Whether a project has events at or beyond `size`, or without a place in the log. */
  async isWaiting(project: string, size: bigint): Promise<boolean> {
    const rows = await this.dataSource.query<unknown[]>(
      `SELECT 1 FROM audit_event e LEFT JOIN audit_leaf l ON l.event_id = e.id
        WHERE e.project_id = $1 AND e.chain_id IS NOT NULL AND (l.idx IS NULL OR l.idx >= $2) LIMIT 1`,
      [project, String(size)],
    );
    return rows.length > 0;
  }

  /**
   * The readable sections of each event: salt and exact text. Erased ones are missing.
   * @throws SealBroken if a ciphertext was altered
   */
  async openings(eventIds: readonly string[]): Promise<Map<string, Record<string, Opening>>> {
    const rows = await this.dataSource.query<
      { event_id: string; section: string; salt: Buffer; iv: Buffer; ciphertext: Buffer; tag: Buffer; dek_id: string }[]
    >(
      `SELECT event_id, section, salt, iv, ciphertext, tag, dek_id FROM audit_payload
        WHERE event_id = ANY($1::uuid[]) AND erased_at IS NULL ORDER BY event_id, section`,
      [[...eventIds]],
    );
    const openings = new Map<string, Record<string, Opening>>();
    if (rows.length === 0) return openings;
    const { keyRing } = this.identity;
    const keys = await keyRing.dataKeys(
      this.dataSource,
      rows.map((row) => row.dek_id),
    );
    for (const row of rows) {
      const key = keys.get(row.dek_id);
      // A destroyed key is an erasure whose rows were not emptied yet.
      if (key === undefined) continue;
      const own = openings.get(row.event_id) ?? {};
      own[row.section] = { salt: toBase64(row.salt), text: keyRing.open(key, `${row.event_id}\n${row.section}`, row) };
      openings.set(row.event_id, own);
    }
    return openings;
  }
}

export function eventOf(row: EventRow): StoredEvent {
  return {
    id: row.id,
    header: row.header,
    leafHash: row.leaf_hash,
    project: row.project_id,
    actor: row.actor,
    person: row.person_id,
    index: row.idx === null ? null : BigInt(row.idx),
  };
}
