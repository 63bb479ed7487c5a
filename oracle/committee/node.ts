/** One node of a committee: asks its coordinator for work, looks for itself, signs with its own key. Opens no port. */
import { canonicalize, type Hex } from '@milepost/protocol';
import { hexOf } from '@milepost/protocol/evm-words';
import { reasonOf } from '../network/capabilities.js';
import { NoConsensus } from '../network/agreement.js';
import type { Peers } from '../network/node-run.js';
import { runNative, type NativeNode } from './native-run.js';
import { callDigest, isProven, NO_EXECUTION, type Answers, type Call, type TaskMessage } from './wire.js';

const CALL_LIMIT = 120_000;
const AFTER_FAILURE = 1_000;

export class CommitteeNode {
  private readonly index: number;
  private readonly stopping = new AbortController();
  private looping: Promise<void> = Promise.resolve();
  /** What the node last could not do; null if all is well. */
  lastError: string | null = null;

  /** @throws Error when the key is none of the committee's. */
  constructor(
    private readonly coordinatorUrl: string,
    private readonly node: NativeNode,
  ) {
    const own = node.key.address.toLowerCase();
    this.index = node.committee.signers.findIndex((signer) => signer.toLowerCase() === own);
    if (this.index < 0)
      throw new Error(`The key of ${node.key.address} is none of the signers that the deployment record names.`);
  }

  get number(): number {
    return this.index;
  }

  start(): void {
    this.looping = this.loop();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.looping;
  }

  private async loop(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        const { task } = await this.call({ kind: 'task', executionId: NO_EXECUTION, node: this.index });
        if (task !== null) await this.run(task);
        this.lastError = null;
      } catch (error) {
        this.lastError = reasonOf(error);
        await new Promise((resolve) => setTimeout(resolve, AFTER_FAILURE));
      }
    }
  }

  private async run(task: TaskMessage): Promise<void> {
    const { executionId } = task;
    const started = performance.now();
    const record = { observation: null as unknown, log: [] as string[] };
    // Breaks off when this process does: the others then need not wait for it.
    const here = this.call({ kind: 'here', executionId, node: this.index }).catch(() => undefined);
    let result: string | null = null;
    let error: string | null = null;
    try {
      result = await runNative(this.node, task, this.peers(executionId), record);
    } catch (reason) {
      error = reasonOf(reason);
    }
    await this.call({
      kind: 'end',
      executionId,
      node: this.index,
      result,
      observation: canonicalize(record.observation),
      error,
      log: record.log,
      milliseconds: Math.round(performance.now() - started),
    });
    await here;
  }

  private peers(executionId: Hex): Peers {
    const { committee } = this.node;
    const base = { executionId, node: this.index };
    return {
      offer: async (question, key) => {
        const answer = await this.call({ kind: 'offer', ...base, question, key });
        if (!isProven(committee, executionId, question, answer))
          throw new NoConsensus(`the coordinator cannot prove what the others said to ${question}`);
        return answer.key;
      },
      sign: async (digest, signature) => {
        const { signatures } = await this.call({ kind: 'sign', ...base, digest, signature });
        if (signatures.some((one) => !committee.isSignedBy(one.node, digest, one.signature)))
          throw new NoConsensus('the coordinator gives signatures that are none');
        return signatures;
      },
      deliver: async (receiver, report, gas) => {
        const { delivery } = await this.call({
          kind: 'deliver',
          ...base,
          receiver,
          rawReport: hexOf(report.rawReport),
          context: hexOf(report.context),
          configDigest: report.configDigest,
          sequence: report.sequence.toString(),
          signatures: report.signatures,
          gas: gas.toString(),
        });
        return delivery;
      },
    };
  }

  private async call<C extends Call>(call: C): Promise<Answers[C['kind']]> {
    const signature = this.node.key.sign(callDigest(this.node.committee, call));
    const response = await fetch(`${this.coordinatorUrl}/committee`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ call, signature }),
      signal: AbortSignal.any([this.stopping.signal, AbortSignal.timeout(CALL_LIMIT)]),
    });
    const answer = (await response.json()) as Answers[C['kind']] & { title?: string };
    if (!response.ok) throw new NoConsensus(answer.title ?? `the coordinator answered ${String(response.status)}`);
    return answer;
  }
}
