import { ACCEPTANCE_CHECK_KINDS, type AcceptanceCheckKind } from '@milepost/protocol/acceptance-checks';
import { Plus, Trash2 } from 'lucide-react';
import { Button } from '../../ui/button';
import { SelectField, TextField } from '../../ui/field';
import { newCheck, type CheckForm } from './tests-form';

/** The message of a field of the milestone, once the person has had a chance to see it. */
export type FieldError = (field: string) => string | null;

const KIND_WORDS: Record<AcceptanceCheckKind, string> = {
  'file-present': 'A file is delivered',
  'max-size': 'A file is not too large',
  'csv-columns': 'A table has these columns',
  'csv-min-rows': 'A table has enough rows',
  'csv-max-empty-bps': 'A table has few empty cells',
  'json-valid': 'A file is valid JSON',
  'text-contains': 'A text contains a phrase',
};

/** Tests over the delivered files: one line each. */
export function FileChecks({
  checks,
  patch,
  error,
}: {
  checks: readonly CheckForm[];
  patch: (checks: CheckForm[]) => void;
  error: FieldError;
}) {
  const change = (at: number, news: Partial<CheckForm>) =>
    patch(checks.map((item, i) => (i === at ? { ...item, ...news } : item)));
  return (
    <fieldset>
      <legend className="font-medium">Tests that the oracle runs on the delivered files</legend>
      <ul className="mt-2 grid gap-3">
        {checks.map((item, at) => (
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
                disabled={checks.length === 1}
                onClick={() => patch(checks.filter((_, i) => i !== at))}
              >
                <Trash2 aria-hidden className="size-4" />
              </Button>
            </div>
            {error(`checks.${at}`) && (
              <p role="alert" className="mt-1 text-sm font-medium text-bad">
                {error(`checks.${at}`)}
              </p>
            )}
          </li>
        ))}
      </ul>
      {error('checks') && (
        <p role="alert" className="mt-2 font-medium text-bad">
          {error('checks')}
        </p>
      )}
      <Button
        size="sm"
        className="mt-2"
        disabled={checks.length >= 50}
        onClick={() => patch([...checks, newCheck('file-present')])}
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
