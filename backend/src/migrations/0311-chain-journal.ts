import type { MigrationInterface, QueryRunner } from 'typeorm';

const PROJECTIONS = [
  'escrow_project',
  'escrow_milestone',
  'escrow_submission',
  'escrow_payment',
  'chain_ledger',
  'gate_roster',
  'gate_ballot',
  'gate_vote',
  'oracle_request',
  'reward_escrow',
  'reward_milestone',
  'reward_request',
  'reward_fee',
  'reward_line',
  'reputation_line',
];

/** The journal's triggers, which the indexer used to make itself: the application's role may not. */
export class ChainJournal1700000000311 implements MigrationInterface {
  name = 'ChainJournal1700000000311';

  async up(db: QueryRunner): Promise<void> {
    for (const table of PROJECTIONS) {
      await db.query(
        `CREATE OR REPLACE TRIGGER chain_journal AFTER INSERT OR UPDATE OR DELETE ON ${table} FOR EACH ROW EXECUTE FUNCTION chain_journal()`,
      );
    }
  }

  async down(db: QueryRunner): Promise<void> {
    for (const table of PROJECTIONS) await db.query(`DROP TRIGGER chain_journal ON ${table}`);
  }
}
