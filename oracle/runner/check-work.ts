/** Judges work before it is submitted, with the code that the oracle's nodes run. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import {
  broken,
  buildManifest,
  canonicalize,
  criteriaHash,
  doubledItems,
  documentChecks,
  fillChecklist,
  judge,
  kappaBps,
  LANE_V1,
  notReady,
  outcomeOf,
  payFor,
  runSuite,
  wantsOf,
  wordsOf,
  type CheckResult,
  type Criteria,
  type CriteriaOf,
  type DeliveredFile,
  type Fetched,
  type Hex,
  type JudgeContext,
} from '@milepost/protocol';
import { Lane, type LaneRecord } from '@milepost/protocol/judge/lane-build';
import { agreementMatrix } from '@milepost/protocol/judge/sampled-batch';

/** What a check found. `status` is `passes`, `fails`, or why there is no answer. */
export interface WorkCheck {
  readonly status: 'passes' | 'fails' | 'not-ready' | 'broken';
  readonly payBps: number;
  readonly checks: readonly CheckResult[];
  readonly reasons: readonly string[];
  /** What belongs into the submission, e.g. the root over the records. */
  readonly facts?: Readonly<Record<string, string | number>>;
}

export interface WorkOptions {
  /** Folder with what is going to be delivered. */
  readonly folder?: string;
  /** Commit that is going to be delivered. */
  readonly commit?: string;
  /** Unix seconds. */
  readonly now: number;
}

/** File of a sampled batch: one JSON record a line. */
export const RECORDS_FILE = 'records.jsonl';

const TIMEOUT = 10_000;
const MAX_ANSWER = 100_000;
const NOBODY: Hex = `0x${'00'.repeat(20)}`;
const NOTHING: Hex = `0x${'00'.repeat(32)}`;

/** @throws Error when the call lacks what the kind needs. */
export async function checkWork(criteria: Criteria, options: WorkOptions): Promise<WorkCheck> {
  switch (criteria.kind) {
    case 'acceptance-suite': {
      const results = runSuite(criteria.suite, filesOf(options));
      const titles = new Map(criteria.suite.tests.map(({ id, title }) => [id, title]));
      const checks = results.map(({ id, outcome, detail }) => ({
        id,
        title: titles.get(id) ?? id,
        passed: outcome === 'passed',
        detail,
      }));
      return finished(outcomeOf(criteria, results), checks);
    }
    case 'document-hash': {
      const checks = documentChecks(criteria, fillChecklist(criteria, filesOf(options)));
      const won = checks.filter(({ passed }) => passed).map(({ id }) => id);
      return finished(payFor(criteria, new Set(won)), checks);
    }
    case 'ci-checks':
      if (options.commit === undefined) throw new Error('These criteria look at a commit: name it with --commit.');
      return live(criteria, options);
    case 'sla-metrics':
      return live(criteria, options);
    case 'sampled-batch':
      return checkLot(criteria, options);
  }
}

function finished(outcome: { passed: boolean; payBps: number }, checks: readonly CheckResult[]): WorkCheck {
  return { status: outcome.passed ? 'passes' : 'fails', payBps: outcome.payBps, checks, reasons: [] };
}

/** Asks the sources themselves, as the nodes will. */
async function live(
  criteria: CriteriaOf<'ci-checks' | 'sla-metrics'>,
  { commit, now }: WorkOptions,
): Promise<WorkCheck> {
  const { manifest, digest } = buildManifest({
    files: [{ name: 'none', size: 1, sha256: NOTHING }],
    note: '',
    salt: NOTHING,
    facts: commit === undefined ? {} : { commit },
  });
  const context: JudgeContext = {
    chainId: 0n,
    oracle: NOBODY,
    requestId: NOTHING,
    digest,
    criteriaHash: criteriaHash(criteria),
    round: 1,
    now,
  };
  const fetched: Fetched[] = [];
  const missing: string[] = [];
  for (
    let [want] = wantsOf(criteria, context, fetched);
    want !== undefined;
    [want] = wantsOf(criteria, context, fetched)
  ) {
    if (want.from === 'mirror') fetched.push({ name: want.name, text: canonicalize(manifest) });
    else if (want.from === 'source') {
      const got = await get(want.url);
      if ('problem' in got) {
        missing.push(got.problem);
        break;
      }
      fetched.push({ name: want.name, text: got.text });
    } else break;
  }
  const judgement = judge(criteria, fetched, context);
  if (judgement.status !== 'verdict')
    return { status: judgement.status, payBps: 0, checks: [], reasons: [...judgement.reasons, ...missing] };
  return finished({ passed: judgement.payBps > 0, payBps: judgement.payBps }, judgement.checks);
}

async function get(url: string): Promise<{ text: string } | { problem: string }> {
  try {
    const response = await fetch(url, {
      headers: { accept: 'application/json', 'user-agent': 'milepost-judge' },
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT),
    });
    const text = await response.text();
    if (!response.ok) return { problem: `${url} answered ${String(response.status)}` };
    if (text.length > MAX_ANSWER) return { problem: `${url} answered more than ${String(MAX_ANSWER)} bytes` };
    return { text };
  } catch (error) {
    return { problem: `${url}: ${wordsOf(error)}` };
  }
}

/** What can be known of a lot before the draw: whether it is whole, and whether its double labels agree. */
function checkLot(criteria: CriteriaOf<'sampled-batch'>, options: WorkOptions): WorkCheck {
  const file = filesOf(options).find(({ name }) => name === RECORDS_FILE);
  if (file === undefined) throw new Error(`There is no ${RECORDS_FILE} in the folder: one JSON record a line.`);
  let lane: Lane;
  try {
    lane = new Lane(readRecords(new TextDecoder().decode(file.bytes), criteria));
  } catch (error) {
    return { ...broken(wordsOf(error)), payBps: 0, checks: [] };
  }
  const { leaves, facts } = lane;
  const doubled = leaves.filter(({ second }) => second >= 0);
  const needed = doubledItems(criteria.lot);
  const kappa = kappaBps(agreementMatrix(doubled, criteria.labels));
  const isWhole = leaves.length === criteria.lot && doubled.length === needed;
  const agrees = kappa !== undefined && kappa >= LANE_V1.kappaBps;
  const checks: CheckResult[] = [
    {
      id: 'complete',
      title: 'The whole lot is delivered',
      passed: isWhole,
      detail: `${String(leaves.length)} of ${String(criteria.lot)} records, ${String(doubled.length)} of ${String(needed)} double labels`,
    },
    {
      id: 'agreement',
      title: 'Double labels agree well enough',
      passed: agrees,
      detail:
        kappa === undefined
          ? 'all double labels are the same'
          : `kappa ${(kappa / 10_000).toFixed(4)}, at least ${(LANE_V1.kappaBps / 10_000).toFixed(4)} needed`,
    },
  ];
  if (!isWhole || !agrees) return { status: 'fails', payBps: 0, checks, reasons: [], facts };
  // The rest is decided by people and by a draw that nobody knows yet.
  const rest = notReady('the sample is drawn and inspected, and the gold set revealed, after submission');
  return { ...rest, payBps: 0, checks, facts };
}

function readRecords(text: string, criteria: CriteriaOf<'sampled-batch'>): LaneRecord[] {
  const within = (value: unknown, below: number): value is number =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < below;
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line, i) => {
      const where = `line ${String(i + 1)}`;
      let record: Partial<LaneRecord>;
      try {
        record = JSON.parse(line) as Partial<LaneRecord>;
      } catch {
        throw new Error(`${where} is not JSON`);
      }
      const { id, contributor, label, second, content } = record;
      if (
        typeof id !== 'string' ||
        !within(contributor, criteria.contributors) ||
        !within(label, criteria.labels) ||
        (second !== undefined && !within(second, criteria.labels))
      )
        throw new Error(`${where} is no record {id, contributor, label, second?, content}`);
      return { id, contributor, label, content: content ?? null, ...(second === undefined ? {} : { second }) };
    });
}

function filesOf({ folder }: WorkOptions): DeliveredFile[] {
  if (folder === undefined) throw new Error('These criteria look at files: name their folder.');
  return readdirSync(folder)
    .map((name) => path.join(folder, name))
    .filter((file) => statSync(file).isFile())
    .map((file) => ({ name: path.basename(file).normalize('NFC'), bytes: new Uint8Array(readFileSync(file)) }));
}
