import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What each escrow holds by its events, for the comparison with its own books. */
export class ChainLedger1700000000205 implements MigrationInterface {
  name = 'ChainLedger1700000000205';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      create table chain_ledger (
        chain_id bigint        not null,
        escrow   bytea         not null,
        booked   numeric(78,0) not null,
        primary key (chain_id, escrow)
      )`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('drop table chain_ledger');
  }
}
