import { Injectable } from '@nestjs/common';
import type { BallotKey } from '../../../platform/chain/index.js';
import { ApprovalsRepository } from '../persistence/approvals.repository.js';

/** Tells other modules what a ballot's id stands for. Joins the caller's transaction. */
@Injectable()
export class BallotDirectory {
  constructor(private readonly repository: ApprovalsRepository) {}

  /** Null for a ballot that was never opened (or whose opening was taken back). */
  async keyOf(ballot: string): Promise<BallotKey | null> {
    return (await this.repository.ballot(ballot))?.key ?? null;
  }
}
