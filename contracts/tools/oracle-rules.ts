/**
 * Takes each of the thirteen consumer rules out of the code that keeps it, one at a time, and runs the rules' own tests: a removal
 * that no test notices is a rule without a test.
 *
 *   node contracts/tools/oracle-rules.ts            every removal, a line each (10 to 15 minutes)
 *   node contracts/tools/oracle-rules.ts 3 7        those of rules 3 and 7
 *   node contracts/tools/oracle-rules.ts --write    every removal, and the table in docs/contracts/oracle-rules.md
 *
 * Works on copies in a temporary folder; needs built contracts. Exit code 1 if a removal survives.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { ContractBench, TransmitterBench, type Bench } from './oracle-rules/bench.ts';
import { CONTRACT_REMOVALS, RULES, TRANSMITTER_REMOVALS, type Removal } from './oracle-rules/removals.ts';
import { TABLE_FILE, tableOf, type Outcome } from './oracle-rules/table.ts';

const { values, positionals } = parseArgs({
  options: { write: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const only = new Set(positionals.map(Number));
for (const rule of only) {
  if (!(rule in RULES)) throw new Error(`There is no rule ${rule}; rules are 1 to 13.`);
}
if (values.write && only.size > 0) throw new Error('The table holds all rules: --write goes without numbers.');

const folder = mkdtempSync(path.join(os.tmpdir(), 'milepost-rules-'));
const outcomes: Outcome[] = [];
try {
  await runAll(() => new ContractBench(folder), CONTRACT_REMOVALS);
  await runAll(() => new TransmitterBench(folder), TRANSMITTER_REMOVALS);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const survived = outcomes.filter(({ killers }) => killers.length === 0);
if (values.write && survived.length === 0) writeFileSync(TABLE_FILE, tableOf(outcomes));
console.log(`${outcomes.length - survived.length} of ${outcomes.length} removals were noticed`);
process.exitCode = survived.length === 0 ? 0 : 1;

/** The tests must pass on the code as it is; only then do their failures say something. */
async function runAll(make: () => Bench, removals: readonly Removal[]): Promise<void> {
  const wanted = removals.filter(({ rule }) => only.size === 0 || only.has(rule));
  if (wanted.length === 0) return;
  const bench = make();
  const before = await bench.failing(null);
  if (before.length > 0) throw new Error(`Tests fail on the unchanged code already: ${before.join(', ')}.`);
  for (const removal of wanted) {
    const started = Date.now();
    const killers = await bench.failing(removal);
    outcomes.push({ removal, killers });
    const seconds = ((Date.now() - started) / 1000).toFixed(0);
    const verdict = killers.length === 0 ? 'SURVIVED' : `noticed by ${killers.join(', ')}`;
    console.log(`rule ${String(removal.rule).padStart(2)}  ${removal.name}: ${verdict} (${seconds} s)`);
  }
}
