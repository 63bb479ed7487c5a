/** Creation, funding and refunds. */
import { fundingNeed, refundShares } from '../money.js';
import type { Call, Fact } from './calls.js';
import { exitOf, fundByTime, isFinal, profileOf } from './clocks.js';
import { cancelMilestone } from './exits.js';
import { pay, send, take } from './ledger.js';
import type { Milestone, MilestoneTerms, Project, Seat, Terms, World } from './types.js';
import { refuse } from './types.js';

type Of<A extends Call['action']> = Extract<Call, { action: A }>;

function checkTerms(terms: Terms): void {
  const seated = new Set<string>();
  for (const seat of terms.seats) {
    if (seated.has(seat.account)) refuse('SeatOrder', `${seat.account} holds two seats`);
    seated.add(seat.account);
  }
  const weights = terms.payees.reduce((sum, payee) => sum + payee.weight, 0);
  if (terms.payees.length > 0 && weights !== 10_000) refuse('BadTerms', `payee weights sum to ${weights}`);
  if (terms.milestones.length === 0 || terms.milestones.length > 16) refuse('BadTerms', '1 to 16 milestones');
  if (terms.funders[0] !== terms.client) refuse('BadTerms', 'the first funder is the client');
}

/** A milestone at its start. */
export const planned = (terms: MilestoneTerms): Milestone => ({
  terms,
  state: 'Planned',
  round: 0,
  clock: 0,
  submittedAt: 0,
  shift: 0,
  standingBps: 0,
  lateBps: 0,
  digest: null,
});

/** Creates a project from terms that both parties signed. */
export function create(world: World, call: Of<'create'>): Fact[] {
  if (world.projects[call.project] !== undefined) refuse('ProjectExists', call.project);
  const { terms } = call;
  checkTerms(terms);
  const paid = [terms.contributor, ...terms.payees.map((payee) => payee.account)];
  const alone: Seat = { account: terms.client, body: 'clients', weight: 1 };
  const seats = (terms.seats.length === 0 ? [alone] : terms.seats).map((seat) => ({
    ...seat,
    excluded: seat.excluded === true || paid.includes(seat.account),
  }));
  world.projects[call.project] = {
    terms: { ...terms, seats },
    milestones: terms.milestones.map(planned),
    pool: 0n,
    holdback: 0n,
    refundable: 0n,
    surplus: 0n,
    foreign: 0n,
    successors: {},
    credits: {},
    contributions: terms.funders.map(() => 0n),
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
  };
  return [];
}

/** Puts money into the pool for a funder, then reserves milestones in index order. */
export function fund(world: World, project: Project, call: Of<'fund'>, now: number): Fact[] {
  const funder = project.terms.funders.indexOf(call.funder ?? call.actor);
  if (funder < 0) refuse('NoSuchFunder', call.funder ?? call.actor);
  take(world, call.actor, call.amount);
  if (call.amount === 0n) refuse('NothingDue', 'the amount is 0');
  return book(world, project, funder, call.amount, now);
}

function book(world: World, project: Project, funder: number, amount: bigint, now: number): Fact[] {
  const facts = closeOverdue(world, project, now);
  // Shares never change under an accrued refund.
  if (project.terms.funders.length > 1 && project.refundable > 0n) facts.push(...payRefund(world, project));
  project.contributions[funder] = (project.contributions[funder] ?? 0n) + amount;
  project.pool += amount;
  allocate(project, now);
  return facts;
}

/** Money by plain transfer: it lies there until somebody books it. */
export function donate(world: World, project: Project, call: Of<'donate' | 'unfund'>): Fact[] {
  take(world, call.actor, call.amount);
  project.surplus += call.amount;
  return [];
}

/** Anyone: books what came by plain transfer for the client. */
export function sync(world: World, project: Project, now: number): Fact[] {
  const amount = project.surplus;
  project.surplus = 0n;
  return book(world, project, 0, amount, now);
}

/** Sends tokens of another kind to the escrow. */
export function strand(project: Project, call: Of<'strand'>): Fact[] {
  project.foreign += call.amount;
  return [];
}

/** Anyone: tokens of another kind go to the client; the project's own never do. */
export function recover(world: World, project: Project, call: Of<'recover'>): Fact[] {
  if (call.own || project.foreign === 0n) refuse('NothingDue', 'nothing of another kind is here');
  const { client } = project.terms;
  world.foreign[client] = (world.foreign[client] ?? 0n) + project.foreign;
  project.foreign = 0n;
  return [];
}

/** The client makes unreserved money refundable. */
export function unfund(project: Project, call: Of<'donate' | 'unfund'>): Fact[] {
  if (call.actor !== project.terms.client) refuse('NotParty', 'only the client takes money out of the pool');
  if (call.amount === 0n) refuse('NothingDue', 'the amount is 0');
  if (call.amount > project.pool) refuse('Underfunded', `the pool holds ${project.pool}`);
  project.pool -= call.amount;
  project.refundable += call.amount;
  return [];
}

/** Closes planned milestones past their exit: else the order of calls would change kill fees. */
function closeOverdue(world: World, project: Project, now: number): Fact[] {
  const facts: Fact[] = [];
  project.milestones.forEach((milestone, index) => {
    const exit = exitOf(project, milestone);
    if (milestone.state !== 'Planned' || exit === null || now <= exit.at) return;
    facts.push(...cancelMilestone(world, project, index, exit.at, now));
  });
  return facts;
}

function allocate(project: Project, now: number): void {
  if (project.milestones.every(isFinal)) {
    project.refundable += project.pool;
    project.pool = 0n;
    return;
  }
  if (project.cancelAt !== null) return;
  for (;;) {
    const planned = project.milestones.filter((milestone) => milestone.state === 'Planned');
    const next = planned[0];
    if (next === undefined) return;
    const amounts = planned.map((milestone) => ({
      amount: milestone.terms.amount,
      killBps: profileOf(project, milestone).killBps,
    }));
    const need = fundingNeed(amounts, project.activated);
    if (project.pool < need) return;
    project.pool -= need;
    project.activated = true;
    next.state = 'Funded';
    next.shift = Math.max(0, now - fundByTime(project, next));
  }
}

function payRefund(world: World, project: Project): Fact[] {
  const parts = refundShares(project.refundable, project.contributions);
  project.refundable = 0n;
  project.terms.funders.forEach((funder, index) => pay(world, project, funder, parts[index] ?? 0n));
  return [{ fact: 'refund', parts }];
}

/** Sends refundable money to the funders, pro rata. */
export function refund(world: World, project: Project): Fact[] {
  if (project.refundable === 0n) refuse('NothingDue', 'nothing is refundable');
  return payRefund(world, project);
}

/** Collects a credit. The account names any address; others may only retry to the account itself. */
export function claim(world: World, project: Project, call: Of<'claim'>): Fact[] {
  if (call.actor !== call.account && call.to !== call.account) refuse('NotParty', 'only the account names an address');
  const credit = project.credits[call.account] ?? 0n;
  const deposit = credit === 0n ? (world.depositCredits[call.account] ?? 0n) : 0n;
  if (credit + deposit === 0n) refuse('NothingDue', `no credit for ${call.account}`);
  if (!send(world, call.to, credit + deposit)) refuse('TokenRefused', `the token refuses ${call.to}`);
  if (credit > 0n) project.credits[call.account] = 0n;
  else {
    // The escrow owes nothing: what the arbitration could not pay back.
    world.depositCredits[call.account] = 0n;
    world.deposits -= deposit;
  }
  return [];
}
