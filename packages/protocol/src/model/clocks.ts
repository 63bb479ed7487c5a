/** Clocks of the escrow: every state that waits has one exit time and a named outcome. */
import { ANSWER_DAYS, BACKSTOP_DAYS, CURE_DAYS, DAY, FUND_LIMIT_DAYS } from '../money.js';
import type { Milestone, Profile, Project } from './types.js';
import { refuse } from './types.js';

/** What `lapse` does after the exit time. */
export interface Exit {
  readonly at: number;
  readonly outcome: 'Cancelled' | 'Refunded' | 'Decided';
  /** Decided: what is paid. */
  readonly payBps: number;
}

export function milestoneOf(project: Project, index: number): Milestone {
  return project.milestones[index] ?? refuse('NoSuchMilestone', `there is no milestone ${index}`);
}

export function profileOf(project: Project, milestone: Milestone): Profile {
  return project.terms.profiles[milestone.terms.profile] ?? refuse('BadTerms', 'unknown profile');
}

export const isFinal = (milestone: Milestone): boolean =>
  milestone.state === 'Released' || milestone.state === 'Refunded' || milestone.state === 'Cancelled';

export const fundByTime = (project: Project, milestone: Milestone): number =>
  project.terms.start + milestone.terms.fundBy * DAY;

/** Due time, shifted by late funding and rejected reviews. */
export const dueTime = (project: Project, milestone: Milestone): number =>
  project.terms.start + milestone.terms.due * DAY + milestone.shift;

/** Review, extension, hold and the days after them until the escrow's own clock decides. */
export const reviewSpan = (profile: Profile): number =>
  (profile.reviewDays + profile.extensionDays + BACKSTOP_DAYS) * DAY + profile.holdHours * 3600;

/** Exit of a milestone's state; null if the state is final. */
export function exitOf(project: Project, milestone: Milestone): Exit | null {
  const profile = profileOf(project, milestone);
  const cancelled = (own: Exit): Exit =>
    project.cancelAt !== null && project.cancelAt < own.at
      ? { at: project.cancelAt, outcome: 'Cancelled', payBps: 0 }
      : own;
  switch (milestone.state) {
    case 'Planned': {
      const at = fundByTime(project, milestone) + (CURE_DAYS + FUND_LIMIT_DAYS) * DAY;
      return cancelled({ at, outcome: 'Cancelled', payBps: 0 });
    }
    case 'Funded': {
      const at = dueTime(project, milestone) + (profile.graceDays + profile.lateDays) * DAY;
      return cancelled({ at, outcome: 'Refunded', payBps: 0 });
    }
    case 'Submitted':
      return {
        at: milestone.submittedAt + reviewSpan(profile),
        outcome: 'Decided',
        payBps: profile.silence === 'approve' ? 10_000 : profile.deadlockBps,
      };
    case 'Rejected':
      return { at: milestone.clock + profile.reworkDays * DAY, outcome: 'Refunded', payBps: 0 };
    case 'Disputed':
      return {
        at: milestone.clock + profile.arbitrationDays * DAY,
        outcome: 'Decided',
        payBps: milestone.standingBps,
      };
    default:
      return null;
  }
}

/** Earliest provider default up to `now`, executed or only due; null without one. */
export function providerDefault(project: Project, now: number): number | null {
  const due = project.milestones
    .map((milestone) => exitOf(project, milestone))
    .filter((exit) => exit !== null && exit.outcome === 'Refunded' && exit.at < now)
    .map((exit) => exit?.at ?? now);
  if (project.defaultedAt !== null) due.push(project.defaultedAt);
  return due.length === 0 ? null : Math.min(...due);
}

/** Latest time by which every milestone is decided and the holdback is paid, if each due call is made at once. */
export function finalBy(project: Project): number {
  const latest = project.milestones.map((milestone) => {
    const profile = profileOf(project, milestone);
    const span = reviewSpan(profile);
    const rework = profile.reworkDays * DAY;
    const arbitration = profile.arbitrationDays * DAY;
    const rest = (round: number): number => (profile.maxRounds - round + 1) * (span + rework) + arbitration;
    const late = (profile.graceDays + profile.lateDays) * DAY;
    switch (milestone.state) {
      case 'Planned':
        return (
          project.terms.start +
          milestone.terms.due * DAY +
          milestone.shift +
          (CURE_DAYS + FUND_LIMIT_DAYS) * DAY +
          late +
          rest(1)
        );
      case 'Funded':
        return dueTime(project, milestone) + late + rest(milestone.round + 1);
      case 'Submitted':
        return milestone.submittedAt + rest(milestone.round);
      case 'Rejected':
        return (
          milestone.clock + rework + (milestone.round < profile.maxRounds ? rest(milestone.round + 1) : arbitration)
        );
      case 'Disputed':
        return milestone.clock + arbitration;
      default:
        return 0;
    }
  });
  const decided = Math.max(...latest, project.lastDecidedAt ?? 0);
  const first = project.terms.profiles[0];
  const open = project.milestones.filter((milestone) => !isFinal(milestone));
  const canHold = project.holdback > 0n || open.some((milestone) => profileOf(project, milestone).holdbackBps > 0);
  if (!canHold || first === undefined) return decided;
  return decided + (project.terms.warrantyDays + ANSWER_DAYS + first.arbitrationDays) * DAY;
}
