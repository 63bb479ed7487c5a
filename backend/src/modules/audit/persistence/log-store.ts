import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { formatCheckpoint, proveConsistency, proveInclusion, type Hash } from '@milepost/tlog';
import { TileCache, hasher, logSource } from '../log/log-source.js';

/** A head with the signatures that were made for it. */
export interface SignedHead {
  readonly size: bigint;
  readonly root: Hash;
  /** The signed note. */
  readonly note: string;
}

/** The log as readers see it: only what lies below a signed head. */
@Injectable()
export class LogStore {
  private readonly cache = new TileCache();

  constructor(private readonly dataSource: DataSource) {}

  /**
   * The newest signed head, or the one of exactly `size`; null if there is none.
   * @param origin of the log, as it was signed
   */
  async signedHead(origin: string, size?: bigint): Promise<SignedHead | null> {
    const [row] = await this.dataSource.query<{ size: string; root: Buffer; lines: string[] }[]>(
      `SELECT c.size, c.root, array_agg(s.line ORDER BY s.at, s.key) AS lines
         FROM audit_checkpoint c JOIN audit_cosignature s USING (size)
        WHERE c.size = coalesce($1::bigint, (SELECT max(size) FROM audit_cosignature)) GROUP BY c.size, c.root`,
      [size === undefined ? null : String(size)],
    );
    if (row === undefined) return null;
    const head = { size: BigInt(row.size), root: new Uint8Array(row.root) };
    return { ...head, note: `${formatCheckpoint({ origin, ...head })}\n${row.lines.join('')}` };
  }

  /** Entries that wait to become leaves, and why the log is halted, if it is. */
  async state(): Promise<{ pending: number; halted: string | null }> {
    const [row] = await this.dataSource.query<{ pending: string; halted: string | null }[]>(
      'SELECT (SELECT count(*) FROM audit_pending) AS pending, halted FROM audit_lead',
    );
    return { pending: Number(row?.pending ?? 0), halted: row?.halted ?? null };
  }

  /** Whether an entry of one of `types` from index `from` on is older than `before` (ms since 1970). */
  async hasOlder(types: readonly string[], from: bigint, before: number): Promise<boolean> {
    const rows = await this.dataSource.query<unknown[]>(
      `SELECT 1 FROM audit_leaf l JOIN audit_event e ON e.id = l.event_id
        WHERE l.idx >= $1 AND e.type = ANY($2::text[]) AND e.at < $3 LIMIT 1`,
      [String(from), [...types], before],
    );
    return rows.length > 0;
  }

  /** Hashes of one tile. The caller has checked the width against a signed head. */
  tile(level: number, index: bigint, width: number): Promise<readonly Hash[]> {
    return this.cache.read(this.dataSource, level, index, width);
  }

  /** Headers of entries [from, to). */
  async entries(from: bigint, to: bigint): Promise<Uint8Array[]> {
    const rows = await this.dataSource.query<{ header: Buffer }[]>(
      'SELECT e.header FROM audit_leaf l JOIN audit_event e ON e.id = l.event_id WHERE l.idx >= $1 AND l.idx < $2 ORDER BY l.idx',
      [String(from), String(to)],
    );
    return rows.map((row) => row.header);
  }

  consistency(from: bigint, to: bigint): Promise<Hash[]> {
    return proveConsistency(hasher, logSource(this.dataSource, to, this.cache), from, to);
  }

  /** Proofs of several entries in one head; tiles are read once. */
  async inclusion(indexes: readonly bigint[], size: bigint): Promise<Hash[][]> {
    const source = logSource(this.dataSource, size, this.cache);
    const proofs: Hash[][] = [];
    for (const index of indexes) proofs.push(await proveInclusion(hasher, source, index, size));
    return proofs;
  }
}
