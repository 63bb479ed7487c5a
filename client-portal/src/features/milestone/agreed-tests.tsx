import { criteriaItems, describeCriteria, type Criteria } from '@milepost/protocol/criteria';
import { formatBps } from '../../lib/money';
import { Fold } from '../../ui/fold';

/** The acceptance document in words: what is checked, with its share, and everything that was signed about it. */
export function AgreedTests({ criteria }: { criteria: Criteria }) {
  return (
    <section aria-label="Tests of the oracle" className="mt-4 border-t border-hairline pt-4">
      <h3 className="mb-2 font-semibold">Tests that the oracle runs</h3>
      <ol className="grid gap-2">
        {criteriaItems(criteria).map((item) => (
          <li key={item.id} className="flex items-baseline justify-between gap-4">
            <span>{item.title}</span>
            <span className="num text-sm text-muted">{shareOf(criteria, item)}</span>
          </li>
        ))}
      </ol>
      <p className="mt-2 text-sm text-muted">{payWords(criteria)}</p>
      <div className="mt-3">
        <Fold summary="Every word that both sides sign" quiet>
          <ul className="grid list-disc gap-1 ps-5 text-sm">
            {describeCriteria(criteria).map((sentence) => (
              <li key={sentence} className="break-words">
                {sentence}
              </li>
            ))}
          </ul>
        </Fold>
      </div>
    </section>
  );
}

function shareOf(criteria: Criteria, { id, weight }: { readonly id: string; readonly weight: number }): string {
  if (criteria.kind === 'sampled-batch' || criteria.mustPass.includes(id)) return 'must pass';
  return formatBps(weight);
}

function payWords({ pay, kind }: Criteria): string {
  const least = formatBps(pay.minBps);
  if (pay.mode === 'items') return `Pays the share of payable items; nothing below ${least}.`;
  if (pay.mode === 'weights') return `Pays the passed share; nothing below ${least}.`;
  return kind === 'sampled-batch'
    ? `Pays in full once ${least} of the items are payable.`
    : `Pays in full once ${least} of the weight passes.`;
}
