import type { Criteria } from '@milepost/protocol/criteria';
import { useQuery } from '@tanstack/react-query';
import { configQuery } from '../../api/queries';
import type { OracleRequest } from '../../api/types';
import { formatBps } from '../../lib/money';
import { Card, CardHead, Facts } from '../../ui/card';
import { Fold } from '../../ui/fold';
import { ErrorPanel, LoadingRows } from '../../ui/feedback';
import { CheckList } from '../../ui/ledger';
import { Badge } from '../../ui/status-badge';
import { AddressChip, DateTime, HashChip } from '../../ui/values';

/** Job, tests, nodes and verdict of the oracle network for each round. */
export function OraclePanel({
  requests,
  loading,
  error,
  criteria,
}: {
  requests: readonly OracleRequest[];
  loading: boolean;
  error: unknown;
  criteria: Criteria | null;
}) {
  const config = useQuery(configQuery);
  return (
    <Card aria-labelledby="oracle">
      <CardHead id="oracle" title="Oracle">
        {config.data && (
          <Badge tone="info">
            {config.data.oracle.label === 'local' ? 'Local test network' : config.data.oracle.label}
          </Badge>
        )}
      </CardHead>
      {error != null ? (
        <ErrorPanel error={error} what="The oracle's answer could not be loaded." />
      ) : loading ? (
        <LoadingRows rows={2} label="Loading the oracle's answer" />
      ) : requests.length === 0 ? (
        <p className="text-muted">The request goes out with the submission.</p>
      ) : (
        <div className="grid gap-5">
          {[...requests]
            .sort((a, b) => b.round - a.round)
            .map((request) => (
              <Round key={request.requestId} request={request} criteria={criteria} />
            ))}
        </div>
      )}
      <p className="mt-3 text-sm text-muted">
        The oracle attests the result of agreed tests, never taste. If it stays silent, the rule’s clock decides.
      </p>
    </Card>
  );
}

function Round({ request, criteria }: { request: OracleRequest; criteria: Criteria | null }) {
  const title = (id: string, label?: string) =>
    (label ?? (criteria?.kind === 'acceptance-suite' && criteria.suite.tests.find((test) => test.id === id)?.title)) ||
    id;
  return (
    <section aria-label={`Round ${request.round}`}>
      <p aria-live="polite" className="mb-2 flex flex-wrap items-center gap-2">
        {request.verdict === 'passed' ? (
          <Badge tone="ok">
            Tests passed{request.payBps !== null && request.payBps < 10_000 ? `, ${formatBps(request.payBps)}` : ''}
          </Badge>
        ) : request.verdict === 'failed' ? (
          <Badge tone="bad">Tests failed</Badge>
        ) : (
          <Badge tone="info">Being checked</Badge>
        )}
        <span className="text-sm text-muted">
          Round {request.round}, asked <DateTime at={request.requestedAt} />
          {request.recordedAt && (
            <>
              , answered <DateTime at={request.recordedAt} />
            </>
          )}
        </span>
      </p>
      {request.checks && request.checks.length > 0 && (
        <CheckList
          label="Results of the tests"
          checks={request.checks.map((check) => ({
            key: check.id,
            label: title(check.id, check.label),
            state: check.passed ? ('ok' as const) : ('bad' as const),
            ...(check.detail ? { detail: check.detail } : {}),
          }))}
        />
      )}
      {request.nodes && request.nodes.length > 0 && (
        <p className="mt-2 text-sm text-muted">
          {request.nodes.filter((node) => node.signed).length} of {request.nodes.length} nodes signed the same report.
        </p>
      )}
      <div className="mt-3">
        <Fold summary="Proof for experts">
          <Facts
            rows={[
              ['Request', <HashChip key="r" value={request.requestId} />],
              ['Tests’ fingerprint', <HashChip key="c" value={request.criteriaHash} />],
              request.evidenceHash && ['Evidence', <HashChip key="e" value={request.evidenceHash} />],
              request.txHash && ['Transaction', <HashChip key="t" value={request.txHash} />],
              ...(request.nodes ?? []).map(
                (node) =>
                  [
                    node.name ?? 'Node',
                    <span key={node.address}>
                      <AddressChip address={node.address} plain />{' '}
                      {node.signed ? 'signed' : (node.note ?? 'did not sign')}
                    </span>,
                  ] as const,
              ),
            ]}
          />
        </Fold>
      </div>
    </section>
  );
}
