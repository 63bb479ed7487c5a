/** Calls of the model and the facts they leave, in the vocabulary of the scenario files. */
import type { HumanBody } from '../decision.js';
import type { Account, Seat, SideName, Terms } from './types.js';

interface On {
  readonly actor: Account;
  readonly project: string;
}

interface Submission {
  readonly milestone: number;
  readonly round: number;
  readonly digest: string;
}

/** What a change order does to a milestone; what it does not name stays. */
export interface MilestoneOrder {
  /** `cancel`: jointly, its money goes back to the pool without a kill fee. */
  readonly op: 'set' | 'add' | 'cancel';
  readonly milestone: number;
  readonly amount?: bigint;
  readonly due?: number;
  readonly fundBy?: number;
  readonly profile?: number;
  readonly policy?: number;
}

/** What a change order does to a payee; the number behind the last one adds one. */
export interface PayeeOrder {
  readonly payee: number;
  readonly account: Account;
  readonly weight: number;
}

/** One call. `actor` is who sends it, or who signed what is sent. */
export type Call =
  | (On & { readonly action: 'create'; readonly terms: Terms })
  | (On & { readonly action: 'fund'; readonly amount: bigint; readonly funder?: Account })
  /** Money by plain transfer to the escrow, and booking it. */
  | (On & { readonly action: 'donate' | 'unfund'; readonly amount: bigint })
  | (On & { readonly action: 'sync' })
  | (On & { readonly action: 'submit' } & Submission)
  | (On & {
      readonly action: 'vote';
      readonly body: HumanBody;
      readonly support: boolean;
      readonly reason: boolean;
      /** 1 to 3: a ballot on a panel question. */
      readonly question?: number;
      readonly payBps?: number;
    } & Submission)
  | (On & { readonly action: 'report'; readonly verdict: 'pass' | 'fail'; readonly payBps: number } & Submission)
  | (On & { readonly action: 'finalize'; readonly milestone: number })
  | (On & { readonly action: 'challenge' } & Submission)
  | (On & { readonly action: 'dispute'; readonly milestone: number })
  | (On & { readonly action: 'offer'; readonly milestone: number })
  | (On & {
      readonly action: 'settle';
      readonly milestone: number;
      readonly round: number;
      readonly payBps: number;
      readonly waiveLate?: boolean;
      /** Both parties signed this very settlement. */
      readonly signed: boolean;
    })
  | (On & {
      readonly action: 'amend';
      readonly changes: readonly MilestoneOrder[];
      readonly payees?: readonly PayeeOrder[];
      /** A new roster, for ballots opened later. */
      readonly seats?: readonly Seat[];
      /** Payees who signed, in the order of the changes that need it. */
      readonly consents?: readonly Account[];
      readonly signed: boolean;
    })
  | (On & { readonly action: 'changePayee'; readonly payee: number; readonly next: Account })
  /** Money of another kind, by plain transfer, and its way back. */
  | (On & { readonly action: 'strand'; readonly amount: bigint })
  | (On & { readonly action: 'recover'; readonly own: boolean })
  | (On & { readonly action: 'ask'; readonly payBps: number } & Submission)
  | (On & { readonly action: 'poke' | 'appeal' | 'deposit'; readonly milestone: number })
  | (On & { readonly action: 'rule'; readonly milestone: number; readonly payBps: number })
  | (On & { readonly action: 'cancel' | 'refund' | 'endWarranty' })
  | (On & { readonly action: 'terminate' | 'lapse'; readonly milestone: number })
  | (On & { readonly action: 'openClaim'; readonly amount: bigint })
  | (On & { readonly action: 'answerClaim'; readonly accept: boolean })
  | (On & { readonly action: 'claim'; readonly account: Account; readonly to: Account })
  | (On & { readonly action: 'block'; readonly address: Account });

/** Where money went in one call. */
export type Fact =
  | {
      readonly fact: 'decided';
      readonly milestone: number;
      readonly amount: bigint;
      readonly payBps: number;
      readonly lateBps: number;
      readonly gross: bigint;
      readonly lateCredit: bigint;
      readonly accepted: bigint;
      readonly holdback: bigint;
      readonly payable: bigint;
      readonly fee: bigint;
      readonly net: bigint;
      readonly split: readonly bigint[];
    }
  | {
      readonly fact: 'cancelled';
      readonly milestone: number;
      readonly amount: bigint;
      readonly cover: bigint;
      readonly killFee: bigint;
      readonly fee: bigint;
      readonly net: bigint;
      readonly split: readonly bigint[];
    }
  | {
      readonly fact: 'holdback';
      readonly payable: bigint;
      readonly fee: bigint;
      readonly net: bigint;
      readonly split: readonly bigint[];
    }
  | { readonly fact: 'refund'; readonly parts: readonly bigint[] }
  | {
      readonly fact: 'costs';
      readonly payees: bigint;
      readonly clients: bigint;
      /** Who deposited for each side. */
      readonly by: { readonly [side in SideName]: Account | null };
    }
  | { readonly fact: 'bond'; readonly to: readonly { readonly account: Account; readonly amount: bigint }[] };
