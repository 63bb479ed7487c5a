/** Judges a commit by the check runs that a repository host reports for it. */
import { canonicalize, DocumentError } from '../canonical.js';
import type { CiChecksCriteria } from '../criteria.js';
import type { PublicManifest } from '../manifest.js';
import {
  broken,
  evidenceOf,
  failed,
  notReady,
  passed,
  wordsOf,
  type CheckResult,
  type JudgeContext,
  type Judgement,
} from './judgement.js';
import { payFor } from './pay.js';

/** Check runs asked for at once: a page stays far below the 100 KB that a node may read. */
export const CHECK_RUNS_PER_PAGE = 20;
/** Pages that fit beside criteria and manifest into five HTTP calls. */
export const CHECK_RUN_PAGES = 3;

/** What the verdict needs of a check run; everything else of the host's answer is volatile and dropped. */
export interface CheckRun {
  readonly id: number;
  readonly name: string;
  readonly status: string;
  readonly conclusion: string;
  readonly startedAt: string;
}

/** Address of one page (1, 2, …) of a commit's check runs. */
export function checkRunsUrl(criteria: CiChecksCriteria, commit: string, page: number): string {
  const query = `filter=latest&per_page=${String(CHECK_RUNS_PER_PAGE)}&page=${String(page)}`;
  return `${criteria.api}/repos/${criteria.repository}/commits/${commit}/check-runs?${query}`;
}

/**
 * Reads one page of the host's answer.
 * @throws DocumentError when it is no list of check runs.
 */
export function readCheckRuns(text: string): { readonly total: number; readonly runs: readonly CheckRun[] } {
  const page: unknown = JSON.parse(text);
  const { total_count: total, check_runs: list } = (page ?? {}) as { total_count?: unknown; check_runs?: unknown };
  if (typeof total !== 'number' || !Number.isSafeInteger(total) || total < 0 || !Array.isArray(list))
    throw new DocumentError('$', 'the answer is no list of check runs');
  return { total, runs: list.map((item: unknown, i) => readRun(item, `$.check_runs[${String(i)}]`)) };
}

/**
 * `pages` are the texts of pages 1, 2, … Each required check of the commit must have the conclusion `success`; of several
 * runs with one name the newest attempt counts; queued, running and missing checks are not ready. Metrics: passed, total.
 */
export function judgeCiChecks(
  criteria: CiChecksCriteria,
  manifest: PublicManifest,
  pages: readonly string[],
  context: JudgeContext,
): Judgement {
  const base = [
    { name: 'criteria', sha256: context.criteriaHash },
    { name: 'manifest', sha256: context.digest },
  ];
  const { commit } = manifest.facts;
  if (commit === undefined) {
    const checks = criteria.required.map(({ id, title }) => said(id, title, false, 'the submission names no commit'));
    return failed('INCOMPLETE', { figures: [0, checks.length], evidence: base, checks });
  }
  let runs: CheckRun[];
  try {
    const read = pages.map(readCheckRuns);
    const total = read[0]?.total ?? 0;
    if (total > CHECK_RUN_PAGES * CHECK_RUNS_PER_PAGE)
      return broken(
        `${String(total)} check runs on ${commit}; at most ${String(CHECK_RUN_PAGES * CHECK_RUNS_PER_PAGE)} can be read`,
      );
    runs = read.flatMap((page) => page.runs);
    const missing = total - new Set(runs.map(({ id }) => id)).size;
    if (read.length === 0 || missing > 0) return notReady('the host has not given all check runs of the commit yet');
  } catch (error) {
    return notReady(error instanceof SyntaxError ? 'the host answered no JSON' : wordsOf(error));
  }
  const newest = criteria.required.map((check) => ({ check, run: newestOf(runs, check.name) }));
  const waiting = newest.flatMap(({ check, run }) => {
    if (run === undefined) return [`${check.name}: there is no such check run on ${commit} yet`];
    return run.status === 'completed' ? [] : [`${check.name}: ${run.status}`];
  });
  if (waiting.length > 0) return notReady(...waiting);
  const checks = newest.map(({ check, run }) =>
    said(
      check.id,
      check.title,
      run?.conclusion === 'success',
      `${check.name} of ${commit.slice(0, 12)}: ${run?.conclusion ?? ''}`,
    ),
  );
  const text = canonicalize(newest.map(({ check, run }) => [check.name, run?.id ?? 0, run?.conclusion ?? '']));
  const won = checks.filter((check) => check.passed);
  const findings = {
    figures: [won.length, checks.length],
    evidence: [...base, { ...evidenceOf('check-runs', text), text }],
    checks,
  };
  const outcome = payFor(criteria, new Set(won.map(({ id }) => id)));
  return outcome.passed ? passed(outcome.payBps, findings) : failed('TEST_FAILED', findings);
}

function newestOf(runs: readonly CheckRun[], name: string): CheckRun | undefined {
  return runs
    .filter((run) => run.name === name)
    .reduce<CheckRun | undefined>((best, run) => (best === undefined || isNewer(run, best) ? run : best), undefined);
}

/** A run that has not started is newer than all that have; then by start, then by the host's number. */
function isNewer(a: CheckRun, b: CheckRun): boolean {
  const order = (run: CheckRun): string => (run.startedAt === '' ? '\uffff' : run.startedAt);
  return order(a) === order(b) ? a.id > b.id : order(a) > order(b);
}

function readRun(value: unknown, path: string): CheckRun {
  const { id, name, status, conclusion, started_at: startedAt } = (value ?? {}) as Record<string, unknown>;
  const text = (field: unknown, nullable: boolean): field is string | null | undefined =>
    typeof field === 'string' ? field.length <= 300 : nullable && (field === null || field === undefined);
  if (
    typeof id !== 'number' ||
    !Number.isSafeInteger(id) ||
    typeof name !== 'string' ||
    typeof status !== 'string' ||
    !text(conclusion, true) ||
    !text(startedAt, true) ||
    // One form of time only: then text order is time order.
    (typeof startedAt === 'string' && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(startedAt))
  )
    throw new DocumentError(path, 'is no check run');
  return { id, name, status, conclusion: conclusion ?? '', startedAt: startedAt ?? '' };
}

function said(id: string, title: string, isPassed: boolean, detail: string): CheckResult {
  return { id, title, passed: isPassed, detail };
}
