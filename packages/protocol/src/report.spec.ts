import { AbiCoder, concat, getBytes, hexlify, keccak256, SigningKey, toBeHex, Wallet } from 'ethers';
import fc from 'fast-check';
import {
  configId,
  decodeMetrics,
  decodePayload,
  decodeRawReport,
  encodeMetrics,
  encodePayload,
  encodeRawReport,
  encodeReportContext,
  HEADER_BYTES,
  metadataOf,
  PAYLOAD_BYTES,
  reasonNumber,
  reportDigest,
  reportSigners,
  requestId,
  Verdict,
  workflowNameField,
  type ReportPayload,
} from './report.js';

const word = (byte: string): `0x${string}` => `0x${byte.repeat(32)}`;
const address = (byte: string): `0x${string}` => `0x${byte.repeat(20)}`;
const payload: ReportPayload = {
  schema: 1,
  chainSelector: 7_759_470_850_252_068_959n,
  receiver: address('a1'),
  requestId: word('b2'),
  escrow: address('c3'),
  milestone: 1,
  round: 2,
  digest: word('d4'),
  criteriaHash: word('e5'),
  verdict: Verdict.PASSED,
  payBps: 9_742,
  observedAt: 1_790_000_000n,
  validUntil: 1_790_086_400n,
  metrics: encodeMetrics([0, 5, 1, 2]),
  evidenceHash: word('f6'),
};
const PAYLOAD_TYPES =
  'uint8 uint64 address bytes32 address uint8 uint8 bytes32 bytes32 uint8 uint16 uint64 uint64 bytes32 bytes32'.split(
    ' ',
  );

describe('report payload', () => {
  it('is the ABI encoding of fifteen static words', () => {
    const expected = AbiCoder.defaultAbiCoder().encode(PAYLOAD_TYPES, Object.values(payload));
    expect(hexlify(encodePayload(payload))).toBe(expected);
    expect(encodePayload(payload)).toHaveLength(PAYLOAD_BYTES);
    expect(decodePayload(getBytes(expected))).toEqual(payload);
  });

  it('reads back every payload', () => {
    const hex = (size: number) =>
      fc.uint8Array({ minLength: size, maxLength: size }).map((bytes) => hexlify(bytes) as `0x${string}`);
    const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    const any = fc.record<ReportPayload>({
      schema: fc.constant(1),
      chainSelector: u64,
      receiver: hex(20),
      requestId: hex(32),
      escrow: hex(20),
      milestone: fc.nat(255),
      round: fc.nat(255),
      digest: hex(32),
      criteriaHash: hex(32),
      verdict: fc.constantFrom(Verdict.PASSED, Verdict.FAILED),
      payBps: fc.nat(65_535),
      observedAt: u64,
      validUntil: u64,
      metrics: hex(32),
      evidenceHash: hex(32),
    });
    fc.assert(fc.property(any, (one) => expect(decodePayload(encodePayload(one))).toEqual(one)));
  });

  it.each([
    ['one byte short', (bytes: Uint8Array) => bytes.slice(1), 'payload has 479 bytes'],
    ['one byte long', (bytes: Uint8Array) => Uint8Array.of(...bytes, 0), 'payload has 481 bytes'],
    ['another schema', (bytes: Uint8Array) => bytes.with(31, 2), 'payload schema 2 is unknown'],
    ['verdict 0', (bytes: Uint8Array) => bytes.with(9 * 32 + 31, 0), 'verdict 0 is unknown'],
    ['a dirty address word', (bytes: Uint8Array) => bytes.with(2 * 32, 1), 'payload field receiver is out of range'],
  ])('refuses %s', (_what, change, message) => {
    expect(() => decodePayload(change(encodePayload(payload)))).toThrow(message);
  });

  it.each([
    [{ payBps: 65_536 }, '65536 does not fit 2 bytes'],
    [{ milestone: -1 }, '-1 does not fit 1 bytes'],
    [{ digest: '0x12' as const }, '32 bytes are expected, not 1'],
  ])('does not encode %j', (change, message) => {
    expect(() => encodePayload({ ...payload, ...change })).toThrow(message);
  });

  it('packs eight u32 figures', () => {
    expect(decodeMetrics(encodeMetrics([2, 3, 4_294_967_295]))).toEqual([2, 3, 4_294_967_295, 0, 0, 0, 0, 0]);
    expect(() => encodeMetrics([4_294_967_296])).toThrow('does not fit 4 bytes');
    expect([
      reasonNumber('CRIT_UNMET'),
      reasonNumber('TEST_FAILED'),
      reasonNumber('AQL_EXCEEDED'),
      reasonNumber('OTHER'),
    ]).toEqual([1, 2, 3, 12]);
  });
});

describe('request id', () => {
  it('is keccak256 of the ABI encoding', () => {
    const fields = {
      chainId: 31_337n,
      oracle: address('01'),
      gate: address('02'),
      escrow: address('03'),
      milestone: 4,
      round: 5,
      digest: word('06'),
      criteriaHash: word('07'),
    };
    const types = 'uint256 address address address uint8 uint8 bytes32 bytes32'.split(' ');
    expect(requestId(fields)).toBe(keccak256(AbiCoder.defaultAbiCoder().encode(types, Object.values(fields))));
  });
});

describe('raw report', () => {
  const header = {
    version: 1 as const,
    executionId: word('11'),
    timestamp: 1_790_000_000,
    donId: 1,
    configVersion: 7,
    workflowId: word('22'),
    workflowName: workflowNameField('milepost-judge'),
    workflowOwner: address('33'),
    reportId: '0x0001' as const,
  };
  const raw = encodeRawReport(header, encodePayload(payload));

  it('stands at the offsets that the forwarder reads', () => {
    expect(raw).toHaveLength(HEADER_BYTES + PAYLOAD_BYTES);
    const hex = hexlify(raw).slice(2);
    const at = (offset: number, size: number): string => `0x${hex.slice(offset * 2, (offset + size) * 2)}`;
    expect([at(0, 1), at(1, 32), at(33, 4)]).toEqual(['0x01', header.executionId, toBeHex(header.timestamp, 4)]);
    expect([at(37, 4), at(41, 4), at(45, 32)]).toEqual(['0x00000001', '0x00000007', header.workflowId]);
    expect([at(77, 10), at(87, 20), at(107, 2)]).toEqual([header.workflowName, header.workflowOwner, header.reportId]);
    expect(metadataOf(raw)).toBe(
      concat([header.workflowId, header.workflowName, header.workflowOwner, header.reportId]),
    );
    expect(decodeRawReport(raw)).toEqual({ header, payload: encodePayload(payload) });
  });

  it('names the workflow by ten hex characters of its SHA-256', () => {
    expect(workflowNameField('milepost-judge')).toBe('0x63633833356662643638');
  });

  it('packs don and config version as the forwarder does', () => {
    expect(configId(1, 7)).toBe((1n << 32n) + 7n);
  });

  it('recovers who signed the hash without a message prefix', () => {
    const context = encodeReportContext(word('44'), 9n);
    expect(context).toHaveLength(96);
    const digest = keccak256(concat([keccak256(raw), context]));
    expect(reportDigest(raw, context)).toBe(digest);
    const wallets = [Wallet.createRandom(), Wallet.createRandom()];
    const signatures = wallets.map((wallet) => {
      const { r, s, yParity } = new SigningKey(wallet.privateKey).sign(digest);
      return concat([r, s, toBeHex(yParity, 1)]);
    });
    expect(reportSigners(raw, context, signatures)).toEqual(wallets.map((wallet) => wallet.address.toLowerCase()));
    expect(reportSigners(raw.with(200, 0), context, signatures)).not.toContain(wallets[0]?.address.toLowerCase());
    const ethereum = concat([signatures[0]!.slice(0, -2), '0x1b']);
    expect(() => reportSigners(raw, context, [ethereum])).toThrow('v is expected to be 0 or 1');
  });

  it('refuses less than a header and another version', () => {
    expect(() => decodeRawReport(raw.slice(0, 108))).toThrow('raw report has 108 bytes');
    expect(() => decodeRawReport(raw.with(0, 2))).toThrow('report version 2 is unknown');
  });
});
