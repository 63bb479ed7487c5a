/** Signed bytes of a scenario's terms: escrow arguments, gate policy, arbitration policy. */
import {
  concat,
  keccak256,
  AbiCoder,
  getAddress,
  sha256,
  solidityPacked,
  toUtf8Bytes,
  zeroPadValue,
  toBeHex,
} from 'ethers';
import { secondOf, type FilePolicy, type FileProfile, type FileTerms } from '../format.js';

const BODY_BITS = { clients: 0, panel: 1, reviewers: 2, oracle: 3 } as const;
const HUMAN = ['clients', 'panel', 'reviewers'] as const;
const NO_PANEL = 255;

/** What the encodings need besides the terms. */
export interface Addresses {
  readonly of: (party: string) => string;
  readonly token: string;
  readonly oracle: string;
}

/** A project as its parties sign it. */
export interface Signed {
  readonly args: string;
  readonly gatePolicy: string;
  readonly arbitrationPolicy: string;
  readonly termsHash: string;
  readonly policyHash: string;
  readonly total: bigint;
  /** Seats in the order of the roster. */
  readonly seats: readonly { readonly party: string; readonly body: (typeof HUMAN)[number] }[];
  readonly criteriaHash: string;
}

/** A policy with the windows of the profile that uses it. */
interface Word {
  readonly policy: FilePolicy;
  readonly window: number;
  readonly extension: number;
  readonly hold: number;
  readonly silence: 'approve' | 'dispute';
}

const DAY = 86_400;

function wordOf(policy: FilePolicy, profile: FileProfile): Word {
  return {
    policy,
    window: profile.reviewDays * DAY,
    extension: profile.extensionDays * DAY,
    hold: profile.holdHours * 3600,
    silence: profile.silence,
  };
}

function encodeWord(word: Word): string {
  const { policy } = word;
  const mask = Object.keys(policy.bodies).reduce(
    (bits, body) => bits | (1 << BODY_BITS[body as keyof typeof BODY_BITS]),
    0,
  );
  const flags = (word.silence === 'approve' ? 1 : 0) | (policy.flags?.includes('HOLD_ORACLE') === true ? 2 : 0);
  const rules = HUMAN.flatMap((body) => {
    const rule = policy.bodies[body];
    return [rule?.quorumBps ?? 0, rule?.approvalBps ?? 0];
  });
  const head = solidityPacked(
    ['uint8', 'uint8', 'uint8', 'uint24', 'uint24', 'uint24'],
    [mask, policy.need, flags, word.window, word.extension, word.hold],
  );
  return concat([
    head,
    solidityPacked(
      rules.map(() => 'uint16'),
      rules,
    ),
    zeroPadValue('0x', 8),
  ]);
}

/** Gate policy and the index of the panel's policy in it. */
function encodeGate(terms: FileTerms, addresses: Addresses, criteriaHash: string) {
  const words: Word[] = [];
  const indexOf = (word: Word): number => {
    const known = words.findIndex((item) => encodeWord(item) === encodeWord(word));
    return known >= 0 ? known : words.push(word) - 1;
  };
  const uses = terms.milestones.map((milestone) => {
    const policy = terms.policies[milestone.policy];
    const profile = terms.profiles[milestone.profile];
    if (policy === undefined || profile === undefined)
      throw new Error(`${milestone.id} names no policy or profile of its terms.`);
    return indexOf(wordOf(policy, profile));
  });
  const panel = terms.arbitration.panelPolicy === null ? undefined : terms.policies[terms.arbitration.panelPolicy];
  const first = Object.values(terms.profiles)[0];
  if (first === undefined) throw new Error('The terms have no profile.');
  const panelPolicy = panel === undefined ? NO_PANEL : indexOf(wordOf(panel, first));
  const seats = [...terms.seats]
    .map((seat) => ({ ...seat, id: addresses.of(seat.party) }))
    .sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1));
  const oracles = words.filter((word) => word.policy.bodies.oracle !== undefined);
  const bytes = concat([
    solidityPacked(['uint8', 'uint8', 'uint8', 'uint8'], [1, words.length, terms.milestones.length, seats.length]),
    ...words.map(encodeWord),
    ...oracles.map(() => solidityPacked(['address', 'bytes32'], [addresses.oracle, criteriaHash])),
    ...uses.map((index) => toBeHex(index, 1)),
    ...seats.map((seat) =>
      solidityPacked(['address', 'uint16', 'uint8'], [seat.id, seat.weight, BODY_BITS[seat.body]]),
    ),
  ]);
  return { bytes, panelPolicy, seats };
}

function encodeArbitration(terms: FileTerms, addresses: Addresses, panelPolicy: number): string {
  const { arbitration } = terms;
  const { windows } = arbitration;
  const fallback = arbitration.fallbackArbitrator;
  const spans = [
    windows.negotiate,
    windows.panel,
    windows.panelExtension,
    windows.appeal,
    windows.deposit,
    windows.ruling,
    windows.fallback,
  ];
  return concat([
    solidityPacked(
      ['uint8', 'uint8', 'address', 'address', 'uint96', 'uint96', 'uint16'],
      [
        1,
        panelPolicy,
        addresses.of(arbitration.arbitrator),
        fallback === null ? getAddress(zeroPadValue('0x', 20)) : addresses.of(fallback),
        arbitration.fee,
        arbitration.bond,
        arbitration.settleFeeBps,
      ],
    ),
    solidityPacked(
      spans.map(() => 'uint24'),
      spans,
    ),
  ]);
}

function encodeProfile(profile: FileProfile): string {
  return solidityPacked(
    [
      'uint8',
      'uint8',
      'uint8',
      'uint8',
      'uint8',
      'uint8',
      'uint8',
      'uint8',
      'uint16',
      'uint16',
      'uint16',
      'uint16',
      'uint16',
    ],
    [
      profile.reviewDays,
      profile.extensionDays,
      profile.holdHours,
      profile.reworkDays,
      profile.graceDays,
      profile.lateDays,
      profile.arbitrationDays,
      (profile.silence === 'approve' ? 0x80 : 0) | profile.maxRounds,
      profile.killBps,
      profile.holdbackBps,
      profile.lateDailyBps,
      profile.lateCapBps,
      profile.deadlockBps,
    ],
  );
}

/** Everything that is signed at creation. `name` makes the terms of each project unique. */
export function encodeProject(name: string, terms: FileTerms, addresses: Addresses): Signed {
  const criteriaHash = sha256(toUtf8Bytes(`criteria of ${name}`));
  const termsHash = sha256(toUtf8Bytes(`terms of ${name}`));
  const gate = encodeGate(terms, addresses, criteriaHash);
  const arbitrationPolicy = encodeArbitration(terms, addresses, gate.panelPolicy);
  const policyHash = keccak256(AbiCoder.defaultAbiCoder().encode(['bytes', 'bytes'], [gate.bytes, arbitrationPolicy]));
  const profiles = Object.keys(terms.profiles);
  const header = solidityPacked(
    [
      'uint8',
      'uint8',
      'uint8',
      'uint8',
      'uint8',
      'uint16',
      'uint16',
      'uint40',
      'address',
      'address',
      'address',
      'bytes32',
      'bytes32',
    ],
    [
      1,
      terms.milestones.length,
      terms.payees.length,
      terms.funders.length - 1,
      profiles.length,
      terms.feeBps,
      terms.warrantyDays,
      secondOf(terms.start),
      addresses.token,
      addresses.of(terms.client),
      addresses.of(terms.contributor),
      termsHash,
      policyHash,
    ],
  );
  const args = concat([
    header,
    ...terms.payees.map((payee) => solidityPacked(['address', 'uint16'], [addresses.of(payee.party), payee.weight])),
    ...terms.funders.slice(1).map((funder) => addresses.of(funder)),
    ...Object.values(terms.profiles).map(encodeProfile),
    ...terms.milestones.map((milestone) =>
      solidityPacked(
        ['uint96', 'uint16', 'uint16', 'uint8'],
        [milestone.amount, milestone.due, milestone.fundBy, profiles.indexOf(milestone.profile)],
      ),
    ),
  ]);
  return {
    args,
    gatePolicy: gate.bytes,
    arbitrationPolicy,
    termsHash,
    policyHash,
    total: terms.milestones.reduce((sum, milestone) => sum + BigInt(milestone.amount), 0n),
    seats: gate.seats.map(({ party, body }) => ({ party, body })),
    criteriaHash,
  };
}
