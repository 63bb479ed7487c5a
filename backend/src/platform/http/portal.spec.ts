import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fastify, type FastifyInstance } from 'fastify';
import { loadConfig } from '../config/index.js';
import { servePortal } from './portal.js';

let folder: string;
let app: FastifyInstance;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'milepost-portal-'));
  const root = join(folder, 'dist');
  mkdirSync(join(root, 'assets'), { recursive: true });
  writeFileSync(join(root, 'index.html'), '<!doctype html><script>1</script>one');
  writeFileSync(join(root, 'favicon.svg'), '<svg/>');
  writeFileSync(join(root, 'assets', 'app-1a2b.js'), 'run()');
  writeFileSync(join(root, '.secret'), 'no');
  writeFileSync(join(folder, 'outside.txt'), 'no');
  app = fastify();
  await servePortal(app, loadConfig({ PORTAL_DIR: root }));
});

afterEach(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

const get = (url: string) => app.inject({ method: 'GET', url });

describe('the portal', () => {
  it.each(['/', '/projects/7', '/index.html', '/a.b/c'])('answers %s with its page', async (url) => {
    const answer = await get(url);
    expect([answer.statusCode, answer.body]).toEqual([200, '<!doctype html><script>1</script>one']);
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-cache', 'content-type': 'text/html; charset=utf-8' });
    expect(answer.headers['content-security-policy']).toMatch(/script-src 'self' 'sha256-/);
  });

  it('serves its files, hashed ones for ever', async () => {
    const script = await get('/assets/app-1a2b.js');
    expect(script.body).toBe('run()');
    expect(script.headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': expect.stringMatching(/javascript/),
    });
    expect((await get('/favicon.svg')).headers).toMatchObject({
      'cache-control': 'no-cache',
      'content-type': 'image/svg+xml',
    });
  });

  it.each(['/assets/gone.js', '/api/v1/nothing', '/healthz/x'])('has nothing at %s', async (url) => {
    const answer = await get(url);
    expect(answer.statusCode).toBe(404);
    expect(answer.headers['content-type']).toMatch(/problem\+json/);
  });

  it.each([
    '/../outside.txt',
    '/%2e%2e/outside.txt',
    '/..%2foutside.txt',
    '/assets/..%2f..%2f..%2foutside.txt',
    '/.secret',
    '/%00',
  ])('gives nothing away at %s', async (url) => {
    expect((await get(url)).body).not.toBe('no');
  });

  it('takes up a rebuilt page without a restart', async () => {
    const index = join(folder, 'dist', 'index.html');
    const before = (await get('/')).headers['content-security-policy'];
    writeFileSync(index, '<script>2</script>two');
    utimesSync(index, 2_000_000_000, 2_000_000_000);
    const after = await get('/');
    expect(after.body).toBe('<script>2</script>two');
    expect(after.headers['content-security-policy']).not.toBe(before);
  });
});
