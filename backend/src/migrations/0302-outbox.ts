import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Announcements: written by any transaction (outbox), numbered by one writer (feed). */
export class Outbox1700000000302 implements MigrationInterface {
  name = 'Outbox1700000000302';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE outbox (
        pos        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        type       text  NOT NULL,
        ids        jsonb NOT NULL,
        project_id text,
        person_id  text,
        finality   text  CHECK (finality IN ('included', 'safe', 'finalized'))
      );
      CREATE TABLE feed (
        seq        bigint PRIMARY KEY,
        type       text  NOT NULL,
        ids        jsonb NOT NULL,
        project_id text,
        person_id  text,
        finality   text,
        at         timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX feed_at ON feed (at);
      CREATE TABLE feed_lead (
        one   boolean PRIMARY KEY DEFAULT true CHECK (one),
        epoch bigint NOT NULL DEFAULT 0,
        seq   bigint NOT NULL DEFAULT 0
      );
      INSERT INTO feed_lead DEFAULT VALUES;
      COMMENT ON TABLE outbox IS 'A queue: the notifier deletes what it has published';
      COMMENT ON TABLE feed IS 'Published announcements in commit order, without gaps; kept 7 days';
      COMMENT ON COLUMN feed_lead.epoch IS 'raised by every new notifier; a batch with an older one is refused';
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE feed_lead, feed, outbox');
  }
}
