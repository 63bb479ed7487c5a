import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import net from 'node:net';

/**
 * The long-running children of one command. Each writes to its own log file; the first one that ends by itself is
 * reported through `onFailure`. A small watchdog process ends them all if this process is killed without a chance to.
 */
export class Processes {
  #children = [];
  #watchdog;
  #stopping = false;

  constructor({ onFailure }) {
    this.onFailure = onFailure;
    this.#watchdog = spawn(process.execPath, ['-e', WATCHDOG], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    this.#watchdog.unref();
    this.#watchdog.stdin.on('error', () => {});
  }

  /**
   * Starts a child. Resolves when `ready(line)` returned something for a line of its output, with that value, or when
   * the address `answersAt` answers; at once when neither is given. Rejects when the child ends before.
   */
  start(name, program, args, { cwd, env, logFile, ready, answersAt, readyWithin = 60_000 }) {
    const log = createWriteStream(logFile, { flags: 'a' });
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#children.push({ name, child });
    this.#watchdog.stdin.write(`${child.pid}\n`);
    let tail = '';
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${name} was not ready after ${readyWithin / 1000} s. Its log: ${logFile}`)),
        readyWithin,
      );
      const settle = (value) => {
        clearTimeout(timer);
        resolve(value);
      };
      const take = (chunk) => {
        log.write(chunk);
        tail = (tail + chunk).slice(-8_000);
        for (const line of String(chunk).split('\n')) {
          const value = line && ready?.(line);
          if (value) settle(value);
        }
      };
      child.stdout.setEncoding('utf8').on('data', take);
      child.stderr.setEncoding('utf8').on('data', take);
      child.on('error', (error) => reject(new Error(`${name} could not be started: ${error.message}`)));
      child.on('exit', (code, signal) => {
        clearTimeout(timer);
        log.end();
        if (this.#stopping) return;
        const error = new Error(
          `${name} ended (${signal ?? `exit ${code}`}). Log: ${logFile}\n${tail.trim().split('\n').slice(-15).join('\n')}`,
        );
        reject(error);
        this.onFailure(error);
      });
      if (answersAt) answers(answersAt.url, child, answersAt.init).then(settle);
      else if (!ready) settle(undefined);
    });
  }

  /** Ends all children, the last started first, and waits for them; one that does not leave in 10 s is killed. */
  async stop() {
    if (this.#stopping) return;
    this.#stopping = true;
    for (const { child } of [...this.#children].reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(timer);
    }
    this.#watchdog.stdin.end('done\n');
  }
}

// Reads process ids, one a line. End of input without "done" means that the parent died: end what it had started.
const WATCHDOG = `
const pids = []; let text = '';
process.on('SIGINT', () => {}); process.on('SIGTERM', () => {}); process.on('SIGHUP', () => {});
process.stdin.on('data', (c) => { text += c; });
process.stdin.on('end', () => {
  const lines = text.trim().split('\\n');
  if (lines.at(-1) === 'done') return;
  for (const line of lines.reverse()) try { process.kill(Number(line), 'SIGTERM'); } catch {}
});`;

/** The wanted port if it is free on the loopback interface, otherwise one that the system picks. */
export async function freePort(wanted) {
  return (await listens(wanted)) ?? (await listens(0));
}

function listens(port) {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', (error) =>
      error.code === 'EADDRINUSE' || error.code === 'EACCES' ? resolve(undefined) : reject(error),
    );
    server.listen({ port, host: '127.0.0.1' }, () => {
      const { port: got } = server.address();
      server.close(() => resolve(got));
    });
  });
}

/** Resolves when a GET (or `init`) of the address succeeds; gives up when the child is gone. */
async function answers(url, child, init) {
  while (child.exitCode === null && child.signalCode === null) {
    try {
      const response = await fetch(url, { ...init, signal: AbortSignal.timeout(2_000) });
      if (response.ok) return;
    } catch {
      // not up yet
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await new Promise(() => {});
}
