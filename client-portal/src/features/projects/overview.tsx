import { Link } from '@tanstack/react-router';
import { Check, Pencil } from 'lucide-react';
import type { PartyRole, Project } from '../../api/types';
import { sameAddress, usePerson } from '../../app/session';
import { createEscrow, signTerms } from '../../domain/actions';
import { isOpen, outcomeWords, rolesOf, statusOf } from '../../domain/milestone';
import { byUrgency, tasksOf } from '../../domain/tasks';
import { useProject } from '../../domain/use-project';
import { useReview } from '../../intents/review';
import { formatBps, sumUnits } from '../../lib/money';
import { Button, buttonStyle } from '../../ui/button';
import { Card, CardHead, Facts } from '../../ui/card';
import { MilestoneRail } from '../../ui/ledger';
import { Badge } from '../../ui/status-badge';
import { AddressChip, Countdown, DateTime, MoneyAmount, useNow } from '../../ui/values';

export function OverviewPage() {
  const project = useProject();
  const now = useNow();
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
      <h1 className="sr-only">{project.title}: overview</h1>
      <div className="grid gap-4">
        {project.escrow ? <NextStep project={project} /> : <SignOff project={project} />}
        <Card aria-labelledby="milestones">
          <CardHead id="milestones" title="Milestones" />
          <MilestoneRail
            steps={project.milestones.map((milestone) => ({
              key: String(milestone.index),
              title: (
                <Link
                  to="/p/$project/m/$milestone"
                  params={{ project: project.id, milestone: String(milestone.index + 1) }}
                  className="hover:underline"
                >
                  {milestone.index + 1}. {milestone.title}
                </Link>
              ),
              status: statusOf(project, milestone, now),
              amount: <MoneyAmount units={milestone.amount} token={project.token} strong />,
              note: (
                <>
                  {milestone.policy.sentence}
                  {isOpen(milestone) && milestone.exit && project.escrow && (
                    <>
                      {' '}
                      If nobody acts, {outcomeWords(milestone.exit)} <DateTime at={milestone.exit.at} />.
                    </>
                  )}
                </>
              ),
            }))}
          />
        </Card>
      </div>
      <div className="grid gap-4">
        <MoneyCard project={project} />
        <PeopleCard project={project} />
      </div>
    </div>
  );
}

function NextStep({ project }: { project: Project }) {
  const person = usePerson();
  const tasks = person ? tasksOf(project, person.address).sort(byUrgency) : [];
  const task = tasks[0];
  const open = project.milestones.filter(isOpen);
  return (
    <Card aria-labelledby="next" className={task ? 'border-accent' : ''}>
      <CardHead
        id="next"
        title={task ? 'Your next step' : open.length === 0 ? 'All milestones are decided' : 'Nothing to do for you now'}
      />
      {task ? (
        <div className="flex flex-wrap items-center justify-between gap-4">
          <div>
            <p className="text-lg">{task.title}</p>
            <p className="text-muted">
              {task.detail} {task.until && <Countdown until={task.until} />}
            </p>
          </div>
          {task.title.startsWith('Fund') ? (
            <Link
              to="/p/$project/money"
              params={{ project: project.id }}
              className={buttonStyle({ variant: 'primary' })}
            >
              Go to funding
            </Link>
          ) : (
            <Link
              to="/p/$project/m/$milestone"
              params={{ project: project.id, milestone: String((task.milestone ?? 0) + 1) }}
              className={buttonStyle({ variant: 'primary' })}
            >
              Open the milestone
            </Link>
          )}
        </div>
      ) : (
        <p className="text-muted">
          {open.length === 0
            ? 'The trail below keeps every step. Holdback, if any, is paid out when the warranty ends.'
            : 'When something needs your signature, your work or your vote, it shows here and on your home page.'}
        </p>
      )}
    </Card>
  );
}

function SignOff({ project }: { project: Project }) {
  const person = usePerson();
  const review = useReview();
  const sides: { role: PartyRole; account: string; label: string }[] = [
    { role: 'client', account: project.client, label: 'Client' },
    { role: 'contributor', account: project.contributor, label: 'Contributor' },
  ];
  const both = Boolean(project.signatures.client && project.signatures.contributor);
  const party = rolesOf(project, person?.address).some((role) => role === 'client' || role === 'contributor');
  const none = !project.signatures.client && !project.signatures.contributor;
  return (
    <Card aria-labelledby="sign-off" className="border-accent">
      <CardHead id="sign-off" title={both ? 'Signed by both sides' : 'Sign the terms'}>
        {party && none && (
          <Link to="/new/$draft" params={{ draft: project.id }} className={buttonStyle({ size: 'sm' })}>
            <Pencil aria-hidden className="size-4" /> Edit the draft
          </Link>
        )}
      </CardHead>
      <p className="mb-4 text-muted">
        {both
          ? "The project's escrow can be opened now. After that the terms change only with both signatures."
          : 'Both sides sign the same terms. Nothing binds anyone before that, and no money moves by signing.'}
      </p>
      <ul className="grid gap-3">
        {sides.map(({ role, account, label }) => {
          const signed = project.signatures[role];
          const me = sameAddress(account, person?.address);
          return (
            <li
              key={role}
              className="flex flex-wrap items-center justify-between gap-3 rounded-md border border-hairline px-4 py-3"
            >
              <div>
                <p className="text-sm text-muted">{label}</p>
                <AddressChip address={account} />
              </div>
              {signed ? (
                <Badge tone="ok" icon={Check}>
                  Signed <DateTime at={signed.at} />
                </Badge>
              ) : me ? (
                <Button variant="primary" onClick={() => review(signTerms(project, role))}>
                  Sign as {label.toLowerCase()}
                </Button>
              ) : (
                <Badge tone="warn">Not signed yet</Badge>
              )}
            </li>
          );
        })}
      </ul>
      {both && party && (
        <Button variant="primary" className="mt-4" onClick={() => review(createEscrow(project))}>
          Open the escrow
        </Button>
      )}
      <p className="mt-4">
        <Link
          to="/p/$project/terms"
          params={{ project: project.id }}
          className="font-medium text-accent hover:underline"
        >
          Read the terms
        </Link>
      </p>
    </Card>
  );
}

function MoneyCard({ project }: { project: Project }) {
  const { ledger, token } = project;
  return (
    <Card aria-labelledby="money">
      <CardHead id="money" title="Money" />
      <Facts
        rows={[
          ['Total of all milestones', <MoneyAmount key="t" units={project.total} token={token} strong />],
          ledger && ['In the escrow now', <MoneyAmount key="b" units={ledger.booked} token={token} />],
          ledger && ['Paid to payees', <MoneyAmount key="p" units={ledger.paid} token={token} />],
          ledger && ['Held back', <MoneyAmount key="h" units={ledger.holdback} token={token} />],
          ['Fee on what is paid', formatBps(project.feeBps)],
          project.finalBy && [
            'Everything settled at the latest',
            <DateTime key="f" at={project.finalBy} mode="date" />,
          ],
        ]}
      />
      {project.escrow && (
        <p className="mt-3 text-sm text-muted">
          Escrow <AddressChip address={project.escrow} />
        </p>
      )}
    </Card>
  );
}

const BODY_WORDS: Record<string, string> = { clients: 'Client seat', panel: 'Panel seat', reviewers: 'Reviewer seat' };

function PeopleCard({ project }: { project: Project }) {
  const weights = sumUnits(project.payees.map((payee) => String(payee.weight)));
  return (
    <Card aria-labelledby="people">
      <CardHead id="people" title="People" />
      <Facts
        rows={[
          ['Client', <AddressChip key="c" address={project.client} plain />],
          ['Contributor', <AddressChip key="w" address={project.contributor} plain />],
          ...project.payees.map(
            (payee) =>
              [
                weights === 10_000n ? `Payee, ${formatBps(payee.weight)}` : 'Payee',
                <AddressChip key={payee.account} address={payee.account} plain />,
              ] as const,
          ),
          ...project.seats.map(
            (seat) =>
              [
                `${BODY_WORDS[seat.body] ?? seat.body}${seat.excluded ? ' (excluded: is paid here)' : ''}`,
                <AddressChip key={`${seat.body}${seat.account}`} address={seat.account} plain />,
              ] as const,
          ),
        ]}
      />
    </Card>
  );
}
