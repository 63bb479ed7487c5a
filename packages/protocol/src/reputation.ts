/**
 * Reputation: non-transferable units for accepted work. A client and a payee who always deal with each other saturate; units
 * fade with a half-life of 26 weeks, by storing them times a growing scale, so shares do not change by time alone.
 */
import { WAD } from './rewards.js';

/** Width of the first step of the curve, settlement units; each further step is twice as wide and counts half. */
const FIRST_STEP = 2_000n * WAD;
const STEPS = 16n;
const WHOLE = 10_000n;
const HALF_LIFE = 26;

/** C(x): how much `x` net fees of one pair count in all. Integers, so that every implementation gives the same. */
export function saturated(netFees: bigint): bigint {
  if (netFees < 0n) throw new RangeError('negative fees');
  let counted = 0n;
  let left = netFees;
  for (let step = 0n; step < STEPS && left > 0n; step++) {
    const width = FIRST_STEP << step;
    const inside = left < width ? left : width;
    counted += inside >> step;
    left -= inside;
  }
  return counted;
}

/** How far a client's standing is known: unverified, bonded, verified. Basis points. */
export const CLIENT_STANDING = { unverified: 2_500, bonded: 6_000, verified: 10_000 } as const;

/** What one accepted milestone earns before it is split by the payees' weights, in settlement units. */
export function reputationUnits(given: {
  /** Quality, time and round factors, basis points. */
  readonly q: number;
  readonly t: number;
  readonly r: number;
  /** Standing of the client, basis points. */
  readonly g: number;
  /** Net fees of this client and payee in the 365 days before. */
  readonly before: bigint;
  readonly net: bigint;
}): bigint {
  const gained = saturated(given.before + given.net) - saturated(given.before);
  return [given.q, given.t, given.r, given.g].reduce((units, bps) => (units * BigInt(bps)) / WHOLE, gained);
}

/** Largest integer whose 26th power is not above `value`. */
function root26(value: bigint): bigint {
  let low = 0n;
  let high = 1n << 70n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** 26n <= value) low = middle;
    else high = middle;
  }
  return low;
}

/** B[i] = floor(2^64 · 2^(i/26)). */
export const SCALE_BASE: readonly bigint[] = Array.from({ length: HALF_LIFE }, (_, i) =>
  root26(1n << BigInt(64 * HALF_LIFE + i)),
);

/** Scale of a week (epoch counted from the start of the deployment). */
export function scaleOf(week: number): bigint {
  if (!Number.isInteger(week) || week < 0) throw new RangeError(`week ${String(week)} is not a week`);
  return (SCALE_BASE[week % HALF_LIFE] ?? 0n) << BigInt(Math.floor(week / HALF_LIFE));
}

/** Units earned in `earnedWeek` as they count in `week`, never before it. */
export function decayed(units: bigint, earnedWeek: number, week: number): bigint {
  if (week < earnedWeek) throw new RangeError('units are not worth anything before they are earned');
  return (units * scaleOf(earnedWeek)) / scaleOf(week);
}
