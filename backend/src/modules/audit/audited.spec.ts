import { ConsoleLogger, Controller, Delete, Get, Module, Post, Put } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../app.module.js';
import { loadConfig } from '../../platform/config/index.js';
import { createApp } from '../../platform/http/index.js';
import { Audited, NotAudited, mutatingRoutes } from './http/audited.js';

class Base {
  @Delete('inherited')
  inherited(): void {}
}

@Controller('fixture')
class FixtureController extends Base {
  @Get()
  read(): void {}

  @Post('bare')
  bare(): void {}

  @Put('declared')
  @Audited('project.edited')
  declared(): void {}

  @Post('silent')
  @NotAudited('only counts')
  silent(): void {}
}

@Module({ controllers: [FixtureController] })
class FixtureModule {}

test('the walk flags a route that says nothing, inherited ones included', async () => {
  const app = await NestFactory.createApplicationContext(FixtureModule, { logger: false });
  expect(mutatingRoutes(app)).toEqual([
    { route: 'DELETE fixture/inherited', handler: 'FixtureController.inherited', declaration: null },
    { route: 'POST fixture/bare', handler: 'FixtureController.bare', declaration: null },
    { route: 'POST fixture/silent', handler: 'FixtureController.silent', declaration: { reason: 'only counts' } },
    {
      route: 'PUT fixture/declared',
      handler: 'FixtureController.declared',
      declaration: { types: ['project.edited'] },
    },
  ]);
  await app.close();
});

test('each route that changes something says which audit events it appends, or why none', async () => {
  const config = loadConfig({ MILEPOST_DATA: '/nonexistent' });
  const app = await createApp(AppModule.register(config), config, new ConsoleLogger({ logLevels: ['fatal'] }));
  const routes = mutatingRoutes(app);
  expect(routes.length).toBeGreaterThan(10);
  expect(
    routes.filter(({ declaration }) => declaration === null).map(({ route, handler }) => `${route} (${handler})`),
  ).toEqual([]);
  for (const { declaration } of routes) {
    if (declaration !== null && 'reason' in declaration) expect(declaration.reason.length).toBeGreaterThan(10);
  }
});
