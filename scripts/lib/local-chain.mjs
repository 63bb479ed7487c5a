import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { run } from './exec.mjs';

const CHAIN_ID_CALL = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}';

/** Blocks below the tip that count as final on the local chain; `scripts/anvil.mjs` keeps that promise. */
export const LOCAL_FINALITY_DEPTH = 1;

/** Starts the persistent local chain and resolves with its address once it answers. */
export async function startChain(root, data, processes, { port, logFile, host = '127.0.0.1' }) {
  const folder = path.join(data, 'chain');
  mkdirSync(folder, { recursive: true });
  const url = `http://127.0.0.1:${port}`;
  const args = [
    'scripts/anvil.mjs',
    '--host',
    host,
    '--port',
    String(port),
    '--state',
    path.join(folder, 'state.json'),
  ];
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: CHAIN_ID_CALL };
  await processes.start('local chain', process.execPath, args, { cwd: root, logFile, answersAt: { url, init } });
  return url;
}

/** Deploys the contracts with the oracle keys of this installation and writes the deployment record. */
export async function deployLocally(root, data, env) {
  const keys = await run(process.execPath, ['oracle/dist/network/keys.js'], { cwd: root, env, label: 'oracle keys' });
  const oracleKeysFile = path.join(data, 'keys', 'oracle-public.json');
  writeFileSync(oracleKeysFile, keys);
  const logKey = await run(process.execPath, ['packages/tlog/bin/log-address.js', env.LOG_KEY_FILE], {
    cwd: root,
    env,
    label: 'log key',
  });
  const files = ['--oracle', oracleKeysFile, '--relayer-key', env.RELAYER_KEY_FILE, '--out', env.DEPLOYMENT_FILE];
  const args = [...files, '--log-key', logKey.trim()];
  await run(process.execPath, ['contracts/tools/deploy.ts', ...args], { cwd: root, env, label: 'deployment' });
}
