import { TILE_HEIGHT, TILE_WIDTH, TileSource, TreeHasher, type Hash } from '@milepost/tlog';
import { sha256 } from '@milepost/tlog/node';
import { rowsOf, type Sql } from '../../../platform/outbox/index.js';

export const hasher = new TreeHasher(sha256);

/** The log has not the rows of a tile it should have. */
export class LogDamaged extends Error {
  override readonly name = 'LogDamaged';
}

/**
 * The hashes of a tile, cut from the rows: leaves at level 0, subtree roots above.
 * @throws LogDamaged if rows are missing
 */
export async function readTileRows(db: Sql, level: number, index: bigint, width: number): Promise<Hash[]> {
  const first = index * BigInt(TILE_WIDTH);
  const range = [String(first), String(first + BigInt(width))];
  const rows = rowsOf<{ hash: Buffer }>(
    level === 0
      ? await db.query('SELECT leaf_hash AS hash FROM audit_leaf WHERE idx >= $1 AND idx < $2 ORDER BY idx', range)
      : await db.query('SELECT hash FROM audit_subtree WHERE lvl = $1 AND idx >= $2 AND idx < $3 ORDER BY idx', [
          level * TILE_HEIGHT,
          ...range,
        ]),
  );
  if (rows.length !== width) {
    throw new LogDamaged(
      `tile ${String(level)}/${String(index)} has ${String(rows.length)} of ${String(width)} hashes`,
    );
  }
  return rows.map((row) => new Uint8Array(row.hash));
}

/** Keeps full tiles, which never change, up to a number of them; forgets the one unused for longest. */
export class TileCache {
  private readonly tiles = new Map<string, readonly Hash[]>();

  /** 256 tiles are 2 MB. */
  constructor(private readonly capacity = 512) {}

  async read(db: Sql, level: number, index: bigint, width: number): Promise<readonly Hash[]> {
    if (width !== TILE_WIDTH) return readTileRows(db, level, index, width);
    const key = `${String(level)}/${String(index)}`;
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
