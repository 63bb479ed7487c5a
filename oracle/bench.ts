/** `npm run bench -- oracle [--json]`: how fast the local oracle network answers, on the real engine, forwarder and CreOracle. */
import { statSync } from 'node:fs';
import type { Hex } from '@milepost/protocol';
import { loadProgram } from './network/engine/program.js';
import type { JobView } from './network/network.js';
import { BUNDLE, Harness, until } from './test/harness.js';

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
const QUEUE = 20;

async function measure(): Promise<Figures> {
  const compileStart = performance.now();
  const program = await loadProgram(BUNDLE);
  const compile = Math.round(performance.now() - compileStart);
  const harness = await Harness.start();
  const runner = await harness.startRunner();
  const network = await harness.openNetwork(runner.url);
  await network.start();
  try {
    const total: number[] = [];
    const afterResult: number[] = [];
    const nodeRuns: number[] = [];
    const gas: number[] = [];
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
    }
    const queued: Hex[] = [];
    const queueStart = performance.now();
    for (let i = 0; i < QUEUE; i++) queued.push((await harness.submit({ milestone: RUNS + i })).requestId);
    for (const requestId of queued) await until('a queued verdict', () => answered(network.job(requestId)), 120);
    const seconds = Math.round((performance.now() - queueStart) / 10) / 100;
    const told = await Promise.all(queued.map((_, i) => harness.told(RUNS + i)));
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
        served: told.filter(({ times }) => times >= 1).length,
        servedTwice: told.filter(({ times }) => times > 1).length,
      },
    };
  } finally {
    await network.stop();
    await runner.stop();
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
      `queue of ${String(figures.queue.requests)}            ${String(figures.queue.seconds)} s, ${String(figures.queue.served)} served, ${String(figures.queue.servedTwice)} twice`,
      '',
    ].join('\n'),
  );
}
