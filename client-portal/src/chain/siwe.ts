import { createSiweMessage } from 'viem/siwe';
import type { Address } from '../api/types';
import { chainConfig } from './config';

/** Text of Sign-In with Ethereum: host, purpose and expiry stand in it for the person to read. */
export async function signInMessage(address: Address, nonce: string, expiresAt: string): Promise<string> {
  const { chainId } = await chainConfig();
  return createSiweMessage({
    domain: location.host,
    address,
    statement: 'Sign in to Milepost. This moves no money and gives no permission.',
    uri: location.origin,
    version: '1',
    chainId,
    nonce,
    issuedAt: new Date(),
    expirationTime: new Date(expiresAt),
  });
}
