import type { ContractKind } from './chain-log.js';

/** Which chain this service follows and how. */
export interface ChainSettings {
  readonly chainId: number;
  readonly genesisHash: string;
  /** First block that can hold an event of ours. */
  readonly fromBlock: number;
  /** Singletons, and the escrow's implementation. EIP-55. */
  readonly contracts: Readonly<Record<ContractKind, string>>;
  readonly rpcUrls: readonly string[];
  /** A block is final when this many blocks stand above it; null asks the node for its `finalized` block. */
  readonly finalityDepth: number | null;
  /** For the leaders' own connections. */
  readonly databaseUrl: string;
  /** Pause between two looks at the chain, milliseconds. */
  readonly pollMs: number;
  /** Pause between two looks at the clocks, milliseconds. */
  readonly keeperMs: number;
}

/** Injection token of {@link ChainSettings}; null when there is no deployment record. */
export const CHAIN_SETTINGS = Symbol('CHAIN_SETTINGS');
