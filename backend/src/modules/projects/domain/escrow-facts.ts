import type { MilestoneState, PaymentKind } from './escrow-events.js';

/** What the chain says about a project's escrow. Amounts in base units, times in Unix seconds. */
export interface EscrowFacts {
  readonly escrow: string;
  readonly version: number;
  readonly funded: bigint;
  /** All that left the books, moved or credited. */
  readonly outflow: bigint;
  readonly paid: bigint;
  readonly fees: bigint;
  readonly refunded: bigint;
  readonly credited: bigint;
  readonly claimed: bigint;
  readonly refundable: bigint;
  readonly holdback: bigint;
  readonly activated: boolean;
  /** End of a cancel notice. */
  readonly cancelAt: number | null;
  /** Last decision so far. */
  readonly decidedAt: number | null;
  readonly changedBlock: number;
  readonly milestones: readonly MilestoneFacts[];
  readonly payments: readonly PaymentFacts[];
}

export interface MilestoneFacts {
  readonly m: number;
  readonly status: MilestoneState;
  readonly round: number;
  readonly amount: bigint;
  /** Days after the start. */
  readonly due: number;
  readonly fundBy: number;
  readonly profile: number;
  /** Seconds by which the due date moved. */
  readonly shift: number;
  readonly lateBps: number;
  readonly standingBps: number;
  readonly digest: string | null;
  readonly submittedAt: number | null;
  /** Last submission, rejection or dispute. */
  readonly clock: number | null;
  readonly decision: DecisionFacts | null;
}

export interface DecisionFacts {
  readonly cause: string;
  readonly payBps: number;
  readonly gross: bigint;
  readonly lateCredit: bigint;
  readonly holdback: bigint;
  readonly fee: bigint;
  readonly net: bigint;
  readonly refundable: bigint;
  readonly at: number;
  readonly tx: string;
}

export interface PaymentFacts {
  readonly account: string;
  readonly amount: bigint;
  /** Null: of no single milestone (holdback pot, refund). */
  readonly m: number | null;
  readonly kind: PaymentKind;
  /** The token refused; the amount waits to be claimed. */
  readonly credited: boolean;
}

/** A submission on the chain. */
export interface SubmissionFacts {
  readonly escrow: string;
  readonly m: number;
  readonly round: number;
  readonly digest: string;
  readonly submittedAt: number;
  readonly tx: string;
}
