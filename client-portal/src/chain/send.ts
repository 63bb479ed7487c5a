import { createPublicClient, http, type PublicClient } from 'viem';
import { get } from '../api/client';
import type { Address, Hex, Status } from '../api/types';
import type { OwnCall } from '../intents/review';
import { chainConfig } from './config';
import { chainOf } from './signer';
import { walletFor } from './wallet';

let client: PublicClient | undefined;

/** Reads the chain directly, past the API. */
export async function publicClient(): Promise<PublicClient> {
  const config = await chainConfig();
  client ??= createPublicClient({ chain: chainOf(config), transport: http(config.rpcUrl) });
  return client;
}

/**
 * Sends calls from the person's own account, one after the other; each must succeed before the next.
 * Every call is tried on the newest block first, so a refusal costs nothing. `onSent` gets the last one.
 */
export async function sendCalls(from: Address, calls: readonly OwnCall[], onSent: (hash: Hex) => void): Promise<void> {
  const reader = await publicClient();
  const wallet = await walletFor(from);
  for (const [index, call] of calls.entries()) {
    try {
      await reader.call({ account: from, to: call.to, data: call.data });
    } catch (error) {
      throw new Error(`“${call.label}” would be refused: ${reasonOf(error)} Nothing was sent.`, { cause: error });
    }
    const hash = await wallet.sendTransaction({ to: call.to, data: call.data });
    if (index === calls.length - 1) onSent(hash);
    else {
      const receipt = await reader.waitForTransactionReceipt({ hash });
      if (receipt.status !== 'success')
        throw new Error(`“${call.label}” was refused by the contract. The rest was not sent.`);
    }
  }
}

function reasonOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'shortMessage' in error && typeof error.shortMessage === 'string')
    return `${error.shortMessage.replace(/\.?$/, '.')}`;
  return 'the contract refuses it.';
}

/** Where a transaction stands; `indexed` once the API shows its effect. */
export async function transactionOutcome(hash: Hex): Promise<'pending' | 'included' | 'indexed' | 'reverted'> {
  const reader = await publicClient();
  try {
    const receipt = await reader.getTransactionReceipt({ hash });
    if (receipt.status !== 'success') return 'reverted';
    const status = await get<Status>('/status');
    return BigInt(status.chain.indexedBlock) >= receipt.blockNumber ? 'indexed' : 'included';
  } catch {
    return 'pending';
  }
}
