import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { COLUMNS, FROM, eventOf, type EventRow, type StoredEvent } from './event-store.js';

/** Which entries; everything given must hold. */
export interface TrailFilter {
  readonly projects: readonly string[];
  /** Person behind the pseudonym. */
  readonly person?: string | undefined;
  /** `LIKE` patterns of types; one must fit. */
  readonly types?: readonly string[] | undefined;
  /** ms since 1970, inclusive. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** Entries of several projects, newest first, by filters. */
@Injectable()
export class TrailStore {
  constructor(private readonly dataSource: DataSource) {}

  /** @param before id of the last entry of the page before */
  async page(filter: TrailFilter, before: string | null, limit: number): Promise<StoredEvent[]> {
    const rows = await this.dataSource.query<EventRow[]>(
      `SELECT ${COLUMNS} ${FROM}
        WHERE e.project_id = ANY ($1::text[])
          AND ($2::uuid IS NULL OR e.id < $2)
          AND ($3::text IS NULL OR e.actor IN (SELECT actor_ref FROM actor_alias WHERE person_id = $3))
          AND ($4::text[] IS NULL OR e.type LIKE ANY ($4::text[]))
          AND ($5::bigint IS NULL OR e.at >= $5) AND ($6::bigint IS NULL OR e.at <= $6)
        ORDER BY e.id DESC LIMIT $7`,
      [
        [...filter.projects],
        before,
        filter.person ?? null,
        filter.types === undefined ? null : [...filter.types],
        filter.from ?? null,
        filter.to ?? null,
        limit,
      ],
    );
    return rows.map(eventOf);
  }

  /** Whether a person's look at a project's trail is on record since then (ms since 1970). */
  async hasViewed(person: string, project: string, since: number): Promise<boolean> {
    const rows = await this.dataSource.query<unknown[]>(
      `SELECT 1 FROM audit_event e JOIN actor_alias a ON a.actor_ref = e.actor
        WHERE a.person_id = $1 AND a.project_id = $2 AND e.type = 'trail.viewed' AND e.at >= $3 LIMIT 1`,
      [person, project, since],
    );
    return rows.length > 0;
  }
}
