import fc from 'fast-check';
import { AmountError, exactAmount, formatAmount, formatBps, parseAmount, sumUnits } from './money';

describe('amounts', () => {
  it('reads what it writes, to the unit, for 6 and 18 decimals', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 96n - 1n }), fc.constantFrom(0, 6, 18), (units, decimals) => {
        expect(parseAmount(exactAmount(units, decimals), decimals)).toBe(units);
      }),
    );
  });

  it('never shows more than there is', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 96n - 1n }), (units) => {
        expect(parseAmount(formatAmount(units, 18), 18) <= units).toBe(true);
      }),
    );
    expect(formatAmount('1999999', 6)).toBe('1.9999');
  });

  it('groups, keeps two decimals, cuts at four', () => {
    expect(formatAmount(12_500_000_000n, 6)).toBe('12,500.00');
    expect(formatAmount(1n, 6)).toBe('0.00');
    expect(formatAmount(-1_500_000n, 6)).toBe('−1.50');
    expect(formatAmount(7n, 0)).toBe('7');
  });

  it('accepts grouped input and refuses what is no amount', () => {
    expect(parseAmount('1,250.5', 6)).toBe(1_250_500_000n);
    for (const bad of ['', 'abc', '1.2.3', '-1', '1e3', '0.0000001'])
      expect(() => parseAmount(bad, 6)).toThrow(AmountError);
  });

  it('writes basis points as per cent', () => {
    expect([0, 1, 50, 1_250, 10_000].map(formatBps)).toEqual(['0%', '0.01%', '0.5%', '12.5%', '100%']);
  });

  it('adds strings exactly', () => {
    expect(sumUnits(['9007199254740993', 1n])).toBe(9_007_199_254_740_994n);
  });
});
