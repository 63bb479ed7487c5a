import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, existsSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { readManifest } from '@milepost/protocol/manifest';
import { sampleDraft } from '../../testing/draft.js';
import { freshKey, startTestApp, type TestApp } from '../../testing/test-app.js';

const MAX = 200_000;

let app: TestApp;
let cookies: Record<'client' | 'contributor' | 'payee' | 'panel' | 'outsider', string>;
let project: string;
let escrow: string;

beforeAll(async () => {
  app = await startTestApp({ maxFileBytes: MAX });
  const [client, contributor, payee, panel, outsider] = await Promise.all(
    [1, 2, 3, 4, 8].map((index) => app.signIn(app.wallet(index))),
  );
  cookies = { client, contributor, payee, panel, outsider } as typeof cookies;
  project = (
    await app.call('POST', '/projects', { cookie: cookies.client, json: sampleDraft(app), headers: freshKey() })
  ).body.id;
  escrow = (await app.call('GET', `/projects/${project}/terms`, { cookie: cookies.client })).body.escrow;
}, 60_000);

afterAll(async () => {
  await app?.close();
});

const sha256 = (bytes: Buffer): string => `0x${createHash('sha256').update(bytes).digest('hex')}`;
const upload = (
  raw: Buffer | ReadableStream,
  cookie = cookies.contributor,
  name: string | null = 'report.pdf',
  n = 0,
) =>
  app.call('POST', `/projects/${project}/milestones/${n}/uploads`, {
    cookie,
    raw,
    headers: {
      'content-type': 'application/octet-stream',
      ...(name === null ? {} : { 'x-file-name': encodeURIComponent(name) }),
    },
  });
const manifest = (
  files: readonly { sha256: string; name: string }[],
  cookie = cookies.contributor,
  note = 'Round one',
) =>
  app.call('POST', `/projects/${project}/milestones/0/manifests`, {
    cookie,
    json: { files, note },
    headers: freshKey(),
  });
const submissions = async (cookie: string) =>
  (await app.call('GET', `/projects/${project}/milestones/0/submissions`, { cookie })).body.items;
const stored = async (): Promise<number> => {
  const [row] = await app.database.dataSource.query<{ n: number }[]>('SELECT count(*)::int AS n FROM deliverable_file');
  return row?.n ?? -1;
};
const incoming = (): string[] => {
  const folder = join(app.dataDir, 'files', 'incoming');
  return existsSync(folder) ? readdirSync(folder) : [];
};

/** What the indexer writes when the escrow takes a submission. */
async function submitOnChain(digest: string, round: number): Promise<void> {
  await app.database.uow.transaction(async (tx) => {
    await tx.query(`SELECT set_config('milepost.block', 'none', true)`);
    await tx.query(
      'INSERT INTO escrow_submission (escrow, m, round, digest, late_bps, decide_by, submitted_at, tx) VALUES ($1, 0, $2, $3, 0, 0, 1800000000, $4)',
      [Buffer.from(escrow.slice(2), 'hex'), round, Buffer.from(digest.slice(2), 'hex'), randomBytes(32)],
    );
  });
}

/** A file that is uploaded, in a manifest and submitted. */
async function submitted(content: Buffer, name: string, round: number): Promise<{ digest: string; sha: string }> {
  const file = (await upload(content, cookies.contributor, name)).body;
  const { digest } = (await manifest([{ sha256: file.sha256, name }])).body;
  await submitOnChain(digest, round);
  return { digest, sha: file.sha256 };
}

describe('an upload', () => {
  it('is stored under the hash of its bytes, once', async () => {
    const bytes = randomBytes(MAX);
    const answer = await upload(bytes, cookies.contributor, 'Bericht – Größe.pdf');
    expect(answer).toMatchObject({
      status: 201,
      body: { sha256: sha256(bytes), size: MAX, name: 'Bericht – Größe.pdf' },
    });
    const before = await stored();
    expect((await upload(bytes, cookies.payee)).body.sha256).toBe(sha256(bytes));
    expect(await stored()).toBe(before);
    expect(existsSync(join(app.dataDir, 'files', sha256(bytes).slice(2, 4), sha256(bytes).slice(2)))).toBe(true);
  });

  it('of 0 bytes is refused', async () => {
    const before = await stored();
    expect(await upload(Buffer.alloc(0))).toMatchObject({ status: 422, body: { code: 'empty-file' } });
    expect(await stored()).toBe(before);
    expect(incoming()).toEqual([]);
  });

  it('that is too large is refused, announced or not, and leaves nothing behind', async () => {
    const before = await stored();
    expect(await upload(randomBytes(MAX + 1))).toMatchObject({
      status: 413,
      body: { code: 'file-too-large', maxBytes: MAX },
    });
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        sent += 1;
        if (sent > 12) controller.close();
        else controller.enqueue(randomBytes(50_000));
      },
    });
    expect(await upload(endless)).toMatchObject({ status: 413, body: { code: 'file-too-large' } });
    expect(await stored()).toBe(before);
    expect(incoming()).toEqual([]);
  });

  it('that breaks off leaves nothing behind', async () => {
    const before = await stored();
    const { port } = new URL(app.url);
    await new Promise<void>((done) => {
      const broken = request({
        port,
        host: '127.0.0.1',
        method: 'POST',
        path: `/api/v1/projects/${project}/milestones/0/uploads`,
        headers: {
          cookie: cookies.contributor,
          'content-type': 'application/octet-stream',
          'x-file-name': 'a.bin',
          'content-length': 100_000,
        },
      });
      broken.on('error', () => done());
      broken.write(randomBytes(50_000), () => setTimeout(() => broken.destroy(), 50));
    });
    for (let i = 0; i < 100 && incoming().length > 0; i += 1) await new Promise((done) => setTimeout(done, 20));
    expect(incoming()).toEqual([]);
    expect(await stored()).toBe(before);
  });

  it.each([
    ['a path', '../../etc/passwd'],
    ['a folder', 'a/b.pdf'],
    ['dots', '..'],
    ['a control character', 'a\u0000b'],
    ['no name', null],
  ])('named by %s is refused', async (_what, name) => {
    const before = await stored();
    expect(await upload(Buffer.from('x'), cookies.contributor, name)).toMatchObject({
      status: 422,
      body: { code: 'invalid-file-name' },
    });
    expect(await stored()).toBe(before);
  });

  it('is for the provider side of an existing milestone', async () => {
    const before = await stored();
    const bytes = Buffer.from('x');
    expect(await upload(bytes, cookies.client)).toMatchObject({ status: 403, body: { code: 'not-a-provider' } });
    expect(await upload(bytes, cookies.panel)).toMatchObject({ status: 403, body: { code: 'not-a-provider' } });
    expect(await upload(bytes, cookies.outsider)).toMatchObject({ status: 404, body: { code: 'unknown-project' } });
    expect(await upload(bytes, cookies.contributor, 'a.txt', 7)).toMatchObject({
      status: 404,
      body: { code: 'unknown-milestone' },
    });
    expect(
      await app.call('POST', `/projects/${project}/milestones/0/uploads`, {
        cookie: cookies.contributor,
        json: { a: 1 },
      }),
    ).toMatchObject({
      status: 422,
    });
    expect(await stored()).toBe(before);
  });
});

describe('a manifest', () => {
  it('names uploaded files only', async () => {
    const missing = `0x${'ab'.repeat(32)}`;
    expect(await manifest([{ sha256: missing, name: 'a.pdf' }])).toMatchObject({
      status: 422,
      body: { code: 'unknown-file' },
    });
    const file = (await upload(Buffer.from('twice'))).body;
    const twice = await manifest([
      { sha256: file.sha256, name: 'a.pdf' },
      { sha256: file.sha256, name: 'a.pdf' },
    ]);
    expect(twice).toMatchObject({ status: 422, body: { code: 'invalid-input' } });
    expect(await manifest([{ sha256: file.sha256, name: 'a.pdf' }], cookies.client)).toMatchObject({
      status: 403,
      body: { code: 'not-a-provider' },
    });
  });

  it('is seen by the provider side until it is submitted', async () => {
    const file = (await upload(Buffer.from('draft work'))).body;
    const { status, body } = await manifest([{ sha256: file.sha256, name: 'work.txt' }]);
    expect(status).toBe(201);
    expect(readManifest(body, body.digest).confidential.files).toEqual([
      { name: 'work.txt', size: 10, sha256: file.sha256 },
    ]);
    expect((await submissions(cookies.payee))[0]).toMatchObject({ digest: body.digest, round: 0, submittedAt: null });
    expect(await submissions(cookies.client)).toEqual([]);
    const path = `/submissions/${body.digest}/files/${file.sha256}`;
    expect(await app.call('GET', path, { cookie: cookies.client })).toMatchObject({
      status: 403,
      body: { code: 'no-right-to-files' },
    });
    await submitOnChain(body.digest, 1);
    expect((await submissions(cookies.client))[0]).toMatchObject({
      digest: body.digest,
      round: 1,
      note: 'Round one',
      files: [{ name: 'work.txt' }],
      submittedAt: '2027-01-15T08:00:00.000Z',
    });
    expect((await app.call('GET', path, { cookie: cookies.client })).body.toString()).toBe('draft work');
  });
});

describe('a download', () => {
  it('gives the bytes and lets no browser run them', async () => {
    const script = Buffer.from('<script>alert(1)</script>');
    const { digest, sha } = await submitted(script, 'page "x"; ü.html', 2);
    const answer = await app.call('GET', `/submissions/${digest}/files/${sha}`, { cookie: cookies.panel });
    expect(answer.status).toBe(200);
    expect(Buffer.compare(answer.body, script)).toBe(0);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': String(script.length),
      'content-disposition': `attachment; filename="page _x_; _.html"; filename*=UTF-8''page%20%22x%22%3B%20%C3%BC.html`,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'private, no-store',
    });
  });

  it('is for people of the project and for the service, and is logged', async () => {
    const { digest, sha } = await submitted(randomBytes(64), 'data.csv', 3);
    const path = `/submissions/${digest}/files/${sha}`;
    expect(await app.call('GET', path, { cookie: cookies.outsider })).toMatchObject({
      status: 403,
      body: { code: 'no-right-to-files' },
    });
    expect(await app.call('GET', path)).toMatchObject({ status: 401, body: { code: 'not-signed-in' } });
    const service = { authorization: `Bearer ${app.serviceToken}` };
    expect((await app.call('GET', path, { headers: service })).status).toBe(200);
    const both = (await app.call('GET', `/submissions/${digest}/manifest`, { headers: service })).body;
    expect(readManifest(both, digest as `0x${string}`).confidential.note).toBe('Round one');
    const log = await app.database.dataSource.query<{ person_id: string | null }[]>(
      'SELECT person_id FROM deliverable_download WHERE digest = $1',
      [Buffer.from(digest.slice(2), 'hex')],
    );
    expect(log).toEqual([{ person_id: null }]);
    expect(
      await app.call('GET', `/submissions/${digest}/files/0x${'00'.repeat(32)}`, { headers: service }),
    ).toMatchObject({
      status: 404,
      body: { code: 'unknown-file' },
    });
    expect(await app.call('GET', `/submissions/0x${'00'.repeat(32)}/manifest`, { headers: service })).toMatchObject({
      status: 404,
      body: { code: 'unknown-submission' },
    });
  });
});
