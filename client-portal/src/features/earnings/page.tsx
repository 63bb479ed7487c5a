import { useInfiniteQuery, useQueries, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { projectQuery, projectsQuery, rewardsMineQuery } from '../../api/queries';
import type { Person, Project, RewardLine } from '../../api/types';
import { sameAddress, usePerson } from '../../app/session';
import { exactAmount, formatBps, sumUnits } from '../../lib/money';
import { buttonStyle } from '../../ui/button';
import { Card, CardHead, Facts, PageHead } from '../../ui/card';
import { Fold } from '../../ui/dialog';
import { EmptyState, ErrorPanel, LoadingPage, LoadingRows } from '../../ui/feedback';
import { HashChip, MoneyAmount } from '../../ui/values';

/** What was paid, what is to come, and the rewards that accepted work earned. */
export function EarningsPage() {
  const person = usePerson();
  if (person === undefined) return <LoadingPage label="Loading earnings" />;
  if (person === null)
    return (
      <EmptyState
        kind="noright"
        title="Sign in to see your earnings"
        action={
          <Link to="/sign-in" search={{ next: '/earnings' }} className={buttonStyle({ variant: 'primary' })}>
            Sign in
          </Link>
        }
      />
    );
  return (
    <>
      <PageHead
        title="Earnings and rewards"
        lead="Money is paid by the escrow in the moment of approval. Rewards come on top, from the fee that your work brought."
      />
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <Payments person={person} />
        <Rewards />
      </div>
    </>
  );
}

const isOpenFor = (project: Project, person: Person) =>
  project.payees.some((payee) => sameAddress(payee.account, person.address)) ||
  (project.payees.length === 0 && sameAddress(project.contributor, person.address));

function Payments({ person }: { person: Person }) {
  const list = useInfiniteQuery(projectsQuery);
  const ids = list.data?.pages.flatMap((page) => page.items.map((item) => item.id)) ?? [];
  const details = useQueries({ queries: ids.map((id) => projectQuery(id)) });
  const projects = details.flatMap((detail) => (detail.data ? [detail.data] : []));
  if (list.error)
    return (
      <ErrorPanel error={list.error} what="Your earnings could not be loaded." onRetry={() => void list.refetch()} />
    );
  if (list.isPending || details.some((detail) => detail.isPending))
    return <LoadingRows rows={4} label="Loading earnings" />;
  const token = projects[0]?.token;
  const rows = projects.flatMap((project) =>
    project.milestones.flatMap((milestone) =>
      (milestone.decision?.paid ?? [])
        .filter((paid) => sameAddress(paid.account, person.address) && paid.kind.toLowerCase() !== 'fee')
        .map((paid) => ({ project, milestone, paid })),
    ),
  );
  const share = (project: Project, units: string) => {
    const payee = project.payees.find((item) => sameAddress(item.account, person.address));
    return payee ? (BigInt(units) * BigInt(payee.weight)) / 10_000n : BigInt(units);
  };
  const coming = projects
    .filter((project) => isOpenFor(project, person))
    .flatMap((project) =>
      project.milestones
        .filter((milestone) => milestone.status === 'Submitted')
        .map((milestone) => share(project, milestone.amount)),
    );
  const held = projects
    .filter((project) => isOpenFor(project, person))
    .map((project) => share(project, project.ledger?.holdback ?? '0'));
  return (
    <Card aria-labelledby="paid">
      <CardHead id="paid" title="Money" />
      {!token || rows.length + coming.length === 0 ? (
        <EmptyState title="Nothing earned yet">
          When a milestone of yours is accepted, the payment shows here at once.
        </EmptyState>
      ) : (
        <>
          <Facts
            className="mb-4"
            rows={[
              [
                'Paid to you',
                <MoneyAmount key="p" units={sumUnits(rows.map((row) => row.paid.amount))} token={token} strong />,
              ],
              ['In review, before fee and holdback', <MoneyAmount key="r" units={sumUnits(coming)} token={token} />],
              [
                'Held back until the warranty ends, about',
                <MoneyAmount key="h" units={sumUnits(held)} token={token} />,
              ],
            ]}
          />
          <ul aria-label="Payments" className="divide-y divide-hairline border-t border-hairline">
            {rows.map(({ project, milestone, paid }, index) => (
              <li key={index} className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1 py-2.5">
                <div className="min-w-0">
                  <Link
                    to="/p/$project/m/$milestone/receipt"
                    params={{ project: project.id, milestone: String(milestone.index + 1) }}
                    className="font-medium hover:underline"
                  >
                    {milestone.title}
                  </Link>
                  <p className="text-sm text-muted">
                    {project.title}
                    {milestone.decision && (
                      <>
                        {' '}
                        · <HashChip value={milestone.decision.txHash} label="Copy the transaction's hash" />
                      </>
                    )}
                  </p>
                </div>
                <MoneyAmount units={paid.amount} token={project.token} strong />
              </li>
            ))}
          </ul>
        </>
      )}
    </Card>
  );
}

const ROLE_WORDS: Record<string, string> = { payee: 'As a payee', funder: 'As a funder', assessor: 'As an assessor' };
const FACTOR_WORDS: Record<string, string> = {
  w: 'Work class',
  q: 'Quality',
  t: 'On time',
  r: 'Round',
  share: 'Your share',
  kickback: 'Kept for reviewers',
  kappa: 'Reward share',
};

function Rewards() {
  const mine = useQuery(rewardsMineQuery);
  return (
    <Card aria-labelledby="rewards">
      <CardHead id="rewards" title="Rewards" />
      {mine.isPending ? (
        <LoadingRows rows={4} label="Loading rewards" />
      ) : mine.error ? (
        <ErrorPanel error={mine.error} what="The rewards could not be loaded." onRetry={() => void mine.refetch()} />
      ) : mine.data.lines.length === 0 ? (
        <EmptyState title="No rewards yet">
          Accepted work earns reward tokens and reputation. The sum is capped by the fee that the work really paid.
        </EmptyState>
      ) : (
        <>
          <Facts
            className="mb-4"
            rows={[
              [
                'Value',
                <span key="v" className="font-semibold">
                  {wad(mine.data.settleTotal)}
                </span>,
              ],
              ['Reward tokens', wad(mine.data.tokensTotal)],
              ['Reputation', wad(mine.data.reputation)],
              ['Week', mine.data.epoch],
            ]}
          />
          <ul aria-label="Rewards" className="divide-y divide-hairline border-t border-hairline">
            {mine.data.lines.map((line, index) => (
              <RewardRow key={index} line={line} />
            ))}
          </ul>
          <p className="mt-3 text-sm text-muted">
            Accrued for the running week. Tokens are released over 26 weeks once the week’s list is final.
          </p>
        </>
      )}
    </Card>
  );
}

/** Wad (18 decimals), at most six shown, cut. */
const wad = (units: string): string => {
  const [whole = '0', fraction = ''] = exactAmount(units, 18).split('.');
  const kept = fraction.slice(0, 6).replace(/0+$/, '');
  return kept ? `${whole}.${kept}` : whole;
};

function RewardRow({ line }: { line: RewardLine }) {
  return (
    <li className="py-2.5">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <Link to="/p/$project" params={{ project: line.project }} className="font-medium hover:underline">
          {line.projectTitle ?? 'Project'}, milestone {line.milestone + 1}
        </Link>
        <span className="num font-semibold">{wad(line.tokens)} tokens</span>
      </div>
      <p className="text-sm text-muted">
        {ROLE_WORDS[line.role] ?? line.role} · worth {wad(line.settle)}
      </p>
      <div className="mt-1">
        <Fold quiet summary="How this was computed">
          <Facts
            rows={[
              ['Fee paid', wad(line.fee)],
              ['Net fee', wad(line.netFee)],
              ['Base', wad(line.base)],
              ...Object.entries(line.factors).map(
                ([name, bps]) => [FACTOR_WORDS[name] ?? name, formatBps(bps)] as const,
              ),
            ]}
          />
        </Fold>
      </div>
    </li>
  );
}
