// The local chain: anvil, with its state kept so that no final block is ever lost, whatever is killed.
// A block with transactions is written to disk first; only then an empty block makes it final (depth 1). anvil's own
// --state file is not written atomically: killed at the wrong moment it leaves an empty file and no chain.
//   node scripts/anvil.mjs --host 127.0.0.1 --port 8545 --state FILE
import { spawn } from 'node:child_process';
import { closeSync, existsSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { anvilPath } from './lib/anvil.mjs';

const POLL_MS = 200;
/** An empty block after this time without any, so that deadlines pass while nobody acts. */
const HEARTBEAT_MS = 30_000;

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const { values } = parseArgs({
  options: { host: { type: 'string', default: '127.0.0.1' }, port: { type: 'string' }, state: { type: 'string' } },
});
const url = `http://127.0.0.1:${values.port}`;
const load = existsSync(values.state) ? ['--load-state', values.state] : [];
const anvil = spawn(
  anvilPath(root),
  ['--host', values.host, '--port', values.port, '--chain-id', '31337', '--hardfork', 'cancun', '--silent', ...load],
  // A group of its own: Ctrl-C must not end the chain before its state is saved.
  { stdio: ['ignore', 'inherit', 'inherit'], detached: true },
);

let stopping = false;
anvil.on('exit', (code) => process.exit(stopping ? 0 : (code ?? 1)));
process.on('exit', () => anvil.kill('SIGKILL'));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => (stopping = true));

let saved = -1;
let lastBlockAt = Date.now();
while (!stopping) {
  await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  const block = await rpc('eth_getBlockByNumber', ['latest', false]).catch(() => undefined);
  if (block === undefined) continue; // not up yet, or busy
  const number = Number(block.number);
  if (number !== saved) {
    await save();
    saved = number;
    lastBlockAt = Date.now();
    if (block.transactions.length > 0) await rpc('anvil_mine', ['0x1']);
  } else if (Date.now() - lastBlockAt > HEARTBEAT_MS) {
    await rpc('anvil_mine', ['0x1']);
  }
}
await save();
anvil.kill('SIGTERM');

/** Writes the whole state beside the old one and swaps them: the file is always a complete chain. */
async function save() {
  const state = gunzipSync(Buffer.from((await rpc('anvil_dumpState', [])).slice(2), 'hex'));
  const next = `${values.state}.next`;
  const file = openSync(next, 'w');
  writeSync(file, state);
  fsyncSync(file);
  closeSync(file);
  renameSync(next, values.state);
}

async function rpc(method, params) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    signal: AbortSignal.timeout(30_000),
  });
  const { result, error } = await response.json();
  if (error) throw new Error(`${method}: ${error.message}`);
  return result;
}
