import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import { Download, ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import { auditQuery, peopleQuery, sessionQuery } from '../../api/queries';
import { useProject } from '../../domain/use-project';
import { saveBlob } from '../../files/transfer';
import { Button, TxButton } from '../../ui/button';
import { Card, CardHead, Note } from '../../ui/card';
import { EmptyState, ErrorPanel, LoadingRows } from '../../ui/feedback';
import { CheckList, type Check } from '../../ui/ledger';
import { AuditorsCard } from './auditors';
import { EventRow } from './event-row';
import { SaveProof } from './save-proof';
import { VerifierCard } from './verifier-card';
import type { TrailResult } from './verify';

/** Everything that happened, in order, and the button that proves it. */
export function AuditPage() {
  const project = useProject();
  const list = useInfiniteQuery(auditQuery(project.id));
  const session = useQuery(sessionQuery);
  const people = useQuery({ ...peopleQuery, enabled: Boolean(session.data) });
  const [checks, setChecks] = useState<Check[]>([]);
  const verify = useMutation({
    mutationFn: async (): Promise<TrailResult> => {
      setChecks([]);
      const { verifyTrail } = await import('./verify');
      return verifyTrail(project.id, setChecks);
    },
  });
  const nameOf = (id: string | null) => people.data?.find((person) => person.id === id)?.name ?? null;
  const events = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
      <h1 className="sr-only">{project.title}: audit trail</h1>
      <Card aria-labelledby="events" className="max-lg:order-2">
        <CardHead id="events" title="Audit trail" />
        {list.isPending ? (
          <LoadingRows rows={6} label="Loading the trail" />
        ) : list.error ? (
          <ErrorPanel error={list.error} what="The trail could not be loaded." onRetry={() => void list.refetch()} />
        ) : events.length === 0 ? (
          <EmptyState title="Nothing happened yet" />
        ) : (
          <>
            <ol aria-label="Events, newest first" className="divide-y divide-hairline">
              {events.map((event) => (
                <EventRow
                  key={event.id}
                  event={event}
                  actor={nameOf(event.person)}
                  bad={verify.data?.badRows.has(event.id) ?? false}
                />
              ))}
            </ol>
            {list.hasNextPage && (
              <Button className="mt-4" aria-busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                Show older events
              </Button>
            )}
          </>
        )}
      </Card>
      <div className="grid gap-4 lg:sticky lg:top-18">
        <Card aria-labelledby="verify">
          <CardHead id="verify" title="Check it yourself" />
          <p className="text-muted">
            Your browser recomputes every entry and its place in the log, checks the signature, and compares with what
            it saw before and with the chain. Nothing is taken on our word.
          </p>
          <div className="mt-4 flex flex-wrap gap-2">
            <TxButton busy={verify.isPending} busyLabel="Checking…" onClick={() => verify.mutate()}>
              <ShieldCheck aria-hidden className="me-2 inline size-4" />
              Verify this trail
            </TxButton>
            <SaveProof project={project} />
          </div>
          {verify.error && (
            <div className="mt-4">
              <ErrorPanel
                error={verify.error}
                what="The check could not be finished. It says nothing about the trail."
              />
            </div>
          )}
          <div aria-live="polite">
            {verify.data && (
              <Note
                tone={verify.data.good ? 'ok' : 'bad'}
                className="mt-4"
                title={
                  verify.data.good
                    ? `Verified: ${verify.data.events} entries are genuine`
                    : 'This trail does not verify'
                }
              >
                {verify.data.good
                  ? 'Nothing on this page was changed, removed or slipped in since it was recorded.'
                  : 'Keep the proof and show it around: it is evidence.'}
              </Note>
            )}
          </div>
          {checks.length > 0 && (
            <div className="mt-4">
              <CheckList label="Results of the verification" checks={checks} />
            </div>
          )}
          {verify.data?.conflict && (
            <Button
              variant="danger"
              className="mt-4"
              onClick={() =>
                saveBlob(
                  new Blob([JSON.stringify(verify.data.conflict, null, 2)], { type: 'application/json' }),
                  'milepost-log-conflict.json',
                )
              }
            >
              <Download aria-hidden className="size-4" /> Save both signed heads
            </Button>
          )}
        </Card>
        <VerifierCard />
        {session.data && <AuditorsCard project={project} person={session.data} />}
      </div>
    </div>
  );
}
