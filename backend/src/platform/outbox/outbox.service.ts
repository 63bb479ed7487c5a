import { Injectable } from '@nestjs/common';
import type { Sql } from './sql.js';

export type Finality = 'included' | 'safe' | 'finalized';

/** One announcement for live updates, jobs and webhooks. Thin: identifiers only, the reader fetches the rest with its own rights. */
export interface OutboxEvent {
  /** `family.verb`, e.g. `project.changed`, `milestone.changed`, `ballot.received`, `intent.changed`. */
  readonly type: string;
  /** e.g. `{ project, milestone, intent }`; strings and integers. */
  readonly ids: { readonly [name: string]: string | number };
  /** Only those who may read this project see it. */
  readonly project?: string | null;
  /** Only this person sees it. With neither project nor person everyone does. */
  readonly person?: string | null;
  /** For chain facts: how firm they are. */
  readonly finality?: Finality;
}

/** Writes announcements into the caller's transaction; the notifier numbers and publishes them after the commit. */
@Injectable()
export class OutboxService {
  async emit(em: Sql, event: OutboxEvent): Promise<void> {
    await this.emitAll(em, [event]);
  }

  async emitAll(em: Sql, events: readonly OutboxEvent[]): Promise<void> {
    if (events.length === 0) return;
    await em.query(
      `INSERT INTO outbox (type, ids, project_id, person_id, finality)
       SELECT * FROM unnest($1::text[], $2::jsonb[], $3::text[], $4::text[], $5::text[])`,
      [
        events.map((e) => e.type),
        events.map((e) => JSON.stringify(e.ids)),
        events.map((e) => e.project ?? null),
        events.map((e) => e.person ?? null),
        events.map((e) => e.finality ?? null),
      ],
    );
  }
}
