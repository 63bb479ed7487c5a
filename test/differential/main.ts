/**
 * `node test/dist/differential/main.js [--lives N] [--steps N] [--seed N] [--workers N]`: model against contracts. Prints
 * what was played, a line per kind of call, and every difference as a case that its seed repeats.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { compareLives, type Options, type Report } from './run.js';

/** A kind of call that nearly never succeeds proves nothing: the run fails. */
const LEAST_PERCENT = 10;
const PROGRESS = 500;

function option(name: string, usual: number): number {
  const at = process.argv.indexOf(`--${name}`);
  const value = at < 0 ? usual : Number(process.argv[at + 1]);
  if (!Number.isInteger(value) || value < 0) throw new Error(`--${name} needs a whole number.`);
  return value;
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** What a worker sends: after every life its failures, at the end its report. */
type Message = { readonly failures: readonly string[] } | { readonly report: Report };

/** Plays a part of the lives in a process of its own: a chain lives in one thread. */
function work(part: Options, told: (failures: readonly string[]) => void): Promise<Report> {
  return new Promise((resolve, reject) => {
    const args = ['--lives', part.lives, '--steps', part.steps, '--seed', part.seed].map(String);
    const child = fork(fileURLToPath(import.meta.url), ['--worker', ...args]);
    let report: Report | null = null;
    child.on('message', (message: Message) => {
      if ('report' in message) ({ report } = message);
      else told(message.failures);
    });
    child.once('error', reject);
    child.once('exit', (code) => {
      if (report === null) reject(new Error(`A worker ended with ${code ?? 'a signal'} and no report.`));
      else resolve(report);
    });
  });
}

const sumUp = (tallies: readonly { readonly [what: string]: number }[]): { [what: string]: number } => {
  const sum: { [what: string]: number } = {};
  for (const [what, times] of tallies.flatMap((tally) => Object.entries(tally))) sum[what] = (sum[what] ?? 0) + times;
  return sum;
};

function table(title: string, tally: { readonly [what: string]: number }): void {
  print(title);
  for (const [what, times] of Object.entries(tally).sort(([a], [b]) => a.localeCompare(b))) {
    print(`${String(times).padStart(8)}  ${what}`);
  }
}

/** Kinds of calls of which too few succeeded. */
function idle(seen: { readonly [what: string]: number }): string[] {
  const kinds = new Set(Object.keys(seen).map((what) => what.split(' ')[0] ?? ''));
  return [...kinds].filter((kind) => {
    const all = Object.entries(seen).filter(([what]) => what.startsWith(`${kind} `));
    const times = all.reduce((sum, [, count]) => sum + count, 0);
    return times >= 1_000 && (seen[`${kind} ok`] ?? 0) * 100 < times * LEAST_PERCENT;
  });
}

async function main(): Promise<void> {
  const options = { lives: option('lives', 200), steps: option('steps', 60), seed: option('seed', 1) };
  if (process.argv.includes('--worker')) {
    const send = (message: Message): void => void process.send?.(message);
    send({ report: await compareLives(options, (failures) => send({ failures })) });
    return;
  }
  const workers = Math.max(1, option('workers', 2));
  let [played, failed] = [0, 0];
  const told = (failures: readonly string[]): void => {
    played += 1;
    failed += failures.length;
    for (const failure of failures) print(`${failure}\n`);
    if (played % PROGRESS === 0) print(`${played} lives, ${failed} failed`);
  };
  const parts = Array.from({ length: workers }, (_, at): Options => {
    const [from, to] = [at, at + 1].map((part) => Math.floor((options.lives * part) / workers)) as [number, number];
    return { ...options, lives: to - from, seed: options.seed + from };
  });
  const reports = await Promise.all(parts.filter((part) => part.lives > 0).map((part) => work(part, told)));
  const total = (of: (report: Report) => number): number => reports.reduce((sum, report) => sum + of(report), 0);
  const seen = sumUp(reports.map((report) => report.seen));
  table('Calls, by answer:', seen);
  table('Ways of those that succeeded:', sumUp(reports.map((report) => report.ways)));
  const [steps, succeeded] = [total((report) => report.steps), total((report) => report.succeeded)];
  const lazy = idle(seen);
  for (const kind of lazy) print(`${kind}: fewer than ${LEAST_PERCENT} % succeeded`);
  print(
    `seed ${options.seed}: ${options.lives} lives, ${steps} steps, ${succeeded} succeeded (${Math.round((succeeded * 100) / steps)} %)`,
  );
  print(`${options.lives - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && lazy.length === 0 ? 0 : 1;
}

await main();
