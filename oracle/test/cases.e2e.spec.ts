/** What may go wrong under a request: crashes, silence, floods, reorganisations. Each case with its outcome. */
import type { EventLog } from 'ethers';
import { parseCriteria, type Criteria, type Hex } from '@milepost/protocol';
import type { Fetch } from '../network/capabilities.js';
import type { OracleNetwork } from '../network/network.js';
import { until } from './harness.js';
import { NetworkSuite } from './suite.js';

const QUEUE = 100;

describe('what may go wrong under a request', () => {
  let suite: NetworkSuite;
  beforeAll(async () => {
    suite = await NetworkSuite.start();
  }, 60_000);
  beforeEach(() => {
    suite.milestone++;
  });
  afterEach(() => suite.clear());
  afterAll(() => suite.stop());

  /** One objective that ten samples meet: a live source that the nodes ask at the same time. */
  const liveCriteria = async (): Promise<Criteria> => {
    const to = await suite.harness.now();
    return parseCriteria({
      schema: 'milepost/criteria@1',
      kind: 'sla-metrics',
      title: 'Up',
      pay: { mode: 'all', minBps: 10_000 },
      source: `${suite.harness.backend.url}/source/samples`,
      window: { from: to - 10, to, step: 1 },
      objectives: [
        {
          id: 'up',
          title: 'Up',
          weight: 1,
          series: 'up',
          op: 'at-least',
          threshold: 1,
          unit: '',
          maxBreaches: 0,
          maxMissing: 0,
        },
      ].map((one) => ({ ...one, unit: 'x' })),
      mustPass: [],
    });
  };
  const good = (query: URLSearchParams): string =>
    JSON.stringify({ series: { up: Array.from({ length: 10 }, (_, i) => [Number(query.get('from')) + i, 1]) } });
  const submit = async () => suite.harness.submit({ milestone: suite.milestone, criteria: await liveCriteria() });
  /** Ends these nodes' threads while their first call to the source is under way. */
  const crashing = (network: () => OracleNetwork, ...victims: number[]) =>
    Array.from({ length: 4 }, (_, node) => {
      let done = !victims.includes(node);
      const crash: Fetch = (url, init) => {
        if (!done && url.includes('/source/')) {
          done = true;
          network().endNode(node);
        }
        return fetch(url, init);
      };
      return { fetch: crash };
    });

  it('a node crashes mid-run: the other three decide, and it is back for the next request', async () => {
    suite.harness.backend.sources.set('/samples', good);
    const network: OracleNetwork = await suite.open({ nodes: crashing(() => network, 2) });
    const first = await submit();
    const job = await suite.complete(network, first.requestId, 'answered');
    expect(await suite.harness.told(suite.milestone)).toEqual({ verdict: 1, payBps: 10_000, times: 1 });
    expect(job.nodes[2]).toMatchObject({ status: 'error', error: "the node's thread was ended" });
    suite.milestone++;
    const second = await submit();
    const { nodes } = await suite.complete(network, second.requestId, 'answered');
    expect(nodes.map(({ verdict }) => verdict)).toEqual(Array(4).fill('passed'));
  });

  it('two nodes crash mid-run: no report; the next run has them all and delivers, once', async () => {
    suite.harness.backend.sources.set('/samples', good);
    const network: OracleNetwork = await suite.open({ nodes: crashing(() => network, 0, 3) });
    const { requestId } = await submit();
    const job = await suite.settled(network, requestId, 'no-consensus');
    expect(job.delivery).toBeNull();
    expect(await suite.isPending(requestId)).toBe(true);
    await suite.settled(network, requestId, 'answered');
    expect(await suite.harness.told(suite.milestone)).toEqual({ verdict: 1, payBps: 10_000, times: 1 });
  });

  it('a source that never answers: no report, the reason is said, and it is asked again', async () => {
    let silent = true;
    suite.harness.backend.sources.set('/samples', (query) =>
      silent ? new Promise<string>(() => undefined) : good(query),
    );
    const network = await suite.open();
    const { requestId } = await submit();
    const job = await suite.settled(network, requestId, 'waiting');
    expect(job.error).toMatch(/the source has not answered; .*HTTP request failed: .*(timeout|aborted)/);
    expect(job.delivery).toBeNull();
    expect(await suite.isPending(requestId)).toBe(true);
    silent = false;
    await suite.settled(network, requestId, 'answered');
  });

  it('an answer over 100 KB: no report, the quota is named', async () => {
    suite.harness.backend.sources.set('/samples', () => JSON.stringify({ series: {}, more: 'x'.repeat(100_000) }));
    const network = await suite.open();
    const { requestId } = await submit();
    const job = await suite.complete(network, requestId, 'waiting');
    for (const { reasons } of job.nodes) expect(reasons.join()).toContain('quota: HTTP response over 100000 bytes');
    expect(await suite.isPending(requestId)).toBe(true);
  });

  it('two requests in one block: both are served, each once', async () => {
    suite.harness.backend.sources.set('/samples', good);
    const network = await suite.open();
    const { provider } = suite.harness;
    await provider.send('evm_setAutomine', [false]);
    const both = [submitAt(suite.milestone), submitAt(++suite.milestone)];
    await until('two transactions', async () => (await pendingTransactions()) === 2);
    await provider.send('evm_mine', []);
    await provider.send('evm_setAutomine', [true]);
    const [first, second] = await Promise.all(both);
    const jobs = [
      await suite.settled(network, first!.requestId, 'answered'),
      await suite.settled(network, second!.requestId, 'answered'),
    ];
    expect(jobs[0]!.block).toBe(jobs[1]!.block);
    for (const milestone of [suite.milestone - 1, suite.milestone])
      expect(await suite.harness.told(milestone)).toEqual({ verdict: 1, payBps: 10_000, times: 1 });
  });

  it('a reorganisation takes the request while the nodes look: nothing is paid; when it is back, it is served once', async () => {
    const { provider } = suite.harness;
    const criteria = await liveCriteria();
    const before = (await provider.send('evm_snapshot', [])) as string;
    let reorganised: Promise<unknown> | undefined;
    suite.harness.backend.sources.set('/samples', async (query) => {
      reorganised ??= provider.send('evm_revert', [before]).then(() => provider.send('evm_mine', []));
      await reorganised;
      return good(query);
    });
    const network = await suite.open();
    const submission = await suite.harness.submit({ milestone: suite.milestone, criteria });
    const job = await suite.settled(network, submission.requestId, 'closed');
    expect(job.delivery?.outcome).not.toBe('delivered');
    expect((await suite.harness.told(suite.milestone)).times).toBe(0);

    await suite.harness.resubmit(suite.milestone, submission);
    await until('the verdict', async () => (await suite.harness.told(suite.milestone)).times === 1);
    await suite.settled(network, submission.requestId, 'answered');
  });

  it(`${String(QUEUE)} requests that are queued are all served, none twice`, async () => {
    suite.harness.backend.sources.set('/samples', good);
    const criteria = await liveCriteria();
    const from = suite.milestone;
    const requests: Hex[] = [];
    for (let i = 0; i < QUEUE; i++)
      requests.push((await suite.harness.submit({ milestone: from + i, criteria })).requestId);
    suite.milestone = from + QUEUE;
    // They lie there when the network starts.
    const deployment = { ...suite.harness.deployment, fromBlock: await firstBlock(requests[0]!) };
    const network = await suite.open({ deployment });
    for (const requestId of requests) await suite.settled(network, requestId, 'answered', 240);
    for (let i = 0; i < QUEUE; i++)
      expect([i, await suite.harness.told(from + i)]).toEqual([i, { verdict: 1, payBps: 10_000, times: 1 }]);
    // The chain's own record: one verdict per request, and no delivery that came too late and was refused.
    const { oracle, forwarder } = suite.harness;
    const verdicts = (await oracle.queryFilter('Attested', deployment.fromBlock)) as EventLog[];
    const times = new Map<string, number>();
    for (const { args } of verdicts) times.set(String(args[0]), (times.get(String(args[0])) ?? 0) + 1);
    for (const requestId of requests) expect([requestId, times.get(requestId)]).toEqual([requestId, 1]);
    const deliveries = (await forwarder.queryFilter('ReportProcessed', deployment.fromBlock)) as EventLog[];
    expect(deliveries.filter(({ args }) => args['result'] !== true)).toEqual([]);
  }, 600_000);

  async function submitAt(milestone: number) {
    return suite.harness.submit({ milestone, criteria: await liveCriteria() });
  }
  async function pendingTransactions(): Promise<number> {
    const { pending } = (await suite.harness.provider.send('txpool_status', [])) as { pending: string };
    return Number(pending);
  }
  async function firstBlock(requestId: Hex): Promise<number> {
    const { requestBlock } = (await suite.harness.oracle.getFunction('attestation')(requestId)) as {
      requestBlock: bigint;
    };
    return Number(requestBlock);
  }
});
