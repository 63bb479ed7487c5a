/** Hands reports and node logs to the backend, which keeps them as evidence. Retried until taken; delivery never waits. */
import type { Hex } from '@milepost/protocol';
import { hexOf } from '@milepost/protocol/evm-words';
import type { ExecutionRecord } from './execution.js';
import type { Job, JobStore, NodeSaid } from './jobs.js';

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
  readonly nodes: readonly NodeSaid[];
}

const KEPT = 500;

export class Publisher {
  private timer: NodeJS.Timeout | undefined;
  private failures = 0;
  private sending: Promise<void> = Promise.resolve();
  private closed = false;
  lastError: string | null = null;

  constructor(
    private readonly store: JobStore,
    private readonly apiUrl: string,
    private readonly token: string,
  ) {}

  /** Queues what a run has signed; runs without a report have nothing to verify and are not sent. */
  add(job: Job, record: ExecutionRecord): void {
    const { report, delivery } = record;
    if (report === null) return;
    const body: PublishedReport = {
      executionId: record.executionId,
      rawReport: hexOf(report.rawReport),
      reportContext: hexOf(report.context),
      signatures: report.signatures.map(({ signer, signature }) => ({ signer, signature })),
      outcome: delivery?.outcome ?? 'unsent',
      txHash: delivery?.txHash ?? null,
      reason: delivery?.reason ?? null,
      milliseconds: record.milliseconds,
      nodes: job.nodes,
    };
    this.store.unpublished = [
      ...this.store.unpublished,
      { requestId: job.requestId, body: JSON.stringify(body) },
    ].slice(-KEPT);
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
      const problem = await this.send(next.requestId, next.body);
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

  private async send(requestId: Hex, body: string): Promise<string | null> {
    try {
      const response = await fetch(`${this.apiUrl}/api/v1/oracle/requests/${requestId}/reports`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${this.token}` },
        body,
        signal: AbortSignal.timeout(10_000),
      });
      await response.body?.cancel();
      return response.ok ? null : `the backend answered ${String(response.status)} to the report of ${requestId}`;
    } catch (error) {
      return `the backend cannot be reached: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
}
