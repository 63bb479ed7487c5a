import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { get, post } from '../../api/client';
import type { ErasureCase } from '../../api/types';
import { Button, TxButton } from '../../ui/button';
import { Card, CardHead, Note } from '../../ui/card';
import { EmptyState, ErrorPanel, LoadingRows } from '../../ui/feedback';
import { Badge } from '../../ui/status-badge';
import { DateTime } from '../../ui/values';

const KEY = ['erasures'];

/** For operators: people who asked to be forgotten. */
export function Erasures() {
  const client = useQueryClient();
  const list = useQuery({
    queryKey: KEY,
    queryFn: async () => (await get<{ items: ErasureCase[] }>('/erasures')).items,
  });
  const refresh = () => client.invalidateQueries({ queryKey: KEY });
  const execute = useMutation({
    mutationFn: (id: string) => post(`/erasures/${id}/execution`, { reason: 'person-asked' }),
    onSettled: refresh,
  });
  const refuse = useMutation({
    mutationFn: (id: string) => post(`/erasures/${id}/refusal`, { reason: 'legal-claims' }),
    onSettled: refresh,
  });
  const busy = execute.isPending || refuse.isPending;
  return (
    <Card aria-labelledby="erasures" className="mt-4">
      <CardHead id="erasures" title="Requests to be forgotten" />
      {(execute.error ?? refuse.error) && (
        <div className="mb-3">
          <ErrorPanel error={execute.error ?? refuse.error} what="The request was not decided." />
        </div>
      )}
      {list.isPending ? (
        <LoadingRows label="Loading requests" />
      ) : list.error ? (
        <ErrorPanel error={list.error} what="The requests could not be loaded." onRetry={() => void list.refetch()} />
      ) : list.data.length === 0 ? (
        <EmptyState title="Nobody has asked" />
      ) : (
        <ul aria-label="Requests" className="divide-y divide-hairline">
          {list.data.map((item) => (
            <li key={item.id} className="py-3 first:pt-0 last:pb-0">
              <div className="flex flex-wrap items-center justify-between gap-2">
                <p className="min-w-0">
                  <span className="font-medium">{item.name ?? 'Erased person'}</span>{' '}
                  <span className="text-muted">
                    asked <DateTime at={item.requestedAt} />
                  </span>
                </p>
                {item.state === 'open' ? (
                  <span className="flex flex-wrap gap-2">
                    <TxButton
                      size="sm"
                      variant="danger"
                      busy={busy}
                      busyLabel="Working…"
                      onClick={() => execute.mutate(item.id)}
                    >
                      Erase {item.name ?? 'this person'} for good
                    </TxButton>
                    <Button size="sm" onClick={() => refuse.mutate(item.id)}>
                      Refuse: legal claims
                    </Button>
                  </span>
                ) : (
                  <Badge tone={item.state === 'executed' ? 'ok' : 'warn'}>{item.state}</Badge>
                )}
              </div>
              {item.holds.length > 0 && (
                <Note tone="warn" className="mt-2" title="Under legal hold">
                  {item.holds.map(({ reason }) => reason).join(', ')}. Nothing can be erased until it is lifted.
                </Note>
              )}
              {item.state === 'executed' && item.event && (
                <p className="mt-1 text-sm text-muted">
                  Receipt: entry <span className="hash">{item.event}</span> of the log. No backup can be opened after{' '}
                  {item.completeBy && <DateTime at={item.completeBy} mode="date" />}.
                </p>
              )}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
