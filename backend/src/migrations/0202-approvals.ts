import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Approvals: what the gate says (projections), and the signed ballots that people gave us. */
export class Approvals1700000000202 implements MigrationInterface {
  name = 'Approvals1700000000202';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      create table gate_roster (
        chain_id bigint   not null,
        escrow   bytea    not null,
        version  smallint not null,
        data     bytea    not null,
        block    bigint   not null,
        primary key (chain_id, escrow, version)
      );

      create table gate_ballot (
        chain_id   bigint   not null,
        ballot     bytea    not null,
        escrow     bytea    not null,
        milestone  smallint not null,
        round      smallint not null,
        question   smallint not null,
        pay_bps    integer  not null,
        digest     bytea    not null,
        version    smallint not null,
        policy     smallint not null,
        status     text     not null default 'Open',
        deadline   bigint   not null,
        extended   boolean  not null default false,
        hold_until bigint,
        decided_bps integer,
        decided_at bigint,
        decided_tx bytea,
        verdict    smallint,
        verdict_bps integer,
        recounted  boolean,
        opened_at  bigint   not null,
        opened_block bigint not null,
        primary key (chain_id, ballot)
      );
      comment on column gate_ballot.recounted is 'whether the counted ballots are those in the final word; false means a missed event';
      create index gate_ballot_milestone on gate_ballot (chain_id, escrow, milestone, opened_block);
      create index gate_ballot_running on gate_ballot (chain_id, deadline) where status in ('Open', 'Held');

      create table gate_vote (
        chain_id bigint   not null,
        ballot   bytea    not null,
        seat     smallint not null,
        approve  boolean  not null,
        reason   bytea,
        at       bigint   not null,
        tx       bytea    not null,
        primary key (chain_id, ballot, seat)
      );

      create table ballot_received (
        id          uuid primary key,
        chain_id    bigint   not null,
        ballot      bytea    not null,
        project     uuid     not null,
        milestone   smallint not null,
        seat        smallint not null,
        seat_account bytea   not null,
        approve     boolean  not null,
        reason      bytea    not null,
        reason_document jsonb,
        typed_account bytea  not null,
        signature   bytea    not null,
        person      uuid     not null,
        received_at timestamptz not null default now(),
        post_by     timestamptz not null,
        intent      uuid,
        constraint ballot_received_once unique (chain_id, ballot, seat),
        constraint ballot_received_reason check (approve = (reason_document is null))
      );
      create index ballot_received_project on ballot_received (project, milestone);
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('drop table ballot_received, gate_vote, gate_ballot, gate_roster');
  }
}
