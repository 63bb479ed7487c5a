/** C2SP tlog-checkpoint and tlog-proof. */
import { HASH_BYTES, type Hash } from './hash.js';
import { TlogFormatError, fromBase64, parseDecimal, toBase64 } from './text.js';

/** The head of a log: what its signature vouches for. */
export interface Checkpoint {
  /** `milepost/<chainId>/<AuditAnchor address>` */
  readonly origin: string;
  readonly size: bigint;
  readonly root: Hash;
}

/** The text of the note, to be signed. @throws TlogFormatError for an origin that is empty or has a line break */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  if (origin === '' || /[\n\r]/.test(origin)) throw new TlogFormatError('the origin of a checkpoint is one line');
  if (root.length !== HASH_BYTES) throw new TlogFormatError('the root of a checkpoint has 32 bytes');
  return `${origin}\n${String(size)}\n${toBase64(root)}\n`;
}

/** Reads a note's text. Extension lines are refused: not every kind of signature covers them. @throws TlogFormatError */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin, size, root, last, ...more] = text.split('\n');
  if (
    origin === undefined ||
    origin === '' ||
    size === undefined ||
    root === undefined ||
    last !== '' ||
    more.length > 0
  ) {
    throw new TlogFormatError('not a checkpoint: expected origin, size and root on three lines');
  }
  return {
    origin,
    size: parseDecimal(size, 'the size of the checkpoint'),
    root: parseHash(root, 'the root of the checkpoint'),
  };
}

/** A proof that verifies on its own, given the log's key. */
export interface TlogProof {
  /** Opaque and not authenticated; Milepost puts the entry's header here. */
  readonly extra?: Uint8Array;
  readonly index: bigint;
  /** From the leaf's sibling upward. */
  readonly hashes: readonly Hash[];
  /** The signed note, verbatim. */
  readonly checkpoint: string;
}

const PROOF_HEAD = 'c2sp.org/tlog-proof@v1';

export function formatProof({ extra, index, hashes, checkpoint }: TlogProof): string {
  return [
    PROOF_HEAD,
    ...(extra === undefined ? [] : [`extra ${toBase64(extra)}`]),
    `index ${String(index)}`,
    ...hashes.map(toBase64),
    '',
    checkpoint,
  ].join('\n');
}

/** @throws TlogFormatError */
export function parseProof(text: string): TlogProof {
  const split = text.indexOf('\n\n');
  if (split < 0) throw new TlogFormatError('not a proof: no blank line before the checkpoint');
  const [head, ...lines] = text.slice(0, split).split('\n');
  if (head !== PROOF_HEAD) throw new TlogFormatError(`not a proof: the first line is not ${PROOF_HEAD}`);
  const extra =
    lines[0]?.startsWith('extra ') === true ? fromBase64(lines.shift()?.slice(6) ?? '', 'the extra data') : undefined;
  const indexLine = lines.shift();
  if (indexLine?.startsWith('index ') !== true) throw new TlogFormatError('not a proof: no index line');
  return {
    ...(extra === undefined ? {} : { extra }),
    index: parseDecimal(indexLine.slice(6), 'the index of the proof'),
    hashes: lines.map((line) => parseHash(line, 'a hash of the proof')),
    checkpoint: text.slice(split + 2),
  };
}

function parseHash(text: string, what: string): Hash {
  const hash = fromBase64(text, what);
  if (hash.length !== HASH_BYTES) throw new TlogFormatError(`${what} has ${String(hash.length)} bytes instead of 32`);
  return hash;
}
