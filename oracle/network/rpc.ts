/** A small JSON-RPC client: every call has a deadline, and errors keep the chain's data. */

export class RpcError extends Error {
  override readonly name = 'RpcError';
  constructor(
    message: string,
    /** Revert data, if any. */
    readonly data: string | undefined,
  ) {
    super(message);
  }
}

interface RpcAnswer {
  readonly result?: unknown;
  readonly error?: { readonly message?: string; readonly data?: unknown };
}

export class Rpc {
  private nextId = 1;

  constructor(
    readonly url: string,
    private readonly timeoutMilliseconds = 10_000,
  ) {}

  /** @throws RpcError when the chain refuses, Error when it cannot be reached in time. */
  async call(method: string, params: readonly unknown[]): Promise<unknown> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: this.nextId++, method, params }),
      signal: AbortSignal.timeout(this.timeoutMilliseconds),
    });
    const answer = (await response.json()) as RpcAnswer;
    if (answer.error !== undefined)
      throw new RpcError(answer.error.message ?? `${method} failed`, revertData(answer.error.data));
    return answer.result;
  }

  /** A call whose answer is text, e.g. hex. */
  async text(method: string, params: readonly unknown[]): Promise<string> {
    const result = await this.call(method, params);
    if (typeof result !== 'string') throw new RpcError(`${method} gave no text`, undefined);
    return result;
  }

  async blockNumber(): Promise<number> {
    return Number(await this.text('eth_blockNumber', []));
  }

  /** @throws RpcError when there is no such block. */
  async block(tag: string): Promise<Block> {
    const result = (await this.call('eth_getBlockByNumber', [tag, false])) as Record<string, string> | null;
    const { number, timestamp, hash, parentHash } = result ?? {};
    if (number === undefined || timestamp === undefined || hash === undefined || parentHash === undefined) {
      throw new RpcError(`the chain has no block ${tag}`, undefined);
    }
    return { number: Number(number), timestamp: Number(timestamp), hash, parentHash };
  }
}

export interface Block {
  readonly number: number;
  /** Unix seconds. */
  readonly timestamp: number;
  readonly hash: string;
  readonly parentHash: string;
}

export function toTag(block: number): string {
  return `0x${block.toString(16)}`;
}

function revertData(data: unknown): string | undefined {
  if (typeof data === 'string') return data;
  if (typeof data === 'object' && data !== null && 'data' in data) return revertData(data.data);
  return undefined;
}
