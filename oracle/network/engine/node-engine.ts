/** The main thread's side of one node's engine thread. Runs one execution at a time; replaces a thread that is stuck. */
import { Worker } from 'node:worker_threads';
import { THREAD_ARGUMENTS, threadFile, type EngineProgram } from './program.js';
import type { WorkerMessage, WorkerSetup, WorkerTask } from './worker.js';

/** What the workflow asks of its node during one execution. Requests and answers are encoded messages. */
export interface EngineHost {
  /** Starts a capability call. Must not throw. */
  call(request: Uint8Array): void;
  /** Answers of calls started before. Must not reject: errors are answers too. */
  await(request: Uint8Array): Promise<Uint8Array>;
  log(text: string): void;
}

export interface EngineResult {
  readonly result: Uint8Array;
  readonly memoryBytes: number;
}

/** The node's engine failed: crashed, ran too long, used too much memory. The node counts as faulty in this execution. */
export class EngineFailure extends Error {
  override readonly name = 'EngineFailure';
}

type Finish = (resolve: (result: EngineResult) => void, reject: (error: EngineFailure) => void) => void;

interface Current {
  message(message: WorkerMessage): void;
  failed(reason: string): void;
}

const SHARED_BYTES = 512 * 1024;
const HEADER_BYTES = 8;

export class NodeEngine {
  private worker: Worker | undefined;
  private shared = new SharedArrayBuffer(SHARED_BYTES);
  private turn: Promise<unknown> = Promise.resolve();
  private closed = false;
  private current: Current | undefined;

  constructor(
    private readonly program: EngineProgram,
    private readonly limits: { readonly milliseconds: number; readonly memoryBytes: number },
  ) {}

  /** Queues one execution. @throws EngineFailure */
  run(task: Omit<WorkerTask, 'memoryLimit'>, host: EngineHost): Promise<EngineResult> {
    const next = this.turn.then(() => this.runNow({ ...task, memoryLimit: this.limits.memoryBytes }, host));
    this.turn = next.catch(() => undefined);
    return next;
  }

  /** Ends the thread at once, as a crash would; the next execution starts a new one. */
  end(): void {
    this.discard("the node's thread was ended");
  }

  async close(): Promise<void> {
    this.closed = true;
    const { worker } = this;
    this.worker = undefined;
    await worker?.terminate();
    this.current?.failed('the node is closed');
  }

  private runNow(task: WorkerTask, host: EngineHost): Promise<EngineResult> {
    if (this.closed) return Promise.reject(new EngineFailure('the node is closed'));
    const worker = (this.worker ??= this.spawn());
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.current = undefined;
      };
      const timer = setTimeout(() => {
        this.discard(`no answer within ${String(this.limits.milliseconds)} ms`);
      }, this.limits.milliseconds);
      this.current = {
        message: (message) => {
          this.handle(message, host, (finish) => {
            end();
            finish(resolve, reject);
          });
        },
        failed: (reason) => {
          end();
          reject(new EngineFailure(reason));
        },
      };
      worker.postMessage(task);
    });
  }

  private handle(message: WorkerMessage, host: EngineHost, end: (finish: Finish) => void): void {
    switch (message.type) {
      case 'call':
        host.call(message.request);
        break;
      case 'await': {
        const { shared } = this;
        void host.await(message.request).then((answer) => {
          writeAnswer(shared, answer);
        });
        break;
      }
      case 'log':
        host.log(message.text);
        break;
      case 'done':
        end((resolve) => {
          resolve({ result: message.result, memoryBytes: message.memoryBytes });
        });
        break;
      case 'failed':
        end((_resolve, reject) => {
          reject(new EngineFailure(message.reason));
        });
    }
  }

  private spawn(): Worker {
    // Its own memory for each thread: a late answer for a thread that was given up must not reach its successor.
    this.shared = new SharedArrayBuffer(SHARED_BYTES);
    const setup: WorkerSetup = { plugin: this.program.plugin, bytecode: this.program.bytecode, shared: this.shared };
    const worker = new Worker(threadFile('worker'), { workerData: setup, execArgv: [...THREAD_ARGUMENTS] });
    worker.on('message', (message: WorkerMessage) => this.current?.message(message));
    worker.on('error', (error: Error) => {
      if (this.worker === worker) this.discard(error.message);
    });
    worker.on('exit', (code) => {
      if (this.worker === worker) this.discard(`the node's thread ended with code ${String(code)}`);
    });
    return worker;
  }

  /** Gives up the thread; the next execution starts a new one. */
  private discard(reason: string): void {
    const { worker } = this;
    this.worker = undefined;
    void worker?.terminate();
    this.current?.failed(reason);
  }
}

function writeAnswer(shared: SharedArrayBuffer, bytes: Uint8Array): void {
  const words = new Int32Array(shared, 0, 2);
  // An answer that does not fit is announced by its length alone; the engine refuses it.
  const fits = bytes.length <= SHARED_BYTES - HEADER_BYTES;
  if (fits) new Uint8Array(shared, HEADER_BYTES, bytes.length).set(bytes);
  words[1] = fits ? bytes.length : 0x7fff_ffff;
  Atomics.store(words, 0, 1);
  Atomics.notify(words, 0);
}
