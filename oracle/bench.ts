/** `npm run bench -- oracle [--json]`: how fast the local oracle network answers, on the real engine, forwarder and CreOracle. */
import { statSync } from 'node:fs';
import type { EventLog } from 'ethers';
import type { Hex } from '@milepost/protocol';
import { loadProgram } from './network/engine/program.js';
import type { JobView } from './network/network.js';
import { CASES, runCase, type CaseResult } from './bench-cases.js';
import { account, EscrowHarness } from './test/escrow-harness.js';
import { BUNDLE, GOOD_FILES, until } from './test/harness.js';
import { NetworkSuite } from './test/suite.js';

/** Figures in milliseconds unless the name says otherwise. */
interface Figures {
  readonly bundleBytes: number;
  readonly bytecodeBytes: number;
  readonly bundleHash: string;
  readonly compile: number;
  /** From the submission's transaction to the gate being told: runner, four nodes, consensus, delivery. */
  readonly submissionToVerdict: { readonly median: number; readonly worst: number; readonly runs: number };
  /** From the runner's signed result to the gate being told. */
  readonly resultToVerdict: { readonly median: number; readonly worst: number };
  /**
   * From the moment the nodes agreed on a verdict to the end of the transaction that stores it, tells the gate and, with a real
   * escrow, pays: one transaction does all three.
   */
  readonly verdictToPayment: { readonly median: number; readonly worst: number };
  /**
   * On the real escrow, gate and forwarder: from the submission's transaction, and from the agreed verdict, to the payees having
   * their money.
   */
  readonly payment: {
    readonly submissionToPayment: { readonly median: number; readonly worst: number };
    readonly verdictToPayment: { readonly median: number; readonly worst: number };
    readonly gas: { readonly worst: number };
    readonly runs: number;
  };
  /** Every case with its outcome, from submission to it. */
  readonly cases: Readonly<Record<string, CaseResult>>;
  /** One node's run over a full lot of 5,000 records. */
  readonly sampledBatchNodeRun: number;
  /** One node's run of the workflow, mean of the four. */
  readonly nodeRun: number;
  readonly deliveryGas: { readonly worst: number };
  readonly queue: {
    readonly requests: number;
    readonly seconds: number;
    readonly served: number;
    readonly servedTwice: number;
  };
}

const RUNS = 10;
const QUEUE = 100;
const PAYMENTS = 5;

async function measure(): Promise<Figures> {
  const compileStart = performance.now();
  const program = await loadProgram(BUNDLE);
  const compile = Math.round(performance.now() - compileStart);
  const suite = await NetworkSuite.start();
  const { harness, runner } = suite;
  const network = await suite.open();
  try {
    const total: number[] = [];
    const afterResult: number[] = [];
    const nodeRuns: number[] = [];
    const gas: number[] = [];
    const payments: number[] = [];
    for (let milestone = 0; milestone < RUNS; milestone++) {
      const started = performance.now();
      const { requestId } = await harness.submit({ milestone });
      await until('the result', () => runner.runner.result(requestId));
      const ready = performance.now();
      await until('the verdict', async () => (await harness.told(milestone)).times === 1);
      const done = performance.now();
      total.push(done - started);
      afterResult.push(done - ready);
      const job = await until('the job', () => answered(network.job(requestId)));
      nodeRuns.push(...job.nodes.map(({ milliseconds }) => milliseconds));
      gas.push(Number(job.delivery?.gasUsed ?? 0));
      payments.push(job.delivery?.milliseconds ?? 0);
    }
    const queued: Hex[] = [];
    const queueStart = performance.now();
    for (let i = 0; i < QUEUE; i++) queued.push((await harness.submit({ milestone: RUNS + i })).requestId);
    for (const requestId of queued) await until('a queued verdict', () => answered(network.job(requestId)), 300);
    const seconds = Math.round((performance.now() - queueStart) / 10) / 100;
    const events = (await harness.oracle.queryFilter('Attested', 0)) as EventLog[];
    const times = queued.map((requestId) => events.filter(({ args }) => String(args[0]) === requestId).length);
    suite.milestone = RUNS + QUEUE;
    await suite.clear();
    const cases: Record<string, CaseResult> = {};
    let lane: JobView | undefined;
    for (const name of Object.keys(CASES)) {
      const { outcome, milliseconds, job } = await runCase(suite, name);
      cases[name] = { outcome, milliseconds };
      if (name === 'sampledBatch') lane = job;
    }
    return {
      bundleBytes: statSync(BUNDLE).size,
      bytecodeBytes: program.bytecode.length,
      bundleHash: program.bundleHash,
      compile,
      submissionToVerdict: { median: median(total), worst: Math.round(Math.max(...total)), runs: RUNS },
      resultToVerdict: { median: median(afterResult), worst: Math.round(Math.max(...afterResult)) },
      nodeRun: Math.round(nodeRuns.reduce((sum, value) => sum + value, 0) / nodeRuns.length),
      deliveryGas: { worst: Math.max(...gas) },
      queue: {
        requests: QUEUE,
        seconds,
        served: times.filter((count) => count >= 1).length,
        servedTwice: times.filter((count) => count > 1).length,
      },
      verdictToPayment: { median: median(payments), worst: Math.round(Math.max(...payments)) },
      sampledBatchNodeRun: median((lane?.nodes ?? []).map(({ milliseconds }) => milliseconds)),
      cases,
      payment: await measurePayment(),
    };
  } finally {
    await suite.stop();
  }
}

/** Milestones of one project, submitted and paid one after the other. */
async function measurePayment(): Promise<Figures['payment']> {
  const harness = await EscrowHarness.start(PAYMENTS);
  try {
    const payee = account(3).address;
    const total: number[] = [];
    const fromVerdict: number[] = [];
    const gas: number[] = [];
    for (let milestone = 0; milestone < PAYMENTS; milestone++) {
      const before = await harness.balance(payee);
      const started = performance.now();
      await harness.submit(milestone, GOOD_FILES);
      await until('the payment', async () => (await harness.balance(payee)) > before);
      total.push(performance.now() - started);
      const job = await until('the job', () =>
        harness.network.jobs().find((one) => one.milestone === milestone && answered(one)),
      );
      fromVerdict.push(job.delivery?.milliseconds ?? 0);
      gas.push(Number(job.delivery?.gasUsed ?? 0));
    }
    return {
      submissionToPayment: { median: median(total), worst: Math.round(Math.max(...total)) },
      verdictToPayment: { median: median(fromVerdict), worst: Math.round(Math.max(...fromVerdict)) },
      gas: { worst: Math.max(...gas) },
      runs: PAYMENTS,
    };
  } finally {
    await harness.stop();
  }
}

function answered(job: JobView | undefined): JobView | undefined {
  return job?.state === 'answered' ? job : undefined;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0);
}

const figures = await measure();
if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(figures)}\n`);
else {
  process.stdout.write(
    [
      `workflow        ${String(figures.bundleBytes)} bytes, compiled in ${String(figures.compile)} ms`,
      `submission → verdict   median ${String(figures.submissionToVerdict.median)} ms, worst ${String(figures.submissionToVerdict.worst)} ms (goal 3000)`,
      `result → verdict       median ${String(figures.resultToVerdict.median)} ms, worst ${String(figures.resultToVerdict.worst)} ms`,
      `one node's run         ${String(figures.nodeRun)} ms`,
      `verdict → payment      median ${String(figures.verdictToPayment.median)} ms, worst ${String(figures.verdictToPayment.worst)} ms (goal 3000)`,
      `submission → payment   median ${String(figures.payment.submissionToPayment.median)} ms, worst ${String(figures.payment.submissionToPayment.worst)} ms; from the verdict ${String(figures.payment.verdictToPayment.worst)} ms at most (real escrow)`,
      `lot of 5,000           ${String(figures.sampledBatchNodeRun)} ms per node`,
      ...Object.entries(figures.cases).map(
        ([name, { outcome, milliseconds }]) => `${name.padEnd(16)} ${String(milliseconds).padStart(6)} ms  ${outcome}`,
      ),
      `queue of ${String(figures.queue.requests)}            ${String(figures.queue.seconds)} s, ${String(figures.queue.served)} served, ${String(figures.queue.servedTwice)} twice`,
      '',
    ].join('\n'),
  );
}
