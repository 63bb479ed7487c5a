/** When the next call comes, and which kind of call it is: most of them possible, many at a limit. */
import { exitOf, latestReview, step, type Call, type Project, type World } from '@milepost/protocol/model/index';
import { ANSWER_DAYS, CURE_DAYS, DAY } from '@milepost/protocol';
import { makersFor } from './moves.js';
import type { Random } from './random.js';

const FINAL: ReadonlySet<string> = new Set(['Released', 'Refunded', 'Cancelled']);
/** So many calls are taken as drawn, whatever comes of them. */
const AS_DRAWN_PERCENT = 20;
/** Kinds of calls that are tried for one that is possible, and draws of each. */
const KINDS = 5;
const DRAWS = 6;

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
  for (const { from } of Object.values(project.successors)) found.push(from);
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

/** Place of a kind of call, by the weights. */
function pickKind(random: Random, weights: readonly number[]): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let left = random.whole(1, total);
  return weights.findIndex((weight) => (left -= weight) <= 0);
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
  const makers = makersFor(random, world, project, name);
  const weights = makers.map(([weight]) => weight);
  const draw = (kind: number): { call: Call; at: number } => {
    const make = makers[kind]?.[1];
    if (make === undefined) throw new RangeError('There is no call to make.');
    return { call: make(), at: nextTime(random, project, now) };
  };
  let kind = pickKind(random, weights);
  let move = draw(kind);
  if (random.chance(AS_DRAWN_PERCENT)) return move;
  // A kind is kept for a few draws: else what is always possible would crowd out the rest.
  for (let tries = 1; tries < KINDS * DRAWS; tries += 1) {
    if (step(world, move.call, move.at).ok) return move;
    if (tries % DRAWS === 0) kind = pickKind(random, weights);
    move = draw(kind);
  }
  return move;
}
