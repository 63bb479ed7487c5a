import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { get, post, request } from '../../api/client';
import type { Erasure, ErasurePlan } from '../../api/types';
import { Button, TxButton, buttonStyle } from '../../ui/button';
import { Card, CardHead, Facts, Note, PageHead } from '../../ui/card';
import { ErrorPanel, LoadingPage, LoadingRows } from '../../ui/feedback';
import { Fold } from '../../ui/fold';
import { DateTime, HashChip } from '../../ui/values';

const KEY = ['me', 'erasure'];

/** Asking to be forgotten: what goes, what stays and why, before anything is pressed. */
export function ErasureCard() {
  const client = useQueryClient();
  const plan = useQuery({ queryKey: KEY, queryFn: () => get<ErasurePlan>('/me/erasure') });
  const refresh = () => client.invalidateQueries({ queryKey: KEY });
  const ask = useMutation({ mutationFn: () => post<Erasure>('/me/erasure', {}), onSettled: refresh });
  const withdraw = useMutation({ mutationFn: () => request('DELETE', '/me/erasure'), onSettled: refresh });
  return (
    <Card aria-labelledby="your-data">
      <CardHead id="your-data" title="Your data" />
      {plan.isPending ? (
        <LoadingRows label="Loading what is stored" />
      ) : plan.error ? (
        <ErrorPanel error={plan.error} what="What is stored could not be loaded." onRetry={() => void plan.refetch()} />
      ) : (
        <>
          <p className="text-muted">
            You can ask to be forgotten. An operator checks the request and executes it for good.
          </p>
          <Facts className="mt-3" rows={plan.data.goes.map(({ what, count }) => [what, count] as const)} />
          <div className="mt-3">
            <Fold summary="What cannot be erased, and why">
              <dl className="grid gap-2">
                {plan.data.stays.map(({ what, why }) => (
                  <div key={what}>
                    <dt className="font-medium">{what}</dt>
                    <dd className="text-muted">{why}</dd>
                  </div>
                ))}
              </dl>
            </Fold>
          </div>
          {plan.data.projects.length > 0 && (
            <Note tone="warn" className="mt-3" title="You have a part in projects">
              {plan.data.projects.map(({ title }) => title).join(', ')}. Your wallet keeps its rights there: sign in
              with it again and you are there without a name.
            </Note>
          )}
          {plan.data.holds.length > 0 && (
            <Note tone="warn" className="mt-3" title="The law keeps your data for now">
              {plan.data.holds.map(({ reason }) => reason).join(', ')}. A request is executed when the hold is lifted.
            </Note>
          )}
          {(ask.error ?? withdraw.error) && (
            <div className="mt-3">
              <ErrorPanel error={ask.error ?? withdraw.error} what="The request was not changed." />
            </div>
          )}
          {plan.data.request?.state === 'open' ? (
            <Note className="mt-4" title="You asked to be forgotten">
              <p>
                Keep this address: it shows how the request stands, also when you cannot sign in any more.{' '}
                <Link to="/erasure/$id" params={{ id: plan.data.request.id }} className="font-medium underline">
                  Your request
                </Link>
              </p>
              <Button size="sm" className="mt-2" aria-busy={withdraw.isPending} onClick={() => withdraw.mutate()}>
                Withdraw the request
              </Button>
            </Note>
          ) : (
            <TxButton
              className="mt-4"
              variant="danger"
              busy={ask.isPending}
              busyLabel="Asking…"
              onClick={() => ask.mutate()}
            >
              Ask to be forgotten
            </TxButton>
          )}
        </>
      )}
    </Card>
  );
}

const STATES: Record<Erasure['state'], string> = {
  open: 'An operator has not decided yet.',
  withdrawn: 'The request was withdrawn.',
  refused: 'The request was refused.',
  executed: 'The data was erased.',
};

/** How a request stands, for whoever kept its address; no account is needed and no name is shown. */
export function ErasurePage() {
  const { id } = useParams({ from: '/erasure/$id' });
  const query = useQuery({ queryKey: ['erasure', id], queryFn: () => get<Erasure>(`/erasures/${id}`) });
  if (query.isPending) return <LoadingPage label="Loading the request" />;
  if (!query.data) return <ErrorPanel error={query.error} what="There is no such request." />;
  const { state, requestedAt, decidedAt, reason, event, completeBy } = query.data;
  return (
    <>
      <PageHead title="Request to be forgotten" lead={STATES[state]} />
      <Card className="max-w-2xl">
        <Facts
          rows={[
            ['Asked', <DateTime key="a" at={requestedAt} mode="absolute" />],
            decidedAt && ['Decided', <DateTime key="d" at={decidedAt} mode="absolute" />],
            reason && ['Reason', reason],
            completeBy && ['No backup can be opened after', <DateTime key="c" at={completeBy} mode="date" />],
            event && ['Entry of the log', <HashChip key="e" value={event} />],
          ]}
        />
        {state === 'executed' && event && (
          <a
            href={`/api/v1/log/proof/${event}`}
            download={`erasure-${event}.tlog-proof`}
            className={buttonStyle({ className: 'mt-4' })}
          >
            Save the receipt
          </a>
        )}
      </Card>
    </>
  );
}
