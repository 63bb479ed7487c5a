/** The same bytes stand in contracts/test/concrete/approval/Vectors.t.sol. */
import {
  ArbitrationPolicyError,
  DEFAULT_LADDER_WINDOWS,
  checkArbitrationPolicy,
  decodeArbitrationPolicy,
  disputeId,
  encodeArbitrationPolicy,
  ladderSeconds,
  type ArbitrationPolicy,
} from './arbitration-policy.js';

const account = (n: number): `0x${string}` => `0x${n.toString(16).padStart(40, '0')}`;

const ladder: ArbitrationPolicy = {
  panelPolicy: 3,
  arbitrator: account(0xad),
  fallbackArbitrator: account(0xfa),
  fee: 1_200_000_000n,
  bond: 50_000_001n,
  settleFeeBps: 2_500,
  windows: DEFAULT_LADDER_WINDOWS,
};

const ladderBytes =
  '0x010300000000000000000000000000000000000000ad00000000000000000000000000000000000000fa000000000000000047868c00000000000000000002faf08109c406978003f48002a30003f480069780127500093a80';

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ArbitrationPolicyError) return error.code;
    throw error;
  }
  return 'none';
}

describe('arbitration policy', () => {
  it('encodes and reads the shared vector', () => {
    expect(encodeArbitrationPolicy(ladder)).toBe(ladderBytes);
    expect(decodeArbitrationPolicy(ladderBytes)).toEqual(ladder);
    const plain = { ...ladder, panelPolicy: null, fallbackArbitrator: null };
    expect(decodeArbitrationPolicy(encodeArbitrationPolicy(plain))).toEqual(plain);
  });

  it('knows the longest way', () => {
    expect(ladderSeconds(ladder)).toBe(39 * 86_400);
    expect(ladderSeconds({ ...ladder, fallbackArbitrator: null })).toBe(32 * 86_400);
    expect(ladderSeconds({ ...ladder, panelPolicy: null })).toBe(34 * 86_400);
  });

  it('fits 39 days and 3 to spare into 42, and not into 41', () => {
    expect(codeOf(() => checkArbitrationPolicy(ladder, [], 42))).toBe('none');
    expect(codeOf(() => checkArbitrationPolicy(ladder, [], 41))).toBe('LadderTooLong');
  });

  it.each<[string, Partial<ArbitrationPolicy>]>([
    ['BadArbitrator', { arbitrator: account(0) }],
    ['BadArbitrator', { arbitrator: 'nobody' }],
    ['BadArbitrator', { fallbackArbitrator: account(0xad) }],
    ['BadArbitrator', { arbitrator: account(0x10) }],
    ['BadArbitrator', { fallbackArbitrator: account(0x10) }],
    ['BadTerms', { settleFeeBps: 10_001 }],
    ['BadTerms', { windows: { ...DEFAULT_LADDER_WINDOWS, appeal: 0 } }],
    ['BadTerms', { windows: { ...DEFAULT_LADDER_WINDOWS, deposit: 0 } }],
    ['BadTerms', { windows: { ...DEFAULT_LADDER_WINDOWS, ruling: 0 } }],
    ['BadTerms', { windows: { ...DEFAULT_LADDER_WINDOWS, panel: 0 } }],
    ['BadTerms', { windows: { ...DEFAULT_LADDER_WINDOWS, fallback: 0 } }],
  ])('%s (%#)', (code, change) => {
    expect(codeOf(() => checkArbitrationPolicy({ ...ladder, ...change }, [account(0x10)]))).toBe(code);
  });

  it('refuses malformed bytes and numbers that do not fit', () => {
    expect(codeOf(() => decodeArbitrationPolicy(`${ladderBytes}00`))).toBe('BadLength');
    expect(codeOf(() => decodeArbitrationPolicy(ladderBytes.replace('0x01', '0x02')))).toBe('BadCodec');
    expect(codeOf(() => encodeArbitrationPolicy({ ...ladder, panelPolicy: 255 }))).toBe('BadPanelPolicy');
    expect(() => encodeArbitrationPolicy({ ...ladder, fee: 2n ** 96n })).toThrow(RangeError);
    expect(() => encodeArbitrationPolicy({ ...ladder, windows: { ...ladder.windows, panel: 2 ** 24 } })).toThrow(
      RangeError,
    );
  });

  it('names disputes as the contract does', () => {
    expect(disputeId(account(0xe5c), 2, 1)).toBe('0xf582aa87b8a8a0fffb2441cc692e5906e3b669e4c6e88f5da80840d7f6992d39');
  });
});
