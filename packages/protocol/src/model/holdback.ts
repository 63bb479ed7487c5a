/** The holdback pot after the last decision: warranty claims and the end of the warranty. */
import { ANSWER_DAYS, DAY } from '../money.js';
import type { Call, Fact } from './calls.js';
import { isFinal } from './clocks.js';
import { openDispute } from './ladder.js';
import { decideClaim, payOut } from './ledger.js';
import { CLAIM, type Project, type World } from './types.js';
import { refuse } from './types.js';

type Of<A extends Call['action']> = Extract<Call, { action: A }>;

const firstProfile = (project: Project) => project.terms.profiles[0] ?? refuse('BadTerms', 'no profile');

function warrantyEnd(project: Project): number {
  if (!project.milestones.every(isFinal)) refuse('TooEarly', 'a milestone is open');
  return (project.lastDecidedAt ?? 0) + project.terms.warrantyDays * DAY;
}

/** The client claims a part of the pot. One claim at a time. */
export function openClaim(project: Project, call: Of<'openClaim'>, now: number): Fact[] {
  if (call.actor !== project.terms.client) refuse('NotParty', 'only the client claims');
  const end = warrantyEnd(project);
  if (now > end) refuse('TooLate', `the warranty ended at ${end}`);
  if (project.claim !== null) refuse('ClaimPending', 'a claim is open');
  if (call.amount === 0n) refuse('NothingDue', 'the claim is 0');
  if (call.amount > project.holdback) refuse('ClaimTooLarge', `the pot holds ${project.holdback}`);
  project.claims += 1;
  project.claim = { number: project.claims, amount: call.amount, clock: now, state: 'open', standingBps: 0 };
  return [];
}

/** The contributor grants the claim or contests it. */
export function answerClaim(project: Project, call: Of<'answerClaim'>, now: number): Fact[] {
  if (call.actor !== project.terms.contributor) refuse('NotParty', 'only the contributor answers');
  const { claim } = project;
  if (claim?.state !== 'open') refuse('WrongState', 'no claim waits for an answer');
  if (now > claim.clock + ANSWER_DAYS * DAY) refuse('TooLate', 'the time to answer is over');
  if (call.accept) {
    decideClaim(project, claim, 0);
    return [];
  }
  const profile = firstProfile(project);
  claim.state = 'disputed';
  claim.clock = now;
  claim.standingBps = profile.deadlockBps;
  const ruleBy = now + profile.arbitrationDays * DAY;
  const standingBps = claim.standingBps;
  openDispute(project, { milestone: CLAIM, round: claim.number, digest: null, standingBps, ruleBy }, now);
  return [];
}

/** Anyone: grants an unanswered claim, or executes the standing result of a contested one. */
export function lapseClaim(project: Project, now: number): Fact[] {
  const claim = project.claim ?? refuse('WrongState', 'no claim is open');
  const limit = claim.clock + (claim.state === 'open' ? ANSWER_DAYS : firstProfile(project).arbitrationDays) * DAY;
  if (now <= limit) refuse('TooEarly', `not before ${limit + 1}`);
  decideClaim(project, claim, claim.state === 'open' ? 0 : claim.standingBps);
  return [];
}

/** Anyone, after the warranty: pays the pot, less an open claim. */
export function endWarranty(world: World, project: Project, now: number): Fact[] {
  const end = warrantyEnd(project);
  if (now <= end) refuse('TooEarly', `not before ${end + 1}`);
  const payable = project.holdback - (project.claim?.amount ?? 0n);
  if (payable === 0n) refuse('NothingDue', 'the pot is empty');
  project.holdback -= payable;
  return [{ fact: 'holdback', ...payOut(world, project, payable) }];
}
