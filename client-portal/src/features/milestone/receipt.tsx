import { Link, useParams } from '@tanstack/react-router';
import { Printer } from 'lucide-react';
import type { Decision, Milestone, Project } from '../../api/types';
import { causeWords } from '../../domain/milestone';
import { differences } from '../../domain/receipt-check';
import { useProject } from '../../domain/use-project';
import { formatBps } from '../../lib/money';
import { Button, buttonStyle } from '../../ui/button';
import { Card, CardHead, Facts, Note } from '../../ui/card';
import { EmptyState } from '../../ui/feedback';
import { AddressChip, HashChip, MoneyAmount } from '../../ui/values';

/** One decision, to the last unit, recomputed here. */
export function ReceiptPage() {
  const project = useProject();
  const { milestone: text } = useParams({ from: '/p/$project/m/$milestone/receipt' });
  const milestone = project.milestones[Number(text) - 1];
  if (!milestone?.decision)
    return (
      <EmptyState
        page
        kind="nomatch"
        title="No receipt yet"
        action={
          <Link to="/p/$project" params={{ project: project.id }} className={buttonStyle()}>
            Back to the project
          </Link>
        }
      >
        A receipt exists once a milestone is decided.
      </EmptyState>
    );
  return <Receipt project={project} milestone={milestone} decision={milestone.decision} />;
}

function Receipt({ project, milestone, decision }: { project: Project; milestone: Milestone; decision: Decision }) {
  const { token } = project;
  const profile = project.terms.milestones[milestone.index]?.profile;
  const holdbackBps = profile === undefined ? null : (project.terms.profiles[profile]?.holdbackBps ?? null);
  const wrong = differences(project, milestone.amount, decision, holdbackBps);
  const accepted = BigInt(decision.gross) - BigInt(decision.lateCredit);
  const refundable = BigInt(milestone.amount) - accepted;
  return (
    <div className="mx-auto grid max-w-2xl gap-4">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h1 className="text-2xl font-semibold">Receipt: {milestone.title}</h1>
        <Button size="sm" onClick={() => print()}>
          <Printer aria-hidden className="size-4" /> Print
        </Button>
      </div>
      <Card>
        <CardHead title="Decision" />
        <Facts
          rows={[
            ['How', causeWords(decision.cause)],
            ['Accepted share', formatBps(decision.payBps)],
            milestone.round > 0 && ['Round', milestone.round],
            milestone.digest && ['Fingerprint of the submission', <HashChip key="d" value={milestone.digest} />],
            ['Transaction', <HashChip key="t" value={decision.txHash} label="Copy the transaction's hash" />],
          ]}
        />
      </Card>
      <Card>
        <CardHead title="Money" />
        <Facts
          rows={[
            ['Milestone', <MoneyAmount key="1" units={milestone.amount} token={token} />],
            ['Gross', <MoneyAmount key="2" units={decision.gross} token={token} />],
            [
              'Late credit',
              <MoneyAmount
                key="3"
                units={decision.lateCredit}
                token={token}
                sign={BigInt(decision.lateCredit) > 0n ? '−' : undefined}
              />,
            ],
            [<strong key="a">Accepted</strong>, <MoneyAmount key="4" units={accepted} token={token} strong />],
            [
              'Holdback',
              <MoneyAmount
                key="5"
                units={decision.holdback}
                token={token}
                sign={BigInt(decision.holdback) > 0n ? '−' : undefined}
              />,
            ],
            [
              `Fee, ${formatBps(project.feeBps)}`,
              <MoneyAmount
                key="6"
                units={decision.fee}
                token={token}
                sign={BigInt(decision.fee) > 0n ? '−' : undefined}
              />,
            ],
            [<strong key="b">To the payees</strong>, <MoneyAmount key="7" units={decision.net} token={token} strong />],
            refundable > 0n && ['Back to the funders', <MoneyAmount key="8" units={refundable} token={token} />],
          ]}
        />
      </Card>
      <Card>
        <CardHead title="Payments" />
        <Facts
          rows={decision.paid.map((item, index) => [
            <AddressChip key={`a${index}`} address={item.account} plain />,
            <span key={`p${index}`}>
              <MoneyAmount units={item.amount} token={token} />{' '}
              <span className="text-muted">{kindWords(item.kind)}</span>
            </span>,
          ])}
        />
      </Card>
      {wrong.length === 0 ? (
        <Note tone="ok" title="The sums are right">
          Your browser recomputed this receipt by the agreed money rule, to the last unit.
        </Note>
      ) : (
        <Note tone="bad" title="These figures do not follow the money rule">
          <ul className="list-disc ps-5">
            {wrong.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </Note>
      )}
    </div>
  );
}

function kindWords(kind: string): string {
  switch (kind.toLowerCase()) {
    case 'fee':
      return 'fee';
    case 'credited':
    case 'credit':
      return 'credited, to be claimed';
    case 'holdback':
      return 'from the holdback';
    default:
      return 'paid';
  }
}
