/** Random lives of projects, played on the reference model and on the contracts; every step must agree to the unit. */
import { newWorld, step, type Call, type World } from '@milepost/protocol/model/index';
import { modelTerms } from '../scenario/model-player.js';
import { Bridge } from './bridge.js';
import { partiesOfWorld, randomTerms } from './life.js';
import { differences, modelFigures } from './model-figures.js';
import { isOver, nextMove } from './moves.js';
import { Random } from './random.js';

/** First second of every life. */
const EPOCH = 1_800_000_000;
const PROJECT = 'life';
/** A line per so many lives. */
const PROGRESS = 200;

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
  readonly failures: readonly string[];
}

const text = (value: unknown): string =>
  JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? `${item}` : item));

/** Plays lives until all agree or one does not; a failure names its seed and its steps. */
export async function compareLives(
  options: Options,
  report: (line: string) => void = () => undefined,
): Promise<Report> {
  const bridge = await Bridge.start(EPOCH);
  const tally: { [what: string]: number } = {};
  const failures: string[] = [];
  let [steps, succeeded] = [0, 0];
  const count = (what: string): void => {
    tally[what] = (tally[what] ?? 0) + 1;
  };
  try {
    for (let life = 0; life < options.lives; life += 1) {
      const seed = options.seed + life;
      const back = await bridge.snapshot();
      const result = await playLife(bridge, seed, options.steps, (call, reason) => {
        steps += 1;
        if (reason === null) succeeded += 1;
        count(`${call.action} ${reason ?? 'ok'}`);
      });
      if (result !== null) {
        failures.push(result);
        report(result);
      }
      await back();
      if ((life + 1) % PROGRESS === 0) report(`${life + 1} lives, ${steps} steps, ${failures.length} failed`);
    }
  } finally {
    await bridge.stop();
  }
  return { lives: options.lives, steps, succeeded, seen: tally, failures };
}

async function playLife(
  bridge: Bridge,
  seed: number,
  steps: number,
  seen: (call: Call, reason: string | null) => void,
): Promise<string | null> {
  const random = new Random(seed);
  let now = EPOCH + random.whole(0, 86_400);
  const wallets = Object.entries(partiesOfWorld()).map(([name, party]) => [name, BigInt(party.wallet)]);
  let world: World = newWorld(Object.fromEntries(wallets) as { [party: string]: bigint });
  const terms = randomTerms(random, now, random.pick([100, 0, 500]));
  const created = step(world, { action: 'create', actor: 'client', project: PROJECT, terms: modelTerms(terms) }, now);
  const made = await bridge.create(PROJECT, terms, now);
  if (!created.ok || !made.ok)
    return `seed ${seed}: create: model ${text(created.ok)}, contracts ${text(made)} for ${text(terms)}`;
  world = created.world;
  const history: string[] = [];
  let after = 0;
  for (let index = 0; index < steps; index += 1) {
    const project = world.projects[PROJECT];
    if (project === undefined) throw new Error('The model lost its project.');
    // A finished life is tried a little longer: nothing may move any more.
    if (isOver(project)) after += 1;
    if (after > 3) break;
    const { call, at } = nextMove(random, world, project, PROJECT, now);
    now = at;
    const predicted = step(world, call, now);
    const sent = await bridge.play(call, now);
    history.push(`${now} ${text(call)} ${predicted.ok ? 'ok' : predicted.reason}`);
    seen(call, predicted.ok ? null : predicted.reason);
    const agree = predicted.ok ? sent.ok : !sent.ok && sent.reason === predicted.reason;
    if (!agree) {
      const model = predicted.ok ? 'ok' : `${predicted.reason} (${predicted.detail})`;
      const chain = sent.ok ? 'ok' : `${sent.reason} (${sent.detail})`;
      return failure(seed, history, [`model: ${model}`, `contracts: ${chain}`], terms);
    }
    if (!predicted.ok) continue;
    world = predicted.world;
    const next = world.projects[PROJECT];
    if (next === undefined) throw new Error('The model lost its project.');
    const found = differences(modelFigures(world, next), await bridge.figures(next));
    if (found.length > 0) return failure(seed, history, found, terms);
  }
  return null;
}

function failure(seed: number, history: readonly string[], found: readonly string[], terms: unknown): string {
  return [
    `seed ${seed}, step ${history.length}:`,
    ...history.slice(-12),
    ...found.map((line) => `  ${line}`),
    `terms ${text(terms)}`,
  ].join('\n');
}
