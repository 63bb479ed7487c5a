import { BALLOT_STATUS, decodeBallotWord, decodeTerms, encodeRoster, seatsOf, splitProfile } from '@milepost/protocol';
import type { EntityManager } from 'typeorm';
import { toBytes, type ChainLog, type Projection } from '../../../platform/chain/index.js';

/** What the gate says: policies, rosters, ballots, votes. The first roster of a project is in its terms. */
export const gateProjection: Projection = {
  name: 'gate',
  tables: ['gate_policy', 'gate_roster', 'gate_ballot', 'gate_vote'],
  events: {
    MilestoneGate: [
      'RosterRegistered',
      'BallotOpened',
      'BallotsCast',
      'Objection',
      'Reported',
      'BallotExtended',
      'BallotHeld',
      'BallotDecided',
    ],
    PolicyBook: ['PolicyDefined'],
    EscrowFactory: ['EscrowCreated'],
    MilestoneEscrow: ['MilestoneAmended'],
  },
  apply: async (em, log) => {
    switch (log.event) {
      case 'PolicyDefined':
        return defined(em, log);
      case 'EscrowCreated':
        return created(em, log);
      case 'MilestoneAmended':
        return amended(em, log);
      case 'RosterRegistered':
        return registered(em, log);
      case 'BallotOpened':
        return opened(em, log);
      case 'BallotsCast':
        return cast(em, log);
      case 'Objection':
        return objected(em, log);
      case 'Reported':
        return reported(em, log);
      case 'BallotExtended':
        return update(em, log, 'deadline = $3, extended = true', [log.int('deadline')]);
      case 'BallotHeld':
        return update(em, log, `status = 'Held', hold_until = $3, decided_bps = $4`, [
          log.int('until'),
          log.int('payBps'),
        ]);
      case 'BallotDecided':
        return decided(em, log);
    }
  },
};

const defined = async (em: EntityManager, log: ChainLog): Promise<void> => {
  await em.query('insert into gate_policy (chain_id, policy_hash, gate_policy, block) values ($1, $2, $3, $4)', [
    log.chainId,
    toBytes(log.hex('policyHash')),
    toBytes(log.hex('gatePolicy')),
    log.block.number,
  ]);
};

/** The end of the terms, in the form that later rosters have. */
const created = async (em: EntityManager, log: ChainLog): Promise<void> => {
  const terms = decodeTerms(log.hex('args'));
  await em.query(
    `insert into gate_roster (chain_id, escrow, version, data, client, milestones, block) values ($1, $2, 1, $3, $4, $5, $6)`,
    [
      log.chainId,
      toBytes(log.account('escrow')),
      toBytes(terms.policyHash + encodeRoster(terms).slice(2)),
      toBytes(terms.client),
      terms.milestones.map((milestone) => milestone.policy),
      log.block.number,
    ],
  );
};

/** What a change order registers, for all milestones as it left them. */
const registered = async (em: EntityManager, log: ChainLog): Promise<void> => {
  await em.query(
    `insert into gate_roster (chain_id, escrow, version, data, client, milestones, block)
     select chain_id, escrow, $3, $4, client, milestones, $5 from gate_roster
      where chain_id = $1 and escrow = $2 order by version desc limit 1`,
    [log.chainId, toBytes(log.account('escrow')), log.int('version'), toBytes(log.hex('data')), log.block.number],
  );
};

/** A change order names the policy of each milestone that it sets or adds. */
const amended = async (em: EntityManager, log: ChainLog): Promise<void> => {
  await em.query(
    `update gate_roster set milestones[$3::int] = $4 where chain_id = $1 and escrow = $2
      and version = (select max(version) from gate_roster where chain_id = $1 and escrow = $2)`,
    [log.chainId, toBytes(log.address), log.int('m') + 1, splitProfile(log.int('profile')).policy],
  );
};

const opened = async (em: EntityManager, log: ChainLog): Promise<void> => {
  await em.query(
    `insert into gate_ballot (chain_id, ballot, escrow, milestone, round, question, pay_bps, digest, version, policy,
                              deadline, opened_at, opened_block)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    [
      log.chainId,
      toBytes(log.hex('ballot')),
      toBytes(log.account('escrow')),
      log.int('milestone'),
      log.int('round'),
      log.int('question'),
      log.int('payBps'),
      toBytes(log.hex('digest')),
      log.int('version'),
      log.int('policy'),
      log.int('deadline'),
      log.block.time,
      log.block.number,
    ],
  );
};

const cast = async (em: EntityManager, log: ChainLog): Promise<void> => {
  const votes = [
    ...seatsOf(log.uint('yesSeats')).map((seat) => [seat, true] as const),
    ...seatsOf(log.uint('noSeats')).map((seat) => [seat, false] as const),
  ];
  for (const [seat, approve] of votes) await vote(em, log, seat, approve, null);
};

/** Says the same as the No in `BallotsCast`, in either order, and why. */
const objected = (em: EntityManager, log: ChainLog): Promise<void> =>
  vote(em, log, log.int('seat'), false, log.hex('reason'));

const vote = async (
  em: EntityManager,
  log: ChainLog,
  seat: number,
  approve: boolean,
  reason: string | null,
): Promise<void> => {
  await em.query(
    `insert into gate_vote (chain_id, ballot, seat, approve, reason, at, tx) values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (chain_id, ballot, seat) do update set reason = coalesce(excluded.reason, gate_vote.reason)`,
    [
      log.chainId,
      toBytes(log.hex('ballot')),
      seat,
      approve,
      reason === null ? null : toBytes(reason),
      log.block.time,
      toBytes(log.txHash),
    ],
  );
};

const reported = async (em: EntityManager, log: ChainLog): Promise<void> => {
  if (!log.bool('latched')) return;
  await update(em, log, 'verdict = $3, verdict_bps = $4', [log.int('verdict'), log.int('payBps')]);
};

/** The final word names every seat that has cast: a vote that we do not have is an event that we missed. */
const decided = async (em: EntityManager, log: ChainLog): Promise<void> => {
  const outcome = BALLOT_STATUS[log.int('outcome')] ?? 'None';
  const { voted } = decodeBallotWord(log.uint('word'));
  await update(
    em,
    log,
    `status = $3, decided_bps = $4, decided_at = $5, decided_tx = $6,
     recounted = (select coalesce(array_agg(seat::int order by seat), '{}') from gate_vote v
                   where v.chain_id = gate_ballot.chain_id and v.ballot = gate_ballot.ballot) = $7::int[]`,
    [outcome, log.int('payBps'), log.block.time, toBytes(log.txHash), voted],
  );
};

const update = async (em: EntityManager, log: ChainLog, set: string, values: readonly unknown[]): Promise<void> => {
  await em.query(`update gate_ballot set ${set} where chain_id = $1 and ballot = $2`, [
    log.chainId,
    toBytes(log.hex('ballot')),
    ...values,
  ]);
};
