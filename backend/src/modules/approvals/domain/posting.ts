import {
  decideReview,
  earlyResult,
  type BodyResult,
  type GatePolicyTerms,
  type HumanBody,
  HUMAN_BODIES,
  type StoredRoster,
  type Tally,
} from '@milepost/protocol';

/** A ballot that was counted, or waits to be posted. */
export interface SeatVote {
  readonly seat: number;
  readonly approve: boolean;
}

/** What is known about a ballot's oracle. */
export interface OracleVerdict {
  /** 1 passed, 2 failed. */
  readonly verdict: number;
  readonly payBps: number;
}

/** Weight of Yes and No per body. Seats that are excluded or unknown count for nothing. */
export const tallies = (roster: StoredRoster, votes: readonly SeatVote[]): Record<HumanBody, Tally> => {
  const sum = (body: HumanBody, approve: boolean): number =>
    votes.reduce((total, vote) => {
      const seat = roster.seats[vote.seat];
      return seat !== undefined && !seat.excluded && seat.body === body && vote.approve === approve
        ? total + seat.weight
        : total;
    }, 0);
  const of = (body: HumanBody): Tally => ({
    yes: sum(body, true),
    no: sum(body, false),
    eligible: roster.weights[body],
  });
  return { clients: of('clients'), panel: of('panel'), reviewers: of('reviewers') };
};

/** Results of the named bodies before any deadline. */
export const bodyResults = (
  policy: GatePolicyTerms,
  counted: Readonly<Record<HumanBody, Tally>>,
  verdict: OracleVerdict | null,
): { [body in HumanBody | 'oracle']?: BodyResult } => {
  const results: { [body in HumanBody | 'oracle']?: BodyResult } = {};
  for (const body of HUMAN_BODIES) {
    const rule = policy.bodies[body];
    if (rule !== undefined && counted[body].eligible > 0) results[body] = earlyResult(counted[body], rule);
  }
  if (policy.bodies.oracle !== undefined)
    results.oracle = verdict === null ? 'open' : verdict.verdict === 1 ? 'approved' : 'rejected';
  return results;
};

/** Whether these ballots decide the submission, or end its hold, without waiting for a clock. */
export const decides = (
  policy: GatePolicyTerms,
  roster: StoredRoster,
  votes: readonly SeatVote[],
  verdict: OracleVerdict | null,
  held: boolean,
): boolean => {
  const counted = tallies(roster, votes);
  const results = bodyResults(policy, counted, verdict);
  if (held) return results.clients === 'approved';
  const { oracle, ...human } = policy.bodies;
  const decision = decideReview(
    {
      bodies: human,
      oracle: oracle !== undefined,
      need: policy.need,
      holdOracle: policy.holdOracle,
      silence: policy.silence,
    },
    {
      results,
      oraclePayBps: verdict?.verdict === 1 ? verdict.payBps : null,
      clientNo: counted.clients.no > 0,
      objection: votes.some((vote) => !vote.approve) || verdict?.verdict === 2,
    },
    'running',
  );
  return decision.outcome !== 'open';
};

/** Seconds before a deadline at which waiting approvals go out even if they decide nothing. */
export const LAST_POST_SECONDS = 7_200;
/** Seconds within which an objection goes out. */
export const OBJECTION_SECONDS = 600;

/**
 * Which waiting ballots must go to the chain now. Objections at once, and everything with them; approvals when they decide,
 * or near the deadline: withheld objections could turn a result at the deadline, withheld approvals could not.
 */
export const toPost = (given: {
  readonly policy: GatePolicyTerms;
  readonly roster: StoredRoster;
  readonly counted: readonly SeatVote[];
  readonly waiting: readonly SeatVote[];
  readonly verdict: OracleVerdict | null;
  readonly held: boolean;
  /** Unix seconds, chain time. */
  readonly now: number;
  readonly deadline: number;
}): readonly SeatVote[] => {
  const { waiting, counted, deadline, now } = given;
  if (waiting.length === 0 || now > deadline) return [];
  const urgent =
    waiting.some((vote) => !vote.approve) ||
    now >= deadline - LAST_POST_SECONDS ||
    decides(given.policy, given.roster, [...counted, ...waiting], given.verdict, given.held);
  return urgent ? waiting : [];
};

/** Last moment at which we promise to have posted a ballot, Unix seconds. */
export const postBy = (approve: boolean, receivedAt: number, deadline: number): number =>
  approve ? Math.max(receivedAt, deadline - LAST_POST_SECONDS) : Math.min(receivedAt + OBJECTION_SECONDS, deadline);
