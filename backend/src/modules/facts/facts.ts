import type { ChainLog, EventNames } from '../../platform/chain/index.js';
import type { AuditType, RefValue } from '../audit/index.js';

/** What an event of the chain means in the audit trail. */
export interface Fact {
  readonly type: AuditType;
  /** Integers and decimal strings only. */
  readonly refs: { readonly [name: string]: RefValue };
  /** Accounts: they go into an erasable section, never into the public header. */
  readonly accounts?: { readonly [name: string]: string };
}

type Reader = (log: ChainLog) => Fact | null;

/** Kinds of payments, numbered as on chain. */
const KINDS = ['milestone', 'kill-fee', 'holdback', 'fee', 'refund'] as const;
const kindOf = (log: ChainLog): string => KINDS[log.int('kind')] ?? 'unknown';
const amount = (log: ChainLog, name = 'amount'): string => log.uint(name).toString();
const hash = (log: ChainLog, name: string): string => log.hex(name).slice(2);

/** Fees and refunds have events of their own. */
const PAYMENTS: { readonly [kind: string]: AuditType } = {
  milestone: 'milestone.paid',
  'kill-fee': 'killfee.paid',
  holdback: 'holdback.paid',
};

const payment: Reader = (log) => {
  const kind = kindOf(log);
  const type = PAYMENTS[kind];
  return type === undefined
    ? null
    : { type, refs: { kind, amount: amount(log) }, accounts: { account: log.account('account') } };
};

const readers: { readonly [event: string]: Reader } = {
  EscrowCreated: (log) => ({
    type: 'project.activated',
    refs: { total: amount(log, 'total'), termsHash: hash(log, 'termsHash'), policyHash: hash(log, 'policyHash') },
    accounts: { escrow: log.account('escrow') },
  }),
  Funded: (log) => ({
    type: 'deposit.received',
    refs: { funder: log.int('funder'), amount: amount(log) },
    accounts: { from: log.account('from') },
  }),
  Synced: (log) => ({ type: 'deposit.received', refs: { amount: amount(log) } }),
  Unfunded: (log) => ({ type: 'milestone.defunded', refs: { amount: amount(log) } }),
  MilestoneFunded: (log) => ({ type: 'milestone.funded', refs: { amount: amount(log) } }),
  Submitted: (log) => ({
    type: 'submission.made',
    refs: {
      round: log.int('round'),
      digest: hash(log, 'digest'),
      lateBps: log.int('lateBps'),
      decideBy: log.int('decideBy'),
    },
  }),
  Rejected: (log) => ({
    type: 'milestone.rejected',
    refs: { round: log.int('round'), digest: hash(log, 'digest'), reason: hash(log, 'reasonHash') },
  }),
  Disputed: (log) => ({
    type: 'dispute.opened',
    refs: {
      round: log.int('round'),
      cause: log.int('cause'),
      standingBps: log.int('standingBps'),
      ruleBy: log.int('ruleBy'),
    },
  }),
  Decided: (log) => ({
    type: 'milestone.decided',
    refs: {
      round: log.int('round'),
      digest: hash(log, 'digest'),
      cause: log.int('cause'),
      payBps: log.int('payBps'),
      lateBps: log.int('lateBps'),
      gross: amount(log, 'gross'),
      lateCredit: amount(log, 'lateCredit'),
      holdback: amount(log, 'holdback'),
      fee: amount(log, 'fee'),
      net: amount(log, 'net'),
      refundable: amount(log, 'refundable'),
    },
  }),
  Paid: payment,
  Credited: (log) => ({
    type: 'credit.recorded',
    refs: { kind: kindOf(log), amount: amount(log) },
    accounts: { account: log.account('account') },
  }),
  CreditClaimed: (log) => ({
    type: 'credit.claimed',
    refs: { amount: amount(log) },
    accounts: { account: log.account('account'), to: log.account('to') },
  }),
  Refunded: (log) => ({
    type: 'refund.paid',
    refs: { amount: amount(log) },
    accounts: { funder: log.account('funder') },
  }),
  CancelNotice: (log) => ({ type: 'cancel.noticed', refs: { until: log.int('until') } }),
  MilestoneCancelled: (log) => ({
    type: 'milestone.voided',
    refs: {
      cause: log.int('cause'),
      killFee: amount(log, 'killFee'),
      fee: amount(log, 'fee'),
      released: amount(log, 'released'),
    },
  }),
  ClaimOpened: (log) => ({
    type: 'claim.opened',
    refs: {
      round: log.int('round'),
      amount: amount(log),
      evidence: hash(log, 'evidenceHash'),
      answerBy: log.int('answerBy'),
    },
  }),
  ClaimAnswered: (log) => ({
    type: 'claim.answered',
    refs: { round: log.int('round'), accepted: log.bool('accepted') },
  }),
  ClaimDecided: (log) => ({
    type: 'claim.decided',
    refs: {
      round: log.int('round'),
      payBps: log.int('payBps'),
      refunded: amount(log, 'refunded'),
      kept: amount(log, 'kept'),
    },
  }),
  Amended: (log) => ({
    type: 'milestone.amended',
    refs: { version: log.int('version'), termsHash: hash(log, 'termsHash'), policyHash: hash(log, 'policyHash') },
  }),
  MilestoneAmended: (log) => ({
    type: 'milestone.amended',
    refs: { amount: amount(log, 'newAmount'), due: log.int('due'), fundBy: log.int('fundBy') },
  }),
  HoldbackReleased: (log) => ({
    type: 'holdback.released',
    refs: { amount: amount(log), fee: amount(log, 'fee'), net: amount(log, 'net'), left: amount(log, 'left') },
  }),
  PayeeChanging: (log) => ({
    type: 'payee.changed',
    refs: { index: log.int('index'), effectiveAt: log.int('effectiveAt') },
    accounts: { current: log.account('current'), next: log.account('next') },
  }),
  PayeeChanged: (log) => ({
    type: 'payee.changed',
    refs: { index: log.int('index'), weight: log.int('newWeight') },
    accounts: { before: log.account('oldPayee'), after: log.account('newPayee') },
  }),
  BallotOpened: (log) => ({
    type: 'review.requested',
    refs: {
      round: log.int('round'),
      question: log.int('question'),
      digest: hash(log, 'digest'),
      deadline: log.int('deadline'),
    },
  }),
  BallotsCast: (log) => ({
    type: 'ballot.cast',
    refs: { ballot: hash(log, 'ballot'), yesSeats: amount(log, 'yesSeats'), noSeats: amount(log, 'noSeats') },
  }),
  BallotHeld: (log) => ({
    type: 'ballot.held',
    refs: { ballot: hash(log, 'ballot'), until: log.int('until'), payBps: log.int('payBps') },
  }),
  BallotDecided: (log) => ({
    type: 'body.decided',
    refs: {
      ballot: hash(log, 'ballot'),
      outcome: log.int('outcome'),
      payBps: log.int('payBps'),
      word: amount(log, 'word'),
    },
  }),
  Requested: (log) => ({
    type: 'verdict.requested',
    refs: {
      request: hash(log, 'requestId'),
      round: log.int('round'),
      digest: hash(log, 'digest'),
      criteria: hash(log, 'criteriaHash'),
    },
  }),
  Attested: (log) => ({
    type: 'verdict.recorded',
    refs: {
      request: hash(log, 'requestId'),
      verdict: log.int('verdict'),
      payBps: log.int('payBps'),
      evidence: hash(log, 'evidenceHash'),
    },
  }),
};

/** Events that change what people see of a project, per contract. */
export const PROJECT_EVENTS: EventNames = {
  EscrowFactory: ['EscrowCreated'],
  MilestoneEscrow: [
    'Funded',
    'Unfunded',
    'Synced',
    'MilestoneFunded',
    'Submitted',
    'Rejected',
    'Disputed',
    'StandingSet',
    'Decided',
    'Paid',
    'Credited',
    'CreditClaimed',
    'Refunded',
    'CancelNotice',
    'MilestoneCancelled',
    'HoldbackReleased',
    'ClaimOpened',
    'ClaimAnswered',
    'ClaimDecided',
    'Amended',
    'MilestoneAmended',
    'PayeeChanging',
    'PayeeChanged',
  ],
  MilestoneGate: ['BallotOpened', 'BallotsCast', 'Reported', 'BallotExtended', 'BallotHeld', 'BallotDecided'],
  CreOracle: ['Requested', 'Attested', 'Pushed'],
};

/** Null for an event whose content another entry already carries. */
export const factOf = (log: ChainLog): Fact | null => readers[log.event]?.(log) ?? null;
