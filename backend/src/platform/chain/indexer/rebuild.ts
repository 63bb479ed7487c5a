import type { EntityManager } from 'typeorm';
import type { UnitOfWork } from '../../database/index.js';
import { rowsOf } from '../../outbox/index.js';
import type { ProjectionRegistry } from '../projection.js';
import type { Indexer } from './indexer.js';
import type { IndexerStore } from './store.js';

/** One projection table, as it stands and as a replay of the raw logs makes it. */
export interface TableComparison {
  readonly table: string;
  readonly rows: number;
  readonly replayedRows: number;
  readonly equal: boolean;
}

export interface RebuildReport {
  readonly block: number;
  readonly logs: number;
  readonly tables: readonly TableComparison[];
  readonly equal: boolean;
  /** True if the replayed rows were put in place of the others. */
  readonly swapped: boolean;
}

/** Where the copies are: found before the tables themselves, and gone with the transaction. */
const COPY = 'pg_temp';
const LIVE = 'public';

/**
 * Replays every stored log into empty copies of the projection tables and compares. The cursor is locked meanwhile, so the
 * indexer waits. With `swap`, blocks that are not final are forgotten first (the indexer reads them again), and the tables
 * get the replayed rows if any differs.
 */
export const rebuild = (
  uow: UnitOfWork,
  store: IndexerStore,
  registry: ProjectionRegistry,
  indexer: Indexer,
  swap: boolean,
): Promise<RebuildReport> =>
  uow.transaction(async (em) => {
    await em.query('set local statement_timeout = 0');
    let cursor = await store.lockForRebuild(em);
    if (swap && cursor.block > cursor.finalized) {
      const hash = await store.hashAt(em, cursor.finalized);
      if (hash === null) throw new Error(`block ${cursor.finalized} is not stored; nothing was changed`);
      await store.forget(em, cursor.finalized, hash);
      cursor = { ...cursor, block: cursor.finalized, hash };
    }
    const tables = registry.tables();
    for (const table of tables)
      await em.query(`create temporary table ${table} (like ${LIVE}.${table} including all) on commit drop`);

    const known = await store.contracts(em);
    let logs = 0;
    for (let from = -1; from < cursor.block; from += REPLAY_BLOCKS) {
      const stored = await store.logs(em, from, Math.min(cursor.block, from + REPLAY_BLOCKS));
      for (const raw of stored) {
        const log = indexer.decode(raw, raw.time, known.get(raw.address));
        if (log) await registry.apply(em, log);
        logs += 1;
      }
    }

    const compared: TableComparison[] = [];
    for (const table of tables) compared.push(await compare(em, table));
    const equal = compared.every((table) => table.equal);
    if (swap && !equal) {
      await store.place(em, null);
      // Children go first and come last; the order of registration is parents first.
      for (const table of tables.toReversed()) await em.query(`delete from ${LIVE}.${table}`);
      for (const table of tables) await em.query(`insert into ${LIVE}.${table} select * from ${COPY}.${table}`);
    }
    for (const table of tables) await em.query(`drop table ${COPY}.${table}`);
    return { block: cursor.block, logs, tables: compared, equal, swapped: swap && !equal };
  });

const REPLAY_BLOCKS = 10_000;

const compare = async (em: EntityManager, table: string): Promise<TableComparison> => {
  const digest = (name: string): string =>
    `select count(*)::int as rows, md5(coalesce(string_agg(to_jsonb(t)::text, E'\\n' order by to_jsonb(t)::text), '')) as sum from ${name} t`;
  const [live] = rowsOf<{ rows: number; sum: string }>(await em.query(digest(`${LIVE}.${table}`)));
  const [replayed] = rowsOf<{ rows: number; sum: string }>(await em.query(digest(`${COPY}.${table}`)));
  return {
    table,
    rows: live?.rows ?? 0,
    replayedRows: replayed?.rows ?? 0,
    equal: live?.sum === replayed?.sum,
  };
};
