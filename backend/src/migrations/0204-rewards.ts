import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Rewards: what accepted work has earned, computed from the chain's events alone. All tables are projections. */
export class Rewards1700000000204 implements MigrationInterface {
  name = 'Rewards1700000000204';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      create table reward_escrow (
        chain_id bigint not null,
        escrow   bytea  not null,
        client   bytea  not null,
        token    bytea  not null,
        start    bigint not null,
        payees   jsonb  not null,
        funders  jsonb  not null,
        profiles jsonb  not null,
        primary key (chain_id, escrow)
      );

      create table reward_milestone (
        chain_id     bigint   not null,
        escrow       bytea    not null,
        milestone    smallint not null,
        due          integer  not null,
        profile      smallint not null,
        shift        bigint   not null default 0,
        round        smallint not null default 0,
        submitted_at bigint,
        score_round  smallint,
        score_bps    integer,
        holdback     numeric(38,0) not null default 0,
        factors      jsonb,
        primary key (chain_id, escrow, milestone)
      );

      create table reward_request (
        chain_id  bigint   not null,
        request   bytea    not null,
        escrow    bytea    not null,
        milestone smallint not null,
        round     smallint not null,
        primary key (chain_id, request)
      );

      create table reward_fee (
        chain_id  bigint   not null,
        block     bigint   not null,
        log_index integer  not null,
        milestone smallint not null,
        escrow    bytea    not null,
        source    text     not null,
        fee       numeric(38,0) not null,
        net       numeric(38,0) not null,
        base      numeric(38,0) not null,
        epoch     integer  not null,
        at        bigint   not null,
        tx        bytea    not null,
        primary key (chain_id, block, log_index, milestone),
        constraint reward_fee_source check (source in ('milestone', 'holdback'))
      );
      create index reward_fee_escrow on reward_fee (chain_id, escrow, milestone);
      create index reward_fee_epoch on reward_fee (chain_id, epoch);

      create table reward_line (
        chain_id  bigint   not null,
        block     bigint   not null,
        log_index integer  not null,
        milestone smallint not null,
        ordinal   smallint not null,
        account   bytea    not null,
        role      text     not null,
        share_bps integer  not null,
        w         integer  not null,
        q         integer  not null,
        t         integer  not null,
        r         integer  not null,
        settle    numeric(38,0) not null,
        primary key (chain_id, block, log_index, milestone, ordinal),
        constraint reward_line_fee_fk foreign key (chain_id, block, log_index, milestone) references reward_fee on delete cascade
      );
      create index reward_line_account on reward_line (chain_id, account);

      create table reputation_line (
        chain_id  bigint   not null,
        block     bigint   not null,
        log_index integer  not null,
        milestone smallint not null,
        account   bytea    not null,
        client    bytea    not null,
        net       numeric(38,0) not null,
        before    numeric(38,0) not null,
        standing  integer  not null,
        units     numeric(38,0) not null,
        epoch     integer  not null,
        at        bigint   not null,
        primary key (chain_id, block, log_index, milestone, account)
      );
      create index reputation_line_pair on reputation_line (chain_id, client, account, at);
      create index reputation_line_account on reputation_line (chain_id, account);
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(
      'drop table reputation_line, reward_line, reward_fee, reward_request, reward_milestone, reward_escrow',
    );
  }
}
