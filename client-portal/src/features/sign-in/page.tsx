import { useMutation, useQuery } from '@tanstack/react-query';
import { Navigate, useNavigate, useSearch } from '@tanstack/react-router';
import { FlaskConical, Wallet } from 'lucide-react';
import { useState } from 'react';
import { configQuery } from '../../api/queries';
import type { Person } from '../../api/types';
import { continueAs, signIn, usePerson, useSessionChange } from '../../app/session';
import type { WalletOffer } from '../../chain/wallet';
import { Button, TxButton } from '../../ui/button';
import { Card, CardHead, Note, PageHead } from '../../ui/card';
import { ErrorPanel, LoadingRows, explain } from '../../ui/feedback';
import { shortHex } from '../../ui/values';

/** Local accounts first where they exist: a newcomer needs no wallet to look around. */
export function SignInPage() {
  const { next } = useSearch({ from: '/sign-in' });
  const person = usePerson();
  const config = useQuery(configQuery);
  const change = useSessionChange();
  const navigate = useNavigate();
  const arrive = async (arrived: Person) => {
    await change(arrived);
    await navigate({ to: next ?? '/' });
  };
  const local = useMutation({ mutationFn: continueAs, onSuccess: arrive });
  if (person && !local.isPending) return <Navigate to={next ?? '/'} />;
  return (
    <>
      <PageHead
        title="Sign in"
        lead="You prove who you are with a signature. It moves no money and gives no permission."
      />
      <div className="grid items-start gap-4 lg:grid-cols-2">
        {config.isPending && <LoadingRows rows={5} label="Loading sign-in" />}
        {config.error && (
          <ErrorPanel
            error={config.error}
            what="Sign-in could not be prepared."
            onRetry={() => void config.refetch()}
          />
        )}
        {config.data?.localAccounts && (
          <Card aria-labelledby="local-accounts">
            <CardHead id="local-accounts" title="Continue as a test account" />
            <Note tone="info" className="mb-4">
              <span className="flex gap-2">
                <FlaskConical aria-hidden className="mt-0.5 size-4 shrink-0" />
                <span>
                  This is a local test chain. These accounts are ready-made, their keys are public, and their money is
                  not real. Switch between them at any time to play every role.
                </span>
              </span>
            </Note>
            {local.error && (
              <div className="mb-4">
                <ErrorPanel error={local.error} what="Sign-in did not work." />
              </div>
            )}
            <ul className="grid gap-2">
              {config.data.localAccounts.map((account) => (
                <li key={account.index}>
                  <Button
                    className="h-auto w-full flex-wrap justify-between gap-x-4 text-start"
                    disabled={local.isPending}
                    aria-busy={local.isPending && local.variables === account.index}
                    onClick={() => local.mutate(account.index)}
                  >
                    <span className="min-w-0">
                      <span className="block">Continue as {account.name}</span>
                      <span className="hash block font-normal text-muted">{shortHex(account.address)}</span>
                    </span>
                    <span className="text-sm font-normal text-muted">{account.role}</span>
                  </Button>
                </li>
              ))}
            </ul>
          </Card>
        )}
        {config.data && <BrowserWallets onArrive={arrive} />}
      </div>
    </>
  );
}

function BrowserWallets({ onArrive }: { onArrive: (person: Person) => Promise<void> }) {
  const [declined, setDeclined] = useState(false);
  const offers = useQuery({
    queryKey: ['wallets'],
    queryFn: async () => (await import('../../chain/wallet')).discoverWallets(),
    staleTime: 0,
  });
  const connect = useMutation({
    mutationFn: async (offer: WalletOffer) => signIn(await (await import('../../chain/wallet')).connectInjected(offer)),
    onMutate: () => setDeclined(false),
    onSuccess: onArrive,
    onError: (error) => setDeclined(error.name === 'Declined'),
  });
  return (
    <Card aria-labelledby="wallets">
      <CardHead id="wallets" title="Use a browser wallet" />
      {connect.error && !declined && (
        <div className="mb-4">
          <ErrorPanel error={connect.error} what="The wallet could not be connected." />
        </div>
      )}
      <p aria-live="polite" className={declined ? 'mb-4' : 'sr-only'}>
        {declined ? explain(connect.error).what : ''}
      </p>
      {offers.isPending ? (
        <LoadingRows rows={1} label="Looking for wallets" />
      ) : offers.data && offers.data.length > 0 ? (
        <ul className="grid gap-2">
          {offers.data.map((offer) => (
            <li key={offer.rdns}>
              <TxButton
                variant="secondary"
                className="w-full justify-start"
                busy={connect.isPending && connect.variables.rdns === offer.rdns}
                busyLabel="Asking your wallet…"
                onClick={() => connect.mutate(offer)}
              >
                {offer.icon.startsWith('data:image/') && <img src={offer.icon} alt="" className="me-2 inline size-5" />}
                {offer.name}
              </TxButton>
            </li>
          ))}
        </ul>
      ) : (
        <>
          <p className="flex items-start gap-2 text-muted">
            <Wallet aria-hidden className="mt-0.5 size-4 shrink-0" />
            No wallet was found in this browser. Install one, or open it, and look again.
          </p>
          <Button size="sm" className="mt-3" onClick={() => void offers.refetch()}>
            Look again
          </Button>
        </>
      )}
    </Card>
  );
}
