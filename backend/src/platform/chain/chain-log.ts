import { getAddress } from 'ethers';

/** The kinds of contracts whose events the indexer keeps. A clone of `MilestoneEscrow` is known from its factory's event. */
export type ContractKind =
  | 'EscrowFactory'
  | 'MilestoneEscrow'
  | 'PolicyBook'
  | 'MilestoneGate'
  | 'CreOracle'
  | 'Arbitration'
  | 'KeystoneForwarder'
  | 'FeeInbox'
  | 'AuditAnchor';

/** A decoded event argument: integers of any width are bigint, addresses EIP-55, bytes lower-case hex. */
export type ChainValue = bigint | boolean | string | readonly ChainValue[];

/** The block a log stands in. `time` is the block's timestamp in Unix seconds. */
export interface BlockRef {
  readonly number: number;
  readonly hash: string;
  readonly time: number;
}

interface ChainLogFields {
  readonly chainId: number;
  readonly block: BlockRef;
  readonly logIndex: number;
  readonly txHash: string;
  readonly address: string;
  readonly contract: ContractKind;
  readonly event: string;
  readonly args: ReadonlyMap<string, ChainValue>;
}

/**
 * One decoded event. Its natural key is (chain id, block hash, log index); `address` is the emitting contract, EIP-55.
 * The accessors throw when the argument is absent or of another type, so that a changed ABI cannot write wrong rows.
 */
export class ChainLog {
  readonly chainId: number;
  readonly block: BlockRef;
  readonly logIndex: number;
  readonly txHash: string;
  readonly address: string;
  readonly contract: ContractKind;
  readonly event: string;
  readonly args: ReadonlyMap<string, ChainValue>;

  constructor(fields: ChainLogFields) {
    this.chainId = fields.chainId;
    this.block = fields.block;
    this.logIndex = fields.logIndex;
    this.txHash = fields.txHash;
    this.address = fields.address;
    this.contract = fields.contract;
    this.event = fields.event;
    this.args = fields.args;
  }

  /** An integer of any width. */
  uint(name: string): bigint {
    const value = this.args.get(name);
    return typeof value === 'bigint' ? value : this.mismatch(name, 'an integer');
  }

  /** An integer that fits a JavaScript number (indexes, basis points, timestamps). */
  int(name: string): number {
    const value = this.uint(name);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) this.mismatch(name, 'a small integer');
    return Number(value);
  }

  bool(name: string): boolean {
    const value = this.args.get(name);
    return typeof value === 'boolean' ? value : this.mismatch(name, 'a boolean');
  }

  /** An EIP-55 address. */
  account(name: string): string {
    return getAddress(this.hex(name));
  }

  /** Bytes of any length, lower-case hex; an address comes back EIP-55. */
  hex(name: string): string {
    const value = this.args.get(name);
    return typeof value === 'string' && value.startsWith('0x') ? value : this.mismatch(name, 'bytes');
  }

  private mismatch(name: string, wanted: string): never {
    throw new TypeError(
      `${this.contract}.${this.event}: argument "${name}" is not ${wanted}; it has ${[...this.args.keys()].join(', ')}`,
    );
  }
}
