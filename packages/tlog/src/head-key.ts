/**
 * The secp256k1 key with which a log signs heads for the chain. It is derived from the log's Ed25519 key, so that an operator
 * guards one secret.
 */
import { createPrivateKey, hkdfSync } from 'node:crypto';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { parseCheckpoint } from './checkpoint.js';
import { HEAD_TYPE, encodeU64, headDigest, parseOrigin, type SignedHead } from './keys.js';
import { formatVerifierKey, noteKeyId, type NoteSigner } from './note.js';
import { sha256 } from './node.js';
import { TlogFormatError, concat, fromUtf8 } from './text.js';

export interface HeadKey {
  /** 20 bytes: `logKey` of the log's `AuditAnchor`. */
  readonly address: Uint8Array;
  /** 65 bytes r ‖ s ‖ v over a head, as `AuditAnchor.anchor` takes it. */
  sign(chainId: bigint, contract: Uint8Array, head: SignedHead): Uint8Array;
  /** Adds a line of type 0xff `milepost/head/v1` to checkpoints. @param now seconds since 1970 */
  signer(origin: string, now: () => bigint): NoteSigner;
  /** The key in the form for a policy. */
  verifierKey(origin: string): string;
}

/** @param pem the log's Ed25519 key, PKCS #8 @throws TlogFormatError if it is not one */
export function headKeyFromPem(pem: string): HeadKey {
  return headKeyOf(ed25519Seed(pem));
}

/** @param seed the 32 secret bytes of the log's Ed25519 key */
export function headKeyOf(seed: Uint8Array): HeadKey {
  // 48 bytes reduced to the order of the curve: no bias, and never zero.
  const secret = secp256k1.utils.randomSecretKey(
    new Uint8Array(hkdfSync('sha256', seed, new Uint8Array(0), 'milepost/head/v1', 48)),
  );
  const address = keccak_256(secp256k1.getPublicKey(secret, false).slice(1)).slice(12);
  const sign: HeadKey['sign'] = (chainId, contract, head) => {
    const signature = secp256k1.sign(headDigest(keccak_256, chainId, contract, head), secret, {
      prehash: false,
      format: 'recovered',
    });
    return concat(signature.slice(1), Uint8Array.of(27 + (signature[0] ?? 0)));
  };
  return {
    address,
    sign,
    signer: (origin, now) => ({
      name: origin,
      keyId: noteKeyId(sha256, origin, HEAD_TYPE, address),
      sign: (text) => {
        const checkpoint = parseCheckpoint(fromUtf8(text));
        const { chainId, contract } = parseOrigin(checkpoint.origin);
        const timestamp = now();
        return concat(
          encodeU64(timestamp),
          sign(chainId, contract, { size: checkpoint.size, root: checkpoint.root, timestamp }),
        );
      },
    }),
    verifierKey: (origin) => formatVerifierKey(sha256, origin, HEAD_TYPE, address),
  };
}

function ed25519Seed(pem: string): Uint8Array {
  try {
    const key = createPrivateKey(pem);
    const { d } = key.export({ format: 'jwk' });
    if (key.asymmetricKeyType === 'ed25519' && d !== undefined) return new Uint8Array(Buffer.from(d, 'base64url'));
  } catch {
    throw new TlogFormatError('not a private key in PEM form');
  }
  throw new TlogFormatError('not an Ed25519 key');
}
