import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Uploaded files, the manifests that name them, and who downloaded what. */
export class Deliverables1700000000103 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE deliverable_file (
        project_id  uuid        NOT NULL REFERENCES project (id),
        milestone   smallint    NOT NULL CHECK (milestone BETWEEN 0 AND 15),
        sha256      bytea       NOT NULL CHECK (length(sha256) = 32),
        size        bigint      NOT NULL CHECK (size > 0),
        name        text        NOT NULL,
        uploaded_by uuid        NOT NULL REFERENCES person (id),
        uploaded_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (project_id, milestone, sha256)
      );
      CREATE INDEX deliverable_file_uploaded_by ON deliverable_file (uploaded_by);

      CREATE TABLE deliverable_manifest (
        digest       bytea       PRIMARY KEY CHECK (length(digest) = 32),
        project_id   uuid        NOT NULL REFERENCES project (id),
        milestone    smallint    NOT NULL CHECK (milestone BETWEEN 0 AND 15),
        manifest     jsonb       NOT NULL,
        confidential jsonb       NOT NULL,
        made_by      uuid        NOT NULL REFERENCES person (id),
        made_at      timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX deliverable_manifest_project ON deliverable_manifest (project_id, milestone, made_at);
      CREATE INDEX deliverable_manifest_made_by ON deliverable_manifest (made_by);
      COMMENT ON TABLE deliverable_manifest IS 'Never changed: the digest that goes on the chain is the hash of manifest';

      CREATE TABLE deliverable_download (
        id            uuid        PRIMARY KEY,
        digest        bytea       NOT NULL REFERENCES deliverable_manifest (digest),
        sha256        bytea       NOT NULL CHECK (length(sha256) = 32),
        person_id     uuid        REFERENCES person (id),
        downloaded_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX deliverable_download_digest ON deliverable_download (digest);
      CREATE INDEX deliverable_download_person_id ON deliverable_download (person_id);
      COMMENT ON COLUMN deliverable_download.person_id IS 'Null: a service of this installation (the acceptance runner)';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE deliverable_download; DROP TABLE deliverable_manifest; DROP TABLE deliverable_file');
  }
}
