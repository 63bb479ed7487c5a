/** The same values stand in contracts/test/concrete/approval/Vectors.t.sol. */
import { AbiCoder, Signature, TypedDataEncoder, Wallet, keccak256 } from 'ethers';
import fc from 'fast-check';
import { hashTypedData } from 'viem';

import {
  BALLOT_TYPES,
  ZERO_ADDRESS,
  ZERO_HASH,
  ballotDigest,
  ballotId,
  compactBallots,
  compactEntry,
  decodeBallotWord,
  encodeAssertion,
  gateDomain,
  passkeySeatId,
  passkeySigner,
  reasonHash,
  seatsOf,
  type BallotVote,
} from './ballot.js';
import { hexOf } from './evm-words.js';

const account = (n: number): `0x${string}` => `0x${n.toString(16).padStart(40, '0')}`;
const word = (n: number | bigint): `0x${string}` => `0x${n.toString(16).padStart(64, '0')}`;
const GATE = account(0x6a7e);

const key = {
  escrow: account(0xe5c),
  milestone: 2,
  round: 1,
  question: 0,
  payBps: 10_000,
  digest: word(0xd1),
};

describe('ballot ids and typed data', () => {
  it('match the shared vectors', () => {
    expect(ballotId(key)).toBe('0x27071a26fe452696f479875efc32fd1f8f5fde35af558cc5fc40b7512b61ec39');
    const yes = { ...key, approve: true, reason: ZERO_HASH, account: ZERO_ADDRESS };
    expect(ballotDigest(31_337, GATE, yes)).toBe('0x0dafad6c17daae78b7aaee55a6e14e95b8f743b3c31c9cb81a84aa181e054035');
    const no = { ...key, approve: false, reason: word(0x4e), account: account(0x11) };
    expect(ballotDigest(31_337, GATE, no)).toBe('0x40f07e9970d88452646e3ddbbf3b7dbe52acbde4cbff1b2970fac001439a9feb');
  });

  it('equal ethers and viem for any ballot', () => {
    const hex = (size: number): fc.Arbitrary<`0x${string}`> =>
      fc.uint8Array({ minLength: size, maxLength: size }).map((bytes) => hexOf(bytes));
    const ballots = fc.record({
      escrow: hex(20),
      milestone: fc.integer({ min: 0, max: 255 }),
      round: fc.integer({ min: 0, max: 255 }),
      question: fc.integer({ min: 0, max: 3 }),
      payBps: fc.integer({ min: 0, max: 10_000 }),
      digest: hex(32),
      approve: fc.boolean(),
      reason: hex(32),
      account: hex(20),
    });
    fc.assert(
      fc.property(ballots, hex(20), fc.integer({ min: 1, max: 2 ** 31 }), (ballot, gate, chainId) => {
        const domain = gateDomain(chainId, gate);
        const ours = ballotDigest(chainId, gate, ballot);
        const types = { Ballot: BALLOT_TYPES.Ballot.map((field) => ({ ...field })) };
        expect(TypedDataEncoder.hash(domain, types, ballot)).toBe(ours);
        expect(hashTypedData({ domain, types: BALLOT_TYPES, primaryType: 'Ballot', message: ballot })).toBe(ours);
        const words = ['address', 'uint8', 'uint8', 'uint8', 'uint16', 'bytes32'];
        const { escrow, milestone, round, question, payBps, digest } = ballot;
        const coded = AbiCoder.defaultAbiCoder().encode(words, [escrow, milestone, round, question, payBps, digest]);
        expect(ballotId(ballot)).toBe(keccak256(coded));
      }),
      { numRuns: 200 },
    );
  });

  it.each<[keyof BallotVote, unknown]>([
    ['escrow', account(1)],
    ['milestone', 3],
    ['round', 2],
    ['question', 1],
    ['payBps', 9_999],
    ['digest', word(2)],
    ['approve', false],
    ['reason', word(3)],
    ['account', account(4)],
  ])('change with %s', (field, value) => {
    const vote: BallotVote = { ...key, approve: true, reason: ZERO_HASH, account: ZERO_ADDRESS };
    const other = { ...vote, [field]: value } as BallotVote;
    expect(ballotDigest(31_337, GATE, other)).not.toBe(ballotDigest(31_337, GATE, vote));
  });

  it('refuse numbers that do not fit', () => {
    expect(() => ballotId({ ...key, milestone: 256 })).toThrow(/milestone 256/);
    expect(() => ballotId({ ...key, round: -1 })).toThrow(/round -1/);
    expect(() => ballotId({ ...key, payBps: 65_536 })).toThrow(/payBps/);
    expect(() => ballotId({ ...key, question: 0.5 })).toThrow(/question/);
    expect(() => ballotId({ ...key, digest: '0x00' })).toThrow(RangeError);
  });
});

describe('compact ballots', () => {
  const wallet = new Wallet(word(7));

  it('carry r and s with the parity of v, as ERC-2098', () => {
    for (let n = 0; n < 20; n += 1) {
      const signature = wallet.signingKey.sign(word(n + 1));
      const entry = hexOf(compactEntry(n, signature.serialized));
      expect(entry).toBe(`0x${n.toString(16).padStart(2, '0')}${Signature.from(signature).compactSerialized.slice(2)}`);
      expect(hexOf(compactEntry(n, signature.compactSerialized))).toBe(entry);
      const lowV = signature.serialized.slice(0, -2) + (signature.v === 27 ? '00' : '01');
      expect(hexOf(compactEntry(n, lowV))).toBe(entry);
    }
  });

  it('are 65 bytes each', () => {
    const { serialized: signature } = wallet.signingKey.sign(word(1));
    expect(
      compactBallots([
        { seat: 1, signature },
        { seat: 2, signature },
      ]),
    ).toHaveLength(2 + 2 * 130);
    expect(compactBallots([])).toBe('0x');
  });

  it('refuse what the contract would skip', () => {
    const { serialized } = wallet.signingKey.sign(word(1));
    expect(() => compactEntry(256, serialized)).toThrow(RangeError);
    expect(() => compactEntry(0, `${serialized.slice(0, -2)}1d`)).toThrow(/v is 29/);
    expect(() => compactEntry(0, `${serialized.slice(0, 66)}ff${serialized.slice(68)}`)).toThrow(/upper half/);
    expect(() => compactEntry(0, serialized.slice(0, -4))).toThrow(RangeError);
  });
});

describe('passkeys', () => {
  it('have a seat id of their signer', () => {
    const signer = passkeySigner(account(5), word(1), word(2));
    expect(passkeySeatId(signer)).toBe(`0x${keccak256(signer).slice(26)}`);
  });

  it('sign six fields as a flat list', () => {
    const fields = ['bytes32', 'bytes32', 'uint256', 'uint256', 'bytes', 'string'];
    const assertion = {
      r: word(1),
      s: word(2),
      challengeIndex: 23,
      typeIndex: 1,
      authenticatorData: '0x010203',
      clientDataJSON: `{"type":"webauthn.get","challenge":"${'a'.repeat(43)}"}`,
    };
    const coded = AbiCoder.defaultAbiCoder().encode(fields, Object.values(assertion));
    expect(encodeAssertion(assertion)).toBe(coded);
    const exact = { ...assertion, authenticatorData: word(9), clientDataJSON: 'x'.repeat(32) };
    expect(encodeAssertion(exact)).toBe(AbiCoder.defaultAbiCoder().encode(fields, Object.values(exact)));
  });
});

describe('reasons and words', () => {
  it('hash a reason by its canonical JSON', () => {
    const reason = {
      code: 'CRIT_UNMET',
      failedCriteria: ['c1', 'c2'],
      evidenceHash: null,
      whatWouldPass: 'All cells filled.',
    } as const;
    expect(reasonHash(reason)).toBe('0x107c20b9107b5a837b165a2186af7c04a47b721f245a7dbe9a760a73bbc63c0b');
    expect(reasonHash({ ...reason, failedCriteria: ['c2', 'c1'] })).not.toBe(reasonHash(reason));
  });

  it('take a ballot word apart', () => {
    const fields: readonly (readonly [number, bigint])[] = [
      [0, 3n],
      [8, 2n],
      [16, 1n],
      [24, 0b10_00_01_01n],
      [32, 9_742n],
      [48, 1_800_000_000n],
      [88, 0b011n],
      [96, (1n << 63n) | 5n],
      [160, 1n],
      [176, 2n],
      [192, 65_535n],
      [208, 3n],
      [224, 4n],
      [240, 65_534n],
    ];
    const packed = fields.reduce((sum, [offset, value]) => sum | (value << BigInt(offset)), 0n);
    expect(decodeBallotWord(packed)).toEqual({
      status: 'Approved',
      version: 2,
      policy: 1,
      bodies: { clients: 'approved', panel: 'approved', reviewers: 'open', oracle: 'rejected' },
      payBps: 9_742,
      deadline: 1_800_000_000,
      extended: true,
      challenged: true,
      question: false,
      voted: [0, 2, 63],
      yes: { clients: 1, panel: 2, reviewers: 65_535 },
      no: { clients: 3, panel: 4, reviewers: 65_534 },
    });
    expect(decodeBallotWord(1n << 90n).question).toBe(true);
    expect(() => decodeBallotWord(7n)).toThrow(/status 7/);
    expect(() => decodeBallotWord(3n << 24n)).toThrow(/body state 3/);
  });

  it('list seats ascending', () => {
    expect(seatsOf(0b1011n)).toEqual([0, 1, 3]);
    expect(seatsOf(0n)).toEqual([]);
  });
});
