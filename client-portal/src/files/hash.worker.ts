import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/** Streams files through SHA-256, one at a time, so that a large file never stands in memory whole. */
interface Job {
  id: number;
  file: Blob;
}

const post = (message: unknown) =>
  (self as unknown as { postMessage: (message: unknown) => void }).postMessage(message);

async function hash({ id, file }: Job): Promise<void> {
  const state = sha256.create();
  const reader = file.stream().getReader();
  let done = 0;
  for (;;) {
    const { value, done: end } = await reader.read();
    if (end) break;
    state.update(value);
    done += value.length;
    post({ id, done });
  }
  post({ id, sha256: `0x${bytesToHex(state.digest())}` });
}

let queue: Promise<void> = Promise.resolve();
self.onmessage = (event: MessageEvent<Job>) => {
  const job = event.data;
  // A rejection inside a worker reaches nobody: it is posted back.
  queue = queue.then(() => hash(job)).catch((error: unknown) => post({ id: job.id, error: String(error) }));
};
