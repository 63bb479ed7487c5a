import { Controller, Module, Post, type DynamicModule } from '@nestjs/common';
import { ConsoleLogger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from '../../app.module.js';
import { loadConfig } from '../../platform/config/index.js';
import { UnitOfWork } from '../../platform/database/index.js';
import { Public, createApp } from '../../platform/http/index.js';
import { sampleDraft } from '../../testing/draft.js';
import {
  clientOf,
  freshKey,
  prepareInstallation,
  type Answer,
  type Installation,
  type TestApp,
} from '../../testing/test-app.js';
import type { AuditEvent } from './domain/event.js';
import { Audited, AuditService, NotAudited } from './index.js';

/** Routes that write what they say, and routes that do not. */
@Public()
@Controller('planted')
class PlantedController {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly audit: AuditService,
  ) {}

  @Post('honest')
  @Audited('config.changed')
  honest(): Promise<void> {
    return this.write('honest', 'config.changed');
  }

  /** The same without its emit. */
  @Post('forgetful')
  @Audited('config.changed')
  forgetful(): Promise<void> {
    return this.write('forgetful', null);
  }

  @Post('mistaken')
  @Audited('config.changed')
  mistaken(): Promise<void> {
    return this.write('mistaken', 'portal.deployed');
  }

  @Post('idle')
  @Audited('config.changed')
  idle(): Promise<void> {
    return this.uow.transaction(async (tx) => void (await tx.query('SELECT 1')));
  }

  @Post('exempt')
  @NotAudited('writes into a queue of the service only')
  exempt(): Promise<void> {
    return this.write('exempt', null);
  }

  private write(name: string, type: AuditEvent['type'] | null): Promise<void> {
    return this.uow.transaction(async (tx) => {
      await tx.query(`INSERT INTO outbox (type, ids) VALUES ($1, '{}')`, [`planted.${name}`]);
      if (type !== null) await this.audit.append(tx, { type, subject: ['planted', name], actor: { system: 'test' } });
    });
  }
}

@Module({ controllers: [PlantedController] })
class PlantedModule {}

let home: Installation;
let app: NestFastifyApplication;
let client: ReturnType<typeof clientOf>;

beforeAll(async () => {
  home = await prepareInstallation();
  const config = loadConfig(home.environment);
  const root = AppModule.register(config);
  const planted: DynamicModule = { ...root, imports: [...(root.imports ?? []), PlantedModule] };
  app = await createApp(planted, config, new ConsoleLogger({ logLevels: ['fatal'] }));
  await app.listen(0, '127.0.0.1');
  client = clientOf(await app.getUrl(), home.deployment);
}, 120_000);
afterAll(async () => {
  await app?.close();
  await home?.close();
});

const call = async (name: string): Promise<[status: number, rows: number]> => {
  const { status } = await client.call('POST', `/planted/${name}`, {
    json: {},
    headers: { origin: 'https://milepost.test' },
  });
  const rows = await home.database.dataSource.query<unknown[]>('SELECT 1 FROM outbox WHERE type = $1', [
    `planted.${name}`,
  ]);
  return [status, rows.length];
};

describe('a route that writes', () => {
  test('succeeds with the event that it declares', async () => {
    expect(await call('honest')).toEqual([201, 1]);
  });

  test('fails without it, and nothing of it stays', async () => {
    expect(await call('forgetful')).toEqual([500, 0]);
  });

  test('fails with another event', async () => {
    expect(await call('mistaken')).toEqual([500, 0]);
  });

  test('needs none if it says why', async () => {
    expect(await call('exempt')).toEqual([201, 1]);
  });

  test('needs none if it changes nothing', async () => {
    expect(await call('idle')).toEqual([201, 0]);
  });
});

describe('a route of the product fails without its event', () => {
  /** The audit trail with the emit of one type taken out. */
  const without = async <T>(type: string, work: () => Promise<T>): Promise<T> => {
    const audit = app.get(AuditService);
    const append = audit.append.bind(audit);
    const receipt = { eventId: '0190a0b0-1111-7222-8333-444455556666', leafHash: '', at: 0, integrateBy: 0 };
    audit.append = (em, event) => (event.type === type ? Promise.resolve(receipt) : append(em, event));
    try {
      return await work();
    } finally {
      audit.append = append;
    }
  };

  const post = async (path: string, cookie: string, json: unknown): Promise<Answer> =>
    client.call('POST', path, { cookie, json, headers: freshKey() });
  let project = '';
  let file = '';
  beforeAll(async () => {
    const cookie = await client.signIn(client.wallet(1));
    project = (await post('/projects', cookie, sampleDraft(wallets))).body.id;
    file = (await upload(await client.signIn(client.wallet(2)), 'first')).body.sha256;
  });
  const upload = (cookie: string, content: string): Promise<Answer> =>
    client.call('POST', `/projects/${project}/milestones/0/uploads`, {
      cookie,
      raw: Buffer.from(content),
      headers: { 'content-type': 'application/octet-stream', 'x-file-name': 'a.txt' },
    });

  test.each<[route: string, type: string, person: number, act: (cookie: string) => Promise<Answer>]>([
    ['PATCH me', 'profile.changed', 1, (cookie) => client.call('PATCH', '/me', { cookie, json: { name: 'Clara C' } })],
    ['POST projects', 'project.created', 1, (cookie) => post('/projects', cookie, sampleDraft(wallets))],
    [
      'PUT projects/:id/draft',
      'project.edited',
      1,
      (cookie) =>
        client.call('PUT', `/projects/${project}/draft`, {
          cookie,
          json: sampleDraft(wallets),
          headers: { 'if-match': '1' },
        }),
    ],
    ['POST uploads', 'deliverable.uploaded', 2, (cookie) => upload(cookie, 'another')],
    [
      'POST manifests',
      'manifest.made',
      2,
      (cookie) =>
        post(`/projects/${project}/milestones/0/manifests`, cookie, { files: [{ sha256: file, name: 'a' }], note: '' }),
    ],
    ['POST auth/logout', 'auth.logout', 1, (cookie) => client.call('POST', '/auth/logout', { cookie, json: {} })],
    ['POST oracle/documents', 'document.stored', 1, (cookie) => post('/oracle/documents', cookie, { any: 'text' })],
    ['POST me/erasure', 'erasure.requested', 3, (cookie) => post('/me/erasure', cookie, {})],
  ])('%s', async (_, type, person, act) => {
    const cookie = await client.signIn(client.wallet(person));
    const failed = await without(type, () => act(cookie));
    expect([failed.status, failed.body.code]).toEqual([500, 'internal']);
    expect((await act(cookie)).status).toBeLessThan(300);
  });

  test('POST auth/siwe', async () => {
    await expect(without('auth.login', () => client.signIn(client.wallet(1)))).rejects.toThrow('sign-in failed');
  });
});

const wallets = {
  wallet: (index: number) => client.wallet(index),
  get deployment() {
    return home.deployment;
  },
} as TestApp;
