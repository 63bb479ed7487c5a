/** The part of Node's Buffer that the SDK uses. The engine has none of Node's modules. */
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

export class Buffer extends Uint8Array {
  static override from(source: string | ArrayLike<number> | Iterable<number>, encoding?: unknown): Buffer {
    const bytes = typeof source === 'string' ? decode(source, encoding) : Uint8Array.from(source as ArrayLike<number>);
    return new Buffer(bytes);
  }

  override toString(encoding = 'utf8'): string {
    if (encoding === 'hex') return Array.from(this, (byte) => byte.toString(16).padStart(2, '0')).join('');
    return encoding === 'base64' ? toBase64(this) : new TextDecoder().decode(this);
  }
}

/** Present in the engine, but no functions: a workflow that calls them fails here as it would fail there. */
export const atob = undefined;
export const btoa = undefined;

function decode(text: string, encoding: unknown): Uint8Array {
  if (encoding === 'hex') return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  return encoding === 'base64' ? fromBase64(text) : new TextEncoder().encode(text);
}

function fromBase64(text: string): Uint8Array {
  const clean = text.replace(/=+$/, '');
  const out = new Uint8Array(Math.floor((clean.length * 3) / 4));
  let bits = 0;
  let count = 0;
  let at = 0;
  for (const digit of clean) {
    const value = DIGITS.indexOf(digit);
    if (value < 0) throw new Error('text is not base64');
    bits = ((bits << 6) | value) & 0xffff;
    count += 6;
    if (count >= 8) {
      count -= 8;
      out[at++] = (bits >> count) & 0xff;
    }
  }
  return out;
}

function toBase64(bytes: Uint8Array): string {
  let out = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b, c] = bytes.subarray(i, i + 3);
    out += DIGITS.charAt(a >> 2) + DIGITS.charAt(((a & 3) << 4) | ((b ?? 0) >> 4));
    out += b === undefined ? '=' : DIGITS.charAt(((b & 15) << 2) | ((c ?? 0) >> 6));
    out += c === undefined ? '=' : DIGITS.charAt(c & 63);
  }
  return out;
}
