import { Logger } from '@nestjs/common';
import { AbiCoder } from 'ethers';
import type { UnitOfWork } from '../../database/index.js';
import { rowsOf } from '../../outbox/index.js';
import type { ChainCodec } from '../codec.js';
import { toBytes } from '../hex.js';
import type { ChainClient } from '../rpc/chain-client.js';
import type { IndexerStore } from './store.js';

const BALANCE_OF = '0x70a08231';
const BOOKED = 0;

/**
 * Compares what the events of an escrow add up to with the escrow's own books, and those with the token's. A difference is an
 * open gap: nothing is promoted to final until it is closed.
 */
export class LedgerCheck {
  private readonly logger = new Logger('indexer');

  constructor(
    private readonly chainId: number,
    private readonly client: ChainClient,
    private readonly codec: ChainCodec,
    private readonly uow: UnitOfWork,
    private readonly store: IndexerStore,
  ) {}

  /** Checks these escrows at the block up to which the projections stand. False: an event is missing. */
  async check(escrows: readonly string[], block: { readonly number: number; readonly hash: string }): Promise<boolean> {
    let isComplete = true;
    for (const escrow of escrows) {
      const found = await this.difference(escrow, block.hash);
      if (found === undefined) continue;
      if (found === null) await this.store.closeGap(this.uow.manager, 'ledger', escrow);
      else {
        this.logger.error(`block ${block.number}, escrow ${escrow}: ${found}`);
        await this.store.openGap(this.uow.manager, block.number, 'ledger', escrow);
        isComplete = false;
      }
    }
    return isComplete;
  }

  /** Null: equal. Undefined: the node does not say (any more), so nothing can be said. */
  private async difference(escrow: string, hash: string): Promise<string | null | undefined> {
    const [row] = rowsOf<{ booked: string }>(
      await this.uow.manager.query('select booked from chain_ledger where chain_id = $1 and escrow = $2', [
        this.chainId,
        toBytes(escrow),
      ]),
    );
    if (!row) return undefined;
    const read = async (view: string): Promise<unknown> =>
      this.codec.answer(
        'MilestoneEscrow',
        view,
        await this.client.call(escrow, this.codec.call('MilestoneEscrow', view, []), hash),
      )[0];
    try {
      const ledger = await read('ledger');
      const booked = BigInt(String(Array.isArray(ledger) ? ledger[BOOKED] : null));
      if (booked !== BigInt(row.booked)) return `the events add up to ${row.booked}, the escrow has booked ${booked}`;
      const token = String(await read('token'));
      const balance = BigInt(
        await this.client.call(
          token,
          BALANCE_OF + AbiCoder.defaultAbiCoder().encode(['address'], [escrow]).slice(2),
          hash,
        ),
      );
      return balance >= booked ? null : `the escrow holds ${balance} and owes ${booked}`;
    } catch (error) {
      this.logger.warn(
        `escrow ${escrow} could not be checked: ${error instanceof Error ? error.message : String(error)}`,
      );
      return undefined;
    }
  }
}
