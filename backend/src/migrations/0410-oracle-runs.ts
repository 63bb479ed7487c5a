import type { MigrationInterface, QueryRunner } from 'typeorm';
import { demandAudit, dropDemand, type AuditDemand } from './audit-demand.js';

const about = `e.subject_type = 'oracle-request' AND e.subject_id = encode(r.request, 'hex')`;
const demands: readonly AuditDemand[] = [
  { table: 'oracle_run', on: 'INSERT OR UPDATE OR DELETE', event: `e.type = 'acceptance.run' AND ${about}` },
  { table: 'oracle_evidence', on: 'INSERT OR UPDATE OR DELETE', event: `e.type = 'evidence.stored' AND ${about}` },
];

/** Oracle: the last run of each request, what judges read beside the documents, and the sources of a kept report. */
export class OracleRuns1700000000410 implements MigrationInterface {
  name = 'OracleRuns1700000000410';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      create table oracle_run (
        request      bytea primary key,
        execution    bytea   not null,
        attempt      integer not null,
        state        text    not null,
        error        text,
        retry_at     timestamptz,
        milliseconds integer not null,
        nodes        jsonb   not null,
        received_at  timestamptz not null default now()
      );

      create table oracle_evidence (
        request   bytea not null,
        name      text  not null,
        body      bytea not null,
        sha256    bytea not null,
        stored_by uuid,
        stored_at timestamptz not null default now(),
        primary key (request, name),
        constraint oracle_evidence_size check (octet_length(body) between 1 and 100000),
        constraint oracle_evidence_hash check (sha256 = sha256(body))
      );

      alter table oracle_report add column sources jsonb not null default '[]';
      comment on column oracle_report.sources is 'Texts that the judges read and nobody else keeps: [{name, text}]';
    `);
    for (const demand of demands) await db.query(demandAudit(demand));
  }

  async down(db: QueryRunner): Promise<void> {
    for (const demand of demands) await db.query(dropDemand(demand));
    await db.query('alter table oracle_report drop column sources');
    await db.query('drop table oracle_evidence, oracle_run');
  }
}
