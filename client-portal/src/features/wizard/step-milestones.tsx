import { Plus, Trash2 } from 'lucide-react';
import { AmountError, formatAmount, parseAmount } from '../../lib/money';
import { Button } from '../../ui/button';
import { Card, CardHead } from '../../ui/card';
import { TextArea, TextField } from '../../ui/field';
import { newKey, newMilestone, type Draft, type MilestoneForm } from './model';
import type { StepProps } from './wizard';

/** Sum of the amounts that can be read; null while one cannot. */
export function totalOf(draft: Draft, decimals: number): bigint | null {
  try {
    return draft.milestones.reduce((sum, milestone) => sum + parseAmount(milestone.amount, decimals), 0n);
  } catch (error) {
    if (error instanceof AmountError) return null;
    throw error;
  }
}

/** The work in parts, each with its amount, date and the lines that define “done”. */
export function MilestonesStep({ draft, set, error, config }: StepProps) {
  const { token } = config;
  const total = totalOf(draft, token.decimals);
  const patch = (index: number, news: Partial<MilestoneForm>) =>
    set({ milestones: draft.milestones.map((item, i) => (i === index ? { ...item, ...news } : item)) });
  return (
    <>
      {draft.milestones.map((milestone, index) => (
        <Card key={milestone.key} aria-label={`Milestone ${index + 1}`}>
          <CardHead title={`Milestone ${index + 1}`} level={3}>
            {draft.milestones.length > 1 && (
              <Button
                variant="ghost"
                size="sm"
                aria-label={`Remove milestone ${index + 1}`}
                onClick={() => set({ milestones: draft.milestones.filter((_, i) => i !== index) })}
              >
                <Trash2 aria-hidden className="size-4" /> Remove
              </Button>
            )}
          </CardHead>
          <div className="grid gap-4 sm:grid-cols-2 md:grid-cols-[minmax(0,2fr)_minmax(0,1fr)_minmax(0,1fr)]">
            <TextField
              className="sm:max-md:col-span-2"
              label="Name"
              maxLength={120}
              value={milestone.title}
              onChange={(event) => patch(index, { title: event.target.value })}
              error={error(`milestones.${index}.title`)}
            />
            <TextField
              label="Amount"
              inputMode="decimal"
              suffix={token.symbol}
              value={milestone.amount}
              onChange={(event) => patch(index, { amount: event.target.value })}
              error={error(`milestones.${index}.amount`)}
            />
            <TextField
              label="Due, days after start"
              inputMode="numeric"
              value={milestone.dueDays}
              onChange={(event) => patch(index, { dueDays: event.target.value })}
              error={error(`milestones.${index}.dueDays`)}
            />
          </div>
          <TextArea
            className="mt-4"
            label="Description"
            maxLength={8000}
            rows={2}
            value={milestone.description}
            onChange={(event) => patch(index, { description: event.target.value })}
          />
          <fieldset className="mt-4">
            <legend className="font-medium">What “done” means, line by line</legend>
            <ul className="mt-2 grid gap-2">
              {milestone.criteria.map((criterion, line) => (
                <li key={criterion.key} className="grid grid-cols-[minmax(0,1fr)_2.5rem] gap-2">
                  <TextField
                    label={`Criterion ${line + 1} of milestone ${index + 1}`}
                    hideLabel
                    maxLength={1000}
                    placeholder="Something a reviewer can check"
                    value={criterion.text}
                    onChange={(event) =>
                      patch(index, {
                        criteria: milestone.criteria.map((item) =>
                          item.key === criterion.key ? { ...item, text: event.target.value } : item,
                        ),
                      })
                    }
                    error={line === 0 ? error(`milestones.${index}.criteria`) : null}
                  />
                  <Button
                    variant="ghost"
                    size="icon"
                    aria-label={`Remove criterion ${line + 1} of milestone ${index + 1}`}
                    disabled={milestone.criteria.length === 1}
                    onClick={() =>
                      patch(index, { criteria: milestone.criteria.filter((item) => item.key !== criterion.key) })
                    }
                  >
                    <Trash2 aria-hidden className="size-4" />
                  </Button>
                </li>
              ))}
            </ul>
            <Button
              size="sm"
              className="mt-2"
              disabled={milestone.criteria.length >= 20}
              onClick={() => patch(index, { criteria: [...milestone.criteria, { key: newKey(), text: '' }] })}
            >
              <Plus aria-hidden className="size-4" /> Add a criterion
            </Button>
          </fieldset>
        </Card>
      ))}
      <div className="flex flex-wrap items-center justify-between gap-3">
        <Button
          disabled={draft.milestones.length >= 16}
          onClick={() => set({ milestones: [...draft.milestones, newMilestone('panel')] })}
        >
          <Plus aria-hidden className="size-4" /> Add a milestone
        </Button>
        <p aria-live="polite" className="text-lg">
          Total{' '}
          <strong className="num">
            {total === null ? '…' : `${formatAmount(total, token.decimals)} ${token.symbol}`}
          </strong>
        </p>
      </div>
    </>
  );
}
