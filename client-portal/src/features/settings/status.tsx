import { useQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { configQuery, statusQuery } from '../../api/queries';
import { onStreamState, streamState } from '../../api/stream';
import { exactAmount } from '../../lib/money';
import { Button } from '../../ui/button';
import { Card, CardHead, Facts, PageHead } from '../../ui/card';
import { ErrorPanel, LoadingPage } from '../../ui/feedback';
import { Badge } from '../../ui/status-badge';
import { AddressChip, DateTime } from '../../ui/values';

/** Health of the parts. Money does not depend on most of them, and the page says so. */
export function StatusPage() {
  const status = useQuery(statusQuery);
  const config = useQuery(configQuery);
  const stream = useSyncExternalStore(onStreamState, streamState);
  if (status.isPending || config.isPending) return <LoadingPage label="Loading status" />;
  if (!status.data || !config.data)
    return (
      <ErrorPanel
        error={status.error ?? config.error}
        what="The status could not be loaded."
        onRetry={() => void status.refetch()}
      />
    );
  const { chain, relayer, log, oracle } = status.data;
  const lag = chain.block - chain.indexedBlock;
  const low = BigInt(relayer.balance || '0') < 10n ** 16n;
  return (
    <>
      <PageHead
        title="Status"
        lead="If a part below fails, money stays where the contracts put it, and every call that matters can be made by anyone."
      >
        <Button onClick={() => void status.refetch()} aria-busy={status.isFetching}>
          Look again
        </Button>
      </PageHead>
      <div className="grid items-start gap-4 md:grid-cols-2">
        <Card>
          <CardHead title="Chain">
            <Badge tone={lag <= 3 ? 'ok' : 'warn'}>{lag <= 3 ? 'Up to date' : `${lag} blocks behind`}</Badge>
          </CardHead>
          <Facts
            rows={[
              [
                'Network',
                config.data.mode === 'local'
                  ? `Local test chain (${config.data.chainId})`
                  : String(config.data.chainId),
              ],
              ['Newest block', chain.block.toLocaleString('en')],
              ['Its time', <DateTime key="t" at={chain.time} />],
              ['Read up to block', chain.indexedBlock.toLocaleString('en')],
              ['Final up to block', chain.finalizedBlock.toLocaleString('en')],
            ]}
          />
        </Card>
        <Card>
          <CardHead title="Relayer">
            <Badge tone={low ? 'warn' : 'ok'}>{low ? 'Balance low' : 'Working'}</Badge>
          </CardHead>
          <p className="mb-3 text-muted">Pays network fees for signed actions. It has no right over anyone’s money.</p>
          <Facts
            rows={[
              ['Account', <AddressChip key="a" address={relayer.address} plain />],
              ['Balance', `${exactAmount(relayer.balance || '0', 18).slice(0, 10)} ETH`],
            ]}
          />
        </Card>
        <Card>
          <CardHead title="Oracle network">
            <Badge tone="info">{config.data.oracle.label}</Badge>
          </CardHead>
          <Facts
            rows={[
              ['Contract', <AddressChip key="o" address={config.data.oracle.creOracle} plain />],
              ...Object.entries(oracle ?? {})
                .filter(
                  ([, value]) => typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean',
                )
                .map(([name, value]) => [name, String(value)] as const),
            ]}
          />
        </Card>
        <Card>
          <CardHead title="Audit log and live updates">
            <Badge tone={stream === 'live' ? 'ok' : 'warn'}>{stream === 'live' ? 'Live' : 'Polling every 5 s'}</Badge>
          </CardHead>
          <Facts rows={[['Entries in the log', Number(log.size).toLocaleString('en')]]} />
        </Card>
        <Card className="md:col-span-2">
          <CardHead title="Contracts" />
          <Facts
            rows={Object.entries(config.data.contracts).map(
              ([name, address]) => [name, <AddressChip key={name} address={address} plain />] as const,
            )}
          />
        </Card>
      </div>
    </>
  );
}
