import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { projectsQuery } from '../../api/queries';
import { usePerson } from '../../app/session';
import { ProjectRow } from '../../domain/project-row';
import { Button, buttonStyle } from '../../ui/button';
import { PageHead } from '../../ui/card';
import { EmptyState, ErrorPanel, LoadingRows } from '../../ui/feedback';
import { TextField } from '../../ui/field';

/** Projects, mine or all; filters live in the address. */
export function ProjectsPage() {
  const { q = '' } = useSearch({ from: '/projects' });
  const navigate = useNavigate({ from: '/projects' });
  const person = usePerson();
  const list = useInfiniteQuery({ ...projectsQuery, enabled: Boolean(person) });
  if (person === null)
    return (
      <EmptyState
        page
        kind="noright"
        title="Sign in to see your projects"
        action={
          <Link to="/sign-in" search={{ next: '/projects' }} className={buttonStyle({ variant: 'primary' })}>
            Sign in
          </Link>
        }
      />
    );
  const all = list.data?.pages.flatMap((page) => page.items) ?? [];
  const wanted = q.trim().toLowerCase();
  const items = wanted
    ? all.filter((project) => `${project.title} ${project.summary}`.toLowerCase().includes(wanted))
    : all;
  return (
    <>
      <PageHead title="Projects" lead="Projects in which you have a part.">
        {person && (
          <Link to="/new" className={buttonStyle({ variant: 'primary' })}>
            <Plus aria-hidden className="size-4" /> New project
          </Link>
        )}
      </PageHead>
      <div className="mb-4 flex flex-wrap items-end gap-3">
        <TextField
          label="Search projects"
          hideLabel
          type="search"
          placeholder="Search by title"
          className="w-64 max-w-full"
          value={q}
          onChange={(event) =>
            void navigate({ search: event.target.value ? { q: event.target.value } : {}, replace: true })
          }
        />
      </div>
      {list.isPending ? (
        <LoadingRows rows={4} label="Loading projects" />
      ) : list.error ? (
        <ErrorPanel error={list.error} what="The projects could not be loaded." onRetry={() => void list.refetch()} />
      ) : items.length === 0 ? (
        wanted ? (
          <EmptyState
            kind="nomatch"
            title={`No project matches “${q}”`}
            action={<Button onClick={() => void navigate({ search: {} })}>Clear the search</Button>}
          />
        ) : (
          <EmptyState
            title="No projects yet"
            action={
              <Link to="/new" className={buttonStyle({ variant: 'primary' })}>
                Create a project
              </Link>
            }
          >
            A project holds milestones, money and the rule by which work is accepted.
          </EmptyState>
        )
      ) : (
        <>
          <ul className="divide-y divide-hairline rounded-lg border border-hairline bg-surface">
            {items.map((project) => (
              <ProjectRow key={project.id} project={project} />
            ))}
          </ul>
          {list.hasNextPage && (
            <Button className="mt-4" onClick={() => void list.fetchNextPage()} aria-busy={list.isFetchingNextPage}>
              Show more
            </Button>
          )}
        </>
      )}
    </>
  );
}
