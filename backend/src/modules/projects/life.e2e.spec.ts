import { randomBytes } from 'node:crypto';
import { BALLOT_TYPES, gateDomain, ZERO_ADDRESS, ZERO_HASH } from '@milepost/protocol/ballot';
import { ESCROW_INTENTS, escrowDomain, intentKey, intentNonce } from '@milepost/protocol/escrow-intents';
import { milestoneEscrowAbi, testTokenAbi } from '@milepost/protocol/generated/abi';
import { AbiCoder, Contract, JsonRpcProvider, keccak256 } from 'ethers';
import { sampleDraft } from '../../testing/draft.js';
import { type Answer, freshKey, startTestApp, type TestApp } from '../../testing/test-app.js';

let app: TestApp;
let provider: JsonRpcProvider;
let cookies: Record<number, string>;
let project: string;
let escrow: Contract;

beforeAll(async () => {
  app = await startTestApp({ withContracts: true });
  provider = new JsonRpcProvider(app.chain.url, undefined, { cacheTimeout: -1 });
  const people = [1, 2, 3, 4, 5, 6];
  cookies = Object.fromEntries(
    await Promise.all(people.map(async (index) => [index, await app.signIn(app.wallet(index))] as const)),
  );
}, 120_000);

afterAll(async () => {
  provider?.destroy();
  await app?.close();
});

/** Follows an intent until it is in a block, and the projection until it has that block. */
async function included(answer: Answer): Promise<void> {
  if (answer.status !== 202) throw new Error(`refused: ${JSON.stringify(answer.body)}`);
  for (let i = 0; i < 300; i += 1) {
    const { body } = await app.call('GET', `/intents/${answer.body.id}`, { cookie: cookies[1] });
    if (body.state === 'included' || body.state === 'final') return;
    if (['refused', 'failed', 'expired'].includes(body.state)) throw new Error(JSON.stringify(body));
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error('the intent was never included');
}

const read = async (person = 1) => (await app.call('GET', `/projects/${project}`, { cookie: cookies[person] })).body;
const intent = (person: number, json: Record<string, unknown>) =>
  app.call('POST', '/intents', { cookie: cookies[person], json: { project, ...json }, headers: freshKey() });

async function signTerms(index: number, role: string): Promise<Answer> {
  const { typedData } = (await app.call('GET', `/projects/${project}/terms`, { cookie: cookies[index] })).body;
  const signature = await app.wallet(index).signTypedData(typedData.domain, typedData.types, typedData.message);
  const json = { role, deadline: typedData.message.deadline, nonce: '0', signature };
  return app.call('POST', `/projects/${project}/signatures`, { cookie: cookies[index], json });
}

/** Lets days pass on the chain; the keeper makes the calls that are due then. */
async function passTime(days: number): Promise<void> {
  await app.chain.rpc.call('evm_increaseTime', [`0x${(days * 86_400).toString(16)}`]);
  await app.chain.mine(1);
}

async function until(done: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 400; i += 1) {
    if (await done()) return;
    await new Promise((wake) => setTimeout(wake, 50));
  }
  throw new Error('it never happened');
}

/** The projection's money against the escrow's own view. */
async function expectLedger(): Promise<void> {
  const { ledger } = await read();
  const own = await escrow.getFunction('ledger')();
  expect({
    booked: ledger.booked,
    pool: ledger.pool,
    milestones: ledger.open,
    cover: ledger.cover,
    holdback: ledger.holdback,
    refundable: ledger.refundable,
    credits: ledger.credits,
  }).toEqual(
    Object.fromEntries(
      ['booked', 'pool', 'milestones', 'cover', 'holdback', 'refundable', 'credits'].map((name) => [
        name,
        String(own[name]),
      ]),
    ),
  );
}

/** The projection's clocks against the escrow's own views. */
async function expectClocks(): Promise<void> {
  const { milestones, finalBy } = await read();
  expect(Date.parse(finalBy) / 1000).toBe(Number(await escrow.getFunction('finalBy')()));
  for (const { index, exit } of milestones) {
    const [at] = await escrow.getFunction('exitOf')(index);
    expect(exit === null ? 0 : Date.parse(exit.at) / 1000).toBe(Number(at));
  }
}

/** The client's EIP-3009 authorization into the escrow. */
async function fund(amount: bigint): Promise<Answer> {
  const { token, chainId } = app.deployment;
  const salt = `0x${randomBytes(32).toString('hex')}`;
  const to = await escrow.getAddress();
  const nonce = keccak256(AbiCoder.defaultAbiCoder().encode(['address', 'uint256', 'bytes32'], [to, 0, salt]));
  const wallet = app.wallet(1);
  const validBefore = Math.floor(Date.now() / 1000) + 86_400;
  const field = (type: string, name: string) => ({ type, name });
  const types = {
    ReceiveWithAuthorization: [
      field('address', 'from'),
      field('address', 'to'),
      field('uint256', 'value'),
      field('uint256', 'validAfter'),
      field('uint256', 'validBefore'),
      field('bytes32', 'nonce'),
    ],
  };
  const domain = { name: token.name, version: token.version, chainId, verifyingContract: token.address };
  const signature = await wallet.signTypedData(domain, types, {
    from: wallet.address,
    to,
    value: amount,
    validAfter: 0,
    validBefore,
    nonce,
  });
  const payload = {
    funder: 0,
    from: wallet.address,
    amount: String(amount),
    validAfter: 0,
    validBefore,
    salt,
    signature,
  };
  return intent(1, { kind: 'fund', payload });
}

async function submit(m: number, content: string): Promise<string> {
  const path = `/projects/${project}/milestones/${m}`;
  const file = await app.call('POST', `${path}/uploads`, {
    cookie: cookies[2],
    raw: Buffer.from(content),
    headers: { 'content-type': 'application/octet-stream', 'x-file-name': 'work.txt' },
  });
  const files = [{ sha256: file.body.sha256, name: 'work.txt' }];
  const { digest } = (
    await app.call('POST', `${path}/manifests`, { cookie: cookies[2], json: { files, note: '' }, headers: freshKey() })
  ).body;
  const { round } = (await read()).milestones[m];
  const { primaryType, types } = ESCROW_INTENTS.submit;
  expect(primaryType).toBe('Submit');
  const nonce = String(intentNonce(intentKey('submit', m), round));
  const deadline = Math.floor(Date.now() / 1000) + 3_600;
  const signature = await app
    .wallet(2)
    .signTypedData(
      escrowDomain(app.deployment.chainId, await escrow.getAddress()),
      { Submit: [...types.Submit] },
      { milestone: m, round: round + 1, digest, nonce, deadline },
    );
  await included(
    await intent(2, { kind: 'submit', milestone: m, payload: { digest, auth: { nonce, deadline, signature } } }),
  );
  return digest;
}

async function vote(index: number, m: number, digest: string): Promise<Answer> {
  const { milestones } = await read(index);
  const { seats } = (await app.call('GET', `/projects/${project}/milestones/${m}/approval`, { cookie: cookies[index] }))
    .body;
  const { address } = app.wallet(index);
  const seat = seats.find((candidate: { account: string }) => candidate.account === address).index;
  const key = { milestone: m, round: milestones[m].round, question: 0, payBps: 10_000, digest };
  const domain = gateDomain(app.deployment.chainId, app.deployment.contracts.MilestoneGate);
  const message = {
    escrow: await escrow.getAddress(),
    ...key,
    approve: true,
    reason: ZERO_HASH,
    account: ZERO_ADDRESS,
  };
  const signature = await app.wallet(index).signTypedData(domain, { Ballot: [...BALLOT_TYPES.Ballot] }, message);
  const json = { project, ...key, approve: true, account: address, seat, signature };
  return app.call('POST', '/ballots', { cookie: cookies[index], json, headers: freshKey() });
}

describe('a project on the chain', () => {
  it('is created from the signatures of both parties, at the address that was shown', async () => {
    const [{ timestamp }] = [await provider.getBlock('latest').then((block) => block ?? { timestamp: 0 })];
    const draft = sampleDraft(app, { start: timestamp });
    project = (await app.call('POST', '/projects', { cookie: cookies[1], json: draft, headers: freshKey() })).body.id;
    const shown = (await app.call('GET', `/projects/${project}/terms`, { cookie: cookies[1] })).body.escrow;
    expect((await signTerms(1, 'client')).status).toBe(200);
    expect((await signTerms(2, 'contributor')).status).toBe(200);
    await included(
      await app.call('POST', `/projects/${project}/creation`, { cookie: cookies[2], json: {}, headers: freshKey() }),
    );
    const view = await read();
    expect(view).toMatchObject({
      status: 'active',
      escrow: shown,
      creation: { intent: expect.any(String) },
      ledger: { booked: '0' },
    });
    expect(view.milestones.map((milestone: { status: string }) => milestone.status)).toEqual(['Planned', 'Planned']);
    escrow = new Contract(shown, milestoneEscrowAbi, provider);
    expect((await escrow.getFunction('terms')()).client).toBe(app.wallet(1).address);
    await expectClocks();
  });

  it('is fixed from then on', async () => {
    const answer = await app.call('PUT', `/projects/${project}/draft`, {
      cookie: cookies[1],
      headers: { 'if-match': '1' },
      json: sampleDraft(app),
    });
    expect(answer).toMatchObject({ status: 409, body: { code: 'project-fixed' } });
    expect(
      await app.call('POST', `/projects/${project}/creation`, { cookie: cookies[1], json: {}, headers: freshKey() }),
    ).toMatchObject({
      status: 409,
      body: { code: 'already-created' },
    });
  });

  it('shows the same money as the escrow while it is funded', async () => {
    await included(await fund(500_000_000n));
    expect((await read()).milestones[0].status).toBe('Planned');
    await expectLedger();
    await included(await fund(1_500_000_000n));
    expect((await read()).milestones.map((milestone: { status: string }) => milestone.status)).toEqual([
      'Funded',
      'Planned',
    ]);
    await expectLedger();
    await expectClocks();
    await included(await fund(1_500_000_001n));
    expect((await read()).milestones.map((milestone: { status: string }) => milestone.status)).toEqual([
      'Funded',
      'Funded',
    ]);
    await expectLedger();
  });

  it('pays what the panel approved, to the last unit', async () => {
    const digest = await submit(0, 'Forty interviews');
    expect((await read(4)).milestones[0]).toMatchObject({
      status: 'Submitted',
      round: 1,
      digest,
      submittedAt: expect.any(String),
    });
    await expectClocks();
    await expectLedger();
    expect(
      (await app.call('GET', `/projects/${project}/milestones/0/submissions`, { cookie: cookies[4] })).body.items,
    ).toMatchObject([{ digest, round: 1, files: [{ name: 'work.txt' }] }]);
    expect(await vote(1, 0, digest)).toMatchObject({ status: 201 });
    await until(async () => (await read()).milestones[0].status !== 'Submitted');
    const { milestones, ledger } = await read();
    // 1,000.000000: 10 % stays as holdback, 1 % of the rest is the fee, 70 : 30 between the payees.
    expect(milestones[0]).toMatchObject({
      status: 'Released',
      exit: null,
      decision: {
        cause: 'GATE',
        payBps: 10_000,
        gross: '1000000000',
        lateCredit: '0',
        holdback: '100000000',
        fee: '9000000',
        net: '891000000',
        paid: expect.arrayContaining([
          { account: app.wallet(2).address, amount: '623700000', kind: 'milestone', credited: false },
          { account: app.wallet(3).address, amount: '267300000', kind: 'milestone', credited: false },
        ]),
      },
    });
    expect(ledger).toMatchObject({ paid: '891000000', fees: '9000000', holdback: '100000000', funded: '3500000001' });
    await expectLedger();
    await expectClocks();
    const token = new Contract(app.deployment.token.address, testTokenAbi, provider);
    expect(await token.getFunction('balanceOf')(app.wallet(3).address)).toBe(267_300_000n);
  });

  it('takes no call that its party did not sign', async () => {
    const auth = {
      nonce: String(intentNonce(intentKey('submit', 1), 0)),
      deadline: 4_000_000_000,
      signature: `0x${'11'.repeat(65)}`,
    };
    const answer = await intent(2, { kind: 'submit', milestone: 1, payload: { digest: `0x${'ab'.repeat(32)}`, auth } });
    expect(answer.status).toBe(422);
    expect((await read()).milestones[1].status).toBe('Funded');
  });

  it('gives back what was never delivered, and half of the pot', async () => {
    const before = Date.parse((await read()).milestones[1].exit.at);
    await passTime(78);
    await until(async () => (await read()).milestones[1].status === 'Refunded');
    const { milestones, ledger, status } = await read();
    expect(before).toBe(Date.parse(milestones[1].due) + 17 * 86_400_000);
    expect(status).toBe('closed');
    expect(milestones[1]).toMatchObject({
      exit: null,
      decision: { cause: 'DEFAULT', payBps: 0, refundable: '2500000001', paid: [] },
    });
    expect(ledger).toMatchObject({
      refundable: '2500000001',
      holdback: '50000000',
      pool: '0',
      paid: '940500000',
      fees: '9500000',
    });
    await expectLedger();
    await expectClocks();
    await included(await intent(1, { kind: 'refund', payload: {} }));
    expect((await read()).ledger).toMatchObject({ refundable: '0', refunded: '2500000001', booked: '50000000' });
    await expectLedger();
  });

  it('ends empty after the warranty', async () => {
    await passTime(61);
    await until(async () => (await read()).ledger.booked === '0');
    // 100.000000 held back, in two halves: 1 % fee each, 70 : 30.
    const pot = (await read()).payments.map(
      (payment: { amount: string; kind: string }) => `${payment.kind} ${payment.amount}`,
    );
    expect(pot.sort()).toEqual(['holdback 14850000', 'holdback 14850000', 'holdback 34650000', 'holdback 34650000']);
    // 1,000.000000 was accepted: 990 to the payees, 10 as fee; the rest went home.
    expect((await read()).ledger).toMatchObject({
      funded: '3500000001',
      paid: '990000000',
      fees: '10000000',
      refunded: '2500000001',
      holdback: '0',
    });
    await expectLedger();
    const token = new Contract(app.deployment.token.address, testTokenAbi, provider);
    expect(await token.getFunction('balanceOf')(await escrow.getAddress())).toBe(0n);
    expect(await token.getFunction('balanceOf')(app.wallet(3).address)).toBe(297_000_000n);
  });
});
