/** The coordinator's side of a committee: hands tasks to the nodes' processes and joins what they say. It signs nothing. */
import type { Hex } from '@milepost/protocol';
import { bytesOf, hexOf } from '@milepost/protocol/evm-words';
import { reasonOf } from '../network/capabilities.js';
import type { Committee } from '../network/committee.js';
import type { ExecutingNode } from '../network/execution.js';
import type { ExecutionTask, Peers } from '../network/node-run.js';
import type { NodeRecord } from '../network/statements.js';
import { EvmLog, ExecutionResult, Value } from '../network/wire/messages.js';
import { json, problem, type Answer } from '../shared/http-service.js';
import { callDigest, type Answers, type Call, type SignedCall, type TaskMessage } from './wire.js';

/** How long a node's question for work is kept open. */
const PATIENCE = 15_000;
/** A node that does not take up a run by then is not there. */
const PICK_UP = 3_000;
/** A node that does not end a run by then has failed in it. */
const RUN_LIMIT = 60_000;

interface Running {
  readonly task: ExecutionTask;
  readonly peers: Peers;
  readonly record: NodeRecord;
  /** Resolves when the run is over on this node. */
  readonly over: Promise<unknown>;
  isTaken: boolean;
  end(result: Uint8Array | null, error: string | null): void;
}

/** A node in a process of its own. */
class RemoteNode implements ExecutingNode {
  private running: Running | undefined;
  private waiting: (() => void) | undefined;
  /** When the node was heard last, in milliseconds of this process; 0 if never. */
  heardAt = 0;

  constructor(readonly index: number) {}

  run(task: ExecutionTask, peers: Peers, record: NodeRecord): Promise<Uint8Array | null> {
    const started = performance.now();
    const { promise, resolve } = Promise.withResolvers<Uint8Array | null>();
    const limit = setTimeout(() => {
      running.end(null, `no answer within ${String(RUN_LIMIT)} ms`);
    }, RUN_LIMIT);
    const pickUp = setTimeout(() => {
      if (!running.isTaken) running.end(null, 'the node is not there');
    }, PICK_UP);
    const running: Running = {
      task,
      peers,
      record,
      over: promise,
      isTaken: false,
      end: (result, error) => {
        clearTimeout(limit);
        clearTimeout(pickUp);
        if (this.running === running) this.running = undefined;
        record.error ??= error;
        record.milliseconds ||= Math.round(performance.now() - started);
        resolve(result);
      },
    };
    this.running = running;
    this.waiting?.();
    return promise;
  }

  /** The run of this id, while the node is at it. */
  current(executionId: Hex): Running | undefined {
    return this.running?.task.executionId === executionId ? this.running : undefined;
  }

  /** Something to do, as soon as there is, or nothing after a while. */
  async next(gone: AbortSignal): Promise<ExecutionTask | null> {
    if (this.running === undefined || this.running.isTaken) {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      const timer = setTimeout(resolve, PATIENCE, undefined);
      this.waiting = () => {
        resolve(undefined);
      };
      gone.addEventListener('abort', this.waiting, { once: true });
      await promise;
      clearTimeout(timer);
      this.waiting = undefined;
    }
    const { running } = this;
    if (running === undefined || running.isTaken || gone.aborted) return null;
    running.isTaken = true;
    return running.task;
  }

  end(): void {
    this.running?.end(null, 'the run was given up');
  }

  close(): Promise<void> {
    this.end();
    this.waiting?.();
    return Promise.resolve();
  }
}

export class Exchange {
  readonly nodes: readonly RemoteNode[];
  /** Signed offers by execution, question and key. */
  private readonly offers = new Map<string, { node: number; signature: Hex }[]>();
  private offersOf: Hex | undefined;

  constructor(readonly committee: Committee) {
    this.nodes = committee.signers.map((_, index) => new RemoteNode(index));
  }

  /** Nodes that have asked for work within the last half minute. */
  status(): { readonly node: number; readonly isHere: boolean }[] {
    const now = performance.now();
    return this.nodes.map(({ index, heardAt }) => ({ node: index, isHere: heardAt > 0 && now - heardAt < 30_000 }));
  }

  /** Answers one call. `gone` fires when the caller hangs up: then its run has failed. */
  async handle(body: string, gone: AbortSignal): Promise<Answer> {
    let signed: SignedCall;
    try {
      signed = JSON.parse(body) as SignedCall;
      const { call, signature } = signed;
      if (!this.committee.isSignedBy(call.node, callDigest(this.committee, call), signature))
        return problem(401, 'not-a-node', 'The call is not signed by the node it names.');
    } catch {
      return problem(400, 'not-a-call', 'The body is no signed call of a node.');
    }
    const node = this.nodes[signed.call.node];
    if (node === undefined) return problem(401, 'not-a-node', 'There is no such node.');
    node.heardAt = performance.now();
    try {
      return json(await this.answer(node, signed, gone));
    } catch (error) {
      return problem(409, 'no-answer', reasonOf(error));
    }
  }

  private async answer(
    node: RemoteNode,
    { call, signature }: SignedCall,
    gone: AbortSignal,
  ): Promise<Answers[Call['kind']]> {
    if (call.kind === 'task') {
      const task = await node.next(gone);
      return { task: task === null ? null : messageOf(task) };
    }
    const running = node.current(call.executionId);
    if (running === undefined) throw new Error('this run is over');
    const hungUp = (): void => {
      node.current(call.executionId)?.end(null, 'the connection to the node was lost');
    };
    gone.addEventListener('abort', hungUp, { once: true });
    try {
      switch (call.kind) {
        case 'here':
          await running.over;
          return { ok: true };
        case 'offer':
          return await this.offer(running, call, signature);
        case 'sign':
          return { signatures: await running.peers.sign(call.digest, call.signature) };
        case 'deliver': {
          const { receiver, gas, signatures, configDigest } = call;
          const report = {
            rawReport: bytesOf(call.rawReport),
            context: bytesOf(call.context),
            configDigest,
            sequence: BigInt(call.sequence),
            signatures,
          };
          return { delivery: await running.peers.deliver(receiver, report, BigInt(gas)) };
        }
        case 'end':
          return this.ended(running, call);
      }
    } finally {
      gone.removeEventListener('abort', hungUp);
    }
  }

  private async offer(
    running: Running,
    { executionId, node, question, key }: Extract<Call, { kind: 'offer' }>,
    signature: Hex,
  ): Promise<Answers['offer']> {
    // One execution at a time: what was offered in the one before is of no use any more.
    if (this.offersOf !== executionId) {
      this.offers.clear();
      this.offersOf = executionId;
    }
    const place = (which: string): string => JSON.stringify([question, which]);
    const said = this.offers.get(place(key)) ?? [];
    if (!said.some((one) => one.node === node)) this.offers.set(place(key), [...said, { node, signature }]);
    const agreed = await running.peers.offer(question, key);
    return { key: agreed, certificate: this.offers.get(place(agreed)) ?? [] };
  }

  private ended(running: Running, call: Extract<Call, { kind: 'end' }>): Answers['end'] {
    const { record } = running;
    record.observation = JSON.parse(call.observation) as unknown;
    record.error = call.error;
    record.log.push(...call.log);
    record.milliseconds = call.milliseconds;
    const value = { ...Value.zero, string: call.result ?? '' };
    const bytes = ExecutionResult.encode({ value, error: call.error ?? undefined, subscriptions: undefined });
    running.end(call.result === null && call.error === null ? null : bytes, call.error);
    return { ok: true };
  }
}

function messageOf({ executionId, trigger, block, sequence }: ExecutionTask): TaskMessage {
  const log = EvmLog.decode(trigger.payload);
  return {
    executionId,
    topics: log.topics.map(hexOf),
    data: hexOf(log.data),
    block: { number: block.number, timestamp: block.timestamp, hash: block.hash },
    sequence: sequence.toString(),
  };
}
