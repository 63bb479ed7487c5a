import { Injectable } from '@nestjs/common';
import {
  bodiesOf,
  hasQuorum,
  policySentence,
  ZERO_HASH,
  type BallotReason,
  type GatePolicyTerms,
  type HumanBody,
  type StoredRoster,
} from '@milepost/protocol';
import { getAddress } from 'ethers';
import { Problem } from '../../../platform/http/index.js';
import { People } from '../../identity/index.js';
import { ProjectDirectory, unknownProject } from '../../projects/index.js';
import { bodyResults, tallies, type SeatVote } from '../domain/posting.js';
import {
  ApprovalsRepository,
  type CountedVote,
  type GateBallot,
  type ReceivedBallot,
} from '../persistence/approvals.repository.js';

/** Who decides a milestone, who has voted, and what follows when nobody else does. */
export interface ApprovalView {
  readonly sentence: string;
  readonly need: number;
  readonly silence: 'approve' | 'dispute';
  /** State of the ballot; `None` before the first submission. */
  readonly status: string;
  readonly round: number;
  readonly question: number;
  readonly payBps: number;
  readonly digest: string;
  readonly bodies: {
    readonly body: string;
    readonly totalWeight: number;
    readonly yes: number;
    readonly no: number;
    readonly quorumBps: number;
    readonly approvalBps: number;
    readonly state: 'open' | 'approved' | 'rejected' | 'silent';
  }[];
  readonly seats: {
    readonly index: number;
    readonly account: string;
    readonly name: string | null;
    readonly body: string;
    readonly weight: number;
    readonly excluded: boolean;
  }[];
  readonly ballots: {
    readonly account: string;
    readonly seat: number;
    readonly body: string;
    readonly approve: boolean;
    readonly reason: BallotReason | null;
    readonly state: 'onchain' | 'waiting';
    readonly at: string;
    readonly postBy: string | null;
    readonly txHash: string | null;
  }[];
  readonly deadline: string | null;
  readonly extended: boolean;
  readonly hold: { readonly until: string; readonly reason: string } | null;
}

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();

/** Reads how a milestone's decision stands. */
@Injectable()
export class ReadApproval {
  constructor(
    private readonly projects: ProjectDirectory,
    private readonly people: People,
    private readonly repository: ApprovalsRepository,
  ) {}

  async read(projectId: string, milestone: number): Promise<ApprovalView> {
    const link = await this.projects.find(projectId);
    if (link === null) throw unknownProject();
    const ballot = await this.repository.newest(link.escrow, milestone);
    const roster = await this.repository.roster(link.escrow, ballot?.version ?? 'newest');
    const index = ballot?.policy ?? roster?.milestones[milestone];
    const policy = index === undefined ? undefined : roster?.policies[index];
    if (!roster || !policy)
      throw new Problem(
        404,
        'no-approval',
        'This milestone has no policy on chain: the escrow is not open yet, or there is no such milestone.',
      );
    const counted = ballot ? await this.repository.votes(ballot.id) : [];
    const received = ballot ? await this.repository.received(ballot.id) : [];
    return {
      sentence: policySentence(policy),
      need: policy.need,
      silence: policy.silence,
      status: ballot?.status ?? 'None',
      round: ballot?.key.round ?? 0,
      question: ballot?.key.question ?? 0,
      payBps: ballot?.key.payBps ?? 10_000,
      digest: ballot?.key.digest ?? ZERO_HASH,
      bodies: bodiesView(policy, roster, counted, ballot),
      seats: await this.seats(roster),
      ballots: ballotsView(roster, counted, received),
      deadline: ballot ? iso(ballot.deadline) : null,
      extended: ballot?.extended ?? false,
      hold:
        ballot?.status === 'Held' && ballot.holdUntil !== null
          ? { until: iso(ballot.holdUntil), reason: holdReason(policy, ballot, counted, roster) }
          : null,
    };
  }

  private async seats(roster: StoredRoster): Promise<ApprovalView['seats']> {
    const accounts = roster.seats.map((seat) => getAddress(seat.id));
    const people = await this.people.byAddress(accounts);
    return roster.seats.map((seat, index) => {
      const account = accounts[index] ?? seat.id;
      return {
        index,
        account,
        name: people.get(account)?.name ?? null,
        body: seat.body,
        weight: seat.weight,
        excluded: seat.excluded,
      };
    });
  }
}

const bodiesView = (
  policy: GatePolicyTerms,
  roster: StoredRoster,
  counted: readonly SeatVote[],
  ballot: GateBallot | null,
): ApprovalView['bodies'] => {
  const sums = tallies(roster, counted);
  const results = bodyResults(policy, sums, ballot?.verdict ?? null);
  const over = ballot !== null && ballot.status !== 'Open' && ballot.status !== 'Held';
  const state = (body: HumanBody | 'oracle'): ApprovalView['bodies'][number]['state'] => {
    const result = results[body] ?? 'open';
    if (result !== 'open' || !over) return result;
    const rule = body === 'oracle' ? undefined : policy.bodies[body];
    if (body === 'oracle' || rule === undefined || !hasQuorum(sums[body], rule)) return 'silent';
    return sums[body].yes * 10_000 >= rule.approvalBps * (sums[body].yes + sums[body].no) ? 'approved' : 'rejected';
  };
  return bodiesOf(policy).map((body) => {
    if (body === 'oracle') {
      const verdict = ballot?.verdict?.verdict ?? 0;
      return {
        body,
        totalWeight: 1,
        yes: verdict === 1 ? 1 : 0,
        no: verdict === 2 ? 1 : 0,
        quorumBps: 10_000,
        approvalBps: 10_000,
        state: state(body),
      };
    }
    const { yes, no, eligible } = sums[body];
    const rule = policy.bodies[body];
    return {
      body,
      totalWeight: eligible,
      yes,
      no,
      quorumBps: rule?.quorumBps ?? 0,
      approvalBps: rule?.approvalBps ?? 0,
      state: state(body),
    };
  });
};

const ballotsView = (
  roster: StoredRoster,
  counted: readonly CountedVote[],
  received: readonly ReceivedBallot[],
): ApprovalView['ballots'] => {
  const kept = new Map(received.map((vote) => [vote.seat, vote]));
  const voted = new Set(counted.map((vote) => vote.seat));
  const seatOf = (seat: number): { account: string; body: string } => {
    const found = roster.seats[seat];
    return { account: found ? getAddress(found.id) : '', body: found?.body ?? '' };
  };
  return [
    ...counted.map((vote) => ({
      ...seatOf(vote.seat),
      seat: vote.seat,
      approve: vote.approve,
      reason:
        vote.reason !== null && vote.reason === kept.get(vote.seat)?.reason
          ? (kept.get(vote.seat)?.reasonDocument ?? null)
          : null,
      state: 'onchain' as const,
      at: iso(vote.at),
      postBy: null,
      txHash: vote.txHash,
    })),
    ...received
      .filter((vote) => !voted.has(vote.seat))
      .map((vote) => ({
        ...seatOf(vote.seat),
        seat: vote.seat,
        approve: vote.approve,
        reason: vote.reasonDocument,
        state: 'waiting' as const,
        at: vote.receivedAt.toISOString(),
        postBy: vote.postBy.toISOString(),
        txHash: null,
      })),
  ];
};

const holdReason = (
  policy: GatePolicyTerms,
  ballot: GateBallot,
  counted: readonly SeatVote[],
  roster: StoredRoster,
): string => {
  if ((ballot.verdict?.verdict === 1 && ballot.verdict.payBps < 10_000) || (ballot.decidedBps ?? 10_000) < 10_000)
    return 'The oracle passed only a part of the work, so the client can challenge the result until the hold ends.';
  if (tallies(roster, counted).clients.no > 0)
    return 'A client seat objected, so the approval waits; it can be challenged until the hold ends.';
  return policy.holdOracle && ballot.verdict?.verdict === 1
    ? 'Only the oracle has approved, so the agreed hold applies; it can be challenged until it ends.'
    : 'The client side has not approved, so the approval waits; it can be challenged until the hold ends.';
};
