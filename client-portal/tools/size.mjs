// Size budgets of the built portal, gzip. Run after a build: node tools/size.mjs [--json]
import { readFileSync, readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const KB = 1024;
const dist = new URL('../dist/', import.meta.url);
const assets = readdirSync(new URL('assets/', dist));
const text = (name) => readFileSync(new URL(`assets/${name}`, dist), 'utf8');
const gzip = (names) =>
  names.reduce((sum, name) => sum + gzipSync(readFileSync(new URL(`assets/${name}`, dist)), { level: 9 }).length, 0);

/** Chunks that load with `entry`: those it imports statically, and theirs. */
function graph(entry) {
  const seen = new Set();
  const visit = (name) => {
    if (seen.has(name)) return;
    seen.add(name);
    for (const match of text(name).matchAll(/(?:import|from)\s*"\.\/([^"]+\.js)"/g)) visit(match[1]);
  };
  visit(entry);
  return seen;
}

const html = readFileSync(new URL('index.html', dist), 'utf8');
const entry = /<script[^>]+src="\/assets\/([^"]+\.js)"/.exec(html)?.[1];
if (!entry) throw new Error('dist/index.html names no script. Build the portal first.');
const first = graph(entry);
const scripts = assets.filter((name) => name.endsWith('.js'));
const web3Entries = scripts.filter((name) => /^(wallet|send|build|siwe|anchor)-/.test(name));
const web3 = new Set(web3Entries.flatMap((name) => [...graph(name)]).filter((name) => !first.has(name)));
const worker = scripts.filter((name) => name.startsWith('hash.worker'));
const verify = scripts.filter((name) => name.startsWith('verify-') && !name.startsWith('verify-page'));
const verifyOnly = [...new Set(verify.flatMap((name) => [...graph(name)]))].filter(
  (name) => !first.has(name) && !web3.has(name),
);
const rest = scripts.filter(
  (name) => !first.has(name) && !web3.has(name) && !verifyOnly.includes(name) && !worker.includes(name),
);
const largest = rest.map((name) => [name, gzip([name])]).sort((a, b) => b[1] - a[1])[0] ?? ['none', 0];

const rows = [
  ['first JS', gzip([...first]), 150 * KB],
  ['web3, on demand', gzip([...web3]), 110 * KB],
  ['verification, on demand', gzip(verifyOnly), 60 * KB],
  ['file worker', gzip(worker), 56 * KB],
  [`largest other chunk (${largest[0]})`, largest[1], 40 * KB],
  ['CSS', gzip(assets.filter((name) => name.endsWith('.css'))), 12 * KB],
];

const tooLarge = rows.filter(([, size, limit]) => size > limit);
// The chain library names its version in its errors, so a search finds it wherever the bundler put it.
const leaks = [...first].filter((name) => /viem@|viem\.sh/.test(text(name)));
if (process.argv.includes('--json'))
  console.log(JSON.stringify(Object.fromEntries(rows.map(([name, size]) => [name, size]))));
else
  for (const [name, size, limit] of rows)
    console.log(`${name.padEnd(44)} ${(size / KB).toFixed(1).padStart(6)} of ${limit / KB} KB`);
for (const [name] of tooLarge) console.error(`Over budget: ${name}`);
for (const name of leaks) console.error(`The chain library is in the first load: ${name}`);
process.exitCode = tooLarge.length + leaks.length > 0 ? 1 : 0;
