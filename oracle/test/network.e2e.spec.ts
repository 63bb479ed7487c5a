import type { CallExceptionError, EventLog } from 'ethers';
import { canonicalize, decodePayload, decodeRawReport, metadataOf, reportSigners, type Hex } from '@milepost/protocol';
import { bytesOf, hexOf } from '@milepost/protocol/evm-words';
import type { Fetch } from '../network/capabilities.js';
import type { JobView, OracleNetwork } from '../network/network.js';
import type { NetworkOptions } from '../network/options.js';
import type { PublishedReport } from '../network/publisher.js';
import { Value } from '../network/wire/messages.js';
import { BAD_FILES, Harness, suiteCriteria, until } from './harness.js';

/** Says the opposite of what the node saw. */
const liar = (verdict: string, payBps: string) => (observation: Uint8Array) => {
  const value = Value.decode(observation);
  const text = (string: string) => ({ ...Value.zero, string });
  const fields = new Map([...(value.map?.fields ?? []), ['verdict', text(verdict)], ['payBps', text(payBps)]]);
  return Value.encode({ ...value, map: { fields } });
};

describe('oracle network', () => {
  let harness: Harness;
  let runner: Awaited<ReturnType<Harness['startRunner']>>;
  const stops: (() => Promise<void>)[] = [];
  let milestone = 0;

  beforeAll(async () => {
    harness = await Harness.start();
    runner = await harness.startRunner();
  }, 60_000);
  beforeEach(() => {
    milestone++;
  });
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
    harness.backend.reports.length = 0;
    harness.backend.reportStatus = 201;
  });
  afterAll(async () => {
    await runner.stop();
    await harness.stop();
  });

  const open = async (change: Partial<NetworkOptions> = {}, runnerUrl = runner.url): Promise<OracleNetwork> => {
    const network = await harness.openNetwork(runnerUrl, change);
    stops.push(() => network.stop());
    await network.start();
    return network;
  };
  const jobOf = (network: OracleNetwork, requestId: Hex): JobView | undefined => network.job(requestId);
  /** Waits until the network has run the request and it is in this state. */
  const settled = (network: OracleNetwork, requestId: Hex, state: string): Promise<JobView> =>
    until(`request in state ${state}; it is ${JSON.stringify(jobOf(network, requestId))}`, () => {
      const job = jobOf(network, requestId);
      return job?.state === state && job.attempts > 0 ? job : undefined;
    });
  /** As `settled`, with the word of every node: three decide, the fourth may be a moment behind. */
  const complete = async (network: OracleNetwork, requestId: Hex, state: string): Promise<JobView> => {
    await settled(network, requestId, state);
    return until('the last node', () => {
      const job = jobOf(network, requestId);
      return job?.nodes.every(({ milliseconds }) => milliseconds > 0) ? job : undefined;
    });
  };
  const pending = async (requestId: Hex): Promise<boolean> =>
    ((await harness.oracle.getFunction('attestation')(requestId)) as { verdict: bigint }).verdict === 0n;

  it('all green: four nodes pass the work, and the gate is told once', async () => {
    const network = await open();
    const { requestId } = await harness.submit({ milestone });
    const job = await complete(network, requestId, 'answered');
    expect(job).toMatchObject({ verdict: 'passed', delivery: { outcome: 'delivered', reason: null } });
    expect(await harness.told(milestone)).toEqual({ verdict: 1, payBps: 10_000, times: 1 });
    expect(job.nodes.map(({ status, verdict, payBps, reasons }) => [status, verdict, payBps, reasons])).toEqual(
      Array.from({ length: 4 }, () => ['verdict', 'passed', 10_000, []]),
    );
    expect(job.nodes[0]?.checks).toEqual([
      {
        id: 'rows',
        title: 'At least 3 interviews',
        passed: true,
        detail: 'interviews.csv has 3 rows, at least 3 needed',
      },
      { id: 'summary', title: 'A summary', passed: true, detail: 'report.md contains the text' },
    ]);
    expect(job.nodes[0]?.evidence.map(({ name }) => name)).toEqual([
      'criteria',
      `result:${harness.runnerAddress.toLowerCase()}`,
    ]);
  });

  it('partial work is paid by its weight', async () => {
    const network = await open();
    const files = { 'interviews.csv': 'id\n1\n2\n3\n', 'report.md': 'no heading' };
    const { requestId } = await harness.submit({ milestone, files });
    await settled(network, requestId, 'answered');
    expect(await harness.told(milestone)).toEqual({ verdict: 1, payBps: 7_500, times: 1 });
  });

  it('a failed check: FAILED, nothing to pay', async () => {
    const network = await open();
    const { requestId } = await harness.submit({ milestone, files: BAD_FILES });
    expect(await settled(network, requestId, 'answered')).toMatchObject({ verdict: 'failed' });
    expect(await harness.told(milestone)).toEqual({ verdict: 2, payBps: 0, times: 1 });
  });

  it('one lying node of four changes nothing, and its lie is on record', async () => {
    const network = await open({ nodes: [{}, { distort: liar('1', '10000') }] });
    const { requestId } = await harness.submit({ milestone, files: BAD_FILES });
    const job = await complete(network, requestId, 'answered');
    expect(job.verdict).toBe('failed');
    expect(await harness.told(milestone)).toEqual({ verdict: 2, payBps: 0, times: 1 });
    expect(job.nodes[1]).toMatchObject({ verdict: 'passed', payBps: 10_000 });
    expect(job.nodes[0]).toMatchObject({ verdict: 'failed', payBps: 0 });
  });

  it('two nodes that disagree with the others: no report', async () => {
    const network = await open({ nodes: [{ distort: liar('2', '0') }, { distort: liar('2', '0') }] });
    const { requestId } = await harness.submit({ milestone });
    const job = await settled(network, requestId, 'no-consensus');
    expect(job.error).toContain('2 of 3 needed nodes say the same');
    expect(job.delivery).toBeNull();
    expect(await pending(requestId)).toBe(true);
  });

  it('a changed acceptance document: no report, until the signed one is back', async () => {
    // A runner that has seen the right document; only the nodes' mirror changes afterwards.
    const criteria = suiteCriteria([harness.runnerAddress]);
    const { requestId, criteriaHash } = await harness.submit({ milestone, criteria });
    await until('the result', () => runner.runner.result(requestId));
    harness.backend.documents.set(criteriaHash, canonicalize({ ...criteria, pay: { mode: 'all', minBps: 1 } }));
    const dataDir = harness.folder();
    const before = { ...harness.deployment, fromBlock: await harness.provider.getBlockNumber() };
    const network = await open({ dataDir, deployment: before });
    const job = await settled(network, requestId, 'broken');
    expect(job.error).toMatch(/has the hash 0x[0-9a-f]{64}, not 0x/);
    expect(await pending(requestId)).toBe(true);
    expect((await harness.told(milestone)).times).toBe(0);

    await network.stop();
    harness.backend.documents.set(criteriaHash, canonicalize(criteria));
    await settled(await open({ dataDir, deployment: before }), requestId, 'answered');
    expect((await harness.told(milestone)).times).toBe(1);
  });

  it('a lying mirror for one node: the other three decide', async () => {
    const lying: Fetch = (url, init) =>
      url.includes('/oracle/documents/')
        ? Promise.resolve(new Response('{"schema":"milepost/criteria@1"}'))
        : fetch(url, init);
    const network = await open({ nodes: [{}, {}, { fetch: lying }] });
    const { requestId } = await harness.submit({ milestone });
    const job = await complete(network, requestId, 'answered');
    expect(job.nodes[2]).toMatchObject({ status: 'broken', verdict: null });
    expect(job.nodes[2]?.reasons.join()).toContain('criteria from');
  });

  it('another workflow owner: the oracle refuses, the reason is on record, nothing is paid', async () => {
    const oracle = { ...harness.deployment.oracle, workflowOwner: `0x${'99'.repeat(20)}` as Hex };
    const network = await open({
      deployment: { ...harness.deployment, oracle, fromBlock: (await harness.provider.getBlockNumber()) + 1 },
    });
    const { requestId } = await harness.submit({ milestone });
    const job = await settled(network, requestId, 'failed');
    expect(job.delivery?.outcome).toBe('refused');
    expect(job.delivery?.reason).toMatch(/^CreOracle_WrongWorkflow\(0x9{40}, /);
    expect(job.error).toContain('the oracle refused the report');
    expect((await harness.told(milestone)).times).toBe(0);
  });

  it('keeps evidence that verifies without the network, and refuses it a second time', async () => {
    const network = await open();
    const { requestId, digest, criteriaHash } = await harness.submit({ milestone });
    await settled(network, requestId, 'answered');
    const sent = await until('the published report', () =>
      harness.backend.reports.find((report) => report.requestId === requestId),
    );
    const body: PublishedReport = sent.body;
    const raw = bytesOf(body.rawReport);
    const signers = reportSigners(
      raw,
      bytesOf(body.reportContext),
      body.signatures.map(({ signature }) => signature),
    );
    expect(signers).toHaveLength(2);
    const known = harness.deployment.oracle.signers.map((signer) => signer.toLowerCase());
    expect(signers.every((signer) => known.includes(signer))).toBe(true);
    expect(decodePayload(decodeRawReport(raw).payload)).toMatchObject({
      requestId,
      digest,
      criteriaHash,
      verdict: 1,
      payBps: 10_000,
    });
    expect(body).toMatchObject({ outcome: 'delivered', reason: null });
    expect(body.nodes).toHaveLength(4);

    // Replay: the same signed report again, by a stranger.
    const signatures = body.signatures.map(({ signature }) => signature);
    const again = harness.forwarder
      .getFunction('report')
      .staticCall(harness.oracle.target, body.rawReport, body.reportContext, signatures);
    await expect(again).rejects.toThrow(/AlreadyAttempted/);
    // Straight to the oracle, without the forwarder.
    const metadata = metadataOf(raw);
    const straight = harness.oracle.getFunction('onReport').staticCall(metadata, hexOf(decodeRawReport(raw).payload));
    await expect(straight).rejects.toThrow(/CreOracle_OnlyForwarder/);
    // To another receiver: nothing that is signed names it, so the forwarder takes the report; the receiver must not.
    const twin = await harness.deployTwin();
    const args = [twin.target, body.rawReport, body.reportContext, signatures] as const;
    await (await harness.forwarder.getFunction('report')(...args, { gasLimit: 1_500_000n })).wait();
    const [event] = await harness.forwarder.queryFilter('ReportProcessed', -1);
    expect((event as EventLog).args['result']).toBe(false);
    const inner = twin.interface.encodeFunctionData('onReport', [metadata, hexOf(decodeRawReport(raw).payload)]);
    const asForwarder = harness.provider.call({ from: harness.forwarder.target, to: twin.target, data: inner });
    const error = (await asForwarder.catch((reason: unknown) => reason)) as CallExceptionError;
    expect(twin.interface.parseError(error.data ?? '0x')?.name).toBe('CreOracle_WrongDomain');
  });

  it('a changed byte of a signed report is refused by the forwarder', async () => {
    const network = await open({ serviceToken: 'test-service-token' });
    const { requestId } = await harness.submit({ milestone });
    await settled(network, requestId, 'answered');
    const { body } = await until('the published report', () =>
      harness.backend.reports.find((report) => report.requestId === requestId),
    );
    const raw = bytesOf(body.rawReport);
    const changed = hexOf(raw.with(raw.length - 1, (raw.at(-1) ?? 0) ^ 1));
    const signatures = body.signatures.map(({ signature }) => signature);
    const call = (report: string, list: string[]) =>
      harness.forwarder.getFunction('report').staticCall(harness.oracle.target, report, body.reportContext, list);
    await expect(call(changed, signatures)).rejects.toThrow(/InvalidSigner/);
    await expect(call(body.rawReport, signatures.slice(1))).rejects.toThrow(/InvalidSignatureCount/);
    await expect(call(body.rawReport, [signatures[0] ?? '', signatures[0] ?? ''])).rejects.toThrow(/DuplicateSigner/);
  });

  it('one node without its endpoint: the other three decide; two: no report', async () => {
    const down: Fetch = () => Promise.reject(new Error('connection refused'));
    const three = await open({ nodes: [{ fetch: down }] });
    const first = await harness.submit({ milestone });
    const job = await complete(three, first.requestId, 'answered');
    expect(job.nodes[0]?.status).toBe('not-ready');
    expect(job.nodes[0]?.reasons.join()).toContain('connection refused');
    await three.stop();

    const two = await open({ nodes: [{ fetch: down }, { fetch: down }] });
    milestone++;
    const second = await harness.submit({ milestone });
    expect((await settled(two, second.requestId, 'no-consensus')).delivery).toBeNull();
  });

  it.each<[string, NonNullable<NetworkOptions['nodes']>[number], RegExp | null]>([
    [
      'crashes while it answers',
      {
        distort: () => {
          throw new Error('the disk is full');
        },
      },
      /the disk is full/,
    ],
    [
      'hears nothing back',
      {
        fetch: (_url, init) =>
          new Promise((_, reject) =>
            init.signal?.addEventListener('abort', () => {
              reject(new Error('timed out'));
            }),
          ),
      },
      // It gives up after ten seconds; nobody waits for it.
      null,
    ],
    [
      'gets more than 100 KB',
      { fetch: () => Promise.resolve(new Response('x'.repeat(100_001))) },
      /response over 100000 bytes/,
    ],
  ])('a node that %s holds up nobody', async (_what, faulty, trace) => {
    const network = await open({ nodes: [{}, {}, {}, faulty] });
    const { requestId } = await harness.submit({ milestone });
    expect((await settled(network, requestId, 'answered')).verdict).toBe('passed');
    if (trace === null) return;
    const { nodes } = await complete(network, requestId, 'answered');
    expect(`${nodes[3]?.error ?? ''}${nodes[3]?.reasons.join() ?? ''}`).toMatch(trace);
  });

  it('waits for the result, across a restart, and then delivers', async () => {
    const dataDir = harness.folder();
    const deployment = { ...harness.deployment, fromBlock: (await harness.provider.getBlockNumber()) + 1 };
    const runnerDir = harness.folder();
    const url = 'http://127.0.0.1:9';
    const first = await open({ dataDir, deployment }, url);
    const { requestId } = await harness.submit({ milestone });
    expect((await settled(first, requestId, 'waiting')).error).toContain('0 of 1 needed runners agree');
    await first.stop();

    const late = await harness.startRunner({ dataDir: runnerDir });
    stops.push(late.stop);
    const second = await open({ dataDir, deployment }, runner.url);
    expect(await settled(second, requestId, 'answered')).toMatchObject({ verdict: 'passed' });
    expect((await harness.told(milestone)).times).toBe(1);
  });

  it('a network that lost its file finds what is pending', async () => {
    const deployment = { ...harness.deployment, fromBlock: (await harness.provider.getBlockNumber()) + 1 };
    const { requestId } = await harness.submit({ milestone });
    const network = await open({ deployment });
    await settled(network, requestId, 'answered');
  });

  it('its clock serves a request whose log was missed', async () => {
    const { requestId } = await harness.submit({ milestone });
    await until('the result', () => runner.runner.result(requestId));
    const network = await open();
    // One request per tick, in turn: enough ticks reach each.
    for (let tick = 0; tick < 20 && (await pending(requestId)); tick++)
      await network.runTick(1_800_000_000 + tick * 300);
    expect(await pending(requestId)).toBe(false);
    expect(await harness.told(milestone)).toEqual({ verdict: 1, payBps: 10_000, times: 1 });
  });

  it('a report on round 1 after a submission of round 2 is refused', async () => {
    const network = await open({}, 'http://127.0.0.1:9');
    const first = await harness.submit({ milestone });
    await settled(network, first.requestId, 'waiting');
    await network.stop();
    const deployment = { ...harness.deployment, fromBlock: await harness.provider.getBlockNumber() };
    await harness.submit({ milestone });
    const next = await open({ deployment });
    const job = await settled(next, first.requestId, 'failed');
    expect(job.delivery).toMatchObject({ outcome: 'refused', reason: `CreOracle_StaleSubmission(${first.requestId})` });
    await until('round 2', async () => (await harness.told(milestone)).times === 1);
  });

  it('a reorganisation that moves the request, and one that takes the delivery: the verdict stands in the end, once', async () => {
    const network = await open();
    const { provider } = harness;
    const deployment = { ...harness.deployment, fromBlock: (await provider.getBlockNumber()) + 1 };
    const before = (await provider.send('evm_snapshot', [])) as string;
    const submission = await harness.submit({ milestone });
    const after = (await provider.send('evm_snapshot', [])) as string;
    await settled(network, submission.requestId, 'answered');

    // The delivery is gone, the request is still there.
    await provider.send('evm_revert', [after]);
    await provider.send('evm_mine', []);
    expect(await pending(submission.requestId)).toBe(true);
    await network.stop();
    const again = await open({ deployment });
    await settled(again, submission.requestId, 'answered');
    expect((await harness.told(milestone)).times).toBe(1);

    // Request and delivery are gone; the same submission comes in another block.
    await provider.send('evm_revert', [before]);
    await provider.send('evm_mine', []);
    await harness.resubmit(milestone, submission);
    await until('the verdict', async () => (await harness.told(milestone)).times === 1);
  });

  it('requests that come together are all served, none twice', async () => {
    const network = await open();
    const submitted: Hex[] = [];
    for (let i = 0; i < 5; i++) {
      submitted.push((await harness.submit({ milestone })).requestId);
      milestone++;
    }
    for (const requestId of submitted) await settled(network, requestId, 'answered');
    for (let i = 1; i <= 5; i++) expect(await harness.told(milestone - i)).toMatchObject({ verdict: 1, times: 1 });
  });

  it('a backend that is away stops no delivery and gets the report later', async () => {
    harness.backend.reportStatus = 503;
    const network = await open();
    const { requestId } = await harness.submit({ milestone });
    await settled(network, requestId, 'answered');
    await until('a refused publication', () =>
      (network.status() as { unpublished: { error: string | null } }).unpublished.error?.includes('503'),
    );
    harness.backend.reportStatus = 201;
    await until('the report', () => harness.backend.reports.some((report) => report.requestId === requestId));
    await until(
      'an empty queue',
      () => (network.status() as { unpublished: { count: number } }).unpublished.count === 0,
    );
  });

  it('does not start with keys, chain or bundle that do not fit', async () => {
    const { oracle } = harness.deployment;
    const signers = [...oracle.signers].reverse();
    const other = (deployment: object) =>
      harness.openNetwork(runner.url, { deployment: { ...harness.deployment, ...deployment } });
    await expect(other({ oracle: { ...oracle, signers } })).rejects.toThrow(
      'not the signers that the deployment record names',
    );
    await expect(other({ chainId: 1 })).rejects.toThrow('CHAIN_RPC_URL is chain 31337, the deployment record is for 1');
    await expect(harness.openNetwork(runner.url, { bundleFile: '/nowhere.js' })).rejects.toThrow(
      'npm run build -w @milepost/oracle',
    );
  });
});
