import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useParams } from '@tanstack/react-router';
import { projectQuery } from '../../api/queries';
import { projectStatus } from '../../domain/milestone';
import { ErrorPanel, LoadingPage } from '../../ui/feedback';
import { StatusBadge } from '../../ui/status-badge';

const TABS = [
  { to: '/p/$project', label: 'Overview', exact: true },
  { to: '/p/$project/deliverables', label: 'Deliverables', exact: false },
  { to: '/p/$project/money', label: 'Money', exact: false },
  { to: '/p/$project/audit', label: 'Audit trail', exact: false },
  { to: '/p/$project/terms', label: 'Terms', exact: false },
] as const;

/** Head and tabs of a project; pages below may rely on the project being loaded. */
export function ProjectLayout() {
  const { project: id } = useParams({ from: '/p/$project' });
  const query = useQuery(projectQuery(id));
  if (query.isPending) return <LoadingPage label="Loading project" />;
  if (!query.data)
    return (
      <ErrorPanel error={query.error} what="The project could not be loaded." onRetry={() => void query.refetch()} />
    );
  const project = query.data;
  return (
    <>
      <div className="mb-1 flex flex-wrap items-center gap-x-3 gap-y-1">
        <p className="min-w-0 text-2xl font-semibold">{project.title}</p>
        <StatusBadge status={projectStatus(project)} />
      </div>
      {project.summary && <p className="max-w-[68ch] text-muted">{project.summary}</p>}
      <nav aria-label="Project" className="mt-4 mb-6 flex gap-1 overflow-x-auto border-b border-hairline">
        {TABS.map((tab) => (
          <Link
            key={tab.to}
            to={tab.to}
            params={{ project: id }}
            activeOptions={{ exact: tab.exact }}
            className="-mb-px flex min-h-11 items-center border-b-2 border-transparent px-3 whitespace-nowrap text-muted hover:text-text aria-[current=page]:border-accent aria-[current=page]:font-medium aria-[current=page]:text-text"
          >
            {tab.label}
          </Link>
        ))}
      </nav>
      <Outlet />
    </>
  );
}
