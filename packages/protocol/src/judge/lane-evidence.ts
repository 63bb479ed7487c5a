/** The three evidence documents of a sampled batch. Each proves itself: by signatures, by its commitment, by Merkle proofs. */
import { sha256 } from '@noble/hashes/sha2.js';
import { canonicalize, DocumentError, sha256Hex, type Hex } from '../canonical.js';
import type { SampledBatchCriteria } from '../criteria.js';
import { ObjectReader } from '../document-reader.js';
import { bytesOf, concat, hexOf } from '../evm-words.js';
import { parsePublicManifest, type PublicManifest } from '../manifest.js';
import { readStatement, type SignedStatement, type StatementContext } from '../signed-statement.js';
import { fromBase64, toBase64 } from './base64.js';
import { drawItems, LANE_V1 } from './lane-plan.js';
import { leafHash, rootOf } from './multiproof.js';

/** Names of the documents, as they are stored beside a request. */
export const LANE_DOCUMENTS = ['sample', 'gold', 'agreement'] as const;
export type LaneDocument = (typeof LANE_DOCUMENTS)[number];

export const LANE_COUNT_SCHEMA = 'milepost/lane-count@1';
export const LANE_INSPECTION_SCHEMA = 'milepost/lane-inspection@1';

/** Largest evidence document: what a node may read in one HTTP answer. */
export const MAX_EVIDENCE_BYTES = 100_000;

/** One record as a leaf of the manifest's tree: canonical `[index, contributor, label, second label or -1, record hash]`. */
export interface LaneLeaf {
  readonly index: number;
  readonly contributor: number;
  readonly label: number;
  /** -1 if the record was labelled once. */
  readonly second: number;
  /** SHA-256 of the canonical record, base64url without padding. */
  readonly record: string;
}

/** What a runner states about the whole lot. */
export interface LaneCount {
  readonly items: number;
  /** Records that follow the schema. */
  readonly valid: number;
  /** Records with a second label. */
  readonly doubled: number;
  /** Payable items of each contributor. */
  readonly counts: readonly number[];
  readonly payable: number;
}

/** What an inspector found in the drawn items. */
export interface LaneInspection {
  /** Names the draw: SHA-256 of root and randomness. */
  readonly drawKey: Hex;
  /** Indexes of drawn items that are defective, ascending. */
  readonly defects: readonly number[];
}

export interface LaneSample {
  readonly statements: readonly SignedStatement<LaneCount>[];
  readonly inspections: readonly SignedStatement<LaneInspection>[];
  /** The drawn items, by index. */
  readonly leaves: readonly LaneLeaf[];
}

export interface LaneGold {
  /** Index and right label, by index. */
  readonly list: readonly (readonly [number, number])[];
  readonly leaves: readonly LaneLeaf[];
}

/** What evidence is checked against. */
export interface LaneSubject {
  readonly criteria: SampledBatchCriteria;
  readonly context: StatementContext & { readonly round: number };
  /** Root over the records, from the manifest. */
  readonly root: Hex;
}

/** Bytes of a leaf. */
export function leafEntry({ index, contributor, label, second, record }: LaneLeaf): Uint8Array {
  return new TextEncoder().encode(canonicalize([index, contributor, label, second, record]));
}

/** `sha256(salt32 ‖ canonical list)`: what the criteria carry of a gold set. */
export function goldCommitment(salt: Hex, list: LaneGold['list']): Hex {
  return hexOf(sha256(concat(bytesOf(salt), new TextEncoder().encode(canonicalize(list)))));
}

/**
 * Whether a document may be kept as evidence of a request. Everything is checked that does not need the draw's block.
 * @throws DocumentError
 */
export function checkLaneEvidence(
  name: LaneDocument,
  text: string,
  criteria: SampledBatchCriteria,
  context: StatementContext & { readonly round: number },
  manifest: PublicManifest,
): void {
  const root = manifest.facts.manifestRoot;
  if (root === undefined) throw new DocumentError('$', 'the submission has no manifest root to prove records against');
  const subject: LaneSubject = { criteria, context, root };
  if (name === 'gold') readGold(text, subject);
  else if (name === 'agreement') readAgreement(text, subject);
  else {
    const { statements, inspections, leaves } = readSample(text, subject);
    for (const [list, named, need, what] of [
      [statements, criteria.runners, criteria.need, 'statements'],
      [inspections, criteria.inspectors, criteria.needInspectors, 'inspections'],
    ] as const) {
      const signers = new Set(list.map(({ signer }) => signer).filter((signer) => named.includes(signer)));
      if (signers.size < need)
        throw new DocumentError(`$.${what}`, `${String(signers.size)} of ${String(need)} needed named signers`);
    }
    for (const { content } of inspections) requireDrawn(leaves, content.drawKey, criteria.lot);
  }
}

/** @throws DocumentError unless the leaves are exactly the drawn items. */
export function requireDrawn(leaves: readonly LaneLeaf[], drawKey: Hex, lot: number): void {
  const drawn = drawItems(drawKey, lot).items.sort((a, b) => a - b);
  if (drawn.join() !== leaves.map(({ index }) => index).join())
    throw new DocumentError('$.indexes', `are not the ${String(drawn.length)} items that were drawn`);
}

/** @throws DocumentError */
export function readSample(text: string, subject: LaneSubject): LaneSample {
  const reader = open(text, 'milepost/lane-sample@1');
  const { criteria, context } = subject;
  const statements = reader.list('statements', 1, 4, (item, path) =>
    readStatement(item, context, LANE_COUNT_SCHEMA, (content, at) => readCount(content, at, criteria), path),
  );
  const inspections = reader.list('inspections', 1, 4, (item, path) =>
    readStatement(item, context, LANE_INSPECTION_SCHEMA, readInspection, path),
  );
  return { statements, inspections, leaves: provenLeaves(reader, subject, LANE_V1.sample, LANE_V1.sample) };
}

/** @throws DocumentError */
export function readGold(text: string, subject: LaneSubject): LaneGold {
  const reader = open(text, 'milepost/lane-gold@1');
  const salt = reader.bytes32('salt');
  const list = reader.list('list', LANE_V1.goldItems, LANE_V1.goldItems, (item, path) => {
    const [index, label] = integers(item, path, 2);
    if (label >= subject.criteria.labels) throw new DocumentError(path, `there is no label ${String(label)}`);
    return [index, label] as const;
  });
  const { round } = subject.context;
  const committed = subject.criteria.gold[round - 1];
  if (committed === undefined)
    throw new DocumentError('$.list', `the criteria commit to no gold set for round ${String(round)}`);
  if (goldCommitment(salt, list) !== committed)
    throw new DocumentError('$.list', `does not open the commitment ${committed} of round ${String(round)}`);
  const leaves = provenLeaves(reader, subject, LANE_V1.goldItems, LANE_V1.goldItems);
  if (leaves.some(({ index }, i) => index !== list[i]?.[0]))
    throw new DocumentError('$.indexes', 'are not the items of the gold list');
  return { list, leaves };
}

/** The doubly labelled items. @throws DocumentError */
export function readAgreement(text: string, subject: LaneSubject): readonly LaneLeaf[] {
  const reader = open(text, 'milepost/lane-agreement@1');
  const leaves = provenLeaves(reader, subject, 1, 500);
  if (leaves.some(({ second }) => second < 0)) throw new DocumentError('$.seconds', 'an item has no second label');
  return leaves;
}

/** A manifest's public part, checked against the digest. @throws DocumentError */
export function readPublicManifest(text: string, digest: Hex): PublicManifest {
  const found = sha256Hex(text);
  if (found !== digest) throw new DocumentError('$', `the manifest has the hash ${found}, not ${digest}`);
  return parsePublicManifest(parseJson(text));
}

function open(text: string, schema: string): ObjectReader {
  if (text.length > MAX_EVIDENCE_BYTES) throw new DocumentError('$', `longer than ${String(MAX_EVIDENCE_BYTES)} bytes`);
  const reader = new ObjectReader(parseJson(text), '$');
  reader.oneOf('schema', [schema]);
  return reader;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new DocumentError('$', 'not JSON');
  }
}

/**
 * The fields of a document that show leaves: columns, and hashes as one base64 text, because a proof of many leaves comes close to
 * what a node may read.
 */
export function leafColumns(leaves: readonly LaneLeaf[], siblings: readonly Uint8Array[]): Record<string, unknown> {
  return {
    indexes: leaves.map(({ index }) => index),
    contributors: leaves.map(({ contributor }) => contributor),
    labels: leaves.map(({ label }) => label),
    seconds: leaves.map(({ second }) => second),
    records: toBase64(concat(...leaves.map(({ record }) => fromBase64(fromUrl(record))))),
    siblings: toBase64(concat(...siblings)),
  };
}

/** SHA-256 of a record in the form of a leaf: base64url without padding. */
export function recordText(hash: Uint8Array): string {
  return toBase64(hash).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function fromUrl(text: string): string {
  return `${text.replaceAll('-', '+').replaceAll('_', '/')}=`;
}

/** Reads the columns, the last fields of a document, and proves their leaves against the root. */
function provenLeaves(reader: ObjectReader, { criteria, root }: LaneSubject, min: number, max: number): LaneLeaf[] {
  const column = (key: string, from: number, below: number): number[] =>
    reader.list(key, min, max, (item, path) => {
      if (typeof item !== 'number' || !Number.isSafeInteger(item) || item < from || item >= below)
        throw new DocumentError(path, `an integer from ${String(from)} to ${String(below - 1)} is expected`);
      return item;
    });
  const indexes = column('indexes', 0, criteria.lot);
  const contributors = column('contributors', 0, criteria.contributors);
  const labels = column('labels', 0, criteria.labels);
  const seconds = column('seconds', -1, criteria.labels);
  const records = hashes(reader, 'records');
  const siblings = hashes(reader, 'siblings');
  reader.done();
  if ([contributors, labels, seconds, records].some(({ length }) => length !== indexes.length))
    throw new DocumentError('$.indexes', 'columns of one length are expected');
  const leaves = indexes.map((index, i): LaneLeaf => ({
    index,
    contributor: contributors[i] ?? 0,
    label: labels[i] ?? 0,
    second: seconds[i] ?? -1,
    record: recordText(records[i] ?? new Uint8Array(32)),
  }));
  let found: Hex;
  try {
    const entries = leaves.map((leaf) => leafHash(leafEntry(leaf)));
    found = hexOf(rootOf(criteria.lot, indexes, entries, siblings));
  } catch (error) {
    throw new DocumentError('$.siblings', error instanceof Error ? error.message : 'cannot be read');
  }
  if (found !== root) throw new DocumentError('$.indexes', `the items belong to the root ${found}, not to ${root}`);
  return leaves;
}

/** 32-byte hashes, one after the other in base64. */
function hashes(reader: ObjectReader, key: string): Uint8Array[] {
  const text = reader.text(key, 0, MAX_EVIDENCE_BYTES);
  let bytes: Uint8Array;
  try {
    bytes = fromBase64(text);
  } catch {
    throw new DocumentError(reader.at(key), 'base64 is expected');
  }
  if (bytes.length % 32 !== 0) throw new DocumentError(reader.at(key), 'hashes of 32 bytes are expected');
  return Array.from({ length: bytes.length / 32 }, (_, i) => bytes.subarray(i * 32, i * 32 + 32));
}

function readCount(value: unknown, path: string, criteria: SampledBatchCriteria): LaneCount {
  const reader = new ObjectReader(value, path);
  const most = criteria.lot;
  const count: LaneCount = {
    items: reader.integer('items', 0, 10_000_000),
    valid: reader.integer('valid', 0, 10_000_000),
    doubled: reader.integer('doubled', 0, 10_000_000),
    counts: reader.list('counts', criteria.contributors, criteria.contributors, (item, at) => integer(item, at)),
    payable: reader.integer('payable', 0, 10_000_000),
  };
  reader.done();
  if (count.payable > most)
    throw new DocumentError(reader.at('payable'), `${String(count.payable)} payable of a lot of ${String(most)}`);
  const sum = count.counts.reduce((total, one) => total + one, 0);
  if (sum !== count.payable)
    throw new DocumentError(reader.at('counts'), `add up to ${String(sum)}, payable is ${String(count.payable)}`);
  return count;
}

function readInspection(value: unknown, path: string): LaneInspection {
  const reader = new ObjectReader(value, path);
  const inspection: LaneInspection = {
    drawKey: reader.bytes32('drawKey'),
    defects: reader.list('defects', 0, LANE_V1.sample, (item, at) => integer(item, at)),
  };
  reader.done();
  if (inspection.defects.some((index, i) => index <= (inspection.defects[i - 1] ?? -1)))
    throw new DocumentError(reader.at('defects'), 'ascending item numbers are expected');
  return inspection;
}

function integer(item: unknown, path: string): number {
  if (typeof item !== 'number' || !Number.isSafeInteger(item) || item < 0)
    throw new DocumentError(path, 'an integer of at least 0 is expected');
  return item;
}

function integers(item: unknown, path: string, length: 2): [number, number] {
  if (!Array.isArray(item) || item.length !== length)
    throw new DocumentError(path, `a list of ${String(length)} integers is expected`);
  const [a, b] = item as unknown[];
  return [integer(a, path), integer(b, path)];
}
