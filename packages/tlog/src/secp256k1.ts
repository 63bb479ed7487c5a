/** Ethereum signatures for runtimes without them, on @noble. For whoever verifies heads signed for the chain; the rest of this package does not need it. */
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import type { EthereumCrypto } from './keys.js';

export const nobleEthereum: EthereumCrypto = {
  keccak256: keccak_256,
  recover: (digest, signature) => {
    const v = signature[64];
    if (signature.length !== 65 || (v !== 27 && v !== 28)) return null;
    try {
      const key = secp256k1.Signature.fromBytes(signature.slice(0, 64), 'compact')
        .addRecoveryBit(v - 27)
        .recoverPublicKey(digest);
      return keccak_256(key.toBytes(false).slice(1)).slice(12);
    } catch {
      return null;
    }
  },
};
