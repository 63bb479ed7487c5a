import { verifyBundle, parsePolicy, type Bundle } from '@milepost/tlog';
import { nodeCrypto, sha256 } from '@milepost/tlog/node';
import { nobleEthereum } from '@milepost/tlog/secp256k1';
import { sampleDraft } from '../../testing/draft.js';
import { TrailStore } from '../audit/index.js';
import { growLog } from '../../testing/grow-log.js';
import { type Answer, freshKey, startTestApp, type TestApp } from '../../testing/test-app.js';

let app: TestApp;
let client: string;
let seat: string;
let operator: string;
let auditor: string;
let project: string;
let other: string;

const EVIL = '=HYPERLINK("http://evil.example","click")';
const get = (path: string, cookie?: string): Promise<Answer> => app.call('GET', path, { cookie });
const post = (path: string, cookie: string, json: unknown = {}): Promise<Answer> =>
  app.call('POST', path, { cookie, json, headers: freshKey() });
const trail = async (
  cookie: string,
  query = '',
): Promise<{ type: string; project: string; person: string; at: string }[]> =>
  (await get(`/audit/trail?limit=100${query}`, cookie)).body.items;
const letIn = (project_: string, cookie = client, days = 30): Promise<Answer> =>
  post(`/projects/${project_}/auditors`, cookie, { account: app.wallet(10).address, days });

beforeAll(async () => {
  app = await startTestApp();
  [client, seat, operator, auditor] = [
    await app.signIn(app.wallet(1)),
    await app.signIn(app.wallet(4)),
    await app.signIn(app.wallet(0)),
    await app.signIn(app.wallet(10)),
  ];
  project = (await post('/projects', client, sampleDraft(app))).body.id;
  other = (await post('/projects', client, { ...sampleDraft(app), title: EVIL })).body.id;
  await growLog(app);
}, 60_000);
afterAll(() => app?.close());

describe('an auditor', () => {
  let grant: { id: string; expiresAt: string };

  it('is let in by a party or an operator only, never a member, and not twice', async () => {
    expect(await get(`/audit/events?project=${project}`, auditor)).toMatchObject({ status: 404 });
    expect(await letIn(project, seat)).toMatchObject({ status: 403, body: { code: 'parties-only' } });
    expect(await letIn(project, auditor)).toMatchObject({ status: 404, body: { code: 'unknown-project' } });
    expect(await letIn(project, client, 367)).toMatchObject({ status: 422 });
    const self = await post(`/projects/${project}/auditors`, client, { account: app.wallet(4).address, days: 1 });
    expect(self).toMatchObject({ status: 409, body: { code: 'already-member' } });
    const answer = await letIn(project);
    expect(answer).toMatchObject({ status: 200, body: { account: app.wallet(10).address, revokedAt: null } });
    grant = answer.body;
    expect(await letIn(project, operator)).toMatchObject({ status: 409, body: { code: 'already-auditor' } });
    const [event] = await trail(client, `&project=${project}&kind=role.granted`);
    expect(event).toMatchObject({
      type: 'role.granted',
      refs: { role: 'auditor' },
      sections: { auditor: { account: app.wallet(10).address } },
    });
  });

  it('reads the trail of that project, its proofs and bundles, and nothing else', async () => {
    const { body } = await get('/audit/room', auditor);
    expect(body).toMatchObject({
      operator: false,
      projects: [{ id: project, title: 'Field study', via: 'auditor', until: grant.expiresAt }],
    });
    expect((await trail(auditor)).every((event) => event.project === project)).toBe(true);
    expect((await get(`/audit/events?project=${project}`, auditor)).status).toBe(200);
    const bundle = (await get(`/audit/export/${project}`, auditor)).body as Bundle;
    const trust = {
      crypto: { ...nodeCrypto, ethereum: nobleEthereum },
      policy: parsePolicy(sha256, String((await get('/log/policy')).body)),
    };
    expect(await verifyBundle(bundle, trust)).toMatchObject({ outcome: 'good' });
    const id = (JSON.parse(bundle.entries[0]?.header ?? '{}') as { id: string }).id;
    expect((await get(`/log/proof/${id}`, auditor)).status).toBe(200);
    for (const path of [
      `/audit/trail?project=${other}`,
      `/audit/export/${other}`,
      `/projects/${project}`,
      `/projects/${project}/terms`,
      `/projects/${project}/milestones/0/submissions`,
      `/rewards/projects/${project}`,
    ])
      expect([path, (await get(path, auditor)).status]).toEqual([path, 404]);
    expect((await get('/projects?mine=1', auditor)).body.items).toEqual([]);
    const upload = await app.call('POST', `/projects/${project}/milestones/0/uploads`, {
      cookie: auditor,
      raw: Buffer.from('x'),
      headers: { 'content-type': 'application/octet-stream', 'x-file-name': 'x' },
    });
    expect(upload.status).toBe(404);
  });

  it('is seen: each sitting, and each file, is an entry', async () => {
    const count = async (type: string): Promise<number> =>
      (await trail(client, `&project=${project}&kind=${type}`)).length;
    const me = (await get('/auth/session', auditor)).body.person.id as string;
    const exports = await count('export.made');
    await trail(auditor, `&project=${project}`);
    await get(`/audit/events?project=${project}`, auditor);
    await get(`/audit/trail/file?format=csv`, auditor);
    // Several looks so far, one sitting; a later look is another one.
    expect([await count('trail.viewed'), await count('export.made')]).toEqual([1, exports + 1]);
    const store = app.app.get(TrailStore, { strict: false });
    expect(await store.hasViewed(me, project, 0)).toBe(true);
    expect(await store.hasViewed(me, project, Date.now() + 1)).toBe(false);
    expect(await store.hasViewed(me, other, 0)).toBe(false);
    // Members read what is theirs without leaving a trace.
    await trail(client);
    expect(await count('trail.viewed')).toBe(1);
  });

  it('is out when the time is over, or the right was taken back, in the same moment', async () => {
    await app.database.dataSource.query(
      `UPDATE auditor_grant SET granted_at = now() - interval '2 days', expires_at = now() - interval '1 second' WHERE id = $1`,
      [grant.id],
    );
    expect(await get(`/audit/trail?project=${project}`, auditor)).toMatchObject({ status: 404 });
    expect((await get('/audit/room', auditor)).body.projects).toEqual([]);
    const again = (await letIn(project, operator)).body;
    expect((await get(`/audit/trail?project=${project}`, auditor)).status).toBe(200);
    const path = `/projects/${project}/auditors`;
    expect(await app.call('DELETE', `${path}/${again.id}`, { cookie: seat })).toMatchObject({ status: 403 });
    const { body } = await app.call('DELETE', `${path}/${again.id}`, { cookie: client });
    expect(body.items).toMatchObject([{ id: again.id, revokedAt: expect.any(String) }, { id: grant.id }]);
    expect(await get(`/audit/trail?project=${project}`, auditor)).toMatchObject({ status: 404 });
    expect(await get(`/audit/export/${project}`, auditor)).toMatchObject({ status: 404 });
    expect(await app.call('DELETE', `${path}/${again.id}`, { cookie: client })).toMatchObject({ status: 404 });
  });
});

describe('the audit room', () => {
  it('filters by project, person, kind and time', async () => {
    const me = (await get('/auth/session', client)).body.person.id as string;
    const all = await trail(client);
    expect(new Set(all.map((event) => event.project))).toEqual(new Set([project, other]));
    expect((await trail(client, `&project=${other}`)).every((event) => event.project === other)).toBe(true);
    const mine = await trail(client, `&person=${me}`);
    expect(mine.length).toBeGreaterThan(0);
    expect(mine.every((event) => event.person === me)).toBe(true);
    expect(mine.length).toBe(all.filter((event) => event.person === me).length);
    expect(new Set((await trail(client, '&kind=access')).map(({ type }) => type))).toEqual(
      new Set(['role.granted', 'role.revoked', 'trail.viewed', 'export.made']),
    );
    expect((await trail(client, '&kind=project.created')).length).toBe(2);
    const middle = all[2]?.at ?? '';
    expect((await trail(client, `&from=${middle}`)).every(({ at }) => at >= middle)).toBe(true);
    const before = await trail(client, `&to=${middle}`);
    expect(before.length).toBeGreaterThan(0);
    expect(before.every(({ at }) => at <= middle)).toBe(true);
    expect(await get(`/audit/trail?from=yesterday`, client)).toMatchObject({ status: 422 });
    expect(await get(`/audit/trail?kind=%25`, client)).toMatchObject({ status: 422 });
  });

  it('pages without a gap or a repetition', async () => {
    const all = (await trail(client)).map((event) => JSON.stringify(event));
    const paged: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body } = await get(`/audit/trail?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`, client);
      paged.push(...body.items.map((event: unknown) => JSON.stringify(event)));
      cursor = body.nextCursor;
    }
    expect(paged).toEqual(all);
  });

  it('makes CSV that no spreadsheet evaluates, and JSON with the same rows', async () => {
    const rows = await trail(client);
    const csv = await get('/audit/trail/file?format=csv', client);
    expect(csv.headers.get('content-disposition')).toBe('attachment; filename="milepost-audit-trail.csv"');
    expect(csv.headers.get('content-type')).toContain('text/csv');
    const text = String(csv.body);
    const lines = text.split('\r\n');
    expect(lines).toHaveLength(rows.length + 2);
    expect(lines[0]).toContain('"time (UTC)","entry","project"');
    expect(text).toContain(`"'=HYPERLINK(""http://evil.example"",""click"")"`);
    expect(text).not.toMatch(/(^|[,\r\n])"[=+\-@]/);
    expect(text).toContain('"project.created","0x7099…79C8","p:');
    const json = await get('/audit/trail/file?format=json&kind=project.created', client);
    const { entries } = JSON.parse(String(Buffer.isBuffer(json.body) ? json.body : JSON.stringify(json.body)));
    expect(entries).toHaveLength(2);
    expect(entries[0]).toMatchObject({ type: 'project.created', projectTitle: EVIL });
    expect(await get('/audit/trail/file?format=pdf', client)).toMatchObject({ status: 422 });
  });
});
