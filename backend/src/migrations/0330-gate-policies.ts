import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Policies that projects share, recorded once; a project's first roster stands in its terms. */
export class GatePolicies1700000000330 implements MigrationInterface {
  name = 'GatePolicies1700000000330';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      create table gate_policy (
        chain_id    bigint not null,
        policy_hash bytea  not null,
        gate_policy bytea  not null,
        block       bigint not null,
        primary key (chain_id, policy_hash)
      );
      create trigger chain_journal after insert or update or delete on gate_policy for each row execute function chain_journal();

      alter table gate_roster add column client bytea not null, add column milestones smallint[] not null;
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('alter table gate_roster drop column milestones, drop column client');
    await db.query('drop table gate_policy');
  }
}
