/** One execution of the workflow: every node runs it, and they meet where the workflow asks for consensus. */
import type { Hex } from '@milepost/protocol';
import { Agreement, NoConsensus } from './agreement.js';
import { reasonOf } from './capabilities.js';
import type { ReportSignature, SignedReport } from './committee.js';
import { runNode, type ExecutionTask, type NodeParts, type NodeSetting, type Peers } from './node-run.js';
import type { NodeRecord } from './statements.js';
import type { Delivery, Transmitter } from './transmitter.js';
import { ExecutionResult } from './wire/messages.js';

/** A node as the execution sees it: in this process or elsewhere. */
export interface ExecutingNode {
  readonly index: number;
  /** Runs the workflow; fills the record; resolves with how it ended, or null if the node failed. Never rejects. */
  run(task: ExecutionTask, peers: Peers, record: NodeRecord): Promise<Uint8Array | null>;
  /** Gives up what the node is at. */
  end(): void;
  close(): Promise<void>;
}

/** A node whose engine runs in a thread of this process. */
export class LocalNode implements ExecutingNode {
  constructor(
    private readonly setting: NodeSetting,
    readonly parts: NodeParts,
  ) {}

  get index(): number {
    return this.parts.index;
  }

  run(task: ExecutionTask, peers: Peers, record: NodeRecord): Promise<Uint8Array | null> {
    return runNode(this.setting, this.parts, task, peers, record);
  }

  end(): void {
    this.parts.engine.end();
  }

  close(): Promise<void> {
    return this.parts.engine.close();
  }
}

export interface ExecutionRecord {
  readonly executionId: Hex;
  /** What the workflow returned, if enough nodes returned the same. */
  readonly result: string | null;
  readonly error: string | null;
  readonly nodes: readonly NodeRecord[];
  readonly report: SignedReport | null;
  readonly delivery: Delivery | null;
  readonly milliseconds: number;
}

export interface ExecutionServices extends NodeSetting {
  readonly transmitter: Transmitter;
}

/** Signatures over one digest, until there are enough. */
interface Signing {
  readonly signatures: ReportSignature[];
  readonly enough: PromiseWithResolvers<readonly ReportSignature[]>;
}

export class Execution {
  private readonly agreement: Agreement;
  private readonly records: NodeRecord[];
  private readonly signings = new Map<Hex, Signing>();
  private report: SignedReport | null = null;
  private delivery: Promise<Delivery> | null = null;
  private everyEnd: Promise<unknown> = Promise.resolve();
  private running = 0;

  constructor(
    private readonly services: ExecutionServices,
    private readonly nodes: readonly ExecutingNode[],
    readonly task: ExecutionTask,
  ) {
    const { committee } = services;
    this.agreement = new Agreement(nodes.length, committee.quorum);
    this.records = nodes.map(({ index }) => ({
      node: index,
      signer: committee.signers[index] ?? '0x',
      observation: null,
      error: null,
      log: [],
      milliseconds: 0,
    }));
  }

  /** Runs on all nodes. Never throws: what went wrong is in the record. */
  async run(): Promise<ExecutionRecord> {
    const started = performance.now();
    this.running = this.nodes.length;
    const ends = this.nodes.map((node, i) => node.run(this.task, this.peersOf(i), this.record(i)));
    this.everyEnd = Promise.all(ends);
    let result: string | null = null;
    let error: string | null = null;
    try {
      const agreed = ExecutionResult.decode(Buffer.from(await this.agreedEnd(ends), 'base64'));
      if (agreed.error !== undefined) error = agreed.error;
      else result = agreed.value?.string ?? null;
    } catch (reason) {
      error = reasonOf(reason);
    }
    const delivery = await Promise.resolve(this.delivery).catch(() => null);
    return {
      executionId: this.task.executionId,
      result,
      error,
      nodes: this.records,
      report: this.report,
      delivery,
      milliseconds: Math.round(performance.now() - started),
    };
  }

  /** Resolves when the last node has ended, at most the engine's time limit after the first; its record is complete then. */
  async stragglers(): Promise<void> {
    await this.everyEnd;
  }

  /** How node `index` reaches the others in this execution. */
  peersOf(index: number): Peers {
    return {
      offer: (question, key) => this.agreement.offer(index, question, key),
      sign: (digest, signature) => this.sign(index, digest, signature),
      deliver: (receiver, report, gas) => {
        this.report ??= report;
        this.delivery ??= this.services.transmitter.deliver(receiver, this.report, gas);
        return this.delivery;
      },
    };
  }

  private sign(node: number, digest: Hex, signature: Hex | null): Promise<readonly ReportSignature[]> {
    const signing = this.signing(digest);
    const { committee } = this.services;
    const signer = committee.signers[node];
    if (signature !== null && signer !== undefined && committee.isSignedBy(node, digest, signature)) {
      if (!signing.signatures.some((one) => one.node === node)) signing.signatures.push({ node, signer, signature });
    }
    if (signing.signatures.length >= committee.needed)
      signing.enough.resolve(signing.signatures.slice(0, committee.needed));
    return signing.enough.promise;
  }

  private signing(digest: Hex): Signing {
    const known = this.signings.get(digest);
    if (known !== undefined) return known;
    const signing: Signing = { signatures: [], enough: Promise.withResolvers() };
    // Signatures that nobody waits for any more must not end the process.
    signing.enough.promise.catch(() => undefined);
    this.signings.set(digest, signing);
    return signing;
  }

  /** Too few nodes are left to sign: whoever still waits for signatures must not wait for the engine's time limit. */
  private giveUpSigning(): void {
    for (const { signatures, enough } of this.signings.values()) {
      if (signatures.length + this.running < this.services.committee.needed)
        enough.reject(new NoConsensus('no consensus: too few nodes are left to sign'));
    }
  }

  /** How enough nodes ended. A node that is stuck is not waited for. */
  private agreedEnd(ends: readonly Promise<Uint8Array | null>[]): Promise<string> {
    return new Promise((resolve, reject) => {
      let finished = 0;
      for (const [i, end] of ends.entries()) {
        void end.then((bytes) => {
          if (bytes !== null) {
            finished++;
            this.agreement.offer(i, 'the result', Buffer.from(bytes).toString('base64')).then(resolve, reject);
          }
          this.agreement.leave(i);
          this.running--;
          this.giveUpSigning();
          if (this.running === 0 && finished === 0) reject(new NoConsensus('no consensus: no node finished'));
        });
      }
    });
  }

  private record(index: number): NodeRecord {
    const record = this.records[index];
    if (record === undefined) throw new RangeError(`there is no node ${String(index)}`);
    return record;
  }
}
