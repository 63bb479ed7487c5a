/** The contracts against the reference model: random lives, and cases that such lives found. */
import { jest } from '@jest/globals';
import { newWorld, step, type Call, type World } from '@milepost/protocol/model/index';
import type { FileTerms } from '../scenario/format.js';
import { modelTerms } from '../scenario/model-player.js';
import { Bridge } from './bridge.js';
import { modelFacts } from './facts.js';
import { partiesOfWorld } from './life.js';
import { differences, modelFigures } from './model-figures.js';
import { Random } from './random.js';
import { EPOCH, compareLives } from './run.js';

jest.setTimeout(120_000);

const DAY = 86_400;
const FEE = 1_000_000n;
/** A quarter of the fee is owed for a settlement at work. */
const OWED = FEE / 4n;
const DIGEST = `0x${'d1'.repeat(32)}`;
const FIRST = Math.floor(EPOCH / DAY) * DAY + 2 * DAY;
/** The appellant's deposit begins the ruling. Last seconds of the arbitrator's and of the fallback's time. */
const RULING = FIRST + 3 * DAY;
const RULING_ENDS = RULING + 4 * DAY;
const FALLBACK_ENDS = RULING_ENDS + 3 * DAY;

const terms: FileTerms = {
  client: 'client',
  contributor: 'lead',
  funders: ['client'],
  treasury: 'treasury',
  start: new Date((FIRST - DAY) * 1000).toISOString().replace('.000Z', 'Z'),
  feeBps: 100,
  warrantyDays: 0,
  profiles: {
    only: {
      reviewDays: 5,
      extensionDays: 0,
      holdHours: 24,
      reworkDays: 7,
      graceDays: 0,
      lateDays: 0,
      arbitrationDays: 60,
      silence: 'dispute',
      maxRounds: 1,
      killBps: 0,
      holdbackBps: 0,
      lateDailyBps: 0,
      lateCapBps: 0,
      deadlockBps: 5_000,
    },
  },
  payees: [],
  seats: [{ party: 'client', body: 'clients', weight: 1 }],
  policies: { client: { bodies: { clients: { quorumBps: 10_000, approvalBps: 10_000 } }, need: 1 } },
  arbitration: {
    arbitrator: 'arbitrator',
    fallbackArbitrator: 'fallback',
    fee: FEE.toString(),
    bond: '0',
    settleFeeBps: 2_500,
    panelPolicy: null,
    windows: {
      negotiate: DAY,
      panel: DAY,
      panelExtension: 0,
      appeal: 8 * DAY,
      deposit: 5 * DAY,
      ruling: 4 * DAY,
      fallback: 3 * DAY,
    },
  },
  milestones: [{ id: 'M1', amount: '50000000', due: 30, fundBy: 5, profile: 'only', policy: 'client' }],
};

const by = (actor: string) => ({ actor, project: 'life' });
const work = { milestone: 0, round: 1, digest: DIGEST };

/** Until the ruling has begun. */
const before: readonly (readonly [number, Call])[] = [
  [FIRST, { ...by('client'), action: 'fund', amount: 50_000_000n }],
  [FIRST + 60, { ...by('lead'), action: 'submit', ...work }],
  [FIRST + 120, { ...by('client'), action: 'vote', ...work, body: 'clients', support: false, reason: true }],
  [FIRST + 180, { ...by('lead'), action: 'dispute', milestone: 0 }],
  [FIRST + 2 * DAY, { ...by('lead'), action: 'appeal', milestone: 0 }],
  [RULING, { ...by('lead'), action: 'deposit', milestone: 0 }],
];

let bridge: Bridge;

beforeAll(async () => {
  bridge = await Bridge.start(EPOCH);
});

afterAll(() => bridge.stop());

/** Plays calls on model and contracts, compares after each. */
async function play(calls: readonly (readonly [number, Call])[]): Promise<World> {
  const wallets = Object.entries(partiesOfWorld()).map(([name, party]) => [name, BigInt(party.wallet)]);
  let world = newWorld(Object.fromEntries(wallets) as { [party: string]: bigint });
  const created = step(world, { ...by('client'), action: 'create', terms: modelTerms(terms) }, EPOCH);
  const made = await bridge.create('life', terms, [], EPOCH);
  if (!created.ok || !made.ok) throw new Error('The project was not created.');
  ({ world } = created);
  for (const [now, call] of calls) {
    const project = world.projects['life'];
    if (project === undefined) throw new Error('The project is gone.');
    const predicted = step(world, call, now);
    const sent = await bridge.play(project, call, 'direct', now);
    if (!predicted.ok || !sent.ok) throw new Error(`${call.action}: ${JSON.stringify([predicted, sent])}`);
    ({ world } = predicted);
    const reached = world.projects['life'];
    if (reached === undefined) throw new Error('The project is gone.');
    expect(differences(modelFigures(world, reached), await bridge.figures(reached, null), true)).toEqual([]);
    expect(await bridge.facts()).toEqual(modelFacts(predicted.facts));
  }
  return world;
}

const AFTER = FALLBACK_ENDS + DAY;

// Who closes a settled dispute, and when, must not matter. Lives 6000295 and 6000382 found that it did: the parties settled
// while the arbitrator's time ran, nobody poked before the fallback's, and the fallback, or nobody, got the fee.
it.each([
  ['while the arbitrator works, closed at once', RULING_ENDS, RULING_ENDS, [OWED, 0n]],
  ['while the arbitrator works, closed in the time of the fallback', RULING_ENDS, RULING_ENDS + 1, [OWED, 0n]],
  ['while the arbitrator works, closed after all of it', RULING + 1, AFTER, [OWED, 0n]],
  ['in the time of the fallback, closed at once', RULING_ENDS + 1, RULING_ENDS + 1, [0n, OWED]],
  ['in the time of the fallback, closed after it', FALLBACK_ENDS, AFTER, [0n, OWED]],
  ['after all of it', FALLBACK_ENDS + 1, AFTER, [0n, 0n]],
])('lives 6000295 and 6000382: a settlement %s', async (_when, settledAt, closedAt, fees) => {
  const back = await bridge.snapshot();
  const world = await play([
    ...before,
    [settledAt, { ...by('lead'), action: 'settle', milestone: 0, round: 1, payBps: 7_000, signed: true }],
    [Math.max(closedAt, settledAt), { ...by('stranger'), action: 'poke', milestone: 0 }],
  ]);
  expect([world.wallets['arbitrator'], world.wallets['fallback']]).toEqual(fees);
  expect(world.deposits).toBe(0n);
  await back();
});

it('the contracts do what the reference model says, to the unit, in random lives of projects', async () => {
  const report = await compareLives({ lives: 25, steps: 50, seed: 20_261_121 });
  expect(report.failures).toEqual([]);
  // A run in which nearly nothing succeeds would prove nothing.
  expect(report.succeeded).toBeGreaterThan(report.steps / 3);
  expect(Object.keys(report.seen).filter((what) => what.endsWith(' ok')).length).toBeGreaterThan(15);
});

it('the same seed gives the same numbers', () => {
  const draw = (seed: number): number[] => {
    const random = new Random(seed);
    return Array.from({ length: 20 }, () => random.whole(0, 1_000));
  };
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
});
