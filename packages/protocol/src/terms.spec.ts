import { AbiCoder, TypedDataEncoder, getCreate2Address, id, keccak256, solidityPacked } from 'ethers';
import fc from 'fast-check';
import { hashTypedData } from 'viem';
import {
  DEFAULT_PROFILE,
  TERMS_TYPES,
  TermsError,
  type TermsArgs,
  type TermsDocument,
  argsHash,
  argsOfDraft,
  checkDocument,
  decodeTerms,
  encodeTerms,
  factoryDomain,
  packTerms,
  policyHash,
  predictEscrow,
  signedProfile,
  termsHash,
  termsIssues,
  termsMessage,
} from './terms.js';
import { ESCROW_INTENTS, INTENT_PURPOSES, escrowDomain, intentKey, intentNonce } from './escrow-intents.js';

const milestone = { amount: 1_000_000n, due: 30, fundBy: 5, profile: 0, policy: 0 };
const address = (n: number): string => `0x${n.toString(16).padStart(40, '0')}`;

const base: TermsArgs = {
  feeBps: 100,
  warrantyDays: 60,
  start: 1_900_000_000,
  token: address(1),
  client: address(2),
  contributor: address(3),
  termsHash: id('terms'),
  policyHash: id('policy'),
  payees: [],
  funders: [],
  profiles: [DEFAULT_PROFILE],
  milestones: [milestone],
  criteria: [],
  seats: [],
};

const issueOf = (change: Partial<TermsArgs>, context = {}): string[] =>
  termsIssues({ ...base, ...change }, context).map(({ path, error }) => `${path} ${error}`);

describe('terms codec', () => {
  it('packs the header, payees, funders, profiles and milestones as the contract reads them', () => {
    const terms: TermsArgs = {
      ...base,
      payees: [
        { account: address(3), weight: 6_000 },
        { account: address(4), weight: 4_000 },
      ],
      funders: [address(5)],
      milestones: [{ ...milestone, policy: 2 }],
      criteria: [id('criteria')],
      seats: [
        { id: address(9), body: 'panel', weight: 2, excluded: true },
        { id: address(8), body: 'clients', weight: 3, excluded: false },
      ],
    };
    const expected = solidityPacked(
      [...Array<string>(7).fill('uint8'), 'uint16', 'uint16', 'uint40', 'address', 'address', 'address'],
      [1, 1, 2, 1, 1, 1, 2, 100, 60, 1_900_000_000, address(1), address(2), address(3)],
    );
    const rest = solidityPacked(
      ['bytes32', 'bytes32', 'address', 'uint16', 'address', 'uint16', 'address'],
      [id('terms'), id('policy'), address(3), 6_000, address(4), 4_000, address(5)],
    );
    const profile = solidityPacked(
      [...Array<string>(8).fill('uint8'), ...Array<string>(5).fill('uint16')],
      [14, 7, 24, 7, 3, 14, 42, 0x83, 1_500, 1_000, 50, 500, 5_000],
    );
    const work = solidityPacked(['uint96', 'uint16', 'uint16', 'uint8'], [1_000_000, 30, 5, 0x20]);
    const tail = solidityPacked(
      ['bytes32', 'uint16', 'uint16', 'uint16', 'address', 'uint16', 'uint8', 'address', 'uint16', 'uint8'],
      [id('criteria'), 3, 0, 0, address(8), 3, 0, address(9), 2, 0x81],
    );
    expect(encodeTerms(terms)).toBe(expected + rest.slice(2) + profile.slice(2) + work.slice(2) + tail.slice(2));
  });

  it('has the lengths of the design', () => {
    const five = { ...base, milestones: Array.from({ length: 5 }, () => milestone) };
    expect((encodeTerms(five).length - 2) / 2).toBe(243);
    const largest: TermsArgs = {
      ...base,
      payees: Array.from({ length: 8 }, (_, i) => ({ account: address(20 + i), weight: 1_250 })),
      funders: Array.from({ length: 7 }, (_, i) => address(40 + i)),
      profiles: Array.from({ length: 4 }, () => DEFAULT_PROFILE),
      milestones: Array.from({ length: 16 }, () => milestone),
    };
    expect((encodeTerms(largest).length - 2) / 2).toBe(800);
    const criteria = Array.from({ length: 16 }, () => id('criteria'));
    const seats = Array.from({ length: 64 }, (_, i) => ({
      id: address(60 + i),
      body: 'panel' as const,
      weight: 1,
      excluded: false,
    }));
    expect((encodeTerms({ ...largest, criteria, seats }).length - 2) / 2).toBe(2_790);
  });

  it('reads back what it wrote', () => {
    const count = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max });
    fc.assert(
      fc.property(
        count(8),
        count(7),
        fc.integer({ min: 1, max: 16 }),
        fc.bigInt({ min: 1n, max: 2n ** 90n }),
        fc.boolean(),
        fc.tuple(count(16), count(64), fc.boolean()),
        (payees, funders, milestones, amount, approves, [criteria, seats, excluded]) => {
          const terms: TermsArgs = {
            ...base,
            payees: Array.from({ length: payees }, (_, i) => ({
              account: address(100 + i),
              weight: i === 0 ? 10_000 - (payees - 1) * 7 : 7,
            })),
            funders: Array.from({ length: funders }, (_, i) => address(200 + i)),
            profiles: [
              { ...DEFAULT_PROFILE, silence: approves ? 'approve' : 'dispute', maxRounds: 7 },
              DEFAULT_PROFILE,
            ],
            milestones: Array.from({ length: milestones }, (_, i) => ({
              amount,
              due: 30 + i,
              fundBy: i,
              profile: i % 2,
              policy: 15 - i,
            })),
            criteria: Array.from({ length: criteria }, (_, i) => id(String(i))),
            seats: Array.from({ length: seats }, (_, i) => ({
              id: address(300 + i),
              body: (['clients', 'panel', 'reviewers'] as const)[i % 3] ?? 'panel',
              weight: i + 1,
              excluded,
            })),
          };
          expect(decodeTerms(encodeTerms(terms))).toEqual(terms);
        },
      ),
    );
  });

  it('refuses bytes that are none', () => {
    expect(() => decodeTerms('0x01')).toThrow(TermsError);
    expect(() => decodeTerms(`${encodeTerms(base)}00`)).toThrow(/counts ask for/);
    expect(() => decodeTerms(encodeTerms(base).replace('0x01', '0x02'))).toThrow(/codec 2/);
  });

  it('names each rule that terms break', () => {
    expect(issueOf({})).toEqual([]);
    expect(issueOf({ client: base.contributor })).toEqual(['contributor Terms_SameParty']);
    expect(issueOf({ token: address(0) })).toEqual(['token Terms_ZeroAddress']);
    expect(issueOf({}, { reserved: [address(3)] })).toEqual(['contributor Terms_SameParty']);
    expect(issueOf({ payees: [{ account: address(4), weight: 9_999 }] })).toEqual(['payees Terms_WeightSum']);
    expect(issueOf({ funders: [address(2)] })).toEqual(['funders.0 Terms_Duplicate']);
    expect(issueOf({ milestones: [] })).toEqual(['milestones Terms_Count']);
    expect(issueOf({ milestones: [{ amount: 0n, due: 3, fundBy: 4, profile: 1, policy: 16 }] })).toEqual([
      'milestones.0.amount Terms_ZeroAmount',
      'milestones.0.fundBy Terms_FundByAfterDue',
      'milestones.0.profile Terms_Profile',
      'milestones.0.policy Gate_UnknownPolicy',
    ]);
    expect(issueOf({ criteria: Array.from({ length: 17 }, () => id('criteria')) })).toEqual(['criteria Terms_Count']);
    const seat = { id: address(9), body: 'panel', weight: 1, excluded: false } as const;
    expect(issueOf({ seats: Array.from({ length: 65 }, () => seat) })).toEqual(['seats Terms_Count']);
    expect(() => signedProfile(16, 0)).toThrow(RangeError);
    expect(signedProfile(15, 3)).toBe(0xf3);
    expect(issueOf({ profiles: [{ ...DEFAULT_PROFILE, reviewDays: 2, killBps: 5_001 }] })).toEqual([
      'profiles.0.reviewDays Terms_Window',
      'profiles.0.killBps Terms_Bps',
    ]);
    expect(issueOf({}, { now: base.start - 366 * 86_400 })).toEqual([]);
    expect(issueOf({}, { now: base.start - 366 * 86_400 - 1 })).toEqual(['start Terms_Start']);
    expect(() => encodeTerms({ ...base, feeBps: 501 })).toThrow(TermsError);
    expect(() => packTerms({ ...base, feeBps: 501 })).not.toThrow();
  });

  it('hashes policies as the contract does', () => {
    for (const [gate, ladder] of [
      ['0x', '0x'],
      ['0x01', `0x${'ab'.repeat(33)}`],
      [`0x${'cd'.repeat(64)}`, '0xff'],
    ] as const) {
      expect(policyHash(gate, ladder)).toBe(
        keccak256(AbiCoder.defaultAbiCoder().encode(['bytes', 'bytes'], [gate, ladder])),
      );
    }
  });

  it('predicts the address of a clone with the terms in its code', () => {
    const args = encodeTerms(base);
    const length = (args.length - 2) / 2 + 45;
    const initCode = `0x61${length.toString(16).padStart(4, '0')}3d81600a3d39f3363d3d373d3d3d363d73${address(9).slice(2)}5af43d82803e903d91602b57fd5bf3${args.slice(2)}`;
    const expected = getCreate2Address(address(8), `0x${'00'.repeat(32)}`, keccak256(initCode));
    expect(predictEscrow(address(8), address(9), args)).toBe(expected.toLowerCase());
  });
});

describe('typed data', () => {
  it('gives one hash in ethers and viem for the terms', () => {
    const args = encodeTerms(base);
    const domain = factoryDomain(31337, address(7));
    const message = termsMessage(args, 1_900_000_500);
    expect(message.argsHash).toBe(argsHash(args));
    const types = { Terms: [...TERMS_TYPES.Terms] };
    const viemHash = hashTypedData({
      domain: { ...domain, verifyingContract: address(7) as `0x${string}` },
      types,
      primaryType: 'Terms',
      message: message as never,
    });
    expect(TypedDataEncoder.hash(domain, types, message)).toBe(viemHash);
  });

  it('writes every intent with nonce and deadline last, as the contract appends them', () => {
    for (const purpose of INTENT_PURPOSES) {
      const { primaryType, types } = ESCROW_INTENTS[purpose];
      const fields = (types as Record<string, readonly { name: string; type: string }[]>)[primaryType];
      expect(fields?.slice(-2)).toEqual([
        { name: 'nonce', type: 'uint256' },
        { name: 'deadline', type: 'uint48' },
      ]);
    }
    expect(TypedDataEncoder.from({ Submit: [...ESCROW_INTENTS.submit.types.Submit] }).encodeType('Submit')).toBe(
      'Submit(uint8 milestone,uint8 round,bytes32 digest,uint256 nonce,uint48 deadline)',
    );
    const order = Object.fromEntries(Object.entries(ESCROW_INTENTS.amend.types).map(([k, v]) => [k, [...v]]));
    expect(TypedDataEncoder.from(order).encodeType('ChangeOrder')).toBe(
      'ChangeOrder(uint32 version,bytes32 termsHash,bytes32 policyHash,bytes32 rosterHash,MilestoneChange[] milestones,PayeeChange[] payees,uint256 nonce,uint48 deadline)' +
        'MilestoneChange(uint8 index,uint8 op,uint96 amount,uint16 due,uint16 fundBy,uint8 profile)' +
        'PayeeChange(uint8 index,address payee,uint16 weight)',
    );
    expect(escrowDomain(1, address(6)).name).toBe('Milepost Escrow');
  });

  it('packs nonce keys as purpose, index, sequence', () => {
    expect(intentKey('submit', 5)).toBe((3n << 8n) | 5n);
    expect(intentNonce(intentKey('claim'), 2)).toBe((10n << 72n) | 2n);
    expect(() => intentKey('submit', 256)).toThrow(RangeError);
  });
});

describe('document and bytes', () => {
  const terms = {
    client: base.client,
    contributor: base.contributor,
    token: base.token,
    feeBps: 100,
    start: base.start,
    warrantyDays: 60,
    payees: [{ account: base.contributor, weight: 10_000 }],
    profiles: [DEFAULT_PROFILE],
    milestones: [{ amount: '1000000', due: 30, fundBy: 5, profile: 0, policy: 0 }],
    policies: [
      {
        bodies: { clients: { quorumBps: 5_001, approvalBps: 5_001 }, oracle: { criteriaHash: id('criteria') } },
        need: 1,
        holdOracle: false,
      },
    ],
    seats: [
      { account: base.client, body: 'clients' as const, weight: 1 },
      { account: base.contributor, body: 'panel' as const, weight: 2 },
    ],
    arbitration: { panelPolicy: null },
  };
  const document: TermsDocument = {
    format: 'milepost-terms/1',
    salt: `0x${'11'.repeat(16)}`,
    title: 'T',
    summary: 'S',
    terms,
  };
  const args = encodeTerms(argsOfDraft(terms, { termsHash: termsHash(document), policyHash: id('policy') }));

  it('agree', () => {
    expect(checkDocument(document, args)).toEqual([]);
    expect(decodeTerms(args).payees).toEqual([]);
    expect(decodeTerms(args)).toMatchObject({
      criteria: [id('criteria')],
      seats: [
        { id: address(2), body: 'clients', weight: 1, excluded: false },
        { id: address(3), body: 'panel', weight: 2, excluded: true },
      ],
    });
  });

  it('differ when a number or a word differs', () => {
    expect(checkDocument({ ...document, summary: 'other' }, args).map(({ path }) => path)).toEqual(['termsHash']);
    const more = { ...terms, milestones: [{ amount: '1000001', due: 30, fundBy: 5, profile: 0, policy: 0 }] };
    const seats = [{ account: base.client, body: 'clients' as const, weight: 1 }];
    expect(checkDocument({ ...document, terms: { ...terms, seats } }, args).map(({ path }) => path)).toEqual([
      'termsHash',
      'seats',
    ]);
    expect(checkDocument({ ...document, terms: more }, args).map(({ path }) => path)).toEqual([
      'termsHash',
      'milestones',
    ]);
  });
});
