/** What a judge may answer. Only a finished test passes or fails; everything else gives no report. */
import { canonicalHash, type Hex } from '../canonical.js';
import { encodeMetrics, reasonNumber, Verdict, type ReasonCode } from '../report.js';

export interface VerdictGiven {
  readonly status: 'verdict';
  readonly verdict: Verdict;
  /** PASSED: 1 to 10,000. FAILED: 0. */
  readonly payBps: number;
  /** Reason code, then figures that depend on the kind of criteria. */
  readonly metrics: Hex;
  /** SHA-256 of the canonical list of everything that was read. */
  readonly evidenceHash: Hex;
}

/** The answer may still come: ask again later. */
export interface NotReady {
  readonly status: 'not-ready';
  readonly reasons: readonly string[];
}

/** No answer can come from these documents. */
export interface Broken {
  readonly status: 'broken';
  readonly reasons: readonly string[];
}

export type Judgement = VerdictGiven | NotReady | Broken;

/** A document a judge read, by name and hash. */
export interface EvidenceItem {
  readonly name: string;
  readonly sha256: Hex;
}

/** SHA-256 of the canonical list `[[name, sha256], …]`, sorted by name in code-unit order. */
export function evidenceHash(items: readonly EvidenceItem[]): Hex {
  const sorted = [...items].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return canonicalHash(sorted.map(({ name, sha256 }) => [name, sha256]));
}

export function passed(payBps: number, figures: readonly number[], evidence: readonly EvidenceItem[]): VerdictGiven {
  return {
    status: 'verdict',
    verdict: Verdict.PASSED,
    payBps,
    metrics: encodeMetrics([0, ...figures]),
    evidenceHash: evidenceHash(evidence),
  };
}

export function failed(
  reason: ReasonCode,
  figures: readonly number[],
  evidence: readonly EvidenceItem[],
): VerdictGiven {
  return {
    status: 'verdict',
    verdict: Verdict.FAILED,
    payBps: 0,
    metrics: encodeMetrics([reasonNumber(reason), ...figures]),
    evidenceHash: evidenceHash(evidence),
  };
}
