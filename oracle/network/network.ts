/**
 * A self-operated oracle network: watches requests, lets its nodes judge them, delivers what they sign through the real forwarder
 * and tries again what is not ready. It is operated by whoever runs this process, and is labelled so.
 */
import path from 'node:path';
import { Interface } from 'ethers';
import type { Hex } from '@milepost/protocol';
import { bytesOf, keccakHex, uintWord, concat } from '@milepost/protocol/evm-words';
import { quotas } from '../quotas.js';
import { assembleLocal, type Assemble, type Assembly } from './assembly.js';
import { reasonOf } from './capabilities.js';
import { Execution, type ExecutionRecord, type ExecutionServices } from './execution.js';
import { isOpen, JobStore, type Job } from './jobs.js';
import { RETRY_SECONDS, type NetworkOptions } from './options.js';
import { Publisher } from './publisher.js';
import { RateLimit } from './rate-limit.js';
import { RECEIVER_ERRORS } from './receiver-errors.js';
import { Rpc } from './rpc.js';
import { shortStatement, statementOf } from './statements.js';
import { Transmitter } from './transmitter.js';
import { attestationOf, executionIdOf, pendingIds, requestedBetween } from './watcher.js';
import { CronPayload, EvmLog } from './wire/messages.js';
import { bigInteger } from './wire/values.js';

/** A request as `/status` and `/requests/{requestId}` show it. */
export type JobView = Omit<Job, 'log' | 'state'> & {
  /** `checking` while the nodes are at it. */
  readonly state: Job['state'] | 'checking';
  /** Block and transaction of the request. */
  readonly block: number;
  readonly txHash: Hex;
};

/** Blocks read again at each look, so that a short reorganisation is not missed. */
const OVERLAP = 5;
/** How long a new request waits for the runner before the nodes look anyway: most results are there within it. */
const GRACE = 1_000;
/** How often the contract's list is compared with ours. */
const RECONCILE = 30_000;
/** How long a report waits for the words of nodes that are behind before it goes to the backend. */
const PATIENCE = 3_000;
const FIRST_RETRY = 1_000;
const LAST_RETRY = 30_000;
/** After so many runs in vain a request is tried every five minutes: some windows last for months. */
const PATIENT_AFTER = 30;
const PATIENT_RETRY = 300_000;
const AFTER_FAILURE = 15_000;
const AFTER_REFUSAL = 300_000;

export class OracleNetwork {
  private readonly due = new Map<Hex, number>();
  private readonly ready = new Set<Hex>();
  private timer: NodeJS.Timeout | undefined;
  private looping: Promise<void> = Promise.resolve();
  private stopping = false;
  private running: Hex | null = null;
  private lastTick = 0;
  private reconciledAt = 0;
  private lastHash = '';
  private readonly waiting = new Set<Promise<void>>();
  private readonly triggers = new RateLimit(quotas.trigger.logsPerWindow, quotas.trigger.logWindowMilliseconds);
  private lastError: string | null = null;

  private constructor(
    private readonly options: NetworkOptions,
    private readonly assembly: Assembly,
    private readonly rpc: Rpc,
    private readonly store: JobStore,
    private readonly services: ExecutionServices,
    private readonly publisher: Publisher,
  ) {}

  /** Checks the chain, puts the nodes together and checks keys and workflow. @throws Error that says what does not fit. */
  static async open(options: NetworkOptions, assemble: Assemble = assembleLocal): Promise<OracleNetwork> {
    const { deployment, keys } = options;
    const rpc = new Rpc(options.chainRpcUrl);
    const chainId = Number(await rpc.text('eth_chainId', []));
    if (chainId !== deployment.chainId) {
      throw new Error(
        `CHAIN_RPC_URL is chain ${String(chainId)}, the deployment record is for ${String(deployment.chainId)}.`,
      );
    }
    const transmitter = new Transmitter(
      rpc,
      chainId,
      deployment.contracts.KeystoneForwarder,
      keys.transmitter,
      new Interface(RECEIVER_ERRORS),
    );
    const genesis = await rpc.block('0x0');
    const store = new JobStore(
      path.join(options.dataDir, 'oracle', 'network.json'),
      genesis.hash,
      deployment.fromBlock,
    );
    const publisher = new Publisher(store, options.apiUrl, options.serviceToken);
    const assembly = await assemble(options);
    return new OracleNetwork(options, assembly, rpc, store, { ...assembly.setting, transmitter }, publisher);
  }

  /** Takes up what is pending and watches from there. */
  async start(): Promise<void> {
    await this.reconcile();
    const now = Date.now();
    for (const job of this.store.open()) this.due.set(job.requestId, now);
    this.publisher.start();
    this.again(0);
  }

  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.timer);
    await this.looping;
    // Ends every node that is still at it.
    await Promise.all(this.assembly.nodes.map((node) => node.close()));
    await Promise.all(this.waiting);
    await this.publisher.stop();
    this.store.save();
  }

  /**
   * Compares with the contract's own list: requests that this network does not know (its file was lost, or a deep
   * reorganisation) are read again from the chain, and those that it thinks answered but are not, are open again.
   */
  private async reconcile(): Promise<void> {
    this.reconciledAt = Date.now();
    const { contracts, fromBlock } = this.options.deployment;
    for (const id of await pendingIds(this.rpc, contracts.CreOracle)) {
      const job = this.store.jobs.get(id);
      if (job === undefined) this.store.lastBlock = Math.max(0, fromBlock - 1);
      else if (!isOpen(job)) {
        job.state = 'new';
        job.verdict = null;
        this.due.set(id, Date.now());
      }
    }
  }

  private again(delay: number): void {
    if (this.stopping) return;
    this.timer = setTimeout(() => {
      this.looping = this.turn();
    }, delay);
  }

  private async turn(): Promise<void> {
    try {
      await this.look();
      await this.probe();
      for (let job = this.nextDue(); job !== undefined && !this.stopping; job = this.nextDue()) {
        // What comes faster than the real network would take it, waits here; there its clock trigger catches up.
        if (this.triggers.wait() > 0) break;
        this.triggers.take();
        await this.serve(job);
        await this.look();
        await this.probe();
      }
      if (Date.now() - this.reconciledAt > RECONCILE) await this.reconcile();
      await this.tick();
      this.lastError = null;
    } catch (error) {
      // The chain or the disk is away for a moment: nothing is lost, the next turn starts from the same block.
      this.lastError = reasonOf(error);
    }
    this.again(this.options.pollMilliseconds ?? 400);
  }

  /** Reads new events. */
  private async look(): Promise<void> {
    const { number: head, hash } = await this.rpc.block('latest');
    // By hash: after a reorganisation another block may have the same number.
    if (hash === this.lastHash && head === this.store.lastBlock) return;
    this.lastHash = hash;
    const from = Math.max(this.options.deployment.fromBlock, Math.min(head, this.store.lastBlock) - OVERLAP + 1);
    for (const job of await requestedBetween(this.rpc, this.options.deployment.contracts.CreOracle, from, head)) {
      // The same request in another block: a reorganisation took the first one, and maybe our delivery with it.
      if (this.store.jobs.get(job.requestId)?.log.blockHash === job.log.blockHash) continue;
      this.ready.delete(job.requestId);
      this.store.jobs.set(job.requestId, job);
      this.due.set(job.requestId, Date.now() + GRACE);
    }
    this.store.lastBlock = head;
    this.store.save();
  }

  /** Asks the runner whether a result has arrived for a new or waiting request, and makes that request due at once. */
  private async probe(): Promise<void> {
    const waiting = this.store
      .open()
      .filter((job) => (job.state === 'new' || job.state === 'waiting') && !this.ready.has(job.requestId));
    await Promise.all(
      waiting.slice(0, 20).map(async ({ requestId }) => {
        const url = `${this.options.runnerUrl}/results/${requestId}.json`;
        const response = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(2_000) }).catch(() => null);
        if (response?.status !== 200) return;
        this.ready.add(requestId);
        this.due.set(requestId, Date.now());
      }),
    );
  }

  private nextDue(): Job | undefined {
    const now = Date.now();
    return this.store
      .open()
      .filter((job) => (this.due.get(job.requestId) ?? 0) <= now)
      .sort((a, b) => (this.due.get(a.requestId) ?? 0) - (this.due.get(b.requestId) ?? 0))[0];
  }

  /** Runs the workflow for one request, as its log trigger does. */
  private async serve(job: Job): Promise<void> {
    this.running = job.requestId;
    try {
      const { log } = job;
      const payload = EvmLog.encode({
        address: bytesOf(log.address),
        topics: log.topics.map(bytesOf),
        txHash: bytesOf(log.txHash),
        blockHash: bytesOf(log.blockHash),
        data: bytesOf(log.data),
        eventSignature: bytesOf(log.topics[0] ?? '0x'),
        blockNumber: bigInteger(BigInt(log.block)),
        txIndex: log.txIndex,
        index: log.index,
        removed: false,
      });
      if (payload.length > quotas.trigger.logBytes) {
        job.state = 'closed';
        job.error = `quota: event over ${String(quotas.trigger.logBytes)} bytes`;
        return;
      }
      const { committee } = this.services;
      const execution = await this.execution(executionIdOf(committee.identity.workflowId, log, job.attempts), {
        index: this.assembly.logTrigger,
        typeName: 'capabilities.blockchain.evm.v1alpha.Log',
        payload,
      });
      const record = await execution.run();
      job.attempts++;
      await this.settle(job, record);
      this.keepStragglers(job, execution, record);
    } finally {
      this.running = null;
      this.store.save();
    }
  }

  private async execution(
    executionId: Hex,
    trigger: { index: number; typeName: string; payload: Uint8Array },
  ): Promise<Execution> {
    const block = await this.rpc.block(this.assembly.finalized ? 'finalized' : 'latest');
    const task = { executionId, trigger, block, sequence: this.store.nextSequence() };
    return new Execution(this.services, this.assembly.nodes, task);
  }

  /** Three nodes decide; what the fourth says a little later belongs to the evidence too. Waits for it in the background. */
  private keepStragglers(job: Job, execution: Execution, record: ExecutionRecord): void {
    const { attempts } = job;
    const patience = new Promise<void>((resolve) => setTimeout(resolve, PATIENCE).unref());
    const waiting = Promise.race([execution.stragglers(), patience]).then(() => {
      if (job.attempts === attempts) job.nodes = nodesOf(record);
      this.publisher.add(job, record, this.due.get(job.requestId));
      this.waiting.delete(waiting);
    });
    this.waiting.add(waiting);
  }

  /** Writes down how a run ended and when the request is tried again. */
  private async settle(job: Job, record: ExecutionRecord): Promise<void> {
    job.nodes = nodesOf(record);
    job.delivery = record.delivery;
    job.milliseconds = record.milliseconds;
    job.error = record.error;
    job.updatedAt = new Date().toISOString();
    const retry = (delay: number): number => this.due.set(job.requestId, Date.now() + delay).size;
    switch (record.result) {
      case 'passed':
      case 'failed':
        job.state = 'answered';
        job.verdict = record.result;
        break;
      case 'answered':
      case 'expired':
      case 'superseded':
        job.state = record.result === 'answered' ? 'answered' : 'closed';
        break;
      case 'not-ready':
        job.state = 'waiting';
        job.error = reasonsOf(job);
        retry(
          job.attempts > PATIENT_AFTER
            ? PATIENT_RETRY
            : Math.min(LAST_RETRY, FIRST_RETRY * 2 ** Math.min(job.attempts, 10)),
        );
        break;
      case 'broken':
        job.state = 'broken';
        job.error = reasonsOf(job);
        retry(LAST_RETRY);
        break;
      default:
        await this.settleFailure(job, record, retry);
    }
    if (!isOpen(job)) {
      this.due.delete(job.requestId);
      this.ready.delete(job.requestId);
    }
  }

  private async settleFailure(job: Job, record: ExecutionRecord, retry: (delay: number) => void): Promise<void> {
    const stored = await attestationOf(this.rpc, this.options.deployment.contracts.CreOracle, job.requestId);
    if (stored.verdict !== 0) {
      // The report arrived although the run failed afterwards, or by another way.
      job.state = 'answered';
      job.verdict = stored.verdict === 1 ? 'passed' : 'failed';
    } else if (stored.requestedAt === 0) {
      job.state = 'closed';
    } else if (record.delivery !== null) {
      job.state = 'failed';
      retry(record.delivery.outcome === 'refused' ? AFTER_REFUSAL : AFTER_FAILURE);
    } else {
      job.state = 'no-consensus';
      retry(AFTER_FAILURE);
    }
  }

  /** The workflow's clock: serves what the logs did not bring. Nothing runs while nothing is pending. */
  private async tick(): Promise<void> {
    if (this.assembly.clockTrigger === null) return;
    const slot = Math.floor(Date.now() / 1000 / RETRY_SECONDS);
    if (slot <= this.lastTick) return;
    this.lastTick = slot;
    if ((await pendingIds(this.rpc, this.options.deployment.contracts.CreOracle)).length > 0)
      await this.runTick(slot * RETRY_SECONDS);
  }

  /** Runs the clock's handler once for the time `second` (Unix). */
  async runTick(second: number): Promise<ExecutionRecord> {
    const { workflowId } = this.services.committee.identity;
    const id = keccakHex(concat(bytesOf(workflowId), new TextEncoder().encode('tick'), uintWord(second)));
    const execution = await this.execution(id, {
      index: this.assembly.clockTrigger ?? 0,
      typeName: 'capabilities.scheduler.cron.v1.Payload',
      payload: CronPayload.encode({ scheduledAt: { seconds: BigInt(second), nanos: 0 } }),
    });
    return execution.run();
  }

  /** Ends a node's thread at once, as a crash would; it takes part again from the next run on. */
  endNode(index: number): void {
    this.assembly.nodes[index]?.end();
  }

  /** What `/status` shows. */
  status(): object {
    const { deployment } = this.options;
    const { committee, transmitter } = this.services;
    return {
      kind: this.assembly.kind,
      label: deployment.oracle.label,
      ok: this.lastError === null,
      error: this.lastError,
      chainId: deployment.chainId,
      creOracle: deployment.contracts.CreOracle,
      forwarder: deployment.contracts.KeystoneForwarder,
      lastBlock: this.store.lastBlock,
      faultsBorne: committee.identity.f,
      nodes: committee.signers.map((signer, node) => ({ node, signer })),
      ...(this.assembly.presence === undefined ? {} : { presence: this.assembly.presence() }),
      transmitter: transmitter.address,
      workflow: {
        id: committee.identity.workflowId,
        name: committee.identity.workflowName,
        owner: committee.identity.workflowOwner,
        bundleHash: this.assembly.bundleHash,
      },
      unpublished: { count: this.store.unpublished.length, error: this.publisher.lastError },
      jobs: this.jobs(),
    };
  }

  /** Newest first. */
  jobs(): JobView[] {
    return [...this.store.jobs.values()].reverse().map(({ log, ...job }) => ({
      ...job,
      state: job.requestId === this.running ? 'checking' : job.state,
      block: log.block,
      txHash: log.txHash,
    }));
  }

  job(requestId: string): JobView | undefined {
    return this.jobs().find((job) => job.requestId === requestId);
  }
}

function nodesOf(record: ExecutionRecord): Job['nodes'] {
  return record.nodes.map((node) => shortStatement(statementOf(node)));
}

/** The reasons that the first node with some gave: they are the same on every node, up to wording. */
function reasonsOf(job: Job): string | null {
  return job.nodes.find(({ reasons }) => reasons.length > 0)?.reasons.join('; ') ?? null;
}
