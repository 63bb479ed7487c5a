import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { ChainLog, ContractKind } from './chain-log.js';

/**
 * A feature module's view of the chain. It turns logs into rows of its own tables, inside the indexer's transaction.
 *
 * Rules that make it safe against reorganisations and rebuilds:
 * - `apply` writes only to `tables`, and is a pure function of the log, those tables and rows that never change
 *   (it may read other tables, it never reads the clock, the chain, a file or the network);
 * - table names in its SQL carry no schema, because a rebuild replays into fresh copies on another `search_path`;
 * - nobody else writes to `tables`. Each has a primary key.
 * It needs no code for reverting: the indexer journals every row change until its block is final and plays it back.
 */
export interface Projection {
  /** Unique name, for messages. */
  readonly name: string;
  /** Tables this projection alone writes. */
  readonly tables: readonly string[];
  /** Events it wants, per kind of contract. */
  readonly events: Partial<Record<ContractKind, readonly string[]>>;
  apply(em: EntityManager, log: ChainLog): Promise<void>;
}

/**
 * Called once per log when its block is final (never taken back), in the transaction that moves the finality watermark.
 * For audit entries and announcements that must not be wrong. Delivery is at least once: entries need a natural key.
 */
export interface FinalityListener {
  readonly name: string;
  readonly events: Partial<Record<ContractKind, readonly string[]>>;
  onFinal(em: EntityManager, log: ChainLog): Promise<void>;
}

const wants = (events: Projection['events'], log: ChainLog): boolean =>
  events[log.contract]?.includes(log.event) ?? false;

/** Where feature modules register (in `onModuleInit`) what they want to hear from the chain. Order of registration holds. */
@Injectable()
export class ProjectionRegistry {
  private readonly projections: Projection[] = [];
  private readonly listeners: FinalityListener[] = [];

  register(projection: Projection): void {
    if (this.projections.some((known) => known.name === projection.name))
      throw new Error(`projection "${projection.name}" is registered twice`);
    for (const table of projection.tables) {
      const owner = this.projections.find((known) => known.tables.includes(table));
      if (owner) throw new Error(`table "${table}" belongs to projection "${owner.name}", not to "${projection.name}"`);
    }
    this.projections.push(projection);
  }

  onFinal(listener: FinalityListener): void {
    if (this.listeners.some((known) => known.name === listener.name))
      throw new Error(`finality listener "${listener.name}" is registered twice`);
    this.listeners.push(listener);
  }

  /** All tables written by projections. */
  tables(): string[] {
    return this.projections.flatMap((projection) => projection.tables);
  }

  async apply(em: EntityManager, log: ChainLog): Promise<void> {
    for (const projection of this.projections) if (wants(projection.events, log)) await projection.apply(em, log);
  }

  async final(em: EntityManager, log: ChainLog): Promise<void> {
    for (const listener of this.listeners) if (wants(listener.events, log)) await listener.onFinal(em, log);
  }
}
