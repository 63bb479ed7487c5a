/** `node test/dist/differential/main.js [--lives N] [--steps N] [--seed N]`: model against contracts, closing line and figures. */
import { compareLives } from './run.js';

function option(name: string, usual: number): number {
  const at = process.argv.indexOf(`--${name}`);
  const value = at < 0 ? usual : Number(process.argv[at + 1]);
  if (!Number.isInteger(value) || value < 0) throw new Error(`--${name} needs a whole number.`);
  return value;
}

const lives = option('lives', 200);
const report = await compareLives({ lives, steps: option('steps', 40), seed: option('seed', 1) }, (line) =>
  process.stdout.write(`${line}\n\n`),
);
for (const [what, times] of Object.entries(report.seen).sort(([a], [b]) => a.localeCompare(b))) {
  process.stdout.write(`${String(times).padStart(8)}  ${what}\n`);
}
const { steps, succeeded, failures } = report;
process.stdout.write(`${lives} lives, ${steps} steps, ${succeeded} succeeded\n`);
process.stdout.write(`${lives - failures.length} passed, ${failures.length} failed\n`);
process.exitCode = failures.length === 0 ? 0 : 1;
