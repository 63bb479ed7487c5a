/** What a reader sees of a project's money. */
import { coverOf, reservedOf, sumOf } from './ledger.js';
import type { Project } from './types.js';

/** Booked money by bucket; `total` is the sum of the others. */
export interface Ledger {
  readonly pool: bigint;
  readonly milestones: readonly bigint[];
  readonly cover: bigint;
  readonly holdback: bigint;
  readonly refundable: bigint;
  readonly credits: bigint;
  readonly total: bigint;
}

/** Where a project's money is. */
export function ledgerOf(project: Project): Ledger {
  const milestones = project.milestones.map(reservedOf);
  const cover = coverOf(project);
  const credits = sumOf(Object.values(project.credits));
  const { pool, holdback, refundable } = project;
  const total = pool + sumOf(milestones) + cover + holdback + refundable + credits;
  return { pool, milestones, cover, holdback, refundable, credits, total };
}
