/** Movements of money: payments that never stop each other, decisions, the holdback pot, the end of a project. */
import { decisionParts, firstHalf, killCover, payout, shareOf, type Payout } from '../money.js';
import type { Fact } from './calls.js';
import { isFinal, profileOf } from './clocks.js';
import type { Account, Claim, Milestone, Project, World } from './types.js';
import { refuse } from './types.js';

/** Moves tokens from an account into a contract. */
export function take(world: World, from: Account, amount: bigint): void {
  const balance = world.wallets[from] ?? 0n;
  if (world.blocked[from] === true || balance < amount) refuse('TokenRefused', `${from} cannot pay ${amount}`);
  world.wallets[from] = balance - amount;
}

/** Sends tokens out of a contract; false if the token refuses. */
export function send(world: World, to: Account, amount: bigint): boolean {
  if (world.blocked[to] === true) return false;
  world.wallets[to] = (world.wallets[to] ?? 0n) + amount;
  return true;
}

/** Pays from the escrow, or credits what the token refuses. */
export function pay(world: World, project: Project, to: Account, amount: bigint): void {
  if (amount === 0n || send(world, to, amount)) return;
  project.credits[to] = (project.credits[to] ?? 0n) + amount;
}

export const sumOf = (parts: readonly bigint[]): bigint => parts.reduce((total, part) => total + part, 0n);

export const payeesOf = (project: Project): readonly Account[] =>
  project.terms.payees.length === 0 ? [project.terms.contributor] : project.terms.payees.map((payee) => payee.account);

const weightsOf = (project: Project): readonly number[] => project.terms.payees.map((payee) => payee.weight);

/** Rule 4: fee to the treasury, the rest to the payees. */
export function payOut(world: World, project: Project, payable: bigint): Payout {
  const parts = payout(payable, project.terms.feeBps, weightsOf(project));
  payeesOf(project).forEach((payee, index) => pay(world, project, payee, parts.split[index] ?? 0n));
  pay(world, project, project.terms.treasury, parts.fee);
  return parts;
}

/** Kill cover that is reserved now: of the planned milestones, from activation on. */
export function coverOf(project: Project): bigint {
  if (!project.activated) return 0n;
  return sumOf(
    project.milestones
      .filter((milestone) => milestone.state === 'Planned')
      .map((milestone) => killOf(project, milestone)),
  );
}

export const killOf = (project: Project, milestone: Milestone): bigint =>
  killCover(milestone.terms.amount, profileOf(project, milestone).killBps);

/** Money reserved for a milestone that is funded and not decided. */
export const reservedOf = (milestone: Milestone): bigint =>
  milestone.state === 'Planned' || isFinal(milestone) ? 0n : milestone.terms.amount;

/** Decides a milestone at `payBps` and pays. */
export function decide(
  world: World,
  project: Project,
  index: number,
  payBps: number,
  now: number,
  options: { readonly waiveLate?: boolean } = {},
): Fact[] {
  const milestone = project.milestones[index] ?? refuse('NoSuchMilestone', `there is no milestone ${index}`);
  const lateBps = options.waiveLate === true ? 0 : milestone.lateBps;
  const parts = decisionParts({
    amount: milestone.terms.amount,
    payBps,
    lateBps,
    holdbackBps: profileOf(project, milestone).holdbackBps,
    feeBps: project.terms.feeBps,
    weights: weightsOf(project),
  });
  milestone.state = payBps === 0 ? 'Refunded' : 'Released';
  milestone.standingBps = payBps;
  milestone.clock = now;
  milestone.lateBps = lateBps;
  project.refundable += parts.refundable;
  project.holdback += parts.holdback;
  payOut(world, project, parts.payable);
  const { refundable: _refundable, ...shown } = parts;
  const fact: Fact = { fact: 'decided', milestone: index, amount: milestone.terms.amount, payBps, lateBps, ...shown };
  return [fact, ...closeIfLast(world, project, now)];
}

/** After a milestone ended. The last one: the pool becomes refundable, half the pot is paid, the warranty starts. */
export function closeIfLast(world: World, project: Project, now: number): Fact[] {
  project.lastDecidedAt = now;
  if (!project.milestones.every(isFinal)) return [];
  project.refundable += project.pool;
  project.pool = 0n;
  const half = firstHalf(project.holdback);
  if (half === 0n) return [];
  project.holdback -= half;
  return [{ fact: 'holdback', ...payOut(world, project, half) }];
}

/** The contributor keeps `payBps` of the claimed amount in the pot, the rest becomes refundable. */
export function decideClaim(project: Project, claim: Claim, payBps: number): void {
  const granted = claim.amount - shareOf(claim.amount, payBps);
  project.holdback -= granted;
  project.refundable += granted;
  project.claim = null;
}
