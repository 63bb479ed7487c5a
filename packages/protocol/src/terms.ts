/**
 * The signed terms as bytes: the codec of `contracts/src/escrow/TermsCodec.sol`, and the rules that both sides check.
 *
 * The document that people read (`termsHash`) and the bytes that the contract obeys (`argsHash`) must say the same:
 * `checkDocument` before anyone signs.
 */
import { canonicalHash, type Hex, type Json } from './canonical.js';
import type { HumanBody, Threshold } from './decision.js';
import { bytesOf, concat, fixedBytes, hexOf, keccakHex, toUint, uintBytes, uintWord } from './evm-words.js';
import {
  MAX_POLICIES,
  MAX_SEATS,
  criteriaOf,
  decodeTail,
  rosterTail,
  signedSeats,
  tailLength,
  type GateSeat,
} from './gate-policy.js';
import { buildGatePolicy, type BuiltGatePolicy } from './policy-draft.js';

export const MAX_MILESTONES = 16;
export const MAX_PAYEES = 8;
export const MAX_FURTHER_FUNDERS = 7;
export const MAX_PROFILES = 4;
export const MAX_CRITERIA = 16;
export const MAX_FEE_BPS = 500;
export const MAX_WARRANTY_DAYS = 730;
/** How far the start may lie from the creation, in days. */
export const START_RANGE_DAYS = 366;

const CODEC = 1;
const HEADER_BYTES = 140;
const PAYEE_BYTES = 22;
const FUNDER_BYTES = 20;
const PROFILE_BYTES = 18;
const MILESTONE_BYTES = 17;
const SILENCE_APPROVES = 0x80;
const ZERO = `0x${'00'.repeat(20)}`;
const MAX_AMOUNT = (1n << 96n) - 1n;

/** Clocks and rates of a milestone. Days are 86,400 s, rates basis points. */
export interface TermsProfile {
  readonly reviewDays: number;
  readonly extensionDays: number;
  readonly holdHours: number;
  readonly reworkDays: number;
  readonly graceDays: number;
  readonly lateDays: number;
  readonly arbitrationDays: number;
  readonly silence: 'approve' | 'dispute';
  readonly maxRounds: number;
  readonly killBps: number;
  readonly holdbackBps: number;
  readonly lateDailyBps: number;
  readonly lateCapBps: number;
  readonly deadlockBps: number;
}

/** One milestone; `due` and `fundBy` are days after the start. */
export interface TermsMilestone {
  readonly amount: bigint;
  readonly due: number;
  readonly fundBy: number;
  /** Index into `profiles`. */
  readonly profile: number;
  /** Index of the gate's policy that decides it. */
  readonly policy: number;
}

/** Everything that the escrow's bytes say. */
export interface TermsArgs {
  readonly feeBps: number;
  readonly warrantyDays: number;
  /** Unix seconds. */
  readonly start: number;
  readonly token: string;
  readonly client: string;
  readonly contributor: string;
  readonly termsHash: string;
  readonly policyHash: string;
  /** None: the contributor alone. Weights sum to 10,000. */
  readonly payees: readonly { readonly account: string; readonly weight: number }[];
  /** Funders beside the client. */
  readonly funders: readonly string[];
  readonly profiles: readonly TermsProfile[];
  readonly milestones: readonly TermsMilestone[];
  /** Criteria hashes of the policies that name the oracle, in policy order. */
  readonly criteria: readonly string[];
  /** The seats that decide; none: the client alone. */
  readonly seats: readonly GateSeat[];
}

/** Field names with bounds, in the order of the bytes; `byte` is the field's byte in the profile, as the errors name it. */
const PROFILE_FIELDS = [
  { name: 'reviewDays', size: 1, min: 3, max: 60, byte: 0 },
  { name: 'extensionDays', size: 1, min: 0, max: 30, byte: 1 },
  { name: 'holdHours', size: 1, min: 0, max: 168, byte: 2 },
  { name: 'reworkDays', size: 1, min: 3, max: 30, byte: 3 },
  { name: 'graceDays', size: 1, min: 0, max: 30, byte: 4 },
  { name: 'lateDays', size: 1, min: 0, max: 90, byte: 5 },
  { name: 'arbitrationDays', size: 1, min: 14, max: 120, byte: 6 },
  { name: 'maxRounds', size: 1, min: 1, max: 7, byte: 7 },
  { name: 'killBps', size: 2, min: 0, max: 5_000, byte: 8 },
  { name: 'holdbackBps', size: 2, min: 0, max: 2_000, byte: 10 },
  { name: 'lateDailyBps', size: 2, min: 0, max: 500, byte: 12 },
  { name: 'lateCapBps', size: 2, min: 0, max: 2_000, byte: 14 },
  { name: 'deadlockBps', size: 2, min: 0, max: 10_000, byte: 16 },
] as const satisfies readonly { name: keyof TermsProfile; size: number; min: number; max: number; byte: number }[];

/** Limits of each profile field, for forms. */
export const PROFILE_LIMITS: Readonly<
  Record<Exclude<keyof TermsProfile, 'silence'>, { readonly min: number; readonly max: number }>
> = Object.fromEntries(PROFILE_FIELDS.map(({ name, min, max }) => [name, { min, max }])) as Record<
  Exclude<keyof TermsProfile, 'silence'>,
  { min: number; max: number }
>;

/** The defaults of a new profile. */
export const DEFAULT_PROFILE: TermsProfile = {
  reviewDays: 14,
  extensionDays: 7,
  holdHours: 24,
  reworkDays: 7,
  graceDays: 3,
  lateDays: 14,
  arbitrationDays: 42,
  silence: 'approve',
  maxRounds: 3,
  killBps: 1_500,
  holdbackBps: 1_000,
  lateDailyBps: 50,
  lateCapBps: 500,
  deadlockBps: 5_000,
};

/** One thing that the contract would refuse. `error` is the contract's error. */
export interface TermsIssue {
  readonly path: string;
  readonly error: string;
  readonly message: string;
}

/** Terms that the factory would refuse. */
export class TermsError extends Error {
  override readonly name = 'TermsError';
  constructor(readonly issues: readonly TermsIssue[]) {
    super(issues.map(({ path, message }) => `${path}: ${message}`).join('; '));
  }
}

/** What else is known when terms are checked. */
export interface TermsContext {
  /** Gate, arbitration and treasury: no party, payee or token may be one of them. */
  readonly reserved?: readonly string[];
  /** Time of the creation (Unix seconds); without it the start is not compared. */
  readonly now?: number;
}

/** Every rule that `terms` break, none if the factory takes them (fee rate, token list and signatures apart). */
export function termsIssues(terms: TermsArgs, context: TermsContext = {}): TermsIssue[] {
  const issues: TermsIssue[] = [];
  const add = (path: string, error: string, message: string): void => {
    issues.push({ path, error, message });
  };
  const count = (path: string, length: number, min: number, max: number): void => {
    if (length < min || length > max) add(path, 'Terms_Count', `must be ${min} to ${max}, not ${length}`);
  };
  count('milestones', terms.milestones.length, 1, MAX_MILESTONES);
  count('payees', terms.payees.length, 0, MAX_PAYEES);
  count('funders', terms.funders.length, 0, MAX_FURTHER_FUNDERS);
  count('profiles', terms.profiles.length, 1, MAX_PROFILES);
  count('criteria', terms.criteria.length, 0, MAX_CRITERIA);
  count('seats', terms.seats.length, 0, MAX_SEATS);
  if (!inRange(terms.feeBps, 0, MAX_FEE_BPS)) add('feeBps', 'Terms_Bps', `must be 0 to ${MAX_FEE_BPS}`);
  if (!inRange(terms.warrantyDays, 0, MAX_WARRANTY_DAYS)) {
    add('warrantyDays', 'Terms_Window', `must be 0 to ${MAX_WARRANTY_DAYS}`);
  }
  partyIssues(terms, context.reserved ?? [], add);
  if (!inRange(terms.start, 0, 2 ** 40 - 1)) {
    add('start', 'Terms_Start', 'must be a time in whole seconds');
  } else if (context.now !== undefined && Math.abs(terms.start - context.now) > START_RANGE_DAYS * 86_400) {
    add('start', 'Terms_Start', `must be within ${START_RANGE_DAYS} days of the creation`);
  }
  terms.profiles.forEach((profile, i) => {
    for (const { name, min, max, byte } of PROFILE_FIELDS) {
      if (!inRange(profile[name], min, max)) {
        add(`profiles.${i}.${name}`, byte < 8 ? 'Terms_Window' : 'Terms_Bps', `must be ${min} to ${max}`);
      }
    }
  });
  terms.milestones.forEach((milestone, i) => {
    const path = `milestones.${i}`;
    if (milestone.amount <= 0n) add(`${path}.amount`, 'Terms_ZeroAmount', 'must be above 0');
    if (!inRange(milestone.due, 0, 65_535)) add(`${path}.due`, 'Terms_FundByAfterDue', 'must be 0 to 65,535 days');
    if (!inRange(milestone.fundBy, 0, milestone.due)) {
      add(`${path}.fundBy`, 'Terms_FundByAfterDue', 'must not be after the due date');
    }
    if (!inRange(milestone.profile, 0, terms.profiles.length - 1)) {
      add(`${path}.profile`, 'Terms_Profile', 'names no profile');
    }
    if (!inRange(milestone.policy, 0, MAX_POLICIES - 1)) {
      add(`${path}.policy`, 'Gate_UnknownPolicy', `must be 0 to ${MAX_POLICIES - 1}`);
    }
  });
  if (totalAmount(terms) > MAX_AMOUNT) add('milestones', 'Terms_Total', 'the amounts exceed 2^96 - 1 base units');
  return issues;
}

function partyIssues(
  terms: TermsArgs,
  reserved: readonly string[],
  add: (path: string, error: string, message: string) => void,
): void {
  const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
  const isZero = (a: string): boolean => toUint(bytesOf(a)) === 0n;
  const party = (path: string, account: string, others: readonly string[]): void => {
    if (isZero(account)) add(path, 'Terms_ZeroAddress', 'must not be the zero address');
    else if ([...others, ...reserved].some((other) => same(other, account))) {
      add(path, 'Terms_SameParty', 'is an address that has another role');
    }
  };
  party('token', terms.token, []);
  party('client', terms.client, [terms.token]);
  party('contributor', terms.contributor, [terms.token, terms.client]);
  const listed = (path: string, accounts: readonly string[], skip: number): void => {
    accounts.forEach((account, i) => {
      if (i < skip) return;
      party(`${path}.${i - skip}`, account, [terms.token]);
      if (accounts.slice(0, i).some((other) => same(other, account))) {
        add(`${path}.${i - skip}`, 'Terms_Duplicate', 'is listed twice');
      }
    });
  };
  listed(
    'payees',
    terms.payees.map(({ account }) => account),
    0,
  );
  listed('funders', [terms.client, ...terms.funders], 1);
  if (terms.payees.length === 0) return;
  const sum = terms.payees.reduce((total, { weight }) => total + weight, 0);
  if (sum !== 10_000 || terms.payees.some(({ weight }) => !inRange(weight, 1, 10_000))) {
    add('payees', 'Terms_WeightSum', `weights must be above 0 and sum to 10,000, not ${sum}`);
  }
}

function inRange(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}

/** Sum of the milestones' amounts in base units. */
export function totalAmount(terms: Pick<TermsArgs, 'milestones'>): bigint {
  return terms.milestones.reduce((sum, { amount }) => sum + amount, 0n);
}

/** Policy and profile of a milestone as one byte, in the terms and in change orders. @throws RangeError above 15 */
export function signedProfile(policy: number, profile: number): number {
  if (!inRange(policy, 0, 15) || !inRange(profile, 0, 15)) throw new RangeError('Policy and profile are 0 to 15.');
  return (policy << 4) | profile;
}

/** Reads what {@link signedProfile} made. */
export const splitProfile = (signed: number): { readonly policy: number; readonly profile: number } => ({
  policy: signed >> 4,
  profile: signed & 15,
});

/**
 * The bytes of the terms, without judging them. @throws RangeError for a field that does not fit its bytes.
 * Use {@link encodeTerms} unless refused terms are wanted (tests).
 */
export function packTerms(terms: TermsArgs): Hex {
  const parts = [
    ...[CODEC, terms.milestones, terms.payees, terms.funders, terms.profiles, terms.criteria, terms.seats].map((part) =>
      uintBytes(typeof part === 'number' ? part : part.length, 1),
    ),
    uintBytes(terms.feeBps, 2),
    uintBytes(terms.warrantyDays, 2),
    uintBytes(terms.start, 5),
    fixedBytes(terms.token, 20),
    fixedBytes(terms.client, 20),
    fixedBytes(terms.contributor, 20),
    fixedBytes(terms.termsHash, 32),
    fixedBytes(terms.policyHash, 32),
    ...terms.payees.flatMap(({ account, weight }) => [fixedBytes(account, 20), uintBytes(weight, 2)]),
    ...terms.funders.map((account) => fixedBytes(account, 20)),
    ...terms.profiles.flatMap((profile) =>
      PROFILE_FIELDS.map(({ name, size }) =>
        name === 'maxRounds'
          ? uintBytes(profile.maxRounds + (profile.silence === 'approve' ? SILENCE_APPROVES : 0), 1)
          : uintBytes(profile[name], size),
      ),
    ),
    ...terms.milestones.flatMap(({ amount, due, fundBy, profile, policy }) => [
      uintBytes(amount, 12),
      uintBytes(due, 2),
      uintBytes(fundBy, 2),
      uintBytes(signedProfile(policy, profile), 1),
    ]),
    rosterTail(terms),
  ];
  return hexOf(concat(...parts));
}

/**
 * The bytes that both parties sign and that become the escrow's code.
 * @throws TermsError with every rule that the terms break
 */
export function encodeTerms(terms: TermsArgs, context: TermsContext = {}): Hex {
  const issues = termsIssues(terms, context);
  if (issues.length > 0) throw new TermsError(issues);
  return packTerms(terms);
}

/**
 * Reads the bytes back (addresses and hashes in lower case).
 * @throws TermsError for another codec version or a wrong length, GatePolicyError for malformed seats; the rules are
 * {@link termsIssues}' matter
 */
export function decodeTerms(args: string): TermsArgs {
  const bytes = bytesOf(args);
  const refuse = (error: string, message: string): never => {
    throw new TermsError([{ path: 'args', error, message }]);
  };
  if (bytes.length < HEADER_BYTES) refuse('Terms_Length', `shorter than ${HEADER_BYTES} bytes`);
  let at = 0;
  const take = (size: number): Uint8Array => bytes.subarray(at, (at += size));
  const uint = (size: number): number => Number(toUint(take(size)));
  const address = (): Hex => hexOf(take(20));
  const list = <T>(count: number, read: () => T): T[] => Array.from({ length: count }, read);

  const codec = uint(1);
  if (codec !== CODEC) refuse('Terms_Version', `codec ${codec} is unknown`);
  const [milestones, payees, funders, profiles] = [uint(1), uint(1), uint(1), uint(1)];
  const [criteria, seats] = [uint(1), uint(1)];
  const tail = tailLength(criteria, seats);
  const length =
    HEADER_BYTES +
    PAYEE_BYTES * payees +
    FUNDER_BYTES * funders +
    PROFILE_BYTES * profiles +
    MILESTONE_BYTES * milestones +
    tail;
  if (bytes.length !== length) refuse('Terms_Length', `${bytes.length} bytes, but the counts ask for ${length}`);
  return {
    feeBps: uint(2),
    warrantyDays: uint(2),
    start: uint(5),
    token: address(),
    client: address(),
    contributor: address(),
    termsHash: hexOf(take(32)),
    policyHash: hexOf(take(32)),
    payees: list(payees, () => ({ account: address(), weight: uint(2) })),
    funders: list(funders, address),
    profiles: list(profiles, () => {
      const values = PROFILE_FIELDS.map(({ name, size }) => [name, uint(size)] as const);
      const raw = Object.fromEntries(values) as Record<Exclude<keyof TermsProfile, 'silence'>, number>;
      return {
        ...raw,
        maxRounds: raw.maxRounds & ~SILENCE_APPROVES,
        silence: (raw.maxRounds & SILENCE_APPROVES) === 0 ? ('dispute' as const) : ('approve' as const),
      };
    }),
    milestones: list(milestones, () => {
      const [amount, due, fundBy] = [toUint(take(12)), uint(2), uint(2)];
      return { amount, due, fundBy, ...splitProfile(uint(1)) };
    }),
    ...decodeTail(take(tail), criteria, seats),
  };
}

/** Hash of the terms' bytes, as the parties sign it. */
export function argsHash(args: string): Hex {
  return keccakHex(bytesOf(args));
}

/** `keccak256(abi.encode(bytes gatePolicy, bytes arbitrationPolicy))`. */
export function policyHash(gatePolicy: string, arbitrationPolicy: string): Hex {
  const [gate, arbitration] = [abiBytes(gatePolicy), abiBytes(arbitrationPolicy)];
  return keccakHex(concat(uintWord(64), uintWord(64 + gate.length), gate, arbitration));
}

/** Length word and padded bytes, as ABI encoding has them. */
function abiBytes(hex: string): Uint8Array {
  const bytes = bytesOf(hex);
  return concat(uintWord(bytes.length), bytes, new Uint8Array((32 - (bytes.length % 32)) % 32));
}

/** Address of the escrow of `args`, existing or not (CREATE2 clone with the terms in its code, salt 0). */
export function predictEscrow(factory: string, implementation: string, args: string): Hex {
  const terms = bytesOf(args);
  const initCode = concat(
    bytesOf('0x61'),
    uintBytes(terms.length + 45, 2),
    bytesOf('0x3d81600a3d39f3363d3d373d3d3d363d73'),
    fixedBytes(implementation, 20),
    bytesOf('0x5af43d82803e903d91602b57fd5bf3'),
    terms,
  );
  const hash = keccakHex(
    concat(bytesOf('0xff'), fixedBytes(factory, 20), uintWord(0), fixedBytes(keccakHex(initCode), 32)),
  );
  return hexOf(bytesOf(hash).subarray(12));
}

/** EIP-712 types of the factory's `Terms`. */
export const TERMS_TYPES = {
  Terms: [
    { name: 'client', type: 'address' },
    { name: 'contributor', type: 'address' },
    { name: 'token', type: 'address' },
    { name: 'total', type: 'uint96' },
    { name: 'feeBps', type: 'uint16' },
    { name: 'termsHash', type: 'bytes32' },
    { name: 'policyHash', type: 'bytes32' },
    { name: 'argsHash', type: 'bytes32' },
    { name: 'deadline', type: 'uint48' },
  ],
} as const;

/** EIP-712 domain of a factory. */
export function factoryDomain(
  chainId: number,
  factory: string,
): { name: 'Milepost Factory'; version: '1'; chainId: number; verifyingContract: string } {
  return { name: 'Milepost Factory', version: '1', chainId, verifyingContract: factory };
}

/** What a party signs: the `Terms` message for the bytes `args`. `deadline` is the last second at which it counts. */
export function termsMessage(
  args: string,
  deadline: number,
): {
  client: string;
  contributor: string;
  token: string;
  total: string;
  feeBps: number;
  termsHash: string;
  policyHash: string;
  argsHash: Hex;
  deadline: number;
} {
  const terms = decodeTerms(args);
  return {
    client: terms.client,
    contributor: terms.contributor,
    token: terms.token,
    total: String(totalAmount(terms)),
    feeBps: terms.feeBps,
    termsHash: terms.termsHash,
    policyHash: terms.policyHash,
    argsHash: argsHash(args),
    deadline,
  };
}

/** The numbers of a draft that go into the bytes; the words around them stay in the document. */
export interface TermsDraftNumbers {
  readonly client: string;
  readonly contributor: string;
  readonly token: string;
  readonly feeBps: number;
  readonly start: number;
  readonly warrantyDays: number;
  readonly payees: readonly { readonly account: string; readonly weight: number }[];
  readonly funders?: readonly string[] | undefined;
  readonly profiles: readonly TermsProfile[];
  readonly milestones: readonly {
    readonly amount: string;
    readonly due: number;
    readonly fundBy: number;
    readonly profile: number;
    readonly policy: number;
  }[];
  readonly policies: readonly {
    readonly bodies: { readonly [body in HumanBody]?: Threshold | undefined } & {
      readonly oracle?: { readonly criteriaHash: string } | undefined;
    };
    readonly need: number;
    readonly holdOracle: boolean;
  }[];
  readonly seats: readonly { readonly account: string; readonly body: HumanBody; readonly weight: number }[];
  readonly arbitration: { readonly panelPolicy: number | null };
}

/** The gate's policy of a draft, and where the panel's policy is in it. Seats of whoever is paid have no say. */
export function gateOfDraft(draft: TermsDraftNumbers, oracle: string): BuiltGatePolicy {
  const lower = (account: string): string => account.toLowerCase();
  const paid = new Set([draft.contributor, ...draft.payees.map(({ account }) => account)].map(lower));
  return buildGatePolicy({
    policies: draft.policies.map(({ bodies, need, holdOracle }) => ({
      bodies: {
        ...(bodies.clients === undefined ? {} : { clients: bodies.clients }),
        ...(bodies.panel === undefined ? {} : { panel: bodies.panel }),
        ...(bodies.reviewers === undefined ? {} : { reviewers: bodies.reviewers }),
        ...(bodies.oracle === undefined ? {} : { oracle: { oracle, criteriaHash: bodies.oracle.criteriaHash } }),
      },
      need,
      holdOracle,
    })),
    profiles: draft.profiles,
    milestones: draft.milestones,
    seats: draft.seats.map(({ account, body, weight }) => ({
      id: account,
      body,
      weight,
      excluded: paid.has(lower(account)),
    })),
    panelPolicy: draft.arbitration.panelPolicy,
  });
}

const namesAll = ({ milestones, policies, profiles, arbitration: { panelPolicy } }: TermsDraftNumbers): boolean =>
  (panelPolicy === null || policies[panelPolicy] !== undefined) &&
  milestones.every(({ policy, profile }) => policies[policy] !== undefined && profiles[profile] !== undefined);

/** A draft's numbers as {@link TermsArgs}. A sole payee that is the contributor needs no list. */
export function argsOfDraft(
  draft: TermsDraftNumbers,
  hashes: { readonly termsHash: string; readonly policyHash: string },
): TermsArgs {
  // Where the oracle is, the shared policies say, not these bytes. A draft that names what is not there has no policies.
  const gate = namesAll(draft) ? gateOfDraft(draft, ZERO).gatePolicy : null;
  const [first] = draft.payees;
  const alone =
    draft.payees.length === 1 &&
    first?.account.toLowerCase() === draft.contributor.toLowerCase() &&
    first.weight === 10_000;
  return {
    feeBps: draft.feeBps,
    warrantyDays: draft.warrantyDays,
    start: draft.start,
    token: draft.token,
    client: draft.client,
    contributor: draft.contributor,
    ...hashes,
    payees: alone ? [] : draft.payees.map(({ account, weight }) => ({ account, weight })),
    funders: [...(draft.funders ?? [])],
    profiles: draft.profiles,
    milestones: draft.milestones.map(({ amount, due, fundBy, profile }, m) => ({
      amount: BigInt(amount),
      due,
      fundBy,
      profile,
      policy: gate?.milestones[m] ?? 0,
    })),
    criteria: gate === null ? [] : criteriaOf(gate.policies),
    seats: gate === null ? [] : signedSeats(gate.seats, draft.client),
  };
}

/** The document that people sign: all text and all numbers. The salt keeps an erased document from being guessed. */
export interface TermsDocument {
  readonly format: 'milepost-terms/1';
  /** 16 random bytes, hex. */
  readonly salt: string;
  readonly title: string;
  readonly summary: string;
  readonly terms: TermsDraftNumbers;
}

/** SHA-256 of the document's canonical JSON. @throws DocumentError if it has no canonical form */
export function termsHash(document: TermsDocument | Json): Hex {
  return canonicalHash(document);
}

/**
 * Whether the document that people read and the bytes that the contract obeys say the same; call it before signing.
 * @returns what differs, none if all is well
 */
export function checkDocument(document: TermsDocument, args: string): TermsIssue[] {
  const terms = decodeTerms(args);
  const issues: TermsIssue[] = [];
  const hash = termsHash(document);
  if (hash !== terms.termsHash) {
    issues.push({ path: 'termsHash', error: 'DocumentMismatch', message: `the document's hash is ${hash}` });
  }
  const said = argsOfDraft(document.terms, { termsHash: terms.termsHash, policyHash: terms.policyHash });
  for (const key of Object.keys(said) as (keyof TermsArgs)[]) {
    if (text(said[key]) !== text(terms[key])) {
      issues.push({ path: key, error: 'DocumentMismatch', message: 'the document and the bytes differ' });
    }
  }
  return issues;
}

/** A comparable form: keys sorted, addresses in lower case, big numbers as text. */
function text(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item === 'bigint') return String(item);
    if (typeof item === 'string') return item.toLowerCase();
    if (item !== null && typeof item === 'object' && !Array.isArray(item)) {
      return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
    }
    return item;
  });
}
