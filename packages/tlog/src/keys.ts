/** Verifiers for the kinds of key that sign and witness a Milepost log. */
import type { Hash, Sha256 } from './hash.js';
import type { NoteVerifier, VerifierKey } from './note.js';
import { parseCheckpoint } from './checkpoint.js';
import { TlogFormatError, concat, fromUtf8, sameText, utf8 } from './text.js';

/** What a verifier needs from its runtime. `./node.js` and `./web.js` have it ready. */
export interface Crypto {
  readonly sha256: Sha256;
  /** RFC 8032; false for a malformed key or signature. */
  verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean | Promise<boolean>;
  /** Needed only where the policy names a head key (type 0xff). */
  readonly ethereum?: EthereumCrypto;
}

export interface EthereumCrypto {
  readonly keccak256: (data: Uint8Array) => Uint8Array;
  /** The 20-byte address that made the 65-byte signature (r ‖ s ‖ v with v 27 or 28); null for an invalid one. */
  recover(digest: Uint8Array, signature: Uint8Array): Uint8Array | null;
}

/** Second half of the head key's signature type: 0xff marks a type that C2SP has not numbered. */
const HEAD_TYPE_NAME = 'milepost/head/v1';
export const HEAD_TYPE = concat(Uint8Array.of(0xff), utf8(HEAD_TYPE_NAME));

export type KeyKind = 'ed25519' | 'head' | 'cosignature';

/** @throws TlogFormatError for a key of a kind this package does not know */
export function kindOf(key: VerifierKey): KeyKind {
  if (key.type === 0x01 && key.publicKey.length === 32) return 'ed25519';
  if (key.type === 0x04 && key.publicKey.length === 32) return 'cosignature';
  const nameLength = HEAD_TYPE.length - 1;
  if (
    key.type === 0xff &&
    key.publicKey.length === nameLength + 20 &&
    sameText(key.publicKey.slice(0, nameLength), HEAD_TYPE_NAME)
  )
    return 'head';
  throw new TlogFormatError(`the key of ${key.name} is of a kind that is not supported (type ${String(key.type)})`);
}

/** A verifier for any supported key. @throws TlogFormatError */
export function verifierOf(crypto: Crypto, key: VerifierKey): NoteVerifier {
  const { name, keyId } = key;
  switch (kindOf(key)) {
    case 'ed25519':
      return { name, keyId, verify: (text, signature) => crypto.verifyEd25519(key.publicKey, text, signature) };
    case 'cosignature':
      return { name, keyId, verify: (text, signature) => verifyCosignature(crypto, key.publicKey, text, signature) };
    case 'head':
      return {
        name,
        keyId,
        verify: (text, signature) => verifyHead(crypto, key.publicKey.slice(HEAD_TYPE.length - 1), text, signature),
      };
  }
}

/** The text a witness signs (C2SP tlog-cosignature, Ed25519). @param timestamp seconds since 1970 */
export function cosignatureMessage(timestamp: bigint, text: Uint8Array): Uint8Array {
  return concat(utf8(`cosignature/v1\ntime ${String(timestamp)}\n`), text);
}

function verifyCosignature(
  crypto: Crypto,
  publicKey: Uint8Array,
  text: Uint8Array,
  signature: Uint8Array,
): boolean | Promise<boolean> {
  if (signature.length !== 72) return false;
  return crypto.verifyEd25519(publicKey, cosignatureMessage(readU64(signature), text), signature.slice(8));
}

/** A head as `AuditAnchor` checks it. */
export interface SignedHead {
  readonly size: bigint;
  readonly root: Hash;
  /** Seconds since 1970. */
  readonly timestamp: bigint;
}

/** EIP-712 digest of `Head(uint64 size,bytes32 root,uint64 timestamp)` in the domain of one `AuditAnchor`. */
export function headDigest(
  keccak256: (data: Uint8Array) => Uint8Array,
  chainId: bigint,
  contract: Uint8Array,
  head: SignedHead,
): Uint8Array {
  const hashed = (text: string): Uint8Array => keccak256(utf8(text));
  const domain = keccak256(
    concat(
      hashed('EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)'),
      hashed('Milepost Audit Log'),
      hashed('1'),
      word(chainId),
      new Uint8Array(12),
      contract,
    ),
  );
  const struct = keccak256(
    concat(hashed('Head(uint64 size,bytes32 root,uint64 timestamp)'), word(head.size), head.root, word(head.timestamp)),
  );
  return keccak256(concat(Uint8Array.of(0x19, 0x01), domain, struct));
}

/** Chain and contract of a log's origin. @throws TlogFormatError unless it is `milepost/<chainId>/<address>` */
export function parseOrigin(origin: string): { chainId: bigint; contract: Uint8Array } {
  const match = /^milepost\/([1-9]\d{0,18})\/0x([0-9a-fA-F]{40})$/.exec(origin);
  if (match === null) throw new TlogFormatError('the origin is not milepost/<chainId>/<address>');
  return {
    chainId: BigInt(match[1] ?? ''),
    contract: Uint8Array.from((match[2] ?? '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)),
  };
}

function verifyHead(crypto: Crypto, address: Uint8Array, text: Uint8Array, signature: Uint8Array): boolean {
  const ethereum = crypto.ethereum;
  if (ethereum === undefined)
    throw new TlogFormatError(
      'this verifier has no secp256k1 and cannot check the head signature that the policy asks for',
    );
  const parts = parseHeadSignature(signature);
  if (parts === null) return false;
  try {
    const { origin, size, root } = parseCheckpoint(fromUtf8(text));
    const { chainId, contract } = parseOrigin(origin);
    const digest = headDigest(ethereum.keccak256, chainId, contract, { size, root, timestamp: parts.timestamp });
    const signer = ethereum.recover(digest, parts.signature);
    return signer !== null && signer.length === 20 && signer.every((byte, i) => byte === address[i]);
  } catch (error) {
    if (error instanceof TlogFormatError) return false;
    throw error;
  }
}

/** Takes the head key's signature out of a checkpoint's line. Null if it has another length. */
export function parseHeadSignature(signature: Uint8Array): { timestamp: bigint; signature: Uint8Array } | null {
  return signature.length === 73 ? { timestamp: readU64(signature), signature: signature.slice(8) } : null;
}

/** 8 bytes, big-endian: the timestamp that opens cosignatures and head signatures. */
export function encodeU64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value);
  return bytes;
}

const readU64 = (bytes: Uint8Array): bigint => new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0);
const word = (value: bigint): Uint8Array => concat(new Uint8Array(24), encodeU64(value));
