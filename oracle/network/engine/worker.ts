/**
 * One oracle node's thread: runs the CRE engine (QuickJS in WebAssembly) synchronously and blocks in `Atomics.wait` while
 * the main thread does what the workflow asked for. Imports Node modules only, so that it also starts from source.
 */
import { createHash } from 'node:crypto';
import { WASI } from 'node:wasi';
import { parentPort, workerData } from 'node:worker_threads';

/** What the main thread hands to a new thread. */
export interface WorkerSetup {
  readonly plugin: WebAssembly.Module;
  readonly bytecode: Uint8Array;
  /** Two 32-bit words (state, length), then the answer's bytes. */
  readonly shared: SharedArrayBuffer;
}

/** One execution. */
export interface WorkerTask {
  readonly request: Uint8Array;
  /** Milliseconds since 1970 that the workflow sees, the same on every node. */
  readonly now: number;
  /** Seed of everything random, the same on every node. */
  readonly seed: string;
  readonly memoryLimit: number;
}

/** What the thread tells the main thread. */
export type WorkerMessage =
  | { readonly type: 'call'; readonly request: Uint8Array }
  | { readonly type: 'await'; readonly request: Uint8Array }
  | { readonly type: 'log'; readonly text: string }
  | { readonly type: 'done'; readonly result: Uint8Array; readonly memoryBytes: number }
  | { readonly type: 'failed'; readonly reason: string; readonly memoryBytes: number };

const HEADER_WORDS = 2;
const ENOSYS = 52;

interface EngineExports {
  readonly memory: WebAssembly.Memory;
  invoke(bytecode: number, length: number, hasName: number, name: number, nameLength: number): void;
  cabi_realloc(old: number, oldSize: number, align: number, size: number): number;
}

/** Ends a run from inside the engine. */
class Exit extends Error {}

const setup = workerData as WorkerSetup;
const words = new Int32Array(setup.shared, 0, HEADER_WORDS);
const answer = new Uint8Array(setup.shared, HEADER_WORDS * 4);

parentPort?.on('message', (task: WorkerTask) => {
  const run = new Run(task);
  tell(run.execute());
});

function tell(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}

class Run {
  private readonly task: WorkerTask;
  private memory: WebAssembly.Memory | undefined;
  private result: Uint8Array | undefined;
  private randomBlocks = 0;

  constructor(task: WorkerTask) {
    this.task = task;
  }

  execute(): WorkerMessage {
    try {
      const wasi = new WASI({
        version: 'preview1',
        args: ['workflow', Buffer.from(this.task.request).toString('base64')],
        env: {},
        returnOnExit: true,
      });
      const system = {
        ...(wasi.getImportObject() as { wasi_snapshot_preview1: object }).wasi_snapshot_preview1,
        ...this.systemCalls(),
      };
      const instance = new WebAssembly.Instance(setup.plugin, {
        wasi_snapshot_preview1: system,
        env: this.hostCalls(),
      });
      const engine = instance.exports as unknown as EngineExports;
      this.memory = engine.memory;
      wasi.finalizeBindings(instance);
      const at = engine.cabi_realloc(0, 0, 1, setup.bytecode.length);
      new Uint8Array(engine.memory.buffer, at, setup.bytecode.length).set(setup.bytecode);
      engine.invoke(at, setup.bytecode.length, 0, 0, 0);
    } catch (error) {
      if (this.result === undefined) return this.failed(error instanceof Error ? error.message : String(error));
    }
    if (this.result === undefined) return this.failed('the workflow ended without an answer');
    return { type: 'done', result: this.result, memoryBytes: this.memorySize() };
  }

  private failed(reason: string): WorkerMessage {
    return { type: 'failed', reason, memoryBytes: this.memorySize() };
  }

  private memorySize(): number {
    return this.memory?.buffer.byteLength ?? 0;
  }

  private read(at: number, length: number): Uint8Array {
    return new Uint8Array(this.memory?.buffer ?? new ArrayBuffer(0), at, length).slice();
  }

  private view(): DataView {
    return new DataView(this.memory?.buffer ?? new ArrayBuffer(0));
  }

  /** Imports that the engine gets from its host. */
  private hostCalls(): Record<string, (...args: never[]) => number | bigint | undefined> {
    const refuse = (_request: number, _length: number, at: number, max: number): bigint =>
      this.refusal('this network holds no secrets', at, max);
    return {
      call_capability: (at: number, length: number) => {
        this.checkMemory();
        tell({ type: 'call', request: this.read(at, length) });
        return 0n;
      },
      await_capabilities: (at: number, length: number, into: number, max: number) => {
        this.checkMemory();
        Atomics.store(words, 0, 0);
        tell({ type: 'await', request: this.read(at, length) });
        Atomics.wait(words, 0, 0);
        const size = words[1] ?? 0;
        if (size > max)
          return this.refusal(`an answer of ${String(size)} bytes is longer than ${String(max)}`, into, max);
        new Uint8Array(this.view().buffer, into, size).set(answer.subarray(0, size));
        return BigInt(size);
      },
      get_secrets: refuse,
      await_secrets: refuse,
      log: (at: number, length: number) => {
        tell({ type: 'log', text: Buffer.from(this.read(at, length)).toString('utf8') });
        return undefined;
      },
      send_response: (at: number, length: number) => {
        this.result = this.read(at, length);
        return 0;
      },
      switch_modes: () => undefined,
      version_v2_typescript: () => undefined,
      random_seed: () => BigInt.asIntN(64, Buffer.from(this.randomBytes(8)).readBigUInt64LE()),
      now: (at: number) => {
        this.view().setBigUint64(at, BigInt(this.task.now) * 1_000_000n, true);
        return 0;
      },
    };
  }

  /** System calls that would make nodes differ, or let a workflow stall, answered the same way on every node. */
  private systemCalls(): Record<string, (...args: never[]) => number> {
    return {
      clock_time_get: (_id: number, _precision: bigint, at: number) => {
        this.view().setBigUint64(at, BigInt(this.task.now) * 1_000_000n, true);
        return 0;
      },
      random_get: (at: number, length: number) => {
        new Uint8Array(this.view().buffer, at, length).set(this.randomBytes(length));
        return 0;
      },
      poll_oneoff: () => ENOSYS,
      fd_read: () => ENOSYS,
      fd_write: (_fd: number, vectors: number, count: number, written: number) => {
        let total = 0;
        let text = '';
        for (let i = 0; i < count; i++) {
          const at = this.view().getUint32(vectors + i * 8, true);
          const length = this.view().getUint32(vectors + i * 8 + 4, true);
          text += Buffer.from(this.read(at, length)).toString('utf8');
          total += length;
        }
        this.view().setUint32(written, total, true);
        if (text.trim() !== '') tell({ type: 'log', text: text.trim() });
        return 0;
      },
      proc_exit: () => {
        throw new Exit('the workflow has ended');
      },
    };
  }

  private refusal(text: string, at: number, max: number): bigint {
    const bytes = Buffer.from(text).subarray(0, max);
    new Uint8Array(this.view().buffer, at, bytes.length).set(bytes);
    return BigInt(-bytes.length);
  }

  private checkMemory(): void {
    if (this.memorySize() > this.task.memoryLimit) {
      throw new Error(
        `the workflow uses ${String(this.memorySize())} bytes of memory, ${String(this.task.memoryLimit)} allowed`,
      );
    }
  }

  private randomBytes(length: number): Uint8Array {
    const out = new Uint8Array(length);
    for (let at = 0; at < length; at += 32) {
      const block = createHash('sha256')
        .update(`${this.task.seed}:${String(this.randomBlocks++)}`)
        .digest();
      out.set(block.subarray(0, Math.min(32, length - at)), at);
    }
    return out;
  }
}
