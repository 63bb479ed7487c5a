import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { anvilPath } from './anvil.mjs';
import { run } from './exec.mjs';

const CHAIN_ID = 31337;
/** Blocks come with transactions, and at this interval without, so that deadlines pass by themselves. */
const HEARTBEAT_SECONDS = 10;
const CHAIN_ID_CALL = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}';

/** Starts the persistent local chain and resolves with its address once it answers. */
export async function startChain(root, data, processes, { port, logFile, host = '127.0.0.1' }) {
  const folder = path.join(data, 'chain');
  mkdirSync(folder, { recursive: true });
  const url = `http://127.0.0.1:${port}`;
  const args = [
    [
      '--host',
      host,
      '--port',
      String(port),
      '--chain-id',
      String(CHAIN_ID),
      '--hardfork',
      'cancun',
      '--accounts',
      '10',
    ],
    ['--state', path.join(folder, 'state.json'), '--state-interval', '5'],
    ['--block-time', String(HEARTBEAT_SECONDS), '--mixed-mining', '--silent'],
  ].flat();
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: CHAIN_ID_CALL };
  await processes.start('local chain', anvilPath(root), args, { cwd: root, logFile, answersAt: { url, init } });
  return url;
}

/** Deploys the contracts with the oracle keys of this installation and writes the deployment record. */
export async function deployLocally(root, data, env) {
  const keys = await run(process.execPath, ['oracle/dist/network/keys.js'], { cwd: root, env, label: 'oracle keys' });
  const oracleKeysFile = path.join(data, 'keys', 'oracle-public.json');
  writeFileSync(oracleKeysFile, keys);
  const args = ['--oracle', oracleKeysFile, '--relayer-key', env.RELAYER_KEY_FILE, '--out', env.DEPLOYMENT_FILE];
  await run(process.execPath, ['contracts/tools/deploy.ts', ...args], { cwd: root, env, label: 'deployment' });
}
