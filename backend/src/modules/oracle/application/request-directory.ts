import { Injectable } from '@nestjs/common';
import { OracleRepository } from '../persistence/oracle.repository.js';

/** Tells other modules what a request's id stands for. Joins the caller's transaction. */
@Injectable()
export class RequestDirectory {
  constructor(private readonly repository: OracleRepository) {}

  /** Null for a request that was never made (or that was taken back). */
  async subjectOf(request: string): Promise<{ readonly escrow: string; readonly milestone: number } | null> {
    const found = await this.repository.request(request);
    return found ? { escrow: found.escrow, milestone: found.milestone } : null;
  }
}
