/** One node's part in one execution: its engine asks, this answers, and where the workflow wants consensus it asks the peers. */
import { hexlify } from 'ethers';
import type { Hex } from '@milepost/protocol';
import { concat, fixedBytes, hexOf, keccakHex } from '@milepost/protocol/evm-words';
import { quotas } from '../quotas.js';
import { CapabilityError, ChainReads, Quota, reasonOf, sendHttp, type Fetch } from './capabilities.js';
import type { Committee, NodeKey, ReportSignature, SignedReport } from './committee.js';
import type { EngineHost, NodeEngine } from './engine/node-engine.js';
import type { Block, Rpc } from './rpc.js';
import type { NodeRecord } from './statements.js';
import type { Delivery } from './transmitter.js';
import {
  AGGREGATION_IDENTICAL,
  AwaitRequest,
  AwaitResponse,
  CapabilityRequest,
  CapabilityResponse,
  ExecuteRequest,
  ExecutionResult,
  packAny,
  RECEIVER_STATUS,
  ReportRequest,
  ReportResponse,
  SimpleConsensusInputs,
  TX_STATUS,
  Value,
  WriteReportReply,
  WriteReportRequest,
  type DescriptorMessage,
} from './wire/messages.js';
import { jsonOf, plainValue } from './wire/values.js';

/** What starts an execution. */
export interface ExecutionTask {
  /** The same trigger always gives the same id, and the forwarder takes an id once. */
  readonly executionId: Hex;
  readonly trigger: { readonly index: number; readonly typeName: string; readonly payload: Uint8Array };
  /** All nodes read the chain at this block, and its time is theirs. */
  readonly block: Block;
  readonly sequence: bigint;
}

/** How a node reaches the others. Answers hold for all nodes of the execution. */
export interface Peers {
  /** Says `key` to `question`; resolves with the key that enough nodes say. @throws NoConsensus */
  offer(question: string, key: string): Promise<string>;
  /** Adds this node's signature, if it has one; resolves with as many as a report needs. */
  sign(digest: Hex, signature: Hex | null): Promise<readonly ReportSignature[]>;
  /** Delivers once, whichever node asks first. */
  deliver(receiver: Hex, report: SignedReport, gas: bigint): Promise<Delivery>;
}

/** What the nodes of one network share. */
export interface NodeSetting {
  readonly committee: Committee;
  readonly chainSelector: string;
  /** The workflow's configuration. */
  readonly config: Uint8Array;
}

/** What is a node's own. */
export interface NodeParts {
  readonly index: number;
  readonly key: NodeKey;
  readonly engine: NodeEngine;
  readonly rpc: Rpc;
  readonly fetch: Fetch;
  /** Changes what the node says it saw. Tests make a node lie with it; it is never set otherwise. */
  readonly distort?: (observation: Uint8Array) => Uint8Array;
}

const CONSENSUS = 'consensus@1.0.0-alpha';
const HTTP = 'http-actions@1.0.0-alpha';
const EVM_TYPES = 'capabilities.blockchain.evm.v1alpha';

/** Runs the workflow on one node. Resolves with how it ended, or null if the node failed; what it said is in the record. */
export async function runNode(
  setting: NodeSetting,
  parts: NodeParts,
  task: ExecutionTask,
  peers: Peers,
  record: NodeRecord,
): Promise<Uint8Array | null> {
  const started = performance.now();
  const { trigger, block, executionId } = task;
  const request = ExecuteRequest.encode({
    config: setting.config,
    subscribe: undefined,
    trigger: { id: BigInt(trigger.index), payload: packAny(trigger.typeName, trigger.payload) },
    maxResponseSize: BigInt(quotas.execution.responseBytes),
  });
  try {
    const host = new NodeRun(setting, parts, task, peers, record);
    const { result } = await parts.engine.run({ request, now: block.timestamp * 1000, seed: executionId }, host);
    if (result.length > quotas.execution.responseBytes)
      throw new CapabilityError(`quota: answer of a run over ${String(quotas.execution.responseBytes)} bytes`);
    const { error } = ExecutionResult.decode(result);
    if (error !== undefined) record.error ??= error;
    return result;
  } catch (error) {
    record.error = reasonOf(error);
    return null;
  } finally {
    record.milliseconds = Math.round(performance.now() - started);
  }
}

/** Answers one node's engine during one execution, within the quotas. */
export class NodeRun implements EngineHost {
  private readonly answers = new Map<number, Promise<CapabilityResponse>>();
  private readonly httpCalls = new Quota(quotas.execution.httpCalls, 'HTTP calls');
  private readonly evmReads = new Quota(quotas.execution.evmReads, 'EVM reads');
  private readonly consensusCalls = new Quota(quotas.execution.consensusCalls, 'consensus calls');
  private readonly reports = new Quota(quotas.execution.reports, 'reports');
  private readonly writes = new Quota(quotas.execution.writes, 'writes');
  private report: SignedReport | null = null;

  constructor(
    private readonly setting: NodeSetting,
    private readonly parts: NodeParts,
    private readonly task: ExecutionTask,
    private readonly peers: Peers,
    private readonly record: NodeRecord,
  ) {}

  call(bytes: Uint8Array): void {
    const request = CapabilityRequest.decode(bytes);
    const answer = withinTime(this.serve(request)).then(
      ({ typeName, value }): CapabilityResponse => ({ payload: packAny(typeName, value), error: undefined }),
      (error: unknown): CapabilityResponse => ({ payload: undefined, error: reasonOf(error) }),
    );
    this.answers.set(request.callbackId, answer);
  }

  async await(bytes: Uint8Array): Promise<Uint8Array> {
    const responses = new Map<number, CapabilityResponse>();
    for (const id of AwaitRequest.decode(bytes).ids) {
      responses.set(
        id,
        (await this.answers.get(id)) ?? { payload: undefined, error: `no call ${String(id)} was made` },
      );
    }
    return AwaitResponse.encode({ responses });
  }

  log(text: string): void {
    if (this.record.log.length >= quotas.execution.logEvents) return;
    this.record.log.push(Buffer.from(text).subarray(0, quotas.execution.logLineBytes).toString());
  }

  private async serve(request: CapabilityRequest): Promise<{ typeName: string; value: Uint8Array }> {
    const payload = request.payload?.value ?? new Uint8Array(0);
    const question = `${request.method} ${String(request.callbackId)}`;
    const evm = `evm:ChainSelector:${this.setting.chainSelector}@1.0.0`;
    const reads = new ChainReads(this.parts.rpc, this.task.block);
    switch (`${request.id} ${request.method}`) {
      case `${HTTP} SendRequest`:
        this.httpCalls.take();
        return {
          typeName: 'capabilities.networking.http.v1alpha.Response',
          value: await sendHttp(payload, this.parts.fetch),
        };
      case `${evm} CallContract`:
        this.takeRead(payload);
        return {
          typeName: `${EVM_TYPES}.CallContractReply`,
          value: await this.readTogether(question, await reads.callContract(payload)),
        };
      case `${evm} HeaderByNumber`:
        this.takeRead(payload);
        return {
          typeName: `${EVM_TYPES}.HeaderByNumberReply`,
          value: await this.readTogether(question, await reads.header(payload)),
        };
      case `${CONSENSUS} Simple`:
        this.consensusCalls.take();
        return { typeName: 'values.v1.Value', value: await this.observe(question, payload) };
      case `${CONSENSUS} Report`:
        this.reports.take();
        return { typeName: 'sdk.v1alpha.ReportResponse', value: await this.makeReport(question, payload) };
      case `${evm} WriteReport`:
        this.writes.take();
        return { typeName: `${EVM_TYPES}.WriteReportReply`, value: await this.write(question, payload) };
      default:
        throw new CapabilityError(`this network has no ${request.method} of ${request.id}`);
    }
  }

  private takeRead(payload: Uint8Array): void {
    this.evmReads.take();
    if (payload.length > quotas.read.payloadBytes)
      throw new CapabilityError(`quota: EVM read over ${String(quotas.read.payloadBytes)} bytes`);
  }

  /** Joins observations: identical on 2f + 1 nodes, or an error. */
  private async observe(question: string, payload: Uint8Array): Promise<Uint8Array> {
    const inputs = SimpleConsensusInputs.decode(payload);
    const { distort } = this.parts;
    if (!isIdentical(inputs.descriptors)) throw new CapabilityError('this network joins observations by identity only');
    const honest = inputs.value === undefined ? new Uint8Array(0) : Value.encode(inputs.value);
    const said = distort === undefined ? honest : distort(honest);
    if (said.length > quotas.consensus.observationBytes) {
      throw new CapabilityError(`quota: observation over ${String(quotas.consensus.observationBytes)} bytes`);
    }
    if (inputs.error !== undefined) this.record.error = inputs.error;
    else this.record.observation = jsonOf(plainValue(Value.decode(said)));
    const key = inputs.error !== undefined ? 'error' : `value:${Buffer.from(said).toString('base64')}`;
    const agreed = await this.peers.offer(question, key);
    if (agreed === 'error') throw new CapabilityError(inputs.error ?? 'most nodes failed');
    return new Uint8Array(Buffer.from(agreed.slice('value:'.length), 'base64'));
  }

  /** Joins chain reads: the nodes' own endpoints must agree. */
  private async readTogether(question: string, answer: Uint8Array): Promise<Uint8Array> {
    const agreed = await this.peers.offer(question, Buffer.from(answer).toString('base64'));
    return new Uint8Array(Buffer.from(agreed, 'base64'));
  }

  /** Signs what this node wants reported, if enough others want the same. */
  private async makeReport(question: string, payload: Uint8Array): Promise<Uint8Array> {
    const request = ReportRequest.decode(payload);
    if (request.encoder !== 'evm' || request.signing !== 'ecdsa' || request.hashing !== 'keccak256') {
      throw new CapabilityError(
        `no report as ${request.encoder}, ${request.signing}, ${request.hashing}: evm, ecdsa, keccak256 are served`,
      );
    }
    const own = hexOf(request.payload);
    const agreed = await this.peers.offer(question, own);
    const { executionId, block, sequence } = this.task;
    const bytes = Buffer.from(agreed.slice(2), 'hex');
    const unsigned = this.setting.committee.unsigned(executionId, block.timestamp, bytes, sequence);
    if (unsigned.rawReport.length > quotas.report.bytes)
      throw new CapabilityError(`quota: report over ${String(quotas.report.bytes)} bytes`);
    const { digest, ...report } = unsigned;
    // Never for another's payload, however many want it.
    const signatures = await this.peers.sign(digest, agreed === own ? this.parts.key.sign(digest) : null);
    this.report = { ...report, signatures };
    return ReportResponse.encode({
      configDigest: fixedBytes(report.configDigest, 32),
      sequence,
      context: report.context,
      rawReport: report.rawReport,
      signatures: signatures.map((one) => ({ signature: fixedBytes(one.signature, 65), signerId: one.node })),
    });
  }

  private async write(question: string, payload: Uint8Array): Promise<Uint8Array> {
    const request = WriteReportRequest.decode(payload);
    const { report } = this;
    if (
      report === null ||
      request.report === undefined ||
      hexOf(request.report.rawReport) !== hexOf(report.rawReport)
    ) {
      throw new CapabilityError('only the report that this run has signed is delivered');
    }
    const gas = request.gasConfig?.gasLimit ?? 0n;
    if (gas === 0n || gas > quotas.write.gas)
      throw new CapabilityError(`quota: gas is 1 to ${String(quotas.write.gas)}`);
    await this.peers.offer(question, keccakHex(concat(request.receiver, report.rawReport)));
    const done = await this.peers.deliver(hexlify(request.receiver) as Hex, report, gas);
    return WriteReportReply.encode({
      txStatus: done.outcome === 'rejected' ? TX_STATUS.REVERTED : TX_STATUS.SUCCESS,
      receiverStatus: done.outcome === 'delivered' ? RECEIVER_STATUS.SUCCESS : RECEIVER_STATUS.REVERTED,
      txHash: done.txHash === null ? undefined : fixedBytes(done.txHash, 32),
      fee: undefined,
      error: done.reason ?? undefined,
    });
  }
}

function isIdentical(descriptor: DescriptorMessage | undefined): boolean {
  if (descriptor?.fieldsMap !== undefined) return [...descriptor.fieldsMap.fields.values()].every(isIdentical);
  return descriptor?.aggregation === AGGREGATION_IDENTICAL;
}

/** A call that takes longer than the real network allows has failed. */
async function withinTime<T>(work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new CapabilityError(`quota: call over ${String(quotas.call.milliseconds)} ms`));
  }, quotas.call.milliseconds);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
