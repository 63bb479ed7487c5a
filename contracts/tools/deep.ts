/**
 * `npm run test:deep`: the invariants and fuzz tests with large budgets in forge, the health of the handlers, and planted bugs
 * that must be found. `--runs N --depth N` for the invariants, `--fuzz N`, `--only invariants|fuzz|planted`.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { forge } from './lib/forge.ts';

interface Count {
  calls: number;
  reverts: number;
  discards: number;
}
interface Result {
  status: string;
  reason: string | null;
  kind: {
    Invariant?: { runs: number; calls: number; reverts: number; metrics: Record<string, Count> };
    Fuzz?: { runs: number };
  };
}

/** Fewer effective calls of a handler's action, in 100 tries, and the action tests nothing. */
const HEALTHY = 10;
/** Once in a life, by nature. */
const RARE = new Set(['die']);

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    depth: { type: 'string', default: '100' },
    fuzz: { type: 'string', default: '20000' },
    only: { type: 'string' },
  },
});
const { program, root, env } = forge();
let passed = 0;
let failed = 0;

const wanted = (part: string) => values.only === undefined || values.only === part;
if (wanted('invariants')) invariants();
if (wanted('fuzz')) fuzz();
if (wanted('planted')) {
  const { status } = spawnSync(process.execPath, [path.join(root, 'tools/planted.ts')], { stdio: 'inherit' });
  count(status === 0);
}
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

function invariants(): void {
  const settings = { FOUNDRY_INVARIANT_RUNS: values.runs, FOUNDRY_INVARIANT_DEPTH: values.depth };
  const names = 'invariant_All|invariant_E10_EndsWithDeadContracts';
  for (const [suite, name, result] of run(['--match-test', names], settings)) {
    const kind = result.kind.Invariant;
    if (!kind) continue;
    const share = ((100 * kind.reverts) / Math.max(1, kind.calls)).toFixed(1);
    console.log(`\n${suite} ${name}: ${kind.runs} runs, ${kind.calls} calls, ${share} % reverted${verdict(result)}`);
    count(result.status === 'Success');
    for (const [action, { calls, reverts, discards }] of Object.entries(kind.metrics).sort()) {
      const effective = (100 * (calls - reverts - discards)) / calls;
      const short = action.split('.').pop() ?? action;
      const dead = effective < HEALTHY && !RARE.has(short);
      console.log(
        `  ${short.padEnd(16)} ${String(calls).padStart(8)} tries ${effective.toFixed(1).padStart(6)} % effective, ` +
          `${reverts} reverted${dead ? '  TOO FEW' : ''}`,
      );
      if (dead) failed += 1;
    }
  }
}

function fuzz(): void {
  for (const [suite, name, result] of run(['--match-path', 'test/fuzz/**'], { FOUNDRY_FUZZ_RUNS: values.fuzz })) {
    console.log(`${suite} ${name}: ${result.kind.Fuzz?.runs ?? 1} runs${verdict(result)}`);
    count(result.status === 'Success');
  }
}

function run(args: string[], settings: NodeJS.ProcessEnv): [string, string, Result][] {
  const { stdout, stderr } = spawnSync(program, ['test', '--json', ...args], {
    cwd: root,
    env: { ...env, ...settings },
    encoding: 'utf8',
    maxBuffer: 1e9,
  });
  if (!stdout.startsWith('{')) throw new Error(stderr || stdout);
  const suites = JSON.parse(stdout) as Record<string, { test_results: Record<string, Result> }>;
  return Object.entries(suites).flatMap(([suite, { test_results: tests }]) =>
    Object.entries(tests).map(([name, result]): [string, string, Result] => [
      suite.split(':').pop() ?? suite,
      name.split('(')[0] ?? name,
      result,
    ]),
  );
}

function verdict({ status, reason }: Result): string {
  return status === 'Success' ? '' : `  FAILED: ${reason ?? status}`;
}

function count(good: boolean): void {
  if (good) passed += 1;
  else failed += 1;
}
