/** The cryptography of this package in a browser, on Web Crypto. SHA-256 must answer at once, so the caller brings it. */
import type { Sha256 } from './hash.js';
import type { Crypto, EthereumCrypto } from './keys.js';

/** @param sha256 e.g. that of @noble/hashes @param ethereum only where the policy names a head key */
export function webCrypto(sha256: Sha256, ethereum?: EthereumCrypto): Crypto {
  return {
    sha256,
    ...(ethereum === undefined ? {} : { ethereum }),
    verifyEd25519: async (publicKey, message, signature) => {
      if (publicKey.length !== 32 || signature.length !== 64) return false;
      try {
        const key = await globalThis.crypto.subtle.importKey('raw', publicKey.slice(), 'Ed25519', false, ['verify']);
        return await globalThis.crypto.subtle.verify('Ed25519', key, signature.slice(), message.slice());
      } catch {
        return false;
      }
    },
  };
}
