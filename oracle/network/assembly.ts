/** Puts a network's nodes together: here four threads of this process, each with the CRE engine. */
import type { Hex } from '@milepost/protocol';
import { quotas } from '../quotas.js';
import { Committee, NodeKey } from './committee.js';
import { NodeEngine } from './engine/node-engine.js';
import { loadProgram } from './engine/program.js';
import { LocalNode, type ExecutingNode } from './execution.js';
import type { NodeSetting } from './node-run.js';
import { BUNDLE_FILE, workflowConfig, type NetworkOptions } from './options.js';
import { Rpc } from './rpc.js';
import { subscribe } from './subscription.js';

/** The parts of a network that depend on where its nodes run. */
export interface Assembly {
  /** What this network is, in words that promise nothing else. */
  readonly kind: string;
  readonly setting: NodeSetting;
  readonly nodes: readonly ExecutingNode[];
  /** Whether nodes look at finalized blocks only. */
  readonly finalized: boolean;
  readonly logTrigger: number;
  /** Null: there is no clock trigger; retries are the network's own. */
  readonly clockTrigger: number | null;
  /** Null: the nodes run no bundle. */
  readonly bundleHash: Hex | null;
  /** Nodes that are there; undefined when they are part of this process. */
  readonly presence?: () => readonly { readonly node: number; readonly isHere: boolean }[];
}

export type Assemble = (options: NetworkOptions) => Promise<Assembly>;

/** @throws Error when keys, bundle or workflow do not fit the deployment. */
export const assembleLocal: Assemble = async (options) => {
  const { deployment, keys } = options;
  const nodeKeys = keys.nodes.map((key) => new NodeKey(key));
  const committee = new Committee(
    { ...deployment.oracle },
    nodeKeys.map(({ address }) => address),
  );
  if (committee.signers.join().toLowerCase() !== deployment.oracle.signers.join().toLowerCase()) {
    throw new Error(
      'The keys in the data folder are not the signers that the deployment record names. Restore the keys, or deploy again.',
    );
  }
  const program = await loadProgram(options.bundleFile ?? BUNDLE_FILE);
  const config = new TextEncoder().encode(JSON.stringify(workflowConfig(options)));
  const setting = { committee, chainSelector: deployment.oracle.chainSelector, config };
  const nodes = nodeKeys.map((key, index): LocalNode => {
    const special = options.nodes?.[index];
    return new LocalNode(setting, {
      index,
      key,
      engine: new NodeEngine(program, quotas.execution),
      rpc: new Rpc(options.chainRpcUrl),
      fetch: special?.fetch ?? ((url, init) => fetch(url, init)),
      ...(special?.distort === undefined ? {} : { distort: special.distort }),
    });
  });
  try {
    const [first] = nodes;
    if (first === undefined) throw new Error('a network has nodes');
    const { CreOracle } = deployment.contracts;
    const subscription = await subscribe(first.parts.engine, config, setting.chainSelector, CreOracle);
    return {
      kind: 'local oracle network, self-operated, Chainlink CRE engine',
      setting,
      nodes,
      finalized: subscription.finalized,
      logTrigger: subscription.logTrigger,
      clockTrigger: subscription.cronTrigger,
      bundleHash: program.bundleHash,
    };
  } catch (error) {
    await Promise.all(nodes.map((node) => node.close()));
    throw error;
  }
};
