/** Child processes of the backend: started with a time limit, ended with the runner. */
import { spawn, type ChildProcess } from 'node:child_process';
import { ROOT } from '../chain/anvil.js';

const READY_WITHIN = 60_000;
const KEPT = 4_000;

export class Child {
  private output = '';
  private readonly ended: Promise<number | null>;

  private constructor(
    private readonly name: string,
    private readonly child: ChildProcess,
  ) {
    const take = (chunk: Buffer): void => {
      this.output = (this.output + chunk.toString()).slice(-KEPT);
    };
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    const kill = (): void => void child.kill('SIGKILL');
    process.once('exit', kill);
    this.ended = new Promise((resolve) => child.once('exit', resolve));
    void this.ended.then(() => process.off('exit', kill));
  }

  /** Starts `node SCRIPT ARGS` from the root of the repository. */
  static start(name: string, args: readonly string[], env: Record<string, string> = {}): Child {
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new Child(name, child);
  }

  /** Resolves with the first match in the output. */
  async says(pattern: RegExp): Promise<string> {
    return this.within(`printed no ${pattern.source}`, () => pattern.exec(this.output)?.[0] ?? null);
  }

  /** Resolves when the process ended well. */
  async finish(): Promise<void> {
    const code = await this.ended;
    if (code !== 0) throw new Error(`${this.name} ended with ${code ?? 'a signal'}:\n${this.output}`);
  }

  /** Asks until an answer comes, the process ends, or the time is over. */
  async within<T>(failure: string, ask: () => T | null | Promise<T | null>): Promise<T> {
    const limit = Date.now() + READY_WITHIN;
    for (;;) {
      const answer = await ask();
      if (answer !== null) return answer;
      if (this.child.exitCode !== null)
        throw new Error(`${this.name} ended with ${this.child.exitCode}:\n${this.output}`);
      if (Date.now() > limit) throw new Error(`${this.name} ${failure} within a minute:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null) this.child.kill('SIGTERM');
    await this.ended;
  }
}
