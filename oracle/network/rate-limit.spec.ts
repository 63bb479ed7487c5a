import { RateLimit } from './rate-limit.js';

describe('rate limit', () => {
  it('lets 10 events pass in any 6 s, at whatever moment the window starts', () => {
    let now = 0;
    const limit = new RateLimit(10, 6_000, () => now);
    const passed: number[] = [];
    for (now = 0; now < 60_000; now += 50) {
      if (limit.wait() > 0) continue;
      limit.take();
      passed.push(now);
    }
    for (const start of passed)
      expect(passed.filter((time) => time >= start && time < start + 6_000).length).toBeLessThanOrEqual(10);
    expect(passed.length).toBe(100);
  });

  it('says how long to wait, and refuses one too many', () => {
    let now = 1_000;
    const limit = new RateLimit(2, 6_000, () => now);
    limit.take();
    now = 2_000;
    limit.take();
    expect(limit.wait()).toBe(5_000);
    expect(() => {
      limit.take();
    }).toThrow('quota: 2 events in 6000 ms');
    now = 7_000;
    expect(limit.wait()).toBe(0);
  });
});
