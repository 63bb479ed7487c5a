import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { JsonRpc } from './rpc/json-rpc.js';

/** A chain of its own for one test file, in memory. */
export interface TestChain {
  readonly url: string;
  readonly rpc: JsonRpc;
  /** Mines `count` empty blocks. Times differ by `secondsApart`, so that two forks never have equal blocks. */
  mine(count: number, secondsApart?: number): Promise<void>;
  close(): Promise<void>;
}

const anvilBinary = (): string => {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  const name = `@foundry-rs/anvil-${process.platform}-${arch}/package.json`;
  return join(createRequire(import.meta.url).resolve(name), '..', 'bin', 'anvil');
};

/** Starts anvil on a free port: a transaction mines at once, hardfork cancun, chain id 31337. */
export const startTestChain = async (): Promise<TestChain> => {
  const child = spawn(anvilBinary(), ['--port', '0', '--hardfork', 'cancun', '--chain-id', '31337'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await listening(child);
  // A test that dies half-way must neither wait for the chain nor leave it behind.
  child.unref();
  child.stdout.destroy();
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', kill);
  const rpc = new JsonRpc({ urls: [url] });
  return {
    url,
    rpc,
    mine: async (count, secondsApart = 1) => {
      await rpc.call('anvil_mine', [`0x${count.toString(16)}`, `0x${secondsApart.toString(16)}`]);
    },
    close: () =>
      new Promise((resolve) => {
        process.off('exit', kill);
        child.once('exit', () => {
          resolve();
        });
        child.kill('SIGTERM');
      }),
  };
};

const listening = (child: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    let output = '';
    child.once('error', reject);
    child.once('exit', (code) => {
      reject(new Error(`anvil ended with code ${code ?? '-'}: ${output.slice(-500)}`));
    });
    child.stdout?.on('data', (chunk: Buffer) => {
      output = `${output}${chunk.toString()}`.slice(-10_000);
      const found = /Listening on ([0-9.]+:[0-9]+)/.exec(output);
      if (found) resolve(`http://${found[1] ?? ''}`);
    });
  });
