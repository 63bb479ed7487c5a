/**
 * The acceptance document: what an oracle checks before it says yes. It is content-addressed: the policy that the parties
 * sign carries `criteriaHash` = SHA-256 of its canonical bytes, so nobody can swap the criteria later.
 */
import { parseSuite, type AcceptanceSuite } from './acceptance-checks.js';
import {
  canonicalHash,
  canonicalize,
  DocumentError,
  MAX_DOCUMENT_BYTES,
  parseCanonical,
  type Hex,
} from './canonical.js';
import { ObjectReader, requireUnique } from './document-reader.js';

export const CRITERIA_SCHEMA = 'milepost/criteria@1';

/** Kinds this version judges. */
export const CRITERIA_KINDS = ['acceptance-suite'] as const;
export type CriteriaKind = (typeof CRITERIA_KINDS)[number];

/**
 * What a passed check pays.
 * `all`: 10,000 bps once the passed weight reaches `minBps`. `weights`: the passed weight itself, in bps floored; below
 * `minBps` the work fails.
 */
export interface CriteriaPay {
  readonly mode: 'all' | 'weights';
  /** 1 to 10,000. */
  readonly minBps: number;
}

interface CriteriaBase<K extends CriteriaKind> {
  readonly schema: typeof CRITERIA_SCHEMA;
  readonly kind: K;
  /** What is accepted, in words for both parties. */
  readonly title: string;
  readonly pay: CriteriaPay;
}

/** A test suite over the delivered files, run and signed by named runners. */
export interface AcceptanceSuiteCriteria extends CriteriaBase<'acceptance-suite'> {
  /** Addresses whose signed result counts, lower case. */
  readonly runners: readonly Hex[];
  /** How many of them must say the same: 1 to the number of runners. */
  readonly need: number;
  /** Ids of tests that must pass whatever the weights say. */
  readonly mustPass: readonly string[];
  readonly suite: AcceptanceSuite;
}

export type Criteria = AcceptanceSuiteCriteria;

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
 * Strict validation: unknown kinds, unknown fields and values out of range are refused.
 * @throws DocumentError naming the field.
 */
export function parseCriteria(value: unknown): Criteria {
  const reader = new ObjectReader(value, '$');
  const schema = reader.oneOf('schema', [CRITERIA_SCHEMA]);
  const kind = reader.oneOf('kind', CRITERIA_KINDS);
  const title = reader.text('title', 1, 200);
  const pay = parsePay(reader.raw('pay'), '$.pay');
  const criteria: Criteria = { schema, kind, title, pay, ...parseAcceptanceSuiteFields(reader) };
  reader.done();
  if (new TextEncoder().encode(canonicalize(criteria)).length > MAX_DOCUMENT_BYTES) {
    throw new DocumentError('$', `longer than ${String(MAX_DOCUMENT_BYTES)} bytes`);
  }
  return criteria;
}

function parsePay(value: unknown, path: string): CriteriaPay {
  const reader = new ObjectReader(value, path);
  const pay: CriteriaPay = {
    mode: reader.oneOf('mode', ['all', 'weights']),
    minBps: reader.integer('minBps', 1, 10_000),
  };
  reader.done();
  return pay;
}

function parseAcceptanceSuiteFields(
  reader: ObjectReader,
): Omit<AcceptanceSuiteCriteria, keyof CriteriaBase<CriteriaKind>> {
  const runners = reader.list('runners', 1, MAX_RUNNERS, (item, path) => {
    if (typeof item !== 'string' || !/^0x[0-9a-f]{40}$/.test(item)) {
      throw new DocumentError(path, 'an address in lower-case hex is expected');
    }
    return item as Hex;
  });
  requireUnique(runners, reader.at('runners'));
  const need = reader.integer('need', 1, runners.length);
  const suite = parseSuite(reader.raw('suite'), reader.at('suite'));
  const mustPass = reader.list('mustPass', 0, suite.tests.length, (item, path) => {
    const test = suite.tests.find(({ id }) => id === item);
    if (test === undefined) throw new DocumentError(path, 'the id of a test in the suite is expected');
    return test.id;
  });
  requireUnique(mustPass, reader.at('mustPass'));
  return { runners, need, mustPass, suite };
}

/** One HTTP call goes to the criteria, one to each runner, and a run may make five. */
export const MAX_RUNNERS = 4;
