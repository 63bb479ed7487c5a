import type { Project } from '../api/types';
import { rolesOf } from './milestone';

/** One thing that waits for a person. Ordered by deadline, then by value at risk. */
export interface Task {
  key: string;
  project: string;
  projectTitle: string;
  milestone: number | null;
  title: string;
  /** Why it matters; what follows if it is left. */
  detail: string;
  /** ISO time, or null when no clock runs. */
  until: string | null;
  amount: string;
  token: Project['token'];
  role: 'client' | 'contributor' | 'stakeholder';
}

/** Everything in a project that waits for the account `address`. */
export function tasksOf(project: Project, address: string): Task[] {
  const roles = rolesOf(project, address);
  const out: Task[] = [];
  const add = (task: Omit<Task, 'key' | 'project' | 'projectTitle' | 'token'>) =>
    out.push({
      ...task,
      key: `${project.id}.${task.milestone ?? 'p'}.${task.title}`,
      project: project.id,
      projectTitle: project.title,
      token: project.token,
    });
  if (!project.escrow) {
    for (const role of ['client', 'contributor'] as const)
      if (roles.includes(role) && !project.signatures[role])
        add({
          milestone: null,
          title: 'Sign the terms',
          detail: 'Nothing binds anyone until both sides have signed.',
          until: null,
          amount: project.total,
          role,
        });
    if (
      project.signatures.client &&
      project.signatures.contributor &&
      (roles.includes('client') || roles.includes('contributor'))
    )
      add({
        milestone: null,
        title: "Open the project's escrow",
        detail: 'Both sides have signed; the escrow can be opened now.',
        until: null,
        amount: project.total,
        role: roles.includes('client') ? 'client' : 'contributor',
      });
    return out;
  }
  const unfunded = project.milestones.find((milestone) => milestone.status === 'Planned');
  if (unfunded && roles.includes('client'))
    add({
      milestone: unfunded.index,
      title: `Fund “${unfunded.title}”`,
      detail: 'Work starts when the money is in the escrow.',
      until: unfunded.fundBy,
      amount: unfunded.amount,
      role: 'client',
    });
  for (const milestone of project.milestones) {
    const { index, title, amount } = milestone;
    if (milestone.status === 'Funded' && roles.includes('contributor'))
      add({
        milestone: index,
        title: `Deliver “${title}”`,
        detail: 'The money for it is in the escrow.',
        until: milestone.due,
        amount,
        role: 'contributor',
      });
    if (milestone.status === 'Rejected' && roles.includes('contributor'))
      add({
        milestone: index,
        title: `Rework “${title}”`,
        detail: 'Changes were requested. Deliver again, or dispute the decision.',
        until: milestone.exit?.at ?? null,
        amount,
        role: 'contributor',
      });
    const seat = project.seats.find((item) => item.account.toLowerCase() === address.toLowerCase() && !item.excluded);
    if (milestone.status === 'Submitted' && seat)
      add({
        milestone: index,
        title: `Review “${title}”`,
        detail: 'Your vote is asked for.',
        until: milestone.exit?.at ?? null,
        amount,
        role: seat.body === 'clients' ? 'client' : 'stakeholder',
      });
  }
  return out;
}

/** Earliest deadline first, no deadline last; equal ones by amount. */
export function byUrgency(a: Task, b: Task): number {
  const at = (task: Task) => (task.until ? new Date(task.until).getTime() : Number.MAX_SAFE_INTEGER);
  if (at(a) !== at(b)) return at(a) - at(b);
  const [x, y] = [BigInt(a.amount), BigInt(b.amount)];
  return x === y ? 0 : x > y ? -1 : 1;
}
