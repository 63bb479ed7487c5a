import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { run } from './exec.mjs';

const bin = (root, name) => path.join(root, 'node_modules', name);
const tsc = (root, dir) => [process.execPath, [bin(root, 'typescript/bin/tsc'), '-p', dir]];

/**
 * Build steps in order. `inputs` are files and folders whose content decides whether the step runs again; `after` names
 * the steps it builds on; `output` must exist.
 */
export const steps = {
  contracts: {
    after: [],
    inputs: ['contracts/src', 'contracts/hardhat.config.ts', 'contracts/tools', 'contracts/remappings.txt'],
    output: 'packages/protocol/src/generated/abi.ts',
    commands: (root) => [
      [process.execPath, [bin(root, 'hardhat/dist/src/cli.js'), 'build', '--quiet', '--no-tests'], 'contracts'],
      [process.execPath, ['contracts/tools/export-abis.ts']],
    ],
  },
  protocol: {
    after: ['contracts'],
    inputs: ['packages/protocol/src', 'packages/protocol/tsconfig.json'],
    output: 'packages/protocol/dist/index.js',
    commands: (root) => [tsc(root, 'packages/protocol')],
  },
  tlog: {
    after: [],
    inputs: ['packages/tlog/src', 'packages/tlog/bin', 'packages/tlog/tools', 'packages/tlog/tsconfig.json'],
    output: 'packages/tlog/dist/milepost-verify.mjs',
    commands: (root) => [tsc(root, 'packages/tlog'), [process.execPath, ['packages/tlog/tools/build-verifier.mjs']]],
  },
  oracle: {
    after: ['protocol'],
    inputs: ['oracle'],
    output: 'oracle/dist',
    commands: () => [['npm', ['run', '--silent', 'build', '-w', '@milepost/oracle']]],
  },
  backend: {
    after: ['protocol', 'tlog'],
    inputs: ['backend/src', 'backend/tsconfig.json'],
    output: 'backend/dist/main.js',
    commands: (root) => [tsc(root, 'backend')],
  },
  portal: {
    after: ['protocol', 'tlog'],
    inputs: ['client-portal', 'backend/openapi.json'],
    output: 'client-portal/dist/index.html',
    commands: () => [['npm', ['run', '--silent', 'build', '-w', '@milepost/client-portal']]],
  },
  test: {
    after: ['protocol', 'tlog'],
    inputs: ['test', 'contracts/tools'],
    output: 'test/dist',
    commands: (root) => [tsc(root, 'test')],
  },
};

/** Builds the named steps and what they stand on, each only if its inputs changed since it last succeeded. */
export async function build(root, names) {
  const wanted = [];
  const add = (name) => {
    for (const before of steps[name].after) add(before);
    if (!wanted.includes(name)) wanted.push(name);
  };
  for (const name of names) add(name);
  const stampFile = path.join(root, 'node_modules', '.milepost', 'built.json');
  const stamps = existsSync(stampFile) ? JSON.parse(readFileSync(stampFile, 'utf8')) : {};
  const hashes = {};
  for (const [index, name] of wanted.entries()) {
    const step = steps[name];
    const hash = createHash('sha256').update(process.versions.node);
    hash.update(readFileSync(path.join(root, 'package-lock.json')));
    hash.update(readFileSync(path.join(root, 'tsconfig.base.json')));
    for (const before of step.after) hash.update(hashes[before]);
    for (const input of step.inputs) hashTree(hash, root, input);
    hashes[name] = hash.digest('hex');
    if (stamps[name] === hashes[name] && existsSync(path.join(root, step.output))) continue;
    const started = Date.now();
    process.stderr.write(`[${index + 1}/${wanted.length}] building ${name} … `);
    for (const [program, args, cwd = '.'] of step.commands(root)) {
      await run(program, args, { cwd: path.join(root, cwd), label: `building ${name}` });
    }
    process.stderr.write(`${((Date.now() - started) / 1000).toFixed(1)} s\n`);
    stamps[name] = hashes[name];
    mkdirSync(path.dirname(stampFile), { recursive: true });
    writeFileSync(stampFile, JSON.stringify(stamps, null, 1));
  }
}

const IGNORED = new Set([
  'node_modules',
  'dist',
  'artifacts',
  'cache',
  'out',
  'generated',
  'test-results',
  'routeTree.gen.ts',
  'schema.d.ts',
]);

function hashTree(hash, root, relative) {
  const full = path.join(root, relative);
  if (!existsSync(full)) return;
  if (statSync(full).isDirectory()) {
    for (const entry of readdirSync(full).sort()) {
      if (!IGNORED.has(entry)) hashTree(hash, root, `${relative}/${entry}`);
    }
    return;
  }
  hash.update(relative).update('\0').update(readFileSync(full));
}
