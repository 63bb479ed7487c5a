import { useQuery } from '@tanstack/react-query';
import { termsQuery } from '../../api/queries';
import type { Project } from '../../api/types';
import { silenceRows } from '../../domain/silence';
import { useProject } from '../../domain/use-project';
import { rawJson } from '../../intents/describe';
import { formatBps } from '../../lib/money';
import { durationWords } from '../../lib/time';
import { Card, CardHead, Facts, Note } from '../../ui/card';
import { Fold } from '../../ui/fold';
import { ErrorPanel, LoadingRows } from '../../ui/feedback';
import { SilenceTable } from '../../ui/ledger';
import { AddressChip, CopyButton, DateTime, HashChip, MoneyAmount } from '../../ui/values';

/** What both sides sign, in words and in full. */
export function TermsPage() {
  const project = useProject();
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
      <h1 className="sr-only">{project.title}: terms</h1>
      <div className="grid min-w-0 gap-4">
        {project.milestones.map((milestone) => (
          <Card key={milestone.index} aria-label={`Milestone ${milestone.index + 1}`}>
            <CardHead title={`${milestone.index + 1}. ${milestone.title}`}>
              <MoneyAmount units={milestone.amount} token={project.token} strong />
            </CardHead>
            <p className="max-w-[68ch]">{milestone.policy.sentence}</p>
            <ol className="mt-3 list-decimal ps-5 text-muted">
              {milestone.criteria.map((criterion) => (
                <li key={criterion.id}>
                  {criterion.text} ({formatBps(criterion.weight)})
                </li>
              ))}
            </ol>
            <h3 className="mt-4 mb-1 font-semibold">If somebody does not act</h3>
            <SilenceTable
              caption={`Clocks of milestone ${milestone.index + 1}`}
              rows={silenceRows(project.terms, milestone.index)}
            />
          </Card>
        ))}
      </div>
      <div className="grid min-w-0 gap-4">
        <Numbers project={project} />
        <Fingerprints project={project} />
      </div>
    </div>
  );
}

function Numbers({ project }: { project: Project }) {
  const { terms } = project;
  const profile = terms.profiles[0];
  return (
    <Card aria-labelledby="numbers">
      <CardHead id="numbers" title="Terms" />
      <Facts
        rows={[
          ['Version', project.version],
          ['Start', <DateTime key="s" at={new Date(terms.start * 1000)} mode="date" />],
          ['Total', <MoneyAmount key="t" units={project.total} token={project.token} strong />],
          ['Fee on what is paid', formatBps(terms.feeBps)],
          profile && ['Holdback', `${formatBps(profile.holdbackBps)} for ${terms.warrantyDays} days`],
          profile && ['Kill fee', formatBps(profile.killBps)],
          profile && [
            'Late credit',
            `${formatBps(profile.lateDailyBps)} a day after ${profile.graceDays} days, at most ${formatBps(profile.lateCapBps)}`,
          ],
          profile && ['Deliveries per milestone', `at most ${profile.maxRounds}`],
          ['Arbitrator', <AddressChip key="a" address={terms.arbitration.arbitrator} plain />],
          ['Deposit for a ruling', <MoneyAmount key="d" units={terms.arbitration.fee} token={project.token} />],
          [
            'Time to challenge a held approval',
            Array.from(new Set(terms.policies.map((policy) => durationWords(policy.challengeSeconds)))).join(' or '),
          ],
          project.finalBy && [
            'Everything settled at the latest',
            <DateTime key="f" at={project.finalBy} mode="absolute" />,
          ],
        ]}
      />
    </Card>
  );
}

function Fingerprints({ project }: { project: Project }) {
  const terms = useQuery(termsQuery(project.id, project.version));
  const check = useQuery({
    queryKey: ['terms-check', project.id, project.version, terms.data?.termsHash],
    queryFn: async () => {
      const { checkTerms } = await import('../../chain/build');
      return terms.data ? ((await checkTerms(terms.data, project)) ?? '') : '';
    },
    enabled: Boolean(terms.data),
    staleTime: Infinity,
  });
  return (
    <Card aria-labelledby="prints">
      <CardHead id="prints" title="Fingerprints" />
      {terms.isPending ? (
        <LoadingRows rows={3} label="Loading fingerprints" />
      ) : terms.error ? (
        <ErrorPanel
          error={terms.error}
          what="The fingerprints could not be loaded."
          onRetry={() => void terms.refetch()}
        />
      ) : (
        <>
          <Facts
            rows={[
              ['Terms', <HashChip key="t" value={terms.data.termsHash} />],
              ['Decision rules', <HashChip key="p" value={terms.data.policyHash} />],
              ['Amounts and dates', <HashChip key="a" value={terms.data.argsHash} />],
              ['Escrow address', <AddressChip key="e" address={terms.data.escrow} />],
            ]}
          />
          {check.data !== undefined &&
            (check.data === '' ? (
              <Note tone="ok" className="mt-3">
                Your browser recomputed these fingerprints from the document.
              </Note>
            ) : (
              <Note tone="bad" className="mt-3" title="Do not sign">
                {check.data}
              </Note>
            ))}
          <div className="mt-3">
            <Fold summary="The document in full">
              <div className="flex items-start gap-2">
                <pre
                  className="hash max-h-96 min-w-0 flex-1 overflow-auto whitespace-pre-wrap"
                  tabIndex={0}
                  aria-label="Document"
                >
                  {rawJson(terms.data.document)}
                </pre>
                <CopyButton text={rawJson(terms.data.document)} label="Copy the document" />
              </div>
            </Fold>
          </div>
        </>
      )}
    </Card>
  );
}
