/**
 * The decision rule of the architecture (section 3a): when a body has decided, when bodies together decide a
 * submission, what waits, and what silence means. Weights are whole numbers, rates basis points; comparisons are by
 * cross-multiplication, so nothing is rounded.
 */

/** Bodies that vote. */
export type HumanBody = 'clients' | 'panel' | 'reviewers';
/** All bodies a policy can name. */
export type BodyName = HumanBody | 'oracle';

/** What a body needs. Both rates are of weight, in basis points; `approvalBps` is at least 5,001. */
export interface Threshold {
  readonly quorumBps: number;
  readonly approvalBps: number;
}

/** Weight cast in a body; `eligible` is the weight of all its seats that are not excluded. */
export interface Tally {
  readonly yes: number;
  readonly no: number;
  readonly eligible: number;
}

/** State of one body in one ballot. `silent`: below quorum at a deadline. */
export type BodyResult = 'open' | 'approved' | 'rejected' | 'silent';

function requireTally(tally: Tally): void {
  const { yes, no, eligible } = tally;
  const whole = [yes, no, eligible].every((weight) => Number.isSafeInteger(weight) && weight >= 0);
  if (!whole || eligible === 0 || yes + no > eligible) {
    throw new RangeError(`No tally: ${yes} for and ${no} against of ${eligible}.`);
  }
}

/** Whether enough weight was cast for the deadline to decide. */
export function hasQuorum(tally: Tally, rule: Threshold): boolean {
  return (tally.yes + tally.no) * 10_000 >= rule.quorumBps * tally.eligible;
}

/** Decided before the deadline: the rest of the seats cannot change it any more. */
export function earlyResult(tally: Tally, rule: Threshold): 'open' | 'approved' | 'rejected' {
  requireTally(tally);
  const needed = rule.approvalBps * tally.eligible;
  if (tally.yes * 10_000 >= needed && hasQuorum(tally, rule)) return 'approved';
  if ((tally.eligible - tally.no) * 10_000 < needed) return 'rejected';
  return 'open';
}

/** Decided by the deadline: the cast weight decides if there is a quorum. */
export function deadlineResult(tally: Tally, rule: Threshold): 'approved' | 'rejected' | 'silent' {
  requireTally(tally);
  if (!hasQuorum(tally, rule)) return 'silent';
  return tally.yes * 10_000 >= rule.approvalBps * (tally.yes + tally.no) ? 'approved' : 'rejected';
}

/** The agreed policy of a submission's review. Windows are the profile's and are applied by the caller. */
export interface ReviewPolicy {
  readonly bodies: { readonly [body in HumanBody]?: Threshold };
  readonly oracle: boolean;
  /** How many of the named bodies must approve. */
  readonly need: number;
  /** An approval by the oracle alone waits for the challenge window. */
  readonly holdOracle: boolean;
  readonly silence: 'approve' | 'dispute';
}

/** What is on record for a submission. */
export interface ReviewFacts {
  /** Result of each named body. */
  readonly results: { readonly [body in BodyName]?: BodyResult };
  /** Payment of a passed verdict, in basis points; null without one. */
  readonly oraclePayBps: number | null;
  /** A client seat voted No. */
  readonly clientNo: boolean;
  /** Any seat voted No or a verdict failed. */
  readonly objection: boolean;
}

/**
 * When the question is asked: `running` inside a window, `windowOver` at the end of the first window with an extension
 * still to come, `over` when no time is left.
 */
export type Moment = 'running' | 'windowOver' | 'over';

/** What follows for the submission. */
export type ReviewDecision =
  | { readonly outcome: 'open' | 'extend' | 'reject' | 'escalate' }
  | {
      readonly outcome: 'approve';
      readonly payBps: number;
      /** The approval waits for the challenge window before it pays. */
      readonly hold: boolean;
      readonly by: 'bodies' | 'silence';
    };

/** Bodies a policy names, in the order of their bits. */
export function namedBodies(policy: ReviewPolicy): BodyName[] {
  const human = (['clients', 'panel', 'reviewers'] as const).filter((body) => policy.bodies[body] !== undefined);
  return policy.oracle ? [...human, 'oracle'] : human;
}

/** Payment of an approval: the lowest among the approving bodies. People approve at 10,000. */
export function approvedPayBps(facts: ReviewFacts): number {
  return facts.results.oracle === 'approved' ? (facts.oraclePayBps ?? 10_000) : 10_000;
}

/** Whether an approval must wait for the challenge window before it pays. */
export function mustHold(policy: ReviewPolicy, facts: ReviewFacts): boolean {
  const approved = namedBodies(policy).filter((body) => facts.results[body] === 'approved');
  if (approvedPayBps(facts) < 10_000) return true;
  if (policy.holdOracle && approved.length === 1 && approved[0] === 'oracle') return true;
  if (policy.bodies.clients === undefined || facts.results.clients === 'approved') return false;
  return facts.clientNo || facts.results.panel === 'approved' || facts.results.reviewers === 'approved';
}

/** Decides a submission from its bodies. */
export function decideReview(policy: ReviewPolicy, facts: ReviewFacts, moment: Moment): ReviewDecision {
  const bodies = namedBodies(policy);
  const count = (result: BodyResult): number => bodies.filter((body) => facts.results[body] === result).length;
  if (count('approved') >= policy.need) {
    return { outcome: 'approve', payBps: approvedPayBps(facts), hold: mustHold(policy, facts), by: 'bodies' };
  }
  if (bodies.length - count('rejected') < policy.need) return { outcome: 'reject' };
  if (moment === 'running') return { outcome: 'open' };
  if (moment === 'windowOver') return { outcome: 'extend' };
  if (policy.silence === 'dispute' || facts.objection) return { outcome: 'escalate' };
  return { outcome: 'approve', payBps: approvedPayBps(facts), hold: approvedPayBps(facts) < 10_000, by: 'silence' };
}
