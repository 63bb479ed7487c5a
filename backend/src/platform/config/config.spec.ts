import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, loadConfig, loadDeployment, readSecretFile } from './index.js';

describe('the environment', () => {
  it('has defaults for one machine', () => {
    const config = loadConfig({ MILEPOST_DATA: '/data' });
    expect(config).toMatchObject({
      role: 'all',
      publicUrl: 'http://127.0.0.1:4000',
      databaseUrl: undefined,
      localMode: false,
      chain: { deploymentFile: '/data/deployment.json', finalityDepth: 0 },
      serviceTokenFile: '/data/keys/service-token',
    });
  });

  it('reads empty values as not set, and cuts the address to its origin', () => {
    const config = loadConfig({ DATABASE_URL: '', PORTAL_DIR: ' ', PUBLIC_URL: 'https://milepost.test/somewhere' });
    expect(config).toMatchObject({ databaseUrl: undefined, portalDir: undefined, publicUrl: 'https://milepost.test' });
  });

  it.each([
    ['a role without a database', { ROLE: 'api' }, /DATABASE_URL: role api needs/],
    ['an unknown role', { ROLE: 'both' }, /ROLE:/],
    ['a port out of range', { PORT: '70000' }, /PORT:/],
    ['another database', { DATABASE_URL: 'mysql://x' }, /DATABASE_URL:/],
    ['an address that is none', { PUBLIC_URL: 'milepost' }, /PUBLIC_URL:/],
    ['a limit of nothing', { MAX_FILE_BYTES: '0' }, /MAX_FILE_BYTES:/],
  ])('refuses %s by name', (_name, environment, message) => {
    expect(() => loadConfig(environment)).toThrow(ConfigError);
    expect(() => loadConfig(environment)).toThrow(message);
  });

  it('names every fault at once', () => {
    expect(() => loadConfig({ ROLE: 'both', PORT: 'x' })).toThrow(/ROLE:[\s\S]*PORT:/);
  });
});

describe('files', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'milepost-config-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('of secrets are one trimmed line', () => {
    writeFileSync(join(folder, 'token'), '  s3cret \n');
    writeFileSync(join(folder, 'empty'), '\n');
    expect(readSecretFile(join(folder, 'token'))).toBe('s3cret');
    expect(readSecretFile(join(folder, 'empty'))).toBeUndefined();
    expect(readSecretFile(join(folder, 'missing'))).toBeUndefined();
  });

  it('of deployments are checked', () => {
    const config = loadConfig({ MILEPOST_DATA: folder });
    expect(loadDeployment(config)).toBeNull();
    writeFileSync(join(folder, 'deployment.json'), '{');
    expect(() => loadDeployment(config)).toThrow(/is not JSON/);
    writeFileSync(join(folder, 'deployment.json'), '{"chainId": 1}');
    expect(() => loadDeployment(config)).toThrow(/contracts:/);
  });
});
