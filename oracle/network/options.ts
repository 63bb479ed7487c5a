/** What a network is started with, and the workflow's configuration that follows from it. */
import path from 'node:path';
import type { Config } from '../judging/config.js';
import type { OracleKeys } from '../shared/keys.js';
import type { OracleDeployment } from '../shared/settings.js';
import type { Fetch } from './capabilities.js';

export interface NetworkOptions {
  readonly chainRpcUrl: string;
  readonly deployment: OracleDeployment;
  /** A committee's coordinator has the transmitter's key only. */
  readonly keys: Pick<OracleKeys, 'nodes' | 'transmitter'>;
  readonly dataDir: string;
  readonly apiUrl: string;
  readonly serviceToken: string;
  readonly runnerUrl: string;
  /** Addresses that live sources of criteria may begin with; none by default. */
  readonly sources?: readonly string[];
  /** How often the chain and the runner are asked; default 400. */
  readonly pollMilliseconds?: number;
  readonly bundleFile?: string;
  /** Per node, for tests: its own eyes, or a lie. */
  readonly nodes?: readonly { readonly fetch?: Fetch; readonly distort?: (observation: Uint8Array) => Uint8Array }[];
}

export const BUNDLE_FILE = path.join(import.meta.dirname, '..', 'workflow', 'milepost-judge.js');

/** Seconds between retries on a public network; the local one asks the runner itself and need not wait for them. */
export const RETRY_SECONDS = 300;

/** Configuration of the workflow in a self-operated network. */
export function workflowConfig(
  options: Pick<NetworkOptions, 'deployment' | 'apiUrl' | 'runnerUrl' | 'sources'>,
): Config {
  const { deployment } = options;
  return {
    chainId: deployment.chainId,
    chainSelector: deployment.oracle.chainSelector,
    oracle: deployment.contracts.CreOracle,
    gate: deployment.contracts.MilestoneGate,
    confidence: 'latest',
    mirrors: [`${options.apiUrl}/api/v1/oracle/documents`],
    runners: [options.runnerUrl],
    evidence: `${options.apiUrl}/api/v1/oracle/requests`,
    sources: options.sources ?? [],
    retrySchedule: '0 */5 * * * *',
    retrySeconds: RETRY_SECONDS,
    gasLimit: '1500000',
  };
}
