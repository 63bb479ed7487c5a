/** Environment and deployment record of the oracle's two processes. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Hex } from '@milepost/protocol';

/** The parts of a deployment record that the oracle needs. */
export interface OracleDeployment {
  readonly chainId: number;
  readonly fromBlock: number;
  readonly contracts: { readonly CreOracle: Hex; readonly MilestoneGate: Hex; readonly KeystoneForwarder: Hex };
  readonly oracle: {
    readonly label: string;
    readonly donId: number;
    readonly configVersion: number;
    readonly f: number;
    readonly signers: readonly Hex[];
    /** Decimal. */
    readonly chainSelector: string;
    readonly workflowId: Hex;
    readonly workflowOwner: Hex;
    /** Plain name. */
    readonly workflowName: string;
  };
}

export interface OracleSettings {
  readonly chainRpcUrl: string;
  readonly deployment: OracleDeployment;
  readonly dataDir: string;
  /** Origin of the backend. */
  readonly apiUrl: string;
  readonly serviceToken: string;
  /** Origin of the acceptance runner. */
  readonly runnerUrl: string;
  /** Addresses that live sources of criteria may begin with. */
  readonly sources: readonly string[];
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
}

/** @throws Error that names the variable, what is wrong and what to do. */
export function readSettings(env: NodeJS.ProcessEnv): OracleSettings {
  const file = required(env, 'DEPLOYMENT_FILE');
  return {
    chainRpcUrl: origin(env, 'CHAIN_RPC_URL'),
    deployment: readDeployment(file),
    dataDir: path.resolve(required(env, 'MILEPOST_DATA')),
    apiUrl: origin(env, 'API_URL'),
    serviceToken: readText(required(env, 'SERVICE_TOKEN_FILE'), 'SERVICE_TOKEN_FILE'),
    runnerUrl: origin(env, 'RUNNER_URL'),
    sources: sources(env),
    host: env['HOST'] ?? '127.0.0.1',
    port: port(env),
  };
}

/** What one node of a committee is started with. */
export interface NodeSettings {
  readonly chainRpcUrl: string;
  readonly deployment: OracleDeployment;
  readonly apiUrl: string;
  readonly runnerUrl: string;
  readonly sources: readonly string[];
  readonly coordinatorUrl: string;
  readonly keyFile: string;
}

/** Settings of a committee's node. @throws Error that names the variable. */
export function readNodeSettings(env: NodeJS.ProcessEnv): NodeSettings {
  return {
    deployment: readDeployment(required(env, 'DEPLOYMENT_FILE')),
    chainRpcUrl: origin(env, 'CHAIN_RPC_URL'),
    apiUrl: origin(env, 'API_URL'),
    runnerUrl: origin(env, 'RUNNER_URL'),
    sources: sources(env),
    coordinatorUrl: origin(env, 'COORDINATOR_URL'),
    keyFile: path.resolve(required(env, 'NODE_KEY_FILE')),
  };
}

/** @throws Error when the record is missing or incomplete. */
export function readDeployment(file: string): OracleDeployment {
  let record: Partial<OracleDeployment>;
  try {
    record = JSON.parse(readText(file, 'DEPLOYMENT_FILE')) as Partial<OracleDeployment>;
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new Error(`DEPLOYMENT_FILE ${file} is not JSON. Deploy the contracts again.`, { cause: error });
    throw error;
  }
  const { chainId, fromBlock, contracts, oracle } = record;
  const addresses = [contracts?.CreOracle, contracts?.MilestoneGate, contracts?.KeystoneForwarder];
  if (
    chainId === undefined ||
    fromBlock === undefined ||
    oracle === undefined ||
    contracts === undefined ||
    addresses.includes(undefined)
  ) {
    throw new Error(
      `DEPLOYMENT_FILE ${file} lacks chainId, fromBlock, oracle or one of the contracts CreOracle, MilestoneGate, KeystoneForwarder. Deploy the contracts again.`,
    );
  }
  return { chainId, fromBlock, contracts, oracle };
}

/** Data folder for the key tool, which runs before anything is deployed. */
export function readDataDir(env: NodeJS.ProcessEnv): string {
  return path.resolve(required(env, 'MILEPOST_DATA'));
}

function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (value === undefined || value === '')
    throw new Error(`${name} is not set. \`npm start\` sets it; see docs/guides/oracle.md.`);
  return value;
}

function origin(env: NodeJS.ProcessEnv, name: string): string {
  const value = required(env, name);
  if (!/^https?:$/.test(URL.parse(value)?.protocol ?? ''))
    throw new Error(`${name} is ${value}; an http(s) address is expected.`);
  return value.replace(/\/+$/, '');
}

/** Comma-separated; GitHub by default. A source is where criteria send every node to: an operator says which are all right. */
function sources(env: NodeJS.ProcessEnv): string[] {
  const list = (env['ORACLE_SOURCES'] ?? 'https://api.github.com')
    .split(',')
    .map((item) => item.trim().replace(/\/+$/, ''))
    .filter((item) => item !== '');
  for (const item of list) {
    if (!/^https?:$/.test(URL.parse(item)?.protocol ?? ''))
      throw new Error(`ORACLE_SOURCES names ${item}; http(s) addresses, separated by commas, are expected.`);
  }
  return list;
}

function port(env: NodeJS.ProcessEnv): number {
  const value = Number(env['PORT'] ?? '0');
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new Error(`PORT is ${String(env['PORT'])}; 0 to 65535 is expected.`);
  return value;
}

function readText(file: string, name: string): string {
  if (!existsSync(file)) throw new Error(`${name} ${file} is not there.`);
  return readFileSync(file, 'utf8').trim();
}
