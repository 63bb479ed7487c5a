/** Parties as accounts of three kinds: a plain key, a smart account with the same key, a passkey. */
import { createHash, createPrivateKey, sign as signWith, type KeyObject } from 'node:crypto';
import {
  AbiCoder,
  TypedDataEncoder,
  concat,
  getAddress,
  getBytes,
  hexlify,
  keccak256,
  toBeHex,
  type Wallet,
} from 'ethers';
import { BALLOT_TYPES, ZERO_ADDRESS, gateDomain } from '@milepost/protocol';
import { CHAIN_ID } from '../scenario/chain/anvil.js';
import type { Key } from '../scenario/chain/project.js';
import type { ChainWorld } from '../scenario/chain/world.js';
import { assemble } from './assembler.js';
import type { Evm } from './evm.js';
import { NAMES } from './life.js';

/** The seat of this party is a passkey. */
export const PASSKEY_PARTY = 'panel3';
/** Parties that are smart accounts in some lives. */
export const SMART_PARTIES = ['client', 'lead', 'cofunder', 'maker', 'reviewer1', 'panel2'] as const;

/** ERC-1271: whatever is signed by the owner's key. `isValidSignature(bytes32 hash, bytes signature)` of 65 bytes. */
const smartAccount = (owner: string): string =>
  assemble(`
    0x04 CALLDATALOAD 0x00 MSTORE              hash
    0xa4 CALLDATALOAD 0xf8 SHR 0x20 MSTORE     v
    0x64 CALLDATALOAD 0x40 MSTORE              r
    0x84 CALLDATALOAD 0x60 MSTORE              s
    0x20 0x00 0x80 0x00 0x01 GAS STATICCALL POP
    0x00 MLOAD ${owner.toLowerCase()} EQ 0x1626ba7e MUL 0xe0 SHL
    0x00 MSTORE 0x20 0x00 RETURN
  `);

/** Order of the curve: an s above its half is refused. */
const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const PASSKEY = {
  kty: 'EC',
  crv: 'P-256',
  d: 'jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
} as const;
/** User present and verified. */
const FLAGS = '0x05';

/** A ballot's signature as the gate takes it. */
export interface SignedBallot {
  readonly signer: string;
  readonly signature: string;
  /** A plain key's: fits the compact form. */
  readonly plain: boolean;
}

export class Accounts {
  private readonly key: KeyObject = createPrivateKey({ key: PASSKEY, format: 'jwk' });
  private readonly signer: string;
  private smart: ReadonlySet<string> = new Set();

  constructor(
    private readonly world: ChainWorld,
    private readonly evm: Evm,
  ) {
    const [x, y] = [PASSKEY.x, PASSKEY.y].map((part) => hexlify(Buffer.from(part, 'base64url')));
    this.signer = concat([String(world.verifier.target), x ?? '0x', y ?? '0x']);
  }

  /** Address of a party; for a passkey the id of its seat. */
  of(party: string): string {
    // Fees go to the inbox of the treasury.
    if (party === 'treasury') return String(this.world.inbox.target);
    if (party !== PASSKEY_PARTY) return this.world.addressOf(party);
    return getAddress(`0x${keccak256(this.signer).slice(-40)}`);
  }

  /** Party at an address; the address itself if none is there. */
  nameOf(address: string): string {
    return NAMES.find((name) => this.of(name) === address) ?? address;
  }

  wallet(party: string): Wallet {
    return this.world.walletOf(party);
  }

  isPasskey(party: string): boolean {
    return party === PASSKEY_PARTY;
  }

  /** Whether a token takes this party's signature: not a passkey's, and the inbox of fees has none. */
  signsForTokens(party: string): boolean {
    return !this.isPasskey(party) && party !== 'treasury';
  }

  /** Makes parties smart accounts, until the chain is set back. */
  async makeSmart(parties: readonly string[]): Promise<void> {
    this.smart = new Set(parties);
    for (const party of parties) await this.evm.rpc('hardhat_setCode', this.of(party), smartAccount(this.of(party)));
  }

  /** Signs a ballot in the way of the party's account. */
  async signBallot(party: string, key: Key, approve: boolean, reason: string): Promise<SignedBallot> {
    const passkey = this.isPasskey(party);
    const plain = !passkey && !this.smart.has(party);
    const value = { ...key, approve, reason, account: plain ? ZERO_ADDRESS : this.of(party) };
    const domain = gateDomain(CHAIN_ID, String(this.world.gate.target));
    const types = BALLOT_TYPES as unknown as Record<string, { name: string; type: string }[]>;
    if (passkey) {
      return { signer: this.signer, signature: this.passkeySign(TypedDataEncoder.hash(domain, types, value)), plain };
    }
    return { signer: '0x', signature: await this.wallet(party).signTypedData(domain, types, value), plain };
  }

  /** WebAuthn: six fields as a flat list, low s. */
  private passkeySign(challenge: string): string {
    const type = '{"type":"webauthn.get",';
    const encoded = Buffer.from(getBytes(challenge)).toString('base64url');
    const client = `${type}"challenge":"${encoded}","origin":"https://milepost.example","crossOrigin":false}`;
    const relyingParty = createHash('sha256').update('milepost.example').digest();
    const authenticator = concat([hexlify(relyingParty), FLAGS, toBeHex(1, 4)]);
    const digest = createHash('sha256').update(client).digest();
    const signed = signWith('sha256', getBytes(concat([authenticator, hexlify(digest)])), {
      key: this.key,
      dsaEncoding: 'ieee-p1363',
    });
    const s = BigInt(hexlify(signed.subarray(32)));
    return AbiCoder.defaultAbiCoder().encode(
      ['bytes32', 'bytes32', 'uint256', 'uint256', 'bytes', 'string'],
      [
        hexlify(signed.subarray(0, 32)),
        toBeHex(s > P256_ORDER / 2n ? P256_ORDER - s : s, 32),
        type.length,
        1,
        authenticator,
        client,
      ],
    );
  }
}
