import { createHash } from 'node:crypto';
import { loadConfig } from '../config/index.js';
import { Problem, isOwnOrigin, problemBody } from './index.js';
import { parseJsonBody } from './json-body.js';
import { portalPolicy } from './portal.js';

describe('a JSON body', () => {
  it('is parsed, and {} when there is none', () => {
    expect(parseJsonBody(Buffer.from('{"a":[1,"}]"]}'))).toEqual({ a: [1, '}]'] });
    expect(parseJsonBody(Buffer.alloc(0))).toEqual({});
  });

  it('nests 64 levels and no more; brackets in strings do not count', () => {
    const nested = (depth: number): Buffer => Buffer.from(`${'['.repeat(depth)}${']'.repeat(depth)}`);
    expect(parseJsonBody(nested(64))).toBeDefined();
    expect(() => parseJsonBody(nested(65))).toThrow(/deeper than 64/);
    expect(parseJsonBody(Buffer.from(JSON.stringify('["[\\'.repeat(100))))).toBe('["[\\'.repeat(100));
  });

  it.each(['{', '{"a":1,}', 'undefined', '\u0000'])('%j is refused', (text) => {
    expect(() => parseJsonBody(Buffer.from(text))).toThrow(Problem);
  });
});

describe('an origin', () => {
  const live = loadConfig({ PUBLIC_URL: 'https://milepost.test' });
  const local = loadConfig({ PUBLIC_URL: 'http://localhost:3000', LOCAL_MODE: '1' });

  it.each([
    [live, 'https://milepost.test', 'milepost.test', true],
    [live, 'http://milepost.test', 'milepost.test', false],
    [live, 'https://milepost.test.evil', 'milepost.test', false],
    [live, 'http://127.0.0.1:3000', '127.0.0.1:3000', false],
    [local, 'http://localhost:3000', 'localhost:3000', true],
    [local, 'http://127.0.0.1:3000', '127.0.0.1:3000', true],
    [local, 'http://127.0.0.1:3001', '127.0.0.1:3000', false],
    // A name that resolves to this machine is still a foreign page.
    [local, 'http://rebound.test:3000', 'rebound.test:3000', false],
    [local, 'null', 'localhost:3000', false],
  ])('%#: %s is ours only where it should be', (config, origin, host, own) => {
    expect(isOwnOrigin(origin, host, config)).toBe(own);
  });
});

describe('the portal policy', () => {
  it('allows own scripts, the inline ones of the page by hash, and the chain', () => {
    const inline = '{"imports":{}}';
    const policy = portalPolicy(
      `<script type="importmap">${inline}</script><script type="module" src="/assets/app.js"></script>`,
      loadConfig({ CHAIN_RPC_URL: 'https://rpc.test/key' }),
    );
    const hash = createHash('sha256').update(inline).digest('base64');
    expect(policy).toContain(`script-src 'self' 'sha256-${hash}';`);
    expect(policy).toContain("connect-src 'self' https://rpc.test;");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toMatch(/unsafe|\*/);
  });
});

describe('a problem', () => {
  it('never lets an extra member replace a standard one', () => {
    const body = problemBody(new Problem(409, 'too-late', 'Too late.', { status: 200, type: 'x', deadline: 7 }), 'r1');
    expect(body).toEqual({
      type: 'urn:milepost:problem:too-late',
      title: 'Conflict',
      status: 409,
      code: 'too-late',
      detail: 'Too late.',
      requestId: 'r1',
      deadline: 7,
    });
  });
});
