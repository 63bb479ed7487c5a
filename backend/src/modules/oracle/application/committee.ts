import type { Committee } from '@milepost/protocol';
import type { Deployment } from '../../../platform/config/index.js';

/** The oracle network that a deployment record names; empty values where it names none. */
export function committeeOf(deployment: Deployment | null): Committee {
  const oracle = deployment?.oracle;
  const text = (name: string): string => {
    const value = oracle?.[name];
    return typeof value === 'string' ? value : '';
  };
  return {
    chainId: deployment?.chainId ?? 0,
    chainSelector: oracle?.chainSelector ?? '',
    forwarder: deployment?.contracts.KeystoneForwarder ?? '',
    creOracle: deployment?.contracts.CreOracle ?? '',
    gate: deployment?.contracts.MilestoneGate ?? '',
    donId: oracle?.donId ?? 0,
    configVersion: oracle?.configVersion ?? 0,
    f: oracle?.f ?? 0,
    signers: oracle?.signers ?? [],
    workflowId: text('workflowId'),
    workflowOwner: text('workflowOwner'),
    workflowName: text('workflowName'),
  };
}
