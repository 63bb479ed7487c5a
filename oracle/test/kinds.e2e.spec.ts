/** Every kind of criteria in the real engine, on four nodes, over real HTTP, through the real forwarder. */
import { parseCriteria, sha256Hex, type Criteria, type Hex } from '@milepost/protocol';
import { LaneLot, PAYABLE_COUNTS } from '@milepost/protocol/judge/testing/lane-lot';
import { until } from './harness.js';
import { NetworkSuite } from './suite.js';

describe('kinds of criteria', () => {
  let suite: NetworkSuite;
  beforeAll(async () => {
    suite = await NetworkSuite.start();
  }, 60_000);
  beforeEach(() => {
    suite.milestone++;
  });
  afterEach(() => suite.clear());
  afterAll(() => suite.stop());

  const commit = 'c0ffee'.padEnd(40, '0');
  const told = () => suite.harness.told(suite.milestone);
  const ciCriteria = (change: object = {}): Criteria =>
    parseCriteria({
      schema: 'milepost/criteria@1',
      kind: 'ci-checks',
      title: 'Green build',
      pay: { mode: 'all', minBps: 10_000 },
      api: `${suite.harness.backend.url}/source`,
      repository: 'example/product',
      required: [
        { id: 'build', title: 'It builds', weight: 1, name: 'build' },
        { id: 'test', title: 'Its tests pass', weight: 3, name: 'test' },
      ],
      mustPass: [],
      ...change,
    });
  const run = (name: string, conclusion: string | null) => ({
    id: name.length,
    name,
    status: conclusion === null ? 'in_progress' : 'completed',
    conclusion,
    started_at: '2026-09-21T10:00:00Z',
    volatile: Math.random(),
  });
  const serveRuns = (runs: () => object[]): void => {
    suite.harness.backend.sources.set(`/repos/example/product/commits/${commit}/check-runs`, (query) => {
      const page = Number(query.get('page'));
      const size = Number(query.get('per_page'));
      const all = runs();
      return JSON.stringify({ total_count: all.length, check_runs: all.slice((page - 1) * size, page * size) });
    });
  };

  it('ci-checks: running checks are waited for, and the clock serves the request once they are done', async () => {
    let build: string | null = null;
    serveRuns(() => [run('build', build), run('test', 'success')]);
    const network = await suite.open();
    const { requestId } = await suite.harness.submit({
      milestone: suite.milestone,
      criteria: ciCriteria(),
      facts: { commit },
    });
    const waiting = await suite.settled(network, requestId, 'waiting');
    expect(waiting.error).toContain('build: in_progress');
    const { body } = await until('word of the run', () =>
      suite.harness.backend.runs.find((one) => one.requestId === requestId),
    );
    expect(body).toMatchObject({ state: 'waiting', attempt: 1, retryAt: expect.stringMatching(/Z$/) as string });
    expect(body.nodes.map(({ status, reasons }) => [status, reasons])).toEqual(
      Array.from({ length: 4 }, () => ['not-ready', ['build: in_progress']]),
    );
    // Asked again with the same answer, nothing new is said.
    await until('another run', () => (network.job(requestId)?.attempts ?? 0) >= 2);
    expect(suite.harness.backend.runs.filter((one) => one.requestId === requestId)).toHaveLength(1);

    build = 'success';
    for (let tick = 0; tick < 20 && (await suite.isPending(requestId)); tick++)
      await network.runTick(1_800_000_000 + tick * 300);
    expect(await told()).toEqual({ verdict: 1, payBps: 10_000, times: 1 });
  });

  it.each([
    ['a failed check', {}, { verdict: 2, payBps: 0, times: 1 }],
    ['its share', { pay: { mode: 'weights', minBps: 5_000 } }, { verdict: 1, payBps: 7_500, times: 1 }],
  ])('ci-checks: %s, on three pages', async (_what, change, expected) => {
    serveRuns(() => [
      ...Array.from({ length: 45 }, (_, i) => ({ ...run('other', 'failure'), id: 100 + i })),
      run('build', 'failure'),
      run('test', 'success'),
    ]);
    const network = await suite.open();
    const criteria = ciCriteria(change);
    const { requestId } = await suite.harness.submit({ milestone: suite.milestone, criteria, facts: { commit } });
    const job = await suite.complete(network, requestId, 'answered');
    expect(await told()).toEqual(expected);
    const { body } = await until('the report', () =>
      suite.harness.backend.reports.find((one) => one.requestId === requestId),
    );
    expect(job.nodes[0]?.checks.map(({ id, passed }) => [id, passed])).toEqual([
      ['build', false],
      ['test', true],
    ]);
    // What was judged of a live answer is kept, and hashes to what the report names.
    for (const { evidence } of body.nodes) {
      const { sha256, text } = evidence.find(({ name }) => name === 'check-runs')!;
      expect(sha256Hex(text!)).toBe(sha256);
    }
  });

  it('a source that the operator has not allowed is not asked', async () => {
    let asked = 0;
    serveRuns(() => {
      asked++;
      return [];
    });
    const network = await suite.open({ sources: ['https://api.github.com'] });
    const { requestId } = await suite.harness.submit({
      milestone: suite.milestone,
      criteria: ciCriteria(),
      facts: { commit },
    });
    expect((await suite.settled(network, requestId, 'broken')).error).toContain('this network does not read from');
    expect(asked).toBe(0);
  });

  it('sla-metrics: after the window, by its samples', async () => {
    const now = await suite.harness.now();
    const criteria = (to: number): Criteria =>
      parseCriteria({
        schema: 'milepost/criteria@1',
        kind: 'sla-metrics',
        title: 'Fast enough',
        pay: { mode: 'weights', minBps: 1 },
        source: `${suite.harness.backend.url}/source/samples`,
        window: { from: to - 600, to, step: 60 },
        objectives: [
          {
            id: 'fast',
            title: 'Fast',
            weight: 2,
            series: 'p95',
            op: 'at-most',
            threshold: 300,
            unit: 'ms',
            maxBreaches: 0,
            maxMissing: 0,
          },
          {
            id: 'up',
            title: 'Up',
            weight: 1,
            series: 'up',
            op: 'at-least',
            threshold: 9_990,
            unit: 'bps',
            maxBreaches: 0,
            maxMissing: 0,
          },
        ],
        mustPass: [],
      });
    suite.harness.backend.sources.set('/samples', (query) => {
      const from = Number(query.get('from'));
      const samples = (value: number) => Array.from({ length: 10 }, (_, i) => [from + i * 60, value]);
      return JSON.stringify({ at: Math.random(), series: { p95: samples(300), up: samples(9_989) } });
    });
    const network = await suite.open();
    const over = await suite.harness.submit({ milestone: suite.milestone, criteria: criteria(now) });
    await suite.settled(network, over.requestId, 'answered');
    expect(await told()).toEqual({ verdict: 1, payBps: 6_666, times: 1 });

    suite.milestone++;
    const early = await suite.harness.submit({ milestone: suite.milestone, criteria: criteria(now + 86_400) });
    expect((await suite.settled(network, early.requestId, 'waiting')).error).toContain('the window ends at');
  });

  it.each([
    ['all there', 'the agreed text', { verdict: 1, payBps: 10_000, times: 1 }],
    ['an altered document', 'another text', { verdict: 2, payBps: 0, times: 1 }],
  ])('document-hash: %s', async (_what, text, expected) => {
    const criteria = parseCriteria({
      schema: 'milepost/criteria@1',
      kind: 'document-hash',
      title: 'Papers',
      pay: { mode: 'all', minBps: 10_000 },
      runners: [suite.harness.runnerAddress.toLowerCase()],
      need: 1,
      items: [
        {
          id: 'contract',
          title: 'The contract',
          weight: 1,
          file: 'contract.txt',
          sha256: sha256Hex('the agreed text'),
        },
      ],
      mustPass: [],
    });
    const network = await suite.open();
    const { requestId } = await suite.harness.submit({
      milestone: suite.milestone,
      criteria,
      files: { 'contract.txt': text },
    });
    await suite.settled(network, requestId, 'answered');
    expect(await told()).toEqual(expected);
  });

  it('sampled-batch: waits for the draw and its evidence, then pays the counted items', async () => {
    const keys = [1, 2].map((n) => `0x${String(n).padStart(64, '0')}` as Hex);
    const lot = new LaneLot({ runnerKeys: keys.slice(0, 1), inspectorKeys: keys.slice(1), criteria: { drawDelay: 4 } });
    const { provider, backend, oracle } = suite.harness;
    const network = await suite.open();
    const { requestId } = await suite.harness.submit({
      milestone: suite.milestone,
      criteria: lot.criteria,
      manifest: lot.manifest,
    });
    expect((await suite.settled(network, requestId, 'waiting')).error).toContain("the draw's block is not final yet");
    await provider.send('anvil_mine', ['0x5']);
    await until('the next reason', () => network.job(requestId)?.error?.includes('inspection of the drawn sample'));

    const { requestBlock } = (await oracle.getFunction('attestation')(requestId)) as { requestBlock: bigint };
    const block = await provider.getBlock(Number(requestBlock) + 4);
    const context = lot.context({
      chainId: 31_337n,
      oracle: String(oracle.target).toLowerCase() as Hex,
      requestId,
    });
    for (const [name, text] of Object.entries(lot.evidence(context, block!.hash as Hex, { defects: 5 })))
      backend.evidence.set(`${requestId}/${name}`, text);
    const job = await suite.complete(network, requestId, 'answered');
    expect(await told()).toEqual({ verdict: 1, payBps: 9_742, times: 1 });
    expect(job.nodes[0]?.checks.map(({ id, passed }) => [id, passed])).toEqual(
      ['complete', 'sample', 'gold', 'agreement', 'payable'].map((id) => [id, true]),
    );
    expect(PAYABLE_COUNTS.reduce((sum, one) => sum + one, 0)).toBe(4_871);
  });
});
