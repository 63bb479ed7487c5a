/** A small HTTP service of GET routes and, if wanted, one for POST, and the life of a long-running process around it. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Answers a path, or undefined if there is nothing. */
export type Route = (path: string) => Answer | undefined | Promise<Answer | undefined>;

/** Answers the body of a POST; `gone` fires when the caller hangs up before it is answered. */
export type PostRoute = (path: string, body: string, gone: AbortSignal) => Promise<Answer | undefined>;

const MAX_BODY = 2_000_000;

export function json(value: unknown, status = 200): Answer {
  return { status, type: 'application/json', body: JSON.stringify(value) };
}

/** Problem answer in the form of RFC 9457. */
export function problem(status: number, code: string, title: string): Answer {
  return {
    status,
    type: 'application/problem+json',
    body: JSON.stringify({ type: `urn:milepost:problem:${code}`, title, status }),
  };
}

export class HttpService {
  private readonly server: Server;

  constructor(route: Route, postRoute?: PostRoute) {
    this.server = createServer((request, response) => {
      const send = ({ status, type, body }: Answer): void => {
        response.writeHead(status, {
          'content-type': type,
          'cache-control': 'no-store',
          'x-content-type-options': 'nosniff',
        });
        response.end(request.method === 'HEAD' ? undefined : body);
      };
      if (request.method === 'POST' && postRoute !== undefined) {
        void this.post(request, response, postRoute, send);
        return;
      }
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        send(problem(405, 'method-not-allowed', 'Only GET and HEAD are served.'));
        return;
      }
      const { pathname } = new URL(request.url ?? '/', 'http://localhost');
      Promise.resolve(pathname)
        .then(route)
        .then(
          (answer) => {
            send(answer ?? problem(404, 'not-found', `There is nothing at ${pathname}.`));
          },
          (error: unknown) => {
            send(problem(500, 'internal', error instanceof Error ? error.message : 'The request failed.'));
          },
        );
    });
  }

  private async post(
    request: IncomingMessage,
    response: ServerResponse,
    postRoute: PostRoute,
    send: (answer: Answer) => void,
  ): Promise<void> {
    const gone = new AbortController();
    response.on('close', () => {
      if (!response.writableFinished) gone.abort();
    });
    try {
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of request) {
        size += (chunk as Buffer).length;
        if (size > MAX_BODY) {
          send(problem(413, 'too-large', `At most ${String(MAX_BODY)} bytes are taken.`));
          return;
        }
        chunks.push(chunk as Buffer);
      }
      const { pathname } = new URL(request.url ?? '/', 'http://localhost');
      const answer = await postRoute(pathname, Buffer.concat(chunks).toString(), gone.signal);
      send(answer ?? problem(404, 'not-found', `There is nothing at ${pathname}.`));
    } catch (error) {
      if (!gone.signal.aborted)
        send(problem(500, 'internal', error instanceof Error ? error.message : 'The request failed.'));
    }
  }

  /** Resolves with the origin. @throws when the port is busy. */
  listen(host: string, port: number): Promise<string> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        const { port: bound } = this.server.address() as AddressInfo;
        resolve(`http://${host}:${String(bound)}`);
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => {
        resolve();
      });
      this.server.closeAllConnections();
    });
  }
}

/** Runs a process until SIGTERM or SIGINT, then stops it; a failure ends it with its message and code 1. */
export async function runService(
  start: () => Promise<{ startupLine: string; stop: () => Promise<void> }>,
): Promise<void> {
  try {
    const stopped = new Promise<void>((resolve) => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const)
        process.once(signal, () => {
          resolve();
        });
    });
    const { startupLine, stop } = await start();
    process.stdout.write(`${startupLine}\n`);
    await stopped;
    await stop();
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
