/** The same bytes stand in contracts/test/concrete/approval/Vectors.t.sol. */
import fc from 'fast-check';

import { bytesOf, concat, hexOf } from './evm-words.js';
import {
  HUMAN_BODIES,
  criteriaOf,
  decodeGatePolicy,
  decodeRegistered,
  decodeRoster,
  decodeTail,
  encodeGatePolicy,
  encodeRoster,
  gatePolicyIssues,
  GatePolicyError,
  rosterTail,
  signedSeats,
  tailLength,
  votingSeats,
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
  '0x01040901030d2f0002a30002a300138913890000000000000000000000000000000003010006978000000003f4800fa017700fa0177000000000000000000000000009010206978000000003f48013891389000000000000000000000000000000000201010d2f0002a30002a3000000000017701770000000000000000000000000000000000000000000000000000000000000000a000000000000000000000000000000000000000a';

const rosterHex =
  '0x0204000000000000000000000000000000000000000000000000000000000000000c000000000000000000000000000000000000000000000000000000000000000c0038000100030000000000000000000000000000000000000010003800000000000000000000000000000000000000001100030200000000000000000000000000000000000000200001810000000000000000000000000000000000000030000101';

const client = account(0xc1);
const project = (policy: GatePolicy): Parameters<typeof decodeGatePolicy>[1] => ({
  criteria: criteriaOf(policy.policies),
  seats: sortedSeats(policy.seats),
  client,
  milestones: policy.milestones,
});

const { gatePolicy } = built;
const codes = (policy: GatePolicy): string[] => gatePolicyIssues(policy).map((issue) => issue.code);
const first = (change: Partial<GatePolicyTerms>): GatePolicy => ({
  ...gatePolicy,
  policies: gatePolicy.policies.map((policy, i) => (i === 1 ? { ...policy, ...change } : policy)),
});

describe('gate policy bytes', () => {
  it('encodes the shared vectors', () => {
    expect(encodeGatePolicy(gatePolicy)).toBe(gateBytes);
    expect(built.panelPolicy).toBe(3);
    expect(encodeRoster(project(gatePolicy))).toBe(rosterHex);
  });

  it('reads back what it wrote, seats in order', () => {
    const read = decodeGatePolicy(gateBytes, { ...decodeRoster(rosterHex), client, milestones: [0, 1, 2] });
    expect(read.policies).toEqual(gatePolicy.policies);
    expect(read.milestones).toEqual([0, 1, 2]);
    expect(read.seats.map(({ id }) => id)).toEqual([account(0x10), account(0x11), account(0x20), account(0x30)]);
    expect(read.weights).toEqual({ clients: 56, panel: 1, reviewers: 3 });
    expect(seatIndexOf(read, account(0x20).toUpperCase().replace('0X', '0x'))).toBe(2);
    expect(seatIndexOf(read, account(0x99))).toBe(-1);
  });

  it('has the same shared bytes for other seats and criteria', () => {
    const other = {
      ...gatePolicy,
      policies: gatePolicy.policies.map((policy) =>
        policy.bodies.oracle === undefined
          ? policy
          : { ...policy, bodies: { ...policy.bodies, oracle: { ...policy.bodies.oracle, criteriaHash: word(0xcc) } } },
      ),
      seats: gatePolicy.seats.map((seat) => ({ ...seat, weight: 7 })),
      milestones: [1],
    };
    expect(encodeGatePolicy(other)).toBe(gateBytes);
    expect(encodeRoster(project(other))).not.toBe(rosterHex);
  });

  it('needs no bytes for the client alone', () => {
    const alone = {
      id: client.toUpperCase().replace('0X', '0x'),
      body: 'clients',
      weight: 1,
      excluded: false,
    } as const;
    expect(signedSeats([alone], client)).toEqual([]);
    expect(rosterTail({ criteria: [], seats: signedSeats([alone], client) })).toHaveLength(0);
    expect(votingSeats([], client)).toEqual([{ ...alone, id: client }]);
    for (const other of [
      { ...alone, weight: 2 },
      { ...alone, excluded: true },
      { ...alone, body: 'panel' as const },
      { ...alone, id: account(0xc2) },
    ]) {
      expect(signedSeats([other], client)).toEqual([other]);
      expect(votingSeats([other], client)).toEqual([other]);
    }
    expect(signedSeats([alone, { ...alone, id: account(1) }], client)).toHaveLength(2);
  });

  it('gives a policy of two profiles two words and one policy one word', () => {
    expect(gatePolicy.policies).toHaveLength(4);
    expect(gatePolicy.policies[0]?.window).toBe(864_000);
    expect(gatePolicy.policies[2]?.window).toBe(432_000);
    expect(gatePolicy.policies[2]?.bodies).toEqual(gatePolicy.policies[0]?.bodies);
  });

  it('reads what the gate registered', () => {
    const policyHash = word(0xabc);
    const registered = decodeRegistered(hexOf(concat(bytesOf(policyHash), bytesOf(rosterHex))));
    expect(registered).toEqual({ policyHash, ...decodeRoster(rosterHex) });
  });

  it.each([
    ['0x02', /Codec 2/],
    [gateBytes.slice(0, -2), /bytes, \d+ expected/],
    [`${gateBytes}00`, /bytes, \d+ expected/],
    [gateBytes.replace('09010206', '11010206'), /unknown bits/],
    [gateBytes.replace('1389138900', '1389138901'), /not named/],
  ])('refuses malformed bytes %#', (bytes, reason) => {
    expect(() => decodeGatePolicy(bytes, project(gatePolicy))).toThrow(reason);
  });

  it('refuses criteria that are not one per policy that names the oracle', () => {
    expect(() => decodeGatePolicy(gateBytes, { ...project(gatePolicy), criteria: [word(12)] })).toThrow(/1 criteria/);
  });

  it.each([
    ['0x00', /at least 2/],
    [rosterHex.slice(0, -2), /bytes, \d+ expected/],
    [`${rosterHex}00`, /bytes, \d+ expected/],
    [rosterHex.slice(0, -2) + '43', /unknown flags/],
    [rosterHex.slice(0, -2) + '03', /unknown flags/],
    [rosterHex.replace('003800010003', '003900010003'), /stated weight of clients/],
    [rosterHex.replace('003800010003', '003800010002'), /stated weight of reviewers/],
  ])('refuses a malformed roster %#', (bytes, reason) => {
    expect(() => decodeRoster(bytes)).toThrow(reason);
  });

  it('refuses seats out of order', () => {
    const seat = 46;
    const swapped = rosterHex.slice(0, -2 * seat) + rosterHex.slice(-seat) + rosterHex.slice(-2 * seat, -seat);
    expect(() => decodeRoster(swapped)).toThrow(/ascend/);
    const twice = rosterHex.slice(0, -2 * seat) + rosterHex.slice(-seat) + rosterHex.slice(-seat);
    expect(() => decodeRoster(twice)).toThrow(/ascend/);
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
        const { weights, ...read } = decodeGatePolicy(encodeGatePolicy(policy), project(policy));
        expect(read).toEqual(policy);
        expect(weights.panel).toBe(
          policy.seats.reduce((sum, s) => sum + (s.body === 'panel' && !s.excluded ? s.weight : 0), 0),
        );
        const { criteria } = project(policy);
        const tail = rosterTail({ criteria, seats: policy.seats });
        expect(tail).toHaveLength(tailLength(criteria.length, policy.seats.length));
        expect(decodeTail(tail, criteria.length, policy.seats.length)).toEqual({ criteria, seats: policy.seats });
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
