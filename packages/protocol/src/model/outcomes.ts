/** What the gate's decisions do to a milestone, besides paying it. */
import { DAY } from '../money.js';
import { milestoneOf, profileOf } from './clocks.js';
import { openDispute } from './ladder.js';
import type { Dispute, Milestone, Project } from './types.js';

/** Rejected: the time of the review moves the due date, the contributor may rework or dispute. */
export function reject(milestone: Milestone, now: number): void {
  milestone.state = 'Rejected';
  milestone.shift += now - milestone.submittedAt;
  milestone.clock = now;
}

/** Disputed: `standingBps` stands until another decision is reached. */
export function escalate(project: Project, index: number, standingBps: number, now: number): Dispute {
  const milestone = milestoneOf(project, index);
  milestone.state = 'Disputed';
  milestone.clock = now;
  milestone.standingBps = standingBps;
  const ruleBy = now + profileOf(project, milestone).arbitrationDays * DAY;
  const { round, digest } = milestone;
  return openDispute(project, { milestone: index, round, digest, standingBps, ruleBy }, now);
}
