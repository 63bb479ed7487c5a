import { HASH_BYTES, TILE_HEIGHT, TILE_WIDTH, TileSource, TreeHasher, type Hash } from '@milepost/tlog';
import { sha256 } from '@milepost/tlog/node';
import { rowsOf, type Sql } from '../../../platform/outbox/sql.js';

export const hasher = new TreeHasher(sha256);

/** The log has not the rows of a tile it should have. */
export class LogDamaged extends Error {
  override readonly name = 'LogDamaged';
}

/**
 * The hashes of a tile, cut from the rows: leaves at level 0, subtree roots above. They come as one value, because reading 256
 * rows costs more than finding them.
 * @throws LogDamaged if rows are missing
 */
export async function readTileRows(db: Sql, level: number, index: bigint, width: number): Promise<Hash[]> {
  const first = index * BigInt(TILE_WIDTH);
  const range = [String(first), String(first + BigInt(width))];
  const [row] = rowsOf<{ count: number; hashes: Buffer | null }>(
    level === 0
      ? await db.query(
          `SELECT count(*)::int AS count, string_agg(leaf_hash, ''::bytea ORDER BY idx) AS hashes
             FROM audit_leaf WHERE idx >= $1 AND idx < $2`,
          range,
        )
      : await db.query(
          `SELECT count(*)::int AS count, string_agg(hash, ''::bytea ORDER BY idx) AS hashes
             FROM audit_subtree WHERE lvl = $1 AND idx >= $2 AND idx < $3`,
          [level * TILE_HEIGHT, ...range],
        ),
  );
  const count = row?.count ?? 0;
  const hashes = row?.hashes ?? Buffer.alloc(0);
  if (count !== width || hashes.length !== width * HASH_BYTES) {
    throw new LogDamaged(`tile ${String(level)}/${String(index)} has ${String(count)} of ${String(width)} hashes`);
  }
  return Array.from({ length: width }, (_, i) => new Uint8Array(hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES)));
}

/** Keeps tiles, which never change at a given width, up to a number of them; forgets the one unused for longest. */
export class TileCache {
  private readonly tiles = new Map<string, readonly Hash[]>();

  /** A full tile takes 30 KB in memory. */
  constructor(private readonly capacity = 1_024) {}

  async read(db: Sql, level: number, index: bigint, width: number): Promise<readonly Hash[]> {
    const key = `${String(level)}/${String(index)}/${String(width)}`;
    const known = this.tiles.get(key);
    const tile = known ?? (await readTileRows(db, level, index, width));
    this.tiles.delete(key);
    this.tiles.set(key, tile);
    for (const oldest of this.tiles.keys()) {
      if (this.tiles.size <= this.capacity) break;
      this.tiles.delete(oldest);
    }
    return tile;
  }
}

/** The tree of the first `size` leaves. */
export function logSource(db: Sql, size: bigint, cache?: TileCache): TileSource {
  return new TileSource(hasher, size, (level, index, width) =>
    cache === undefined ? readTileRows(db, level, index, width) : cache.read(db, level, index, width),
  );
}
