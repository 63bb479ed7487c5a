import { useMutation, useQuery } from '@tanstack/react-query';
import { Check, Download, Minus, X } from 'lucide-react';
import { send } from '../../api/client';
import { configQuery } from '../../api/queries';
import type { OracleNode, OracleRequest } from '../../api/types';
import { saveBlob } from '../../files/transfer';
import { formatBps } from '../../lib/money';
import { Button } from '../../ui/button';
import { Card, CardHead, Facts } from '../../ui/card';
import { ErrorPanel, LoadingRows } from '../../ui/feedback';
import { Fold } from '../../ui/fold';
import { CheckList } from '../../ui/ledger';
import { Badge } from '../../ui/status-badge';
import { AddressChip, DateTime, HashChip } from '../../ui/values';

/** Who runs the oracle, as the deployment says it. */
const NETWORK_WORDS: Record<string, string> = {
  local: 'Local test network',
  'self-operated': 'Self-operated committee',
  chainlink: 'Chainlink CRE',
};

/** Job, tests, nodes and verdict of the oracle network for each round. */
export function OraclePanel({
  requests,
  loading,
  error,
}: {
  requests: readonly OracleRequest[];
  loading: boolean;
  error: unknown;
}) {
  const config = useQuery(configQuery);
  const label = config.data?.oracle.label;
  return (
    <Card aria-labelledby="oracle">
      <CardHead id="oracle" title="Oracle">
        {label !== undefined && <Badge tone="info">{NETWORK_WORDS[label] ?? label}</Badge>}
      </CardHead>
      {error != null ? (
        <ErrorPanel error={error} what="The oracle's answer could not be loaded." />
      ) : loading ? (
        <LoadingRows rows={2} label="Loading the oracle's answer" />
      ) : requests.length === 0 ? (
        <p className="text-muted">The request goes out with the submission.</p>
      ) : (
        <div className="grid grid-cols-[minmax(0,1fr)] gap-5">
          {[...requests]
            .sort((a, b) => b.round - a.round)
            .map((request) => (
              <Round key={request.requestId} request={request} />
            ))}
        </div>
      )}
      <p className="mt-3 text-sm text-muted">
        The oracle attests the result of agreed tests, never taste. If it stays silent, the rule’s clock decides.
        {label === 'local' && ' All nodes of this network run on one machine: it shows how it works, not independence.'}
      </p>
    </Card>
  );
}

function Round({ request }: { request: OracleRequest }) {
  const { job, nodes, checks, evidence } = request;
  return (
    <section aria-label={`Round ${request.round}`} className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-3">
      <div>
        <p aria-live="polite" className="mb-2 flex flex-wrap items-center gap-2">
          <VerdictBadge request={request} />
          <span className="text-sm text-muted">
            Round {request.round}, asked <DateTime at={request.requestedAt} />
            {request.recordedAt && (
              <>
                , answered <DateTime at={request.recordedAt} />
              </>
            )}
          </span>
        </p>
        <p>{job.words}</p>
        {request.missing !== null && request.missing !== job.words && (
          <p className="mt-1">
            <span className="font-medium">Missing:</span> {request.missing}
          </p>
        )}
        <p className="mt-1 text-sm text-muted">
          <span className="font-medium">Next:</span> {job.next.words}
          {job.next.at !== null && (
            <>
              {' '}
              (<DateTime at={job.next.at} />)
            </>
          )}
        </p>
      </div>
      {checks.length > 0 && (
        <CheckList
          label="Results of the tests"
          checks={checks.map((check) => ({
            key: check.id,
            label: check.label,
            state: check.passed ? ('ok' as const) : ('bad' as const),
            ...(check.detail ? { detail: check.detail } : {}),
          }))}
        />
      )}
      {nodes.length > 0 && <Nodes request={request} />}
      <Fold summary="Proof for experts">
        <Facts
          rows={[
            ['Request', <HashChip key="r" value={request.requestId} />],
            ['Tests’ fingerprint', <HashChip key="c" value={request.criteriaHash} />],
            request.evidenceHash && ['Evidence', <HashChip key="e" value={request.evidenceHash} />],
            request.txHash && ['Transaction', <HashChip key="t" value={request.txHash} />],
            request.milliseconds !== null && ['Time of the run', `${(request.milliseconds / 1000).toFixed(1)} s`],
            ...evidence.map(
              ({ name, sha256, url }) =>
                [
                  `Read: ${name}`,
                  <span key={name} className="inline-flex flex-wrap items-center gap-2">
                    <HashChip value={sha256} />
                    {url !== null && (
                      <a className="text-accent underline" href={url} target="_blank" rel="noreferrer">
                        Open
                      </a>
                    )}
                  </span>,
                ] as const,
            ),
          ]}
        />
        {request.hasReport && <SaveProof request={request} />}
      </Fold>
    </section>
  );
}

function VerdictBadge({ request: { verdict, payBps, job } }: { request: OracleRequest }) {
  if (verdict === 'passed')
    return <Badge tone="ok">Tests passed{payBps !== null && payBps < 10_000 ? `, ${formatBps(payBps)}` : ''}</Badge>;
  if (verdict === 'failed') return <Badge tone="bad">Tests failed</Badge>;
  switch (job.state) {
    case 'expired':
      return <Badge tone="warn">No verdict in time</Badge>;
    case 'broken':
      return <Badge tone="bad">Cannot be checked</Badge>;
    case 'no-consensus':
      return <Badge tone="warn">Nodes disagree</Badge>;
    case 'failed':
      return <Badge tone="warn">Not delivered yet</Badge>;
    case 'waiting':
      return <Badge tone="info">Waiting for a finished test</Badge>;
    case 'reported':
      return <Badge tone="info">Signed, on its way</Badge>;
    default:
      return <Badge tone="info">Being checked</Badge>;
  }
}

/** What each node said: an icon, its words, and whether its signature is under the report. */
function Nodes({ request: { nodes, hasReport } }: { request: OracleRequest }) {
  const signed = nodes.filter((node) => node.signed).length;
  return (
    <div>
      <p className="text-sm text-muted">
        {hasReport
          ? `${signed} of ${nodes.length} nodes signed the same report.`
          : 'What each node said when it looked last:'}
      </p>
      <ul aria-label="Nodes of the oracle" className="mt-1 grid gap-1">
        {nodes.map((node) => (
          <li key={node.address} className="flex items-baseline gap-2 text-sm">
            <NodeIcon node={node} />
            <span className="min-w-0">
              <span className="font-medium">{node.name}</span> <AddressChip address={node.address} plain />:{' '}
              {wordsOf(node)}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

const wordsOf = ({ note, answer }: OracleNode): string =>
  answer === null || note.includes(answer) ? note : `${answer}; ${note}`;

function NodeIcon({ node }: { node: OracleNode }) {
  const style = 'size-4 shrink-0 translate-y-0.5';
  if (node.signed || node.agrees === true) return <Check aria-hidden className={`${style} text-ok`} />;
  return node.agrees === false ? (
    <X aria-hidden className={`${style} text-bad`} />
  ) : (
    <Minus aria-hidden className={`${style} text-muted`} />
  );
}

function SaveProof({ request }: { request: OracleRequest }) {
  const save = useMutation({
    mutationFn: async () => {
      const response = await send('GET', `/oracle/requests/${request.requestId}/proof`);
      saveBlob(await response.blob(), `oracle-proof-${request.requestId.slice(2, 10)}.json`);
    },
  });
  return (
    <div className="mt-3 grid gap-2">
      <Button size="sm" className="w-fit" disabled={save.isPending} onClick={() => save.mutate()}>
        <Download aria-hidden className="size-4" /> Save the signed report
      </Button>
      <p className="text-sm text-muted">
        Anyone checks it without this site:{' '}
        <code className="break-words">
          node backend/dist/cli/verify-report.js FILE --deployment .milepost/deployment.json
        </code>
      </p>
      {save.error && <ErrorPanel error={save.error} what="The report was not saved." />}
    </div>
  );
}
