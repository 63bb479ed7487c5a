/** A row that must not be committed without its audit event in the same transaction. */
export interface AuditDemand {
  readonly table: string;
  /** When, as in CREATE TRIGGER: `INSERT OR UPDATE OF title`. */
  readonly on: string;
  /** Condition on `r`, the row, in plpgsql; left out: always. */
  readonly when?: string;
  /** SQL of the event that is demanded, over `e` (its row), `refs` (its references, jsonb) and `r` (the business row). */
  readonly event: string;
}

/** The deferred constraint trigger that refuses the commit. Names are qualified: a temporary table cannot stand in for the real one. */
export function demandAudit({ table, on, when = 'true', event }: AuditDemand): string {
  return `
    CREATE FUNCTION audit_demand_${table}() RETURNS trigger LANGUAGE plpgsql AS $body$
    DECLARE
      r public.${table} := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    BEGIN
      IF ${when} AND NOT EXISTS (
        SELECT 1 FROM public.audit_event e, LATERAL (SELECT convert_from(e.header, 'UTF8')::jsonb->'refs' AS refs) h
         WHERE e.xid = pg_current_xact_id() AND ${event}) THEN
        RAISE EXCEPTION '${table}: % without its audit event in the same transaction', TG_OP
          USING ERRCODE = 'integrity_constraint_violation', TABLE = '${table}', CONSTRAINT = '${table}_audited';
      END IF;
      RETURN NULL;
    END $body$;
    CREATE CONSTRAINT TRIGGER ${table}_audited AFTER ${on} ON ${table}
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_demand_${table}();
  `;
}

export const dropDemand = ({ table }: AuditDemand): string => `
    DROP TRIGGER ${table}_audited ON ${table};
    DROP FUNCTION audit_demand_${table}();
  `;
