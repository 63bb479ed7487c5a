import type { FastifyInstance } from 'fastify';
import type { Config } from '../config/index.js';
import { Problem } from './problem.js';
import { sendProblem } from './problem.filter.js';

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Whether an origin is this installation's own. In local mode each loopback name of the host that was asked counts:
 * people type `localhost` as well as `127.0.0.1`.
 */
export function isOwnOrigin(origin: string, host: string | undefined, config: Config): boolean {
  if (origin === config.publicUrl) return true;
  if (!config.localMode || !URL.canParse(origin)) return false;
  const { hostname, host: given } = new URL(origin);
  return LOOPBACK.has(hostname) && given === host;
}

/** Refuses writes that a page of another origin sends. Callers without an Origin header are no browsers. */
export function guardOrigin(app: FastifyInstance, config: Config): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { origin } = request.headers;
    if (READS.has(request.method) || origin === undefined || isOwnOrigin(origin, request.headers.host, config)) {
      done();
      return;
    }
    const problem = new Problem(
      403,
      'foreign-origin',
      'This write comes from a page of another origin; nothing was changed. Open the portal at its own address.',
    );
    sendProblem(reply, problem, request.id);
  });
}
