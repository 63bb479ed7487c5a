import { BALLOT_STATUS, decodeBallotWord, seatsOf } from '@milepost/protocol';
import type { EntityManager } from 'typeorm';
import { toBytes, type ChainLog, type Projection } from '../../../platform/chain/index.js';

/** What the gate says: rosters, ballots, votes. */
export const gateProjection: Projection = {
  name: 'gate',
  tables: ['gate_roster', 'gate_ballot', 'gate_vote'],
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
  },
  apply: async (em, log) => {
    switch (log.event) {
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

const registered = async (em: EntityManager, log: ChainLog): Promise<void> => {
  await em.query('insert into gate_roster (chain_id, escrow, version, data, block) values ($1, $2, $3, $4, $5)', [
    log.chainId,
    toBytes(log.account('escrow')),
    log.int('version'),
    toBytes(log.hex('data')),
    log.block.number,
  ]);
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
