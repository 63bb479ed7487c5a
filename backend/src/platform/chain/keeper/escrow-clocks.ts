import type { UnitOfWork } from '../../database/index.js';
import { rowsOf } from '../../outbox/index.js';
import type { ChainReader } from '../chain-reader.js';
import type { ChainValue } from '../chain-log.js';
import { toHex } from '../hex.js';
import type { DueCall, KeeperTask } from './keeper.js';

/** What an escrow waits for. It changes only with an event of that escrow. */
interface Waiting {
  /** Place of the newest event, number and hash. */
  readonly asOf: string;
  /** Milestones (and the warranty claim, 255) with the last second before their exit. */
  readonly exits: readonly { readonly milestone: number; readonly at: number }[];
  readonly refundable: boolean;
  /** Last second of the warranty; null while it has not begun, or when nothing is kept back. */
  readonly warrantyUntil: number | null;
}

const CLAIM = 255;
const DAY = 86_400;

/** A field of a struct that a view returned. */
const field = (struct: ChainValue | undefined, index: number): bigint => {
  const value = Array.isArray(struct) ? (struct as readonly ChainValue[])[index] : undefined;
  if (typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return value ? 1n : 0n;
  throw new TypeError(`field ${index} of a view is not a number`);
};

/**
 * The clocks of every escrow: milestones and claims whose time is over, money that waits for its funders, warranties that have
 * ended. Each escrow is read again only after an event of its own.
 */
export class EscrowClocks implements KeeperTask {
  readonly name = 'escrow-clocks';
  private readonly known = new Map<string, Waiting>();

  constructor(
    private readonly chainId: number,
    private readonly reader: ChainReader,
    private readonly uow: UnitOfWork,
  ) {}

  async due(chainTime: number): Promise<readonly DueCall[]> {
    const calls: DueCall[] = [];
    for (const { escrow, asOf } of await this.escrows()) {
      const waiting = await this.waiting(escrow, asOf);
      const call = (action: DueCall['action'], milestone: number | null, occasion: string): void => {
        calls.push({ action, occasion, project: null, milestone });
      };
      for (const { milestone, at } of waiting.exits)
        if (chainTime > at) call({ kind: 'lapse', escrow, milestone }, milestone, String(at));
      if (waiting.refundable) call({ kind: 'refund', escrow }, null, asOf);
      if (waiting.warrantyUntil !== null && chainTime > waiting.warrantyUntil)
        call({ kind: 'endWarranty', escrow }, null, asOf);
    }
    return calls;
  }

  private async escrows(): Promise<{ escrow: string; asOf: string }[]> {
    const rows = rowsOf<{ address: Buffer; number: string; hash: Buffer }>(
      await this.uow.manager.query(
        `select c.address, b.number, b.hash from chain_contract c
           cross join lateral (select l.block from chain_log l where l.chain_id = c.chain_id and l.address = c.address
                                order by l.block desc limit 1) newest
           join chain_block b on b.chain_id = c.chain_id and b.number = newest.block
          where c.chain_id = $1 and c.kind = 'MilestoneEscrow'`,
        [this.chainId],
      ),
    );
    return rows.map((row) => ({ escrow: toHex(row.address), asOf: `${row.number}/${toHex(row.hash)}` }));
  }

  private async waiting(escrow: string, asOf: string): Promise<Waiting> {
    const known = this.known.get(escrow);
    if (known?.asOf === asOf) return known;
    const view = async (name: string, args: readonly unknown[] = []): Promise<readonly ChainValue[]> =>
      this.reader.read('MilestoneEscrow', escrow, name, args);
    const [progress] = await view('progress');
    const [ledger] = await view('ledger');
    const [terms] = await view('terms');
    const milestones = Number(field(progress, 0));
    const lastDecidedAt = Number(field(progress, 5));
    const isDecided = Number(field(progress, 2)) === milestones;
    const exits: { milestone: number; at: number }[] = [];
    for (const milestone of [...Array(milestones).keys(), CLAIM]) {
      const at = Number((await view('exitOf', [milestone]))[0]);
      if (at > 0) exits.push({ milestone, at });
    }
    const found: Waiting = {
      asOf,
      exits,
      refundable: field(ledger, 5) > 0n,
      warrantyUntil: isDecided && field(ledger, 4) > 0n ? lastDecidedAt + Number(field(terms, 4)) * DAY : null,
    };
    this.known.set(escrow, found);
    return found;
  }
}
