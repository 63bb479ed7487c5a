// `npm test`: everything, on a machine that has nothing installed. Stages run one after the other (two cores), each adds
// its counts, and the run closes with one line `N passed, N failed`.
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { lintChecks } from './lint.mjs';
import { startMemoryWatch } from './lib/memory.mjs';

export async function test(root, args) {
  const only = args.filter((name) => !name.startsWith('-'));
  const folder = mkdtempSync(path.join(os.tmpdir(), 'milepost-test-'));
  const memory = startMemoryWatch();
  const began = Date.now();
  const totals = { passed: 0, failed: 0 };
  const summary = [];
  for (const [name, stage] of Object.entries(stages)) {
    if (only.length > 0 && !only.includes(name)) continue;
    const started = Date.now();
    console.log(`\n=== ${name} ===`);
    let result;
    try {
      result = await stage(root, folder);
    } catch (error) {
      console.error(error.message);
      result = { passed: 0, failed: 1 };
    }
    // A stage that ran nothing tested nothing.
    if (result.passed + result.failed === 0) result.failed = 1;
    totals.passed += result.passed;
    totals.failed += result.failed;
    summary.push(
      `${name.padEnd(12)} ${String(result.passed).padStart(6)} passed ${String(result.failed).padStart(4)} failed ${seconds(started).padStart(8)}`,
    );
  }
  rmSync(folder, { recursive: true, force: true });
  console.log(`\n${summary.join('\n')}`);
  console.log(`time ${seconds(began)}, peak memory ${memory.stop()} MB (all processes of this run)\n`);
  console.log(`${totals.passed} passed, ${totals.failed} failed`);
  return totals.failed === 0 ? 0 : 1;
}

const stages = {
  lint: async (root) => lintChecks(root),
  solidity: async (root) => {
    const { code, output } = await show(
      process.execPath,
      [path.join(root, 'node_modules/hardhat/dist/src/cli.js'), 'test', 'solidity'],
      path.join(root, 'contracts'),
      root,
    );
    const passed = sum(output, /^\s*(\d+) passing/gm);
    const failed = sum(output, /^\s*(\d+) failing/gm);
    return { passed, failed: failed === 0 && code !== 0 ? 1 : failed };
  },
  gas: async (root) => {
    const { code } = await show(process.execPath, ['contracts/tools/gas.ts', '--check'], root);
    return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  },
  jest: async (root, folder) => {
    const report = path.join(folder, 'jest.json');
    const { code } = await show(
      process.execPath,
      [
        '--experimental-vm-modules',
        '--disable-warning=ExperimentalWarning',
        'node_modules/jest/bin/jest.js',
        '--maxWorkers=2',
        '--silent',
        '--json',
        '--outputFile',
        report,
      ],
      root,
    );
    if (!existsSync(report)) return { passed: 0, failed: 1 };
    const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, numPendingTests } = JSON.parse(
      readFileSync(report, 'utf8'),
    );
    if (numPendingTests > 0) console.error(`${numPendingTests} tests were skipped; a skipped test counts as failed.`);
    const failed = numFailedTests + numRuntimeErrorTestSuites + numPendingTests;
    return { passed: numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed };
  },
  scenarios: async (root) => {
    const folder = path.join('test', 'scenario', 'files');
    const files = readdirSync(path.join(root, folder)).map((name) => path.join(folder, name));
    const { code, output } = await show(process.execPath, ['test/dist/scenario/main.js', ...files], root);
    return closingLine(output, code);
  },
  journeys: async (root) => {
    const { code, output } = await show(process.execPath, ['test/dist/e2e/main.js'], root);
    return closingLine(output, code);
  },
};

function closingLine(output, code) {
  const match = [...output.matchAll(/^(\d+) passed, (\d+) failed$/gm)].pop();
  if (!match) return { passed: 0, failed: 1 };
  const failed = Number(match[2]);
  return { passed: Number(match[1]), failed: failed === 0 && code !== 0 ? 1 : failed };
}

const sum = (text, pattern) => [...text.matchAll(pattern)].reduce((total, match) => total + Number(match[1]), 0);
const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

function show(program, args, cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, TZ: 'UTC' } });
    let output = '';
    const take = (stream) => (chunk) => {
      output += chunk;
      stream.write(chunk);
    };
    child.stdout.setEncoding('utf8').on('data', take(process.stdout));
    child.stderr.setEncoding('utf8').on('data', take(process.stderr));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => child.kill(signal));
  });
}
