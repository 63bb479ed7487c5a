/**
 * The acceptance runner: watches an oracle's requests, runs the checks of the signed criteria over the delivered files, and
 * serves the signed result. Oracle nodes read it; a result counts because the criteria name this runner's key.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Hex } from '@milepost/protocol';
import { addressOfKey } from '@milepost/protocol/evm-words';
import { reasonOf } from '../network/capabilities.js';
import { isOpen, JobStore, type Job } from '../network/jobs.js';
import { Rpc } from '../network/rpc.js';
import { attestationOf, pendingIds, requestedBetween } from '../network/watcher.js';
import type { OracleDeployment } from '../shared/settings.js';
import { SubmissionSource, WrongContent } from './submission.js';
import { filePatterns, isRun, signedResult } from './work.js';

export interface RunnerOptions {
  readonly chainRpcUrl: string;
  readonly deployment: OracleDeployment;
  /** The runner's private key. */
  readonly key: Hex;
  readonly dataDir: string;
  readonly apiUrl: string;
  readonly serviceToken: string;
  /** How often the chain is asked; default 400. */
  readonly pollMilliseconds?: number;
}

const OVERLAP = 5;
const FIRST_RETRY = 500;
const LAST_RETRY = 30_000;

export class AcceptanceRunner {
  readonly address: Hex;
  private readonly rpc: Rpc;
  private readonly source: SubmissionSource;
  private readonly due = new Map<Hex, number>();
  private timer: NodeJS.Timeout | undefined;
  private looping: Promise<void> = Promise.resolve();
  private stopping = false;
  private lastError: string | null = null;

  private constructor(
    private readonly options: RunnerOptions,
    private readonly store: JobStore,
  ) {
    this.address = addressOfKey(options.key);
    this.rpc = new Rpc(options.chainRpcUrl);
    this.source = new SubmissionSource(options.apiUrl, options.serviceToken);
  }

  static async open(options: RunnerOptions): Promise<AcceptanceRunner> {
    const genesis = await new Rpc(options.chainRpcUrl).block('0x0');
    mkdirSync(path.join(options.dataDir, 'oracle', 'results'), { recursive: true });
    const file = path.join(options.dataDir, 'oracle', 'runner.json');
    return new AcceptanceRunner(options, new JobStore(file, genesis.hash, options.deployment.fromBlock));
  }

  async start(): Promise<void> {
    const { CreOracle } = this.options.deployment.contracts;
    const unknown = (await pendingIds(this.rpc, CreOracle)).filter((id) => !this.store.jobs.has(id));
    if (unknown.length > 0) this.store.lastBlock = Math.max(0, this.options.deployment.fromBlock - 1);
    this.again(0);
  }

  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.timer);
    await this.looping;
    this.store.save();
  }

  /** The exact text of a signed result. */
  result(requestId: string): string | undefined {
    const file = this.resultFile(requestId);
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  }

  status(): object {
    return {
      kind: 'acceptance runner',
      address: this.address,
      ok: this.lastError === null,
      error: this.lastError,
      lastBlock: this.store.lastBlock,
      jobs: [...this.store.jobs.values()]
        .reverse()
        .map(({ requestId, digest, criteriaHash, state, attempts, error, updatedAt }) => ({
          requestId,
          digest,
          criteriaHash,
          state,
          attempts,
          error,
          updatedAt,
        })),
    };
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
      const now = Date.now();
      for (const job of this.store.open()) {
        if (!this.stopping && (this.due.get(job.requestId) ?? 0) <= now) await this.serve(job);
      }
      this.lastError = null;
    } catch (error) {
      this.lastError = reasonOf(error);
    }
    this.again(this.options.pollMilliseconds ?? 400);
  }

  private async look(): Promise<void> {
    const { deployment } = this.options;
    const head = await this.rpc.blockNumber();
    if (head === this.store.lastBlock) return;
    const from = Math.max(deployment.fromBlock, Math.min(head, this.store.lastBlock) - OVERLAP + 1);
    for (const job of await requestedBetween(this.rpc, deployment.contracts.CreOracle, from, head)) {
      if (!this.store.jobs.has(job.requestId)) this.store.jobs.set(job.requestId, job);
    }
    this.store.lastBlock = head;
    this.store.save();
  }

  private async serve(job: Job): Promise<void> {
    try {
      if (await this.isOver(job)) job.state = 'closed';
      else await this.check(job);
      job.error = null;
    } catch (error) {
      job.state = error instanceof WrongContent ? 'broken' : 'waiting';
      job.error = reasonOf(error);
      this.due.set(job.requestId, Date.now() + Math.min(LAST_RETRY, FIRST_RETRY * 2 ** Math.min(job.attempts, 10)));
    }
    job.attempts++;
    job.updatedAt = new Date().toISOString();
    if (!isOpen(job)) this.due.delete(job.requestId);
    this.store.save();
  }

  /** An answered or expired request needs no result any more. The first try does not ask: it is the common case. */
  private async isOver(job: Job): Promise<boolean> {
    if (job.attempts === 0) return false;
    const record = await attestationOf(this.rpc, this.options.deployment.contracts.CreOracle, job.requestId);
    const { timestamp } = await this.rpc.block('latest');
    return record.verdict !== 0 || record.requestedAt === 0 || timestamp > record.expiresAt;
  }

  /** Runs and signs, once: a runner never says two different things about one request. */
  private async check(job: Job): Promise<void> {
    if (this.result(job.requestId) === undefined) {
      const criteria = await this.source.criteria(job.criteriaHash);
      if (!isRun(criteria)) {
        // Check runs, samples and lots are judged from their own sources: there is nothing to run.
        job.state = 'closed';
        return;
      }
      if (!criteria.runners.includes(this.address))
        throw new WrongContent(`the criteria name other runners than ${this.address}`);
      const manifest = await this.source.manifest(job.digest);
      const files = await this.source.files(job.digest, manifest, filePatterns(criteria));
      const context = {
        chainId: BigInt(this.options.deployment.chainId),
        oracle: this.options.deployment.contracts.CreOracle.toLowerCase() as Hex,
        requestId: job.requestId,
        digest: job.digest,
        criteriaHash: job.criteriaHash,
      };
      const file = this.resultFile(job.requestId);
      writeFileSync(`${file}.new`, signedResult(criteria, files, context, this.options.key));
      renameSync(`${file}.new`, file);
    }
    job.state = 'answered';
  }

  private resultFile(requestId: string): string {
    return path.join(this.options.dataDir, 'oracle', 'results', `${requestId}.json`);
  }
}
