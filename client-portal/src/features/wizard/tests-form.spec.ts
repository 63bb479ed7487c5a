import { CRITERIA_KINDS, describeCriteria, type CriteriaKind } from '@milepost/protocol/criteria';
import {
  fromCriteria,
  KINDS,
  newCheck,
  newTests,
  testErrors,
  toCriteria,
  type Tested,
  type TestsForm,
} from './tests-form';

const RUNNER = '0xABCDEFabcdefABCDEFabcdefABCDEFabcdefABCD';
const commitment = (byte: string) => `0x${byte.repeat(32)}`;
const filled: Record<CriteriaKind, Partial<TestsForm>> = {
  'acceptance-suite': {},
  'ci-checks': { repository: 'acme/engine', checkNames: 'build (node 24)\nlint\n' },
  'sla-metrics': {
    source: 'https://metrics.example.org/v1/query/',
    from: '2027-01-01T00:00',
    to: '2027-01-08T00:00',
    objectives: [{ series: 'p95', op: 'at-most', threshold: '300', unit: 'ms', maxBreaches: '2', maxMissing: '1' }],
  },
  'document-hash': {
    documents: [
      { title: 'Signed protocol', file: 'protocol.pdf', sha256: 'AB'.repeat(32) },
      { title: '', file: 'report-*.pdf', sha256: '' },
    ],
  },
  'sampled-batch': { pay: 'share', minPercent: '80', inspectors: `0x${'22'.repeat(20)}`, gold: commitment('aa') },
};
const form = (kind: CriteriaKind, change: Partial<TestsForm> = {}): Tested => ({
  title: 'Work',
  checks: [newCheck('csv-min-rows'), { ...newCheck('text-contains'), text: 'Summary' }],
  tests: { ...newTests(kind), ...filled[kind], ...change },
});

describe('tests of an oracle milestone', () => {
  it('offer every kind that the protocol judges, each with what to know before trusting it', () => {
    expect(KINDS.map(({ kind }) => kind).sort()).toEqual([...CRITERIA_KINDS].sort());
    for (const { hint, warning } of KINDS) expect(Math.min(hint.length, warning.length)).toBeGreaterThan(40);
  });

  it.each(CRITERIA_KINDS)('of kind %s become a document that both can sign, and come back as typed', (kind) => {
    const typed = form(kind);
    expect(testErrors(typed)).toEqual({});
    const document = toCriteria(typed, RUNNER);
    expect(document.kind).toBe(kind);
    expect(describeCriteria(document).length).toBeGreaterThan(1);
    expect(toCriteria({ title: 'Work', ...fromCriteria(document) }, RUNNER)).toEqual(document);
  });

  it('pay all or the passed share', () => {
    expect(toCriteria(form('ci-checks'), RUNNER)).toMatchObject({
      pay: { mode: 'all', minBps: 10_000 },
      mustPass: ['t1-build-node-24', 't2-lint'],
      required: [{ weight: 5_000 }, { weight: 5_000 }],
    });
    expect(toCriteria(form('ci-checks', { pay: 'share', minPercent: '62.5' }), RUNNER)).toMatchObject({
      pay: { mode: 'weights', minBps: 6_250 },
      mustPass: [],
    });
    expect(toCriteria(form('sampled-batch'), RUNNER)).toMatchObject({ pay: { mode: 'items', minBps: 8_000 } });
  });

  it.each<[CriteriaKind, Partial<TestsForm>, string]>([
    ['ci-checks', { repository: 'engine' }, 'tests.repository'],
    ['ci-checks', { api: 'ftp://x' }, 'tests.api'],
    ['ci-checks', { checkNames: '' }, 'tests.checkNames'],
    ['ci-checks', { checkNames: 'a\na' }, 'tests.checkNames'],
    ['ci-checks', { pay: 'share', minPercent: '0' }, 'tests.minPercent'],
    ['ci-checks', { pay: 'share', minPercent: 'x' }, 'tests.minPercent'],
    ['sla-metrics', { source: 'https://x.org/?q=1' }, 'tests.source'],
    ['sla-metrics', { from: '' }, 'tests.from'],
    ['sla-metrics', { to: 'tomorrow' }, 'tests.to'],
    ['sla-metrics', { to: '2026-01-01T00:00' }, 'tests.to'],
    ['sla-metrics', { stepMinutes: '0' }, 'tests.stepMinutes'],
    ['sla-metrics', { stepMinutes: '1.5' }, 'tests.stepMinutes'],
    ['sla-metrics', { objectives: [] }, 'tests.objectives'],
    [
      'sla-metrics',
      { objectives: [{ series: 'p95', op: 'below', threshold: '0.5', unit: 'ms', maxBreaches: '0', maxMissing: '0' }] },
      'tests.objectives.0',
    ],
    ['document-hash', { documents: [] }, 'tests.documents'],
    ['document-hash', { documents: [{ title: 'A', file: 'a/b', sha256: '' }] }, 'tests.documents.0'],
    ['document-hash', { documents: [{ title: 'A', file: 'a', sha256: '12' }] }, 'tests.documents.0'],
    ['sampled-batch', { lot: '100' }, 'tests.lot'],
    ['sampled-batch', { labels: '1' }, 'tests.labels'],
    ['sampled-batch', { contributors: '0' }, 'tests.contributors'],
    ['sampled-batch', { drawDelay: '' }, 'tests.drawDelay'],
    ['sampled-batch', { inspectors: 'Ada' }, 'tests.inspectors'],
    ['sampled-batch', { needInspectors: '2' }, 'tests.needInspectors'],
    ['sampled-batch', { gold: '' }, 'tests.gold'],
    ['sampled-batch', { gold: `${commitment('aa')}\n${commitment('aa')}` }, 'tests.gold'],
  ])('of kind %s with %j are wrong at %s, in words', (kind, change, field) => {
    const errors = testErrors(form(kind, change));
    expect(Object.keys(errors)).toEqual([field]);
    expect(errors[field]).toMatch(/^[A-Z0-9].*\.$/);
    expect(errors[field]).not.toContain('$.');
  });

  it('name the test on files that cannot run', () => {
    const { tests, title } = form('acceptance-suite');
    expect(testErrors({ title, tests, checks: [] })).toEqual({ checks: expect.any(String) });
    const bad = [newCheck('file-present'), { ...newCheck('csv-min-rows'), rows: '0' }];
    expect(Object.keys(testErrors({ title, tests, checks: bad }))).toEqual(['checks.1']);
  });
});
