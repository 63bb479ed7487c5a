/**
 * The arbitration ladder: negotiate, panel, appeal, deposit, ruling, fallback. Each rung starts when the one before it
 * ended, by event or by clock, whoever calls when; the last decision reached stands.
 */
import { deadlineResult, type Threshold } from '../decision.js';
import { arbitrationCosts, forfeitedBond, shareOf, shiftForCosts } from '../money.js';
import type { Call, Fact } from './calls.js';
import { decide, decideClaim, payeesOf, send, take } from './ledger.js';
import { CLAIM, type Account, type Dispute, type Project, type RungName, type SideName, type World } from './types.js';
import { refuse } from './types.js';

type Of<A extends Call['action']> = Extract<Call, { action: A }>;

export function openDispute(
  project: Project,
  subject: Pick<Dispute, 'milestone' | 'round' | 'digest' | 'standingBps' | 'ruleBy'>,
  now: number,
): Dispute {
  const dispute: Dispute = {
    ...subject,
    seats: project.terms.seats,
    openedBps: subject.standingBps,
    rung: 'Negotiate',
    from: now,
    until: now + project.terms.arbitration.windows.negotiate,
    challenger: null,
    questions: [],
    appealUntil: 0,
    appealed: { clients: false, payees: false },
    deposits: { clients: null, payees: null },
    settledAt: null,
  };
  project.disputes.push(dispute);
  return dispute;
}

/** Newest dispute of a milestone (or the claim) in a round; null if there is none. */
export function latestDispute(project: Project, milestone: number, round: number): Dispute | null {
  return project.disputes.filter((item) => item.milestone === milestone && item.round === round).at(-1) ?? null;
}

/** The dispute of a milestone's newest round, or of the newest claim; null if there is none. */
function newestDispute(project: Project, milestone: number): Dispute | null {
  const round = milestone === CLAIM ? project.claims : (project.milestones[milestone]?.round ?? 0);
  return latestDispute(project, milestone, round);
}

const disputeNow = (project: Project, milestone: number): Dispute =>
  newestDispute(project, milestone) ?? refuse('WrongState', 'there is no dispute');

/** The escrow still waits for this dispute: not settled, not lapsed. */
export function isLive(project: Project, dispute: Dispute): boolean {
  if (dispute.milestone === CLAIM) {
    return project.claim?.state === 'disputed' && project.claim.number === dispute.round;
  }
  const milestone = project.milestones[dispute.milestone];
  return milestone?.state === 'Disputed' && milestone.round === dispute.round;
}

const amountOf = (project: Project, dispute: Dispute): bigint =>
  dispute.milestone === CLAIM
    ? (project.claim?.amount ?? 0n)
    : (project.milestones[dispute.milestone]?.terms.amount ?? 0n);

function enter(project: Project, dispute: Dispute, rung: RungName, from: number): void {
  const { windows } = project.terms.arbitration;
  const spans: { [name in RungName]: number } = {
    Negotiate: windows.negotiate,
    Panel: windows.panel + windows.panelExtension,
    Appeal: windows.appeal,
    Deposit: windows.deposit,
    Ruling: windows.ruling,
    Fallback: windows.fallback,
    Closed: 0,
  };
  dispute.rung = rung;
  dispute.from = from;
  dispute.until = from + spans[rung];
  if (rung === 'Appeal') dispute.appealUntil = dispute.until;
}

/** The panel answered: its share stands, the appeal window opens. */
export function panelDecided(project: Project, dispute: Dispute, payBps: number, now: number): void {
  setStanding(project, dispute, payBps);
  enter(project, dispute, 'Appeal', now);
}

function setStanding(project: Project, dispute: Dispute, payBps: number): void {
  dispute.standingBps = payBps;
  const milestone = project.milestones[dispute.milestone];
  if (milestone !== undefined) milestone.standingBps = payBps;
  else if (project.claim !== null) project.claim.standingBps = payBps;
}

/** One due step of the ladder; null if none is due. */
function advanceOnce(world: World, project: Project, dispute: Dispute, now: number): Fact[] | null {
  const { arbitration } = project.terms;
  if (dispute.rung === 'Closed') return null;
  if (!isLive(project, dispute)) {
    voidQuestion(project, dispute, now);
    standAt(project, dispute);
    return close(world, project, dispute, decidedBps(project, dispute));
  }
  if (now > dispute.ruleBy) return lapseDispute(world, project, dispute, now);
  if (closeDueQuestion(project, dispute, now)) return [];
  if (now <= dispute.until) return null;
  switch (dispute.rung) {
    case 'Negotiate':
      enter(project, dispute, skipsPanel(project, dispute) ? 'Appeal' : 'Panel', dispute.until);
      return [];
    case 'Panel':
      enter(project, dispute, 'Appeal', dispute.until);
      return [];
    case 'Ruling':
      if (arbitration.fallbackArbitrator === null) return executeStanding(world, project, dispute, now);
      enter(project, dispute, 'Fallback', dispute.until);
      return [];
    default:
      return executeStanding(world, project, dispute, now);
  }
}

/** Brings a settled dispute to the rung of its settlement: who closes it, and when, must not matter. */
function standAt(project: Project, dispute: Dispute): void {
  const { settledAt } = dispute;
  if (settledAt === null || settledAt <= dispute.until) return;
  const next = dispute.rung === 'Ruling' && project.terms.arbitration.fallbackArbitrator !== null;
  if (next) enter(project, dispute, 'Fallback', dispute.until);
  // Every arbitrator's time was over: nobody is paid.
  if (settledAt > dispute.until) dispute.settledAt = null;
}

/** The panel is not asked where there is none, or where it carried the decision that stands. */
export function skipsPanel(project: Project, dispute: Dispute): boolean {
  if (project.terms.arbitration.panelPolicy === null) return true;
  const review = project.reviews.find(
    (item) => item.milestone === dispute.milestone && item.round === dispute.round && item.digest === dispute.digest,
  );
  const panel = review?.ballots.panel?.result;
  if (review?.state === 'Rejected') return panel === 'rejected';
  return dispute.challenger !== null && panel === 'approved';
}

/** The escrow's own clock ran out: the standing decision, and all deposits back. */
function lapseDispute(world: World, project: Project, dispute: Dispute, now: number): Fact[] {
  voidQuestion(project, dispute, now);
  const payBps = dispute.standingBps;
  const facts = dispute.milestone === CLAIM ? [] : decide(world, project, dispute.milestone, payBps, now);
  if (dispute.milestone === CLAIM && project.claim !== null) decideClaim(project, project.claim, payBps);
  return [...facts, ...close(world, project, dispute, payBps)];
}

/** Last second of the panel's first window; the extension ends with the rung. */
const firstEnd = (project: Project, dispute: Dispute): number => dispute.from + project.terms.arbitration.windows.panel;

/**
 * Decides the open question by its deadline, if that has passed: by its quorum at the end of the first window, else at
 * the end of the extension, where silence is a no. True if anything changed.
 */
export function closeDueQuestion(project: Project, dispute: Dispute, now: number): boolean {
  const open = dispute.questions.find((question) => question.state === 'open');
  if (open === undefined || dispute.rung !== 'Panel') return false;
  const first = firstEnd(project, dispute);
  const end = open.extended ? dispute.until : first;
  if (now <= end) return false;
  const answer = deadlineResult(open.ballot, panelRule(project));
  if (answer === 'silent' && end < dispute.until) {
    open.extended = true;
    closeDueQuestion(project, dispute, now);
    return true;
  }
  open.ballot.result = answer;
  open.state = answer === 'approved' ? 'approved' : 'rejected';
  if (answer === 'approved') panelDecided(project, dispute, open.payBps, end);
  return true;
}

/**
 * A question that is open when its dispute ended elsewhere is void by its deadline. Until the dispute is closed it still
 * has its extension.
 */
function voidQuestion(project: Project, dispute: Dispute, now: number): boolean {
  const open = dispute.questions.find((question) => question.state === 'open');
  if (open === undefined) return false;
  const first = firstEnd(project, dispute);
  const extended = first + project.terms.arbitration.windows.panelExtension;
  if (now <= (open.extended ? extended : first)) return false;
  const silent = deadlineResult(open.ballot, panelRule(project)) === 'silent';
  if (dispute.rung === 'Panel' && silent && !open.extended && extended > first) {
    open.extended = true;
    voidQuestion(project, dispute, now);
    return true;
  }
  open.state = 'rejected';
  return true;
}

/** Moves the open question on to now. True if no ballot counts any more. */
export function questionOver(project: Project, dispute: Dispute, now: number): boolean {
  if (dispute.rung !== 'Panel') return voidQuestion(project, dispute, now);
  closeDueQuestion(project, dispute, now);
  return now > dispute.until;
}

/** What the panel needs to answer a question. */
export function panelRule(project: Project): Threshold {
  const { panelPolicy } = project.terms.arbitration;
  const policy = panelPolicy === null ? undefined : project.terms.policies[panelPolicy];
  return policy?.bodies.panel ?? refuse('WrongRung', 'these terms name no panel');
}

const decidedBps = (project: Project, dispute: Dispute): number =>
  project.milestones[dispute.milestone]?.standingBps ?? dispute.standingBps;

function executeStanding(world: World, project: Project, dispute: Dispute, now: number): Fact[] {
  const payBps = dispute.standingBps;
  return [...ruleFinal(world, project, dispute, payBps, now), ...close(world, project, dispute, payBps)];
}

function ruleFinal(world: World, project: Project, dispute: Dispute, payBps: number, now: number): Fact[] {
  if (now > dispute.ruleBy) refuse('TooLate', `the escrow decides by itself after ${dispute.ruleBy}`);
  if (dispute.milestone !== CLAIM) return decide(world, project, dispute.milestone, payBps, now);
  if (project.claim !== null) decideClaim(project, project.claim, payBps);
  return [];
}

/** Pays from deposits and bonds; what the token refuses stays there as a credit. */
function payBack(world: World, to: Account, amount: bigint): void {
  if (amount === 0n) return;
  if (send(world, to, amount)) world.deposits -= amount;
  else world.depositCredits[to] = (world.depositCredits[to] ?? 0n) + amount;
}

/**
 * Ends a dispute: the arbitrator's part of the deposits, the rest home, the bond where the decision sends it.
 *
 * @param payBps the decision before costs
 */
function close(
  world: World,
  project: Project,
  dispute: Dispute,
  payBps: number,
  ruled: { readonly payBps: number; readonly arbitrator: Account } | null = null,
): Fact[] {
  const { arbitration } = project.terms;
  const facts: Fact[] = [];
  const begun = dispute.rung === 'Ruling' || dispute.rung === 'Fallback';
  const settled = dispute.settledAt !== null && begun;
  const fee = ruled !== null ? arbitration.fee : settled ? shareOf(arbitration.fee, arbitration.settleFeeBps) : 0n;
  const shares = arbitrationCosts(fee, ruled?.payBps ?? 5_000);
  const alone = SIDES.filter((side) => dispute.deposits[side] !== null).length === 1;
  for (const side of SIDES) {
    const depositor = dispute.deposits[side];
    if (depositor !== null) payBack(world, depositor, arbitration.fee - (alone ? fee : shares[side]));
  }
  const arbitrator = ruled?.arbitrator ?? (dispute.rung === 'Fallback' ? arbitration.fallbackArbitrator : null);
  payBack(world, arbitrator ?? arbitration.arbitrator, fee);
  if (fee > 0n) facts.push({ fact: 'costs', ...shares, by: { ...dispute.deposits } });
  facts.push(...settleBond(world, project, dispute, payBps));
  dispute.rung = 'Closed';
  return facts;
}

const SIDES: readonly SideName[] = ['clients', 'payees'];

function settleBond(world: World, project: Project, dispute: Dispute, payBps: number): Fact[] {
  const { challenger } = dispute;
  if (challenger === null || challenger.bond === 0n) return [];
  const won = challenger.side === 'clients' ? payBps < dispute.openedBps : payBps > dispute.openedBps;
  const parts = forfeitedBond(challenger.bond);
  const first = payeesOf(project)[0] ?? project.terms.contributor;
  const to = won
    ? [{ account: challenger.account, amount: challenger.bond }]
    : [
        { account: challenger.side === 'clients' ? first : project.terms.client, amount: parts.otherSide },
        { account: project.terms.treasury, amount: parts.treasury },
      ];
  for (const part of to) payBack(world, part.account, part.amount);
  return [{ fact: 'bond', to }];
}

/** Makes every step that is due; null if none was. */
export function makeDueSteps(world: World, project: Project, milestone: number, now: number): Fact[] | null {
  const dispute = newestDispute(project, milestone);
  if (dispute === null) return null;
  let facts: Fact[] | null = null;
  for (;;) {
    const step = advanceOnce(world, project, dispute, now);
    if (step === null) return facts;
    facts = [...(facts ?? []), ...step];
  }
}

/** Anyone: every step that is due. */
export function poke(world: World, project: Project, milestone: number, now: number): Fact[] {
  const dispute = disputeNow(project, milestone);
  if (dispute.rung === 'Closed') {
    if (voidQuestion(project, dispute, now)) return [];
    refuse('WrongRung', 'the dispute is closed');
  }
  return makeDueSteps(world, project, milestone, now) ?? refuse('NotDue', 'no step of the ladder is due');
}

/** Whose side an account speaks for. */
export function sideOf(project: Project, actor: Account): SideName {
  const { client, contributor, seats } = project.terms;
  if (actor === contributor) return 'payees';
  if (actor === client) return 'clients';
  if (seats.some((seat) => seat.body === 'clients' && seat.account === actor && seat.excluded !== true)) {
    return 'clients';
  }
  return refuse('NotParty', `${actor} is no party`);
}

/** Notice of appeal against the standing decision. */
export function appeal(world: World, project: Project, call: Of<'poke' | 'appeal' | 'deposit'>, now: number): Fact[] {
  const facts = makeDueSteps(world, project, call.milestone, now) ?? [];
  const dispute = disputeNow(project, call.milestone);
  const side = sideOf(project, call.actor);
  const later = dispute.rung === 'Deposit' && now <= dispute.appealUntil;
  if (dispute.rung !== 'Appeal' && !later) refuse('WrongRung', `the rung is ${dispute.rung}`);
  if (dispute.appealed[side]) refuse('AlreadyCast', 'this side gave notice');
  dispute.appealed[side] = true;
  if (dispute.rung === 'Appeal') enter(project, dispute, 'Deposit', now);
  if (dispute.deposits[side] !== null) enter(project, dispute, 'Ruling', now);
  return facts;
}

/** Deposit of the arbitrator's fee by a side. The ruling begins when an appellant has deposited. */
export function deposit(world: World, project: Project, call: Of<'poke' | 'appeal' | 'deposit'>, now: number): Fact[] {
  const facts = makeDueSteps(world, project, call.milestone, now) ?? [];
  const dispute = disputeNow(project, call.milestone);
  const side = sideOf(project, call.actor);
  if (!['Deposit', 'Ruling', 'Fallback'].includes(dispute.rung)) refuse('WrongRung', `the rung is ${dispute.rung}`);
  if (dispute.deposits[side] !== null) refuse('AlreadyCast', 'this side deposited');
  const { fee } = project.terms.arbitration;
  take(world, call.actor, fee);
  world.deposits += fee;
  dispute.deposits[side] = call.actor;
  if (dispute.rung === 'Deposit' && dispute.appealed[side]) enter(project, dispute, 'Ruling', now);
  return facts;
}

/** The arbitrator's decision; a side without a deposit pays its share of the costs through the result. */
export function rule(world: World, project: Project, call: Of<'rule'>, now: number): Fact[] {
  const facts = makeDueSteps(world, project, call.milestone, now) ?? [];
  const dispute = disputeNow(project, call.milestone);
  const { arbitration } = project.terms;
  if (dispute.rung !== 'Ruling' && dispute.rung !== 'Fallback') refuse('WrongRung', `the rung is ${dispute.rung}`);
  const arbitrator = dispute.rung === 'Ruling' ? arbitration.arbitrator : arbitration.fallbackArbitrator;
  if (call.actor !== arbitrator) refuse('NotArbitrator', `${call.actor} is not the arbitrator of this rung`);
  if (call.payBps > 10_000) refuse('BpsTooHigh', `${call.payBps}`);
  const shares = arbitrationCosts(arbitration.fee, call.payBps);
  const absent = SIDES.filter((side) => dispute.deposits[side] === null)[0];
  const payBps =
    absent === undefined ? call.payBps : shiftForCosts(call.payBps, shares[absent], amountOf(project, dispute), absent);
  return [
    ...facts,
    ...ruleFinal(world, project, dispute, payBps, now),
    ...close(world, project, dispute, call.payBps, { payBps: call.payBps, arbitrator }),
  ];
}
