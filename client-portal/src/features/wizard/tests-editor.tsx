import { SLA_OPERATORS, type CriteriaKind, type SlaOperator } from '@milepost/protocol/criteria';
import { Plus, Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from '../../ui/button';
import { Note } from '../../ui/card';
import { SelectField, TextArea, TextField } from '../../ui/field';
import { FileChecks, type FieldError } from './file-checks';
import type { MilestoneForm } from './model';
import {
  KINDS,
  newCheck,
  newDocument,
  newObjective,
  type DocumentForm,
  type ObjectiveForm,
  type TestsForm,
} from './tests-form';

const OPERATOR_WORDS: Record<SlaOperator, string> = {
  'at-least': 'at least',
  'at-most': 'at most',
  above: 'above',
  below: 'below',
};

interface EditorProps {
  tests: TestsForm;
  change: (news: Partial<TestsForm>) => void;
  error: FieldError;
}

/** What the oracle checks: the kind of acceptance document, its fields, and what passing pays. */
export function TestsEditor({
  milestone,
  patch,
  error,
}: {
  milestone: MilestoneForm;
  patch: (news: Partial<MilestoneForm>) => void;
  error: FieldError;
}) {
  const { tests, checks } = milestone;
  const change = (news: Partial<TestsForm>) => patch({ tests: { ...tests, ...news } });
  const info = KINDS.find(({ kind }) => kind === tests.kind);
  const props: EditorProps = { tests, change, error };
  return (
    <div className="mt-4 grid grid-cols-[minmax(0,1fr)] gap-4">
      <SelectField
        label="What the oracle checks"
        hint={info?.hint ?? ''}
        value={tests.kind}
        onChange={(event) => {
          const kind = event.target.value as CriteriaKind;
          patch({
            tests: { ...tests, kind },
            ...(kind === 'acceptance-suite' && checks.length === 0
              ? { checks: [newCheck('csv-columns'), newCheck('csv-min-rows')] }
              : {}),
          });
        }}
      >
        {KINDS.map(({ kind, label }) => (
          <option key={kind} value={kind}>
            {label}
          </option>
        ))}
      </SelectField>
      {tests.kind === 'acceptance-suite' && (
        <FileChecks checks={checks} patch={(next) => patch({ checks: next })} error={error} />
      )}
      {tests.kind === 'ci-checks' && <CiFields {...props} />}
      {tests.kind === 'sla-metrics' && <SlaFields {...props} />}
      {tests.kind === 'document-hash' && <DocumentFields {...props} />}
      {tests.kind === 'sampled-batch' && <BatchFields {...props} />}
      <PayFields {...props} />
      {error('tests') !== null && (
        <p role="alert" className="font-medium text-bad">
          {error('tests')}
        </p>
      )}
      {info && <Note tone="neutral">{info.warning}</Note>}
    </div>
  );
}

function CiFields({ tests, change, error }: EditorProps) {
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <TextField
        label="Repository"
        hint="owner/name"
        value={tests.repository}
        error={error('tests.repository')}
        onChange={(event) => change({ repository: event.target.value })}
      />
      <TextField
        label="API of the host"
        hint="https, without a slash at the end"
        inputMode="url"
        value={tests.api}
        error={error('tests.api')}
        onChange={(event) => change({ api: event.target.value })}
      />
      <TextArea
        label="Checks that must be green"
        hint="One name a line, exactly as the host shows it. The contributor names the commit with the delivery."
        className="sm:col-span-2"
        value={tests.checkNames}
        error={error('tests.checkNames')}
        onChange={(event) => change({ checkNames: event.target.value })}
      />
    </div>
  );
}

function SlaFields({ tests, change, error }: EditorProps) {
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label="Metrics source"
          hint="An https address that answers with whole numbers"
          inputMode="url"
          className="sm:col-span-2"
          value={tests.source}
          error={error('tests.source')}
          onChange={(event) => change({ source: event.target.value })}
        />
        <TextField
          label="From (UTC)"
          type="datetime-local"
          value={tests.from}
          error={error('tests.from')}
          onChange={(event) => change({ from: event.target.value })}
        />
        <TextField
          label="Until (UTC)"
          hint="The verdict comes after this moment: submit with enough time left."
          type="datetime-local"
          value={tests.to}
          error={error('tests.to')}
          onChange={(event) => change({ to: event.target.value })}
        />
        <TextField
          label="One sample every"
          suffix="minutes"
          inputMode="numeric"
          value={tests.stepMinutes}
          error={error('tests.stepMinutes')}
          onChange={(event) => change({ stepMinutes: event.target.value })}
        />
      </div>
      <Entries
        legend="Thresholds"
        items={tests.objectives}
        change={(objectives) => change({ objectives })}
        make={newObjective}
        most={10}
        add="Add a threshold"
        error={error}
        name="objectives"
      >
        {(form, set, at) => <Objective form={form} set={set} at={at} />}
      </Entries>
    </>
  );
}

function Objective({
  form,
  set,
  at,
}: {
  form: ObjectiveForm;
  set: (news: Partial<ObjectiveForm>) => void;
  at: number;
}) {
  return (
    <div className="grid grid-cols-2 items-start gap-3 md:grid-cols-3">
      <TextField
        label={`Series ${at + 1}`}
        hint="As the source names it"
        value={form.series}
        onChange={(event) => set({ series: event.target.value })}
      />
      <SelectField label="Must be" value={form.op} onChange={(event) => set({ op: event.target.value as SlaOperator })}>
        {SLA_OPERATORS.map((op) => (
          <option key={op} value={op}>
            {OPERATOR_WORDS[op]}
          </option>
        ))}
      </SelectField>
      <TextField
        label="Threshold"
        hint="A whole number"
        inputMode="numeric"
        value={form.threshold}
        onChange={(event) => set({ threshold: event.target.value })}
      />
      <TextField label="Unit" value={form.unit} onChange={(event) => set({ unit: event.target.value })} />
      <TextField
        label="Breaches allowed"
        inputMode="numeric"
        value={form.maxBreaches}
        onChange={(event) => set({ maxBreaches: event.target.value })}
      />
      <TextField
        label="Missing allowed"
        hint="One more counts as a breach"
        inputMode="numeric"
        value={form.maxMissing}
        onChange={(event) => set({ maxMissing: event.target.value })}
      />
    </div>
  );
}

function DocumentFields({ tests, change, error }: EditorProps) {
  return (
    <Entries
      legend="Documents that must be there"
      items={tests.documents}
      change={(documents) => change({ documents })}
      make={newDocument}
      most={50}
      add="Add a document"
      error={error}
      name="documents"
    >
      {(form, set, at) => <RequiredDocument form={form} set={set} at={at} />}
    </Entries>
  );
}

function RequiredDocument({
  form,
  set,
  at,
}: {
  form: DocumentForm;
  set: (news: Partial<DocumentForm>) => void;
  at: number;
}) {
  return (
    <div className="grid items-start gap-3 sm:grid-cols-2">
      <TextField
        label={`Document ${at + 1}`}
        hint="What it is, for people"
        value={form.title}
        onChange={(event) => set({ title: event.target.value })}
      />
      <TextField
        label="File"
        hint="* stands for anything"
        value={form.file}
        onChange={(event) => set({ file: event.target.value })}
      />
      <TextField
        label="SHA-256, if it must be exactly this file"
        hint="Leave empty for a document that is yet to be written"
        className="sm:col-span-2"
        value={form.sha256}
        onChange={(event) => set({ sha256: event.target.value })}
      />
    </div>
  );
}

function BatchFields({ tests, change, error }: EditorProps) {
  const number = (
    field: 'lot' | 'labels' | 'contributors' | 'drawDelay' | 'needInspectors',
    label: string,
    hint: string,
  ) => (
    <TextField
      label={label}
      hint={hint}
      inputMode="numeric"
      value={tests[field]}
      error={error(`tests.${field}`)}
      onChange={(event) => change({ [field]: event.target.value })}
    />
  );
  return (
    <div className="grid gap-4 sm:grid-cols-2 md:grid-cols-3">
      {number('lot', 'Records in the lot', '3,201 to 10,000')}
      {number('labels', 'Different labels', '2 to 20')}
      {number('contributors', 'People who label', 'Counted one by one')}
      {number('drawDelay', 'Blocks until the draw', 'Counted from the submission')}
      {number('needInspectors', 'Inspectors who must agree', 'Of those named below')}
      <TextArea
        label="Inspectors"
        hint="One address a line, one to four. They see the drawn items and sign the defects."
        className="sm:col-span-2 md:col-span-3"
        value={tests.inspectors}
        error={error('tests.inspectors')}
        onChange={(event) => change({ inspectors: event.target.value })}
      />
      <TextArea
        label="Hidden sets, sealed"
        hint="One commitment a line, one for each round: SHA-256 of salt and list. The list itself is shown after the submission."
        className="sm:col-span-2 md:col-span-3"
        value={tests.gold}
        error={error('tests.gold')}
        onChange={(event) => change({ gold: event.target.value })}
      />
    </div>
  );
}

function PayFields({ tests, change, error }: EditorProps) {
  const batch = tests.kind === 'sampled-batch';
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <SelectField
        label="What passing pays"
        hint={
          tests.pay === 'all'
            ? 'One that fails: nothing is paid, and the contributor may deliver again.'
            : 'A part below 100% always waits for objections before it is paid.'
        }
        value={tests.pay}
        onChange={(event) => change({ pay: event.target.value as TestsForm['pay'] })}
      >
        <option value="all">
          {batch ? 'Everything, if every item is payable' : 'Everything, if everything passes'}
        </option>
        <option value="share">{batch ? 'The share of payable items' : 'The share that passes'}</option>
      </SelectField>
      {tests.pay === 'share' && (
        <TextField
          label="Nothing below"
          suffix="%"
          inputMode="decimal"
          value={tests.minPercent}
          error={error('tests.minPercent')}
          onChange={(event) => change({ minPercent: event.target.value })}
        />
      )}
    </div>
  );
}

/** A list whose entries can be added and removed; at least one stays. */
function Entries<T>({
  legend,
  items,
  change,
  make,
  most,
  add,
  error,
  name,
  children,
}: {
  legend: string;
  items: readonly T[];
  change: (items: T[]) => void;
  make: () => T;
  most: number;
  add: string;
  error: FieldError;
  name: string;
  children: (item: T, set: (news: Partial<T>) => void, at: number) => ReactNode;
}) {
  return (
    <fieldset>
      <legend className="font-medium">{legend}</legend>
      <ul className="mt-2 grid gap-3">
        {items.map((item, at) => (
          <li key={at} className="rounded-md border border-hairline p-3">
            <div className="grid grid-cols-[minmax(0,1fr)_2.5rem] items-start gap-3">
              {children(item, (news) => change(items.map((one, i) => (i === at ? { ...one, ...news } : one))), at)}
              <Button
                variant="ghost"
                size="icon"
                className="mt-6"
                aria-label={`Remove entry ${at + 1} of ${legend}`}
                disabled={items.length === 1}
                onClick={() => change(items.filter((_, i) => i !== at))}
              >
                <Trash2 aria-hidden className="size-4" />
              </Button>
            </div>
            {error(`tests.${name}.${at}`) !== null && (
              <p role="alert" className="mt-1 text-sm font-medium text-bad">
                {error(`tests.${name}.${at}`)}
              </p>
            )}
          </li>
        ))}
      </ul>
      {error(`tests.${name}`) !== null && (
        <p role="alert" className="mt-2 font-medium text-bad">
          {error(`tests.${name}`)}
        </p>
      )}
      <Button size="sm" className="mt-2" disabled={items.length >= most} onClick={() => change([...items, make()])}>
        <Plus aria-hidden className="size-4" /> {add}
      </Button>
    </fieldset>
  );
}
