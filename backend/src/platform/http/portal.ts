import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, normalize, sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../config/index.js';
import { Problem } from './problem.js';
import { sendProblem } from './problem.filter.js';

/** Paths that are never the portal's. */
const SERVER_PATHS = /^\/(api|healthz|readyz)(\/|$|\?)/;
/** Files whose name carries a hash of their content. */
const HASHED = /^\/assets\//;

/**
 * Serves the built portal: files as they are, every other path by `index.html` (the portal routes in the browser).
 * Without a portal folder only `/api` answers.
 */
export async function servePortal(app: FastifyInstance, config: Config): Promise<void> {
  const root = config.portalDir;
  const index = root === undefined ? undefined : join(root, 'index.html');
  if (root !== undefined && index !== undefined && existsSync(index)) {
    await app.register(fastifyStatic, { root, serve: false, index: false, dotfiles: 'deny', cacheControl: false });
    const current = pageReader(index, config);
    app.get('/*', (request, reply) => {
      const path = requestedPath(request);
      if (path === undefined || SERVER_PATHS.test(path)) return notFound(request, reply);
      const { page, policy } = current();
      reply.header('content-security-policy', policy);
      if (isFile(root, path)) {
        reply.header('cache-control', HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache');
        return reply.sendFile(path.slice(1));
      }
      if (HASHED.test(path)) return notFound(request, reply);
      return reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(page);
    });
    return;
  }
  app.get('/*', notFound);
}

/** The page and its policy; read again when the portal was rebuilt, whose files have new names. */
function pageReader(index: string, config: Config): () => { readonly page: Buffer; readonly policy: string } {
  let [known, read] = [{ page: Buffer.alloc(0), policy: '' }, -1];
  return () => {
    const changed = statSync(index, { throwIfNoEntry: false })?.mtimeMs ?? read;
    if (changed !== read) {
      const page = readFileSync(index);
      [known, read] = [{ page, policy: portalPolicy(page.toString('utf8'), config) }, changed];
    }
    return known;
  };
}

function notFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  sendProblem(reply, new Problem(404, 'not-found', 'There is nothing at this address.'), request.id);
  return reply;
}

function requestedPath(request: FastifyRequest): string | undefined {
  try {
    return decodeURIComponent(request.url.split('?', 1)[0] ?? '/');
  } catch {
    return undefined;
  }
}

function isFile(root: string, path: string): boolean {
  const file = normalize(join(root, path));
  if (path === '/' || path === '/index.html' || path.includes('\0') || !file.startsWith(root + sep)) return false;
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

/** The content security policy of the portal: own scripts, and the inline ones of the built page by their hash. */
export function portalPolicy(page: string, config: Config): string {
  const inline = [...page.matchAll(/<script(?![^>]*\bsrc=)[^>]*>([\s\S]*?)<\/script>/g)].map(
    (match) =>
      `'sha256-${createHash('sha256')
        .update(match[1] ?? '')
        .digest('base64')}'`,
  );
  const rpc = new URL(config.chain.rpcUrl).origin;
  return [
    "default-src 'self'",
    `script-src ${["'self'", ...inline].join(' ')}`,
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src 'self' ${rpc}`,
    'worker-src blob:',
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types milepost dompurify',
  ].join('; ');
}
