import { Inject, Injectable } from '@nestjs/common';
import {
  decodeGatePolicy,
  decodeRegistered,
  type BallotReason,
  type BallotStatus,
  type StoredRoster,
} from '@milepost/protocol';
import { getAddress } from 'ethers';
import { toBytes, toHex, type BallotKey } from '../../../platform/chain/index.js';
import { DEPLOYMENT, type Deployment } from '../../../platform/config/index.js';
import { UnitOfWork } from '../../../platform/database/index.js';
import { rowsOf } from '../../../platform/outbox/index.js';
import type { OracleVerdict } from '../domain/posting.js';

/** A ballot as the gate's events tell it. Times in Unix seconds. */
export interface GateBallot {
  readonly id: string;
  readonly key: BallotKey;
  readonly version: number;
  readonly policy: number;
  readonly status: BallotStatus;
  readonly deadline: number;
  readonly extended: boolean;
  readonly holdUntil: number | null;
  readonly decidedBps: number | null;
  readonly verdict: OracleVerdict | null;
}

/** A vote that the gate has counted. */
export interface CountedVote {
  readonly seat: number;
  readonly approve: boolean;
  readonly reason: string | null;
  readonly at: number;
  readonly txHash: string;
}

/** A signed ballot that we keep. */
export interface ReceivedBallot {
  readonly id: string;
  readonly ballot: string;
  readonly project: string;
  readonly milestone: number;
  readonly seat: number;
  readonly account: string;
  readonly approve: boolean;
  /** Zero on Yes. */
  readonly reason: string;
  readonly reasonDocument: BallotReason | null;
  /** The `account` of the signed data. */
  readonly typedAccount: string;
  readonly signature: string;
  readonly person: string;
  readonly receivedAt: Date;
  readonly postBy: Date;
  readonly intent: string | null;
}

interface BallotRow {
  ballot: Buffer;
  escrow: Buffer;
  milestone: number;
  round: number;
  question: number;
  pay_bps: number;
  digest: Buffer;
  version: number;
  policy: number;
  status: BallotStatus;
  deadline: string;
  extended: boolean;
  hold_until: string | null;
  decided_bps: number | null;
  verdict: number | null;
  verdict_bps: number | null;
}

interface ReceivedRow {
  id: string;
  ballot: Buffer;
  project: string;
  milestone: number;
  seat: number;
  seat_account: Buffer;
  approve: boolean;
  reason: Buffer;
  reason_document: BallotReason | null;
  typed_account: Buffer;
  signature: Buffer;
  person: string;
  received_at: Date;
  post_by: Date;
  intent: string | null;
}

const BALLOT = `ballot, escrow, milestone, round, question, pay_bps, digest, version, policy, status, deadline, extended,
  hold_until, decided_bps, verdict, verdict_bps`;
const RECEIVED = `id, ballot, project, milestone, seat, seat_account, approve, reason, reason_document, typed_account, signature,
  person, received_at, post_by, intent`;

const ballotOf = (row: BallotRow): GateBallot => ({
  id: toHex(row.ballot),
  key: {
    escrow: getAddress(toHex(row.escrow)),
    milestone: row.milestone,
    round: row.round,
    question: row.question,
    payBps: row.pay_bps,
    digest: toHex(row.digest),
  },
  version: row.version,
  policy: row.policy,
  status: row.status,
  deadline: Number(row.deadline),
  extended: row.extended,
  holdUntil: row.hold_until === null ? null : Number(row.hold_until),
  decidedBps: row.decided_bps,
  verdict: row.verdict === null ? null : { verdict: row.verdict, payBps: row.verdict_bps ?? 0 },
});

const receivedOf = (row: ReceivedRow): ReceivedBallot => ({
  id: row.id,
  ballot: toHex(row.ballot),
  project: row.project,
  milestone: row.milestone,
  seat: row.seat,
  account: getAddress(toHex(row.seat_account)),
  approve: row.approve,
  reason: toHex(row.reason),
  reasonDocument: row.reason_document,
  typedAccount: getAddress(toHex(row.typed_account)),
  signature: toHex(row.signature),
  person: row.person,
  receivedAt: row.received_at,
  postBy: row.post_by,
  intent: row.intent,
});

/** SQL of the approvals. Runs in the caller's unit of work. */
@Injectable()
export class ApprovalsRepository {
  constructor(
    private readonly uow: UnitOfWork,
    @Inject(DEPLOYMENT) private readonly deployment: Deployment | null,
  ) {}

  private get chainId(): number {
    return this.deployment?.chainId ?? 0;
  }

  async roster(escrow: string, version: number | 'newest'): Promise<StoredRoster | null> {
    const [row] = rowsOf<{ data: Buffer; client: Buffer; milestones: number[]; gate_policy: Buffer }>(
      await this.uow.manager.query(
        `select r.data, r.client, r.milestones, p.gate_policy from gate_roster r
           join gate_policy p on p.chain_id = r.chain_id and p.policy_hash = substring(r.data from 1 for 32)
          where r.chain_id = $1 and r.escrow = $2 and ($3::int is null or r.version = $3)
          order by r.version desc limit 1`,
        [this.chainId, toBytes(escrow), version === 'newest' ? null : version],
      ),
    );
    if (row === undefined) return null;
    const { criteria, seats } = decodeRegistered(toHex(row.data));
    const project = { criteria, seats, client: toHex(row.client), milestones: row.milestones };
    return decodeGatePolicy(toHex(row.gate_policy), project);
  }

  async ballot(id: string): Promise<GateBallot | null> {
    const [row] = rowsOf<BallotRow>(
      await this.uow.manager.query(`select ${BALLOT} from gate_ballot where chain_id = $1 and ballot = $2`, [
        this.chainId,
        toBytes(id),
      ]),
    );
    return row ? ballotOf(row) : null;
  }

  /** The newest ballot of a milestone: of the submission, or a later question to the panel. */
  async newest(escrow: string, milestone: number): Promise<GateBallot | null> {
    const [row] = rowsOf<BallotRow>(
      await this.uow.manager.query(
        `select ${BALLOT} from gate_ballot where chain_id = $1 and escrow = $2 and milestone = $3
          order by opened_block desc, question desc, round desc limit 1`,
        [this.chainId, toBytes(escrow), milestone],
      ),
    );
    return row ? ballotOf(row) : null;
  }

  /** Open or held ballots. */
  async running(): Promise<GateBallot[]> {
    const rows = rowsOf<BallotRow>(
      await this.uow.manager.query(
        `select ${BALLOT} from gate_ballot where chain_id = $1 and status in ('Open', 'Held') order by deadline`,
        [this.chainId],
      ),
    );
    return rows.map(ballotOf);
  }

  async votes(ballot: string): Promise<CountedVote[]> {
    const rows = rowsOf<{ seat: number; approve: boolean; reason: Buffer | null; at: string; tx: Buffer }>(
      await this.uow.manager.query(
        'select seat, approve, reason, at, tx from gate_vote where chain_id = $1 and ballot = $2 order by at, seat',
        [this.chainId, toBytes(ballot)],
      ),
    );
    return rows.map((row) => ({
      seat: row.seat,
      approve: row.approve,
      reason: row.reason ? toHex(row.reason) : null,
      at: Number(row.at),
      txHash: toHex(row.tx),
    }));
  }

  /** Ballots that we keep, oldest first. */
  async received(ballot: string): Promise<ReceivedBallot[]> {
    const rows = rowsOf<ReceivedRow>(
      await this.uow.manager.query(
        `select ${RECEIVED} from ballot_received where chain_id = $1 and ballot = $2 order by received_at, seat`,
        [this.chainId, toBytes(ballot)],
      ),
    );
    return rows.map(receivedOf);
  }

  /** One at a time per ballot, until the end of the transaction. */
  async lock(ballot: string): Promise<void> {
    await this.uow.manager.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`ballot/${ballot}`]);
  }

  /** False if this seat has given us a ballot before. */
  async add(ballot: ReceivedBallot): Promise<boolean> {
    const rows = rowsOf<{ id: string }>(
      await this.uow.manager.query(
        `insert into ballot_received (id, chain_id, ballot, project, milestone, seat, seat_account, approve, reason,
                                      reason_document, typed_account, signature, person, received_at, post_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb, $11, $12, $13, $14, $15)
         on conflict (chain_id, ballot, seat) do nothing returning id`,
        [
          ballot.id,
          this.chainId,
          toBytes(ballot.ballot),
          ballot.project,
          ballot.milestone,
          ballot.seat,
          toBytes(ballot.account),
          ballot.approve,
          toBytes(ballot.reason),
          ballot.reasonDocument === null ? null : JSON.stringify(ballot.reasonDocument),
          toBytes(ballot.typedAccount),
          toBytes(ballot.signature),
          ballot.person,
          ballot.receivedAt,
          ballot.postBy,
        ],
      ),
    );
    return rows.length === 1;
  }

  async setIntent(ids: readonly string[], intent: string): Promise<void> {
    await this.uow.manager.query('update ballot_received set intent = $2 where id = any ($1::uuid[])', [ids, intent]);
  }
}
