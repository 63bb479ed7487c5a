import { Logger } from '@nestjs/common';
import { Leader, LeadershipLost } from './leader.js';
import { Pulse } from './pulse.js';
import { RpcUnavailable } from './rpc/json-rpc.js';

export interface LeaderTask {
  /** Runs once after the leadership is won. */
  takeOver(): Promise<void>;
  /** Does a little work. True: there may be more at once. */
  step(): Promise<boolean>;
}

/** Errors of this kind end the loop for good: going on would do harm. */
export type IsFatal = (error: unknown) => boolean;

const message = (error: unknown): string =>
  error instanceof Error
    ? `${error.message}${error.cause instanceof Error ? ` (${error.cause.message})` : ''}`
    : String(error);

/**
 * Runs a task in at most one process at a time: waits for the leadership, takes over, steps until it is lost or stopped,
 * and stands again. A failed step is logged, and tried again after a pause that grows to 5 s.
 */
export class LeaderLoop {
  private readonly logger: Logger;
  private readonly pulse = new Pulse();
  private running: Promise<void> | null = null;
  private stopping = false;
  /** Why the loop ended for good; null while it works. */
  alarm: string | null = null;

  constructor(
    readonly name: string,
    private readonly leader: Leader,
    private readonly task: LeaderTask,
    private readonly pauseMs: number,
    private readonly isFatal: IsFatal = () => false,
  ) {
    this.logger = new Logger(name);
  }

  /** Looks for work now instead of after the pause. */
  nudge(): void {
    this.pulse.ring();
  }

  start(): void {
    this.running ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.pulse.ring();
    // Waiting for the leadership ends only by closing the connection; work in hand is finished first.
    if (!this.leader.held) await this.leader.release();
    await this.running;
    await this.leader.release();
  }

  private async run(): Promise<void> {
    let failures = 0;
    while (!this.stopping) {
      try {
        await this.leader.acquire();
        if (this.stopping) break;
        await this.task.takeOver();
        while (!this.stopping && this.leader.held) {
          const more = await this.task.step();
          failures = 0;
          if (!more) await this.pulse.wait(this.pauseMs);
        }
      } catch (error) {
        if (this.stopping) break;
        if (this.isFatal(error)) {
          this.alarm = message(error);
          this.logger.error(`stopped for good: ${this.alarm}`);
          break;
        }
        failures += 1;
        if (error instanceof LeadershipLost) this.logger.warn(message(error));
        else if (error instanceof RpcUnavailable) this.logger.warn(`waiting for the chain: ${message(error)}`);
        else this.logger.error(message(error), error instanceof Error ? error.stack : undefined);
        await this.leader.release();
        await this.pulse.wait(Math.min(5_000, this.pauseMs * 2 ** Math.min(failures, 10)));
      }
    }
    await this.leader.release();
  }
}
