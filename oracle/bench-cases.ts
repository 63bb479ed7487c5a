/** The cases that the benchmark times, one after the other: each with its outcome and the milliseconds from submission to it. */
import { canonicalize, parseCriteria, type Criteria, type Hex } from '@milepost/protocol';
import { LaneLot } from '@milepost/protocol/judge/testing/lane-lot';
import type { Fetch } from './network/capabilities.js';
import type { JobView, OracleNetwork } from './network/network.js';
import type { NetworkOptions } from './network/options.js';
import { Value } from './network/wire/messages.js';
import { BAD_FILES, suiteCriteria, until } from './test/harness.js';
import type { NetworkSuite } from './test/suite.js';

export interface CaseResult {
  readonly outcome: string;
  readonly milliseconds: number;
}

type Submission = Awaited<ReturnType<NetworkSuite['harness']['submit']>>;

/** One case: `network` options, what is submitted, and how it ends. */
interface Case {
  readonly options?: (suite: NetworkSuite, network: () => OracleNetwork) => Partial<NetworkOptions>;
  readonly submit?: (suite: NetworkSuite) => Promise<Submission>;
  readonly state: string;
  /** Checks beyond the state; gives the outcome in words. */
  readonly outcome?: (suite: NetworkSuite, job: JobView) => Promise<string>;
}

const COMMIT = 'c0ffee'.padEnd(40, '0');

const liar: Partial<NetworkOptions>['nodes'] = [
  {
    distort: (observation) => {
      const value = Value.decode(observation);
      const text = (string: string) => ({ ...Value.zero, string });
      const fields = new Map([...(value.map?.fields ?? []), ['verdict', text('1')], ['payBps', text('10000')]]);
      return Value.encode({ ...value, map: { fields } });
    },
  },
];

const told = async (suite: NetworkSuite): Promise<string> => {
  const { verdict, payBps, times } = await suite.harness.told(suite.milestone);
  if (times === 0) return 'nothing paid';
  return verdict === 1 ? `paid ${String(payBps)} bps` : 'failed, nothing paid';
};
const submit = (suite: NetworkSuite, criteria: Criteria, more: object = {}): Promise<Submission> =>
  suite.harness.submit({ milestone: suite.milestone, criteria, ...more });

async function samples(suite: NetworkSuite, answer: (query: URLSearchParams) => string | Promise<string>) {
  suite.harness.backend.sources.set('/samples', answer);
  const to = await suite.harness.now();
  const objective = { id: 'up', title: 'Up', weight: 1, series: 'up', op: 'at-least', threshold: 1, unit: 'x' };
  return parseCriteria({
    schema: 'milepost/criteria@1',
    kind: 'sla-metrics',
    title: 'Up',
    pay: { mode: 'all', minBps: 10_000 },
    source: `${suite.harness.backend.url}/source/samples`,
    window: { from: to - 10, to, step: 1 },
    objectives: [{ ...objective, maxBreaches: 0, maxMissing: 0 }],
    mustPass: [],
  });
}
const good = (query: URLSearchParams): string =>
  JSON.stringify({ series: { up: Array.from({ length: 10 }, (_, i) => [Number(query.get('from')) + i, 1]) } });

function checkRuns(suite: NetworkSuite, conclusion: string | null): Criteria {
  const status = conclusion === null ? 'in_progress' : 'completed';
  const runs = [{ id: 1, name: 'build', status, conclusion, started_at: '2026-09-21T10:00:00Z' }];
  suite.harness.backend.sources.set(`/repos/example/product/commits/${COMMIT}/check-runs`, () =>
    JSON.stringify({ total_count: 1, check_runs: runs }),
  );
  return parseCriteria({
    schema: 'milepost/criteria@1',
    kind: 'ci-checks',
    title: 'Green build',
    pay: { mode: 'all', minBps: 10_000 },
    api: `${suite.harness.backend.url}/source`,
    repository: 'example/product',
    required: [{ id: 'build', title: 'It builds', weight: 1, name: 'build' }],
    mustPass: [],
  });
}

/** Ends these nodes' threads while their first call to a source is under way. */
function crashing(network: () => OracleNetwork, ...victims: number[]): NonNullable<NetworkOptions['nodes']> {
  return Array.from({ length: 4 }, (_, node) => {
    let isDone = !victims.includes(node);
    const crash: Fetch = (url, init) => {
      if (!isDone && url.includes('/source/')) {
        isDone = true;
        network().endNode(node);
      }
      return fetch(url, init);
    };
    return { fetch: crash };
  });
}

const down: Fetch = () => Promise.reject(new Error('connection refused'));

export const CASES: Readonly<Record<string, Case>> = {
  green: { state: 'answered' },
  failedCheck: {
    state: 'answered',
    submit: (suite) => suite.harness.submit({ milestone: suite.milestone, files: BAD_FILES }),
  },
  lyingNode: {
    state: 'answered',
    options: () => ({ nodes: liar }),
    submit: (suite) => suite.harness.submit({ milestone: suite.milestone, files: BAD_FILES }),
  },
  splitNodes: {
    state: 'no-consensus',
    options: () => ({ nodes: [...liar, ...liar] }),
    submit: (suite) => suite.harness.submit({ milestone: suite.milestone, files: BAD_FILES }),
  },
  changedDocument: {
    state: 'broken',
    submit: async (suite) => {
      const criteria = suiteCriteria([suite.harness.runnerAddress], { title: 'Changed later' });
      const submission = await submit(suite, criteria);
      suite.harness.backend.documents.set(submission.criteriaHash, canonicalize({ ...criteria, title: 'Changed' }));
      return submission;
    },
  },
  wrongOwner: {
    state: 'failed',
    options: ({ harness }) => ({
      deployment: {
        ...harness.deployment,
        oracle: { ...harness.deployment.oracle, workflowOwner: `0x${'99'.repeat(20)}` },
      },
    }),
    outcome: (_suite, job) => Promise.resolve(job.delivery?.reason?.split('(')[0] ?? 'no reason'),
  },
  replay: {
    state: 'answered',
    outcome: async ({ harness }, job) => {
      const { body } = await until('the report', () =>
        harness.backend.reports.find((one) => one.requestId === job.requestId),
      );
      const signatures = body.signatures.map(({ signature }) => signature);
      const again = harness.forwarder.getFunction('report');
      const args = [harness.oracle.target, body.rawReport, body.reportContext, signatures] as const;
      return again.staticCall(...args).then(
        () => 'taken twice',
        (error: unknown) => (String(error).includes('AlreadyAttempted') ? 'AlreadyAttempted' : String(error)),
      );
    },
  },
  nodeCrash: {
    state: 'answered',
    options: (_suite, network) => ({ nodes: crashing(network, 2) }),
    submit: async (suite) => submit(suite, await samples(suite, good)),
  },
  twoNodesCrash: {
    state: 'no-consensus',
    options: (_suite, network) => ({ nodes: crashing(network, 0, 3) }),
    submit: async (suite) => submit(suite, await samples(suite, good)),
  },
  nodeDown: { state: 'answered', options: () => ({ nodes: [{ fetch: down }] }) },
  httpTimeout: {
    state: 'waiting',
    submit: async (suite) => submit(suite, await samples(suite, () => new Promise<string>(() => undefined))),
  },
  largeResponse: {
    state: 'waiting',
    submit: async (suite) => submit(suite, await samples(suite, () => 'x'.repeat(100_001))),
  },
  checksRunning: {
    state: 'waiting',
    submit: (suite) => submit(suite, checkRuns(suite, null), { facts: { commit: COMMIT } }),
  },
  twoAtOnce: {
    state: 'answered',
    submit: async (suite) => {
      const criteria = await samples(suite, good);
      const { provider } = suite.harness;
      await provider.send('evm_setAutomine', [false]);
      const both = [submit(suite, criteria), ((suite.milestone += 1), submit(suite, criteria))];
      await until('two transactions', async () => {
        const { pending } = (await provider.send('txpool_status', [])) as { pending: string };
        return Number(pending) === 2;
      });
      await provider.send('evm_mine', []);
      await provider.send('evm_setAutomine', [true]);
      const [, second] = await Promise.all(both);
      if (second === undefined) throw new Error('two submissions were made');
      return second;
    },
    outcome: async (suite) => {
      const { harness, milestone } = suite;
      await until('the first verdict', async () => (await harness.told(milestone - 1)).times === 1);
      return `both ${await told(suite)}`;
    },
  },
  reorg: {
    state: 'closed',
    submit: async (suite) => {
      const { provider } = suite.harness;
      const before = (await provider.send('evm_snapshot', [])) as string;
      let reorganised: Promise<unknown> | undefined;
      const criteria = await samples(suite, async (query) => {
        reorganised ??= provider.send('evm_revert', [before]).then(() => provider.send('evm_mine', []));
        await reorganised;
        return good(query);
      });
      return submit(suite, criteria);
    },
  },
  ciChecks: {
    state: 'answered',
    submit: (suite) => submit(suite, checkRuns(suite, 'success'), { facts: { commit: COMMIT } }),
  },
  slaMetrics: { state: 'answered', submit: async (suite) => submit(suite, await samples(suite, good)) },
  sampledBatch: {
    state: 'answered',
    submit: async (suite) => {
      const { harness, milestone } = suite;
      const keys = [1, 2].map((n) => `0x${String(n).padStart(64, '0')}` as Hex);
      const lot = new LaneLot({ runnerKeys: keys.slice(0, 1), inspectorKeys: keys.slice(1) });
      const submission = await harness.submit({ milestone, criteria: lot.criteria, manifest: lot.manifest });
      const { requestId } = submission;
      const record = (await harness.oracle.getFunction('attestation')(requestId)) as { requestBlock: bigint };
      await harness.provider.send('anvil_mine', ['0x3']);
      const block = await harness.provider.getBlock(Number(record.requestBlock) + lot.criteria.drawDelay);
      const oracle = String(harness.oracle.target).toLowerCase() as Hex;
      const context = lot.context({ chainId: 31_337n, oracle, requestId });
      for (const [name, text] of Object.entries(lot.evidence(context, block?.hash as Hex)))
        harness.backend.evidence.set(`${requestId}/${name}`, text);
      return submission;
    },
  },
};

/** Runs one case. @throws Error when it does not end as it must. */
export async function runCase(suite: NetworkSuite, name: string): Promise<CaseResult & { readonly job: JobView }> {
  const one = CASES[name];
  if (one === undefined) throw new Error(`there is no case ${name}`);
  suite.milestone++;
  const open: { network?: OracleNetwork } = {};
  const opened = (): OracleNetwork => {
    if (open.network === undefined) throw new Error('the network is not open yet');
    return open.network;
  };
  const fromBlock = (await suite.harness.provider.getBlockNumber()) + 1;
  const special = one.options?.(suite, opened) ?? {};
  const deployment = { ...(special.deployment ?? suite.harness.deployment), fromBlock };
  const network = await suite.open({ ...special, deployment });
  open.network = network;
  const started = performance.now();
  const { requestId } = await (one.submit?.(suite) ?? suite.harness.submit({ milestone: suite.milestone }));
  const job = await suite.settled(network, requestId, one.state);
  const milliseconds = Math.round(performance.now() - started);
  const outcome = `${one.state}: ${await (one.outcome?.(suite, job) ?? told(suite))}`;
  await suite.clear();
  return { outcome, milliseconds, job };
}
