/** A thread that compiles one workflow bundle with the engine's own compiler. Imports Node modules only, as the node threads. */
import { WASI } from 'node:wasi';
import { parentPort, workerData } from 'node:worker_threads';

/** What the main thread hands over. */
export interface CompilerTask {
  readonly plugin: WebAssembly.Module;
  readonly source: Uint8Array;
}

export type CompilerAnswer = { readonly bytecode: Uint8Array } | { readonly problem: string };

interface CompilerExports {
  readonly memory: WebAssembly.Memory;
  cabi_realloc(old: number, oldSize: number, align: number, size: number): number;
  'compile-src'(source: number, length: number): number;
}

const { plugin, source } = workerData as CompilerTask;
parentPort?.postMessage(compile());

function compile(): CompilerAnswer {
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
  return failed === 0 ? { bytecode: bytes } : { problem: new TextDecoder().decode(bytes) };
}
