import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Relayer, type ChainAction, type DueCall, type KeeperTask } from '../../../platform/chain/index.js';
import { UnitOfWork } from '../../../platform/database/index.js';
import { toPost } from '../domain/posting.js';
import { ApprovalsRepository, type GateBallot, type ReceivedBallot } from '../persistence/approvals.repository.js';

/** Most ballots in one transaction. */
const BATCH = 100;

/** Brings kept ballots to the gate when they are due, and ballots whose clock has run out to their end. */
@Injectable()
export class PostBallots implements KeeperTask {
  readonly name = 'ballots';

  constructor(
    private readonly repository: ApprovalsRepository,
    private readonly relayer: Relayer,
    private readonly uow: UnitOfWork,
  ) {}

  /** The waiting ballots that must go out now, by the chain's time. */
  async waiting(ballot: GateBallot, now: number): Promise<readonly ReceivedBallot[]> {
    const roster = await this.repository.roster(ballot.key.escrow, ballot.version);
    const policy = roster?.policies[ballot.policy];
    if (!roster || !policy || (ballot.status !== 'Open' && ballot.status !== 'Held')) return [];
    const counted = await this.repository.votes(ballot.id);
    const voted = new Set(counted.map((vote) => vote.seat));
    const kept = (await this.repository.received(ballot.id)).filter((vote) => !voted.has(vote.seat));
    const due = toPost({
      policy,
      roster,
      counted,
      waiting: kept,
      verdict: ballot.verdict,
      held: ballot.status === 'Held',
      now,
      deadline: ballot.status === 'Held' ? (ballot.holdUntil ?? ballot.deadline) : ballot.deadline,
    });
    const seats = new Set(due.map((vote) => vote.seat));
    return kept.filter((vote) => seats.has(vote.seat)).slice(0, BATCH);
  }

  /** Queues what is due now, in the caller's transaction. The sender tries the call before it goes out. */
  async post(ballot: GateBallot, now: number): Promise<void> {
    const due = await this.waiting(ballot, now);
    const [first] = due;
    if (!first) return;
    const intent = await this.relayer.enqueue(this.uow.manager, {
      action: batch(ballot, due),
      idempotency: keyOf(ballot, due),
      person: null,
      project: first.project,
      milestone: first.milestone,
    });
    await this.repository.setIntent(
      due.map((vote) => vote.id),
      intent.id,
    );
  }

  async due(chainTime: number): Promise<readonly DueCall[]> {
    const calls: DueCall[] = [];
    for (const ballot of await this.repository.running()) {
      const project = (await this.repository.received(ballot.id))[0]?.project ?? null;
      const { milestone, round, question } = ballot.key;
      await this.uow.transaction(async () => {
        await this.repository.lock(ballot.id);
        await this.post(ballot, chainTime);
      });
      const until = ballot.status === 'Held' ? (ballot.holdUntil ?? ballot.deadline) : ballot.deadline;
      if (chainTime > until)
        calls.push({
          action: { kind: 'finalize', key: ballot.key },
          occasion: `${ballot.status}/${round}/${question}/${until}`,
          project,
          milestone,
        });
    }
    return calls;
  }
}

const batch = (ballot: GateBallot, votes: readonly ReceivedBallot[]): ChainAction => ({
  kind: 'ballots',
  key: ballot.key,
  ballots: votes.map((vote) => ({
    seat: vote.seat,
    approve: vote.approve,
    reason: vote.reason,
    account: vote.typedAccount,
    signature: vote.signature,
  })),
});

const keyOf = (ballot: GateBallot, votes: readonly ReceivedBallot[]): string =>
  `ballots/${createHash('sha256')
    .update(`${ballot.id}/${votes.map((vote) => vote.id).join(',')}`)
    .digest('hex')}`;
