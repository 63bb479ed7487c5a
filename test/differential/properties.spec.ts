import {
  CLAIM,
  exitOf,
  finalBy,
  isFinal,
  ledgerOf,
  newWorld,
  step,
  type Call,
  type Project,
  type World,
} from '@milepost/protocol/model/index';
import { modelTerms } from '../scenario/model-player.js';
import { partiesOfWorld, randomTerms } from './life.js';
import { modelFigures } from './model-figures.js';
import { nextMove } from './draws.js';
import { Random } from './random.js';

const EPOCH = 1_800_000_000;
const PROJECT = 'life';
const LIVES = 60;
const STEPS = 45;
/** `lapse` works from the second after an exit; a life passes at most this many exits after one another. */
const EXITS = 4;

interface Life {
  readonly random: Random;
  readonly world: World;
  readonly now: number;
}

const projectOf = (world: World): Project => {
  const project = world.projects[PROJECT];
  if (project === undefined) throw new Error('The project is gone.');
  return project;
};

/** All money of the world: it never changes. */
function moneyOf(world: World): bigint {
  const wallets = Object.values(world.wallets).reduce((sum, amount) => sum + amount, 0n);
  const project = world.projects[PROJECT];
  return wallets + world.deposits + (project === undefined ? 0n : ledgerOf(project).total + project.surplus);
}

/** Plays a random life; `seen` is called after every step that succeeded. */
function play(seed: number, seen: (before: World, after: World, now: number) => void = () => undefined): Life {
  const random = new Random(seed);
  let now = EPOCH + random.whole(0, 86_400);
  const wallets = Object.entries(partiesOfWorld()).map(([name, party]) => [name, BigInt(party.wallet)]);
  const terms = modelTerms(randomTerms(random, now, 100));
  const empty = newWorld(Object.fromEntries(wallets) as { [party: string]: bigint });
  const created = step(empty, { action: 'create', actor: 'client', project: PROJECT, terms }, now);
  if (!created.ok) throw new Error(created.detail);
  let { world } = created;
  const steps = random.whole(1, STEPS);
  for (let index = 0; index < steps; index += 1) {
    const { call, at } = nextMove(random, world, projectOf(world), PROJECT, now);
    now = at;
    const result = step(world, call, now);
    if (!result.ok) continue;
    seen(world, result.world, now);
    ({ world } = result);
  }
  return { random, world, now };
}

const seeds = Array.from({ length: LIVES }, (_, index) => 31_000 + index);
const stranger = { actor: 'stranger', project: PROJECT } as const;

/** A stranger's call that must succeed. */
function must(world: World, call: Call, now: number): World {
  const result = step(world, call, now);
  if (!result.ok) throw new Error(`${call.action} must work at ${now}: ${result.detail}`);
  return result.world;
}

/** A stranger's call that may have nothing to do. */
const may = (world: World, call: Call, now: number): World => {
  const result = step(world, call, now);
  return result.ok ? result.world : world;
};

it('E1, E2: money is neither lost nor made, whoever calls what', () => {
  for (const seed of seeds) {
    play(seed, (before, after) => expect(moneyOf(after)).toBe(moneyOf(before)));
  }
});

it('E3, E16: final states never change, rounds never come back', () => {
  for (const seed of seeds) {
    play(seed, (before, after) => {
      projectOf(before).milestones.forEach((milestone, index) => {
        const next = projectOf(after).milestones[index];
        if (isFinal(milestone)) expect(next).toEqual(milestone);
        expect(next?.round).toBeGreaterThanOrEqual(milestone.round);
      });
    });
  }
});

it('E11: the latest end never rises but by a change order', () => {
  for (const seed of seeds) {
    play(seed, (before, after, now) => {
      if (projectOf(after).version !== projectOf(before).version) return;
      // What a late caller moves is the start of the warranty, not the bound of a prompt one.
      const overdue = projectOf(before).milestones.some((milestone) => {
        const exit = exitOf(projectOf(before), milestone);
        return exit !== null && exit.at < now;
      });
      if (!overdue) expect(finalBy(projectOf(after))).toBeLessThanOrEqual(finalBy(projectOf(before)));
    });
  }
});

it('E13: the order of due lapses changes nothing', () => {
  for (const seed of seeds) {
    const { world, now, random } = play(seed);
    const later = now + random.whole(1, 120) * 86_400;
    const due = projectOf(world).milestones.flatMap((milestone, index) => {
      const exit = exitOf(projectOf(world), milestone);
      return exit !== null && exit.at < later ? [index] : [];
    });
    const lapseAll = (order: readonly number[]): World =>
      order.reduce((state, milestone) => must(state, { ...stranger, action: 'lapse', milestone }, later), world);
    const [forth, back] = [lapseAll(due), lapseAll([...due].reverse())];
    expect(modelFigures(back, projectOf(back))).toEqual(modelFigures(forth, projectOf(forth)));
  }
});

it('E10: from any state, time and one stranger bring every unit to paid, refunded or credited, within the bound', () => {
  for (const seed of seeds) {
    const life = play(seed);
    let { world, now } = life;
    // From here on nobody is late.
    for (let index = 0; index < projectOf(world).milestones.length; index += 1) {
      const exit = exitOf(projectOf(world), projectOf(world).milestones[index] as Project['milestones'][number]);
      if (exit !== null && exit.at < now) world = must(world, { ...stranger, action: 'lapse', milestone: index }, now);
    }
    const bound = Math.max(finalBy(projectOf(world)), now);
    for (;;) {
      const exits = projectOf(world).milestones.map((milestone) => exitOf(projectOf(world), milestone)?.at ?? Infinity);
      const next = Math.min(...exits);
      if (next === Infinity) break;
      now = Math.max(now, next + 1);
      world = must(world, { ...stranger, action: 'lapse', milestone: exits.indexOf(next) }, now);
    }
    const project = projectOf(world);
    const { claim } = project;
    if (claim !== null) {
      const days = claim.state === 'open' ? 14 : (project.terms.profiles[0]?.arbitrationDays ?? 0);
      now = Math.max(now, claim.clock + days * 86_400 + 1);
      world = must(world, { ...stranger, action: 'lapse', milestone: CLAIM }, now);
    }
    if (projectOf(world).holdback > 0n) {
      now = Math.max(now, (project.lastDecidedAt ?? 0) + project.terms.warrantyDays * 86_400 + 1);
    }
    world = may(world, { ...stranger, action: 'endWarranty' }, now);
    world = may(world, { ...stranger, action: 'sync' }, now);
    world = may(world, { ...stranger, action: 'refund' }, now);
    for (const milestone of [...project.milestones.keys(), CLAIM]) {
      world = may(world, { ...stranger, action: 'poke', milestone }, now);
    }
    const { total, credits } = ledgerOf(projectOf(world));
    expect(total).toBe(credits);
    const owed = Object.values(world.depositCredits).reduce((sum, amount) => sum + amount, 0n);
    expect(world.deposits).toBe(owed);
    expect(now).toBeLessThanOrEqual(bound + EXITS);
  }
});
