/** Typed data that parties sign, as the contracts hash it. */
import { sha256, toUtf8Bytes, ZeroHash, type TypedDataDomain, type Wallet } from 'ethers';
import type { ChainProject } from './project.js';
import { CHAIN_ID } from './anvil.js';
import type { Signed } from './encode.js';

/** `Auth` of the escrow and the factory. */
export interface Auth {
  readonly nonce: bigint;
  readonly deadline: number;
  readonly signature: string;
}

/** Consent by being the sender. */
export const AS_SENDER: Auth = { nonce: 0n, deadline: 0, signature: '0x' };

/** A well-formed signature by nobody: what a runner shows where a party did not sign. */
const NOBODY = `0x${'11'.repeat(64)}1b`;

const SETTLE_PURPOSE = 7n;
const AMEND_PURPOSE = 8n;

const escrowDomain = (project: ChainProject): TypedDataDomain => ({
  name: 'Milepost Escrow',
  version: '1',
  chainId: CHAIN_ID,
  verifyingContract: project.address,
});

/** Signature of the terms at creation. */
export async function signTerms(
  wallet: Wallet,
  factory: string,
  terms: { readonly client: string; readonly contributor: string; readonly token: string; readonly feeBps: number },
  signed: Signed,
  argsHash: string,
  deadline: number,
): Promise<Auth> {
  const domain = { name: 'Milepost Factory', version: '1', chainId: CHAIN_ID, verifyingContract: factory };
  const types = {
    Terms: [
      { name: 'client', type: 'address' },
      { name: 'contributor', type: 'address' },
      { name: 'token', type: 'address' },
      { name: 'total', type: 'uint96' },
      { name: 'feeBps', type: 'uint16' },
      { name: 'termsHash', type: 'bytes32' },
      { name: 'policyHash', type: 'bytes32' },
      { name: 'argsHash', type: 'bytes32' },
      { name: 'deadline', type: 'uint48' },
    ],
  };
  const { total, termsHash, policyHash } = signed;
  const value = { ...terms, total, termsHash, policyHash, argsHash, deadline };
  return { nonce: 0n, deadline, signature: await wallet.signTypedData(domain, types, value) };
}

async function nextNonce(project: ChainProject, wallet: Wallet, purpose: bigint, index: number): Promise<bigint> {
  const key = (purpose << 8n) | BigInt(index);
  return (await project.escrow.getFunction('nonces(address,uint192)').staticCall(wallet.address, key)) as bigint;
}

export interface Settlement {
  readonly m: number;
  readonly round: number;
  readonly version: bigint;
  readonly payBps: number;
  readonly waiveLate: boolean;
}

/** Signature of a settlement; without a document, a signature of nobody. */
export async function signSettlement(
  project: ChainProject,
  wallet: Wallet,
  settlement: Settlement | null,
  index: number,
  deadline: number,
): Promise<Auth> {
  const nonce = await nextNonce(project, wallet, SETTLE_PURPOSE, index);
  if (settlement === null) return { nonce, deadline, signature: NOBODY };
  const { m, ...rest } = settlement;
  const types = {
    Settle: [
      { name: 'milestone', type: 'uint8' },
      { name: 'round', type: 'uint8' },
      { name: 'version', type: 'uint32' },
      { name: 'payBps', type: 'uint16' },
      { name: 'waiveLate', type: 'bool' },
      { name: 'nonce', type: 'uint256' },
      { name: 'deadline', type: 'uint48' },
    ],
  };
  const value = { milestone: m, ...rest, nonce, deadline };
  return { nonce, deadline, signature: await wallet.signTypedData(escrowDomain(project), types, value) };
}

/** A change order as the escrow takes it. */
export interface Order {
  readonly version: bigint;
  readonly termsHash: string;
  readonly policyHash: string;
  readonly milestones: readonly {
    readonly index: number;
    readonly op: number;
    readonly amount: bigint;
    readonly due: number;
    readonly fundBy: number;
    readonly profile: number;
  }[];
  readonly payees: readonly never[];
}

/** Hash of the amended document that a label stands for. */
export const documentHash = (label: string): string => sha256(toUtf8Bytes(`amended terms ${label}`));

export const NO_POLICIES = ZeroHash;

/** Signature of a change order; without a document, a signature of nobody. */
export async function signOrder(
  project: ChainProject,
  wallet: Wallet,
  order: Order | null,
  deadline: number,
): Promise<Auth> {
  const nonce = await nextNonce(project, wallet, AMEND_PURPOSE, 0);
  if (order === null) return { nonce, deadline, signature: NOBODY };
  const types = {
    ChangeOrder: [
      { name: 'version', type: 'uint32' },
      { name: 'termsHash', type: 'bytes32' },
      { name: 'policyHash', type: 'bytes32' },
      { name: 'milestones', type: 'MilestoneChange[]' },
      { name: 'payees', type: 'PayeeChange[]' },
      { name: 'nonce', type: 'uint256' },
      { name: 'deadline', type: 'uint48' },
    ],
    MilestoneChange: [
      { name: 'index', type: 'uint8' },
      { name: 'op', type: 'uint8' },
      { name: 'amount', type: 'uint96' },
      { name: 'due', type: 'uint16' },
      { name: 'fundBy', type: 'uint16' },
      { name: 'profile', type: 'uint8' },
    ],
    PayeeChange: [
      { name: 'index', type: 'uint8' },
      { name: 'payee', type: 'address' },
      { name: 'weight', type: 'uint16' },
    ],
  };
  const signature = await wallet.signTypedData(escrowDomain(project), types, { ...order, nonce, deadline });
  return { nonce, deadline, signature };
}
