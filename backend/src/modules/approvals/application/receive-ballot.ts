import { Inject, Injectable } from '@nestjs/common';
import {
  BALLOT_STATUS,
  BALLOT_TYPES,
  ballotId,
  bodiesOf,
  gateDomain,
  reasonHash,
  ZERO_ADDRESS,
  ZERO_HASH,
  type BallotReason,
} from '@milepost/protocol';
import type { EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { ChainReader, type BallotKey } from '../../../platform/chain/index.js';
import { DEPLOYMENT, type Deployment } from '../../../platform/config/index.js';
import { Problem, type SessionPerson } from '../../../platform/http/index.js';
import { OutboxService, ProjectAccess } from '../../../platform/outbox/index.js';
import { AuditService, type AuditReceipt } from '../../audit/index.js';
import { Signatures } from '../../identity/index.js';
import { ProjectDirectory, unknownProject, type ProjectLink } from '../../projects/index.js';
import { postBy } from '../domain/posting.js';
import { ApprovalsRepository, type ReceivedBallot } from '../persistence/approvals.repository.js';
import { PostBallots } from './post-ballots.js';

/** A ballot as a person hands it in. */
export interface BallotInput {
  readonly project: string;
  readonly milestone: number;
  readonly round: number;
  readonly question: number;
  readonly payBps: number;
  readonly digest: string;
  readonly approve: boolean;
  readonly reason?: BallotReason | undefined;
  /** The seat's account. */
  readonly account: string;
  readonly seat: number;
  readonly signature: string;
}

/** A ballot that was checked against the chain and may be kept. */
export interface CheckedBallot {
  readonly key: BallotKey;
  readonly ballot: ReceivedBallot;
  readonly link: ProjectLink;
  /** Chain time, Unix seconds. */
  readonly now: number;
}

/** What the voter holds in hand: what was received when, and by when it is on chain. */
export interface BallotReceipt {
  readonly ballot: string;
  readonly seat: number;
  readonly approve: boolean;
  readonly receivedAt: string;
  readonly postBy: string;
  readonly entry: AuditReceipt;
}

/** Chains whose name people meet in wallets, to tell a signature for the wrong one from a broken one. */
const OTHER_CHAINS = [1, 10, 56, 100, 137, 1_337, 8_453, 31_337, 42_161, 84_532, 421_614, 11_155_111, 11_155_420];

const refuse = (status: number, code: string, detail: string): never => {
  throw new Problem(status, code, `${detail} Nothing was changed.`);
};

/** Takes signed ballots: checks them as the gate would, keeps them, answers with a receipt. */
@Injectable()
export class ReceiveBallot {
  constructor(
    @Inject(DEPLOYMENT) private readonly deployment: Deployment | null,
    private readonly projects: ProjectDirectory,
    private readonly access: ProjectAccess,
    private readonly signatures: Signatures,
    private readonly repository: ApprovalsRepository,
    private readonly posting: PostBallots,
    private readonly reader: ChainReader,
    private readonly audit: AuditService,
    private readonly outbox: OutboxService,
  ) {}

  /**
   * All checks. Asks the chain, so it comes before the transaction.
   * @throws {Problem} one code per cause, see the body
   */
  async check(person: SessionPerson, input: BallotInput): Promise<CheckedBallot> {
    const link = (await this.access.mayRead(person.id, input.project)) ? await this.projects.find(input.project) : null;
    if (link === null) throw unknownProject();
    if (!link.created)
      refuse(409, 'escrow-not-open', 'The escrow of this project is not open, so there is nothing to vote on.');
    const { milestone, round, question, payBps, digest } = input;
    const key: BallotKey = { escrow: link.escrow, milestone, round, question, payBps, digest };
    const [status, { time: now }] = await Promise.all([this.statusOf(key), this.reader.head()]);
    if (status.name === 'None') await this.explainNoBallot(key);
    if (status.name !== 'Open' && status.name !== 'Held')
      refuse(409, 'ballot-closed', `This ballot is over: ${status.name.toLowerCase()}.`);
    if (now > status.deadline)
      refuse(409, 'deadline-passed', `Ballots counted until ${new Date(status.deadline * 1000).toISOString()}.`);
    await this.checkSeat(input, key, status);
    const reason = reasonOf(input);
    const typedAccount = await this.checkSignature(input, key, reason);
    const receivedAt = new Date();
    return {
      key,
      link,
      now,
      ballot: {
        id: uuid(),
        ballot: ballotId(key),
        project: link.id,
        milestone,
        seat: input.seat,
        account: input.account,
        approve: input.approve,
        reason,
        reasonDocument: input.reason ?? null,
        typedAccount,
        signature: input.signature,
        person: person.id,
        receivedAt,
        // The deadline is in chain time, the promise in ours; the difference of the clocks carries over.
        postBy: new Date(receivedAt.getTime() + (postBy(input.approve, now, status.deadline) - now) * 1000),
        intent: null,
      },
    };
  }

  /** Keeps the ballot, logs it, and queues it for the chain if it is due; in the caller's transaction. */
  async keep(tx: EntityManager, checked: CheckedBallot): Promise<BallotReceipt> {
    const { ballot, link, key, now } = checked;
    await this.repository.lock(ballot.ballot);
    if (!(await this.repository.add(ballot)))
      refuse(409, 'already-voted', 'This seat has given its ballot in this round. A vote cannot be changed.');
    const entry = await this.audit.append(tx, {
      type: 'ballot.received',
      subject: ['ballot', ballot.ballot.slice(2)],
      project: link.id,
      actor: { person: ballot.person },
      refs: {
        milestone: key.milestone,
        round: key.round,
        question: key.question,
        seat: ballot.seat,
        approve: ballot.approve,
      },
      sections: [
        {
          section: 'ballot',
          data: {
            account: ballot.account,
            digest: key.digest,
            reason: ballot.reason,
            document: ballot.reasonDocument === null ? null : { ...ballot.reasonDocument },
            signature: ballot.signature,
          },
        },
      ],
    });
    await this.outbox.emit(tx, {
      type: 'ballot.received',
      ids: { project: link.id, milestone: key.milestone },
      project: link.id,
    });
    const running = await this.repository.ballot(ballot.ballot);
    if (running) await this.posting.post(running, now);
    return {
      ballot: ballot.ballot,
      seat: ballot.seat,
      approve: ballot.approve,
      receivedAt: ballot.receivedAt.toISOString(),
      postBy: ballot.postBy.toISOString(),
      entry,
    };
  }

  private async statusOf(
    key: BallotKey,
  ): Promise<{ name: string; version: number; policy: number; deadline: number; voted: bigint }> {
    const gate = this.reader.addressOf('MilestoneGate');
    const [view] = await this.reader.read('MilestoneGate', gate, 'status', [
      [key.escrow, key.milestone, key.round, key.question, key.payBps, key.digest],
    ]);
    if (!Array.isArray(view)) throw new TypeError('the gate’s status is no struct');
    const [status, , , version, policy, , deadline] = view as readonly bigint[];
    return {
      name: BALLOT_STATUS[Number(status)] ?? 'None',
      version: Number(version),
      policy: Number(policy),
      deadline: Number(deadline),
      voted: BigInt(String(view.at(-1))),
    };
  }

  /** There is no ballot under this key: another round, another deliverable, or none at all. */
  private async explainNoBallot(key: BallotKey): Promise<never> {
    const newest = await this.repository.newest(key.escrow, key.milestone);
    if (!newest) return refuse(409, 'no-ballot', 'Nothing was submitted for this milestone yet.');
    if (newest.key.round !== key.round)
      return refuse(
        409,
        'stale-round',
        `This ballot is for round ${key.round}; the current one is round ${newest.key.round}. Look at it and vote again.`,
      );
    if (newest.key.digest !== key.digest)
      return refuse(
        409,
        'other-submission',
        'This ballot is for another deliverable than the one submitted. Look at it and vote again.',
      );
    return refuse(409, 'no-ballot', 'There is no such question.');
  }

  private async checkSeat(
    input: BallotInput,
    key: BallotKey,
    status: { version: number; policy: number; voted: bigint },
  ): Promise<void> {
    const roster = await this.repository.roster(key.escrow, status.version);
    const policy = roster?.policies[status.policy];
    if (!roster || !policy)
      return refuse(503, 'not-indexed', 'This submission is too new to be known here. Try again in a few seconds.');
    const seat = roster.seats[input.seat];
    if (seat?.id.toLowerCase() !== input.account.toLowerCase())
      return refuse(403, 'no-seat', 'This account does not hold that seat in this ballot.');
    if (seat.excluded)
      refuse(403, 'seat-excluded', 'This seat is excluded, because its holder is paid by the project.');
    if (!bodiesOf(policy).includes(seat.body))
      refuse(403, 'body-not-named', `The ${seat.body} do not vote on this milestone.`);
    const kept = await this.repository.received(ballotId(key));
    if ((status.voted >> BigInt(input.seat)) % 2n === 1n || kept.some((vote) => vote.seat === input.seat))
      refuse(409, 'already-voted', 'This seat has given its ballot in this round. A vote cannot be changed.');
  }

  /** The `account` of the data that was signed: zero for plain keys, the seat for contract accounts. */
  private async checkSignature(input: BallotInput, key: BallotKey, reason: string): Promise<string> {
    const chainId = this.deployment?.chainId ?? 0;
    const gate = this.reader.addressOf('MilestoneGate');
    const signedFor = (chain: number, account: string): Promise<boolean> =>
      this.signatures.signedTypedData(
        input.account,
        gateDomain(chain, gate),
        { Ballot: [...BALLOT_TYPES.Ballot] },
        { ...key, approve: input.approve, reason, account },
        input.signature,
      );
    for (const account of [ZERO_ADDRESS, input.account]) if (await signedFor(chainId, account)) return account;
    for (const chain of OTHER_CHAINS)
      if (chain !== chainId && (await signedFor(chain, ZERO_ADDRESS)))
        return refuse(
          422,
          'wrong-chain',
          `This was signed for chain ${chain}; the project is on chain ${chainId}. Switch the wallet and sign again.`,
        );
    return refuse(
      422,
      'bad-signature',
      'The signature does not fit the seat and this ballot. Sign exactly what is shown.',
    );
  }
}

const reasonOf = (input: BallotInput): string => {
  if (input.approve) {
    if (input.reason) refuse(422, 'reason-not-wanted', 'An approval carries no reason.');
    return ZERO_HASH;
  }
  return input.reason
    ? reasonHash(input.reason)
    : refuse(422, 'reason-required', 'An objection needs a reason: a code and what would pass.');
};
