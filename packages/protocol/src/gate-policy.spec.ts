/** The same bytes stand in contracts/test/concrete/approval/Vectors.t.sol. */
import fc from 'fast-check';

import {
  HUMAN_BODIES,
  decodeGatePolicy,
  decodeRoster,
  encodeGatePolicy,
  gatePolicyIssues,
  GatePolicyError,
} from './gate-policy.js';
import { seatIndexOf, sortedSeats, type GatePolicy, type GatePolicyTerms } from './gate-policy.js';
import { POLICY_PRESETS, buildGatePolicy, policySentence } from './policy-draft.js';

const account = (n: number): `0x${string}` => `0x${n.toString(16).padStart(40, '0')}`;
const word = (n: number): `0x${string}` => `0x${n.toString(16).padStart(64, '0')}`;

const built = buildGatePolicy({
  policies: [
    {
      bodies: {
        clients: { quorumBps: 5_001, approvalBps: 5_001 },
        oracle: { oracle: account(0x0a), criteriaHash: word(0x0c) },
      },
      need: 1,
      holdOracle: true,
    },
    {
      bodies: {
        clients: { quorumBps: 4_000, approvalBps: 6_000 },
        panel: { quorumBps: 4_000, approvalBps: 6_000 },
      },
      need: 1,
      holdOracle: false,
    },
    { bodies: { panel: { quorumBps: 6_000, approvalBps: 6_000 } }, need: 1, holdOracle: false },
  ],
  profiles: [
    { reviewDays: 10, extensionDays: 2, holdHours: 48, silence: 'approve' },
    { reviewDays: 5, extensionDays: 0, holdHours: 72, silence: 'dispute' },
  ],
  milestones: [
    { policy: 0, profile: 0 },
    { policy: 1, profile: 1 },
    { policy: 0, profile: 1 },
  ],
  seats: [
    { id: account(0x30), body: 'panel', weight: 1, excluded: false },
    { id: account(0x10), body: 'clients', weight: 56, excluded: false },
    { id: account(0x20), body: 'panel', weight: 1, excluded: true },
    { id: account(0x11), body: 'reviewers', weight: 3, excluded: false },
  ],
  panelPolicy: 2,
});

const gateBytes =
  '0x010403040901030d2f0002a30002a300138913890000000000000000000000000000000003010006978000000003f4800fa017700fa0177000000000000000000000000009010206978000000003f48013891389000000000000000000000000000000000201010d2f0002a30002a3000000000017701770000000000000000000000000000000000000000000000000000000000000000a000000000000000000000000000000000000000000000000000000000000000c000000000000000000000000000000000000000a000000000000000000000000000000000000000000000000000000000000000c0001020000000000000000000000000000000000000010003800000000000000000000000000000000000000001100030200000000000000000000000000000000000000200001810000000000000000000000000000000000000030000101';

const { gatePolicy } = built;
const codes = (policy: GatePolicy): string[] => gatePolicyIssues(policy).map((issue) => issue.code);
const first = (change: Partial<GatePolicyTerms>): GatePolicy => ({
  ...gatePolicy,
  policies: gatePolicy.policies.map((policy, i) => (i === 1 ? { ...policy, ...change } : policy)),
});

describe('gate policy bytes', () => {
  it('encodes the shared vector', () => {
    expect(encodeGatePolicy(gatePolicy)).toBe(gateBytes);
    expect(built.panelPolicy).toBe(3);
  });

  it('reads back what it wrote, seats in order', () => {
    const read = decodeGatePolicy(gateBytes);
    expect(read.policies).toEqual(gatePolicy.policies);
    expect(read.milestones).toEqual([0, 1, 2]);
    expect(read.seats.map(({ id }) => id)).toEqual([account(0x10), account(0x11), account(0x20), account(0x30)]);
    expect(seatIndexOf(read, account(0x20).toUpperCase().replace('0X', '0x'))).toBe(2);
    expect(seatIndexOf(read, account(0x99))).toBe(-1);
  });

  it('gives a policy of two profiles two words and one policy one word', () => {
    expect(gatePolicy.policies).toHaveLength(4);
    expect(gatePolicy.policies[0]?.window).toBe(864_000);
    expect(gatePolicy.policies[2]?.window).toBe(432_000);
    expect(gatePolicy.policies[2]?.bodies).toEqual(gatePolicy.policies[0]?.bodies);
  });

  it('reads stored bytes with weights, which are not signed bytes', () => {
    const stored = storedVector();
    expect(decodeRoster(stored).weights).toEqual({ clients: 56, panel: 1, reviewers: 3 });
    expect(() => decodeGatePolicy(stored)).toThrow(/stored bytes/);
  });

  it.each([
    ['0x02', /Codec 2/],
    [gateBytes.slice(0, -2), /bytes, \d+ expected/],
    [`${gateBytes}00`, /bytes, \d+ expected/],
    [gateBytes.replace('0x0104', '0x0104').replace('09010206', '11010206'), /unknown bits/],
    [gateBytes.slice(0, -2) + '43', /unknown flags/],
  ])('refuses malformed bytes %#', (bytes, reason) => {
    expect(() => decodeGatePolicy(bytes)).toThrow(reason);
  });

  it('refuses seats out of order', () => {
    const seat = 46;
    const swapped = gateBytes.slice(0, -2 * seat) + gateBytes.slice(-seat) + gateBytes.slice(-2 * seat, -seat);
    expect(() => decodeGatePolicy(swapped)).toThrow(/ascend/);
  });

  it('round-trips any policy', () => {
    const threshold = fc.record({
      quorumBps: fc.integer({ min: 1, max: 10_000 }),
      approvalBps: fc.integer({ min: 5_001, max: 10_000 }),
    });
    const terms = fc
      .record({
        clients: fc.option(threshold),
        panel: threshold,
        reviewers: fc.option(threshold),
        oracle: fc.boolean(),
        holdOracle: fc.boolean(),
        approves: fc.boolean(),
        window: fc.integer({ min: 1, max: 5_184_000 }),
        extension: fc.integer({ min: 0, max: 2_592_000 }),
        challenge: fc.integer({ min: 86_400, max: 604_800 }),
      })
      .map((x): GatePolicyTerms => ({
        bodies: {
          ...(x.clients === null ? {} : { clients: x.clients }),
          panel: x.panel,
          ...(x.reviewers === null ? {} : { reviewers: x.reviewers }),
          ...(x.oracle ? { oracle: { oracle: account(0x0a), criteriaHash: word(0x0c) } } : {}),
        },
        need: 1,
        holdOracle: x.holdOracle,
        silence: x.approves ? 'approve' : 'dispute',
        window: x.window,
        extension: x.extension,
        challenge: x.challenge,
      }));
    const seats = fc.uniqueArray(fc.integer({ min: 10, max: 2 ** 30 }), { minLength: 0, maxLength: 61 }).map((ids) => [
      ...HUMAN_BODIES.map((body, i) => ({ id: account(i + 1), body, weight: 1 + i, excluded: false })),
      ...ids.map((id, i) => ({
        id: account(id),
        body: HUMAN_BODIES[i % 3] ?? 'panel',
        weight: 1 + (i % 90),
        excluded: i % 5 === 0,
      })),
    ]);
    fc.assert(
      fc.property(fc.array(terms, { minLength: 1, maxLength: 16 }), seats, (policies, members) => {
        const policy = { policies, milestones: policies.map((_, i) => i), seats: sortedSeats(members) };
        expect(decodeGatePolicy(encodeGatePolicy(policy))).toEqual(policy);
      }),
      { numRuns: 300 },
    );
  });
});

describe('what the gate would refuse', () => {
  it('accepts the vector', () => {
    expect(codes(gatePolicy)).toEqual([]);
  });

  it.each<[string, GatePolicy]>([
    ['BadNeed', first({ need: 0 })],
    ['BadNeed', first({ need: 3 })],
    ['BadThreshold', first({ bodies: { clients: { quorumBps: 0, approvalBps: 6_000 } }, challenge: 0 })],
    ['BadThreshold', first({ bodies: { clients: { quorumBps: 1, approvalBps: 5_000 } }, challenge: 0 })],
    ['BadThreshold', first({ bodies: { clients: { quorumBps: 1, approvalBps: 10_001 } }, challenge: 0 })],
    ['BadChallenge', first({ challenge: 86_399 })],
    ['BadPolicy', first({ window: 0 })],
    ['BadPolicy', first({ bodies: { oracle: { oracle: account(1), criteriaHash: word(1) } }, silence: 'approve' })],
    ['BadOracle', first({ bodies: { oracle: { oracle: account(0), criteriaHash: word(1) } } })],
    ['BadOracle', first({ bodies: { oracle: { oracle: account(1), criteriaHash: word(0) } } })],
    ['UnknownPolicy', { ...gatePolicy, milestones: [4] }],
    ['UnknownPolicy', { ...gatePolicy, policies: [], milestones: [0] }],
    ['BadCount', { ...gatePolicy, milestones: [] }],
  ])('%s (%#)', (code, policy) => {
    expect(codes(policy)).toContain(code);
    expect(() => encodeGatePolicy(policy)).toThrow(GatePolicyError);
  });

  it.each<[string, GatePolicy['seats']]>([
    ['SeatOrder', [...gatePolicy.seats, { id: account(0x10), body: 'panel', weight: 1, excluded: false }]],
    ['SeatOrder', [...gatePolicy.seats, { id: account(0), body: 'panel', weight: 1, excluded: false }]],
    ['ZeroWeight', [...gatePolicy.seats, { id: account(0x77), body: 'panel', weight: 0, excluded: false }]],
    ['EmptyBody', gatePolicy.seats.filter(({ body }) => body !== 'clients')],
    ['EmptyBody', gatePolicy.seats.map((seat) => ({ ...seat, excluded: true }))],
    ['EmptyBody', [...gatePolicy.seats, { id: account(0x77), body: 'clients', weight: 9_945, excluded: false }]],
    [
      'SeatLimit',
      Array.from({ length: 65 }, (_, i) => ({ id: account(i + 1), body: 'panel', weight: 1, excluded: false })),
    ],
  ])('%s of seats (%#)', (code, seats) => {
    expect(codes({ ...gatePolicy, seats })).toContain(code);
  });

  it('lets 10,000 of weight pass', () => {
    const seats = [
      ...gatePolicy.seats,
      { id: account(0x77), body: 'clients' as const, weight: 9_944, excluded: false },
    ];
    expect(codes({ ...gatePolicy, seats })).toEqual([]);
  });
});

describe('policies in words', () => {
  it('says who decides, by when and what silence means', () => {
    expect(policySentence(gatePolicy.policies[0] ?? fail())).toBe(
      'Paid when 1 of these approves: the clients (50.01 % for, 50.01 % must vote), the oracle (all agreed checks pass). ' +
        'The review lasts 10 days, and once 2 days more if too few voted. If nobody objects by then, it is paid. ' +
        'If only the oracle approves, payment waits 2 days for an objection.',
    );
    expect(policySentence(gatePolicy.policies[3] ?? fail())).toBe(
      'Paid when the panel (60 % for, 60 % must vote) approve. The review lasts 10 days, and once 2 days more if too ' +
        'few voted. If nobody objects by then, it is paid.',
    );
  });

  it.each(Object.entries(POLICY_PRESETS))('the preset %s can be registered', (_, preset) => {
    const oracle = preset.oracle ? { oracle: { oracle: account(1), criteriaHash: word(1) } } : {};
    const { gatePolicy: policy } = buildGatePolicy({
      policies: [{ bodies: { ...preset.bodies, ...oracle }, need: preset.need, holdOracle: preset.holdOracle }],
      profiles: [preset.clocks],
      milestones: [{ policy: 0, profile: 0 }],
      seats: HUMAN_BODIES.map((body, i) => ({ id: account(i + 5), body, weight: 1, excluded: false })),
      panelPolicy: null,
    });
    expect(codes(policy)).toEqual([]);
  });
});

function fail(): never {
  throw new Error('the vector has four policies');
}

/** The vector as the gate stores it: W of clients, panel, reviewers in bytes 24 to 29 of each word. */
function storedVector(): string {
  let bytes = gateBytes;
  for (let i = 0; i < 4; i += 1) {
    const offset = 2 + 2 * (4 + 32 * i + 24);
    bytes = `${bytes.slice(0, offset)}003800010003${bytes.slice(offset + 12)}`;
  }
  return bytes;
}
