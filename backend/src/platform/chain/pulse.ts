/** A pause that can be cut short. */
export class Pulse {
  private wake: (() => void) | null = null;
  private rung = false;

  /** Resolves after `ms`, or at once when {@link ring} was called since the last wait. */
  wait(ms: number): Promise<void> {
    if (this.rung) {
      this.rung = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.wake?.(), ms);
      this.wake = () => {
        clearTimeout(timer);
        this.wake = null;
        this.rung = false;
        resolve();
      };
    });
  }

  ring(): void {
    this.rung = true;
    this.wake?.();
  }
}
