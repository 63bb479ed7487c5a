/**
 * The ladder that both parties sign: arbitrator, fee, bond and the windows of its rungs. 89 bytes, laid out in
 * `contracts/src/interfaces/IArbitration.sol`.
 */
import type { Hex } from './canonical.js';
import {
  addressWord,
  bytesOf,
  concat,
  fixedBytes,
  hexOf,
  keccakHex,
  toUint,
  uintBytes,
  uintWord,
} from './evm-words.js';

/** Windows in seconds. */
export interface LadderWindows {
  readonly negotiate: number;
  readonly panel: number;
  readonly panelExtension: number;
  readonly appeal: number;
  readonly deposit: number;
  readonly ruling: number;
  readonly fallback: number;
}

/** Terms of a dispute. */
export interface ArbitrationPolicy {
  /** Index in the shared policies of the one the panel answers under; null: the panel is not asked. */
  readonly panelPolicy: number | null;
  readonly arbitrator: string;
  /** Who rules if the arbitrator stays silent; null: nobody. */
  readonly fallbackArbitrator: string | null;
  /** The arbitrator's fee, in base units of the project's token. */
  readonly fee: bigint;
  /** Bond of a challenge; may be 0. */
  readonly bond: bigint;
  /** Part of the fee that is due if the parties settle once the arbitrator works. */
  readonly settleFeeBps: number;
  readonly windows: LadderWindows;
}

export const ARBITRATION_POLICY_BYTES = 89;
/** What must be left between the ladder's longest way and the escrow's own exit, in seconds. */
export const LADDER_SPARE_SECONDS = 3 * 86_400;

/** The windows the product proposes: at most 39 days in all, inside an arbitration period of 42. */
export const DEFAULT_LADDER_WINDOWS: LadderWindows = {
  negotiate: 5 * 86_400,
  panel: 3 * 86_400,
  panelExtension: 2 * 86_400,
  appeal: 3 * 86_400,
  deposit: 5 * 86_400,
  ruling: 14 * 86_400,
  fallback: 7 * 86_400,
};

const CODEC = 1;
const NO_PANEL = 255;
const WINDOWS = ['negotiate', 'panel', 'panelExtension', 'appeal', 'deposit', 'ruling', 'fallback'] as const;
const ZERO = `0x${'00'.repeat(20)}`;

/** Terms or bytes that `Arbitration` would refuse. `code` is its error without the prefix. */
export class ArbitrationPolicyError extends Error {
  override readonly name = 'ArbitrationPolicyError';
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

const refuse = (code: string, message: string): never => {
  throw new ArbitrationPolicyError(code, message);
};

/** Longest way through the ladder, in seconds. */
export function ladderSeconds(policy: ArbitrationPolicy): number {
  const { windows } = policy;
  const always = windows.negotiate + windows.appeal + windows.deposit + windows.ruling;
  const panel = policy.panelPolicy === null ? 0 : windows.panel + windows.panelExtension;
  return always + panel + (policy.fallbackArbitrator === null ? 0 : windows.fallback);
}

/**
 * Checks what can be checked without the project.
 * @param insiders Client, contributor, payees and seats: none of them may be the arbitrator.
 * @param arbitrationDays The shortest of the project's profiles.
 * @throws ArbitrationPolicyError
 */
export function checkArbitrationPolicy(
  policy: ArbitrationPolicy,
  insiders: readonly string[] = [],
  arbitrationDays = Infinity,
): void {
  const { windows } = policy;
  const people = [policy.arbitrator, ...(policy.fallbackArbitrator === null ? [] : [policy.fallbackArbitrator])];
  const known = new Set(insiders.map((account) => account.toLowerCase()));
  for (const account of people) {
    if (!/^0x[0-9a-fA-F]{40}$/.test(account) || account.toLowerCase() === ZERO) {
      refuse('BadArbitrator', 'An arbitrator needs an account.');
    }
    if (known.has(account.toLowerCase())) {
      refuse('BadArbitrator', `${account} is a party, payee or seat of this project and cannot be its arbitrator.`);
    }
  }
  if (people.length === 2 && people[0]?.toLowerCase() === people[1]?.toLowerCase()) {
    refuse('BadArbitrator', 'The fallback arbitrator must be somebody else.');
  }
  if (!(policy.settleFeeBps >= 0 && policy.settleFeeBps <= 10_000)) {
    refuse('BadTerms', 'The settlement fee is 0 to 10,000 basis points.');
  }
  const needed = ['appeal', 'deposit', 'ruling'] as const;
  for (const name of needed) if (windows[name] === 0) refuse('BadTerms', `The window "${name}" needs time.`);
  if (policy.panelPolicy !== null && windows.panel === 0) refuse('BadTerms', 'The panel needs time.');
  if (policy.fallbackArbitrator !== null && windows.fallback === 0) refuse('BadTerms', 'The fallback needs time.');
  const total = ladderSeconds(policy) + LADDER_SPARE_SECONDS;
  if (total > arbitrationDays * 86_400) {
    refuse('LadderTooLong', `The ladder and 3 days take ${total} s; the profile allows ${arbitrationDays} days.`);
  }
}

/** The bytes to sign. @throws ArbitrationPolicyError, RangeError for numbers that do not fit. */
export function encodeArbitrationPolicy(policy: ArbitrationPolicy): Hex {
  checkArbitrationPolicy(policy);
  if (policy.panelPolicy === NO_PANEL) refuse('BadPanelPolicy', 'Policy 255 stands for none.');
  return hexOf(
    concat(
      uintBytes(CODEC, 1),
      uintBytes(policy.panelPolicy ?? NO_PANEL, 1),
      fixedBytes(policy.arbitrator, 20),
      fixedBytes(policy.fallbackArbitrator ?? ZERO, 20),
      uintBytes(policy.fee, 12),
      uintBytes(policy.bond, 12),
      uintBytes(policy.settleFeeBps, 2),
      ...WINDOWS.map((name) => uintBytes(policy.windows[name], 3)),
    ),
  );
}

/** Reads signed bytes. Accounts come back in lower case. @throws ArbitrationPolicyError */
export function decodeArbitrationPolicy(hex: string): ArbitrationPolicy {
  const bytes = bytesOf(hex);
  if (bytes.length !== ARBITRATION_POLICY_BYTES) {
    refuse('BadLength', `${bytes.length} bytes, ${ARBITRATION_POLICY_BYTES} expected.`);
  }
  let offset = 0;
  const take = (size: number): Uint8Array => bytes.slice(offset, (offset += size));
  const uint = (size: number): number => Number(toUint(take(size)));
  const codec = uint(1);
  if (codec !== CODEC) refuse('BadCodec', `Codec ${codec} is unknown.`);
  const panelPolicy = uint(1);
  const arbitrator = hexOf(take(20));
  const fallback = hexOf(take(20));
  const policy: ArbitrationPolicy = {
    panelPolicy: panelPolicy === NO_PANEL ? null : panelPolicy,
    arbitrator,
    fallbackArbitrator: fallback === ZERO ? null : fallback,
    fee: toUint(take(12)),
    bond: toUint(take(12)),
    settleFeeBps: uint(2),
    windows: {
      negotiate: uint(3),
      panel: uint(3),
      panelExtension: uint(3),
      appeal: uint(3),
      deposit: uint(3),
      ruling: uint(3),
      fallback: uint(3),
    },
  };
  checkArbitrationPolicy(policy);
  return policy;
}

/** Id of a dispute in `Arbitration`. `milestone` 255 is the warranty claim, its `round` the claim's number. */
export function disputeId(escrow: string, milestone: number, round: number): Hex {
  return keccakHex(concat(addressWord(escrow), uintWord(milestone), uintWord(round)));
}
