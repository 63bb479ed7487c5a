import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Oracle: documents by hash, requests as the chain tells them, and the reports with their evidence. */
export class Oracle1700000000203 implements MigrationInterface {
  name = 'Oracle1700000000203';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      create table oracle_document (
        sha256    bytea primary key,
        body      bytea not null,
        stored_by uuid,
        stored_at timestamptz not null default now(),
        constraint oracle_document_size check (octet_length(body) between 1 and 20480),
        constraint oracle_document_hash check (sha256 = sha256(body))
      );

      create table oracle_request (
        chain_id     bigint   not null,
        request      bytea    not null,
        escrow       bytea    not null,
        milestone    smallint not null,
        round        smallint not null,
        digest       bytea    not null,
        criteria     bytea    not null,
        requested_at bigint   not null,
        expires_at   bigint   not null,
        verdict      smallint,
        pay_bps      integer,
        observed_at  bigint,
        metrics      bytea,
        evidence     bytea,
        recorded_at  bigint,
        recorded_tx  bytea,
        pushed       boolean  not null default false,
        latched      boolean,
        primary key (chain_id, request)
      );
      create index oracle_request_escrow on oracle_request (chain_id, escrow, milestone, round);
      create index oracle_request_unpushed on oracle_request (chain_id) where verdict is not null and not pushed;

      create table oracle_report (
        id          uuid primary key,
        request     bytea not null,
        report_hash bytea not null,
        raw         bytea not null,
        context     bytea not null,
        signatures  jsonb not null,
        outcome     text  not null,
        tx          bytea,
        reason      text,
        milliseconds integer not null,
        nodes       jsonb not null,
        result      jsonb,
        received_at timestamptz not null default now(),
        constraint oracle_report_once unique (request, report_hash, outcome)
      );
      create index oracle_report_request on oracle_report (request, received_at);
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('drop table oracle_report, oracle_request, oracle_document');
  }
}
