import { decodeTerms, splitProfile } from '@milepost/protocol/terms';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type ChainLog, ProjectionRegistry, toBytes } from '../../../platform/chain/index.js';
import { CAUSES, FIRST_SPECIAL, KINDS, nameOf } from '../domain/escrow-events.js';

type Handler = (em: EntityManager, log: ChainLog) => Promise<void>;

/** Adds to counters of a project. Columns come from this file only. */
async function add(em: EntityManager, log: ChainLog, sums: Readonly<Record<string, bigint>>): Promise<void> {
  const columns = Object.keys(sums);
  const sets = columns.map((column, i) => `${column} = ${column} + $${i + 4}::numeric`);
  await em.query(
    `UPDATE escrow_project SET ${['changed_block = $2', 'changed_at = $3', ...sets].join(', ')} WHERE escrow = $1`,
    [toBytes(log.address), log.block.number, log.block.time, ...columns.map((column) => String(sums[column] ?? 0n))],
  );
}

/** Sets columns of a milestone. Columns come from this file only. */
async function set(em: EntityManager, log: ChainLog, values: Readonly<Record<string, unknown>>): Promise<void> {
  const columns = Object.keys(values);
  await em.query(
    `UPDATE escrow_milestone SET ${columns.map((column, i) => `${column} = $${i + 3}`).join(', ')} WHERE escrow = $1 AND m = $2`,
    [toBytes(log.address), log.int('m'), ...columns.map((column) => values[column])],
  );
}

const isMilestone = (log: ChainLog): boolean => log.int('m') < FIRST_SPECIAL;

async function payment(em: EntityManager, log: ChainLog, credited: boolean): Promise<void> {
  await em.query(
    `INSERT INTO escrow_payment (escrow, tx, log_index, block, account, amount, m, kind, credited, at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      toBytes(log.address),
      toBytes(log.txHash),
      log.logIndex,
      log.block.number,
      toBytes(log.account('account')),
      String(log.uint('amount')),
      isMilestone(log) ? log.int('m') : null,
      nameOf(KINDS, log.int('kind')),
      credited,
      log.block.time,
    ],
  );
}

const created: Handler = async (em, log) => {
  const escrow = toBytes(log.account('escrow'));
  const args = log.hex('args');
  await em.query(
    `INSERT INTO escrow_project (escrow, client, contributor, token, total, args, terms_hash, policy_hash, version, funded, outflow, paid,
       fees, refunded, credited, claimed, refundable, holdback, activated, created_block, created_tx, changed_block, changed_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, false, $9, $10, $9, $11)`,
    [
      escrow,
      toBytes(log.account('client')),
      toBytes(log.account('contributor')),
      toBytes(log.account('token')),
      String(log.uint('total')),
      toBytes(args),
      toBytes(log.hex('termsHash')),
      toBytes(log.hex('policyHash')),
      log.block.number,
      toBytes(log.txHash),
      log.block.time,
    ],
  );
  const { milestones } = decodeTerms(args);
  await em.query(
    `INSERT INTO escrow_milestone (escrow, m, status, round, amount, due, fund_by, profile, shift, late_bps, standing_bps)
     SELECT $1, m - 1, 'Planned', 0, amount, due, fund_by, profile, 0, 0, 0
       FROM unnest($2::numeric[], $3::int[], $4::int[], $5::int[]) WITH ORDINALITY AS given (amount, due, fund_by, profile, m)`,
    [
      escrow,
      milestones.map((milestone) => String(milestone.amount)),
      milestones.map((milestone) => milestone.due),
      milestones.map((milestone) => milestone.fundBy),
      milestones.map((milestone) => milestone.profile),
    ],
  );
};

const submitted: Handler = async (em, log) => {
  const lateBps = log.int('lateBps');
  const decideBy = log.int('decideBy');
  const digest = toBytes(log.hex('digest'));
  await set(em, log, {
    status: 'Submitted',
    round: log.int('round'),
    digest,
    late_bps: lateBps,
    submitted_at: log.block.time,
    clock: log.block.time,
    exit_by: decideBy,
    reason_hash: null,
  });
  await em.query(
    `INSERT INTO escrow_submission (escrow, m, round, digest, late_bps, decide_by, submitted_at, tx) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      toBytes(log.address),
      log.int('m'),
      log.int('round'),
      digest,
      lateBps,
      decideBy,
      log.block.time,
      toBytes(log.txHash),
    ],
  );
  await add(em, log, {});
};

const decided: Handler = async (em, log) => {
  const payBps = log.int('payBps');
  const amount = (name: string): string => String(log.uint(name));
  await set(em, log, {
    status: payBps === 0 ? 'Refunded' : 'Released',
    cause: nameOf(CAUSES, log.int('cause')),
    pay_bps: payBps,
    standing_bps: payBps,
    late_bps: log.int('lateBps'),
    gross: amount('gross'),
    late_credit: amount('lateCredit'),
    holdback: amount('holdback'),
    fee: amount('fee'),
    net: amount('net'),
    refundable: amount('refundable'),
    decided_at: log.block.time,
    decided_tx: toBytes(log.txHash),
    exit_by: null,
  });
  await add(em, log, {
    outflow: log.uint('fee') + log.uint('net'),
    fees: log.uint('fee'),
    holdback: log.uint('holdback'),
    refundable: log.uint('refundable'),
  });
  await closed(em, log);
};

const cancelled: Handler = async (em, log) => {
  const cause = nameOf(CAUSES, log.int('cause'));
  const [killFee, fee, released] = [log.uint('killFee'), log.uint('fee'), log.uint('released')];
  await set(em, log, {
    status: 'Cancelled',
    cause,
    pay_bps: killFee === 0n ? 0 : 10_000,
    standing_bps: killFee === 0n ? 0 : 10_000,
    gross: String(killFee),
    late_credit: '0',
    holdback: '0',
    fee: String(fee),
    net: String(killFee - fee),
    refundable: String(released),
    decided_at: log.block.time,
    decided_tx: toBytes(log.txHash),
    exit_by: null,
  });
  // Jointly cancelled money goes back to the pool, which is what remains of the books.
  await add(em, log, { outflow: killFee, fees: fee, refundable: cause === 'JOINT' ? 0n : released });
  await closed(em, log);
};

/** The time of the last decision starts the warranty. */
const closed: Handler = async (em, log) => {
  await em.query('UPDATE escrow_project SET decided_at = $2 WHERE escrow = $1', [toBytes(log.address), log.block.time]);
};

const amendedMilestone: Handler = async (em, log) => {
  const { profile } = splitProfile(log.int('profile'));
  const values = [String(log.uint('newAmount')), log.int('due'), log.int('fundBy'), profile];
  await em.query(
    `INSERT INTO escrow_milestone AS known (escrow, m, status, round, amount, due, fund_by, profile, shift, late_bps, standing_bps)
     VALUES ($1, $2, 'Planned', 0, $3, $4, $5, $6, 0, 0, 0)
     ON CONFLICT (escrow, m) DO UPDATE SET amount = excluded.amount, due = excluded.due, fund_by = excluded.fund_by,
       profile = excluded.profile, status = CASE WHEN known.status IN ('Submitted', 'Rejected') THEN 'Funded' ELSE known.status END`,
    [toBytes(log.address), log.int('m'), ...values],
  );
  await add(em, log, {});
};

const handlers: Readonly<Record<string, Handler>> = {
  EscrowCreated: created,
  Funded: (em, log) => add(em, log, { funded: log.uint('amount') }),
  Synced: (em, log) => add(em, log, { funded: log.uint('amount') }),
  Unfunded: (em, log) => add(em, log, { refundable: log.uint('amount') }),
  MilestoneFunded: async (em, log) => {
    await set(em, log, { status: 'Funded', shift: log.int('shift') });
    await em.query('UPDATE escrow_project SET activated = true WHERE escrow = $1', [toBytes(log.address)]);
    await add(em, log, {});
  },
  Submitted: submitted,
  Rejected: async (em, log) => {
    await set(em, log, {
      status: 'Rejected',
      shift: log.int('shift'),
      clock: log.block.time,
      exit_by: log.int('until'),
      standing_bps: 0,
      reason_hash: toBytes(log.hex('reasonHash')),
    });
    await add(em, log, {});
  },
  Disputed: async (em, log) => {
    if (isMilestone(log)) {
      await set(em, log, {
        status: 'Disputed',
        clock: log.block.time,
        standing_bps: log.int('standingBps'),
        exit_by: log.int('ruleBy'),
      });
    }
    await add(em, log, {});
  },
  StandingSet: async (em, log) => {
    if (isMilestone(log)) await set(em, log, { standing_bps: log.int('newBps') });
    await add(em, log, {});
  },
  Decided: decided,
  MilestoneCancelled: cancelled,
  MilestoneAmended: amendedMilestone,
  Amended: async (em, log) => {
    await em.query('UPDATE escrow_project SET version = $2, terms_hash = $3, cancel_at = NULL WHERE escrow = $1', [
      toBytes(log.address),
      log.int('version'),
      toBytes(log.hex('termsHash')),
    ]);
    await add(em, log, {});
  },
  Paid: async (em, log) => {
    await payment(em, log, false);
    await add(em, log, { paid: log.uint('amount') });
  },
  Credited: async (em, log) => {
    const kind = nameOf(KINDS, log.int('kind'));
    const amount = log.uint('amount');
    await payment(em, log, true);
    await add(em, log, {
      credited: amount,
      ...(kind === 'fee' ? { fees: -amount } : {}),
      ...(kind === 'refund' ? { refunded: -amount } : {}),
    });
  },
  CreditClaimed: (em, log) => add(em, log, { claimed: log.uint('amount') }),
  Refunded: (em, log) =>
    add(em, log, { outflow: log.uint('amount'), refunded: log.uint('amount'), refundable: -log.uint('amount') }),
  HoldbackReleased: (em, log) =>
    add(em, log, { outflow: log.uint('amount'), fees: log.uint('fee'), holdback: -log.uint('amount') }),
  ClaimDecided: (em, log) => add(em, log, { holdback: -log.uint('refunded'), refundable: log.uint('refunded') }),
  CancelNotice: async (em, log) => {
    await em.query('UPDATE escrow_project SET cancel_at = $2 WHERE escrow = $1', [
      toBytes(log.address),
      log.int('until'),
    ]);
    await add(em, log, {});
  },
};

/** Keeps `escrow_*` equal to what the escrows' events say. */
@Injectable()
export class EscrowProjection implements OnModuleInit {
  constructor(private readonly registry: ProjectionRegistry) {}

  onModuleInit(): void {
    this.registry.register({
      name: 'projects',
      tables: ['escrow_project', 'escrow_milestone', 'escrow_submission', 'escrow_payment'],
      events: {
        EscrowFactory: ['EscrowCreated'],
        MilestoneEscrow: Object.keys(handlers).filter((name) => name !== 'EscrowCreated'),
      },
      apply: async (em, log) => handlers[log.event]?.(em, log),
    });
  }
}
