import { milestoneStatus, type MilestoneFacts, type StatusWord } from '@milepost/protocol/status';
import type { Approval, Milestone, Project } from '../api/types';
import { formatBps } from '../lib/money';

const unix = (iso: string | null | undefined): number | undefined =>
  iso ? Math.floor(new Date(iso).getTime() / 1000) : undefined;

const GATE = {
  open: 'Open',
  held: 'Held',
  approved: 'Approved',
  rejected: 'Rejected',
  escalated: 'Escalated',
  void: 'Void',
} as const;

/** Facts for the shared state table; `approval` sharpens the words of a submission in review. */
export function factsOf(project: Project, milestone: Milestone, now: Date, approval?: Approval | null): MilestoneFacts {
  const signatures = Number(Boolean(project.signatures.client)) + Number(Boolean(project.signatures.contributor));
  const gate = approval ? GATE[approval.status.toLowerCase() as keyof typeof GATE] : undefined;
  const facts: Record<string, unknown> = {
    status: project.escrow ? milestone.status : 'Draft',
    now: Math.floor(now.getTime() / 1000),
    signatures,
    exitAt: unix(milestone.exit?.at),
    fundBy: unix(milestone.fundBy),
    dueAt: unix(milestone.due),
    grace: 0,
    round: milestone.round,
    maxRounds: milestone.maxRounds,
    payBps: milestone.decision?.payBps,
    gate,
    deadline: unix(approval?.deadline),
    extended: approval?.extended,
    heldUntil: unix(approval?.hold?.until),
  };
  return Object.fromEntries(
    Object.entries(facts).filter(([, value]) => value !== undefined),
  ) as unknown as MilestoneFacts;
}

export const statusOf = (project: Project, milestone: Milestone, now: Date, approval?: Approval | null): StatusWord =>
  milestoneStatus(factsOf(project, milestone, now, approval));

/** Word for the whole project. */
export function projectStatus(project: Pick<Project, 'status'> & { signatures?: Project['signatures'] }): StatusWord {
  const word = (key: string, text: string, tone: StatusWord['tone'], icon: StatusWord['icon']): StatusWord => ({
    key,
    word: text,
    tone,
    icon,
    values: {},
  });
  switch (project.status) {
    case 'draft':
      return word('project.draft', 'Draft', 'neutral', 'draft');
    case 'signing':
      return word('project.signing', 'Awaiting signatures', 'warn', 'pen');
    case 'active':
      return word('project.active', 'Active', 'info', 'work');
    case 'closed':
      return word('project.closed', 'Closed', 'ok', 'check');
  }
}

export const isOpen = (milestone: Milestone): boolean =>
  ['Planned', 'Funded', 'Submitted', 'Rejected', 'Disputed'].includes(milestone.status);

/** Names of people as roles in a project, for one address. */
export function rolesOf(project: Project, address: string | null | undefined): string[] {
  if (!address) return [];
  const same = (other: string) => other.toLowerCase() === address.toLowerCase();
  return [
    ...(same(project.client) ? ['client'] : []),
    ...(same(project.contributor) ? ['contributor'] : []),
    ...(project.payees.some((payee) => same(payee.account)) ? ['payee'] : []),
    ...(project.seats.some((seat) => same(seat.account)) ? ['stakeholder'] : []),
  ];
}

/** Words for the ways in which a milestone was decided. */
export function causeWords(cause: string): string {
  switch (cause.toUpperCase()) {
    case 'GATE':
      return 'Approved under the agreed decision rule';
    case 'SILENCE':
      return 'Nobody objected in time: the agreed outcome of silence';
    case 'RULING':
      return 'Decided by a ruling';
    case 'STANDING':
      return 'The standing decision took effect';
    case 'JOINT':
      return 'Agreed by both parties';
    case 'DEFAULT':
      return 'Not delivered in time';
    case 'CANCEL':
      return 'Cancelled';
    default:
      return cause;
  }
}

/** Words for what a clock brings when it runs out. */
export function outcomeWords(exit: { outcome: string; payBps: number }): string {
  switch (exit.outcome) {
    case 'Released':
      return exit.payBps === 10_000 ? 'it is paid in full' : `${formatBps(exit.payBps)} of it are paid`;
    case 'Refunded':
      return 'the money goes back to the client';
    case 'Cancelled':
      return 'the milestone is cancelled';
    default:
      return exit.outcome;
  }
}

/** Reason codes of a rejection, numbered 1 to 12 in this order. */
export const REASONS = [
  ['CRIT_UNMET', 'A criterion is not met'],
  ['TEST_FAILED', 'A test fails'],
  ['AQL_EXCEEDED', 'Too many defects in the sample'],
  ['INCOMPLETE', 'Something is missing'],
  ['WRONG_VERSION', 'Wrong version delivered'],
  ['NOT_REPRODUCIBLE', 'The result cannot be reproduced'],
  ['ORIGINALITY', 'Originality is in doubt'],
  ['CONFIDENTIALITY', 'Confidentiality is breached'],
  ['LICENCE', 'Licence does not fit'],
  ['LATE_BEYOND_CAP', 'Too late to be useful'],
  ['FORMAT', 'Wrong format'],
  ['OTHER', 'Another reason'],
] as const;

export const reasonWords = (code: string): string => REASONS.find(([key]) => key === code)?.[1] ?? code;
