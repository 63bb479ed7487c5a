/**
 * What a party signs so that anyone may deliver its call to an escrow (EIP-712). Mirrors `contracts/src/escrow`.
 *
 * A nonce is `key << 64 | sequence` with `key = purpose << 8 | index`: intents of different purposes or milestones do not
 * wait for each other, and each can be revoked alone. Ask the escrow's `nonces(owner, key)` for the next one.
 */
import type { Hex } from './canonical.js';

/** Purposes in the order of their numbers. */
export const INTENT_PURPOSES = [
  'unfund',
  'cancel',
  'openClaim',
  'submit',
  'dispute',
  'terminate',
  'answerClaim',
  'settle',
  'amend',
  'changePayee',
  'claim',
] as const;

export type IntentPurpose = (typeof INTENT_PURPOSES)[number];

const field = <N extends string, T extends string>(type: T, name: N): { readonly name: N; readonly type: T } => ({
  name,
  type,
});
const CONSENT = [field('uint256', 'nonce'), field('uint48', 'deadline')] as const;

const MILESTONE_CHANGE = [
  field('uint8', 'index'),
  field('uint8', 'op'),
  field('uint96', 'amount'),
  field('uint16', 'due'),
  field('uint16', 'fundBy'),
  field('uint8', 'profile'),
] as const;
const PAYEE_CHANGE = [field('uint8', 'index'), field('address', 'payee'), field('uint16', 'weight')] as const;

/** Per purpose the EIP-712 types and the primary type. */
export const ESCROW_INTENTS = {
  unfund: { primaryType: 'Unfund', types: { Unfund: [field('uint96', 'amount'), ...CONSENT] } },
  cancel: { primaryType: 'Cancel', types: { Cancel: [...CONSENT] } },
  openClaim: {
    primaryType: 'OpenClaim',
    types: { OpenClaim: [field('uint96', 'amount'), field('bytes32', 'evidenceHash'), ...CONSENT] },
  },
  submit: {
    primaryType: 'Submit',
    types: {
      Submit: [field('uint8', 'milestone'), field('uint8', 'round'), field('bytes32', 'digest'), ...CONSENT],
    },
  },
  dispute: {
    primaryType: 'Dispute',
    types: {
      Dispute: [field('uint8', 'milestone'), field('uint8', 'round'), field('bytes32', 'reasonHash'), ...CONSENT],
    },
  },
  terminate: { primaryType: 'Terminate', types: { Terminate: [field('uint8', 'milestone'), ...CONSENT] } },
  answerClaim: {
    primaryType: 'AnswerClaim',
    types: {
      AnswerClaim: [field('uint8', 'claim'), field('bool', 'accept'), field('bytes32', 'reasonHash'), ...CONSENT],
    },
  },
  settle: {
    primaryType: 'Settle',
    types: {
      Settle: [
        field('uint8', 'milestone'),
        field('uint8', 'round'),
        field('uint32', 'version'),
        field('uint16', 'payBps'),
        field('bool', 'waiveLate'),
        ...CONSENT,
      ],
    },
  },
  amend: {
    primaryType: 'ChangeOrder',
    types: {
      ChangeOrder: [
        field('uint32', 'version'),
        field('bytes32', 'termsHash'),
        field('bytes32', 'policyHash'),
        field('bytes32', 'rosterHash'),
        field('MilestoneChange[]', 'milestones'),
        field('PayeeChange[]', 'payees'),
        ...CONSENT,
      ],
      MilestoneChange: MILESTONE_CHANGE,
      PayeeChange: PAYEE_CHANGE,
    },
  },
  changePayee: {
    primaryType: 'ChangePayee',
    types: { ChangePayee: [field('uint8', 'index'), field('address', 'next'), ...CONSENT] },
  },
  claim: {
    primaryType: 'Claim',
    types: { Claim: [field('address', 'account'), field('address', 'to'), ...CONSENT] },
  },
} as const satisfies Record<
  IntentPurpose,
  { primaryType: string; types: Record<string, readonly { name: string; type: string }[]> }
>;

/** What a change order does to a milestone. */
export const CHANGE_OPS = { set: 0, add: 1, cancel: 2 } as const;

/** Milestone index, payee index, 254 for the holdback pot, 255 for the warranty claim. */
export const HOLDBACK_POT = 254;
export const WARRANTY_CLAIM = 255;

/** EIP-712 domain of an escrow. */
export function escrowDomain(
  chainId: number,
  escrow: string,
): { name: 'Milepost Escrow'; version: '1'; chainId: number; verifyingContract: string } {
  return { name: 'Milepost Escrow', version: '1', chainId, verifyingContract: escrow };
}

/**
 * Nonce key of an intent. `index` is the milestone (`submit`, `dispute`, `terminate`, `settle`) or the payee
 * (`changePayee`), else 0.
 */
export function intentKey(purpose: IntentPurpose, index = 0): bigint {
  if (!Number.isInteger(index) || index < 0 || index > 255) throw new RangeError(`The index ${index} is not 0 to 255.`);
  return (BigInt(INTENT_PURPOSES.indexOf(purpose)) << 8n) | BigInt(index);
}

/** Nonce number `sequence` of a key. */
export function intentNonce(key: bigint, sequence: bigint | number): bigint {
  return (key << 64n) | BigInt(sequence);
}

/** Consent as the contract takes it. */
export interface Auth {
  readonly nonce: bigint;
  /** Last second at which it counts. */
  readonly deadline: number;
  readonly signature: Hex;
}

/** Consent of the sender itself: no signature. */
export const SELF: Auth = { nonce: 0n, deadline: 0, signature: '0x' };
