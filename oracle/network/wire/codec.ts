/**
 * A small protobuf (proto3) codec, driven by typed message descriptions. The engine speaks protobuf; the published schemas
 * are under a business-source licence and cannot be loaded by plain Node, so the few messages that cross the border are
 * described here by their public field numbers.
 */

/** One raw field: a varint, or the bytes of a length-delimited or fixed-size field. */
type Raw = bigint | Uint8Array;

/** How one value is written and read. */
export interface Scalar<T> {
  readonly varint: boolean;
  readonly zero: T;
  write(value: T): Raw;
  read(raw: Raw): T;
}

/** One field of a message. */
export interface Field<T> {
  readonly number: number;
  collect(value: T): { raw: Raw; varint: boolean }[];
  read(raws: readonly Raw[]): T;
}

type Shape<T> = { readonly [K in keyof T]: Field<T[K]> };

/** A described message: also a scalar, so that it can be nested. */
export interface Message<T> extends Scalar<T> {
  encode(value: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}

export class WireError extends Error {
  override readonly name = 'WireError';
}

export const bytes: Scalar<Uint8Array> = {
  varint: false,
  zero: new Uint8Array(0),
  write: (value) => value,
  read: asBytes,
};

export const string: Scalar<string> = {
  varint: false,
  zero: '',
  write: (value) => new TextEncoder().encode(value),
  read: (raw) => new TextDecoder().decode(asBytes(raw)),
};

/** uint64 as bigint. */
export const uint64: Scalar<bigint> = { varint: true, zero: 0n, write: (value) => value, read: asVarint };

/** int64 as bigint. */
export const int64: Scalar<bigint> = {
  varint: true,
  zero: 0n,
  write: (value) => BigInt.asUintN(64, value),
  read: (raw) => BigInt.asIntN(64, asVarint(raw)),
};

/** int32, uint32 and enums as number. */
export const int32: Scalar<number> = {
  varint: true,
  zero: 0,
  write: (value) => BigInt.asUintN(64, BigInt(value)),
  read: (raw) => Number(BigInt.asIntN(32, asVarint(raw))),
};

export const uint32: Scalar<number> = {
  varint: true,
  zero: 0,
  write: (value) => BigInt(value),
  read: (raw) => Number(BigInt.asUintN(32, asVarint(raw))),
};

export const bool: Scalar<boolean> = {
  varint: true,
  zero: false,
  write: (value) => (value ? 1n : 0n),
  read: (raw) => asVarint(raw) !== 0n,
};

/** A field that has its zero value when absent; the zero value is not written. */
export function one<T>(number: number, type: Scalar<T>): Field<T> {
  return {
    number,
    collect: (value) => {
      const raw = type.write(value);
      const isZero = typeof raw === 'bigint' ? raw === 0n : raw.length === 0;
      return isZero ? [] : [{ raw, varint: type.varint }];
    },
    read: (raws) => {
      const last = raws.at(-1);
      return last === undefined ? type.zero : type.read(last);
    },
  };
}

/** A field that may be absent: nested messages, `optional` fields and members of a oneof. */
export function maybe<T>(number: number, type: Scalar<T>): Field<T | undefined> {
  return {
    number,
    collect: (value) => (value === undefined ? [] : [{ raw: type.write(value), varint: type.varint }]),
    read: (raws) => {
      const last = raws.at(-1);
      return last === undefined ? undefined : type.read(last);
    },
  };
}

/** A repeated field; packed varints are read too. */
export function many<T>(number: number, type: Scalar<T>): Field<readonly T[]> {
  return {
    number,
    collect: (values) => values.map((value) => ({ raw: type.write(value), varint: type.varint })),
    read: (raws) =>
      raws.flatMap((raw) =>
        type.varint && typeof raw !== 'bigint' ? unpack(raw).map((v) => type.read(v)) : [type.read(raw)],
      ),
  };
}

/** A map field. Entries keep the order in which they were written. */
export function mapOf<K, V>(number: number, key: Scalar<K>, value: Scalar<V>): Field<ReadonlyMap<K, V>> {
  const entry = message({ key: one(1, key), value: maybe(2, value) });
  return {
    number,
    collect: (map) => [...map].map(([k, v]) => ({ raw: entry.encode({ key: k, value: v }), varint: false })),
    read: (raws) =>
      new Map(
        raws.map((raw) => {
          const { key: k, value: v } = entry.decode(asBytes(raw));
          return [k, v ?? value.zero];
        }),
      ),
  };
}

/** Describes a message by its fields. Unknown fields are skipped, as protobuf asks. */
export function message<T extends object>(shape: Shape<T>): Message<T> {
  const fields = Object.entries(shape) as [keyof T & string, Field<T[keyof T]>][];
  const decode = (data: Uint8Array): T => {
    const raws = readFields(data);
    return Object.fromEntries(fields.map(([name, field]) => [name, field.read(raws.get(field.number) ?? [])])) as T;
  };
  const encode = (value: T): Uint8Array => {
    const out: number[] = [];
    for (const [name, field] of fields) {
      for (const { raw, varint } of field.collect(value[name])) {
        pushVarint(out, BigInt((field.number << 3) | (varint ? 0 : 2)));
        if (typeof raw === 'bigint') pushVarint(out, raw);
        else {
          pushVarint(out, BigInt(raw.length));
          for (const byte of raw) out.push(byte);
        }
      }
    }
    return Uint8Array.from(out);
  };
  return {
    varint: false,
    // A getter, because a message may contain itself and is not complete while it is being described.
    get zero() {
      return decode(new Uint8Array(0));
    },
    encode,
    decode,
    write: encode,
    read: (raw) => decode(asBytes(raw)),
  };
}

/** A message named before it is described, for messages that contain themselves. */
export function lazy<T>(get: () => Message<T>): Message<T> {
  return {
    varint: false,
    get zero() {
      return get().zero;
    },
    encode: (value) => get().encode(value),
    decode: (data) => get().decode(data),
    write: (value) => get().encode(value),
    read: (raw) => get().decode(asBytes(raw)),
  };
}

function readFields(data: Uint8Array): Map<number, Raw[]> {
  const found = new Map<number, Raw[]>();
  const cursor = { at: 0 };
  while (cursor.at < data.length) {
    const tag = readVarint(data, cursor);
    const number = Number(tag >> 3n);
    const raw = readRaw(data, cursor, Number(tag & 7n));
    const list = found.get(number);
    if (list) list.push(raw);
    else found.set(number, [raw]);
  }
  return found;
}

function readRaw(data: Uint8Array, cursor: { at: number }, wireType: number): Raw {
  if (wireType === 0) return readVarint(data, cursor);
  const sizes: Record<number, number> = { 1: 8, 5: 4 };
  const length = wireType === 2 ? Number(readVarint(data, cursor)) : sizes[wireType];
  if (length === undefined) throw new WireError(`wire type ${String(wireType)} is not supported`);
  if (cursor.at + length > data.length) throw new WireError('a field runs past the end of its message');
  cursor.at += length;
  return data.slice(cursor.at - length, cursor.at);
}

function readVarint(data: Uint8Array, cursor: { at: number }): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = data[cursor.at++];
    if (byte === undefined) throw new WireError('a number runs past the end of its message');
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt.asUintN(64, value);
  }
  throw new WireError('a number is longer than ten bytes');
}

function pushVarint(out: number[], value: bigint): void {
  let rest = value;
  while (rest >= 0x80n) {
    out.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  out.push(Number(rest));
}

function unpack(data: Uint8Array): bigint[] {
  const values: bigint[] = [];
  const cursor = { at: 0 };
  while (cursor.at < data.length) values.push(readVarint(data, cursor));
  return values;
}

function asBytes(raw: Raw): Uint8Array {
  if (typeof raw === 'bigint') throw new WireError('bytes are expected, a number was found');
  return raw;
}

function asVarint(raw: Raw): bigint {
  if (typeof raw !== 'bigint') throw new WireError('a number is expected, bytes were found');
  return raw;
}
