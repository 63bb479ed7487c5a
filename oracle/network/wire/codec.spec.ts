import fc from 'fast-check';
import {
  bool,
  bytes,
  int32,
  int64,
  many,
  mapOf,
  maybe,
  message,
  one,
  string,
  uint32,
  uint64,
  WireError,
} from './codec.js';
import {
  AwaitRequest,
  CapabilityRequest,
  ExecuteRequest,
  LogTriggerConfig,
  Value,
  type ValueMessage,
} from './messages.js';
import { bigInteger, bigIntegerValue, plainValue } from './values.js';

const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex');
const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

describe('protobuf codec', () => {
  // Encodings given in the protobuf documentation ("Encoding").
  it('writes what the protobuf documentation shows', () => {
    expect(hex(message({ a: one(1, int32) }).encode({ a: 150 }))).toBe('089601');
    expect(hex(message({ b: one(2, string) }).encode({ b: 'testing' }))).toBe('120774657374696e67');
    const inner = message({ a: one(1, int32) });
    expect(hex(message({ c: maybe(3, inner) }).encode({ c: { a: 150 } }))).toBe('1a03089601');
    expect(hex(message({ a: one(1, int64) }).encode({ a: -2n }))).toBe('08feffffffffffffffff01');
  });

  it('reads packed and unpacked repeated numbers', () => {
    expect(AwaitRequest.decode(fromHex('0a03010203')).ids).toEqual([1, 2, 3]);
    expect(AwaitRequest.decode(fromHex('080108020803')).ids).toEqual([1, 2, 3]);
    expect(AwaitRequest.decode(fromHex('08ffffffffffffffffff01')).ids).toEqual([-1]);
  });

  it('skips unknown fields of every wire type, and takes the last of a repeated single field', () => {
    const tail = '080108027801' + '7d00000000' + '790000000000000000' + '7a0161';
    expect(message({ a: one(1, uint32) }).decode(fromHex(tail))).toEqual({ a: 2 });
  });

  it('tells an absent field from an empty one where that matters', () => {
    const shape = message({ a: maybe(1, string), b: one(2, string) });
    expect(shape.decode(new Uint8Array(0))).toEqual({ a: undefined, b: '' });
    expect(shape.decode(shape.encode({ a: '', b: '' }))).toEqual({ a: '', b: '' });
  });

  it.each([
    ['a cut field', '0a05616263', 'runs past the end'],
    ['a cut number', '0880', 'runs past the end'],
    ['an endless number', '08ffffffffffffffffffff01', 'longer than ten bytes'],
    ['a group', '0b0c', 'wire type 3 is not supported'],
    ['bytes for a number', '0a0161', 'a number is expected'],
  ])('refuses %s', (_what, data, problem) => {
    expect(() => message({ a: one(1, int32) }).decode(fromHex(data))).toThrow(WireError);
    expect(() => message({ a: one(1, int32) }).decode(fromHex(data))).toThrow(problem);
  });

  it('reads back what it writes', () => {
    const shape = message({
      s: one(1, string),
      u: one(2, uint64),
      i: one(3, int64),
      n: one(4, int32),
      b: one(5, bool),
      d: maybe(6, bytes),
      l: many(7, uint32),
      m: mapOf(8, string, int32),
      k: mapOf(9, int32, string),
    });
    const i32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    const values = fc.record({
      s: fc.string({ unit: 'grapheme' }),
      u: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      i: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      n: i32,
      b: fc.boolean(),
      d: fc.option(fc.uint8Array(), { nil: undefined }),
      l: fc.array(fc.nat(2 ** 31)),
      m: fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), i32)).map((pairs) => new Map(pairs)),
      k: fc.array(fc.tuple(i32, fc.string({ unit: 'grapheme' }))).map((pairs) => new Map(pairs)),
    });
    fc.assert(fc.property(values, (value) => expect(shape.decode(shape.encode(value))).toEqual(value)));
  });
});

describe('CRE messages', () => {
  it('reads a subscription as the engine sends it', () => {
    const sent = fromHex(`0a14${'11'.repeat(20)}12220a20${'30'.repeat(32)}1801`);
    const { addresses, topics, confidence } = LogTriggerConfig.decode(sent);
    expect([addresses.map(hex), topics.map(({ values }) => values.map(hex)), confidence]).toEqual([
      ['11'.repeat(20)],
      [['30'.repeat(32)]],
      1,
    ]);
  });

  it('tells a subscription from a trigger', () => {
    const config = new Uint8Array([1]);
    const subscribe = ExecuteRequest.encode({ config, subscribe: {}, trigger: undefined, maxResponseSize: 5n });
    expect(hex(subscribe)).toBe('0a010112002005');
  });

  it('keeps negative callback ids: they are node calls', () => {
    const request = { id: 'x', payload: undefined, method: 'm', callbackId: -7 };
    expect(CapabilityRequest.decode(CapabilityRequest.encode(request))).toEqual(request);
  });

  it('shows values as plain data', () => {
    const value = (fields: Partial<ValueMessage>): ValueMessage => ({ ...Value.zero, ...fields });
    const list = { fields: [value({ int64: -3n }), value({ bool: false })] };
    const map = {
      fields: new Map([
        ['a', value({ string: 'x' })],
        ['b', value({ list })],
      ]),
    };
    expect(plainValue(Value.decode(Value.encode(value({ map }))))).toEqual({ a: 'x', b: [-3n, false] });
    expect(plainValue({ ...Value.zero, bytes: new Uint8Array([255]) })).toBe('0xff');
    expect(plainValue(undefined)).toBeNull();
  });

  it('carries integers of any size as sign and magnitude', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 256n), max: 2n ** 256n }), (value) =>
        expect(bigIntegerValue(bigInteger(value))).toBe(value),
      ),
    );
  });
});
