// The local chain with its deployment as one process, for containers: `node scripts/chain.mjs`. Not for production.
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { deployLocally, startChain } from './lib/local-chain.mjs';
import { Processes } from './lib/processes.mjs';
import { localSecrets } from './lib/secrets.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const data = path.resolve(process.env.MILEPOST_DATA ?? path.join(root, '.milepost'));
mkdirSync(path.join(data, 'logs'), { recursive: true });

const stop = async (code) => {
  await processes.stop();
  process.exit(code);
};
const processes = new Processes({
  onFailure: (error) => {
    console.error(error.message);
    void stop(1);
  },
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void stop(0));

const { relayerKeyFile, logKeyFile } = localSecrets(data);
const url = await startChain(root, data, processes, {
  port: Number(process.env.CHAIN_PORT ?? 8545),
  host: process.env.CHAIN_HOST ?? '0.0.0.0',
  logFile: path.join(data, 'logs', 'chain.log'),
});
const env = {
  MILEPOST_DATA: data,
  CHAIN_RPC_URL: url,
  DEPLOYMENT_FILE: process.env.DEPLOYMENT_FILE ?? path.join(data, 'deployment.json'),
  RELAYER_KEY_FILE: relayerKeyFile,
  LOG_KEY_FILE: logKeyFile,
};
if (!existsSync(env.DEPLOYMENT_FILE)) await deployLocally(root, data, env);
console.log(`local chain ready at ${url}`);
