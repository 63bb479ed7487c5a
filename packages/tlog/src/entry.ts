/** The entry of a Milepost log: a canonical JSON header with salted commitments to sections that are kept elsewhere. */
import { hmacSha256, sameBytes, type Sha256 } from './hash.js';
import { TlogFormatError, fromBase64, fromUtf8, toBase64, utf8 } from './text.js';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Where a chain fact stands: the header's `source` of an event that the indexer appended. */
export interface ChainSource {
  readonly chain: number;
  /** 0x and 64 hex digits. */
  readonly block: string;
  readonly tx: string;
  readonly log: number;
}

export interface Commitment {
  readonly section: string;
  readonly alg: 'hmac-sha256';
  /** Base64 of HMAC-SHA-256(salt, canonical JSON of the section). */
  readonly c: string;
}

export interface EntryHeader {
  readonly v: 1;
  /** uuid, version 7 */
  readonly id: string;
  readonly type: string;
  /** ms since 1970 */
  readonly at: number;
  readonly actor: string;
  readonly subject: readonly [type: string, id: string];
  readonly project: string | null;
  readonly source: 'app' | ChainSource;
  readonly refs: { readonly [key: string]: Json };
  readonly commits: readonly Commitment[];
}

export const MAX_ENTRY_BYTES = 4096;

/**
 * RFC 8785 canonical JSON for values whose numbers are integers.
 * @throws TlogFormatError for a number that is no safe integer, a lone surrogate, or anything that is not JSON
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean') return JSON.stringify(value);
  if (typeof value === 'string') {
    if (/\p{Surrogate}/u.test(value)) throw new TlogFormatError('canonical JSON has no lone surrogates');
    return JSON.stringify(value);
  }
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value) || Object.is(value, -0))
      throw new TlogFormatError('canonical JSON has integers only; write amounts as strings');
    return String(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (
    typeof value === 'object' &&
    (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null)
  ) {
    const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${fields.map(([key, field]) => `${canonicalJson(key)}:${canonicalJson(field)}`).join(',')}}`;
  }
  throw new TlogFormatError(`a ${typeof value} has no canonical JSON`);
}

/** The commitment to a section. @param salt 32 random bytes, kept with the section and erased with it */
export function commit(sha256: Sha256, section: string, salt: Uint8Array, text: string): Commitment {
  return { section, alg: 'hmac-sha256', c: toBase64(hmacSha256(sha256, salt, utf8(text))) };
}

/** What makes a section readable again: its salt and its canonical JSON text. */
export interface Opening {
  /** Base64 of 32 bytes. */
  readonly salt: string;
  readonly text: string;
}

/** True if the opening belongs to the commitment. @throws TlogFormatError for a malformed salt or commitment */
export function opens(sha256: Sha256, commitment: Commitment, opening: Opening): boolean {
  const salt = fromBase64(opening.salt, 'the salt of an opening');
  return (
    salt.length === 32 &&
    sameBytes(hmacSha256(sha256, salt, utf8(opening.text)), fromBase64(commitment.c, 'a commitment'))
  );
}

const HEADER_KEYS = 'actor,at,commits,id,project,refs,source,subject,type,v';
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string' && value.length > 0;
const keysOf = (value: object): string => Object.keys(value).join(',');

const isCommitment = (value: unknown): value is Commitment =>
  isObject(value) &&
  keysOf(value) === 'alg,c,section' &&
  value['alg'] === 'hmac-sha256' &&
  isText(value['c']) &&
  isText(value['section']);

const isSource = (value: unknown): value is EntryHeader['source'] =>
  value === 'app' ||
  (isObject(value) &&
    keysOf(value) === 'block,chain,log,tx' &&
    [value['block'], value['tx']].every((hash) => typeof hash === 'string' && /^0x[0-9a-f]{64}$/.test(hash)) &&
    [value['chain'], value['log']].every((n) => Number.isSafeInteger(n) && (n as number) >= 0));

function isHeader(value: unknown): value is EntryHeader {
  if (!isObject(value) || keysOf(value) !== HEADER_KEYS) return false;
  const { v, id, type, at, actor, subject, project, source, refs, commits } = value;
  return (
    v === 1 &&
    typeof id === 'string' &&
    /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id) &&
    isText(type) &&
    Number.isSafeInteger(at) &&
    (at as number) >= 0 &&
    isText(actor) &&
    Array.isArray(subject) &&
    subject.length === 2 &&
    subject.every(isText) &&
    (project === null || isText(project)) &&
    isSource(source) &&
    isObject(refs) &&
    Array.isArray(commits) &&
    commits.every(isCommitment) &&
    new Set(commits.map((c) => c.section)).size === commits.length
  );
}

/**
 * Whether `text`, ASCII, is the canonical JSON of `value`, which was parsed from it. Parsing keeps the order of names, except for
 * names that look like numbers, so mostly the plain spelling of `value` is `text` itself, and only that order is left to see.
 */
function isCanonical(value: unknown, text: string): boolean {
  const isPlain = !text.includes('\\u') && JSON.stringify(value) === text && isOrdered(value);
  return isPlain || canonicalJson(value) === text;
}

function isOrdered(value: unknown): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value) && !Object.is(value, -0);
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isOrdered);
  let before: string | null = null;
  for (const name in value) {
    if (before !== null && before >= name) return false;
    if (!isOrdered((value as Record<string, unknown>)[name])) return false;
    before = name;
  }
  return true;
}

/**
 * Reads the exact bytes of an entry. Only the one canonical spelling is an entry.
 * @throws TlogFormatError
 */
export function parseEntry(bytes: Uint8Array): EntryHeader {
  if (bytes.length > MAX_ENTRY_BYTES)
    throw new TlogFormatError(`the entry has ${String(bytes.length)} bytes; at most 4,096 are allowed`);
  const text = fromUtf8(bytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new TlogFormatError('the entry is not JSON');
  }

  if (!/^[\x20-\x7e]*$/.test(text) || !isCanonical(value, text))
    throw new TlogFormatError('the entry is not canonical ASCII JSON');
  if (!isHeader(value))
    throw new TlogFormatError('the entry lacks a field, has an unknown one, or one of the wrong form');
  return value;
}
