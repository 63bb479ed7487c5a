import { QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, type ReactNode } from 'react';
import { ApiError } from '../api/client';
import { configQuery, peopleQuery, sessionQuery } from '../api/queries';
import { startStream } from '../api/stream';
import { startFollowing } from '../intents/follow';
import { ReviewProvider } from '../intents/review';
import { NamesProvider, type NameOf } from '../ui/values';

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, error) => !(error instanceof ApiError && error.status < 500) && failures < 2,
      refetchOnWindowFocus: true,
    },
  },
});

/** Names of the platform's own contracts and of everyone known here. */
function Names({ children }: { children: ReactNode }) {
  const session = useQuery(sessionQuery);
  const config = useQuery(configQuery);
  const people = useQuery({ ...peopleQuery, enabled: Boolean(session.data) });
  const nameOf = useMemo<NameOf>(() => {
    const names = new Map<string, string>();
    for (const [name, address] of Object.entries(config.data?.contracts ?? {})) names.set(address.toLowerCase(), name);
    if (config.data) names.set(config.data.token.address.toLowerCase(), config.data.token.name);
    for (const account of config.data?.localAccounts ?? []) names.set(account.address.toLowerCase(), account.name);
    for (const person of people.data ?? []) if (person.name) names.set(person.address.toLowerCase(), person.name);
    return (address) => names.get(address.toLowerCase()) ?? null;
  }, [config.data, people.data]);
  return <NamesProvider value={nameOf}>{children}</NamesProvider>;
}

function Live() {
  const session = useQuery(sessionQuery);
  const person = session.data?.id;
  useEffect(() => startStream(queryClient), [person]);
  useEffect(() => startFollowing(queryClient), []);
  return null;
}

export function Providers({ children }: { children: ReactNode }) {
  return (
    <QueryClientProvider client={queryClient}>
      <Live />
      <Names>
        <ReviewProvider>{children}</ReviewProvider>
      </Names>
    </QueryClientProvider>
  );
}
