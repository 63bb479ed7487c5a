import { createHash } from 'node:crypto';
import fc from 'fast-check';
import {
  canonicalHash,
  canonicalize,
  DocumentError,
  MAX_DOCUMENT_BYTES,
  parseCanonical,
  sha256Hex,
} from './canonical.js';

describe('canonical JSON', () => {
  it('sorts keys by UTF-16 code unit at every level and writes no white space', () => {
    // The order of RFC 8785 3.2.3, where U+1F600 (surrogates D83D DE00) sorts before U+FB33.
    const value = {
      '€': 1,
      '\r': 2,
      '\ufb33': 3,
      '1': 4,
      '\u{1f600}': 5,
      '\u0080': 6,
      ö: { b: [1, { d: 1, c: 2 }], a: null },
    };
    expect(canonicalize(value)).toBe(
      '{"\\r":2,"1":4,"\u0080":6,"ö":{"a":null,"b":[1,{"c":2,"d":1}]},"€":1,"\u{1f600}":5,"\ufb33":3}',
    );
  });

  it('escapes as RFC 8785 3.2.2.2 asks', () => {
    expect(canonicalize('\u0000\b\t\n\f\r"\\\u001f/é\u{1f600}')).toBe(
      '"\\u0000\\b\\t\\n\\f\\r\\"\\\\\\u001f/é\u{1f600}"',
    );
  });

  it.each([
    ['a fraction', { a: 1.5 }, '$.a: 1.5 is not an integer within 2^53 - 1'],
    [
      'an integer that JSON readers disagree about',
      [2 ** 53],
      '$[0]: 9007199254740992 is not an integer within 2^53 - 1',
    ],
    ['NaN', NaN, '$: NaN is not an integer within 2^53 - 1'],
    ['a lone surrogate', { a: '\ud800x' }, '$.a: lone surrogate in a string'],
    ['a reversed pair', '\ude00\ud83d', '$: lone surrogate in a string'],
    ['undefined', { a: undefined }, '$.a: undefined has no JSON form'],
    ['a bigint', 1n, '$: bigint has no JSON form'],
    ['a date', { at: new Date(0) }, '$.at: not a plain JSON object'],
  ])('refuses %s', (_what, value, message) => {
    expect(() => canonicalize(value)).toThrow(
      new DocumentError(message.split(': ')[0]!, message.slice(message.indexOf(': ') + 2)),
    );
  });

  it('refuses deep nesting instead of overflowing the stack', () => {
    const deep = JSON.parse('['.repeat(40) + ']'.repeat(40)) as unknown;
    expect(() => canonicalize(deep)).toThrow('nested deeper than 32 levels');
  });

  it.each([
    ['white space', '{"a": 1}'],
    ['unsorted keys', '{"b":1,"a":2}'],
    ['a repeated key', '{"a":1,"a":2}'],
    ['a float spelling of an integer', '{"a":1.0}'],
    ['an exponent', '{"a":1e3}'],
    ['negative zero', '-0'],
    ['a needless escape', '"\\u0041"'],
  ])('parseCanonical refuses %s', (_what, text) => {
    expect(() => parseCanonical(text)).toThrow('not in canonical form');
  });

  it('parseCanonical refuses what is no JSON and what is too long', () => {
    expect(() => parseCanonical('{')).toThrow('$: not JSON');
    expect(parseCanonical(`"${'x'.repeat(MAX_DOCUMENT_BYTES - 2)}"`)).toHaveLength(MAX_DOCUMENT_BYTES - 2);
    expect(() => parseCanonical(`"${'x'.repeat(MAX_DOCUMENT_BYTES - 1)}"`)).toThrow('longer than 20480 bytes');
    expect(() => parseCanonical(`"${'é'.repeat(MAX_DOCUMENT_BYTES / 2)}"`)).toThrow('longer than 20480 bytes');
  });

  it('reads back every value it writes, whatever the key order', () => {
    const json = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constant(null),
        fc.boolean(),
        fc.maxSafeInteger(),
        fc.string({ unit: 'binary' }),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.string({ unit: 'binary' }), tie('value'), { maxKeys: 5, noNullPrototype: true }),
      ),
    })).value;
    fc.assert(
      fc.property(json, (value) => {
        const text = canonicalize(value);
        expect(canonicalize(parseCanonical(text))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('hashes the UTF-8 bytes of the canonical form', () => {
    const expected = `0x${createHash('sha256').update('{"a":"é","b":1}').digest('hex')}`;
    expect(canonicalHash({ b: 1, a: 'é' })).toBe(expected);
    expect(sha256Hex('{"a":"é","b":1}')).toBe(expected);
  });
});
