/** Puts a network together whose nodes are processes of their own, anywhere: the coordinator's side. */
import type { Assembly } from '../network/assembly.js';
import { Committee } from '../network/committee.js';
import { workflowConfig, type NetworkOptions } from '../network/options.js';
import { Exchange } from './exchange.js';

export const COMMITTEE_KIND = 'self-operated committee, native judges; not a Chainlink network';

/** The committee that a deployment names, and where its nodes call. */
export function exchangeOf({ deployment }: Pick<NetworkOptions, 'deployment'>): Exchange {
  return new Exchange(new Committee({ ...deployment.oracle }, deployment.oracle.signers));
}

/** Nodes bring their own keys, endpoints and configuration: the coordinator knows their addresses only. */
export function assembleCommittee(exchange: Exchange): (options: NetworkOptions) => Promise<Assembly> {
  return (options) =>
    Promise.resolve({
      kind: COMMITTEE_KIND,
      setting: {
        committee: exchange.committee,
        chainSelector: options.deployment.oracle.chainSelector,
        config: new TextEncoder().encode(JSON.stringify(workflowConfig(options))),
      },
      nodes: exchange.nodes,
      finalized: false,
      logTrigger: 0,
      clockTrigger: null,
      bundleHash: null,
      presence: () => exchange.status(),
    });
}
