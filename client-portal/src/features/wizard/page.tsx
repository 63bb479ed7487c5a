import { useQueries, useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { configQuery, criteriaQuery, projectQuery } from '../../api/queries';
import type { Config, Person, Project } from '../../api/types';
import { usePerson } from '../../app/session';
import { exactAmount } from '../../lib/money';
import { buttonStyle } from '../../ui/button';
import { PageHead } from '../../ui/card';
import { EmptyState, ErrorPanel, LoadingPage } from '../../ui/feedback';
import { fromTerms, newDraft, TEMPLATES, type Draft } from './model';
import { Wizard } from './wizard';

const KEY = 'milepost.new-project';

/** What was typed before a reload or sign-out; only of the same person. */
function unfinished(person: Person): Draft | null {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? 'null') as { owner: string; draft: Draft } | null;
    return kept?.owner === person.id && Array.isArray(kept.draft.milestones) ? kept.draft : null;
  } catch {
    return null;
  }
}

function Gate({ children }: { children: (person: Person, config: Config) => React.ReactNode }) {
  const person = usePerson();
  const config = useQuery(configQuery);
  if (person === undefined || config.isPending) return <LoadingPage label="Loading the form" />;
  if (person === null)
    return (
      <EmptyState
        page
        kind="noright"
        title="Sign in to create a project"
        action={
          <Link to="/sign-in" search={{ next: '/new' }} className={buttonStyle({ variant: 'primary' })}>
            Sign in
          </Link>
        }
      />
    );
  if (!config.data)
    return (
      <ErrorPanel error={config.error} what="The form could not be prepared." onRetry={() => void config.refetch()} />
    );
  return children(person, config.data);
}

export function NewProjectPage() {
  return <Gate>{(person, config) => <New key={person.id} person={person} config={config} />}</Gate>;
}

function New({ person, config }: { person: Person; config: Config }) {
  const [start] = useState(
    () => unfinished(person) ?? newDraft(TEMPLATES[0] as (typeof TEMPLATES)[number], config.localAccounts),
  );
  return (
    <>
      <PageHead
        title="New project"
        lead="You are the client. Four short steps; nothing binds anyone until both sides sign."
      />
      <Wizard
        person={person}
        config={config}
        start={start}
        project={null}
        onChange={(draft) => localStorage.setItem(KEY, JSON.stringify({ owner: person.id, draft }))}
        onSaved={() => localStorage.removeItem(KEY)}
      />
    </>
  );
}

export function EditDraftPage() {
  const { draft: id } = useParams({ from: '/new/$draft' });
  return <Gate>{(person, config) => <Edit id={id} person={person} config={config} />}</Gate>;
}

function Edit({ id, person, config }: { id: string; person: Person; config: Config }) {
  const project = useQuery(projectQuery(id));
  if (project.isPending) return <LoadingPage label="Loading the draft" />;
  if (!project.data)
    return (
      <ErrorPanel error={project.error} what="The draft could not be loaded." onRetry={() => void project.refetch()} />
    );
  if (project.data.escrow)
    return (
      <EmptyState
        page
        kind="noright"
        title="These terms are in force"
        action={
          <Link to="/p/$project" params={{ project: id }} className={buttonStyle()}>
            Open the project
          </Link>
        }
      >
        Once the escrow is open, terms change only with both signatures.
      </EmptyState>
    );
  return <EditLoaded project={project.data} person={person} config={config} />;
}

function EditLoaded({ project, person, config }: { project: Project; person: Person; config: Config }) {
  const hashes = project.terms.policies.flatMap((policy) =>
    policy.bodies.oracle ? [policy.bodies.oracle.criteriaHash] : [],
  );
  const documents = useQueries({ queries: hashes.map((hash) => criteriaQuery(hash)) });
  if (documents.some((document) => document.isLoading)) return <LoadingPage label="Loading the draft" />;
  const found = new Map(
    hashes.flatMap((hash, i) => {
      const data = documents[i]?.data;
      return data ? [[hash, data] as const] : [];
    }),
  );
  const start = fromTerms(project.title, project.summary, project.terms, found, (units) =>
    exactAmount(units, config.token.decimals),
  );
  return (
    <>
      <PageHead
        title="Edit the draft"
        lead="Saving a change makes signatures given so far void: both sides sign the same terms."
      />
      <Wizard
        person={person}
        config={config}
        start={start}
        project={project}
        onChange={() => undefined}
        onSaved={() => undefined}
      />
    </>
  );
}
