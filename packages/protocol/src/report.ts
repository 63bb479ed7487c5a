/**
 * Oracle reports, byte by byte: the request id, payload v1 (15 static ABI words), the 109-byte header that the
 * KeystoneForwarder reads, and the hash its nodes sign. One codec for workflow, network, backend, portal and verifier.
 */
import type { Hex } from './canonical.js';
import { sha256Hex } from './canonical.js';
import {
  addressWord,
  bytesOf,
  concat,
  fixedBytes,
  hexOf,
  keccakHex,
  recoverAddress,
  toUint,
  uintBytes,
  uintWord,
} from './evm-words.js';

export const PAYLOAD_BYTES = 480;
export const HEADER_BYTES = 109;
export const REPORT_CONTEXT_BYTES = 96;
export const METADATA_BYTES = 64;
/** `metrics` = this many u32 figures; the first is the reason code, 0 when passed. */
export const METRIC_COUNT = 8;

/** Outcome of a check: numbers as on chain. */
export const Verdict = { PASSED: 1, FAILED: 2 } as const;
export type Verdict = (typeof Verdict)[keyof typeof Verdict];

/** Reasons for a FAILED verdict, numbered as in the rejection form. 0 stands for "passed". */
export const REASON_CODES = [
  'CRIT_UNMET',
  'TEST_FAILED',
  'AQL_EXCEEDED',
  'INCOMPLETE',
  'WRONG_VERSION',
  'NOT_REPRODUCIBLE',
  'ORIGINALITY',
  'CONFIDENTIALITY',
  'LICENCE',
  'LATE_BEYOND_CAP',
  'FORMAT',
  'OTHER',
] as const;
export type ReasonCode = (typeof REASON_CODES)[number];

/** 1 to 12. */
export function reasonNumber(code: ReasonCode): number {
  return REASON_CODES.indexOf(code) + 1;
}

/** What one request is about. */
export interface RequestFields {
  readonly chainId: bigint;
  /** The CreOracle. */
  readonly oracle: string;
  readonly gate: string;
  readonly escrow: string;
  /** uint8 */
  readonly milestone: number;
  /** uint8 */
  readonly round: number;
  readonly digest: string;
  readonly criteriaHash: string;
}

/** `keccak256(abi.encode(chainid, oracle, gate, escrow, milestone, round, digest, criteriaHash))`. */
export function requestId(fields: RequestFields): Hex {
  return keccakHex(
    concat(
      uintWord(fields.chainId),
      addressWord(fields.oracle),
      addressWord(fields.gate),
      addressWord(fields.escrow),
      concat(new Uint8Array(31), uintBytes(fields.milestone, 1)),
      concat(new Uint8Array(31), uintBytes(fields.round, 1)),
      fixedBytes(fields.digest, 32),
      fixedBytes(fields.criteriaHash, 32),
    ),
  );
}

/** Payload v1. Addresses and bytes are lower-case hex after decoding. */
export interface ReportPayload {
  readonly schema: 1;
  readonly chainSelector: bigint;
  /** The CreOracle. */
  readonly receiver: Hex;
  readonly requestId: Hex;
  readonly escrow: Hex;
  readonly milestone: number;
  readonly round: number;
  readonly digest: Hex;
  readonly criteriaHash: Hex;
  readonly verdict: Verdict;
  /** PASSED: 1 to 10,000. FAILED: 0. */
  readonly payBps: number;
  /** Unix seconds. */
  readonly observedAt: bigint;
  /** Unix seconds. */
  readonly validUntil: bigint;
  /** Eight u32, see {@link encodeMetrics}. */
  readonly metrics: Hex;
  readonly evidenceHash: Hex;
}

const PAYLOAD_WORDS = [
  ['schema', 1],
  ['chainSelector', 8],
  ['receiver', 20],
  ['requestId', 32],
  ['escrow', 20],
  ['milestone', 1],
  ['round', 1],
  ['digest', 32],
  ['criteriaHash', 32],
  ['verdict', 1],
  ['payBps', 2],
  ['observedAt', 8],
  ['validUntil', 8],
  ['metrics', 32],
  ['evidenceHash', 32],
] as const satisfies readonly (readonly [keyof ReportPayload, number])[];

/** 480 bytes. @throws RangeError when a value does not fit its field. */
export function encodePayload(payload: ReportPayload): Uint8Array {
  return concat(
    ...PAYLOAD_WORDS.map(([name, size]) => {
      const value = payload[name];
      const bytes = typeof value === 'string' ? fixedBytes(value, size) : uintBytes(value, size);
      return concat(new Uint8Array(32 - size), bytes);
    }),
  );
}

/** @throws RangeError for another length, schema or verdict, or dirty padding. */
export function decodePayload(bytes: Uint8Array): ReportPayload {
  if (bytes.length !== PAYLOAD_BYTES)
    throw new RangeError(`payload has ${String(bytes.length)} bytes, not ${String(PAYLOAD_BYTES)}`);
  const word = (name: keyof ReportPayload): Uint8Array => {
    const at = PAYLOAD_WORDS.findIndex(([field]) => field === name);
    const size = PAYLOAD_WORDS[at]?.[1] ?? 0;
    const whole = bytes.slice(at * 32, at * 32 + 32);
    if (toUint(whole.slice(0, 32 - size)) !== 0n) throw new RangeError(`payload field ${name} is out of range`);
    return whole.slice(32 - size);
  };
  const hex = (name: keyof ReportPayload): Hex => hexOf(word(name));
  const uint = (name: keyof ReportPayload): bigint => toUint(word(name));
  const schema = Number(uint('schema'));
  const verdict = Number(uint('verdict'));
  if (schema !== 1) throw new RangeError(`payload schema ${String(schema)} is unknown`);
  if (verdict !== Verdict.PASSED && verdict !== Verdict.FAILED)
    throw new RangeError(`verdict ${String(verdict)} is unknown`);
  return {
    schema,
    chainSelector: uint('chainSelector'),
    receiver: hex('receiver'),
    requestId: hex('requestId'),
    escrow: hex('escrow'),
    milestone: Number(uint('milestone')),
    round: Number(uint('round')),
    digest: hex('digest'),
    criteriaHash: hex('criteriaHash'),
    verdict,
    payBps: Number(uint('payBps')),
    observedAt: uint('observedAt'),
    validUntil: uint('validUntil'),
    metrics: hex('metrics'),
    evidenceHash: hex('evidenceHash'),
  };
}

/** Packs up to eight figures; the first is the reason code (0 = passed). @throws RangeError */
export function encodeMetrics(figures: readonly number[]): Hex {
  if (figures.length > METRIC_COUNT) throw new RangeError(`at most ${String(METRIC_COUNT)} figures`);
  return hexOf(concat(...Array.from({ length: METRIC_COUNT }, (_, i) => uintBytes(figures[i] ?? 0, 4))));
}

/** Eight u32. */
export function decodeMetrics(metrics: string): number[] {
  const bytes = fixedBytes(metrics, 32);
  return Array.from({ length: METRIC_COUNT }, (_, i) => Number(toUint(bytes.slice(i * 4, i * 4 + 4))));
}

/** Header of a raw report. */
export interface ReportHeader {
  readonly version: 1;
  readonly executionId: Hex;
  /** Unix seconds; unchecked by the forwarder. */
  readonly timestamp: number;
  readonly donId: number;
  readonly configVersion: number;
  readonly workflowId: Hex;
  /** 10 bytes, see {@link workflowNameField}. */
  readonly workflowName: Hex;
  readonly workflowOwner: Hex;
  /** 2 bytes. */
  readonly reportId: Hex;
}

/** Header and payload as the nodes sign them and the forwarder takes them. */
export function encodeRawReport(header: ReportHeader, payload: Uint8Array): Uint8Array {
  return concat(
    uintBytes(header.version, 1),
    fixedBytes(header.executionId, 32),
    uintBytes(header.timestamp, 4),
    uintBytes(header.donId, 4),
    uintBytes(header.configVersion, 4),
    fixedBytes(header.workflowId, 32),
    fixedBytes(header.workflowName, 10),
    fixedBytes(header.workflowOwner, 20),
    fixedBytes(header.reportId, 2),
    payload,
  );
}

/** @throws RangeError when shorter than a header or of another version. */
export function decodeRawReport(raw: Uint8Array): { header: ReportHeader; payload: Uint8Array } {
  if (raw.length < HEADER_BYTES)
    throw new RangeError(`raw report has ${String(raw.length)} bytes, at least ${String(HEADER_BYTES)} needed`);
  if (raw[0] !== 1) throw new RangeError(`report version ${String(raw[0])} is unknown`);
  const header: ReportHeader = {
    version: 1,
    executionId: hexOf(raw.slice(1, 33)),
    timestamp: Number(toUint(raw.slice(33, 37))),
    donId: Number(toUint(raw.slice(37, 41))),
    configVersion: Number(toUint(raw.slice(41, 45))),
    workflowId: hexOf(raw.slice(45, 77)),
    workflowName: hexOf(raw.slice(77, 87)),
    workflowOwner: hexOf(raw.slice(87, 107)),
    reportId: hexOf(raw.slice(107, 109)),
  };
  return { header, payload: raw.slice(HEADER_BYTES) };
}

/** The 64 bytes that a receiver gets as `metadata`. */
export function metadataOf(raw: Uint8Array): Hex {
  return hexOf(raw.slice(45, 45 + METADATA_BYTES));
}

/** A workflow's name as it stands in reports: the first 10 hex characters of sha256(name), as ASCII. 40 bits, never alone. */
export function workflowNameField(name: string): Hex {
  return hexOf(new TextEncoder().encode(sha256Hex(name).slice(2, 12)));
}

/** The forwarder's key of a signer set: `donId << 32 | configVersion`. */
export function configId(donId: number, configVersion: number): bigint {
  return (BigInt(donId) << 32n) | BigInt(configVersion);
}

/** Config digest, sequence number, zeros: 96 bytes. */
export function encodeReportContext(configDigest: string, sequence: bigint): Uint8Array {
  return concat(fixedBytes(configDigest, 32), uintBytes(sequence, 32), new Uint8Array(32));
}

/** What each node signs: `keccak256(keccak256(rawReport) ‖ reportContext)`, without the EIP-191 prefix. */
export function reportDigest(rawReport: Uint8Array, reportContext: Uint8Array): Hex {
  return keccakHex(concat(bytesOf(keccakHex(rawReport)), reportContext));
}

/** Addresses that signed a report, in the order of the signatures; each is r, s, v with v 0 or 1. @throws RangeError */
export function reportSigners(rawReport: Uint8Array, reportContext: Uint8Array, signatures: readonly string[]): Hex[] {
  const hash = bytesOf(reportDigest(rawReport, reportContext));
  return signatures.map((signature) => {
    if ((fixedBytes(signature, 65)[64] ?? 0) > 1) throw new RangeError('v is expected to be 0 or 1');
    return recoverAddress(hash, signature);
  });
}
