/**
 * What people pay in all, with the real gate, arbitration, oracle and forwarder (keys of the gas goals). A project's policies
 * are on record already: the presets are shared, and `definePolicy` is what the first project of a kind pays once.
 */
import { createECDH, createPrivateKey, sign } from 'node:crypto';

import { type Contract, type Signer, AbiCoder, Wallet, keccak256, sha256, solidityPacked, toUtf8Bytes } from 'ethers';
import {
  type BallotKey,
  type GatePolicy,
  type GateSeat,
  type HumanBody,
  type TermsProfile,
  BALLOT_TYPES,
  DEFAULT_LADDER_WINDOWS,
  DEFAULT_PROFILE,
  ESCROW_INTENTS,
  TERMS_TYPES,
  Verdict,
  buildGatePolicy,
  compactBallots,
  criteriaOf,
  disputeId,
  encodeArbitrationPolicy,
  encodeGatePolicy,
  encodePayload,
  encodeRawReport,
  encodeReportContext,
  encodeTerms,
  gateDomain,
  intentKey,
  intentNonce,
  policyHash,
  reportDigest,
  requestId,
  signedSeats,
  sortedSeats,
  termsMessage,
} from '@milepost/protocol';

import { DAY, FOREVER, SELF, World } from './world.ts';
import type { Row } from './table.ts';

const hash = (text: string): `0x${string}` => keccak256(toUtf8Bytes(text)) as `0x${string}`;
const AMOUNT = 1_000_000_000n;
const ZERO_HASH = `0x${'00'.repeat(32)}`;
const NOBODY = `0x${'00'.repeat(20)}`;
const CHAIN = 31337;
const SELECTOR = 7759470850252068959n;
const WORKFLOW_NAME = '0x63633833356662643638';
/** Four oracle nodes, of which one may fail: two sign. */
const NODES = [1, 2, 3, 4].map((n) => new Wallet(`0x${n.toString(16).padStart(64, '9')}`));
const PASSKEY = Buffer.alloc(32, 7);
const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** The profile of the preset *simple*: 10 days, silence approves. */
const PROFILE: TermsProfile = {
  ...DEFAULT_PROFILE,
  reviewDays: 10,
  extensionDays: 0,
  holdHours: 48,
  silence: 'approve',
};
const majority = { quorumBps: 5_001, approvalBps: 5_001 };
const all = { quorumBps: 10_000, approvalBps: 10_000 };

interface Plan {
  readonly milestones: number;
  /** Whether the policy names the oracle beside the clients. */
  readonly oracle?: boolean;
  /** Seats, instead of the client's one. */
  readonly seats?: readonly GateSeat[];
  /** Threshold of the clients, or of the panel if there are panel seats. */
  readonly rule?: typeof majority;
}

interface Project {
  readonly escrow: Contract;
  readonly gas: number;
  readonly seats: readonly GateSeat[];
}

/** What the measured contracts are. */
interface Setting {
  readonly token: Contract;
  readonly gate: Contract;
  readonly arbitration: Contract;
  readonly book: Contract;
  readonly factory: Contract;
  readonly forwarder: Contract;
  readonly oracle: string;
  readonly verifier: string;
}

class SystemGas {
  readonly rows: Row[] = [];
  private readonly world: World;
  private readonly s: Setting;
  private salt = 0;

  constructor(world: World, setting: Setting) {
    this.world = world;
    this.s = setting;
  }

  static async create(world: World): Promise<SystemGas> {
    const { deployer, client, worker } = world.people;
    const owner = await deployer.getAddress();
    const token = await world.deploy('PlainToken', NOBODY);
    const verifier = await world.deploy('ERC7913WebAuthnVerifier');
    const book = await world.deploy('PolicyBook');
    const gate = await world.deploy('MilestoneGate', verifier.target, book.target);
    const arbitration = await world.deploy('Arbitration', book.target);
    const inbox = await world.deploy('FeeInbox', owner, owner);
    const agreements = await world.deploy('EscrowAgreements', gate.target, arbitration.target, inbox.target);
    const forwarder = await world.deploy('KeystoneForwarder');
    await world.send(
      deployer,
      forwarder,
      'setConfig',
      1,
      1,
      1,
      NODES.map(({ address }) => address),
    );
    const workflow = [SELECTOR, owner, WORKFLOW_NAME, hash('workflow')];
    const oracle = await world.deploy('CreOracle', owner, forwarder.target, gate.target, ...workflow);
    const parts = [gate.target, arbitration.target, inbox.target, agreements.target, book.target];
    const factory = await world.deploy('EscrowFactory', owner, owner, ...parts, 100);
    await world.send(deployer, factory, 'setToken', token.target, true);
    for (const account of [String(inbox.target), await worker.getAddress(), await client.getAddress()]) {
      await world.send(deployer, token, 'mint', account, 1n << 80n);
    }
    const [oracleAddress, verifierAddress] = [String(oracle.target), String(verifier.target)];
    const contracts = { token, gate, arbitration, book, factory, forwarder };
    return new SystemGas(world, { ...contracts, oracle: oracleAddress, verifier: verifierAddress });
  }

  private add(key: string, gas: number, budget: number | undefined, what: string): void {
    this.rows.push({ key, gas, what, ...(budget === undefined ? {} : { budget }) });
  }

  // ---- projects

  private async seatsOf(signers: readonly Signer[], body: HumanBody): Promise<GateSeat[]> {
    return Promise.all(
      signers.map(async (signer) => ({ id: await signer.getAddress(), body, weight: 1, excluded: false })),
    );
  }

  private async policy({ milestones, oracle = false, seats, rule = majority }: Plan): Promise<GatePolicy> {
    const { client } = this.world.people;
    const body = seats?.[0]?.body ?? 'clients';
    const named = oracle ? { oracle: { oracle: this.s.oracle, criteriaHash: hash(`criteria ${this.salt}`) } } : {};
    return buildGatePolicy({
      policies: [{ bodies: { [body]: rule, ...named }, need: 1, holdOracle: false }],
      profiles: [PROFILE],
      milestones: Array.from({ length: milestones }, () => ({ policy: 0, profile: 0 })),
      seats: seats ?? (await this.seatsOf([client], 'clients')),
      panelPolicy: null,
    }).gatePolicy;
  }

  private async ladder(): Promise<string> {
    return encodeArbitrationPolicy({
      panelPolicy: null,
      arbitrator: await this.world.people.stranger.getAddress(),
      fallbackArbitrator: null,
      fee: 1_000_000n,
      bond: 0n,
      settleFeeBps: 2_500,
      windows: { ...DEFAULT_LADDER_WINDOWS, panel: 0, panelExtension: 0, fallback: 0 },
    });
  }

  /** Puts a kind of project's policies on record. @returns gas; little if they are there */
  private async record(plan: Plan): Promise<number> {
    const bytes = encodeGatePolicy(await this.policy(plan));
    return this.world.send(this.world.people.deployer, this.s.book, 'record', bytes, await this.ladder());
  }

  /** Creates and funds in one transaction, by the client with the contributor's signature; the policies are on record. */
  private async start(plan: Plan): Promise<Project> {
    const { people, start } = this.world;
    const { client, worker } = people;
    await this.record(plan);
    const policy = await this.policy(plan);
    const account = await client.getAddress();
    const seats = signedSeats(policy.seats, account);
    const args = encodeTerms({
      feeBps: 100,
      warrantyDays: 60,
      start,
      token: String(this.s.token.target),
      client: account,
      contributor: await worker.getAddress(),
      termsHash: hash(`terms ${this.salt++}`),
      policyHash: policyHash(encodeGatePolicy(policy), await this.ladder()),
      payees: [],
      funders: [],
      profiles: [PROFILE],
      milestones: policy.milestones.map((index) => ({
        amount: AMOUNT,
        due: 60,
        fundBy: 10,
        profile: 0,
        policy: index,
      })),
      criteria: criteriaOf(policy.policies),
      seats,
    });
    const amount = AMOUNT * BigInt(plan.milestones);
    await this.world.send(client, this.s.token, 'approve', this.s.factory.target, amount);
    const domain = { name: 'Milepost Factory', version: '1', verifyingContract: String(this.s.factory.target) };
    const signature = await this.world.sign(worker, domain, TERMS_TYPES, termsMessage(args, FOREVER));
    const address = (await this.s.factory.getFunction('predict')(args)) as string;
    const consent = { nonce: 0n, deadline: FOREVER, signature };
    const gas = await this.world.send(client, this.s.factory, 'create', args, '0x', '0x', SELF, consent, amount, []);
    return { escrow: this.world.escrow(address), gas, seats: sortedSeats(policy.seats) };
  }

  // ---- acts

  private key(escrow: Contract, milestone: number, digest: string): BallotKey {
    return { escrow: String(escrow.target), milestone, round: 1, question: 0, payBps: 10_000, digest: hash(digest) };
  }

  private submit(escrow: Contract, m: number, digest: string): Promise<number> {
    return this.world.send(this.world.people.worker, escrow, 'submit', m, hash(digest), SELF);
  }

  private async cast(project: Project, voter: Signer, m: number, digest: string, approve = true): Promise<number> {
    const account = (await voter.getAddress()).toLowerCase();
    const seat = project.seats.findIndex(({ id }) => id.toLowerCase() === account);
    const reason = approve ? ZERO_HASH : hash('reason');
    return this.world.send(voter, this.s.gate, 'cast', this.key(project.escrow, m, digest), seat, approve, reason);
  }

  private async batch(project: Project, m: number, digest: string, size: number): Promise<number> {
    const key = this.key(project.escrow, m, digest);
    const domain = gateDomain(CHAIN, String(this.s.gate.target) as `0x${string}`);
    const message = { ...key, approve: true, reason: ZERO_HASH, account: NOBODY };
    const entries = [];
    for (const voter of this.world.people.others.slice(0, size)) {
      const account = (await voter.getAddress()).toLowerCase();
      const seat = project.seats.findIndex(({ id }) => id.toLowerCase() === account);
      entries.push({ seat, signature: await this.world.sign(voter, domain, BALLOT_TYPES, message) });
    }
    return this.world.send(this.world.people.stranger, this.s.gate, 'castBatch', key, compactBallots(entries), []);
  }

  /** Delivers a passing report, signed by two nodes, through the forwarder. */
  private async report(escrow: Contract, m: number, digest: string, criteria: `0x${string}`): Promise<number> {
    const target = String(escrow.target) as `0x${string}`;
    const fields = { escrow: target, milestone: m, round: 1, digest: hash(digest), criteriaHash: criteria };
    const oracle = this.s.oracle as `0x${string}`;
    const id = requestId({ chainId: BigInt(CHAIN), oracle, gate: String(this.s.gate.target), ...fields });
    const now = BigInt(await this.world.now());
    const payload = encodePayload({
      schema: 1,
      chainSelector: SELECTOR,
      receiver: oracle,
      requestId: id,
      ...fields,
      verdict: Verdict.PASSED,
      payBps: 10_000,
      observedAt: now,
      validUntil: now + 3_600n,
      metrics: hash('metrics'),
      evidenceHash: hash('evidence'),
    });
    const raw = encodeRawReport(
      {
        version: 1,
        executionId: hash(`execution ${this.salt++}`),
        timestamp: Number(now),
        donId: 1,
        configVersion: 1,
        workflowId: hash('workflow'),
        workflowName: WORKFLOW_NAME,
        workflowOwner: (await this.world.people.deployer.getAddress()) as `0x${string}`,
        reportId: '0x0001',
      },
      payload,
    );
    const context = encodeReportContext(hash('config'), 1n);
    const signatures = NODES.slice(0, 2).map((node) => {
      const { r, s, yParity } = node.signingKey.sign(reportDigest(raw, context));
      return solidityPacked(['bytes32', 'bytes32', 'uint8'], [r, s, yParity]);
    });
    return this.world.send(this.world.people.stranger, this.s.forwarder, 'report', oracle, raw, context, signatures);
  }

  // ---- rows

  async run(): Promise<void> {
    await this.creation();
    await this.client();
    await this.oracle();
    await this.votes();
    await this.disputes();
    await this.agreements();
    await this.life();
  }

  private async creation(): Promise<void> {
    const simple = { milestones: 1, oracle: true };
    await this.world.aside(async () => {
      const what =
        'first project of a kind: puts its policies (here the preset simple and a ladder) on record, once for all';
      this.add('definePolicy', await this.record(simple), undefined, what);
    });
    for (const [milestones, budget] of [
      [1, 225_000],
      [5, 240_000],
      [10, 262_000],
    ] as const) {
      await this.world.aside(async () => {
        const { gas } = await this.start({ ...simple, milestones });
        const what = `create and fund ${milestones} milestone(s), client or oracle decides, own criteria hash; policies on record`;
        this.add(`createFund${milestones}`, gas, budget, what);
      });
    }
    await this.world.aside(async () => {
      const one = await this.start({ milestones: 1 });
      const seats = await this.seatsOf(this.world.people.others.slice(0, 10), 'clients');
      const ten = await this.start({ milestones: 1, seats });
      const what = 'creation with ten clients seats, less creation with the client alone, same policy';
      this.add('roster10', ten.gas - one.gas, 165_000, what);
    });
  }

  /** Submit to paid: by the client's vote, and by nobody's. */
  private async client(): Promise<void> {
    const { client, stranger } = this.world.people;
    await this.world.aside(async () => {
      const project = await this.start({ milestones: 5 });
      const { escrow } = project;
      // The first payment opens slots of the pot that later ones share.
      await this.submit(escrow, 0, 'a');
      await this.cast(project, client, 0, 'a');
      const submit = await this.submit(escrow, 1, 'b');
      this.add('submit', submit, 125_000, 'first submission of a milestone, with its review opened');
      const vote = await this.cast(project, client, 1, 'b');
      this.add('clientVote', vote, undefined, "the client's deciding vote with payment, fee and holdback, a later one");
      this.add('clientTotal', submit + vote, 200_000, 'submit, and the client approves: paid; a later milestone');
      const silent = await this.submit(escrow, 2, 'c');
      await this.world.at((await this.world.now()) + 11 * DAY);
      const finalize = await this.world.send(stranger, this.s.gate, 'finalize', this.key(escrow, 2, 'c'));
      this.add(
        'silenceTotal',
        silent + finalize,
        190_000,
        'submit, nobody votes, a stranger finalizes: paid; a later one',
      );
      await this.submit(escrow, 3, 'd');
      const gate = await this.world.as(String(this.s.gate.target));
      const release = await this.world.send(gate, escrow, 'approve', 3, 1, hash('d'), 10_000);
      this.add(
        'release',
        release,
        76_000,
        "the escrow's part of a payment with fee and holdback, a later one, as a transaction",
      );
    });
  }

  private async oracle(): Promise<void> {
    await this.world.aside(async () => {
      const criteria = hash(`criteria ${this.salt}`);
      const { escrow } = await this.start({ milestones: 3, oracle: true });
      await this.submit(escrow, 0, 'a');
      await this.report(escrow, 0, 'a', criteria);
      const submit = await this.submit(escrow, 1, 'b');
      const report = await this.report(escrow, 1, 'b', criteria);
      this.add('oracleSubmit', submit, undefined, 'submission with the request to the oracle');
      this.add('reportPays', report, undefined, 'report of two nodes through the forwarder: latched and paid');
      this.add(
        'oracleTotal',
        submit + report,
        400_000,
        'submit with request, report by two nodes, paid; a later milestone',
      );
    });
  }

  private async votes(): Promise<void> {
    const [first, second] = this.world.people.others;
    if (first === undefined || second === undefined) throw new Error('The in-process chain has too few accounts.');
    await this.world.aside(async () => {
      const seats = await this.seatsOf(this.world.people.others.slice(0, 10), 'panel');
      const project = await this.start({ milestones: 3, seats, rule: all });
      // The holdback pot's first entry is not this row's matter.
      await this.submit(project.escrow, 0, 'a');
      await this.batch(project, 0, 'a', 10);
      await this.submit(project.escrow, 1, 'b');
      await this.world.aside(async () => {
        const opening = await this.cast(project, first, 1, 'b');
        this.add('firstVote', opening, undefined, 'first vote that does not decide: its ballot gets its slot');
        const vote = await this.cast(project, second, 1, 'b');
        this.add('directVote', vote, 46_000, 'a further vote of a seat in its own transaction, not deciding');
      });
      const six = await this.world.aside(() => this.batch(project, 1, 'b', 6));
      const eight = await this.world.aside(() => this.batch(project, 1, 'b', 8));
      this.add('marginalVote', Math.round((eight - six) / 2), 6_000, 'one more signature in a batch: (8 - 6) / 2');
      const ten = await this.batch(project, 1, 'b', 10);
      this.add('batch10', ten, 185_000, 'ten signatures that decide, payment with fee and holdback, a later one');
    });
  }

  private async disputes(): Promise<void> {
    const { client, worker, stranger } = this.world.people;
    await this.world.aside(async () => {
      const project = await this.start({ milestones: 3 });
      const { escrow } = project;
      await this.submit(escrow, 0, 'a');
      await this.cast(project, client, 0, 'a', false);
      const dispute = await this.world.send(worker, escrow, 'dispute', 0, hash('why'), SELF);
      this.add('dispute', dispute, undefined, 'the contributor contests a rejection, with the ladder opened');
      const id = disputeId(String(escrow.target), 0, 1);
      await this.world.at((await this.world.now()) + 6 * DAY);
      await this.world.send(client, this.s.arbitration, 'appeal', id);
      for (const side of [client, worker]) {
        await this.world.send(side, this.s.token, 'approve', this.s.arbitration.target, AMOUNT);
        await this.world.send(side, this.s.arbitration, 'deposit', id);
      }
      await this.world.send(client, this.s.token, 'mint', await stranger.getAddress(), 1n);
      const ruling = await this.world.send(stranger, this.s.arbitration, 'rule', id, 7_000, hash('reason'));
      this.add('ruling', ruling, undefined, 'ruling at 70 %: milestone paid, deposits returned, arbitrator paid');
    });
  }

  private async agreements(): Promise<void> {
    const { client, worker, stranger } = this.world.people;
    await this.world.aside(async () => {
      const { escrow } = await this.start({ milestones: 3 });
      const message = {
        version: 1,
        termsHash: hash('order'),
        policyHash: ZERO_HASH,
        rosterHash: ZERO_HASH,
        milestones: [{ index: 0, op: 0, amount: AMOUNT - 1n, due: 70, fundBy: 10, profile: 0 }],
        payees: [],
      };
      const nonce = intentNonce(intentKey('amend'), 0);
      const domain = { name: 'Milepost Escrow', version: '1', verifyingContract: String(escrow.target) };
      const intent = { ...message, nonce, deadline: FOREVER };
      const signature = await this.world.sign(worker, domain, ESCROW_INTENTS.amend.types, intent);
      const consent = { nonce, deadline: FOREVER, signature };
      const order = [message, '0x', '0x', '0x', SELF, consent, []];
      const gas = await this.world.send(client, escrow, 'amend', ...order);
      this.add('changeOrder', gas, 96_000, "a project's first: one milestone's amount and date, one signature");
    });
    await this.world.aside(async () => {
      const { escrow } = await this.start({ milestones: 3 });
      await this.world.at(this.world.start + 120 * DAY);
      await this.world.send(stranger, escrow, 'lapse', 0);
      this.add('refund', await this.world.send(client, escrow, 'refund'), 52_000, 'refundable money to one funder');
    });
  }

  /** Five milestones from creation to the last payment, the client decides. */
  private async life(): Promise<void> {
    const { client } = this.world.people;
    await this.world.aside(async () => {
      const project = await this.start({ milestones: 5 });
      let total = project.gas;
      for (let m = 0; m < 5; m += 1) {
        total += await this.submit(project.escrow, m, String(m));
        total += await this.cast(project, client, m, String(m));
      }
      const what = 'create and fund five milestones, five submissions, five deciding votes, half the holdback paid';
      this.add('life5', total, 1_200_000, what);
    });
  }

  /** A vote by WebAuthn; the chain has the P-256 precompile. */
  async passkey(): Promise<void> {
    const { others, stranger } = this.world.people;
    const signer = solidityPacked(['address', 'bytes'], [this.s.verifier, passkeyPoint().subarray(1)]);
    const id = `0x${keccak256(signer).slice(-40)}`;
    const passkey: GateSeat = { id, body: 'clients', weight: 1, excluded: false };
    const project = await this.start({
      milestones: 2,
      seats: [passkey, ...(await this.seatsOf(others.slice(0, 3), 'clients'))],
      rule: all,
    });
    await this.submit(project.escrow, 0, 'a');
    const [first] = others;
    if (first === undefined) throw new Error('The in-process chain has too few accounts.');
    await this.cast(project, first, 0, 'a');
    const key = this.key(project.escrow, 0, 'a');
    const challenge = (await this.s.gate.getFunction('hashBallot')(key, true, ZERO_HASH, id)) as string;
    const json = JSON.stringify({
      type: 'webauthn.get',
      challenge: Buffer.from(challenge.slice(2), 'hex').toString('base64url'),
      origin: 'https://milepost.example',
    });
    const authenticator = solidityPacked(
      ['bytes32', 'bytes1', 'uint32'],
      [sha256(toUtf8Bytes('milepost.example')), '0x05', 7],
    );
    const assertion = passkeySignature(
      solidityPacked(['bytes', 'bytes32'], [authenticator, sha256(toUtf8Bytes(json))]),
    );
    const signature = AbiCoder.defaultAbiCoder().encode(
      ['bytes32', 'bytes32', 'uint256', 'uint256', 'bytes', 'string'],
      [...assertion, 23, 1, authenticator, json],
    );
    const seat = project.seats.findIndex((one) => one.id === id);
    const gas = await this.world.send(
      stranger,
      this.s.gate,
      'castBySig',
      key,
      seat,
      true,
      ZERO_HASH,
      signer,
      signature,
    );
    this.add('passkeyVote', gas, 76_000, 'a further passkey ballot, posted by anyone, not deciding; P-256 precompile');
  }
}

/** Public key of the passkey: 04, x, y. */
function passkeyPoint(): Buffer {
  const curve = createECDH('prime256v1');
  curve.setPrivateKey(PASSKEY);
  return curve.getPublicKey();
}

/** r and low s over the SHA-256 of `message`. */
function passkeySignature(message: string): [string, string] {
  const point = passkeyPoint();
  const [x, y, d] = [point.subarray(1, 33), point.subarray(33), PASSKEY].map((part) => part.toString('base64url'));
  const key = createPrivateKey({ key: { kty: 'EC', crv: 'P-256', x, y, d }, format: 'jwk' });
  const raw = sign('sha256', Buffer.from(message.slice(2), 'hex'), { key, dsaEncoding: 'ieee-p1363' });
  const s = BigInt(`0x${raw.subarray(32).toString('hex')}`);
  const low = s > P256_ORDER / 2n ? P256_ORDER - s : s;
  return [`0x${raw.subarray(0, 32).toString('hex')}`, `0x${low.toString(16).padStart(64, '0')}`];
}

/** Measures what people pay in all. */
export async function systemRows(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const hardfork of ['cancun', 'osaka'] as const) {
    const world = await World.create(hardfork);
    try {
      const gas = await SystemGas.create(world);
      await (hardfork === 'cancun' ? gas.run() : gas.passkey());
      rows.push(...gas.rows);
    } finally {
      await world.close();
    }
  }
  return rows;
}
