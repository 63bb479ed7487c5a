import { createTestDatabase, type TestDatabase } from './testing.js';

let db: TestDatabase;

beforeAll(async () => {
  db = await createTestDatabase();
  await db.dataSource.query('CREATE TABLE note (id int PRIMARY KEY)');
});

afterAll(async () => {
  await db?.close();
});

beforeEach(async () => {
  await db.dataSource.query('DELETE FROM note');
});

const add = (id: number) => db.uow.transaction((tx) => tx.query('INSERT INTO note VALUES ($1)', [id]));
const notes = async (): Promise<number[]> =>
  (await db.dataSource.query<{ id: number }[]>('SELECT id FROM note ORDER BY id')).map((row) => row.id);

describe('a unit of work', () => {
  it('joins the one that runs: both are kept or neither', async () => {
    await db.uow.transaction(async () => {
      await add(1);
      expect(db.uow.isActive).toBe(true);
      await add(2);
      expect(await notes()).toEqual([]);
    });
    expect(await notes()).toEqual([1, 2]);
    const failing = db.uow.transaction(async () => {
      await add(3);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await notes()).toEqual([1, 2]);
    expect(db.uow.isActive).toBe(false);
  });

  it('keeps parallel ones apart', async () => {
    const one = async (id: number, fail: boolean): Promise<void> =>
      db.uow.transaction(async () => {
        await add(id);
        await new Promise((done) => setTimeout(done, 5));
        if (fail) throw new Error('no');
      });
    await Promise.allSettled([one(1, false), one(2, true), one(3, false), one(4, true)]);
    expect(await notes()).toEqual([1, 3]);
  });

  it('runs what waits for the commit after it, and never after a rollback', async () => {
    const heard: string[] = [];
    await db.uow.transaction(async () => {
      await db.uow.transaction(async () =>
        db.uow.afterCommit(async () => void heard.push(`kept ${(await notes()).length}`)),
      );
      await add(1);
      expect(heard).toEqual([]);
    });
    expect(heard).toEqual(['kept 1']);
    const failing = db.uow.transaction(async () => {
      await db.uow.afterCommit(() => void heard.push('never'));
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await db.uow.afterCommit(() => void heard.push('at once'));
    expect(heard).toEqual(['kept 1', 'at once']);
  });

  it('waits 3 s for a lock at most, then says so', async () => {
    await add(1);
    let release = (): void => undefined;
    const held = db.uow.transaction(async (tx) => {
      await tx.query('SELECT * FROM note WHERE id = 1 FOR UPDATE');
      await new Promise<void>((done) => (release = done));
    });
    await new Promise((done) => setTimeout(done, 50));
    await expect(db.uow.transaction((tx) => tx.query('DELETE FROM note WHERE id = 1'))).rejects.toMatchObject({
      driverError: { code: '55P03' },
    });
    release();
    await held;
    expect(await notes()).toEqual([1]);
  });
});
