import { Frontier, TILE_HEIGHT, parseEntry, sameBytes, toHex, type EntryHeader, type Hash } from '@milepost/tlog';
import { rowsOf, type Sql } from '../../../platform/outbox/sql.js';
import { hasher } from './log-source.js';

/** Leaves that are read at a time. */
const PAGE = 5_000n;

interface Leaf {
  readonly index: bigint;
  readonly hash: Buffer;
  /** Null if the leaf has no event. */
  readonly header: Buffer | null;
  /** What the columns beside the header say, joined. */
  readonly columns: string;
}

/** The columns that index a header, as text, in the order of {@link columnsOf}. */
const COLUMNS = `concat_ws(E'\\x1f', e.id, e.type, e.at, e.actor, e.subject_type, e.subject_id, coalesce(e.project_id, '-'),
  coalesce(e.chain_id::text, '-'), coalesce(encode(e.block_hash, 'hex'), '-'), coalesce(encode(e.tx_hash, 'hex'), '-'), coalesce(e.log_index::text, '-'))`;

function columnsOf({ id, type, at, actor, subject, project, source }: EntryHeader): string {
  const chain =
    source === 'app' ? ['-', '-', '-', '-'] : [source.chain, source.block.slice(2), source.tx.slice(2), source.log];
  return [id, type, at, actor, ...subject, project ?? '-', ...chain].join('\x1f');
}

/** All of a page in one value: a row of its own for each leaf would cost more than checking it. */
async function readPage(db: Sql, from: bigint): Promise<Leaf[]> {
  const [row] = rowsOf<{ page: Buffer | null }>(
    await db.query(
      `SELECT string_agg(int8send(l.idx) || int4send(octet_length(l.leaf_hash)) || l.leaf_hash
                || coalesce(int4send(octet_length(e.header)) || e.header, '\\xffffffff'::bytea)
                || int4send(octet_length(c.text)) || c.text, ''::bytea ORDER BY l.idx) AS page
         FROM audit_leaf l LEFT JOIN audit_event e ON e.id = l.event_id, LATERAL (SELECT convert_to(${COLUMNS}, 'UTF8') AS text) c
        WHERE l.idx >= $1 AND l.idx < $2`,
      [String(from), String(from + PAGE)],
    ),
  );
  const page = row?.page ?? Buffer.alloc(0);
  const leaves: Leaf[] = [];
  let at = 0;
  const part = (): Buffer | null => {
    const length = page.readInt32BE(at);
    at += 4 + Math.max(0, length);
    return length < 0 ? null : page.subarray(at - length, at);
  };
  while (at < page.length) {
    const index = page.readBigInt64BE(at);
    at += 8;
    const hash = part() ?? Buffer.alloc(0);
    leaves.push({ index, hash, header: part(), columns: (part() ?? '').toString() });
  }
  return leaves;
}

/**
 * Recomputes the whole log from the headers: each leaf, each subtree, each checkpoint, and the columns that index the headers.
 * @returns the size, and every disagreement in words
 */
export async function auditLog(db: Sql): Promise<{ size: bigint; problems: string[] }> {
  const problems: string[] = [];
  const frontier = new Frontier(hasher);
  const roots = new Map<string, Hash>();
  const subtrees = new Map<string, Hash>();
  const checkpoints = rowsOf<{ size: string; root: Buffer }>(
    await db.query('SELECT size, root FROM audit_checkpoint ORDER BY size'),
  );
  const wanted = new Set(checkpoints.map((row) => row.size));
  const [last] = rowsOf<{ idx: string | null }>(await db.query('SELECT max(idx) AS idx FROM audit_leaf'));
  const end = BigInt(last?.idx ?? -1);
  let next = readPage(db, 0n);
  for (let from = 0n; from <= end; from += PAGE) {
    const leaves = await next;
    // The database prepares the next page while this one is checked.
    if (from + PAGE <= end) next = readPage(db, from + PAGE);
    for (const leaf of leaves) {
      if (leaf.index !== frontier.size) {
        await next;
        problems.push(`gap: leaf ${String(frontier.size)} is missing`);
        return { size: frontier.size, problems: [...problems, ...missingHeads(checkpoints, frontier.size)] };
      }
      problems.push(...leafProblems(leaf));
      frontier.append(new Uint8Array(leaf.hash), (level, index, hash) => {
        if (level % TILE_HEIGHT === 0) subtrees.set(`${String(level)}/${String(index)}`, hash);
      });
      if (wanted.has(String(frontier.size))) roots.set(String(frontier.size), frontier.root());
    }
  }
  for (const { size, root } of checkpoints) {
    const expected = roots.get(size);
    if (expected !== undefined && toHex(expected) !== root.toString('hex'))
      problems.push(`checkpoint ${size} has another root than its entries`);
  }
  problems.push(...missingHeads(checkpoints, frontier.size));
  const stored = rowsOf<{ lvl: number; idx: string; hash: Buffer }>(
    await db.query('SELECT lvl, idx, hash FROM audit_subtree'),
  );
  for (const { lvl, idx, hash } of stored) {
    const key = `${String(lvl)}/${idx}`;
    const expected = subtrees.get(key);
    if (expected === undefined || toHex(expected) !== hash.toString('hex'))
      problems.push(`subtree ${key} has another hash than its entries`);
    subtrees.delete(key);
  }
  for (const key of subtrees.keys()) problems.push(`subtree ${key} is missing`);
  return { size: frontier.size, problems };
}

function missingHeads(checkpoints: readonly { size: string }[], size: bigint): string[] {
  return checkpoints
    .filter((head) => BigInt(head.size) > size)
    .map((head) => `checkpoint ${head.size} counts more entries than there are`);
}

function leafProblems({ index, hash, header, columns }: Leaf): string[] {
  const name = `leaf ${String(index)}`;
  if (header === null) return [`${name} has no event`];
  if (!sameBytes(hasher.leaf(header), hash)) return [`${name} is not the hash of its header`];
  try {
    return columnsOf(parseEntry(header)) === columns
      ? []
      : [`${name}: the columns of its event are not what its header says`];
  } catch (error) {
    return [`${name}: ${error instanceof Error ? error.message : String(error)}`];
  }
}
