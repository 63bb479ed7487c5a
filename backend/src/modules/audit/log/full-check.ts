import { Frontier, TILE_HEIGHT, parseEntry, toHex, type Hash } from '@milepost/tlog';
import { rowsOf, type Sql } from '../../../platform/outbox/index.js';
import { hasher } from './log-source.js';

const PAGE = 5_000;

interface LeafRow {
  readonly idx: string;
  readonly leaf_hash: Buffer;
  readonly header: Buffer | null;
  readonly columns: Record<string, unknown> | null;
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
  for (;;) {
    const rows = rowsOf<LeafRow>(
      await db.query(
        `SELECT l.idx, l.leaf_hash, e.header,
                jsonb_build_object('id', e.id, 'type', e.type, 'at', e.at, 'actor', e.actor, 'subject', jsonb_build_array(e.subject_type, e.subject_id), 'project', e.project_id) AS columns
           FROM audit_leaf l LEFT JOIN audit_event e ON e.id = l.event_id WHERE l.idx >= $1 ORDER BY l.idx LIMIT ${String(PAGE)}`,
        [String(frontier.size)],
      ),
    );
    for (const row of rows) {
      if (BigInt(row.idx) !== frontier.size) {
        problems.push(`gap: leaf ${String(frontier.size)} is missing`);
        return { size: frontier.size, problems: [...problems, ...missingHeads(checkpoints, frontier.size)] };
      }
      problems.push(...leafProblems(row));
      frontier.append(new Uint8Array(row.leaf_hash), (level, index, hash) => {
        if (level % TILE_HEIGHT === 0) subtrees.set(`${String(level)}/${String(index)}`, hash);
      });
      if (wanted.has(String(frontier.size))) roots.set(String(frontier.size), frontier.root());
    }
    if (rows.length < PAGE) break;
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

function leafProblems({ idx, leaf_hash, header, columns }: LeafRow): string[] {
  if (header === null || columns === null) return [`leaf ${idx} has no event`];
  if (toHex(hasher.leaf(header)) !== leaf_hash.toString('hex')) return [`leaf ${idx} is not the hash of its header`];
  try {
    const { id, type, at, actor, subject, project } = parseEntry(header);
    const said = JSON.stringify([id, type, at, actor, subject, project]);
    const shown = JSON.stringify(['id', 'type', 'at', 'actor', 'subject', 'project'].map((name) => columns[name]));
    return said === shown ? [] : [`leaf ${idx}: the columns of its event are not what its header says`];
  } catch (error) {
    return [`leaf ${idx}: ${error instanceof Error ? error.message : String(error)}`];
  }
}
