// `npm run bench -- NAME --json`: each benchmark is a program of its own beside what it measures.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const benchmarks: Record<string, string> = {
  audit: 'test/dist/bench/audit.js',
  oracle: 'oracle/dist/bench.js',
};

const [name, ...rest] = process.argv.slice(2);
const script = name === undefined ? undefined : benchmarks[name];
if (script === undefined) {
  console.error(`Name a benchmark: ${Object.keys(benchmarks).join(', ')}.`);
  process.exitCode = 2;
} else {
  const child = spawn(process.execPath, [path.join(root, script), ...rest], { cwd: root, stdio: 'inherit' });
  child.once('exit', (code) => (process.exitCode = code ?? 1));
}
