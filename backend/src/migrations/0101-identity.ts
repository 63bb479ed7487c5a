import type { MigrationInterface, QueryRunner } from 'typeorm';

/** People, the accounts they sign with, and their logins. */
export class Identity1700000000101 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE person (
        id         uuid        PRIMARY KEY,
        name       text        NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );

      CREATE TABLE signer (
        address    bytea       PRIMARY KEY CHECK (length(address) = 20),
        person_id  uuid        NOT NULL REFERENCES person (id),
        created_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX signer_person_id ON signer (person_id);

      CREATE TABLE login_nonce (
        nonce      text        PRIMARY KEY,
        expires_at timestamptz NOT NULL
      );
      CREATE INDEX login_nonce_expires_at ON login_nonce (expires_at);
      COMMENT ON TABLE login_nonce IS 'Consumed by one DELETE … RETURNING, so that a replay in parallel finds nothing';

      CREATE TABLE login_session (
        token_hash bytea       PRIMARY KEY CHECK (length(token_hash) = 32),
        person_id  uuid        NOT NULL REFERENCES person (id),
        address    bytea       NOT NULL REFERENCES signer (address),
        created_at timestamptz NOT NULL DEFAULT now(),
        seen_at    timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL
      );
      CREATE INDEX login_session_person_id ON login_session (person_id);
      CREATE INDEX login_session_address ON login_session (address);
      CREATE INDEX login_session_expires_at ON login_session (expires_at);
      COMMENT ON COLUMN login_session.token_hash IS 'SHA-256 of the cookie; the token itself is stored nowhere';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE login_session; DROP TABLE login_nonce; DROP TABLE signer; DROP TABLE person');
  }
}
