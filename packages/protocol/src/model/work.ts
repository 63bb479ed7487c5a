/** Submissions, disputes, and what both parties agree on. */
import { lateBps, shareOf } from '../money.js';
import type { Call, Fact } from './calls.js';
import { dueTime, exitOf, isFinal, milestoneOf, profileOf } from './clocks.js';
import { openReview } from './gate.js';
import { decide, decideClaim, payOut } from './ledger.js';
import { escalate } from './outcomes.js';
import { CLAIM, POT, refuse, type Project, type World } from './types.js';

type Of<A extends Call['action']> = Extract<Call, { action: A }>;

/** The contributor hands in a deliverable; the gate opens its review. */
export function submit(project: Project, call: Of<'submit'>, now: number): Fact[] {
  const milestone = milestoneOf(project, call.milestone);
  const profile = profileOf(project, milestone);
  if (call.actor !== project.terms.contributor) refuse('NotParty', 'only the contributor submits');
  const exit = exitOf(project, milestone);
  if ((milestone.state !== 'Funded' && milestone.state !== 'Rejected') || exit === null) {
    refuse('WrongState', `milestone is ${milestone.state}`);
  }
  if (now > exit.at) refuse('TooLate', `not after ${exit.at}`);
  if (milestone.round >= profile.maxRounds) refuse('RoundsUsedUp', `${profile.maxRounds} rounds`);
  if (milestone.state === 'Rejected' && milestone.digest === call.digest) {
    refuse('SameDigest', 'this deliverable was rejected');
  }
  if (call.round !== milestone.round + 1) refuse('WrongRound', `the next round is ${milestone.round + 1}`);
  milestone.state = 'Submitted';
  milestone.round += 1;
  milestone.digest = call.digest;
  milestone.submittedAt = now;
  milestone.clock = now;
  milestone.lateBps = lateBps({
    submittedAt: now,
    dueAt: dueTime(project, milestone),
    graceDays: profile.graceDays,
    lateDailyBps: profile.lateDailyBps,
    lateCapBps: profile.lateCapBps,
  });
  openReview(project, call.milestone, now);
  return [];
}

/** The contributor disputes a rejection. */
export function dispute(project: Project, call: Of<'dispute'>, now: number): Fact[] {
  const milestone = milestoneOf(project, call.milestone);
  if (call.actor !== project.terms.contributor) refuse('NotParty', 'only the contributor disputes a rejection');
  const exit = exitOf(project, milestone);
  if (milestone.state !== 'Rejected' || exit === null) refuse('WrongState', `milestone is ${milestone.state}`);
  if (now > exit.at) refuse('TooLate', `not after ${exit.at}`);
  escalate(project, call.milestone, 0, now);
  return [];
}

/** Both parties decide a milestone, the holdback pot or the open claim together. */
export function settle(world: World, project: Project, call: Of<'settle'>, now: number): Fact[] {
  if (!call.signed) refuse('BadSignature', 'both parties must sign the same settlement');
  if (call.payBps < 0 || call.payBps > 10_000) refuse('BpsTooHigh', `${call.payBps}`);
  if (call.milestone === POT) return settlePot(world, project, call);
  if (call.milestone === CLAIM) return settleClaim(project, call, now);
  const milestone = milestoneOf(project, call.milestone);
  if (milestone.state === 'Planned' || isFinal(milestone)) refuse('WrongState', `milestone is ${milestone.state}`);
  if (call.round !== milestone.round) refuse('WrongRound', `the round is ${milestone.round}`);
  markSettled(project, call, now);
  return decide(world, project, call.milestone, call.payBps, now, { waiveLate: call.waiveLate === true });
}

function settlePot(world: World, project: Project, call: Of<'settle'>): Fact[] {
  if (call.round !== 0) refuse('WrongRound', 'the pot has round 0');
  const free = project.holdback - (project.claim?.amount ?? 0n);
  if (free === 0n) refuse('NothingDue', 'the pot is empty');
  const paid = shareOf(free, call.payBps);
  project.holdback -= free;
  project.refundable += free - paid;
  return [{ fact: 'holdback', ...payOut(world, project, paid) }];
}

function settleClaim(project: Project, call: Of<'settle'>, now: number): Fact[] {
  const claim = project.claim ?? refuse('WrongState', 'no claim is open');
  if (call.round !== claim.number) refuse('WrongRound', `the claim is number ${claim.number}`);
  markSettled(project, call, now);
  decideClaim(project, claim, call.payBps);
  return [];
}

/** An earlier claim's dispute may still wait to be closed: the round says which one was settled. */
function markSettled(project: Project, { milestone, round }: Of<'settle'>, now: number): void {
  const open = project.disputes.find(
    (item) => item.milestone === milestone && item.round === round && item.rung !== 'Closed',
  );
  if (open !== undefined) open.settledAt = now;
}
