import { useInfiniteQuery, useQueries } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ArrowRight, BadgeCheck, Clock3, ShieldCheck, WalletCards } from 'lucide-react';
import { approvalQuery, projectQuery, projectsQuery } from '../../api/queries';
import type { Person, Project } from '../../api/types';
import { sameAddress, usePerson } from '../../app/session';
import { ProjectRow } from '../../domain/project-row';
import { byUrgency, tasksOf, type Task } from '../../domain/tasks';
import { sumUnits } from '../../lib/money';
import { buttonStyle } from '../../ui/button';
import { Card, CardHead, Facts, PageHead } from '../../ui/card';
import { EmptyState, ErrorPanel, LoadingPage, LoadingRows } from '../../ui/feedback';
import { Countdown, DateTime, MoneyAmount } from '../../ui/values';

/** How many of the newest projects the home page looks into. */
const LOOK_INTO = 12;

export function HomePage() {
  const person = usePerson();
  if (person === undefined) return <LoadingPage label="Loading home" />;
  return person ? <SignedIn person={person} /> : <SignedOut />;
}

function TaskRow({ task }: { task: Task }) {
  const body = (
    <>
      <span className="font-medium after:absolute after:inset-0">{task.title}</span>
    </>
  );
  return (
    <li className="relative flex flex-wrap items-center justify-between gap-x-6 gap-y-1 px-4 py-3 hover:bg-raised sm:px-5">
      <div className="min-w-0 flex-1 basis-64">
        {task.milestone === null ? (
          <Link to="/p/$project" params={{ project: task.project }}>
            {body}
          </Link>
        ) : task.title.startsWith('Fund') ? (
          <Link to="/p/$project/money" params={{ project: task.project }}>
            {body}
          </Link>
        ) : (
          <Link to="/p/$project/m/$milestone" params={{ project: task.project, milestone: String(task.milestone + 1) }}>
            {body}
          </Link>
        )}
        <p className="text-sm text-muted">
          {task.projectTitle} · {task.detail}
        </p>
      </div>
      <div className="flex items-center gap-4 text-sm">
        <MoneyAmount units={task.amount} token={task.token} />
        {task.until && (
          <span className="text-muted">
            <Countdown until={task.until} over={<DateTime at={task.until} />} />
          </span>
        )}
        <ArrowRight aria-hidden className="size-4 text-muted" />
      </div>
    </li>
  );
}

function useTasks(person: Person, projects: readonly Project[]): Task[] {
  const tasks = projects.flatMap((project) => tasksOf(project, person.address));
  const votes = tasks.filter((task) => task.title.startsWith('Review') && task.milestone !== null);
  const approvals = useQueries({ queries: votes.map((task) => approvalQuery(task.project, task.milestone ?? 0)) });
  const voted = new Set(
    votes
      .filter((_, i) => approvals[i]?.data?.ballots.some((ballot) => sameAddress(ballot.account, person.address)))
      .map((task) => task.key),
  );
  return tasks.filter((task) => !voted.has(task.key)).sort(byUrgency);
}

function SignedIn({ person }: { person: Person }) {
  const list = useInfiniteQuery(projectsQuery);
  const summaries = list.data?.pages.flatMap((page) => page.items).slice(0, LOOK_INTO) ?? [];
  const details = useQueries({ queries: summaries.map((summary) => projectQuery(summary.id)) });
  const projects = details.flatMap((detail) => (detail.data ? [detail.data] : []));
  const tasks = useTasks(person, projects);
  const loading = list.isPending || details.some((detail) => detail.isPending);
  return (
    <>
      <PageHead
        title={`Hello${person.name ? `, ${person.name}` : ''}`}
        lead="What waits for you comes first, the nearest deadline on top."
      />
      <div className="grid gap-6">
        <section aria-labelledby="todo">
          <h2 id="todo" className="mb-3 text-lg font-semibold">
            Waiting for you
          </h2>
          {list.error ? (
            <ErrorPanel
              error={list.error}
              what="Your projects could not be loaded."
              onRetry={() => void list.refetch()}
            />
          ) : loading ? (
            <LoadingRows label="Loading tasks" />
          ) : tasks.length > 0 ? (
            <ul className="divide-y divide-hairline rounded-lg border border-hairline bg-surface">
              {tasks.map((task) => (
                <TaskRow key={task.key} task={task} />
              ))}
            </ul>
          ) : (
            <EmptyState
              title={projects.length === 0 ? 'No projects yet' : 'Nothing waits for you'}
              action={
                projects.length === 0 && (
                  <Link to="/new" className={buttonStyle({ variant: 'primary' })}>
                    Create your first project
                  </Link>
                )
              }
            >
              {projects.length === 0
                ? 'Describe the work, split it into milestones, choose who says yes. It takes a few minutes.'
                : 'When something needs your signature, your work or your vote, it is listed here.'}
            </EmptyState>
          )}
        </section>
        {projects.length > 0 && <Figures person={person} projects={projects} />}
        {summaries.length > 0 && (
          <section aria-labelledby="recent">
            <div className="mb-3 flex items-center justify-between">
              <h2 id="recent" className="text-lg font-semibold">
                Your projects
              </h2>
              <Link to="/projects" className="font-medium text-accent hover:underline">
                All projects
              </Link>
            </div>
            <ul className="divide-y divide-hairline rounded-lg border border-hairline bg-surface">
              {summaries.slice(0, 5).map((project) => (
                <ProjectRow key={project.id} project={project} />
              ))}
            </ul>
          </section>
        )}
      </div>
    </>
  );
}

/** Sums by role; each only where the person has that role. */
function Figures({ person, projects }: { person: Person; projects: readonly Project[] }) {
  const token = projects[0]?.token;
  if (!token) return null;
  const asClient = projects.filter((project) => sameAddress(project.client, person.address) && project.ledger);
  const asWorker = projects.filter((project) => !sameAddress(project.client, person.address));
  const paidToMe = sumUnits(
    asWorker.flatMap((project) =>
      project.milestones.flatMap((milestone) =>
        (milestone.decision?.paid ?? [])
          .filter((paid) => sameAddress(paid.account, person.address))
          .map((paid) => paid.amount),
      ),
    ),
  );
  const inReview = sumUnits(
    asWorker.flatMap((project) =>
      project.milestones.filter((milestone) => milestone.status === 'Submitted').map((milestone) => milestone.amount),
    ),
  );
  return (
    <div className="grid gap-4 md:grid-cols-2">
      {asClient.length > 0 && (
        <Card>
          <CardHead title="As a client" />
          <Facts
            rows={[
              [
                'In your projects’ escrows',
                <MoneyAmount
                  key="1"
                  units={sumUnits(asClient.map((project) => project.ledger?.booked ?? '0'))}
                  token={token}
                  strong
                />,
              ],
              [
                'Paid out so far',
                <MoneyAmount
                  key="2"
                  units={sumUnits(asClient.map((project) => project.ledger?.paid ?? '0'))}
                  token={token}
                />,
              ],
              [
                'Held back for the warranty',
                <MoneyAmount
                  key="3"
                  units={sumUnits(asClient.map((project) => project.ledger?.holdback ?? '0'))}
                  token={token}
                />,
              ],
            ]}
          />
        </Card>
      )}
      {asWorker.length > 0 && (
        <Card>
          <CardHead title="As a contributor" />
          <Facts
            rows={[
              ['Paid to you', <MoneyAmount key="1" units={paidToMe} token={token} strong />],
              ['In review', <MoneyAmount key="2" units={inReview} token={token} />],
            ]}
          />
          <Link to="/earnings" className="mt-3 inline-block font-medium text-accent hover:underline">
            Earnings and rewards
          </Link>
        </Card>
      )}
    </div>
  );
}

const POINTS = [
  {
    icon: WalletCards,
    title: 'Money first',
    text: 'The client pays into an escrow contract of the project’s own. Work starts when the money is there.',
  },
  {
    icon: BadgeCheck,
    title: 'A rule decides, not a mood',
    text: 'Stakeholders vote, or an oracle checks the work against agreed tests. A yes pays in the same moment.',
  },
  {
    icon: Clock3,
    title: 'Silence has an outcome',
    text: 'Each waiting state has a clock and an agreed result, shown before anyone signs. Nothing hangs for ever.',
  },
  {
    icon: ShieldCheck,
    title: 'Provable without us',
    text: 'Every decision leaves evidence that your own browser recomputes. Losing our servers loses no money.',
  },
] as const;

function SignedOut() {
  return (
    <>
      <section className="grid gap-4 py-6 sm:py-10">
        <h1 className="max-w-[22ch] text-3xl font-semibold sm:text-[2.5rem] sm:leading-[1.15]">
          Work is paid when it is accepted. Provably.
        </h1>
        <p className="max-w-[60ch] text-lg text-muted">
          Milepost holds the money of a project, milestone by milestone, and pays it out the moment the agreed people or
          tests say yes.
        </p>
        <div className="flex flex-wrap gap-2">
          <Link to="/sign-in" className={buttonStyle({ variant: 'primary' })}>
            Sign in and start
          </Link>
          <Link to="/verify" className={buttonStyle()}>
            Verify a proof
          </Link>
        </div>
      </section>
      <ul className="grid gap-4 border-t border-hairline pt-8 sm:grid-cols-2 lg:grid-cols-4">
        {POINTS.map(({ icon: Icon, title, text }) => (
          <li key={title}>
            <Icon aria-hidden className="size-5 text-accent" />
            <h2 className="mt-2 text-lg font-semibold">{title}</h2>
            <p className="mt-1 text-muted">{text}</p>
          </li>
        ))}
      </ul>
    </>
  );
}
