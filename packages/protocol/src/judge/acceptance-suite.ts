/** Judges a submission by signed results of an acceptance suite. */
import { readSuiteResult, type SuiteResult, type SuiteResultContext } from '../acceptance-result.js';
import type { TestResult } from '../acceptance-checks.js';
import { canonicalHash } from '../canonical.js';
import { suiteHash, type AcceptanceSuiteCriteria } from '../criteria.js';
import { evidenceOf, failed, passed, type CheckResult, type JudgeContext, type Judgement } from './judgement.js';
import { payFor } from './pay.js';
import { countSigners } from './signers.js';

/**
 * `results` are the exact texts that runners serve; texts by strangers, for other requests or with wrong signatures are
 * set aside and named in the reasons. Metrics after the reason code: passed, failed, skipped tests.
 */
export function judgeAcceptanceSuite(
  criteria: AcceptanceSuiteCriteria,
  results: readonly string[],
  context: JudgeContext,
): Judgement {
  const bound: SuiteResultContext = { ...context, suiteHash: suiteHash(criteria.suite) };
  const sources = results.map((text) => () => {
    const result: SuiteResult = readSuiteResult(JSON.parse(text), bound, criteria.suite);
    const key = canonicalHash(result.results.map(({ id, outcome }) => [id, outcome]));
    return { signer: result.runner, key, value: { result, text } };
  });
  const answer = countSigners(sources, criteria.runners, criteria.need, 'runner');
  if ('status' in answer) return answer;
  const outcomes = answer.counted[0]?.value.result.results ?? [];
  const count = (outcome: string): number => outcomes.filter((one) => one.outcome === outcome).length;
  const findings = {
    figures: [count('passed'), count('failed'), count('skipped')],
    evidence: [
      { name: 'criteria', sha256: context.criteriaHash },
      ...answer.counted.map(({ signer, value }) => evidenceOf(`result:${signer}`, value.text)),
    ],
    checks: suiteChecks(criteria, outcomes),
  };
  const outcome = outcomeOf(criteria, outcomes);
  return outcome.passed ? passed(outcome.payBps, findings) : failed('TEST_FAILED', findings);
}

/** Whether these results are enough, and what they pay (bps; 0 when they are not): the rule that parties sign. */
export function outcomeOf(
  criteria: AcceptanceSuiteCriteria,
  results: readonly TestResult[],
): { readonly passed: boolean; readonly payBps: number } {
  return payFor(criteria, new Set(results.filter((one) => one.outcome === 'passed').map(({ id }) => id)));
}

function suiteChecks(criteria: AcceptanceSuiteCriteria, results: readonly TestResult[]): CheckResult[] {
  return results.map(({ id, outcome, detail }) => ({
    id,
    title: criteria.suite.tests.find((test) => test.id === id)?.title ?? id,
    passed: outcome === 'passed',
    detail,
  }));
}
