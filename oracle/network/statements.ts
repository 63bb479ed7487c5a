/** What each node said in a run, read from its log and its observation: the form in which it is kept and shown. */
import type { Hex } from '@milepost/protocol';

/** One node's word on one request. */
export interface NodeStatement {
  readonly node: number;
  readonly signer: Hex;
  /** `silent`: the node gave no answer. `error`: its run failed. */
  readonly status: 'verdict' | 'not-ready' | 'broken' | 'error' | 'silent';
  readonly verdict: 'passed' | 'failed' | null;
  readonly payBps: number | null;
  readonly metrics: Hex | null;
  readonly evidenceHash: Hex | null;
  /** Why there is no verdict, in words. */
  readonly reasons: readonly string[];
  readonly checks: readonly {
    readonly id: string;
    readonly title: string;
    readonly passed: boolean;
    readonly detail: string;
  }[];
  /** What was read. `text` only where nobody else keeps it. */
  readonly evidence: readonly { readonly name: string; readonly sha256: Hex; readonly text?: string }[];
  readonly error: string | null;
  readonly milliseconds: number;
}

/** What a run records of one node. */
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

interface LogLine {
  readonly reason?: string;
  readonly status?: string;
  readonly check?: NodeStatement['checks'][number];
  readonly evidence?: { readonly name: string; readonly sha256: Hex };
  readonly text?: { readonly name: string; readonly part: string };
}

const MOST_REASONS = 20;
const MOST_CHECKS = 60;
const MOST_EVIDENCE = 12;

/**
 * The statement of a node. Its observation counts, not its log: a node that lies about what it saw is shown with its lie. Words
 * of the log are shown only beside an observation of the same status.
 */
export function statementOf(record: NodeRecord): NodeStatement {
  const { node, signer, error, milliseconds } = record;
  const seen = (record.observation ?? {}) as Record<string, unknown>;
  const text = (key: string): string => (typeof seen[key] === 'string' ? seen[key] : '');
  const lines = record.log.flatMap(parse);
  const status = statusOf(record, text('status'));
  const isVerdict = status === 'verdict';
  const words = lines.findLast((line) => line.status !== undefined)?.status === status ? lines : [];
  const texts = new Map<string, string>();
  for (const { text: part } of words)
    if (part !== undefined) texts.set(part.name, (texts.get(part.name) ?? '') + part.part);
  return {
    node,
    signer,
    status,
    verdict: isVerdict ? (text('verdict') === '1' ? 'passed' : 'failed') : null,
    payBps: isVerdict ? Number(text('payBps')) : null,
    metrics: isVerdict ? (text('metrics') as Hex) : null,
    evidenceHash: isVerdict ? (text('evidenceHash') as Hex) : null,
    reasons: words.flatMap(({ reason }) => (reason === undefined ? [] : [reason.slice(0, 400)])).slice(0, MOST_REASONS),
    checks: words.flatMap(({ check }) => (check === undefined ? [] : [check])).slice(0, MOST_CHECKS),
    evidence: words
      .flatMap(({ evidence }) => (evidence === undefined ? [] : [evidence]))
      .slice(0, MOST_EVIDENCE)
      .map((item) => ({ ...item, ...(texts.has(item.name) ? { text: texts.get(item.name) ?? '' } : {}) })),
    error: error?.slice(0, 1_000) ?? null,
    milliseconds,
  };
}

/** The statement without what is long: for the network's own file. */
export function shortStatement(statement: NodeStatement): NodeStatement {
  return { ...statement, evidence: statement.evidence.map(({ name, sha256 }) => ({ name, sha256 })) };
}

function statusOf({ error }: NodeRecord, said: string): NodeStatement['status'] {
  if (said === 'verdict' || said === 'not-ready' || said === 'broken') return said;
  return error === null ? 'silent' : 'error';
}

function parse(line: string): LogLine[] {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? [value] : [];
  } catch {
    // A line of the engine itself.
    return [];
  }
}
