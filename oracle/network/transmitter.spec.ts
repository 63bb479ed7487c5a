import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Interface, Transaction, ZeroAddress, ZeroHash } from 'ethers';
import type { Hex } from '@milepost/protocol';
import type { SignedReport } from './committee.js';
import { Rpc } from './rpc.js';
import { Transmitter } from './transmitter.js';

const FORWARDER = `0x${'f0'.repeat(20)}` as Hex;
const RECEIVER = `0x${'0c'.repeat(20)}` as Hex;
const EVENTS = new Interface([
  'event ReportProcessed(address indexed receiver, bytes32 indexed workflowExecutionId, bytes2 indexed reportId, bool result)',
]);
const REPORT = {
  rawReport: new Uint8Array(589),
  context: new Uint8Array(96),
  signatures: [{ signature: new Uint8Array(65), signer: ZeroAddress }],
} as unknown as SignedReport;

/** A chain that answers like one whose forwarder swallows the receiver's failure, and remembers what it was asked. */
class Chain {
  readonly asked: string[] = [];
  readonly sent: Transaction[] = [];
  result = true;
  private readonly server = http.createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { id, method, params } = JSON.parse(body) as { id: number; method: string; params: unknown[] };
      this.asked.push(method);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ jsonrpc: '2.0', id, result: this.answer(method, params) }));
    });
  });

  private answer(method: string, params: unknown[]): unknown {
    if (method === 'eth_call') return '0x';
    if (method === 'eth_getTransactionCount') return '0x7';
    if (method === 'eth_getBlockByNumber') return { baseFeePerGas: '0x1' };
    // The cheapest call that does not revert outside: what an estimate settles on, and where nothing happens.
    if (method === 'eth_estimateGas') return '0x34bc0';
    if (method === 'eth_sendRawTransaction') {
      const transaction = Transaction.from(String(params[0]));
      this.sent.push(transaction);
      return transaction.hash;
    }
    const { topics, data } = EVENTS.encodeEventLog('ReportProcessed', [RECEIVER, ZeroHash, '0x0001', this.result]);
    return { status: '0x1', blockNumber: '0x9', gasUsed: '0x5208', logs: [{ address: FORWARDER, topics, data }] };
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

describe('delivery to the forwarder', () => {
  const chain = new Chain();
  let transmitter: Transmitter;

  beforeAll(async () => {
    const rpc = new Rpc(await chain.start());
    transmitter = new Transmitter(rpc, 31337, FORWARDER, `0x${'11'.repeat(32)}`, new Interface([]), 5);
  });
  afterAll(() => chain.stop());

  it('carries exactly the gas it was told and asks for no estimate', async () => {
    chain.result = true;
    const delivery = await transmitter.deliver(RECEIVER, REPORT, 1_500_000n);
    expect(delivery).toMatchObject({ outcome: 'delivered', block: 9, reason: null });
    expect(chain.sent.at(-1)?.gasLimit).toBe(1_500_000n);
    expect(chain.asked).not.toContain('eth_estimateGas');
  });

  it('reports a failure when the transaction succeeds and the receiver did not', async () => {
    chain.result = false;
    const delivery = await transmitter.deliver(RECEIVER, REPORT, 1_500_000n);
    expect(delivery.outcome).toBe('refused');
    expect(delivery.txHash).toBe(chain.sent.at(-1)?.hash);
  });
});
