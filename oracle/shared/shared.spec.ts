import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { HttpService, json, problem } from './http-service.js';
import { oracleKeys, publicKeys, readKey } from './keys.js';
import { readNodeSettings, readSettings } from './settings.js';

const folders: string[] = [];
const folder = (): string => {
  const dir = mkdtempSync(path.join(tmpdir(), 'milepost-shared-'));
  folders.push(dir);
  return dir;
};
afterAll(() => {
  for (const dir of folders) rmSync(dir, { recursive: true, force: true });
});

describe('oracle keys', () => {
  it('are made once, readable by the owner only, and kept', () => {
    const dir = folder();
    const keys = oracleKeys(dir);
    expect(oracleKeys(dir)).toEqual(keys);
    expect(new Set([...keys.nodes, keys.transmitter, keys.runner]).size).toBe(6);
    for (const name of readdirSync(path.join(dir, 'keys')))
      expect(statSync(path.join(dir, 'keys', name)).mode & 0o777).toBe(0o600);
    expect(JSON.stringify(publicKeys(keys))).not.toContain(keys.nodes[0]!.slice(2));
  });

  it('differ between installations, and a damaged file is named', () => {
    const dir = folder();
    expect(publicKeys(oracleKeys(dir)).workflowId).not.toBe(publicKeys(oracleKeys(folder())).workflowId);
    const file = path.join(dir, 'keys', 'runner');
    writeFileSync(file, '0x12');
    expect(() => oracleKeys(dir)).toThrow(`${file} holds no private key`);
    expect(readFileSync(file, 'utf8')).toBe('0x12');
  });
});

describe('settings', () => {
  const record = {
    chainId: 31_337,
    fromBlock: 1,
    contracts: { CreOracle: '0x01', MilestoneGate: '0x02', KeystoneForwarder: '0x03' },
    oracle: { label: 'local' },
  };
  const env = (change: Record<string, string | undefined> = {}, deployment: unknown = record): NodeJS.ProcessEnv => {
    const dir = folder();
    const file = path.join(dir, 'deployment.json');
    writeFileSync(file, typeof deployment === 'string' ? deployment : JSON.stringify(deployment));
    writeFileSync(path.join(dir, 'token'), 'secret\n');
    return {
      CHAIN_RPC_URL: 'http://127.0.0.1:8545/',
      DEPLOYMENT_FILE: file,
      MILEPOST_DATA: dir,
      API_URL: 'http://127.0.0.1:3000',
      RUNNER_URL: 'http://127.0.0.1:3011/',
      SERVICE_TOKEN_FILE: path.join(dir, 'token'),
      ...change,
    };
  };

  it('are read, with defaults for host and port', () => {
    expect(readSettings(env())).toMatchObject({
      chainRpcUrl: 'http://127.0.0.1:8545',
      runnerUrl: 'http://127.0.0.1:3011',
      serviceToken: 'secret',
      host: '127.0.0.1',
      port: 0,
      deployment: record,
    });
    expect(readSettings(env({ HOST: '0.0.0.0', PORT: '3010' }))).toMatchObject({ host: '0.0.0.0', port: 3010 });
  });

  it.each([
    [{ API_URL: undefined }, record, 'API_URL is not set'],
    [{ RUNNER_URL: 'localhost' }, record, 'RUNNER_URL is localhost; an http(s) address is expected'],
    [{ PORT: '70000' }, record, 'PORT is 70000'],
    [{ SERVICE_TOKEN_FILE: '/nowhere' }, record, 'SERVICE_TOKEN_FILE /nowhere is not there'],
    [{ ORACLE_SOURCES: 'https://a.example,here' }, record, 'ORACLE_SOURCES names here; http(s) addresses'],
    [{}, '{', 'is not JSON. Deploy the contracts again.'],
    [{}, { ...record, contracts: {} }, 'lacks chainId, fromBlock, oracle or one of the contracts'],
  ])('refuse %j', (change, deployment, message) => {
    expect(() => readSettings(env(change, deployment))).toThrow(message);
  });

  it('GitHub is allowed unless the operator says otherwise', () => {
    expect(readSettings(env({})).sources).toEqual(['https://api.github.com']);
    expect(readSettings(env({ ORACLE_SOURCES: ' https://a.example/ ,http://127.0.0.1:1/x' })).sources).toEqual([
      'https://a.example',
      'http://127.0.0.1:1/x',
    ]);
    expect(readSettings(env({ ORACLE_SOURCES: '' })).sources).toEqual([]);
  });

  it('a node of a committee needs a key and a coordinator, no token and no data folder', () => {
    const own = { COORDINATOR_URL: 'http://127.0.0.1:1/', NODE_KEY_FILE: 'node.key' };
    const settings = env({ ...own, SERVICE_TOKEN_FILE: undefined, MILEPOST_DATA: undefined });
    expect(readNodeSettings(settings)).toMatchObject({
      coordinatorUrl: 'http://127.0.0.1:1',
      keyFile: path.resolve('node.key'),
    });
    expect(() => readNodeSettings(env({ ...own, NODE_KEY_FILE: undefined }))).toThrow('NODE_KEY_FILE is not set');
    expect(() => readNodeSettings(env({ ...own, COORDINATOR_URL: undefined }))).toThrow('COORDINATOR_URL is not set');
    expect(() => readKey('/nowhere')).toThrow('The key file /nowhere is not there.');
  });
});

describe('HTTP service', () => {
  it('gives a POST route the body, and tells it when the caller hangs up', async () => {
    const gone = Promise.withResolvers<string>();
    const service = new HttpService(
      () => undefined,
      (pathname, body, signal) => {
        if (pathname === '/echo') return Promise.resolve(json({ body }));
        if (pathname === '/boom') throw new Error('broken');
        if (pathname !== '/wait') return Promise.resolve(undefined);
        return new Promise((resolve) =>
          signal.addEventListener('abort', () => {
            gone.resolve('hung up');
            resolve(json({}));
          }),
        );
      },
    );
    const url = await service.listen('127.0.0.1', 0);
    const post = (target: string, body: string) => fetch(`${url}${target}`, { method: 'POST', body });
    expect(await (await post('/echo', 'text')).json()).toEqual({ body: 'text' });
    expect((await post('/boom', '')).status).toBe(500);
    expect((await post('/other', '')).status).toBe(404);
    expect((await post('/echo', 'x'.repeat(2_000_001))).status).toBe(413);
    await fetch(`${url}/wait`, { method: 'POST', signal: AbortSignal.timeout(100) }).catch(() => undefined);
    expect(await gone.promise).toBe('hung up');
    await service.close();
  });

  it('answers routes, HEAD, unknown paths, other methods and failures', async () => {
    const service = new HttpService((pathname) => {
      if (pathname === '/boom') throw new Error('broken');
      return pathname === '/status'
        ? json({ ok: true })
        : pathname === '/late'
          ? problem(404, 'no-result', 'not yet')
          : undefined;
    });
    const url = await service.listen('127.0.0.1', 0);
    const get = async (target: string, method = 'GET'): Promise<[number, string]> => {
      const response = await fetch(`${url}${target}`, { method });
      return [response.status, await response.text()];
    };
    expect(await get('/status?x=1')).toEqual([200, '{"ok":true}']);
    expect(await get('/status', 'HEAD')).toEqual([200, '']);
    expect(await get('/late')).toEqual([
      404,
      '{"type":"urn:milepost:problem:no-result","title":"not yet","status":404}',
    ]);
    expect((await get('/nothing'))[0]).toBe(404);
    expect((await get('/status', 'POST'))[0]).toBe(405);
    expect(await get('/boom')).toEqual([500, '{"type":"urn:milepost:problem:internal","title":"broken","status":500}']);
    await service.close();
  });
});
