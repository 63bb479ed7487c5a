import { createHash } from 'node:crypto';
import { cookieOf, startTestApp, type TestApp } from '../../testing/test-app.js';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
}, 60_000);

afterAll(async () => {
  await app?.close();
});

const nonce = async (): Promise<string> => (await app.call('POST', '/auth/nonce', { json: {} })).body.nonce;
const logins = async (): Promise<number> => {
  const [row] = await app.database.dataSource.query<{ n: number }[]>('SELECT count(*)::int AS n FROM login_session');
  return row?.n ?? -1;
};
const siwe = (message: string, signature: string) => app.call('POST', '/auth/siwe', { json: { message, signature } });

describe('sign-in', () => {
  it('gives a session that a __Host- cookie carries', async () => {
    const wallet = app.wallet(1);
    const message = app.signInMessage(wallet.address, await nonce());
    const answer = await siwe(message, wallet.signMessageSync(message));
    expect(answer.status).toBe(200);
    expect(answer.body.person).toMatchObject({ address: wallet.address });
    expect(answer.headers.getSetCookie()[0]).toMatch(
      /^__Host-milepost_session=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
    const cookie = cookieOf(answer);
    expect((await app.call('GET', '/auth/session', { cookie })).body.person).toEqual(answer.body.person);
    expect((await app.call('GET', '/auth/session')).body).toEqual({ person: null });
  });

  it('keeps one person per account', async () => {
    const first = await app.signIn(app.wallet(2));
    const second = await app.signIn(app.wallet(2));
    const [a, b] = await Promise.all([first, second].map((cookie) => app.call('GET', '/auth/session', { cookie })));
    expect(a?.body.person.id).toBe(b?.body.person.id);
  });

  it('lets exactly one of many equal requests in', async () => {
    const wallet = app.wallet(3);
    const message = app.signInMessage(wallet.address, await nonce());
    const signature = wallet.signMessageSync(message);
    const before = await logins();
    const answers = await Promise.all(Array.from({ length: 30 }, () => siwe(message, signature)));
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
    expect(new Set(answers.filter((answer) => answer.status !== 200).map((answer) => answer.body.code))).toEqual(
      new Set(['sign-in-refused']),
    );
    expect(await logins()).toBe(before + 1);
  });

  const minutes = (n: number): string => new Date(Date.now() + n * 60_000).toISOString();
  it.each([
    ['another domain', { domain: 'evil.test', uri: 'https://evil.test' }, /another site/],
    ['a domain unlike its URI', { domain: 'evil.test' }, /differ/],
    ['another chain', { chainId: 1 }, /for chain 1, this is chain 31337/],
    ['an old message', { issuedAt: minutes(-6) }, /older than 5 minutes/],
    ['a message of the future', { issuedAt: minutes(6) }, /in the future/],
    ['an expired message', { extra: `\nExpiration Time: ${minutes(-1)}` }, /has expired/],
    ['a message not valid yet', { extra: `\nNot Before: ${minutes(5)}` }, /not valid yet/],
  ])('refuses %s', async (_name, change, why) => {
    const wallet = app.wallet(1);
    const message = app.signInMessage(wallet.address, await nonce(), change);
    const before = await logins();
    const answer = await siwe(message, wallet.signMessageSync(message));
    expect(answer).toMatchObject({
      status: 401,
      body: { code: 'sign-in-refused', type: 'urn:milepost:problem:sign-in-refused' },
    });
    expect(answer.body.detail).toMatch(why);
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(await logins()).toBe(before);
  });

  it('refuses the signature of another account, an edited message and an unknown nonce', async () => {
    const before = await logins();
    const message = app.signInMessage(app.wallet(1).address, await nonce());
    expect((await siwe(message, app.wallet(2).signMessageSync(message))).body.detail).toMatch(/not by 0x/);
    // The nonce was used up by the failed attempt.
    expect((await siwe(message, app.wallet(1).signMessageSync(message))).body.detail).toMatch(/nonce/);
    const other = app.signInMessage(app.wallet(1).address, await nonce());
    const edited = other.replace('Sign in to Milepost.', 'Sign in to Milepost!');
    expect((await siwe(edited, app.wallet(1).signMessageSync(other))).status).toBe(401);
    const invented = app.signInMessage(app.wallet(1).address, '0123456789abcdef0123456789abcdef');
    expect((await siwe(invented, app.wallet(1).signMessageSync(invented))).body.detail).toMatch(/nonce/);
    expect((await siwe('hello', '0x1234')).body.detail).toMatch(/EIP-4361/);
    expect(await logins()).toBe(before);
  });
});

describe('sessions', () => {
  it('end at once by logout', async () => {
    const cookie = await app.signIn(app.wallet(4));
    expect((await app.call('GET', '/people', { cookie })).status).toBe(200);
    const answer = await app.call('POST', '/auth/logout', { cookie, json: {} });
    expect(answer).toMatchObject({ status: 200, body: { person: null } });
    expect(answer.headers.getSetCookie()[0]).toMatch(/^__Host-milepost_session=; Max-Age=0;/);
    expect((await app.call('GET', '/people', { cookie })).body.code).toBe('not-signed-in');
  });

  it('are not made of what the database holds', async () => {
    const cookie = await app.signIn(app.wallet(4));
    const hash = createHash('sha256')
      .update(cookie.split('=')[1] ?? '')
      .digest('base64url');
    expect((await app.call('GET', '/people', { cookie: `__Host-milepost_session=${hash}` })).status).toBe(401);
    expect(
      (await app.call('GET', '/people', { cookie: '__Host-milepost_session=eyJhbGciOiJub25lIn0.e30.' })).status,
    ).toBe(401);
  });

  it('end after their time', async () => {
    const cookie = await app.signIn(app.wallet(5));
    await app.database.dataSource.query("UPDATE login_session SET seen_at = now() - interval '13 hours'");
    expect((await app.call('GET', '/people', { cookie })).status).toBe(401);
  });
});

describe('requests', () => {
  it('are refused from a foreign origin, and taken from ours', async () => {
    const cookie = await app.signIn(app.wallet(4));
    const rename = (origin: string) => app.call('PATCH', '/me', { cookie, headers: { origin }, json: { name: 'Sam' } });
    expect(await rename('https://evil.test')).toMatchObject({ status: 403, body: { code: 'foreign-origin' } });
    expect((await app.call('GET', '/auth/session', { cookie })).body.person.name).not.toBe('Sam');
    expect(await rename(app.origin)).toMatchObject({ status: 200, body: { name: 'Sam' } });
    expect((await app.call('GET', '/auth/session', { cookie })).body.person.name).toBe('Sam');
  });

  it.each([
    ['broken JSON', '{"name":', 400, 'malformed-json'],
    ['too many levels', `${'['.repeat(5_000)}${']'.repeat(5_000)}`, 400, 'malformed-json'],
    ['too many bytes', `"${'x'.repeat(300_000)}"`, 413, 'body-too-large'],
    ['an unknown member', '{"name":"Sam","id":"0190d2a4-0000-7000-8000-000000000000"}', 422, 'invalid-input'],
    ['another type', '{"name":7}', 422, 'invalid-input'],
    ['an invisible name', '{"name":"\\u202e\\u200b "}', 422, 'invalid-name'],
  ])('with %s are refused by name', async (_name, raw, status, code) => {
    const cookie = await app.signIn(app.wallet(4));
    const answer = await app.call('PATCH', '/me', { cookie, raw, headers: { 'content-type': 'application/json' } });
    expect(answer).toMatchObject({ status, body: { code, status } });
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.body.requestId).toBe(answer.headers.get('x-request-id'));
  });

  it('carry the security headers in every answer', async () => {
    for (const path of ['/auth/session', '/people', '/nowhere', '//healthz']) {
      const { headers } = await app.call('GET', path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toMatch(/default-src 'none'/);
      expect(headers.get('strict-transport-security')).toMatch(/max-age/);
    }
  });

  it('with a wrong service token are refused', async () => {
    const answer = await app.call('GET', '/people', { headers: { authorization: 'Bearer nonsense' } });
    expect(answer).toMatchObject({ status: 401, body: { code: 'service-token-wrong' } });
  });
});

describe('the audit trail', () => {
  it('knows logins and failures, but no address', async () => {
    const rows = await app.database.dataSource.query<{ type: string; header: string }[]>(
      "SELECT type, convert_from(header, 'UTF8') AS header FROM audit_event WHERE type LIKE 'auth.%'",
    );
    expect(new Set(rows.map((row) => row.type))).toEqual(new Set(['auth.login', 'auth.logout', 'auth.failed']));
    expect(rows.some((row) => row.header.toLowerCase().includes(app.wallet(1).address.slice(2).toLowerCase()))).toBe(
      false,
    );
  });
});
