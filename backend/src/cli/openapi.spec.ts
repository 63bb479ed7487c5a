import { readFileSync } from 'node:fs';
import { ConsoleLogger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { AppModule } from '../app.module.js';
import { loadConfig } from '../platform/config/index.js';
import { createApp, describeApi } from '../platform/http/index.js';

let app: NestFastifyApplication;
let described: OpenAPIObject;

beforeAll(async () => {
  const config = loadConfig({ MILEPOST_DATA: '/nonexistent/milepost' });
  app = await createApp(AppModule.register(config), config, new ConsoleLogger({ logLevels: ['error'] }));
  described = describeApi(app);
}, 60_000);

const file = new URL('../../openapi.json', import.meta.url);

describe('openapi.json', () => {
  it('is what the running application says (else: npm run build, then node backend/dist/cli/openapi.js)', () => {
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(described)));
  });

  it('shows an answer for each route, and how it refuses', () => {
    const bare: string[] = [];
    for (const [path, item] of Object.entries(described.paths)) {
      for (const [method, operation] of Object.entries(
        item as Record<string, { responses: Record<string, { content?: object }> }>,
      )) {
        const success = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'));
        const shown = success.some(([status, response]) => status === '204' || response.content !== undefined);
        if (!shown || operation.responses['default'] === undefined) bare.push(`${method} ${path}`);
      }
    }
    expect(bare).toEqual([]);
  });

  it('has a schema for each body that is sent', () => {
    const bare: string[] = [];
    for (const [path, item] of Object.entries(described.paths)) {
      for (const [method, operation] of Object.entries(
        item as Record<string, { requestBody?: { content?: Record<string, { schema?: object }> } }>,
      )) {
        const contents = Object.values(operation.requestBody?.content ?? {});
        if (contents.some(({ schema }) => schema === undefined || Object.keys(schema).length === 0))
          bare.push(`${method} ${path}`);
      }
    }
    expect(bare).toEqual([]);
  });

  it('names every schema that it refers to', () => {
    const known = new Set(Object.keys(described.components?.schemas ?? {}));
    const named = [...JSON.stringify(described).matchAll(/#\/components\/schemas\/([^"]+)"/g)].map(
      (match) => match[1] ?? '',
    );
    expect(named.filter((name) => !known.has(name))).toEqual([]);
    expect(
      [...JSON.stringify(described).matchAll(/"\$ref":"(?!#\/components\/)[^"]*"/g)].map((match) => match[0]),
    ).toEqual([]);
  });
});
