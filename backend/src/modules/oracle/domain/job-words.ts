import type { NodeStatement } from './node-statement.js';

/** How far a request has come. */
export const JOB_STATES = [
  'asked',
  'waiting',
  'broken',
  'no-consensus',
  'failed',
  'reported',
  'recorded',
  'answered',
  'expired',
] as const;
export type JobState = (typeof JOB_STATES)[number];

/** The network's own words for runs that signed nothing. */
export const RUN_STATES = ['waiting', 'broken', 'no-consensus', 'failed'] as const;
export type RunState = (typeof RUN_STATES)[number];

/** The last run that signed no report. */
export interface Run {
  readonly attempt: number;
  readonly state: RunState;
  readonly error: string | null;
  /** RFC 3339; null when the network named none. */
  readonly retryAt: string | null;
  readonly milliseconds: number;
  readonly nodes: readonly NodeStatement[];
}

/** What is known about a request, before it is put into words. */
export interface JobFacts {
  readonly hasVerdict: boolean;
  readonly pushed: boolean;
  readonly isExpired: boolean;
  /** RFC 3339 */
  readonly expiresAt: string;
  readonly hasCriteria: boolean;
  /** The newest signed report, if there is one: how its delivery ended, and why not. */
  readonly report: { readonly outcome: string; readonly reason: string | null } | null;
  readonly run: Run | null;
}

export interface JobWords {
  readonly state: JobState;
  /** What is going on. */
  readonly words: string;
  /** What a verdict still waits for; null when there is one or none can come any more. */
  readonly missing: string | null;
  /** What happens next by itself, and when (RFC 3339; null: within a minute, or at no set time). */
  readonly next: { readonly words: string; readonly at: string | null };
}

const NO_CRITERIA = 'The criteria document is not stored here under its hash; whoever has it can upload it again.';

/** The job's state, what is missing and what comes next, in words for people. */
export function jobWords(facts: JobFacts): JobWords {
  const silence = {
    words: 'If no verdict arrives in time, the rule’s clock and its agreed outcome decide without the oracle.',
    at: facts.expiresAt,
  };
  if (facts.hasVerdict) {
    return facts.pushed
      ? {
          state: 'answered',
          words: 'The verdict is stored on chain and the decision rule has it.',
          missing: null,
          next: { words: 'The decision rule goes on: it pays, holds for objections, or waits for people.', at: null },
        }
      : {
          state: 'recorded',
          words: 'The verdict is stored on chain; the decision rule could not be told in the same transaction.',
          missing: null,
          next: { words: 'The keeper tells it within a minute; anyone may call push.', at: null },
        };
  }
  if (facts.isExpired) {
    return {
      state: 'expired',
      words: 'No verdict came before the request ended; a later report is refused on chain.',
      missing: null,
      next: { words: 'The decision rule’s clock has decided, or decides with the next call.', at: null },
    };
  }
  if (!facts.hasCriteria) return { state: 'broken', words: NO_CRITERIA, missing: NO_CRITERIA, next: silence };
  if (facts.report !== null) return reported(facts.report, silence);
  return facts.run === null
    ? {
        state: 'asked',
        words: 'The request is on chain; the oracle network has not said anything about it yet.',
        missing: 'The nodes have not agreed on a result yet: they wait for the signed result of the acceptance tests.',
        next: silence,
      }
    : ran(facts.run, silence);
}

function reported(report: NonNullable<JobFacts['report']>, silence: JobWords['next']): JobWords {
  if (report.outcome === 'delivered') {
    return {
      state: 'reported',
      words: 'The nodes signed one report and it was delivered.',
      missing: 'The report was delivered; the chain has not confirmed it yet.',
      next: { words: 'The verdict counts with the next confirmed block.', at: null },
    };
  }
  const why = report.reason ?? report.outcome;
  return {
    state: 'failed',
    words: `The nodes signed one report, and its delivery failed: ${why}.`,
    missing: `The report was signed but not taken by the contract: ${why}.`,
    next: {
      words: 'The network delivers again; anyone may, with the signed bytes below. Otherwise the clock decides.',
      at: silence.at,
    },
  };
}

function ran(run: Run, silence: JobWords['next']): JobWords {
  const reasons = [...new Set(run.nodes.flatMap(({ reasons: said, error }) => (error === null ? said : [error])))];
  const why = run.error ?? (reasons.length > 0 ? reasons.join('; ') : null);
  const tail = why === null ? '' : ` ${sentence(why)}`;
  const answered = run.nodes.filter(({ status }) => status === 'verdict').length;
  const next =
    run.retryAt === null
      ? silence
      : { words: 'The nodes look again. Should no verdict come, the clock decides.', at: run.retryAt };
  switch (run.state) {
    case 'waiting':
      return {
        state: 'waiting',
        words: `The nodes looked ${times(run.attempt)} and cannot say yet.`,
        missing: `A finished test is missing.${tail}`,
        next,
      };
    case 'broken':
      return {
        state: 'broken',
        words: 'No verdict can come from the documents as they are stored now.',
        missing: `Documents that can be judged are missing.${tail}`,
        next,
      };
    case 'no-consensus':
      return {
        state: 'no-consensus',
        words: `${answered} of ${run.nodes.length} nodes gave a verdict; not enough of them the same.`,
        missing: `Enough nodes with the same result are missing.${tail}`,
        next,
      };
    case 'failed':
      return {
        state: 'failed',
        words: 'The run failed before a report was delivered.',
        missing: `A delivered report is missing.${tail}`,
        next,
      };
  }
}

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);
const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
