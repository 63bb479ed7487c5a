/** The figures that the bridge reads from the contracts, computed by the model. */
import { exitOf, finalBy, keptState, ledgerOf, type Project, type World } from '@milepost/protocol/model/index';
import { NAMES } from './life.js';
import type { Figures } from './figures.js';

const GATE_STATES = ['None', 'Open', 'Held', 'Approved', 'Rejected', 'Escalated', 'Void'];

export function modelFigures(world: World, project: Project): Figures {
  const figures: Figures = new Map();
  const put = (name: string, value: unknown): void => void figures.set(name, String(value));
  const ledger = ledgerOf(project);
  put('ledger.booked', ledger.total);
  for (const name of ['pool', 'cover', 'holdback', 'refundable', 'credits'] as const)
    put(`ledger.${name}`, ledger[name]);
  put(
    'ledger.milestones',
    ledger.milestones.reduce((sum, amount) => sum + amount, 0n),
  );
  put('finalBy', finalBy(project));
  project.milestones.forEach((milestone, m) => {
    put(`m${m}.state`, milestone.state);
    put(`m${m}.round`, milestone.round);
    put(`m${m}.shift`, milestone.shift);
    put(`m${m}.lateBps`, milestone.lateBps);
    put(`m${m}.amount`, milestone.terms.amount);
    put(`m${m}.due`, milestone.terms.due);
    if (milestone.state !== 'Planned' && milestone.state !== 'Funded') put(`m${m}.clock`, milestone.clock);
    if (milestone.state === 'Disputed') put(`m${m}.standing`, milestone.standingBps);
    put(`m${m}.exit`, exitOf(project, milestone)?.at ?? 0);
  });
  for (const party of NAMES) {
    put(`wallet.${party}`, world.wallets[party] ?? 0n);
    put(`credit.${party}`, project.credits[party] ?? 0n);
    put(`owed.${party}`, world.depositCredits[party] ?? 0n);
  }
  put('foreign.client', world.foreign['client'] ?? 0n);
  put('foreign.escrow', project.foreign);
  const { payees, contributor } = project.terms;
  const listed = payees.length === 0 ? [{ account: contributor, weight: 10_000 }] : payees;
  put('payees', listed.map(({ account, weight }) => `${account}:${weight}`).join(' '));
  put('deposits', world.deposits);
  put('balance', ledger.total + project.surplus);
  if (project.terms.funders.length > 1)
    project.contributions.forEach((amount, at) => put(`contribution.${at}`, amount));
  project.reviews.forEach((review, at) => {
    const state = keptState(project, review);
    put(`review${at}.state`, GATE_STATES.indexOf(state));
    const weights = (side: 'yes' | 'no'): string =>
      (['clients', 'panel', 'reviewers'] as const)
        .map((body) => (state === 'None' ? 0 : (review.ballots[body]?.[side] ?? 0)))
        .join('/');
    put(`review${at}.yes`, weights('yes'));
    put(`review${at}.no`, weights('no'));
  });
  return figures;
}

/** Names of the figures that a step changed. */
export const changed = (before: Figures, after: Figures): string[] =>
  [...after.keys()].filter((name) => before.get(name) !== after.get(name));

/** Figures that differ, in words; those that nobody read do not count unless `all` were. */
export function differences(model: Figures, chain: Figures, all: boolean): string[] {
  const names = all ? new Set([...model.keys(), ...chain.keys()]) : chain.keys();
  return [...names]
    .filter((name) => model.get(name) !== chain.get(name))
    .map((name) => `${name}: model ${model.get(name) ?? 'nothing'}, contracts ${chain.get(name) ?? 'nothing'}`);
}
