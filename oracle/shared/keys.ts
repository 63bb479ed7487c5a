/** Private keys of the local oracle: one file each, readable by the owner only, made on the first start and kept. */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { computeAddress } from 'ethers';
import type { Hex } from '@milepost/protocol';
import { concat, fixedBytes, keccakHex } from '@milepost/protocol/evm-words';

export const NODE_COUNT = 4;
export const WORKFLOW_NAME = 'milepost-judge';

/** What the deployment needs to know: public only. */
export interface OraclePublicKeys {
  readonly signers: readonly Hex[];
  readonly transmitter: Hex;
  readonly runner: Hex;
  readonly workflowId: Hex;
  readonly workflowOwner: Hex;
  readonly workflowName: string;
  readonly donId: number;
  readonly configVersion: number;
}

export interface OracleKeys {
  readonly nodes: readonly Hex[];
  readonly transmitter: Hex;
  readonly runner: Hex;
}

/** Key of the account that pays for deliveries; made if it is missing. */
export function transmitterKey(dataDir: string): Hex {
  return keyFile(dataDir, 'oracle-transmitter');
}

/** Reads the keys of a data folder, making those that are missing. @throws when a file holds no key. */
export function oracleKeys(dataDir: string): OracleKeys {
  return {
    nodes: Array.from({ length: NODE_COUNT }, (_, i) => keyFile(dataDir, `oracle-node-${String(i)}`)),
    transmitter: transmitterKey(dataDir),
    runner: keyFile(dataDir, 'runner'),
  };
}

export function publicKeys(keys: OracleKeys): OraclePublicKeys {
  const workflowOwner = computeAddress(keys.transmitter) as Hex;
  return {
    signers: keys.nodes.map((key) => computeAddress(key) as Hex),
    transmitter: workflowOwner,
    runner: computeAddress(keys.runner) as Hex,
    workflowId: localWorkflowId(workflowOwner),
    workflowOwner,
    workflowName: WORKFLOW_NAME,
    donId: 1,
    configVersion: 1,
  };
}

/**
 * Id of the workflow in the local network. On the real network it hashes the binary and configuration too, so each change
 * is a new id that waits seven days; here that would stop every installation at each update.
 */
function localWorkflowId(owner: Hex): Hex {
  return keccakHex(
    concat(new TextEncoder().encode(`milepost/local-workflow@1:${WORKFLOW_NAME}:`), fixedBytes(owner, 20)),
  );
}

function keyFile(dataDir: string, name: string): Hex {
  const file = path.join(dataDir, 'keys', name);
  if (!existsSync(file)) {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    // `wx`: two processes that start together must not overwrite each other's key.
    try {
      writeFileSync(file, `0x${randomBytes(32).toString('hex')}\n`, { flag: 'wx', mode: 0o600 });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
  chmodSync(file, 0o600);
  return readKey(file);
}

/** A private key from a file that must be there. @throws Error that names the file. */
export function readKey(file: string): Hex {
  if (!existsSync(file)) throw new Error(`The key file ${file} is not there.`);
  const key = readFileSync(file, 'utf8').trim();
  if (!/^0x[0-9a-f]{64}$/.test(key))
    throw new Error(`${file} holds no private key (0x and 64 hex digits). Restore it from a backup.`);
  return key as Hex;
}
