import { useState } from 'react';
import { Link } from '@tanstack/react-router';
import { fundProject, refundProject } from '../../domain/actions';
import { coverage, fundingNeed } from '../../domain/funding';
import { causeWords } from '../../domain/milestone';
import { useProject } from '../../domain/use-project';
import { sameAddress, usePerson } from '../../app/session';
import type { Person, Project } from '../../api/types';
import { useReview } from '../../intents/review';
import { AmountError, exactAmount, formatAmount, parseAmount } from '../../lib/money';
import { Button } from '../../ui/button';
import { Card, CardHead, Facts, Note } from '../../ui/card';
import { EmptyState } from '../../ui/feedback';
import { Choice, TextField } from '../../ui/field';
import { CoverageBar } from '../../ui/ledger';
import { AddressChip, HashChip, MoneyAmount } from '../../ui/values';

/** The project's ledger and the way to pay in. */
export function MoneyPage() {
  const project = useProject();
  const person = usePerson();
  const isClient = sameAddress(project.client, person?.address);
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
      <h1 className="sr-only">{project.title}: money</h1>
      <div className="grid min-w-0 gap-4">
        <Card aria-labelledby="coverage">
          <CardHead id="coverage" title="Coverage" />
          <CoverageBar
            parts={coverage(project)}
            format={(units) => <MoneyAmount units={units} token={project.token} />}
          />
          <p className="mt-3 text-sm text-muted">
            Money covers the milestones in their order. The first payment also covers the kill fees of those that
            follow.
          </p>
        </Card>
        <LedgerCard project={project} />
        <DecisionsCard project={project} />
      </div>
      <div className="grid min-w-0 gap-4 max-lg:order-first">
        {project.escrow ? (
          isClient && person ? (
            <FundCard project={project} person={person} />
          ) : (
            <Note tone="neutral">The client pays into the escrow. You see here how far the money covers the work.</Note>
          )
        ) : (
          <EmptyState title="The escrow is not open yet">
            Both sides sign the terms first; then the client can pay in.
          </EmptyState>
        )}
        <RefundCard project={project} signedIn={Boolean(person)} />
      </div>
    </div>
  );
}

type Mode = 'next' | 'all' | 'custom';

function FundCard({ project, person }: { project: Project; person: Person }) {
  const review = useReview();
  const need = fundingNeed(project);
  const [mode, setMode] = useState<Mode>('next');
  const [custom, setCustom] = useState('');
  const [tried, setTried] = useState(false);
  const { token } = project;
  if (!need.next)
    return (
      <Card aria-labelledby="fund">
        <CardHead id="fund" title="Fund the project" />
        <p className="text-muted">Every milestone has its money. There is nothing to pay in.</p>
      </Card>
    );
  let amount: bigint | null = null;
  let error: string | null = null;
  if (mode === 'custom') {
    try {
      amount = parseAmount(custom, token.decimals);
      if (amount === 0n) error = 'The amount must be more than zero.';
    } catch (cause) {
      error = cause instanceof AmountError ? cause.message : 'This is not an amount.';
    }
  } else amount = mode === 'next' ? need.next.amount : need.all;
  const short = (units: bigint) => `${formatAmount(units, token.decimals)} ${token.symbol}`;
  const go = (own: boolean) => {
    setTried(true);
    if (amount !== null && error === null && amount > 0n) review(fundProject(project, amount, person.address, own));
  };
  return (
    <Card aria-labelledby="fund" className="border-accent">
      <CardHead id="fund" title="Fund the project" />
      <fieldset className="grid gap-2">
        <legend className="sr-only">How much</legend>
        <Choice
          type="radio"
          name="how-much"
          checked={mode === 'next'}
          onChange={() => setMode('next')}
          label={`Next milestone: ${short(need.next.amount)}`}
          hint={`“${need.next.milestone.title}” can start.`}
        />
        <Choice
          type="radio"
          name="how-much"
          checked={mode === 'all'}
          onChange={() => setMode('all')}
          label={`All that is left: ${short(need.all)}`}
          hint="Every milestone has its money from now on."
        />
        <Choice
          type="radio"
          name="how-much"
          checked={mode === 'custom'}
          onChange={() => setMode('custom')}
          label="Another amount"
          hint="Part of it may wait until a milestone is covered in full."
        />
      </fieldset>
      {mode === 'custom' && (
        <TextField
          className="mt-3"
          label="Amount"
          inputMode="decimal"
          suffix={token.symbol}
          value={custom}
          onChange={(event) => setCustom(event.target.value)}
          error={tried || custom !== '' ? error : null}
        />
      )}
      <div className="mt-4 grid gap-2">
        <Button variant="primary" onClick={() => go(false)}>
          {amount !== null && error === null ? `Fund ${short(amount)}` : 'Fund'}
        </Button>
        <p className="text-sm text-muted">
          One signature; the network fee is paid for you. Unallocated money stays yours.{' '}
          <button type="button" className="font-medium text-accent underline" onClick={() => go(true)}>
            Send it myself
          </button>
        </p>
      </div>
    </Card>
  );
}

function LedgerCard({ project }: { project: Project }) {
  const { ledger, token } = project;
  if (!ledger) return null;
  const row = (label: string, units: string, strong = false) =>
    [label, <MoneyAmount key={label} units={units} token={token} strong={strong} />] as const;
  return (
    <Card aria-labelledby="ledger">
      <CardHead id="ledger" title="Ledger" />
      <Facts
        rows={[
          row('In the escrow now', ledger.booked, true),
          row('· for open milestones', ledger.open),
          row('· cover for kill fees', ledger.cover),
          row('· not yet allocated', ledger.pool),
          row('· held back for the warranty', ledger.holdback),
          row('· to be refunded', ledger.refundable),
          row('· credited, waiting to be claimed', ledger.credits),
          row('Paid in so far', ledger.funded, true),
          row('Paid to payees', ledger.paid),
          row('Fees', ledger.fees),
          row('Refunded', ledger.refunded),
        ]}
      />
      <LedgerProof project={project} />
      {project.escrow && (
        <p className="mt-3 text-sm text-muted">
          Held by <AddressChip address={project.escrow} />
        </p>
      )}
    </Card>
  );
}

/** In = out + what is left, to the unit; said so only when it holds. */
function LedgerProof({ project }: { project: Project }) {
  const { ledger, token } = project;
  if (!ledger) return null;
  const out = BigInt(ledger.paid) + BigInt(ledger.fees) + BigInt(ledger.refunded) + BigInt(ledger.booked);
  const difference = BigInt(ledger.funded) - out;
  return difference === 0n ? (
    <Note tone="ok" className="mt-4">
      Paid in equals paid out plus what is left, to the last unit.
    </Note>
  ) : (
    <Note tone="warn" className="mt-4">
      Paid in differs from paid out plus what is left by {exactAmount(difference, token.decimals)} {token.symbol}. The
      newest block may not be read yet.
    </Note>
  );
}

function DecisionsCard({ project }: { project: Project }) {
  const decided = project.milestones.filter((milestone) => milestone.decision);
  if (decided.length === 0) return null;
  return (
    <Card aria-labelledby="payments">
      <CardHead id="payments" title="Decisions and payments" />
      <ul className="divide-y divide-hairline">
        {decided.map((milestone) => (
          <li key={milestone.index} className="py-3 first:pt-0 last:pb-0">
            <div className="flex flex-wrap items-baseline justify-between gap-x-4">
              <Link
                to="/p/$project/m/$milestone/receipt"
                params={{ project: project.id, milestone: String(milestone.index + 1) }}
                className="font-medium hover:underline"
              >
                {milestone.title}
              </Link>
              <MoneyAmount units={milestone.decision?.net ?? '0'} token={project.token} strong />
            </div>
            <p className="text-sm text-muted">
              {causeWords(milestone.decision?.cause ?? '')} ·{' '}
              <HashChip value={milestone.decision?.txHash ?? '0x'} label="Copy the transaction's hash" />
            </p>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function RefundCard({ project, signedIn }: { project: Project; signedIn: boolean }) {
  const review = useReview();
  const refundable = BigInt(project.ledger?.refundable ?? '0');
  if (refundable === 0n) return null;
  return (
    <Card aria-labelledby="refund">
      <CardHead id="refund" title="To be refunded" />
      <p>
        <MoneyAmount units={refundable} token={project.token} strong /> belong to the funders. Anyone may send them
        back.
      </p>
      <Button className="mt-3" disabled={!signedIn} onClick={() => review(refundProject(project))}>
        Refund {formatAmount(refundable, project.token.decimals)} {project.token.symbol}
      </Button>
    </Card>
  );
}
