import type { QueryRunner } from 'typeorm';
import {
  Frontier,
  TILE_HEIGHT,
  parseCheckpoint,
  parseNote,
  proveConsistency,
  treeRoot,
  verifyConsistency,
  type Checkpoint,
} from '@milepost/tlog';
import { auditLog } from './log/full-check.js';
import { hasher, logSource } from './log/log-source.js';
import { LogHalted } from './log/signer.js';
import { createLogFixture, projectEvent, type LogFixture } from './testing/log-fixture.js';

let log: LogFixture;
/** The head that was signed before anything happened: what the signer's file, a visitor and the chain remember. */
let signed: Checkpoint;
beforeAll(async () => {
  log = await createLogFixture();
  const events = Array.from({ length: 300 }, (_, n) => projectEvent('alpha', n));
  await log.database.uow.transaction((tx) => log.audit.appendAll(tx, events));
  const size = await log.integrateAll(100);
  signed = parseCheckpoint(parseNote(await log.signer().sign(log.database.dataSource, size)).text);
});
afterAll(() => log.close());

const header = (idx: number): string => `(SELECT event_id FROM audit_leaf WHERE idx = ${String(idx)})`;
const edited = `convert_to(replace(convert_from(header, 'UTF8'), '"n":7', '"n":8'), 'UTF8')`;

/** Runs `work` in a transaction that is taken back, with what only a superuser can do: triggers and constraints are off. */
async function asSuperuser<T>(work: (db: QueryRunner) => Promise<T>): Promise<T> {
  const db = log.database.dataSource.createQueryRunner();
  await db.startTransaction();
  try {
    for (const table of ['audit_event', 'audit_leaf', 'audit_subtree', 'audit_checkpoint', 'audit_cosignature']) {
      await db.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
    }
    await db.query('ALTER TABLE audit_event DROP CONSTRAINT audit_event_check');
    await db.query('ALTER TABLE audit_leaf DROP CONSTRAINT audit_leaf_idx_check');
    return await work(db);
  } finally {
    await db.rollbackTransaction();
    await db.release();
  }
}

describe('a full check finds what a superuser did', () => {
  test.each<[string, string[], string]>([
    ['an edited header', [`UPDATE audit_event SET header = ${edited} WHERE id = ${header(7)}`], 'leaf 7'],
    [
      'an edited header with its hashes recomputed',
      [
        `UPDATE audit_event SET header = ${edited}, leaf_hash = sha256('\\x00'::bytea || ${edited}) WHERE id = ${header(7)}`,
        `UPDATE audit_leaf l SET leaf_hash = e.leaf_hash FROM audit_event e WHERE e.id = l.event_id`,
      ],
      'checkpoint 100',
    ],
    ['an edited column', [`UPDATE audit_event SET type = 'milestone.paid' WHERE id = ${header(7)}`], 'columns'],
    ['a deleted entry', ['DELETE FROM audit_leaf WHERE idx = 7'], 'gap'],
    [
      'a deleted entry with the tail renumbered',
      [
        'DELETE FROM audit_leaf WHERE idx = 7',
        'UPDATE audit_leaf SET idx = -idx WHERE idx > 7',
        'UPDATE audit_leaf SET idx = -idx - 1 WHERE idx < 0',
      ],
      'checkpoint 100',
    ],
    [
      'a backdated insert',
      [
        `UPDATE audit_leaf SET idx = -idx WHERE idx > 4`,
        `UPDATE audit_leaf SET idx = 1 - idx WHERE idx < 0`,
        `INSERT INTO audit_event (header, leaf_hash, id, type, at, actor, subject_type, subject_id, project_id, xid)
         SELECT h, sha256('\\x00'::bytea || h), '0190a0b0-1111-7222-8333-444455556666', type, at, actor, subject_type, subject_id, project_id, xid
           FROM (SELECT e.*, convert_to(replace(convert_from(header, 'UTF8'), e.id::text, '0190a0b0-1111-7222-8333-444455556666'), 'UTF8') AS h
                   FROM audit_event e WHERE id = ${header(4)}) source`,
        `INSERT INTO audit_leaf SELECT 5, id, leaf_hash FROM audit_event WHERE id = '0190a0b0-1111-7222-8333-444455556666'`,
      ],
      'checkpoint 100',
    ],
    ['a truncated tail', ['DELETE FROM audit_leaf WHERE idx >= 250'], 'checkpoint 300'],
    [
      'a swap',
      [
        'UPDATE audit_leaf SET idx = -1 WHERE idx = 5',
        'UPDATE audit_leaf SET idx = 5 WHERE idx = 6',
        'UPDATE audit_leaf SET idx = 6 WHERE idx = -1',
      ],
      'checkpoint 100',
    ],
    ['a changed subtree row', [`UPDATE audit_subtree SET hash = sha256('x') WHERE lvl = 8 AND idx = 0`], 'subtree 8/0'],
    ['a changed checkpoint row', [`UPDATE audit_checkpoint SET root = sha256('x') WHERE size = 200`], 'checkpoint 200'],
  ])('%s', async (_, statements, problem) => {
    const found = await asSuperuser(async (db) => {
      for (const statement of statements) await db.query(statement);
      return auditLog(db);
    });
    expect(found.problems.join('\n')).toContain(problem);
  });

  test('and is silent about growth and erasure', async () => {
    expect(await auditLog(log.database.dataSource)).toEqual({ size: 300n, problems: [] });
    await log.append(projectEvent('alpha', 1, { sections: [{ section: 'a', data: 1 }] }));
    await log.database.dataSource.query('UPDATE audit_payload SET salt = NULL, ciphertext = NULL, erased_at = now()');
    await log.integrateAll();
    expect(await auditLog(log.database.dataSource)).toEqual({ size: 301n, problems: [] });
  });
});

/** After an attack: makes leaves, subtrees and heads fit again, so that the database contradicts itself nowhere. */
async function recompute(db: QueryRunner): Promise<bigint> {
  await db.query('DELETE FROM audit_cosignature');
  await db.query('UPDATE audit_leaf l SET leaf_hash = e.leaf_hash FROM audit_event e WHERE e.id = l.event_id');
  const heads = (await db.query('SELECT size FROM audit_checkpoint')) as { size: string }[];
  const sizes = new Set(heads.map((head) => head.size));
  const leaves = (await db.query('SELECT leaf_hash AS hash FROM audit_leaf ORDER BY idx')) as { hash: Buffer }[];
  await db.query('DELETE FROM audit_subtree');
  await db.query('DELETE FROM audit_checkpoint');
  const frontier = new Frontier(hasher);
  const subtrees: [level: number, index: bigint, hash: Uint8Array][] = [];
  for (const { hash } of leaves) {
    frontier.append(new Uint8Array(hash), (level, index, root) => {
      if (level % TILE_HEIGHT === 0) subtrees.push([level, index, root]);
    });
    if (sizes.has(String(frontier.size)) || frontier.size === BigInt(leaves.length)) {
      await db.query('INSERT INTO audit_checkpoint (size, root, epoch) VALUES ($1, $2, 1)', [
        String(frontier.size),
        Buffer.from(frontier.root()),
      ]);
    }
  }
  for (const [level, index, hash] of subtrees) {
    await db.query('INSERT INTO audit_subtree (lvl, idx, hash) VALUES ($1, $2, $3)', [
      level,
      String(index),
      Buffer.from(hash),
    ]);
  }
  return frontier.size;
}

/** Whether the tree in the database extends the signed head: what an offline verifier checks, and the contract before it anchors. */
async function extendsSigned(db: QueryRunner, size: bigint): Promise<boolean> {
  if (size < signed.size) return false;
  const source = logSource(db, size);
  const proof = await proveConsistency(hasher, source, signed.size, size);
  return verifyConsistency(hasher, signed.size, size, proof, signed.root, await treeRoot(hasher, source, size));
}

const renumber = (after: number): string[] => [
  `UPDATE audit_leaf SET idx = -idx WHERE idx > ${String(after)}`,
  'UPDATE audit_leaf SET idx = -idx - 1 WHERE idx < 0',
];
const INSERTED = '0190a0b0-1111-7222-8333-444455556666';
/** An entry that never was, with the time of entry 4, between 4 and 5. */
const backdated = [
  `UPDATE audit_leaf SET idx = -idx WHERE idx > 4`,
  `UPDATE audit_leaf SET idx = 1 - idx WHERE idx < 0`,
  `INSERT INTO audit_event (header, leaf_hash, id, type, at, actor, subject_type, subject_id, project_id, xid)
   SELECT h, sha256('\\x00'::bytea || h), '${INSERTED}', type, at, actor, subject_type, subject_id, project_id, xid
     FROM (SELECT e.*, convert_to(replace(convert_from(header, 'UTF8'), e.id::text, '${INSERTED}'), 'UTF8') AS h
             FROM audit_event e WHERE id = ${header(4)}) source`,
  `INSERT INTO audit_leaf SELECT 5, id, leaf_hash FROM audit_event WHERE id = '${INSERTED}'`,
];
/** Back to entry 200, as a dump of that time would bring it. */
const restored = [
  'DELETE FROM audit_cosignature',
  'DELETE FROM audit_leaf WHERE idx >= 200',
  'DELETE FROM audit_checkpoint WHERE size > 200',
];
const grow = (count: number): string[] => [
  `INSERT INTO audit_leaf (idx, event_id, leaf_hash)
   SELECT (SELECT max(idx) FROM audit_leaf) + row_number() OVER (ORDER BY e.id DESC), e.id, e.leaf_hash
     FROM audit_event e WHERE NOT EXISTS (SELECT 1 FROM audit_leaf l WHERE l.event_id = e.id) ORDER BY e.id DESC LIMIT ${String(count)}`,
];

describe('a superuser who makes the whole database fit again is found out by the head that others remember', () => {
  test.each<[string, string[]]>([
    [
      'an edit',
      [
        `UPDATE audit_event SET header = ${edited}, leaf_hash = sha256('\\x00'::bytea || ${edited}) WHERE id = ${header(7)}`,
      ],
    ],
    ['a deletion with the tail renumbered', ['DELETE FROM audit_leaf WHERE idx = 7', ...renumber(7)]],
    ['a truncated tail', ['DELETE FROM audit_leaf WHERE idx >= 250']],
    ['a truncated log', ['DELETE FROM audit_leaf WHERE idx >= 1']],
    [
      'a swap',
      [
        'UPDATE audit_leaf SET idx = -1 WHERE idx = 5',
        'UPDATE audit_leaf SET idx = 5 WHERE idx = 6',
        'UPDATE audit_leaf SET idx = 6 WHERE idx = -1',
      ],
    ],
    ['a backdated insert', backdated],
    ['an older backup', restored],
    ['an older backup that has grown again in another order', [...restored, ...grow(100)]],
  ])('%s', async (_, statements) => {
    await asSuperuser(async (db) => {
      for (const statement of statements) await db.query(statement);
      const size = await recompute(db);
      expect((await auditLog(db)).problems).toEqual([]);
      expect(await extendsSigned(db, size)).toBe(false);
      await expect(log.signer().check(db, size)).rejects.toThrow(LogHalted);
    });
  });

  test('growth and erasure raise no alarm, also after a recomputation', async () => {
    await log.append(projectEvent('alpha', 2, { sections: [{ section: 'a', data: 1 }] }));
    await log.integrateAll();
    await asSuperuser(async (db) => {
      await db.query(
        'UPDATE audit_payload SET salt = NULL, ciphertext = NULL, erased_at = now() WHERE erased_at IS NULL',
      );
      const size = await recompute(db);
      expect(size).toBeGreaterThan(signed.size);
      expect(await extendsSigned(db, size)).toBe(true);
      await expect(log.signer().check(db, size)).resolves.toBeUndefined();
    });
  });
});
