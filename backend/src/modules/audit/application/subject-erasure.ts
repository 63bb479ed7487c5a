import { Injectable } from '@nestjs/common';
import { rowsOf, type Sql } from '../../../platform/outbox/index.js';
import { LogIdentity } from '../log/log-identity.js';

/** What an erasure took out of the audit trail. */
export interface ErasedParts {
  /** Sections that were emptied. */
  readonly sections: number;
  /** Data keys that were destroyed. */
  readonly keys: number;
  /** Pseudonyms that lost their link to the person. */
  readonly pseudonyms: number;
}

/** Makes everything about one subject unreadable. Headers, leaves and proofs stay: without the salt a commitment tells nothing. */
@Injectable()
export class SubjectErasure {
  constructor(private readonly identity: LogIdentity) {}

  /** What {@link erasePerson} would take. */
  async count(em: Sql, person: string): Promise<ErasedParts> {
    const [row] = rowsOf<{ sections: string; keys: string; pseudonyms: string }>(
      await em.query(
        `SELECT (SELECT count(*) FROM audit_payload WHERE subject_ref = $1 AND erased_at IS NULL) AS sections,
                (SELECT count(*) FROM audit_keys.audit_dek WHERE subject_ref = $1 AND shredded_at IS NULL) AS keys,
                (SELECT count(*) FROM actor_alias WHERE person_id = $2) AS pseudonyms`,
        [`person:${person}`, person],
      ),
    );
    return {
      sections: Number(row?.sections ?? 0),
      keys: Number(row?.keys ?? 0),
      pseudonyms: Number(row?.pseudonyms ?? 0),
    };
  }

  /** In the caller's transaction, which also appends the receipt. */
  async erasePerson(em: Sql, person: string): Promise<ErasedParts> {
    const subject = `person:${person}`;
    const sections = rowsOf<unknown>(
      await em.query(
        `UPDATE audit_payload SET salt = NULL, ciphertext = NULL, erased_at = now()
          WHERE subject_ref = $1 AND erased_at IS NULL RETURNING section`,
        [subject],
      ),
    ).length;
    const keys = await this.identity.keyRing.shred(em, subject);
    const pseudonyms = rowsOf<unknown>(
      await em.query('DELETE FROM actor_alias WHERE person_id = $1 RETURNING actor_ref', [person]),
    ).length;
    return { sections, keys, pseudonyms };
  }
}
