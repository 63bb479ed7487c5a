import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  TreeHasher,
  fromBase64,
  parseCheckpoint,
  parseEntryBundle,
  parseNote,
  parsePolicy,
  readTile,
  verifyBundle,
  verifyConsistency,
  verifyProof,
  type Bundle,
} from '@milepost/tlog';
import { main as verifyCommand } from '@milepost/tlog/cli';
import { sha256 } from '@milepost/tlog/node';
import { sampleDraft } from '../../testing/draft.js';
import { freshKey, startTestApp, type Answer, type TestApp } from '../../testing/test-app.js';
import { LEADER_LOCKS, LeaderConnection } from '../../platform/outbox/leader-connection.js';
import { publish } from '../../platform/outbox/notifier.js';
import { AuditService } from './index.js';
import { HeadFile } from './log/head-file.js';
import { LogIdentity } from './log/log-identity.js';
import { logCrypto } from './log/log-keys.js';
import { integrate, loadFrontier } from './log/sequencer.js';
import { Signer } from './log/signer.js';

let app: TestApp;
let client: string;
let outsider: string;
let project: string;
const hasher = new TreeHasher(sha256);

/** What the worker does: integrates what is pending, signs the head. */
async function growLog(): Promise<void> {
  const connection = await LeaderConnection.acquire(
    app.database.logins.sequencer,
    LEADER_LOCKS.sequencer,
    'audit_lead',
    new AbortController().signal,
  );
  if (connection === null) throw new Error('not leading');
  const { origin, signers, verifiers } = app.app.get(LogIdentity).log;
  const grown = await integrate(connection, await loadFrontier(connection));
  await new Signer(origin, signers, verifiers, new HeadFile(join(app.dataDir, 'log', 'head'))).sign(
    connection.client,
    grown.size,
  );
  await connection.release();
}
const get = (path: string, cookie?: string): Promise<Answer> => app.call('GET', path, { cookie });
const text = (answer: Answer): string => String(answer.body);
const append = (n: number): Promise<unknown> =>
  app.database.uow.transaction((tx) =>
    app.app.get(AuditService).append(tx, {
      type: 'milestone.funded',
      subject: ['milestone', `${project}/0`],
      project,
      actor: { system: 'test' },
      refs: { n },
      sections: [{ section: 'payment', data: { amount: '1000000', funder: app.wallet(1).address } }],
    }),
  );

beforeAll(async () => {
  app = await startTestApp();
  client = await app.signIn(app.wallet(1));
  outsider = await app.signIn(app.wallet(8));
  const empty = await get('/log/checkpoint');
  expect(empty).toMatchObject({ status: 503, body: { code: 'log-empty' } });
  const created = await app.call('POST', '/projects', { cookie: client, json: sampleDraft(app), headers: freshKey() });
  project = created.body.id as string;
  await append(1);
  await append(2);
  await growLog();
}, 60_000);
afterAll(() => app?.close());

describe('the log', () => {
  test('its head verifies by its policy, and names chain and contract', async () => {
    const note = await get('/log/checkpoint');
    expect(note.headers.get('content-type')).toContain('text/plain');
    const { origin } = parseCheckpoint(parseNote(text(note)).text);
    expect(origin).toBe(`milepost/${String(app.deployment.chainId)}/${app.deployment.contracts.AuditAnchor}`);
    const policy = text(await get('/log/policy'));
    expect(parsePolicy(sha256, policy).logs.map((key) => [key.name, key.type])).toEqual([
      [origin, 0x01],
      [origin, 0xff],
    ]);
  });

  test('tiles hold the hashes of the proofs; what no signed head has is not served', async () => {
    const { size } = parseCheckpoint(parseNote(text(await get('/log/checkpoint'))).text);
    const tile = await get(`/log/tile/0/000.p/${String(size)}`);
    expect(tile.headers.get('cache-control')).toContain('immutable');
    expect(readTile(new Uint8Array(tile.body as Buffer), Number(size))).toHaveLength(Number(size));
    for (const path of [
      `0/000.p/${String(size + 1n)}`,
      '0/000',
      '0/000.p/0',
      '0/000.p/256',
      '1/000.p/1',
      '0/0',
      'x',
      '0/001.p/1',
      '64/000',
    ]) {
      expect(await get(`/log/tile/${path}`)).toMatchObject({ status: 404, body: { code: 'unknown-tile' } });
    }
    const entries = `/log/tile/entries/000.p/${String(size)}`;
    expect(await get(entries, client)).toMatchObject({ status: 403, body: { code: 'entries-not-public' } });
    const mirror = await app.call('GET', entries, { headers: { authorization: `Bearer ${app.serviceToken}` } });
    const leaves = parseEntryBundle(new Uint8Array(mirror.body as Buffer)).map((entry) => hasher.leaf(entry));
    expect(leaves).toEqual(readTile(new Uint8Array(tile.body as Buffer), Number(size)));
  });

  test('a later head extends an earlier one', async () => {
    const before = parseCheckpoint(parseNote(text(await get('/log/checkpoint'))).text);
    await append(3);
    await growLog();
    const answer = await get(`/log/consistency?from=${String(before.size)}`);
    const { to, proof, checkpoint } = answer.body as { to: string; proof: string[]; checkpoint: string };
    const after = parseCheckpoint(parseNote(checkpoint).text);
    expect(to).toBe(String(after.size));
    expect(
      verifyConsistency(
        hasher,
        before.size,
        after.size,
        proof.map((hash) => fromBase64(hash)),
        before.root,
        after.root,
      ),
    ).toBe(true);
    expect((await get('/log/consistency?from=0&to=1')).body).toMatchObject({
      from: '0',
      to: '1',
      proof: [],
      checkpoint: null,
    });
    expect(await get('/log/consistency?from=1&to=999')).toMatchObject({
      status: 422,
      body: { code: 'size-out-of-range' },
    });
    expect(await get('/log/consistency?from=2&to=1')).toMatchObject({ status: 422 });
    expect(await get('/log/consistency?from=x')).toMatchObject({ status: 422 });
  });
});

describe('the trail of a project', () => {
  const timeline = (cookie: string, query = ''): Promise<Answer> =>
    get(`/audit/events?project=${project}${query}`, cookie);

  test('shows its members what happened, newest first, by pages', async () => {
    const all = (await timeline(client)).body as { items: Record<string, unknown>[]; nextCursor: string | null };
    expect(all.nextCursor).toBeNull();
    expect(all.items[0]).toMatchObject({
      type: 'milestone.funded',
      subject: ['milestone', `${project}/0`],
      source: 'app',
      person: null,
      actor: 'system:test',
    });
    expect(all.items[0]?.['sections']).toEqual({ payment: { amount: '1000000', funder: app.wallet(1).address } });
    const paged: unknown[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = (await timeline(client, `&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`)).body as typeof all;
      paged.push(...page.items);
      cursor = page.nextCursor;
    }
    expect(paged).toEqual(all.items);
  });

  test('is closed to others', async () => {
    const { items } = (await timeline(client)).body as { items: { id: string }[] };
    const id = items[0]?.id ?? '';
    expect(await timeline(outsider)).toMatchObject({ status: 404, body: { code: 'unknown-project' } });
    expect(await get(`/audit/events?project=${project}`)).toMatchObject({ status: 401 });
    expect(await get(`/audit/export/${project}`, outsider)).toMatchObject({
      status: 404,
      body: { code: 'unknown-project' },
    });
    for (const path of [`/log/proof/${id}`, `/audit/verify/${id}`]) {
      expect(await get(path, outsider)).toMatchObject({ status: 404, body: { code: 'unknown-event' } });
      expect(await get(path)).toMatchObject({ status: 404, body: { code: 'unknown-event' } });
      expect((await get(path, client)).status).toBe(200);
    }
    expect(await get('/log/proof/nonsense', client)).toMatchObject({ status: 422 });
    expect(await get('/log/proof/0190a0b0-1111-7222-8333-444455556666', client)).toMatchObject({ status: 404 });
  });

  test('proves each event, and says when the proof is a moment away', async () => {
    const policy = parsePolicy(sha256, text(await get('/log/policy')));
    const { items } = (await timeline(client)).body as { items: { id: string; index: number }[] };
    const [event] = items;
    const proof = text(await get(`/log/proof/${event?.id ?? ''}`, client));
    expect(await verifyProof(proof, { crypto: logCrypto, policy })).toMatchObject({
      outcome: 'good',
      entries: [{ id: event?.id, index: String(event?.index) }],
    });
    expect((await get(`/audit/verify/${event?.id ?? ''}`, client)).body).toMatchObject({ outcome: 'good' });
    await append(4);
    const [fresh] = ((await timeline(client)).body as { items: { id: string; index: number | null }[] }).items;
    expect(fresh?.index).toBeNull();
    expect(await get(`/log/proof/${fresh?.id ?? ''}`, client)).toMatchObject({
      status: 409,
      body: { code: 'not-yet-in-log' },
    });
  });

  test('exports a bundle that the offline verifier accepts, with its openings, and records the export', async () => {
    await growLog();
    const answer = await get(`/audit/export/${project}`, client);
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="milepost-audit-[\w-]+\.json"$/);
    const bundle = answer.body as Bundle;
    const policyText = text(await get('/log/policy'));
    const trust = { crypto: logCrypto, policy: parsePolicy(sha256, policyText) };
    const report = await verifyBundle(bundle, trust);
    expect(report).toMatchObject({ outcome: 'good', problems: [] });
    expect(report.entries.filter((entry) => entry.opened.includes('payment')).length).toBeGreaterThanOrEqual(4);
    const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
    writeFileSync(join(folder, 'bundle.json'), JSON.stringify(bundle));
    writeFileSync(join(folder, 'policy'), policyText);
    const lines: string[] = [];
    expect(
      await verifyCommand([join(folder, 'bundle.json'), '--policy', join(folder, 'policy')], (line) =>
        lines.push(line),
      ),
    ).toBe(0);
    expect(lines[0]).toContain('GOOD');
    rmSync(folder, { recursive: true });
    const [newest] = ((await timeline(client)).body as { items: { type: string; refs: unknown }[] }).items;
    expect(newest).toMatchObject({ type: 'export.made', refs: { entries: bundle.entries.length } });
    // One altered row in the database, and the next export does not verify.
    await app.database.dataSource.query('ALTER TABLE audit_event DISABLE TRIGGER USER');
    const edited = `convert_to(replace(convert_from(header, 'UTF8'), '"n":2', '"n":9'), 'UTF8')`;
    await app.database.dataSource.query(
      `UPDATE audit_event SET header = ${edited}, leaf_hash = sha256('\\x00'::bytea || ${edited}) WHERE convert_from(header, 'UTF8') LIKE '%"n":2%'`,
    );
    await app.database.dataSource.query('ALTER TABLE audit_event ENABLE TRIGGER USER');
    const altered = await verifyBundle((await get(`/audit/export/${project}`, client)).body, trust);
    expect(altered.outcome).toBe('bad-proof');
    expect(altered.problems).toHaveLength(1);
  });
});

describe('live updates', () => {
  test('stream over HTTP with the rights of the session, and resume', async () => {
    const open = async (cookie: string, last?: string): Promise<ReadableStreamDefaultReader<Uint8Array>> => {
      const answer = await fetch(`${app.url}/api/v1/events`, {
        headers: { cookie, ...(last === undefined ? {} : { 'last-event-id': last }) },
      });
      expect(answer.headers.get('content-type')).toContain('text/event-stream');
      return (answer.body as ReadableStream<Uint8Array>).getReader();
    };
    const until = async (reader: ReadableStreamDefaultReader<Uint8Array>, wanted: string): Promise<string> => {
      let seen = '';
      while (!seen.includes(wanted)) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`the stream ended after: ${seen}`);
        seen += Buffer.from(value).toString('utf8');
      }
      return seen;
    };
    await app.database.dataSource.query(
      `INSERT INTO outbox (type, ids, project_id) VALUES ('project.changed', '{"project":"x"}', $1), ('test.done', '{}', NULL)`,
      [project],
    );
    const streams = await Promise.all([open(client, '0'), open(outsider, '0')]);
    const connection = await LeaderConnection.acquire(
      app.database.logins.app,
      LEADER_LOCKS.notifier,
      'feed_lead',
      new AbortController().signal,
    );
    if (connection === null) throw new Error('not leading');
    await publish(connection);
    await connection.release();
    const [mine, theirs] = await Promise.all(streams.map((stream) => until(stream, 'test.done')));
    expect(mine).toContain('"type":"project.changed","ids":{"project":"x"}');
    expect(theirs).not.toContain('{"project":"x"}');
    await Promise.all(streams.map((stream) => stream.cancel()));
    const bad = await app.call('GET', '/events', { headers: { 'last-event-id': 'x' } });
    expect(bad).toMatchObject({ status: 400, body: { code: 'last-event-id-malformed' } });
  });
});
