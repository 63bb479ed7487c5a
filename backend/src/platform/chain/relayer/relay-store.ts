import type { EntityManager } from 'typeorm';
import { rowsOf } from '../../outbox/index.js';
import { toBytes, toHex } from '../hex.js';
import { LeadershipLost } from '../leader.js';
import type { ChainAction, Intent, IntentProblem, IntentRequest, IntentState } from '../relayer.js';
import { reservedGas } from './calls.js';

export interface SignedAttempt {
  readonly hash: string;
  readonly raw: string;
  readonly maxFee: bigint;
  readonly priority: bigint;
  readonly isVoid: boolean;
}

/** An intent with what the sender needs to go on with it. */
export interface OpenIntent {
  readonly id: string;
  readonly action: ChainAction;
  readonly project: string | null;
  readonly person: string | null;
  readonly nonce: number | null;
}

export interface StaleIntent extends OpenIntent {
  readonly nonce: number;
  readonly attempts: number;
  readonly maxFee: bigint;
  readonly priority: bigint;
}

interface IntentRow {
  id: string;
  kind: ChainAction['kind'];
  project: string | null;
  milestone: number | null;
  state: IntentState;
  tx: Buffer | null;
  problem: IntentProblem | null;
}

interface OpenRow {
  id: string;
  action: ChainAction;
  project: string | null;
  person: string | null;
  nonce: string | null;
}

interface StaleRow extends OpenRow {
  nonce: string;
  attempts: number;
  max_fee: string;
  priority: string;
}

const intentColumns = 'id, kind, project, milestone, state, tx, problem';

const intentOf = (row: IntentRow): Intent => ({
  id: row.id,
  kind: row.kind,
  project: row.project,
  milestone: row.milestone,
  state: row.state,
  txHash: row.tx ? toHex(row.tx) : null,
  problem: row.problem,
});

const openOf = (row: OpenRow): OpenIntent => ({
  id: row.id,
  action: row.action,
  project: row.project,
  person: row.person,
  nonce: row.nonce === null ? null : Number(row.nonce),
});

/** The relayer's SQL. Every method takes the transaction (or autocommit manager) it works in. */
export class RelayStore {
  constructor(private readonly chainId: number) {}

  async find(em: EntityManager, id: string): Promise<Intent | null> {
    const [row] = rowsOf<IntentRow>(await em.query(`select ${intentColumns} from relay_intent where id = $1`, [id]));
    return row ? intentOf(row) : null;
  }

  async findByKey(em: EntityManager, idempotency: string): Promise<Intent | null> {
    const [row] = rowsOf<IntentRow>(
      await em.query(`select ${intentColumns} from relay_intent where idempotency = $1`, [idempotency]),
    );
    return row ? intentOf(row) : null;
  }

  /** Lets the key of an intent that ended without effect be used again. */
  async releaseKey(em: EntityManager, id: string): Promise<void> {
    await em.query(`update relay_intent set idempotency = idempotency || '/' || id where id = $1`, [id]);
  }

  /** Null if the key is taken. */
  async insert(em: EntityManager, id: string, request: IntentRequest): Promise<Intent | null> {
    const [row] = rowsOf<IntentRow>(
      await em.query(
        `insert into relay_intent (id, chain_id, project, milestone, person, kind, action, idempotency, gas)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (idempotency) do nothing returning ${intentColumns}`,
        [
          id,
          this.chainId,
          request.project,
          request.milestone,
          request.person,
          request.action.kind,
          JSON.stringify(request.action),
          request.idempotency,
          reservedGas[request.action.kind],
        ],
      ),
    );
    return row ? intentOf(row) : null;
  }

  /** What was sponsored lately: a person's calls in a day, a project's gas in 30 days, all gas in a day. */
  async usage(
    em: EntityManager,
    person: string | null,
    project: string | null,
  ): Promise<{ calls: number; projectGas: number; dayGas: number }> {
    const [row] = rowsOf<{ calls: string; project_gas: string; day_gas: string }>(
      await em.query(
        `select (select count(*) from relay_intent where person = $2 and created_at > now() - interval '1 day'
                    and state not in ('refused', 'expired')) as calls,
                (select coalesce(sum(gas), 0) from relay_intent where project = $3 and created_at > now() - interval '30 days'
                    and state not in ('refused', 'expired')) as project_gas,
                (select coalesce(sum(gas), 0) from relay_intent where chain_id = $1 and created_at > now() - interval '1 day'
                    and state not in ('refused', 'expired')) as day_gas`,
        [this.chainId, person, project],
      ),
    );
    return {
      calls: Number(row?.calls ?? 0),
      projectGas: Number(row?.project_gas ?? 0),
      dayGas: Number(row?.day_gas ?? 0),
    };
  }

  /** The new leader of the lane: returns its epoch and the next nonce. A lane that is new starts at `chainNonce`. */
  async takeOver(em: EntityManager, sender: string, chainNonce: number): Promise<{ epoch: number; next: number }> {
    const [row] = rowsOf<{ epoch: string; next_nonce: string }>(
      await em.query(
        `insert into relay_lane (chain_id, sender, next_nonce, epoch) values ($1, $2, $3, 1)
         on conflict (chain_id, sender) do update set epoch = relay_lane.epoch + 1 returning epoch, next_nonce`,
        [this.chainId, toBytes(sender), chainNonce],
      ),
    );
    if (!row) throw new Error('the relay lane is gone');
    return { epoch: Number(row.epoch), next: Number(row.next_nonce) };
  }

  async stopLane(em: EntityManager, sender: string, reason: string | null): Promise<void> {
    await em.query('update relay_lane set stopped = $3 where chain_id = $1 and sender = $2', [
      this.chainId,
      toBytes(sender),
      reason,
    ]);
  }

  /** Locks the lane and returns its next nonce; refused when another process has taken over since `epoch`. */
  async lockLane(em: EntityManager, sender: string, epoch: number): Promise<number> {
    const [row] = rowsOf<{ epoch: string; next_nonce: string }>(
      await em.query('select epoch, next_nonce from relay_lane where chain_id = $1 and sender = $2 for update', [
        this.chainId,
        toBytes(sender),
      ]),
    );
    if (Number(row?.epoch) !== epoch) throw new LeadershipLost('another relayer has taken over this account');
    return Number(row?.next_nonce);
  }

  /** Stores the signed bytes: from here on the call may be on its way. */
  async storeFirst(
    em: EntityManager,
    intent: string,
    sender: string,
    nonce: number,
    attempt: SignedAttempt,
  ): Promise<void> {
    await em.query('update relay_lane set next_nonce = $3 where chain_id = $1 and sender = $2', [
      this.chainId,
      toBytes(sender),
      nonce + 1,
    ]);
    await em.query(
      `update relay_intent set state = 'signed', sender = $2, nonce = $3, changed_at = now() where id = $1`,
      [intent, toBytes(sender), nonce],
    );
    await this.storeAttempt(em, intent, attempt);
  }

  async storeAttempt(em: EntityManager, intent: string, attempt: SignedAttempt): Promise<void> {
    await em.query(
      `insert into relay_attempt (hash, intent, raw, max_fee, priority, is_void) values ($1, $2, $3, $4, $5, $6)`,
      [
        toBytes(attempt.hash),
        intent,
        toBytes(attempt.raw),
        attempt.maxFee.toString(),
        attempt.priority.toString(),
        attempt.isVoid,
      ],
    );
    await em.query(`update relay_intent set state = 'signed', changed_at = now() where id = $1 and state = 'sent'`, [
      intent,
    ]);
  }

  /** Signed bytes that may never have left, in nonce order. */
  async unsent(em: EntityManager): Promise<{ hash: string; raw: string; intent: string }[]> {
    const rows = rowsOf<{ hash: Buffer; raw: Buffer; intent: string }>(
      await em.query(
        `select a.hash, a.raw, a.intent from relay_attempt a join relay_intent i on i.id = a.intent
          where i.chain_id = $1 and i.state = 'signed' and a.sent_at is null order by i.nonce, a.signed_at limit 64`,
        [this.chainId],
      ),
    );
    return rows.map((row) => ({ hash: toHex(row.hash), raw: toHex(row.raw), intent: row.intent }));
  }

  async markSent(em: EntityManager, hash: string, intent: string): Promise<void> {
    await em.query('update relay_attempt set sent_at = now() where hash = $1', [toBytes(hash)]);
    await em.query(
      `update relay_intent set state = 'sent', tx = $2, changed_at = now() where id = $1 and state = 'signed'
          and not exists (select 1 from relay_attempt where intent = $1 and sent_at is null)`,
      [intent, toBytes(hash)],
    );
  }

  async queued(em: EntityManager, limit: number): Promise<OpenIntent[]> {
    const rows = rowsOf<OpenRow>(
      await em.query(
        `select id, action, project, person, nonce from relay_intent
          where chain_id = $1 and state = 'queued' and not_before <= now() order by created_at, id limit $2`,
        [this.chainId, limit],
      ),
    );
    return rows.map(openOf);
  }

  /** Sent calls that no block has taken for `seconds`. */
  async stale(em: EntityManager, seconds: number): Promise<StaleIntent[]> {
    const rows = rowsOf<StaleRow>(
      await em.query(
        `select i.id, i.action, i.project, i.person, i.nonce, count(*)::int as attempts,
                max(a.max_fee)::text as max_fee, max(a.priority)::text as priority
           from relay_intent i join relay_attempt a on a.intent = i.id
          where i.chain_id = $1 and i.state = 'sent'
          group by i.id having max(a.sent_at) < now() - make_interval(secs => $2) order by i.nonce limit 16`,
        [this.chainId, seconds],
      ),
    );
    return rows.map((row) => ({
      ...openOf(row),
      nonce: Number(row.nonce),
      attempts: row.attempts,
      maxFee: BigInt(row.max_fee),
      priority: BigInt(row.priority),
    }));
  }

  /** Ends an intent that has no signed bytes. False if it has moved on meanwhile. */
  async refuse(em: EntityManager, id: string, problem: IntentProblem): Promise<boolean> {
    const rows = rowsOf<{ id: string }>(
      await em.query(
        `update relay_intent set state = 'refused', problem = $2, gas = 0, changed_at = now()
          where id = $1 and state = 'queued' returning id`,
        [id, JSON.stringify(problem)],
      ),
    );
    return rows.length === 1;
  }
}
