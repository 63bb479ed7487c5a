/**
 * Amounts as text. Base units travel as canonical decimal strings ("1000000"); people read and type decimal numbers
 * ("1.5"). Parsing is strict: what is not exactly an amount is refused, never rounded.
 */

/** Why a text is no amount. */
export type UnitsErrorCode = 'empty' | 'not-a-number' | 'too-many-decimals' | 'too-large' | 'bad-decimals';

/** A text that is no amount, in words for the person who typed it. */
export class UnitsError extends Error {
  override readonly name = 'UnitsError';
  constructor(
    readonly code: UnitsErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** Largest amount of an escrow: below 2^96. */
export const MAX_AMOUNT = 2n ** 96n - 1n;

function requireDecimals(decimals: number): void {
  if (!Number.isInteger(decimals) || decimals < 0 || decimals > 36) {
    throw new UnitsError('bad-decimals', `A token has 0 to 36 decimals, not ${decimals}.`);
  }
}

function requireMax(value: bigint, text: string): bigint {
  if (value > MAX_AMOUNT) throw new UnitsError('too-large', `"${text}" is more than an escrow can hold.`);
  return value;
}

/** Reads a canonical string of base units: digits only, no sign, no leading zero, below 2^96. */
export function parseBaseUnits(text: string): bigint {
  if (text === '') throw new UnitsError('empty', 'An amount is missing.');
  if (!/^(0|[1-9][0-9]{0,77})$/.test(text)) {
    throw new UnitsError('not-a-number', `"${text}" is no amount in base units; write digits only, such as "1000000".`);
  }
  return requireMax(BigInt(text), text);
}

/**
 * Reads a decimal number typed by a person, such as "1200" or "0.085". No sign, exponent, spaces or group separators;
 * not more decimals than the token has.
 */
export function parseUnits(text: string, decimals: number): bigint {
  requireDecimals(decimals);
  if (text === '') throw new UnitsError('empty', 'An amount is missing.');
  const match = /^([0-9]{1,78})(?:\.([0-9]{1,78}))?$/.exec(text);
  if (match === null) {
    throw new UnitsError('not-a-number', `"${text}" is no amount; write a number such as "1200" or "0.085".`);
  }
  const fraction = match[2] ?? '';
  if (fraction.length > decimals) {
    throw new UnitsError('too-many-decimals', `"${text}" has ${fraction.length} decimals; the token has ${decimals}.`);
  }
  return requireMax(BigInt(`${match[1] ?? '0'}${fraction.padEnd(decimals, '0')}`), text);
}

/** How `formatUnits` writes. */
export interface FormatOptions {
  /** At least this many decimals, zero-filled. Default 0: no trailing zeros. */
  readonly minDecimals?: number;
  /** At most this many decimals, the rest cut off (never rounded up). Default: all of them. */
  readonly maxDecimals?: number;
  /** Separator between groups of three digits. Default: none. */
  readonly group?: string;
}

/** Writes base units as a decimal number. Negative values (differences) keep their sign, unless only zeros are shown. */
export function formatUnits(value: bigint, decimals: number, options: FormatOptions = {}): string {
  requireDecimals(decimals);
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const min = Math.min(options.minDecimals ?? 0, decimals);
  let fraction = digits.slice(digits.length - decimals, digits.length - decimals + (options.maxDecimals ?? decimals));
  while (fraction.length > min && fraction.endsWith('0')) fraction = fraction.slice(0, -1);
  fraction = fraction.padEnd(min, '0');
  const grouped = options.group === undefined ? whole : whole.replace(/\B(?=(\d{3})+$)/g, options.group);
  const text = `${grouped}${fraction === '' ? '' : `.${fraction}`}`;
  return value < 0n && /[1-9]/.test(text) ? `-${text}` : text;
}
