import { durationWords, relativeTime, remaining } from './time';

const now = new Date('2026-03-28T12:00:00Z');
const plus = (seconds: number) => new Date(now.getTime() + seconds * 1000);

describe('times in words', () => {
  it('says how far away a moment is', () => {
    expect(relativeTime(plus(2), now)).toBe('just now');
    expect(relativeTime(plus(-90), now)).toBe('1 minute ago');
    expect(relativeTime(plus(3 * 86_400), now)).toBe('in 3 days');
    expect(relativeTime(plus(100 * 86_400), now)).toMatch(/^on \d+ Jul 2026$/);
  });

  it('counts down in elapsed seconds, whatever the wall clock does', () => {
    // Clocks in Europe jump on 29 March 2026; two days stay 48 hours.
    expect(remaining(plus(2 * 86_400), now)).toBe('2 d 0 h');
    expect(remaining(plus(3_661), now)).toBe('1 h 1 min');
    expect(remaining(plus(61), now)).toBe('1 min 1 s');
    expect(remaining(plus(-5), now)).toBe('0 s');
  });

  it('names durations by their largest whole unit', () => {
    expect([0, 86_400, 172_800, 3_600, 90].map(durationWords)).toEqual([
      'none',
      '1 day',
      '2 days',
      '1 hour',
      '2 minutes',
    ]);
  });
});
