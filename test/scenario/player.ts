/** What plays a scenario: the reference model or the real contracts. The checks are the same for both. */
import type { FileBody, FileStep, FileTerms, Subject } from './format.js';

/** Money and states of the whole world, absent entries are 0. Amounts are base units. */
export interface Observation {
  readonly wallet: { readonly [party: string]: bigint };
  readonly credit: { readonly [party: string]: bigint };
  readonly escrow: {
    readonly [project: string]: {
      readonly pool: bigint;
      readonly milestones: { readonly [id: string]: bigint };
      readonly cover: bigint;
      readonly holdback: bigint;
      readonly refundable: bigint;
      readonly credits: bigint;
      readonly total: bigint;
    };
  };
  readonly arbitration: bigint;
  readonly milestone: { readonly [project: string]: { readonly [id: string]: string } };
}

/** Letters of a decided or cancelled milestone, or of the holdback; `split` is per party. */
export type Letters = { readonly [letter: string]: string | number | { readonly [party: string]: string } };

/** What one call moved. */
export interface Outcome {
  readonly parts: { readonly [subject: string]: Letters };
  readonly refund: { readonly [party: string]: string } | null;
  readonly costs: { readonly [party: string]: string } | null;
  readonly bond: { readonly [party: string]: string } | null;
  /** Anything else a step may ask about, by its name in `expect`. */
  readonly others?: { readonly [name: string]: unknown };
}

export type Played =
  | { readonly ok: true; readonly outcome: Outcome }
  | { readonly ok: false; readonly reason: string; readonly detail: string };

export interface SeenBallot {
  readonly yes: number;
  readonly no: number;
  readonly eligible: number;
  /** `undecided` once the ballot is over: it was silent. */
  readonly result: 'open' | 'approved' | 'rejected';
}

/** Progress of a project for the indicators. */
export interface Earned {
  readonly amount: bigint;
  readonly dueAt: number;
  /** Share paid; null while undecided or cancelled. */
  readonly payBps: number | null;
}

export interface Player {
  /** Plays a step at its second. Throws `UnknownAction` for what it cannot do. */
  play(step: FileStep, terms: FileTerms | null, now: number): Promise<Played>;
  observe(now: number): Promise<Observation>;
  gate(subject: Subject): Promise<string>;
  ballot(subject: Subject, body: FileBody, question: number | null): Promise<SeenBallot | null>;
  earned(project: string): Promise<readonly Earned[]>;
  /** Marks this moment; the returned function comes back to it, once. */
  mark(): Promise<() => Promise<void>>;
}

/** An action of the format that this player does not know yet. */
export class UnknownAction extends Error {
  override readonly name = 'UnknownAction';
  constructor(readonly action: string) {
    super(`this runner does not know the action "${action}" yet`);
  }
}
