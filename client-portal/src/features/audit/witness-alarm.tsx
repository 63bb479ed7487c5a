import { useQuery } from '@tanstack/react-query';
import { Download, ShieldAlert } from 'lucide-react';
import { statusQuery } from '../../api/queries';
import { saveBlob } from '../../files/transfer';
import { Button } from '../../ui/button';
import { watchHead } from './witness';

/** Looks at the log once a visit and each quarter of an hour; says nothing unless the log took something back. */
export function WitnessAlarm() {
  const status = useQuery(statusQuery);
  const watch = useQuery({
    queryKey: ['log-watch'],
    queryFn: () => watchHead(),
    // Before the first signature there is no head to look at.
    enabled: status.data !== undefined && status.data.log.size !== '0',
    staleTime: 15 * 60_000,
    refetchInterval: 15 * 60_000,
    retry: false,
  });
  if (watch.data?.state !== 'alarm') return null;
  const { problems, conflict } = watch.data;
  return (
    <div role="alert" className="border-b-4 border-bad bg-bad-soft px-4 py-4 sm:px-6 lg:px-8">
      <p className="flex items-start gap-2 text-lg font-semibold text-bad">
        <ShieldAlert aria-hidden className="mt-0.5 size-5 shrink-0" />
        The audit log contradicts what this browser saw before
      </p>
      <ul className="mt-1 list-disc ps-7 text-text">
        {problems.map((problem) => (
          <li key={problem}>{problem}</li>
        ))}
      </ul>
      <p className="mt-2 max-w-[75ch] text-text">
        Do not rely on what this site shows about the past. Money is not affected: the contracts hold it. Keep the
        evidence, show it to the other parties, and compare with what their browsers saw. Two signed heads that
        contradict each other can be reported to the contract AuditAnchor by anyone; it then freezes the log for good.
      </p>
      {conflict && (
        <Button
          variant="danger"
          className="mt-3"
          onClick={() =>
            saveBlob(
              new Blob([JSON.stringify(conflict, null, 2)], { type: 'application/json' }),
              'milepost-log-conflict.json',
            )
          }
        >
          <Download aria-hidden className="size-4" /> Save both signed heads
        </Button>
      )}
    </div>
  );
}
