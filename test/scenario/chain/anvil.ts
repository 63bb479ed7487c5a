/** A local chain as a child process, with exact block times. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { JsonRpcProvider, Network, type JsonRpcApiProvider } from 'ethers';

/** Root of the repository, from `test/scenario/chain` and from `test/dist/scenario/chain`. */
export const ROOT = ((): string => {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(folder, 'package-lock.json'))) folder = path.dirname(folder);
  return folder;
})();

export const CHAIN_ID = 31337;

function binary(): string {
  const platform = process.platform === 'win32' ? 'win32' : process.platform;
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  const name = platform === 'win32' ? 'anvil.exe' : 'anvil';
  const file = path.join(ROOT, 'node_modules', '@foundry-rs', `anvil-${platform}-${arch}`, 'bin', name);
  if (!existsSync(file))
    throw new Error(`No local chain for ${platform}-${arch}: ${file} is missing. Run "npm install".`);
  return file;
}

/** A chain of one test: exact block times, snapshots, no fees. */
export interface LocalChain {
  readonly url: string;
  readonly provider: JsonRpcApiProvider;
  rpc(method: string, ...params: unknown[]): Promise<unknown>;
  /** The next block, and those after it, are at `second`. */
  setTime(second: number): Promise<void>;
  /** Empties a block at the time that was set, so that reads see it. */
  mine(): Promise<void>;
  /** What comes back brings this state back. */
  snapshot(): Promise<() => Promise<void>>;
  stop(): Promise<void>;
}

export class Chain implements LocalChain {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    readonly provider: JsonRpcProvider,
  ) {}

  /** Starts a chain whose first block is at `genesis`, on a free port. */
  static async start(genesis: number): Promise<Chain> {
    const flags = ['--port', '0', '--timestamp', String(genesis), '--chain-id', String(CHAIN_ID)];
    const child = spawn(binary(), [...flags, '--hardfork', 'cancun', '--gas-limit', '100000000', '--base-fee', '0'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const kill = (): void => void child.kill('SIGKILL');
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    const url = await new Promise<string>((resolve, reject) => {
      let output = '';
      const take = (chunk: Buffer): void => {
        output += chunk.toString();
        const port = /Listening on 127\.0\.0\.1:(\d+)/.exec(output)?.[1];
        if (port === undefined) return;
        // It writes a line per request: read on, but look no more.
        for (const stream of [child.stdout, child.stderr]) stream.off('data', take).resume();
        resolve(`http://127.0.0.1:${port}`);
      };
      child.stdout.on('data', take);
      child.stderr.on('data', take);
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`The local chain ended with ${code ?? 'a signal'}: ${output}`)));
    });
    const network = Network.from(CHAIN_ID);
    const provider = new JsonRpcProvider(url, network, {
      staticNetwork: network,
      cacheTimeout: -1,
      batchStallTime: 1,
      pollingInterval: 100,
    });
    const chain = new Chain(child, url, provider);
    // Blocks of one step share its second; the first one sets it.
    await chain.rpc('anvil_setBlockTimestampInterval', 0);
    return chain;
  }

  async rpc(method: string, ...params: unknown[]): Promise<unknown> {
    return (await this.provider.send(method, params)) as unknown;
  }

  async setTime(second: number): Promise<void> {
    await this.rpc('evm_setNextBlockTimestamp', second);
  }

  async mine(): Promise<void> {
    await this.rpc('evm_mine');
  }

  async snapshot(): Promise<() => Promise<void>> {
    const id = await this.rpc('evm_snapshot');
    return async () => {
      if ((await this.rpc('evm_revert', id)) !== true) throw new Error('The local chain lost a snapshot.');
    };
  }

  async stop(): Promise<void> {
    this.provider.destroy();
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    if (this.child.exitCode === null) {
      this.child.kill('SIGTERM');
      await ended;
    }
  }
}
