/**
 * Judges a submission by signed results of an acceptance suite. Pure: the same inputs give the same answer on every oracle
 * node, in the portal and in an offline verification.
 */
import type { TestResult } from '../acceptance-checks.js';
import { suiteHash, type AcceptanceSuiteCriteria } from '../criteria.js';
import { canonicalHash, sha256Hex, type Hex } from '../canonical.js';
import { readSuiteResult, type SuiteResult, type SuiteResultContext } from '../acceptance-result.js';
import { failed, passed, type EvidenceItem, type Judgement } from './judgement.js';

/** The request that is judged. */
export interface JudgeContext {
  readonly chainId: bigint;
  /** The CreOracle. */
  readonly oracle: Hex;
  readonly requestId: Hex;
  readonly digest: Hex;
  readonly criteriaHash: Hex;
}

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
  const byRunner = new Map<Hex, { result: SuiteResult; text: string }>();
  const reasons: string[] = [];
  for (const text of results) {
    try {
      const result = readSuiteResult(JSON.parse(text), bound, criteria.suite);
      if (!criteria.runners.includes(result.runner))
        reasons.push(`runner ${result.runner} is not named by the criteria`);
      else byRunner.set(result.runner, { result, text });
    } catch (error) {
      reasons.push(
        error instanceof SyntaxError
          ? 'a result is not JSON'
          : error instanceof Error
            ? error.message
            : 'a result cannot be read',
      );
    }
  }
  const agreed = largestAgreement([...byRunner.values()]);
  if (agreed.length < criteria.need) {
    const all = byRunner.size === criteria.runners.length;
    const status = all && criteria.need > 1 ? 'broken' : 'not-ready';
    const count = `${String(agreed.length)} of ${String(criteria.need)} needed runners agree`;
    return { status, reasons: [...reasons, count] };
  }
  // The first `need` in the order of the criteria: one more answer that arrives late changes no byte of the verdict.
  const counted = criteria.runners
    .flatMap((runner) => agreed.filter(({ result }) => result.runner === runner))
    .slice(0, criteria.need);
  return verdictOf(criteria, counted, context);
}

function verdictOf(
  criteria: AcceptanceSuiteCriteria,
  counted: readonly { result: SuiteResult; text: string }[],
  context: JudgeContext,
): Judgement {
  const outcomes = counted[0]?.result.results ?? [];
  const count = (outcome: string): number => outcomes.filter((one) => one.outcome === outcome).length;
  const figures = [count('passed'), count('failed'), count('skipped')];
  const evidence: EvidenceItem[] = [
    { name: 'criteria', sha256: context.criteriaHash },
    ...counted.map(({ result, text }) => ({ name: `result:${result.runner}`, sha256: sha256Hex(text) })),
  ];
  const { passed: isPassed, payBps } = outcomeOf(criteria, outcomes);
  return isPassed ? passed(payBps, figures, evidence) : failed('TEST_FAILED', figures, evidence);
}

/** Whether these results are enough, and what they pay (bps; 0 when they are not): the rule that parties sign. */
export function outcomeOf(
  criteria: AcceptanceSuiteCriteria,
  results: readonly TestResult[],
): { readonly passed: boolean; readonly payBps: number } {
  const passedIds = new Set(results.filter((one) => one.outcome === 'passed').map((one) => one.id));
  let total = 0;
  let won = 0;
  for (const test of criteria.suite.tests) {
    total += test.weight;
    if (passedIds.has(test.id)) won += test.weight;
  }
  const wonBps = Math.floor((won * 10_000) / total);
  if (wonBps < criteria.pay.minBps || criteria.mustPass.some((id) => !passedIds.has(id)))
    return { passed: false, payBps: 0 };
  return { passed: true, payBps: criteria.pay.mode === 'all' ? 10_000 : wonBps };
}

/** Runners that say the same about every test; the largest such group, the first found on a tie. */
function largestAgreement<T extends { result: SuiteResult }>(answers: readonly T[]): T[] {
  const groups = new Map<Hex, T[]>();
  for (const answer of answers) {
    const key = canonicalHash(answer.result.results.map(({ id, outcome }) => [id, outcome]));
    groups.set(key, [...(groups.get(key) ?? []), answer]);
  }
  return [...groups.values()].reduce<T[]>((best, group) => (group.length > best.length ? group : best), []);
}
