/**
 * Ballots: what a seat signs, the ids under which the gate keeps it, the reason that goes with a No, and the packed word
 * from which anyone recounts a decision. Mirrors `contracts/src/approval`.
 */
import { canonicalHash, type Hex } from './canonical.js';
import { addressWord, bytesOf, concat, fixedBytes, hexOf, keccakHex, uintBytes, uintWord } from './evm-words.js';
import { HUMAN_BODIES } from './gate-policy.js';
import type { HumanBody } from './decision.js';
import type { ReasonCode } from './report.js';

/** What a ballot is about. */
export interface BallotKey {
  readonly escrow: string;
  readonly milestone: number;
  readonly round: number;
  /** 0 is the review of a submission, 1 to 3 are questions to the panel in a dispute. */
  readonly question: number;
  /** 10,000 in a review. */
  readonly payBps: number;
  readonly digest: string;
}

/** A seat's answer. */
export interface BallotVote extends BallotKey {
  readonly approve: boolean;
  /** Zero on Yes; hash of the reason on No. */
  readonly reason: string;
  /** Zero for plain keys; the seat's id for smart accounts and passkeys. */
  readonly account: string;
}

export const ZERO_HASH: Hex = `0x${'00'.repeat(32)}`;
export const ZERO_ADDRESS: Hex = `0x${'00'.repeat(20)}`;

/** EIP-712 types, for `signTypedData` of any wallet. */
export const BALLOT_TYPES = {
  Ballot: [
    { name: 'escrow', type: 'address' },
    { name: 'milestone', type: 'uint8' },
    { name: 'round', type: 'uint8' },
    { name: 'question', type: 'uint8' },
    { name: 'payBps', type: 'uint16' },
    { name: 'digest', type: 'bytes32' },
    { name: 'approve', type: 'bool' },
    { name: 'reason', type: 'bytes32' },
    { name: 'account', type: 'address' },
  ],
} as const;

const DOMAIN_TYPE = 'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)';
const BALLOT_TYPE = `Ballot(${BALLOT_TYPES.Ballot.map(({ name, type }) => `${type} ${name}`).join(',')})`;

/** EIP-712 domain of a gate. */
export interface GateDomain {
  readonly name: 'MilestoneGate';
  readonly version: '1';
  readonly chainId: number;
  readonly verifyingContract: Hex;
}

export function gateDomain(chainId: number, gate: string): GateDomain {
  return { name: 'MilestoneGate', version: '1', chainId, verifyingContract: gate as Hex };
}

const keyWords = (key: BallotKey): Uint8Array =>
  concat(
    addressWord(key.escrow),
    uintWord(requireRange(key.milestone, 255, 'milestone')),
    uintWord(requireRange(key.round, 255, 'round')),
    uintWord(requireRange(key.question, 255, 'question')),
    uintWord(requireRange(key.payBps, 65_535, 'payBps')),
    fixedBytes(key.digest, 32),
  );

function requireRange(value: number, max: number, name: string): number {
  if (!Number.isInteger(value) || value < 0 || value > max) throw new RangeError(`${name} ${value} is not 0 to ${max}`);
  return value;
}

/** Id of a ballot: the gate's storage key, and the first topic of its events. */
export function ballotId(key: BallotKey): Hex {
  return keccakHex(keyWords(key));
}

/** The 32 bytes a seat signs. */
export function ballotDigest(chainId: number, gate: string, vote: BallotVote): Hex {
  const domain = keccakHex(
    concat(
      bytesOf(keccakHex(DOMAIN_TYPE)),
      bytesOf(keccakHex('MilestoneGate')),
      bytesOf(keccakHex('1')),
      uintWord(chainId),
      addressWord(gate),
    ),
  );
  const struct = keccakHex(
    concat(
      bytesOf(keccakHex(BALLOT_TYPE)),
      keyWords(vote),
      uintWord(vote.approve ? 1 : 0),
      fixedBytes(vote.reason, 32),
      addressWord(vote.account),
    ),
  );
  return keccakHex(concat(Uint8Array.of(0x19, 0x01), bytesOf(domain), bytesOf(struct)));
}

/** Why a seat says No. Its hash is in the ballot, so nobody rejects without a reason on record. */
export interface BallotReason {
  readonly code: ReasonCode;
  /** Ids of the criteria that are not met. */
  readonly failedCriteria: readonly string[];
  /** SHA-256 of a document with the evidence, or null. */
  readonly evidenceHash: string | null;
  readonly whatWouldPass: string;
}

/** SHA-256 of the reason's canonical JSON. */
export function reasonHash(reason: BallotReason): Hex {
  return canonicalHash({
    schema: 'milepost/reason@1',
    code: reason.code,
    failedCriteria: [...reason.failedCriteria],
    evidenceHash: reason.evidenceHash,
    whatWouldPass: reason.whatWouldPass,
  });
}

/** One Yes of a plain key in a batch: seat, r, and s with the parity of v in its top bit. */
export function compactEntry(seat: number, signature: string): Uint8Array {
  const bytes = bytesOf(signature);
  if (bytes.length === 64) return concat(uintBytes(seat, 1), bytes);
  const full = fixedBytes(signature, 65);
  const v = full[64] ?? 0;
  const parity = v >= 27 ? v - 27 : v;
  if (parity !== 0 && parity !== 1) throw new RangeError(`v is ${v}; 0, 1, 27 or 28 is expected`);
  const vs = full.slice(32, 64);
  const top = vs[0] ?? 0;
  if ((top & 0x80) !== 0) throw new RangeError('s is in the upper half of the curve order');
  vs[0] = top | (parity << 7);
  return concat(uintBytes(seat, 1), full.slice(0, 32), vs);
}

/** The `compact` argument of `castBatch`. */
export function compactBallots(entries: readonly { readonly seat: number; readonly signature: string }[]): Hex {
  return hexOf(concat(...entries.map(({ seat, signature }) => compactEntry(seat, signature))));
}

/** ERC-7913 signer bytes of a passkey: verifier, then the public key's coordinates (32 bytes each). */
export function passkeySigner(verifier: string, x: string, y: string): Hex {
  return hexOf(concat(fixedBytes(verifier, 20), fixedBytes(x, 32), fixedBytes(y, 32)));
}

/** Seat id of a passkey: the last 20 bytes of its signer's hash. */
export function passkeySeatId(signer: string): Hex {
  return hexOf(bytesOf(keccakHex(fixedBytes(signer, 84))).slice(12));
}

/** What a browser's passkey returns, taken apart. */
export interface WebAuthnAssertion {
  readonly r: string;
  /** In the lower half of the curve order. */
  readonly s: string;
  /** Position of `"challenge":"` in the client data. */
  readonly challengeIndex: number;
  /** Position of `"type":"webauthn.get"`. */
  readonly typeIndex: number;
  readonly authenticatorData: string;
  readonly clientDataJSON: string;
}

/** The passkey signature as the verifier reads it: six fields as a flat parameter list, not as one tuple. */
export function encodeAssertion(assertion: WebAuthnAssertion): Hex {
  const padded = (bytes: Uint8Array): Uint8Array =>
    concat(uintWord(bytes.length), bytes, new Uint8Array((32 - (bytes.length % 32)) % 32));
  const authenticator = padded(bytesOf(assertion.authenticatorData));
  const client = padded(new TextEncoder().encode(assertion.clientDataJSON));
  return hexOf(
    concat(
      fixedBytes(assertion.r, 32),
      fixedBytes(assertion.s, 32),
      uintWord(assertion.challengeIndex),
      uintWord(assertion.typeIndex),
      uintWord(192),
      uintWord(192 + authenticator.length),
      authenticator,
      client,
    ),
  );
}

/** States of a ballot, numbered as on chain. */
export const BALLOT_STATUS = ['None', 'Open', 'Held', 'Approved', 'Rejected', 'Escalated', 'Void'] as const;
export type BallotStatus = (typeof BALLOT_STATUS)[number];

/** States of a body within a ballot, numbered as on chain. */
export const BODY_STATES = ['open', 'approved', 'rejected'] as const;
export type StoredBodyState = (typeof BODY_STATES)[number];

/** The packed word of a ballot, taken apart. */
export interface BallotRecord {
  readonly status: BallotStatus;
  readonly version: number;
  readonly policy: number;
  readonly bodies: { readonly [body in HumanBody | 'oracle']: StoredBodyState };
  readonly payBps: number;
  /** Unix seconds: of voting; while held, of the hold. */
  readonly deadline: number;
  readonly extended: boolean;
  readonly challenged: boolean;
  readonly question: boolean;
  /** Numbers of the seats that have cast, ascending. */
  readonly voted: readonly number[];
  readonly yes: { readonly [body in HumanBody]: number };
  readonly no: { readonly [body in HumanBody]: number };
}

function pick<T>(table: readonly T[], index: number, what: string): T {
  const item = table[index];
  if (item === undefined) throw new RangeError(`${what} ${index} is unknown`);
  return item;
}

/** Reads a ballot word (view `ballotWord`, last field of `BallotDecided`). @throws RangeError for unknown states. */
export function decodeBallotWord(word: bigint): BallotRecord {
  const field = (offset: number, bits: number): number =>
    Number((word >> BigInt(offset)) & ((1n << BigInt(bits)) - 1n));
  const state = (index: number): StoredBodyState => pick(BODY_STATES, field(24 + 2 * index, 2), 'body state');
  const weights = (offset: number): { readonly [body in HumanBody]: number } => {
    const [clients, panel, reviewers] = HUMAN_BODIES.map((_, i) => field(offset + 16 * i, 16));
    return { clients: clients ?? 0, panel: panel ?? 0, reviewers: reviewers ?? 0 };
  };
  return {
    status: pick(BALLOT_STATUS, field(0, 8), 'ballot status'),
    version: field(8, 8),
    policy: field(16, 8),
    bodies: { clients: state(0), panel: state(1), reviewers: state(2), oracle: state(3) },
    payBps: field(32, 16),
    deadline: field(48, 40),
    extended: (word >> 88n) % 2n === 1n,
    challenged: (word >> 89n) % 2n === 1n,
    question: (word >> 90n) % 2n === 1n,
    voted: seatsOf((word >> 96n) & 0xffff_ffff_ffff_ffffn),
    yes: weights(160),
    no: weights(208),
  };
}

/** Seat numbers in a bitmap, ascending. */
export function seatsOf(bitmap: bigint): number[] {
  const seats: number[] = [];
  for (let seat = 0; seat < 64; seat += 1) if ((bitmap >> BigInt(seat)) % 2n === 1n) seats.push(seat);
  return seats;
}
