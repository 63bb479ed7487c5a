/**
 * The checks of an acceptance suite: pure functions over the delivered files. The acceptance runner runs them to sign a
 * result; the portal runs the same code before submission, so a contributor sees the answer before asking for it.
 */
import { parseCsv } from './acceptance-csv.js';

/**
 * One check. `file` names a delivered file; `*` stands for any characters, and then every matching file must pass. A
 * check whose `file` matches nothing fails.
 */
export type AcceptanceCheck =
  | { readonly kind: 'file-present'; readonly file: string }
  /** Each matching file has at most `bytes` bytes. */
  | { readonly kind: 'max-size'; readonly file: string; readonly bytes: number }
  /** The header row names all `columns` (more are allowed). */
  | { readonly kind: 'csv-columns'; readonly file: string; readonly columns: readonly string[] }
  /** At least `rows` rows under the header; blank lines do not count. */
  | { readonly kind: 'csv-min-rows'; readonly file: string; readonly rows: number }
  /** At most `bps` of 10,000 cells are empty, in `column` or in the whole table. */
  | { readonly kind: 'csv-max-empty-bps'; readonly file: string; readonly column?: string; readonly bps: number }
  | { readonly kind: 'json-valid'; readonly file: string }
  /** The text, read as UTF-8, contains `text`. */
  | { readonly kind: 'text-contains'; readonly file: string; readonly text: string; readonly ignoreCase: boolean };

export type AcceptanceCheckKind = AcceptanceCheck['kind'];

export const ACCEPTANCE_CHECK_KINDS = [
  'file-present',
  'max-size',
  'csv-columns',
  'csv-min-rows',
  'csv-max-empty-bps',
  'json-valid',
  'text-contains',
] as const satisfies readonly AcceptanceCheckKind[];

export interface AcceptanceTest {
  /** Short id, unique in the suite. */
  readonly id: string;
  /** What the test asks for, in words for both parties. */
  readonly title: string;
  /** Share of the pay under `pay.mode` "weights": 1 to 10,000. */
  readonly weight: number;
  readonly check: AcceptanceCheck;
}

export interface AcceptanceSuite {
  readonly tests: readonly AcceptanceTest[];
}

export interface DeliveredFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export type TestOutcome = 'passed' | 'failed' | 'skipped';

export interface TestResult {
  readonly id: string;
  readonly outcome: TestOutcome;
  /** Why, with the figures; at most 200 characters, no file content. */
  readonly detail: string;
}

export const MAX_DETAIL = 200;

/** Runs every test of a suite, in the suite's order. Never throws: a file that cannot be read fails its test. */
export function runSuite(suite: AcceptanceSuite, files: readonly DeliveredFile[]): TestResult[] {
  return suite.tests.map((test) => ({ id: test.id, ...runCheck(test.check, files) }));
}

/** Runs one check over the delivered files. */
export function runCheck(check: AcceptanceCheck, files: readonly DeliveredFile[]): Omit<TestResult, 'id'> {
  const matching = files.filter((file) => matchesName(check.file, file.name)).sort(byName);
  if (matching.length === 0) return { outcome: 'failed', detail: cut(`no delivered file matches ${check.file}`) };
  const details: string[] = [];
  for (const file of matching) {
    const { ok, detail } = checkFile(check, file);
    if (!ok) return { outcome: 'failed', detail: cut(detail) };
    details.push(detail);
  }
  return {
    outcome: 'passed',
    detail: cut(details.length === 1 ? (details[0] ?? '') : `${String(details.length)} files pass`),
  };
}

/** True when `name` is `pattern`, where `*` stands for any run of characters. Case counts. */
export function matchesName(pattern: string, name: string): boolean {
  const parts = pattern.split('*');
  const first = parts[0] ?? '';
  if (parts.length === 1) return pattern === name;
  const last = parts[parts.length - 1] ?? '';
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}

/** One check in words, for review before signature. */
export function describeCheck(check: AcceptanceCheck): string {
  switch (check.kind) {
    case 'file-present':
      return `${check.file} is delivered`;
    case 'max-size':
      return `${check.file} has at most ${String(check.bytes)} bytes`;
    case 'csv-columns':
      return `${check.file} has the columns ${check.columns.join(', ')}`;
    case 'csv-min-rows':
      return `${check.file} has at least ${String(check.rows)} rows`;
    case 'csv-max-empty-bps':
      return `${check.column === undefined ? 'cells' : `cells of column ${check.column}`} of ${check.file}: at most ${percent(check.bps)} empty`;
    case 'json-valid':
      return `${check.file} is valid JSON`;
    case 'text-contains':
      return `${check.file} contains "${check.text}"${check.ignoreCase ? ' (upper or lower case)' : ''}`;
  }
}

interface Answer {
  readonly ok: boolean;
  readonly detail: string;
}

function checkFile(check: AcceptanceCheck, file: DeliveredFile): Answer {
  switch (check.kind) {
    case 'file-present':
      return { ok: true, detail: `${file.name} is there` };
    case 'max-size': {
      const size = file.bytes.length;
      return {
        ok: size <= check.bytes,
        detail: `${file.name} has ${String(size)} bytes, ${String(check.bytes)} allowed`,
      };
    }
    case 'json-valid':
      return withText(file, (text) => {
        try {
          JSON.parse(text);
          return { ok: true, detail: `${file.name} is valid JSON` };
        } catch {
          return { ok: false, detail: `${file.name} is not valid JSON` };
        }
      });
    case 'text-contains':
      return withText(file, (text) => {
        const ok = check.ignoreCase ? text.toLowerCase().includes(check.text.toLowerCase()) : text.includes(check.text);
        return { ok, detail: ok ? `${file.name} contains the text` : `${file.name} does not contain "${check.text}"` };
      });
    case 'csv-columns':
      return withTable(file, (header) => {
        const missing = check.columns.filter((column) => !header.includes(column));
        return missing.length === 0
          ? { ok: true, detail: `${file.name} has all ${String(check.columns.length)} columns` }
          : { ok: false, detail: `${file.name} lacks ${missing.join(', ')}` };
      });
    case 'csv-min-rows':
      return withTable(file, (_header, rows) => ({
        ok: rows.length >= check.rows,
        detail: `${file.name} has ${String(rows.length)} rows, at least ${String(check.rows)} needed`,
      }));
    case 'csv-max-empty-bps':
      return withTable(file, (header, rows) => emptyCells(file.name, check.column, check.bps, header, rows));
  }
}

function emptyCells(name: string, column: string | undefined, bps: number, header: string[], rows: string[][]): Answer {
  const indexes = column === undefined ? header.map((_, i) => i) : [header.indexOf(column)];
  if (indexes.includes(-1)) return { ok: false, detail: `${name} lacks the column ${String(column)}` };
  const cells = rows.length * indexes.length;
  if (cells === 0) return { ok: false, detail: `${name} has no rows` };
  let empty = 0;
  for (const row of rows) for (const i of indexes) if ((row[i] ?? '').trim() === '') empty++;
  // Compared as empty * 10,000 against bps * cells, so no division rounds a file into passing.
  return {
    ok: empty * 10_000 <= bps * cells,
    detail: `${name}: ${String(empty)} of ${String(cells)} cells empty, at most ${percent(bps)} allowed`,
  };
}

function withTable(file: DeliveredFile, use: (header: string[], rows: string[][]) => Answer): Answer {
  return withText(file, (text) => {
    const table = parseCsv(text);
    if ('problem' in table) return { ok: false, detail: `${file.name}: ${table.problem}` };
    return use(table.header, table.rows);
  });
}

function withText(file: DeliveredFile, use: (text: string) => Answer): Answer {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(file.bytes);
  } catch {
    return { ok: false, detail: `${file.name} is not UTF-8 text` };
  }
  return use(text);
}

function percent(bps: number): string {
  return `${String(Math.floor(bps / 100))}.${String(bps % 100).padStart(2, '0')} %`;
}

/** Code-unit order: the same on every machine and locale. */
function byName(a: DeliveredFile, b: DeliveredFile): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

function cut(text: string): string {
  if (text.length <= MAX_DETAIL) return text;
  const kept = text.slice(0, MAX_DETAIL - 1);
  // Never end in half of a surrogate pair: such a string has no canonical form.
  return `${/[\ud800-\udbff]$/.test(kept) ? kept.slice(0, -1) : kept}…`;
}
