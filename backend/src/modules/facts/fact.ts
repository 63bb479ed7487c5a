import type { ChainLog } from '../../platform/chain/index.js';
import type { AuditType, RefValue } from '../audit/index.js';

/** What an event of the chain means in the audit trail. */
export interface Fact {
  readonly type: AuditType;
  /** Integers and decimal strings only. */
  readonly refs: { readonly [name: string]: RefValue };
  /** Accounts: they go into an erasable section, never into the public header. */
  readonly accounts?: { readonly [name: string]: string };
}

export type Reader = (log: ChainLog) => Fact;
/** One reader for each event of a contract. */
export type Readers = { readonly [event: string]: Reader };

export const amount = (log: ChainLog, name = 'amount'): string => log.uint(name).toString();
export const hash = (log: ChainLog, name: string): string => log.hex(name).slice(2);
