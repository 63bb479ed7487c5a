/** C2SP signed-note. Signing and verifying are given by the caller, so this file needs no cryptography but SHA-256. */
import type { Sha256 } from './hash.js';
import { TlogFormatError, concat, fromBase64, toBase64, utf8 } from './text.js';

/** Signature types this project uses, as the bytes that go into the key id. */
export const ED25519 = Uint8Array.of(0x01);
export const COSIGNATURE_ED25519 = Uint8Array.of(0x04);

export interface NoteKey {
  readonly name: string;
  /** Big-endian u32 that opens each of the key's signatures. */
  readonly keyId: number;
}

export interface NoteSigner extends NoteKey {
  sign(text: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

export interface NoteVerifier extends NoteKey {
  /** False for anything that is not this key's signature over the text; should not throw. */
  verify(text: Uint8Array, signature: Uint8Array): boolean | Promise<boolean>;
}

export interface NoteSignature extends NoteKey {
  /** Without the key id. */
  readonly signature: Uint8Array;
}

export interface Note {
  /** With its final newline: what the signatures cover. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

export interface OpenedNote extends Note {
  readonly verified: readonly NoteSignature[];
}

/** No signature by a known key, or a known key's signature is wrong. */
export class NoteSignatureError extends Error {
  override readonly name = 'NoteSignatureError';
}

const MAX_NOTE = 1_000_000;
const MAX_SIGNATURES = 100;
const KEY_NAME = /^[^\s+\p{White_Space}]+$/u;
// U+0000 to U+001F except the newline
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/;

export const isKeyName = (name: string): boolean => KEY_NAME.test(name);

/** SHA-256(name ‖ 0x0A ‖ type ‖ public key)[:4] */
export function noteKeyId(sha256: Sha256, name: string, type: Uint8Array, publicKey: Uint8Array): number {
  const hash = sha256(concat(utf8(`${name}\n`), type, publicKey));
  return new DataView(hash.buffer, hash.byteOffset).getUint32(0);
}

const keyIdHex = (keyId: number): string => keyId.toString(16).padStart(8, '0');

/** `<name>+<key id>+<Base64(type ‖ public key)>`: the form in which a key is handed to those who trust it. */
export function formatVerifierKey(sha256: Sha256, name: string, type: Uint8Array, publicKey: Uint8Array): string {
  return `${name}+${keyIdHex(noteKeyId(sha256, name, type, publicKey))}+${toBase64(concat(type, publicKey))}`;
}

export interface VerifierKey extends NoteKey {
  /** First byte of the key's data. */
  readonly type: number;
  /** All after the first byte. */
  readonly publicKey: Uint8Array;
}

/** @throws TlogFormatError for a malformed key, or one whose id is not that of its content */
export function parseVerifierKey(sha256: Sha256, text: string): VerifierKey {
  const [name = '', id = '', ...rest] = text.split('+');
  const data = fromBase64(rest.join('+'), 'the key of a verifier key');
  const type = data[0];
  if (!isKeyName(name) || !/^[0-9a-f]{8}$/.test(id) || type === undefined)
    throw new TlogFormatError('not a verifier key: expected name+id+key');
  const keyId = Number.parseInt(id, 16);
  if (keyId !== noteKeyId(sha256, name, data.slice(0, 1), data.slice(1))) {
    throw new TlogFormatError(
      `the verifier key of ${name} does not match its id ${id}: a character was lost or changed`,
    );
  }
  return { name, keyId, type, publicKey: data.slice(1) };
}

/** Takes a note apart; nothing is verified. @throws TlogFormatError */
export function parseNote(note: string): Note {
  if (note.length > MAX_NOTE) throw new TlogFormatError('the note is longer than 1 MB');
  if (CONTROL.test(note)) throw new TlogFormatError('the note has a control character');
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || !note.endsWith('\n'))
    throw new TlogFormatError('not a signed note: no blank line before the signatures, or no final newline');
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > MAX_SIGNATURES) throw new TlogFormatError('the note has more than 100 signatures');
  const signatures = lines.map((line) => {
    const [dash, name = '', data = '', ...more] = line.split(' ');
    if (dash !== '\u2014' || !isKeyName(name) || more.length > 0)
      throw new TlogFormatError('malformed signature line in a note');
    const bytes = fromBase64(data, 'a signature of the note');
    if (bytes.length < 5) throw new TlogFormatError('a signature of the note is too short');
    return { name, keyId: new DataView(bytes.buffer).getUint32(0), signature: bytes.slice(4) };
  });
  return { text: note.slice(0, split + 1), signatures };
}

/** One signature line, with its newline. */
export function signatureLine({ name, keyId, signature }: NoteSignature): string {
  const id = new Uint8Array(4);
  new DataView(id.buffer).setUint32(0, keyId);
  return `\u2014 ${name} ${toBase64(concat(id, signature))}\n`;
}

/** The text, a blank line, and one line per signer. @throws TlogFormatError if the text cannot be a note's */
export async function signNote(text: string, signers: readonly NoteSigner[]): Promise<string> {
  if (!text.endsWith('\n') || CONTROL.test(text))
    throw new TlogFormatError('a note text ends in a newline and has no other control characters');
  const bytes = utf8(text);
  const signed = await Promise.all(
    signers.map(async (signer) => {
      if (!isKeyName(signer.name)) throw new TlogFormatError('a key name has no spaces and no plus sign');
      return signatureLine({ name: signer.name, keyId: signer.keyId, signature: await signer.sign(bytes) });
    }),
  );
  return `${text}\n${signed.join('')}`;
}

/**
 * Verifies a note against the keys one trusts. Signatures of other keys are ignored.
 * @throws TlogFormatError if it is no note
 * @throws NoteSignatureError if no trusted key signed it, or a signature in the name of a trusted key is wrong
 */
export async function openNote(note: string, verifiers: readonly NoteVerifier[]): Promise<OpenedNote> {
  const parsed = parseNote(note);
  const text = utf8(parsed.text);
  const verified: NoteSignature[] = [];
  for (const signature of parsed.signatures) {
    const verifier = verifiers.find((key) => key.name === signature.name && key.keyId === signature.keyId);
    if (verifier === undefined) continue;
    if (!(await verifier.verify(text, signature.signature))) {
      throw new NoteSignatureError(`the signature of ${signature.name} (key ${keyIdHex(signature.keyId)}) is wrong`);
    }
    if (!verified.some((known) => known.name === signature.name && known.keyId === signature.keyId))
      verified.push(signature);
  }
  if (verified.length === 0) throw new NoteSignatureError('no key that you trust signed this note');
  return { ...parsed, verified };
}

/** For error messages and listings. */
export const describeKey = (key: NoteKey): string => `${key.name} ${keyIdHex(key.keyId)}`;
