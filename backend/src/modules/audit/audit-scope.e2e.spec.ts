import { Controller, Module, Post, type DynamicModule } from '@nestjs/common';
import { ConsoleLogger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from '../../app.module.js';
import { loadConfig } from '../../platform/config/index.js';
import { UnitOfWork } from '../../platform/database/index.js';
import { Public, createApp } from '../../platform/http/index.js';
import { sampleDraft } from '../../testing/draft.js';
import { clientOf, freshKey, prepareInstallation, type Installation, type TestApp } from '../../testing/test-app.js';
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

describe('every route of the product fails without its event', () => {
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

  test.each<[string, string, (cookie: string) => Promise<number>]>([
    [
      'PATCH me',
      'profile.changed',
      async (cookie) => (await client.call('PATCH', '/me', { cookie, json: { name: 'Clara C' } })).status,
    ],
    [
      'POST projects',
      'project.created',
      async (cookie) =>
        (await client.call('POST', '/projects', { cookie, json: sampleDraft(wallets), headers: freshKey() })).status,
    ],
    [
      'POST auth/logout',
      'auth.logout',
      async (cookie) => (await client.call('POST', '/auth/logout', { cookie, json: {} })).status,
    ],
    [
      'POST oracle/documents',
      'document.stored',
      async (cookie) => (await client.call('POST', '/oracle/documents', { cookie, json: { any: 'text' } })).status,
    ],
  ])('%s', async (_, type, act) => {
    const cookie = await client.signIn(client.wallet(1));
    expect(await without(type, () => act(cookie))).toBe(500);
    expect(await act(cookie)).toBeLessThan(300);
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
