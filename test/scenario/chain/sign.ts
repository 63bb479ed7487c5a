/** Signatures of parties, by the typed data of the protocol. */
import { ZeroHash, dataSlice, keccak256, sha256, toUtf8Bytes, type Wallet } from 'ethers';
import {
  BALLOT_TYPES,
  ESCROW_INTENTS,
  TERMS_TYPES,
  escrowDomain,
  ZERO_ADDRESS,
  factoryDomain,
  gateDomain,
  intentKey,
  type Auth,
  type Hex,
  type IntentPurpose,
} from '@milepost/protocol';
import { CHAIN_ID } from './anvil.js';
import type { Signed } from './encode.js';
import type { ChainProject, Key } from './project.js';

/** A well-formed signature by nobody: what a runner shows where a party did not sign. */
const NOBODY: Hex = `0x${'11'.repeat(64)}1b`;

/** ethers wants lists that it could change. */
type Types = Record<string, { name: string; type: string }[]>;

/** Places of the header's fields that are signed by name, in bytes. */
const HEADER = { feeBps: [7, 2], token: [16, 20], client: [36, 20], contributor: [56, 20] } as const;

/**
 * Signature of the terms at creation. The message is read off the bytes here: the protocol's own reader refuses terms that
 * the contracts refuse, and a runner must be able to sign those too.
 */
export async function signTerms(wallet: Wallet, factory: string, signed: Signed, deadline: number): Promise<Auth> {
  const { args, termsHash, policyHash, total } = signed;
  const header = (field: keyof typeof HEADER): string => {
    const [from, size] = HEADER[field];
    return dataSlice(args, from, from + size);
  };
  const message = {
    client: header('client'),
    contributor: header('contributor'),
    token: header('token'),
    total,
    feeBps: BigInt(header('feeBps')),
    termsHash,
    policyHash,
    argsHash: keccak256(args),
    deadline,
  };
  const types = TERMS_TYPES as unknown as Types;
  const signature = await wallet.signTypedData(factoryDomain(CHAIN_ID, factory), types, message);
  return { nonce: 0n, deadline, signature: signature as Hex };
}

/** Next nonce of a party's intents of one purpose and index. */
export async function nonceOf(
  project: ChainProject,
  party: string,
  purpose: IntentPurpose,
  index: number,
): Promise<bigint> {
  const nonces = project.escrow.getFunction('nonces(address,uint192)');
  return (await nonces.staticCall(party, intentKey(purpose, index))) as bigint;
}

/** Signature of an intent; without a message, a signature of nobody. */
export async function signIntent(
  project: ChainProject,
  wallet: Wallet,
  purpose: IntentPurpose,
  message: object | null,
  { nonce, deadline }: { readonly nonce: bigint; readonly deadline: number },
): Promise<Auth> {
  if (message === null) return { nonce, deadline, signature: NOBODY };
  const types = ESCROW_INTENTS[purpose].types as unknown as Types;
  const value = { ...message, nonce, deadline };
  const signature = await wallet.signTypedData(escrowDomain(CHAIN_ID, project.address), types, value);
  return { nonce, deadline, signature: signature as Hex };
}

/** Ballot of a plain key: `account` is zero. */
export async function signBallot(
  wallet: Wallet,
  gate: string,
  key: Key,
  approve: boolean,
  reason: string,
): Promise<string> {
  const types = BALLOT_TYPES as unknown as Types;
  const value = { ...key, approve, reason, account: ZERO_ADDRESS };
  return wallet.signTypedData(gateDomain(CHAIN_ID, gate), types, value);
}

export interface Settlement {
  readonly m: number;
  readonly round: number;
  readonly version: bigint;
  readonly payBps: number;
  readonly waiveLate: boolean;
}

/** A settlement as it is signed. */
export const settlementMessage = (settlement: Settlement): object => ({ ...settlement, milestone: settlement.m });

/** Signature of a settlement; without a document, a signature of nobody. */
export async function signSettlement(
  project: ChainProject,
  wallet: Wallet,
  settlement: Settlement | null,
  index: number,
  deadline: number,
): Promise<Auth> {
  const nonce = await nonceOf(project, wallet.address, 'settle', index);
  const message = settlement === null ? null : settlementMessage(settlement);
  return signIntent(project, wallet, 'settle', message, { nonce, deadline });
}

/** A change order as the escrow takes it. */
export interface Order {
  readonly version: bigint;
  readonly termsHash: string;
  /** Zero: unchanged. */
  readonly policyHash: string;
  readonly rosterHash: string;
  readonly milestones: readonly {
    readonly index: number;
    readonly op: number;
    readonly amount: bigint;
    readonly due: number;
    readonly fundBy: number;
    /** Policy and profile in one byte. */
    readonly profile: number;
  }[];
  readonly payees: readonly { readonly index: number; readonly payee: string; readonly weight: number }[];
}

/** Hash of the amended document that a label stands for. */
export const documentHash = (label: string): string => sha256(toUtf8Bytes(`amended terms ${label}`));

/** The order changes neither policies nor seats. */
export const UNCHANGED = { policyHash: ZeroHash, rosterHash: ZeroHash } as const;

/** Signature of a change order; without a document, a signature of nobody. */
export async function signOrder(
  project: ChainProject,
  wallet: Wallet,
  order: Order | null,
  deadline: number,
): Promise<Auth> {
  const nonce = await nonceOf(project, wallet.address, 'amend', 0);
  return signIntent(project, wallet, 'amend', order, { nonce, deadline });
}
