import type { EntityManager } from 'typeorm';
import type { UnitOfWork } from '../../database/index.js';
import { rowsOf, type OutboxService } from '../../outbox/index.js';
import type { ChainCodec } from '../codec.js';
import { asContractError, ContractError } from '../contract-error.js';
import { toBytes, toHex } from '../hex.js';
import type { IntentProblem, IntentState } from '../relayer.js';
import { InconsistentAnswer, type BlockHeader, type ChainClient, type Receipt } from '../rpc/chain-client.js';

/** A transaction of the relayer that was found in a block. */
export interface RelayedInclusion {
  readonly intent: string;
  readonly receipt: Receipt;
  readonly state: Extract<IntentState, 'included' | 'failed' | 'expired'>;
  readonly problem: IntentProblem | null;
}

interface AttemptRow {
  hash: Buffer;
  intent: string;
  is_void: boolean;
}

/** Finds the relayer's transactions in the blocks the indexer reads: only what stands in a block has happened. */
export class RelayWatch {
  constructor(
    private readonly client: ChainClient,
    private readonly codec: ChainCodec,
    private readonly uow: UnitOfWork,
    private readonly outbox: OutboxService,
  ) {}

  /** Reads receipts, so not inside a transaction. A signed call is stored before it is sent, so none can be missed. */
  async inclusions(blocks: readonly BlockHeader[]): Promise<RelayedInclusion[]> {
    const hashes = blocks.flatMap((block) => block.transactions);
    if (hashes.length === 0) return [];
    const attempts = rowsOf<AttemptRow>(
      await this.uow.manager.query('select hash, intent, is_void from relay_attempt where hash = any ($1::bytea[])', [
        hashes.map(toBytes),
      ]),
    );
    const receipts = await this.client.receipts(attempts.map((attempt) => toHex(attempt.hash)));
    return Promise.all(
      attempts.map(async (attempt, i) => {
        const receipt = receipts[i];
        if (!receipt || !blocks.some((block) => block.hash === receipt.blockHash))
          throw new InconsistentAnswer(`the receipt of ${toHex(attempt.hash)} is from another fork`);
        if (attempt.is_void) return { intent: attempt.intent, receipt, state: 'expired', problem: null };
        if (receipt.ok) return { intent: attempt.intent, receipt, state: 'included', problem: null };
        return { intent: attempt.intent, receipt, state: 'failed', problem: await this.cause(receipt) };
      }),
    );
  }

  async settle(em: EntityManager, inclusions: readonly RelayedInclusion[]): Promise<void> {
    for (const { intent, receipt, state, problem } of inclusions) {
      const [row] = rowsOf<{ project: string | null; person: string | null }>(
        await em.query(
          `update relay_intent set state = $2, tx = $3, block = $4, gas = $5, problem = $6::jsonb, changed_at = now()
            where id = $1 returning project, person`,
          [
            intent,
            state,
            toBytes(receipt.txHash),
            receipt.block,
            receipt.gasUsed,
            problem === null ? null : JSON.stringify(problem),
          ],
        ),
      );
      await this.outbox.emit(em, {
        type: 'intent.changed',
        ids: { intent, state },
        project: row?.project ?? null,
        person: row?.project ? null : (row?.person ?? null),
        finality: 'included',
      });
    }
  }

  /** Why a mined transaction had no effect: the same call on the block before it, as near as a node without traces can say. */
  private async cause(receipt: Receipt): Promise<IntentProblem> {
    const unexplained = {
      code: 'call-failed',
      detail: `The transaction ${receipt.txHash} was mined but had no effect. Nothing was changed; try again.`,
    };
    const transaction = await this.client.transaction(receipt.txHash);
    if (!transaction) return unexplained;
    try {
      await this.client.call(transaction.to, transaction.data, receipt.block - 1, transaction.from);
      return unexplained;
    } catch (error) {
      const refusal = asContractError(this.codec, error);
      return refusal instanceof ContractError ? refusal.problem : unexplained;
    }
  }
}
