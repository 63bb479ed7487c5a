import fc from 'fast-check';
import {
  DAY,
  MoneyError,
  arbitrationCosts,
  decisionParts,
  firstHalf,
  forfeitedBond,
  fundingNeed,
  killCover,
  lateBps,
  payout,
  refundShares,
  shareOf,
  shiftForCosts,
  splitByWeight,
} from './money.js';

const amount = fc.bigInt({ min: 0n, max: 2n ** 96n - 1n });
const bps = fc.integer({ min: 0, max: 10_000 });
const weights = fc
  .array(fc.integer({ min: 1, max: 1_000 }), { minLength: 0, maxLength: 7 })
  .map((others) => [10_000 - others.reduce((sum, weight) => sum + weight, 0), ...others]);
const sum = (parts: readonly bigint[]): bigint => parts.reduce((total, part) => total + part, 0n);

describe('one decided milestone', () => {
  it('gives the figures of the research package', () => {
    expect(
      decisionParts({
        amount: 9_333_333_333n,
        payBps: 10_000,
        lateBps: 200,
        holdbackBps: 1_000,
        feeBps: 100,
        weights: [5_000, 3_333, 1_667],
      }),
    ).toEqual({
      gross: 9_333_333_333n,
      lateCredit: 186_666_666n,
      accepted: 9_146_666_667n,
      holdback: 914_666_666n,
      refundable: 186_666_666n,
      payable: 8_232_000_001n,
      fee: 82_320_000n,
      net: 8_149_680_001n,
      split: [4_074_840_001n, 2_716_288_344n, 1_358_551_656n],
    });
  });

  it('sends every unit to a named place', () => {
    fc.assert(
      fc.property(amount, bps, bps, bps, bps, weights, (G, payBps, late, holdbackBps, feeBps, parts) => {
        const p = decisionParts({ amount: G, payBps, lateBps: late, holdbackBps, feeBps, weights: parts });
        expect(p.refundable + p.holdback + p.fee + sum(p.split)).toBe(G);
        expect(p.gross - p.lateCredit).toBe(p.accepted);
        expect(p.accepted).toBe(p.holdback + p.payable);
      }),
    );
  });

  it('floors each division: a part is within one unit of the exact one, never above', () => {
    fc.assert(
      fc.property(amount, bps, (value, rate) => {
        const part = shareOf(value, rate) * 10_000n;
        const exact = value * BigInt(rate);
        expect(part <= exact && part > exact - 10_000n).toBe(true);
      }),
    );
  });
});

describe('split', () => {
  it('gives the remainder to the first-listed payee alone', () => {
    fc.assert(
      fc.property(amount, weights, (value, parts) => {
        const split = splitByWeight(value, parts);
        expect(sum(split)).toBe(value);
        expect(split.slice(1)).toEqual(parts.slice(1).map((weight) => shareOf(value, weight)));
      }),
    );
  });

  it('gives all to the contributor when no payee is listed', () => {
    expect(splitByWeight(7n, [])).toEqual([7n]);
  });

  it('refuses weights that do not sum to 10,000', () => {
    expect(() => splitByWeight(1n, [5_000, 4_999])).toThrow(
      new MoneyError('Payee weights sum to 9999; they must sum to 10,000.'),
    );
  });

  it('takes the fee before it splits', () => {
    expect(payout(625_000_000n, 100, [])).toEqual({
      payable: 625_000_000n,
      fee: 6_250_000n,
      net: 618_750_000n,
      split: [618_750_000n],
    });
  });
});

describe('lateness', () => {
  const terms = { dueAt: 1_000_000, graceDays: 3, lateDailyBps: 50, lateCapBps: 500 };
  const limit = 1_000_000 + 3 * DAY;
  it.each([
    [limit, 0],
    [limit + 1, 50],
    [limit + DAY, 50],
    [limit + DAY + 1, 100],
    [limit + 10 * DAY, 500],
    [limit + 10 * DAY + 1, 500],
  ])('at second %d is %d bps', (submittedAt, expected) => {
    expect(lateBps({ ...terms, submittedAt })).toBe(expected);
  });
});

describe('funding', () => {
  const planned = [
    { amount: 9_999_999_999n, killBps: 1_500 },
    { amount: 15_000_000_001n, killBps: 1_500 },
    { amount: 20_000_000_002n, killBps: 1_500 },
  ];
  it('reserves the kill cover of all others with the first milestone', () => {
    expect(fundingNeed(planned, false)).toBe(9_999_999_999n + 2_250_000_000n + 3_000_000_000n);
  });
  it('asks a later milestone for its amount less its own cover', () => {
    expect(fundingNeed(planned.slice(1), true)).toBe(12_750_000_001n);
  });
  it('sums to the project amount whatever the kill rates', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ amount, killBps: bps }), { minLength: 1, maxLength: 16 }), (milestones) => {
        const needs = milestones.map((_, index) => fundingNeed(milestones.slice(index), index > 0));
        expect(sum(needs)).toBe(sum(milestones.map((milestone) => milestone.amount)));
      }),
    );
  });
  it('floors the cover', () => {
    expect(killCover(15_000_000_001n, 1_500)).toBe(2_250_000_000n);
  });
  it('refuses a project without planned milestones', () => {
    expect(() => fundingNeed([], true)).toThrow(MoneyError);
  });
});

describe('refunds', () => {
  it('gives the remainder to the first funder', () => {
    expect(refundShares(35_000_000_003n, [25_000_000_000n, 20_000_000_002n])).toEqual([
      19_444_444_446n,
      15_555_555_557n,
    ]);
  });
  it('loses nothing', () => {
    fc.assert(
      fc.property(amount, fc.array(amount, { minLength: 1, maxLength: 8 }), (refundable, contributions) => {
        const shares = refundShares(refundable, contributions);
        expect(sum(shares)).toBe(refundable);
        expect(shares.every((share) => share >= 0n)).toBe(true);
      }),
    );
  });
  it('gives all to the client when nobody put anything in', () => {
    expect(refundShares(5n, [0n, 0n])).toEqual([5n, 0n]);
  });
});

describe('arbitration money', () => {
  it('shares the fee by the result', () => {
    expect(arbitrationCosts(1_200_000_000n, 7_000)).toEqual({ payees: 360_000_000n, clients: 840_000_000n });
  });
  it('halves a lost bond, the odd unit to the treasury', () => {
    expect(forfeitedBond(50_000_001n)).toEqual({ otherSide: 25_000_000n, treasury: 25_000_001n });
  });
  it('moves the result against the side that did not deposit, within bounds', () => {
    expect(shiftForCosts(7_000, 360n, 10_000n, 'payees')).toBe(6_640);
    expect(shiftForCosts(7_000, 840n, 10_000n, 'clients')).toBe(7_840);
    expect(shiftForCosts(100, 9_000n, 10_000n, 'payees')).toBe(0);
    expect(shiftForCosts(9_900, 9_000n, 10_000n, 'clients')).toBe(10_000);
  });
  it('pays the smaller half of an odd holdback pot first', () => {
    expect(firstHalf(1_249_999_999n)).toBe(624_999_999n);
  });
});

it.each([
  [-1n, 100],
  [1n, -1],
  [1n, 10_001],
  [1n, 0.5],
])('refuses shareOf(%s, %s)', (value, rate) => {
  expect(() => shareOf(value, rate)).toThrow(MoneyError);
});
