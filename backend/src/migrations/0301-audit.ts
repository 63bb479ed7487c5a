import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Audit trail: entries and their encrypted sections, the queue to the log, and the log itself. What was written stays:
 * triggers refuse changes even to the owner; the Merkle tree shows what a superuser could still do.
 */
export class Audit1700000000301 implements MigrationInterface {
  name = 'Audit1700000000301';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE FUNCTION audit_insert_only() RETURNS trigger LANGUAGE plpgsql AS $body$
      BEGIN
        RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'integrity_constraint_violation';
      END $body$;

      CREATE TABLE audit_event (
        id           uuid   PRIMARY KEY,
        header       bytea  NOT NULL CHECK (octet_length(header) <= 4096),
        leaf_hash    bytea  NOT NULL CHECK (leaf_hash = sha256('\\x00'::bytea || header)),
        type         text   NOT NULL,
        at           bigint NOT NULL,
        actor        text   NOT NULL,
        subject_type text   NOT NULL,
        subject_id   text   NOT NULL,
        project_id   text,
        chain_id     bigint,
        block_hash   bytea,
        tx_hash      bytea,
        log_index    integer,
        xid          xid8   NOT NULL,
        CONSTRAINT audit_event_chain_fact UNIQUE (chain_id, block_hash, tx_hash, log_index),
        CONSTRAINT audit_event_chain_whole CHECK (num_nonnulls(chain_id, block_hash, tx_hash, log_index) IN (0, 4))
      );
      CREATE INDEX audit_event_project ON audit_event (project_id, id);
      CREATE INDEX audit_event_subject ON audit_event (subject_type, subject_id);
      COMMENT ON TABLE audit_event IS 'One row per log entry. The header is the entry; the other columns are an index over it, filled by trigger';
      COMMENT ON COLUMN audit_event.at IS 'ms since 1970';

      CREATE FUNCTION audit_event_from_header() RETURNS trigger LANGUAGE plpgsql AS $body$
      DECLARE
        h jsonb := convert_from(NEW.header, 'UTF8')::jsonb;
        fact jsonb := CASE WHEN jsonb_typeof(h->'source') = 'object' THEN h->'source' END;
      BEGIN
        NEW.id := (h->>'id')::uuid;
        NEW.leaf_hash := sha256('\\x00'::bytea || NEW.header);
        NEW.type := h->>'type';
        NEW.at := (h->>'at')::bigint;
        NEW.actor := h->>'actor';
        NEW.subject_type := h->'subject'->>0;
        NEW.subject_id := h->'subject'->>1;
        NEW.project_id := h->>'project';
        NEW.chain_id := (fact->>'chain')::bigint;
        NEW.block_hash := decode(substr(fact->>'block', 3), 'hex');
        NEW.tx_hash := decode(substr(fact->>'tx', 3), 'hex');
        NEW.log_index := (fact->>'log')::integer;
        NEW.xid := pg_current_xact_id();
        RETURN NEW;
      END $body$;
      CREATE TRIGGER audit_event_fill BEFORE INSERT ON audit_event
        FOR EACH ROW EXECUTE FUNCTION audit_event_from_header();

      CREATE SCHEMA audit_keys;
      CREATE TABLE audit_keys.audit_dek (
        id          uuid  PRIMARY KEY,
        subject_ref text  NOT NULL,
        wrapped_dek bytea,
        kek_id      text  NOT NULL,
        created_at  timestamptz NOT NULL DEFAULT now(),
        shredded_at timestamptz,
        CONSTRAINT audit_dek_shredded CHECK ((wrapped_dek IS NULL) = (shredded_at IS NOT NULL))
      );
      CREATE UNIQUE INDEX audit_dek_current ON audit_keys.audit_dek (subject_ref) WHERE shredded_at IS NULL;
      COMMENT ON SCHEMA audit_keys IS 'Wrapped data keys. Dumped apart and kept at most 30 days, so that a destroyed key is gone from backups';

      CREATE TABLE audit_payload (
        event_id    uuid  NOT NULL REFERENCES audit_event,
        section     text  NOT NULL,
        subject_ref text  NOT NULL,
        salt        bytea CHECK (octet_length(salt) = 32),
        iv          bytea NOT NULL CHECK (octet_length(iv) = 12),
        ciphertext  bytea,
        tag         bytea NOT NULL CHECK (octet_length(tag) = 16),
        dek_id      uuid  NOT NULL REFERENCES audit_keys.audit_dek,
        erased_at   timestamptz,
        PRIMARY KEY (event_id, section),
        CONSTRAINT audit_payload_erased CHECK (
          (erased_at IS NULL AND num_nonnulls(salt, ciphertext) = 2) OR (erased_at IS NOT NULL AND num_nonnulls(salt, ciphertext) = 0))
      );
      CREATE INDEX audit_payload_dek ON audit_payload (dek_id);
      CREATE INDEX audit_payload_subject ON audit_payload (subject_ref);

      CREATE FUNCTION audit_payload_erase_only() RETURNS trigger LANGUAGE plpgsql AS $body$
      BEGIN
        IF OLD.erased_at IS NOT NULL OR NEW.erased_at IS NULL
           OR (NEW.event_id, NEW.section, NEW.subject_ref, NEW.iv, NEW.tag, NEW.dek_id)
              IS DISTINCT FROM (OLD.event_id, OLD.section, OLD.subject_ref, OLD.iv, OLD.tag, OLD.dek_id) THEN
          RAISE EXCEPTION 'audit_payload: the only change is erasure' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
      END $body$;
      CREATE TRIGGER audit_payload_update BEFORE UPDATE ON audit_payload
        FOR EACH ROW EXECUTE FUNCTION audit_payload_erase_only();

      CREATE TABLE actor_alias (
        actor_ref  text PRIMARY KEY,
        person_id  text NOT NULL,
        project_id text NOT NULL,
        CONSTRAINT actor_alias_person UNIQUE (person_id, project_id)
      );
      COMMENT ON TABLE actor_alias IS 'Random pseudonym of a person in one project (empty: outside of projects). Erasure deletes the row';

      CREATE TABLE audit_pending (
        pos      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        event_id uuid NOT NULL UNIQUE REFERENCES audit_event
      );

      CREATE TABLE audit_leaf (
        idx       bigint PRIMARY KEY CHECK (idx >= 0),
        event_id  uuid   NOT NULL UNIQUE REFERENCES audit_event,
        leaf_hash bytea  NOT NULL CHECK (octet_length(leaf_hash) = 32)
      );
      CREATE TABLE audit_subtree (
        lvl  smallint NOT NULL CHECK (lvl IN (8, 16, 24, 32)),
        idx  bigint   NOT NULL CHECK (idx >= 0),
        hash bytea    NOT NULL CHECK (octet_length(hash) = 32),
        PRIMARY KEY (lvl, idx)
      );
      CREATE TABLE audit_checkpoint (
        size       bigint PRIMARY KEY CHECK (size > 0),
        root       bytea  NOT NULL CHECK (octet_length(root) = 32),
        epoch      bigint NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE TABLE audit_cosignature (
        size bigint NOT NULL REFERENCES audit_checkpoint,
        key  text   NOT NULL,
        line text   NOT NULL,
        at   timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (size, key)
      );
      COMMENT ON TABLE audit_cosignature IS 'Signature lines of heads: the log''s own and those of witnesses. key is name and key id';

      CREATE TABLE audit_lead (
        one    boolean PRIMARY KEY DEFAULT true CHECK (one),
        epoch  bigint NOT NULL DEFAULT 0,
        halted text
      );
      INSERT INTO audit_lead DEFAULT VALUES;
      COMMENT ON COLUMN audit_lead.epoch IS 'raised by every new sequencer; a batch with an older one is refused';
      COMMENT ON COLUMN audit_lead.halted IS 'why the log neither grows nor signs; null while it runs';

      CREATE TRIGGER audit_payload_keep BEFORE DELETE ON audit_payload
        FOR EACH ROW EXECUTE FUNCTION audit_insert_only();
    `);
    for (const table of ['audit_event', 'audit_leaf', 'audit_subtree', 'audit_checkpoint', 'audit_cosignature']) {
      await db.query(
        `CREATE TRIGGER ${table}_keep BEFORE UPDATE OR DELETE ON ${table} FOR EACH ROW EXECUTE FUNCTION audit_insert_only()`,
      );
    }
    for (const table of [
      'audit_event',
      'audit_payload',
      'audit_leaf',
      'audit_subtree',
      'audit_checkpoint',
      'audit_cosignature',
      'audit_pending',
    ]) {
      await db.query(
        `CREATE TRIGGER ${table}_whole BEFORE TRUNCATE ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION audit_insert_only()`,
      );
    }
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP TABLE audit_lead, audit_cosignature, audit_checkpoint, audit_subtree, audit_leaf, audit_pending, actor_alias, audit_payload;
      DROP SCHEMA audit_keys CASCADE;
      DROP TABLE audit_event;
      DROP FUNCTION audit_payload_erase_only();
      DROP FUNCTION audit_event_from_header();
      DROP FUNCTION audit_insert_only();
    `);
  }
}
