import { ACCEPTANCE_CHECK_KINDS, type AcceptanceCheckKind } from '@milepost/protocol/acceptance-checks';
import { Plus, Trash2 } from 'lucide-react';
import { Button } from '../../ui/button';
import { Card, CardHead } from '../../ui/card';
import { Fold } from '../../ui/fold';
import { Choice, SelectField, TextField } from '../../ui/field';
import { newCheck, RULES, ruleInfo, usesOracle, usesPanel, type CheckForm, type MilestoneForm } from './model';
import { PersonField } from './person-field';
import type { StepProps } from './wizard';

const KIND_WORDS: Record<AcceptanceCheckKind, string> = {
  'file-present': 'A file is delivered',
  'max-size': 'A file is not too large',
  'csv-columns': 'A table has these columns',
  'csv-min-rows': 'A table has enough rows',
  'csv-max-empty-bps': 'A table has few empty cells',
  'json-valid': 'A file is valid JSON',
  'text-contains': 'A text contains a phrase',
};

/** Who says yes, milestone by milestone; and the people that this needs. */
export function RuleStep(props: StepProps) {
  const { draft, set, error, people } = props;
  const patch = (index: number, news: Partial<MilestoneForm>) =>
    set({ milestones: draft.milestones.map((item, i) => (i === index ? { ...item, ...news } : item)) });
  return (
    <>
      {draft.milestones.map((milestone, index) => (
        <Card key={milestone.key} aria-label={`Rule of milestone ${index + 1}`}>
          <CardHead title={`${index + 1}. ${milestone.title || 'Milestone'}`} level={3} />
          <SelectField
            label="Who decides"
            hint={ruleInfo(milestone.rule).hint}
            value={milestone.rule}
            onChange={(event) => {
              const rule = event.target.value as MilestoneForm['rule'];
              patch(index, {
                rule,
                checks:
                  usesOracle(rule) && milestone.checks.length === 0
                    ? [newCheck('csv-columns'), newCheck('csv-min-rows')]
                    : milestone.checks,
              });
            }}
          >
            {RULES.map((item) => (
              <option key={item.rule} value={item.rule}>
                {item.label}
              </option>
            ))}
          </SelectField>
          {usesOracle(milestone.rule) && (
            <Checks milestone={milestone} index={index} patch={(checks) => patch(index, { checks })} error={error} />
          )}
        </Card>
      ))}
      {usesPanel(draft) && (
        <Card aria-labelledby="panel">
          <CardHead id="panel" title="Panel" level={3}>
            <Button size="sm" disabled={draft.panel.length >= 7} onClick={() => set({ panel: [...draft.panel, ''] })}>
              <Plus aria-hidden className="size-4" /> Add a seat
            </Button>
          </CardHead>
          <ul className="grid gap-3 md:grid-cols-2">
            {draft.panel.map((account, index) => (
              <li key={index} className="grid grid-cols-[minmax(0,1fr)_2.5rem] items-start gap-2">
                <PersonField
                  label={`Panel seat ${index + 1}`}
                  value={account}
                  people={people}
                  error={error(`panel.${index}`)}
                  onChange={(next) => set({ panel: draft.panel.map((item, i) => (i === index ? next : item)) })}
                />
                <Button
                  variant="ghost"
                  size="icon"
                  className="mt-6"
                  disabled={draft.panel.length <= 3}
                  aria-label={`Remove panel seat ${index + 1}`}
                  onClick={() => set({ panel: draft.panel.filter((_, i) => i !== index) })}
                >
                  <Trash2 aria-hidden className="size-4" />
                </Button>
              </li>
            ))}
          </ul>
          {error('panel') && (
            <p role="alert" className="mt-2 font-medium text-bad">
              {error('panel')}
            </p>
          )}
          <p className="mt-3 text-sm text-muted">One vote each. Whoever is paid by the project cannot vote on it.</p>
        </Card>
      )}
      <Card aria-labelledby="silence">
        <CardHead id="silence" title="If nobody answers a delivery" level={3} />
        <fieldset className="grid gap-2 md:grid-cols-2">
          <legend className="sr-only">Outcome of silence</legend>
          <Choice
            type="radio"
            name="silence"
            label="It counts as approved"
            hint="Unless somebody objected: then it goes to dispute."
            checked={draft.silence === 'approve'}
            onChange={() => set({ silence: 'approve' })}
          />
          <Choice
            type="radio"
            name="silence"
            label="It goes to dispute"
            hint="The arbitrator decides; without a ruling half is paid."
            checked={draft.silence === 'dispute'}
            onChange={() => set({ silence: 'dispute' })}
          />
        </fieldset>
      </Card>
      <Card aria-labelledby="arbitrator">
        <CardHead id="arbitrator" title="If you disagree for good" level={3} />
        <PersonField
          label="Arbitrator"
          value={draft.arbitrator}
          people={people}
          error={error('arbitrator')}
          onChange={(arbitrator) => set({ arbitrator })}
        />
        <p className="mt-2 text-sm text-muted">
          Called only after negotiation and panel, and only if somebody pays the deposit. Otherwise the last decision
          stands.
        </p>
      </Card>
      <Numbers {...props} />
    </>
  );
}

function Checks({
  milestone,
  index,
  patch,
  error,
}: {
  milestone: MilestoneForm;
  index: number;
  patch: (checks: CheckForm[]) => void;
  error: StepProps['error'];
}) {
  const change = (at: number, news: Partial<CheckForm>) =>
    patch(milestone.checks.map((item, i) => (i === at ? { ...item, ...news } : item)));
  return (
    <fieldset className="mt-4">
      <legend className="font-medium">Tests that the oracle runs on the delivered files</legend>
      <ul className="mt-2 grid gap-3">
        {milestone.checks.map((item, at) => (
          <li key={at} className="rounded-md border border-hairline p-3">
            <div className="grid items-start gap-3 sm:grid-cols-2 md:grid-cols-[minmax(0,1.2fr)_minmax(0,1fr)_minmax(0,1fr)_2.5rem]">
              <SelectField
                label={`Test ${at + 1}`}
                value={item.kind}
                onChange={(event) => change(at, { kind: event.target.value as AcceptanceCheckKind })}
              >
                {ACCEPTANCE_CHECK_KINDS.map((kind) => (
                  <option key={kind} value={kind}>
                    {KIND_WORDS[kind]}
                  </option>
                ))}
              </SelectField>
              <TextField
                label="File"
                hint="* stands for anything"
                value={item.file}
                onChange={(event) => change(at, { file: event.target.value })}
              />
              <Parameter form={item} change={(news) => change(at, news)} />
              <Button
                variant="ghost"
                size="icon"
                className="mt-6"
                aria-label={`Remove test ${at + 1}`}
                disabled={milestone.checks.length === 1}
                onClick={() => patch(milestone.checks.filter((_, i) => i !== at))}
              >
                <Trash2 aria-hidden className="size-4" />
              </Button>
            </div>
            {error(`milestones.${index}.checks.${at}`) && (
              <p role="alert" className="mt-1 text-sm font-medium text-bad">
                {error(`milestones.${index}.checks.${at}`)}
              </p>
            )}
          </li>
        ))}
      </ul>
      {error(`milestones.${index}.checks`) && (
        <p role="alert" className="mt-2 font-medium text-bad">
          {error(`milestones.${index}.checks`)}
        </p>
      )}
      <Button
        size="sm"
        className="mt-2"
        disabled={milestone.checks.length >= 50}
        onClick={() => patch([...milestone.checks, newCheck('file-present')])}
      >
        <Plus aria-hidden className="size-4" /> Add a test
      </Button>
    </fieldset>
  );
}

function Parameter({ form, change }: { form: CheckForm; change: (news: Partial<CheckForm>) => void }) {
  switch (form.kind) {
    case 'csv-columns':
      return (
        <TextField
          label="Columns"
          hint="With commas between"
          value={form.columns}
          onChange={(event) => change({ columns: event.target.value })}
        />
      );
    case 'csv-min-rows':
      return (
        <TextField
          label="At least rows"
          inputMode="numeric"
          value={form.rows}
          onChange={(event) => change({ rows: event.target.value })}
        />
      );
    case 'csv-max-empty-bps':
      return (
        <TextField
          label="At most empty"
          inputMode="decimal"
          suffix="%"
          value={form.percent}
          onChange={(event) => change({ percent: event.target.value })}
        />
      );
    case 'max-size':
      return (
        <TextField
          label="At most"
          inputMode="numeric"
          suffix="MB"
          value={form.megabytes}
          onChange={(event) => change({ megabytes: event.target.value })}
        />
      );
    case 'text-contains':
      return <TextField label="Phrase" value={form.text} onChange={(event) => change({ text: event.target.value })} />;
    case 'file-present':
    case 'json-valid':
      return <span aria-hidden className="max-md:hidden" />;
  }
}

function Numbers({ draft, set, error }: StepProps) {
  const wrong = ['reviewDays', 'maxRounds', 'holdbackPercent', 'warrantyDays', 'killPercent'].some((field) =>
    error(field),
  );
  return (
    <Fold
      summary={
        wrong ? 'More terms: a number needs your attention' : 'More terms: review time, rounds, holdback, warranty'
      }
    >
      <div className="grid gap-4 sm:grid-cols-2 md:grid-cols-3">
        <TextField
          label="Review time"
          suffix="days"
          inputMode="numeric"
          value={draft.reviewDays}
          onChange={(event) => set({ reviewDays: event.target.value })}
          error={error('reviewDays')}
        />
        <TextField
          label="Deliveries per milestone, at most"
          inputMode="numeric"
          value={draft.maxRounds}
          onChange={(event) => set({ maxRounds: event.target.value })}
          error={error('maxRounds')}
        />
        <TextField
          label="Holdback"
          suffix="%"
          inputMode="decimal"
          hint="Kept from each payment for the warranty."
          value={draft.holdbackPercent}
          onChange={(event) => set({ holdbackPercent: event.target.value })}
          error={error('holdbackPercent')}
        />
        <TextField
          label="Warranty"
          suffix="days"
          inputMode="numeric"
          value={draft.warrantyDays}
          onChange={(event) => set({ warrantyDays: event.target.value })}
          error={error('warrantyDays')}
        />
        <TextField
          label="Kill fee"
          suffix="%"
          inputMode="decimal"
          hint="For the contributor if the client ends the project."
          value={draft.killPercent}
          onChange={(event) => set({ killPercent: event.target.value })}
          error={error('killPercent')}
        />
      </div>
    </Fold>
  );
}
