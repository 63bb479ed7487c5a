import { creOracleAbi, keystoneForwarderAbi, milestoneEscrowAbi, testTokenAbi } from '@milepost/protocol/generated/abi';
import {
  encodePayload,
  encodeRawReport,
  encodeReportContext,
  reportDigest,
  requestId as requestIdOf,
  workflowNameField,
} from '@milepost/protocol/report';
import type { Hex } from '@milepost/protocol';
import { Contract, hexlify, JsonRpcProvider, Signature, SigningKey, toBeHex, type HDNodeWallet } from 'ethers';
import { CHAIN_RUNTIME, type ChainRuntime } from '../../platform/chain/index.js';
import { rowsOf } from '../../platform/outbox/index.js';
import { ProjectLife } from '../../testing/life.js';
import { freshKey, startTestApp, type TestApp } from '../../testing/test-app.js';

const NO = {
  code: 'CRIT_UNMET',
  failedCriteria: ['C1'],
  evidenceHash: null,
  whatWouldPass: 'All forty transcripts',
} as const;
const DAY = 86_400;

let app: TestApp;
let provider: JsonRpcProvider;
let cookies: Record<number, string>;
let life: ProjectLife;
let firstDigest: string;

beforeAll(async () => {
  app = await startTestApp({ withContracts: true });
  provider = new JsonRpcProvider(app.chain.url, undefined, { cacheTimeout: -1, staticNetwork: true });
  const people = [1, 2, 3, 4, 5, 6, 8];
  cookies = Object.fromEntries(
    await Promise.all(people.map(async (index) => [index, await app.signIn(app.wallet(index))] as const)),
  );
  // Of the bodies only the panel decides milestone 0, so that no single vote does.
  life = await ProjectLife.open(app, cookies);
  await life.included(await life.fund(3_500_000_001n));
}, 120_000);

afterAll(async () => {
  provider?.destroy();
  await app?.close();
});

const code = (answer: { status: number; body: { code?: string } }) => [answer.status, answer.body.code];
const balance = (index: number): Promise<bigint> =>
  new Contract(app.deployment.token.address, testTokenAbi, provider).getFunction('balanceOf')(
    app.wallet(index).address,
  );
const passTime = async (time: number): Promise<void> => {
  await app.chain.rpc.call('evm_increaseTime', [time]);
  await app.chain.mine(1);
};
const expectRebuildEqual = async (): Promise<void> => {
  const report = await app.app.get<ChainRuntime>(CHAIN_RUNTIME).rebuild(false);
  expect(report.tables.filter((table) => !table.equal)).toEqual([]);
  expect(report.tables.reduce((rows, table) => rows + table.rows, 0)).toBeGreaterThan(10);
};

describe('signed calls', () => {
  it('refuses each bad one with its own code, and nothing changes', async () => {
    const digest = await life.prepare(0, 'Thirty interviews');
    const past = Math.floor(Date.now() / 1000) - 10;
    expect(code(await life.submitSigned(0, digest, { deadline: past }))).toEqual([422, 'escrow-signature-expired']);
    expect(code(await life.submitSigned(0, digest, { chainId: 1 }))).toEqual([422, 'escrow-bad-signature']);
    expect(code(await life.submitSigned(0, digest, { signer: 8 }))).toEqual([422, 'escrow-bad-signature']);
    expect(code(await life.submitSigned(7, digest))).toEqual([422, 'escrow-no-such-milestone']);
    expect(code(await life.fund(1n, { signer: 8 }))).toEqual([422, 'erc3009-invalid-signature']);
    expect(code(await life.fund(1n, { validBefore: past }))).toEqual([422, 'erc3009-invalid-authorization-time']);
    expect(code(await life.fund(2_000_000_000_000n))).toEqual([422, 'erc20-insufficient-balance']);
    expect(code(await life.intent(1, { kind: 'lapse', milestone: 0, payload: {} }))).toEqual([422, 'escrow-too-early']);
    expect(code(await life.intent(8, { kind: 'refund', payload: {} }))).toEqual([404, 'unknown-project']);
    expect(code(await life.intent(1, { kind: 'mint', payload: {} }))).toEqual([422, 'invalid-input']);
    expect((await life.milestone(0)).status).toBe('Funded');
  });

  it('answers the same request again with the same intent, and has one effect on chain', async () => {
    firstDigest = await life.prepare(0, 'Forty interviews');
    const signed = await life.signSubmission(0, firstDigest);
    const key = freshKey();
    const first = await life.intent(2, signed, key);
    expect(await life.intent(2, signed, key)).toMatchObject({ status: 202, body: { id: first.body.id } });
    expect(code(await life.intent(2, { ...signed, milestone: 1 }, key))).toEqual([422, 'idempotency-key-reused']);
    await life.included(first);
    expect(code(await life.intent(2, signed))).toEqual([422, 'invalid-account-nonce']);
    const { round, status } = await life.milestone(0);
    expect({ round, status }).toEqual({ round: 1, status: 'Submitted' });
  });
});

describe('ballots', () => {
  it('refuses each bad one with its own code', async () => {
    const ballot = { milestone: 0, digest: firstDigest };
    expect(code(await life.vote(8, ballot))).toEqual([404, 'unknown-project']);
    expect(code(await life.vote(2, { ...ballot, seat: 0 }))).toEqual([403, 'no-seat']);
    expect(code(await life.vote(4, { ...ballot, signer: 5 }))).toEqual([422, 'bad-signature']);
    expect(code(await life.vote(4, { ...ballot, chainId: 1 }))).toEqual([422, 'wrong-chain']);
    expect(code(await life.vote(4, { ...ballot, round: 2 }))).toEqual([409, 'stale-round']);
    expect(code(await life.vote(4, { ...ballot, digest: `0x${'ee'.repeat(32)}` }))).toEqual([409, 'other-submission']);
    expect(code(await life.vote(4, { milestone: 1, digest: firstDigest, round: 1 }))).toEqual([409, 'no-ballot']);
    expect((await life.approval(0)).ballots).toEqual([]);
  });

  it('keeps an approval that decides nothing, shows it as waiting, and takes it once', async () => {
    const answer = await life.vote(4, { milestone: 0, digest: firstDigest });
    expect(answer).toMatchObject({
      status: 201,
      body: { receipt: { approve: true, note: expect.stringContaining('—'), entry: { leafHash: expect.any(String) } } },
    });
    expect(code(await life.vote(4, { milestone: 0, digest: firstDigest }))).toEqual([409, 'already-voted']);
    const { ballots, bodies, status } = await life.approval(0);
    expect(status).toBe('Open');
    expect(ballots).toMatchObject([{ account: app.wallet(4).address, state: 'waiting', approve: true, body: 'panel' }]);
    expect(bodies).toMatchObject([
      { body: 'clients', totalWeight: 1, yes: 0, state: 'open' },
      { body: 'panel', totalWeight: 3, yes: 0, state: 'open' },
    ]);
  });

  it('posts an objection at once, with what waits', async () => {
    expect(await life.vote(5, { milestone: 0, digest: firstDigest, reason: NO })).toMatchObject({ status: 201 });
    const ballots = await life.until('both ballots on chain', async () => {
      const view = await life.approval(0);
      return view.ballots.every((ballot: { state: string }) => ballot.state === 'onchain') ? view.ballots : null;
    });
    expect(ballots).toHaveLength(2);
    expect(ballots.find((ballot: { approve: boolean }) => !ballot.approve)).toMatchObject({
      reason: NO,
      txHash: expect.any(String),
    });
  });

  it('rejects when the panel and the client object; the old round is stale then', async () => {
    expect(await life.vote(1, { milestone: 0, digest: firstDigest, reason: NO })).toMatchObject({ status: 201 });
    expect(await life.vote(6, { milestone: 0, digest: firstDigest, reason: NO })).toMatchObject({ status: 201 });
    await life.until('the rejection', async () => ((await life.milestone(0)).status === 'Rejected' ? true : null));
    expect(code(await life.vote(4, { milestone: 0, digest: firstDigest }))).toEqual([409, 'ballot-closed']);
    const second = await life.submit(0, 'Forty interviews, complete');
    expect(code(await life.vote(4, { milestone: 0, digest: firstDigest, round: 1 }))).toEqual([409, 'ballot-closed']);
    expect((await life.approval(0)).digest).toBe(second);
  });

  it('sends approvals together when they decide, and pays', async () => {
    const before = await balance(3);
    const { digest } = await life.approval(0);
    expect(await life.vote(1, { milestone: 0, digest })).toMatchObject({ status: 201 });
    const { decision } = await life.until('the payment', async () => {
      const milestone = await life.milestone(0);
      return milestone.status === 'Released' ? milestone : null;
    });
    expect(decision).toMatchObject({ cause: 'GATE', payBps: 10_000, fee: '9000000' });
    expect((await balance(3)) - before).toBe(267_300_000n);
    expect((await life.approval(0)).status).toBe('Approved');
  });
});

describe('rewards', () => {
  it('accrue from the fee of the accepted milestone, by the rule', async () => {
    // F 9: N 6.75, base 3.375; payees 80 % · q 5,000 (not assessed) · r 9,000 (round 2) = 1.215; funder 10 % = 0.3375.
    const lines = (await life.get(1, `/rewards/projects/${life.project}`)).body.lines;
    expect(
      lines.map(
        ({ account, role, settle, factors }: { account: string; role: string; settle: string; factors: unknown }) => [
          account,
          role,
          settle,
          factors,
        ],
      ),
    ).toEqual([
      [app.wallet(2).address, 'payee', '850500000000000000', { w: 10_000, q: 5_000, t: 10_000, r: 9_000 }],
      [app.wallet(3).address, 'payee', '364500000000000000', { w: 10_000, q: 5_000, t: 10_000, r: 9_000 }],
      [app.wallet(1).address, 'funder', '337500000000000000', { w: 10_000, q: 5_000, t: 10_000, r: 9_000 }],
    ]);
    const mine = (await life.get(3, '/rewards/me')).body;
    expect(mine).toMatchObject({ settleTotal: '364500000000000000', tokensTotal: '364500000000000000' });
    expect(BigInt(mine.reputation)).toBeGreaterThan(0n);
    expect(code(await life.get(8, `/rewards/projects/${life.project}`))).toEqual([404, 'unknown-project']);
  });
});

describe('the oracle', () => {
  const nodes = (): HDNodeWallet[] => [11, 12, 13, 14].map((index) => app.wallet(index));
  let requestId: Hex;
  let digest: string;
  let raw: Uint8Array;
  let context: Uint8Array;
  let signatures: { signer: string; signature: string }[];

  it('shows what was asked and what is missing', async () => {
    digest = await life.submit(1, 'The data set');
    const { items } = (await life.get(1, `/oracle/requests?project=${life.project}`)).body;
    expect(items).toMatchObject([
      {
        milestone: 1,
        round: 1,
        digest,
        criteriaHash: `0x${'5a'.repeat(32)}`,
        state: 'waiting',
        verdict: null,
        missing: expect.stringContaining('not stored'),
      },
    ]);
    const { chainId, contracts } = app.deployment;
    requestId = requestIdOf({
      chainId: BigInt(chainId),
      oracle: contracts.CreOracle,
      gate: contracts.MilestoneGate,
      escrow: life.escrow,
      milestone: 1,
      round: 1,
      digest,
      criteriaHash: `0x${'5a'.repeat(32)}`,
    });
    expect(items[0].requestId).toBe(requestId);
    expect(code(await life.get(8, `/oracle/requests/${requestId}`))).toEqual([404, 'unknown-request']);
  });

  it('takes a verdict through the real forwarder; the hold ends by the keeper, and pays', async () => {
    const { contracts, oracle } = app.deployment;
    const block = await provider.getBlock('latest');
    const now = BigInt(block?.timestamp ?? 0);
    const { donId, configVersion, workflowId, workflowOwner, workflowName, chainSelector } =
      oracle as unknown as Record<string, string> & { donId: number; configVersion: number };
    const payload = encodePayload({
      schema: 1,
      chainSelector: BigInt(chainSelector ?? 0),
      receiver: contracts.CreOracle.toLowerCase() as Hex,
      requestId,
      escrow: life.escrow.toLowerCase() as Hex,
      milestone: 1,
      round: 1,
      digest: digest as Hex,
      criteriaHash: `0x${'5a'.repeat(32)}`,
      verdict: 1,
      payBps: 10_000,
      observedAt: now,
      validUntil: now + 3_600n,
      metrics: `0x${'00'.repeat(32)}`,
      evidenceHash: `0x${'e1'.repeat(32)}`,
    });
    raw = encodeRawReport(
      {
        version: 1,
        executionId: `0x${'ab'.repeat(32)}`,
        timestamp: Number(now),
        donId,
        configVersion,
        workflowId: workflowId as Hex,
        workflowName: workflowNameField(workflowName ?? ''),
        workflowOwner: workflowOwner as Hex,
        reportId: '0x0001',
      },
      payload,
    );
    context = encodeReportContext(`0x${'0c'.repeat(32)}`, 1n);
    const hash = reportDigest(raw, context);
    signatures = nodes()
      .slice(0, 2)
      .map((node) => {
        const { r, s, yParity } = Signature.from(new SigningKey(node.privateKey).sign(hash));
        return { signer: node.address, signature: `${r}${s.slice(2)}${toBeHex(yParity, 1).slice(2)}` };
      });
    const forwarder = new Contract(contracts.KeystoneForwarder, keystoneForwarderAbi, app.wallet(0).connect(provider));
    const sent = await forwarder.getFunction('report')(
      contracts.CreOracle,
      raw,
      context,
      signatures.map(({ signature }) => signature),
      { gasLimit: 1_500_000 },
    );
    await sent.wait();
    const request = await life.until('the verdict', async () => {
      const { body } = await life.get(1, `/oracle/requests/${requestId}`);
      return body.state === 'answered' ? body : null;
    });
    expect(request).toMatchObject({
      verdict: 'passed',
      payBps: 10_000,
      evidenceHash: `0x${'e1'.repeat(32)}`,
      missing: null,
    });
    expect(await life.approval(1)).toMatchObject({
      status: 'Held',
      hold: { reason: expect.stringContaining('Only the oracle') },
      bodies: [
        { body: 'clients', state: 'open' },
        { body: 'oracle', state: 'approved' },
      ],
    });
    await passTime(2 * DAY + 1);
    const { decision } = await life.until('the payment', async () => {
      const milestone = await life.milestone(1);
      return milestone.status === 'Released' ? milestone : null;
    });
    expect(decision).toMatchObject({ cause: 'GATE', payBps: 10_000 });
  });

  it('keeps the signed report once, and refuses others', async () => {
    const post = (change: Record<string, unknown>, id: string = requestId) =>
      app.call('POST', `/oracle/requests/${id}/reports`, {
        headers: { authorization: `Bearer ${app.serviceToken}` },
        json: {
          executionId: `0x${'ab'.repeat(32)}`,
          rawReport: hexlify(raw),
          reportContext: hexlify(context),
          signatures,
          outcome: 'delivered',
          txHash: null,
          reason: null,
          milliseconds: 12.5,
          nodes: nodes().map((node, i) => ({
            node: i,
            signer: node.address,
            observation: {},
            error: i === 3 ? 'timed out' : null,
            log: [],
            milliseconds: 3,
          })),
          ...change,
        },
      });
    expect(await post({})).toMatchObject({ status: 201, body: { isNew: true } });
    expect(await post({})).toMatchObject({ status: 201, body: { isNew: false } });
    expect(code(await post({ signatures: signatures.slice(0, 1) }))).toEqual([422, 'report-not-valid']);
    expect(
      code(
        await post({
          signatures: [signatures[1], signatures[0]].map((entry, i) => ({ ...entry, signer: signatures[i]?.signer })),
        }),
      ),
    ).toEqual([422, 'report-not-valid']);
    expect(code(await post({}, `0x${'99'.repeat(32)}`))).toEqual([404, 'unknown-request']);
    expect(
      code(await app.call('POST', `/oracle/requests/${requestId}/reports`, { cookie: cookies[1], json: {} })),
    ).toEqual([401, 'service-token-needed']);
    const { nodes: shown } = (await life.get(1, `/oracle/requests/${requestId}`)).body;
    expect(shown.map(({ signed, note }: { signed: boolean; note: string }) => [signed, note])).toEqual([
      [true, 'signed'],
      [true, 'signed'],
      [false, 'agreed; its signature was not needed'],
      [false, 'timed out'],
    ]);
  });

  it('keeps documents by the hash of their exact bytes', async () => {
    const store = (raw: string) =>
      app.call('POST', '/oracle/documents', {
        cookie: cookies[1],
        raw,
        headers: { 'content-type': 'application/json' },
      });
    const kept = await store('{"a":1,"b":"x"}');
    expect(kept).toMatchObject({ status: 201 });
    const read = await app.call('GET', `/oracle/documents/${kept.body.sha256}`);
    expect(read.body).toEqual({ a: 1, b: 'x' });
    expect(code(await store('{"b":"x","a":1}'))).toEqual([422, 'document-not-valid']);
    expect(code(await store('{"schema":"milepost/criteria@1"}'))).toEqual([422, 'document-not-valid']);
    expect(code(await app.call('GET', `/oracle/documents/0x${'12'.repeat(32)}`))).toEqual([404, 'unknown-document']);
  });

  it('raises the quality factor of the milestone that it passed', async () => {
    const { lines } = (await life.get(1, `/rewards/projects/${life.project}`)).body;
    expect(
      lines.find((line: { milestone: number; source: string }) => line.milestone === 1 && line.source === 'milestone')
        .factors.q,
    ).toBe(10_000);
  });
});

describe('clocks that run out', () => {
  it('release the holdback when the warranty is over; its fee earns rewards too', async () => {
    const before = await balance(3);
    const { holdback } = (await life.get(1, `/projects/${life.project}`)).body.ledger;
    expect(BigInt(holdback)).toBeGreaterThan(0n);
    await passTime(60 * DAY + 1);
    await life.until('the end of the warranty', async () =>
      (await life.get(1, `/projects/${life.project}`)).body.ledger.holdback === '0' ? true : null,
    );
    const net = BigInt(holdback) - BigInt(holdback) / 100n;
    expect((await balance(3)) - before).toBe(net - (net * 7n) / 10n - ((net * 7n) % 10n === 0n ? 0n : 1n));
    const { lines } = (await life.get(1, `/rewards/projects/${life.project}`)).body;
    expect(
      new Set(
        lines
          .filter((line: { source: string }) => line.source === 'holdback')
          .map((line: { milestone: number }) => line.milestone),
      ),
    ).toEqual(new Set([0, 1]));
  });

  it('refund what was never delivered, without anybody asking', async () => {
    const before = await balance(1);
    const { timestamp } = (await provider.getBlock('latest')) ?? { timestamp: 0 };
    const other = await ProjectLife.open(app, cookies, { start: timestamp });
    await other.included(await other.fund(3_500_000_001n));
    await passTime(90 * DAY);
    await other.until('both refunded', async () => {
      const { milestones, ledger } = (await other.get(1, `/projects/${other.project}`)).body;
      const states = milestones.map((milestone: { status: string }) => milestone.status);
      return states.every((state: string) => state === 'Refunded') && ledger.booked === '0' ? true : null;
    });
    expect(await balance(1)).toBe(before);
  });
});

describe('the record of the chain', () => {
  it('is equal to a rebuild from the raw logs', expectRebuildEqual);

  it('is in the audit trail, each final fact once', async () => {
    const rows = rowsOf<{ type: string; count: number }>(
      await app.database.dataSource.query(
        `select type, count(*)::int as count from audit_event where project_id = $1 and type in ('project.activated', 'milestone.decided', 'submission.made', 'verdict.recorded') group by type order by type`,
        [life.project],
      ),
    );
    expect(rows).toEqual([
      { type: 'milestone.decided', count: 2 },
      { type: 'project.activated', count: 1 },
      { type: 'submission.made', count: 3 },
      { type: 'verdict.recorded', count: 1 },
    ]);
  });

  it('agrees with the contracts: nothing is owed that is not there', async () => {
    const ledger = await new Contract(life.escrow, milestoneEscrowAbi, provider).getFunction('ledger')();
    const { ledger: ours } = (await life.get(1, `/projects/${life.project}`)).body;
    expect(ours.booked).toBe(String(ledger.booked));
    const balances = rowsOf<{ escrow: string; booked: string }>(
      await app.database.dataSource.query(`select '0x' || encode(escrow, 'hex') as escrow, booked from chain_ledger`),
    );
    expect(balances.find(({ escrow }) => escrow === life.escrow.toLowerCase())?.booked).toBe(String(ledger.booked));
    expect(await app.database.dataSource.query('select * from chain_gap')).toEqual([]);
    const attestation = await new Contract(app.deployment.contracts.CreOracle, creOracleAbi, provider).getFunction(
      'requestCount',
    )();
    expect(attestation).toBe(1n);
  });
});
