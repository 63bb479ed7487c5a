import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tables of the platform itself: answers kept for idempotency keys. */
export class Platform1700000000100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE idempotency_key (
        actor        text        NOT NULL,
        key          text        NOT NULL CHECK (length(key) BETWEEN 8 AND 128),
        request_hash bytea       NOT NULL CHECK (length(request_hash) = 32),
        body         jsonb       NOT NULL,
        created_at   timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (actor, key)
      );
      CREATE INDEX idempotency_key_created_at ON idempotency_key (created_at);
      COMMENT ON TABLE idempotency_key IS 'Answers of creating and relaying requests, written with their effect; kept 24 h';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE idempotency_key');
  }
}
