/** At most so many events in any window of time. */
export class RateLimit {
  private times: number[] = [];

  constructor(
    private readonly limit: number,
    private readonly windowMilliseconds: number,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  /** Milliseconds until the next event may happen; 0 if it may now. */
  wait(): number {
    const now = this.clock();
    this.times = this.times.filter((time) => now - time < this.windowMilliseconds);
    const [oldest] = this.times;
    return this.times.length < this.limit || oldest === undefined ? 0 : oldest + this.windowMilliseconds - now;
  }

  /** Counts an event. @throws when it is one too many. */
  take(): void {
    if (this.wait() > 0)
      throw new Error(`quota: ${String(this.limit)} events in ${String(this.windowMilliseconds)} ms`);
    this.times.push(this.clock());
  }
}
