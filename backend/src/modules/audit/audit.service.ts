import type { Sql } from '../../platform/outbox/sql.js';
import type { AuditEvent, AuditReceipt } from './domain/event.js';

/**
 * The audit trail as other modules see it. Inject this class; the module binds it to Postgres.
 *
 * Call `append` inside the transaction that writes the business rows, with that transaction's manager: both commit or neither.
 */
export abstract class AuditService {
  /**
   * Appends one event.
   * @throws AuditEventRefused if the event is not well formed (nothing is written; the caller's transaction should roll back)
   */
  abstract append(em: Sql, event: AuditEvent): Promise<AuditReceipt>;
  /** Appends several in order; the same as a loop over `append`, in fewer statements. */
  abstract appendAll(em: Sql, events: readonly AuditEvent[]): Promise<AuditReceipt[]>;
  /** The receipt as a note signed by the log. Call it after the commit: a signature is a promise. */
  abstract sign(receipt: AuditReceipt): Promise<string>;
}
