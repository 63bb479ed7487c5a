import { useSuspenseQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { projectQuery } from '../api/queries';
import type { Project } from '../api/types';

/** The project of the address; only below the project's layout, which has loaded it. */
export function useProject(): Project {
  const { project } = useParams({ from: '/p/$project' });
  return useSuspenseQuery(projectQuery(project)).data;
}
