/** Random calls and times: most of them possible, many of them at a limit. */
import {
  CLAIM,
  POT,
  exitOf,
  latestReview,
  step,
  type Account,
  type Call,
  type Project,
  type World,
} from '@milepost/protocol/model/index';
import { ANSWER_DAYS, CURE_DAYS, DAY } from '@milepost/protocol';
import { NAMES } from './life.js';
import type { Random } from './random.js';

const FINAL: ReadonlySet<string> = new Set(['Released', 'Refunded', 'Cancelled']);
const HUMAN = ['clients', 'panel', 'reviewers'] as const;

/** A digest that no call used before, or the one that was rejected. */
const digestOf = (text: string): string => `0x${Buffer.from(text).toString('hex').padEnd(64, '0').slice(0, 64)}`;

/** Seconds at which something ends. */
function limits(project: Project): number[] {
  const found = project.milestones.flatMap((milestone, index) => {
    const exit = exitOf(project, milestone);
    const review = latestReview(project, index);
    const cured = project.terms.start + (milestone.terms.fundBy + CURE_DAYS) * DAY;
    const due = project.terms.start + milestone.terms.due * DAY + milestone.shift;
    const graced = due + (project.terms.profiles[milestone.terms.profile]?.graceDays ?? 0) * DAY;
    return [exit?.at ?? 0, review?.deadline ?? 0, cured, graced, graced + DAY];
  });
  for (const dispute of project.disputes) {
    found.push(
      dispute.until,
      dispute.appealUntil,
      dispute.ruleBy,
      dispute.from + project.terms.arbitration.windows.panel,
    );
  }
  if (project.lastDecidedAt !== null) found.push(project.lastDecidedAt + project.terms.warrantyDays * DAY);
  if (project.claim !== null) found.push(project.claim.clock + ANSWER_DAYS * DAY);
  if (project.cancelAt !== null) found.push(project.cancelAt);
  return found;
}

/** The next second: at a limit or one beside it, soon, or days later. Always after `now`. */
export function nextTime(random: Random, project: Project, now: number): number {
  const ahead = limits(project).filter((limit) => limit >= now);
  if (ahead.length > 0 && random.chance(30)) {
    return Math.max(now + 1, Math.min(...random.some(ahead, Math.min(2, ahead.length))) + random.whole(-1, 1));
  }
  return now + random.pick([1, random.whole(1, 3_600), random.whole(1, DAY), random.whole(DAY, 4 * DAY)]);
}

/** One random call, possible or not. */
export function randomCall(random: Random, world: World, project: Project, name: string): Call {
  const m = random.whole(0, project.milestones.length - 1);
  const milestone = project.milestones[m];
  const claimed = project.claims > 0 && random.chance(30);
  const disputed = claimed ? CLAIM : m;
  const on = (actor: Account): { actor: Account; project: string } => ({ actor, project: name });
  const usual = (actor: Account): { actor: Account; project: string } =>
    on(random.chance(90) ? actor : random.pick(NAMES));
  const round = (milestone?.round ?? 0) + (random.chance(8) ? random.pick([-1, 1]) : 0);
  const digest = random.chance(95) ? (milestone?.digest ?? digestOf('none')) : digestOf(`other ${random.next()}`);
  const submission = { milestone: m, round: Math.max(0, round), digest };
  const share = random.pick([0, 1, 3_333, 5_000, 9_742, 10_000, random.whole(0, 10_000)]);
  const current = claimed ? project.claims : (milestone?.round ?? 0);
  const dispute = project.disputes.find((item) => item.milestone === disputed && item.round === current);
  const asked = dispute?.questions.length ?? 0;
  const question = dispute?.questions.at(-1);
  const subject = {
    milestone: disputed,
    round: claimed ? project.claims : (dispute?.round ?? submission.round),
    digest: dispute?.digest ?? digestOf('').replaceAll(/[^x]/g, '0'),
  };
  const reserve = project.milestones.reduce((sum, item) => sum + item.terms.amount, 0n);
  const states = new Set(project.milestones.map((item) => item.state));
  const open = states.size > [...states].filter((state) => FINAL.has(state)).length;
  const blocked = Object.keys(world.blocked).length;
  const laddered = project.disputes.some((item) => item.rung !== 'Closed');
  const makers: readonly [number, () => Call][] = [
    [
      open ? 4 : 0,
      () => ({
        ...usual(random.pick(project.terms.funders)),
        action: 'fund',
        amount: random.pick([reserve, reserve / 2n, reserve / 3n, 1n, milestone?.terms.amount ?? 1n]),
      }),
    ],
    [
      1,
      () => ({
        ...usual('client'),
        action: 'fund',
        amount: reserve,
        funder: random.pick([...project.terms.funders, 'stranger']),
      }),
    ],
    [
      states.has('Funded') || states.has('Rejected') ? 14 : 1,
      () => ({
        ...usual('lead'),
        action: 'submit',
        milestone: m,
        round: (milestone?.round ?? 0) + 1,
        digest: random.chance(95) ? digestOf(`${name}${m}${milestone?.round ?? 0}${random.whole(0, 9)}`) : digest,
      }),
    ],
    [states.has('Submitted') ? 30 : 2, () => vote(random, project, usual, submission)],
    [
      states.has('Submitted') ? 8 : 1,
      () => ({
        ...on(random.chance(95) ? 'oracle' : 'stranger'),
        action: 'report',
        ...submission,
        ...random.pick([
          { verdict: 'pass' as const, payBps: 10_000 },
          { verdict: 'pass' as const, payBps: random.pick([1, 9_742, 10_001]) },
          { verdict: 'fail' as const, payBps: 0 },
        ]),
      }),
    ],
    [states.has('Submitted') ? 5 : 1, () => ({ ...on(random.pick(NAMES)), action: 'finalize', milestone: m })],
    [
      states.has('Submitted') ? 8 : 1,
      () => ({ ...usual(random.pick(['client', 'cofunder', 'lead'])), action: 'challenge', ...submission }),
    ],
    [states.has('Rejected') ? 8 : 1, () => ({ ...usual('lead'), action: 'dispute', milestone: m })],
    [
      2,
      () => ({
        ...on('lead'),
        action: 'settle',
        milestone: m,
        round: submission.round,
        payBps: share,
        waiveLate: random.chance(20),
        signed: random.chance(90),
      }),
    ],
    [
      2,
      () => ({
        ...on('client'),
        action: 'amend',
        milestone: m,
        signed: random.chance(90),
        amount: (milestone?.terms.amount ?? 1n) + BigInt(random.pick([0, 1, 1_000, -1])),
        due: (milestone?.terms.due ?? 1) + random.whole(0, 9),
      }),
    ],
    [1, () => ({ ...usual('client'), action: 'cancel' })],
    [1, () => ({ ...on('client'), action: 'amend', milestone: m, signed: random.chance(90), cancel: true })],
    [
      1,
      () => ({ ...usual('client'), action: 'unfund', amount: random.pick([0n, 1n, project.pool, project.pool + 1n]) }),
    ],
    [
      1,
      () => ({ ...on(random.pick(['client', 'stranger'])), action: 'donate', amount: random.pick([1n, 77n, reserve]) }),
    ],
    [project.surplus > 0n ? 4 : 0, () => ({ ...on('stranger'), action: 'sync' })],
    [
      1,
      () => ({
        ...on('stranger'),
        action: 'settle',
        milestone: POT,
        round: random.chance(90) ? 0 : 1,
        payBps: share,
        signed: random.chance(90),
      }),
    ],
    [
      project.claim === null ? 0 : 3,
      () => ({
        ...on('lead'),
        action: 'settle',
        milestone: CLAIM,
        round: project.claims + (random.chance(90) ? 0 : 1),
        payBps: share,
        signed: true,
      }),
    ],
    [1, () => ({ ...usual('lead'), action: 'terminate', milestone: m })],
    [3, () => ({ ...on(random.pick(NAMES)), action: 'lapse', milestone: disputed })],
    [2, () => ({ ...on('stranger'), action: 'refund' })],
    [2, () => ({ ...on('stranger'), action: 'endWarranty' })],
    [
      open ? 1 : 12,
      () => ({
        ...usual('client'),
        action: 'openClaim',
        amount: random.pick([0n, 1n, project.holdback, project.holdback / 2n, project.holdback + 1n]),
      }),
    ],
    [open ? 1 : 8, () => ({ ...usual('lead'), action: 'answerClaim', accept: random.chance(30) })],
    [
      blocked < 2 ? 1 : 0,
      () => ({
        ...on('issuer'),
        action: 'block',
        address: random.pick(['lead', 'maker', 'editor', 'client', 'cofunder', 'arbitrator']),
      }),
    ],
    [
      2,
      () => {
        const account = random.pick([...Object.keys(project.credits), ...Object.keys(world.depositCredits), 'lead']);
        return {
          ...on(random.chance(80) ? account : 'stranger'),
          action: 'claim',
          account,
          to: random.pick([account, 'stranger']),
        };
      },
    ],
    [
      laddered ? 20 : 1,
      () => ({ ...usual(random.pick(['panel1', 'panel2', 'panel3'])), action: 'ask', ...subject, payBps: share }),
    ],
    [
      laddered ? 25 : 1,
      () => ({
        ...usual(random.pick(['panel1', 'panel2', 'panel3'])),
        action: 'vote',
        ...subject,
        body: 'panel',
        support: random.chance(60),
        reason: true,
        question: Math.max(1, asked),
        payBps: question?.payBps ?? share,
      }),
    ],
    [laddered ? 6 : 1, () => ({ ...on(random.pick(NAMES)), action: 'poke', milestone: disputed })],
    [
      laddered ? 40 : 1,
      () => ({
        ...usual(random.pick(['client', 'lead', 'cofunder'])),
        action: random.pick(['appeal', 'deposit'] as const),
        milestone: disputed,
      }),
    ],
    [
      laddered ? 20 : 1,
      () => ({ ...usual(random.pick(['arbitrator', 'fallback'])), action: 'rule', milestone: disputed, payBps: share }),
    ],
  ];
  let left = random.whole(
    1,
    makers.reduce((sum, [weight]) => sum + weight, 0),
  );
  const chosen = makers.find(([weight]) => (left -= weight) <= 0) ?? makers[0];
  if (chosen === undefined) throw new RangeError('There is no call to make.');
  return chosen[1]();
}

function vote(
  random: Random,
  project: Project,
  usual: (actor: Account) => { actor: Account; project: string },
  submission: { milestone: number; round: number; digest: string },
): Call {
  const seat = random.pick(project.terms.seats);
  const support = random.chance(65);
  const body = random.chance(95) ? seat.body : random.pick(HUMAN);
  return {
    ...usual(seat.account),
    action: 'vote',
    ...submission,
    body,
    support,
    reason: !support && random.chance(95),
  };
}

/** Nothing is left to do: every unit is paid, refunded or credited. */
export function isOver(project: Project): boolean {
  return (
    project.milestones.every((milestone) => FINAL.has(milestone.state)) &&
    project.holdback === 0n &&
    project.refundable === 0n &&
    project.surplus === 0n &&
    project.disputes.every((dispute) => dispute.rung === 'Closed')
  );
}

/** Most lives begin with money. */
function opening(random: Random, project: Project, name: string, now: number): { call: Call; at: number } | null {
  if (project.activated || project.cancelAt !== null || !random.chance(60)) return null;
  const total = project.milestones.reduce((sum, item) => sum + item.terms.amount, 0n);
  const actor = random.pick(project.terms.funders);
  return {
    call: { actor, project: name, action: 'fund', amount: random.pick([total, total, total - 1n, total / 2n]) },
    at: now + 1,
  };
}

/** A call at a time; in most cases one that the model accepts, if a few tries find any. */
export function nextMove(
  random: Random,
  world: World,
  project: Project,
  name: string,
  now: number,
): { call: Call; at: number } {
  const first = opening(random, project, name, now);
  if (first !== null) return first;
  const wanted = random.chance(80);
  let move = { call: randomCall(random, world, project, name), at: nextTime(random, project, now) };
  for (let tries = 0; wanted && tries < 25; tries += 1) {
    if (step(world, move.call, move.at).ok) return move;
    move = {
      call: randomCall(random, world, project, name),
      at: tries % 5 === 0 ? nextTime(random, project, now) : move.at,
    };
  }
  return move;
}
