/** What people fill in before they sign: all numbers of the contracts and the words around them. */

/** Human bodies of a policy; the oracle has no seats. */
export const HUMAN_BODIES = ['clients', 'panel', 'reviewers'] as const;
export type HumanBody = (typeof HUMAN_BODIES)[number];

export type Silence = 'approve' | 'dispute';

export interface CriterionDraft {
  readonly id: string;
  readonly text: string;
  /** Basis points; those of a milestone sum to 10,000. */
  readonly weight: number;
}

export interface MilestoneDraft {
  readonly title: string;
  readonly description: string;
  readonly criteria: readonly CriterionDraft[];
  /** Base units. */
  readonly amount: string;
  /** Whole days after the project's start. */
  readonly due: number;
  /** Whole days after the project's start, at most `due`. */
  readonly fundBy: number;
  /** Index into `profiles`. */
  readonly profile: number;
  /** Index into `policies`. */
  readonly policy: number;
}

/** Clocks and rates (page 10 of the design, section 3). */
export interface ProfileDraft {
  readonly reviewDays: number;
  readonly extensionDays: number;
  readonly holdHours: number;
  readonly reworkDays: number;
  readonly graceDays: number;
  readonly lateDays: number;
  readonly arbitrationDays: number;
  readonly silence: Silence;
  readonly maxRounds: number;
  readonly killBps: number;
  readonly holdbackBps: number;
  readonly lateDailyBps: number;
  readonly lateCapBps: number;
  readonly deadlockBps: number;
}

export interface BodyRule {
  readonly quorumBps: number;
  readonly approvalBps: number;
}

export interface PolicyDraft {
  readonly preset: string | null;
  readonly bodies: {
    readonly clients?: BodyRule | undefined;
    readonly panel?: BodyRule | undefined;
    readonly reviewers?: BodyRule | undefined;
    readonly oracle?: { readonly criteriaHash: string } | undefined;
  };
  /** How many of the named bodies must approve. */
  readonly need: number;
  readonly silence: Silence;
  /** An approval by the oracle alone waits for the challenge time. */
  readonly holdOracle: boolean;
  readonly windowSeconds: number;
  readonly extensionSeconds: number;
  readonly challengeSeconds: number;
}

export interface SeatDraft {
  readonly account: string;
  readonly body: HumanBody;
  readonly weight: number;
}

/** Clocks of the arbitration ladder in seconds. */
export interface LadderWindows {
  readonly negotiate: number;
  readonly panel: number;
  readonly panelExtension: number;
  readonly appeal: number;
  readonly deposit: number;
  readonly ruling: number;
  readonly fallback: number;
}

export interface ArbitrationDraft {
  readonly arbitrator: string;
  readonly fallbackArbitrator: string | null;
  readonly fee: string;
  readonly bond: string;
  readonly settleFeeBps: number;
  /** Index into `policies`, or null for no panel rung. */
  readonly panelPolicy: number | null;
  readonly windows?: LadderWindows | undefined;
}

export interface TermsDraft {
  readonly client: string;
  readonly contributor: string;
  readonly token: string;
  readonly feeBps: number;
  /** Unix seconds. */
  readonly start: number;
  readonly warrantyDays: number;
  /** Empty: the contributor alone. */
  readonly payees: readonly { readonly account: string; readonly weight: number }[];
  readonly profiles: readonly ProfileDraft[];
  readonly milestones: readonly MilestoneDraft[];
  readonly policies: readonly PolicyDraft[];
  readonly seats: readonly SeatDraft[];
  readonly arbitration: ArbitrationDraft;
}

const DAY = 86_400;
/** Rungs of 5, 3 + 2, 3, 5, 14 and 7 days: 39 of the escrow's 42. */
export const DEFAULT_WINDOWS: LadderWindows = {
  negotiate: 5 * DAY,
  panel: 3 * DAY,
  panelExtension: 2 * DAY,
  appeal: 3 * DAY,
  deposit: 5 * DAY,
  ruling: 14 * DAY,
  fallback: 7 * DAY,
};

/** Sum of the milestones in base units. */
export const totalOf = (terms: TermsDraft): bigint =>
  terms.milestones.reduce((sum, milestone) => sum + BigInt(milestone.amount), 0n);

/** The payees as they are paid: without any, the contributor alone. */
export const payeesOf = (terms: TermsDraft): readonly { readonly account: string; readonly weight: number }[] =>
  terms.payees.length > 0 ? terms.payees : [{ account: terms.contributor, weight: 10_000 }];
