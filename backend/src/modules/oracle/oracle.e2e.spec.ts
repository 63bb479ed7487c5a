import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  criteriaHash,
  criteriaText,
  encodePayload,
  encodeRawReport,
  encodeReportContext,
  judge,
  parseCriteria,
  reportDigest,
  sha256Hex,
  signSuiteResult,
  suiteHash,
  suiteResultText,
  workflowNameField,
  type AcceptanceSuiteCriteria,
  type Hex,
  type VerdictGiven,
} from '@milepost/protocol';
import { keystoneForwarderAbi } from '@milepost/protocol/generated/abi';
import { Contract, hexlify, JsonRpcProvider, Signature, SigningKey, toBeHex, type HDNodeWallet } from 'ethers';
import { sampleTerms } from '../../testing/draft.js';
import { ProjectLife } from '../../testing/life.js';
import { startTestApp, type Answer, type TestApp } from '../../testing/test-app.js';

let app: TestApp;
let provider: JsonRpcProvider;
let cookies: Record<number, string>;
let life: ProjectLife;
let criteria: AcceptanceSuiteCriteria;
let digest: Hex;
let requestId: Hex;
let judgement: VerdictGiven;
let resultText: string;
let proof: Answer['body'];

const nodes = (): HDNodeWallet[] => [11, 12, 13, 14].map((index) => app.wallet(index));
const code = (answer: Answer) => [answer.status, answer.body.code];
const post = (path: string, json: unknown) =>
  app.call('POST', `/oracle/requests/${requestId}/${path}`, {
    headers: { authorization: `Bearer ${app.serviceToken}` },
    json,
  });
const shown = async (): Promise<Answer['body']> => (await life.get(1, `/oracle/requests/${requestId}`)).body;

beforeAll(async () => {
  app = await startTestApp({ withContracts: true });
  provider = new JsonRpcProvider(app.chain.url, undefined, { cacheTimeout: -1, staticNetwork: true });
  cookies = Object.fromEntries(
    await Promise.all([1, 2, 4, 8].map(async (index) => [index, await app.signIn(app.wallet(index))] as const)),
  );
  criteria = parseCriteria({
    schema: 'milepost/criteria@1',
    kind: 'acceptance-suite',
    title: 'Data set',
    pay: { mode: 'weights', minBps: 5_000 },
    runners: [app.wallet(15).address.toLowerCase()],
    need: 1,
    mustPass: [],
    suite: {
      tests: [
        { id: 'table', title: 'The table is there', weight: 3, check: { kind: 'file-present', file: '*.csv' } },
        { id: 'notes', title: 'The notes are there', weight: 1, check: { kind: 'file-present', file: '*.md' } },
      ],
    },
  }) as AcceptanceSuiteCriteria;
  const { policies } = sampleTerms(app);
  const automated = policies[1];
  if (automated === undefined) throw new Error('the sample draft has no policy with the oracle');
  const bodies = { ...automated.bodies, oracle: { criteriaHash: criteriaHash(criteria) } };
  life = await ProjectLife.open(app, cookies, {
    policies: policies.map((policy, i) => (i === 1 ? { ...automated, bodies } : policy)),
  });
  await life.included(await life.fund(3_500_000_001n));
  digest = (await life.submit(1, 'The data set')) as Hex;
  const { items } = (await life.get(1, `/oracle/requests?project=${life.project}`)).body;
  requestId = items[0].requestId;
  const context = {
    chainId: BigInt(app.deployment.chainId),
    oracle: app.deployment.contracts.CreOracle.toLowerCase() as Hex,
    requestId,
    digest,
    criteriaHash: criteriaHash(criteria),
    suiteHash: suiteHash(criteria.suite),
    round: 1,
    now: 0,
  };
  resultText = suiteResultText(
    signSuiteResult(
      context,
      [
        { id: 'table', outcome: 'passed', detail: 'a.csv is there' },
        { id: 'notes', outcome: 'failed', detail: 'no delivered file matches *.md' },
      ],
      app.wallet(15).privateKey as Hex,
    ),
  );
  judgement = judge(criteria, [{ name: 'result', text: resultText }], context) as VerdictGiven;
}, 120_000);

afterAll(async () => {
  provider?.destroy();
  await app?.close();
});

/** What a node says, in the network's form. */
const said = (node: number, change: Record<string, unknown> = {}) => ({
  node,
  signer: nodes()[node]?.address,
  status: 'verdict',
  verdict: 'passed',
  payBps: judgement.payBps,
  metrics: judgement.metrics,
  evidenceHash: judgement.evidenceHash,
  reasons: [],
  checks: judgement.checks,
  evidence: judgement.evidence.map((item) => ({ ...item, ...(item.name === 'criteria' ? {} : { text: resultText }) })),
  error: null,
  milliseconds: 4.4,
  ...change,
});
const nothing = { verdict: null, payBps: null, metrics: null, evidenceHash: null, checks: [], evidence: [] };
const run = (change: Record<string, unknown> = {}) => ({
  executionId: `0x${'a1'.repeat(32)}`,
  attempt: 2,
  state: 'waiting',
  error: null,
  retryAt: '2027-01-01T00:00:00.000Z',
  milliseconds: 31,
  nodes: [0, 1, 2, 3].map((i) =>
    said(i, { ...nothing, status: i === 3 ? 'silent' : 'not-ready', reasons: i === 3 ? [] : ['no result yet'] }),
  ),
  ...change,
});

describe('an oracle request', () => {
  it('says what is missing before anybody looked', async () => {
    expect(await shown()).toMatchObject({
      kind: null,
      state: 'waiting',
      missing: expect.stringContaining('not stored'),
      job: { state: 'broken', attempts: null },
      nodes: [],
    });
    const kept = await app.call('POST', '/oracle/documents', {
      cookie: cookies[2],
      raw: criteriaText(criteria),
      headers: { 'content-type': 'application/json' },
    });
    expect(kept.body).toEqual({ sha256: criteriaHash(criteria) });
    const view = await shown();
    expect(view).toMatchObject({ kind: 'acceptance-suite', job: { state: 'asked', next: { at: view.expiresAt } } });
  });

  it('shows each node of a run that could not say, what is missing, and when it looks again', async () => {
    expect(await post('runs', run())).toMatchObject({ status: 201, body: { isNew: true } });
    expect(await post('runs', run())).toMatchObject({ status: 201, body: { isNew: false } });
    const view = await shown();
    expect(view).toMatchObject({
      missing: 'A finished test is missing. No result yet.',
      job: { state: 'waiting', attempts: 2, next: { at: '2027-01-01T00:00:00.000Z' } },
      hasReport: false,
    });
    expect(view.nodes.map(({ note, signed }: { note: string; signed: boolean }) => [note, signed])).toEqual([
      ['cannot say yet: no result yet', false],
      ['cannot say yet: no result yet', false],
      ['cannot say yet: no result yet', false],
      ['no answer', false],
    ]);
    const split = run({
      executionId: `0x${'a2'.repeat(32)}`,
      attempt: 3,
      state: 'no-consensus',
      nodes: [said(0), said(1, { payBps: 1 }), said(2, { ...nothing, status: 'error', error: 'timed out' }), said(3)],
    });
    expect((await post('runs', split)).body).toEqual({ isNew: true });
    expect(await shown()).toMatchObject({
      job: { state: 'no-consensus', words: expect.stringContaining('3 of 4') },
      missing: expect.stringContaining('Timed out.'),
      nodes: [{ answer: 'passed, pays 75 %' }, { answer: 'passed, pays 0.01 %' }, { answer: 'timed out' }, {}],
    });
  });

  it('refuses runs from people, of unknown requests and of another form', async () => {
    expect(
      code(await app.call('POST', `/oracle/requests/${requestId}/runs`, { cookie: cookies[1], json: run() })),
    ).toEqual([401, 'service-token-needed']);
    expect(
      code(
        await app.call('POST', `/oracle/requests/0x${'99'.repeat(32)}/runs`, {
          headers: { authorization: `Bearer ${app.serviceToken}` },
          json: run(),
        }),
      ),
    ).toEqual([404, 'unknown-request']);
    expect((await post('runs', run({ state: 'answered' }))).status).toBe(422);
  });

  it('serves the public part of a submitted manifest by its digest, and no other', async () => {
    const { status, body } = await app.call('GET', `/oracle/documents/${digest}`);
    expect([status, body.schema]).toEqual([200, 'milepost/manifest@1']);
    expect(JSON.stringify(body)).not.toContain('work.txt');
    const unsent = await life.prepare(1, 'Not submitted');
    expect(code(await app.call('GET', `/oracle/documents/${unsent}`))).toEqual([404, 'unknown-document']);
  });

  it('takes evidence only for sampled batches', async () => {
    const path = `/oracle/requests/${requestId}/evidence/sample`;
    expect(code(await app.call('PUT', path, { cookie: cookies[2], json: {} }))).toEqual([409, 'no-evidence-wanted']);
    expect(code(await app.call('PUT', path, { cookie: cookies[8], json: {} }))).toEqual([404, 'unknown-request']);
    expect(code(await app.call('GET', path))).toEqual([404, 'unknown-evidence']);
  });

  it('shows checks, evidence and which node said what once a report was delivered', async () => {
    await deliver();
    const view = await shown();
    expect(view).toMatchObject({
      state: 'answered',
      verdict: 'passed',
      payBps: 7_500,
      missing: null,
      hasReport: true,
      job: { state: 'answered' },
      checks: [
        { id: 'table', label: 'The table is there', passed: true, detail: 'a.csv is there' },
        { id: 'notes', label: 'The notes are there', passed: false },
      ],
      nodes: [
        { note: 'signed', agrees: true, milliseconds: 4 },
        { note: 'signed', agrees: true },
        { note: 'agreed; its signature was not needed', agrees: true },
        { note: 'differs from the others: failed, pays nothing', agrees: false, signed: false },
      ],
    });
    expect(view.evidence).toEqual([
      { name: 'criteria', sha256: criteriaHash(criteria), url: `/api/v1/oracle/documents/${criteriaHash(criteria)}` },
      { name: expect.stringContaining('result:'), sha256: sha256Hex(resultText), url: null },
    ]);
  });

  it('hands out a proof to people with a part in the project, and nobody else', async () => {
    expect(code(await life.get(8, `/oracle/requests/${requestId}/proof`))).toEqual([404, 'unknown-request']);
    const answer = await life.get(4, `/oracle/requests/${requestId}/proof`);
    expect(answer.status).toBe(200);
    proof = answer.body;
    expect(proof.sources).toEqual([{ name: expect.stringContaining('result:'), text: resultText }]);
  });

  it('keeps report and signatures in the audit trail', async () => {
    const [row] = await app.database.dataSource.query<{ count: string }[]>(
      `SELECT count(*) AS count FROM audit_event WHERE type = 'acceptance.run' AND project_id = $1`,
      [life.project],
    );
    expect(Number(row?.count)).toBeGreaterThanOrEqual(3);
    const { items } = (await life.get(1, `/audit/events?project=${life.project}`)).body;
    const kept = items.find(({ sections }: { sections: Record<string, unknown> }) => 'report' in sections);
    expect(kept?.sections.report).toMatchObject({
      rawReport: proof.report.rawReport,
      reportContext: proof.report.reportContext,
    });
  });
});

describe('verify-report', () => {
  const verify = (content: unknown, ...args: string[]): Promise<{ code: number; output: string }> => {
    const file = join(app.dataDir, 'proof.json');
    writeFileSync(file, JSON.stringify(content));
    const tool = fileURLToPath(new URL('../../../dist/cli/verify-report.js', import.meta.url));
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        [tool, file, ...args],
        { env: { ...process.env, NODE_OPTIONS: '' } },
        (error, out, err) => resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: out + err }),
      );
    });
  };
  const record = () => join(app.dataDir, 'deployment.json');

  it('proves the verdict offline, and against the chain', async () => {
    const offline = await verify(proof, '--deployment', record());
    expect(offline.output).toContain('The verdict is proven.');
    expect(offline.output).toContain('comes out the same, to the last figure');
    expect(offline.code).toBe(0);
    const online = await verify(proof, '--rpc', app.chain.url);
    expect(online.output).toContain('ok     The forwarder on chain was configured with exactly these 4 nodes.');
    expect(online.output).toContain('ok     The contract on chain stores this verdict.');
    expect(online.code).toBe(0);
  });

  it('says what is wrong with an altered one', async () => {
    const { report } = proof;
    const stranger = await verify({ ...proof, committee: { ...proof.committee, signers: [app.wallet(9).address] } });
    expect(stranger).toMatchObject({ code: 1, output: expect.stringContaining('NOT proven') });
    const changed = `${report.rawReport.slice(0, -2)}${report.rawReport.endsWith('00') ? '01' : '00'}`;
    expect(
      await verify({ ...proof, report: { ...report, rawReport: changed } }, '--deployment', record()),
    ).toMatchObject({ code: 1, output: expect.stringContaining('no node of this committee') });
    const better = { ...proof.attestation, payBps: 10_000 };
    expect((await verify({ ...proof, attestation: better }, '--rpc', app.chain.url)).output).toContain(
      'stores another verdict',
    );
    expect(await verify({ any: 'thing' })).toMatchObject({
      code: 2,
      output: expect.stringContaining('no oracle proof'),
    });
  });
});

/** Two nodes sign, anybody relays, and the network hands in what it has; the fourth node lies. */
async function deliver(): Promise<void> {
  const { contracts, oracle } = app.deployment;
  const block = await provider.getBlock('latest');
  const now = BigInt(block?.timestamp ?? 0);
  const text = (name: string): string => String(oracle[name]);
  const raw = encodeRawReport(
    {
      version: 1,
      executionId: `0x${'ab'.repeat(32)}`,
      timestamp: Number(now),
      donId: oracle.donId,
      configVersion: oracle.configVersion,
      workflowId: text('workflowId') as Hex,
      workflowName: workflowNameField(text('workflowName')),
      workflowOwner: text('workflowOwner') as Hex,
      reportId: '0x0001',
    },
    encodePayload({
      schema: 1,
      chainSelector: BigInt(oracle.chainSelector),
      receiver: contracts.CreOracle.toLowerCase() as Hex,
      requestId,
      escrow: life.escrow.toLowerCase() as Hex,
      milestone: 1,
      round: 1,
      digest,
      criteriaHash: criteriaHash(criteria),
      verdict: judgement.verdict,
      payBps: judgement.payBps,
      observedAt: now,
      validUntil: now + 3_600n,
      metrics: judgement.metrics,
      evidenceHash: judgement.evidenceHash,
    }),
  );
  const context = encodeReportContext(`0x${'0c'.repeat(32)}`, 1n);
  const signatures = nodes()
    .slice(0, 2)
    .map((node) => {
      const { r, s, yParity } = Signature.from(new SigningKey(node.privateKey).sign(reportDigest(raw, context)));
      return { signer: node.address, signature: `${r}${s.slice(2)}${toBeHex(yParity, 1).slice(2)}` };
    });
  const forwarder = new Contract(contracts.KeystoneForwarder, keystoneForwarderAbi, app.wallet(0).connect(provider));
  const blobs = signatures.map(({ signature }) => signature);
  const options = { gasLimit: 1_500_000 };
  const sent = await forwarder.getFunction('report')(contracts.CreOracle, raw, context, blobs, options);
  await sent.wait();
  await life.until('the verdict', async () => ((await shown()).verdict === null ? null : true));
  const kept = await post('reports', {
    executionId: `0x${'ab'.repeat(32)}`,
    rawReport: hexlify(raw),
    reportContext: hexlify(context),
    signatures,
    outcome: 'delivered',
    txHash: sent.hash,
    reason: null,
    milliseconds: 12.5,
    nodes: [said(0), said(1), said(2), said(3, { verdict: 'failed', payBps: 0 })],
  });
  expect(kept).toMatchObject({ status: 201, body: { isNew: true } });
}
