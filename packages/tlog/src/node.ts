/** The cryptography of this package on Node's own modules: signers for servers, verifiers for servers and the command line. */
import { createPrivateKey, createPublicKey, hash, sign, verify, type KeyObject } from 'node:crypto';
import { COSIGNATURE_ED25519, ED25519, formatVerifierKey, noteKeyId, type NoteSigner } from './note.js';
import { cosignatureMessage, encodeU64, type Crypto } from './keys.js';
import { TlogFormatError, concat } from './text.js';

export const sha256 = (data: Uint8Array): Uint8Array => {
  const digest = hash('sha256', data, 'buffer');
  return new Uint8Array(digest.buffer, digest.byteOffset, digest.length);
};

// RFC 8410: the bytes before a raw Ed25519 public key, and before a raw private key
const SPKI = Uint8Array.of(0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00);
const PKCS8 = Uint8Array.of(
  0x30,
  0x2e,
  0x02,
  0x01,
  0x00,
  0x30,
  0x05,
  0x06,
  0x03,
  0x2b,
  0x65,
  0x70,
  0x04,
  0x22,
  0x04,
  0x20,
);

export const nodeCrypto: Crypto = {
  sha256,
  verifyEd25519: (publicKey, message, signature) => {
    if (publicKey.length !== 32 || signature.length !== 64) return false;
    try {
      const key = createPublicKey({ key: Buffer.from(concat(SPKI, publicKey)), format: 'der', type: 'spki' });
      return verify(null, message, key, signature);
    } catch {
      return false;
    }
  },
};

/** An Ed25519 key that signs notes. */
export interface Ed25519Key {
  /** Signs with type 0x01, as a log does. */
  signer(name: string): NoteSigner;
  /** Cosigns with type 0x04, as a witness does. @param now seconds since 1970 */
  cosigner(name: string, now: () => bigint): NoteSigner;
  /** The key in the form for a policy. */
  verifierKey(name: string, type?: Uint8Array): string;
  readonly publicKey: Uint8Array;
}

/** @param seed 32 secret bytes @throws RangeError for another length */
export function ed25519Key(seed: Uint8Array): Ed25519Key {
  if (seed.length !== 32) throw new RangeError(`an Ed25519 key has 32 bytes, not ${String(seed.length)}`);
  return keyOf(createPrivateKey({ key: Buffer.from(concat(PKCS8, seed)), format: 'der', type: 'pkcs8' }));
}

/** @param pem PKCS #8 text @throws TlogFormatError if it is not an Ed25519 private key */
export function ed25519KeyFromPem(pem: string): Ed25519Key {
  let secret: KeyObject;
  try {
    secret = createPrivateKey(pem);
  } catch {
    throw new TlogFormatError('not a private key in PEM form');
  }
  if (secret.asymmetricKeyType !== 'ed25519') throw new TlogFormatError('not an Ed25519 key');
  return keyOf(secret);
}

function keyOf(secret: KeyObject): Ed25519Key {
  const publicKey = new Uint8Array(
    createPublicKey(secret).export({ format: 'der', type: 'spki' }).subarray(SPKI.length),
  );
  const raw = (message: Uint8Array): Uint8Array => new Uint8Array(sign(null, message, secret));
  return {
    publicKey,
    signer: (name) => ({ name, keyId: noteKeyId(sha256, name, ED25519, publicKey), sign: raw }),
    cosigner: (name, now) => ({
      name,
      keyId: noteKeyId(sha256, name, COSIGNATURE_ED25519, publicKey),
      sign: (text) => {
        const time = now();
        return concat(encodeU64(time), raw(cosignatureMessage(time, text)));
      },
    }),
    verifierKey: (name, type = ED25519) => formatVerifierKey(sha256, name, type, publicKey),
  };
}
