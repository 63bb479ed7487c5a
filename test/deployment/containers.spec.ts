import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

// No container engine runs in the tests, so the files are read as the engine would read them, and every command, folder and
// stage they name must exist. The commands themselves run in the browser journeys, through `npm start`.
const root = path.resolve(import.meta.dirname, '..', '..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

interface Service {
  image: string;
  build?: { context: string; target: string };
  command?: string[];
  environment?: Record<string, string>;
  volumes?: string[];
  depends_on?: string[] | Record<string, unknown>;
}
const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
const services = Object.entries(compose.services);

interface Stage {
  name: string;
  from: string;
  lines: string[];
}
function stagesOf(dockerfile: string): Stage[] {
  const stages: Stage[] = [];
  for (const line of dockerfile.split('\n')) {
    const from = /^FROM (\S+) AS (\S+)$/.exec(line);
    if (from?.[1] !== undefined && from[2] !== undefined) stages.push({ from: from[1], name: from[2], lines: [] });
    else if (line !== '' && !line.startsWith('#')) stages.at(-1)?.lines.push(line);
  }
  return stages;
}
const stages = stagesOf(read('Dockerfile'));
const stageNames = stages.map((stage) => stage.name);

describe('Dockerfile', () => {
  it('builds each stage on an earlier one or on a pinned image', () => {
    expect(stageNames).toEqual(['build', 'backend-dependencies', 'backend', 'portal', 'local']);
    for (const [index, stage] of stages.entries()) {
      const earlier = stageNames.slice(0, index);
      expect(earlier.includes(stage.from) || /^[a-z]+:[\d.]+-[a-z]+(-[a-z]+)?$/.test(stage.from)).toBe(true);
    }
  });

  it('copies only what the checkout or an earlier stage has', () => {
    for (const line of stages.flatMap((stage) => stage.lines)) {
      const copy = /^COPY (?:--from=(\S+) )?(.+) \S+$/.exec(line);
      if (copy === null) continue;
      if (copy[1] !== undefined) expect(stageNames).toContain(copy[1]);
      else
        for (const source of (copy[2] ?? '').split(' '))
          expect([source, existsSync(path.join(root, source))]).toEqual([source, true]);
    }
  });

  it('takes the manifest of every workspace, so that the locked install is possible', () => {
    const lock = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { link?: boolean; resolved?: string }>;
    };
    const workspaces = Object.values(lock.packages).flatMap((entry) =>
      entry.link === true && entry.resolved !== undefined ? [entry.resolved] : [],
    );
    const text = read('Dockerfile');
    for (const workspace of workspaces.filter((name) => !name.endsWith('vendor/empty'))) {
      expect(text).toContain(`COPY ${workspace}/package.json ${workspace}/`);
    }
  });

  it('runs the Node that the scripts fetch', () => {
    const version = /NODE_VERSION = '([\d.]+)'/.exec(read('scripts/lib/node-version.mjs'))?.[1];
    for (const stage of stages.filter(({ from }) => from.startsWith('node:')))
      expect(stage.from).toBe(`node:${version ?? ''}-bookworm-slim`);
  });

  it('starts what a build makes', () => {
    for (const line of stages.flatMap((stage) => stage.lines).filter((text) => text.startsWith('CMD '))) {
      const [program, script] = JSON.parse(line.slice(4)) as string[];
      expect(program).toBe('node');
      expect([script, existsSync(path.join(root, script ?? ''))]).toEqual([script, true]);
    }
  });
});

describe('docker-compose.yml', () => {
  it.each(services)('%s names an existing stage, script, volume and service', (_name, service) => {
    if (service.build !== undefined) expect(stageNames).toContain(service.build.target);
    else expect(service.image).toMatch(/^postgres:\d+$/);
    const script = service.command?.[1];
    if (script !== undefined) expect([script, existsSync(path.join(root, script))]).toEqual([script, true]);
    for (const volume of service.volumes ?? []) {
      const [source = ''] = volume.split(':');
      if (source.startsWith('./')) expect([source, existsSync(path.join(root, source))]).toEqual([source, true]);
      else expect(Object.keys(compose.volumes)).toContain(source);
    }
    const needs = Array.isArray(service.depends_on) ? service.depends_on : Object.keys(service.depends_on ?? {});
    for (const other of needs) expect(Object.keys(compose.services)).toContain(other);
  });

  it('hands the backend only settings that it knows', () => {
    const known = read('backend/src/platform/config/config.ts');
    for (const service of ['migrate', 'api', 'worker'])
      for (const name of Object.keys(compose.services[service]?.environment ?? {}))
        expect([name, known.includes(name)]).toEqual([name, true]);
  });

  it('gives each service the role it needs, and the owner of the database to the migration alone', () => {
    const accounts = Object.fromEntries(
      services.flatMap(([name, { environment = {} }]) =>
        Object.entries(environment).flatMap(([key, value]) =>
          key.endsWith('DATABASE_URL') ? [[`${name} ${key}`, /postgres:\/\/(\w+):/.exec(value)?.[1]]] : [],
        ),
      ),
    );
    expect(accounts).toEqual({
      'migrate DATABASE_URL': 'milepost',
      'migrate APP_DATABASE_URL': 'milepost_app',
      'migrate SEQUENCER_DATABASE_URL': 'milepost_sequencer',
      'api DATABASE_URL': 'milepost_app',
      'worker DATABASE_URL': 'milepost_app',
      'worker SEQUENCER_DATABASE_URL': 'milepost_sequencer',
    });
    expect(read('docker/create-owner.sh')).toMatch(/CREATE ROLE milepost LOGIN CREATEROLE PASSWORD/);
  });
});
