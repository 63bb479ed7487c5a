import { Injectable } from '@nestjs/common';
import { getAddress } from 'ethers';
import type { EntityManager } from 'typeorm';
import { UnitOfWork } from '../../platform/database/index.js';
import { toBytes, toHex, type ChainLog, type Projection } from '../../platform/chain/index.js';

/** Which escrow and milestone a dispute is about: the arbitration's later events name the dispute alone. */
@Injectable()
export class DisputeDirectory implements Projection {
  readonly name = 'disputes';
  readonly tables = ['arbitration_dispute'];
  readonly events = { Arbitration: ['DisputeOpened'] };

  constructor(private readonly uow: UnitOfWork) {}

  async apply(em: EntityManager, log: ChainLog): Promise<void> {
    await em.query(
      'INSERT INTO arbitration_dispute (chain_id, dispute, escrow, milestone, round) VALUES ($1, $2, $3, $4, $5)',
      [
        log.chainId,
        toBytes(log.hex('dispute')),
        toBytes(log.account('escrow')),
        log.int('milestone'),
        log.int('round'),
      ],
    );
  }

  async subjectOf(dispute: string): Promise<{ escrow: string; milestone: number } | null> {
    const [row] = await this.uow.manager.query<{ escrow: Buffer; milestone: number }[]>(
      'SELECT escrow, milestone FROM arbitration_dispute WHERE dispute = $1',
      [toBytes(dispute)],
    );
    return row === undefined ? null : { escrow: getAddress(toHex(row.escrow)), milestone: row.milestone };
  }
}
