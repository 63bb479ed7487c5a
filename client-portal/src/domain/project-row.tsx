import { Link } from '@tanstack/react-router';
import type { ProjectSummary } from '../api/types';
import { StatusBadge } from '../ui/status-badge';
import { MoneyAmount, useNames } from '../ui/values';
import { shortHex } from '../ui/values';
import { projectStatus } from './milestone';

/** One line of a list of projects; the whole line is the link. */
export function ProjectRow({ project }: { project: ProjectSummary }) {
  const names = useNames();
  const nameOf = (address: string) => names(address) ?? shortHex(address);
  return (
    <li className="relative flex flex-wrap items-center justify-between gap-x-6 gap-y-1 px-4 py-3 hover:bg-raised sm:px-5">
      <div className="min-w-0 flex-1 basis-64">
        <Link to="/p/$project" params={{ project: project.id }} className="font-medium after:absolute after:inset-0">
          {project.title}
        </Link>
        <p className="truncate text-sm text-muted">
          {nameOf(project.client)} pays {nameOf(project.contributor)}
        </p>
      </div>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <MoneyAmount units={project.total} token={project.token} />
        <StatusBadge status={projectStatus(project)} />
      </div>
    </li>
  );
}
