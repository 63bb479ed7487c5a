import type { Milestone, Project, ProfileDraft, TermsDraft } from '../api/types';

/** A small project for tests: three milestones of 6,000, 4,000 and 2,000 with a kill fee of 15%. */
export const profile: ProfileDraft = {
  reviewDays: 10,
  extensionDays: 2,
  holdHours: 24,
  reworkDays: 7,
  graceDays: 3,
  lateDays: 14,
  arbitrationDays: 42,
  silence: 'approve',
  maxRounds: 3,
  killBps: 1_500,
  holdbackBps: 1_000,
  lateDailyBps: 50,
  lateCapBps: 500,
  deadlockBps: 5_000,
};

export const CLIENT = '0x1111111111111111111111111111111111111111';
export const CONTRIBUTOR = '0x2222222222222222222222222222222222222222';
export const SEAT = '0x3333333333333333333333333333333333333333';
const ESCROW = '0x4444444444444444444444444444444444444444';
const TOKEN = '0x5555555555555555555555555555555555555555';

const AMOUNTS = ['6000000000', '4000000000', '2000000000'];

export const milestone = (index: number, news: Partial<Milestone> = {}): Milestone => ({
  index,
  title: `Part ${index + 1}`,
  description: '',
  criteria: [{ id: 'c1', text: 'Done', weight: 10_000 }],
  amount: AMOUNTS[index] ?? '0',
  due: '2026-06-01T00:00:00Z',
  fundBy: '2026-05-01T00:00:00Z',
  policy: { sentence: 'Paid when the panel approves.', bodies: ['panel'], need: 1, silence: 'approve' },
  status: 'Planned',
  round: 0,
  maxRounds: 3,
  digest: null,
  submittedAt: null,
  exit: null,
  decision: null,
  ...news,
});

const terms: TermsDraft = {
  client: CLIENT,
  contributor: CONTRIBUTOR,
  token: TOKEN,
  feeBps: 500,
  start: 1_767_225_600,
  warrantyDays: 60,
  payees: [],
  profiles: [profile],
  milestones: AMOUNTS.map((amount, i) => ({
    title: `Part ${i + 1}`,
    description: '',
    criteria: [],
    amount,
    due: 30,
    fundBy: 14,
    profile: 0,
    policy: 0,
  })),
  policies: [],
  seats: [],
  arbitration: {
    arbitrator: SEAT,
    fallbackArbitrator: null,
    fee: '0',
    bond: '0',
    settleFeeBps: 2_500,
    panelPolicy: null,
    windows: { negotiate: 0, panel: 0, panelExtension: 0, appeal: 0, deposit: 0, ruling: 0, fallback: 0 },
  },
};

export const project = (news: Partial<Project> = {}): Project => ({
  id: 'p',
  title: 'A project',
  summary: '',
  status: 'active',
  version: 1,
  client: CLIENT,
  contributor: CONTRIBUTOR,
  payees: [],
  seats: [{ account: SEAT, body: 'panel', weight: 1, excluded: false }],
  token: { address: TOKEN, symbol: 'USDX', decimals: 6, name: 'Test', version: '1' },
  feeBps: 500,
  total: '12000000000',
  escrow: ESCROW,
  signatures: { client: null, contributor: null },
  creation: null,
  ledger: {
    booked: '0',
    pool: '0',
    open: '0',
    cover: '0',
    holdback: '0',
    refundable: '0',
    credits: '0',
    funded: '0',
    paid: '0',
    fees: '0',
    refunded: '0',
  },
  milestones: [milestone(0), milestone(1), milestone(2)],
  finalBy: null,
  chain: { block: 1, finality: 'finalized' },
  terms,
  ...news,
});
