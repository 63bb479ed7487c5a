import { canonicalHash } from '@milepost/protocol/canonical';
import { decodeTerms } from '@milepost/protocol/terms';
import { TypedDataEncoder, verifyTypedData } from 'ethers';
import { sampleDraft, sampleTerms } from '../../testing/draft.js';
import { freshKey, startTestApp, type TestApp } from '../../testing/test-app.js';

let app: TestApp;
let client: string;
let contributor: string;
let panel: string;
let outsider: string;

beforeAll(async () => {
  app = await startTestApp();
  client = await app.signIn(app.wallet(1));
  contributor = await app.signIn(app.wallet(2));
  panel = await app.signIn(app.wallet(4));
  outsider = await app.signIn(app.wallet(8));
}, 60_000);

afterAll(async () => {
  await app?.close();
});

const create = async (cookie: string, json: unknown = sampleDraft(app), headers = freshKey()) =>
  app.call('POST', '/projects', { cookie, json, headers });
const newProject = async (): Promise<string> => (await create(client)).body.id;
const get = (id: string, cookie = client) => app.call('GET', `/projects/${id}`, { cookie });
const rows = async (table: string): Promise<number> => {
  const [row] = await app.database.dataSource.query<{ n: number }[]>(`SELECT count(*)::int AS n FROM ${table}`);
  return row?.n ?? -1;
};

/** Signs the prepared terms as wallet `index`. */
async function sign(id: string, index: number, change: { deadline?: number; chainId?: number; role?: string } = {}) {
  const cookie = index === 1 ? client : contributor;
  const { typedData } = (await app.call('GET', `/projects/${id}/terms`, { cookie })).body;
  const message = { ...typedData.message, deadline: change.deadline ?? typedData.message.deadline };
  const domain = { ...typedData.domain, chainId: change.chainId ?? typedData.domain.chainId };
  const signature = await app.wallet(index).signTypedData(domain, typedData.types, message);
  const role = change.role ?? (index === 1 ? 'client' : 'contributor');
  return app.call('POST', `/projects/${id}/signatures`, {
    cookie,
    json: { role, deadline: message.deadline, nonce: '0', signature },
  });
}

describe('a draft', () => {
  it('is saved and shown to everyone it names, and to nobody else', async () => {
    const answer = await create(client);
    expect(answer.status).toBe(201);
    const { body } = answer;
    expect(body).toMatchObject({
      status: 'draft',
      version: 1,
      escrow: null,
      ledger: null,
      total: '3500000001',
      title: 'Field study',
    });
    expect(body.milestones.map((milestone: { status: string }) => milestone.status)).toEqual(['Draft', 'Draft']);
    expect(body.milestones[0].policy.sentence).toMatch(/^Paid when 1 of these approves: the clients .*the panel/);
    expect(body.token).toEqual(app.deployment.token);
    for (const cookie of [client, contributor, panel]) expect((await get(body.id, cookie)).status).toBe(200);
    expect(await get(body.id, outsider)).toMatchObject({ status: 404, body: { code: 'unknown-project' } });
    expect(await app.call('GET', `/projects/${body.id}`)).toMatchObject({
      status: 401,
      body: { code: 'not-signed-in' },
    });
    expect((await app.call('GET', '/projects', { cookie: outsider })).body).toEqual({ items: [], nextCursor: null });
  });

  it('is unknown by any other id', async () => {
    expect(await get('0190d2a4-0000-7000-8000-000000000000')).toMatchObject({
      status: 404,
      body: { code: 'unknown-project' },
    });
    expect(await get('nonsense')).toMatchObject({ status: 422, body: { code: 'invalid-input' } });
  });

  it('is created once per idempotency key', async () => {
    const key = freshKey();
    const before = await rows('project');
    const json = sampleDraft(app);
    const answers = await Promise.all(Array.from({ length: 8 }, () => create(client, json, key)));
    expect(new Set(answers.map((answer) => answer.status))).toEqual(
      new Set([...(answers.some((a) => a.status === 409) ? [409] : []), 201]),
    );
    const again = await create(client, json, key);
    expect(
      new Set([...answers, again].filter((answer) => answer.status === 201).map((answer) => answer.body.id)).size,
    ).toBe(1);
    const made = answers.find((answer) => answer.status === 201);
    expect(again.body).toEqual(made?.body);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await rows('project')).toBe(before + 1);
    const other = await create(client, { ...sampleDraft(app), title: 'Another' }, key);
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
    expect(await create(client, sampleDraft(app), {} as never)).toMatchObject({
      status: 400,
      body: { code: 'idempotency-key-missing' },
    });
    expect(await rows('project')).toBe(before + 1);
  });

  it.each([
    ['a person without a part', 8, {}, 403, 'not-a-party'],
    ['one account as both parties', 1, { contributor: 'client' }, 422, 'invalid-terms'],
    ['payees that sum to less', 1, { payees: 'short' }, 422, 'invalid-terms'],
    ['an empty panel', 1, { seats: 'noPanel' }, 422, 'invalid-terms'],
    ['an arbitrator with a seat', 1, { arbitration: 'seat' }, 422, 'invalid-terms'],
    ['clocks unlike the profile', 1, { policies: 'clock' }, 422, 'invalid-terms'],
    ['another token', 1, { token: 'other' }, 422, 'invalid-input'],
    ['a fee that is not asked', 1, { feeBps: 'other' }, 422, 'invalid-input'],
  ])('of %s is refused', async (_name, index, change: Record<string, string>, status, code) => {
    const terms = sampleTerms(app);
    const first = terms.payees[0] ?? { account: '', weight: 0 };
    const changes = {
      ...(change['contributor'] ? { contributor: terms.client } : {}),
      ...(change['payees'] ? { payees: [{ ...first, weight: 9_999 }] } : {}),
      ...(change['seats'] ? { seats: terms.seats.slice(0, 1) } : {}),
      ...(change['arbitration'] ? { arbitration: { ...terms.arbitration, arbitrator: app.wallet(4).address } } : {}),
      ...(change['policies'] ? { policies: terms.policies.map((policy) => ({ ...policy, windowSeconds: 1 })) } : {}),
      ...(change['feeBps'] ? { feeBps: 99 } : {}),
      ...(change['token'] ? { token: app.wallet(9).address } : {}),
    };
    const before = await rows('project');
    const answer = await create(index === 8 ? outsider : client, sampleDraft(app, changes));
    expect(answer).toMatchObject({ status, body: { code } });
    if (code === 'invalid-terms')
      expect(answer.body.issues[0]).toEqual({
        path: expect.any(String),
        code: expect.any(String),
        message: expect.any(String),
      });
    expect(await rows('project')).toBe(before);
  });

  it('refuses members that nobody asked for', async () => {
    const before = await rows('project');
    const json = { ...sampleDraft(app), id: '0190d2a4-0000-7000-8000-000000000000', status: 'active' };
    expect(await create(client, json)).toMatchObject({ status: 422, body: { code: 'invalid-input' } });
    expect(await rows('project')).toBe(before);
  });

  it('is edited against its version, which voids the signatures', async () => {
    const id = await newProject();
    expect((await sign(id, 1)).body).toMatchObject({
      status: 'signing',
      signatures: { client: { signer: app.wallet(1).address }, contributor: null },
    });
    const edit = (headers: Record<string, string>) =>
      app.call('PUT', `/projects/${id}/draft`, {
        cookie: contributor,
        headers,
        json: { ...sampleDraft(app), title: 'Second thoughts' },
      });
    expect(await edit({})).toMatchObject({ status: 428, body: { code: 'version-needed' } });
    expect(await edit({ 'if-match': '"7"' })).toMatchObject({
      status: 412,
      body: { code: 'version-mismatch', version: 1 },
    });
    expect((await get(id)).body).toMatchObject({ title: 'Field study', version: 1, status: 'signing' });
    expect(await edit({ 'if-match': '"1"' })).toMatchObject({
      status: 200,
      body: { title: 'Second thoughts', version: 2, status: 'draft', signatures: { client: null, contributor: null } },
    });
  });

  it('is listed page by page, newest first', async () => {
    const ids = [await newProject(), await newProject(), await newProject()];
    const first = (await app.call('GET', '/projects?mine=1&limit=2', { cookie: client })).body;
    const second = (await app.call('GET', `/projects?limit=2&cursor=${first.nextCursor}`, { cookie: client })).body;
    expect([...first.items, ...second.items].slice(0, 3).map((item: { id: string }) => item.id)).toEqual(ids.reverse());
    expect(await app.call('GET', '/projects?cursor=bad!', { cookie: client })).toMatchObject({
      status: 422,
      body: { code: 'invalid-cursor' },
    });
  });
});

describe('the terms', () => {
  it('hash to what the bytes and the typed data say', async () => {
    const id = await newProject();
    const { body } = await app.call('GET', `/projects/${id}/terms`, { cookie: contributor });
    expect(canonicalHash(body.document)).toBe(body.termsHash);
    expect(decodeTerms(body.args)).toMatchObject({
      termsHash: body.termsHash,
      policyHash: body.policyHash,
      feeBps: 100,
    });
    expect(body.typedData.message).toMatchObject({ total: '3500000001', argsHash: body.argsHash });
    expect(TypedDataEncoder.hash(body.typedData.domain, body.typedData.types, body.typedData.message)).toMatch(/^0x/);
    const again = (await app.call('GET', `/projects/${id}/terms`, { cookie: client })).body;
    expect(again.args).toBe(body.args);
    expect(again.escrow).toMatch(/^0x[0-9a-fA-F]{40}$/);
  });

  it('are signed by both parties', async () => {
    const id = await newProject();
    expect((await sign(id, 1)).status).toBe(200);
    const answer = await sign(id, 2);
    expect(answer.body.signatures.contributor.signer).toBe(app.wallet(2).address);
    const { typedData } = (await app.call('GET', `/projects/${id}/terms`, { cookie: client })).body;
    const [stored] = await app.database.dataSource.query<{ signature: Buffer; deadline: string }[]>(
      "SELECT signature, deadline FROM project_signature WHERE project_id = $1 AND role = 'client'",
      [id],
    );
    const message = { ...typedData.message, deadline: Number(stored?.deadline) };
    const signature = `0x${stored?.signature.toString('hex')}`;
    expect(verifyTypedData(typedData.domain, typedData.types, message, signature)).toBe(app.wallet(1).address);
  });

  it('take no wrong signature', async () => {
    const id = await newProject();
    expect(await sign(id, 1, { role: 'contributor' })).toMatchObject({
      status: 422,
      body: { code: 'signature-wrong' },
    });
    expect(await sign(id, 1, { chainId: 1 })).toMatchObject({ status: 422, body: { code: 'signature-wrong' } });
    expect(await sign(id, 1, { deadline: 1_000 })).toMatchObject({ status: 422, body: { code: 'signature-expired' } });
    const json = { role: 'client', deadline: 4_000_000_000, signature: `0x${'00'.repeat(65)}` };
    expect(await app.call('POST', `/projects/${id}/signatures`, { cookie: client, json })).toMatchObject({
      status: 422,
      body: { code: 'signature-wrong' },
    });
    expect(await app.call('POST', `/projects/${id}/signatures`, { cookie: panel, json })).toMatchObject({
      status: 403,
      body: { code: 'not-a-party' },
    });
    expect(await app.call('POST', `/projects/${id}/signatures`, { cookie: outsider, json })).toMatchObject({
      status: 404,
      body: { code: 'unknown-project' },
    });
    expect((await get(id)).body).toMatchObject({ status: 'draft', signatures: { client: null, contributor: null } });
  });

  it('are not sent to the chain before both have signed', async () => {
    const id = await newProject();
    const request = () =>
      app.call('POST', `/projects/${id}/creation`, { cookie: client, json: {}, headers: freshKey() });
    expect(await request()).toMatchObject({ status: 409, body: { code: 'signatures-missing' } });
    await sign(id, 1);
    expect((await request()).body.detail).toMatch(/the contributor is missing/);
    expect((await get(id)).body.creation).toBeNull();
  });
});

describe('every change', () => {
  it('left an audit event and an announcement for its project', async () => {
    const id = await newProject();
    await sign(id, 1);
    await app.call('PUT', `/projects/${id}/draft`, {
      cookie: client,
      headers: { 'if-match': '1' },
      json: sampleDraft(app),
    });
    const events = await app.database.dataSource.query<{ type: string }[]>(
      "SELECT type FROM audit_event WHERE subject_type = 'project' AND subject_id = $1 ORDER BY id",
      [id],
    );
    expect(events.map((event) => event.type)).toEqual([
      'project.created',
      'terms.signed',
      'project.edited',
      'terms.withdrawn',
    ]);
    const [outbox] = await app.database.dataSource.query<{ n: number }[]>(
      'SELECT count(*)::int AS n FROM outbox WHERE project_id = $1',
      [id],
    );
    expect(outbox?.n).toBe(3);
  });
});
