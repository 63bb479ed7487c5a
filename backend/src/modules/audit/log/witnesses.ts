import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  describeKey,
  formatAddCheckpoint,
  openNote,
  parseCheckpoint,
  parseNote,
  parseVerifierKey,
  proveConsistency,
  signatureLine,
  verifierOf,
  type Checkpoint,
  type NoteVerifier,
} from '@milepost/tlog';
import { sha256 } from '@milepost/tlog/node';
import type { Sql } from '../../../platform/outbox/sql.js';
import { hasher, logSource } from './log-source.js';
import { logCrypto } from './log-keys.js';
import { LogHalted, type KnownHead } from './signer.js';

/** A witness that is asked for cosignatures. */
interface Peer {
  readonly url: string;
  readonly verifierKey: string;
  readonly verifier: NoteVerifier;
  /** What it cosigned last, as far as is known here. */
  head: Pick<Checkpoint, 'size' | 'root'> | null;
  asked: boolean;
  /** It is left alone until then, ms since 1970. */
  notBefore: number;
}

const PATIENCE = 3_000;
const PAUSE = 30_000;

/**
 * The witnesses of this log: each new head is offered to them, and what they remember is held against the database. A witness
 * that does not answer is left alone for a while; one that knows more than the database stops the log.
 */
export class Witnesses {
  private readonly peers = new Map<string, Peer>();
  private readonly silent = new Set<string>();

  /** @param file keeps the key of each witness from the first time on @param verifiers of the log's own keys */
  constructor(
    private readonly urls: readonly string[],
    private readonly file: string,
    private readonly origin: string,
    private readonly verifiers: readonly NoteVerifier[],
    private readonly log: (message: string) => void = () => undefined,
  ) {}

  /** What each witness remembers, for the signer's gate. */
  knownHeads(): KnownHead[] {
    return this.urls.map((url) => async () => (await this.tried(url, (peer) => this.headOf(peer))) ?? null);
  }

  /** Offers a signed head and keeps the cosignatures. @throws LogHalted if a witness knows a head that contradicts it */
  async cosign(db: Sql, note: string): Promise<void> {
    const { size, root } = parseCheckpoint(parseNote(note).text);
    // One after the other: the proofs are read on the one connection that leads.
    for (const url of this.urls) {
      await this.tried(url, async (peer) => {
        const line = await this.offer(db, peer, note, size);
        await db.query('INSERT INTO audit_cosignature (size, key, line) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [
          String(size),
          describeKey(peer.verifier),
          line,
        ]);
        peer.head = { size, root };
      });
    }
  }

  private async offer(db: Sql, peer: Peer, note: string, size: bigint): Promise<string> {
    for (let old = (await this.headOf(peer))?.size ?? 0n; ;) {
      const proof = old === 0n ? [] : await proveConsistency(hasher, logSource(db, size), old, size);
      const answer = await ask(`${peer.url}/add-checkpoint`, formatAddCheckpoint(old, proof, note));
      const text = await answer.text();
      if (answer.status === 200) return checkedLine(peer, note, text);
      if (answer.status === 422)
        throw new LogHalted(
          `the witness ${peer.url} cosigned another history of this log: entries were changed, or the database was restored and grew differently`,
        );
      const known = answer.status === 409 ? BigInt(text.trim()) : null;
      if (known === null || known === old)
        throw new Error(`it answered ${String(answer.status)}: ${text.slice(0, 200).trim()}`);
      if (known > size) throw aheadOf(peer, known, size);
      old = known;
    }
  }

  private async headOf(peer: Peer): Promise<Peer['head']> {
    if (peer.asked) return peer.head;
    const id = createHash('sha256').update(this.origin).digest('hex');
    const answer = await ask(`${peer.url}/${id}/checkpoint`);
    if (answer.status === 200) {
      const note = await answer.text();
      const { text } = await openNote(note, this.verifiers);
      await openNote(note, [peer.verifier]);
      peer.head = parseCheckpoint(text);
    } else if (answer.status !== 404) throw new Error(`it answered ${String(answer.status)}`);
    peer.asked = true;
    return peer.head;
  }

  /** Runs `work` with a witness; null if it cannot be asked now. */
  private async tried<T>(url: string, work: (peer: Peer) => Promise<T>): Promise<T | null> {
    const known = this.peers.get(url);
    if (known !== undefined && known.notBefore > Date.now()) return null;
    try {
      const peer = known ?? (await this.meet(url));
      const result = await work(peer);
      this.silent.delete(url);
      return result;
    } catch (error) {
      if (error instanceof LogHalted) throw error;
      if (!this.silent.has(url))
        this.log(`The witness ${url} does not help: ${error instanceof Error ? error.message : String(error)}`);
      this.silent.add(url);
      const peer = this.peers.get(url);
      if (peer !== undefined) Object.assign(peer, { asked: false, notBefore: Date.now() + PAUSE });
      return null;
    }
  }

  /** The witness with its key: the one that it had the first time. */
  private async meet(url: string): Promise<Peer> {
    const kept = readWitnesses(this.file).find((witness) => witness.url === url);
    const verifierKey = kept?.verifierKey ?? (await (await ask(`${url}/key`)).text()).trim();
    const peer: Peer = {
      url,
      verifierKey,
      verifier: verifierOf(logCrypto, parseVerifierKey(sha256, verifierKey)),
      head: null,
      asked: false,
      notBefore: 0,
    };
    if (kept === undefined) {
      mkdirSync(dirname(this.file), { recursive: true });
      writeFileSync(this.file, `${url} ${verifierKey}\n`, { flag: 'a' });
    }
    this.peers.set(url, peer);
    return peer;
  }
}

const aheadOf = (peer: Peer, known: bigint, size: bigint): LogHalted =>
  new LogHalted(
    `the witness ${peer.url} cosigned a head of size ${String(known)}, but the database has ${String(size)} entries: it was restored from an older backup, or entries were removed`,
  );

/** The one line of the answer that is this witness's signature over the note. */
async function checkedLine(peer: Peer, note: string, answer: string): Promise<string> {
  const { text } = parseNote(note);
  const { verified } = await openNote(`${text}\n${answer}`, [peer.verifier]);
  const [signature] = verified;
  if (signature === undefined) throw new Error('it answered without a cosignature');
  return signatureLine(signature);
}

const ask = (url: string, body?: string): Promise<Response> =>
  fetch(url, { ...(body === undefined ? {} : { method: 'POST', body }), signal: AbortSignal.timeout(PATIENCE) });

/** The witnesses that this installation has met. */
export function readWitnesses(file: string): { readonly url: string; readonly verifierKey: string }[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [url, verifierKey] = line.split(' ');
      return url === undefined || verifierKey === undefined ? [] : [{ url, verifierKey }];
    });
}
