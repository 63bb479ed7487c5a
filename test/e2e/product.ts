import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';

export interface Product {
  url: string;
  /** Seconds from the command to the printed address. */
  seconds: number;
  stop(): Promise<void>;
}

/** Starts the product as a person does, by its start command, on a data folder of its own and free ports. */
export async function startProduct(root: string, data: string): Promise<Product> {
  const began = Date.now();
  const child = spawn(process.execPath, [path.join(root, 'scripts', 'run.mjs'), 'start'], {
    cwd: root,
    env: { ...process.env, MILEPOST_DATA: data, PORT: '0', MILEPOST_FREE_PORTS: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const url = await readyUrl(child);
  return { url, seconds: (Date.now() - began) / 1000, stop: () => stop(child) };
}

function readyUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const take = (chunk: string) => {
      output += chunk;
      const match = /Milepost is ready after .*?(http:\/\/\S+)/.exec(output);
      if (match?.[1] !== undefined) resolve(match[1]);
    };
    child.stdout?.setEncoding('utf8').on('data', take);
    child.stderr?.setEncoding('utf8').on('data', take);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`npm start ended with ${String(code)}:\n${output}`)));
  });
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) {
      resolve();
      return;
    }
    child.once('exit', () => resolve());
    child.kill('SIGINT');
  });
}
