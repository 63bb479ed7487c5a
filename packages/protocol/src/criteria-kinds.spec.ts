import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Ajv from 'ajv';
import { canonicalize, DocumentError } from './canonical.js';
import {
  CRITERIA_KINDS,
  criteriaHash,
  criteriaItems,
  criteriaSchemas,
  criteriaText,
  describeCriteria,
  parseCriteria,
  readCriteria,
  type CriteriaKind,
} from './criteria.js';

const address = (n: number): string => `0x${String(n).padStart(2, '0').repeat(20)}`;
const hash = (n: number): string => `0x${String(n).padStart(2, '0').repeat(32)}`;
const base = { schema: 'milepost/criteria@1', title: 'What is accepted', pay: { mode: 'all', minBps: 10_000 } };
const item = { id: 'one', title: 'The first thing', weight: 1 };

/** A valid document of each kind. */
const examples: Record<CriteriaKind, Record<string, unknown>> = {
  'acceptance-suite': {
    ...base,
    kind: 'acceptance-suite',
    runners: [address(1)],
    need: 1,
    mustPass: ['one'],
    suite: { tests: [{ ...item, check: { kind: 'csv-max-empty-bps', file: '*.csv', column: 'a', bps: 5 } }] },
  },
  'ci-checks': {
    ...base,
    kind: 'ci-checks',
    api: 'https://api.github.com',
    repository: 'example/product',
    required: [
      { ...item, name: 'build' },
      { ...item, id: 'two', name: 'test (24)' },
    ],
    mustPass: ['one'],
  },
  'sla-metrics': {
    ...base,
    kind: 'sla-metrics',
    source: 'https://status.example.com/api/v1/samples',
    window: { from: 1_790_000_000, to: 1_790_086_400, step: 3_600 },
    objectives: [
      {
        ...item,
        series: 'latency.p95',
        op: 'at-most',
        threshold: 300,
        unit: 'ms',
        maxBreaches: 1,
        maxMissing: 2,
      },
    ],
    mustPass: [],
  },
  'document-hash': {
    ...base,
    kind: 'document-hash',
    runners: [address(1), address(2)],
    need: 2,
    items: [
      { ...item, file: 'contract.pdf', sha256: hash(7) },
      { ...item, id: 'two', file: '*.md' },
    ],
    mustPass: [],
  },
  'sampled-batch': {
    ...base,
    kind: 'sampled-batch',
    pay: { mode: 'items', minBps: 9_000 },
    profile: 'lane-v1',
    lot: 5_000,
    labels: 4,
    contributors: 7,
    drawDelay: 2,
    runners: [address(1)],
    need: 1,
    inspectors: [address(2), address(3)],
    needInspectors: 2,
    gold: [hash(1), hash(2)],
  },
};
const every = CRITERIA_KINDS.map((kind) => [kind, examples[kind]] as const);

describe('criteria of every kind', () => {
  it.each(every)('%s: reads back from its exact text, and says in words what it checks', (_kind, document) => {
    const criteria = parseCriteria(document);
    expect(criteria).toEqual(document);
    expect(readCriteria(criteriaText(criteria), criteriaHash(criteria))).toEqual(document);
    expect(criteriaItems(criteria).length).toBeGreaterThan(0);
    const words = describeCriteria(criteria).join('\n');
    expect(words).toMatch(/^[A-Z]/);
    expect(words).not.toMatch(/undefined|\[object|NaN/);
  });

  it.each([
    ['ci-checks', { api: 'http://example.com' }, '$.api: an https address'],
    ['ci-checks', { api: 'https://example.com/' }, '$.api: an https address'],
    ['ci-checks', { api: 'https://user@example.com' }, '$.api: an https address'],
    ['ci-checks', { api: 'https://example.com/a?b=c' }, '$.api: an https address'],
    ['ci-checks', { api: 'https://example.com/../x' }, '$.api: an https address'],
    ['ci-checks', { repository: 'example/..' }, '$.repository: a repository as owner/name'],
    ['ci-checks', { repository: 'example/product/../x' }, '$.repository: a repository as owner/name'],
    ['ci-checks', { required: [] }, '$.required: a list of 1 to 20 items'],
    [
      'ci-checks',
      {
        required: [
          { ...item, name: 'a' },
          { ...item, id: 'two', name: 'a' },
        ],
      },
      '$.required: an entry is repeated',
    ],
    ['ci-checks', { mustPass: ['nope'] }, '$.mustPass[0]: the id of a listed item'],
    ['ci-checks', { pay: { mode: 'items', minBps: 1 } }, '$.pay.mode: one of all, weights'],
    ['sla-metrics', { window: { from: 10, to: 10, step: 1 } }, '$.window: a whole number of steps'],
    ['sla-metrics', { window: { from: 10, to: 15, step: 2 } }, '$.window: a whole number of steps'],
    ['sla-metrics', { window: { from: 10, to: 3_011, step: 1 } }, '$.window: 3001 samples; at most 3000'],
    ['sla-metrics', { window: { from: 10, to: 15 } }, '$.window.step: missing'],
    ['document-hash', { need: 3 }, '$.need: an integer from 1 to 2'],
    ['document-hash', { items: [{ ...item, file: 'a/b' }] }, '$.items[0].file: a file name'],
    ['document-hash', { items: [{ ...item, file: 'a', sha256: '0x12' }] }, '$.items[0].sha256: 0x and 64'],
    ['document-hash', { runners: [address(1), address(1)] }, '$.runners: an entry is repeated'],
    ['sampled-batch', { profile: 'lane-v2' }, '$.profile: "lane-v1" is expected'],
    ['sampled-batch', { lot: 3_200 }, '$.lot: an integer from 3201 to 10000'],
    ['sampled-batch', { lot: 10_001 }, '$.lot: an integer from 3201 to 10000'],
    ['sampled-batch', { inspectors: [address(2), address(2)] }, '$.inspectors: an entry is repeated'],
    ['sampled-batch', { needInspectors: 3 }, '$.needInspectors: an integer from 1 to 2'],
    ['sampled-batch', { pay: { mode: 'weights', minBps: 1 } }, '$.pay.mode: one of all, items'],
    ['sampled-batch', { gold: [] }, '$.gold: a list of 1 to 10 items'],
    ['sampled-batch', { drawDelay: 0 }, '$.drawDelay: an integer from 1 to 100'],
  ] as const)('%s with %j is refused', (kind, change, message) => {
    expect(() => parseCriteria({ ...examples[kind], ...change })).toThrow(message);
  });

  it('refuses what is too long to be fetched', () => {
    const required = Array.from({ length: 20 }, (_, i) => ({
      id: `check-${String(i)}`,
      title: '\u{1F600}'.repeat(200),
      weight: 1,
      name: `${String(i)}${'\u20ac'.repeat(198)}`,
    }));
    expect(() => parseCriteria({ ...examples['ci-checks'], required, mustPass: [] })).toThrow(
      'longer than 20480 bytes',
    );
  });
});

describe('JSON schemas of criteria', () => {
  const folder = path.join(import.meta.dirname, '..', 'schemas');
  const fileOf = (kind: CriteriaKind): string => path.join(folder, `criteria-${kind}.schema.json`);

  it.each(CRITERIA_KINDS)('%s: the committed file is the schema that is used', (kind) => {
    // `WRITE_SCHEMAS=1` renews the files after a change of the schemas; Prettier gives them their form.
    if (process.env['WRITE_SCHEMAS'] === '1') writeFileSync(fileOf(kind), JSON.stringify(criteriaSchemas[kind]));
    expect(JSON.stringify(JSON.parse(readFileSync(fileOf(kind), 'utf8')))).toBe(JSON.stringify(criteriaSchemas[kind]));
  });

  it.each(every)('%s: an independent validator sees valid and damaged documents as we do', (kind, document) => {
    const validate = new Ajv({ unicode: true }).compile(JSON.parse(readFileSync(fileOf(kind), 'utf8')) as object);
    const ours = (value: unknown): boolean => {
      try {
        parseCriteria(value);
        return true;
      } catch (error) {
        expect(error).toBeInstanceOf(DocumentError);
        return false;
      }
    };
    expect(validate(document)).toBe(true);
    let refused = 0;
    for (const damaged of damages(document)) {
      const theirs = validate(damaged) === true;
      // What a schema cannot say is refused by us alone; nothing that the schema refuses is taken.
      if (!theirs) {
        refused++;
        expect([canonicalize(damaged), ours(damaged)]).toEqual([canonicalize(damaged), false]);
      } else if (!ours(damaged))
        expect(() => parseCriteria(damaged)).toThrow(
          /repeated|id of a listed|whole number|at most|an integer from 1 to/,
        );
    }
    expect(refused).toBeGreaterThan(20);
  });
});

/** Every field left out, changed in kind or emptied, and an unknown field in every object. */
function* damages(value: unknown): Generator<unknown> {
  for (const other of [null, true, 0, -1, 'x', '', [], {}])
    if (JSON.stringify(other) !== JSON.stringify(value)) yield other;
  if (Array.isArray(value)) {
    for (const [i, one] of value.entries()) {
      for (const damaged of damages(one)) yield value.map((old: unknown, k) => (k === i ? damaged : old));
    }
    yield [...(value as unknown[]), ...(value as unknown[])];
  } else if (typeof value === 'object' && value !== null) {
    yield { ...value, unknown: 1 };
    for (const [key, one] of Object.entries(value)) {
      const { [key]: _gone, ...rest } = value as Record<string, unknown>;
      yield rest;
      for (const damaged of damages(one)) yield { ...value, [key]: damaged };
    }
  }
}
