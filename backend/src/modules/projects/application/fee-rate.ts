import { Injectable } from '@nestjs/common';
import { ChainReader } from '../../../platform/chain/index.js';

/** The rate changes by a vote of the DAO: a minute-old one is fresh. */
const FRESH = 60_000;

/** The fee rate that the factory asks of new projects. */
@Injectable()
export class FeeRate {
  #known: { at: number; bps: number } | undefined;

  constructor(private readonly chain: ChainReader) {}

  /** Basis points. Reads the chain, so it is never called inside a transaction. */
  async current(): Promise<number> {
    if (this.#known === undefined || Date.now() - this.#known.at > FRESH) {
      const [bps] = await this.chain.read('EscrowFactory', this.chain.addressOf('EscrowFactory'), 'feeBps', []);
      this.#known = { at: Date.now(), bps: Number(bps) };
    }
    return this.#known.bps;
  }
}
