/** One execution of the workflow: every node runs the engine, and they meet where the workflow asks for consensus. */
import { hexlify } from 'ethers';
import type { Hex } from '@milepost/protocol';
import { concat, fixedBytes, hexOf, keccakHex } from '@milepost/protocol/evm-words';
import { quotas } from '../quotas.js';
import { Agreement, NoConsensus } from './agreement.js';
import { CapabilityError, ChainReads, Quota, reasonOf, sendHttp, type Fetch } from './capabilities.js';
import type { Committee, SignedReport } from './committee.js';
import type { EngineHost, NodeEngine } from './engine/node-engine.js';
import type { Block, Rpc } from './rpc.js';
import type { Delivery, Transmitter } from './transmitter.js';
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

/** One node of the network: its engine and its own eyes. */
export interface OracleNode {
  readonly index: number;
  readonly engine: NodeEngine;
  readonly rpc: Rpc;
  readonly fetch: Fetch;
  /** Changes what the node says it saw. Tests make a node lie with it; it is never set otherwise. */
  readonly distort?: (observation: Uint8Array) => Uint8Array;
}

/** What starts an execution. */
export interface ExecutionTask {
  /** The same trigger always gives the same id, and the forwarder takes an id once. */
  readonly executionId: Hex;
  readonly trigger: { readonly index: number; readonly typeName: string; readonly payload: Uint8Array };
  /** All nodes read the chain at this block, and its time is theirs. */
  readonly block: Block;
  readonly sequence: bigint;
}

export interface NodeRecord {
  readonly node: number;
  readonly signer: Hex;
  /** What the node says it saw, as JSON; null if it said nothing. */
  observation: unknown;
  /** Why the node has no answer, or how its run ended if it failed. */
  error: string | null;
  readonly log: string[];
  milliseconds: number;
}

export interface ExecutionRecord {
  readonly executionId: Hex;
  /** What the workflow returned, if enough nodes returned the same. */
  readonly result: string | null;
  readonly error: string | null;
  readonly nodes: readonly NodeRecord[];
  readonly report: SignedReport | null;
  readonly delivery: Delivery | null;
  readonly milliseconds: number;
}

export interface ExecutionServices {
  readonly committee: Committee;
  readonly transmitter: Transmitter;
  readonly chainSelector: string;
  readonly config: Uint8Array;
}

const CONSENSUS = 'consensus@1.0.0-alpha';
const HTTP = 'http-actions@1.0.0-alpha';
const EVM_TYPES = 'capabilities.blockchain.evm.v1alpha';
const MAX_RESPONSE = 400_000n;

export class Execution {
  private readonly agreement: Agreement;
  private readonly records: NodeRecord[];
  private report: SignedReport | null = null;
  private delivery: Promise<Delivery> | null = null;
  private everyEnd: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly services: ExecutionServices,
    private readonly nodes: readonly OracleNode[],
    readonly task: ExecutionTask,
  ) {
    const { committee } = services;
    this.agreement = new Agreement(nodes.length, committee.quorum);
    this.records = nodes.map(({ index }) => ({
      node: index,
      signer: committee.signers[index] ?? '0x',
      observation: null,
      error: null,
      log: [],
      milliseconds: 0,
    }));
  }

  /** Runs on all nodes. Never throws: what went wrong is in the record. */
  async run(): Promise<ExecutionRecord> {
    const started = performance.now();
    const ends = this.nodes.map((node, i) => this.runNode(node, this.record(i)));
    this.everyEnd = Promise.all(ends);
    let result: string | null = null;
    let error: string | null = null;
    try {
      const agreed = ExecutionResult.decode(Buffer.from(await this.agreedEnd(ends), 'base64'));
      if (agreed.error !== undefined) error = agreed.error;
      else result = agreed.value?.string ?? null;
    } catch (reason) {
      error = reasonOf(reason);
    }
    const delivery = await Promise.resolve(this.delivery).catch(() => null);
    return {
      executionId: this.task.executionId,
      result,
      error,
      nodes: this.records,
      report: this.report,
      delivery,
      milliseconds: Math.round(performance.now() - started),
    };
  }

  /** Resolves when the last node has ended, at most the engine's time limit after the first; its record is complete then. */
  async stragglers(): Promise<void> {
    await this.everyEnd;
  }

  /** How enough nodes ended. A node that is stuck is not waited for. */
  private agreedEnd(ends: readonly Promise<Uint8Array | null>[]): Promise<string> {
    return new Promise((resolve, reject) => {
      let running = ends.length;
      let finished = 0;
      for (const [i, end] of ends.entries()) {
        void end.then((bytes) => {
          if (bytes !== null) {
            finished++;
            this.agreement.offer(i, 'the result', Buffer.from(bytes).toString('base64')).then(resolve, reject);
          }
          this.agreement.leave(i);
          if (--running === 0 && finished === 0) reject(new NoConsensus('no consensus: no node finished'));
        });
      }
    });
  }

  private async runNode(node: OracleNode, record: NodeRecord): Promise<Uint8Array | null> {
    const started = performance.now();
    const { trigger, block, executionId } = this.task;
    const request = ExecuteRequest.encode({
      config: this.services.config,
      subscribe: undefined,
      trigger: { id: BigInt(trigger.index), payload: packAny(trigger.typeName, trigger.payload) },
      maxResponseSize: MAX_RESPONSE,
    });
    try {
      const host = new NodeHost(this, node, record);
      const { result } = await node.engine.run({ request, now: block.timestamp * 1000, seed: executionId }, host);
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

  /** Joins observations: identical on 2f + 1 nodes, or an error. */
  async observe(node: OracleNode, record: NodeRecord, question: string, payload: Uint8Array): Promise<Uint8Array> {
    const inputs = SimpleConsensusInputs.decode(payload);
    if (!isIdentical(inputs.descriptors)) throw new CapabilityError('this network joins observations by identity only');
    const honest = inputs.value === undefined ? new Uint8Array(0) : Value.encode(inputs.value);
    const said = node.distort === undefined ? honest : node.distort(honest);
    if (said.length > quotas.consensus.observationBytes) {
      throw new CapabilityError(`quota: observation over ${String(quotas.consensus.observationBytes)} bytes`);
    }
    if (inputs.error !== undefined) record.error = inputs.error;
    else record.observation = jsonOf(plainValue(Value.decode(said)));
    const key = inputs.error !== undefined ? 'error' : `value:${Buffer.from(said).toString('base64')}`;
    const agreed = await this.agreement.offer(node.index, question, key);
    if (agreed === 'error') throw new CapabilityError(inputs.error ?? 'most nodes failed');
    return new Uint8Array(Buffer.from(agreed.slice('value:'.length), 'base64'));
  }

  /** Joins chain reads: the nodes' own endpoints must agree. */
  async readTogether(node: OracleNode, question: string, answer: Uint8Array): Promise<Uint8Array> {
    const agreed = await this.agreement.offer(node.index, question, Buffer.from(answer).toString('base64'));
    return new Uint8Array(Buffer.from(agreed, 'base64'));
  }

  /** Signs what 2f + 1 nodes want reported, with f + 1 of them. */
  async makeReport(node: OracleNode, question: string, payload: Uint8Array): Promise<Uint8Array> {
    const request = ReportRequest.decode(payload);
    if (request.encoder !== 'evm' || request.signing !== 'ecdsa' || request.hashing !== 'keccak256') {
      throw new CapabilityError(
        `no report as ${request.encoder}, ${request.signing}, ${request.hashing}: evm, ecdsa, keccak256 are served`,
      );
    }
    const { committee } = this.services;
    const { donId, configVersion, workflowId, workflowOwner } = committee.identity;
    const key = hexOf(request.payload);
    const agreed = await this.agreement.offer(node.index, question, key);
    const header = {
      version: 1,
      executionId: this.task.executionId,
      timestamp: this.task.block.timestamp,
      donId,
      configVersion,
      workflowId,
      workflowName: this.services.committee.nameField,
      workflowOwner,
      reportId: '0x0001',
    } as const;
    const bytes = Buffer.from(agreed.slice(2), 'hex');
    this.report ??= committee.sign(header, bytes, this.task.sequence, this.agreement.supporters(question, agreed));
    if (this.report.rawReport.length > quotas.report.bytes)
      throw new CapabilityError(`quota: report over ${String(quotas.report.bytes)} bytes`);
    const { configDigest, sequence, context, rawReport, signatures } = this.report;
    return ReportResponse.encode({
      configDigest: fixedBytes(configDigest, 32),
      sequence,
      context,
      rawReport,
      signatures: signatures.map((one) => ({ signature: fixedBytes(one.signature, 65), signerId: one.node })),
    });
  }

  /** Delivers once, whichever node asks first. */
  async write(node: OracleNode, question: string, payload: Uint8Array): Promise<Uint8Array> {
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
    await this.agreement.offer(node.index, question, keccakHex(concat(request.receiver, report.rawReport)));
    this.delivery ??= this.services.transmitter.deliver(hexlify(request.receiver) as Hex, report, gas);
    const done = await this.delivery;
    return WriteReportReply.encode({
      txStatus: done.outcome === 'rejected' ? TX_STATUS.REVERTED : TX_STATUS.SUCCESS,
      receiverStatus: done.outcome === 'delivered' ? RECEIVER_STATUS.SUCCESS : RECEIVER_STATUS.REVERTED,
      txHash: done.txHash === null ? undefined : fixedBytes(done.txHash, 32),
      fee: undefined,
      error: done.reason ?? undefined,
    });
  }

  readsOf(node: OracleNode): ChainReads {
    return new ChainReads(node.rpc, this.task.block);
  }

  get evmCapability(): string {
    return `evm:ChainSelector:${this.services.chainSelector}@1.0.0`;
  }

  private record(index: number): NodeRecord {
    const record = this.records[index];
    if (record === undefined) throw new RangeError(`there is no node ${String(index)}`);
    return record;
  }
}

/** Answers one node's engine during one execution. */
class NodeHost implements EngineHost {
  private readonly answers = new Map<number, Promise<CapabilityResponse>>();
  private readonly httpCalls = new Quota(quotas.execution.httpCalls, 'HTTP calls');
  private readonly evmReads = new Quota(quotas.execution.evmReads, 'EVM reads');
  private readonly reports = new Quota(quotas.execution.reports, 'reports');
  private readonly writes = new Quota(quotas.execution.writes, 'writes');
  private logBytes = 0;

  constructor(
    private readonly execution: Execution,
    private readonly node: OracleNode,
    private readonly record: NodeRecord,
  ) {}

  call(bytes: Uint8Array): void {
    const request = CapabilityRequest.decode(bytes);
    const answer = this.serve(request).then(
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
    this.logBytes += text.length;
    if (this.logBytes <= quotas.execution.logBytes) this.record.log.push(text);
  }

  private async serve(request: CapabilityRequest): Promise<{ typeName: string; value: Uint8Array }> {
    const payload = request.payload?.value ?? new Uint8Array(0);
    const question = `${request.method} ${String(request.callbackId)}`;
    const { execution, node } = this;
    switch (`${request.id} ${request.method}`) {
      case `${HTTP} SendRequest`:
        this.httpCalls.take();
        return {
          typeName: 'capabilities.networking.http.v1alpha.Response',
          value: await sendHttp(payload, node.fetch),
        };
      case `${execution.evmCapability} CallContract`:
        this.evmReads.take();
        return {
          typeName: `${EVM_TYPES}.CallContractReply`,
          value: await execution.readTogether(node, question, await execution.readsOf(node).callContract(payload)),
        };
      case `${execution.evmCapability} HeaderByNumber`:
        this.evmReads.take();
        return {
          typeName: `${EVM_TYPES}.HeaderByNumberReply`,
          value: await execution.readTogether(node, question, await execution.readsOf(node).header(payload)),
        };
      case `${CONSENSUS} Simple`:
        return { typeName: 'values.v1.Value', value: await execution.observe(node, this.record, question, payload) };
      case `${CONSENSUS} Report`:
        this.reports.take();
        return { typeName: 'sdk.v1alpha.ReportResponse', value: await execution.makeReport(node, question, payload) };
      case `${execution.evmCapability} WriteReport`:
        this.writes.take();
        return { typeName: `${EVM_TYPES}.WriteReportReply`, value: await execution.write(node, question, payload) };
      default:
        throw new CapabilityError(`this network has no ${request.method} of ${request.id}`);
    }
  }
}

function isIdentical(descriptor: DescriptorMessage | undefined): boolean {
  if (descriptor?.fieldsMap !== undefined) return [...descriptor.fieldsMap.fields.values()].every(isIdentical);
  return descriptor?.aggregation === AGGREGATION_IDENTICAL;
}
