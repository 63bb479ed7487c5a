import type { ChainLog } from '../../platform/chain/index.js';
import type { AuditType } from '../audit/index.js';
import { amount, hash, type Reader, type Readers } from './fact.js';

/** Kinds of payments, numbered as on chain. */
const KINDS = ['milestone', 'kill-fee', 'holdback', 'fee', 'refund'] as const;
const kindOf = (log: ChainLog): string => KINDS[log.int('kind')] ?? 'unknown';

/** Fees and refunds have events of their own. */
const PAYMENTS: { readonly [kind: string]: AuditType } = {
  milestone: 'milestone.paid',
  'kill-fee': 'killfee.paid',
  holdback: 'holdback.paid',
};

const payment: Reader = (log) => {
  const kind = kindOf(log);
  return {
    type: PAYMENTS[kind] ?? 'milestone.paid',
    refs: { kind, amount: amount(log) },
    accounts: { account: log.account('account') },
  };
};

/** Events of a project's escrow. */
export const escrowFacts: Readers = {
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
    refs: {
      version: log.int('version'),
      termsHash: hash(log, 'termsHash'),
      policyHash: hash(log, 'policyHash'),
      rosterHash: hash(log, 'rosterHash'),
    },
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
  StandingSet: (log) => ({
    type: 'dispute.standing',
    refs: { round: log.int('round'), beforeBps: log.int('oldBps'), afterBps: log.int('newBps') },
  }),
  IntentsRevoked: (log) => ({
    type: 'intent.revoked',
    refs: { key: amount(log, 'key') },
    accounts: { account: log.account('account') },
  }),
  Recovered: (log) => ({
    type: 'token.recovered',
    refs: { amount: amount(log) },
    accounts: { token: log.account('token') },
  }),
};
