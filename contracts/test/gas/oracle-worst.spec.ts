/**
 * The dearest report there is, on the real contracts: eight payees and the fee inbox, all refused by the token, holdback, and the
 * milestone being the last, so that half of the pot is paid out in the same transaction and refused once more.
 */
import {
  Contract,
  Wallet,
  concat,
  getBytes,
  keccak256,
  toUtf8Bytes,
  type InterfaceAbi,
  type TransactionReceipt,
} from 'ethers';
import {
  DEFAULT_LADDER_WINDOWS,
  DEFAULT_PROFILE,
  TERMS_TYPES,
  Verdict,
  buildGatePolicy,
  criteriaOf,
  encodeArbitrationPolicy,
  encodeGatePolicy,
  encodePayload,
  encodeRawReport,
  encodeReportContext,
  encodeTerms,
  policyHash,
  reportDigest,
  requestId,
  signedSeats,
  termsMessage,
} from '@milepost/protocol';

import { FOREVER, SELF, World } from '../../tools/gas/world.ts';
import { readArtifact } from '../../tools/lib/artifacts.ts';

const hash = (text: string): `0x${string}` => keccak256(toUtf8Bytes(text)) as `0x${string}`;
const AMOUNT = 999_999_999_999n;
const CALLBACK_GAS = 1_000_000;
const RELAY_GAS = 1_500_000;
const SELECTOR = 7759470850252068959n;
const NAME = '0x63633833356662643638';
const nodes = [1, 2, 3, 4].map((n) => new Wallet(`0x${n.toString(16).padStart(64, '9')}`));
const payees = Array.from({ length: 8 }, (_, i) => `0x${(i + 1).toString(16).padStart(40, 'a')}`);
const profile = { ...DEFAULT_PROFILE, reviewDays: 10, extensionDays: 0, holdHours: 48, silence: 'approve' as const };

let world: World;
let token: Contract;
let gate: Contract;
let forwarder: Contract;
let oracle: Contract;
let inbox: Contract;
let escrow: Contract;

beforeAll(async () => {
  world = await World.create();
  const { deployer, client, worker } = world.people;
  const owner = await deployer.getAddress();
  token = await world.deploy('TestToken', owner);
  const verifier = await world.deploy('ERC7913WebAuthnVerifier');
  const book = await world.deploy('PolicyBook');
  gate = await world.deploy('MilestoneGate', verifier.target, book.target);
  const arbitration = await world.deploy('Arbitration', book.target);
  inbox = await world.deploy('FeeInbox', owner, owner);
  const agreements = await world.deploy('EscrowAgreements', gate.target, arbitration.target, inbox.target);
  forwarder = await world.deploy('KeystoneForwarder');
  const signers = nodes.map(({ address }) => address);
  await world.send(deployer, forwarder, 'setConfig', 1, 1, 1, signers);
  oracle = await world.deploy(
    'CreOracle',
    owner,
    forwarder.target,
    gate.target,
    SELECTOR,
    owner,
    NAME,
    hash('workflow'),
  );
  const parts = [gate.target, arbitration.target, inbox.target, agreements.target, book.target];
  const factory = await world.deploy('EscrowFactory', owner, owner, ...parts, 100);
  await world.send(deployer, factory, 'setToken', token.target, true);
  const account = await client.getAddress();
  await world.send(deployer, token, 'mint', account, AMOUNT);
  const policy = buildGatePolicy({
    policies: [
      {
        bodies: {
          clients: { quorumBps: 5_001, approvalBps: 5_001 },
          oracle: { oracle: String(oracle.target), criteriaHash: hash('criteria') },
        },
        need: 1,
        holdOracle: false,
      },
    ],
    profiles: [profile],
    milestones: [{ policy: 0, profile: 0 }],
    seats: [{ id: account, body: 'clients', weight: 1, excluded: false }],
    panelPolicy: null,
  }).gatePolicy;
  const ladder = encodeArbitrationPolicy({
    panelPolicy: null,
    arbitrator: await world.people.stranger.getAddress(),
    fallbackArbitrator: null,
    fee: 1_000_000n,
    bond: 0n,
    settleFeeBps: 2_500,
    windows: { ...DEFAULT_LADDER_WINDOWS, panel: 0, panelExtension: 0, fallback: 0 },
  });
  const bytes = encodeGatePolicy(policy);
  const args = encodeTerms({
    feeBps: 100,
    warrantyDays: 60,
    start: world.start,
    token: String(token.target),
    client: account,
    contributor: await worker.getAddress(),
    termsHash: hash('terms'),
    policyHash: policyHash(bytes, ladder),
    payees: payees.map((payee) => ({ account: payee, weight: 1_250 })),
    funders: [],
    profiles: [{ ...profile, holdbackBps: 1_000 }],
    milestones: [{ amount: AMOUNT, due: 60, fundBy: 10, profile: 0, policy: 0 }],
    criteria: criteriaOf(policy.policies),
    seats: signedSeats(policy.seats, account),
  });
  await world.send(client, token, 'approve', factory.target, AMOUNT);
  const domain = { name: 'Milepost Factory', version: '1', verifyingContract: String(factory.target) };
  const signature = await world.sign(worker, domain, TERMS_TYPES, termsMessage(args, FOREVER));
  escrow = world.escrow((await factory.getFunction('predict')(args)) as string);
  const consent = { nonce: 0n, deadline: FOREVER, signature };
  await world.send(client, factory, 'create', args, bytes, ladder, SELF, consent, AMOUNT, []);
  for (const refused of [...payees, String(inbox.target)])
    await world.send(deployer, token, 'setBlocked', refused, true);
  await world.send(worker, escrow, 'submit', 0, hash('work'), SELF);
}, 120_000);

afterAll(() => world?.close());

const credits = (): Promise<bigint[]> =>
  Promise.all(
    [...payees, String(inbox.target)].map((account) => escrow.getFunction('credit')(account) as Promise<bigint>),
  );

describe('a report that pays nine accounts which all refuse', () => {
  it('stays below 75 % of the gas that the gate gets', async () => {
    await world.aside(async () => {
      const from = await world.as(String(oracle.target));
      const call = [escrow.target, 0, 1, hash('work'), 1, 10_000, hash('evidence')];
      // As a transaction it pays 21,000 and its own bytes besides, which the callback does not.
      const gas = await world.send(from, gate, 'report', ...call, { gasLimit: (CALLBACK_GAS * 3) / 4 });
      expect(gas).toBeLessThan((CALLBACK_GAS * 3) / 4);
      expect((await credits()).every((credit) => credit > 0n)).toBe(true);
    });
  });

  it('goes through the forwarder with the relayer’s gas, latched, decided and credited to the last unit', async () => {
    const target = String(escrow.target) as `0x${string}`;
    const receiver = String(oracle.target) as `0x${string}`;
    const fields = { escrow: target, milestone: 0, round: 1, digest: hash('work'), criteriaHash: hash('criteria') };
    const now = BigInt(await world.now());
    const raw = encodeRawReport(
      {
        version: 1,
        executionId: hash('run'),
        timestamp: Number(now),
        donId: 1,
        configVersion: 1,
        workflowId: hash('workflow'),
        workflowName: NAME,
        workflowOwner: (await world.people.deployer.getAddress()) as `0x${string}`,
        reportId: '0x0001',
      },
      encodePayload({
        schema: 1,
        chainSelector: SELECTOR,
        receiver,
        requestId: requestId({ chainId: 31337n, oracle: receiver, gate: String(gate.target), ...fields }),
        ...fields,
        verdict: Verdict.PASSED,
        payBps: 10_000,
        observedAt: now,
        validUntil: now + 3_600n,
        metrics: `0x${'00'.repeat(32)}`,
        evidenceHash: hash('evidence'),
      }),
    );
    const context = encodeReportContext(hash('config'), 1n);
    const digest = reportDigest(raw, context);
    const signatures = nodes.slice(0, 2).map((node) => {
      const { r, s, yParity } = node.signingKey.sign(digest);
      return concat([r, s, getBytes(`0x0${yParity}`)]);
    });
    const report = forwarder.connect(world.people.stranger) as Contract;
    const sent = (await report.getFunction('report')(receiver, raw, context, signatures, { gasLimit: RELAY_GAS })) as {
      wait(): Promise<TransactionReceipt>;
    };
    const receipt = await sent.wait();
    const events = new Contract(receiver, readArtifact('CreOracle').abi as InterfaceAbi).interface;
    const names = receipt.logs.flatMap((log) => events.parseLog(log)?.name ?? []);
    expect(names).toContain('Pushed');
    expect(names).not.toContain('PushFailed');
    // Holdback 10 %: half of it is due with the last milestone; fee 1 % of both; the rest by weight, nothing lost.
    const held = AMOUNT / 10n;
    const [first, second] = [AMOUNT - held, held / 2n];
    const fee = (first * 100n) / 10_000n + (second * 100n) / 10_000n;
    const all = await credits();
    expect(all.at(-1)).toBe(fee);
    expect(all.reduce((sum, credit) => sum + credit, 0n)).toBe(first + second);
    expect(await token.getFunction('balanceOf')(target)).toBe(AMOUNT);
  });
});
