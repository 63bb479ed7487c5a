import { infiniteQueryOptions, useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Download } from 'lucide-react';
import { get, send } from '../../api/client';
import { peopleQuery } from '../../api/queries';
import type { AuditEvent, AuditRoom, Page } from '../../api/types';
import { usePerson } from '../../app/session';
import { saveBlob } from '../../files/transfer';
import { Button, buttonStyle } from '../../ui/button';
import { Card, CardHead, PageHead } from '../../ui/card';
import { EmptyState, ErrorPanel, LoadingPage, LoadingRows } from '../../ui/feedback';
import { SelectField, TextField } from '../../ui/field';
import { DateTime } from '../../ui/values';
import { Erasures } from './erasures';
import { EventRow } from './event-row';
import { type RoomSearch, trailFilters } from './room-filters';
import { SaveProof } from './save-proof';
import { VerifierCard } from './verifier-card';

const KIND_WORDS: Record<string, string> = {
  access: 'Who looked and signed in',
  project: 'Project and terms',
  work: 'Work',
  decision: 'Decisions',
  money: 'Money',
  dao: 'DAO',
  rewards: 'Rewards',
  operation: 'Operation',
};

const trailQuery = (search: RoomSearch) =>
  infiniteQueryOptions({
    queryKey: ['trail', search],
    queryFn: ({ pageParam }) =>
      get<Page<AuditEvent>>('/audit/trail', {
        query: { ...trailFilters(search), cursor: pageParam || undefined, limit: 50 },
      }),
    initialPageParam: '',
    getNextPageParam: (last) => last.nextCursor,
  });

/** Everything a person may read of the log, over all projects, to be filtered, saved and proven. */
export function AuditRoomPage() {
  const person = usePerson();
  const room = useQuery({
    queryKey: ['audit-room', person?.id],
    queryFn: () => get<AuditRoom>('/audit/room'),
    enabled: Boolean(person),
  });
  if (person === undefined || (person && room.isPending)) return <LoadingPage label="Loading the audit room" />;
  if (!person)
    return (
      <EmptyState
        page
        kind="noright"
        title="Sign in to open the audit room"
        action={
          <Link to="/sign-in" search={{ next: '/audit' }} className={buttonStyle({ variant: 'primary' })}>
            Sign in
          </Link>
        }
      >
        Members and auditors of a project read its trail. Whoever has a proof can check it without an account.
      </EmptyState>
    );
  if (!room.data)
    return (
      <ErrorPanel error={room.error} what="The audit room could not be opened." onRetry={() => void room.refetch()} />
    );
  return (
    <>
      <PageHead
        title="Audit room"
        lead="Every recorded event of the projects you may read. Filter it, save it, and check it without us."
      />
      {room.data.projects.length > 0 ? (
        <Room room={room.data} />
      ) : (
        <EmptyState title="There is no trail that you may read">
          The client or the contributor of a project can let you in as its auditor.
        </EmptyState>
      )}
      {room.data.operator && <Erasures />}
    </>
  );
}

function Room({ room }: { room: AuditRoom }) {
  const search = useSearch({ from: '/audit' });
  const navigate = useNavigate({ from: '/audit' });
  const people = useQuery(peopleQuery);
  const list = useInfiniteQuery(trailQuery(search));
  const set = (change: RoomSearch) => void navigate({ search: { ...search, ...change }, replace: true });
  const chosen = room.projects.find(({ id }) => id === search.project);
  const titles = new Map(room.projects.map(({ id, title }) => [id, title]));
  const nameOf = (id: string | null) => people.data?.find((person) => person.id === id)?.name ?? null;
  const events = list.data?.pages.flatMap((page) => page.items) ?? [];
  const file = useMutation({
    mutationFn: async (format: 'csv' | 'json') => {
      const answer = await send('GET', '/audit/trail/file', {
        query: { ...trailFilters(search), format },
        headers: { accept: '*/*' },
      });
      saveBlob(await answer.blob(), `milepost-audit-trail.${format}`);
    },
  });
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
      <div className="grid gap-4">
        <Card aria-labelledby="filters">
          <CardHead id="filters" title="Filters" />
          <div className="grid gap-3 sm:grid-cols-2">
            <SelectField
              label="Project"
              value={search.project ?? ''}
              onChange={(event) => set({ project: event.target.value })}
            >
              <option value="">All projects</option>
              {room.projects.map(({ id, title, via }) => (
                <option key={id} value={id}>
                  {title}
                  {via === 'auditor' ? ' (as auditor)' : ''}
                </option>
              ))}
            </SelectField>
            <SelectField
              label="Person"
              value={search.person ?? ''}
              onChange={(event) => set({ person: event.target.value })}
            >
              <option value="">Everyone</option>
              {people.data?.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </SelectField>
            <SelectField label="Kind" value={search.kind ?? ''} onChange={(event) => set({ kind: event.target.value })}>
              <option value="">Everything</option>
              {room.kinds.map((kind) => (
                <option key={kind} value={kind}>
                  {KIND_WORDS[kind] ?? kind}
                </option>
              ))}
            </SelectField>
            <div className="grid gap-3 sm:col-span-2 sm:grid-cols-2">
              <TextField
                label="From"
                type="date"
                value={search.from ?? ''}
                onChange={(event) => set({ from: event.target.value })}
              />
              <TextField
                label="Until"
                type="date"
                value={search.to ?? ''}
                onChange={(event) => set({ to: event.target.value })}
              />
            </div>
          </div>
          <div className="mt-4 flex flex-wrap gap-2">
            {(['csv', 'json'] as const).map((format) => (
              <Button key={format} aria-busy={file.isPending} onClick={() => file.mutate(format)}>
                <Download aria-hidden className="size-4" /> Save as {format.toUpperCase()}
              </Button>
            ))}
            {Object.values(search).some(Boolean) && (
              <Button variant="ghost" onClick={() => void navigate({ search: {}, replace: true })}>
                Clear filters
              </Button>
            )}
          </div>
          {file.error && (
            <div className="mt-3">
              <ErrorPanel error={file.error} what="The file could not be made." />
            </div>
          )}
        </Card>
        <Card aria-labelledby="timeline">
          <CardHead id="timeline" title="Timeline" />
          {list.isPending ? (
            <LoadingRows rows={6} label="Loading the trail" />
          ) : list.error ? (
            <ErrorPanel error={list.error} what="The trail could not be loaded." onRetry={() => void list.refetch()} />
          ) : events.length === 0 ? (
            <EmptyState kind="nomatch" title="No entry fits these filters" />
          ) : (
            <>
              <ol aria-label="Events, newest first" className="divide-y divide-hairline">
                {events.map((event) => (
                  <EventRow
                    key={event.id}
                    event={event}
                    actor={nameOf(event.person)}
                    place={search.project ? undefined : titles.get(event.project ?? '')}
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
      </div>
      <div className="grid gap-4 lg:sticky lg:top-18">
        <Card aria-labelledby="proof">
          <CardHead id="proof" title="Proof" />
          {chosen ? (
            <>
              <p className="mb-3 text-muted">
                All entries of “{chosen.title}” with their proofs, and the state that the service claims: the verifier
                replays one against the other.
                {chosen.until && (
                  <>
                    {' '}
                    You may read it until <DateTime at={chosen.until} mode="date" />.
                  </>
                )}
              </p>
              <SaveProof project={{ id: chosen.id, milestones: [] }} />
            </>
          ) : (
            <p className="text-muted">
              Choose a project to save its proof. Single entries have theirs in the timeline.
            </p>
          )}
        </Card>
        <VerifierCard />
      </div>
    </div>
  );
}
