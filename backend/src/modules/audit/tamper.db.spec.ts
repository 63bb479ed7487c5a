import type { QueryRunner } from 'typeorm';
import { auditLog } from './log/full-check.js';
import { createLogFixture, projectEvent, type LogFixture } from './testing/log-fixture.js';

let log: LogFixture;
beforeAll(async () => {
  log = await createLogFixture();
  const events = Array.from({ length: 300 }, (_, n) => projectEvent('alpha', n));
  await log.database.uow.transaction((tx) => log.audit.appendAll(tx, events));
  await log.integrateAll(100);
});
afterAll(() => log.close());

const header = (idx: number): string => `(SELECT event_id FROM audit_leaf WHERE idx = ${String(idx)})`;
const edited = `convert_to(replace(convert_from(header, 'UTF8'), '"n":7', '"n":8'), 'UTF8')`;

/** Runs `work` in a transaction that is taken back, with what only a superuser can do: triggers and constraints are off. */
async function asSuperuser<T>(work: (db: QueryRunner) => Promise<T>): Promise<T> {
  const db = log.database.dataSource.createQueryRunner();
  await db.startTransaction();
  try {
    for (const table of ['audit_event', 'audit_leaf', 'audit_subtree', 'audit_checkpoint']) {
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
