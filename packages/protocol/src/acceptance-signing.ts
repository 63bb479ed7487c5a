/** What all signed words about acceptance share: one EIP-712 domain per CreOracle and chain, one way to sign. */
import { secp256k1 } from '@noble/curves/secp256k1.js';
import type { Hex } from './canonical.js';
import { addressWord, bytesOf, concat, hexOf, keccakHex, uintWord } from './evm-words.js';

const DOMAIN_TYPE = 'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)';
const NAME = 'Milepost Acceptance';
const VERSION = '1';

/** The CreOracle that asked, and its chain. */
export interface AcceptanceDomain {
  readonly chainId: bigint;
  readonly oracle: Hex;
}

/** EIP-712 domain, for wallets. */
export function acceptanceDomain({ chainId, oracle }: AcceptanceDomain) {
  return { name: NAME, version: VERSION, chainId, verifyingContract: oracle };
}

/** The 32 bytes that are signed; `message` is the type hash and the fields, a word each. */
export function acceptanceSigningHash({ chainId, oracle }: AcceptanceDomain, message: Uint8Array): Hex {
  const domain = concat(
    bytesOf(keccakHex(DOMAIN_TYPE)),
    bytesOf(keccakHex(NAME)),
    bytesOf(keccakHex(VERSION)),
    uintWord(chainId),
    addressWord(oracle),
  );
  return keccakHex(concat(Uint8Array.of(0x19, 0x01), bytesOf(keccakHex(domain)), bytesOf(keccakHex(message))));
}

/** Signature r, s, v (v 27 or 28) of a 32-byte hash by a 32-byte private key. */
export function signHash(hash: Uint8Array, privateKey: Hex): Hex {
  // Noble puts the recovery bit first; Ethereum puts it last and adds 27.
  const signed = secp256k1.sign(hash, bytesOf(privateKey), { prehash: false, format: 'recovered' });
  return hexOf(concat(signed.slice(1), Uint8Array.of(27 + (signed[0] ?? 0))));
}
