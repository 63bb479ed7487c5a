import { bytesOf, concat, fixedBytes, hexOf, keccakHex, toUint, uintBytes } from '@milepost/protocol/evm-words';
import { payeesOf, type ProfileDraft, type TermsDraft, totalOf } from './terms-draft.js';

/** Why the escrow would refuse terms. */
export interface TermsIssue {
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

/** A milestone as the signed bytes have it. */
export interface PlannedMilestone {
  readonly amount: bigint;
  readonly due: number;
  readonly fundBy: number;
  readonly profile: number;
}

const CODEC = 1;
const SIZE = { header: 138, payee: 22, funder: 20, profile: 18, milestone: 17 } as const;
const SILENCE_APPROVES = 0x80;
const MAX_UINT96 = 2n ** 96n - 1n;

/** Lowest and highest value of each clock and rate. */
const LIMITS: { readonly [name in Exclude<keyof ProfileDraft, 'silence'>]: readonly [number, number] } = {
  reviewDays: [3, 60],
  extensionDays: [0, 30],
  holdHours: [0, 168],
  reworkDays: [3, 30],
  graceDays: [0, 30],
  lateDays: [0, 90],
  arbitrationDays: [14, 120],
  maxRounds: [1, 7],
  killBps: [0, 5_000],
  holdbackBps: [0, 2_000],
  lateDailyBps: [0, 500],
  lateCapBps: [0, 2_000],
  deadlockBps: [0, 10_000],
};

/**
 * What `TermsCodec` would refuse, in words; empty if it would accept.
 * @param reserved gate, arbitration, treasury: no party may be one of them
 */
export function termsIssues(terms: TermsDraft, reserved: readonly string[]): TermsIssue[] {
  const issues: TermsIssue[] = [];
  const add = (path: string, code: string, message: string): number => issues.push({ path, code, message });
  const outsiders = new Set([terms.token, ...reserved]);
  if (terms.client === terms.contributor) add('terms.contributor', 'same-party', 'must not be the client');
  for (const role of ['client', 'contributor'] as const) {
    if (outsiders.has(terms[role])) add(`terms.${role}`, 'same-party', 'must not be a contract of this installation');
  }
  const seen = new Set<string>();
  terms.payees.forEach(({ account }, i) => {
    if (seen.has(account)) add(`terms.payees.${i}.account`, 'duplicate', 'is listed twice');
    if (outsiders.has(account))
      add(`terms.payees.${i}.account`, 'same-party', 'must not be a contract of this installation');
    seen.add(account);
  });
  const weight = payeesOf(terms).reduce((sum, payee) => sum + payee.weight, 0);
  if (weight !== 10_000) add('terms.payees', 'weight-sum', `weights sum to ${weight} and must sum to 10,000`);
  if (terms.warrantyDays > 730) add('terms.warrantyDays', 'window', 'may be at most 730 days');
  terms.profiles.forEach((profile, i) => issues.push(...profileIssues(profile, `terms.profiles.${i}`)));
  terms.milestones.forEach((milestone, i) => {
    const path = `terms.milestones.${i}`;
    if (BigInt(milestone.amount) === 0n) add(`${path}.amount`, 'zero-amount', 'must be above 0');
    if (milestone.fundBy > milestone.due) add(`${path}.fundBy`, 'fund-by-after-due', 'must not be after the due date');
    if (terms.profiles[milestone.profile] === undefined) add(`${path}.profile`, 'unknown-profile', 'names no profile');
    if (terms.policies[milestone.policy] === undefined) add(`${path}.policy`, 'unknown-policy', 'names no policy');
    const sum = milestone.criteria.reduce((total, criterion) => total + criterion.weight, 0);
    if (milestone.criteria.length > 0 && sum !== 10_000) {
      add(`${path}.criteria`, 'weight-sum', `weights sum to ${sum} and must sum to 10,000`);
    }
    const ids = new Set(milestone.criteria.map((criterion) => criterion.id));
    if (ids.size !== milestone.criteria.length)
      add(`${path}.criteria`, 'duplicate', 'has two criteria with the same id');
  });
  if (totalOf(terms) > MAX_UINT96) add('terms.milestones', 'total', 'sum to more than 2^96 - 1 base units');
  return issues;
}

function profileIssues(profile: ProfileDraft, path: string): TermsIssue[] {
  return Object.entries(LIMITS).flatMap(([name, [low, high]]) => {
    const value = profile[name as keyof typeof LIMITS];
    return value >= low && value <= high
      ? []
      : [{ path: `${path}.${name}`, code: 'window', message: `must be ${low} to ${high}` }];
  });
}

/** The escrow's immutable arguments (page 10 of the design, section 3). The client is the only funder. */
export function encodeArgs(terms: TermsDraft, termsHash: string, policyHash: string): string {
  return hexOf(
    concat(
      Uint8Array.of(CODEC, terms.milestones.length, terms.payees.length, 0, terms.profiles.length),
      uintBytes(terms.feeBps, 2),
      uintBytes(terms.warrantyDays, 2),
      uintBytes(terms.start, 5),
      fixedBytes(terms.token, 20),
      fixedBytes(terms.client, 20),
      fixedBytes(terms.contributor, 20),
      fixedBytes(termsHash, 32),
      fixedBytes(policyHash, 32),
      ...terms.payees.flatMap((payee) => [fixedBytes(payee.account, 20), uintBytes(payee.weight, 2)]),
      ...terms.profiles.map(profileBytes),
      ...terms.milestones.flatMap((milestone) => [
        uintBytes(BigInt(milestone.amount), 12),
        uintBytes(milestone.due, 2),
        uintBytes(milestone.fundBy, 2),
        uintBytes(milestone.profile, 1),
      ]),
    ),
  );
}

function profileBytes(profile: ProfileDraft): Uint8Array {
  const { reviewDays, extensionDays, holdHours, reworkDays, graceDays, lateDays, arbitrationDays } = profile;
  const rounds = profile.maxRounds | (profile.silence === 'approve' ? SILENCE_APPROVES : 0);
  const rates = [profile.killBps, profile.holdbackBps, profile.lateDailyBps, profile.lateCapBps, profile.deadlockBps];
  return concat(
    Uint8Array.of(reviewDays, extensionDays, holdHours, reworkDays, graceDays, lateDays, arbitrationDays, rounds),
    ...rates.map((rate) => uintBytes(rate, 2)),
  );
}

/** The milestones in signed bytes. @throws RangeError for bytes of another codec or length */
export function plannedMilestones(args: string): PlannedMilestone[] {
  const bytes = bytesOf(args);
  const [codec, milestones = 0, payees = 0, funders = 0, profiles = 0] = bytes;
  const first = SIZE.header + SIZE.payee * payees + SIZE.funder * funders + SIZE.profile * profiles;
  if (codec !== CODEC || bytes.length !== first + SIZE.milestone * milestones)
    throw new RangeError('these are no terms of codec 1');
  return Array.from({ length: milestones }, (_, i) => {
    const at = first + SIZE.milestone * i;
    const read = (offset: number, size: number): bigint => toUint(bytes.slice(at + offset, at + offset + size));
    return { amount: read(0, 12), due: Number(read(12, 2)), fundBy: Number(read(14, 2)), profile: Number(read(16, 1)) };
  });
}

/** Address of the CREATE2 clone with these arguments (OpenZeppelin `Clones`, salt 0). Lower case. */
export function predictEscrow(factory: string, implementation: string, args: string): string {
  const given = bytesOf(args);
  const code = concat(
    Uint8Array.of(0x61),
    uintBytes(given.length + 0x2d, 2),
    bytesOf('0x3d81600a3d39f3363d3d373d3d3d363d73'),
    fixedBytes(implementation, 20),
    bytesOf('0x5af43d82803e903d91602b57fd5bf3'),
    given,
  );
  const seed = concat(Uint8Array.of(0xff), fixedBytes(factory, 20), new Uint8Array(32), bytesOf(keccakHex(code)));
  return `0x${keccakHex(seed).slice(26)}`;
}
