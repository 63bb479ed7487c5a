/** The witness over HTTP, with its key and its heads in a folder. For Node. */
import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Crypto } from './keys.js';
import { COSIGNATURE_ED25519 } from './note.js';
import { ed25519KeyFromPem, sha256 } from './node.js';
import { parsePolicy } from './policy.js';
import { Witness, type Contradiction, type WitnessAnswer, type WitnessStore } from './witness.js';

const MAX_BODY = 64 * 1024;

export interface WitnessServerOptions {
  /** Holds `key`, `policy`, a file per log, and `alarms/`. Made where it is missing. */
  readonly folder: string;
  /** Name under which it cosigns, e.g. `witness.example/1`. */
  readonly name: string;
  readonly crypto: Crypto;
  /** Text of the policy whose `log` lines name the logs to watch; asked for only while the folder has none. */
  readonly firstPolicy: () => Promise<string>;
  readonly log: (line: string) => void;
  /** Seconds since 1970. */
  readonly now?: () => bigint;
}

export interface WitnessServer {
  readonly server: Server;
  readonly witness: Witness;
  /** For the policies of those who trust this witness. */
  readonly verifierKey: string;
}

/** Prepares the server; the caller lets it listen. @throws TlogFormatError for an unusable key or policy */
export async function createWitnessServer(options: WitnessServerOptions): Promise<WitnessServer> {
  const { folder, name, log } = options;
  await mkdir(join(folder, 'alarms'), { recursive: true });
  const pem = await kept(join(folder, 'key'), 0o600, () =>
    Promise.resolve(String(generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }))),
  );
  const policy = parsePolicy(sha256, await kept(join(folder, 'policy'), 0o644, options.firstPolicy));
  const key = ed25519KeyFromPem(pem);
  const verifierKey = key.verifierKey(name, COSIGNATURE_ED25519);
  const now = options.now ?? (() => BigInt(Math.floor(Date.now() / 1_000)));
  const witness = new Witness({
    crypto: options.crypto,
    logs: policy.logs,
    cosigner: key.cosigner(name, now),
    store: new FolderStore(folder),
    alarm: async (contradiction) => {
      const file = join(folder, 'alarms', `${idOf(contradiction.origin)}-${String(now())}.txt`);
      await writeFile(file, describe(contradiction));
      log(`ALARM: ${contradiction.origin} signed a head that does not extend the last one; both notes are in ${file}`);
    },
  });
  const server = createServer((request, response) => {
    route(witness, verifierKey, request).then(
      (result) => send(response, result.status, result.contentType, result.body),
      (error: unknown) => {
        log(`a request failed: ${error instanceof Error ? error.message : String(error)}`);
        send(response, 500, TEXT, 'the witness could not keep the checkpoint\n');
      },
    );
  });
  return { server, witness, verifierKey };
}

const TEXT = 'text/plain; charset=utf-8';
const idOf = (origin: string): string => createHash('sha256').update(origin).digest('hex');
const describe = ({ origin, cosigned, offered }: Contradiction): string =>
  `The log ${origin} signed both of these.\n\n--- cosigned before ---\n${cosigned}\n--- offered ---\n${offered}`;

async function route(
  witness: Witness,
  verifierKey: string,
  request: IncomingMessage,
): Promise<{ status: number; contentType: string; body: string }> {
  const path = new URL(request.url ?? '/', 'http://witness').pathname;
  if (request.method === 'POST' && path === '/add-checkpoint') {
    const body = await read(request);
    if (body === null) return { status: 413, contentType: TEXT, body: 'the request is too long\n' };
    const result: WitnessAnswer = await witness.addCheckpoint(body);
    return result;
  }
  if (request.method === 'GET' && path === '/key') return { status: 200, contentType: TEXT, body: `${verifierKey}\n` };
  const log = /^\/([0-9a-f]{64})\/checkpoint$/.exec(path)?.[1];
  const origin = witness.origins.find((candidate) => idOf(candidate) === log);
  const note = request.method === 'GET' && origin !== undefined ? await witness.latest(origin) : null;
  return note === null
    ? { status: 404, contentType: TEXT, body: 'not found\n' }
    : { status: 200, contentType: TEXT, body: note };
}

async function read(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, { 'content-type': contentType, 'x-content-type-options': 'nosniff' });
  response.end(body);
}

/** One file per log, replaced as a whole; on the disk before `write` returns. */
class FolderStore implements WitnessStore {
  constructor(private readonly folder: string) {}

  async read(origin: string): Promise<string | null> {
    return readOrNull(this.file(origin));
  }

  async write(origin: string, note: string): Promise<void> {
    await writeDurably(this.folder, this.file(origin), note, 0o644);
  }

  private file(origin: string): string {
    return join(this.folder, `${idOf(origin)}.note`);
  }
}

async function readOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** The content of a file that is made at the first start and never changed after. */
async function kept(path: string, mode: number, make: () => Promise<string>): Promise<string> {
  const found = await readOrNull(path);
  if (found !== null) return found;
  const text = await make();
  await writeDurably(join(path, '..'), path, text, mode);
  return text;
}

async function writeDurably(folder: string, path: string, text: string, mode: number): Promise<void> {
  const draft = `${path}.draft`;
  const file = await open(draft, 'w', mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
  // Windows cannot open a folder; its rename is durable by itself.
  const handle = await open(folder, 'r').catch(() => null);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
