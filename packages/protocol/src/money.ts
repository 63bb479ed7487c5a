/**
 * The money rule of the architecture (section 3a), in integers.
 *
 * Amounts are base units (bigint, never negative); rates are basis points (0 to 10,000); times are Unix seconds.
 * Every division is floored, and every remainder has a named owner, so sums are exact.
 */

/** Basis points in a whole. */
export const BPS = 10_000n;

/** Seconds in a day, as in the contracts. */
export const DAY = 86_400;

/** Days for the client to cure a missing funding before the contributor may terminate. */
export const CURE_DAYS = 14;
/** Further days after the cure until anyone may close a milestone that was never funded. */
export const FUND_LIMIT_DAYS = 30;
/** Days of a cancel notice. */
export const NOTICE_DAYS = 7;
/** Days to answer a warranty claim; silence grants it. */
export const ANSWER_DAYS = 14;
/** Days after every window of the gate until the escrow's own clock decides. */
export const BACKSTOP_DAYS = 3;
/** Seconds until a changed payee address takes effect. */
export const PAYEE_DELAY = 72 * 3600;

/** Thrown for an input that no signed terms can contain. */
export class MoneyError extends Error {
  override readonly name = 'MoneyError';
}

function requireAmount(amount: bigint, what: string): void {
  if (amount < 0n) throw new MoneyError(`${what} is negative (${amount}); amounts are base units of 0 or more.`);
}

function requireBps(bps: number, what: string): void {
  if (!Number.isInteger(bps) || bps < 0 || bps > 10_000) {
    throw new MoneyError(`${what} is ${bps}; basis points are whole numbers from 0 to 10,000.`);
  }
}

/** `amount * bps / 10,000`, floored. */
export function shareOf(amount: bigint, bps: number): bigint {
  requireAmount(amount, 'The amount');
  requireBps(bps, 'The rate');
  return (amount * BigInt(bps)) / BPS;
}

/**
 * Splits `amount` by weights that sum to 10,000: each part floored, the remainder to the first.
 * An empty list means one payee that takes all (the contributor alone).
 */
export function splitByWeight(amount: bigint, weights: readonly number[]): bigint[] {
  requireAmount(amount, 'The amount');
  if (weights.length === 0) return [amount];
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (sum !== 10_000) throw new MoneyError(`Payee weights sum to ${sum}; they must sum to 10,000.`);
  const parts = weights.map((weight) => shareOf(amount, weight));
  const remainder = amount - parts.reduce((total, part) => total + part, 0n);
  return parts.map((part, index) => (index === 0 ? part + remainder : part));
}

/** What leaves the escrow for a payable amount: rule 4. `fee + net === payable`, `sum(split) === net`. */
export interface Payout {
  /** P */
  readonly payable: bigint;
  /** F, to the fee inbox. */
  readonly fee: bigint;
  /** D, to the payees. */
  readonly net: bigint;
  /** D by the weights of the payees, in their order. */
  readonly split: readonly bigint[];
}

/** Rule 4: fee, then the payees' parts. */
export function payout(payable: bigint, feeBps: number, weights: readonly number[]): Payout {
  const fee = shareOf(payable, feeBps);
  const net = payable - fee;
  return { payable, fee, net, split: splitByWeight(net, weights) };
}

/** Inputs of a milestone's decision. */
export interface DecisionMoney {
  /** G, the milestone's amount. */
  readonly amount: bigint;
  readonly payBps: number;
  readonly lateBps: number;
  readonly holdbackBps: number;
  readonly feeBps: number;
  /** Payee weights in listed order; empty for the contributor alone. */
  readonly weights: readonly number[];
}

/** Where the amount of a decided milestone goes. `refundable + holdback + payable === amount`. */
export interface DecisionParts extends Payout {
  /** X */
  readonly gross: bigint;
  /** L */
  readonly lateCredit: bigint;
  /** A */
  readonly accepted: bigint;
  /** H */
  readonly holdback: bigint;
  /** `G - X + L`, to the funders. */
  readonly refundable: bigint;
}

/** Rules 1 to 4 for one decided milestone. */
export function decisionParts(input: DecisionMoney): DecisionParts {
  const gross = shareOf(input.amount, input.payBps);
  const lateCredit = shareOf(gross, input.lateBps);
  const accepted = gross - lateCredit;
  const holdback = shareOf(accepted, input.holdbackBps);
  return {
    gross,
    lateCredit,
    accepted,
    holdback,
    refundable: input.amount - gross + lateCredit,
    ...payout(accepted - holdback, input.feeBps, input.weights),
  };
}

/** The part of the holdback pot that the last decision pays out: half, floored. */
export function firstHalf(pot: bigint): bigint {
  requireAmount(pot, 'The holdback pot');
  return pot / 2n;
}

/** Kill cover and kill fee of a milestone: `amount * killBps / 10,000`, floored. */
export function killCover(amount: bigint, killBps: number): bigint {
  return shareOf(amount, killBps);
}

/** Terms that the late credit depends on. */
export interface Lateness {
  readonly submittedAt: number;
  /** Due time already shifted by late funding and rejected reviews. */
  readonly dueAt: number;
  readonly graceDays: number;
  readonly lateDailyBps: number;
  readonly lateCapBps: number;
}

/** Late credit rate: started days after due and grace, times the daily rate, capped. 0 if in time. */
export function lateBps(terms: Lateness): number {
  requireBps(terms.lateDailyBps, 'The daily late rate');
  requireBps(terms.lateCapBps, 'The late cap');
  const late = terms.submittedAt - terms.dueAt - terms.graceDays * DAY;
  if (late <= 0) return 0;
  return Math.min(terms.lateCapBps, Math.ceil(late / DAY) * terms.lateDailyBps);
}

/**
 * Refundable money to the funders, pro rata to what each put in: parts floored, the remainder to the first.
 * With nothing put in (money can still be refundable after a donation was booked) the first takes all.
 */
export function refundShares(refundable: bigint, contributions: readonly bigint[]): bigint[] {
  requireAmount(refundable, 'The refundable amount');
  if (contributions.length === 0) throw new MoneyError('There is no funder to refund.');
  const total = contributions.reduce((sum, contribution) => sum + contribution, 0n);
  const parts = contributions.map((contribution) => {
    requireAmount(contribution, 'A contribution');
    return total === 0n ? 0n : (refundable * contribution) / total;
  });
  const remainder = refundable - parts.reduce((sum, part) => sum + part, 0n);
  return parts.map((part, index) => (index === 0 ? part + remainder : part));
}

/** A planned milestone as allocation sees it. */
export interface PlannedAmount {
  readonly amount: bigint;
  readonly killBps: number;
}

/**
 * What the pool must hold for the next planned milestone to become funded. The first of a project also reserves the
 * kill cover of all others still planned; each later one needs its amount less its own cover, which is already there.
 *
 * @param planned planned milestones in index order; the first is the next to fund
 * @param activated whether a milestone of this project was ever funded
 */
export function fundingNeed(planned: readonly PlannedAmount[], activated: boolean): bigint {
  const [next, ...others] = planned;
  if (next === undefined) throw new MoneyError('No planned milestone is left to fund.');
  if (activated) return next.amount - killCover(next.amount, next.killBps);
  return others.reduce((sum, other) => sum + killCover(other.amount, other.killBps), next.amount);
}

/** Who bears the arbitrator's fee after a result of `payBps`: the payees' side floored, the clients the rest. */
export function arbitrationCosts(fee: bigint, payBps: number): { readonly payees: bigint; readonly clients: bigint } {
  requireBps(payBps, 'The result');
  const payees = shareOf(fee, 10_000 - payBps);
  return { payees, clients: fee - payees };
}

/** A lost bond: half (floored) to the other side's first-listed party, the rest to the treasury. */
export function forfeitedBond(bond: bigint): { readonly otherSide: bigint; readonly treasury: bigint } {
  requireAmount(bond, 'The bond');
  const otherSide = bond / 2n;
  return { otherSide, treasury: bond - otherSide };
}

/**
 * Payment in basis points after an absent side's share of the costs moved it against that side:
 * `share * 10,000 / amount` floored, kept within 0 to 10,000.
 *
 * @param absent the side that did not deposit
 */
export function shiftForCosts(payBps: number, share: bigint, amount: bigint, absent: 'clients' | 'payees'): number {
  requireBps(payBps, 'The result');
  requireAmount(share, 'The share');
  if (amount <= 0n) throw new MoneyError('The disputed amount must be above 0.');
  const shift = (share * BPS) / amount;
  const shifted = absent === 'clients' ? BigInt(payBps) + shift : BigInt(payBps) - shift;
  return Number(shifted < 0n ? 0n : shifted > BPS ? BPS : shifted);
}
