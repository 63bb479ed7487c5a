/**
 * The approval policy that both parties sign: policies of bodies, which milestone follows which, and the seats. What many
 * projects share (policies, oracles) becomes the gate policy's bytes, recorded once; what belongs to one project (criteria,
 * seats) becomes the roster at the end of its terms. Both are laid out in `contracts/src/interfaces/IMilestoneGate.sol`; this
 * is the other side of that codec. Everything the contracts refuse is refused here first, in words.
 */
import type { Hex } from './canonical.js';
import type { HumanBody, Threshold } from './decision.js';
import { bytesOf, concat, fixedBytes, hexOf, toUint, uintBytes } from './evm-words.js';

/** Bodies of seats in the order of their bits; the oracle is bit 3. */
export const HUMAN_BODIES = ['clients', 'panel', 'reviewers'] as const satisfies readonly HumanBody[];

export const MAX_POLICIES = 16;
export const MAX_SEATS = 64;
export const MAX_BODY_WEIGHT = 10_000;
/** Where an approval can be held, the challenge window is at least this long. */
export const MIN_CHALLENGE_SECONDS = 86_400;

const CODEC = 1;
const WORD = 32;
const HEADER = 2;
const ORACLE = 20;
const HASH = 32;
const WEIGHTS = 6;
const SEAT = 23;
const EXCLUDED = 0x80;
const SILENCE_APPROVES = 1;
const HOLD_ORACLE = 2;
const ORACLE_BIT = 8;
const MAX_U24 = 0xff_ffff;

/** The oracle that a policy names, and the criteria it checks. */
export interface OracleTerms {
  /** Address of the `CreOracle`. */
  readonly oracle: string;
  /** SHA-256 of the criteria document. */
  readonly criteriaHash: string;
}

/** One policy: who decides, how many of them must approve, and its clocks in seconds. */
export interface GatePolicyTerms {
  readonly bodies: { readonly [body in HumanBody]?: Threshold } & { readonly oracle?: OracleTerms };
  readonly need: number;
  /** An approval by the oracle alone waits for the challenge window. */
  readonly holdOracle: boolean;
  readonly silence: 'approve' | 'dispute';
  readonly window: number;
  readonly extension: number;
  readonly challenge: number;
}

/** A seat. `id`: the account, or the seat id of a passkey (`passkeySeatId`). */
export interface GateSeat {
  readonly id: string;
  readonly body: HumanBody;
  /** 1 to 65,535; a body has at most 10,000 in all. */
  readonly weight: number;
  /** A payee's or a declared affiliate's: listed, but it has no say. */
  readonly excluded: boolean;
}

/** Everything the gate needs of a project. */
export interface GatePolicy {
  readonly policies: readonly GatePolicyTerms[];
  /** Per milestone the index of its policy. */
  readonly milestones: readonly number[];
  /** In any order; encoded strictly ascending by id. */
  readonly seats: readonly GateSeat[];
}

/** A project's policy as read back, with the weight of each body. */
export interface StoredRoster extends GatePolicy {
  readonly weights: { readonly [body in HumanBody]: number };
}

/** What the bytes of one project add to the shared policies. */
export interface ProjectRoster {
  /** Criteria hashes of the policies that name the oracle, in policy order. */
  readonly criteria: readonly string[];
  /** As signed; none: the client is the one seat. */
  readonly seats: readonly GateSeat[];
}

/** Why a policy cannot be registered. `code` is the gate's error without its prefix. */
export interface PolicyIssue {
  readonly code: string;
  readonly path: string;
  readonly message: string;
}

/** Bytes or terms that the gate would refuse. */
export class GatePolicyError extends Error {
  override readonly name = 'GatePolicyError';
  constructor(readonly issues: readonly PolicyIssue[]) {
    super(issues.map((issue) => `${issue.path}: ${issue.message}`).join(' '));
  }
}

const isWhole = (value: number, low: number, high: number): boolean =>
  Number.isInteger(value) && value >= low && value <= high;
const isAddress = (value: string): boolean => /^0x[0-9a-fA-F]{40}$/.test(value) && !/^0x0{40}$/.test(value);
const isHash = (value: string): boolean => /^0x[0-9a-fA-F]{64}$/.test(value) && !/^0x0{64}$/.test(value);

/** Weight of a body's seats that have a say. */
export function bodyWeight(seats: readonly GateSeat[], body: HumanBody): number {
  return seats.filter((seat) => seat.body === body && !seat.excluded).reduce((sum, seat) => sum + seat.weight, 0);
}

/** Names of the bodies of a policy, in the order of their bits. */
export function bodiesOf(policy: GatePolicyTerms): (HumanBody | 'oracle')[] {
  const human = HUMAN_BODIES.filter((body) => policy.bodies[body] !== undefined);
  return policy.bodies.oracle === undefined ? human : [...human, 'oracle'];
}

/** Whether an approval under this policy can end in a hold. */
export function canHold(policy: GatePolicyTerms): boolean {
  if (policy.bodies.oracle !== undefined) return true;
  return policy.bodies.clients !== undefined && policy.need < bodiesOf(policy).length;
}

function seatIssues(seats: readonly GateSeat[]): PolicyIssue[] {
  const issues: PolicyIssue[] = [];
  if (seats.length > MAX_SEATS) {
    issues.push({ code: 'SeatLimit', path: 'seats', message: `At most ${MAX_SEATS} seats, not ${seats.length}.` });
  }
  const seen = new Set<string>();
  seats.forEach((seat, index) => {
    const path = `seats[${index}]`;
    const id = seat.id.toLowerCase();
    if (!isAddress(seat.id)) issues.push({ code: 'SeatOrder', path, message: 'A seat needs an account.' });
    else if (seen.has(id)) issues.push({ code: 'SeatOrder', path, message: 'One signer, one seat: this one has two.' });
    seen.add(id);
    if (!isWhole(seat.weight, 1, 0xffff)) {
      issues.push({ code: 'ZeroWeight', path, message: 'A seat weighs at least 1.' });
    }
    if (!HUMAN_BODIES.includes(seat.body)) issues.push({ code: 'BadSeat', path, message: 'Unknown body.' });
  });
  return issues;
}

function policyIssues(policy: GatePolicyTerms, seats: readonly GateSeat[], path: string): PolicyIssue[] {
  const issues: PolicyIssue[] = [];
  const add = (code: string, message: string): number => issues.push({ code, path, message });
  const named = bodiesOf(policy);
  if (named.length === 0) add('BadPolicy', 'Nobody is named to decide.');
  if (!isWhole(policy.need, 1, named.length)) {
    add('BadNeed', `${policy.need} of ${named.length} bodies cannot be needed.`);
  }
  for (const body of HUMAN_BODIES) {
    const rule = policy.bodies[body];
    if (rule === undefined) continue;
    if (!isWhole(rule.quorumBps, 1, 10_000)) {
      add('BadThreshold', `The quorum of ${body} must be 1 to 10,000: with none, an empty ballot would approve.`);
    }
    if (!isWhole(rule.approvalBps, 5_001, 10_000)) {
      add('BadThreshold', `The approval of ${body} must be 5,001 to 10,000: a tie never approves.`);
    }
    const weight = bodyWeight(seats, body);
    if (weight === 0) add('EmptyBody', `Nobody in ${body} may vote.`);
    if (weight > MAX_BODY_WEIGHT) add('EmptyBody', `The weights of ${body} sum to ${weight}; at most 10,000.`);
  }
  const { oracle } = policy.bodies;
  if (oracle !== undefined && !(isAddress(oracle.oracle) && isHash(oracle.criteriaHash))) {
    add('BadOracle', 'The oracle needs its address and the hash of its criteria.');
  }
  if (oracle !== undefined && named.length === 1 && policy.silence === 'approve') {
    add('BadPolicy', 'The oracle alone with silence = approve: silencing the oracle would approve the work.');
  }
  if (!isWhole(policy.window, 1, MAX_U24)) add('BadPolicy', 'The review window is missing.');
  if (!isWhole(policy.extension, 0, MAX_U24)) add('BadPolicy', 'The extension is no time.');
  if (!isWhole(policy.challenge, 0, MAX_U24)) add('BadPolicy', 'The challenge window is no time.');
  if (canHold(policy) && policy.challenge < MIN_CHALLENGE_SECONDS) {
    add('BadChallenge', 'An approval can be held here, so the challenge window is at least 24 hours.');
  }
  return issues;
}

/** Everything the gate would refuse, in words. Empty if it would register. Payees are to be marked `excluded`. */
export function gatePolicyIssues(policy: GatePolicy): PolicyIssue[] {
  const { policies, milestones, seats } = policy;
  const issues = seatIssues(seats);
  if (!isWhole(policies.length, 1, MAX_POLICIES)) {
    issues.push({ code: 'UnknownPolicy', path: 'policies', message: `1 to ${MAX_POLICIES} policies are needed.` });
  }
  if (!isWhole(milestones.length, 1, 16)) {
    issues.push({ code: 'BadCount', path: 'milestones', message: '1 to 16 milestones are possible.' });
  }
  milestones.forEach((index, m) => {
    if (policies[index] !== undefined) return;
    issues.push({ code: 'UnknownPolicy', path: `milestones[${m}]`, message: `There is no policy ${index}.` });
  });
  policies.forEach((item, index) => issues.push(...policyIssues(item, seats, `policies[${index}]`)));
  return issues;
}

function encodeWord(policy: GatePolicyTerms): Uint8Array {
  const mask = HUMAN_BODIES.reduce((bits, body, i) => (policy.bodies[body] === undefined ? bits : bits | (1 << i)), 0);
  const flags = (policy.silence === 'approve' ? SILENCE_APPROVES : 0) | (policy.holdOracle ? HOLD_ORACLE : 0);
  const rules = HUMAN_BODIES.flatMap((body) => {
    const rule = policy.bodies[body];
    return [uintBytes(rule?.quorumBps ?? 0, 2), uintBytes(rule?.approvalBps ?? 0, 2)];
  });
  return concat(
    uintBytes(policy.bodies.oracle === undefined ? mask : mask | ORACLE_BIT, 1),
    uintBytes(policy.need, 1),
    uintBytes(flags, 1),
    uintBytes(policy.window, 3),
    uintBytes(policy.extension, 3),
    uintBytes(policy.challenge, 3),
    ...rules,
    new Uint8Array(8),
  );
}

/**
 * The shared bytes: what the policy book records. Seats, criteria and the milestones' policies are not in them (they are
 * `rosterTail` and the terms), but are checked with them.
 * @throws GatePolicyError with every issue the contracts would find.
 */
export function encodeGatePolicy(policy: GatePolicy): Hex {
  const issues = gatePolicyIssues(policy);
  if (issues.length > 0) throw new GatePolicyError(issues);
  return encodeShared(policy.policies);
}

function encodeShared(policies: readonly GatePolicyTerms[]): Hex {
  const oracles = policies.flatMap(({ bodies: { oracle } }) =>
    oracle === undefined ? [] : [fixedBytes(oracle.oracle, 20)],
  );
  return hexOf(concat(Uint8Array.of(CODEC, policies.length), ...policies.map(encodeWord), ...oracles));
}

/** Criteria hashes of the policies that name the oracle, in policy order. */
export function criteriaOf(policies: readonly GatePolicyTerms[]): string[] {
  return policies.flatMap(({ bodies: { oracle } }) => (oracle === undefined ? [] : [oracle.criteriaHash]));
}

/** The seats to sign: none where the roster is the client alone, which needs no bytes; else sorted by id. */
export function signedSeats(seats: readonly GateSeat[], client: string): GateSeat[] {
  const [only] = seats;
  const alone =
    seats.length === 1 &&
    only !== undefined &&
    only.id.toLowerCase() === client.toLowerCase() &&
    only.body === 'clients' &&
    only.weight === 1 &&
    !only.excluded;
  return alone ? [] : sortedSeats(seats);
}

/** The seats that vote: those signed, or the client's one. */
export function votingSeats(signed: readonly GateSeat[], client: string): readonly GateSeat[] {
  return signed.length > 0 ? signed : [{ id: client, body: 'clients', weight: 1, excluded: false }];
}

/** The roster's end of the terms: criteria, and if there are seats the weight of each body and the seats, sorted by id. */
export function rosterTail({ criteria, seats }: ProjectRoster): Uint8Array {
  const weights = HUMAN_BODIES.map((body) => uintBytes(bodyWeight(seats, body), 2));
  return concat(
    ...criteria.map((hash) => fixedBytes(hash, HASH)),
    ...(seats.length === 0 ? [] : weights),
    ...sortedSeats(seats).flatMap((seat) => [
      fixedBytes(seat.id, 20),
      uintBytes(seat.weight, 2),
      uintBytes(HUMAN_BODIES.indexOf(seat.body) | (seat.excluded ? EXCLUDED : 0), 1),
    ]),
  );
}

/** Roster bytes of a change order: both counts, then the tail. */
export function encodeRoster(roster: ProjectRoster): Hex {
  return hexOf(concat(Uint8Array.of(roster.criteria.length, roster.seats.length), rosterTail(roster)));
}

/** Seats in the order of the roster: a seat's position here is its number in a ballot. */
export function sortedSeats<S extends { readonly id: string }>(seats: readonly S[]): S[] {
  const key = (seat: S): string => seat.id.toLowerCase();
  return [...seats].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}

/** Number of an account's seat in a roster as read back, or -1. */
export function seatIndexOf(roster: GatePolicy, account: string): number {
  return roster.seats.findIndex((seat) => seat.id.toLowerCase() === account.toLowerCase());
}

const refuse = (code: string, message: string): never => {
  throw new GatePolicyError([{ code, path: 'bytes', message }]);
};

interface DecodedWord {
  readonly terms: Omit<GatePolicyTerms, 'bodies'> & { readonly bodies: { readonly [body in HumanBody]?: Threshold } };
  readonly namesOracle: boolean;
}

function decodeWord(word: Uint8Array): DecodedWord {
  const read = (offset: number, size: number): number => Number(toUint(word.slice(offset, offset + size)));
  const mask = read(0, 1);
  const flags = read(2, 1);
  if (mask > 15 || flags > 3 || toUint(word.slice(24, 32)) !== 0n)
    refuse('BadPolicy', 'A policy word has unknown bits.');
  const bodies: { [body in HumanBody]?: Threshold } = {};
  HUMAN_BODIES.forEach((body, i) => {
    const rule = { quorumBps: read(12 + 4 * i, 2), approvalBps: read(14 + 4 * i, 2) };
    if ((mask & (1 << i)) !== 0) bodies[body] = rule;
    else if (rule.quorumBps !== 0 || rule.approvalBps !== 0) refuse('BadThreshold', `${body} is not named.`);
  });
  return {
    terms: {
      bodies,
      need: read(1, 1),
      holdOracle: (flags & HOLD_ORACLE) !== 0,
      silence: (flags & SILENCE_APPROVES) !== 0 ? 'approve' : 'dispute',
      window: read(3, 3),
      extension: read(6, 3),
      challenge: read(9, 3),
    },
    namesOracle: (mask & ORACLE_BIT) !== 0,
  };
}

/** Policies of shared bytes; each that names the oracle with its criteria out of the project's. */
function parse(hex: string, criteria: readonly string[]): GatePolicyTerms[] {
  const bytes = bytesOf(hex);
  const [codec, count = 0] = bytes;
  if (codec !== CODEC) refuse('BadCodec', `Codec ${String(codec)} is unknown.`);
  let offset = HEADER + WORD * count;
  const words = Array.from({ length: count }, (_, i) =>
    decodeWord(bytes.slice(HEADER + WORD * i, HEADER + WORD * (i + 1))),
  );
  const named = words.filter((word) => word.namesOracle).length;
  const length = offset + ORACLE * named;
  if (bytes.length !== length) refuse('BadLength', `${bytes.length} bytes, ${length} expected.`);
  if (criteria.length !== named) refuse('BadCriteria', `${criteria.length} criteria for ${named} policies.`);
  let rank = 0;
  return words.map(({ terms, namesOracle }): GatePolicyTerms => {
    const criteriaHash = criteria[rank];
    if (!namesOracle || criteriaHash === undefined) return terms;
    const oracle = { oracle: hexOf(bytes.slice(offset, (offset += ORACLE))), criteriaHash };
    rank++;
    return { ...terms, bodies: { ...terms.bodies, oracle } };
  });
}

/** Bytes that `rosterTail` takes. */
export function tailLength(criteria: number, seats: number): number {
  return HASH * criteria + (seats === 0 ? 0 : WEIGHTS + SEAT * seats);
}

/**
 * Reads a tail whose counts are known.
 * @throws GatePolicyError when it is malformed, its seats do not ascend, or its weights are not those of the seats.
 */
export function decodeTail(bytes: Uint8Array, criteriaCount: number, seatCount: number): ProjectRoster {
  const length = tailLength(criteriaCount, seatCount);
  if (bytes.length !== length) refuse('BadLength', `${bytes.length} bytes, ${length} expected.`);
  let offset = 0;
  const take = (size: number): Uint8Array => bytes.slice(offset, (offset += size));
  const criteria = Array.from({ length: criteriaCount }, () => hexOf(take(HASH)));
  if (seatCount === 0) return { criteria, seats: [] };
  const weights = HUMAN_BODIES.map(() => Number(toUint(take(2))));
  const seats = Array.from({ length: seatCount }, (_, i): GateSeat => {
    const id = hexOf(take(20));
    const weight = Number(toUint(take(2)));
    const flags = Number(toUint(take(1)));
    const body = HUMAN_BODIES[flags & 3];
    if (body === undefined || (flags & ~(EXCLUDED | 3)) !== 0) return refuse('BadSeat', `Seat ${i} has unknown flags.`);
    return { id, body, weight, excluded: (flags & EXCLUDED) !== 0 };
  });
  seats.forEach((seat, i) => {
    const before = seats[i - 1];
    if (before !== undefined && before.id >= seat.id) refuse('SeatOrder', 'Seats must ascend strictly by id.');
  });
  HUMAN_BODIES.forEach((body, i) => {
    if (weights[i] !== bodyWeight(seats, body)) refuse('BadWeights', `The stated weight of ${body} is not its seats'.`);
  });
  return { criteria, seats };
}

/** Reads roster bytes of a change order. @throws GatePolicyError */
export function decodeRoster(hex: string): ProjectRoster {
  const bytes = bytesOf(hex);
  const [criteria = 0, seats = 0] = bytes;
  if (bytes.length < HEADER) refuse('BadLength', `${bytes.length} bytes, at least ${HEADER} expected.`);
  return decodeTail(bytes.slice(HEADER), criteria, seats);
}

/** Reads the data of the event `RosterRegistered`, or of the view `rosterBytes`. @throws GatePolicyError */
export function decodeRegistered(hex: string): ProjectRoster & { readonly policyHash: Hex } {
  const bytes = bytesOf(hex);
  return { policyHash: hexOf(bytes.slice(0, HASH)), ...decodeRoster(hexOf(bytes.slice(HASH))) };
}

/**
 * Joins shared bytes with what belongs to one project.
 * @param project Criteria and seats as signed, the client, and per milestone the index of its policy.
 * @throws GatePolicyError when something is malformed or the contracts would refuse it.
 */
export function decodeGatePolicy(
  hex: string,
  project: ProjectRoster & { readonly client: string; readonly milestones: readonly number[] },
): StoredRoster {
  const policies = parse(hex, project.criteria);
  const seats = votingSeats(project.seats, project.client);
  const policy: GatePolicy = { policies, milestones: project.milestones, seats };
  if (encodeGatePolicy(policy) !== hex.toLowerCase()) refuse('BadPolicy', 'The bytes are not canonical.');
  const [clients, panel, reviewers] = [
    bodyWeight(seats, 'clients'),
    bodyWeight(seats, 'panel'),
    bodyWeight(seats, 'reviewers'),
  ];
  return { ...policy, weights: { clients, panel, reviewers } };
}
