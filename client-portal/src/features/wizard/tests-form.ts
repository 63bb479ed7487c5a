/** What a machine checks, as typed in the wizard, and the acceptance document that it becomes. */
import { describeCheck, type AcceptanceCheck, type AcceptanceCheckKind } from '@milepost/protocol/acceptance-checks';
import { DocumentError } from '@milepost/protocol/canonical';
import {
  CRITERIA_SCHEMA,
  parseCriteria,
  type Criteria,
  type CriteriaKind,
  type SlaOperator,
} from '@milepost/protocol/criteria';
import { percentToBps, whole } from './numbers';

export interface CheckForm {
  kind: AcceptanceCheckKind;
  file: string;
  columns: string;
  rows: string;
  percent: string;
  text: string;
  megabytes: string;
}

export interface ObjectiveForm {
  series: string;
  op: SlaOperator;
  threshold: string;
  unit: string;
  maxBreaches: string;
  maxMissing: string;
}

export interface DocumentForm {
  title: string;
  file: string;
  sha256: string;
}

/** Fields of all five kinds, so that changing the kind and back loses nothing. */
export interface TestsForm {
  kind: CriteriaKind;
  /** `all`: everything or nothing. `share`: the share that passes (of a lot: the payable items). */
  pay: 'all' | 'share';
  minPercent: string;
  api: string;
  repository: string;
  /** One name of a check run a line. */
  checkNames: string;
  source: string;
  /** UTC, `2027-01-31T00:00`. */
  from: string;
  to: string;
  stepMinutes: string;
  objectives: ObjectiveForm[];
  documents: DocumentForm[];
  lot: string;
  labels: string;
  contributors: string;
  drawDelay: string;
  /** One address a line. */
  inspectors: string;
  needInspectors: string;
  /** One commitment a line, one for each round. */
  gold: string;
}

export interface KindInfo {
  readonly kind: CriteriaKind;
  readonly label: string;
  readonly hint: string;
  /** What the parties should know before they trust it. */
  readonly warning: string;
}

export const KINDS: readonly KindInfo[] = [
  {
    kind: 'acceptance-suite',
    label: 'Tests on the delivered files',
    hint: 'Tables, texts and data files are checked by a program that both sides see beforehand.',
    warning:
      'The acceptance runner opens the files. Its signed result is what the nodes agree on, so both sides must trust who runs it.',
  },
  {
    kind: 'ci-checks',
    label: 'Green checks of a repository',
    hint: 'Source code: the named check runs of the delivered commit must succeed. Queued or running checks are waited for.',
    warning:
      'Whoever may change the repository’s workflow may change what a green check means. Name checks that the client controls. Every node asks the host, so its rate limit counts several times.',
  },
  {
    kind: 'sla-metrics',
    label: 'Service levels over a time',
    hint: 'Operations and support: integer samples of a metrics source are held against thresholds once the window is over.',
    warning: 'A data source can lie to all nodes at once. Name one that the contributor does not run.',
  },
  {
    kind: 'document-hash',
    label: 'Documents, present and unaltered',
    hint: 'Files that must be delivered, each with a known fingerprint if it must not change; a named checker signs the list.',
    warning: 'Presence and fingerprint are checked, not what a document says.',
  },
  {
    kind: 'sampled-batch',
    label: 'A large lot, accepted by sampling',
    hint: 'Labelling: 200 drawn items with at most 5 defects, 250 hidden items, agreement of double labels; paid by payable items.',
    warning:
      'The sample is drawn with a block’s hash: a single block producer, as on some layer-2 chains, could bias it. Named inspectors judge the drawn items, and every round needs a hidden set of its own.',
  },
];

export const newCheck = (kind: AcceptanceCheckKind): CheckForm => ({
  kind,
  file: '*.csv',
  columns: 'id, name, value',
  rows: '10',
  percent: '5',
  text: '',
  megabytes: '10',
});

export const newObjective = (): ObjectiveForm => ({
  series: '',
  op: 'at-most',
  threshold: '',
  unit: 'ms',
  maxBreaches: '0',
  maxMissing: '0',
});

export const newDocument = (): DocumentForm => ({ title: '', file: '', sha256: '' });

export const newTests = (kind: CriteriaKind = 'acceptance-suite'): TestsForm => ({
  kind,
  pay: 'all',
  minPercent: '50',
  api: 'https://api.github.com',
  repository: '',
  checkNames: '',
  source: '',
  from: '',
  to: '',
  stepMinutes: '60',
  objectives: [newObjective()],
  documents: [newDocument()],
  lot: '5000',
  labels: '4',
  contributors: '1',
  drawDelay: '2',
  inspectors: '',
  needInspectors: '1',
  gold: '',
});

/** Even weights that sum to exactly 10,000; the remainder goes to the first. */
export function evenWeights(count: number): number[] {
  const part = Math.floor(10_000 / count);
  return Array.from({ length: count }, (_, index) => (index === 0 ? 10_000 - part * (count - 1) : part));
}

/** A check as typed, or a message. */
export function toCheck(form: CheckForm): AcceptanceCheck | string {
  const file = form.file.trim();
  if (!file || /[/\\]/.test(file)) return 'Name a file, without folders. * stands for any characters.';
  switch (form.kind) {
    case 'file-present':
    case 'json-valid':
      return { kind: form.kind, file };
    case 'csv-columns': {
      const columns = form.columns
        .split(',')
        .map((column) => column.trim())
        .filter(Boolean);
      if (columns.length === 0) return 'Name at least one column.';
      if (new Set(columns).size < columns.length) return 'A column is named twice.';
      return { kind: form.kind, file, columns };
    }
    case 'csv-min-rows': {
      const rows = whole(form.rows, 1, 10_000_000);
      return rows === null ? 'Rows are a whole number from 1.' : { kind: form.kind, file, rows };
    }
    case 'csv-max-empty-bps': {
      const bps = percentToBps(form.percent);
      return bps === null || bps > 9_999 ? 'Give a percentage below 100.' : { kind: form.kind, file, bps };
    }
    case 'max-size': {
      const megabytes = whole(form.megabytes, 1, 10_000);
      return megabytes === null
        ? 'Megabytes are a whole number from 1.'
        : { kind: form.kind, file, bytes: megabytes * 1_048_576 };
    }
    case 'text-contains':
      return form.text.trim()
        ? { kind: form.kind, file, text: form.text.trim(), ignoreCase: true }
        : 'Give the text to look for.';
  }
}

function fromCheck(value: AcceptanceCheck): CheckForm {
  const base = { ...newCheck(value.kind), file: value.file };
  switch (value.kind) {
    case 'csv-columns':
      return { ...base, columns: value.columns.join(', ') };
    case 'csv-min-rows':
      return { ...base, rows: String(value.rows) };
    case 'csv-max-empty-bps':
      return { ...base, percent: bpsText(value.bps) };
    case 'max-size':
      return { ...base, megabytes: String(value.bytes / 1_048_576) };
    case 'text-contains':
      return { ...base, text: value.text };
    case 'file-present':
    case 'json-valid':
      return base;
  }
}

const bpsText = (bps: number): string => (bps / 100).toString();
const rows = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
/** A whole number as typed; what is none stays text, and the schema says what is expected. */
const number = (text: string): number | string => (/^-?\d+$/.test(text.trim()) ? Number(text.trim()) : text.trim());
const seconds = (text: string): number | string => {
  const time = Date.parse(`${text}Z`);
  return Number.isNaN(time) ? text : time / 1000;
};
const idOf = (index: number, words: string): string =>
  `t${index + 1}-${words
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')}`
    .slice(0, 40)
    .replace(/-$/, '');

/** The parts of a milestone that make its acceptance document. */
export interface Tested {
  readonly title: string;
  readonly checks: readonly CheckForm[];
  readonly tests: TestsForm;
}

/**
 * The acceptance document of an oracle milestone, by the protocol's own schema.
 * @throws DocumentError naming the field, Error with a message about a test
 */
export function toCriteria({ title, checks, tests }: Tested, runner: string): Criteria {
  const base = { schema: CRITERIA_SCHEMA, kind: tests.kind, title: title.trim() };
  const minBps = tests.pay === 'all' ? 10_000 : (percentToBps(tests.minPercent) ?? tests.minPercent);
  const pay = { mode: tests.pay === 'all' ? 'all' : tests.kind === 'sampled-batch' ? 'items' : 'weights', minBps };
  const weighed = <T extends object>(items: readonly T[]) =>
    items.map((item, i) => ({ ...item, weight: evenWeights(items.length)[i] ?? 1 }));
  /** Everything or nothing: each one must pass. */
  const must = (items: readonly { readonly id: string }[]) => (tests.pay === 'all' ? items.map(({ id }) => id) : []);
  const runners = [runner.toLowerCase()];
  switch (tests.kind) {
    case 'acceptance-suite': {
      const list = weighed(
        checks.map((form, index) => {
          const check = toCheck(form);
          if (typeof check === 'string') throw new Error(check);
          return { id: `t${index + 1}-${check.kind}`, title: describeCheck(check).slice(0, 200), check };
        }),
      );
      return parseCriteria({ ...base, pay, runners, need: 1, mustPass: must(list), suite: { tests: list } });
    }
    case 'ci-checks': {
      const required = weighed(
        rows(tests.checkNames).map((name, i) => ({ id: idOf(i, name), title: name.slice(0, 200), name })),
      );
      const { api, repository } = tests;
      return parseCriteria({
        ...base,
        pay,
        api: api.trim().replace(/\/$/, ''),
        repository: repository.trim(),
        required,
        mustPass: must(required),
      });
    }
    case 'sla-metrics': {
      const step = number(tests.stepMinutes);
      const objectives = weighed(
        tests.objectives.map((form, i) => ({
          id: idOf(i, form.series),
          title: `${form.series.trim()} ${form.op.replace('-', ' ')} ${form.threshold.trim()} ${form.unit.trim()}`,
          series: form.series.trim(),
          op: form.op,
          threshold: number(form.threshold),
          unit: form.unit.trim(),
          maxBreaches: number(form.maxBreaches),
          maxMissing: number(form.maxMissing),
        })),
      );
      return parseCriteria({
        ...base,
        pay,
        source: tests.source.trim().replace(/\/$/, ''),
        window: {
          from: seconds(tests.from),
          to: seconds(tests.to),
          step: typeof step === 'number' ? step * 60 : step,
        },
        objectives,
        mustPass: must(objectives),
      });
    }
    case 'document-hash': {
      const items = weighed(
        tests.documents.map((form, i) => ({
          id: idOf(i, form.title || form.file),
          title: (form.title.trim() || form.file.trim()).slice(0, 200),
          file: form.file.trim(),
          ...(form.sha256.trim() ? { sha256: hashOf(form.sha256) } : {}),
        })),
      );
      return parseCriteria({ ...base, pay, runners, need: 1, items, mustPass: must(items) });
    }
    case 'sampled-batch':
      return parseCriteria({
        ...base,
        pay,
        profile: 'lane-v1',
        lot: number(tests.lot),
        labels: number(tests.labels),
        contributors: number(tests.contributors),
        drawDelay: number(tests.drawDelay),
        runners,
        need: 1,
        inspectors: rows(tests.inspectors).map((line) => line.toLowerCase()),
        needInspectors: number(tests.needInspectors),
        gold: rows(tests.gold).map((line) => line.toLowerCase()),
      });
  }
}

/** SHA-256 as tools print it, with or without 0x. */
const hashOf = (text: string): string => `0x${text.trim().toLowerCase().replace(/^0x/, '')}`;

/** Which field of the form a path of the document belongs to. */
const FIELDS: readonly (readonly [path: RegExp, field: (match: RegExpExecArray) => string, words: string])[] = [
  [/^\$\.api/, () => 'api', 'Address of the host’s API: https, without a slash at the end.'],
  [/^\$\.repository/, () => 'repository', 'A repository as owner/name.'],
  [/^\$\.(required|mustPass)/, () => 'checkNames', 'One to twenty different names of check runs, one a line.'],
  [/^\$\.source/, () => 'source', 'An https address without query and without a slash at the end.'],
  [/^\$\.window\.from/, () => 'from', 'A date and time, in UTC.'],
  [/^\$\.window\.to/, () => 'to', 'A date and time, in UTC.'],
  [/^\$\.window\.step/, () => 'stepMinutes', 'Minutes between samples: a whole number from 1.'],
  [
    /^\$\.window/,
    () => 'to',
    'The end is after the start, by a whole number of steps, and gives at most 3,000 samples.',
  ],
  [/^\$\.objectives\[(\d+)\]/, ([, i]) => `objectives.${i ?? 0}`, ''],
  [/^\$\.objectives/, () => 'objectives', 'One to ten different thresholds.'],
  [/^\$\.items\[(\d+)\]/, ([, i]) => `documents.${i ?? 0}`, ''],
  [/^\$\.items/, () => 'documents', 'One to fifty different documents.'],
  [/^\$\.lot/, () => 'lot', 'A lot of this plan has 3,201 to 10,000 records.'],
  [/^\$\.labels/, () => 'labels', '2 to 20 labels.'],
  [/^\$\.contributors/, () => 'contributors', '1 to 100 people.'],
  [/^\$\.drawDelay/, () => 'drawDelay', '1 to 100 blocks.'],
  [/^\$\.inspectors/, () => 'inspectors', 'One to four different addresses, one a line.'],
  [/^\$\.needInspectors/, () => 'needInspectors', 'From one to the number of inspectors.'],
  [/^\$\.gold/, () => 'gold', 'One commitment a line (0x and 64 hex digits), a different one for each round.'],
  [/^\$\.pay/, () => 'minPercent', 'A percentage above 0, at most 100.'],
];

/** What is wrong with the tests, by the name of the field; empty when the document can be signed. */
export function testErrors(milestone: Tested): Record<string, string> {
  if (milestone.tests.kind === 'acceptance-suite') {
    if (milestone.checks.length === 0) return { checks: 'An oracle needs at least one test.' };
    const wrong = milestone.checks.flatMap((form, i) => {
      const found = toCheck(form);
      return typeof found === 'string' ? [[`checks.${i}`, found] as const] : [];
    });
    if (wrong.length > 0) return Object.fromEntries(wrong);
  }
  try {
    toCriteria({ ...milestone, title: milestone.title.trim() || 'Milestone' }, `0x${'1'.repeat(40)}`);
    return {};
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    for (const [path, field, words] of FIELDS) {
      const match = path.exec(error.path);
      if (match) return { [`tests.${field(match)}`]: words || objectiveWords(error) };
    }
    return { tests: `These tests cannot be signed: ${error.message}.` };
  }
}

/** The last part of the path names the field of a list's entry. */
function objectiveWords({ path, problem }: DocumentError): string {
  const field = /\.(\w+)$/.exec(path)?.[1] ?? '';
  const words: Record<string, string> = {
    series: 'Name the series: a letter, then letters, digits, dot, dash or underscore.',
    threshold: 'The threshold is a whole number.',
    unit: 'Name the unit in up to twenty characters.',
    maxBreaches: 'How many samples may miss the threshold: a whole number.',
    maxMissing: 'How many samples may be missing: a whole number.',
    file: 'Name a file, without folders. * stands for any characters.',
    sha256: 'A SHA-256 has 64 hex digits. Leave it empty if the file is not known yet.',
    title: 'Name the document.',
    id: 'This one is listed twice, or has no name.',
  };
  return words[field] ?? `${problem}.`;
}

/** A signed document back into the form. */
export function fromCriteria(document: Criteria | undefined): { checks: CheckForm[]; tests: TestsForm } {
  if (document === undefined) return { checks: [], tests: newTests() };
  const tests: TestsForm = {
    ...newTests(document.kind),
    pay: document.pay.mode === 'all' ? 'all' : 'share',
    ...(document.pay.mode === 'all' ? {} : { minPercent: bpsText(document.pay.minBps) }),
  };
  switch (document.kind) {
    case 'acceptance-suite':
      return { tests, checks: document.suite.tests.map((test) => fromCheck(test.check)) };
    case 'ci-checks': {
      const { api, repository, required } = document;
      return {
        checks: [],
        tests: { ...tests, api, repository, checkNames: required.map(({ name }) => name).join('\n') },
      };
    }
    case 'sla-metrics': {
      const { from, to, step } = document.window;
      const local = (time: number): string => new Date(time * 1000).toISOString().slice(0, 16);
      return {
        checks: [],
        tests: {
          ...tests,
          source: document.source,
          from: local(from),
          to: local(to),
          stepMinutes: String(step / 60),
          objectives: document.objectives.map(({ series, op, threshold, unit, maxBreaches, maxMissing }) => ({
            series,
            op,
            threshold: String(threshold),
            unit,
            maxBreaches: String(maxBreaches),
            maxMissing: String(maxMissing),
          })),
        },
      };
    }
    case 'document-hash':
      return {
        checks: [],
        tests: {
          ...tests,
          documents: document.items.map(({ title, file, sha256 }) => ({ title, file, sha256: sha256 ?? '' })),
        },
      };
    case 'sampled-batch':
      return {
        checks: [],
        tests: {
          ...tests,
          lot: String(document.lot),
          labels: String(document.labels),
          contributors: String(document.contributors),
          drawDelay: String(document.drawDelay),
          inspectors: document.inspectors.join('\n'),
          needInspectors: String(document.needInspectors),
          gold: document.gold.join('\n'),
        },
      };
  }
}
