/** Asks the workflow what triggers it, and checks that this network can serve that. */
import type { Hex } from '@milepost/protocol';
import { hexOf, keccakHex } from '@milepost/protocol/evm-words';
import { quotas } from '../quotas.js';
import type { NodeEngine } from './engine/node-engine.js';
import { CONFIDENCE, CronConfig, ExecuteRequest, ExecutionResult, LogTriggerConfig } from './wire/messages.js';

export interface Subscription {
  /** Index of the handler that the log starts. */
  readonly logTrigger: number;
  /** Index of the handler that the clock starts. */
  readonly cronTrigger: number;
  readonly finalized: boolean;
  readonly schedule: string;
}

/** @throws Error when the workflow fails, asks for other triggers, or is over a quota. */
export async function subscribe(
  engine: NodeEngine,
  config: Uint8Array,
  chainSelector: string,
  oracle: Hex,
): Promise<Subscription> {
  if (config.length > quotas.config.bytes)
    throw new Error(`workflow configuration over ${String(quotas.config.bytes)} bytes`);
  const request = ExecuteRequest.encode({ config, subscribe: {}, trigger: undefined, maxResponseSize: 100_000n });
  const host = {
    call: () => undefined,
    await: () => Promise.resolve(new Uint8Array(0)),
    log: () => undefined,
  };
  const { result } = await engine.run({ request, now: Date.now(), seed: 'subscribe' }, host);
  const answer = ExecutionResult.decode(result);
  if (answer.subscriptions === undefined)
    throw new Error(`The workflow does not subscribe: ${answer.error ?? 'no reason given'}`);
  const { subscriptions } = answer.subscriptions;
  const logTrigger = subscriptions.findIndex(
    ({ id, method }) => id === `evm:ChainSelector:${chainSelector}@1.0.0` && method === 'LogTrigger',
  );
  const cronTrigger = subscriptions.findIndex(({ id }) => id === 'cron-trigger@1.0.0');
  const log = subscriptions[logTrigger]?.payload;
  const cron = subscriptions[cronTrigger]?.payload;
  if (log === undefined || cron === undefined || subscriptions.length !== 2) {
    throw new Error('The workflow must subscribe to one log of this chain and one clock.');
  }
  const filter = LogTriggerConfig.decode(log.value);
  const topic = keccakHex('Requested(bytes32,address,uint8,uint8,bytes32,bytes32,uint40)');
  const [address] = filter.addresses;
  if (filter.addresses.length > quotas.trigger.logAddresses)
    throw new Error(`a log trigger watches at most ${String(quotas.trigger.logAddresses)} addresses`);
  if (filter.addresses.length !== 1 || address === undefined || hexOf(address) !== oracle.toLowerCase()) {
    throw new Error('The workflow must watch the CreOracle of the deployment record and nothing else.');
  }
  if (filter.topics.map(({ values }) => values.map(hexOf).join()).join() !== topic)
    throw new Error('The workflow must watch the Requested event.');
  return {
    logTrigger,
    cronTrigger,
    finalized: filter.confidence === CONFIDENCE.FINALIZED,
    schedule: CronConfig.decode(cron.value).schedule,
  };
}
