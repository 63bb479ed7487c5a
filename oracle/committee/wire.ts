/** What a committee's nodes say to its coordinator: JSON over HTTP, every call signed by the node's key. */
import { canonicalize, type Hex } from '@milepost/protocol';
import { keccakHex } from '@milepost/protocol/evm-words';
import type { Committee, ReportSignature } from '../network/committee.js';
import type { Delivery } from '../network/transmitter.js';

/** One node's call. `executionId` is 32 zero bytes where there is none yet. */
export type Call =
  /** Is there something to do? Answered when there is, or after a while with nothing. */
  | { readonly kind: 'task'; readonly executionId: Hex; readonly node: number }
  /** Kept open while the node is at a run: when it breaks off, the node has failed in it. */
  | { readonly kind: 'here'; readonly executionId: Hex; readonly node: number }
  /** This node's answer to a question; answered with what enough nodes say. */
  | {
      readonly kind: 'offer';
      readonly executionId: Hex;
      readonly node: number;
      readonly question: string;
      readonly key: string;
    }
  /** This node's signature on a report, or none; answered with enough of them. */
  | {
      readonly kind: 'sign';
      readonly executionId: Hex;
      readonly node: number;
      readonly digest: Hex;
      readonly signature: Hex | null;
    }
  | {
      readonly kind: 'deliver';
      readonly executionId: Hex;
      readonly node: number;
      readonly receiver: Hex;
      readonly rawReport: Hex;
      readonly context: Hex;
      readonly configDigest: Hex;
      readonly sequence: string;
      readonly signatures: readonly ReportSignature[];
      readonly gas: string;
    }
  | {
      readonly kind: 'end';
      readonly executionId: Hex;
      readonly node: number;
      /** What the run returned; null if it failed. */
      readonly result: string | null;
      /** JSON of what the node says it saw. */
      readonly observation: string;
      readonly error: string | null;
      readonly log: readonly string[];
      readonly milliseconds: number;
    };

export interface SignedCall {
  readonly call: Call;
  readonly signature: Hex;
}

/** What a node is given to do. */
export interface TaskMessage {
  readonly executionId: Hex;
  /** The `Requested` event. */
  readonly topics: readonly Hex[];
  readonly data: Hex;
  readonly block: { readonly number: number; readonly timestamp: number; readonly hash: string };
  readonly sequence: string;
}

/** Answers by kind of call. An offer's answer carries the signed offers that prove it. */
export interface Answers {
  readonly task: { readonly task: TaskMessage | null };
  readonly here: { readonly ok: true };
  readonly offer: {
    readonly key: string;
    readonly certificate: readonly { readonly node: number; readonly signature: Hex }[];
  };
  readonly sign: { readonly signatures: readonly ReportSignature[] };
  readonly deliver: { readonly delivery: Delivery };
  readonly end: { readonly ok: true };
}

export const NO_EXECUTION: Hex = `0x${'00'.repeat(32)}`;

/** The 32 bytes that a node signs for a call: bound to this protocol, the committee and every field. */
export function callDigest(committee: Committee, call: Call): Hex {
  const { donId, configVersion, workflowId } = committee.identity;
  const scope = `milepost/committee@1:${workflowId}:${String(donId)}:${String(configVersion)}:`;
  return keccakHex(`${scope}${canonicalize(call)}`);
}

/**
 * Whether enough different nodes have signed this very answer: without it, a coordinator could make a node believe, and sign,
 * what nobody saw.
 */
export function isProven(
  committee: Committee,
  executionId: Hex,
  question: string,
  { key, certificate }: Answers['offer'],
): boolean {
  const proven = new Set<number>();
  for (const { node, signature } of certificate) {
    const digest = callDigest(committee, { kind: 'offer', executionId, node, question, key });
    if (committee.isSignedBy(node, digest, signature)) proven.add(node);
  }
  return proven.size >= committee.quorum;
}
