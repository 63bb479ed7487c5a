/** Random lives of projects, played on the reference model and on the contracts; every step must agree to the unit. */
import { newWorld, step, type Call, type Step, type World } from '@milepost/protocol/model/index';
import { modelTerms } from '../scenario/model-player.js';
import type { FileTerms } from '../scenario/format.js';
import { SMART_PARTIES } from './accounts.js';
import { Bridge } from './bridge.js';
import { modelFacts } from './facts.js';
import type { Figures } from './figures.js';
import { partiesOfWorld, randomTerms } from './life.js';
import { changed, differences, modelFigures } from './model-figures.js';
import { isOver, nextMove } from './draws.js';
import { Random } from './random.js';
import type { Via } from './transactions.js';

/** First second of every life. */
export const EPOCH = 1_800_000_000;
const PROJECT = 'life';
/** Every figure is read after so many steps that succeeded and at the end of a life; else what the step concerns. */
const ALL_AFTER = 10;
/** Refusals that ask who sends, or who signed: the contracts answer them by the way a call came. */
const BY_SENDER: ReadonlySet<string> = new Set(['NotParty', 'BadSignature', 'NotSeat', 'SeatExcluded']);

export interface Options {
  readonly lives: number;
  readonly steps: number;
  readonly seed: number;
}

export interface Report {
  readonly lives: number;
  readonly steps: number;
  readonly succeeded: number;
  /** Calls that succeeded and that were refused, by action and reason. */
  readonly seen: { readonly [what: string]: number };
  /** Calls that succeeded, by the way they came. */
  readonly ways: { readonly [way: string]: number };
  readonly failures: readonly string[];
}

const text = (value: unknown): string =>
  JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? `${item}` : item));

/** Plays lives one after another; a failure names its seed and its steps. */
export async function compareLives(
  options: Options,
  report: (failures: readonly string[]) => void = () => undefined,
): Promise<Report> {
  const bridge = await Bridge.start(EPOCH);
  const seen: { [what: string]: number } = {};
  const ways: { [way: string]: number } = {};
  const failures: string[] = [];
  let [steps, succeeded] = [0, 0];
  try {
    for (let life = 0; life < options.lives; life += 1) {
      const back = await bridge.snapshot();
      const result = await playLife(bridge, options.seed + life, options.steps, (call, via, reason) => {
        steps += 1;
        const what = `${call.action} ${reason ?? 'ok'}`;
        seen[what] = (seen[what] ?? 0) + 1;
        if (reason !== null) return;
        succeeded += 1;
        ways[via] = (ways[via] ?? 0) + 1;
      });
      if (result !== null) failures.push(result);
      report(result === null ? [] : [result]);
      await back();
    }
  } finally {
    await bridge.stop();
  }
  return { lives: options.lives, steps, succeeded, seen, ways, failures };
}

/** The way a call comes: as far as the contracts can give the same answer. */
function wayOf(random: Random, result: Step): Via {
  const drawn = random.whole(1, 100);
  if (!result.ok && BY_SENDER.has(result.reason)) return 'direct';
  if (drawn <= 30) return 'signed';
  if (drawn <= 40) return 'multicall';
  // A batch skips what it does not count, and never says why.
  return drawn <= 55 && result.ok ? 'batch' : 'direct';
}

type Seen = (call: Call, via: Via, reason: string | null) => void;

async function playLife(bridge: Bridge, seed: number, steps: number, seen: Seen): Promise<string | null> {
  const random = new Random(seed);
  let now = EPOCH + random.whole(0, 86_400);
  const wallets = Object.entries(partiesOfWorld()).map(([name, party]) => [name, BigInt(party.wallet)]);
  let world: World = newWorld(Object.fromEntries(wallets) as { [party: string]: bigint });
  const terms = randomTerms(random, now, random.pick([100, 0, 500]));
  const smart = SMART_PARTIES.filter(() => random.chance(20));
  const created = step(world, { action: 'create', actor: 'client', project: PROJECT, terms: modelTerms(terms) }, now);
  const made = await bridge.create(PROJECT, terms, smart, now);
  if (!created.ok || !made.ok)
    return `seed ${seed}: create: model ${text(created)}, contracts ${text(made)} for ${text(terms)}`;
  world = created.world;
  const history: string[] = [];
  const failure = (found: readonly string[]): string => failed(seed, history, found, terms, smart);
  let figures: Figures = new Map();
  let [after, unread] = [0, 0];
  for (let index = 0; index < steps; index += 1) {
    const project = world.projects[PROJECT];
    if (project === undefined) throw new Error('The model lost its project.');
    // A finished life is tried a little longer: nothing may move any more.
    if (isOver(project)) after += 1;
    if (after > 3) break;
    const { call, at } = nextMove(random, world, project, PROJECT, now);
    now = at;
    const predicted = step(world, call, now);
    const via = wayOf(random, predicted);
    const sent = await bridge.play(project, call, via, now);
    history.push(`${now} ${via} ${text(call)} ${predicted.ok ? 'ok' : predicted.reason}`);
    seen(call, via, predicted.ok ? null : predicted.reason);
    const agree = predicted.ok ? sent.ok : !sent.ok && sent.reason === predicted.reason;
    if (!agree) {
      const model = predicted.ok ? 'ok' : `${predicted.reason} (${predicted.detail})`;
      const chain = sent.ok ? 'ok' : `${sent.reason} (${sent.detail})`;
      return failure([`model: ${model}`, `contracts: ${chain}`]);
    }
    if (!predicted.ok) continue;
    world = predicted.world;
    const next = world.projects[PROJECT];
    if (next === undefined) throw new Error('The model lost its project.');
    const [said, told] = [modelFacts(predicted.facts), await bridge.facts()];
    if (said.join('\n') !== told.join('\n'))
      return failure([`model: ${said.join(', ')}`, `events: ${told.join(', ')}`]);
    const reached = modelFigures(world, next);
    unread = (unread + 1) % ALL_AFTER;
    const all = figures.size === 0 || unread === 0;
    const found = differences(reached, await bridge.figures(next, all ? null : changed(figures, reached)), all);
    if (found.length > 0) return failure(found);
    figures = reached;
  }
  // Nothing but time: addresses of payees come into force by themselves.
  const rest = step(world, { action: 'offer', actor: 'stranger', project: PROJECT, milestone: 0 }, now);
  const last = rest.ok ? rest.world.projects[PROJECT] : undefined;
  if (last === undefined) throw new Error('The model lost its project.');
  await bridge.wait(now);
  const found = differences(modelFigures(rest.ok ? rest.world : world, last), await bridge.figures(last, null), true);
  return found.length > 0 ? failure(found) : null;
}

function failed(
  seed: number,
  history: readonly string[],
  found: readonly string[],
  terms: FileTerms,
  smart: readonly string[],
): string {
  return [
    `seed ${seed}, step ${history.length}:`,
    ...history.slice(-12),
    ...found.map((line) => `  ${line}`),
    `smart accounts ${smart.join(', ')}`,
    `terms ${text(terms)}`,
  ].join('\n');
}
