import { jest } from '@jest/globals';
import { compareLives } from './run.js';
import { Random } from './random.js';

jest.setTimeout(120_000);

it('the contracts do what the reference model says, to the unit, in random lives of projects', async () => {
  const report = await compareLives({ lives: 25, steps: 50, seed: 20_261_121 });
  expect(report.failures).toEqual([]);
  // A run in which nearly nothing succeeds would prove nothing.
  expect(report.succeeded).toBeGreaterThan(report.steps / 3);
  expect(Object.keys(report.seen).filter((what) => what.endsWith(' ok')).length).toBeGreaterThan(15);
});

it('the same seed gives the same numbers', () => {
  const draw = (seed: number): number[] => {
    const random = new Random(seed);
    return Array.from({ length: 20 }, () => random.whole(0, 1_000));
  };
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
});
