import { Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../ui/button';
import { Card, CardHead } from '../../ui/card';
import { Choice, TextArea, TextField } from '../../ui/field';
import { newDraft, TEMPLATES } from './model';
import { PersonField } from './person-field';
import type { StepProps } from './wizard';

/** What it is about, who delivers, who is paid. */
export function ScopeStep({ draft, set, error, people, config, fresh }: StepProps & { fresh: boolean }) {
  const [template, setTemplate] = useState<string | null>(null);
  return (
    <>
      {fresh && (
        <Card aria-labelledby="template">
          <CardHead id="template" title="Start from" level={3} />
          <fieldset className="grid gap-2 md:grid-cols-3">
            <legend className="sr-only">Template</legend>
            {TEMPLATES.map((item, index) => (
              <Choice
                key={item.id}
                type="radio"
                name="template"
                label={item.label}
                hint={item.hint}
                checked={template === null ? index === 0 : template === item.id}
                onChange={() => {
                  setTemplate(item.id);
                  set(newDraft(item, config.localAccounts));
                }}
              />
            ))}
          </fieldset>
        </Card>
      )}
      <Card aria-label="Project">
        <div className="grid gap-4">
          <TextField
            label="Project name"
            required
            maxLength={120}
            value={draft.title}
            onChange={(event) => set({ title: event.target.value })}
            error={error('title')}
          />
          <TextArea
            label="Summary"
            hint="What is done and why, in two or three sentences."
            maxLength={2000}
            value={draft.summary}
            onChange={(event) => set({ summary: event.target.value })}
          />
          <PersonField
            label="Contributor, who delivers the work"
            value={draft.contributor}
            people={people}
            error={error('contributor')}
            onChange={(contributor) => set({ contributor })}
          />
        </div>
      </Card>
      <Card aria-labelledby="payees">
        <CardHead id="payees" title="Who is paid" level={3}>
          <Button
            size="sm"
            disabled={draft.payees.length >= 8}
            onClick={() => set({ payees: [...draft.payees, { account: '', percent: '' }] })}
          >
            <Plus aria-hidden className="size-4" /> Add a payee
          </Button>
        </CardHead>
        {draft.payees.length === 0 ? (
          <p className="text-muted">The contributor alone. Add payees to split every payment.</p>
        ) : (
          <ul className="grid gap-3">
            {draft.payees.map((payee, index) => {
              const patch = (news: Partial<typeof payee>) =>
                set({ payees: draft.payees.map((item, i) => (i === index ? { ...item, ...news } : item)) });
              return (
                <li key={index} className="grid grid-cols-[minmax(0,1fr)_6.5rem_2.5rem] items-start gap-2">
                  <PersonField
                    label={`Payee ${index + 1}`}
                    value={payee.account}
                    people={people}
                    error={error(`payees.${index}.account`)}
                    onChange={(account) => patch({ account })}
                  />
                  <TextField
                    label="Share"
                    inputMode="decimal"
                    suffix="%"
                    value={payee.percent}
                    onChange={(event) => patch({ percent: event.target.value })}
                    error={error(`payees.${index}.percent`)}
                  />
                  <Button
                    variant="ghost"
                    size="icon"
                    className="mt-6"
                    aria-label={`Remove payee ${index + 1}`}
                    onClick={() => set({ payees: draft.payees.filter((_, i) => i !== index) })}
                  >
                    <Trash2 aria-hidden className="size-4" />
                  </Button>
                </li>
              );
            })}
          </ul>
        )}
        {error('payees') && (
          <p role="alert" className="mt-2 font-medium text-bad">
            {error('payees')}
          </p>
        )}
        <p className="mt-3 text-sm text-muted">
          Every payment is split to the last unit; what does not divide goes to the first payee.
        </p>
      </Card>
    </>
  );
}
