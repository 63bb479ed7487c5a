/** CRE values as plain JavaScript, and the integers that travel as sign and magnitude. */
import { hexOf, toUint, uintBytes } from '@milepost/protocol/evm-words';
import type { ValueMessage } from './messages.js';

/** A decoded value; bytes are `0x` hex. */
export type Plain = string | boolean | bigint | null | readonly Plain[] | { readonly [key: string]: Plain };

export function plainValue(value: ValueMessage | undefined): Plain {
  if (value === undefined) return null;
  if (value.string !== undefined) return value.string;
  if (value.bool !== undefined) return value.bool;
  if (value.bytes !== undefined) return hexOf(value.bytes);
  if (value.map !== undefined) {
    return Object.fromEntries([...value.map.fields].map(([key, item]) => [key, plainValue(item)]));
  }
  if (value.list !== undefined) return value.list.fields.map(plainValue);
  if (value.bigint !== undefined) return bigIntegerValue(value.bigint);
  return value.int64 ?? value.uint64 ?? null;
}

/** JSON form of a decoded value: bigints become strings. */
export function jsonOf(value: Plain): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? item.toString() : item)),
  );
}

export function bigInteger(value: bigint): { absolute: Uint8Array; sign: bigint } {
  const absolute = value < 0n ? -value : value;
  const size = Math.ceil(absolute.toString(16).length / 2);
  return {
    absolute: absolute === 0n ? new Uint8Array(0) : uintBytes(absolute, size),
    sign: value === 0n ? 0n : value < 0n ? -1n : 1n,
  };
}

export function bigIntegerValue(value: { absolute: Uint8Array; sign: bigint }): bigint {
  const absolute = toUint(value.absolute);
  return value.sign < 0n ? -absolute : absolute;
}
