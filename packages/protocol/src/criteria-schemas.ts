/** JSON schemas of the five kinds of criteria. The files in `packages/protocol/schemas/` are these objects, written out. */
import { ACCEPTANCE_CHECK_KINDS, type AcceptanceCheckKind } from './acceptance-checks.js';
import { CRITERIA_SCHEMA, SLA_OPERATORS, type CriteriaKind, type CriteriaPay } from './criteria-types.js';
import type { JsonSchema } from './json-schema.js';

/** One HTTP call goes to the criteria, one to each runner, and a run may make five. */
export const MAX_RUNNERS = 4;
/** Samples of all objectives of a window; more do not fit one HTTP answer. */
export const MAX_SLA_SAMPLES = 3_000;
const MAX_ITEMS = 50;
const UNIX_MAX = 4_102_444_800; // 2100-01-01

const ADDRESS: JsonSchema = {
  type: 'string',
  pattern: '^0x[0-9a-f]{40}$',
  description: 'an address in lower-case hex',
};
const BYTES32: JsonSchema = {
  type: 'string',
  pattern: '^0x[0-9a-f]{64}$',
  description: '0x and 64 lower-case hex digits',
};
const ID: JsonSchema = {
  type: 'string',
  pattern: '^[a-z0-9][a-z0-9-]{0,39}$',
  description: 'a short id of lower-case letters, digits and dashes',
};
const TITLE: JsonSchema = { type: 'string', minLength: 1, maxLength: 200 };
const WEIGHT: JsonSchema = { type: 'integer', minimum: 1, maximum: 10_000 };
const FILE: JsonSchema = {
  type: 'string',
  pattern: '^[^/\\\\]{1,180}$',
  description: 'a file name of 1 to 180 characters without folders',
};
const MUST_PASS: JsonSchema = { type: 'array', items: ID, minItems: 0, maxItems: MAX_ITEMS, uniqueItems: true };
const RUNNERS: JsonSchema = { type: 'array', items: ADDRESS, minItems: 1, maxItems: MAX_RUNNERS, uniqueItems: true };
const NEED: JsonSchema = { type: 'integer', minimum: 1, maximum: MAX_RUNNERS };
/** TLS, or this machine: an unprotected answer from elsewhere could be anyone's. */
const SOURCE: JsonSchema = {
  type: 'string',
  maxLength: 300,
  pattern:
    '^(https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?|http://(localhost|127\\.0\\.0\\.1))(:[1-9][0-9]{0,4})?(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*$',
  description: 'an https address without query, fragment and trailing slash',
};

function object(properties: Record<string, JsonSchema>, optional: readonly string[] = []): JsonSchema {
  const required = Object.keys(properties).filter((key) => !optional.includes(key));
  return { type: 'object', properties, required, additionalProperties: false };
}

function items(fields: Record<string, JsonSchema>, optional: readonly string[] = [], max = MAX_ITEMS): JsonSchema {
  return {
    type: 'array',
    minItems: 1,
    maxItems: max,
    items: object({ id: ID, title: TITLE, weight: WEIGHT, ...fields }, optional),
  };
}

const CHECK_FIELDS: Record<AcceptanceCheckKind, Record<string, JsonSchema>> = {
  'file-present': {},
  'max-size': { bytes: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER } },
  'csv-columns': {
    columns: {
      type: 'array',
      minItems: 1,
      maxItems: 100,
      uniqueItems: true,
      items: { type: 'string', maxLength: 100, pattern: '\\S', description: 'a column name of 1 to 100 characters' },
    },
  },
  'csv-min-rows': { rows: { type: 'integer', minimum: 1, maximum: 10_000_000 } },
  'csv-max-empty-bps': {
    column: { type: 'string', minLength: 1, maxLength: 100 },
    bps: { type: 'integer', minimum: 0, maximum: 9_999 },
  },
  'json-valid': {},
  'text-contains': { text: { type: 'string', minLength: 1, maxLength: 500 }, ignoreCase: { type: 'boolean' } },
};

/** One check of an acceptance suite. */
export const acceptanceCheckSchema: JsonSchema = {
  oneOf: ACCEPTANCE_CHECK_KINDS.map((kind) =>
    object({ kind: { const: kind }, file: FILE, ...CHECK_FIELDS[kind] }, ['column']),
  ),
};

function criteria(
  kind: CriteriaKind,
  title: string,
  modes: readonly CriteriaPay['mode'][],
  fields: Record<string, JsonSchema>,
): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: `urn:milepost:schema:criteria:${kind}@1`,
    title,
    ...object({
      schema: { const: CRITERIA_SCHEMA },
      kind: { const: kind },
      title: TITLE,
      pay: object({ mode: { enum: modes }, minBps: { type: 'integer', minimum: 1, maximum: 10_000 } }),
      ...fields,
    }),
  };
}

export const criteriaSchemas: Readonly<Record<CriteriaKind, JsonSchema>> = {
  'acceptance-suite': criteria('acceptance-suite', 'Tests over the delivered files', ['all', 'weights'], {
    runners: RUNNERS,
    need: NEED,
    mustPass: MUST_PASS,
    suite: object({ tests: items({ check: acceptanceCheckSchema }) }),
  }),
  'ci-checks': criteria('ci-checks', 'Check runs of a repository host', ['all', 'weights'], {
    api: SOURCE,
    repository: {
      type: 'string',
      pattern: '^[A-Za-z0-9][A-Za-z0-9-]{0,38}/\\.?[A-Za-z0-9_-][A-Za-z0-9._-]{0,98}$',
      description: 'a repository as owner/name',
    },
    required: items({ name: { type: 'string', minLength: 1, maxLength: 200 } }, [], 20),
    mustPass: MUST_PASS,
  }),
  'sla-metrics': criteria('sla-metrics', 'Thresholds over a window', ['all', 'weights'], {
    source: SOURCE,
    window: object({
      from: { type: 'integer', minimum: 1, maximum: UNIX_MAX },
      to: { type: 'integer', minimum: 1, maximum: UNIX_MAX },
      step: { type: 'integer', minimum: 1, maximum: 31_622_400 },
    }),
    objectives: items(
      {
        series: {
          type: 'string',
          pattern: '^[a-zA-Z][a-zA-Z0-9_.-]{0,63}$',
          description: 'the name of a series',
        },
        op: { enum: SLA_OPERATORS },
        threshold: { type: 'integer', minimum: -Number.MAX_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
        unit: { type: 'string', minLength: 1, maxLength: 20 },
        maxBreaches: { type: 'integer', minimum: 0, maximum: MAX_SLA_SAMPLES },
        maxMissing: { type: 'integer', minimum: 0, maximum: MAX_SLA_SAMPLES },
      },
      [],
      10,
    ),
    mustPass: MUST_PASS,
  }),
  'document-hash': criteria('document-hash', 'Required documents, present and unaltered', ['all', 'weights'], {
    runners: RUNNERS,
    need: NEED,
    items: items({ file: FILE, sha256: BYTES32 }, ['sha256']),
    mustPass: MUST_PASS,
  }),
  'sampled-batch': criteria('sampled-batch', 'A lot of records, accepted by sampling', ['all', 'items'], {
    profile: { const: 'lane-v1' },
    lot: { type: 'integer', minimum: 3_201, maximum: 10_000 },
    labels: { type: 'integer', minimum: 2, maximum: 20 },
    contributors: { type: 'integer', minimum: 1, maximum: 100 },
    drawDelay: { type: 'integer', minimum: 1, maximum: 100 },
    runners: RUNNERS,
    need: NEED,
    inspectors: RUNNERS,
    needInspectors: NEED,
    gold: { type: 'array', items: BYTES32, minItems: 1, maxItems: 10, uniqueItems: true },
  }),
};
