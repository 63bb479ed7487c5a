/** RFC 9162 (SHA-256) hashes of leaves and nodes. No dependency: the caller gives SHA-256. */

/** 32 bytes. */
export type Hash = Uint8Array;
export type Sha256 = (data: Uint8Array) => Uint8Array;

export const HASH_BYTES = 32;

/** Tree sizes and indexes are unsigned 64-bit numbers. */
export const MAX_SIZE = (1n << 64n) - 1n;

/** The two hash functions of the tree, with the domain separation of RFC 9162 2.1.1. */
export class TreeHasher {
  /** Root of the tree without leaves. */
  readonly empty: Hash;
  /** The input of {@link node}: hashing is done before it is filled again. */
  private readonly pair = new Uint8Array(1 + 2 * HASH_BYTES);

  constructor(readonly sha256: Sha256) {
    this.empty = sha256(new Uint8Array(0));
    this.pair[0] = 1;
  }

  /** H(0x00 ‖ entry) */
  leaf(entry: Uint8Array): Hash {
    const input = new Uint8Array(1 + entry.length);
    input.set(entry, 1);
    return this.sha256(input);
  }

  /** H(0x01 ‖ left ‖ right) */
  node(left: Hash, right: Hash): Hash {
    this.pair.set(left, 1);
    this.pair.set(right, 1 + HASH_BYTES);
    return this.sha256(this.pair);
  }
}

/** HMAC-SHA-256 (RFC 2104), used to check a section against its commitment. */
export function hmacSha256(sha256: Sha256, key: Uint8Array, message: Uint8Array): Uint8Array {
  const block = new Uint8Array(64);
  block.set(key.length > 64 ? sha256(key) : key);
  const inner = new Uint8Array(64 + message.length);
  inner.set(block.map((byte) => byte ^ 0x36));
  inner.set(message, 64);
  const outer = new Uint8Array(96);
  outer.set(block.map((byte) => byte ^ 0x5c));
  outer.set(sha256(inner), 64);
  return sha256(outer);
}

/** Equal length and bytes. Not constant time: everything compared here is public. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** True for 32 bytes of the kind this package computes with. */
export function isHash(value: unknown): value is Hash {
  return value instanceof Uint8Array && value.length === HASH_BYTES;
}

/** Number of bits needed to write `n`: 0 for 0. */
export function bitLength(n: bigint): number {
  return n === 0n ? 0 : n.toString(2).length;
}

/** Number of one bits of `n`. */
export function popCount(n: bigint): number {
  let count = 0;
  for (let rest = n; rest > 0n; rest &= rest - 1n) count += 1;
  return count;
}
