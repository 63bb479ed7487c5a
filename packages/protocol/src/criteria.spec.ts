import { canonicalize, sha256Hex } from './canonical.js';
import { criteriaHash, criteriaText, parseCriteria, readCriteria } from './criteria.js';

const runner = `0x${'ab'.repeat(20)}`;
const valid = {
  schema: 'milepost/criteria@1',
  kind: 'acceptance-suite',
  title: 'Interview table is complete',
  pay: { mode: 'all', minBps: 10_000 },
  runners: [runner],
  need: 1,
  mustPass: ['rows'],
  suite: {
    tests: [
      {
        id: 'rows',
        title: '20 interviews',
        weight: 1,
        check: { kind: 'csv-min-rows', file: 'interviews.csv', rows: 20 },
      },
      {
        id: 'summary',
        title: 'Summary',
        weight: 3,
        check: { kind: 'text-contains', file: '*.md', text: 'Summary', ignoreCase: true },
      },
    ],
  },
};
type Test = (typeof valid.suite.tests)[number];
const withTest = (change: object): object => ({
  ...valid,
  suite: { tests: [{ ...(valid.suite.tests[0] as Test), ...change }] },
});

describe('criteria', () => {
  it('reads back from its exact text by its hash', () => {
    const criteria = parseCriteria(valid);
    expect(criteria).toEqual(valid);
    expect(criteriaHash(criteria)).toBe(sha256Hex(canonicalize(valid)));
    expect(readCriteria(criteriaText(criteria), criteriaHash(criteria))).toEqual(valid);
  });

  it('refuses a text with another hash, however valid', () => {
    const changed = canonicalize({ ...valid, title: 'Another title' });
    expect(() => readCriteria(changed, criteriaHash(parseCriteria(valid)))).toThrow(
      /has the hash 0x[0-9a-f]{64}, not 0x/,
    );
  });

  it('refuses another spelling of the same document', () => {
    expect(() => readCriteria(JSON.stringify(valid, null, 1), criteriaHash(parseCriteria(valid)))).toThrow(
      'canonical form',
    );
  });

  it.each([
    ['an unknown field', { ...valid, url: 'https://x' }, '$.url: unknown field'],
    [
      'an unknown kind',
      { ...valid, kind: 'vibes' },
      '$.kind: one of acceptance-suite, ci-checks, sla-metrics, document-hash, sampled-batch is expected',
    ],
    ['another schema', { ...valid, schema: 'milepost/criteria@2' }, '$.schema'],
    ['a missing field', { ...valid, need: undefined }, '$.need'],
    ['more needed than named', { ...valid, need: 2 }, '$.need: an integer from 1 to 1'],
    ['no runner', { ...valid, runners: [] }, '$.runners'],
    ['a runner twice', { ...valid, runners: [runner, runner] }, '$.runners: an entry is repeated'],
    ['a mixed-case runner', { ...valid, runners: [runner.toUpperCase()] }, '$.runners[0]'],
    ['a mustPass that is no test', { ...valid, mustPass: ['nope'] }, '$.mustPass[0]'],
    ['a list', [], '$: an object is expected'],
    ['a title of 201 characters', { ...valid, title: 'x'.repeat(201) }, '$.title: text of 1 to 200 characters'],
    ['a wrong id', withTest({ id: 'Rows' }), '$.suite.tests[0].id: a short id of lower-case letters'],
    ['a text for a number', withTest({ weight: '1' }), '$.suite.tests[0].weight: an integer from 1 to 10000'],
    ['pay for nothing', { ...valid, pay: { mode: 'weights', minBps: 0 } }, '$.pay.minBps'],
    ['an unknown pay mode', { ...valid, pay: { mode: 'items', minBps: 1 } }, '$.pay.mode'],
    [
      'a test twice',
      { ...valid, suite: { tests: [valid.suite.tests[0], valid.suite.tests[0]] } },
      '$.suite.tests: an entry is repeated',
    ],
    ['a weight of zero', withTest({ weight: 0 }), '$.suite.tests[0].weight'],
    ['an unknown check', withTest({ check: { kind: 'shell', file: 'x' } }), '$.suite.tests[0].check.kind'],
    [
      'a field of another check',
      withTest({ check: { kind: 'file-present', file: 'x', rows: 1 } }),
      '$.suite.tests[0].check.rows: unknown field',
    ],
    ['a folder', withTest({ check: { kind: 'file-present', file: 'a/b' } }), '$.suite.tests[0].check.file'],
    [
      'a share that is no share',
      withTest({ check: { kind: 'csv-max-empty-bps', file: 'x', bps: 10_000 } }),
      '$.suite.tests[0].check.bps',
    ],
  ])('refuses %s', (_what, value, message) => {
    expect(() => parseCriteria(value)).toThrow(message);
  });
});
