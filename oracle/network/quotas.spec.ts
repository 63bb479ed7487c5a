/** Each documented quota is enforced here: exactly the limit passes, one more is refused by name. */
import type { Hex } from '@milepost/protocol';
import { quotas } from '../quotas.js';
import type { Fetch } from './capabilities.js';
import { Committee, NodeKey } from './committee.js';
import type { NodeEngine } from './engine/node-engine.js';
import { NodeRun, runNode, type ExecutionTask, type NodeParts, type Peers } from './node-run.js';
import type { Rpc } from './rpc.js';
import type { NodeRecord } from './statements.js';
import { subscribe } from './subscription.js';
import { requestedBetween } from './watcher.js';
import {
  AGGREGATION_IDENTICAL,
  AwaitRequest,
  AwaitResponse,
  CallContractRequest,
  CapabilityRequest,
  HttpRequest,
  packAny,
  ReportRequest,
  ReportResponse,
  SimpleConsensusInputs,
  Value,
  WriteReportRequest,
} from './wire/messages.js';

const SELECTOR = '7759470850252068959';
const EVM = `evm:ChainSelector:${SELECTOR}@1.0.0`;
const keys = [1, 2, 3, 4].map((n) => new NodeKey(`0x${String(n).padStart(64, '0')}`));
const committee = new Committee(
  {
    donId: 1,
    configVersion: 1,
    f: 1,
    workflowId: `0x${'01'.repeat(32)}`,
    workflowName: 'milepost-judge',
    workflowOwner: `0x${'02'.repeat(20)}`,
  },
  keys.map(({ address }) => address),
);
const task: ExecutionTask = {
  executionId: `0x${'03'.repeat(32)}`,
  trigger: { index: 0, typeName: 'x', payload: new Uint8Array(0) },
  block: { number: 9, timestamp: 1_790_000_000, hash: `0x${'04'.repeat(32)}`, parentHash: `0x${'05'.repeat(32)}` },
  sequence: 1n,
};
/** Agrees with everything at once. */
const peers: Peers = {
  offer: (_question, key) => Promise.resolve(key),
  sign: (digest) =>
    Promise.resolve(keys.slice(0, 2).map((key, node) => ({ node, signer: key.address, signature: key.sign(digest) }))),
  deliver: () => Promise.resolve({ outcome: 'delivered', txHash: null, block: null, gasUsed: null, reason: null }),
};
const setting = { committee, chainSelector: SELECTOR, config: new Uint8Array(0) };
const parts = (change: Partial<NodeParts> = {}): NodeParts => ({
  index: 0,
  key: keys[0]!,
  engine: undefined as unknown as NodeEngine,
  rpc: { text: () => Promise.resolve('0x01') } as unknown as Rpc,
  fetch: () => Promise.resolve(new Response('ok')),
  ...change,
});
const recordOf = (): NodeRecord => ({
  node: 0,
  signer: keys[0]!.address,
  observation: null,
  error: null,
  log: [],
  milliseconds: 0,
});

/** One node's host, asked as an engine asks it. */
class Asked {
  readonly record = recordOf();
  private readonly run: NodeRun;
  private next = 1;

  constructor(change: Partial<NodeParts> = {}) {
    this.run = new NodeRun(setting, parts(change), task, peers, this.record);
  }

  /** The answer's bytes. @throws Error with the refusal. */
  async call(id: string, method: string, payload: Uint8Array): Promise<Uint8Array> {
    const callbackId = this.next++;
    this.run.call(CapabilityRequest.encode({ id, method, callbackId, payload: packAny('x', payload) }));
    const answer = AwaitResponse.decode(await this.run.await(AwaitRequest.encode({ ids: [callbackId] })));
    const response = answer.responses.get(callbackId);
    if (response?.error !== undefined) throw new Error(response.error);
    return response!.payload!.value;
  }

  async times(count: number, ask: () => Promise<unknown>): Promise<void> {
    for (let i = 0; i < count; i++) await ask();
  }

  log(text: string): void {
    this.run.log(text);
  }
}

const http = (body = new Uint8Array(0)): Uint8Array =>
  HttpRequest.encode({
    url: 'http://x.test',
    method: 'POST',
    headers: new Map(),
    body,
    timeout: undefined,
    multiHeaders: new Map(),
  });
const read = (data = new Uint8Array(0)): Uint8Array =>
  CallContractRequest.encode({
    call: { from: new Uint8Array(0), to: new Uint8Array(20), data },
    blockNumber: undefined,
  });
const observation = (text: string): Uint8Array =>
  SimpleConsensusInputs.encode({
    value: { ...Value.zero, string: text },
    error: undefined,
    descriptors: { aggregation: AGGREGATION_IDENTICAL, fieldsMap: undefined },
  } as Parameters<typeof SimpleConsensusInputs.encode>[0]);
const report = (bytes: number): Uint8Array =>
  ReportRequest.encode({
    payload: new Uint8Array(bytes),
    encoder: 'evm',
    signing: 'ecdsa',
    hashing: 'keccak256',
  } as Parameters<typeof ReportRequest.encode>[0]);

describe('quotas of one run', () => {
  it('HTTP calls', async () => {
    const asked = new Asked();
    const ask = () => asked.call('http-actions@1.0.0-alpha', 'SendRequest', http());
    await asked.times(quotas.execution.httpCalls, ask);
    await expect(ask()).rejects.toThrow('quota: HTTP calls, at most 5 per run');
  });

  it('size of an HTTP request and of its response', async () => {
    const send = (body: number, response: number) => {
      const fetch: Fetch = () => Promise.resolve(new Response('x'.repeat(response)));
      return new Asked({ fetch }).call('http-actions@1.0.0-alpha', 'SendRequest', http(new Uint8Array(body)));
    };
    const frame = http().length + 4;
    await send(quotas.http.requestBytes - frame, quotas.http.responseBytes);
    await expect(send(quotas.http.requestBytes + 1, 1)).rejects.toThrow('quota: HTTP request over 10000 bytes');
    await expect(send(1, quotas.http.responseBytes + 1)).rejects.toThrow('quota: HTTP response over 100000 bytes');
  });

  it('time of an HTTP call', async () => {
    const signals: AbortSignal[] = [];
    const fetch: Fetch = (_url, init) => {
      signals.push(init.signal!);
      return new Promise((_resolve, reject) =>
        init.signal!.addEventListener('abort', () => {
          reject(new Error('too slow'));
        }),
      );
    };
    const asked = HttpRequest.encode({
      url: 'http://x.test',
      method: '',
      headers: new Map(),
      body: new Uint8Array(0),
      timeout: { seconds: 1n, nanos: 0 },
      multiHeaders: new Map(),
    });
    await expect(new Asked({ fetch }).call('http-actions@1.0.0-alpha', 'SendRequest', asked)).rejects.toThrow(
      'too slow',
    );
    expect(signals).toHaveLength(1);
    expect(quotas.http.milliseconds).toBe(10_000);
  });

  it('EVM reads and their size', async () => {
    const asked = new Asked();
    const ask = () => asked.call(EVM, 'CallContract', read());
    await asked.times(quotas.execution.evmReads, ask);
    await expect(ask()).rejects.toThrow('quota: EVM reads, at most 15 per run');
    const frame = read(new Uint8Array(1_000)).length - 1_000;
    await new Asked().call(EVM, 'CallContract', read(new Uint8Array(quotas.read.payloadBytes - frame)));
    await expect(
      new Asked().call(EVM, 'CallContract', read(new Uint8Array(quotas.read.payloadBytes + 1))),
    ).rejects.toThrow('quota: EVM read over 5000 bytes');
  });

  it('consensus calls and the size of an observation', async () => {
    const asked = new Asked();
    const ask = (bytes = 1) => asked.call('consensus@1.0.0-alpha', 'Simple', observation('x'.repeat(bytes)));
    const frame = Value.encode({ ...Value.zero, string: 'x'.repeat(20_000) }).length - 20_000;
    await ask(quotas.consensus.observationBytes - frame);
    await expect(ask(quotas.consensus.observationBytes)).rejects.toThrow('quota: observation over 25000 bytes');
    await asked.times(quotas.execution.consensusCalls - 2, ask);
    await expect(ask()).rejects.toThrow('quota: consensus calls, at most 50 per run');
  });

  it('one report, of limited size', async () => {
    const asked = new Asked();
    await asked.call('consensus@1.0.0-alpha', 'Report', report(quotas.report.bytes - 109));
    await expect(asked.call('consensus@1.0.0-alpha', 'Report', report(1))).rejects.toThrow('quota: reports, at most 1');
    await expect(
      new Asked().call('consensus@1.0.0-alpha', 'Report', report(quotas.report.bytes - 108)),
    ).rejects.toThrow('quota: report over 5000 bytes');
  });

  it('one delivery, of limited gas, of the report that was signed', async () => {
    const deliver = async (asked: Asked, gasLimit: bigint, change = 0): Promise<Uint8Array> => {
      const signed = ReportResponse.decode(
        await asked.call('consensus@1.0.0-alpha', 'Report', report(32)).catch(() => last),
      );
      last = ReportResponse.encode(signed);
      const rawReport = signed.rawReport.with(0, (signed.rawReport[0] ?? 0) + change);
      return asked.call(
        EVM,
        'WriteReport',
        WriteReportRequest.encode({
          receiver: new Uint8Array(20),
          report: { ...signed, rawReport },
          gasConfig: { gasLimit },
        } as Parameters<typeof WriteReportRequest.encode>[0]),
      );
    };
    let last = new Uint8Array(0) as Uint8Array;
    const asked = new Asked();
    await deliver(asked, quotas.write.gas);
    await expect(deliver(asked, 1n)).rejects.toThrow('quota: writes, at most 1 per run');
    await expect(deliver(new Asked(), quotas.write.gas + 1n)).rejects.toThrow('quota: gas is 1 to 5000000');
    await expect(deliver(new Asked(), 0n)).rejects.toThrow('quota: gas is 1 to 5000000');
    await expect(deliver(new Asked(), 1n, 1)).rejects.toThrow('only the report that this run has signed');
  });

  it('log lines are cut, and counted', () => {
    const asked = new Asked();
    for (let i = 0; i <= quotas.execution.logEvents; i++) asked.log('\u20ac'.repeat(1_000));
    expect(asked.record.log).toHaveLength(quotas.execution.logEvents);
    for (const line of asked.record.log)
      expect(Buffer.byteLength(line)).toBeLessThanOrEqual(quotas.execution.logLineBytes + 2);
  });

  it('size of what a run returns', async () => {
    const engine = (bytes: number) =>
      ({ run: () => Promise.resolve({ result: new Uint8Array(bytes), memoryBytes: 0 }) }) as unknown as NodeEngine;
    const end = async (bytes: number): Promise<string | null> => {
      const record = recordOf();
      await runNode(setting, parts({ engine: engine(bytes) }), task, peers, record);
      return record.error;
    };
    expect(await end(0)).toBeNull();
    expect(await end(quotas.execution.responseBytes + 1)).toBe('quota: answer of a run over 100000 bytes');
  });

  it('size of the configuration', async () => {
    const never = { run: () => Promise.reject(new Error('asked')) } as unknown as NodeEngine;
    const open = (bytes: number) => subscribe(never, new Uint8Array(bytes), SELECTOR, `0x${'0a'.repeat(20)}`);
    await expect(open(quotas.config.bytes + 1)).rejects.toThrow('workflow configuration over 50000 bytes');
    await expect(open(quotas.config.bytes)).rejects.toThrow('asked');
  });

  it('blocks of one log query', async () => {
    const spans: number[] = [];
    const rpc = {
      call: (_method: string, [filter]: [{ fromBlock: Hex; toBlock: Hex }]) => {
        spans.push(Number(filter.toBlock) - Number(filter.fromBlock) + 1);
        return Promise.resolve([]);
      },
    } as unknown as Rpc;
    await requestedBetween(rpc, `0x${'0a'.repeat(20)}`, 1, 250);
    expect(spans).toEqual([quotas.logSpan, quotas.logSpan, 50]);
  });
});
