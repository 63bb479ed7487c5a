import type { EntityManager } from 'typeorm';
import { rowsOf } from '../../outbox/index.js';
import type { ContractKind } from '../chain-log.js';
import { toBytes, toHex } from '../hex.js';
import { LeadershipLost } from '../leader.js';
import type { BlockHeader, RawLog } from '../rpc/chain-client.js';

/** Where the projections stand. */
export interface Cursor {
  readonly block: number;
  readonly hash: string;
  readonly finalized: number;
  readonly epoch: number;
}

/** A stored log with the place it stands in. */
export interface StoredLog extends RawLog {
  readonly time: number;
}

interface CursorRow {
  block: string;
  hash: Buffer;
  finalized: string;
  epoch: string;
}

interface LogRow {
  block: string;
  hash: Buffer;
  time: string;
  log_index: number;
  address: Buffer;
  topics: Buffer;
  data: Buffer;
  tx: Buffer;
}

const cursorOf = (row: CursorRow): Cursor => ({
  block: Number(row.block),
  hash: toHex(row.hash),
  finalized: Number(row.finalized),
  epoch: Number(row.epoch),
});

const words = (topics: Buffer): string[] =>
  Array.from({ length: topics.length / 32 }, (_, i) => toHex(topics.subarray(i * 32, i * 32 + 32)));

/** The indexer's SQL. Every method takes the transaction it belongs to. */
export class IndexerStore {
  constructor(private readonly chainId: number) {}

  async cursor(em: EntityManager): Promise<Cursor | null> {
    const [row] = rowsOf<CursorRow>(
      await em.query('select block, hash, finalized, epoch from chain_cursor where chain_id = $1', [this.chainId]),
    );
    return row ? cursorOf(row) : null;
  }

  async genesis(em: EntityManager): Promise<string | null> {
    const [row] = rowsOf<{ genesis: Buffer }>(
      await em.query('select genesis from chain_cursor where chain_id = $1', [this.chainId]),
    );
    return row ? toHex(row.genesis) : null;
  }

  /** First start on this chain: the cursor stands on the block before the first of ours, which counts as final. */
  async begin(em: EntityManager, genesis: string, before: BlockHeader): Promise<void> {
    await em.query(
      `insert into chain_cursor (chain_id, genesis, block, hash, finalized) values ($1, $2, $3, $4, $3)
       on conflict (chain_id) do nothing`,
      [this.chainId, toBytes(genesis), before.number, toBytes(before.hash)],
    );
    await this.addBlocks(em, [before]);
  }

  /** Takes over: every write of an earlier leader is refused from now on. */
  async takeOver(em: EntityManager): Promise<Cursor> {
    const [row] = rowsOf<CursorRow>(
      await em.query(
        'update chain_cursor set epoch = epoch + 1 where chain_id = $1 returning block, hash, finalized, epoch',
        [this.chainId],
      ),
    );
    if (!row) throw new Error('the chain cursor is gone');
    return cursorOf(row);
  }

  /** Locks the cursor and checks that it is where this leader left it. First statement of each of its transactions. */
  async lock(em: EntityManager, expected: Cursor): Promise<void> {
    const [row] = rowsOf<CursorRow>(
      await em.query('select block, hash, finalized, epoch from chain_cursor where chain_id = $1 for update', [
        this.chainId,
      ]),
    );
    const found = row ? cursorOf(row) : null;
    if (!found || found.epoch !== expected.epoch || found.block !== expected.block || found.hash !== expected.hash)
      throw new LeadershipLost(
        `the cursor of chain ${this.chainId} was moved by another indexer (epoch ${found?.epoch ?? '-'}, mine ${expected.epoch})`,
      );
  }

  /** Holds the indexer still until the transaction ends. */
  async lockForRebuild(em: EntityManager): Promise<Cursor> {
    const [row] = rowsOf<CursorRow>(
      await em.query('select block, hash, finalized, epoch from chain_cursor where chain_id = $1 for update', [
        this.chainId,
      ]),
    );
    if (!row) throw new Error('nothing was indexed yet; start the service first');
    return cursorOf(row);
  }

  async move(em: EntityManager, block: number, hash: string): Promise<void> {
    await em.query('update chain_cursor set block = $2, hash = $3 where chain_id = $1', [
      this.chainId,
      block,
      toBytes(hash),
    ]);
  }

  async addBlocks(em: EntityManager, blocks: readonly BlockHeader[]): Promise<void> {
    await em.query(
      `insert into chain_block (chain_id, number, hash, parent, time)
       select $1, * from unnest($2::bigint[], $3::bytea[], $4::bytea[], $5::bigint[]) on conflict do nothing`,
      [
        this.chainId,
        blocks.map((block) => block.number),
        blocks.map((block) => toBytes(block.hash)),
        blocks.map((block) => toBytes(block.parent)),
        blocks.map((block) => block.time),
      ],
    );
  }

  async addLogs(em: EntityManager, logs: readonly RawLog[]): Promise<void> {
    if (logs.length === 0) return;
    await em.query(
      `insert into chain_log (chain_id, block, log_index, address, topics, data, tx)
       select $1, * from unnest($2::bigint[], $3::integer[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[])`,
      [
        this.chainId,
        logs.map((log) => log.block),
        logs.map((log) => log.logIndex),
        logs.map((log) => toBytes(log.address)),
        logs.map((log) => Buffer.concat(log.topics.map(toBytes))),
        logs.map((log) => toBytes(log.data)),
        logs.map((log) => toBytes(log.txHash)),
      ],
    );
  }

  async addContract(em: EntityManager, address: string, kind: ContractKind, fromBlock: number): Promise<void> {
    await em.query(
      `insert into chain_contract (chain_id, address, kind, from_block) values ($1, $2, $3, $4) on conflict do nothing`,
      [this.chainId, toBytes(address), kind, fromBlock],
    );
  }

  /** Lower-case address to kind. */
  async contracts(em: EntityManager): Promise<Map<string, ContractKind>> {
    const rows = rowsOf<{ address: Buffer; kind: ContractKind }>(
      await em.query('select address, kind from chain_contract where chain_id = $1', [this.chainId]),
    );
    return new Map(rows.map((row) => [toHex(row.address), row.kind]));
  }

  /** Logs of blocks above `above` up to `to`, in chain order. */
  async logs(em: EntityManager, above: number, to: number): Promise<StoredLog[]> {
    const rows = rowsOf<LogRow>(
      await em.query(
        `select l.block, b.hash, b.time, l.log_index, l.address, l.topics, l.data, l.tx
           from chain_log l join chain_block b on b.chain_id = l.chain_id and b.number = l.block
          where l.chain_id = $1 and l.block > $2 and l.block <= $3 order by l.block, l.log_index`,
        [this.chainId, above, to],
      ),
    );
    return rows.map((row) => ({
      block: Number(row.block),
      blockHash: toHex(row.hash),
      time: Number(row.time),
      logIndex: row.log_index,
      address: toHex(row.address),
      topics: words(row.topics),
      data: toHex(row.data),
      txHash: toHex(row.tx),
    }));
  }

  /** Hash of a stored block; null for one that is not kept. */
  async hashAt(em: EntityManager, number: number): Promise<string | null> {
    const [row] = rowsOf<{ hash: Buffer }>(
      await em.query('select hash from chain_block where chain_id = $1 and number = $2', [this.chainId, number]),
    );
    return row ? toHex(row.hash) : null;
  }

  /** Says to the journal where the next row changes belong; `null`: they need no journal, their block is final. */
  async place(em: EntityManager, block: number | null): Promise<void> {
    await em.query(`select set_config('milepost.block', $1, true)`, [
      block === null ? 'none' : `${this.chainId}/${block}`,
    ]);
  }

  /** Undoes every row change of blocks above `ancestor`, then forgets those blocks. */
  async revert(em: EntityManager, ancestor: number, hash: string): Promise<void> {
    await em.query('select chain_revert($1, $2)', [this.chainId, ancestor]);
    await this.forget(em, ancestor, hash);
  }

  /** Forgets blocks above `ancestor`, their logs and contracts, and what relayed calls did in them. Projections stay. */
  async forget(em: EntityManager, ancestor: number, hash: string): Promise<void> {
    await em.query('delete from chain_undo where chain_id = $1 and block > $2', [this.chainId, ancestor]);
    await em.query('delete from chain_block where chain_id = $1 and number > $2', [this.chainId, ancestor]);
    await em.query('delete from chain_contract where chain_id = $1 and from_block > $2', [this.chainId, ancestor]);
    await em.query(
      `update relay_attempt a set sent_at = null from relay_intent i
        where i.id = a.intent and i.chain_id = $1 and i.state = 'included' and i.block > $2`,
      [this.chainId, ancestor],
    );
    await em.query(
      `update relay_intent set state = 'signed', block = null, tx = null, problem = null, changed_at = now()
        where chain_id = $1 and block > $2 and state in ('included', 'failed', 'expired')`,
      [this.chainId, ancestor],
    );
    await this.move(em, ancestor, hash);
  }

  /** Moves the watermark and drops what only a reorganisation would need. Blocks with logs stay for ever. */
  async finalize(em: EntityManager, from: number, to: number): Promise<void> {
    await em.query('update chain_cursor set finalized = $2 where chain_id = $1', [this.chainId, to]);
    await em.query('delete from chain_undo where chain_id = $1 and block <= $2', [this.chainId, to]);
    await em.query(
      `delete from chain_block b where b.chain_id = $1 and b.number >= $2 and b.number < $3
          and not exists (select 1 from chain_log l where l.chain_id = b.chain_id and l.block = b.number)`,
      [this.chainId, from, to],
    );
    await em.query(
      `update relay_intent set state = 'final', changed_at = now() where chain_id = $1 and state = 'included' and block <= $2`,
      [this.chainId, to],
    );
  }

  async openGap(em: EntityManager, block: number, reason: string, subject: string | null = null): Promise<void> {
    await em.query(
      `insert into chain_gap (chain_id, block, subject, reason) values ($1, $2, $3, $4) on conflict do nothing`,
      [this.chainId, block, subject === null ? null : toBytes(subject), reason],
    );
  }

  async closeGap(em: EntityManager, reason: string, subject: string): Promise<void> {
    await em.query(
      'update chain_gap set closed_at = now() where chain_id = $1 and reason = $2 and subject = $3 and closed_at is null',
      [this.chainId, reason, toBytes(subject)],
    );
  }

  async openGaps(em: EntityManager): Promise<number> {
    const [row] = rowsOf<{ count: string }>(
      await em.query('select count(*) from chain_gap where chain_id = $1 and closed_at is null', [this.chainId]),
    );
    return Number(row?.count ?? 0);
  }
}
