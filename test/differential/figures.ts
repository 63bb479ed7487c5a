/** Reads everything that the model predicts from the contracts, in one call. */
import type { Contract } from 'ethers';
import type { Project } from '@milepost/protocol/model/index';
import { STATES } from '../scenario/chain/observe.js';
import type { ChainProject } from '../scenario/chain/project.js';
import type { ChainWorld } from '../scenario/chain/world.js';
import { NAMES } from './life.js';
import type { Accounts } from './accounts.js';
import type { Lens } from './lens.js';

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
  'policy',
  'dueAt',
];
/** Place of the first Yes weight in `BallotView`: status, outcome, extended, version, policy, payBps, deadline, 4 bodies. */
const YES = 11;
const VOID = 6;

export class FigureReader {
  constructor(
    private readonly world: ChainWorld,
    private readonly accounts: Accounts,
    private readonly otherToken: Contract,
    private readonly lens: Lens,
  ) {}

  /**
   * Reads what the model predicts.
   *
   * @param wanted names of figures; null: all. The buckets of the escrow and both contracts' balances always are, and
   *   what comes with a figure in one view
   */
  async read(project: ChainProject, model: Project, wanted: readonly string[] | null = null): Promise<Figures> {
    const { world } = this;
    const figures: Figures = new Map();
    const read = (group: string, ...view: Parameters<Lens['view']>): void => {
      if (wanted === null || group === '' || wanted.some((name) => name.startsWith(group))) this.lens.view(...view);
    };
    const put = (name: string, value: unknown): void => void figures.set(name, String(value));
    const { escrow } = project;
    read('', escrow, 'ledger', [], (words) => LEDGER.forEach((name, at) => put(`ledger.${name}`, words[at])));
    read('finalBy', escrow, 'finalBy', [], ([time]) => put('finalBy', time));
    model.milestones.forEach((_, m) => {
      read(`m${m}.`, escrow, 'milestone', [m], (words) => {
        const field = (name: string): bigint => words[MILESTONE.indexOf(name)] ?? -1n;
        const state = STATES[Number(field('state'))];
        put(`m${m}.state`, state);
        for (const name of ['round', 'shift', 'lateBps', 'amount', 'due']) put(`m${m}.${name}`, field(name));
        if (state !== 'Planned' && state !== 'Funded') put(`m${m}.clock`, field('clock'));
        if (state === 'Disputed') put(`m${m}.standing`, field('standingBps'));
      });
      read(`m${m}.exit`, escrow, 'exitOf', [m], ([time]) => put(`m${m}.exit`, time));
    });
    for (const party of NAMES) {
      const address = this.accounts.of(party);
      read(`wallet.${party}`, world.token, 'balanceOf', [address], ([amount]) => put(`wallet.${party}`, amount));
      read(`credit.${party}`, escrow, 'credit', [address], ([amount]) => put(`credit.${party}`, amount));
      const owed = [address, world.token.target];
      read(`owed.${party}`, world.arbitration, 'credit', owed, ([amount]) => put(`owed.${party}`, amount));
    }
    const client = this.accounts.of('client');
    read('foreign', this.otherToken, 'balanceOf', [client], ([amount]) => put('foreign.client', amount));
    read('foreign', this.otherToken, 'balanceOf', [project.address], ([amount]) => put('foreign.escrow', amount));
    read('', world.token, 'balanceOf', [world.arbitration.target], ([amount]) => put('deposits', amount));
    read('', world.token, 'balanceOf', [project.address], ([amount]) => put('balance', amount));
    if (model.terms.funders.length > 1) {
      model.terms.funders.forEach((_, at) =>
        read(`contribution.${at}`, escrow, 'contribution', [at], ([amount]) => put(`contribution.${at}`, amount)),
      );
    }
    model.reviews.forEach((review, at) => {
      const key = project.key(review.milestone, review.round, review.digest);
      read(`review${at}.`, world.gate, 'status', [key], (words) => {
        const [status = 0n, outcome = 0n] = words;
        put(`review${at}.state`, Number(outcome) === VOID ? VOID : status);
        put(`review${at}.yes`, words.slice(YES, YES + 3).join('/'));
        put(`review${at}.no`, words.slice(YES + 3, YES + 6).join('/'));
      });
    });
    await this.lens.read();
    if (wanted?.includes('payees') !== false) put('payees', await this.payees(project));
    return figures;
  }

  /** Payees in force with their weights. */
  private async payees({ escrow }: ChainProject): Promise<string> {
    const [addresses, weights] = (await escrow.getFunction('payees').staticCall()) as [string[], bigint[]];
    return addresses.map((address, at) => `${this.accounts.nameOf(address)}:${weights[at] ?? 0n}`).join(' ');
  }
}
