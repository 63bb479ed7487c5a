import type { BlockRef, ChainValue, ContractKind } from './chain-log.js';

/** A block to read at: a number, a block hash, or the node's newest. */
export type ReadAt = number | `0x${string}` | 'latest';

/** What an answer of the API may say about its own age. */
export interface Freshness {
  /** Newest block whose events are in the projections. */
  readonly block: number;
  /** Newest block that can no longer be taken back. */
  readonly finalized: number;
}

/**
 * Reads of contracts. Guards that decide about money use this, never a projection. Never call it inside a database
 * transaction.
 */
export abstract class ChainReader {
  /** The node's newest block. Its `time` is "now" for every clock of the contracts. */
  abstract head(): Promise<BlockRef>;

  /**
   * Calls a view. Returns the decoded values in order (integers bigint, addresses EIP-55, structs as nested arrays).
   * A revert is thrown as a {@link ContractError} with the decoded name and arguments.
   */
  abstract read(
    contract: ContractKind,
    address: string,
    view: string,
    args: readonly unknown[],
    at?: ReadAt,
  ): Promise<readonly ChainValue[]>;

  /** The deployed address of a singleton contract (or of the escrow implementation). */
  abstract addressOf(contract: ContractKind): string;

  /** Position of the projections. */
  abstract freshness(): Promise<Freshness>;
}
