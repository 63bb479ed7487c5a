/** Loads the CRE engine from npm and compiles a workflow bundle for it. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Hex } from '@milepost/protocol';
import type { CompilerAnswer, CompilerTask } from './compiler.js';

/** A workflow, ready to run on any number of node threads. */
export interface EngineProgram {
  readonly plugin: WebAssembly.Module;
  readonly bytecode: Uint8Array;
  /** SHA-256 of the bundle's source: the same source gives the same hash on every machine. */
  readonly bundleHash: Hex;
}

const ENGINE = 'node_modules/@chainlink/cre-sdk-javy-plugin/dist/javy-chainlink-sdk.plugin.wasm';

/**
 * Where the engine's WebAssembly lies: the nearest `node_modules` that has it. (The package's `exports` name neither the
 * file nor its `package.json`, so module resolution cannot find it.)
 * @throws when the development dependency is not installed.
 */
export function enginePath(): string {
  for (let dir = import.meta.dirname; ; dir = path.dirname(dir)) {
    const candidate = path.join(dir, ENGINE);
    if (existsSync(candidate)) return candidate;
    if (dir === path.dirname(dir)) break;
  }
  throw new Error(
    'The CRE engine is not installed: @chainlink/cre-sdk-javy-plugin is a development dependency. Run npm install.',
  );
}

/** @throws when the bundle is no valid program. */
export async function loadProgram(bundleFile: string): Promise<EngineProgram> {
  let source: Buffer;
  try {
    source = await readFile(bundleFile);
  } catch {
    throw new Error(`The workflow bundle ${bundleFile} is not there. Build it: npm run build -w @milepost/oracle`);
  }
  const plugin = await WebAssembly.compile(await readFile(enginePath()));
  return {
    plugin,
    bytecode: await compileSource(plugin, source),
    bundleHash: `0x${createHash('sha256').update(source).digest('hex')}`,
  };
}

async function compileSource(plugin: WebAssembly.Module, source: Uint8Array): Promise<Uint8Array> {
  const task: CompilerTask = { plugin, source };
  const worker = new Worker(threadFile('compiler'), { workerData: task, execArgv: [...THREAD_ARGUMENTS] });
  try {
    const [answer] = (await once(worker, 'message')) as [CompilerAnswer];
    if ('problem' in answer) throw new Error(`The workflow bundle does not compile: ${answer.problem}`);
    return answer.bytecode;
  } finally {
    await worker.terminate();
  }
}

/** node:wasi is marked experimental; the warning would be the first line that a newcomer reads. */
export const THREAD_ARGUMENTS = ['--no-warnings'] as const;

/** A thread's program: built, or as source when this file runs as source. */
export function threadFile(name: 'compiler' | 'worker'): URL {
  return new URL(`./${name}.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);
}
