/**
 * Canonical JSON (RFC 8785), narrowed to integers, and its SHA-256.
 *
 * Everything that is signed or referred to by hash is written in this form, so that a browser, the backend, an oracle
 * node and an auditor's script all arrive at the same 32 bytes. Pure JavaScript: no Node API.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/** `0x` and lower-case hex digits. */
export type Hex = `0x${string}`;

/** A value that has a canonical form: numbers are integers within ±(2^53 − 1); larger ones travel as strings. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Largest document that is accepted anywhere by hash, in bytes. */
export const MAX_DOCUMENT_BYTES = 20_480;

const MAX_DEPTH = 32;

/** A document that is not canonical JSON, or does not follow its schema. `path` names the spot, e.g. `$.suite.tests[2]`. */
export class DocumentError extends Error {
  override readonly name = 'DocumentError';
  constructor(
    readonly path: string,
    readonly problem: string,
  ) {
    super(`${path}: ${problem}`);
  }
}

/**
 * The RFC 8785 text of `value`.
 * @throws DocumentError for a fraction, an integer beyond 2^53 − 1, a lone surrogate, `undefined` or a non-JSON object.
 */
export function canonicalize(value: unknown): string {
  return write(value, '$', 0);
}

/** UTF-8 bytes of {@link canonicalize}. */
export function canonicalBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(canonicalize(value));
}

/** SHA-256 of the canonical form. */
export function canonicalHash(value: unknown): Hex {
  return sha256Hex(canonicalBytes(value));
}

/** SHA-256 of bytes, or of a string's UTF-8 bytes. */
export function sha256Hex(data: Uint8Array | string): Hex {
  return `0x${bytesToHex(sha256(typeof data === 'string' ? new TextEncoder().encode(data) : data))}`;
}

/**
 * Reads a document that must already be canonical: white space, repeated keys, unsorted keys, floats and other spellings
 * of the same value are refused, because a second spelling would be a second hash for the same meaning.
 * @throws DocumentError
 */
export function parseCanonical(text: string): Json {
  if (text.length > MAX_DOCUMENT_BYTES || new TextEncoder().encode(text).length > MAX_DOCUMENT_BYTES) {
    throw new DocumentError('$', `longer than ${String(MAX_DOCUMENT_BYTES)} bytes`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new DocumentError('$', 'not JSON');
  }
  if (canonicalize(value) !== text) {
    throw new DocumentError('$', 'not in canonical form (RFC 8785: sorted unique keys, no white space, integers only)');
  }
  return value as Json;
}

function write(value: unknown, path: string, depth: number): string {
  if (depth > MAX_DEPTH) throw new DocumentError(path, `nested deeper than ${String(MAX_DEPTH)} levels`);
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value))
      throw new DocumentError(path, `${String(value)} is not an integer within 2^53 - 1`);
    return Object.is(value, -0) ? '0' : String(value);
  }
  if (typeof value === 'string') return quote(value, path);
  if (Array.isArray(value)) {
    return `[${value.map((item, i) => write(item, `${path}[${String(i)}]`, depth + 1)).join(',')}]`;
  }
  if (typeof value === 'object') {
    const proto: unknown = Object.getPrototypeOf(value);
    if (proto !== null && proto !== Object.prototype) throw new DocumentError(path, 'not a plain JSON object');
    const fields = value as Record<string, unknown>;
    // Array.prototype.sort without a comparator orders by UTF-16 code unit, which is what RFC 8785 asks for.
    const members = Object.keys(fields)
      .sort()
      .map((key) => `${quote(key, path)}:${write(fields[key], `${path}.${key}`, depth + 1)}`);
    return `{${members.join(',')}}`;
  }
  throw new DocumentError(path, `${typeof value} has no JSON form`);
}

function quote(text: string, path: string): string {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0xd800 || unit > 0xdfff) continue;
    const next = text.charCodeAt(i + 1);
    if (unit > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff))
      throw new DocumentError(path, 'lone surrogate in a string');
    i++;
  }
  return JSON.stringify(text);
}
