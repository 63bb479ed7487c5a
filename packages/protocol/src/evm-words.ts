/** The few EVM encodings that run where no Ethereum library fits: in the oracle's engine, in the browser, in a verifier. */
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js';
import type { Hex } from './canonical.js';

/** Bytes of a `0x` string. @throws when it is not hex. */
export function bytesOf(hex: string): Uint8Array {
  if (!hex.startsWith('0x')) throw new RangeError('a 0x string is expected');
  return hexToBytes(hex.slice(2));
}

export function hexOf(bytes: Uint8Array): Hex {
  return `0x${bytesToHex(bytes)}`;
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return concatBytes(...parts);
}

/** keccak-256 of bytes, or of a string's UTF-8 bytes. */
export function keccakHex(data: Uint8Array | string): Hex {
  return hexOf(keccak_256(typeof data === 'string' ? new TextEncoder().encode(data) : data));
}

/** Big-endian unsigned integer of `size` bytes. @throws RangeError when it does not fit. */
export function uintBytes(value: bigint | number, size: number): Uint8Array {
  const big = BigInt(value);
  if (big < 0n || big >> BigInt(size * 8) !== 0n)
    throw new RangeError(`${String(big)} does not fit ${String(size)} bytes`);
  return hexToBytes(big.toString(16).padStart(size * 2, '0'));
}

export function uintWord(value: bigint | number): Uint8Array {
  return uintBytes(value, 32);
}

/** An address, left-padded to 32 bytes. */
export function addressWord(address: string): Uint8Array {
  return concat(new Uint8Array(12), fixedBytes(address, 20));
}

/** Bytes of a `0x` string of an exact length. @throws RangeError */
export function fixedBytes(hex: string, size: number): Uint8Array {
  const bytes = bytesOf(hex);
  if (bytes.length !== size) throw new RangeError(`${String(size)} bytes are expected, not ${String(bytes.length)}`);
  return bytes;
}

/** Big-endian unsigned integer. */
export function toUint(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(hexOf(bytes));
}

/**
 * The address that signed a 32-byte hash. `signature` is r, s, v with v 0, 1, 27 or 28; high-s values are refused.
 * Lower-case answer.
 * @throws when the signature is malformed or matches no key.
 */
export function recoverAddress(hash: Uint8Array, signature: string): Hex {
  const bytes = fixedBytes(signature, 65);
  const v = bytes[64] ?? 0;
  const recovery = v >= 27 ? v - 27 : v;
  if (recovery !== 0 && recovery !== 1) throw new RangeError(`v is ${String(v)}; 0, 1, 27 or 28 is expected`);
  const parsed = secp256k1.Signature.fromBytes(bytes.slice(0, 64)).addRecoveryBit(recovery);
  if (parsed.hasHighS()) throw new RangeError('s is in the upper half of the curve order');
  const key = parsed.recoverPublicKey(hash).toBytes(false);
  return hexOf(keccak_256(key.slice(1)).slice(12));
}

/** The address of a 32-byte private key, lower case. */
export function addressOfKey(privateKey: string): Hex {
  return hexOf(keccak_256(secp256k1.getPublicKey(fixedBytes(privateKey, 32), false).slice(1)).slice(12));
}
