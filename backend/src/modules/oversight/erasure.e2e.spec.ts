import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parsePolicy, verifyBundle, verifyProof, type Bundle } from '@milepost/tlog';
import { nodeCrypto, sha256 } from '@milepost/tlog/node';
import { nobleEthereum } from '@milepost/tlog/secp256k1';
import { AUDIT_HELP, auditCommand } from '../../cli/audit-commands.js';
import { files as mapped } from '../../data-map/tables.js';
import { sampleDraft } from '../../testing/draft.js';
import { growLog } from '../../testing/grow-log.js';
import { type Answer, freshKey, startTestApp, type TestApp } from '../../testing/test-app.js';
import { People } from '../identity/index.js';
import { KeyRing, SealBroken } from '../audit/index.js';

let app: TestApp;
let client: string;
let contributor: string;
let operator: string;
let project: string;
let person: string;

const NAME = 'Ernestine Vergissmeinnicht';
const get = (path: string, cookie?: string): Promise<Answer> => app.call('GET', path, { cookie });
const post = (path: string, cookie: string, json: unknown = {}): Promise<Answer> =>
  app.call('POST', path, { cookie, json, headers: freshKey() });

/** Every row of every table, as text (bytes as hex), by table. */
async function dump(except: (table: string) => boolean = () => false): Promise<Map<string, string>> {
  const tables = await app.database.dataSource.query<{ name: string }[]>(
    `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
      WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`,
  );
  const found = new Map<string, string>();
  for (const { name } of tables.filter((table) => !except(table.name))) {
    const rows = await app.database.dataSource.query<{ row: string }[]>(`SELECT t::text AS row FROM ${name} t`);
    found.set(name, rows.map(({ row }) => row).join('\n'));
  }
  return found;
}

/** Everything in the data folder but its secrets. */
function files(folder = app.dataDir): Map<string, string> {
  return new Map(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name))
      .filter((path) => statSync(path).isFile())
      .map((path) => [path, readFileSync(path, 'latin1')]),
  );
}

/** Where a text stands: as it is, as hex, or as Base64 at any of its three offsets. */
function holders(where: ReadonlyMap<string, string>, text: string): string[] {
  const bytes = Buffer.from(text);
  const forms = [text, bytes.toString('hex'), JSON.stringify(text).slice(1, -1)];
  for (let skip = 0; skip < 3; skip += 1)
    forms.push(bytes.subarray(skip, bytes.length - ((bytes.length - skip) % 3)).toString('base64'));
  return [...where].filter(([, content]) => forms.some((form) => content.includes(form))).map(([name]) => name);
}

const trust = async () => ({
  crypto: { ...nodeCrypto, ethereum: nobleEthereum },
  policy: parsePolicy(sha256, String((await get('/log/policy')).body)),
});
const bundle = async (): Promise<Bundle> => (await get(`/audit/export/${project}`, client)).body as Bundle;

beforeAll(async () => {
  app = await startTestApp();
  [client, contributor, operator] = [
    await app.signIn(app.wallet(1)),
    await app.signIn(app.wallet(2)),
    await app.signIn(app.wallet(0)),
  ];
  const renamed = await app.call('PATCH', '/me', { cookie: contributor, json: { name: NAME } });
  person = renamed.body.id as string;
  project = (await post('/projects', client, sampleDraft(app))).body.id as string;
  await app.call('POST', `/projects/${project}/milestones/0/uploads`, {
    cookie: contributor,
    raw: Buffer.from('the work'),
    headers: { 'content-type': 'application/octet-stream', 'x-file-name': 'work.txt' },
  });
  await growLog(app);
}, 60_000);
afterAll(() => app?.close());

const keys = (table: string): boolean => table.startsWith('audit_keys.');

describe('before an erasure', () => {
  it('people are shown by their names, and no table, file or backup holds one in the clear', async () => {
    const people = (await get('/people', client)).body.items as { name: string }[];
    expect(people.map(({ name }) => name)).toContain(NAME);
    expect((await get('/auth/session', contributor)).body.person.name).toBe(NAME);
    expect(holders(await dump(), NAME)).toEqual([]);
    expect(holders(files(), NAME)).toEqual([]);
    // The search itself must be able to find it.
    await app.database.dataSource.query('CREATE TABLE control AS SELECT 1 AS id, convert_to($1, $2) AS bytes', [
      NAME,
      'UTF8',
    ]);
    expect(holders(await dump(), NAME)).toEqual(['public.control']);
    await app.database.dataSource.query('DROP TABLE control');
  });

  it('every file of the data folder is on the data map', () => {
    const names = [...files().keys()].map((name) => relative(app.dataDir, name));
    expect(names.length).toBeGreaterThan(3);
    expect(names.filter((name) => !mapped.some(({ pattern }) => pattern.test(name)))).toEqual([]);
  });

  it('a person reads what goes, what stays and why', async () => {
    const plan = (await get('/me/erasure', contributor)).body;
    expect(plan.request).toBeNull();
    expect(plan.projects).toEqual([{ id: project, title: expect.any(String) }]);
    expect(plan.goes.find((item: { what: string }) => item.what.startsWith('Private sections')).count).toBeGreaterThan(
      1,
    );
    expect(plan.stays.every((item: { why: string }) => item.why.length > 20)).toBe(true);
  });
});

describe('asking', () => {
  it('can be withdrawn, is told to operators only, and not made twice', async () => {
    const request = (await post('/me/erasure', contributor)).body;
    expect(request).toMatchObject({ state: 'open', event: null, completeBy: null });
    expect(await post('/me/erasure', contributor)).toMatchObject({ status: 409, body: { code: 'already-requested' } });
    expect(await get('/erasures', client)).toMatchObject({ status: 403, body: { code: 'operators-only' } });
    expect((await get('/erasures', operator)).body.items).toMatchObject([{ id: request.id, person, name: NAME }]);
    expect((await app.call('DELETE', '/me/erasure', { cookie: contributor })).body).toMatchObject({
      state: 'withdrawn',
    });
    expect(await app.call('DELETE', '/me/erasure', { cookie: contributor })).toMatchObject({
      status: 409,
      body: { code: 'no-open-request' },
    });
    expect(await post(`/erasures/${request.id}/execution`, operator, { reason: 'person-asked' })).toMatchObject({
      status: 409,
      body: { code: 'no-open-request' },
    });
    expect((await get('/people', client)).body.items).toContainEqual(expect.objectContaining({ name: NAME }));
  });

  it('is refused under a legal hold, and nothing is gone', async () => {
    const request = (await post('/me/erasure', contributor)).body;
    const path = `/erasures/${request.id}/execution`;
    expect(await post(path, client, { reason: 'person-asked' })).toMatchObject({ status: 403 });
    const [hold] = (await post('/holds', operator, { person, reason: 'dispute' })).body.items;
    expect(await post('/holds', operator, { person, reason: 'dispute' })).toMatchObject({ status: 409 });
    expect(await post(path, operator, { reason: 'person-asked' })).toMatchObject({
      status: 409,
      body: { code: 'under-hold', detail: expect.stringContaining('dispute') },
    });
    expect((await get('/me/erasure', contributor)).body).toMatchObject({
      holds: [{ reason: 'dispute' }],
      request: { state: 'open' },
    });
    expect((await get('/auth/session', contributor)).body.person.name).toBe(NAME);
    expect(await app.call('DELETE', `/holds/${hold.id}`, { cookie: client })).toMatchObject({ status: 403 });
    expect((await app.call('DELETE', `/holds/${hold.id}`, { cookie: operator })).body.items).toEqual([]);
    expect(await app.call('DELETE', `/holds/${hold.id}`, { cookie: operator })).toMatchObject({ status: 404 });
    expect((await post(`/erasures/${request.id}/refusal`, operator, { reason: 'legal-claims' })).body).toMatchObject({
      state: 'refused',
      reason: 'legal-claims',
    });
  });
});

describe('after an erasure', () => {
  let before: Map<string, string>;
  let keysBefore: { id: string; wrapped_dek: Buffer }[];
  let sealed: { sealed_name: Buffer; dek_id: string };
  let bundleBefore: Bundle;
  let request: { id: string };
  let done: {
    erased: { sections: number; keys: number; pseudonyms: number };
    receipt: string;
    request: { event: string };
  };

  beforeAll(async () => {
    before = await dump(keys);
    const { dataSource } = app.database;
    [sealed] = await dataSource.query('SELECT sealed_name, dek_id FROM person WHERE id = $1', [person]);
    keysBefore = await dataSource.query('SELECT id, wrapped_dek FROM audit_keys.audit_dek WHERE id = $1', [
      sealed.dek_id,
    ]);
    bundleBefore = await bundle();
    request = (await post('/me/erasure', contributor)).body;
    const answer = await post(`/erasures/${request.id}/execution`, operator, { reason: 'person-asked' });
    expect(answer.status).toBe(200);
    done = answer.body;
    await growLog(app);
  });

  it('name and link are gone from every table, file and answer', async () => {
    expect(done.erased).toMatchObject({ keys: 1 });
    expect(done.erased.sections).toBeGreaterThan(1);
    expect(done.erased.pseudonyms).toBeGreaterThan(1);
    expect(holders(await dump(), NAME)).toEqual([]);
    expect(holders(files(), NAME)).toEqual([]);
    expect((await get('/auth/session', contributor)).body.person).toBeNull();
    expect(JSON.stringify((await get('/people', client)).body)).not.toContain(NAME);
    const trail = JSON.stringify((await get(`/audit/events?project=${project}`, client)).body);
    expect(trail).not.toContain(NAME);
    expect(trail).not.toContain(person);
    const aliases = await app.database.dataSource.query('SELECT 1 FROM actor_alias WHERE person_id = $1', [person]);
    expect(aliases).toEqual([]);
  });

  it('a backup made before cannot be read: only the destroyed key opened it', async () => {
    expect(holders(before, NAME)).toEqual([]);
    const ring = new KeyRing(Buffer.from(readFileSync(join(app.dataDir, 'keys', 'audit-kek'), 'utf8'), 'base64'));
    const { dataSource } = app.database;
    expect(await ring.dataKeys(dataSource, [sealed.dek_id])).toEqual(new Map());
    const context = `person\n${person}\nname`;
    const box = {
      iv: sealed.sealed_name.subarray(0, 12),
      ciphertext: sealed.sealed_name.subarray(12, -16),
      tag: sealed.sealed_name.subarray(-16),
    };
    // Every key that is left fails; the destroyed one (as the short-lived backup of keys still has it) would not.
    const left = await dataSource.query<{ id: string }[]>(
      'SELECT id FROM audit_keys.audit_dek WHERE wrapped_dek IS NOT NULL',
    );
    const remaining = await ring.dataKeys(
      dataSource,
      left.map(({ id }) => id),
    );
    expect(remaining.size).toBeGreaterThan(0);
    for (const key of remaining.values()) expect(() => ring.open(key, context, box)).toThrow(SealBroken);
    const restored = {
      query: () =>
        Promise.resolve(keysBefore.map((key) => ({ ...key, subject_ref: `person:${person}`, kek_id: ring.kekId }))),
    };
    const key = (await ring.dataKeys(restored, [sealed.dek_id])).get(sealed.dek_id);
    expect(ring.open(key ?? Buffer.alloc(32), context, box)).toBe(NAME);
  });

  it('every proof still verifies, the old bundle and the new one', async () => {
    const after = await bundle();
    const reports = [await verifyBundle(bundleBefore, await trust()), await verifyBundle(after, await trust())];
    expect(reports).toMatchObject([
      { outcome: 'good', problems: [] },
      { outcome: 'good', problems: [] },
    ]);
    expect(after.entries.length).toBeGreaterThanOrEqual(bundleBefore.entries.length);
    for (const entry of bundleBefore.entries)
      expect(after.entries.find(({ index }) => index === entry.index)?.header).toBe(entry.header);
  });

  it('the receipt is an entry of the log, proven to whoever has its number', async () => {
    const { event } = done.request;
    expect(done.receipt).toContain(`milepost/receipt/v1\n`);
    expect(done.receipt).toContain(event);
    expect((await get(`/erasures/${request.id}`)).body).toMatchObject({ state: 'executed', event });
    const proof = String((await get(`/log/proof/${event}`)).body);
    const report = await verifyProof(proof, await trust());
    expect(report).toMatchObject({ outcome: 'good', entries: [{ id: event, type: 'erasure.executed' }] });
    expect(proof).not.toContain(NAME);
  });

  it('the wallet can come back as a new person, the old number stays empty', async () => {
    const again = await app.signIn(app.wallet(2));
    const { person: fresh } = (await get('/auth/session', again)).body;
    expect(fresh.id).not.toBe(person);
    expect(fresh.name).not.toBe(NAME);
    expect((await get(`/projects/${project}`, again)).status).toBe(200);
    const [row] = await app.database.dataSource.query('SELECT name, sealed_name, erased_at FROM person WHERE id = $1', [
      person,
    ]);
    expect(row).toMatchObject({ name: null, sealed_name: null, erased_at: expect.any(Date) });
  });
});

describe('names of an older release', () => {
  it('are sealed at the next start', async () => {
    const id = '01a00000-0000-7000-8000-000000000001';
    const old = 'Altbestand Offen';
    const { dataSource } = app.database;
    // Written before there were keys, or demands for an event.
    await dataSource.query('ALTER TABLE person DISABLE TRIGGER USER; ALTER TABLE signer DISABLE TRIGGER USER');
    await dataSource.query('INSERT INTO person (id, name) VALUES ($1, $2)', [id, old]);
    await dataSource.query('INSERT INTO signer (address, person_id) VALUES ($1, $2)', [Buffer.alloc(20, 7), id]);
    await dataSource.query('ALTER TABLE person ENABLE TRIGGER USER; ALTER TABLE signer ENABLE TRIGGER USER');
    expect(holders(await dump(), old)).toEqual(['public.person']);
    expect((await get('/people', client)).body.items).toContainEqual(expect.objectContaining({ id, name: old }));
    await app.app.get(People, { strict: false }).onApplicationBootstrap();
    expect(holders(await dump(), old)).toEqual([]);
    expect((await get('/people', client)).body.items).toContainEqual(expect.objectContaining({ id, name: old }));
  });
});

describe('the operator’s command line', () => {
  const run = async (...args: string[]): Promise<{ code: number; text: string }> => {
    const lines: string[] = [];
    const code = await auditCommand(app.app, args, (line) => lines.push(line));
    return { code, text: lines.join('\n') };
  };

  it('shows the plan, refuses under hold, erases once', async () => {
    await app.signIn(app.wallet(5));
    const { address } = app.wallet(5);
    expect(await run('plan', address)).toMatchObject({ code: 0, text: expect.stringContaining('"goes"') });
    expect(await run('hold', address, '--reason', 'tax')).toMatchObject({ code: 0 });
    const refused = await run('erase', address, '--reason', 'court-order');
    expect(refused).toMatchObject({ code: 1, text: expect.stringContaining('under-hold') });
    const { id } = JSON.parse((await run('plan', address)).text).holds[0];
    expect(await run('lift', id)).toMatchObject({ code: 0 });
    expect(await run('erase', address)).toMatchObject({ code: 1, text: expect.stringContaining('--reason') });
    const erased = await run('erase', address, '--reason', 'court-order');
    expect(erased).toMatchObject({ code: 0, text: expect.stringContaining('milepost/receipt/v1') });
    expect(await run('erase', address, '--reason', 'court-order')).toMatchObject({ code: 1 });
  });

  it('says how it is used', async () => {
    for (const args of [[], ['erase'], ['burn', 'x'], ['plan', 'a', 'b'], ['--nonsense']])
      expect(await run(...args)).toEqual({ code: 2, text: AUDIT_HELP });
  });
});
