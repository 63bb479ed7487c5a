/** What one node of the oracle network said in a run, and how that reads. */

export type NodeStatus = 'verdict' | 'not-ready' | 'broken' | 'error' | 'silent';

/** One thing that a judge checked, in words. */
export interface NodeCheck {
  readonly id: string;
  readonly title: string;
  readonly passed: boolean;
  readonly detail: string;
}

/** A document that a judge read; the text itself where nobody else keeps it. */
export interface NodeEvidence {
  readonly name: string;
  readonly sha256: string;
  readonly text?: string | undefined;
}

/** A node's answer as it is kept. `verdict` to `evidenceHash` are null unless the status is `verdict`. */
export interface NodeStatement {
  readonly node: number;
  readonly signer: string;
  readonly status: NodeStatus;
  readonly verdict: 'passed' | 'failed' | null;
  readonly payBps: number | null;
  readonly metrics: string | null;
  readonly evidenceHash: string | null;
  readonly reasons: readonly string[];
  readonly checks: readonly NodeCheck[];
  readonly evidence: readonly NodeEvidence[];
  readonly error: string | null;
  readonly milliseconds: number;
}

/** The part of a signed report that nodes agree on. */
export interface AgreedResult {
  readonly verdict: 'passed' | 'failed';
  readonly payBps: number;
  readonly metrics: string;
  readonly evidenceHash: string;
}

/** Whether a node said exactly what was signed; null where it is not known (reports kept before answers were). */
export function agrees(said: NodeStatement, result: AgreedResult): boolean | null {
  if (said.status !== 'verdict') return false;
  if (said.verdict === null) return null;
  return (
    said.verdict === result.verdict &&
    said.payBps === result.payBps &&
    said.metrics === result.metrics &&
    said.evidenceHash === result.evidenceHash
  );
}

/** A node's answer in one line. */
export function answerWords(said: NodeStatement): string {
  const because = said.reasons.length > 0 ? `: ${said.reasons.join('; ')}` : '';
  switch (said.status) {
    case 'silent':
      return 'no answer';
    case 'error':
      return said.error ?? 'failed without a reason';
    case 'not-ready':
      return `cannot say yet${because}`;
    case 'broken':
      return `cannot judge these documents${because}`;
    case 'verdict':
      if (said.verdict === null) return 'gave a verdict';
      return said.verdict === 'passed' ? `passed, pays ${percent(said.payBps ?? 0)}` : 'failed, pays nothing';
  }
}

/** 7,500 → `75 %`. */
export function percent(bps: number): string {
  const [whole, rest] = [Math.floor(bps / 100), bps % 100];
  return `${whole}${rest === 0 ? '' : `.${String(rest).padStart(2, '0').replace(/0$/, '')}`} %`;
}
