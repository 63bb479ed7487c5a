/** Where the chain side of the service stands; part of `/status`. */
export interface ChainState {
  readonly chain: {
    /** The node's newest block; null when the node does not answer. */
    readonly block: number | null;
    /** Its time, RFC 3339. */
    readonly time: string | null;
    readonly indexedBlock: number;
    readonly finalizedBlock: number;
    /** Open doubts about completeness. */
    readonly gaps: number;
    /** Why indexing stopped for good; null while it works. */
    readonly alarm: string | null;
  };
  readonly relayer: {
    readonly address: string;
    /** Wei as a decimal string; null when the node does not answer. */
    readonly balance: string | null;
    /** Calls that are queued or on their way. */
    readonly open: number;
    /** Why nothing is sent; null while it works. */
    readonly alarm: string | null;
  };
}

export abstract class ChainStatus {
  /** Null when no deployment record exists. */
  abstract read(): Promise<ChainState | null>;
}
