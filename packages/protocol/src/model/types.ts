/**
 * State of the reference model: the life of projects as plain data. Accounts are opaque strings, amounts base units,
 * times Unix seconds, `due` and `fundBy` days after `start`.
 */
import type { BodyResult, HumanBody, Threshold } from '../decision.js';

export type Account = string;

/** Clocks and rates of a milestone, as in the signed terms. */
export interface Profile {
  readonly reviewDays: number;
  readonly extensionDays: number;
  readonly holdHours: number;
  readonly reworkDays: number;
  readonly graceDays: number;
  readonly lateDays: number;
  readonly arbitrationDays: number;
  readonly silence: 'approve' | 'dispute';
  readonly maxRounds: number;
  readonly killBps: number;
  readonly holdbackBps: number;
  readonly lateDailyBps: number;
  readonly lateCapBps: number;
  readonly deadlockBps: number;
}

export interface Seat {
  readonly account: Account;
  readonly body: HumanBody;
  readonly weight: number;
  /** Declared affiliate of a payee; seats of payees are excluded without it. */
  readonly excluded?: boolean;
}

export interface Policy {
  readonly bodies: { readonly [body in HumanBody]?: Threshold };
  readonly oracle: boolean;
  readonly need: number;
  readonly holdOracle: boolean;
}

/** Seconds per rung of the arbitration ladder. */
export interface LadderWindows {
  readonly negotiate: number;
  readonly panel: number;
  readonly panelExtension: number;
  readonly appeal: number;
  readonly deposit: number;
  readonly ruling: number;
  readonly fallback: number;
}

export interface ArbitrationTerms {
  readonly arbitrator: Account;
  readonly fallbackArbitrator: Account | null;
  readonly fee: bigint;
  readonly bond: bigint;
  readonly settleFeeBps: number;
  /** Index of the panel's policy; null: no panel rung. */
  readonly panelPolicy: number | null;
  readonly windows: LadderWindows;
}

export interface MilestoneTerms {
  readonly amount: bigint;
  readonly due: number;
  readonly fundBy: number;
  readonly profile: number;
  readonly policy: number;
}

/** What both parties signed. */
export interface Terms {
  readonly client: Account;
  readonly contributor: Account;
  /** The client first. */
  readonly funders: readonly Account[];
  readonly treasury: Account;
  readonly start: number;
  readonly feeBps: number;
  readonly warrantyDays: number;
  /** Empty: the contributor alone. Weights sum to 10,000. */
  readonly payees: readonly { readonly account: Account; readonly weight: number }[];
  readonly profiles: readonly Profile[];
  readonly policies: readonly Policy[];
  readonly seats: readonly Seat[];
  readonly arbitration: ArbitrationTerms;
  readonly milestones: readonly MilestoneTerms[];
}

export type MilestoneState =
  'Planned' | 'Funded' | 'Submitted' | 'Rejected' | 'Disputed' | 'Released' | 'Refunded' | 'Cancelled';

export interface Milestone {
  terms: MilestoneTerms;
  state: MilestoneState;
  /** Submissions so far. */
  round: number;
  /** Time of the submission, rejection, dispute or decision that the state counts from. */
  clock: number;
  submittedAt: number;
  /** Seconds by which late funding and rejected reviews moved the due time. */
  shift: number;
  /** Disputed: the last decision reached. Final: what was paid. */
  standingBps: number;
  /** Late rate of the newest submission. */
  lateBps: number;
  digest: string | null;
}

export type ReviewState = 'Open' | 'Held' | 'Approved' | 'Rejected' | 'Escalated' | 'Void';

export interface Ballot {
  yes: number;
  no: number;
  readonly eligible: number;
  result: BodyResult;
}

/** The gate's record of one submission. */
export interface Review {
  readonly milestone: number;
  readonly round: number;
  readonly digest: string;
  readonly profile: number;
  readonly policy: number;
  /** The roster in force at the submission. */
  readonly seats: readonly Seat[];
  state: ReviewState;
  /** The gate keeps a word of its own: something had to be remembered. Until then the escrow's state is the ballot. */
  stored: boolean;
  deadline: number;
  extended: boolean;
  /** Last second in which the escrow takes the gate's decision, and the oracle its report. */
  readonly decideBy: number;
  readonly ballots: { [body in HumanBody]?: Ballot };
  readonly voted: Account[];
  clientNo: boolean;
  objection: boolean;
  oracle: { result: BodyResult; payBps: number | null; reported: boolean };
  payBps: number;
}

/** A panel question in a dispute. */
export interface Question {
  readonly payBps: number;
  readonly askedBy: Account;
  readonly ballot: Ballot;
  readonly voted: Account[];
  state: 'open' | 'approved' | 'rejected';
  /** It runs, or was asked, in the one extension of the panel's time. */
  extended: boolean;
}

export type RungName = 'Negotiate' | 'Panel' | 'Appeal' | 'Deposit' | 'Ruling' | 'Fallback' | 'Closed';
export type SideName = 'clients' | 'payees';

/** Milestone numbers beyond milestones: the warranty claim, and the holdback pot. */
export const CLAIM = 255;
export const POT = 254;

export interface Dispute {
  /** Index, or `CLAIM`. */
  readonly milestone: number;
  readonly round: number;
  readonly digest: string | null;
  /** The roster in force when it opened: who the panel is. */
  readonly seats: readonly Seat[];
  rung: RungName;
  /** Start and last second of the rung. */
  from: number;
  until: number;
  standingBps: number;
  readonly openedBps: number;
  readonly ruleBy: number;
  challenger: { readonly account: Account; readonly side: SideName; readonly bond: bigint } | null;
  readonly questions: Question[];
  /** End of the appeal window, in which the other side may still give notice. */
  appealUntil: number;
  readonly appealed: { [side in SideName]: boolean };
  readonly deposits: { [side in SideName]: Account | null };
  /** When both parties settled: the arbitrator whose time ran then gets a part of the fee. */
  settledAt: number | null;
}

export interface Claim {
  readonly number: number;
  readonly amount: bigint;
  /** Opened; contested: when. */
  clock: number;
  state: 'open' | 'disputed';
  standingBps: number;
}

export interface Project {
  terms: Terms;
  readonly milestones: Milestone[];
  pool: bigint;
  holdback: bigint;
  refundable: bigint;
  /** Tokens that came by plain transfer and are not booked yet. */
  surplus: bigint;
  /** Tokens of another kind that somebody sent here by mistake. */
  foreign: bigint;
  /** Addresses that payees named for themselves, by payee; each takes over after `from`. */
  successors: { [payee: number]: { readonly account: Account; readonly from: number } };
  readonly credits: { [account: Account]: bigint };
  readonly contributions: bigint[];
  /** A milestone was funded, so kill cover is reserved. */
  activated: boolean;
  /** End of the cancel notice. */
  cancelAt: number | null;
  /** Earliest provider default that was executed, by its exit time. */
  defaultedAt: number | null;
  /** When the newest end of a milestone was called. */
  lastDecidedAt: number | null;
  version: number;
  /** Version of the roster; the first is that of the terms. */
  roster: number;
  claim: Claim | null;
  claims: number;
  readonly reviews: Review[];
  readonly disputes: Dispute[];
}

export interface World {
  readonly wallets: { [account: Account]: bigint };
  /** Balances in the token of another kind. */
  readonly foreign: { [account: Account]: bigint };
  readonly blocked: { [account: Account]: true };
  readonly projects: { [name: string]: Project };
  /** Deposits and bonds held by the arbitration, over all projects. */
  deposits: bigint;
  /** Of these, what the token refused to pay back. */
  readonly depositCredits: { [account: Account]: bigint };
}

/** Why a call changes nothing: the short names of the scenario files, and those of errors outside them. */
export type Reason =
  | 'NotParty'
  | 'NotSeat'
  | 'NotArbitrator'
  | 'OnlyForwarder'
  | 'SeatOrder'
  | 'SeatExcluded'
  | 'ReasonRequired'
  | 'AlreadyCast'
  | 'BodyNotNamed'
  | 'NotOpen'
  | 'DeadlinePassed'
  | 'TooLate'
  | 'NotDue'
  | 'TooEarly'
  | 'StaleSubmission'
  | 'AlreadyReported'
  | 'BpsTooHigh'
  | 'WrongState'
  | 'WrongRound'
  | 'WrongRung'
  | 'RoundsUsedUp'
  | 'SameDigest'
  | 'BallotExists'
  | 'BadSignature'
  | 'Underfunded'
  | 'NoSuchFunder'
  | 'ClaimPending'
  | 'NothingDue'
  | 'TokenRefused'
  | 'NoSuchProject'
  | 'NoSuchMilestone'
  | 'ProjectExists'
  | 'ClaimTooLarge'
  | 'ProviderDefaulted'
  | 'BadVerdict'
  | 'WrongVersion'
  | 'NoSuchPayee'
  | 'BadPayee'
  | 'Count'
  | 'WeightSum'
  | 'ZeroAmount'
  | 'FundByAfterDue'
  | 'Profile'
  | 'BadTerms';

/** A refused call. The world is as before. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(
    readonly reason: Reason,
    detail: string,
  ) {
    super(`${reason}: ${detail}`);
  }
}

/** Throws a `Refusal`. */
export function refuse(reason: Reason, detail: string): never {
  throw new Refusal(reason, detail);
}
