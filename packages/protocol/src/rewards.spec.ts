import fc from 'fast-check';
import {
  allocate,
  checkParams,
  epochOf,
  epochStart,
  factorsOf,
  LAUNCH_PARAMS,
  splitByShares,
  splitHoldbackFee,
  timeFactor,
  tokensAt,
  toSettle,
  WAD,
  type Acceptance,
} from './rewards.js';

const plain: Acceptance = {
  classBps: 10_000,
  assessedBps: null,
  oracleScoreBps: null,
  rulingBps: null,
  lateSeconds: 0,
  plannedSeconds: 40 * 86_400,
  round: 1,
};
const one = (account: string) => [{ account, weight: 1n }];
const units = (text: string): bigint => {
  const [whole = '0', fraction = ''] = text.split('.');
  return BigInt(whole) * WAD + BigInt(fraction.padEnd(18, '0'));
};
const sum = (lines: readonly { settle: bigint }[]): bigint => lines.reduce((total, line) => total + line.settle, 0n);

describe('allocate', () => {
  it('computes the first vector: an assessed milestone', () => {
    const fee = toSettle(500_000_000n, 6);
    const factors = factorsOf({ ...plain, assessedBps: 7_500 });
    const result = allocate(fee, factors, { payees: one('p'), funders: one('f'), assessors: one('a') });
    expect(result.net).toBe(units('375'));
    expect(result.base).toBe(units('187.5'));
    expect(result.lines.map(({ role, settle }) => [role, settle])).toEqual([
      ['payee', units('112.5')],
      ['funder', units('18.75')],
      ['assessor', units('18.75')],
    ]);
    expect(tokensAt(units('112.5'), units('1.25'))).toBe(units('90'));
  });

  it('computes the second vector: a team, not assessed', () => {
    const payees = [
      { account: 'a', weight: 5_000n },
      { account: 'b', weight: 3_333n },
      { account: 'c', weight: 1_667n },
    ];
    const result = allocate(toSettle(112_500_000n, 6), factorsOf(plain), { payees, funders: one('f'), assessors: [] });
    expect(result.net).toBe(units('84.375'));
    expect(result.base).toBe(units('42.1875'));
    expect(result.lines.map(({ settle }) => settle)).toEqual([
      units('8.4375'),
      units('5.6244375'),
      units('2.8130625'),
      units('4.21875'),
    ]);
  });

  it('gives nothing for a fee whose base is below one unit, and something from one unit on', () => {
    const to = { payees: one('p'), funders: one('f'), assessors: [] };
    // N = F - floor(F / 4), base = floor(N / 2): one unit of base needs 2.666… units of fee.
    expect(allocate(units('2.666666666666666665'), factorsOf(plain), to)).toMatchObject({ base: 0n, lines: [] });
    expect(allocate(units('2.666666666666666666'), factorsOf(plain), to).base).toBe(WAD);
  });

  it('lets the small fee of a holdback follow a milestone that has earned', () => {
    const to = { payees: one('p'), funders: one('f'), assessors: [] };
    const small = allocate(units('1.25'), factorsOf(plain), to, LAUNCH_PARAMS, 0n);
    expect(small.base).toBe(units('0.46875'));
    expect(sum(small.lines)).toBe(units('0.234375'));
    expect(allocate(1n, factorsOf(plain), to, LAUNCH_PARAMS, 0n).lines).toEqual([]);
  });

  it('never hands out more than the share of the net fee', () => {
    const bps = fc.integer({ min: 0, max: 10_000 });
    const shares = fc.array(fc.record({ account: fc.string(), weight: fc.bigInt({ min: 0n, max: 10_000n }) }), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 30n }),
        bps,
        bps,
        bps,
        bps,
        shares,
        shares,
        shares,
        (fee, w, q, t, r, payees, funders, assessors) => {
          const { base, net, lines } = allocate(fee, { w, q, t, r }, { payees, funders, assessors });
          expect(sum(lines)).toBeLessThanOrEqual(base);
          expect(base * 2n).toBeLessThanOrEqual(net);
          expect(net).toBeLessThanOrEqual(fee);
          expect(lines.every((line) => line.settle > 0n)).toBe(true);
        },
      ),
    );
  });
});

describe('splitByShares', () => {
  it('keeps every unit and gives the remainder to the first', () => {
    expect(
      splitByShares(
        100n,
        [1n, 1n, 1n].map((weight) => ({ account: '', weight })),
      ),
    ).toEqual([34n, 33n, 33n]);
    expect(splitByShares(5n, [])).toEqual([]);
  });
});

describe('splitHoldbackFee', () => {
  it('spreads by the kept amounts, the remainder to the lowest number', () => {
    const kept = [
      { milestone: 2, holdback: 100n },
      { milestone: 0, holdback: 200n },
    ];
    expect(splitHoldbackFee(100n, kept)).toEqual([
      { milestone: 0, fee: 67n },
      { milestone: 2, fee: 33n },
    ]);
  });
});

describe('factors', () => {
  it.each([
    ['not assessed', {}, 5_000],
    ['assessed', { assessedBps: 2_500 }, 2_500],
    ['oracle passed in full', { oracleScoreBps: 10_000 }, 10_000],
    ['oracle passed a part', { oracleScoreBps: 9_742 }, 9_742],
    ['oracle passed little', { oracleScoreBps: 1_200 }, 5_000],
    ['ruling just below half', { rulingBps: 4_999, oracleScoreBps: 10_000 }, 0],
    ['ruling at half', { rulingBps: 5_000 }, 5_000],
  ])('quality: %s', (_name, change, expected) => {
    expect(factorsOf({ ...plain, ...change }).q).toBe(expected);
  });

  it.each([
    [1, 10_000],
    [2, 9_000],
    [3, 8_000],
    [7, 8_000],
  ])('round %i', (round, expected) => {
    expect(factorsOf({ ...plain, round }).r).toBe(expected);
  });

  it('falls with lateness down to a half, over a quarter of the planned time or 14 days', () => {
    const planned = 40 * 86_400; // span 10 days
    expect(timeFactor(0, planned)).toBe(10_000);
    expect(timeFactor(5 * 86_400, planned)).toBe(7_500);
    expect(timeFactor(10 * 86_400, planned)).toBe(5_000);
    expect(timeFactor(90 * 86_400, planned)).toBe(5_000);
    expect(timeFactor(7 * 86_400, 400 * 86_400)).toBe(7_500);
    expect(timeFactor(1, 3)).toBe(5_000);
  });

  it('refuses a factor above one and a round that is none', () => {
    expect(() => factorsOf({ ...plain, classBps: 10_001 })).toThrow(/factor w/);
    expect(() => factorsOf({ ...plain, round: 0 })).toThrow(/round 0/);
  });
});

describe('rates', () => {
  it.each([
    ['kickbackBps', { kickbackBps: 5_001 }],
    ['shareBps', { shareBps: 7_501 }],
    ['shareBps', { shareBps: 999 }],
    ['whole base', { payeesBps: 8_001 }],
    ['issuePrice', { issuePrice: 0n }],
  ])('refuses %s out of bounds', (name, change) => {
    expect(() => checkParams({ ...LAUNCH_PARAMS, ...change })).toThrow(new RegExp(name));
  });
});

describe('units and weeks', () => {
  it('scales token units up to 18 decimals and refuses others', () => {
    expect(toSettle(1n, 6)).toBe(10n ** 12n);
    expect(toSettle(7n, 18)).toBe(7n);
    expect(() => toSettle(1n, 19)).toThrow(/19 decimals/);
    expect(() => toSettle(-1n, 6)).toThrow(/negative/);
  });

  it('begins week 2968 on Monday 2026-11-23', () => {
    const monday = Date.UTC(2026, 10, 23) / 1000;
    expect(epochOf(monday)).toBe(2968);
    expect(epochOf(monday - 1)).toBe(2967);
    expect(epochStart(2968)).toBe(monday);
  });
});
