/** Ends without a decision of the gate: lapse, cancel, terminate. */
import { CURE_DAYS, DAY, NOTICE_DAYS } from '../money.js';
import type { Call, Fact } from './calls.js';
import { exitOf, fundByTime, isFinal, milestoneOf, providerDefault } from './clocks.js';
import { closeIfLast, coverOf, decide, killOf, payOut } from './ledger.js';
import type { Project, World } from './types.js';
import { refuse } from './types.js';

type Of<A extends Call['action']> = Extract<Call, { action: A }>;

/**
 * Cancels a planned or funded milestone. The kill fee is owed from activation on, unless the contributor defaulted at
 * or before `exitAt`.
 */
export function cancelMilestone(world: World, project: Project, index: number, exitAt: number, now: number): Fact[] {
  const milestone = milestoneOf(project, index);
  const defaulted = providerDefault(project, now);
  const owed = project.activated && (defaulted === null || defaulted > exitAt);
  const before = coverOf(project);
  const amount = milestone.state === 'Funded' ? milestone.terms.amount : 0n;
  const killFee = owed ? killOf(project, milestone) : 0n;
  milestone.state = 'Cancelled';
  milestone.clock = now;
  const cover = before - coverOf(project);
  project.refundable += amount + cover - killFee;
  const { fee, net, split } = payOut(world, project, killFee);
  return [
    { fact: 'cancelled', milestone: index, amount, cover, killFee, fee, net, split },
    ...closeIfLast(world, project, now),
  ];
}

/** Anyone, after the exit time of a milestone's state. */
export function lapse(world: World, project: Project, index: number, now: number): Fact[] {
  const milestone = milestoneOf(project, index);
  const exit = exitOf(project, milestone) ?? refuse('WrongState', `milestone ${index} is ${milestone.state}`);
  // A submission is the gate's to decide; the escrow's own clock is only the backstop behind it.
  if (now <= exit.at) refuse(milestone.state === 'Submitted' ? 'WrongState' : 'TooEarly', `not before ${exit.at + 1}`);
  if (exit.outcome === 'Cancelled') return cancelMilestone(world, project, index, exit.at, now);
  if (exit.outcome === 'Decided') return decide(world, project, index, exit.payBps, now);
  project.defaultedAt = Math.min(project.defaultedAt ?? exit.at, exit.at);
  project.refundable += milestone.terms.amount;
  milestone.state = 'Refunded';
  milestone.standingBps = 0;
  milestone.clock = now;
  return closeIfLast(world, project, now);
}

/** The client's notice: allocation stops, after it every planned or funded milestone lapses with its kill fee. */
export function cancel(project: Project, call: Of<'cancel' | 'refund' | 'endWarranty'>, now: number): Fact[] {
  if (call.actor !== project.terms.client) refuse('NotParty', 'only the client cancels');
  if (project.cancelAt !== null || project.milestones.every(isFinal)) refuse('WrongState', 'cancelled or closed');
  project.cancelAt = now + NOTICE_DAYS * DAY;
  return [];
}

/** The contributor ends a milestone that was not funded in time, from the end of the cure on. */
export function terminate(world: World, project: Project, call: Of<'terminate' | 'lapse'>, now: number): Fact[] {
  const milestone = milestoneOf(project, call.milestone);
  if (call.actor !== project.terms.contributor) refuse('NotParty', 'only the contributor terminates');
  const exit = exitOf(project, milestone);
  if (milestone.state !== 'Planned' || exit === null) refuse('WrongState', `milestone is ${milestone.state}`);
  const cured = fundByTime(project, milestone) + CURE_DAYS * DAY;
  if (now <= cured) refuse('TooEarly', `not before ${cured + 1}`);
  if (now > exit.at) refuse('TooLate', `not after ${exit.at}`);
  const defaulted = providerDefault(project, now);
  if (defaulted !== null) refuse('ProviderDefaulted', `at ${defaulted}`);
  return cancelMilestone(world, project, call.milestone, now, now);
}
