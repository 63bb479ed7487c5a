import { useInfiniteQuery, useQueries, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { configQuery, projectQuery, projectsQuery, rewardsMineQuery } from '../../api/queries';
import type { Milestone, Paid, Person, Project, RewardLine } from '../../api/types';
import { sameAddress, usePerson } from '../../app/session';
import { exactAmount, formatBps, sumUnits } from '../../lib/money';
import { claimCredit } from '../../domain/actions';
import { useReview } from '../../intents/review';
import { Button, buttonStyle } from '../../ui/button';
import { Card, CardHead, Facts, Note, PageHead } from '../../ui/card';
import { Fold } from '../../ui/fold';
import { EmptyState, ErrorPanel, LoadingPage, LoadingRows } from '../../ui/feedback';
import { HashChip, MoneyAmount } from '../../ui/values';

/** What was paid, what is to come, and the rewards that accepted work earned. */
export function EarningsPage() {
  const person = usePerson();
  if (person === undefined) return <LoadingPage label="Loading earnings" />;
  if (person === null)
    return (
      <EmptyState
        page
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

interface Row {
  project: Project;
  milestone: Milestone | null;
  paid: Paid;
}

/** Kinds of payments that reach payees. */
const PAY: ReadonlySet<string> = new Set(['milestone', 'killfee', 'holdback']);

function Payments({ person }: { person: Person }) {
  const review = useReview();
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
  const mine = (paid: Paid) => sameAddress(paid.account, person.address) && PAY.has(paid.kind);
  const rows: Row[] = projects.flatMap((project) => [
    ...project.milestones.flatMap((milestone) =>
      (milestone.decision?.paid ?? []).filter(mine).map((paid) => ({ project, milestone, paid })),
    ),
    ...(project.payments ?? []).filter(mine).map((paid) => ({ project, milestone: null, paid })),
  ]);
  const paidOut = rows.filter((row) => !row.paid.credited);
  const credited = projects.flatMap((project) => {
    const amount = sumUnits(
      rows.filter((row) => row.project.id === project.id && row.paid.credited).map((row) => row.paid.amount),
    );
    // Claimed credits stay in the list of payments; the ledger says whether any is left.
    return amount > 0n && BigInt(project.ledger?.credits ?? '0') > 0n ? [{ project, amount }] : [];
  });
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
                <MoneyAmount key="p" units={sumUnits(paidOut.map((row) => row.paid.amount))} token={token} strong />,
              ],
              ['In review, before fee and holdback', <MoneyAmount key="r" units={sumUnits(coming)} token={token} />],
              [
                'Held back until the warranty ends, about',
                <MoneyAmount key="h" units={sumUnits(held)} token={token} />,
              ],
            ]}
          />
          {credited.map(({ project, amount }) => (
            <Note key={project.id} tone="warn" className="mb-4" title="Waiting to be claimed">
              The token refused a payment of “{project.title}”; the amount was credited to you.
              <Button
                size="sm"
                className="mt-2 block"
                onClick={() => review(claimCredit(project, person.address, amount))}
              >
                Claim it
              </Button>
            </Note>
          ))}
          <ul aria-label="Payments" className="divide-y divide-hairline border-t border-hairline">
            {rows.map(({ project, milestone, paid }, index) => (
              <li key={index} className="grid grid-cols-[minmax(0,1fr)_auto] items-baseline gap-x-4 py-2.5">
                <div className="min-w-0">
                  {milestone ? (
                    <Link
                      to="/p/$project/m/$milestone/receipt"
                      params={{ project: project.id, milestone: String(milestone.index + 1) }}
                      className="font-medium hover:underline"
                    >
                      {milestone.title}
                    </Link>
                  ) : (
                    <span className="font-medium">Holdback</span>
                  )}
                  <p className="text-sm text-muted">
                    {project.title}
                    {milestone?.decision && (
                      <>
                        {' '}
                        · <HashChip value={milestone.decision.txHash} label="Copy the transaction's hash" />
                      </>
                    )}
                  </p>
                </div>
                <span className="text-end">
                  <MoneyAmount units={paid.amount} token={project.token} strong />
                  {paid.credited && <p className="text-sm text-warn">credited</p>}
                </span>
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
  w: 'Factor: kind of work',
  q: 'Factor: quality',
  t: 'Factor: on time',
  r: 'Factor: round',
};

function Rewards() {
  const mine = useQuery(rewardsMineQuery);
  const unit = useQuery(configQuery).data?.token.symbol ?? '';
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
                  {wad(mine.data.settleTotal)} {unit}
                </span>,
              ],
              ['Reward tokens', wad(mine.data.tokensTotal)],
              ['Reputation', wad(mine.data.reputation)],
              ['Week', mine.data.epoch],
            ]}
          />
          <ul aria-label="Rewards" className="divide-y divide-hairline border-t border-hairline">
            {mine.data.lines.map((line, index) => (
              <RewardRow key={index} line={line} unit={unit} />
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

function RewardRow({ line, unit }: { line: RewardLine; unit: string }) {
  const title = `${line.projectTitle || 'A project'}, milestone ${line.milestone + 1}`;
  return (
    <li className="py-2.5">
      <div className="grid grid-cols-[minmax(0,1fr)_auto] items-baseline gap-x-4">
        {line.project ? (
          <Link to="/p/$project" params={{ project: line.project }} className="font-medium hover:underline">
            {title}
          </Link>
        ) : (
          <span className="font-medium">{title}</span>
        )}
        <span className="num font-semibold">{wad(line.tokens)} tokens</span>
        <p className="text-sm text-muted">
          {ROLE_WORDS[line.role] ?? line.role}
          {line.source === 'holdback' && ', from the holdback'}
        </p>
        <p className="num text-sm text-muted">
          worth {wad(line.settle)} {unit}
        </p>
      </div>
      <div className="mt-1">
        <Fold quiet summary="How this was computed">
          <Facts
            rows={[
              ['Fee paid', wad(line.fee)],
              ['Net fee, after what goes to reviewers', wad(line.netFee)],
              ['Base for all recipients', wad(line.base)],
              ['Your share', formatBps(line.shareBps)],
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
