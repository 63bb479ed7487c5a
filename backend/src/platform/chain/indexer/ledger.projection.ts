import type { EntityManager } from 'typeorm';
import type { ChainLog } from '../chain-log.js';
import { toBytes } from '../hex.js';
import type { Projection } from '../projection.js';

/** Kinds of credits whose amount is part of another event's sum: fee and refund. */
const FIRST_COUNTED_ELSEWHERE = 3;

/**
 * What each escrow holds, from its events alone: everything that came in less everything that left. Compared with the escrow's
 * own books, it shows a missed event without asking for the events again.
 */
export const ledgerProjection: Projection = {
  name: 'chain-ledger',
  tables: ['chain_ledger'],
  events: {
    EscrowFactory: ['EscrowCreated'],
    MilestoneEscrow: [
      'Funded',
      'Synced',
      'Paid',
      'Credited',
      'CreditClaimed',
      'Refunded',
      'Decided',
      'MilestoneCancelled',
      'HoldbackReleased',
    ],
  },
  apply: async (em, log) => {
    if (log.event === 'EscrowCreated') return add(em, log, log.account('escrow'), 0n);
    await add(em, log, log.address, changeOf(log));
  },
};

/** Base units by which the booked sum changes. A refused fee or refund is in its event's sum, and stays in the escrow. */
const changeOf = (log: ChainLog): bigint => {
  switch (log.event) {
    case 'Funded':
    case 'Synced':
      return log.uint('amount');
    case 'Paid':
    case 'CreditClaimed':
    case 'Refunded':
      return -log.uint('amount');
    case 'Credited':
      return log.int('kind') >= FIRST_COUNTED_ELSEWHERE ? log.uint('amount') : 0n;
    default:
      return -log.uint('fee');
  }
};

const add = async (em: EntityManager, log: ChainLog, escrow: string, change: bigint): Promise<void> => {
  await em.query(
    `insert into chain_ledger (chain_id, escrow, booked) values ($1, $2, $3)
     on conflict (chain_id, escrow) do update set booked = chain_ledger.booked + excluded.booked`,
    [log.chainId, toBytes(escrow), change.toString()],
  );
};
