import type { MigrationInterface, QueryRunner } from 'typeorm';
import { demandAudit, dropDemand, type AuditDemand } from './audit-demand.js';

const demands: readonly AuditDemand[] = [
  // Votes.
  {
    table: 'ballot_received',
    on: 'INSERT OR DELETE OR UPDATE OF ballot, seat, seat_account, approve, reason, signature, typed_account, person',
    event: `e.type = 'ballot.received' AND e.subject_type = 'ballot' AND e.subject_id = encode(r.ballot, 'hex')
            AND (refs->>'seat')::int = r.seat AND (refs->>'approve')::boolean = r.approve`,
  },
  {
    table: 'oracle_report',
    on: 'INSERT OR UPDATE OR DELETE',
    event: `e.type = 'acceptance.run' AND e.subject_type = 'oracle-request' AND e.subject_id = encode(r.request, 'hex')`,
  },
  // Money that a person asked the service to move.
  {
    table: 'relay_intent',
    on: 'INSERT OR DELETE OR UPDATE OF action, person, project, milestone, kind',
    when: 'r.person IS NOT NULL',
    event: `(e.type = 'intent.accepted' AND e.subject_type = 'intent' AND e.subject_id = r.id::text
             OR e.type = 'creation.requested' AND e.subject_type = 'project' AND e.subject_id = r.project::text
                AND refs->>'intent' = r.id::text)`,
  },
  // What money will follow: terms, and who signed them.
  {
    table: 'project',
    on: 'INSERT OR DELETE OR UPDATE OF title, summary, terms, salt, client, contributor, total, terms_hash, args_hash, escrow',
    event: `e.type IN ('project.created', 'project.edited') AND e.subject_type = 'project' AND e.subject_id = r.id::text
            AND right(refs->>'termsHash', 64) = encode(r.terms_hash, 'hex')`,
  },
  {
    table: 'project_signature',
    on: 'INSERT OR UPDATE OR DELETE',
    event: `e.type = CASE TG_OP WHEN 'DELETE' THEN 'terms.withdrawn' ELSE 'terms.signed' END
            AND e.subject_type = 'project' AND e.subject_id = r.project_id::text AND refs->>'role' = r.role`,
  },
  // What is voted on.
  {
    table: 'deliverable_file',
    on: 'INSERT OR UPDATE OR DELETE',
    event: `e.type = 'deliverable.uploaded' AND e.subject_type = 'milestone' AND e.subject_id = r.project_id || '/' || r.milestone
            AND (refs->>'size')::bigint = r.size`,
  },
  {
    table: 'deliverable_manifest',
    on: 'INSERT OR UPDATE OR DELETE',
    event: `e.type = 'manifest.made' AND e.subject_type = 'milestone' AND e.subject_id = r.project_id || '/' || r.milestone
            AND right(refs->>'digest', 64) = encode(r.digest, 'hex')`,
  },
  {
    table: 'deliverable_download',
    on: 'INSERT OR UPDATE OR DELETE',
    event: `e.type = 'deliverable.viewed' AND right(refs->>'digest', 64) = encode(r.digest, 'hex')`,
  },
  {
    table: 'oracle_document',
    on: 'INSERT OR UPDATE OR DELETE',
    event: `e.type = 'document.stored' AND e.subject_type = 'document' AND e.subject_id = encode(r.sha256, 'hex')`,
  },
];

/** Money and votes: no row of these tables is committed without the audit event about that very row. */
export class AuditDemands1700000000310 implements MigrationInterface {
  name = 'AuditDemands1700000000310';

  async up(db: QueryRunner): Promise<void> {
    await db.query('CREATE INDEX audit_event_xid ON audit_event (xid)');
    for (const demand of demands) await db.query(demandAudit(demand));
  }

  async down(db: QueryRunner): Promise<void> {
    for (const demand of demands.toReversed()) await db.query(dropDemand(demand));
    await db.query('DROP INDEX audit_event_xid');
  }
}
