import type { EntityManager } from 'typeorm';
import { toBytes, type ChainLog, type Projection } from '../../../platform/chain/index.js';

/** What the oracle's contract says: requests, verdicts, and whether the gate has been told. */
export const oracleProjection: Projection = {
  name: 'oracle',
  tables: ['oracle_request'],
  events: { CreOracle: ['Requested', 'Attested', 'Pushed'] },
  apply: async (em, log) => {
    if (log.event === 'Requested') await requested(em, log);
    else if (log.event === 'Attested') await attested(em, log);
    else
      await em.query('update oracle_request set pushed = true, latched = $3 where chain_id = $1 and request = $2', [
        log.chainId,
        toBytes(log.hex('requestId')),
        log.bool('latched'),
      ]);
  },
};

const requested = async (em: EntityManager, log: ChainLog): Promise<void> => {
  await em.query(
    `insert into oracle_request (chain_id, request, escrow, milestone, round, digest, criteria, requested_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      log.chainId,
      toBytes(log.hex('requestId')),
      toBytes(log.account('escrow')),
      log.int('milestone'),
      log.int('round'),
      toBytes(log.hex('digest')),
      toBytes(log.hex('criteriaHash')),
      log.block.time,
      log.int('expiresAt'),
    ],
  );
};

const attested = async (em: EntityManager, log: ChainLog): Promise<void> => {
  await em.query(
    `update oracle_request set verdict = $3, pay_bps = $4, observed_at = $5, metrics = $6, evidence = $7, recorded_at = $8,
            recorded_tx = $9 where chain_id = $1 and request = $2`,
    [
      log.chainId,
      toBytes(log.hex('requestId')),
      log.int('verdict'),
      log.int('payBps'),
      log.int('observedAt'),
      toBytes(log.hex('metrics')),
      toBytes(log.hex('evidenceHash')),
      log.block.time,
      toBytes(log.txHash),
    ],
  );
};
