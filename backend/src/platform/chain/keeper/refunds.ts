import type { UnitOfWork } from '../../database/index.js';
import { rowsOf } from '../../outbox/index.js';
import type { ChainReader } from '../chain-reader.js';
import { toHex } from '../hex.js';
import type { DueCall, KeeperTask } from './keeper.js';

/** What an escrow waits for. It changes only with an event of that escrow. */
interface Waiting {
  /** Place of the newest event, number and hash. */
  readonly asOf: string;
  /** Last second before the exit of the open warranty claim; 0 without one. */
  readonly claimUntil: number;
  readonly isRefundable: boolean;
}

const CLAIM = 255;
/** Position of `refundable` in the escrow's ledger. */
const REFUNDABLE = 5;

/**
 * Money that waits for its funders, and warranty claims that nobody answered, in every escrow. The milestones' own exits are the
 * projects module's matter. Each escrow is read again only after an event of its own.
 */
export class Refunds implements KeeperTask {
  readonly name = 'refunds';
  private readonly known = new Map<string, Waiting>();

  constructor(
    private readonly chainId: number,
    private readonly reader: ChainReader,
    private readonly uow: UnitOfWork,
  ) {}

  async due(chainTime: number): Promise<readonly DueCall[]> {
    const calls: DueCall[] = [];
    for (const { escrow, asOf } of await this.escrows()) {
      const { claimUntil, isRefundable } = await this.waiting(escrow, asOf);
      if (claimUntil > 0 && chainTime > claimUntil)
        calls.push({
          action: { kind: 'lapse', escrow, milestone: CLAIM },
          occasion: String(claimUntil),
          project: null,
          milestone: CLAIM,
        });
      if (isRefundable)
        calls.push({ action: { kind: 'refund', escrow }, occasion: asOf, project: null, milestone: null });
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
    const [ledger] = await this.reader.read('MilestoneEscrow', escrow, 'ledger', []);
    const [claimUntil] = await this.reader.read('MilestoneEscrow', escrow, 'exitOf', [CLAIM]);
    if (!Array.isArray(ledger)) throw new TypeError('the escrow’s ledger is no struct');
    const refundable: unknown = (ledger as readonly unknown[])[REFUNDABLE];
    const found: Waiting = {
      asOf,
      claimUntil: Number(claimUntil),
      isRefundable: typeof refundable === 'bigint' && refundable > 0n,
    };
    this.known.set(escrow, found);
    return found;
  }
}
