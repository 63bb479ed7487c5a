import { livenessDates, longestReview, silenceRows } from './silence';
import { project } from './testing';

const { terms } = project();
const day = (days: number) => new Date((terms.start + days * 86_400) * 1000);

describe('what silence does', () => {
  it('computes the three dates from the terms alone', () => {
    const dates = livenessDates(terms);
    // fundBy 14 + 14 d to cure + 30 d
    expect(dates.nextExit).toEqual(day(58));
    expect(dates.ifNobody).toEqual(day(58));
    // due 30 + 44 + grace 3 + late 14 + 3 × (10 + 2 + 1 + 3 + 7) + 42, then warranty 60 + answer 14 + 42
    expect(dates.finalBy).toEqual(day(30 + 44 + 17 + 3 * 23 + 42 + 60 + 14 + 42));
  });

  it('needs no warranty tail without a holdback', () => {
    const plain = { ...terms, profiles: terms.profiles.map((profile) => ({ ...profile, holdbackBps: 0 })) };
    expect(livenessDates(plain).finalBy < livenessDates(terms).finalBy).toBe(true);
    expect(silenceRows(plain, 0)).toHaveLength(5);
  });

  it('has a row for each state that can wait', () => {
    expect(silenceRows(terms, 0).map((row) => row.state)).toEqual([
      'Waiting for money',
      'Work in progress',
      'In review',
      'Changes requested',
      'In dispute',
      'Warranty',
    ]);
    expect(silenceRows(terms, 9)).toEqual([]);
  });

  it('knows the longest review', () => {
    expect(longestReview(terms)).toBe(10 + 2 + 1 + 3);
  });
});
