/** Reads everything that the model predicts from the contracts, in one message. */
import type { Contract } from 'ethers';
import type { Project } from '@milepost/protocol/model/index';
import { STATES } from '../scenario/chain/observe.js';
import type { ChainProject } from '../scenario/chain/project.js';
import type { ChainWorld } from '../scenario/chain/world.js';
import { NAMES } from './life.js';
import type { Request, Rpc } from './rpc.js';

/** Figures by name, the same names for model and contracts. */
export type Figures = Map<string, string>;

/** Words of the escrow's and the gate's views, in their order. */
const LEDGER = ['booked', 'pool', 'milestones', 'cover', 'holdback', 'refundable', 'credits'];
const MILESTONE = [
  'state',
  'round',
  'clock',
  'shift',
  'standingBps',
  'lateBps',
  'amount',
  'due',
  'fundBy',
  'profile',
  'dueAt',
];
/** Place of the first Yes weight in `BallotView`: status, outcome, extended, version, policy, payBps, deadline, 4 bodies. */
const YES = 11;
const VOID = 6;

const wordsOf = (data: string): readonly bigint[] => {
  const words: bigint[] = [];
  for (let at = 2; at < data.length; at += 64) words.push(BigInt(`0x${data.slice(at, at + 64)}`));
  return words;
};

export class FigureReader {
  private readonly calls = new Map<string, string>();

  constructor(
    private readonly world: ChainWorld,
    private readonly rpc: Rpc,
  ) {}

  /** The next life has other contracts. */
  forget(): void {
    this.calls.clear();
  }

  /** Reads everything that the model predicts. */
  async read(project: ChainProject, model: Project): Promise<Figures> {
    const { world } = this;
    const figures: Figures = new Map();
    const requests: Request[] = [];
    const readers: ((words: readonly bigint[]) => void)[] = [];
    const read = (
      contract: Contract,
      name: string,
      args: readonly unknown[],
      take: (words: readonly bigint[]) => void,
    ): void => {
      requests.push({
        method: 'eth_call',
        params: [{ to: String(contract.target), data: this.calldata(contract, name, args) }, 'latest'],
      });
      readers.push(take);
    };
    const put = (name: string, value: unknown): void => void figures.set(name, String(value));
    const { escrow } = project;
    read(escrow, 'ledger', [], (words) => LEDGER.forEach((name, at) => put(`ledger.${name}`, words[at])));
    read(escrow, 'finalBy', [], ([time]) => put('finalBy', time));
    model.milestones.forEach((_, m) => {
      read(escrow, 'milestone', [m], (words) => {
        const field = (name: string): bigint => words[MILESTONE.indexOf(name)] ?? -1n;
        const state = STATES[Number(field('state'))];
        put(`m${m}.state`, state);
        for (const name of ['round', 'shift', 'lateBps', 'amount', 'due']) put(`m${m}.${name}`, field(name));
        if (state === 'Disputed') put(`m${m}.standing`, field('standingBps'));
      });
      read(escrow, 'exitOf', [m], ([time]) => put(`m${m}.exit`, time));
    });
    for (const party of NAMES) {
      const address = party === 'treasury' ? String(world.inbox.target) : world.addressOf(party);
      read(world.token, 'balanceOf', [address], ([amount]) => put(`wallet.${party}`, amount));
      read(escrow, 'credit', [address], ([amount]) => put(`credit.${party}`, amount));
      if (party !== 'treasury') {
        const owed = [address, world.token.target];
        read(world.arbitration, 'credit', owed, ([amount]) => put(`owed.${party}`, amount));
      }
    }
    read(world.token, 'balanceOf', [world.arbitration.target], ([amount]) => put('deposits', amount));
    read(world.token, 'balanceOf', [project.address], ([amount]) => put('balance', amount));
    if (model.terms.funders.length > 1) {
      model.terms.funders.forEach((_, at) =>
        read(escrow, 'contribution', [at], ([amount]) => put(`contribution.${at}`, amount)),
      );
    }
    model.reviews.forEach((review, at) => {
      const key = project.key(review.milestone, review.round, review.digest);
      read(world.gate, 'status', [key], (words) => {
        const [status = 0n, outcome = 0n] = words;
        put(`review${at}.state`, Number(outcome) === VOID ? VOID : status);
        put(`review${at}.yes`, words.slice(YES, YES + 3).join('/'));
        put(`review${at}.no`, words.slice(YES + 3, YES + 6).join('/'));
      });
    });
    const answers = await this.rpc.batch(requests);
    answers.forEach((answer, at) => {
      if (answer instanceof Error) throw answer;
      readers[at]?.(wordsOf(String(answer)));
    });
    return figures;
  }

  /** Encoded call; the same reads come after every step. */
  private calldata(contract: Contract, name: string, args: readonly unknown[]): string {
    const key = `${String(contract.target)} ${name} ${JSON.stringify(args)}`;
    const known = this.calls.get(key);
    if (known !== undefined) return known;
    const data = contract.interface.encodeFunctionData(name, args);
    this.calls.set(key, data);
    return data;
  }
}
