/**
 * `node oracle/dist/committee/node-main.js`: one node of a self-operated committee, until SIGTERM. Needs its own key
 * (`NODE_KEY_FILE`), its own chain endpoint and the coordinator's address (`COORDINATOR_URL`); opens no port.
 */
import { runService } from '../shared/http-service.js';
import { readKey } from '../shared/keys.js';
import { readNodeSettings } from '../shared/settings.js';
import { Committee, NodeKey } from '../network/committee.js';
import { workflowConfig } from '../network/options.js';
import { Rpc } from '../network/rpc.js';
import { CommitteeNode } from './node.js';

await runService(async () => {
  const settings = readNodeSettings(process.env);
  const { deployment } = settings;
  const rpc = new Rpc(settings.chainRpcUrl);
  const chainId = Number(await rpc.text('eth_chainId', []));
  if (chainId !== deployment.chainId)
    throw new Error(
      `CHAIN_RPC_URL is chain ${String(chainId)}, the deployment record is for ${String(deployment.chainId)}.`,
    );
  const node = new CommitteeNode(settings.coordinatorUrl, {
    committee: new Committee({ ...deployment.oracle }, deployment.oracle.signers),
    config: workflowConfig(settings),
    key: new NodeKey(readKey(settings.keyFile)),
    rpc,
    fetch: (url, init) => fetch(url, init),
  });
  node.start();
  return {
    startupLine: `committee node ${String(node.number)} ready (${deployment.oracle.signers[node.number] ?? ''}), coordinator at ${settings.coordinatorUrl}`,
    stop: () => node.stop(),
  };
});
