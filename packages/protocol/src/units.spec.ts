import fc from 'fast-check';
import { MAX_AMOUNT, UnitsError, formatUnits, parseBaseUnits, parseUnits } from './units.js';

const amount = fc.bigInt({ min: 0n, max: MAX_AMOUNT });
const decimals = fc.constantFrom(0, 6, 18);

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof UnitsError) return error.code;
    throw error;
  }
  return 'none';
};

it('reads back what it writes, with 0, 6 and 18 decimals', () => {
  fc.assert(
    fc.property(amount, decimals, (value, places) => {
      expect(parseUnits(formatUnits(value, places), places)).toBe(value);
      expect(parseUnits(formatUnits(value, places, { minDecimals: places }), places)).toBe(value);
      expect(parseBaseUnits(value.toString())).toBe(value);
    }),
  );
});

it.each([
  ['0.085', 6, 85_000n],
  ['1200', 6, 1_200_000_000n],
  ['007', 0, 7n],
  ['1.000000', 6, 1_000_000n],
])('reads %s with %d decimals', (text, places, expected) => {
  expect(parseUnits(text, places)).toBe(expected);
});

it.each([
  ['', 'empty'],
  ['-1', 'not-a-number'],
  ['+1', 'not-a-number'],
  ['1e3', 'not-a-number'],
  ['0x10', 'not-a-number'],
  ['1,000', 'not-a-number'],
  [' 1', 'not-a-number'],
  ['1.', 'not-a-number'],
  ['.5', 'not-a-number'],
  ['١', 'not-a-number'],
  ['1\n', 'not-a-number'],
  ['0.0000001', 'too-many-decimals'],
  ['79228162514264337593544', 'too-large'],
])('refuses to read %j: %s', (text, code) => {
  expect(codeOf(() => parseUnits(text, 6))).toBe(code);
});

it.each([
  ['', 'empty'],
  ['01', 'not-a-number'],
  ['1.0', 'not-a-number'],
  ['-1', 'not-a-number'],
  [(MAX_AMOUNT + 1n).toString(), 'too-large'],
])('refuses base units %j: %s', (text, code) => {
  expect(codeOf(() => parseBaseUnits(text))).toBe(code);
});

it.each([
  [1_234_567_890n, {}, '1234.56789'],
  [1_234_567_890n, { minDecimals: 6, group: ',' }, '1,234.567890'],
  [1_999_999n, { maxDecimals: 4 }, '1.9999'],
  [1_000_000_000_000n, { group: ' ' }, '1 000 000'],
  [-1_500_000n, {}, '-1.5'],
  [-1n, { maxDecimals: 2 }, '0'],
])('writes %s %j as %s', (value, options, expected) => {
  expect(formatUnits(value, 6, options)).toBe(expected);
});

it('refuses decimals that no token has', () => {
  expect(codeOf(() => formatUnits(1n, 1.5))).toBe('bad-decimals');
  expect(codeOf(() => parseUnits('1', 37))).toBe('bad-decimals');
});
