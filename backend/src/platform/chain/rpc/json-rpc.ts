/** A refusal by the node: it answered, and the answer is an error. `data` carries revert bytes when there are any. */
export class RpcError extends Error {
  readonly code: number;
  readonly data: string | null;

  constructor(method: string, code: number, message: string, data: string | null) {
    super(`${method}: ${message} (code ${code})`);
    this.name = 'RpcError';
    this.code = code;
    this.data = data;
  }
}

/** No usable answer: the endpoint is down, slow, or sent something else than JSON-RPC. Trying again later is right. */
export class RpcUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RpcUnavailable';
  }
}

export interface RpcCall {
  readonly method: string;
  readonly params: readonly unknown[];
}

export interface RpcOptions {
  /** One or more endpoints; the first is preferred, the others take over when it fails. */
  readonly urls: readonly string[];
  /** Whole request, milliseconds. */
  readonly timeoutMs?: number;
  /** Largest accepted answer, bytes. */
  readonly maxBytes?: number;
  /** Most calls in one HTTP request. */
  readonly batchSize?: number;
}

interface Reply {
  id?: unknown;
  result?: unknown;
  error?: { code?: unknown; message?: unknown; data?: unknown };
}

const revertData = (data: unknown): string | null => {
  if (typeof data === 'string' && data.startsWith('0x')) return data;
  if (typeof data === 'object' && data !== null && 'data' in data) return revertData(data.data);
  return null;
};

/**
 * JSON-RPC over HTTP with a timeout on everything, a cap on answers, batches and endpoints that stand in for each other.
 * It never repeats a call that the node has answered.
 */
export class JsonRpc {
  private readonly urls: readonly string[];
  private readonly timeoutMs: number;
  private readonly maxBytes: number;
  private readonly batchSize: number;
  private preferred = 0;
  private nextId = 1;

  constructor(options: RpcOptions) {
    if (options.urls.length === 0) throw new Error('JsonRpc needs at least one URL');
    this.urls = options.urls;
    this.timeoutMs = options.timeoutMs ?? 10_000;
    this.maxBytes = options.maxBytes ?? 32 * 1024 * 1024;
    this.batchSize = options.batchSize ?? 100;
  }

  /** Makes the next endpoint the preferred one. */
  preferNext(): void {
    this.preferred = (this.preferred + 1) % this.urls.length;
  }

  /** One call. Throws {@link RpcError} when the node refuses, {@link RpcUnavailable} when no endpoint answers. */
  async call(method: string, params: readonly unknown[] = []): Promise<unknown> {
    const [result] = await this.batch([{ method, params }]);
    return result;
  }

  /** Many calls, results in their order. The first refused call is thrown. */
  async batch(calls: readonly RpcCall[]): Promise<unknown[]> {
    const results: unknown[] = [];
    for (let at = 0; at < calls.length; at += this.batchSize)
      results.push(...(await this.overEndpoints(calls.slice(at, at + this.batchSize))));
    return results;
  }

  private async overEndpoints(calls: readonly RpcCall[]): Promise<unknown[]> {
    let failure: unknown;
    for (let step = 0; step < this.urls.length; step++) {
      const index = (this.preferred + step) % this.urls.length;
      try {
        const results = await this.request(this.urls[index] ?? '', calls);
        this.preferred = index;
        return results;
      } catch (error) {
        if (error instanceof RpcError) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  private async request(url: string, calls: readonly RpcCall[]): Promise<unknown[]> {
    const first = this.nextId;
    this.nextId += calls.length;
    const payload = calls.map((call, i) => ({
      jsonrpc: '2.0',
      id: first + i,
      method: call.method,
      params: call.params,
    }));
    const replies = await this.post(url, JSON.stringify(payload.length === 1 ? payload[0] : payload));
    const byId = new Map<unknown, Reply>();
    for (const reply of Array.isArray(replies) ? (replies as Reply[]) : [replies as Reply]) byId.set(reply.id, reply);
    return calls.map((call, i) => {
      const reply = byId.get(first + i);
      if (reply?.error)
        throw new RpcError(
          call.method,
          typeof reply.error.code === 'number' ? reply.error.code : 0,
          typeof reply.error.message === 'string' ? reply.error.message : 'refused without a message',
          revertData(reply.error.data),
        );
      if (!reply || reply.result === undefined)
        throw new RpcUnavailable(`${call.method}: the endpoint left the call unanswered`);
      return reply.result;
    });
  }

  private async post(url: string, body: string): Promise<unknown> {
    const host = new URL(url).host;
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        signal: AbortSignal.timeout(this.timeoutMs),
      });
      const text = await this.bounded(response, host);
      if (!response.ok && !text.startsWith('{') && !text.startsWith('['))
        throw new RpcUnavailable(`chain endpoint ${host} answered HTTP ${response.status}`);
      return JSON.parse(text) as unknown;
    } catch (error) {
      if (error instanceof RpcUnavailable) throw error;
      throw new RpcUnavailable(`chain endpoint ${host} does not answer`, { cause: error });
    }
  }

  private async bounded(response: Response, host: string): Promise<string> {
    if (!response.body) return '';
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > this.maxBytes)
        throw new RpcUnavailable(`chain endpoint ${host} answered more than ${this.maxBytes} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  }
}
