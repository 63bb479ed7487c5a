import type { EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import type { UnitOfWork } from '../../database/index.js';
import { Problem } from '../../http/index.js';
import type { ChainCodec } from '../codec.js';
import { ContractError } from '../contract-error.js';
import { Relayer, type ChainAction, type Intent, type IntentRequest, type IntentState } from '../relayer.js';
import type { ChainClient } from '../rpc/chain-client.js';
import { RpcUnavailable } from '../rpc/json-rpc.js';
import type { ChainSettings } from '../settings.js';
import { buildCall, reservedGas } from './calls.js';
import type { RelayStore } from './relay-store.js';
import { tryCall } from './try-call.js';

/** States in which a call has had no effect and never will: the same request then makes a new intent. */
const ended: ReadonlySet<IntentState> = new Set(['refused', 'failed', 'expired']);

/** How much the service pays for others. */
export interface SponsorLimits {
  readonly callsPerPersonAndDay: number;
  readonly gasPerProjectAnd30Days: number;
  /** Everything together, the keeper included. */
  readonly gasPerDay: number;
}

/** The API's side of the relayer: tries, checks the limits, queues. Sending is the leader's work. */
export class RelayerService extends Relayer {
  constructor(
    private readonly settings: ChainSettings,
    private readonly client: ChainClient,
    private readonly codec: ChainCodec,
    private readonly uow: UnitOfWork,
    private readonly store: RelayStore,
    private readonly limits: SponsorLimits,
    private readonly sender: string,
    private readonly onQueued: () => void,
  ) {
    super();
  }

  override async simulate(action: ChainAction): Promise<void> {
    try {
      await tryCall(
        this.client,
        this.codec,
        this.sender,
        action,
        buildCall(this.codec, this.settings.contracts, action),
      );
    } catch (error) {
      throw asProblem(error);
    }
  }

  override async enqueue(em: EntityManager, request: IntentRequest): Promise<Intent> {
    const known = await this.store.findByKey(em, request.idempotency);
    if (known && !ended.has(known.state)) return known;
    if (known) await this.store.releaseKey(em, known.id);
    await this.checkLimits(em, request);
    const inserted = await this.store.insert(em, uuid(), request);
    const intent = inserted ?? (await this.store.findByKey(em, request.idempotency));
    if (!intent) throw new Error(`intent ${request.idempotency} is neither new nor known`);
    await this.uow.afterCommit(this.onQueued);
    return intent;
  }

  override find(id: string): Promise<Intent | null> {
    return this.store.find(this.uow.manager, id);
  }

  private async checkLimits(em: EntityManager, request: IntentRequest): Promise<void> {
    const gas = reservedGas[request.action.kind];
    // One lock per project (or for the keeper), so that two requests at once cannot both take the last of the budget.
    await em.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`relay/${request.project ?? 'service'}`]);
    const used = await this.store.usage(em, request.person, request.project);
    const over =
      request.person !== null && used.calls >= this.limits.callsPerPersonAndDay
        ? `${this.limits.callsPerPersonAndDay} relayed calls a day for a person`
        : request.project !== null && used.projectGas + gas > this.limits.gasPerProjectAnd30Days
          ? `${this.limits.gasPerProjectAnd30Days} gas in 30 days for a project`
          : used.dayGas + gas > this.limits.gasPerDay
            ? `${this.limits.gasPerDay} gas a day for the service`
            : null;
    if (over === null) return;
    throw new Problem(
      429,
      'gas-budget',
      `The sponsored gas is used up (${over}); nothing was sent. The transaction in "transaction" does the same: send it from your own wallet, or wait.`,
      {
        transaction: {
          chainId: this.settings.chainId,
          ...buildCall(this.codec, this.settings.contracts, request.action),
        },
      },
    );
  }
}

/** A contract's refusal or an absent chain, as the API says it. */
export const asProblem = (error: unknown): unknown => {
  if (error instanceof ContractError) return new Problem(422, error.problem.code, error.problem.detail);
  if (error instanceof RpcUnavailable)
    return new Problem(
      503,
      'chain-unavailable',
      'The chain does not answer at the moment; nothing was sent. Try again in a minute.',
    );
  return error;
};
