/** Runs the tests against one mutant of the built copy. */
import { spawn } from 'node:child_process';

import type { Tree } from './tree.ts';

interface Suite {
  readonly test_results: Readonly<Record<string, { readonly status: string }>>;
}

/** What a run of forge said: names of failed tests, or its words when it said nothing readable. */
export interface Outcome {
  readonly failed: readonly string[];
  readonly passed: number;
  readonly words: string;
}

/** A mutant may loop for ever; the code as written only waits for a busy machine. */
const limitMs = (id: number): number => (id === 0 ? 1_200_000 : 180_000);

/** One run of forge in the copy. `id` 0 is the code as written. */
export function runTests(
  forge: string,
  tree: Tree,
  id: number,
  paths: string,
  skipped: readonly string[],
): Promise<Outcome | 'timeout'> {
  const args = [
    'test',
    '--json',
    '--fail-fast',
    '--block-prevrandao',
    `0x${id.toString(16).padStart(64, '0')}`,
    '--code-size-limit',
    '4000000',
  ];
  args.push('--threads', '1', '--match-path', paths);
  if (skipped.length > 0) args.push('--no-match-test', `^(${skipped.join('|')})\\(?`);
  // As written, every test has its say; a mutant's first failure is enough.
  const env = {
    ...process.env,
    MILEPOST_NODE: process.execPath,
    FOUNDRY_FUZZ_RUNS: '64',
    FOUNDRY_INVARIANT_RUNS: '4',
    FOUNDRY_INVARIANT_DEPTH: '64',
  };
  const given = id === 0 ? args.filter((word) => word !== '--fail-fast') : args;
  return new Promise((resolve, reject) => {
    const child = spawn(forge, given, { cwd: tree.folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [text, errors] = ['', ''];
    const timer = setTimeout(() => child.kill('SIGKILL'), limitMs(id));
    child.stdout.on('data', (part: Buffer) => (text += part.toString()));
    child.stderr.on('data', (part: Buffer) => (errors += part.toString()));
    child.once('error', reject);
    child.once('close', (status) => {
      clearTimeout(timer);
      if (status === null) resolve('timeout');
      else resolve(read(text, errors));
    });
  });
}

function read(text: string, errors: string): Outcome {
  const line = text.split('\n').find((candidate) => candidate.startsWith('{'));
  if (line === undefined) throw new Error(`forge said: ${text}\n${errors}`);
  const suites = JSON.parse(line) as Readonly<Record<string, Suite>>;
  const results = Object.values(suites).flatMap(({ test_results: tests }) => Object.entries(tests));
  const failed = results.filter(([, { status }]) => status === 'Failure').map(([name]) => name.replace(/\(.*/s, ''));
  return { failed, passed: results.length - failed.length, words: errors };
}
