import path from 'node:path';
import { existsSync } from 'node:fs';
import { runAttached } from './exec.mjs';

const EVERYTHING = ['contracts', 'protocol', 'tlog', 'oracle', 'backend', 'portal', 'test'];
const node = (script) => (root, args) => runAttached(process.execPath, [script, ...args], { cwd: root });
const nodeOnFiles = (script) => (root, args) => node(script)(root, args.map(fromCaller));

/** Paths given on the command line are meant from where the caller stands, not from the root. */
function fromCaller(argument) {
  const full = path.resolve(process.env.INIT_CWD ?? '.', argument);
  return !argument.startsWith('-') && existsSync(full) ? full : argument;
}

/** What each npm script needs built, and what it runs. */
export const commands = {
  start: {
    needs: ['contracts', 'protocol', 'tlog', 'oracle', 'backend', 'portal'],
    run: async (root, args) => (await import('../start.mjs')).start(root, args),
  },
  test: { needs: EVERYTHING, run: async (root, args) => (await import('../test.mjs')).test(root, args) },
  'test:deep': { needs: ['contracts'], run: node('contracts/tools/deep.ts') },
  lint: {
    needs: ['contracts', 'protocol', 'tlog'],
    run: async (root, args) => (await import('../lint.mjs')).lint(root, args),
  },
  build: { needs: EVERYTHING, run: async () => 0 },
  scenario: {
    needs: ['contracts', 'protocol', 'tlog', 'oracle', 'backend', 'test'],
    run: nodeOnFiles('test/dist/scenario/main.js'),
  },
  gas: { needs: ['contracts', 'protocol'], run: node('contracts/tools/gas.ts') },
  bench: { needs: EVERYTHING, run: node('test/dist/bench/main.js') },
  verify: { needs: ['tlog'], run: nodeOnFiles('packages/tlog/bin/verify.js') },
};
