/** A passkey as an authenticator holds it, and its signatures as the gate takes them. */
import { createHash, createSign, generateKeyPairSync } from 'node:crypto';

import { AbiCoder, concat, getBytes, toBeHex } from 'ethers';
import { passkeySeatId } from '@milepost/protocol';

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

const sha256 = (data: Uint8Array): Buffer => createHash('sha256').update(data).digest();

export interface Passkey {
  /** ERC-7913 signer bytes: verifier, x, y. */
  readonly signer: string;
  readonly seat: string;
  /** WebAuthn assertion over a ballot's hash: six fields, a flat list. */
  sign(hash: string): string;
}

/** A fresh P-256 key whose user is present and verified. */
export function newPasskey(verifier: string): Passkey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const signer = concat([verifier, Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  return {
    signer,
    seat: passkeySeatId(signer),
    sign(hash) {
      const challenge = Buffer.from(getBytes(hash)).toString('base64url');
      const client = `{"type":"webauthn.get","challenge":"${challenge}","origin":"https://milepost.example"}`;
      const authenticator = Buffer.concat([sha256(Buffer.from('milepost.example')), Buffer.from('0500000001', 'hex')]);
      const signed = Buffer.concat([authenticator, sha256(Buffer.from(client))]);
      const raw = createSign('sha256').update(signed).sign({ key: privateKey, dsaEncoding: 'ieee-p1363' });
      const s = BigInt(`0x${raw.subarray(32).toString('hex')}`);
      return AbiCoder.defaultAbiCoder().encode(
        ['bytes32', 'bytes32', 'uint256', 'uint256', 'bytes', 'string'],
        [
          `0x${raw.subarray(0, 32).toString('hex')}`,
          toBeHex(s > ORDER / 2n ? ORDER - s : s, 32),
          client.indexOf('"challenge"'),
          client.indexOf('"type"'),
          authenticator,
          client,
        ],
      );
    },
  };
}
