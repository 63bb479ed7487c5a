/**
 * What contributors earn on top of their pay: at most a fixed share of the fee that their work really brought, split by role,
 * scaled down by factors that never exceed 1, in settlement units. Every division floors; what is left over is never minted.
 */

/** Basis points of the whole. */
const WHOLE = 10_000n;
/** Decimals of settlement units ("wad"). */
export const WAD_DECIMALS = 18;
/** One settlement unit. */
export const WAD = 10n ** 18n;
const DAY = 86_400;
const WEEK = 604_800;

/** The rates of the rule. Basis points, except `issuePrice`. */
export interface RewardParams {
  /** Part of every fee that may leave again as a kickback; subtracted whether used or not. At most 5,000. */
  readonly kickbackBps: number;
  /** κ: share of the net fee that becomes rewards. 1,000 to 7,500. */
  readonly shareBps: number;
  /** Parts of the base; together at most 10,000. */
  readonly payeesBps: number;
  readonly fundersBps: number;
  readonly assessorsBps: number;
  /** P₀: settlement units per token, wad. Can only rise. */
  readonly issuePrice: bigint;
}

/** The rates at launch. */
export const LAUNCH_PARAMS: RewardParams = {
  kickbackBps: 2_500,
  shareBps: 5_000,
  payeesBps: 8_000,
  fundersBps: 1_000,
  assessorsBps: 1_000,
  issuePrice: WAD,
};

/** @throws RangeError naming the rate that is out of its bounds. */
export function checkParams(params: RewardParams): void {
  const within = (name: keyof RewardParams, min: number, max: number): void => {
    const value = Number(params[name]);
    if (!Number.isInteger(value) || value < min || value > max)
      throw new RangeError(`${name} is ${String(value)}; ${String(min)} to ${String(max)} is allowed`);
  };
  within('kickbackBps', 0, 5_000);
  within('shareBps', 1_000, 7_500);
  for (const role of ['payeesBps', 'fundersBps', 'assessorsBps'] as const) within(role, 0, 10_000);
  if (params.payeesBps + params.fundersBps + params.assessorsBps > 10_000)
    throw new RangeError('the roles get more than the whole base');
  if (params.issuePrice <= 0n) throw new RangeError('issuePrice is not above 0');
}

const part = (amount: bigint, bps: number): bigint => (amount * BigInt(bps)) / WHOLE;

/** Base units of a token with `decimals` (0 to 18) as settlement units. */
export function toSettle(amount: bigint, decimals: number): bigint {
  if (!Number.isInteger(decimals) || decimals < 0 || decimals > WAD_DECIMALS)
    throw new RangeError(`${String(decimals)} decimals; 0 to ${String(WAD_DECIMALS)} is expected`);
  if (amount < 0n) throw new RangeError('a negative fee');
  return amount * 10n ** BigInt(WAD_DECIMALS - decimals);
}

/** N: the fee without the kickback share. */
export function netFee(fee: bigint, params: RewardParams): bigint {
  return fee - part(fee, params.kickbackBps);
}

/** κ·N: all that the recipients of one fee can get together. */
export function rewardBase(fee: bigint, params: RewardParams): bigint {
  return part(netFee(fee, params), params.shareBps);
}

/** How a submission was accepted, as far as rewards look at it. */
export interface Acceptance {
  /** Work class, 6,000 to 10,000 by decision of the DAO. */
  readonly classBps: number;
  /** Lower median of the assessors' steps; null when not assessed. */
  readonly assessedBps: number | null;
  /** Score of a passed oracle verdict (its payBps); null when no oracle approved. */
  readonly oracleScoreBps: number | null;
  /** payBps of a ruling, when one decided; null otherwise. */
  readonly rulingBps: number | null;
  /** Seconds by which the submission came after its agreed due date and grace; 0 if in time. */
  readonly lateSeconds: number;
  /** Agreed seconds from the start of the project to the due date. */
  readonly plannedSeconds: number;
  /** Round that was accepted, from 1. */
  readonly round: number;
}

/** Basis points, each at most 10,000, applied in this order. */
export interface Factors {
  /** class */
  readonly w: number;
  /** quality */
  readonly q: number;
  /** time */
  readonly t: number;
  /** round */
  readonly r: number;
}

const quality = (how: Acceptance): number => {
  if (how.rulingBps !== null && how.rulingBps < 5_000) return 0;
  if (how.assessedBps !== null) return how.assessedBps;
  return Math.max(5_000, how.oracleScoreBps ?? 0);
};

/** Punctuality of the submission; slow voters cost the payee nothing. 10,000 in time, 5,000 from `span` late on. */
export function timeFactor(lateSeconds: number, plannedSeconds: number): number {
  if (lateSeconds <= 0) return 10_000;
  const span = Math.min(14 * DAY, Math.floor(plannedSeconds / 4));
  if (span <= 0) return 5_000;
  return 10_000 - Math.floor((5_000 * Math.min(lateSeconds, span)) / span);
}

/** The four factors. @throws RangeError for a factor above 10,000 or a round below 1. */
export function factorsOf(how: Acceptance): Factors {
  if (!Number.isInteger(how.round) || how.round < 1) throw new RangeError(`round ${String(how.round)} is not a round`);
  const factors: Factors = {
    w: how.classBps,
    q: quality(how),
    t: timeFactor(how.lateSeconds, how.plannedSeconds),
    r: how.round === 1 ? 10_000 : how.round === 2 ? 9_000 : 8_000,
  };
  for (const [name, value] of Object.entries(factors))
    if (!Number.isInteger(value) || value < 0 || value > 10_000)
      throw new RangeError(`factor ${name} is ${String(value)}; 0 to 10,000 is allowed`);
  return factors;
}

/** Somebody with a share of a role's part. Weights are relative; their sum is the whole. */
export interface Share {
  readonly account: string;
  readonly weight: bigint;
}

export type RewardRole = 'payee' | 'funder' | 'assessor';

/** What one account gets from one fee, in settlement units. */
export interface RewardLine {
  readonly account: string;
  readonly role: RewardRole;
  /** Its part of the role's part, in basis points floored; for display. */
  readonly shareBps: number;
  readonly settle: bigint;
}

/** Splits `amount` by weights, each part floored, the remainder to the first. No shares: nobody gets anything. */
export function splitByShares(amount: bigint, shares: readonly Share[]): bigint[] {
  const sum = shares.reduce((total, share) => total + share.weight, 0n);
  if (shares.length === 0 || sum === 0n) return shares.map(() => 0n);
  const parts = shares.map((share) => (amount * share.weight) / sum);
  const rest = amount - parts.reduce((total, got) => total + got, 0n);
  return parts.map((got, i) => (i === 0 ? got + rest : got));
}

export interface Allocation {
  readonly net: bigint;
  /** κ·N; 0 when the fee is too small to earn anything. */
  readonly base: bigint;
  readonly lines: readonly RewardLine[];
}

/**
 * What one fee earns. `fee` in settlement units. Payees share by the weights of the signed terms, funders by what they put
 * in, assessors equally; without assessors their part stays unminted. Below `leastBase` nobody earns anything: one unit for a
 * milestone's own fee, nothing for the holdback's fee of a milestone that has earned already.
 */
export function allocate(
  fee: bigint,
  factors: Factors,
  recipients: {
    readonly payees: readonly Share[];
    readonly funders: readonly Share[];
    readonly assessors: readonly Share[];
  },
  params: RewardParams = LAUNCH_PARAMS,
  leastBase: bigint = WAD,
): Allocation {
  checkParams(params);
  const net = netFee(fee, params);
  const base = part(net, params.shareBps);
  if (base === 0n || base < leastBase) return { net, base: 0n, lines: [] };
  const payees = [factors.w, factors.q, factors.t, factors.r].reduce(part, part(base, params.payeesBps));
  const lines = (role: RewardRole, amount: bigint, shares: readonly Share[]): RewardLine[] => {
    const sum = shares.reduce((total, share) => total + share.weight, 0n);
    return splitByShares(amount, shares).map((settle, i) => ({
      account: shares[i]?.account ?? '',
      role,
      shareBps: sum === 0n ? 0 : Number(((shares[i]?.weight ?? 0n) * WHOLE) / sum),
      settle,
    }));
  };
  return {
    net,
    base,
    lines: [
      ...lines('payee', payees, recipients.payees),
      ...lines('funder', part(base, params.fundersBps), recipients.funders),
      ...lines('assessor', part(base, params.assessorsBps), recipients.assessors),
    ].filter((line) => line.settle > 0n),
  };
}

/**
 * The fee of a released holdback, spread over the milestones that it was kept from: by their holdbacks, floored, the
 * remainder to the lowest number.
 */
export function splitHoldbackFee(
  fee: bigint,
  kept: readonly { readonly milestone: number; readonly holdback: bigint }[],
): { readonly milestone: number; readonly fee: bigint }[] {
  const sorted = [...kept].sort((a, b) => a.milestone - b.milestone);
  const parts = splitByShares(
    fee,
    sorted.map(({ milestone, holdback }) => ({ account: String(milestone), weight: holdback })),
  );
  return sorted.map(({ milestone }, i) => ({ milestone, fee: parts[i] ?? 0n }));
}

/** Settlement units as tokens at a price (settlement units per token, wad), floored. */
export function tokensAt(settle: bigint, price: bigint): bigint {
  if (price <= 0n) throw new RangeError('a price of 0 or less');
  return (settle * WAD) / price;
}

/** Week number of a time in Unix seconds; weeks begin on Monday 00:00 UTC. */
export function epochOf(time: number): number {
  return Math.floor((time - 345_600) / WEEK);
}

/** First second of an epoch. */
export function epochStart(epoch: number): number {
  return epoch * WEEK + 345_600;
}
