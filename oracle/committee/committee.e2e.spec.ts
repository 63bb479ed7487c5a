/** A committee whose nodes are processes of their own, with keys of their own, behind the same forwarder. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { parseCriteria, reportSigners, type Hex } from '@milepost/protocol';
import { bytesOf } from '@milepost/protocol/evm-words';
import { Committee, NodeKey } from '../network/committee.js';
import type { JobView } from '../network/network.js';
import { workflowConfig } from '../network/options.js';
import { Rpc } from '../network/rpc.js';
import { BAD_FILES, DIST, Harness, TOKEN, until } from '../test/harness.js';
import { exchangeOf } from './assembly.js';
import { CommitteeNode } from './node.js';
import { callDigest, isProven, NO_EXECUTION, type Call } from './wire.js';

interface Started {
  readonly child: ChildProcess;
  readonly exit: Promise<number | null>;
  output(): string;
}

describe('self-operated committee', () => {
  let harness: Harness;
  let runner: Awaited<ReturnType<Harness['startRunner']>>;
  let base: Record<string, string>;
  let coordinatorUrl = '';
  const children: ChildProcess[] = [];
  const nodes: (Started | undefined)[] = [];
  let milestone = 0;

  const start = async (script: string, env: Record<string, string>, ready: RegExp): Promise<Started> => {
    const child = spawn(process.execPath, [path.join(DIST, 'committee', script)], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
    await until(`the startup line of ${script}`, () => ready.test(output)).catch(() => {
      throw new Error(`${script} does not start: ${output}`);
    });
    return { child, exit, output: () => output };
  };
  const startNode = async (index: number): Promise<void> => {
    const file = path.join(base['MILEPOST_DATA']!, `operator-${String(index)}.key`);
    writeFileSync(file, harness.keys.nodes[index]!, { mode: 0o600 });
    // No token, no data folder, no transmitter's key: a node needs its own key and its own eyes.
    const { CHAIN_RPC_URL, DEPLOYMENT_FILE, API_URL, RUNNER_URL, ORACLE_SOURCES } = base as Record<string, string>;
    const env = { CHAIN_RPC_URL, DEPLOYMENT_FILE, API_URL, RUNNER_URL, ORACLE_SOURCES } as Record<string, string>;
    nodes[index] = await start(
      'node-main.js',
      { ...env, NODE_KEY_FILE: file, COORDINATOR_URL: coordinatorUrl },
      new RegExp(`committee node ${String(index)} ready`),
    );
  };
  const kill = async (index: number): Promise<void> => {
    nodes[index]!.child.kill('SIGKILL');
    await nodes[index]!.exit;
  };
  const job = async (requestId: Hex): Promise<JobView | undefined> => {
    const response = await fetch(`${coordinatorUrl}/requests/${requestId}`);
    return response.ok ? ((await response.json()) as JobView) : undefined;
  };
  const inState = (requestId: Hex, state: string): Promise<JobView> =>
    until(`request in state ${state}`, async () => {
      const found = await job(requestId);
      return found?.state === state ? found : undefined;
    });

  beforeAll(async () => {
    harness = await Harness.start();
    runner = await harness.startRunner();
    const data = harness.folder();
    mkdirSync(path.join(data, 'keys'));
    writeFileSync(path.join(data, 'keys', 'oracle-transmitter'), harness.keys.transmitter);
    writeFileSync(path.join(data, 'deployment.json'), JSON.stringify(harness.deployment));
    writeFileSync(path.join(data, 'token'), TOKEN);
    base = {
      CHAIN_RPC_URL: harness.chainUrl,
      DEPLOYMENT_FILE: path.join(data, 'deployment.json'),
      MILEPOST_DATA: data,
      API_URL: harness.backend.url,
      SERVICE_TOKEN_FILE: path.join(data, 'token'),
      RUNNER_URL: runner.url,
      ORACLE_SOURCES: `${harness.backend.url}/source`,
    };
    const coordinator = await start('coordinator-main.js', base, / at http\S+/);
    coordinatorUrl = / at (http\S+)/.exec(coordinator.output())![1]!;
    expect(coordinator.output()).toContain('(4 nodes, f = 1, self-operated)');
    for (const index of [0, 1, 2, 3]) await startNode(index);
  }, 120_000);
  beforeEach(() => {
    milestone++;
  });
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await runner.stop();
    await harness.stop();
  });

  it.each([
    ['passes', undefined, { verdict: 1, payBps: 10_000, times: 1 }, 'passed'],
    ['fails', BAD_FILES, { verdict: 2, payBps: 0, times: 1 }, 'failed'],
  ])('work that %s: four processes look, two sign, the forwarder takes it', async (_what, files, expected, verdict) => {
    const { requestId } = await harness.submit({ milestone, ...(files === undefined ? {} : { files }) });
    await until('the verdict', async () => (await harness.told(milestone)).times === 1);
    expect(await harness.told(milestone)).toEqual(expected);
    const { body } = await until('the report', () =>
      harness.backend.reports.find((one) => one.requestId === requestId),
    );
    expect(body.nodes.map((node) => node.verdict)).toEqual(Array(4).fill(verdict));
    expect(body.nodes[0]!.checks.map(({ id }) => id)).toEqual(['rows', 'summary']);
    const signers = reportSigners(
      bytesOf(body.rawReport),
      bytesOf(body.reportContext),
      body.signatures.map(({ signature }) => signature),
    );
    const known = harness.deployment.oracle.signers.map((signer) => signer.toLowerCase());
    expect(new Set(signers).size).toBe(2);
    for (const signer of signers) expect(known).toContain(signer);
  });

  it('says honestly what it is', async () => {
    const status = (await (await fetch(`${coordinatorUrl}/status`)).json()) as Record<string, unknown>;
    expect(status).toMatchObject({
      kind: 'self-operated committee, native judges; not a Chainlink network',
      workflow: { bundleHash: null },
      presence: [0, 1, 2, 3].map((node) => ({ node, isHere: true })),
    });
  });

  it('a node that is killed mid-run holds up nobody; with two gone there is no report until one is back', async () => {
    let asked = 0;
    const to = await harness.now();
    const criteria = parseCriteria({
      schema: 'milepost/criteria@1',
      kind: 'sla-metrics',
      title: 'Up',
      pay: { mode: 'all', minBps: 10_000 },
      source: `${harness.backend.url}/source/samples`,
      window: { from: to - 10, to, step: 1 },
      objectives: [
        {
          id: 'up',
          title: 'Up',
          weight: 1,
          series: 'up',
          op: 'at-least',
          threshold: 1,
          unit: 'x',
          maxBreaches: 0,
          maxMissing: 0,
        },
      ],
      mustPass: [],
    });
    let victim: number | undefined = 3;
    harness.backend.sources.set('/samples', async (query) => {
      asked++;
      if (victim !== undefined) {
        const index = victim;
        victim = undefined;
        await kill(index);
      }
      const from = Number(query.get('from'));
      return JSON.stringify({ series: { up: Array.from({ length: 10 }, (_, i) => [from + i, 1]) } });
    });
    const first = await harness.submit({ milestone, criteria });
    expect(await inState(first.requestId, 'answered')).toMatchObject({ verdict: 'passed' });
    expect(asked).toBeGreaterThanOrEqual(3);

    milestone++;
    victim = 2;
    const second = await harness.submit({ milestone, criteria });
    const stuck = await inState(second.requestId, 'no-consensus');
    expect(stuck.delivery).toBeNull();
    expect((await harness.told(milestone)).times).toBe(0);
    const { body } = await until('word of the run', () =>
      harness.backend.runs.find((one) => one.requestId === second.requestId),
    );
    expect(body.nodes.filter(({ status }) => status === 'verdict').length).toBeLessThan(3);

    await startNode(2);
    await inState(second.requestId, 'answered');
    expect(await harness.told(milestone)).toEqual({ verdict: 1, payBps: 10_000, times: 1 });
  }, 180_000);

  it('takes no word from a stranger', async () => {
    const exchange = exchangeOf(harness);
    const ask = async (call: Call, key: NodeKey): Promise<number> => {
      const body = JSON.stringify({ call, signature: key.sign(callDigest(exchange.committee, call)) });
      return (await fetch(`${coordinatorUrl}/committee`, { method: 'POST', body })).status;
    };
    const end: Call = {
      kind: 'end',
      executionId: NO_EXECUTION,
      node: 0,
      result: 'passed',
      observation: 'null',
      error: null,
      log: [],
      milliseconds: 1,
    };
    expect(await ask(end, new NodeKey(`0x${'07'.repeat(32)}`))).toBe(401);
    expect(await ask({ ...end, node: 9 }, new NodeKey(harness.keys.nodes[0]!))).toBe(401);
    // A real node, about a run that is not under way.
    expect(await ask(end, new NodeKey(harness.keys.nodes[0]!))).toBe(409);
    expect((await fetch(`${coordinatorUrl}/committee`, { method: 'POST', body: 'junk' })).status).toBe(400);
    expect((await fetch(`${coordinatorUrl}/status`, { method: 'POST' })).status).toBe(404);
  });

  it('a node signs nothing for a coordinator that cannot prove what the others said', async () => {
    const committee = new Committee({ ...harness.deployment.oracle }, harness.deployment.oracle.signers);
    const keys = harness.keys.nodes.map((key) => new NodeKey(key));
    const offer = (node: number, key: string) => {
      const call: Call = { kind: 'offer', executionId: NO_EXECUTION, node, question: 'look', key };
      return { node, signature: keys[node]!.sign(callDigest(committee, call)) };
    };
    const proof = (key: string, ...certificate: { node: number; signature: Hex }[]): boolean =>
      isProven(committee, NO_EXECUTION, 'look', { key, certificate });
    expect(proof('a', offer(0, 'a'), offer(1, 'a'), offer(2, 'a'))).toBe(true);
    expect(proof('a', offer(0, 'a'), offer(1, 'a'))).toBe(false);
    expect(proof('a', offer(0, 'a'), offer(1, 'a'), offer(1, 'a'))).toBe(false);
    expect(proof('a', offer(0, 'a'), offer(1, 'a'), offer(2, 'b'))).toBe(false);
    expect(proof('a', offer(0, 'a'), offer(1, 'a'), { ...offer(2, 'a'), node: 3 })).toBe(false);

    // The lying coordinator itself: it gives a task and claims that all say "passed".
    const { requestId, ...submission } = await harness.submit({ milestone, files: BAD_FILES });
    await until('the verdict', async () => (await harness.told(milestone)).times === 1);
    const [event] = await harness.oracle.queryFilter(harness.oracle.filters['Requested']!(requestId));
    const block = await harness.provider.getBlock(event!.blockNumber);
    const heard: Call[] = [];
    const liar = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const { call } = JSON.parse(body) as { call: Call };
        const isFirst = heard.length === 0;
        heard.push(call);
        const task = {
          executionId: submission.digest,
          topics: event!.topics,
          data: event!.data,
          block: { number: block!.number, timestamp: block!.timestamp, hash: block!.hash },
          sequence: '1',
        };
        const answer =
          call.kind === 'task'
            ? { task: isFirst ? task : null }
            : call.kind === 'offer'
              ? { key: call.key.replace('"2"', '"1"'), certificate: [0, 1, 2].map((node) => offer(node, call.key)) }
              : { ok: true };
        setTimeout(() => response.end(JSON.stringify(answer)), call.kind === 'task' && !isFirst ? 200 : 0);
      });
    });
    await new Promise<void>((resolve) => liar.listen(0, '127.0.0.1', resolve));
    const node = new CommitteeNode(`http://127.0.0.1:${String((liar.address() as AddressInfo).port)}`, {
      committee,
      config: workflowConfig({ deployment: harness.deployment, apiUrl: harness.backend.url, runnerUrl: runner.url }),
      key: keys[0]!,
      rpc: new Rpc(harness.chainUrl),
      fetch: (url, init) => fetch(url, init),
    });
    node.start();
    const ended = await until('the end of the run', () => heard.find((call) => call.kind === 'end'));
    expect(ended).toMatchObject({ result: null, error: expect.stringContaining('cannot prove') as string });
    expect(heard.some(({ kind }) => kind === 'sign')).toBe(false);
    await node.stop();
    liar.close();
    liar.closeAllConnections();
  });
});
