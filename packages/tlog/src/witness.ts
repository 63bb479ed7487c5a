/** C2SP tlog-witness: remembers the last head of each log it knows, and cosigns only what extends it. No I/O: the caller brings a store. */
import { parseCheckpoint, type Checkpoint } from './checkpoint.js';
import { TreeHasher, isHash, sameBytes, type Hash } from './hash.js';
import { verifierOf, type Crypto } from './keys.js';
import {
  NoteSignatureError,
  openNote,
  parseNote,
  signatureLine,
  type NoteSigner,
  type NoteVerifier,
  type VerifierKey,
} from './note.js';
import { TlogFormatError, fromBase64, parseDecimal, toBase64, utf8 } from './text.js';
import { verifyConsistency } from './verify.js';

/** Where a witness keeps what it cosigned. `write` returns once the note would survive a power cut. */
export interface WitnessStore {
  /** The last note cosigned for the log; null before the first. */
  read(origin: string): Promise<string | null>;
  write(origin: string, note: string): Promise<void>;
}

export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  readonly contentType: 'text/plain; charset=utf-8' | 'text/x.tlog.size';
  readonly body: string;
}

/** Two heads that the same log signed and that cannot both be true. */
export interface Contradiction {
  readonly origin: string;
  readonly cosigned: string;
  readonly offered: string;
}

export interface WitnessOptions {
  readonly crypto: Crypto;
  /** Keys of the logs to watch, as in a policy. */
  readonly logs: readonly VerifierKey[];
  readonly cosigner: NoteSigner;
  readonly store: WitnessStore;
  /** Told when a log signed something that does not extend what it signed before. */
  readonly alarm?: (contradiction: Contradiction) => void | Promise<void>;
}

/** Body of a request: the size that the caller believes the witness has, the proof from there, and the signed checkpoint. */
export function formatAddCheckpoint(old: bigint, proof: readonly Hash[], note: string): string {
  return `old ${String(old)}\n${proof.map((hash) => `${toBase64(hash)}\n`).join('')}\n${note}`;
}

const MAX_PROOF = 63;
const answer = (status: WitnessAnswer['status'], body: string): WitnessAnswer => ({
  status,
  contentType: 'text/plain; charset=utf-8',
  body,
});

export class Witness {
  private readonly hasher: TreeHasher;
  private readonly verifiers: ReadonlyMap<string, readonly NoteVerifier[]>;
  /** One request after the other for each log: to check and to keep is one step. */
  private readonly turns = new Map<string, Promise<unknown>>();

  constructor(private readonly options: WitnessOptions) {
    this.hasher = new TreeHasher(options.crypto.sha256);
    const verifiers = new Map<string, NoteVerifier[]>();
    for (const key of options.logs)
      verifiers.set(key.name, [...(verifiers.get(key.name) ?? []), verifierOf(options.crypto, key)]);
    this.verifiers = verifiers;
  }

  /** Origins of the logs it watches. */
  get origins(): string[] {
    return [...this.verifiers.keys()];
  }

  /** The last note it cosigned, its own line included; null for a log without one. */
  async latest(origin: string): Promise<string | null> {
    return this.verifiers.has(origin) ? this.options.store.read(origin) : null;
  }

  /** `POST /add-checkpoint`. Never throws for what the caller sent. */
  async addCheckpoint(body: string): Promise<WitnessAnswer> {
    let request: Request;
    try {
      request = parseRequest(body);
    } catch (error) {
      if (error instanceof TlogFormatError) return answer(400, `${error.message}\n`);
      throw error;
    }
    const { origin } = request.checkpoint;
    const verifiers = this.verifiers.get(origin);
    if (verifiers === undefined) return answer(404, `this witness does not watch the log ${origin}\n`);
    try {
      const { verified } = await openNote(request.note, verifiers);
      // A head that the chain could not punish is none: every key of the log has to sign.
      if (verified.length < verifiers.length) return answer(403, 'the checkpoint lacks a signature of the log\n');
    } catch (error) {
      if (error instanceof NoteSignatureError) return answer(403, `${error.message}\n`);
      throw error;
    }
    const before = this.turns.get(origin) ?? Promise.resolve();
    const turn = before.then(() => this.extend(request));
    this.turns.set(
      origin,
      turn.catch(() => undefined),
    );
    return turn;
  }

  private async extend({ old, proof, checkpoint, note }: Request): Promise<WitnessAnswer> {
    const { origin, size, root } = checkpoint;
    const kept = await this.options.store.read(origin);
    const known = kept === null ? null : parseCheckpoint(parseNote(kept).text);
    if (old > size) return answer(400, 'the old size is above that of the checkpoint\n');
    if (old !== (known?.size ?? 0n))
      return { status: 409, contentType: 'text/x.tlog.size', body: `${String(known?.size ?? 0n)}\n` };
    if (known === null) {
      if (proof.length > 0) return answer(422, 'a proof from the empty log is empty\n');
    } else if (size === known.size && !sameBytes(root, known.root)) {
      await this.options.alarm?.({ origin, cosigned: kept ?? '', offered: note });
      return answer(422, 'the log signed another head of this size before\n');
    } else if (!verifyConsistency(this.hasher, known.size, size, proof, known.root, root)) {
      // A wrong proof of a true head looks the same, so the signed note is kept for whoever looks into it.
      await this.options.alarm?.({ origin, cosigned: kept ?? '', offered: note });
      return answer(422, 'the proof does not show that the checkpoint extends the one cosigned before\n');
    }
    const { text } = parseNote(note);
    const { name, keyId } = this.options.cosigner;
    const line = signatureLine({ name, keyId, signature: await this.options.cosigner.sign(utf8(text)) });
    await this.options.store.write(origin, withoutLine(note, name) + line);
    return answer(200, line);
  }
}

interface Request {
  readonly old: bigint;
  readonly proof: readonly Hash[];
  readonly checkpoint: Checkpoint;
  readonly note: string;
}

/** @throws TlogFormatError */
function parseRequest(body: string): Request {
  const split = body.indexOf('\n\n');
  if (split < 0) throw new TlogFormatError('no blank line before the checkpoint');
  const [first = '', ...lines] = body.slice(0, split).split('\n');
  if (!first.startsWith('old ')) throw new TlogFormatError('the first line is not the old size');
  if (lines.length > MAX_PROOF) throw new TlogFormatError('the proof has more than 63 hashes');
  const proof = lines.map((line) => fromBase64(line, 'a hash of the proof'));
  if (!proof.every(isHash)) throw new TlogFormatError('a hash of the proof has not 32 bytes');
  const note = body.slice(split + 2);
  const old = parseDecimal(first.slice(4), 'the old size');
  return { old, proof, note, checkpoint: parseCheckpoint(parseNote(note).text) };
}

/** A note may come with this witness's earlier line; there is one line per witness. */
function withoutLine(note: string, name: string): string {
  const split = note.lastIndexOf('\n\n') + 2;
  const lines = note
    .slice(split)
    .split('\n')
    .filter((line) => line !== '' && line.split(' ')[1] !== name);
  return note.slice(0, split) + lines.map((line) => `${line}\n`).join('');
}
