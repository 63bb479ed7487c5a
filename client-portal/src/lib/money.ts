import { formatUnits, parseUnits, UnitsError } from '@milepost/protocol/units';

/**
 * Amounts are bigint base units in code and decimal strings at the API: never floats. What a person
 * reads is cut to four decimals, never rounded up; what is copied has every digit.
 */
export { UnitsError as AmountError };

/** Every digit, no grouping: `1234.5`. */
export const exactAmount = (units: bigint | string, decimals: number): string => formatUnits(BigInt(units), decimals);

/** For reading: grouped, two to four decimals (fewer when the token has fewer). */
export const formatAmount = (units: bigint | string, decimals: number, max = 4): string =>
  formatUnits(BigInt(units), decimals, {
    group: ',',
    minDecimals: Math.min(2, decimals),
    maxDecimals: Math.min(max, decimals),
  }).replace('-', '−');

/** Base units of a typed amount; grouping commas and spaces are allowed. Throws AmountError in words. */
export const parseAmount = (text: string, decimals: number): bigint =>
  parseUnits(text.replace(/[,\s_]/g, ''), decimals);

/** Basis points as a percentage: 1250 → `12.5%`. */
export const formatBps = (bps: number): string => `${formatUnits(BigInt(Math.trunc(bps)), 2)}%`;

/** Sum of base-unit amounts. */
export function sumUnits(values: Iterable<string | bigint>): bigint {
  let total = 0n;
  for (const value of values) total += BigInt(value);
  return total;
}
