import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { ApiError, get, send } from './client';
import type {
  Approval,
  AuditEvent,
  Config,
  OracleRequest,
  Page,
  Person,
  Project,
  ProjectSummary,
  RewardsMine,
  RewardsProject,
  Status,
  Submission,
  TermsDocument,
} from './types';

/** Query keys; everything of one project lies under `project(id)` so that one event refreshes it. */
export const keys = {
  config: ['config'] as const,
  session: ['session'] as const,
  people: ['people'] as const,
  status: ['status'] as const,
  projects: ['projects'] as const,
  rewards: ['rewards'] as const,
  project: (id: string) => ['project', id] as const,
};

export const configQuery = queryOptions({
  queryKey: keys.config,
  queryFn: () => get<Config>('/config'),
  staleTime: Infinity,
});

export const sessionQuery = queryOptions({
  queryKey: keys.session,
  queryFn: async () => (await get<{ person: Person | null }>('/auth/session')).person,
  staleTime: 60_000,
});

export const peopleQuery = queryOptions({
  queryKey: keys.people,
  queryFn: async () => (await get<{ items: Person[] }>('/people')).items,
  staleTime: 60_000,
});

export const statusQuery = queryOptions({
  queryKey: keys.status,
  queryFn: () => get<Status>('/status'),
  refetchInterval: 10_000,
});

/** The projects in which the person has a part, newest first. */
export const projectsQuery = infiniteQueryOptions({
  queryKey: keys.projects,
  queryFn: ({ pageParam }) =>
    get<Page<ProjectSummary>>('/projects', { query: { mine: 1, cursor: pageParam || undefined } }),
  initialPageParam: '',
  getNextPageParam: (last) => last.nextCursor,
});

export const projectQuery = (id: string) =>
  queryOptions({ queryKey: keys.project(id), queryFn: () => get<Project>(`/projects/${id}`) });

export const termsQuery = (id: string, version: number) =>
  queryOptions({
    queryKey: [...keys.project(id), 'terms', version],
    queryFn: () => get<TermsDocument>(`/projects/${id}/terms`),
  });

export const submissionsQuery = (id: string, milestone: number) =>
  queryOptions({
    queryKey: [...keys.project(id), 'submissions', milestone],
    queryFn: async () =>
      (await get<{ items: Submission[] }>(`/projects/${id}/milestones/${milestone}/submissions`)).items,
  });

/** Null when the milestone has no submission to decide about. */
export const approvalQuery = (id: string, milestone: number) =>
  queryOptions({
    queryKey: [...keys.project(id), 'approval', milestone],
    queryFn: async () => {
      try {
        return await get<Approval>(`/projects/${id}/milestones/${milestone}/approval`);
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return null;
        throw error;
      }
    },
  });

export const oracleQuery = (id: string) =>
  queryOptions({
    queryKey: [...keys.project(id), 'oracle'],
    queryFn: async () => (await get<{ items: OracleRequest[] }>('/oracle/requests', { query: { project: id } })).items,
  });

export const auditQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: [...keys.project(id), 'audit'],
    queryFn: ({ pageParam }) =>
      get<Page<AuditEvent>>('/audit/events', { query: { project: id, cursor: pageParam || undefined } }),
    initialPageParam: '',
    getNextPageParam: (last) => last.nextCursor,
  });

export const rewardsMineQuery = queryOptions({
  queryKey: [...keys.rewards, 'me'],
  queryFn: () => get<RewardsMine>('/rewards/me'),
});

export const rewardsProjectQuery = (id: string) =>
  queryOptions({
    queryKey: [...keys.project(id), 'rewards'],
    queryFn: () => get<RewardsProject>(`/rewards/projects/${id}`),
  });

/** The oracle's acceptance document, checked against the hash that the parties signed. */
export const criteriaQuery = (hash: `0x${string}`) =>
  queryOptions({
    queryKey: ['criteria', hash],
    queryFn: async () => {
      const [{ readCriteria }, response] = await Promise.all([
        import('@milepost/protocol/criteria'),
        send('GET', `/oracle/documents/${hash}`, { headers: { accept: '*/*' } }),
      ]);
      return readCriteria(await response.text(), hash);
    },
    staleTime: Infinity,
  });
