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
import { encodeRoster as encodeSignedRoster } from '@milepost/protocol';
import { secondOf, type FilePolicy, type FileProfile, type FileTerms } from '../format.js';

const BODY_BITS = { clients: 0, panel: 1, reviewers: 2, oracle: 3 } as const;
const HUMAN = ['clients', 'panel', 'reviewers'] as const;
const NO_PANEL = 255;
const EXCLUDED = 0x80;

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
  /** Number of policies that name the oracle. */
  readonly criteria: number;
  /** Shared policy of a milestone that has this policy and this profile of the terms; null if there is none. */
  readonly pairOf: (policy: number, profile: number) => number | null;
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
  const oracles = words.filter((word) => word.policy.bodies.oracle !== undefined);
  const bytes = concat([
    solidityPacked(['uint8', 'uint8'], [1, words.length]),
    ...words.map(encodeWord),
    ...oracles.map(() => addresses.oracle),
  ]);
  const [policies, profiles] = [Object.values(terms.policies), Object.values(terms.profiles)];
  const pairOf = (policy: number, profile: number): number | null => {
    const [used, clocks] = [policies[policy], profiles[profile]];
    if (used === undefined || clocks === undefined) return null;
    const known = words.findIndex((item) => encodeWord(item) === encodeWord(wordOf(used, clocks)));
    return known < 0 ? null : known;
  };
  return { bytes, panelPolicy, uses, pairOf, roster: encodeRoster(terms, addresses, criteriaHash, oracles.length) };
}

/** Roster bytes of a change order: both counts, then criteria and seats. */
export function rosterBytes(
  signed: Signed,
  seats: readonly { readonly id: string; readonly body: (typeof HUMAN)[number]; readonly weight: number; readonly excluded: boolean }[],
): string {
  return encodeSignedRoster({ criteria: Array.from({ length: signed.criteria }, () => signed.criteriaHash), seats });
}

/** Criteria and seats, the end of the escrow's arguments. A body of the client alone needs no seats. */
function encodeRoster(terms: FileTerms, addresses: Addresses, criteriaHash: string, oracles: number) {
  const paid = [terms.contributor, ...terms.payees.map((payee) => payee.party)];
  const seats = [...terms.seats]
    .map((seat) => ({ ...seat, id: addresses.of(seat.party), excluded: paid.includes(seat.party) }))
    .sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1));
  const [only] = seats;
  const alone = seats.length === 1 && only?.party === terms.client && only.body === 'clients' && only.weight === 1;
  const listed = alone ? [] : seats;
  const weights = HUMAN.map((body) =>
    listed.filter((seat) => seat.body === body && !seat.excluded).reduce((sum, seat) => sum + seat.weight, 0),
  );
  const bytes = concat([
    ...Array.from({ length: oracles }, () => criteriaHash),
    ...(listed.length === 0 ? [] : weights.map((weight) => toBeHex(weight, 2))),
    ...listed.map((seat) =>
      solidityPacked(
        ['address', 'uint16', 'uint8'],
        [seat.id, seat.weight, BODY_BITS[seat.body] | (seat.excluded ? EXCLUDED : 0)],
      ),
    ),
  ]);
  return { bytes, seats, criteria: oracles, listed: listed.length };
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
      ...Array<string>(7).fill('uint8'),
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
      gate.roster.criteria,
      gate.roster.listed,
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
    ...terms.milestones.map((milestone, m) =>
      solidityPacked(
        ['uint96', 'uint16', 'uint16', 'uint8'],
        [
          milestone.amount,
          milestone.due,
          milestone.fundBy,
          ((gate.uses[m] ?? 0) << 4) | profiles.indexOf(milestone.profile),
        ],
      ),
    ),
    gate.roster.bytes,
  ]);
  return {
    args,
    gatePolicy: gate.bytes,
    arbitrationPolicy,
    termsHash,
    policyHash,
    total: terms.milestones.reduce((sum, milestone) => sum + BigInt(milestone.amount), 0n),
    seats: gate.roster.seats.map(({ party, body }) => ({ party, body })),
    criteriaHash,
    criteria: gate.roster.criteria,
    pairOf: gate.pairOf,
  };
}
