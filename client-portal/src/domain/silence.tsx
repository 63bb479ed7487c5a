import { BACKSTOP_DAYS, CURE_DAYS, FUND_LIMIT_DAYS } from '@milepost/protocol/money';
import { finalBy } from '@milepost/protocol/model/clocks';
import type { Project as Model } from '@milepost/protocol/model/types';
import type { ProfileDraft, TermsDraft } from '../api/types';
import { plural } from '../lib/time';
import type { SilenceRow } from '../ui/ledger';
import { DateTime } from '../ui/values';

/** What happens if somebody does not act, computed from the terms alone, before anyone signs. */

const at = (terms: TermsDraft, days: number): Date => new Date((terms.start + days * 86_400) * 1000);

/** The project as the reference model starts it; clocks need no money and no people. */
const toModel = (terms: TermsDraft): Model => ({
  terms: {
    client: terms.client,
    contributor: terms.contributor,
    funders: [terms.client],
    treasury: '',
    start: terms.start,
    feeBps: terms.feeBps,
    warrantyDays: terms.warrantyDays,
    payees: terms.payees,
    profiles: terms.profiles,
    policies: [],
    seats: [],
    arbitration: {
      ...terms.arbitration,
      fee: 0n,
      bond: 0n,
      // Rungs lie within arbitrationDays, which alone counts here.
      windows: { negotiate: 0, panel: 0, panelExtension: 0, appeal: 0, deposit: 0, ruling: 0, fallback: 0 },
    },
    milestones: [],
  },
  milestones: terms.milestones.map(({ amount, due, fundBy, profile, policy }) => ({
    terms: { amount: BigInt(amount), due, fundBy, profile, policy },
    state: 'Planned',
    round: 0,
    clock: 0,
    submittedAt: 0,
    shift: 0,
    standingBps: 0,
    lateBps: 0,
    digest: null,
  })),
  pool: 0n,
  holdback: 0n,
  refundable: 0n,
  surplus: 0n,
  foreign: 0n,
  successors: {},
  credits: {},
  contributions: [],
  activated: false,
  cancelAt: null,
  defaultedAt: null,
  lastDecidedAt: null,
  version: 0,
  roster: 1,
  claim: null,
  claims: 0,
  reviews: [],
  disputes: [],
});

export interface LivenessDates {
  /** The first clock that runs out by itself. */
  nextExit: Date;
  /** If nobody ever acts after the creation. */
  ifNobody: Date;
  /** After this moment everything is paid, refunded or credited, whatever happens. */
  finalBy: Date;
}

/** The three dates that are shown before signature. */
export function livenessDates(terms: TermsDraft): LivenessDates {
  const unfunded = terms.milestones.map((milestone) => milestone.fundBy + CURE_DAYS + FUND_LIMIT_DAYS);
  return {
    nextExit: at(terms, Math.min(...unfunded)),
    ifNobody: at(terms, Math.max(...unfunded)),
    finalBy: new Date(finalBy(toModel(terms)) * 1000),
  };
}

/** Longest time in which a submission may stay undecided, in days. */
export const longestReview = (terms: TermsDraft): number =>
  Math.max(
    ...terms.profiles.map(
      (profile: ProfileDraft) => profile.reviewDays + profile.extensionDays + profile.holdHours / 24 + BACKSTOP_DAYS,
    ),
  );

/** Each waiting state of one milestone: who may act, until when, and then. */
export function silenceRows(terms: TermsDraft, index: number): SilenceRow[] {
  const milestone = terms.milestones[index];
  const profile = milestone && terms.profiles[milestone.profile];
  if (!milestone || !profile) return [];
  const days = (n: number) => plural(n, 'day');
  const decided = profile.silence === 'approve' ? 'it is paid in full, unless somebody objected' : `it goes to dispute`;
  return [
    {
      state: 'Waiting for money',
      who: 'Client',
      until: <DateTime at={at(terms, milestone.fundBy + CURE_DAYS + FUND_LIMIT_DAYS)} mode="date" />,
      then: 'Cancelled; what was paid in goes back',
    },
    {
      state: 'Work in progress',
      who: 'Contributor',
      until: <DateTime at={at(terms, milestone.due + profile.graceDays + profile.lateDays)} mode="date" />,
      then: 'Refunded to the client',
    },
    {
      state: 'In review',
      who: 'Those who decide',
      until: `${days(profile.reviewDays)} after delivery${profile.extensionDays ? `, once ${days(profile.extensionDays)} more` : ''}`,
      then: `Too few votes: ${decided}`,
    },
    {
      state: 'Changes requested',
      who: 'Contributor: deliver again or dispute',
      until: `${days(profile.reworkDays)} after the decision`,
      then: 'Refunded to the client',
    },
    {
      state: 'In dispute',
      who: 'Both sides, then the arbitrator',
      until: `${days(profile.arbitrationDays)} at most`,
      then: 'The last decision that was reached stands',
    },
    ...(profile.holdbackBps > 0
      ? [
          {
            state: 'Warranty',
            who: 'Client: claim defects',
            until: `${days(terms.warrantyDays)} after the last decision`,
            then: 'The rest of the holdback is paid',
          },
        ]
      : []),
  ];
}
