import { keccak256, type Wallet } from 'ethers';
import { Logger } from '@nestjs/common';
import type { UnitOfWork } from '../../database/index.js';
import type { OutboxService } from '../../outbox/index.js';
import type { ChainCodec } from '../codec.js';
import { asContractError, ContractError } from '../contract-error.js';
import type { LeaderTask } from '../leader-loop.js';
import type { IntentProblem } from '../relayer.js';
import type { ChainClient } from '../rpc/chain-client.js';
import { RpcError } from '../rpc/json-rpc.js';
import type { ChainSettings } from '../settings.js';
import { buildCall, type Call } from './calls.js';
import { tryCall } from './try-call.js';
import type { OpenIntent, RelayStore, SignedAttempt, StaleIntent } from './relay-store.js';

/** Seconds without inclusion after which the fee is raised. */
const STALE_SECONDS = 30;
/** Fee raises before the call is given up; its nonce is then used up by a transfer of nothing to ourselves. */
const MOST_BUMPS = 6;
/** Wei per gas that the service never exceeds. */
const FEE_CAP = 500n * 10n ** 9n;
/** A transaction above this is refused by chains with EIP-7825. */
const GAS_CAP = 16_000_000;

/** What the node says when it has the transaction already, or a block has it. Both are success: the indexer decides. */
const KNOWN =
  /already known|already imported|known transaction|nonce too low|nonce is too low|replacement transaction underpriced/i;

const raised = (fee: bigint): bigint => (fee * 1_125n + 999n) / 1_000n;
const atMost = (fee: bigint, cap: bigint): bigint => (fee < cap ? fee : cap);

/**
 * Sends intents: tries the call, takes a nonce, signs, stores the bytes, commits, broadcasts. Whatever the moment of a
 * crash, the next start sends the same bytes again, so a call has at most one effect.
 */
export class Sender implements LeaderTask {
  private readonly logger = new Logger('relayer');
  private epoch = 0;
  private stopped = false;

  constructor(
    private readonly settings: ChainSettings,
    private readonly client: ChainClient,
    private readonly codec: ChainCodec,
    private readonly uow: UnitOfWork,
    private readonly store: RelayStore,
    private readonly outbox: OutboxService,
    private readonly wallet: Wallet,
    private readonly onSent: () => void,
  ) {}

  async takeOver(): Promise<void> {
    const onChain = await this.client.nonce(this.wallet.address, 'latest');
    const lane = await this.uow.transaction((em) => this.store.takeOver(em, this.wallet.address, onChain));
    this.epoch = lane.epoch;
    this.stopped = onChain > lane.next;
    const reason = `the account ${this.wallet.address} has used nonce ${onChain - 1}, which this service never signed; nothing is sent until its key is replaced`;
    if (this.stopped) this.logger.error(reason);
    await this.store.stopLane(this.uow.manager, this.wallet.address, this.stopped ? reason : null);
  }

  async step(): Promise<boolean> {
    if (this.stopped) return false;
    await this.broadcastUnsent();
    const queued = await this.store.queued(this.uow.manager, 16);
    for (const intent of queued) await this.send(intent);
    for (const intent of await this.store.stale(this.uow.manager, STALE_SECONDS)) await this.replace(intent);
    return queued.length === 16;
  }

  private async broadcastUnsent(): Promise<void> {
    for (const attempt of await this.store.unsent(this.uow.manager))
      await this.broadcast(attempt.intent, attempt.hash, attempt.raw);
  }

  private async send(intent: OpenIntent): Promise<void> {
    let call: Call;
    let gas: number;
    try {
      call = buildCall(this.codec, this.settings.contracts, intent.action);
      await tryCall(this.client, this.codec, this.wallet.address, intent.action, call);
      gas = await this.client.estimateGas(this.wallet.address, call.to, call.data);
    } catch (error) {
      const refusal = asContractError(this.codec, error);
      if (refusal instanceof ContractError) return this.refuse(intent, refusal.problem);
      throw error;
    }
    // A payee whose token refuses costs more than the estimate: the credit is written instead.
    const gasLimit = Math.min(GAS_CAP, Math.ceil(gas * 1.3));
    const fees = await this.fees();
    const attempt = await this.uow.transaction(async (em) => {
      const nonce = await this.store.lockLane(em, this.wallet.address, this.epoch);
      const signed = await this.sign(call, nonce, gasLimit, fees.maxFee, fees.priority, false);
      await this.store.storeFirst(em, intent.id, this.wallet.address, nonce, signed);
      await this.announce(em, intent, 'signed');
      return signed;
    });
    await this.broadcast(intent.id, attempt.hash, attempt.raw);
  }

  private async replace(intent: StaleIntent): Promise<void> {
    const maxFee = atMost(raised(intent.maxFee), FEE_CAP);
    const priority = atMost(raised(intent.priority), maxFee);
    const giveUp = intent.attempts > MOST_BUMPS;
    if (maxFee === intent.maxFee && !giveUp) return;
    const call = giveUp
      ? { to: this.wallet.address, data: '0x' }
      : buildCall(this.codec, this.settings.contracts, intent.action);
    const gas = giveUp ? 21_000 : await this.gasOrDefault(call);
    const attempt = await this.sign(call, intent.nonce, gas, maxFee, priority, giveUp);
    await this.uow.transaction(async (em) => {
      await this.store.lockLane(em, this.wallet.address, this.epoch);
      await this.store.storeAttempt(em, intent.id, attempt);
    });
    this.logger.warn(
      `intent ${intent.id}: no block took it for ${STALE_SECONDS} s, ${giveUp ? 'given up' : 'fee raised'}`,
    );
    await this.broadcast(intent.id, attempt.hash, attempt.raw);
  }

  private async gasOrDefault(call: Call): Promise<number> {
    try {
      const estimate = await this.client.estimateGas(this.wallet.address, call.to, call.data);
      return Math.min(GAS_CAP, Math.ceil(estimate * 1.3));
    } catch (error) {
      // It may revert now because the first sending has just been mined; the nonce then makes this one void.
      if (error instanceof RpcError) return 1_500_000;
      throw error;
    }
  }

  private async fees(): Promise<{ maxFee: bigint; priority: bigint }> {
    const [head, suggested] = await Promise.all([this.client.block('latest'), this.client.priorityFee()]);
    const priority = atMost(suggested, FEE_CAP);
    return { priority, maxFee: atMost((head?.baseFee ?? 0n) * 2n + priority, FEE_CAP) };
  }

  private async sign(
    call: Call,
    nonce: number,
    gasLimit: number,
    maxFee: bigint,
    priority: bigint,
    isVoid: boolean,
  ): Promise<SignedAttempt> {
    const raw = await this.wallet.signTransaction({
      type: 2,
      chainId: this.settings.chainId,
      nonce,
      to: call.to,
      data: call.data,
      value: 0n,
      gasLimit,
      maxFeePerGas: maxFee,
      maxPriorityFeePerGas: priority,
    });
    return { hash: keccak256(raw), raw, maxFee, priority, isVoid };
  }

  private async broadcast(intent: string, hash: string, raw: string): Promise<void> {
    try {
      await this.client.broadcast(raw);
    } catch (error) {
      if (!(error instanceof RpcError && KNOWN.test(error.message))) throw error;
    }
    await this.uow.transaction((em) => this.store.markSent(em, hash, intent));
    this.onSent();
  }

  private async refuse(intent: OpenIntent, problem: IntentProblem): Promise<void> {
    await this.uow.transaction(async (em) => {
      if (await this.store.refuse(em, intent.id, problem)) await this.announce(em, intent, 'refused');
    });
  }

  private async announce(em: Parameters<OutboxService['emit']>[0], intent: OpenIntent, state: string): Promise<void> {
    await this.outbox.emit(em, {
      type: 'intent.changed',
      ids: { intent: intent.id, state },
      project: intent.project,
      person: intent.project === null ? intent.person : null,
    });
  }
}
