import type { Criteria } from '@milepost/protocol/criteria';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { ArrowLeft, Receipt } from 'lucide-react';
import { approvalQuery, criteriaQuery, oracleQuery, submissionsQuery } from '../../api/queries';
import type { Approval, Milestone, Project } from '../../api/types';
import { usePerson } from '../../app/session';
import { closeDue } from '../../domain/actions';
import { causeWords, isOpen, outcomeWords, rolesOf, statusOf } from '../../domain/milestone';
import { SubmissionFiles } from '../../domain/submission-files';
import { useProject } from '../../domain/use-project';
import { useReview } from '../../intents/review';
import { formatBps } from '../../lib/money';
import { Button, buttonStyle } from '../../ui/button';
import { Card, CardHead, Facts, Note } from '../../ui/card';
import { EmptyState, ErrorPanel, LoadingRows } from '../../ui/feedback';
import { StatusBadge } from '../../ui/status-badge';
import { Countdown, DateTime, HashChip, MoneyAmount, useNow } from '../../ui/values';
import { DisputePanel } from './dispute-panel';
import { AgreedTests } from './agreed-tests';
import { OraclePanel } from './oracle-panel';
import { SubmitPanel } from './submit-panel';
import { TallyCard, VotePanel } from './vote-panel';

/** Facts at the left, what can be done at the right. */
export function MilestonePage() {
  const project = useProject();
  const { milestone: text } = useParams({ from: '/p/$project/m/$milestone' });
  const milestone = project.milestones[Number(text) - 1];
  if (!milestone)
    return (
      <EmptyState
        page
        kind="nomatch"
        title="There is no such milestone"
        action={
          <Link to="/p/$project" params={{ project: project.id }} className={buttonStyle()}>
            Back to the project
          </Link>
        }
      />
    );
  return <Content key={milestone.index} project={project} milestone={milestone} />;
}

const namesOracle = (milestone: Milestone): boolean => milestone.policy.bodies.includes('oracle');

export const criteriaHashOf = (project: Project, milestone: Milestone): `0x${string}` | null => {
  const draft = project.terms;
  const index = draft.milestones[milestone.index]?.policy;
  return (index === undefined ? null : draft.policies[index]?.bodies.oracle?.criteriaHash) ?? null;
};

function Content({ project, milestone }: { project: Project; milestone: Milestone }) {
  const person = usePerson();
  const now = useNow();
  const submitted = milestone.round > 0;
  const approval = useQuery({
    ...approvalQuery(project.id, milestone.index),
    enabled: submitted && Boolean(project.escrow),
  });
  const submissions = useQuery(submissionsQuery(project.id, milestone.index));
  const hash = criteriaHashOf(project, milestone);
  const criteria = useQuery({ ...criteriaQuery(hash ?? '0x'), enabled: hash !== null });
  const requests = useQuery({ ...oracleQuery(project.id), enabled: namesOracle(milestone) && submitted });
  const roles = rolesOf(project, person?.address);
  const mayDeliver =
    roles.includes('contributor') &&
    project.escrow &&
    (milestone.status === 'Funded' || milestone.status === 'Rejected');
  const current = submissions.data?.find((item) => item.digest === milestone.digest);
  const mine = requests.data?.filter((item) => item.milestone === milestone.index) ?? [];
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
      <div className="grid min-w-0 gap-4">
        <Link
          to="/p/$project"
          params={{ project: project.id }}
          className="inline-flex w-fit items-center gap-1.5 text-muted hover:text-text"
        >
          <ArrowLeft aria-hidden className="size-4" /> All milestones
        </Link>
        <Card aria-labelledby="title">
          <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
            <h1 id="title" className="min-w-0 text-xl font-semibold">
              {milestone.index + 1}. {milestone.title}
            </h1>
            <StatusBadge status={statusOf(project, milestone, now, approval.data)} />
          </div>
          {milestone.description && <p className="mt-2 max-w-[68ch] whitespace-pre-wrap">{milestone.description}</p>}
          <Facts
            className="mt-4"
            rows={[
              ['Amount', <MoneyAmount key="a" units={milestone.amount} token={project.token} strong />],
              ['Due', <DateTime key="d" at={milestone.due} mode="absolute" />],
              milestone.status === 'Planned' && [
                'To be funded by',
                <DateTime key="f" at={milestone.fundBy} mode="absolute" />,
              ],
              milestone.round > 0 && [
                'Round',
                milestone.maxRounds ? `${milestone.round} of ${milestone.maxRounds}` : milestone.round,
              ],
              milestone.digest && ['Fingerprint of the submission', <HashChip key="h" value={milestone.digest} />],
              milestone.submittedAt && ['Submitted', <DateTime key="s" at={milestone.submittedAt} />],
            ]}
          />
        </Card>
        <RuleCard project={project} milestone={milestone} approval={approval.data ?? null} />
        <CriteriaCard
          milestone={milestone}
          criteria={criteria.data ?? null}
          loading={criteria.isLoading}
          error={criteria.error}
        />
        <Card aria-labelledby="files">
          <CardHead id="files" title="Deliverable" />
          {submissions.isPending ? (
            <LoadingRows rows={2} label="Loading files" />
          ) : submissions.error ? (
            <ErrorPanel
              error={submissions.error}
              what="The files could not be loaded."
              onRetry={() => void submissions.refetch()}
            />
          ) : current ? (
            <>
              {current.note && <p className="mb-3 max-w-[68ch] whitespace-pre-wrap">{current.note}</p>}
              <SubmissionFiles submission={current} />
            </>
          ) : (
            <p className="text-muted">Nothing has been submitted yet.</p>
          )}
        </Card>
      </div>
      <div className="grid min-w-0 gap-4 lg:sticky lg:top-18">
        {milestone.decision && <DecidedCard project={project} milestone={milestone} />}
        <DueCard project={project} milestone={milestone} approval={approval.data ?? null} />
        {mayDeliver && <SubmitPanel project={project} milestone={milestone} criteria={criteria.data ?? null} />}
        {milestone.status === 'Rejected' && roles.includes('contributor') && (
          <DisputePanel project={project} milestone={milestone} />
        )}
        {approval.error && (
          <ErrorPanel
            error={approval.error}
            what="The votes could not be loaded."
            onRetry={() => void approval.refetch()}
          />
        )}
        {approval.isLoading && <LoadingRows rows={3} label="Loading votes" />}
        {approval.data && milestone.status === 'Submitted' && (
          <VotePanel project={project} milestone={milestone} approval={approval.data} />
        )}
        {approval.data && <TallyCard project={project} milestone={milestone} approval={approval.data} />}
        {namesOracle(milestone) && submitted && (
          <OraclePanel requests={mine} loading={requests.isLoading} error={requests.error} />
        )}
        {!project.escrow && <Note tone="neutral">The escrow is not open yet: both sides sign the terms first.</Note>}
      </div>
    </div>
  );
}

function RuleCard({
  project,
  milestone,
  approval,
}: {
  project: Project;
  milestone: Milestone;
  approval: Approval | null;
}) {
  return (
    <Card aria-labelledby="rule">
      <CardHead id="rule" title="How it is decided" />
      <p className="max-w-[68ch]">{milestone.policy.sentence}</p>
      {project.escrow && isOpen(milestone) && milestone.exit && (
        <p className="mt-2 max-w-[68ch] text-muted">
          If nobody acts until <DateTime at={milestone.exit.at} mode="absolute" />, {outcomeWords(milestone.exit)}.
        </p>
      )}
      {approval?.hold && (
        <Note tone="info" className="mt-3" title="Approved, on hold">
          {approval.hold.reason} It is paid after <DateTime at={approval.hold.until} mode="absolute" /> unless somebody
          challenges it.
        </Note>
      )}
    </Card>
  );
}

function CriteriaCard({
  milestone,
  criteria,
  loading,
  error,
}: {
  milestone: Milestone;
  criteria: Criteria | null;
  loading: boolean;
  error: unknown;
}) {
  return (
    <Card aria-labelledby="criteria">
      <CardHead id="criteria" title="What “done” means" />
      {milestone.criteria.length > 0 ? (
        <ol className="grid gap-2">
          {milestone.criteria.map((criterion, index) => (
            <li key={criterion.id} className="flex items-baseline justify-between gap-4">
              <span>
                <span className="text-muted">{index + 1}.</span> {criterion.text}
              </span>
              <span className="num text-sm text-muted">{formatBps(criterion.weight)}</span>
            </li>
          ))}
        </ol>
      ) : (
        <p className="text-muted">No criteria were written down.</p>
      )}
      {loading && <LoadingRows rows={2} label="Loading the tests" />}
      {error != null && <ErrorPanel error={error} what="The oracle's tests could not be loaded." />}
      {criteria && <AgreedTests criteria={criteria} />}
    </Card>
  );
}

function DecidedCard({ project, milestone }: { project: Project; milestone: Milestone }) {
  const { decision } = milestone;
  if (!decision) return null;
  return (
    <Card aria-labelledby="decided">
      <CardHead id="decided" title={decision.payBps > 0 ? 'Paid' : 'Decided'} />
      <p>{causeWords(decision.cause)}.</p>
      <Facts
        className="mt-3"
        rows={[
          ['Accepted share', formatBps(decision.payBps)],
          ['To the payees', <MoneyAmount key="n" units={decision.net} token={project.token} strong />],
          BigInt(decision.holdback) > 0n && [
            'Held back',
            <MoneyAmount key="h" units={decision.holdback} token={project.token} />,
          ],
        ]}
      />
      <Link
        to="/p/$project/m/$milestone/receipt"
        params={{ project: project.id, milestone: String(milestone.index + 1) }}
        className={buttonStyle({ className: 'mt-4' })}
      >
        <Receipt aria-hidden className="size-4" /> Open the receipt
      </Link>
    </Card>
  );
}

/** A clock that has run out: anyone may carry out what was agreed. */
function DueCard({
  project,
  milestone,
  approval,
}: {
  project: Project;
  milestone: Milestone;
  approval: Approval | null;
}) {
  const now = useNow();
  const person = usePerson();
  const review = useReview();
  if (!project.escrow || !isOpen(milestone)) return null;
  const exitOver = milestone.exit && new Date(milestone.exit.at) < now;
  const until = approval?.hold?.until ?? approval?.deadline;
  const voteOver = milestone.status === 'Submitted' && until && new Date(until) < now;
  if (!exitOver && !voteOver)
    return milestone.exit ? (
      <p className="px-1 text-sm text-muted">
        This state’s clock: <Countdown until={milestone.exit.at} />
      </p>
    ) : null;
  const kind = exitOver ? 'lapse' : 'finalize';
  return (
    <Card className="border-warn" aria-labelledby="due">
      <CardHead id="due" title="The time is over" />
      <p>
        {kind === 'finalize'
          ? 'The votes decide as they stand, or the agreed outcome of silence applies.'
          : 'What was agreed for this case can be carried out.'}
      </p>
      <Button
        variant="primary"
        className="mt-3"
        disabled={!person}
        onClick={() => review(closeDue(project, milestone, kind, kind === 'finalize' ? approval : null))}
      >
        {kind === 'finalize' ? 'Finalize now' : 'Close now'}
      </Button>
      {!person && (
        <p className="mt-2 text-sm text-muted">Anyone may do this; sign in so that the network fee is paid for you.</p>
      )}
    </Card>
  );
}
