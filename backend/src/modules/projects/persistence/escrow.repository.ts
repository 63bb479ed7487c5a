import { Injectable } from '@nestjs/common';
import { getAddress } from 'ethers';
import { toBytes, toHex } from '../../../platform/chain/index.js';
import { UnitOfWork } from '../../../platform/database/index.js';
import type { MilestoneState, PaymentKind } from '../domain/escrow-events.js';
import type { EscrowFacts, MilestoneFacts, SubmissionFacts } from '../domain/escrow-facts.js';

type Text = Readonly<Record<string, string>>;
interface ProjectRow extends Record<
  'funded' | 'outflow' | 'paid' | 'fees' | 'refunded' | 'credited' | 'claimed' | 'refundable' | 'holdback',
  string
> {
  escrow: Buffer;
  version: number;
  activated: boolean;
  cancel_at: string | null;
  decided_at: string | null;
  changed_block: string;
}
interface MilestoneRow {
  escrow: Buffer;
  m: number;
  status: MilestoneState;
  round: number;
  amount: string;
  due: number;
  fund_by: number;
  profile: number;
  shift: string;
  late_bps: number;
  standing_bps: number;
  digest: Buffer | null;
  submitted_at: string | null;
  clock: string | null;
  cause: string | null;
  pay_bps: number | null;
  decided_at: string | null;
  decided_tx: Buffer | null;
  parts: Text;
}
interface PaymentRow {
  escrow: Buffer;
  account: Buffer;
  amount: string;
  m: number | null;
  kind: PaymentKind;
  credited: boolean;
}

const seconds = (value: string | null): number | null => (value === null ? null : Number(value));
const part = (parts: Text, name: string): bigint => BigInt(parts[name] ?? 0);

/** Reads the projection of the escrows; nothing here writes. */
@Injectable()
export class EscrowRepository {
  constructor(private readonly uow: UnitOfWork) {}

  /** Three queries for any number of escrows. Keys are EIP-55 addresses; escrows not created yet are missing. */
  async find(escrows: readonly string[]): Promise<ReadonlyMap<string, EscrowFacts>> {
    if (escrows.length === 0) return new Map();
    const keys = [escrows.map(toBytes)];
    const projects = await this.uow.manager.query<ProjectRow[]>(
      `SELECT escrow, version, funded, outflow, paid, fees, refunded, credited, claimed, refundable, holdback, activated, cancel_at,
              decided_at, changed_block FROM escrow_project WHERE escrow = ANY ($1::bytea[])`,
      keys,
    );
    if (projects.length === 0) return new Map();
    const milestones = await this.uow.manager.query<MilestoneRow[]>(
      `SELECT escrow, m, status, round, amount, due, fund_by, profile, shift, late_bps, standing_bps, digest, submitted_at, clock, cause,
              pay_bps, decided_at, decided_tx, jsonb_build_object('gross', gross::text, 'lateCredit', late_credit::text,
              'holdback', holdback::text, 'fee', fee::text, 'net', net::text, 'refundable', refundable::text) AS parts
         FROM escrow_milestone WHERE escrow = ANY ($1::bytea[]) ORDER BY escrow, m`,
      keys,
    );
    const payments = await this.uow.manager.query<PaymentRow[]>(
      `SELECT escrow, account, amount, m, kind, credited FROM escrow_payment WHERE escrow = ANY ($1::bytea[]) ORDER BY block, log_index`,
      keys,
    );
    return new Map(
      projects.map((row) => {
        const mine = <T extends { escrow: Buffer }>(other: T): boolean => other.escrow.equals(row.escrow);
        const record = toEscrow(row, milestones.filter(mine), payments.filter(mine));
        return [record.escrow, record];
      }),
    );
  }

  /** Which of these escrows exist on the chain; EIP-55. */
  async existing(escrows: readonly string[]): Promise<ReadonlySet<string>> {
    if (escrows.length === 0) return new Set();
    const rows = await this.uow.manager.query<{ escrow: Buffer }[]>(
      'SELECT escrow FROM escrow_project WHERE escrow = ANY ($1::bytea[])',
      [escrows.map(toBytes)],
    );
    return new Set(rows.map((row) => getAddress(toHex(row.escrow))));
  }

  /**
   * Escrows in which a clock may have run out before `time`. May name some too many: the model knows grace and late days.
   * @param time chain, Unix seconds
   */
  async waitingPast(time: number): Promise<string[]> {
    const rows = await this.uow.manager.query<{ escrow: Buffer }[]>(
      `SELECT DISTINCT m.escrow
         FROM escrow_milestone m JOIN escrow_project e ON e.escrow = m.escrow JOIN project p ON p.escrow = m.escrow
        WHERE (m.status IN ('Submitted', 'Rejected', 'Disputed') AND m.exit_by < $1)
           OR (m.status IN ('Planned', 'Funded') AND (e.cancel_at < $1
               OR (p.terms->>'start')::bigint + 86400 * (CASE m.status WHEN 'Planned' THEN m.fund_by ELSE m.due END)::bigint + m.shift < $1))
           OR (e.holdback > 0 AND e.decided_at + 86400 * (p.terms->>'warrantyDays')::bigint < $1)
        LIMIT 500`,
      [time],
    );
    return rows.map((row) => getAddress(toHex(row.escrow)));
  }

  /** Submissions of one milestone, newest round first. */
  async submissions(escrow: string, m: number): Promise<SubmissionFacts[]> {
    return this.facts('escrow = $1 AND m = $2 ORDER BY round DESC', [toBytes(escrow), m]);
  }

  /** Submissions with this digest. */
  async byDigest(digest: string): Promise<SubmissionFacts[]> {
    return this.facts('digest = $1 ORDER BY submitted_at', [toBytes(digest)]);
  }

  private async facts(where: string, values: readonly unknown[]): Promise<SubmissionFacts[]> {
    const rows = await this.uow.manager.query<
      { escrow: Buffer; m: number; round: number; digest: Buffer; submitted_at: string; tx: Buffer }[]
    >(`SELECT escrow, m, round, digest, submitted_at, tx FROM escrow_submission WHERE ${where}`, [...values]);
    return rows.map((row) => ({
      escrow: getAddress(toHex(row.escrow)),
      m: row.m,
      round: row.round,
      digest: toHex(row.digest),
      submittedAt: Number(row.submitted_at),
      tx: toHex(row.tx),
    }));
  }
}

function toEscrow(row: ProjectRow, milestones: readonly MilestoneRow[], payments: readonly PaymentRow[]): EscrowFacts {
  return {
    escrow: getAddress(toHex(row.escrow)),
    version: row.version,
    funded: BigInt(row.funded),
    outflow: BigInt(row.outflow),
    paid: BigInt(row.paid),
    fees: BigInt(row.fees),
    refunded: BigInt(row.refunded),
    credited: BigInt(row.credited),
    claimed: BigInt(row.claimed),
    refundable: BigInt(row.refundable),
    holdback: BigInt(row.holdback),
    activated: row.activated,
    cancelAt: seconds(row.cancel_at),
    decidedAt: seconds(row.decided_at),
    changedBlock: Number(row.changed_block),
    milestones: milestones.map(toMilestone),
    payments: payments.map((payment) => ({
      account: getAddress(toHex(payment.account)),
      amount: BigInt(payment.amount),
      m: payment.m,
      kind: payment.kind,
      credited: payment.credited,
    })),
  };
}

function toMilestone(row: MilestoneRow): MilestoneFacts {
  const { parts } = row;
  return {
    m: row.m,
    status: row.status,
    round: row.round,
    amount: BigInt(row.amount),
    due: row.due,
    fundBy: row.fund_by,
    profile: row.profile,
    shift: Number(row.shift),
    lateBps: row.late_bps,
    standingBps: row.standing_bps,
    digest: row.digest === null ? null : toHex(row.digest),
    submittedAt: seconds(row.submitted_at),
    clock: seconds(row.clock),
    decision:
      row.cause === null || row.decided_tx === null
        ? null
        : {
            cause: row.cause,
            payBps: row.pay_bps ?? 0,
            gross: part(parts, 'gross'),
            lateCredit: part(parts, 'lateCredit'),
            holdback: part(parts, 'holdback'),
            fee: part(parts, 'fee'),
            net: part(parts, 'net'),
            refundable: part(parts, 'refundable'),
            at: Number(row.decided_at),
            tx: toHex(row.decided_tx),
          },
  };
}
