import { livenessDates, longestReview, silenceRows } from '../../domain/silence';
import { formatBps } from '../../lib/money';
import { Card, CardHead, Facts, Note } from '../../ui/card';
import { ErrorPanel } from '../../ui/feedback';
import { SilenceTable } from '../../ui/ledger';
import { AddressChip, DateTime, MoneyAmount, chainNow } from '../../ui/values';
import { ruleInfo, toTerms, type Built } from './model';
import { totalOf } from './step-milestones';
import type { StepProps } from './wizard';

/** What will be signed, and what silence does, before anyone is bound. */
export function ReviewStep({ draft, config, client }: StepProps) {
  let built: Built;
  try {
    built = toTerms(draft, client.address, config, Math.floor(chainNow().getTime() / 1000));
  } catch (error) {
    return <ErrorPanel error={error} what="The terms cannot be made from this draft. Go back and correct it." />;
  }
  const { terms } = built;
  const dates = livenessDates(terms);
  const total = totalOf(draft, config.token.decimals) ?? 0n;
  const long = longestReview(terms);
  return (
    <>
      <Card aria-labelledby="sum">
        <CardHead id="sum" title={draft.title} level={3} />
        <Facts
          rows={[
            ['Client', <AddressChip key="c" address={client.address} plain />],
            ['Contributor', <AddressChip key="w" address={draft.contributor} plain />],
            ...terms.payees.map(
              (payee) =>
                [
                  `Payee, ${formatBps(payee.weight)}`,
                  <AddressChip key={payee.account} address={payee.account} plain />,
                ] as const,
            ),
            ['Total', <MoneyAmount key="t" units={total} token={config.token} strong />],
            [`Fee, from what is paid`, formatBps(config.feeBps)],
            ['Holdback', `${draft.holdbackPercent}% for ${draft.warrantyDays} days`],
            ['Arbitrator', <AddressChip key="a" address={draft.arbitrator} plain />],
          ]}
        />
      </Card>
      <Card aria-labelledby="clocks">
        <CardHead id="clocks" title="Three dates" level={3} />
        <Facts
          rows={[
            ['First clock that ends by itself', <DateTime key="1" at={dates.nextExit} mode="absolute" />],
            ['If nobody ever acts, over by', <DateTime key="2" at={dates.ifNobody} mode="absolute" />],
            [
              'At the latest, everything is paid or refunded by',
              <DateTime key="3" at={dates.finalBy} mode="absolute" />,
            ],
          ]}
        />
        {long > 30 && (
          <Note tone="warn" className="mt-3">
            A delivery may stay undecided for {Math.ceil(long)} days. More than 30 is long.
          </Note>
        )}
        {draft.silence === 'approve' && (
          <Note tone="info" className="mt-3">
            Silence approves: if the people who decide do not answer a delivery in time and nobody objected, it is paid
            in full.
          </Note>
        )}
      </Card>
      {terms.milestones.map((milestone, index) => (
        <Card key={index} aria-label={`Milestone ${index + 1}`}>
          <CardHead title={`${index + 1}. ${milestone.title}`} level={3}>
            <MoneyAmount units={milestone.amount} token={config.token} strong />
          </CardHead>
          <p>
            <span className="font-medium">{ruleInfo(draft.milestones[index]?.rule ?? 'client').label}.</span>{' '}
            {ruleInfo(draft.milestones[index]?.rule ?? 'client').hint}
          </p>
          <ul className="mt-2 list-disc ps-5 text-muted">
            {milestone.criteria.map((criterion) => (
              <li key={criterion.id}>{criterion.text}</li>
            ))}
          </ul>
          <details className="mt-3">
            <summary className="font-medium text-accent">What if somebody does not act?</summary>
            <div className="mt-2">
              <SilenceTable caption={`Clocks of milestone ${index + 1}`} rows={silenceRows(terms, index)} />
            </div>
          </details>
        </Card>
      ))}
      <Note tone="neutral">
        Files are readable by the two parties, the people who decide and the arbitrator. Names and texts stay off the
        chain; only fingerprints go on it.
      </Note>
    </>
  );
}
