import { useMutation } from '@tanstack/react-query';
import { Download, Link2, PenLine, ScrollText } from 'lucide-react';
import { get } from '../../api/client';
import type { AuditEvent } from '../../api/types';
import { eventWords, subjectWords } from '../../domain/audit-words';
import { saveBlob } from '../../files/transfer';
import { Button } from '../../ui/button';
import { Facts } from '../../ui/card';
import { ErrorPanel } from '../../ui/feedback';
import { Fold } from '../../ui/fold';
import { Badge } from '../../ui/status-badge';
import { DateTime, HashChip } from '../../ui/values';

/** One entry in words, its parts in a fold, and its proof to save. */
export function EventRow({
  event,
  actor,
  bad = false,
  place,
}: {
  event: AuditEvent;
  actor: string | null;
  bad?: boolean;
  /** Project it belongs to, where several are listed. */
  place?: string | undefined;
}) {
  const words = eventWords(event);
  const about = subjectWords(event);
  const byPerson = event.source === 'app' && event.person !== null;
  const sections = Object.entries(event.sections);
  return (
    <li className={`py-3 first:pt-0 last:pb-0 ${bad ? 'rounded-md bg-bad-soft px-3' : ''}`}>
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <p className="min-w-0">
          {byPerson ? (
            <>
              <span className="font-medium">{actor ?? 'A member'}</span> {words}
            </>
          ) : (
            <span className="font-medium">{words.charAt(0).toUpperCase() + words.slice(1)}</span>
          )}
          {about && <span className="text-muted"> · {about}</span>}
          {place && <span className="text-muted"> · {place}</span>}
        </p>
        <span className="flex items-center gap-3 text-sm text-muted">
          {event.source === 'chain' ? (
            <Badge tone="ok" icon={Link2}>
              on chain
            </Badge>
          ) : event.type === 'ballot.received' || event.type === 'terms.signed' ? (
            <Badge tone="info" icon={PenLine}>
              signed
            </Badge>
          ) : (
            <Badge icon={ScrollText}>recorded</Badge>
          )}
          <DateTime at={event.at} />
        </span>
      </div>
      {bad && <p className="font-medium text-bad">This row is not what the log holds.</p>}
      <div className="mt-1.5">
        <Fold quiet summary={event.index === null ? 'Entry, not numbered yet' : `Entry ${event.index}`}>
          <Facts
            rows={[
              ['Type', event.type],
              ['Fingerprint in the log', <HashChip key="l" value={event.leafHash} />],
              event.chain && ['Transaction', <HashChip key="t" value={event.chain.tx} />],
              ...Object.entries(event.refs).map(
                ([name, value]) => [name, String(typeof value === 'object' ? JSON.stringify(value) : value)] as const,
              ),
            ]}
          />
          {sections.map(([name, value]) => (
            <div key={name} className="mt-2">
              <p className="text-sm text-muted">{name}</p>
              <pre className="hash whitespace-pre-wrap">
                {value === null ? 'erased' : JSON.stringify(value, null, 2)}
              </pre>
            </div>
          ))}
          {event.index !== null && <SaveEntry event={event} />}
        </Fold>
      </div>
    </li>
  );
}

function SaveEntry({ event }: { event: AuditEvent }) {
  const save = useMutation({
    mutationFn: () => get<unknown>(`/audit/bundle/${event.id}`),
    onSuccess: (bundle) =>
      saveBlob(new Blob([JSON.stringify(bundle)], { type: 'application/json' }), `milepost-audit-${event.id}.json`),
  });
  return (
    <div className="mt-2">
      <Button size="sm" aria-busy={save.isPending} onClick={() => save.mutate()}>
        <Download aria-hidden className="size-4" /> Save the proof of entry {event.index}
      </Button>
      {save.error && <ErrorPanel error={save.error} what="The proof could not be saved." />}
    </div>
  );
}
