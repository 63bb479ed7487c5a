import { randomUUID } from 'node:crypto';
import cookie from '@fastify/cookie';
import { ConsoleLogger, type DynamicModule, type LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../config/index.js';
import { secureHeaders } from './headers.js';
import { parseJsonBody } from './json-body.js';
import { guardOrigin } from './origin.js';
import { servePortal } from './portal.js';
import { Problem } from './problem.js';
import { ProblemFilter, sendProblem } from './problem.filter.js';
import { createValidationPipe } from './validation.js';

/** Largest body outside of uploads. */
export const BODY_LIMIT = 256 * 1024;
export const API_PREFIX = 'api/v1';

/**
 * Builds the application around a root module: not connected, not listening.
 * @param logger replaces the default one (JSON lines on stdout)
 */
export async function createApp(
  root: DynamicModule,
  config: Config,
  logger?: LoggerService,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT,
    routerOptions: { maxParamLength: 300 },
    forceCloseConnections: true,
    genReqId: () => randomUUID(),
    trustProxy: false,
    // The router refuses these before any hook runs.
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      const long = error.code === 'FST_ERR_MAX_PARAM_LENGTH' || error.statusCode === 414;
      const problem = long
        ? new Problem(414, 'address-too-long', 'A part of this address is too long; nothing was changed.')
        : new Problem(
            400,
            'malformed-request',
            'The address cannot be decoded; nothing was changed. Correct it and send it again.',
          );
      sendProblem(reply, problem, request.id);
    },
  });
  const fastify = adapter.getInstance();
  secureHeaders(fastify, config);
  guardOrigin(fastify, config);
  await fastify.register(cookie);
  // Uploads are streamed: the parser hands the socket on and reads nothing.
  fastify.addContentTypeParser('application/octet-stream', (_request, payload, done) => {
    done(null, payload);
  });
  await servePortal(fastify, config);

  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, {
    rawBody: true,
    bufferLogs: false,
    abortOnError: false,
    forceCloseConnections: true,
    logger: logger ?? new ConsoleLogger({ json: !config.localMode, colors: false, logLevels: levels(config) }),
  });
  app.useBodyParser('application/json', { bodyLimit: BODY_LIMIT }, (_request, body: Buffer, done) => {
    let value: unknown;
    try {
      value = parseJsonBody(body);
    } catch (error) {
      done(error as Error);
      return;
    }
    done(null, value);
  });
  app.setGlobalPrefix(API_PREFIX, { exclude: ['healthz', 'readyz'] });
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalPipes(createValidationPipe());
  return app;
}

function levels(config: Config): ('fatal' | 'error' | 'warn' | 'log' | 'debug')[] {
  const order = ['fatal', 'error', 'warn', 'log', 'debug'] as const;
  return [...order.slice(0, order.indexOf(config.logLevel === 'info' ? 'log' : config.logLevel) + 1)];
}
