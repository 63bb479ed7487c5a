import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';
import { SESSION_COOKIE } from './session-cookie.js';
import { problemSchema } from './schemas.js';

/** The API's description, made from the schemas that also validate it. Needs no database. */
export function describeApi(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Milepost API')
    .setDescription(
      'Amounts are decimal strings of base units, times RFC 3339 UTC, addresses EIP-55. Errors follow RFC 9457.',
    )
    .setVersion('1')
    .addCookieAuth(SESSION_COOKIE)
    .addBearerAuth(undefined, 'service')
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}_${method}`,
  });
  const schemas = ((document.components ??= {}).schemas ??= {});
  // A schema with an id comes as a reference beside its definition; OpenAPI has definitions in components only.
  const converted: Readonly<Record<string, unknown>> = { ...z.toJSONSchema(problemSchema, { target: 'openapi-3.0' }) };
  schemas['Problem'] = (converted['definitions'] as typeof schemas)['Problem'] ?? {};
  for (const item of Object.values(document.paths)) {
    for (const operation of Object.values(
      item as Record<string, { responses?: Record<string, unknown> } | undefined>,
    )) {
      if (operation?.responses === undefined) continue;
      operation.responses['default'] = {
        description: 'Refused; nothing was changed',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      };
    }
  }
  return document;
}
