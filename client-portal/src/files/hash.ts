import type { Hex } from '../api/types';
import workerUrl from './hash.worker?worker&url';

/** SHA-256 of files, computed in this browser before anything is sent. */
type Reply = { id: number } & ({ done: number } | { sha256: Hex } | { error: string });
interface Waiting {
  resolve: (hash: Hex) => void;
  reject: (error: Error) => void;
  onProgress: ((done: number) => void) | undefined;
}

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ): { createScriptURL(url: string): string };
}

let policy: { createScriptURL(url: string): string } | undefined;
/** Under Trusted Types a worker starts only through our own policy; elsewhere the address is used as it is. */
function trusted(url: string): string {
  const types = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;
  policy ??= types?.createPolicy('milepost', { createScriptURL: (value) => value });
  return policy ? policy.createScriptURL(url) : url;
}

let worker: Promise<Worker> | undefined;
const waiting = new Map<number, Waiting>();
let serial = 0;

async function start(): Promise<Worker> {
  const response = await fetch(workerUrl);
  if (!response.ok) throw new Error('The file checker could not be loaded. Nothing was sent.');
  const url = URL.createObjectURL(new Blob([await response.text()], { type: 'text/javascript' }));
  const started = new Worker(trusted(url), { name: 'milepost-files' });
  URL.revokeObjectURL(url);
  started.onmessage = (event: MessageEvent<Reply>) => {
    const reply = event.data;
    const entry = waiting.get(reply.id);
    if (!entry) return;
    if ('done' in reply) {
      entry.onProgress?.(reply.done);
      return;
    }
    waiting.delete(reply.id);
    if ('sha256' in reply) entry.resolve(reply.sha256);
    else entry.reject(new Error(`The file could not be read: ${reply.error}`));
  };
  return started;
}

/** SHA-256 of a file as `0x…`; `onProgress` gets the bytes read so far. */
export async function hashFile(file: Blob, onProgress?: (done: number) => void): Promise<Hex> {
  worker ??= start().catch((error: unknown) => {
    worker = undefined;
    throw error;
  });
  const running = await worker;
  const id = ++serial;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject, onProgress });
    running.postMessage({ id, file });
  });
}
