// Compiles the real CreOracle, the real KeystoneForwarder and this folder's doubles; prints the path of the artifacts.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..', '..');
const modules = path.join(root, 'node_modules');
const entries = [
  'contracts/src/approval/CreOracle.sol',
  'oracle/test/Doubles.sol',
  'node_modules/@chainlink/contracts/src/v0.8/keystone/KeystoneForwarder.sol',
];
const remappings = [
  '@openzeppelin/contracts@4.8.3/=node_modules/@openzeppelin/contracts-4.8.3/',
  '@openzeppelin/contracts@5.0.2/=node_modules/@openzeppelin/contracts-5.0.2/',
  '@=node_modules/@',
];

const sources = {};
for (const file of entries) collect(file);
const input = {
  language: 'Solidity',
  sources: Object.fromEntries(Object.entries(sources).map(([name, content]) => [name, { content }])),
  settings: {
    remappings,
    optimizer: { enabled: true, runs: 200 },
    viaIR: true,
    evmVersion: 'cancun',
    outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } },
  },
};
const text = JSON.stringify(input);
const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
const out = path.join(root, 'oracle', 'dist', 'test', `contracts-${hash}.json`);
if (!existsSync(out)) {
  const solc = createRequire(import.meta.url)('solc');
  const { contracts, errors = [] } = JSON.parse(solc.compile(text));
  const bad = errors.filter(({ severity }) => severity === 'error');
  if (bad.length > 0) throw new Error(bad.map((error) => error.formattedMessage).join('\n'));
  const artifacts = {};
  for (const file of Object.values(contracts)) {
    for (const [name, { abi, evm }] of Object.entries(file)) {
      if (evm.bytecode.object !== '') artifacts[name] = { abi, bytecode: `0x${evm.bytecode.object}` };
    }
  }
  mkdirSync(path.dirname(out), { recursive: true });
  writeFileSync(out, JSON.stringify(artifacts));
}
process.stdout.write(out);

function collect(name) {
  if (sources[name] !== undefined) return;
  const content = readFileSync(path.join(root, name), 'utf8');
  sources[name] = content;
  for (const [, imported] of content.matchAll(/^import\s+(?:[^"';]*from\s+)?["']([^"']+)["'];/gms)) {
    collect(resolve(imported, name));
  }
}

function resolve(imported, from) {
  if (imported.startsWith('.')) return path.posix.join(path.posix.dirname(from), imported);
  for (const mapping of remappings) {
    const [prefix, target] = mapping.split('=');
    if (imported.startsWith(prefix)) return target + imported.slice(prefix.length);
  }
  throw new Error(`${from} imports ${imported}: not found under ${modules}`);
}
