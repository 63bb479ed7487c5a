import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ChainClient, checkSpan, InconsistentAnswer, type BlockHeader, type RawLog } from './chain-client.js';
import { JsonRpc, RpcError, RpcUnavailable } from './json-rpc.js';

type Reply = (body: unknown) => { status?: number; body: string } | 'silence';
const servers: Server[] = [];

const endpoint = async (reply: Reply): Promise<string> => {
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const answer = reply(JSON.parse(text));
      if (answer === 'silence') return;
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' }).end(answer.body);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const results = (body: unknown, result: (method: string) => unknown): string => {
  const calls = (Array.isArray(body) ? body : [body]) as { id: number; method: string }[];
  const replies = calls.map(({ id, method }) => ({ jsonrpc: '2.0', id, result: result(method) }));
  return JSON.stringify(Array.isArray(body) ? replies.toReversed() : replies[0]);
};

describe('JsonRpc', () => {
  it('puts the answers of a batch into the order of the calls', async () => {
    const rpc = new JsonRpc({
      urls: [await endpoint((body) => ({ body: results(body, (method) => method) }))],
      batchSize: 2,
    });
    expect(await rpc.batch(['a', 'b', 'c'].map((method) => ({ method, params: [] })))).toEqual(['a', 'b', 'c']);
  });

  it('goes to the next endpoint when one is silent, broken or not JSON-RPC, and stays there', async () => {
    let asked = 0;
    const good = await endpoint((body) => ({ body: results(body, () => '0x1') }));
    const bad = await endpoint(() => {
      asked += 1;
      return { status: 503, body: '<html>busy</html>' };
    });
    const rpc = new JsonRpc({ urls: [bad, good], timeoutMs: 500 });
    expect(await rpc.call('x')).toBe('0x1');
    expect(await rpc.call('x')).toBe('0x1');
    expect(asked).toBe(1);
  });

  it('gives up after the timeout', async () => {
    const rpc = new JsonRpc({ urls: [await endpoint(() => 'silence')], timeoutMs: 50 });
    await expect(rpc.call('x')).rejects.toThrow(RpcUnavailable);
  });

  it('does not read more than it must', async () => {
    const rpc = new JsonRpc({
      urls: [await endpoint((body) => ({ body: results(body, () => 'x'.repeat(5_000)) }))],
      maxBytes: 1_000,
    });
    await expect(rpc.call('x')).rejects.toThrow(/more than 1000 bytes/);
  });

  it('tells a refusal from an outage, with the revert data, and does not ask another endpoint again', async () => {
    let asked = 0;
    const refusing = (data: unknown) =>
      endpoint((body) => {
        asked += 1;
        const { id } = body as { id: number };
        return {
          body: JSON.stringify({ jsonrpc: '2.0', id, error: { code: 3, message: 'execution reverted', data } }),
        };
      });
    const rpc = new JsonRpc({ urls: [await refusing('0xabcd'), await refusing('0x')] });
    await expect(rpc.call('eth_call')).rejects.toMatchObject({ code: 3, data: '0xabcd' });
    expect(asked).toBe(1);
    await expect(new JsonRpc({ urls: [await refusing({ data: '0x12' })] }).call('eth_call')).rejects.toMatchObject({
      data: '0x12',
    });
    await expect(new JsonRpc({ urls: [await refusing(undefined)] }).call('eth_call')).rejects.toThrow(RpcError);
  });

  it('refuses an answer that leaves a call out', async () => {
    const rpc = new JsonRpc({ urls: [await endpoint(() => ({ body: '[]' }))] });
    await expect(
      rpc.batch([
        { method: 'a', params: [] },
        { method: 'b', params: [] },
      ]),
    ).rejects.toThrow(/unanswered/);
  });
});

const hash = (n: number): string => `0x${n.toString(16).padStart(64, '0')}`;
const block = (number: number, changes: Partial<BlockHeader> = {}): BlockHeader => ({
  number,
  hash: hash(number),
  parent: hash(number - 1),
  time: number,
  baseFee: 0n,
  transactions: [hash(1_000 + number)],
  ...changes,
});
const log = (number: number, logIndex: number, changes: Partial<RawLog> = {}): RawLog => ({
  block: number,
  blockHash: hash(number),
  logIndex,
  txHash: hash(1_000 + number),
  address: `0x${'aa'.repeat(20)}`,
  topics: [hash(7)],
  data: '0x',
  ...changes,
});

describe('checkSpan', () => {
  it('orders the logs', () => {
    const span = checkSpan(5, hash(4), [block(5), block(6)], [log(6, 0), log(5, 1), log(5, 0)]);
    expect(span.logs.map(({ block: at, logIndex }) => [at, logIndex])).toEqual([
      [5, 0],
      [5, 1],
      [6, 0],
    ]);
  });

  it.each<[string, BlockHeader[], RawLog[]]>([
    ['does not continue our block', [block(5, { parent: hash(99) })], []],
    ['has a break in its parents', [block(5), block(6, { parent: hash(99) })], []],
    ['has another block than asked', [block(6)], []],
    ['has a log of another fork', [block(5)], [log(5, 0, { blockHash: hash(99) })]],
    ['has a log of a block that was not asked', [block(5)], [log(6, 0)]],
    ['has a log of a transaction that is not in the block', [block(5)], [log(5, 0, { txHash: hash(1) })]],
    ['has a log twice', [block(5)], [log(5, 0), log(5, 0)]],
  ])('refuses an answer that %s', (_what, blocks, logs) => {
    expect(() => checkSpan(5, hash(4), blocks, logs)).toThrow(InconsistentAnswer);
  });
});

describe('ChainClient', () => {
  it.each([
    ['a block without a hash', { number: '0x1', parentHash: hash(0), timestamp: '0x1', transactions: [] }],
    ['a number that is not hex', { number: 1, hash: hash(1), parentHash: hash(0), timestamp: '0x1', transactions: [] }],
    ['a list that is none', { number: '0x1', hash: hash(1), parentHash: hash(0), timestamp: '0x1', transactions: 'x' }],
  ])('does not believe %s', async (_what, answer) => {
    const rpc = new JsonRpc({ urls: [await endpoint((body) => ({ body: results(body, () => answer) }))] });
    await expect(new ChainClient(rpc).block('latest')).rejects.toThrow(InconsistentAnswer);
  });
});
