/** Hands reports and what each node said to the backend, which keeps them as evidence. Retried until taken; delivery never waits. */
import type { Hex } from '@milepost/protocol';
import { hexOf } from '@milepost/protocol/evm-words';
import type { ExecutionRecord } from './execution.js';
import type { Job, JobStore, Unpublished } from './jobs.js';
import { statementOf, type NodeStatement } from './statements.js';

/** Body of `POST /api/v1/oracle/requests/{requestId}/reports`. */
export interface PublishedReport {
  readonly executionId: Hex;
  readonly rawReport: Hex;
  readonly reportContext: Hex;
  /** r, s, v with v 0 or 1, in the order in which they were delivered. */
  readonly signatures: readonly { readonly signer: Hex; readonly signature: Hex }[];
  readonly outcome: 'delivered' | 'refused' | 'rejected' | 'unsent';
  readonly txHash: Hex | null;
  readonly reason: string | null;
  /** Milliseconds from trigger to the end of the run. */
  readonly milliseconds: number;
  readonly nodes: readonly NodeStatement[];
}

/** Body of `POST /api/v1/oracle/requests/{requestId}/runs`: a run that signed nothing, and what it still waits for. */
export interface PublishedRun {
  readonly executionId: Hex;
  /** Runs so far. */
  readonly attempt: number;
  readonly state: 'waiting' | 'broken' | 'no-consensus' | 'failed';
  readonly error: string | null;
  /** RFC 3339 */
  readonly retryAt: string | null;
  readonly milliseconds: number;
  readonly nodes: readonly NodeStatement[];
}

const KEPT = 500;

export class Publisher {
  private timer: NodeJS.Timeout | undefined;
  private failures = 0;
  private sending: Promise<void> = Promise.resolve();
  private closed = false;
  lastError: string | null = null;
  /** What was last said about a request without a report: the same words are not sent again. */
  private readonly lastWords = new Map<Hex, string>();

  constructor(
    private readonly store: JobStore,
    private readonly apiUrl: string,
    private readonly token: string,
  ) {}

  /** Queues what a run has signed, or why it signed nothing. */
  add(job: Job, record: ExecutionRecord, retryAt: number | undefined): void {
    const { report, delivery } = record;
    if (report === null) {
      this.addRun(job, record, retryAt);
      return;
    }
    this.lastWords.delete(job.requestId);
    const body: PublishedReport = {
      executionId: record.executionId,
      rawReport: hexOf(report.rawReport),
      reportContext: hexOf(report.context),
      signatures: report.signatures.map(({ signer, signature }) => ({ signer, signature })),
      outcome: delivery?.outcome ?? 'unsent',
      txHash: delivery?.txHash ?? null,
      reason: delivery?.reason ?? null,
      milliseconds: record.milliseconds,
      nodes: record.nodes.map(statementOf),
    };
    this.queue({ requestId: job.requestId, kind: 'reports', body: JSON.stringify(body) });
  }

  private addRun(job: Job, record: ExecutionRecord, retryAt: number | undefined): void {
    const { state } = job;
    if (state === 'new' || state === 'answered' || state === 'closed') return;
    const nodes = record.nodes.map(statementOf);
    const words = JSON.stringify([state, job.error, nodes.map(({ milliseconds: _time, ...rest }) => rest)]);
    if (this.lastWords.get(job.requestId) === words) return;
    this.lastWords.set(job.requestId, words);
    const body: PublishedRun = {
      executionId: record.executionId,
      attempt: job.attempts,
      state,
      error: job.error,
      retryAt: retryAt === undefined ? null : new Date(retryAt).toISOString(),
      milliseconds: record.milliseconds,
      nodes,
    };
    // Only the latest run without a report is of use.
    this.store.unpublished = this.store.unpublished.filter(
      ({ requestId, kind }) => requestId !== job.requestId || kind !== 'runs',
    );
    this.queue({ requestId: job.requestId, kind: 'runs', body: JSON.stringify(body) });
  }

  private queue(item: Unpublished): void {
    this.store.unpublished = [...this.store.unpublished, item].slice(-KEPT);
    this.store.save();
    this.wake(0);
  }

  start(): void {
    this.wake(0);
  }

  async stop(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.sending;
  }

  private wake(delay: number): void {
    if (this.closed) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.sending = this.sending.then(() => this.drain());
    }, delay);
  }

  /** Sends each waiting report once; one that the backend does not take goes to the end and holds up no other. */
  private async drain(): Promise<void> {
    let refused = 0;
    for (const next of [...this.store.unpublished]) {
      if (this.closed) return;
      const problem = await this.send(next);
      if (problem !== null) this.lastError = problem;
      const rest = this.store.unpublished.filter((item) => item !== next);
      if (problem !== null) refused++;
      this.store.unpublished = problem === null ? rest : [...rest, next];
      this.store.save();
    }
    if (refused > 0) this.wake(Math.min(30_000, 500 * 2 ** this.failures++));
    else {
      this.failures = 0;
      this.lastError = null;
    }
  }

  private async send({ requestId, kind, body }: Unpublished): Promise<string | null> {
    try {
      const response = await fetch(`${this.apiUrl}/api/v1/oracle/requests/${requestId}/${kind}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${this.token}` },
        body,
        signal: AbortSignal.timeout(10_000),
      });
      await response.body?.cancel();
      return response.ok ? null : `the backend answered ${String(response.status)} to the ${kind} of ${requestId}`;
    } catch (error) {
      return `the backend cannot be reached: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
}
