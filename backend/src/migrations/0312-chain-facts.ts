import type { MigrationInterface, QueryRunner } from 'typeorm';

/** First topic of `Anchored(uint64,bytes32,uint64)`: the one event that is no entry, because it is about the log itself. */
const ANCHORED = '8a625ff6b600489e76c9caf3b3e78a6b1cf48af724479bd7bdca61de573a6412';

/** Every event of the chain is an entry of the audit trail when its block becomes final, or the block does not become final. */
export class ChainFacts1700000000312 implements MigrationInterface {
  name = 'ChainFacts1700000000312';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE arbitration_dispute (
        chain_id  bigint   NOT NULL,
        dispute   bytea    NOT NULL,
        escrow    bytea    NOT NULL,
        milestone smallint NOT NULL,
        round     smallint NOT NULL,
        PRIMARY KEY (chain_id, dispute)
      );
      COMMENT ON TABLE arbitration_dispute IS 'Projection: what each dispute is about';
      CREATE TRIGGER chain_journal AFTER INSERT OR UPDATE OR DELETE ON arbitration_dispute FOR EACH ROW EXECUTE FUNCTION chain_journal();

      CREATE FUNCTION audit_demand_chain_cursor() RETURNS trigger LANGUAGE plpgsql AS $body$
      DECLARE
        missing record;
      BEGIN
        SELECT l.block, l.log_index INTO missing
          FROM public.chain_log l JOIN public.chain_block b ON b.chain_id = l.chain_id AND b.number = l.block
         WHERE l.chain_id = NEW.chain_id AND l.block > OLD.finalized AND l.block <= NEW.finalized
           AND substr(l.topics, 1, 32) <> '\\x${ANCHORED}'::bytea
           AND NOT EXISTS (
             SELECT 1 FROM public.audit_event e
              WHERE e.chain_id = l.chain_id AND e.block_hash = b.hash AND e.tx_hash = l.tx AND e.log_index = l.log_index)
         LIMIT 1;
        IF FOUND THEN
          RAISE EXCEPTION 'chain_cursor: block % cannot become final, its log % has no audit event', missing.block, missing.log_index
            USING ERRCODE = 'integrity_constraint_violation', TABLE = 'chain_cursor', CONSTRAINT = 'chain_cursor_audited';
        END IF;
        RETURN NULL;
      END $body$;
      CREATE CONSTRAINT TRIGGER chain_cursor_audited AFTER UPDATE OF finalized ON chain_cursor
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_demand_chain_cursor();
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP TRIGGER chain_cursor_audited ON chain_cursor;
      DROP FUNCTION audit_demand_chain_cursor();
      DROP TABLE arbitration_dispute;
    `);
  }
}
