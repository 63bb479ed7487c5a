/** A created project: its escrow, and what the runner must know to call it. */
import { AbiCoder, ZeroHash, keccak256, type Contract } from 'ethers';
import { signedProfile } from '@milepost/protocol';
import type { FileBody, FileTerms } from '../format.js';
import type { Signed } from './encode.js';

export const CLAIM = 255;
/** Seat number that no roster has. */
const NO_SEAT = 255;

/** `MilestoneGate.Key`. */
export interface Key {
  readonly escrow: string;
  readonly milestone: number;
  readonly round: number;
  readonly question: number;
  readonly payBps: number;
  readonly digest: string;
}

/** Where a milestone stands on the chain. */
export interface OnChain {
  readonly state: bigint;
  readonly round: number;
  readonly digest: string;
  readonly amount: bigint;
  readonly standingBps: number;
  readonly due: number;
  readonly fundBy: number;
  /** Policy and profile in one byte, as change orders have them. */
  readonly pair: number;
}

/** What the views of a milestone and of the warranty claim have in common, and the milestone's own fields. */
interface View {
  readonly state: bigint;
  readonly round: bigint;
  readonly amount: bigint;
  readonly standingBps: bigint;
  readonly due: bigint;
  readonly fundBy: bigint;
  readonly profile: bigint;
  readonly policy: bigint;
  readonly digest: string;
}

export class ChainProject {
  constructor(
    readonly name: string,
    readonly terms: FileTerms,
    readonly signed: Signed,
    readonly escrow: Contract,
    readonly address: string,
  ) {}

  indexOf(id: string): number {
    if (id === 'claim') return CLAIM;
    const added = /^milestone (\d+)$/.exec(id)?.[1];
    return added === undefined ? this.terms.milestones.findIndex((item) => item.id === id) : Number(added);
  }

  /** Id in the file; a milestone that a change order added has its number. */
  idOf(index: number): string {
    return index === CLAIM ? 'claim' : (this.terms.milestones[index]?.id ?? `milestone ${index}`);
  }

  get payees(): readonly string[] {
    return this.terms.payees.length === 0 ? [this.terms.contributor] : this.terms.payees.map((payee) => payee.party);
  }

  /** Roster index of a party's seat in a body; a number without seat if it has none. */
  seatOf(party: string, body: FileBody): number {
    const seat = this.signed.seats.findIndex((item) => item.party === party && item.body === body);
    return seat < 0 ? NO_SEAT : seat;
  }

  async milestone(index: number): Promise<OnChain> {
    if (index === CLAIM) {
      const claim = await this.view('warrantyClaim');
      return {
        state: claim.state,
        round: Number(claim.round),
        digest: ZeroHash,
        amount: claim.amount,
        standingBps: Number(claim.standingBps),
        due: 0,
        fundBy: 0,
        pair: 0,
      };
    }
    const seen = await this.view('milestone', index);
    return {
      state: seen.state,
      round: Number(seen.round),
      digest: seen.digest,
      amount: seen.amount,
      standingBps: Number(seen.standingBps),
      due: Number(seen.due),
      fundBy: Number(seen.fundBy),
      pair: signedProfile(Number(seen.policy), Number(seen.profile)),
    };
  }

  key(milestone: number, round: number, digest: string, question = 0, payBps = 10_000): Key {
    return { escrow: this.address, milestone, round, question, payBps, digest };
  }

  /** Id of a dispute in `Arbitration`. */
  disputeId(milestone: number, round: number): string {
    const words = AbiCoder.defaultAbiCoder().encode(['address', 'uint8', 'uint8'], [this.address, milestone, round]);
    return keccak256(words);
  }

  private async view(name: string, ...args: unknown[]): Promise<View> {
    return (await this.escrow.getFunction(name).staticCall(...args)) as View;
  }
}
