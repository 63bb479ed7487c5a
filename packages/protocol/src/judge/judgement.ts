/** What a judge is given and what it may answer. Only a finished test passes or fails; everything else gives no report. */
import { canonicalHash, sha256Hex, type Hex } from '../canonical.js';
import { encodeMetrics, reasonNumber, Verdict, type ReasonCode } from '../report.js';
import type { StatementContext } from '../signed-statement.js';

/** The request that is judged. */
export interface JudgeContext extends StatementContext {
  readonly round: number;
  /** Unix seconds, by the chain's clock. */
  readonly now: number;
  /** Hash of the block that the draw uses, once that block is final. Sampled batches only. */
  readonly randomness?: Hex;
}

/** A document that was fetched: the name the judge knows it by, and its exact text. Several may have the same name. */
export interface Fetched {
  readonly name: string;
  readonly text: string;
}

/** One thing that was checked, in words for people. */
export interface CheckResult {
  readonly id: string;
  readonly title: string;
  readonly passed: boolean;
  /** Why, with the figures; at most 200 characters. */
  readonly detail: string;
}

/** A document a judge read, by name and hash. */
export interface EvidenceItem {
  readonly name: string;
  readonly sha256: Hex;
  /** The text itself where nobody else keeps it: what remained of a live source's answer. */
  readonly text?: string;
}

export interface VerdictGiven {
  readonly status: 'verdict';
  readonly verdict: Verdict;
  /** PASSED: 1 to 10,000. FAILED: 0. */
  readonly payBps: number;
  /** Reason code, then figures that depend on the kind of criteria. */
  readonly metrics: Hex;
  /** SHA-256 of the canonical list of everything that was read. */
  readonly evidenceHash: Hex;
  readonly evidence: readonly EvidenceItem[];
  readonly checks: readonly CheckResult[];
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

export type NoVerdict = NotReady | Broken;
export type Judgement = VerdictGiven | NoVerdict;

/** SHA-256 of the canonical list `[[name, sha256], …]`, sorted by name in code-unit order. */
export function evidenceHash(items: readonly EvidenceItem[]): Hex {
  const sorted = [...items].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return canonicalHash(sorted.map(({ name, sha256 }) => [name, sha256]));
}

/** An item for a text that others keep. */
export function evidenceOf(name: string, text: string): EvidenceItem {
  return { name, sha256: sha256Hex(text) };
}

/** What a finished test found: figures for the metrics, what was read, and each check in words. */
export interface Findings {
  readonly figures: readonly number[];
  readonly evidence: readonly EvidenceItem[];
  readonly checks: readonly CheckResult[];
}

export function passed(payBps: number, findings: Findings): VerdictGiven {
  return given(Verdict.PASSED, payBps, 0, findings);
}

export function failed(reason: ReasonCode, findings: Findings): VerdictGiven {
  return given(Verdict.FAILED, 0, reasonNumber(reason), findings);
}

export function notReady(...reasons: readonly string[]): NotReady {
  return { status: 'not-ready', reasons };
}

export function broken(...reasons: readonly string[]): Broken {
  return { status: 'broken', reasons };
}

/** What went wrong, in words. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function given(verdict: Verdict, payBps: number, code: number, { figures, evidence, checks }: Findings): VerdictGiven {
  return {
    status: 'verdict',
    verdict,
    payBps,
    metrics: encodeMetrics([code, ...figures]),
    evidenceHash: evidenceHash(evidence),
    evidence,
    checks: checks.map((check) => ({ ...check, detail: cut(check.detail) })),
  };
}

const MAX_WORDS = 200;

function cut(text: string): string {
  if (text.length <= MAX_WORDS) return text;
  const kept = text.slice(0, MAX_WORDS - 1);
  // Never end in half of a surrogate pair: such a string has no canonical form.
  return `${/[\ud800-\udbff]$/.test(kept) ? kept.slice(0, -1) : kept}…`;
}
