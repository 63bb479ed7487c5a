import { describeApi } from './platform/http/index.js';
import { sampleDraft } from './testing/draft.js';
import { type CallOptions, freshKey, startTestApp, type TestApp } from './testing/test-app.js';

/** Answers by who asks: nobody, a person without a part in the project, a panel member, the service token. */
interface Row {
  readonly anonymous: number;
  readonly stranger: number;
  readonly member: number;
  readonly service: number;
  /** Sent with the request; default: nothing. */
  readonly options?: () => CallOptions;
}

let app: TestApp;
let project: string;
let digest: string;
let file: string;
let event: string;
let stranger: string;
let member: string;

const UNKNOWN_ID = '0190d2a4-0000-7000-8000-000000000000';
const HASH = `0x${'ab'.repeat(32)}`;
const AUTH = { nonce: '0', deadline: 4_000_000_000, signature: `0x${'11'.repeat(65)}` };

beforeAll(async () => {
  app = await startTestApp();
  const client = await app.signIn(app.wallet(1));
  const contributor = await app.signIn(app.wallet(2));
  stranger = await app.signIn(app.wallet(8));
  member = await app.signIn(app.wallet(4));
  project = (await app.call('POST', '/projects', { cookie: client, json: sampleDraft(app), headers: freshKey() })).body
    .id;
  const path = `/projects/${project}/milestones/0`;
  const bytes = { 'content-type': 'application/octet-stream', 'x-file-name': 'a.txt' };
  file = (await app.call('POST', `${path}/uploads`, { cookie: contributor, raw: Buffer.from('a'), headers: bytes }))
    .body.sha256;
  const json = { files: [{ sha256: file, name: 'a.txt' }], note: '' };
  digest = (await app.call('POST', `${path}/manifests`, { cookie: contributor, json, headers: freshKey() })).body
    .digest;
  const [row] = await app.database.dataSource.query<{ id: string }[]>(
    'SELECT id FROM audit_event WHERE project_id = $1 LIMIT 1',
    [project],
  );
  event = row?.id ?? '';
});

afterAll(async () => {
  await app?.close();
});

const everyone = (status: number): Row => ({ anonymous: status, stranger: status, member: status, service: status });
const signedIn = (others: number, own: number, options?: Row['options']): Row => ({
  anonymous: 401,
  stranger: others,
  member: own,
  service: 401,
  ...(options === undefined ? {} : { options }),
});
const sends = (json: unknown, headers?: Record<string, string>) => () => ({
  json,
  headers: { ...freshKey(), ...headers },
});

const ballot = () => ({
  project,
  milestone: 0,
  round: 1,
  question: 0,
  payBps: 10_000,
  digest: HASH,
  approve: true,
  account: app.wallet(4).address,
  seat: 1,
  signature: AUTH.signature,
});
const report = {
  executionId: HASH,
  rawReport: '0x00',
  reportContext: '0x00',
  signatures: [],
  outcome: 'unsent',
  txHash: null,
  reason: null,
  milliseconds: 1,
  nodes: [],
};

/**
 * One row for each route of the running application. Where a member gets 404, 409 or 503, the thing asked for is not there yet
 * (no escrow, no ballot, no signed head of the log): the rights were granted.
 */
const rows: Record<string, Row> = {
  'GET /config': everyone(200),
  'GET /status': everyone(200),
  'POST /auth/nonce': { ...everyone(200), options: sends({}) },
  'POST /auth/siwe': { ...everyone(401), options: sends({ message: 'hello', signature: '0x1234' }) },
  'GET /auth/session': everyone(200),
  'POST /auth/logout': { anonymous: 200, stranger: 200, member: 200, service: 200, options: sends({}) },
  'GET /people': signedIn(200, 200),
  'PATCH /me': signedIn(200, 200, sends({ name: 'Somebody' })),
  'GET /projects': signedIn(200, 200),
  'POST /projects': signedIn(403, 403, () => sends(sampleDraft(app))()),
  'GET /projects/{id}': signedIn(404, 200),
  'PUT /projects/{id}/draft': signedIn(404, 403, () => sends(sampleDraft(app), { 'if-match': '1' })()),
  'GET /projects/{id}/terms': signedIn(404, 200),
  'POST /projects/{id}/signatures': signedIn(
    404,
    403,
    sends({ role: 'client', deadline: AUTH.deadline, signature: AUTH.signature }),
  ),
  'POST /projects/{id}/creation': signedIn(404, 409, sends({})),
  'POST /projects/{id}/milestones/{n}/uploads': signedIn(404, 403, () => ({
    raw: Buffer.from('x'),
    headers: { 'content-type': 'application/octet-stream', 'x-file-name': 'x' },
  })),
  'POST /projects/{id}/milestones/{n}/manifests': signedIn(404, 403, () =>
    sends({ files: [{ sha256: file, name: 'a' }], note: '' })(),
  ),
  'GET /projects/{id}/milestones/{n}/submissions': signedIn(404, 200),
  'GET /projects/{id}/milestones/{n}/approval': signedIn(404, 404),
  'GET /submissions/{digest}/manifest': { anonymous: 401, stranger: 403, member: 403, service: 200 },
  'GET /submissions/{digest}/files/{sha256}': { anonymous: 401, stranger: 403, member: 403, service: 200 },
  'POST /intents': signedIn(404, 409, () =>
    sends({ kind: 'submit', project, milestone: 0, payload: { digest: HASH, auth: AUTH } })(),
  ),
  'GET /intents/{id}': signedIn(404, 404),
  'POST /ballots': signedIn(404, 409, () => sends(ballot())()),
  'GET /rewards/me': signedIn(200, 200),
  'GET /rewards/projects/{id}': signedIn(404, 200),
  'POST /oracle/documents': {
    anonymous: 401,
    stranger: 201,
    member: 201,
    service: 201,
    options: sends({ any: 'document' }),
  },
  'GET /oracle/documents/{sha256}': everyone(404),
  'GET /oracle/requests': { anonymous: 401, stranger: 404, member: 200, service: 200 },
  'GET /oracle/requests/{requestId}': { anonymous: 401, stranger: 404, member: 404, service: 404 },
  'POST /oracle/requests/{requestId}/reports': {
    anonymous: 401,
    stranger: 401,
    member: 401,
    service: 422,
    options: sends(report),
  },
  'POST /oracle/requests/{requestId}/runs': {
    anonymous: 401,
    stranger: 401,
    member: 401,
    service: 404,
    options: sends({
      executionId: HASH,
      attempt: 1,
      state: 'waiting',
      error: null,
      retryAt: null,
      milliseconds: 1,
      nodes: [],
    }),
  },
  'GET /oracle/requests/{requestId}/proof': { anonymous: 401, stranger: 404, member: 404, service: 404 },
  'PUT /oracle/requests/{requestId}/evidence/{name}': {
    anonymous: 401,
    stranger: 404,
    member: 404,
    service: 404,
    options: sends({ any: 'document' }),
  },
  'GET /oracle/requests/{requestId}/evidence/{name}': everyone(404),
  'GET /me/erasure': signedIn(200, 200),
  'POST /me/erasure': signedIn(200, 200),
  'DELETE /me/erasure': signedIn(200, 200),
  'GET /erasures': signedIn(403, 403),
  'GET /erasures/{id}': everyone(404),
  'POST /erasures/{id}/execution': signedIn(403, 403, sends({ reason: 'person-asked' })),
  'POST /erasures/{id}/refusal': signedIn(403, 403, sends({ reason: 'legal-claims' })),
  'POST /holds': signedIn(403, 403, sends({ person: UNKNOWN_ID, reason: 'tax' })),
  'DELETE /holds/{id}': signedIn(403, 403),
  'GET /audit/room': signedIn(200, 200),
  'GET /audit/trail': signedIn(404, 200),
  'GET /audit/trail/file': signedIn(404, 200),
  'GET /projects/{id}/auditors': signedIn(404, 403),
  'POST /projects/{id}/auditors': signedIn(404, 403, () => sends({ account: app.wallet(9).address, days: 1 })()),
  'DELETE /projects/{id}/auditors/{auditor}': signedIn(404, 403),
  'GET /audit/events': signedIn(404, 200),
  'GET /audit/export/{project}': signedIn(404, 503),
  'GET /audit/bundle/{eventId}': signedIn(404, 503),
  'GET /audit/verify/{eventId}': { anonymous: 404, stranger: 404, member: 503, service: 503 },
  'GET /log/proof/{eventId}': { anonymous: 404, stranger: 404, member: 503, service: 503 },
  'GET /log/checkpoint': everyone(503),
  'GET /log/consistency': everyone(503),
  'GET /log/policy': everyone(200),
  'GET /log/tile/{path}': everyone(503),
};

/** Live streams never end, so their rights are tested where they are. */
const streams = new Set(['GET /events']);

function pathOf(route: string): string {
  const filled = route
    .replace('{id}', /\/(intents|erasures|holds)\//.test(route) ? UNKNOWN_ID : project)
    .replace('{project}', project)
    .replace('{n}', '0')
    .replace('{digest}', digest)
    .replace('{sha256}', route.includes('/oracle/') ? HASH : file)
    .replace('{requestId}', HASH)
    .replace('{name}', 'sample')
    .replace('{eventId}', event)
    .replace('{auditor}', UNKNOWN_ID)
    .replace('{path}', '0/000');
  if (route.startsWith('/audit/events') || route.startsWith('/oracle/requests')) {
    return route.includes('{') ? filled : `${filled}?project=${project}`;
  }
  if (route.startsWith('/audit/trail')) return `${filled}?project=${project}&format=csv`;
  return route === '/log/consistency' ? `${filled}?from=0` : filled;
}

describe('every route', () => {
  it('has a row here', () => {
    const { paths } = describeApi(app.app);
    const routes = Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item as object).map((method) => `${method.toUpperCase()} ${path.replace('/api/v1', '')}`),
    );
    expect(routes.filter((route) => rows[route] === undefined && !streams.has(route))).toEqual([]);
    expect(Object.keys(rows).filter((route) => !routes.includes(route))).toEqual([]);
  });

  it.each(Object.entries(rows))('%s answers each as it should', async (route, row) => {
    const [method = '', path = ''] = route.split(' ');
    const ask = async (more: CallOptions): Promise<string> => {
      const options = row.options?.() ?? {};
      const { status, body } = await app.call(method, pathOf(path), {
        ...options,
        ...more,
        headers: { ...options.headers, ...more.headers },
      });
      return status < 400 || row.anonymous === status ? String(status) : `${status} ${body.code}`;
    };
    const codes = {
      anonymous: await ask({}),
      stranger: await ask({ cookie: route === 'POST /auth/logout' ? await app.signIn(app.wallet(8)) : stranger }),
      member: await ask({ cookie: route === 'POST /auth/logout' ? await app.signIn(app.wallet(4)) : member }),
      service: await ask({ headers: { authorization: `Bearer ${app.serviceToken}` } }),
    };
    const numbers = Object.fromEntries(
      Object.entries(codes).map(([who, answer]) => [who, Number(answer.split(' ')[0])]),
    );
    const { options: _, ...expected } = row;
    expect({ codes, numbers }).toEqual({ codes, numbers: expected });
  });
});
