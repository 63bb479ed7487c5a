import type { EntityManager } from 'typeorm';

/** A party's signed permission for one call (struct `Auth` of the escrow and the factory). `nonce` is a decimal string. */
export interface SignedAuth {
  readonly nonce: string;
  /** Unix seconds. */
  readonly deadline: number;
  /** `0x` and 65 bytes for a plain key; longer for contract accounts. */
  readonly signature: string;
}

/** An EIP-3009 authorization to pull `amount` from `from` into the escrow, credited to funder number `funder`. */
export interface SignedFunding {
  readonly funder: number;
  readonly from: string;
  /** Base units. */
  readonly amount: string;
  readonly validAfter: number;
  readonly validBefore: number;
  readonly salt: string;
  readonly signature: string;
}

/** One ballot as the gate's `castBatch` takes it. */
export interface SignedBallot {
  /** Index of the seat in the roster. */
  readonly seat: number;
  readonly approve: boolean;
  /** SHA-256 of the reason document; zero on Yes. */
  readonly reason: string;
  /** Zero address for plain keys, the seat's id for contract accounts. */
  readonly account: string;
  readonly signature: string;
}

/** The ballot's key (`20-approval-and-dao` A4). */
export interface BallotKey {
  readonly escrow: string;
  readonly milestone: number;
  readonly round: number;
  readonly question: number;
  readonly payBps: number;
  readonly digest: string;
}

/** What to do on chain, in our words. The relayer alone turns it into a call, so no caller can smuggle in another one. */
export type ChainAction =
  | {
      readonly kind: 'create';
      readonly args: string;
      readonly gatePolicy: string;
      readonly arbitrationPolicy: string;
      readonly client: SignedAuth;
      readonly contributor: SignedAuth;
    }
  | { readonly kind: 'fund'; readonly escrow: string; readonly funding: SignedFunding }
  | { readonly kind: 'unfund'; readonly escrow: string; readonly amount: string; readonly auth: SignedAuth }
  | { readonly kind: 'cancel'; readonly escrow: string; readonly auth: SignedAuth }
  | {
      readonly kind: 'submit';
      readonly escrow: string;
      readonly milestone: number;
      readonly digest: string;
      readonly auth: SignedAuth;
    }
  | {
      readonly kind: 'dispute';
      readonly escrow: string;
      readonly milestone: number;
      readonly reasonHash: string;
      readonly auth: SignedAuth;
    }
  | { readonly kind: 'terminate'; readonly escrow: string; readonly milestone: number; readonly auth: SignedAuth }
  | {
      readonly kind: 'settle';
      readonly escrow: string;
      readonly milestone: number;
      readonly round: number;
      readonly version: number;
      readonly payBps: number;
      readonly waiveLate: boolean;
      readonly client: SignedAuth;
      readonly contributor: SignedAuth;
    }
  | { readonly kind: 'ballots'; readonly key: BallotKey; readonly ballots: readonly SignedBallot[] }
  | {
      readonly kind: 'openClaim';
      readonly escrow: string;
      readonly amount: string;
      readonly evidenceHash: string;
      readonly auth: SignedAuth;
    }
  | {
      readonly kind: 'answerClaim';
      readonly escrow: string;
      readonly accept: boolean;
      readonly reasonHash: string;
      readonly auth: SignedAuth;
    }
  | { readonly kind: 'finalize'; readonly key: BallotKey }
  | { readonly kind: 'lapse'; readonly escrow: string; readonly milestone: number }
  | { readonly kind: 'refund'; readonly escrow: string }
  | { readonly kind: 'sync'; readonly escrow: string }
  | { readonly kind: 'endWarranty'; readonly escrow: string }
  | {
      readonly kind: 'claim';
      readonly escrow: string;
      readonly account: string;
      readonly to: string;
      readonly auth: SignedAuth;
    }
  | {
      readonly kind: 'push';
      readonly escrow: string;
      readonly milestone: number;
      readonly round: number;
      readonly digest: string;
      readonly criteriaHash: string;
    }
  | { readonly kind: 'advance'; readonly max: number }
  | {
      readonly kind: 'anchor';
      /** Leaves of the audit log's head. */
      readonly size: string;
      readonly root: string;
      /** Unix seconds, as signed. */
      readonly timestamp: number;
      /** 65 bytes by the log's head key. */
      readonly signature: string;
      readonly proof: readonly string[];
    };

export type IntentState = 'queued' | 'signed' | 'sent' | 'included' | 'final' | 'refused' | 'failed' | 'expired';

/** Why an intent ended without effect. `code` is the problem code of the API. */
export interface IntentProblem {
  readonly code: string;
  readonly detail: string;
}

/** A call on its way to the chain. */
export interface Intent {
  readonly id: string;
  readonly kind: ChainAction['kind'];
  readonly project: string | null;
  readonly milestone: number | null;
  readonly state: IntentState;
  readonly txHash: string | null;
  readonly problem: IntentProblem | null;
}

export interface IntentRequest {
  readonly action: ChainAction;
  /** The same key gives the same intent back: one effect. Only after a refusal, failure or expiry it makes a new one. */
  readonly idempotency: string;
  /** Whose sponsored gas this is: counts against the person's and the project's limits. Null for the keeper. */
  readonly person: string | null;
  readonly project: string | null;
  readonly milestone: number | null;
}

/** Sends calls that users have signed, or that anyone may make, from the service's own account. */
export abstract class Relayer {
  /**
   * Tries the call against the newest block without sending it. Resolves when it would work; otherwise throws a problem
   * with the contract's decoded error. Reads the chain: call it before the transaction, not in it.
   */
  abstract simulate(action: ChainAction): Promise<void>;

  /**
   * Writes the intent in the caller's transaction; it is sent after the commit. Idempotent by `idempotency`.
   * Throws the problem `gas-budget` when a sponsor limit is reached.
   */
  abstract enqueue(em: EntityManager, request: IntentRequest): Promise<Intent>;

  /** Null if there is no such intent. */
  abstract find(id: string): Promise<Intent | null>;
}
