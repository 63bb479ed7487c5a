import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Oversight: requests for erasure, legal holds, and the auditors that parties or operators let in. Rows change state, none is deleted. */
export class Oversight1700000000321 implements MigrationInterface {
  name = 'Oversight1700000000321';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE erasure_request (
        id           uuid        PRIMARY KEY,
        person_id    uuid        NOT NULL REFERENCES person,
        state        text        NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'withdrawn', 'refused', 'executed')),
        requested_at timestamptz NOT NULL DEFAULT now(),
        decided_at   timestamptz,
        reason       text,
        event_id     uuid        REFERENCES audit_event,
        CONSTRAINT erasure_request_decided CHECK ((state = 'open') = (decided_at IS NULL))
      );
      CREATE UNIQUE INDEX erasure_request_open ON erasure_request (person_id) WHERE state = 'open';
      CREATE INDEX erasure_request_person ON erasure_request (person_id);
      CREATE INDEX erasure_request_event ON erasure_request (event_id);
      COMMENT ON COLUMN erasure_request.reason IS 'Code, no free text';

      CREATE TABLE legal_hold (
        id          uuid        PRIMARY KEY,
        person_id   uuid        NOT NULL REFERENCES person,
        reason      text        NOT NULL CHECK (reason IN ('dispute', 'tax', 'court-order', 'investigation')),
        set_at      timestamptz NOT NULL DEFAULT now(),
        lifted_at   timestamptz
      );
      CREATE UNIQUE INDEX legal_hold_live ON legal_hold (person_id, reason) WHERE lifted_at IS NULL;
      CREATE INDEX legal_hold_person ON legal_hold (person_id);

      CREATE TABLE auditor_grant (
        id          uuid        PRIMARY KEY,
        project_id  uuid        NOT NULL REFERENCES project,
        account     bytea       NOT NULL CHECK (octet_length(account) = 20),
        granted_by  uuid        NOT NULL REFERENCES person,
        granted_at  timestamptz NOT NULL DEFAULT now(),
        expires_at  timestamptz NOT NULL,
        revoked_at  timestamptz,
        CONSTRAINT auditor_grant_time CHECK (expires_at > granted_at)
      );
      CREATE UNIQUE INDEX auditor_grant_live ON auditor_grant (project_id, account) WHERE revoked_at IS NULL;
      CREATE INDEX auditor_grant_project ON auditor_grant (project_id);
      CREATE INDEX auditor_grant_account ON auditor_grant (account);
      CREATE INDEX auditor_grant_granted_by ON auditor_grant (granted_by);
      COMMENT ON TABLE auditor_grant IS 'An auditor reads the audit trail of one project until expires_at, and nothing else';
      CREATE INDEX audit_event_actor ON audit_event (actor, id);
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP INDEX audit_event_actor; DROP TABLE auditor_grant, legal_hold, erasure_request');
  }
}
