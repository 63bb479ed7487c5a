/** Delivers signed reports to the KeystoneForwarder, one at a time, and says what the receiver made of them. */
import { Interface, Transaction, Wallet, hexlify } from 'ethers';
import type { Hex } from '@milepost/protocol';
import { metadataOf, HEADER_BYTES } from '@milepost/protocol/report';
import type { SignedReport } from './committee.js';
import { Rpc, RpcError, toTag } from './rpc.js';

export interface Delivery {
  /** `delivered`: stored by the receiver. `refused`: the receiver reverted. `rejected`: the forwarder took no report. */
  readonly outcome: 'delivered' | 'refused' | 'rejected';
  readonly txHash: Hex | null;
  readonly block: number | null;
  readonly gasUsed: string | null;
  /** From the request to deliver to its end. */
  readonly milliseconds?: number;
  /** Name of the contract's error, if the chain gave one. */
  readonly reason: string | null;
}

const FORWARDER = new Interface([
  'function report(address receiver, bytes rawReport, bytes reportContext, bytes[] signatures)',
  'event ReportProcessed(address indexed receiver, bytes32 indexed workflowExecutionId, bytes2 indexed reportId, bool result)',
  'error InvalidReport()',
  'error InvalidSignatureCount(uint256 expected, uint256 received)',
  'error InvalidConfig(uint64 configId)',
  'error InvalidSigner(address signer)',
  'error InvalidSignature(bytes signature)',
  'error DuplicateSigner(address signer)',
  'error UnauthorizedForwarder()',
  'error InsufficientGasForRouting(bytes32 transmissionId)',
  'error AlreadyAttempted(bytes32 transmissionId)',
]);
const RECEIVER = new Interface(['function onReport(bytes metadata, bytes report)']);

interface Receipt {
  readonly status: string;
  readonly blockNumber: string;
  readonly gasUsed: string;
  readonly logs: readonly { readonly address: string; readonly topics: string[]; readonly data: string }[];
}

export class Transmitter {
  private readonly wallet: Wallet;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly rpc: Rpc,
    private readonly chainId: number,
    private readonly forwarder: Hex,
    privateKey: string,
    /** Names the receiver's errors. */
    private readonly receiverErrors: Interface,
    private readonly pollMilliseconds = 100,
  ) {
    this.wallet = new Wallet(privateKey);
  }

  get address(): Hex {
    return this.wallet.address as Hex;
  }

  /** Queued behind earlier deliveries, so that account nonces follow each other. @throws when the chain cannot be reached. */
  deliver(receiver: Hex, report: SignedReport, gas: bigint): Promise<Delivery> {
    const started = performance.now();
    const next = this.turn
      .then(() => this.send(receiver, report, gas))
      .then((delivery) => ({ ...delivery, milliseconds: Math.round(performance.now() - started) }));
    this.turn = next.catch(() => undefined);
    return next;
  }

  private async send(receiver: Hex, report: SignedReport, gas: bigint): Promise<Delivery> {
    const data = FORWARDER.encodeFunctionData('report', [
      receiver,
      report.rawReport,
      report.context,
      report.signatures.map(({ signature }) => signature),
    ]);
    const call = { from: this.wallet.address, to: this.forwarder, data, gas: toTag(Number(gas)) };
    // Only what the forwarder itself would refuse is held back: it costs gas and changes nothing.
    const refusal = await this.reasonOf(call, FORWARDER);
    if (refusal !== null) return { outcome: 'rejected', txHash: null, block: null, gasUsed: null, reason: refusal };
    const txHash = await this.transmit(data, gas);
    const receipt = await this.receipt(txHash);
    const base = { txHash, block: Number(receipt.blockNumber), gasUsed: BigInt(receipt.gasUsed).toString() };
    if (BigInt(receipt.status) === 0n)
      return { ...base, outcome: 'rejected', reason: 'the delivering transaction reverted' };
    if (processed(receipt, this.forwarder)) return { ...base, outcome: 'delivered', reason: null };
    // The forwarder swallows the receiver's reason: ask the receiver as the forwarder.
    const inner = RECEIVER.encodeFunctionData('onReport', [
      metadataOf(report.rawReport),
      hexlify(report.rawReport.slice(HEADER_BYTES)),
    ]);
    const reason = await this.reasonOf(
      { from: this.forwarder, to: receiver, data: inner, gas: toTag(Number(gas)) },
      this.receiverErrors,
    );
    return { ...base, outcome: 'refused', reason: reason ?? 'unknown; the receiver would take it now' };
  }

  private async transmit(data: string, gas: bigint): Promise<Hex> {
    const [nonce, block] = await Promise.all([
      this.rpc.text('eth_getTransactionCount', [this.wallet.address, 'pending']),
      this.rpc.call('eth_getBlockByNumber', ['latest', false]) as Promise<{ baseFeePerGas?: string } | null>,
    ]);
    const tip = 1_000_000_000n;
    const transaction = Transaction.from({
      type: 2,
      chainId: this.chainId,
      to: this.forwarder,
      data,
      nonce: Number(nonce),
      gasLimit: gas,
      maxPriorityFeePerGas: tip,
      maxFeePerGas: BigInt(block?.baseFeePerGas ?? '0x0') * 2n + tip,
    });
    const signed = await this.wallet.signTransaction(transaction);
    return (await this.rpc.text('eth_sendRawTransaction', [signed])) as Hex;
  }

  private async receipt(txHash: Hex): Promise<Receipt> {
    for (const deadline = Date.now() + 60_000; Date.now() < deadline;) {
      const receipt = (await this.rpc.call('eth_getTransactionReceipt', [txHash])) as Receipt | null;
      if (receipt !== null) return receipt;
      await new Promise((resolve) => setTimeout(resolve, this.pollMilliseconds));
    }
    throw new Error(`transaction ${txHash} was not included within 60 s`);
  }

  /** Why a call would fail, or null if it would not. */
  private async reasonOf(call: object, errors: Interface): Promise<string | null> {
    try {
      await this.rpc.call('eth_call', [call, 'latest']);
      return null;
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      const { data } = error;
      const known = data === undefined || data === '0x' ? null : errors.parseError(data);
      return known === null ? error.message : `${known.name}(${known.args.map(String).join(', ')})`;
    }
  }
}

function processed(receipt: Receipt, forwarder: Hex): boolean {
  for (const log of receipt.logs) {
    if (log.address.toLowerCase() !== forwarder.toLowerCase()) continue;
    const event = FORWARDER.parseLog(log);
    if (event?.name === 'ReportProcessed') return event.args['result'] === true;
  }
  return false;
}
