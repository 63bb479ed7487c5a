/**
 * The acceptance document: what an oracle checks before it says yes. It is content-addressed: the policy that the parties
 * sign carries `criteriaHash` = SHA-256 of its canonical bytes, so nobody can swap the criteria later.
 */
import type { AcceptanceSuite } from './acceptance-checks.js';
import {
  canonicalHash,
  canonicalize,
  DocumentError,
  MAX_DOCUMENT_BYTES,
  parseCanonical,
  type Hex,
} from './canonical.js';
import { criteriaSchemas, MAX_SLA_SAMPLES } from './criteria-schemas.js';
import { CRITERIA_KINDS, type Criteria, type CriteriaItem, type CriteriaKind } from './criteria-types.js';
import { requireUnique } from './document-reader.js';
import { checkSchema } from './json-schema.js';

export * from './criteria-types.js';
export { describeCriteria } from './criteria-words.js';
export { acceptanceCheckSchema, criteriaSchemas, MAX_RUNNERS, MAX_SLA_SAMPLES } from './criteria-schemas.js';

/** The hash that the policy names. */
export function criteriaHash(criteria: Criteria): Hex {
  return canonicalHash(criteria);
}

/** The exact text that is stored and fetched. */
export function criteriaText(criteria: Criteria): string {
  return canonicalize(criteria);
}

/** Hash of a suite: what a runner's signature is bound to. */
export function suiteHash(suite: AcceptanceSuite): Hex {
  return canonicalHash(suite);
}

/**
 * Reads fetched criteria: the text must be canonical, valid, and have the expected hash.
 * @throws DocumentError
 */
export function readCriteria(text: string, expectedHash: Hex): Criteria {
  const value = parseCanonical(text);
  const found = canonicalHash(value);
  if (found !== expectedHash) throw new DocumentError('$', `has the hash ${found}, not ${expectedHash}`);
  return parseCriteria(value);
}

/**
 * Strict validation by the JSON schema of the document's kind, then by what a schema cannot say: unknown kinds, unknown
 * fields, values out of range and fields that contradict each other are refused.
 * @throws DocumentError naming the field.
 */
export function parseCriteria(value: unknown): Criteria {
  const kind = (value as { kind?: unknown } | null | undefined)?.kind;
  const schema = CRITERIA_KINDS.find((one) => one === kind);
  // The first schema says what is wrong with something that is no object at all.
  if (schema === undefined && typeof value === 'object' && value !== null && !Array.isArray(value))
    throw new DocumentError('$.kind', `one of ${CRITERIA_KINDS.join(', ')} is expected`);
  checkSchema(criteriaSchemas[schema ?? 'acceptance-suite'], value);
  const criteria = JSON.parse(canonicalize(value)) as Criteria;
  checkTogether(criteria);
  if (new TextEncoder().encode(canonicalize(criteria)).length > MAX_DOCUMENT_BYTES) {
    throw new DocumentError('$', `longer than ${String(MAX_DOCUMENT_BYTES)} bytes`);
  }
  return criteria;
}

/** Everything that is checked one by one, in the document's order: ids and titles for lists and labels. */
export function criteriaItems(criteria: Criteria): readonly CriteriaItem[] {
  switch (criteria.kind) {
    case 'acceptance-suite':
      return criteria.suite.tests;
    case 'ci-checks':
      return criteria.required;
    case 'sla-metrics':
      return criteria.objectives;
    case 'document-hash':
      return criteria.items;
    case 'sampled-batch':
      return LANE_ITEMS;
  }
}

/** What a sampled batch is checked for. They pass or fail together: the lot is accepted or it is not. */
const LANE_ITEMS: readonly CriteriaItem[] = [
  { id: 'complete', title: 'The whole lot is delivered and every record follows the schema', weight: 1 },
  { id: 'sample', title: 'The drawn sample has few enough defects', weight: 1 },
  { id: 'gold', title: 'Hidden reference items are labelled well enough', weight: 1 },
  { id: 'agreement', title: 'Double labels agree well enough', weight: 1 },
  { id: 'payable', title: 'Enough items are payable', weight: 1 },
];

const LIST_FIELD: Record<Exclude<CriteriaKind, 'sampled-batch'>, string> = {
  'acceptance-suite': '$.suite.tests',
  'ci-checks': '$.required',
  'sla-metrics': '$.objectives',
  'document-hash': '$.items',
};

/** What no schema can say. */
function checkTogether(criteria: Criteria): void {
  if ('need' in criteria) atMost('$.need', criteria.need, criteria.runners.length);
  if (criteria.kind === 'sampled-batch') {
    atMost('$.needInspectors', criteria.needInspectors, criteria.inspectors.length);
    return;
  }
  const ids = criteriaItems(criteria).map(({ id }) => id);
  requireUnique(ids, LIST_FIELD[criteria.kind]);
  criteria.mustPass.forEach((id, i) => {
    if (!ids.includes(id)) throw new DocumentError(`$.mustPass[${String(i)}]`, 'the id of a listed item is expected');
  });
  if (criteria.kind === 'ci-checks')
    requireUnique(
      criteria.required.map(({ name }) => name),
      '$.required',
    );
  if (criteria.kind === 'sla-metrics') {
    const { from, to, step } = criteria.window;
    if (to <= from || (to - from) % step !== 0)
      throw new DocumentError('$.window', 'a whole number of steps from `from` to `to` is expected');
    atMost('$.window', ((to - from) / step) * criteria.objectives.length, MAX_SLA_SAMPLES, 'samples');
  }
}

function atMost(path: string, value: number, max: number, what = ''): void {
  if (value <= max) return;
  throw new DocumentError(
    path,
    what === ''
      ? `an integer from 1 to ${String(max)} is expected`
      : `${String(value)} ${what}; at most ${String(max)} are served in one answer`,
  );
}
