/** Questions to the panel in a dispute: should this share be paid? */
import type { Call, Fact } from './calls.js';
import { checkBallot, count, emptyBallot, policyOf, seatOf } from './gate.js';
import { isLive, latestDispute, makeDueSteps, panelDecided, questionOver, skipsPanel } from './ladder.js';
import type { Dispute, Project, Question, Seat, World } from './types.js';
import { refuse } from './types.js';

type Of<A extends Call['action']> = Extract<Call, { action: A }>;

function cast(project: Project, dispute: Dispute, question: Question, seat: Seat, support: boolean, now: number): void {
  const policy = policyOf(project, project.terms.arbitration.panelPolicy ?? -1);
  question.voted.push(seat.account);
  count(question.ballot, seat, support, policy);
  if (question.ballot.result === 'approved') {
    question.state = 'approved';
    panelDecided(project, dispute, question.payBps, now);
  } else if (question.ballot.result === 'rejected') question.state = 'rejected';
}

/** A claim has no deliverable: its disputes carry no digest. */
const isAbout = (dispute: Dispute, digest: string): boolean => dispute.digest === null || dispute.digest === digest;

/** A panel seat opens the next question and casts yes on it. */
export function ask(world: World, project: Project, call: Of<'ask'>, now: number): Fact[] {
  const facts = makeDueSteps(world, project, call.milestone, now) ?? [];
  const dispute = latestDispute(project, call.milestone, call.round);
  if (dispute === null) refuse('WrongRung', 'there is no such dispute');
  if (skipsPanel(project, dispute)) refuse('WrongRung', 'the panel is not asked in this dispute');
  if (dispute.rung === 'Negotiate') refuse('TooEarly', `not before ${dispute.until + 1}`);
  if (dispute.rung !== 'Panel') refuse('WrongRung', `the rung is ${dispute.rung}`);
  if (!isAbout(dispute, call.digest)) refuse('NotOpen', 'another submission is disputed');
  if (call.payBps > 10_000) refuse('BpsTooHigh', `${call.payBps}`);
  if (dispute.questions.some((question) => question.state === 'open')) refuse('BallotExists', 'a question is open');
  if (dispute.questions.length >= 3 || dispute.questions.some((question) => question.askedBy === call.actor)) {
    refuse('BallotExists', 'three questions in all, one per seat');
  }
  const seat = seatOf(dispute.seats, call.actor, 'panel');
  const question: Question = {
    payBps: call.payBps,
    askedBy: call.actor,
    ballot: emptyBallot(dispute.seats, 'panel'),
    voted: [],
    state: 'open',
    extended: now > dispute.from + project.terms.arbitration.windows.panel,
  };
  dispute.questions.push(question);
  cast(project, dispute, question, seat, true, now);
  return facts;
}

/** A ballot on a panel question. */
export function voteOnQuestion(project: Project, call: Of<'vote'>, now: number): Fact[] {
  const dispute = project.disputes.filter((item) => item.milestone === call.milestone).at(-1);
  const question = dispute?.questions[(call.question ?? 0) - 1];
  const found = dispute?.round === call.round && isAbout(dispute, call.digest) && question?.payBps === call.payBps;
  if (dispute === undefined || question === undefined || !found) refuse('NotOpen', 'there is no such question');
  if (question.state !== 'open') refuse('NotOpen', `the question is ${question.state}`);
  const live = isLive(project, dispute);
  const over = questionOver(project, dispute, now);
  if (over || question.state !== 'open') refuse('DeadlinePassed', 'the panel decided by its deadline');
  const seat = seatOf(dispute.seats, call.actor, call.body);
  if (call.body !== 'panel') refuse('BodyNotNamed', 'the panel alone is asked');
  checkBallot(question.voted, call.actor, call.support, call.reason);
  cast(project, dispute, question, seat, call.support, now);
  // What decides nothing needs no look at the escrow.
  if (!live && question.state !== 'open') refuse('NotOpen', 'the escrow no longer waits for this dispute');
  return [];
}
