/** Judges of sources that nobody signs: check runs and samples. */
import { canonicalHash, canonicalize, sha256Hex, type Hex } from '../canonical.js';
import { criteriaHash, parseCriteria, type CiChecksCriteria, type SlaMetricsCriteria } from '../criteria.js';
import { buildManifest } from '../manifest.js';
import { decodeMetrics, Verdict } from '../report.js';
import { checkRunsUrl, judgeCiChecks } from './ci-checks.js';
import { judge, wantsOf } from './judge.js';
import type { Fetched, JudgeContext, Judgement } from './judgement.js';
import { judgeSlaMetrics, slaUrl } from './sla-metrics.js';

const salt: Hex = `0x${'5a'.repeat(32)}`;
const commit = 'c0ffee'.padEnd(40, '0');
const file = { name: 'a', size: 1, sha256: sha256Hex('a') };
const delivered = buildManifest({ files: [file], note: '', salt, facts: { commit } });
const contextOf = (
  criteria: CiChecksCriteria | SlaMetricsCriteria,
  change: Partial<JudgeContext> = {},
): JudgeContext => ({
  chainId: 31_337n,
  oracle: `0x${'0a'.repeat(20)}`,
  requestId: `0x${'0b'.repeat(32)}`,
  digest: delivered.digest,
  criteriaHash: criteriaHash(criteria),
  round: 1,
  now: 1_790_100_000,
  ...change,
});
const figures = (judgement: Judgement): number[] =>
  judgement.status === 'verdict' ? decodeMetrics(judgement.metrics).slice(0, 4) : [];
const words = (judgement: Judgement): string =>
  judgement.status === 'verdict'
    ? judgement.checks.map(({ detail }) => detail).join('\n')
    : judgement.reasons.join('\n');

describe('ci-checks', () => {
  const criteria = (change: object = {}): CiChecksCriteria =>
    parseCriteria({
      schema: 'milepost/criteria@1',
      kind: 'ci-checks',
      title: 'Green build',
      pay: { mode: 'all', minBps: 10_000 },
      api: 'https://api.github.com',
      repository: 'example/product',
      required: [
        { id: 'build', title: 'It builds', weight: 1, name: 'build' },
        { id: 'test', title: 'Its tests pass', weight: 3, name: 'test' },
      ],
      mustPass: [],
      ...change,
    }) as CiChecksCriteria;
  const run = (name: string, conclusion: string | null, change: object = {}) => ({
    id: name.length,
    name,
    status: conclusion === null ? 'in_progress' : 'completed',
    conclusion,
    started_at: '2026-09-21T10:00:00Z',
    output: { title: 'volatile' },
    ...change,
  });
  const page = (runs: object[], total = runs.length): string =>
    JSON.stringify({ total_count: total, check_runs: runs });
  const ask = (pages: readonly string[], change: object = {}): Judgement =>
    judgeCiChecks(criteria(change), delivered.manifest, pages, contextOf(criteria(change)));

  it('passes a commit whose required checks succeeded, and keeps what it judged', () => {
    const given = ask([page([run('build', 'success'), run('test', 'success'), run('lint', 'failure', { id: 9 })])]);
    expect(given).toMatchObject({ status: 'verdict', verdict: Verdict.PASSED, payBps: 10_000 });
    expect(figures(given)).toEqual([0, 2, 2, 0]);
    if (given.status !== 'verdict') return;
    const text = canonicalize([
      ['build', 5, 'success'],
      ['test', 4, 'success'],
    ]);
    expect(given.evidence.find(({ name }) => name === 'check-runs')).toEqual({
      name: 'check-runs',
      sha256: sha256Hex(text),
      text,
    });
    expect(given.evidenceHash).toBe(
      canonicalHash([
        ['check-runs', sha256Hex(text)],
        ['criteria', criteriaHash(criteria())],
        ['manifest', delivered.digest],
      ]),
    );
  });

  it.each([
    ['failure', {}, Verdict.FAILED, 0, [2, 1, 2, 0]],
    ['cancelled', {}, Verdict.FAILED, 0, [2, 1, 2, 0]],
    ['neutral', {}, Verdict.FAILED, 0, [2, 1, 2, 0]],
    ['skipped', { pay: { mode: 'weights', minBps: 7_500 } }, Verdict.PASSED, 7_500, [0, 1, 2, 0]],
    ['failure', { pay: { mode: 'weights', minBps: 7_501 } }, Verdict.FAILED, 0, [2, 1, 2, 0]],
    ['failure', { pay: { mode: 'weights', minBps: 1 }, mustPass: ['build'] }, Verdict.FAILED, 0, [2, 1, 2, 0]],
  ])('build %s with %j', (conclusion, change, verdict, payBps, metrics) => {
    const given = ask([page([run('build', conclusion), run('test', 'success')])], change);
    expect(given).toMatchObject({ status: 'verdict', verdict, payBps });
    expect(figures(given)).toEqual(metrics);
    expect(words(given)).toContain(`build of c0ffee000000: ${conclusion}`);
  });

  it.each([
    ['queued', [run('build', null, { status: 'queued', started_at: null }), run('test', 'success')], 'build: queued'],
    ['running', [run('build', null), run('test', 'success')], 'build: in_progress'],
    ['missing', [run('test', 'success')], 'build: there is no such check run'],
    ['in another case', [run('Build', 'success'), run('test', 'success')], 'build: there is no such check run'],
  ])('a check that is %s is not ready', (_what, runs, reason) => {
    const given = ask([page(runs)]);
    expect(given.status).toBe('not-ready');
    expect(words(given)).toContain(reason);
  });

  it.each([
    ['later start', { id: 1, started_at: '2026-09-21T10:00:01Z' }, true],
    ['earlier start', { id: 99, started_at: '2026-09-21T09:59:59Z' }, false],
    ['same start, higher number', { id: 99 }, true],
    ['same start, lower number', { id: 1 }, false],
  ])('of two attempts the newest counts: %s', (_what, change, isFailed) => {
    const runs = [run('build', 'success'), run('build', 'failure', change), run('test', 'success')];
    for (const order of [runs, [...runs].reverse()])
      expect(ask([page(order)])).toMatchObject({ verdict: isFailed ? Verdict.FAILED : Verdict.PASSED });
  });

  it('a new attempt that has not started is newer than a finished one', () => {
    const waiting = run('build', null, { id: 1, status: 'queued', started_at: null });
    expect(ask([page([run('build', 'success'), waiting, run('test', 'success')])]).status).toBe('not-ready');
  });

  it.each([
    ['no page', [], 'not-ready', 'not given all'],
    ['a page missing', [page([run('build', 'success')], 25)], 'not-ready', 'not given all'],
    ['no JSON', ['<html>'], 'not-ready', 'no JSON'],
    ['an error', ['{"message":"Not Found"}'], 'not-ready', 'no list of check runs'],
    ['a run without a number', [page([{ name: 'build' }])], 'not-ready', 'is no check run'],
    [
      'a time in another form',
      [page([run('build', 'success', { started_at: 'now' })])],
      'not-ready',
      'is no check run',
    ],
    ['more runs than can be read', [page([], 61)], 'broken', '61 check runs'],
  ])('%s: %s', (_what, pages, status, reason) => {
    const given = ask(pages);
    expect(given.status).toBe(status);
    expect(words(given)).toContain(reason);
  });

  it('a submission without a commit has failed: nothing can be looked up for it', () => {
    const { manifest, digest } = buildManifest({ files: [file], note: '', salt });
    const given = judgeCiChecks(criteria(), manifest, [], contextOf(criteria(), { digest }));
    expect(given).toMatchObject({ status: 'verdict', verdict: Verdict.FAILED });
    expect(figures(given)).toEqual([4, 0, 2, 0]);
  });

  it('reads as many pages as there are, within five calls', () => {
    const one = criteria();
    const context = contextOf(one);
    const runs = Array.from({ length: 41 }, (_, i) =>
      run(i === 40 ? 'test' : i === 0 ? 'build' : `other ${String(i)}`, 'success', { id: i + 1 }),
    );
    const fetched: Fetched[] = [];
    const asked: string[] = [];
    for (let wants = wantsOf(one, context, fetched); wants.length > 0; wants = wantsOf(one, context, fetched)) {
      for (const want of wants) {
        asked.push(want.from === 'source' ? want.url : want.from);
        const nr = fetched.filter(({ name }) => name === 'check-runs').length;
        fetched.push({
          name: want.name,
          text: want.from === 'mirror' ? canonicalize(delivered.manifest) : page(runs.slice(nr * 20, nr * 20 + 20), 41),
        });
      }
    }
    expect(asked).toEqual(['mirror', ...[1, 2, 3].map((nr) => checkRunsUrl(one, commit, nr))]);
    expect(judge(one, fetched, context)).toMatchObject({ status: 'verdict', payBps: 10_000 });
    const swapped = fetched.map((one) => (one.name === 'manifest' ? { ...one, text: '{}' } : one));
    expect(judge(criteria(), swapped, context)).toMatchObject({ status: 'broken' });
    expect(wantsOf(one, context, swapped.slice(0, 1))).toEqual([]);
  });
});

describe('sla-metrics', () => {
  const FROM = 1_790_000_000;
  const criteria = (change: object = {}, more: object = {}): SlaMetricsCriteria =>
    parseCriteria({
      schema: 'milepost/criteria@1',
      kind: 'sla-metrics',
      title: 'Fast enough',
      pay: { mode: 'all', minBps: 10_000 },
      source: 'https://status.example.com/samples',
      window: { from: FROM, to: FROM + 600, step: 60 },
      objectives: [
        {
          id: 'fast',
          title: 'Answers in time',
          weight: 1,
          series: 'p95',
          op: 'at-most',
          threshold: 300,
          unit: 'ms',
          maxBreaches: 1,
          maxMissing: 2,
          ...change,
        },
      ],
      mustPass: [],
      ...more,
    }) as SlaMetricsCriteria;
  /** Ten samples by default; `null` leaves one out. */
  const answer = (values: readonly (number | null)[], more: object = {}): string =>
    JSON.stringify({
      generatedAt: 'volatile',
      series: { p95: values.flatMap((value, i) => (value === null ? [] : [[FROM + i * 60, value]])), ...more },
    });
  const ask = (text: string | undefined, one = criteria(), now = FROM + 600): Judgement =>
    judgeSlaMetrics(one, text, contextOf(one, { now }));
  const ten = (...change: (number | null)[]): (number | null)[] =>
    [...change, ...Array<number>(10).fill(300)].slice(0, 10);

  it.each([
    ['all good', ten(), Verdict.PASSED, [0, 10, 0, 0]],
    ['as many breaches as allowed', ten(301), Verdict.PASSED, [0, 10, 1, 0]],
    ['one more', ten(301, 301), Verdict.FAILED, [1, 10, 2, 0]],
    ['as many missing as allowed', ten(null, null), Verdict.PASSED, [0, 8, 0, 2]],
    ['one more is a breach', ten(null, null, null), Verdict.PASSED, [0, 7, 1, 3]],
    ['two more are two', ten(null, null, null, null), Verdict.FAILED, [1, 6, 2, 4]],
    ['missing and bad add up', ten(null, null, null, 301), Verdict.FAILED, [1, 7, 2, 3]],
    ['nothing at all', Array<null>(10).fill(null), Verdict.FAILED, [1, 0, 8, 10]],
  ])('%s', (_what, values, verdict, metrics) => {
    const given = ask(answer(values));
    expect(given).toMatchObject({ status: 'verdict', verdict });
    expect(figures(given)).toEqual(metrics);
  });

  it.each([
    ['at-least', 300, true],
    ['at-least', 299, false],
    ['at-most', 300, true],
    ['at-most', 301, false],
    ['above', 300, false],
    ['above', 301, true],
    ['below', 300, false],
    ['below', 299, true],
  ])('%s 300: %i is %s', (op, value, isMet) => {
    const given = ask(answer(Array<number>(10).fill(value)), criteria({ op, maxBreaches: 0 }));
    expect(given).toMatchObject({ verdict: isMet ? Verdict.PASSED : Verdict.FAILED });
  });

  it('pays the weight of the objectives that were met', () => {
    const [first] = criteria().objectives;
    const objectives = [
      { ...first, weight: 3 },
      {
        ...first,
        id: 'up',
        series: 'uptime',
        op: 'at-least',
        threshold: 9_990,
        unit: 'bps',
        weight: 2,
        maxBreaches: 0,
      },
    ];
    const one = criteria({}, { objectives, pay: { mode: 'weights', minBps: 6_000 } });
    const text = answer(ten(), { uptime: [[FROM, 9_000]] });
    expect(ask(text, one)).toMatchObject({ verdict: Verdict.PASSED, payBps: 6_000 });
    expect(words(ask(text, one))).toContain('uptime at least 9990 bps: 1 samples, 9 missing, 8 breaches (0 allowed)');
    expect(ask(text, { ...one, mustPass: ['up'] })).toMatchObject({ verdict: Verdict.FAILED });
  });

  it('order, doubles, other fields and samples beside the window change nothing', () => {
    const plain = ask(answer(ten(301)));
    const p95 = ten(301).map((value, i) => [FROM + i * 60, value]);
    const messy = { p95: [...p95.reverse(), p95[0], [FROM - 60, 999], [FROM + 600, 999], [FROM + 30, 999]], other: [] };
    expect(ask(JSON.stringify({ series: messy }))).toEqual(plain);
  });

  it('is not ready before the window is over, or without an answer', () => {
    expect(ask(answer(ten()), criteria(), FROM + 599).status).toBe('not-ready');
    expect(ask(undefined).status).toBe('not-ready');
    expect(ask('<html>').status).toBe('not-ready');
    const one = criteria();
    expect(wantsOf(one, contextOf(one, { now: FROM + 599 }), [])).toEqual([]);
    expect(wantsOf(one, contextOf(one, { now: FROM + 600 }), [])).toEqual([
      { name: 'samples', from: 'source', url: slaUrl(one) },
    ]);
    expect(slaUrl(one)).toBe(`https://status.example.com/samples?from=${FROM}&to=${FROM + 600}&step=60`);
  });

  it.each([
    ['no series', '{}', '$.series: an object'],
    ['a list', '{"series":[]}', '$.series: an object'],
    ['a fraction', answer([1.5]), '$.series.p95[0]: two integers'],
    ['a text', '{"series":{"p95":"1"}}', '$.series.p95: a list'],
    ['two values at one time', `{"series":{"p95":[[${FROM},1],[${FROM},2]]}}`, '$.series.p95[1]: two different values'],
  ])('%s: broken', (_what, text, reason) => {
    const given = ask(text);
    expect(given.status).toBe('broken');
    expect(words(given)).toContain(reason);
  });

  it('one more good sample never turns a pass into a fail', () => {
    let seed = 1;
    const next = (below: number): number => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return seed % below;
    };
    for (let round = 0; round < 200; round++) {
      const values = Array.from({ length: 10 }, () => [300, 300, 301, null][next(4)]!);
      const before = ask(answer(values));
      const better = [...values];
      better[next(10)] = 300;
      const after = ask(answer(better));
      if (before.status !== 'verdict' || after.status !== 'verdict') throw new Error('a verdict is expected');
      expect(after.payBps).toBeGreaterThanOrEqual(before.payBps);
    }
  });
});
