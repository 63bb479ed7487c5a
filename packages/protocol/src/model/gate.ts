/** The gate: reviews of submissions by bodies of seats, the oracle, agreed silence, hold and challenge. */
import {
  deadlineResult,
  decideReview,
  earlyResult,
  type HumanBody,
  type Moment,
  type ReviewPolicy,
} from '../decision.js';
import { DAY } from '../money.js';
import type { Call, Fact } from './calls.js';
import { milestoneOf, profileOf, reviewSpan } from './clocks.js';
import { decide, take } from './ledger.js';
import { sideOf } from './ladder.js';
import { escalate, reject } from './outcomes.js';
import type { Account, Ballot, Policy, Profile, Project, Review, Seat, World } from './types.js';
import { refuse } from './types.js';

type Of<A extends Call['action']> = Extract<Call, { action: A }>;

const BODIES: readonly HumanBody[] = ['clients', 'panel', 'reviewers'];

export const policyOf = (project: Project, index: number): Policy =>
  project.terms.policies[index] ?? refuse('BadTerms', 'unknown policy');

/** Seats of payees are excluded when the roster is registered. */
const isExcluded = (seat: Seat): boolean => seat.excluded === true;

export const emptyBallot = (seats: readonly Seat[], body: HumanBody): Ballot => ({
  yes: 0,
  no: 0,
  eligible: seats
    .filter((seat) => seat.body === body && !isExcluded(seat))
    .reduce((sum, seat) => sum + seat.weight, 0),
  result: 'open',
});

export function openReview(project: Project, index: number, now: number): void {
  const milestone = milestoneOf(project, index);
  const profile = profileOf(project, milestone);
  const policy = policyOf(project, milestone.terms.policy);
  const ballots: Review['ballots'] = {};
  for (const body of BODIES) if (policy.bodies[body] !== undefined) ballots[body] = emptyBallot(project.terms.seats, body);
  project.reviews.push({
    milestone: index,
    round: milestone.round,
    digest: milestone.digest ?? '',
    profile: milestone.terms.profile,
    policy: milestone.terms.policy,
    seats: project.terms.seats,
    state: 'Open',
    // Only the first roster, which is in the terms, needs no word of its own.
    stored: project.roster > 1,
    deadline: now + profile.reviewDays * DAY,
    extended: false,
    decideBy: now + reviewSpan(profile),
    ballots,
    voted: [],
    clientNo: false,
    objection: false,
    oracle: { result: 'open', payBps: null, reported: false },
    payBps: 10_000,
  });
}

/** State of a review, void included: its submission is no longer the one that the escrow waits for. */
export function reviewState(project: Project, review: Review): Review['state'] {
  if (review.state !== 'Open' && review.state !== 'Held') return review.state;
  return isWaiting(project, review) ? review.state : 'Void';
}

/** The escrow still waits for this review. */
function isWaiting(project: Project, review: Review): boolean {
  const milestone = milestoneOf(project, review.milestone);
  return milestone.state === 'Submitted' && milestone.round === review.round;
}

/** What the gate itself can tell of a review: nothing of one that ended without ever being stored. */
export const keptState = (project: Project, review: Review): Review['state'] | 'None' =>
  review.stored || isWaiting(project, review) ? reviewState(project, review) : 'None';

export function findReview(
  project: Project,
  call: { milestone: number; round: number; digest: string },
): Review | null {
  return (
    project.reviews.find(
      (review) => review.milestone === call.milestone && review.round === call.round && review.digest === call.digest,
    ) ?? null
  );
}

/** Review of the milestone's newest submission: what `finalize` is about. */
function currentReview(project: Project, index: number): Review | null {
  const { round, digest } = milestoneOf(project, index);
  return digest === null ? null : findReview(project, { milestone: index, round, digest });
}

/** Newest review of a milestone. */
export function latestReview(project: Project, index: number): Review | null {
  return project.reviews.filter((review) => review.milestone === index).at(-1) ?? null;
}

/** Clocks of a review: a later change order does not move them. */
const clocksOf = (project: Project, review: Review): Profile =>
  project.terms.profiles[review.profile] ?? refuse('BadTerms', 'unknown profile');

function reviewPolicy(project: Project, review: Review): ReviewPolicy {
  const policy = policyOf(project, review.policy);
  return { ...policy, silence: clocksOf(project, review).silence };
}

function decideNow(project: Project, review: Review, moment: Moment) {
  const results = Object.fromEntries(BODIES.map((body) => [body, review.ballots[body]?.result ?? 'open']));
  return decideReview(
    reviewPolicy(project, review),
    {
      results: { ...results, oracle: review.oracle.result },
      oraclePayBps: review.oracle.payBps,
      clientNo: review.clientNo,
      objection: review.objection,
    },
    moment,
  );
}

function closeBodies(project: Project, review: Review): void {
  const policy = policyOf(project, review.policy);
  for (const body of BODIES) {
    const ballot = review.ballots[body];
    const rule = policy.bodies[body];
    if (ballot?.result !== 'open' || rule === undefined) continue;
    const result = deadlineResult(ballot, rule);
    if (result !== 'silent') ballot.result = result;
  }
}

/** A decision that ends the review, not yet carried out. */
type Ending = 'Approved' | 'Rejected' | 'Escalated';

/** Applies a decision that fell at second `at`; a held approval only changes the review. */
function conclude(project: Project, review: Review, moment: Moment, at: number): Ending | 'extend' | null {
  const decision = decideNow(project, review, moment);
  switch (decision.outcome) {
    case 'approve':
      review.payBps = decision.payBps;
      if (!decision.hold) return 'Approved';
      review.state = 'Held';
      review.deadline = at + clocksOf(project, review).holdHours * 3600;
      return null;
    case 'reject':
      return 'Rejected';
    case 'escalate':
      return 'Escalated';
    case 'extend':
      return 'extend';
    case 'open':
      return null;
  }
}

/** What the clock alone has made of a review by `now`. Whoever asks, and when, gets the same timeline. */
function advance(project: Project, review: Review, now: number): Ending | null {
  const { extensionDays } = clocksOf(project, review);
  while (review.state === 'Open' && now > review.deadline) {
    closeBodies(project, review);
    const canExtend = !review.extended && extensionDays > 0;
    const ending = conclude(project, review, canExtend ? 'windowOver' : 'over', review.deadline);
    if (ending === 'extend') {
      review.extended = true;
      review.deadline += extensionDays * DAY;
    } else if (ending !== null) return ending;
  }
  return review.state === 'Held' && now > review.deadline ? 'Approved' : null;
}

/** Carries a decision out: the escrow pays, takes the work back or opens the dispute. */
function execute(world: World, project: Project, review: Review, ending: Ending, now: number): Fact[] {
  const milestone = milestoneOf(project, review.milestone);
  if (now > review.decideBy) refuse('TooLate', `the escrow decides by itself after ${review.decideBy}`);
  review.state = ending;
  // Arbitration asks whether the panel rejected.
  if (ending === 'Rejected' && review.ballots.panel?.result === 'rejected') review.stored = true;
  if (ending === 'Approved') return decide(world, project, review.milestone, review.payBps, now);
  if (ending === 'Rejected') reject(milestone, now);
  else escalate(project, review.milestone, profileOf(project, milestone).deadlockBps, now);
  return [];
}

function afterVote(project: Project, review: Review, now: number): Ending | null {
  const ending = conclude(project, review, 'running', now);
  return ending === 'extend' ? null : ending;
}

/** Finds the voter's seat and refuses those that never count. */
export function seatOf(seats: readonly Seat[], actor: Account, body: HumanBody): Seat {
  const seat =
    seats.find((item) => item.account === actor && item.body === body) ??
    refuse('NotSeat', `${actor} holds no seat of the ${body}`);
  if (isExcluded(seat)) refuse('SeatExcluded', `${actor} is paid by this project`);
  return seat;
}

/** Refuses a second ballot of a seat, and a No without a reason. */
export function checkBallot(voted: readonly Account[], actor: Account, support: boolean, reason: boolean): void {
  if (voted.includes(actor)) refuse('AlreadyCast', `${actor} has voted`);
  if (!support && !reason) refuse('ReasonRequired', 'a No needs a reason');
}

/** Adds a ballot to a body and decides the body early if nothing can change it any more. */
export function count(ballot: Ballot, seat: Seat, support: boolean, policy: Policy): void {
  if (support) ballot.yes += seat.weight;
  else ballot.no += seat.weight;
  const rule = policy.bodies[seat.body];
  if (ballot.result === 'open' && rule !== undefined) ballot.result = earlyResult(ballot, rule);
}

/** A ballot on a submission. Only one that decides asks whether the escrow still waits, once the gate keeps a word. */
export function vote(world: World, project: Project, call: Of<'vote'>, now: number): Fact[] {
  const review = findReview(project, call) ?? refuse('NotOpen', 'there is no such ballot');
  const { state } = review;
  if (state !== 'Open' && state !== 'Held') refuse('NotOpen', `the ballot is ${state}`);
  const waiting = isWaiting(project, review);
  if (!review.stored && !waiting) refuse('NotOpen', 'the submission is no longer the current one');
  if (advance(project, review, now) !== null) refuse('DeadlinePassed', `the deadline was ${review.deadline}`);
  const seat = seatOf(review.seats, call.actor, call.body);
  const ballot = review.ballots[call.body];
  if (ballot === undefined || (review.state === 'Held' && call.body !== 'clients')) {
    refuse('BodyNotNamed', `the ${call.body} cannot vote here`);
  }
  checkBallot(review.voted, call.actor, call.support, call.reason);
  review.voted.push(call.actor);
  count(ballot, seat, call.support, policyOf(project, review.policy));
  if (!call.support) {
    review.objection = true;
    if (call.body === 'clients') review.clientNo = true;
  }
  const ending = endingOf(project, review, ballot, now);
  if (!waiting && (ending !== null || review.state !== state)) refuse('NotOpen', 'the escrow waits no longer');
  if (ending !== null) return execute(world, project, review, ending, now);
  review.stored = true;
  return [];
}

/** What a counted ballot decides at once. */
function endingOf(project: Project, review: Review, ballot: Ballot, now: number): Ending | null {
  if (review.state !== 'Held') return afterVote(project, review, now);
  // Only the clients' approval ends a hold, and only if nothing is withheld from the payees.
  return ballot.result === 'approved' && review.payBps === 10_000 ? 'Approved' : null;
}

/** A verdict of the oracle network. */
export function report(world: World, project: Project, call: Of<'report'>, now: number): Fact[] {
  if (call.actor !== 'oracle') refuse('OnlyForwarder', 'reports come through the forwarder');
  const review = findReview(project, call) ?? refuse('StaleSubmission', 'no such submission');
  const state = reviewState(project, review);
  const asked = policyOf(project, review.policy).oracle && now <= review.decideBy;
  if (!asked || (state !== 'Open' && state !== 'Held')) refuse('StaleSubmission', `the submission is ${state}`);
  const clock = structuredClone(review);
  if (advance(project, clock, now) !== null) refuse('StaleSubmission', 'the deadline decided');
  if (review.oracle.reported) refuse('AlreadyReported', 'one verdict for one submission');
  if (call.payBps > 10_000) refuse('BpsTooHigh', `${call.payBps}`);
  if ((call.verdict === 'pass') !== call.payBps > 0) refuse('BadVerdict', `${call.verdict} with ${call.payBps}`);
  review.oracle.reported = true;
  // On record, too late to change a held decision.
  if (clock.state === 'Held') return [];
  advance(project, review, now);
  if (call.verdict === 'pass') {
    review.oracle.result = 'approved';
    review.oracle.payBps = call.payBps;
  } else {
    review.oracle.result = 'rejected';
    review.objection = true;
  }
  const ending = afterVote(project, review, now);
  if (ending !== null) return execute(world, project, review, ending, now);
  review.stored = true;
  return [];
}

/** Anyone, after a deadline or a hold. */
export function finalize(world: World, project: Project, call: Of<'finalize'>, now: number): Fact[] {
  const review = currentReview(project, call.milestone) ?? refuse('NotOpen', 'nothing is under review');
  const { state } = review;
  if (state !== 'Open' && state !== 'Held') refuse('NotOpen', `the ballot is ${state}`);
  if (keptState(project, review) === 'None') refuse('NotOpen', 'the submission is no longer the current one');
  if (now <= review.deadline) refuse('NotDue', `not before ${review.deadline + 1}`);
  const isVoid = reviewState(project, review) === 'Void';
  const ending = advance(project, review, now);
  if (isVoid) {
    if (ending !== null || review.state !== 'Open') review.state = 'Void';
    return [];
  }
  if (ending !== null) return execute(world, project, review, ending, now);
  review.stored = true;
  return [];
}

/** A client's seat, the client or the contributor contests a held decision, with the bond. */
export function challenge(world: World, project: Project, call: Of<'challenge'>, now: number): Fact[] {
  const { terms } = project;
  const side = sideOf(project, call.actor);
  const review = findReview(project, call) ?? refuse('WrongState', 'the decision is not held');
  const state = reviewState(project, review);
  if (state === 'Open' || state === 'Held') {
    const over = advance(project, review, now) !== null;
    if (over && state === 'Held') refuse('TooLate', `the hold ended at ${review.deadline}`);
    if (over) refuse('WrongState', 'the decision is not held');
  }
  if (reviewState(project, review) !== 'Held') refuse('WrongState', 'the decision is not held');
  const { bond } = terms.arbitration;
  take(world, call.actor, bond);
  world.deposits += bond;
  review.state = 'Escalated';
  const dispute = escalate(project, review.milestone, review.payBps, now);
  dispute.challenger = { account: call.actor, side, bond };
  return [];
}
