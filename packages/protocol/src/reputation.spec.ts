import { createHash } from 'node:crypto';
import { CLIENT_STANDING, decayed, reputationUnits, saturated, scaleOf, SCALE_BASE } from './reputation.js';
import { WAD } from './rewards.js';

describe('saturated', () => {
  it.each([
    [1_000n, 1_000n * WAD],
    [10_000n, 5_000n * WAD],
    [100_000n, 11_187n * WAD + WAD / 2n],
  ])('%s net fees of one pair', (fees, expected) => {
    expect(saturated(fees * WAD)).toBe(expected);
  });

  it('counts a million as 17,914 and a bit', () => {
    expect(saturated(1_000_000n * WAD) / WAD).toBe(17_914n);
  });
});

describe('reputationUnits', () => {
  it('multiplies the gain on the curve by the factors and the client’s standing', () => {
    const given = { q: 10_000, t: 10_000, r: 10_000, g: CLIENT_STANDING.unverified, before: 0n, net: 1_000n * WAD };
    expect(reputationUnits(given)).toBe(250n * WAD);
    expect(reputationUnits({ ...given, before: 10_000n * WAD, g: 10_000 })).toBe(
      saturated(11_000n * WAD) - saturated(10_000n * WAD),
    );
  });
});

describe('decay', () => {
  it('has the published scale', () => {
    const bytes = Buffer.concat(SCALE_BASE.map((value) => Buffer.from(value.toString(16).padStart(32, '0'), 'hex')));
    const hash = createHash('sha256').update(bytes).digest('hex');
    expect(hash.slice(0, 8)).toBe('9e4b3b61');
    expect(hash.slice(-6)).toBe('846478');
  });

  it('halves in 26 weeks and keeps shares equal', () => {
    expect(decayed(1_000n * WAD, 3, 29)).toBe(500n * WAD);
    expect(scaleOf(26)).toBe(2n * scaleOf(0));
    expect(() => decayed(1n, 5, 4)).toThrow(/before/);
  });
});
