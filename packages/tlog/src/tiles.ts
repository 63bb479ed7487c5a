/** C2SP tlog-tiles: the tree as immutable files of 256 hashes, and entry bundles. */
import { HASH_BYTES, MAX_SIZE, type Hash, type TreeHasher } from './hash.js';
import type { HashSource } from './prove.js';
import { TlogFormatError } from './text.js';

export const TILE_HEIGHT = 8;
export const TILE_WIDTH = 256;

export interface TileName {
  /** 0 to 63, or `entries` for the bundle of the entries themselves. */
  readonly level: number | 'entries';
  readonly index: bigint;
  /** 1 to 256; 256 is a full tile. */
  readonly width: number;
}

/** `tile/<L>/<N>[.p/<W>]`, the index in groups of three digits. @throws RangeError for a level, index or width out of range */
export function tilePath(level: number | 'entries', index: bigint, width = TILE_WIDTH): string {
  if (level !== 'entries' && !(Number.isInteger(level) && level >= 0 && level <= 63))
    throw new RangeError(`no tile level ${String(level)}`);
  if (index < 0n || index > MAX_SIZE) throw new RangeError(`no tile index ${String(index)}`);
  if (!Number.isInteger(width) || width < 1 || width > TILE_WIDTH)
    throw new RangeError(`a tile is 1 to 256 wide, not ${String(width)}`);
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g) ?? [];
  const name = groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/');
  return `tile/${String(level)}/${name}${width === TILE_WIDTH ? '' : `.p/${String(width)}`}`;
}

/** Reads a path as `tilePath` writes it; only that one spelling. @throws TlogFormatError */
export function parseTilePath(path: string): TileName {
  const match = /^tile\/(entries|0|[1-9]\d?)\/((?:x\d{3}\/){0,6}\d{3})(?:\.p\/([1-9]\d{0,2}))?$/.exec(path);
  if (match === null) throw new TlogFormatError('not a tile path');
  const level = match[1] === 'entries' ? 'entries' : Number(match[1]);
  const index = BigInt((match[2] ?? '').replace(/[x/]/g, ''));
  const width = match[3] === undefined ? TILE_WIDTH : Number(match[3]);
  if (
    (level !== 'entries' && level > 63) ||
    index > MAX_SIZE ||
    (match[3] !== undefined && width >= TILE_WIDTH) ||
    tilePath(level, index, width) !== path
  ) {
    throw new TlogFormatError('not a tile path: level, index or width is out of range');
  }
  return { level, index, width };
}

/** Width of tile `index` at `level` in a tree of `size` leaves: 0 if it does not exist, 256 if full. */
export function tileWidth(level: number, index: bigint, size: bigint): number {
  const nodes = (size >> BigInt(TILE_HEIGHT * level)) - index * BigInt(TILE_WIDTH);
  if (nodes <= 0n) return 0;
  return nodes >= BigInt(TILE_WIDTH) ? TILE_WIDTH : Number(nodes);
}

/** @throws TlogFormatError unless the bytes are exactly `width` hashes */
export function readTile(bytes: Uint8Array, width = TILE_WIDTH): Hash[] {
  if (bytes.length !== width * HASH_BYTES)
    throw new TlogFormatError(
      `a tile of width ${String(width)} has ${String(width * HASH_BYTES)} bytes, not ${String(bytes.length)}`,
    );
  return Array.from({ length: width }, (_, i) => bytes.slice(i * HASH_BYTES, (i + 1) * HASH_BYTES));
}

/** Fetches one tile: the hashes of the widest version that a tree of the source's size has. */
export type TileReader = (level: number, index: bigint, width: number) => Promise<readonly Hash[]>;

/** Hashes of a tree of `size` leaves, read by tiles; each tile is asked for once. */
export class TileSource implements HashSource {
  private readonly tiles = new Map<string, Promise<readonly Hash[]>>();

  constructor(
    private readonly hasher: TreeHasher,
    readonly size: bigint,
    private readonly read: TileReader,
  ) {}

  async hash(level: number, index: bigint): Promise<Hash> {
    const tileLevel = Math.floor(level / TILE_HEIGHT);
    const below = level - tileLevel * TILE_HEIGHT;
    const first = index << BigInt(below);
    const tile = await this.tile(tileLevel, first / BigInt(TILE_WIDTH));
    const start = Number(first % BigInt(TILE_WIDTH));
    let row = tile.slice(start, start + 2 ** below);
    if (row.length !== 2 ** below)
      throw new RangeError(`the log has no complete subtree of height ${String(level)} at ${String(index)}`);
    for (let height = 0; height < below; height += 1) {
      row = Array.from({ length: row.length / 2 }, (_, i) =>
        this.hasher.node(row[2 * i] as Hash, row[2 * i + 1] as Hash),
      );
    }
    return row[0] as Hash;
  }

  private tile(level: number, index: bigint): Promise<readonly Hash[]> {
    const key = `${String(level)}/${String(index)}`;
    const known = this.tiles.get(key);
    if (known !== undefined) return known;
    const width = tileWidth(level, index, this.size);
    const tile =
      width === 0
        ? Promise.reject<readonly Hash[]>(new RangeError(`a tree of size ${String(this.size)} has no tile ${key}`))
        : this.read(level, index, width);
    this.tiles.set(key, tile);
    return tile;
  }
}

/** Entries, each behind its length as a big-endian u16. @throws RangeError for an entry above 65,535 bytes */
export function formatEntryBundle(entries: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(entries.reduce((sum, entry) => sum + 2 + entry.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const entry of entries) {
    if (entry.length > 0xffff) throw new RangeError(`an entry of ${String(entry.length)} bytes does not fit a bundle`);
    view.setUint16(at, entry.length);
    bytes.set(entry, at + 2);
    at += 2 + entry.length;
  }
  return bytes;
}

/** @throws TlogFormatError if a length points past the end */
export function parseEntryBundle(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 2 <= bytes.length ? at + 2 + view.getUint16(at) : Infinity;
    if (end > bytes.length) throw new TlogFormatError('the entry bundle is cut short');
    entries.push(bytes.slice(at + 2, end));
    at = end;
  }
  return entries;
}
