import { useQueries } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { submissionsQuery } from '../../api/queries';
import { SubmissionFiles } from '../../domain/submission-files';
import { useProject } from '../../domain/use-project';
import { buttonStyle } from '../../ui/button';
import { Card, CardHead } from '../../ui/card';
import { EmptyState, ErrorPanel, LoadingRows } from '../../ui/feedback';
import { DateTime, HashChip } from '../../ui/values';

/** All that was delivered, per milestone and round. */
export function DeliverablesPage() {
  const project = useProject();
  const lists = useQueries({
    queries: project.milestones.map((milestone) => submissionsQuery(project.id, milestone.index)),
  });
  const failed = lists.find((list) => list.error);
  const rows = project.milestones.flatMap((milestone, i) =>
    (lists[i]?.data ?? []).map((submission) => ({ milestone, submission })),
  );
  return (
    <div className="grid gap-4">
      <h1 className="sr-only">{project.title}: deliverables</h1>
      {lists.some((list) => list.isPending) ? (
        <LoadingRows label="Loading deliverables" />
      ) : failed ? (
        <ErrorPanel
          error={failed.error}
          what="The deliverables could not be loaded."
          onRetry={() => void failed.refetch()}
        />
      ) : rows.length === 0 ? (
        <EmptyState
          title="Nothing delivered yet"
          action={
            <Link to="/p/$project" params={{ project: project.id }} className={buttonStyle()}>
              See the milestones
            </Link>
          }
        >
          The contributor uploads files on the page of a funded milestone. Each file’s fingerprint is taken in the
          browser first.
        </EmptyState>
      ) : (
        rows.map(({ milestone, submission }) => (
          <Card key={submission.digest}>
            <CardHead
              title={
                <Link
                  to="/p/$project/m/$milestone"
                  params={{ project: project.id, milestone: String(milestone.index + 1) }}
                  className="hover:underline"
                >
                  {milestone.title}, {submission.submittedAt ? `round ${submission.round}` : 'not submitted yet'}
                </Link>
              }
            >
              <span className="text-sm text-muted">
                {submission.submittedAt && <DateTime at={submission.submittedAt} />} · fingerprint{' '}
                <HashChip value={submission.digest} />
              </span>
            </CardHead>
            {submission.note && <p className="mb-3 max-w-[68ch] whitespace-pre-wrap">{submission.note}</p>}
            <SubmissionFiles submission={submission} />
          </Card>
        ))
      )}
    </div>
  );
}
