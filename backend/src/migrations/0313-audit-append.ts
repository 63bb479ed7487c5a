import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Appending in one call: entries, their sections and their places in the queue, with plans that the session keeps. Pseudonyms
 * and data keys that the caller remembers are looked up again in the same call, so that an erased one is never used: then it
 * answers one row of nulls and writes nothing.
 */
export class AuditAppend1700000000313 implements MigrationInterface {
  name = 'AuditAppend1700000000313';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE audit_event DROP CONSTRAINT audit_event_chain_fact;
      CREATE UNIQUE INDEX audit_event_chain_fact ON audit_event (chain_id, block_hash, tx_hash, log_index) WHERE chain_id IS NOT NULL;

      CREATE FUNCTION audit_append(
        headers bytea[],
        alias_refs text[], alias_people text[], alias_projects text[],
        events uuid[], sections text[], subjects text[], salts bytea[], ivs bytea[], ciphertexts bytea[], tags bytea[], deks uuid[]
      ) RETURNS TABLE (event_id uuid, event_leaf bytea, event_at bigint) LANGUAGE plpgsql AS $body$
      #variable_conflict use_column
      DECLARE
        entry bytea;
        known boolean;
        part integer := 1;
        parts integer := cardinality(events);
      BEGIN
        FOR i IN 1 .. cardinality(alias_refs) LOOP
          PERFORM FROM actor_alias a WHERE a.actor_ref = alias_refs[i] AND a.person_id = alias_people[i] AND a.project_id = alias_projects[i];
          IF NOT FOUND THEN
            RETURN NEXT;
            RETURN;
          END IF;
        END LOOP;
        FOR i IN 1 .. parts LOOP
          PERFORM FROM audit_keys.audit_dek d WHERE d.id = deks[i] AND d.shredded_at IS NULL;
          IF NOT FOUND THEN
            RETURN NEXT;
            RETURN;
          END IF;
        END LOOP;
        -- One by one: a statement over all of them would be planned anew at each call.
        FOREACH entry IN ARRAY headers LOOP
          INSERT INTO audit_event AS e (header) VALUES (entry)
            ON CONFLICT (chain_id, block_hash, tx_hash, log_index) WHERE chain_id IS NOT NULL DO NOTHING
            RETURNING e.id, e.leaf_hash, e.at INTO event_id, event_leaf, event_at;
          known := NOT FOUND;
          IF known THEN
            event_id := (convert_from(entry, 'UTF8')::jsonb->>'id')::uuid;
          ELSE
            INSERT INTO audit_pending (event_id) VALUES (audit_append.event_id);
            RETURN NEXT;
          END IF;
          -- The sections come in the order of the entries.
          WHILE part <= parts AND events[part] = audit_append.event_id LOOP
            IF NOT known THEN
              INSERT INTO audit_payload (event_id, section, subject_ref, salt, iv, ciphertext, tag, dek_id)
              VALUES (events[part], sections[part], subjects[part], salts[part], ivs[part], ciphertexts[part], tags[part], deks[part]);
            END IF;
            part := part + 1;
          END LOOP;
        END LOOP;
        IF part <= parts THEN
          RAISE EXCEPTION 'audit_append: a section belongs to no entry, or out of order' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
      END $body$;
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP FUNCTION audit_append(bytea[], text[], text[], text[], uuid[], text[], text[], bytea[], bytea[], bytea[], bytea[], uuid[]);
      DROP INDEX audit_event_chain_fact;
      ALTER TABLE audit_event ADD CONSTRAINT audit_event_chain_fact UNIQUE (chain_id, block_hash, tx_hash, log_index);
    `);
  }
}
