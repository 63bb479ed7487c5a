import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { ChainLog, ContractKind } from './chain-log.js';

/** Event names per kind of contract. */
export type EventNames = Partial<Record<ContractKind, readonly string[]>>;

/**
 * A feature module's view of the chain. It turns logs into rows of its own tables, inside the indexer's transaction.
 *
 * Rules that make it safe against reorganisations and rebuilds:
 * - `apply` writes only to `tables`, and is a pure function of the log, those tables and rows that never change
 *   (it may read other tables; it never reads the clock, the chain, a file or the network, and emits nothing);
 * - table names in its SQL carry no schema, because a rebuild replays into temporary copies of the same names;
 * - nobody else writes to `tables`. Each has a primary key, and no column with a serial or a clock as default.
 * It needs no code for reverting: the indexer journals every row change until its block is final and plays it back.
 */
export interface Projection {
  /** Unique name, for messages. */
  readonly name: string;
  /** Tables this projection alone writes. */
  readonly tables: readonly string[];
  readonly events: EventNames;
  apply(em: EntityManager, log: ChainLog): Promise<void>;
}

/**
 * Reactions to the chain that are no projection: announcements and audit entries. Each is called with the logs of one
 * step in chain order, in the transaction of that step, after the projections; a rebuild calls none of them.
 */
export interface ChainListener {
  readonly name: string;
  readonly events: EventNames;
  /** The logs are in a block now; a reorganisation may still take them back. */
  onIncluded?(em: EntityManager, logs: readonly ChainLog[]): Promise<void>;
  /** The logs were taken back by a reorganisation. */
  onReverted?(em: EntityManager, logs: readonly ChainLog[]): Promise<void>;
  /** The logs are final. For what must never be wrong. */
  onFinal?(em: EntityManager, logs: readonly ChainLog[]): Promise<void>;
}

const wants = (events: EventNames, log: ChainLog): boolean => events[log.contract]?.includes(log.event) ?? false;

/** Where feature modules register (in `onModuleInit`) what they want to hear from the chain. Order of registration holds. */
@Injectable()
export class ProjectionRegistry {
  private readonly projections: Projection[] = [];
  private readonly listeners: ChainListener[] = [];

  register(projection: Projection): void {
    if (this.projections.some((known) => known.name === projection.name))
      throw new Error(`projection "${projection.name}" is registered twice`);
    for (const table of projection.tables) {
      const owner = this.projections.find((known) => known.tables.includes(table));
      if (owner) throw new Error(`table "${table}" belongs to projection "${owner.name}", not to "${projection.name}"`);
    }
    this.projections.push(projection);
  }

  listen(listener: ChainListener): void {
    if (this.listeners.some((known) => known.name === listener.name))
      throw new Error(`chain listener "${listener.name}" is registered twice`);
    this.listeners.push(listener);
  }

  /** All tables written by projections. */
  tables(): string[] {
    return this.projections.flatMap((projection) => projection.tables);
  }

  /** All events that somebody wants. */
  events(): ReadonlyMap<ContractKind, ReadonlySet<string>> {
    const wanted = new Map<ContractKind, Set<string>>();
    for (const { events } of [...this.projections, ...this.listeners])
      for (const [contract, names] of Object.entries(events) as [ContractKind, readonly string[]][]) {
        const known = wanted.get(contract) ?? new Set<string>();
        for (const name of names) known.add(name);
        wanted.set(contract, known);
      }
    return wanted;
  }

  async apply(em: EntityManager, log: ChainLog): Promise<void> {
    for (const projection of this.projections) if (wants(projection.events, log)) await projection.apply(em, log);
  }

  async announce(
    em: EntityManager,
    step: 'onIncluded' | 'onReverted' | 'onFinal',
    logs: readonly ChainLog[],
  ): Promise<void> {
    for (const listener of this.listeners) {
      const theirs = logs.filter((log) => wants(listener.events, log));
      if (theirs.length > 0) await listener[step]?.(em, theirs);
    }
  }
}
