/** Change orders: what both parties change later. */
import type { Call, Fact, MilestoneOrder } from './calls.js';
import { exitOf, isFinal, milestoneOf, profileOf } from './clocks.js';
import { planned } from './funding.js';
import { closeIfLast, killOf } from './ledger.js';
import { orderPayees } from './payees.js';
import type { Milestone, MilestoneTerms, Project, Seat, World } from './types.js';
import { refuse } from './types.js';

const MAX_MILESTONES = 16;

/** What an order needs of the pool, and gives back to it. */
interface Balance {
  needed: bigint;
  freed: bigint;
  readonly facts: Fact[];
}

/** Both parties change milestones and payees; the difference must lie in the pool. */
export function amend(world: World, project: Project, call: Extract<Call, { action: 'amend' }>, now: number): Fact[] {
  if (project.milestones.every(isFinal)) refuse('WrongState', 'all is decided');
  if (!call.signed) refuse('BadSignature', 'both parties must sign the same change order');
  const balance: Balance = { needed: 0n, freed: 0n, facts: [] };
  for (const order of call.changes) {
    if (order.op === 'add') add(project, order, balance, now);
    else change(project, order, balance, now);
  }
  orderPayees(project, call.payees ?? [], call.consents ?? []);
  if (call.seats !== undefined) reseat(project, call.seats);
  clearNotice(project, now);
  const available = project.pool + balance.freed;
  if (available < balance.needed) refuse('Underfunded', `needs ${balance.needed}, available are ${available}`);
  project.pool = available - balance.needed;
  project.version += 1;
  if (!call.changes.some((order) => order.op === 'cancel')) return [];
  return [...balance.facts, ...closeIfLast(world, project, now)];
}

function add(project: Project, order: MilestoneOrder, balance: Balance, now: number): void {
  const count = project.milestones.length;
  if (order.milestone !== count) refuse('NoSuchMilestone', `the next one is ${count}`);
  if (count === MAX_MILESTONES) refuse('Count', `${MAX_MILESTONES} milestones at most`);
  const terms = ordered(project, { amount: 0n, due: 0, fundBy: 0, profile: 0, policy: 0 }, order);
  const milestone = planned(terms);
  ahead(project, milestone, now);
  project.milestones.push(milestone);
  balance.needed += heldOf(project, milestone);
}

function change(project: Project, order: MilestoneOrder, balance: Balance, now: number): void {
  const milestone = milestoneOf(project, order.milestone);
  if (milestone.state === 'Disputed' || isFinal(milestone)) refuse('WrongState', `milestone is ${milestone.state}`);
  inTime(project, milestone, now);
  const held = heldOf(project, milestone);
  balance.freed += held;
  if (order.op === 'cancel') {
    const funded = milestone.state !== 'Planned';
    milestone.state = 'Cancelled';
    milestone.clock = now;
    milestone.standingBps = 0;
    const [amount, cover] = funded ? [held, 0n] : [0n, held];
    const nothing = { killFee: 0n, fee: 0n, net: 0n, split: [] };
    balance.facts.push({ fact: 'cancelled', milestone: order.milestone, amount, cover, ...nothing });
    return;
  }
  milestone.terms = ordered(project, milestone.terms, order);
  if (milestone.round >= profileOf(project, milestone).maxRounds) refuse('RoundsUsedUp', 'no round is left');
  if (milestone.state !== 'Planned') milestone.state = 'Funded';
  milestone.lateBps = 0;
  ahead(project, milestone, now);
  balance.needed += heldOf(project, milestone);
}

/** Terms under an order, within the bounds of signed terms. */
function ordered(project: Project, old: MilestoneTerms, order: MilestoneOrder): MilestoneTerms {
  const amount = order.amount ?? old.amount;
  const due = order.due ?? old.due;
  const fundBy = order.fundBy ?? old.fundBy;
  const profile = order.profile ?? old.profile;
  const policy = order.policy ?? old.policy;
  if (amount <= 0n) refuse('ZeroAmount', 'a milestone pays something');
  if (fundBy > due) refuse('FundByAfterDue', `${fundBy} is after ${due}`);
  if (project.terms.profiles[profile] === undefined) refuse('Profile', `there is no profile ${profile}`);
  return { amount, due, fundBy, profile, policy };
}

/** When the notice ends under an order: a running one is cleared, one that ended before stays. */
const noticeAfter = (project: Project, now: number): number | null =>
  project.cancelAt !== null && now <= project.cancelAt ? null : project.cancelAt;

function clearNotice(project: Project, now: number): void {
  project.cancelAt = noticeAfter(project, now);
}

function inTime(project: Project, milestone: Milestone, now: number): void {
  const exit = exitOf(project, milestone);
  if (exit !== null && now > exit.at) refuse('TooLate', `not after ${exit.at}`);
}

/** The changed milestone must have time left under the order. */
function ahead(project: Project, milestone: Milestone, now: number): void {
  inTime({ ...project, cancelAt: noticeAfter(project, now) }, milestone, now);
}

/** Whoever is paid has no say. */
function reseat(project: Project, seats: readonly Seat[]): void {
  const { contributor, payees } = project.terms;
  const paid = [contributor, ...payees.map((payee) => payee.account)];
  const roster = seats.map((seat) => ({ ...seat, excluded: seat.excluded === true || paid.includes(seat.account) }));
  project.terms = { ...project.terms, seats: roster };
  project.roster += 1;
}

/** What a milestone holds of the project's money: its amount, or while planned its reserved kill cover. */
function heldOf(project: Project, milestone: Milestone): bigint {
  if (milestone.state !== 'Planned') return milestone.terms.amount;
  return project.activated ? killOf(project, milestone) : 0n;
}
