import {
  describeCheck,
  matchesName,
  MAX_DETAIL,
  runCheck,
  runSuite,
  type AcceptanceCheck,
} from './acceptance-checks.js';
import { parseCsv } from './acceptance-csv.js';
import { canonicalize } from './canonical.js';

const file = (name: string, text: string): { name: string; bytes: Uint8Array } => ({
  name,
  bytes: new TextEncoder().encode(text),
});
const table = file('data.csv', 'id,label,note\n1,a,x\n2,,y\n3,c,\n');
const outcome = (check: AcceptanceCheck, ...files: { name: string; bytes: Uint8Array }[]): string =>
  runCheck(check, files).outcome;

describe('acceptance checks', () => {
  it.each<[AcceptanceCheck, string]>([
    [{ kind: 'file-present', file: 'data.csv' }, 'passed'],
    [{ kind: 'file-present', file: 'DATA.csv' }, 'failed'],
    [{ kind: 'max-size', file: 'data.csv', bytes: table.bytes.length }, 'passed'],
    [{ kind: 'max-size', file: 'data.csv', bytes: table.bytes.length - 1 }, 'failed'],
    [{ kind: 'csv-columns', file: 'data.csv', columns: ['label', 'id'] }, 'passed'],
    [{ kind: 'csv-columns', file: 'data.csv', columns: ['label', 'score'] }, 'failed'],
    [{ kind: 'csv-min-rows', file: 'data.csv', rows: 3 }, 'passed'],
    [{ kind: 'csv-min-rows', file: 'data.csv', rows: 4 }, 'failed'],
    // 2 of 9 cells are empty: 2,222.2 bps. 1 of 3 labels: 3,333.3 bps. A rounded-down share must not pass.
    [{ kind: 'csv-max-empty-bps', file: 'data.csv', bps: 2_223 }, 'passed'],
    [{ kind: 'csv-max-empty-bps', file: 'data.csv', bps: 2_222 }, 'failed'],
    [{ kind: 'csv-max-empty-bps', file: 'data.csv', column: 'label', bps: 3_334 }, 'passed'],
    [{ kind: 'csv-max-empty-bps', file: 'data.csv', column: 'label', bps: 3_333 }, 'failed'],
    [{ kind: 'csv-max-empty-bps', file: 'data.csv', column: 'id', bps: 0 }, 'passed'],
    [{ kind: 'csv-max-empty-bps', file: 'data.csv', column: 'score', bps: 9_999 }, 'failed'],
    [{ kind: 'text-contains', file: 'data.csv', text: 'ID,Label', ignoreCase: true }, 'passed'],
    [{ kind: 'text-contains', file: 'data.csv', text: 'ID,Label', ignoreCase: false }, 'failed'],
    [{ kind: 'json-valid', file: 'data.csv' }, 'failed'],
  ])('%j: %s', (check, expected) => {
    expect(outcome(check, table)).toBe(expected);
    expect(outcome(check)).toBe('failed');
    expect(describeCheck(check)).toContain(check.file);
  });

  it('asks every file that a pattern matches, and at least one', () => {
    const check: AcceptanceCheck = { kind: 'json-valid', file: 'part-*.json' };
    expect(outcome(check, file('part-1.json', '{}'), file('part-2.json', '[]'), file('other.json', '{'))).toBe(
      'passed',
    );
    expect(runCheck(check, [file('part-2.json', '{'), file('part-1.json', '{}')])).toEqual({
      outcome: 'failed',
      detail: 'part-2.json is not valid JSON',
    });
    expect(runCheck(check, [file('other.json', '{}')]).detail).toBe('no delivered file matches part-*.json');
  });

  it('fails binary content instead of guessing an encoding', () => {
    const binary = { name: 'data.csv', bytes: Uint8Array.of(0x69, 0xff, 0x0a) };
    expect(runCheck({ kind: 'csv-min-rows', file: 'data.csv', rows: 1 }, [binary]).detail).toBe(
      'data.csv is not UTF-8 text',
    );
  });

  it('reports each test of a suite in order, with figures', () => {
    const suite = {
      tests: [
        {
          id: 'rows',
          title: 'Enough rows',
          weight: 1,
          check: { kind: 'csv-min-rows', file: 'data.csv', rows: 4 } as const,
        },
        { id: 'there', title: 'Delivered', weight: 1, check: { kind: 'file-present', file: '*.csv' } as const },
      ],
    };
    expect(runSuite(suite, [table])).toEqual([
      { id: 'rows', outcome: 'failed', detail: 'data.csv has 3 rows, at least 4 needed' },
      { id: 'there', outcome: 'passed', detail: 'data.csv is there' },
    ]);
  });

  it('cuts a long detail to something that still has a canonical form', () => {
    const { detail } = runCheck(
      { kind: 'text-contains', file: '*', text: `x${'\u{1f600}'.repeat(150)}`, ignoreCase: false },
      [file('a', '')],
    );
    expect(detail.length).toBeLessThanOrEqual(MAX_DETAIL);
    expect(() => canonicalize(detail)).not.toThrow();
  });

  it.each([
    ['a.csv', 'a.csv', true],
    ['*.csv', 'a.csv', true],
    ['*', '', true],
    ['a*b*c', 'a1b2c', true],
    ['a*b*c', 'a1c2b', false],
    ['ab*ba', 'aba', false],
    ['*.csv', 'a.csv.zip', false],
    ['a.csv', 'aXcsv', false],
  ])('pattern %s on %s: %s', (pattern, name, expected) => {
    expect(matchesName(pattern, name)).toBe(expected);
  });
});

describe('CSV', () => {
  it.each([
    [
      'quotes, commas and line breaks in cells',
      '\ufeffa,b\r\n"x, ""y""","1\n2"\r\n',
      { header: ['a', 'b'], rows: [['x, "y"', '1\n2']] },
    ],
    ['semicolons', 'a;b\n1;2', { header: ['a', 'b'], rows: [['1', '2']] }],
    ['tabs', 'a\tb\n1\t', { header: ['a', 'b'], rows: [['1', '']] }],
    ['blank lines', 'a,b\n\n1,2\n\n', { header: ['a', 'b'], rows: [['1', '2']] }],
    ['an empty last cell', 'a,b\n1,', { header: ['a', 'b'], rows: [['1', '']] }],
    ['one column', 'a\n1\n2\n', { header: ['a'], rows: [['1'], ['2']] }],
    ['nothing', '', { problem: 'no header row' }],
    ['an open quote', 'a,b\n"1,2\n', { problem: 'line 2: a quote is not closed' }],
    ['text after a quote', 'a\n"1"2\n', { problem: 'line 2: text after a closing quote' }],
    ['an uneven row', 'a,b\n1,2\n3\n', { problem: 'row 2 has 1 cells, the header 2' }],
    ['a repeated column', 'a,a\n1,2\n', { problem: 'a column name is repeated' }],
  ])('%s', (_what, text, expected) => {
    expect(parseCsv(text)).toEqual(expected);
  });
});
