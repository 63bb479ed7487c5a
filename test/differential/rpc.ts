/** JSON-RPC over one kept connection, several requests in one message. */
import http from 'node:http';

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string; readonly data?: unknown };
}

export interface Request {
  readonly method: string;
  readonly params: readonly unknown[];
}

/** An error that the node answered; `data` is the revert data if there is any. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  constructor(
    message: string,
    readonly data: string,
  ) {
    super(message);
  }
}

export class Rpc {
  private readonly agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

  constructor(private readonly url: string) {}

  async call(method: string, ...params: unknown[]): Promise<unknown> {
    const [answer] = await this.batch([{ method, params }]);
    if (answer instanceof RpcError) throw answer;
    return answer;
  }

  /** Answers in the order of the requests; an error stands in the place of its answer. */
  async batch(requests: readonly Request[]): Promise<unknown[]> {
    const body = JSON.stringify(requests.map((request, id) => ({ jsonrpc: '2.0', id, ...request })));
    const text = await this.post(body);
    const answers = JSON.parse(text) as readonly Answer[];
    const sorted = new Array<unknown>(requests.length);
    for (const { id, result, error } of answers) {
      sorted[id] =
        error === undefined ? result : new RpcError(error.message, typeof error.data === 'string' ? error.data : '0x');
    }
    return sorted;
  }

  close(): void {
    this.agent.destroy();
  }

  private post(body: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const request = http.request(this.url, { method: 'POST', agent: this.agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
        response.on('error', reject);
      });
      request.on('error', reject);
      request.end(body);
    });
  }
}
