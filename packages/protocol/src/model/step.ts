/**
 * The reference model: the life of projects as a pure function from a state, a call and a time to the next state.
 * The contracts are tested against it, and it against the scenario files. Nothing here knows of chains or signatures.
 */
import type { Call, Fact } from './calls.js';
import { cancel, lapse, terminate } from './exits.js';
import { claim, create, donate, fund, recover, refund, strand, sync, unfund } from './funding.js';
import { challenge, finalize, report, vote } from './gate.js';
import { answerClaim, endWarranty, lapseClaim, openClaim } from './holdback.js';
import { appeal, deposit, poke, rule } from './ladder.js';
import { ask, voteOnQuestion } from './questions.js';
import { amend } from './order.js';
import { changePayee, succeed } from './payees.js';
import { dispute, settle, submit } from './work.js';
import { CLAIM, Refusal, refuse, type Account, type Reason, type World } from './types.js';

/** Result of a call: the next world and what moved, or the reason why nothing changed. */
export type Step =
  | { readonly ok: true; readonly world: World; readonly facts: readonly Fact[] }
  | { readonly ok: false; readonly reason: Reason; readonly detail: string };

/** A world without projects. */
export function newWorld(wallets: { readonly [account: Account]: bigint }): World {
  return { wallets: { ...wallets }, foreign: {}, blocked: {}, projects: {}, deposits: 0n, depositCredits: {} };
}

/**
 * Plays one call at second `now`. The given world is not touched.
 *
 * @throws only for a broken model; a refused call is a result
 */
export function step(world: World, call: Call, now: number): Step {
  const next = structuredClone(world);
  try {
    return { ok: true, facts: apply(next, call, now), world: next };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, reason: error.reason, detail: error.message };
    throw error;
  }
}

function apply(world: World, call: Call, now: number): Fact[] {
  if (call.action === 'create') return create(world, call);
  if (call.action === 'block') {
    world.blocked[call.address] = true;
    for (const project of Object.values(world.projects)) succeed(project, now);
    return [];
  }
  const project = world.projects[call.project] ?? refuse('NoSuchProject', call.project);
  succeed(project, now);
  switch (call.action) {
    case 'fund':
      return fund(world, project, call, now);
    case 'donate':
      return donate(world, project, call);
    case 'sync':
      return sync(world, project, now);
    case 'unfund':
      return unfund(project, call);
    case 'submit':
      return submit(project, call, now);
    case 'vote':
      return (call.question ?? 0) > 0 ? voteOnQuestion(project, call, now) : vote(world, project, call, now);
    case 'report':
      return report(world, project, call, now);
    case 'finalize':
      return finalize(world, project, call, now);
    case 'challenge':
      return challenge(world, project, call, now);
    case 'dispute':
      return dispute(project, call, now);
    case 'offer':
      return [];
    case 'settle':
      return settle(world, project, call, now);
    case 'amend':
      return amend(world, project, call, now);
    case 'changePayee':
      return changePayee(project, call, now);
    case 'strand':
      return strand(project, call);
    case 'recover':
      return recover(world, project, call);
    case 'ask':
      return ask(world, project, call, now);
    case 'poke':
      return poke(world, project, call.milestone, now);
    case 'appeal':
      return appeal(world, project, call, now);
    case 'deposit':
      return deposit(world, project, call, now);
    case 'rule':
      return rule(world, project, call, now);
    case 'cancel':
      return cancel(project, call, now);
    case 'terminate':
      return terminate(world, project, call, now);
    case 'lapse':
      return call.milestone === CLAIM ? lapseClaim(project, now) : lapse(world, project, call.milestone, now);
    case 'refund':
      return refund(world, project);
    case 'endWarranty':
      return endWarranty(world, project, now);
    case 'openClaim':
      return openClaim(project, call, now);
    case 'answerClaim':
      return answerClaim(project, call, now);
    case 'claim':
      return claim(world, project, call);
  }
}
