import { Plus, Trash2 } from 'lucide-react';
import { Button } from '../../ui/button';
import { Card, CardHead, Note } from '../../ui/card';
import { Fold } from '../../ui/fold';
import { Choice, SelectField, TextField } from '../../ui/field';
import { RULES, ruleInfo, ruleWarning, usesOracle, usesPanel, type MilestoneForm } from './model';
import { PersonField } from './person-field';
import { TestsEditor } from './tests-editor';
import { newCheck } from './tests-form';
import type { StepProps } from './wizard';

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
          {ruleWarning(milestone.rule) !== null && (
            <Note tone="warn" className="mt-3" title="What you trust">
              {ruleWarning(milestone.rule)} The oracle attests the result of a test, never taste.
            </Note>
          )}
          {usesOracle(milestone.rule) && (
            <TestsEditor
              milestone={milestone}
              patch={(news) => patch(index, news)}
              error={(field) => error(`milestones.${index}.${field}`)}
            />
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
