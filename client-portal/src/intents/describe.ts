import type { TypedData } from '../api/types';
import { formatBps } from '../lib/money';

/** Turns the very object that is signed into rows a person can read. Nothing is taken from elsewhere. */
export interface Row {
  field: string;
  label: string;
  kind: 'address' | 'hash' | 'amount' | 'time' | 'text';
  value: string;
}

const LABELS: Record<string, string> = {
  client: 'Client',
  contributor: 'Contributor',
  token: 'Paid in',
  total: 'Total of all milestones',
  feeBps: 'Fee',
  termsHash: 'Fingerprint of the terms',
  policyHash: 'Fingerprint of the decision rules',
  rosterHash: 'Fingerprint of seats and criteria',
  argsHash: 'Fingerprint of amounts and dates',
  deadline: 'Signature valid until',
  from: 'From',
  to: 'To',
  value: 'Amount',
  amount: 'Amount',
  validAfter: 'Valid from',
  validBefore: 'Valid until',
  milestone: 'Milestone',
  m: 'Milestone',
  round: 'Round',
  question: 'Question',
  digest: 'Fingerprint of the submission',
  payBps: 'Share of the amount',
  approve: 'Your vote',
  reason: 'Fingerprint of your reason',
  account: 'Account',
  escrow: "Project's escrow",
  reasonHash: 'Fingerprint of the reason',
  version: 'Terms version',
  waiveLate: 'Late credit waived',
  funder: 'Funder',
  nonce: 'Once-only number',
};

const AMOUNTS = new Set(['total', 'value', 'amount', 'payAmount']);
const TIMES = new Set(['deadline', 'validAfter', 'validBefore', 'expiry']);

/** Rows of the message, in the order in which the type declares its fields. */
export function describe(data: TypedData): Row[] {
  const fields = data.types[data.primaryType] ?? [];
  return fields.map(({ name, type }) => {
    const raw = data.message[name];
    const label = LABELS[name] ?? name;
    const value = typeof raw === 'object' && raw !== null ? JSON.stringify(raw) : String(raw);
    if (type === 'address') {
      const zero = /^0x0{40}$/i.test(value);
      return { field: name, label, kind: zero ? 'text' : 'address', value: zero ? 'none' : value };
    }
    if (type.startsWith('bytes')) {
      const zero = /^0x0*$/.test(value);
      return { field: name, label, kind: zero ? 'text' : 'hash', value: zero ? 'none' : value };
    }
    if (TIMES.has(name))
      return value === '0'
        ? { field: name, label, kind: 'text', value: 'now' }
        : { field: name, label, kind: 'time', value };
    if (AMOUNTS.has(name)) return { field: name, label, kind: 'amount', value };
    if (name.endsWith('Bps')) return { field: name, label, kind: 'text', value: formatBps(Number(value)) };
    if (name === 'approve')
      return { field: name, label, kind: 'text', value: raw === true ? 'Approve' : 'Request changes' };
    if (name === 'milestone' || name === 'm')
      return { field: name, label, kind: 'text', value: String(Number(value) + 1) };
    if (type === 'bool') return { field: name, label, kind: 'text', value: raw === true ? 'yes' : 'no' };
    return { field: name, label, kind: 'text', value };
  });
}

/** JSON of the typed data, amounts as decimal strings; what the expert fold shows and copies. */
export const rawJson = (data: unknown): string =>
  JSON.stringify(data, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value), 2);
