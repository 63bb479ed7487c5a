import { TypedDataEncoder, Wallet, verifyTypedData } from 'ethers';
import {
  signSuiteResult,
  suiteResultSigningHash,
  suiteResultText,
  suiteResultTypedData,
  readSuiteResult,
} from '../acceptance-result.js';
import type { TestOutcome } from '../acceptance-checks.js';
import { criteriaHash, parseCriteria, suiteHash, type AcceptanceSuiteCriteria } from '../criteria.js';
import { canonicalHash, sha256Hex, type Hex } from '../canonical.js';
import { decodeMetrics, Verdict } from '../report.js';
import { judgeAcceptanceSuite } from './acceptance-suite.js';
import { evidenceHash } from './judgement.js';

const keys = [1, 2, 3].map((n) => `0x${String(n).padStart(64, '0')}` as Hex);
const runners = keys.map((key) => new Wallet(key).address.toLowerCase());
const check = { kind: 'file-present', file: 'x' };
const make = (change: object = {}): AcceptanceSuiteCriteria =>
  parseCriteria({
    schema: 'milepost/criteria@1',
    kind: 'acceptance-suite',
    title: 'Suite',
    pay: { mode: 'all', minBps: 10_000 },
    runners: runners.slice(0, 2),
    need: 1,
    mustPass: [],
    suite: { tests: [1, 2, 4].map((weight, i) => ({ id: `t${i}`, title: 'T', weight, check })) },
    ...change,
  }) as AcceptanceSuiteCriteria;
const contextOf = (criteria: AcceptanceSuiteCriteria) => ({
  chainId: 31_337n,
  oracle: `0x${'0a'.repeat(20)}` as Hex,
  requestId: `0x${'0b'.repeat(32)}` as Hex,
  digest: `0x${'0c'.repeat(32)}` as Hex,
  criteriaHash: criteriaHash(criteria),
  suiteHash: suiteHash(criteria.suite),
  round: 1,
  now: 1_790_000_000,
});
const results = (marks: string, detail = '') =>
  [...marks].map((mark, i) => ({
    id: `t${i}`,
    outcome: ({ p: 'passed', f: 'failed', s: 'skipped' }[mark] ?? 'passed') as TestOutcome,
    detail,
  }));
const signed = (criteria: AcceptanceSuiteCriteria, marks: string, key = 0, detail = ''): string =>
  suiteResultText(signSuiteResult(contextOf(criteria), results(marks, detail), keys[key]!));
const judge = (criteria: AcceptanceSuiteCriteria, ...texts: string[]) =>
  judgeAcceptanceSuite(criteria, texts, contextOf(criteria));

describe('signed suite result', () => {
  const criteria = make();
  const context = contextOf(criteria);

  it('is EIP-712 as other libraries see it', () => {
    const { domain, types, message } = suiteResultTypedData(context, results('ppf'));
    expect(suiteResultSigningHash(context, results('ppf'))).toBe(TypedDataEncoder.hash(domain, types, message));
    const result = signSuiteResult(context, results('ppf'), keys[0]!);
    expect(verifyTypedData(domain, types, message, result.signature).toLowerCase()).toBe(runners[0]);
    expect(result.runner).toBe(runners[0]);
  });

  it.each(['chainId', 'oracle', 'requestId', 'digest', 'suiteHash'] as const)('is bound to %s', (key) => {
    const other = { ...context, [key]: key === 'chainId' ? 1n : `0x${'77'.repeat(key === 'oracle' ? 20 : 32)}` };
    const result = signSuiteResult(other, results('ppp'), keys[0]!);
    expect(() => readSuiteResult(result, context, criteria.suite)).toThrow(/is for|is by/);
  });

  it.each([
    ['a test left out', { results: results('pp') }, 'exactly one result per test'],
    ['an outcome changed after signing', { results: results('ppp') }, 'is by'],
    ['an unknown outcome', { results: [{ id: 't0', outcome: 'maybe', detail: '' }] }, 'outcome: one of'],
    ['an unknown field', { note: 'x' }, '$.note: unknown field'],
    ['a signature of zeros', { signature: `0x${'00'.repeat(65)}` }, 'is no signature'],
  ])('with %s is refused', (_what, change, message) => {
    const result = signSuiteResult(context, results('ppf'), keys[0]!);
    expect(() => readSuiteResult({ ...result, ...change }, context, criteria.suite)).toThrow(message);
  });
});

describe('judge of an acceptance suite', () => {
  it('passes all tests at 10,000 bps and names its evidence', () => {
    const criteria = make();
    const text = signed(criteria, 'ppp');
    const verdict = judge(criteria, text);
    expect(verdict).toMatchObject({ status: 'verdict', verdict: Verdict.PASSED, payBps: 10_000 });
    if (verdict.status !== 'verdict') return;
    expect(decodeMetrics(verdict.metrics)).toEqual([0, 3, 0, 0, 0, 0, 0, 0]);
    const evidence = [
      ['criteria', criteriaHash(criteria)],
      [`result:${runners[0]}`, sha256Hex(text)],
    ];
    expect(verdict.evidenceHash).toBe(canonicalHash(evidence));
    expect(evidenceHash(evidence.map(([name, sha256]) => ({ name: name!, sha256: sha256 as Hex })).reverse())).toBe(
      verdict.evidenceHash,
    );
  });

  it.each([
    ['one failed test', {}, 'ppf', Verdict.FAILED, 0, [2, 2, 1, 0]],
    ['a skipped test counts as not passed', {}, 'pps', Verdict.FAILED, 0, [2, 2, 0, 1]],
    // Weights 1, 2, 4: t1 + t2 = 6 of 7 = 8,571.4 bps, floored.
    [
      'weights pay the share that passed',
      { pay: { mode: 'weights', minBps: 8_571 } },
      'fpp',
      Verdict.PASSED,
      8_571,
      [0, 2, 1, 0],
    ],
    ['weights one bps short', { pay: { mode: 'weights', minBps: 8_572 } }, 'fpp', Verdict.FAILED, 0, [2, 2, 1, 0]],
    [
      'all with a minimum pays everything',
      { pay: { mode: 'all', minBps: 8_571 } },
      'fpp',
      Verdict.PASSED,
      10_000,
      [0, 2, 1, 0],
    ],
    [
      'a test that must pass',
      { pay: { mode: 'weights', minBps: 1 }, mustPass: ['t0'] },
      'fpp',
      Verdict.FAILED,
      0,
      [2, 2, 1, 0],
    ],
    ['nothing passed', { pay: { mode: 'weights', minBps: 1 } }, 'fff', Verdict.FAILED, 0, [2, 0, 3, 0]],
  ])('%s', (_what, change, marks, verdict, payBps, figures) => {
    const criteria = make(change);
    const given = judge(criteria, signed(criteria, marks));
    expect(given).toMatchObject({ status: 'verdict', verdict, payBps });
    if (given.status === 'verdict') expect(decodeMetrics(given.metrics).slice(0, 4)).toEqual(figures);
  });

  it.each([
    ['no result', [], '0 of 1 needed runners agree'],
    ['no JSON', ['<html>'], 'a result is not JSON'],
    ['a stranger', [signed(make(), 'ppp', 2)], `runner ${runners[2]} is not named by the criteria`],
    [
      'a result for other criteria',
      [signed(make({ suite: { tests: [{ id: 't0', title: 'T', weight: 1, check }] } }), 'p')],
      '$.suiteHash: is for',
    ],
  ])('is not ready with %s', (_what, texts, reason) => {
    const answer = judge(make(), ...texts);
    expect(answer.status).toBe('not-ready');
    expect('reasons' in answer && answer.reasons.join('\n')).toContain(reason);
  });

  it('counts a runner once, however often it answers', () => {
    const criteria = make({ need: 2 });
    expect(judge(criteria, signed(criteria, 'ppp'), signed(criteria, 'ppp')).status).toBe('not-ready');
  });

  it('takes runners that agree on outcomes, whatever their wording', () => {
    const criteria = make({ need: 2 });
    expect(judge(criteria, signed(criteria, 'ppp', 0, 'fine'), signed(criteria, 'ppp', 1, 'good'))).toMatchObject({
      status: 'verdict',
      payBps: 10_000,
    });
  });

  it('is broken when all runners have spoken and disagree', () => {
    const criteria = make({ need: 2 });
    expect(judge(criteria, signed(criteria, 'ppp', 0), signed(criteria, 'ppf', 1)).status).toBe('broken');
  });

  it('does not change when one more runner agrees later', () => {
    const criteria = make();
    const first = signed(criteria, 'ppp', 0);
    expect(judge(criteria, signed(criteria, 'ppp', 1), first)).toEqual(judge(criteria, first));
  });
});
