/** Plays a scenario on a player and compares every result with the file. */
import {
  secondOf,
  subjectOf,
  termsOf,
  type FileExpect,
  type FileIndicator,
  type FileParts,
  type FileState,
  type FileStep,
  type Scenario,
} from './format.js';
import { UnknownAction, type Observation, type Outcome, type Played, type Player } from './player.js';

/** Result of one step: no differences means it passed. */
export interface Line {
  readonly id: string;
  readonly text: string;
  readonly differences: readonly string[];
}

/** Expectations about the whole world that the file states after a step. */
const KNOWN = new Set(['revert', 'gate', 'ballot', 'parts', 'refund', 'costs', 'bond']);

/** Plays the whole file, branches included; each line is reported as soon as it is known. */
export async function playScenario(
  scenario: Scenario,
  player: Player,
  report: (line: Line) => void = () => undefined,
): Promise<Line[]> {
  const lines: Line[] = [];
  const add = (line: Line): void => {
    lines.push(line);
    report(line);
  };
  const indicators = [...(scenario.indicators ?? [])];
  const run = async (steps: readonly FileStep[], prefix: string): Promise<void> => {
    for (const step of steps) {
      while (prefix === '' && indicators[0] !== undefined && secondOf(indicators[0].at) < secondOf(step.at)) {
        add(await checkIndicator(scenario, player, indicators.shift() as FileIndicator));
      }
      add(await playStep(scenario, player, step, prefix));
      for (const branch of prefix === '' ? (scenario.branches ?? []).filter((item) => item.after === step.id) : []) {
        const back = await player.mark();
        await run(branch.steps, `${branch.id}/`);
        await back();
      }
    }
  };
  await run(scenario.steps, '');
  for (const indicator of indicators) add(await checkIndicator(scenario, player, indicator));
  return lines;
}

async function playStep(scenario: Scenario, player: Player, step: FileStep, prefix: string): Promise<Line> {
  const differences: string[] = [];
  const text = `${step.at} ${step.actor} ${step.action}${step.project === undefined ? '' : ` ${step.project}`}`;
  const expect = step.expect ?? {};
  const now = secondOf(step.at);
  try {
    const before = await player.observe(now);
    const terms = step.project === undefined ? null : termsOf(scenario, step);
    const played = await player.play(step, terms, now);
    const after = await player.observe(now);
    if (expect.revert !== undefined) compareRevert(played, expect.revert, before, after, differences);
    else await compareSuccess(player, step, expect, played, before, after, differences);
  } catch (error) {
    differences.push(error instanceof UnknownAction ? error.message : describeError(error));
  }
  return { id: prefix + step.id, text, differences };
}

const describeError = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);

function compareRevert(
  played: Played,
  reason: string,
  before: Observation,
  after: Observation,
  differences: string[],
): void {
  if (played.ok) differences.push(`expected the revert ${reason}, but the call succeeded`);
  else if (played.reason !== reason)
    differences.push(`expected the revert ${reason}, got ${played.reason} (${played.detail})`);
  compareValues('after the revert', flatten(before), flatten(after), differences);
}

async function compareSuccess(
  player: Player,
  step: FileStep,
  expect: FileExpect,
  played: Played,
  before: Observation,
  after: Observation,
  differences: string[],
): Promise<void> {
  // The call may record an extension or fail as not due: the state is the same.
  const mayBeNotDue = expect.ballot?.result === 'extended';
  if (!played.ok && !(mayBeNotDue && played.reason === 'NotDue')) {
    differences.push(`expected success, got ${played.reason} (${played.detail})`);
  }
  if (sumOf(before) !== sumOf(after))
    differences.push(`money in the world changed from ${sumOf(before)} to ${sumOf(after)}`);
  if (played.ok) compareOutcome(expect, played.outcome, differences);
  await compareGate(player, step, expect, differences);
  if (step.state === undefined) differences.push('the file states no result for this step');
  else compareState(step.state, after, differences);
}

/** Wallets, escrows and arbitration: what must never change in sum. */
function sumOf(seen: Observation): bigint {
  const add = (values: readonly bigint[]): bigint => values.reduce((sum, value) => sum + value, 0n);
  const escrows = Object.values(seen.escrow).map((ledger) => ledger.total);
  return add(Object.values(seen.wallet)) + add(escrows) + seen.arbitration;
}

function compareOutcome(expect: FileExpect, outcome: Outcome, differences: string[]): void {
  if (expect.parts !== undefined) compareParts(expect.parts, outcome.parts, differences);
  for (const name of ['refund', 'costs', 'bond'] as const) {
    if (expect[name] !== undefined)
      compareValues(name, flatten(expect[name]), flatten(outcome[name] ?? {}), differences);
  }
  for (const [name, value] of Object.entries(expect)) {
    if (KNOWN.has(name)) continue;
    const seen = outcome.others?.[name];
    if (JSON.stringify(seen) !== JSON.stringify(value)) {
      differences.push(`${name}: expected ${JSON.stringify(value)}, got ${JSON.stringify(seen) ?? 'nothing'}`);
    }
  }
}

/** All letters of the subjects that the file lists, and no other subject that moved money. */
function compareParts(expected: FileParts, seen: Outcome['parts'], differences: string[]): void {
  for (const subject of new Set([...Object.keys(expected), ...Object.keys(seen)])) {
    const letters = seen[subject] ?? {};
    // A milestone that ended without a payment need not be listed: the state shows it.
    if (expected[subject] === undefined && String(letters['F']) === '0' && String(letters['D']) === '0') continue;
    compareValues(`parts of ${subject}`, flatten(expected[subject] ?? {}), flatten(letters), differences);
  }
}

async function compareGate(player: Player, step: FileStep, expect: FileExpect, differences: string[]): Promise<void> {
  const { gate, ballot } = expect;
  if (gate === undefined && ballot === undefined) return;
  const subject = subjectOf(step);
  const status = await player.gate(subject);
  if (gate !== undefined && status !== gate) differences.push(`gate: expected ${gate}, got ${status}`);
  if (ballot === undefined) return;
  const seen = await player.ballot(subject, ballot.body, ballot.question ?? null);
  if (seen === null) {
    differences.push(`ballot: the ${ballot.body} has none`);
    return;
  }
  const { yes, no, eligible } = ballot;
  compareValues(
    'ballot',
    flatten({ yes, no, eligible }),
    flatten({ yes: seen.yes, no: seen.no, eligible: seen.eligible }),
    differences,
  );
  const decided = ballot.result === 'approved' || ballot.result === 'rejected';
  if (seen.result !== (decided ? ballot.result : 'open')) {
    differences.push(`ballot: expected ${ballot.result}, got ${seen.result}`);
  }
  const over = status !== 'Open' && status !== 'Held';
  if (ballot.result === 'silent' && !over) differences.push(`ballot: expected silent, but the review is ${status}`);
  if (ballot.result === 'extended' && status !== 'Open')
    differences.push(`ballot: expected extended, but the review is ${status}`);
}

function compareState(state: FileState, seen: Observation, differences: string[]): void {
  const { wallet, credit, escrow, arbitration, milestone } = state;
  compareValues('state', flatten({ wallet, credit, escrow, arbitration, milestone }), flatten(seen), differences);
}

type Flat = Map<string, string>;

/** Leaves by their path. Zeros are left out: absent is 0. */
function flatten(value: unknown): Flat {
  const flat: Flat = new Map();
  const walk = (item: unknown, path: string): void => {
    if (typeof item === 'object' && item !== null) {
      for (const [key, child] of Object.entries(item)) walk(child, path === '' ? key : `${path}.${key}`);
    } else if (String(item) !== '0') flat.set(path, String(item));
  };
  walk(value, '');
  return flat;
}

function compareValues(what: string, expected: Flat, seen: Flat, differences: string[]): void {
  for (const path of new Set([...expected.keys(), ...seen.keys()])) {
    const [want, got] = [expected.get(path) ?? '0', seen.get(path) ?? '0'];
    if (want !== got) differences.push(`${what}: ${path} expected ${want}, got ${got}`);
  }
}

async function checkIndicator(scenario: Scenario, player: Player, indicator: FileIndicator): Promise<Line> {
  const at = secondOf(indicator.at);
  const names = indicator.project === undefined ? Object.keys(scenario.projects) : [indicator.project];
  const all = (await Promise.all(names.map((name) => player.earned(name)))).flat();
  const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);
  const bac = sum(all.map((item) => item.amount));
  const pv = sum(all.filter((item) => item.dueAt <= at).map((item) => item.amount));
  const ev = sum(all.map((item) => (item.amount * BigInt(item.payBps ?? 0)) / 10_000n));
  const spiBps = pv === 0n ? 0n : (ev * 10_000n) / pv;
  const differences: string[] = [];
  const { bac: wantBac, pv: wantPv, ev: wantEv, spiBps: wantSpi } = indicator;
  compareValues(
    'indicator',
    flatten({ bac: wantBac, pv: wantPv, ev: wantEv, spiBps: wantSpi }),
    flatten({ bac, pv, ev, spiBps }),
    differences,
  );
  return { id: `indicators@${indicator.at}`, text: 'earned value', differences };
}
