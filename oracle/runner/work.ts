/** What a runner does for one request, by the kind of its criteria: run, sign, give the exact text that is served. */
import {
  checklistText,
  fillChecklist,
  runSuite,
  signSuiteResult,
  suiteHash,
  suiteResultText,
  type Criteria,
  type DeliveredFile,
  type Hex,
  type StatementContext,
} from '@milepost/protocol';

/** Kinds that a runner signs results for; the others are judged from their sources. */
export type RunCriteria = Extract<Criteria, { kind: 'acceptance-suite' | 'document-hash' }>;

export function isRun(criteria: Criteria): criteria is RunCriteria {
  return criteria.kind === 'acceptance-suite' || criteria.kind === 'document-hash';
}

/** File names, or patterns of them, that the criteria ask for. */
export function filePatterns(criteria: RunCriteria): string[] {
  return criteria.kind === 'acceptance-suite'
    ? criteria.suite.tests.map(({ check }) => check.file)
    : criteria.items.map(({ file }) => file);
}

/** Runs the checks over the delivered files and signs what they found. */
export function signedResult(
  criteria: RunCriteria,
  files: readonly DeliveredFile[],
  context: StatementContext,
  key: Hex,
): string {
  if (criteria.kind === 'document-hash') return checklistText(context, fillChecklist(criteria, files), key);
  const bound = { ...context, suiteHash: suiteHash(criteria.suite) };
  return suiteResultText(signSuiteResult(bound, runSuite(criteria.suite, files), key));
}
