import { criteriaText } from '@milepost/protocol/criteria';
import { canonicalHash, type Json } from '@milepost/protocol/canonical';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { request, send } from '../../api/client';
import { keys, peopleQuery } from '../../api/queries';
import type { Config, Person, Project } from '../../api/types';
import { randomHex } from '../../lib/random';
import { Button, TxButton } from '../../ui/button';
import { Note } from '../../ui/card';
import { ErrorPanel } from '../../ui/feedback';
import { chainNow } from '../../ui/values';
import { check, toTerms, type Draft, type Step } from './model';
import type { Choices } from './person-field';
import { MilestonesStep } from './step-milestones';
import { ReviewStep } from './step-review';
import { RuleStep } from './step-rule';
import { ScopeStep } from './step-scope';

const STEPS: readonly { step: Step; label: string }[] = [
  { step: 'scope', label: 'Scope' },
  { step: 'milestones', label: 'Milestones' },
  { step: 'rule', label: 'Decision rule' },
  { step: 'review', label: 'Review' },
];

export interface StepProps {
  draft: Draft;
  set: (news: Partial<Draft>) => void;
  /** Messages by field; only those the person has had a chance to see. */
  error: (field: string) => string | null;
  people: Choices;
  config: Config;
  client: Person;
}

interface WizardProps {
  person: Person;
  config: Config;
  start: Draft;
  project: Project | null;
  onChange: (draft: Draft) => void;
  onSaved: () => void;
}

/** Oracle documents are stored before the terms that name them. */
async function storeDocuments(documents: ReturnType<typeof toTerms>['documents']): Promise<void> {
  for (const document of documents) {
    const text = criteriaText(document);
    const response = await send('POST', '/oracle/documents', {
      text,
      idempotencyKey: canonicalHash(document).slice(2, 50),
    });
    const { sha256 } = (await response.json()) as { sha256: string };
    if (sha256.toLowerCase() !== canonicalHash(document).toLowerCase())
      throw new Error('The server stored the tests under another fingerprint. The draft was not saved.');
  }
}

export function Wizard({ person, config, start, project, onChange, onSaved }: WizardProps) {
  const [draft, setDraft] = useState(start);
  const [at, setAt] = useState(0);
  const [tried, setTried] = useState<ReadonlySet<Step>>(new Set());
  const people = useQuery(peopleQuery);
  const client = useQueryClient();
  const navigate = useNavigate();
  const heading = useRef<HTMLHeadingElement>(null);
  const step = STEPS[at]?.step ?? 'scope';
  const errors = check(draft, step, person.address, config.token.decimals);
  const key = useRef(randomHex(16).slice(2));

  const set = (news: Partial<Draft>) => {
    const next = { ...draft, ...news };
    setDraft(next);
    onChange(next);
    key.current = randomHex(16).slice(2);
  };
  const choices: Choices = [
    ...(config.localAccounts ?? []).map((account) => ({ address: account.address, name: account.name })),
    ...(people.data ?? []).filter(
      (item) => !config.localAccounts?.some((account) => account.address.toLowerCase() === item.address.toLowerCase()),
    ),
  ];
  const go = (index: number) => {
    setAt(index);
    scrollTo({ top: 0 });
    requestAnimationFrame(() => heading.current?.focus());
  };
  const form = useRef<HTMLFormElement>(null);
  const next = () => {
    setTried((all) => new Set(all).add(step));
    if (Object.keys(errors).length === 0) go(at + 1);
  };
  // After a refused step the first field that is wrong gets the focus.
  useEffect(() => {
    if (tried.has(step)) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [tried, step]);

  const save = useMutation({
    mutationFn: async () => {
      const { terms, documents } = toTerms(draft, person.address, config, Math.floor(chainNow().getTime() / 1000));
      await storeDocuments(documents);
      const body = { title: draft.title.trim(), summary: draft.summary.trim(), terms };
      return project
        ? request<Project>('PUT', `/projects/${project.id}/draft`, {
            body,
            headers: { 'if-match': String(project.version) },
          })
        : request<Project>('POST', '/projects', { body: body as unknown as Json, idempotencyKey: key.current });
    },
    onSuccess: async (saved) => {
      onSaved();
      client.setQueryData(keys.project(saved.id), saved);
      await client.invalidateQueries({ queryKey: keys.projects });
      await navigate({ to: '/p/$project', params: { project: saved.id } });
    },
    onError: () => {
      key.current = randomHex(16).slice(2);
    },
  });

  const props: StepProps = {
    draft,
    set,
    error: (field) => (tried.has(step) ? (errors[field] ?? null) : null),
    people: choices,
    config,
    client: person,
  };
  const wrong = Object.keys(errors).length;
  return (
    <div className="grid items-start gap-6 lg:grid-cols-[12rem_minmax(0,1fr)]">
      <nav aria-label="Steps">
        <ol className="flex gap-1 max-sm:flex-wrap lg:grid">
          {STEPS.map((item, index) => (
            <li key={item.step}>
              <button
                type="button"
                disabled={index > at}
                aria-current={index === at ? 'step' : undefined}
                onClick={() => go(index)}
                className="flex min-h-10 w-full items-center gap-2.5 rounded-md px-2 text-start text-muted hover:not-disabled:bg-raised aria-[current=step]:font-medium aria-[current=step]:text-text"
              >
                <span
                  aria-hidden
                  className={`num grid size-6 shrink-0 place-items-center rounded-full text-sm ${index === at ? 'bg-accent text-on-accent' : index < at ? 'bg-ok-soft text-ok' : 'bg-raised'}`}
                >
                  {index + 1}
                </span>
                {item.label}
              </button>
            </li>
          ))}
        </ol>
      </nav>
      <form
        ref={form}
        noValidate
        className="grid min-w-0 gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (step === 'review') save.mutate();
          else next();
        }}
      >
        <h2 ref={heading} tabIndex={-1} className="text-xl font-semibold outline-none">
          {STEPS[at]?.label}
        </h2>
        {step === 'scope' && <ScopeStep {...props} fresh={project === null} />}
        {step === 'milestones' && <MilestonesStep {...props} />}
        {step === 'rule' && <RuleStep {...props} />}
        {step === 'review' && <ReviewStep {...props} />}
        {tried.has(step) && wrong > 0 && (
          <Note tone="bad">
            <p role="alert">
              {wrong === 1 ? 'One field needs' : `${wrong} fields need`} your attention. {Object.values(errors)[0]}
            </p>
          </Note>
        )}
        {save.error && <ErrorPanel error={save.error} what="The draft was not saved." />}
        <div className="flex flex-wrap justify-between gap-2 border-t border-hairline pt-4">
          <Button onClick={() => go(at - 1)} disabled={at === 0}>
            Back
          </Button>
          {step === 'review' ? (
            <TxButton type="submit" busy={save.isPending} busyLabel="Saving…" disabled={wrong > 0}>
              {project ? 'Save the draft' : 'Create the project'}
            </TxButton>
          ) : (
            <Button type="submit" variant="primary">
              Continue
            </Button>
          )}
        </div>
      </form>
    </div>
  );
}
