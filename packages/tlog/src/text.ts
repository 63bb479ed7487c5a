/** Text and byte forms shared by the formats of this package. */

/** Input that is not in the format it should be in: says what and, where known, on which line. */
export class TlogFormatError extends Error {
  override readonly name = 'TlogFormatError';
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** @throws TlogFormatError if the bytes are not UTF-8 */
export function fromUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new TlogFormatError('not UTF-8 text');
  }
}

/** Standard Base64 with padding (RFC 4648 section 4). */
export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** @throws TlogFormatError unless it is standard Base64 in its one canonical form */
export function fromBase64(text: string, what = 'Base64 text'): Uint8Array {
  if (/^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0) {
    const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
    if (toBase64(bytes) === text) return bytes;
  }
  throw new TlogFormatError(`${what} is not canonical Base64`);
}

/** @throws TlogFormatError unless it is a decimal without leading zeros that fits 64 bits */
export function parseDecimal(text: string, what: string): bigint {
  if (!/^(0|[1-9][0-9]{0,19})$/.test(text))
    throw new TlogFormatError(`${what} is not a decimal number without leading zeros`);
  const value = BigInt(text);
  if (value >= 1n << 64n) throw new TlogFormatError(`${what} does not fit 64 bits`);
  return value;
}

export const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** @throws TlogFormatError unless it is an even number of hex digits, with or without 0x */
export function fromHex(text: string, what = 'hex text'): Uint8Array {
  const digits = text.startsWith('0x') ? text.slice(2) : text;
  if (!/^([0-9a-fA-F]{2})*$/.test(digits)) throw new TlogFormatError(`${what} is not hexadecimal`);
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** True if the bytes are this ASCII text. */
export function sameText(bytes: Uint8Array, text: string): boolean {
  return bytes.length === text.length && bytes.every((byte, i) => byte === text.charCodeAt(i));
}
