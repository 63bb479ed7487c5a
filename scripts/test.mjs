// `npm test`: everything, on a machine that has nothing installed. Each stage adds its counts, and the run closes with one line `N passed, N failed`.
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
  const results = [];
  const wanted = Object.entries(stages).filter(([name]) => only.length === 0 || only.includes(name));
  const runStage = async ([name, { run }], print) => {
    const started = Date.now();
    let result;
    try {
      result = await run(root, folder, print);
    } catch (error) {
      print(`${error.message}\n`);
      result = { passed: 0, failed: 1 };
    }
    // A stage that ran nothing tested nothing.
    if (result.passed + result.failed === 0) result.failed = 1;
    results.push({ name, seconds: seconds(started), ...result });
  };
  // The Solidity compiler uses one core for minutes: it runs beside the others, and prints when it is done.
  const beside = wanted
    .filter(([, stage]) => stage.beside)
    .map(async (stage) => {
      let text = '';
      await runStage(stage, (chunk) => (text += chunk));
      console.log(`\n=== ${stage[0]} ===\n${text}`);
    });
  for (const stage of wanted.filter(([, { beside: aside }]) => !aside)) {
    console.log(`\n=== ${stage[0]} ===`);
    await runStage(stage, (chunk) => process.stdout.write(chunk));
  }
  await Promise.all(beside);
  rmSync(folder, { recursive: true, force: true });
  const sumOf = (key) => results.reduce((total, result) => total + result[key], 0);
  const line = ({ name, passed, failed, seconds: time }) =>
    `${name.padEnd(12)} ${String(passed).padStart(6)} passed ${String(failed).padStart(4)} failed ${time.padStart(8)}`;
  console.log(`\n${results.map(line).join('\n')}`);
  console.log(`time ${seconds(began)}, peak memory ${memory.stop()} MB (all processes of this run)\n`);
  console.log(`${sumOf('passed')} passed, ${sumOf('failed')} failed`);
  return sumOf('failed') === 0 ? 0 : 1;
}

const stages = {
  lint: { run: async (root) => lintChecks(root) },
  solidity: {
    beside: true,
    run: async (root, folder, print) => {
      const { code, output } = await show(
        process.execPath,
        [path.join(root, 'node_modules/hardhat/dist/src/cli.js'), 'test', 'solidity'],
        path.join(root, 'contracts'),
        print,
      );
      const passed = sum(output, /^\s*(\d+) passing/gm);
      const failed = sum(output, /^\s*(\d+) failing/gm);
      return { passed, failed: failed === 0 && code !== 0 ? 1 : failed };
    },
  },
  gas: {
    run: async (root, folder, print) => {
      const { code } = await show(process.execPath, ['contracts/tools/gas.ts', '--check'], root, print);
      return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
    },
  },
  jest: {
    run: async (root, folder, print) => {
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
        print,
      );
      if (!existsSync(report)) return { passed: 0, failed: 1 };
      const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, numPendingTests } = JSON.parse(
        readFileSync(report, 'utf8'),
      );
      if (numPendingTests > 0) print(`${numPendingTests} tests were skipped; a skipped test counts as failed.\n`);
      const failed = numFailedTests + numRuntimeErrorTestSuites + numPendingTests;
      return { passed: numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed };
    },
  },
  scenarios: {
    run: async (root, folder, print) => {
      const stories = path.join('test', 'scenario', 'files');
      const files = readdirSync(path.join(root, stories)).map((name) => path.join(stories, name));
      const { code, output } = await show(process.execPath, ['test/dist/scenario/main.js', ...files], root, print);
      return closingLine(output, code);
    },
  },
  journeys: {
    run: async (root, folder, print) => {
      const { code, output } = await show(process.execPath, ['test/dist/e2e/main.js'], root, print);
      return closingLine(output, code);
    },
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

function show(program, args, cwd, print) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, TZ: 'UTC' } });
    let output = '';
    const take = (chunk) => {
      output += chunk;
      print(chunk);
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => child.kill(signal));
  });
}
