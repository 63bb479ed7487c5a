import { useQuery } from '@tanstack/react-query';
import { configQuery } from '../api/queries';
import { Button, TxButton } from '../ui/button';
import { Facts, Note } from '../ui/card';
import { Dialog } from '../ui/dialog';
import { ErrorPanel, Skeleton } from '../ui/feedback';
import { Fold } from '../ui/fold';
import { AddressChip, CopyButton, DateTime, HashChip, MoneyAmount } from '../ui/values';
import { describe, rawJson, type Row } from './describe';
import type { Open } from './review';

function Value({ row, token }: { row: Row; token: { decimals: number; symbol: string } }) {
  switch (row.kind) {
    case 'address':
      return <AddressChip address={row.value} />;
    case 'hash':
      return <HashChip value={row.value} />;
    case 'amount':
      return <MoneyAmount units={row.value} token={token} strong />;
    case 'time':
      return <DateTime at={new Date(Number(row.value) * 1000)} mode="absolute" />;
    case 'text':
      return <>{row.value}</>;
  }
}

/** What is signed, in words and in full, before it is signed. */
export default function ReviewSheet({
  open,
  onClose,
  onConfirm,
}: {
  open: Open;
  onClose: () => void;
  onConfirm: () => void;
}) {
  const config = useQuery(configQuery);
  const { request, prepared, error, phase } = open;
  const token = config.data?.token ?? { decimals: 0, symbol: '' };
  const busy = phase === 'asked' || phase === 'sending';
  const expert = prepared?.typedData ?? prepared?.calls;
  return (
    <Dialog
      open
      shape="sheet"
      onClose={onClose}
      title={request.title}
      description="Review before you sign: this is exactly what is signed."
      footer={
        <>
          <Button onClick={onClose}>{busy ? 'Close' : 'Not now'}</Button>
          <TxButton
            busy={busy}
            busyLabel={phase === 'asked' ? 'Waiting for your signature…' : 'Sending…'}
            disabled={!prepared || Boolean(prepared.blocked)}
            onClick={onConfirm}
          >
            {request.verb}
          </TxButton>
        </>
      }
    >
      <div className="grid gap-4">
        {error != null && <ErrorPanel error={error} what="This could not be prepared. Nothing was sent." />}
        {!prepared && error == null && (
          <div role="status" aria-label="Preparing" className="grid gap-3">
            <Skeleton className="h-12" />
            <Skeleton className="h-40" />
            <Skeleton className="h-16" />
          </div>
        )}
        {prepared && (
          <>
            <p className="text-lg">{prepared.sentence}</p>
            {prepared.blocked && (
              <Note tone="bad" title="This cannot be done now">
                {prepared.blocked} Nothing was changed.
              </Note>
            )}
            {prepared.warning && <Note tone="warn">{prepared.warning}</Note>}
            {prepared.facts && prepared.facts.length > 0 && <Facts rows={prepared.facts} />}
            {prepared.typedData && (
              <section aria-label="What is signed">
                <h3 className="mb-2 font-semibold">What is signed</h3>
                <Facts
                  rows={describe(prepared.typedData).map((row) => [
                    row.label,
                    <Value key={row.field} row={row} token={token} />,
                  ])}
                />
              </section>
            )}
            {prepared.calls && (
              <section aria-label="What is sent">
                <h3 className="mb-2 font-semibold">What is sent from your account</h3>
                <Facts
                  rows={prepared.calls.map((call) => [call.label, <AddressChip key={call.label} address={call.to} />])}
                />
              </section>
            )}
            <section>
              <h3 className="mb-1 font-semibold">What happens next</h3>
              <p>{prepared.next}</p>
              {prepared.silence && <p className="mt-1 text-muted">If nobody acts: {prepared.silence}</p>}
              <p className="mt-1 text-muted">
                {request.fee === 'own'
                  ? 'You pay the network fee from your own account.'
                  : 'The network fee is paid for you.'}
              </p>
            </section>
            {expert && (
              <Fold summary="For experts: raw data">
                <div className="flex items-start gap-2">
                  <pre
                    className="hash max-h-64 min-w-0 flex-1 overflow-auto whitespace-pre-wrap"
                    tabIndex={0}
                    aria-label="Raw data"
                  >
                    {rawJson(expert)}
                  </pre>
                  <CopyButton text={rawJson(expert)} label="Copy raw data" />
                </div>
              </Fold>
            )}
          </>
        )}
      </div>
    </Dialog>
  );
}
