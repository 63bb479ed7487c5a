import type { ChainLog } from '../../platform/chain/index.js';
import { amount, hash, type Readers } from './fact.js';

/** Events of the gate: ballots. */
export const gateFacts: Readers = {
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
  BallotExtended: (log) => ({
    type: 'ballot.extended',
    refs: { ballot: hash(log, 'ballot'), deadline: log.int('deadline') },
  }),
  Objection: (log) => ({
    type: 'ballot.objected',
    refs: { ballot: hash(log, 'ballot'), seat: log.int('seat'), reason: hash(log, 'reason') },
  }),
  Reported: (log) => ({
    type: 'verdict.counted',
    refs: {
      ballot: hash(log, 'ballot'),
      verdict: log.int('verdict'),
      payBps: log.int('payBps'),
      evidence: hash(log, 'evidence'),
      latched: log.bool('latched'),
    },
  }),
  OracleUnreachable: (log) => ({
    type: 'verdict.unreachable',
    refs: { ballot: hash(log, 'ballot') },
    accounts: { oracle: log.account('oracle') },
  }),
  RosterRegistered: (log) => ({ type: 'policy.registered', refs: { roster: log.int('version') } }),
};

/** Events of the book of shared policies: no project's, many may name it. */
export const policyFacts: Readers = {
  PolicyDefined: (log) => ({ type: 'policy.registered', refs: { policyHash: hash(log, 'policyHash') } }),
};

/** Events of the oracle's contract: verdicts. */
export const oracleFacts: Readers = {
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
  Pushed: (log) => ({
    type: 'verdict.pushed',
    refs: { request: hash(log, 'requestId'), latched: log.bool('latched'), failed: false },
  }),
  PushFailed: (log) => ({ type: 'verdict.pushed', refs: { request: hash(log, 'requestId'), failed: true } }),
  GuardianSet: (log) => ({
    type: 'parameter.changed',
    refs: { parameter: 'oracle-guardian' },
    accounts: { guardian: log.account('guardian') },
  }),
  WorkflowAllowed: (log) => ({
    type: 'parameter.changed',
    refs: { parameter: 'oracle-workflow', workflow: hash(log, 'workflowId'), activeAt: log.int('activeAt') },
  }),
  WorkflowRevoked: (log) => ({
    type: 'parameter.changed',
    refs: { parameter: 'oracle-workflow-revoked', workflow: hash(log, 'workflowId') },
  }),
};

const dispute = (log: ChainLog): { readonly dispute: string } => ({ dispute: hash(log, 'dispute') });
const side = (log: ChainLog): { readonly dispute: string; readonly side: number } => ({
  ...dispute(log),
  side: log.int('side'),
});
const party = (log: ChainLog, name = 'party'): { readonly [name: string]: string } => ({ [name]: log.account(name) });

/** Events of the arbitration: what happens after a dispute. */
export const arbitrationFacts: Readers = {
  DisputeOpened: (log) => ({
    type: 'dispute.entered',
    refs: {
      ...dispute(log),
      round: log.int('round'),
      standingBps: log.int('standingBps'),
      ruleBy: log.int('ruleBy'),
    },
  }),
  RungEntered: (log) => ({
    type: 'dispute.rung',
    refs: { ...dispute(log), rung: log.int('rung'), until: log.int('until') },
  }),
  Challenged: (log) => ({
    type: 'dispute.challenged',
    refs: { ...side(log), bond: amount(log, 'bond') },
    accounts: party(log, 'challenger'),
  }),
  Appealed: (log) => ({ type: 'dispute.appealed', refs: side(log), accounts: party(log) }),
  EvidenceAdded: (log) => ({
    type: 'evidence.added',
    refs: { ...side(log), evidence: hash(log, 'evidence') },
    accounts: party(log),
  }),
  Deposited: (log) => ({
    type: 'deposit.received',
    refs: { ...side(log), amount: amount(log) },
    accounts: party(log),
  }),
  PanelDecided: (log) => ({
    type: 'ruling.made',
    refs: { ...dispute(log), by: 'panel', payBps: log.int('payBps'), decidedAt: log.int('decidedAt') },
  }),
  Ruled: (log) => ({
    type: 'ruling.made',
    refs: { ...dispute(log), by: 'arbitrator', payBps: log.int('payBps'), reason: hash(log, 'reason') },
  }),
  CostsSettled: (log) => ({
    type: 'dispute.costs',
    refs: {
      ...dispute(log),
      client: amount(log, 'clientShare'),
      payees: amount(log, 'payeesShare'),
      shiftBps: log.int('shiftBps'),
    },
  }),
  BondSettled: (log) => ({
    type: 'dispute.costs',
    refs: {
      ...dispute(log),
      returned: amount(log, 'returned'),
      otherSide: amount(log, 'otherSide'),
      treasury: amount(log, 'treasury'),
    },
  }),
  DisputeClosed: (log) => ({
    type: 'dispute.closed',
    refs: { ...dispute(log), payBps: log.int('payBps'), by: log.int('by') },
  }),
  Paid: (log) => ({
    type: 'deposit.returned',
    refs: { ...dispute(log), amount: amount(log) },
    accounts: party(log, 'account'),
  }),
  Credited: (log) => ({
    type: 'credit.recorded',
    refs: { ...dispute(log), kind: 'deposit', amount: amount(log) },
    accounts: party(log, 'account'),
  }),
  CreditClaimed: (log) => ({
    type: 'credit.claimed',
    refs: { kind: 'deposit', amount: amount(log) },
    accounts: { account: log.account('account'), token: log.account('token'), to: log.account('to') },
  }),
};
