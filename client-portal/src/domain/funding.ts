import { killCover } from '@milepost/protocol/money';
import type { Milestone, Project } from '../api/types';
import type { CoveragePart } from '../ui/ledger';

const killBpsOf = (project: Project, milestone: Milestone): number => {
  const terms = project.terms;
  const profile = terms.milestones[milestone.index]?.profile;
  return profile === undefined ? 0 : (terms.profiles[profile]?.killBps ?? 0);
};

/** What is missing for the next milestone alone and for all that are left. */
export interface FundingNeed {
  next: { milestone: Milestone; amount: bigint } | null;
  all: bigint;
}

/**
 * Money covers milestones in their order. The first to be funded also brings the kill cover of all
 * others; each later one needs that much less.
 */
export function fundingNeed(project: Project): FundingNeed {
  const pool = BigInt(project.ledger?.pool ?? '0');
  const planned = project.milestones.filter((milestone) => milestone.status === 'Planned');
  const first = planned[0];
  if (!first) return { next: null, all: 0n };
  const started = planned.length < project.milestones.length;
  const cover = (milestone: Milestone) => killCover(BigInt(milestone.amount), killBpsOf(project, milestone));
  const gross = planned.reduce((sum, milestone) => sum + BigInt(milestone.amount), 0n);
  const covers = planned.reduce((sum, milestone) => sum + cover(milestone), 0n);
  const nextNeed = started ? BigInt(first.amount) - cover(first) : BigInt(first.amount) + covers - cover(first);
  const allNeed = started ? gross - covers : gross;
  const missing = (need: bigint) => (need > pool ? need - pool : 0n);
  return { next: { milestone: first, amount: missing(nextNeed) }, all: missing(allNeed) };
}

/** Parts of the coverage bar: each planned milestone has its own cover; the pool fills them in their order. */
export function coverage(project: Project): CoveragePart[] {
  let pool = BigInt(project.ledger?.pool ?? '0');
  const started = BigInt(project.ledger?.cover ?? '0') > 0n;
  return project.milestones.map((milestone) => {
    const amount = BigInt(milestone.amount);
    const base = { key: String(milestone.index), label: `${milestone.index + 1}. ${milestone.title}`, amount };
    if (milestone.status === 'Planned' || milestone.status === 'Draft') {
      const own = started ? killCover(amount, killBpsOf(project, milestone)) : 0n;
      const rest = amount - own;
      const filled = pool < rest ? pool : rest;
      pool -= filled;
      return { ...base, covered: own + filled, tone: 'open' as const };
    }
    const done = ['Released', 'Refunded', 'Cancelled'].includes(milestone.status);
    return { ...base, covered: amount, tone: done ? ('done' as const) : ('funded' as const) };
  });
}
