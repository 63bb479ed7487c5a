import type { JsonRpc } from './json-rpc.js';
import { RpcUnavailable } from './json-rpc.js';

/** A block's header, and the hashes of its transactions in order. */
export interface BlockHeader {
  readonly number: number;
  readonly hash: string;
  readonly parent: string;
  /** Unix seconds. */
  readonly time: number;
  readonly baseFee: bigint;
  readonly transactions: readonly string[];
}

export interface RawLog {
  readonly block: number;
  readonly blockHash: string;
  readonly logIndex: number;
  readonly txHash: string;
  readonly address: string;
  readonly topics: readonly string[];
  readonly data: string;
}

export interface Receipt {
  readonly txHash: string;
  readonly block: number;
  readonly blockHash: string;
  readonly ok: boolean;
  readonly gasUsed: number;
}

/** Blocks `from`..`to` with all logs of the asked topics in them, taken from one fork: parents chain, every log fits. */
export interface Span {
  readonly blocks: readonly BlockHeader[];
  readonly logs: readonly RawLog[];
}

/** The answers of a node that are not about one fork, or not complete. Asking again is right. */
export class InconsistentAnswer extends RpcUnavailable {
  constructor(message: string) {
    super(message);
    this.name = 'InconsistentAnswer';
  }
}

export const quantity = (value: number | bigint): string => `0x${value.toString(16)}`;

const fields = (value: unknown, what: string): Record<string, unknown> => {
  if (typeof value !== 'object' || value === null) throw new InconsistentAnswer(`${what} is not an object`);
  return value as Record<string, unknown>;
};

const text = (value: unknown, what: string): string => {
  if (typeof value !== 'string' || !/^0x[0-9a-fA-F]*$/.test(value)) throw new InconsistentAnswer(`${what} is not hex`);
  return value.toLowerCase();
};

const integer = (value: unknown, what: string): number => {
  const parsed = Number(text(value, what));
  if (!Number.isSafeInteger(parsed)) throw new InconsistentAnswer(`${what} is out of range`);
  return parsed;
};

const list = (value: unknown, what: string): readonly unknown[] => {
  if (!Array.isArray(value)) throw new InconsistentAnswer(`${what} is not a list`);
  return value as readonly unknown[];
};

const header = (value: unknown): BlockHeader => {
  const block = fields(value, 'block');
  return {
    number: integer(block['number'], 'block.number'),
    hash: text(block['hash'], 'block.hash'),
    parent: text(block['parentHash'], 'block.parentHash'),
    time: integer(block['timestamp'], 'block.timestamp'),
    baseFee: block['baseFeePerGas'] === undefined ? 0n : BigInt(text(block['baseFeePerGas'], 'block.baseFeePerGas')),
    transactions: list(block['transactions'], 'block.transactions').map((hash) => text(hash, 'transaction hash')),
  };
};

const rawLog = (value: unknown): RawLog => {
  const log = fields(value, 'log');
  return {
    block: integer(log['blockNumber'], 'log.blockNumber'),
    blockHash: text(log['blockHash'], 'log.blockHash'),
    logIndex: integer(log['logIndex'], 'log.logIndex'),
    txHash: text(log['transactionHash'], 'log.transactionHash'),
    address: text(log['address'], 'log.address'),
    topics: list(log['topics'], 'log.topics').map((topic) => text(topic, 'topic')),
    data: text(log['data'], 'log.data'),
  };
};

/** The node's answers as checked values. Nothing outside this file believes a node's JSON. */
export class ChainClient {
  constructor(private readonly rpc: JsonRpc) {}

  /** The preferred endpoint gave an incomplete answer: ask another one first, if there is one. */
  distrust(): void {
    this.rpc.preferNext();
  }

  async chainId(): Promise<number> {
    return integer(await this.rpc.call('eth_chainId'), 'chain id');
  }

  /** Null when the node has no such block. */
  async block(at: number | 'latest' | 'finalized'): Promise<BlockHeader | null> {
    const [block] = await this.blocks([at]);
    return block ?? null;
  }

  async blocks(at: readonly (number | 'latest' | 'finalized')[]): Promise<(BlockHeader | null)[]> {
    const answers = await this.rpc.batch(
      at.map((which) => ({
        method: 'eth_getBlockByNumber',
        params: [typeof which === 'number' ? quantity(which) : which, false],
      })),
    );
    return answers.map((answer) => (answer === null ? null : header(answer)));
  }

  /** Everything about blocks `from`..`to` (inclusive) in one batch. `parent` is the hash of block `from - 1`. */
  async span(from: number, to: number, parent: string, topics: readonly string[]): Promise<Span> {
    const numbers = Array.from({ length: to - from + 1 }, (_, i) => from + i);
    const [logs, ...headers] = await this.rpc.batch([
      { method: 'eth_getLogs', params: [{ fromBlock: quantity(from), toBlock: quantity(to), topics: [topics] }] },
      ...numbers.map((number) => ({ method: 'eth_getBlockByNumber', params: [quantity(number), false] })),
    ]);
    return checkSpan(from, parent, headers.map(header), list(logs, 'logs').map(rawLog));
  }

  async receipts(hashes: readonly string[]): Promise<Receipt[]> {
    if (hashes.length === 0) return [];
    const answers = await this.rpc.batch(
      hashes.map((hash) => ({ method: 'eth_getTransactionReceipt', params: [hash] })),
    );
    return answers.map((answer) => {
      const receipt = fields(answer, 'receipt');
      return {
        txHash: text(receipt['transactionHash'], 'receipt.transactionHash'),
        block: integer(receipt['blockNumber'], 'receipt.blockNumber'),
        blockHash: text(receipt['blockHash'], 'receipt.blockHash'),
        ok: integer(receipt['status'], 'receipt.status') === 1,
        gasUsed: integer(receipt['gasUsed'], 'receipt.gasUsed'),
      };
    });
  }

  /** Null when the node does not know the transaction. */
  async transaction(hash: string): Promise<{ from: string; to: string; data: string } | null> {
    const answer = await this.rpc.call('eth_getTransactionByHash', [hash]);
    if (answer === null) return null;
    const tx = fields(answer, 'transaction');
    return {
      from: text(tx['from'], 'transaction.from'),
      to: text(tx['to'], 'transaction.to'),
      data: text(tx['input'], 'transaction.input'),
    };
  }

  /** `eth_call`; a revert is an RpcError with its data. */
  async call(to: string, data: string, at: number | string = 'latest', from?: string): Promise<string> {
    const block = typeof at === 'number' ? quantity(at) : /^0x[0-9a-f]{64}$/i.test(at) ? { blockHash: at } : at;
    return text(await this.rpc.call('eth_call', [{ to, data, ...(from ? { from } : {}) }, block]), 'answer');
  }

  /** Gas of the call on the newest block; a revert is an RpcError with its data. */
  async estimateGas(from: string, to: string, data: string): Promise<number> {
    return integer(await this.rpc.call('eth_estimateGas', [{ from, to, data }]), 'gas estimate');
  }

  async code(address: string): Promise<string> {
    return text(await this.rpc.call('eth_getCode', [address, 'latest']), 'code');
  }

  async balance(address: string): Promise<bigint> {
    return BigInt(text(await this.rpc.call('eth_getBalance', [address, 'latest']), 'balance'));
  }

  async nonce(address: string, at: 'latest' | 'pending'): Promise<number> {
    return integer(await this.rpc.call('eth_getTransactionCount', [address, at]), 'nonce');
  }

  async priorityFee(): Promise<bigint> {
    return BigInt(text(await this.rpc.call('eth_maxPriorityFeePerGas'), 'priority fee'));
  }

  async broadcast(raw: string): Promise<void> {
    await this.rpc.call('eth_sendRawTransaction', [raw]);
  }
}

/** Throws {@link InconsistentAnswer} unless the answers can all be about one fork that continues `parent`. */
export const checkSpan = (
  from: number,
  parent: string,
  blocks: readonly BlockHeader[],
  logs: readonly RawLog[],
): Span => {
  let above = parent;
  blocks.forEach((block, i) => {
    if (block.number !== from + i) throw new InconsistentAnswer(`block ${from + i} was asked, ${block.number} came`);
    if (block.parent !== above) throw new InconsistentAnswer(`block ${block.number} does not continue ${above}`);
    above = block.hash;
  });
  const sorted = [...logs].sort((a, b) => a.block - b.block || a.logIndex - b.logIndex);
  sorted.forEach((log, i) => {
    const block = blocks[log.block - from];
    if (!block || block.hash !== log.blockHash)
      throw new InconsistentAnswer(`a log of block ${log.block} is from another fork`);
    if (!block.transactions.includes(log.txHash))
      throw new InconsistentAnswer(`a log of block ${log.block} is of a transaction that the block does not have`);
    const before = sorted[i - 1];
    if (before && before.block === log.block && before.logIndex === log.logIndex)
      throw new InconsistentAnswer(`log ${log.logIndex} of block ${log.block} came twice`);
  });
  return { blocks, logs: sorted };
};
