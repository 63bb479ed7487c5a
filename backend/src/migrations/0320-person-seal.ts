import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Names of people under a key of their own, and kept answers under the key that their request carried: what a backup holds of
 * them is unreadable without a key that erasure destroys, or that only the client has.
 */
export class PersonSeal1700000000320 implements MigrationInterface {
  name = 'PersonSeal1700000000320';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE person ALTER COLUMN name DROP NOT NULL,
        ADD COLUMN sealed_name bytea,
        ADD COLUMN dek_id uuid REFERENCES audit_keys.audit_dek,
        ADD COLUMN erased_at timestamptz,
        ADD CONSTRAINT person_sealed CHECK ((sealed_name IS NULL) = (dek_id IS NULL) AND (name IS NULL OR sealed_name IS NULL)),
        ADD CONSTRAINT person_erased CHECK (erased_at IS NULL OR num_nonnulls(name, sealed_name) = 0);
      CREATE INDEX person_dek_id ON person (dek_id);
      COMMENT ON COLUMN person.sealed_name IS 'iv, AES-256-GCM ciphertext and tag under the data key of person:<id>';
      COMMENT ON COLUMN person.name IS 'Only of an older release: sealed at the next start';

      UPDATE idempotency_key SET key = encode(sha256(convert_to(key, 'UTF8')), 'hex');
      ALTER TABLE idempotency_key ALTER COLUMN body TYPE bytea USING convert_to(body::text, 'UTF8');
      COMMENT ON COLUMN idempotency_key.key IS 'SHA-256 of the key, hex: the key itself opens the body';
      COMMENT ON COLUMN idempotency_key.body IS 'AES-256-GCM under a key derived from the client''s idempotency key';
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DELETE FROM idempotency_key;
      COMMENT ON COLUMN idempotency_key.key IS NULL;
      COMMENT ON COLUMN idempotency_key.body IS NULL;
      ALTER TABLE idempotency_key ALTER COLUMN body TYPE jsonb USING '{}'::jsonb;
      COMMENT ON COLUMN person.name IS NULL;
      UPDATE person SET name = 'Name sealed' WHERE name IS NULL;
      ALTER TABLE person DROP COLUMN sealed_name, DROP COLUMN dek_id, DROP COLUMN erased_at, ALTER COLUMN name SET NOT NULL;
    `);
  }
}
