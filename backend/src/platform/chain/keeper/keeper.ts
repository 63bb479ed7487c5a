import { createHash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import type { UnitOfWork } from '../../database/index.js';
import type { ChainReader } from '../chain-reader.js';
import { ContractError } from '../contract-error.js';
import type { LeaderTask } from '../leader-loop.js';
import type { ChainAction, Relayer } from '../relayer.js';
import { Problem } from '../../http/index.js';

/** A call that anyone may make and that is due now. */
export interface DueCall {
  readonly action: ChainAction;
  /** What makes this occasion different from an earlier one of the same call, e.g. the round, or the block of the last event. */
  readonly occasion: string;
  readonly project: string | null;
  readonly milestone: number | null;
}

/** A feature module's clocks. */
export interface KeeperTask {
  readonly name: string;
  /** What is due at `chainTime` (Unix seconds of the newest block). May read the chain; not called in a transaction. */
  due(chainTime: number): Promise<readonly DueCall[]>;
}

/** Where feature modules register (in `onModuleInit`) the clocks that the keeper looks after. */
@Injectable()
export class KeeperTasks {
  readonly all: KeeperTask[] = [];

  register(task: KeeperTask): void {
    if (this.all.some((known) => known.name === task.name))
      throw new Error(`keeper task "${task.name}" is registered twice`);
    this.all.push(task);
  }
}

/** Seconds after which a call that failed is tried again. */
const RETRY_SECONDS = 30;

/**
 * Makes every call that anyone may make, soon after it is due, by the chain's own time. Safety never depends on it: each call
 * is open to everybody.
 */
export class Keeper implements LeaderTask {
  private readonly logger = new Logger('keeper');
  private readonly failedAt = new Map<string, number>();

  constructor(
    private readonly chainId: number,
    private readonly tasks: KeeperTasks,
    private readonly reader: ChainReader,
    private readonly relayer: Relayer,
    private readonly uow: UnitOfWork,
  ) {}

  takeOver(): Promise<void> {
    this.failedAt.clear();
    return Promise.resolve();
  }

  async step(): Promise<boolean> {
    const { time } = await this.reader.head();
    for (const task of this.tasks.all) for (const call of await task.due(time)) await this.make(task, call, time);
    return false;
  }

  private async make(task: KeeperTask, call: DueCall, time: number): Promise<void> {
    const key = keyOf(this.chainId, call);
    if (time - (this.failedAt.get(key) ?? -RETRY_SECONDS) < RETRY_SECONDS) return;
    try {
      await this.relayer.simulate(call.action);
      await this.uow.transaction((em) =>
        this.relayer.enqueue(em, {
          action: call.action,
          idempotency: key,
          person: null,
          project: call.project,
          milestone: call.milestone,
        }),
      );
      this.failedAt.delete(key);
    } catch (error) {
      if (!(error instanceof Problem || error instanceof ContractError)) throw error;
      // Somebody else was faster, or a clock is not quite over: the next look decides anew.
      this.failedAt.set(key, time);
      this.logger.debug(`${task.name}: ${call.action.kind} not made: ${error.message}`);
    }
  }
}

const keyOf = (chainId: number, call: DueCall): string =>
  `keeper/${createHash('sha256')
    .update(JSON.stringify([chainId, call.action, call.occasion]))
    .digest('hex')}`;
