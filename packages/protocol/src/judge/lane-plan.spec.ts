import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Hex } from '../canonical.js';
import { doubledItems, drawItems, drawKey, kappaBps, LANE_V1, macroF1Bps, payableBps } from './lane-plan.js';

/** The vectors of scenario D, as they were handed to us. */
const vectors = JSON.parse(
  readFileSync(path.join(import.meta.dirname, '..', '..', 'vectors', 'lane-v1.json'), 'utf8'),
) as {
  spec: Record<string, number>;
  draw: Record<'root' | 'randomness' | 'drawKey' | 'sha256OfCommaJoinedList', Hex> & {
    firstTen: number[];
    last: number;
    hashesUsed: number;
    sum: number;
  };
  macroF1: { matrixRowsGoldColumnsPredicted: number[][]; correct: number; total: number; bps: number };
  kappa: { matrix: number[][]; bps: number };
  acceptProbability: { defectRate: string; binomial: string }[];
  payBps: { payableItems: number; items: number; bps: number };
};

describe('lane-v1', () => {
  it('is the plan of the specification', () => {
    expect({
      lot: 5_000,
      sample: LANE_V1.sample,
      acceptDefects: LANE_V1.acceptDefects,
      rejectDefects: LANE_V1.acceptDefects + 1,
      goldItems: LANE_V1.goldItems,
      macroF1Bps: LANE_V1.macroF1Bps,
      doubleLabelled: doubledItems(5_000),
      kappaBps: LANE_V1.kappaBps,
    }).toEqual(expect.objectContaining({ ...numbersOf(vectors.spec) }));
    expect(doubledItems(5_001)).toBe(400);
  });

  it('draws the items of the vector', () => {
    const { draw } = vectors;
    const key = drawKey(draw.root, draw.randomness);
    const { items, hashes } = drawItems(key, 5_000);
    expect(key).toBe(draw.drawKey);
    expect(items.slice(0, 10)).toEqual(draw.firstTen);
    expect(items.at(-1)).toBe(draw.last);
    expect(hashes).toBe(draw.hashesUsed);
    expect(items.reduce((sum, item) => sum + item, 0)).toBe(draw.sum);
    expect(`0x${createHash('sha256').update(items.join(',')).digest('hex')}`).toBe(draw.sha256OfCommaJoinedList);
  });

  it('draws every item of a lot alike', () => {
    // 300 draws of 200 from 1,000: each item is expected 60 times; 6 standard deviations are 42.
    const times = new Map<number, number>();
    for (let i = 0; i < 300; i++) {
      const { items } = drawItems(drawKey(`0x${'11'.repeat(32)}`, `0x${String(i).padStart(64, '0')}`), 1_000);
      expect(new Set(items).size).toBe(200);
      for (const item of items) times.set(item, (times.get(item) ?? 0) + 1);
    }
    expect(times.size).toBe(1_000);
    for (const count of times.values()) expect(Math.abs(count - 60)).toBeLessThanOrEqual(42);
  });

  it('cannot draw more than there is', () => {
    expect(drawItems(`0x${'22'.repeat(32)}`, 200).items.sort((a, b) => a - b)).toEqual([...Array(200).keys()]);
    expect(() => drawItems(`0x${'22'.repeat(32)}`, 199)).toThrow('200 items cannot be drawn from 199');
  });

  it('has the F1 of the vector', () => {
    const { matrixRowsGoldColumnsPredicted: matrix, correct, total, bps } = vectors.macroF1;
    expect(matrix.flat().reduce((sum, cell) => sum + cell, 0)).toBe(total);
    expect(matrix.reduce((sum, row, i) => sum + row[i]!, 0)).toBe(correct);
    expect(macroF1Bps(matrix)).toBe(bps);
  });

  it.each([
    [
      'all right',
      [
        [7, 0],
        [0, 3],
      ],
      10_000,
    ],
    [
      'all wrong',
      [
        [0, 7],
        [3, 0],
      ],
      0,
    ],
    // (2·1/3 + 0/1) / 2 = 1/3
    [
      'floored, not rounded',
      [
        [1, 1],
        [0, 0],
      ],
      3_333,
    ],
    [
      'a class absent on both sides is left out',
      [
        [5, 0, 0],
        [0, 0, 0],
        [0, 0, 5],
      ],
      10_000,
    ],
    [
      'nothing at all',
      [
        [0, 0],
        [0, 0],
      ],
      0,
    ],
  ])('F1: %s', (_what, matrix, bps) => {
    expect(macroF1Bps(matrix)).toBe(bps);
  });

  it.each([
    ['the vector', vectors.kappa.matrix, vectors.kappa.bps],
    [
      'exactly enough',
      [
        [225, 25],
        [25, 225],
      ],
      8_000,
    ],
    [
      'never agreed: clamped at 0',
      [
        [0, 250],
        [250, 0],
      ],
      0,
    ],
    [
      'one label only: says nothing',
      [
        [500, 0],
        [0, 0],
      ],
      undefined,
    ],
    ['nothing', [[0]], undefined],
  ])('kappa: %s', (_what, matrix, bps) => {
    expect(kappaBps(matrix)).toBe(bps);
  });

  it('accepts lots as often as the plan says', () => {
    const choose = (n: number, k: number): number =>
      Array.from({ length: k }, (_, i) => (n - i) / (i + 1)).reduce((product, factor) => product * factor, 1);
    for (const { defectRate, binomial } of vectors.acceptProbability) {
      const p = Number(defectRate.replace(' %', '')) / 100;
      let accepted = 0;
      for (let k = 0; k <= LANE_V1.acceptDefects; k++)
        accepted += choose(LANE_V1.sample, k) * p ** k * (1 - p) ** (LANE_V1.sample - k);
      expect(accepted.toFixed(4)).toBe(binomial);
    }
  });

  it('pays counted items, floored', () => {
    expect(payableBps(vectors.payBps.payableItems, vectors.payBps.items)).toBe(vectors.payBps.bps);
    expect(payableBps(1, 10_000)).toBe(1);
    expect(payableBps(9_999, 10_000)).toBe(9_999);
  });
});

function numbersOf(spec: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(spec).filter(([, value]) => typeof value === 'number'));
}
