import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import { DataSource, EntityManager } from 'typeorm';

interface Work {
  readonly manager: EntityManager;
  readonly afterCommit: (() => void | Promise<void>)[];
}

/**
 * One transaction per use case. Business rows, the audit event and the outbox row are written through it together.
 * No RPC, HTTP or file call belongs inside: a transaction holds locks.
 */
@Injectable()
export class UnitOfWork {
  readonly #store = new AsyncLocalStorage<Work>();
  readonly #checks: ((tx: EntityManager) => Promise<void>)[] = [];

  constructor(private readonly dataSource: DataSource) {}

  /** True inside {@link transaction}. */
  get isActive(): boolean {
    return this.#store.getStore() !== undefined;
  }

  /** The running transaction, or the pool (each statement commits by itself). */
  get manager(): EntityManager {
    return this.#store.getStore()?.manager ?? this.dataSource.manager;
  }

  /**
   * Runs `work` in one transaction; an outer one is joined, so that nested use cases commit or fail as a whole.
   * @throws whatever `work` throws, after the rollback
   */
  async transaction<T>(work: (tx: EntityManager) => Promise<T>): Promise<T> {
    const outer = this.#store.getStore();
    if (outer !== undefined) return work(outer.manager);
    const afterCommit: Work['afterCommit'] = [];
    const result = await this.dataSource.transaction((manager) =>
      this.#store.run({ manager, afterCommit }, async () => {
        const done = await work(manager);
        for (const check of this.#checks) await check(manager);
        return done;
      }),
    );
    for (const hook of afterCommit) await hook();
    return result;
  }

  /** Runs `check` at the end of every outermost transaction, before it commits; what it throws takes the transaction back. */
  beforeCommit(check: (tx: EntityManager) => Promise<void>): void {
    this.#checks.push(check);
  }

  /** Runs `hook` once the outermost transaction has committed (at once when none runs); never after a rollback. */
  async afterCommit(hook: () => void | Promise<void>): Promise<void> {
    const work = this.#store.getStore();
    if (work === undefined) await hook();
    else work.afterCommit.push(hook);
  }
}
