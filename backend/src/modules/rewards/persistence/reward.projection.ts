import {
  allocate,
  CLIENT_STANDING,
  decodeTerms,
  epochOf,
  factorsOf,
  LAUNCH_PARAMS,
  reputationUnits,
  splitByShares,
  splitHoldbackFee,
  toSettle,
  WAD,
  type Factors,
  type Share,
  type TermsProfile,
} from '@milepost/protocol';
import type { EntityManager } from 'typeorm';
import { toBytes, toHex, type ChainLog, type Projection } from '../../../platform/chain/index.js';
import { rowsOf } from '../../../platform/outbox/index.js';

/** The token in whose units rewards are counted; fees in other tokens earn none. */
export interface SettlementAsset {
  /** EIP-55 or lower case. */
  readonly token: string;
  readonly decimals: number;
}

interface Payee {
  readonly account: string;
  readonly weight: number;
  /** A successor that the payee has named, in force after `from` (Unix seconds). */
  readonly next?: { readonly account: string; readonly from: number };
}

interface EscrowRow {
  client: Buffer;
  token: Buffer;
  start: string;
  payees: Payee[];
  /** What each funder has put in, base units. */
  funders: { account: string; amount: string }[];
  profiles: TermsProfile[];
}

interface MilestoneRow {
  milestone: number;
  due: number;
  profile: number;
  shift: string;
  round: number;
  submitted_at: string | null;
  score_round: number | null;
  score_bps: number | null;
  holdback: string;
  factors: Factors | null;
}

/** Cause numbers of the escrow's events. */
const RULING = 2;
const DAY = 86_400;
const YEAR = 365 * DAY;
const FIRST_SPECIAL = 250;
/** The one work class until the DAO sets others. */
const CLASS_BPS = 10_000;
/** No client is bonded or verified yet. */
const STANDING = CLIENT_STANDING.unverified;

/** Turns decided milestones into reward lines, by the rule of the protocol package. */
export const rewardProjection = (asset: SettlementAsset): Projection => ({
  name: 'rewards',
  tables: ['reward_escrow', 'reward_milestone', 'reward_request', 'reward_fee', 'reward_line', 'reputation_line'],
  events: {
    EscrowFactory: ['EscrowCreated'],
    MilestoneEscrow: [
      'Funded',
      'Synced',
      'MilestoneFunded',
      'Submitted',
      'Rejected',
      'Decided',
      'HoldbackReleased',
      'MilestoneAmended',
      'PayeeChanging',
      'PayeeChanged',
    ],
    CreOracle: ['Requested', 'Attested'],
  },
  apply: async (em, log) => {
    switch (log.event) {
      case 'EscrowCreated':
        return created(em, log);
      case 'Funded':
        return funded(em, log, log.int('funder'));
      case 'Synced':
        return funded(em, log, 0);
      case 'MilestoneFunded':
      case 'Rejected':
        return update(em, log, 'shift = $4', [log.int('shift')]);
      case 'Submitted':
        return update(em, log, 'round = $4, submitted_at = $5', [log.int('round'), log.block.time]);
      case 'Requested':
        return requested(em, log);
      case 'Attested':
        return attested(em, log);
      case 'Decided':
        return decided(em, log, asset);
      case 'HoldbackReleased':
        return released(em, log, asset);
      case 'MilestoneAmended':
        return amended(em, log);
      case 'PayeeChanging':
      case 'PayeeChanged':
        return payeeChanged(em, log);
    }
  },
});

const created = async (em: EntityManager, log: ChainLog): Promise<void> => {
  const terms = decodeTerms(log.hex('args'));
  const escrow = toBytes(log.account('escrow'));
  const payees = terms.payees.length > 0 ? terms.payees : [{ account: terms.contributor, weight: 10_000 }];
  const funders = [terms.client, ...terms.funders].map((account) => ({ account, amount: '0' }));
  await em.query(
    `insert into reward_escrow (chain_id, escrow, client, token, start, payees, funders, profiles)
     values ($1, $2, $3, $4, $5, $6::jsonb, $7::jsonb, $8::jsonb)`,
    [
      log.chainId,
      escrow,
      toBytes(terms.client),
      toBytes(terms.token),
      terms.start,
      JSON.stringify(payees),
      JSON.stringify(funders),
      JSON.stringify(terms.profiles),
    ],
  );
  for (const [m, { due, profile }] of terms.milestones.entries())
    await em.query(
      'insert into reward_milestone (chain_id, escrow, milestone, due, profile) values ($1, $2, $3, $4, $5)',
      [log.chainId, escrow, m, due, profile],
    );
};

const funded = async (em: EntityManager, log: ChainLog, funder: number): Promise<void> => {
  const escrow = await escrowOf(em, log);
  if (!escrow) return;
  const funders = escrow.funders.map((known, i) =>
    i === funder ? { ...known, amount: (BigInt(known.amount) + log.uint('amount')).toString() } : known,
  );
  await em.query('update reward_escrow set funders = $3::jsonb where chain_id = $1 and escrow = $2', [
    log.chainId,
    toBytes(log.address),
    JSON.stringify(funders),
  ]);
};

const requested = async (em: EntityManager, log: ChainLog): Promise<void> => {
  await em.query(
    'insert into reward_request (chain_id, request, escrow, milestone, round) values ($1, $2, $3, $4, $5)',
    [
      log.chainId,
      toBytes(log.hex('requestId')),
      toBytes(log.account('escrow')),
      log.int('milestone'),
      log.int('round'),
    ],
  );
};

/** A passed verdict is a score of the work, whichever body decides in the end. */
const attested = async (em: EntityManager, log: ChainLog): Promise<void> => {
  if (log.int('verdict') !== 1) return;
  await em.query(
    `update reward_milestone m set score_round = r.round, score_bps = $3 from reward_request r
      where r.chain_id = $1 and r.request = $2 and m.chain_id = r.chain_id and m.escrow = r.escrow and m.milestone = r.milestone`,
    [log.chainId, toBytes(log.hex('requestId')), log.int('payBps')],
  );
};

const decided = async (em: EntityManager, log: ChainLog, asset: SettlementAsset): Promise<void> => {
  if (log.int('m') >= FIRST_SPECIAL) return;
  const escrow = await escrowOf(em, log);
  const [milestone] = escrow ? await milestonesOf(em, log, log.int('m')) : [];
  if (!escrow || !milestone) return;
  const factors = factorsAt(escrow, milestone, log);
  await update(em, log, 'holdback = $4, factors = $5::jsonb', [
    log.uint('holdback').toString(),
    JSON.stringify(factors),
  ]);
  await earn(em, log, asset, escrow, {
    milestone: milestone.milestone,
    factors,
    fee: log.uint('fee'),
    source: 'milestone',
  });
};

const factorsAt = (escrow: EscrowRow, milestone: MilestoneRow, log: ChainLog): Factors => {
  const planned = milestone.due * DAY;
  const grace = (escrow.profiles[milestone.profile]?.graceDays ?? 0) * DAY;
  const dueAt = Number(escrow.start) + planned + Number(milestone.shift) + grace;
  return factorsOf({
    classBps: CLASS_BPS,
    assessedBps: null,
    oracleScoreBps: milestone.score_round === milestone.round ? milestone.score_bps : null,
    rulingBps: log.int('cause') === RULING ? log.int('payBps') : null,
    lateSeconds: Math.max(0, Number(milestone.submitted_at ?? 0) - dueAt),
    plannedSeconds: planned,
    round: Math.max(1, milestone.round),
  });
};

/** The fee of a released holdback carries the factors of the milestones that it was kept from. */
const released = async (em: EntityManager, log: ChainLog, asset: SettlementAsset): Promise<void> => {
  const escrow = await escrowOf(em, log);
  if (!escrow) return;
  const kept = (await milestonesOf(em, log, null)).filter((milestone) => BigInt(milestone.holdback) > 0n);
  const parts = splitHoldbackFee(
    log.uint('fee'),
    kept.map(({ milestone, holdback }) => ({ milestone, holdback: BigInt(holdback) })),
  );
  for (const { milestone, fee } of parts) {
    const factors = kept.find((known) => known.milestone === milestone)?.factors;
    if (factors) await earn(em, log, asset, escrow, { milestone, factors, fee, source: 'holdback' });
  }
};

const earn = async (
  em: EntityManager,
  log: ChainLog,
  asset: SettlementAsset,
  escrow: EscrowRow,
  from: { milestone: number; factors: Factors; fee: bigint; source: 'milestone' | 'holdback' },
): Promise<void> => {
  if (from.fee === 0n || toHex(escrow.token) !== asset.token.toLowerCase()) return;
  const fee = toSettle(from.fee, asset.decimals);
  const payees = payeesAt(escrow, log.block.time);
  const funders = escrow.funders
    .map(({ account, amount }) => ({ account, weight: BigInt(amount) }))
    .filter(({ weight }) => weight > 0n);
  const leastBase = from.source === 'holdback' && (await hasEarned(em, log, from.milestone)) ? 0n : WAD;
  const to = { payees, funders, assessors: [] };
  const { net, base, lines } = allocate(fee, from.factors, to, LAUNCH_PARAMS, leastBase);
  const place = [log.chainId, log.block.number, log.logIndex, from.milestone];
  await em.query(
    `insert into reward_fee (chain_id, block, log_index, milestone, escrow, source, fee, net, base, epoch, at, tx)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      ...place,
      toBytes(log.address),
      from.source,
      from.fee.toString(),
      net.toString(),
      base.toString(),
      epochOf(log.block.time),
      log.block.time,
      toBytes(log.txHash),
    ],
  );
  const { w, q, t, r } = from.factors;
  for (const [ordinal, line] of lines.entries())
    await em.query(
      `insert into reward_line (chain_id, block, log_index, milestone, ordinal, account, role, share_bps, w, q, t, r, settle)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
      [...place, ordinal, toBytes(line.account), line.role, line.shareBps, w, q, t, r, line.settle.toString()],
    );
  if (base > 0n) await repute(em, log, toHex(escrow.client), payees, net, from);
};

const hasEarned = async (em: EntityManager, log: ChainLog, milestone: number): Promise<boolean> =>
  rowsOf<{ block: string }>(
    await em.query(
      'select block from reward_fee where chain_id = $1 and escrow = $2 and milestone = $3 and base > 0 limit 1',
      [log.chainId, toBytes(log.address), milestone],
    ),
  ).length > 0;

const repute = async (
  em: EntityManager,
  log: ChainLog,
  client: string,
  payees: readonly Share[],
  net: bigint,
  from: { milestone: number; factors: Factors },
): Promise<void> => {
  const shares = splitByShares(net, payees);
  for (const [i, payee] of payees.entries()) {
    const share = shares[i] ?? 0n;
    if (share === 0n) continue;
    const [row] = rowsOf<{ before: string }>(
      await em.query(
        `select coalesce(sum(net), 0)::text as before from reputation_line
          where chain_id = $1 and client = $2 and account = $3 and at > $4`,
        [log.chainId, toBytes(client), toBytes(payee.account), log.block.time - YEAR],
      ),
    );
    const before = BigInt(row?.before ?? 0);
    const { q, t, r } = from.factors;
    const units = reputationUnits({ q, t, r, g: STANDING, before, net: share });
    await em.query(
      `insert into reputation_line (chain_id, block, log_index, milestone, account, client, net, before, standing, units, epoch, at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
      [
        log.chainId,
        log.block.number,
        log.logIndex,
        from.milestone,
        toBytes(payee.account),
        toBytes(client),
        share.toString(),
        before.toString(),
        STANDING,
        units.toString(),
        epochOf(log.block.time),
        log.block.time,
      ],
    );
  }
};

const amended = async (em: EntityManager, log: ChainLog): Promise<void> => {
  await em.query(
    `insert into reward_milestone (chain_id, escrow, milestone, due, profile) values ($1, $2, $3, $4, $5)
     on conflict (chain_id, escrow, milestone) do update set due = excluded.due, profile = excluded.profile`,
    [log.chainId, toBytes(log.address), log.int('m'), log.int('due'), log.int('profile')],
  );
};

const payeeChanged = async (em: EntityManager, log: ChainLog): Promise<void> => {
  const escrow = await escrowOf(em, log);
  if (!escrow) return;
  const payees = [...escrow.payees];
  const index = log.int('index');
  const known = payees[index];
  if (log.event === 'PayeeChanged') payees[index] = { account: log.account('newPayee'), weight: log.int('newWeight') };
  else if (known)
    payees[index] = {
      account: log.account('current'),
      weight: known.weight,
      next: { account: log.account('next'), from: log.int('effectiveAt') },
    };
  await em.query('update reward_escrow set payees = $3::jsonb where chain_id = $1 and escrow = $2', [
    log.chainId,
    toBytes(log.address),
    JSON.stringify(payees),
  ]);
};

const payeesAt = (escrow: EscrowRow, time: number): Share[] =>
  escrow.payees
    .filter(({ weight }) => weight > 0)
    .map(({ account, weight, next }) => ({
      account: next !== undefined && time > next.from ? next.account : account,
      weight: BigInt(weight),
    }));

const escrowOf = async (em: EntityManager, log: ChainLog): Promise<EscrowRow | undefined> =>
  rowsOf<EscrowRow>(
    await em.query(
      'select client, token, start, payees, funders, profiles from reward_escrow where chain_id = $1 and escrow = $2',
      [log.chainId, toBytes(log.address)],
    ),
  )[0];

const milestonesOf = async (em: EntityManager, log: ChainLog, milestone: number | null): Promise<MilestoneRow[]> =>
  rowsOf<MilestoneRow>(
    await em.query(
      `select milestone, due, profile, shift, round, submitted_at, score_round, score_bps, holdback, factors from reward_milestone
        where chain_id = $1 and escrow = $2 and ($3::int is null or milestone = $3) order by milestone`,
      [log.chainId, toBytes(log.address), milestone],
    ),
  );

/** Columns come from this file only. */
const update = async (em: EntityManager, log: ChainLog, set: string, values: readonly unknown[]): Promise<void> => {
  await em.query(`update reward_milestone set ${set} where chain_id = $1 and escrow = $2 and milestone = $3`, [
    log.chainId,
    toBytes(log.address),
    log.int('m'),
    ...values,
  ]);
};
