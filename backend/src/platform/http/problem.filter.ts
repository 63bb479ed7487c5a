import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { QueryFailedError } from 'typeorm';
import { Problem, PROBLEM_TYPE, problemBody } from './problem.js';

/** Turns everything thrown into an RFC 9457 answer; what we did not foresee is a 500 without inner details. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #logger = new Logger('Http');

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const problem = toProblem(thrown);
    // A problem that we raise ourselves says what is missing; the rest are faults of ours.
    if (problem.status >= 500 && !(thrown instanceof Problem)) {
      this.#logger.error(
        `${request.method} ${request.url} ${request.id}: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`,
      );
    }
    if (reply.sent || reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    sendProblem(reply, problem, request.id);
  }
}

/** Answers with a problem, outside of Nest's pipeline too. */
export function sendProblem(reply: FastifyReply, problem: Problem, requestId: string): void {
  void reply
    .code(problem.status)
    .headers(problem.headers)
    .header('content-type', PROBLEM_TYPE)
    .send(JSON.stringify(problemBody(problem, requestId)));
}

/** Codes of Fastify and of Postgres that say whose fault it was. */
function toProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  const code = (thrown as { code?: unknown } | null)?.code;
  if (thrown instanceof SyntaxError) {
    return new Problem(
      400,
      'malformed-json',
      'The request body is not valid JSON; nothing was changed. Correct it and send it again.',
    );
  }
  if (thrown instanceof QueryFailedError) return databaseProblem(thrown);
  if ((thrown as { name?: unknown } | null)?.name === 'RpcUnavailable') {
    return new Problem(
      502,
      'chain-unavailable',
      'The chain does not answer; nothing was changed. Try again in a moment.',
      {},
      { 'retry-after': '2' },
    );
  }
  if (typeof code === 'string' && ['ECONNREFUSED', 'ECONNRESET', '57P01', '57P03'].includes(code)) return unavailable();
  const status =
    thrown instanceof HttpException ? thrown.getStatus() : (thrown as { statusCode?: unknown } | null)?.statusCode;
  if (typeof status === 'number' && status >= 400 && status < 500) return clientProblem(status, thrown);
  return new Problem(
    500,
    'internal',
    'Something on our side failed and the request had no effect. Try again; if it stays, report the request id.',
  );
}

function clientProblem(status: number, thrown: unknown): Problem {
  if (status === 404) return new Problem(404, 'not-found', 'There is nothing at this address.');
  if (status === 400)
    return new Problem(
      400,
      'malformed-request',
      'The request cannot be read; nothing was changed. Correct it and send it again.',
    );
  if (status === 405)
    return new Problem(405, 'method-not-allowed', 'This address does not take this method; nothing was changed.');
  if (status === 413) {
    return new Problem(
      413,
      'body-too-large',
      'The request body is larger than this route takes; nothing was changed. Send less.',
    );
  }
  if (status === 415) {
    return new Problem(
      415,
      'unsupported-media-type',
      'This route does not take the content type that was sent; nothing was changed. Send application/json.',
    );
  }
  const text = thrown instanceof Error ? thrown.message : 'The request was refused.';
  return new Problem(status, `http-${status}`, `${text} Nothing was changed.`);
}

function databaseProblem(error: QueryFailedError): Problem {
  const state = (error.driverError as { code?: unknown } | undefined)?.code;
  if (state === '55P03' || state === '57014' || state === '40001' || state === '40P01') {
    return new Problem(
      503,
      'busy',
      'The same data is being changed by another request; nothing was changed. Try again in a moment.',
      {},
      { 'retry-after': '1' },
    );
  }
  if (typeof state === 'string' && (state.startsWith('08') || state.startsWith('57'))) return unavailable();
  return new Problem(
    500,
    'internal',
    'Something on our side failed and the request had no effect. Try again; if it stays, report the request id.',
  );
}

function unavailable(): Problem {
  return new Problem(
    503,
    'database-unavailable',
    'The database does not answer; nothing was changed. Try again in a moment.',
    {},
    { 'retry-after': '2' },
  );
}
