import { useQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { configQuery, statusQuery } from '../../api/queries';
import { onStreamState, streamState } from '../../api/stream';
import { formatAmount } from '../../lib/money';
import { plural } from '../../lib/time';
import { Button } from '../../ui/button';
import { Card, CardHead, Facts, Note, PageHead } from '../../ui/card';
import { ErrorPanel, LoadingPage } from '../../ui/feedback';
import { Badge } from '../../ui/status-badge';
import { AddressChip, DateTime } from '../../ui/values';

/** Below a hundredth of an ether a relayer soon stops. */
const LOW_BALANCE = 10n ** 16n;

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
  const lag = chain.block === null ? null : chain.block - chain.indexedBlock;
  const low = relayer.balance !== null && BigInt(relayer.balance) < LOW_BALANCE;
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
            {lag === null ? (
              <Badge tone="bad">No answer</Badge>
            ) : (
              <Badge tone={lag <= 3 ? 'ok' : 'warn'}>
                {lag <= 3 ? 'Up to date' : `${plural(lag, 'block')} behind`}
              </Badge>
            )}
          </CardHead>
          {chain.alarm && (
            <Note tone="bad" className="mb-3" title="Alarm">
              {chain.alarm}
            </Note>
          )}
          <Facts
            rows={[
              [
                'Network',
                config.data.mode === 'local'
                  ? `Local test chain (${config.data.chainId})`
                  : String(config.data.chainId),
              ],
              chain.block !== null && ['Newest block', chain.block.toLocaleString('en')],
              chain.time !== null && ['Its time', <DateTime key="t" at={chain.time} />],
              ['Read up to block', chain.indexedBlock.toLocaleString('en')],
              ['Final up to block', chain.finalizedBlock.toLocaleString('en')],
              chain.gaps > 0 && ['Doubtful ranges being read again', chain.gaps],
            ]}
          />
        </Card>
        <Card>
          <CardHead title="Relayer">
            {relayer.balance === null ? (
              <Badge tone="bad">No answer</Badge>
            ) : (
              <Badge tone={low ? 'warn' : 'ok'}>{low ? 'Balance low' : 'Working'}</Badge>
            )}
          </CardHead>
          {relayer.alarm && (
            <Note tone="bad" className="mb-3" title="Alarm">
              {relayer.alarm}
            </Note>
          )}
          <p className="mb-3 text-muted">Pays network fees for signed actions. It has no right over anyone’s money.</p>
          <Facts
            rows={[
              ['Account', <AddressChip key="a" address={relayer.address} plain />],
              relayer.balance !== null && ['Balance', `${formatAmount(relayer.balance, 18)} ETH`],
              ['Under way', relayer.open],
            ]}
          />
        </Card>
        <Card>
          <CardHead title="Oracle network">
            <Badge tone={!oracle.reachable ? 'bad' : oracle.ok === false ? 'warn' : 'ok'}>
              {!oracle.reachable ? 'No answer' : oracle.ok === false ? 'Not well' : 'Working'}
            </Badge>
          </CardHead>
          <Facts
            rows={[
              ['Network', oracle.label === 'local' ? 'Local test network' : oracle.label],
              ['Contract', <AddressChip key="o" address={config.data.oracle.creOracle} plain />],
              oracle.lastBlock !== null && ['Has looked up to block', oracle.lastBlock.toLocaleString('en')],
            ]}
          />
        </Card>
        <Card>
          <CardHead title="Audit log and live updates">
            <Badge tone={log.halted ? 'bad' : 'ok'}>{log.halted ? 'Halted' : 'Growing'}</Badge>
          </CardHead>
          {log.halted && (
            <Note tone="bad" className="mb-3" title="The log does not sign">
              {log.halted}
            </Note>
          )}
          <Facts
            rows={[
              ['Entries in the log', Number(log.size).toLocaleString('en')],
              ['Waiting for a place', log.pending],
              ['This page', stream === 'live' ? 'updated live' : 'asks every 5 seconds'],
            ]}
          />
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
