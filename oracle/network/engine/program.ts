/** Loads the CRE engine from npm and compiles a workflow bundle for it. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { WASI } from 'node:wasi';
import type { Hex } from '@milepost/protocol';

/** A workflow, ready to run on any number of node threads. */
export interface EngineProgram {
  readonly plugin: WebAssembly.Module;
  readonly bytecode: Uint8Array;
  /** SHA-256 of the bundle's source: the same source gives the same hash on every machine. */
  readonly bundleHash: Hex;
}

interface CompilerExports {
  readonly memory: WebAssembly.Memory;
  cabi_realloc(old: number, oldSize: number, align: number, size: number): number;
  'compile-src'(source: number, length: number): number;
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
    bytecode: compileSource(plugin, source),
    bundleHash: `0x${createHash('sha256').update(source).digest('hex')}`,
  };
}

function compileSource(plugin: WebAssembly.Module, source: Uint8Array): Uint8Array {
  const nothing = (): number => 0;
  const env = Object.fromEntries(
    WebAssembly.Module.imports(plugin)
      .filter((item) => item.module === 'env')
      .map((item) => [item.name, nothing]),
  );
  const wasi = new WASI({ version: 'preview1', args: [], env: {}, returnOnExit: true });
  const instance = new WebAssembly.Instance(plugin, { ...(wasi.getImportObject() as WebAssembly.Imports), env });
  wasi.finalizeBindings(instance);
  const compiler = instance.exports as unknown as CompilerExports;
  const at = compiler.cabi_realloc(0, 0, 1, source.length);
  new Uint8Array(compiler.memory.buffer, at, source.length).set(source);
  // Compiling grows the memory, which replaces its buffer: read the buffer afterwards.
  const answerAt = compiler['compile-src'](at, source.length);
  const answer = new DataView(compiler.memory.buffer, answerAt, 12);
  const [failed, start, length] = [answer.getUint32(0, true), answer.getUint32(4, true), answer.getUint32(8, true)];
  const bytes = new Uint8Array(compiler.memory.buffer, start, length).slice();
  if (failed !== 0) throw new Error(`The workflow bundle does not compile: ${new TextDecoder().decode(bytes)}`);
  return bytes;
}
