import type { TermsDraft } from '../modules/projects/domain/terms-draft.js';
import type { TestApp } from './test-app.js';

const DAY = 86_400;

/** A draft of two milestones, one for a vote, one for the oracle. Accounts: 1 client, 2 contributor, 3 payee, 4–6 panel, 9 arbitrator. */
export function sampleTerms(app: Pick<TestApp, 'wallet' | 'deployment'>, change: Partial<TermsDraft> = {}): TermsDraft {
  const account = (index: number): string => app.wallet(index).address;
  const profile = {
    extensionDays: 0,
    reworkDays: 7,
    graceDays: 3,
    lateDays: 14,
    arbitrationDays: 42,
    maxRounds: 3,
    killBps: 1_500,
    holdbackBps: 1_000,
    lateDailyBps: 50,
    lateCapBps: 500,
    deadlockBps: 5_000,
  };
  return {
    client: account(1),
    contributor: account(2),
    token: app.deployment.token.address,
    feeBps: 100,
    start: Math.floor(Date.now() / 1000),
    warrantyDays: 60,
    payees: [
      { account: account(2), weight: 7_000 },
      { account: account(3), weight: 3_000 },
    ],
    profiles: [
      { ...profile, reviewDays: 10, holdHours: 72, silence: 'approve' },
      { ...profile, reviewDays: 5, holdHours: 48, silence: 'dispute' },
    ],
    milestones: [
      {
        title: 'Interviews',
        description: 'Forty interviews, transcribed.',
        criteria: [
          { id: 'C1', text: 'Forty transcripts', weight: 6_000 },
          { id: 'C2', text: 'Consent forms', weight: 4_000 },
        ],
        amount: '1000000000',
        due: 30,
        fundBy: 5,
        profile: 0,
        policy: 0,
      },
      {
        title: 'Data set',
        description: '',
        criteria: [],
        amount: '2500000001',
        due: 60,
        fundBy: 40,
        profile: 1,
        policy: 1,
      },
    ],
    policies: [
      {
        preset: 'standard',
        bodies: { clients: { quorumBps: 4_000, approvalBps: 6_000 }, panel: { quorumBps: 4_000, approvalBps: 6_000 } },
        need: 1,
        silence: 'approve',
        holdOracle: false,
        windowSeconds: 10 * DAY,
        extensionSeconds: 0,
        challengeSeconds: 3 * DAY,
      },
      {
        preset: 'automated',
        bodies: { clients: { quorumBps: 5_001, approvalBps: 5_001 }, oracle: { criteriaHash: `0x${'5a'.repeat(32)}` } },
        need: 1,
        silence: 'dispute',
        holdOracle: true,
        windowSeconds: 5 * DAY,
        extensionSeconds: 0,
        challengeSeconds: 2 * DAY,
      },
    ],
    seats: [
      { account: account(1), body: 'clients', weight: 1 },
      { account: account(4), body: 'panel', weight: 1 },
      { account: account(5), body: 'panel', weight: 1 },
      { account: account(6), body: 'panel', weight: 1 },
    ],
    arbitration: {
      arbitrator: account(9),
      fallbackArbitrator: null,
      fee: '50000000',
      bond: '10000000',
      settleFeeBps: 2_500,
      panelPolicy: null,
    },
    ...change,
  };
}

/** The body that creates or edits a draft. */
export const sampleDraft = (app: Pick<TestApp, 'wallet' | 'deployment'>, change: Partial<TermsDraft> = {}) => ({
  title: 'Field study',
  summary: 'Interviews and a data set.',
  terms: sampleTerms(app, change),
});
