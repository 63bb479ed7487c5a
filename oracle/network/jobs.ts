/** Requests that the network knows, how far each has come, and when it is tried again. Kept in one file. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Hex } from '@milepost/protocol';
import type { NodeStatement } from './statements.js';
import type { Delivery } from './transmitter.js';

/** A `Requested` event as it stands in the chain. */
export interface RequestedLog {
  readonly address: Hex;
  readonly topics: readonly Hex[];
  readonly data: Hex;
  readonly txHash: Hex;
  readonly blockHash: Hex;
  readonly block: number;
  readonly txIndex: number;
  readonly index: number;
}

/**
 * `waiting`: the runner's result or the criteria are not there yet. `answered`: the oracle stored a verdict. `no-consensus`:
 * the nodes differ. `broken`: no verdict can come from these documents. `failed`: the delivery failed and is tried again.
 * `closed`: expired or superseded.
 */
export type JobState = 'new' | 'waiting' | 'answered' | 'no-consensus' | 'broken' | 'failed' | 'closed';

export interface Job {
  readonly requestId: Hex;
  readonly escrow: Hex;
  readonly milestone: number;
  readonly round: number;
  readonly digest: Hex;
  readonly criteriaHash: Hex;
  /** Unix seconds, by the chain's clock. */
  readonly expiresAt: number;
  readonly log: RequestedLog;
  state: JobState;
  /** Runs so far. */
  attempts: number;
  /** `passed` or `failed` once answered. */
  verdict: string | null;
  error: string | null;
  /** What each node said in the last run. */
  nodes: readonly NodeStatement[];
  delivery: Delivery | null;
  /** Milliseconds of the last run. */
  milliseconds: number | null;
  /** RFC 3339, of the last change. */
  updatedAt: string;
}

/** A report that the backend has not confirmed yet. */
export interface Unpublished {
  readonly requestId: Hex;
  /** A run that signed a report, or one that did not. */
  readonly kind: 'reports' | 'runs';
  readonly body: string;
}

interface Stored {
  readonly version: 1 | 2;
  readonly genesisHash: string;
  readonly lastBlock: number;
  readonly sequence: string;
  readonly jobs: readonly Job[];
  readonly unpublished: readonly Unpublished[];
}

const KEPT_FINISHED = 200;

export class JobStore {
  readonly jobs = new Map<Hex, Job>();
  unpublished: readonly Unpublished[] = [];
  lastBlock: number;
  private sequence = 0n;

  /** Opens the file, or starts from `fromBlock` when there is none or it belongs to another chain. */
  constructor(
    private readonly file: string,
    private readonly genesisHash: string,
    fromBlock: number,
  ) {
    this.lastBlock = Math.max(0, fromBlock - 1);
    if (!existsSync(file)) return;
    const stored = JSON.parse(readFileSync(file, 'utf8')) as Stored;
    if (stored.genesisHash !== genesisHash) return;
    this.lastBlock = stored.lastBlock;
    this.sequence = BigInt(stored.sequence);
    // Version 1 knew only reports, and kept the words of nodes in another form.
    this.unpublished = stored.unpublished.map((item) => ({
      ...item,
      kind: stored.version === 1 ? 'reports' : item.kind,
    }));
    for (const job of stored.jobs) this.jobs.set(job.requestId, stored.version === 1 ? { ...job, nodes: [] } : job);
  }

  /** Next report sequence number; never repeats, also after a restart. */
  nextSequence(): bigint {
    this.sequence += 1n;
    this.save();
    return this.sequence;
  }

  open(): Job[] {
    return [...this.jobs.values()].filter(isOpen);
  }

  /** Writes beside and renames: a crash leaves the old file or the new one. */
  save(): void {
    const finished = [...this.jobs.values()].filter((job) => !isOpen(job));
    for (const job of finished.slice(0, -KEPT_FINISHED)) this.jobs.delete(job.requestId);
    const stored: Stored = {
      version: 2,
      genesisHash: this.genesisHash,
      lastBlock: this.lastBlock,
      sequence: this.sequence.toString(),
      jobs: [...this.jobs.values()],
      unpublished: this.unpublished,
    };
    mkdirSync(path.dirname(this.file), { recursive: true });
    writeFileSync(`${this.file}.new`, JSON.stringify(stored), { mode: 0o600 });
    renameSync(`${this.file}.new`, this.file);
  }
}

export function isOpen(job: Job): boolean {
  return job.state !== 'answered' && job.state !== 'closed';
}
