/** What the end-to-end tests of the network share: one chain, networks that are stopped after each test, words to wait with. */
import type { Hex } from '@milepost/protocol';
import type { JobView, OracleNetwork } from '../network/network.js';
import type { NetworkOptions } from '../network/options.js';
import { Harness, until } from './harness.js';

export class NetworkSuite {
  milestone = 0;
  private readonly stops: (() => Promise<void>)[] = [];

  private constructor(
    readonly harness: Harness,
    readonly runner: Awaited<ReturnType<Harness['startRunner']>>,
  ) {}

  static async start(): Promise<NetworkSuite> {
    const harness = await Harness.start();
    return new NetworkSuite(harness, await harness.startRunner());
  }

  async open(change: Partial<NetworkOptions> = {}): Promise<OracleNetwork> {
    const network = await this.harness.openNetwork(this.runner.url, change);
    this.stops.push(() => network.stop());
    await network.start();
    return network;
  }

  /** Stops what a test has started and forgets what the backend was told. */
  async clear(): Promise<void> {
    for (const stop of this.stops.splice(0)) await stop();
    const { backend } = this.harness;
    backend.reports.length = 0;
    backend.runs.length = 0;
    backend.reportStatus = 201;
    backend.sources.clear();
  }

  async stop(): Promise<void> {
    await this.clear();
    await this.runner.stop();
    await this.harness.stop();
  }

  /** Waits until the network has run the request and it is in this state. */
  settled(network: OracleNetwork, requestId: Hex, state: string, seconds = 50): Promise<JobView> {
    return until(
      `request in state ${state}`,
      () => {
        const job = network.job(requestId);
        return job?.state === state && job.attempts > 0 ? job : undefined;
      },
      seconds,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}; it is ${JSON.stringify(network.job(requestId))}`);
    });
  }

  /** As `settled`, with the word of every node: three decide, the fourth may be a moment behind. */
  async complete(network: OracleNetwork, requestId: Hex, state: string): Promise<JobView> {
    await this.settled(network, requestId, state);
    return until('the last node', () => {
      const job = network.job(requestId);
      return job?.nodes.every(({ milliseconds }) => milliseconds > 0) ? job : undefined;
    });
  }

  async isPending(requestId: Hex): Promise<boolean> {
    const { verdict } = (await this.harness.oracle.getFunction('attestation')(requestId)) as { verdict: bigint };
    return verdict === 0n;
  }
}
