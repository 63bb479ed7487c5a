import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { ApiError, post } from '../api/client';
import { keys, sessionQuery } from '../api/queries';
import type { Person } from '../api/types';
import type { Wallet } from '../chain/wallet';

/** The person who is signed in; undefined while that is being asked. */
export const usePerson = (): Person | null | undefined => useQuery(sessionQuery).data;

export const sameAddress = (a: string | null | undefined, b: string | null | undefined): boolean =>
  Boolean(a && b && a.toLowerCase() === b.toLowerCase());

/** Proves by signature who is there and starts a session. */
export async function signIn(wallet: Wallet): Promise<Person> {
  const { nonce, expiresAt } = await post<{ nonce: string; expiresAt: string }>('/auth/nonce', {});
  const { signInMessage } = await import('../chain/siwe');
  const message = await signInMessage(wallet.address, nonce, expiresAt);
  const { person } = await post<{ person: Person }>('/auth/siwe', {
    message,
    signature: await wallet.signText(message),
  });
  return person;
}

export async function signOut(): Promise<void> {
  try {
    await post('/auth/logout', {});
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 401)) throw error;
  }
  const { forgetWallet } = await import('../chain/wallet');
  forgetWallet();
}

/** Signs in with one of the ready-made accounts of a local test chain. */
export async function continueAs(index: number): Promise<Person> {
  const { takeLocalAccount } = await import('../chain/wallet');
  return signIn(await takeLocalAccount(index));
}

/** After a change of person nothing of the former one may stay on screen. */
export function useSessionChange(): (person: Person | null) => Promise<void> {
  const client = useQueryClient();
  return useCallback(
    async (person) => {
      await client.cancelQueries();
      client.setQueryData(keys.session, person);
      // Pages that need a person leave first: what they show must not be asked for again.
      await new Promise((resolve) => setTimeout(resolve));
      await client.resetQueries({
        predicate: (query) => query.queryKey[0] !== 'session' && query.queryKey[0] !== 'config',
      });
    },
    [client],
  );
}
