/**
 * What the gate and arbitration cost by themselves (design page 20), on the reference escrow of the tests: one status
 * write and one ERC-20 transfer per decision, about 29k of each row that pays.
 */
import {
  Contract,
  type Signer,
  SigningKey,
  Wallet,
  ZeroAddress,
  ZeroHash,
  concat,
  hexlify,
  id as hashOf,
  zeroPadValue,
} from 'ethers';
import {
  type BallotKey,
  type GatePolicyTerms,
  type GateSeat,
  type HumanBody,
  BALLOT_TYPES,
  DEFAULT_PROFILE,
  ballotDigest,
  compactBallots,
  criteriaOf,
  disputeId,
  encodeArbitrationPolicy,
  encodeGatePolicy,
  encodePayload,
  encodeRawReport,
  encodeReportContext,
  encodeTerms,
  policyHash,
  reportDigest,
  requestId,
  sortedSeats,
} from '@milepost/protocol';

import { newPasskey } from './passkey.ts';
import { compileSupport, deployClone, deployCompiled } from './reference.ts';
import { DAY, World } from './world.ts';
import type { Row } from './table.ts';

const DIGEST = hashOf('deliverable');
const REASON = hashOf('reason');
const CRITERIA = hashOf('criteria');
const CHAIN = 31337;
const SELECTOR = 7759470850252068959n;
const WORKFLOW = hashOf('workflow');
const NAME = zeroPadValue('0x01', 10);
const MAJORITY = { quorumBps: 5_001, approvalBps: 5_001 };
const ALL = { quorumBps: 10_000, approvalBps: 10_000 };

/** Seats of a measured project, as they sign: accounts of the chain, wallets that only sign, contracts. */
interface Seat {
  readonly id: string;
  readonly body: HumanBody;
}

class ApprovalGas {
  readonly rows: Row[] = [];
  private readonly world: World;
  private readonly contracts: Contracts;

  private constructor(world: World, contracts: Contracts) {
    this.world = world;
    this.contracts = contracts;
  }

  static async create(): Promise<ApprovalGas> {
    // The P-256 precompile of today's chains (RIP-7212), which passkey seats need.
    const world = await World.create('osaka');
    const { deployer } = world.people;
    const owner = await deployer.getAddress();
    const verifier = await world.deploy('ERC7913WebAuthnVerifier');
    const book = await world.deploy('PolicyBook');
    const gate = await world.deploy('MilestoneGate', verifier.target, book.target);
    const arbitration = await world.deploy('Arbitration', book.target);
    const token = await world.deploy('TestToken', ZeroAddress);
    const forwarder = await world.deploy('KeystoneForwarder');
    const workflow = [SELECTOR, owner, NAME, WORKFLOW];
    const oracle = await world.deploy('CreOracle', owner, forwarder.target, gate.target, ...workflow);
    const reference = compileSupport('ReferenceEscrow.sol', 'ReferenceEscrow');
    const parts = [gate.target, arbitration.target, token.target];
    const implementation = await deployCompiled(deployer, reference, ...parts);
    return new ApprovalGas(world, { verifier, book, gate, arbitration, token, forwarder, oracle, implementation });
  }

  private add(key: string, gas: number, budget?: number): void {
    this.rows.push({ key: `gate.${key}`, gas, ...(budget === undefined ? {} : { budget }) });
  }

  private account(signer: Signer, body: HumanBody): Promise<Seat> {
    return signer.getAddress().then((id) => ({ id, body }));
  }

  /** A project of one milestone under one policy, recorded first; the payee holds the token already. */
  private async project(policy: GatePolicyTerms, seats: readonly Seat[], fallback = false): Promise<Contract> {
    const { deployer, client, worker } = this.world.people;
    const { book, implementation, token } = this.contracts;
    const gateSeats = seats.map(({ id, body }): GateSeat => ({ id, body, weight: 1, excluded: false }));
    const shared = encodeGatePolicy({ policies: [policy], milestones: [0], seats: this.voters(gateSeats, client) });
    const ladder = ladderOf(fallback);
    await this.world.send(deployer, book, 'record', shared, ladder);
    const args = encodeTerms({
      feeBps: 0,
      warrantyDays: 0,
      start: this.world.start,
      token: String(token.target),
      client: await client.getAddress(),
      contributor: await worker.getAddress(),
      termsHash: hashOf('terms'),
      policyHash: policyHash(shared, ladder),
      payees: [],
      funders: [],
      profiles: [profileOf(policy)],
      milestones: [{ amount: 1_000_000_000n, due: 60, fundBy: 10, profile: 0, policy: 0 }],
      criteria: criteriaOf([policy]),
      seats: gateSeats,
    });
    const escrow = await deployClone(this.world, implementation, args);
    await this.world.send(deployer, escrow, 'setAmount', 0, 1_000_000_000n);
    await this.world.send(deployer, token, 'mint', escrow.target, 10n ** 12n);
    await this.world.send(deployer, token, 'mint', await worker.getAddress(), 1n);
    return escrow;
  }

  private voters(seats: readonly GateSeat[], client: Signer): readonly GateSeat[] {
    if (seats.length > 0) return seats;
    const { address } = client as Signer & { address: string };
    return [{ id: address, body: 'clients', weight: 1, excluded: false }];
  }

  private submit(escrow: Contract): Promise<number> {
    return this.world.send(this.world.people.deployer, escrow, 'submit', 0, DIGEST);
  }

  private key(escrow: Contract): BallotKey {
    return { escrow: String(escrow.target), milestone: 0, round: 1, question: 0, payBps: 10_000, digest: DIGEST };
  }

  private cast(seats: readonly Seat[], signer: Signer, id: string, key: BallotKey, approve: boolean): Promise<number> {
    const seat = seatNumber(seats, id);
    return this.world.send(signer, this.contracts.gate, 'cast', key, seat, approve, approve ? ZeroHash : REASON);
  }

  /** What a policy and its ladder cost the first project that signs them, and a roster of ten by change order. */
  async records(): Promise<void> {
    const { deployer, others } = this.world.people;
    const seat = await this.account(others[0] ?? fail('no account'), 'clients');
    const bytes = encodeGatePolicy({
      policies: [policyOf({ clients: MAJORITY }, 1)],
      milestones: [0],
      seats: [{ ...seat, weight: 1, excluded: false }],
    });
    const { book } = this.contracts;
    this.add('record', await this.world.send(deployer, book, 'record', bytes, ladderOf(false)));
  }

  async votes(): Promise<void> {
    const { others, deployer } = this.world.people;
    const [client, a, b, c, d, e] = others;
    if (!client || !a || !b || !c || !d || !e) throw new Error('too few accounts');
    const panel = await Promise.all([a, b, c, d, e].map((signer) => this.account(signer, 'panel')));
    const seats = [await this.account(client, 'clients'), ...panel];
    const escrow = await this.project(policyOf({ clients: MAJORITY, panel: MAJORITY }, 1), seats, true);
    this.add('submitOnReference', await this.submit(escrow));
    const key = this.key(escrow);
    const vote = async (signer: Signer, approve: boolean): Promise<number> =>
      this.cast(seats, signer, await signer.getAddress(), key, approve);
    await this.world.aside(async () => this.add('clientDecides', await vote(client, true), 78_000));
    this.add('firstVote', await vote(a, true));
    await this.world.aside(async () => this.add('directNo', await vote(b, false), 49_000));
    this.add('directVote', await vote(b, true), 46_000);
    await this.world.aside(async () => {
      const held = await vote(c, true);
      await this.world.at((await this.world.now()) + 4 * DAY);
      const paid = await this.world.send(deployer, this.contracts.gate, 'finalize', key);
      this.add('heldThenPaid', held + paid, 123_000);
    });
  }

  /** The client alone, without a roster: its vote, and its silence. */
  async clientAlone(): Promise<void> {
    const { client, stranger } = this.world.people;
    const escrow = await this.project({ ...policyOf({ clients: MAJORITY }, 1), silence: 'approve' }, []);
    await this.submit(escrow);
    await this.world.aside(async () => {
      const account = await client.getAddress();
      const seats = [{ id: account, body: 'clients' as const }];
      this.add('clientAlonePays', await this.cast(seats, client, account, this.key(escrow), true), 78_000);
    });
    await this.world.at((await this.world.now()) + 11 * DAY);
    const gas = await this.world.send(stranger, this.contracts.gate, 'finalize', this.key(escrow));
    this.add('silencePays', gas, 75_000);
  }

  async batches(): Promise<void> {
    const { stranger } = this.world.people;
    for (const [size, budget] of [
      [1, 85_000],
      [10, 140_000],
      [21, 202_000],
      [50, 365_000],
    ] as const) {
      const wallets = Array.from({ length: size }, (_, i) => new Wallet(hashOf(`seat ${i}`)));
      const seats = wallets.map(({ address }): Seat => ({ id: address, body: 'clients' }));
      const escrow = await this.project(policyOf({ clients: ALL }, 1), seats);
      await this.submit(escrow);
      const key = this.key(escrow);
      const entries = wallets.map((wallet) => ({
        seat: seatNumber(seats, wallet.address),
        signature: this.plain(wallet, key),
      }));
      const gas = await this.world.send(stranger, this.contracts.gate, 'castBatch', key, compactBallots(entries), []);
      this.add(`batch${size}Pays`, gas, budget);
    }
    this.add('marginalVote', Math.round((this.value('batch50Pays') - this.value('batch10Pays')) / 40), 6_000);
  }

  private plain(wallet: Wallet, key: BallotKey): string {
    return wallet.signingKey.sign(this.hash(key, ZeroAddress)).serialized;
  }

  private hash(key: BallotKey, account: string): string {
    const gate = String(this.contracts.gate.target);
    return ballotDigest(CHAIN, gate, { ...key, approve: true, reason: ZeroHash, account } as never);
  }

  /** Seats that are no plain keys, each deciding alone and paying; and added to a batch. */
  async otherSeats(): Promise<void> {
    const { stranger, others, deployer } = this.world.people;
    const { gate, verifier } = this.contracts;
    const wallet = new Wallet(hashOf('owner'));
    const owned = compileSupport('Accounts.sol', 'OwnedAccount');
    const account = await deployCompiled(deployer, owned, wallet.address);
    const passkey = newPasskey(String(verifier.target));
    const second = newPasskey(String(verifier.target));
    const clients = { clients: { quorumBps: 10_000, approvalBps: 10_000 } };
    const voter = await this.account(others[0] ?? fail('no account'), 'clients');

    // A ballot that does not decide, on a review that has its slot: like directVote, by a passkey and by a smart account.
    const seats: Seat[] = [
      voter,
      { id: passkey.seat, body: 'clients' },
      { id: second.seat, body: 'clients' },
      { id: String(account.target), body: 'clients' },
      await this.account(others[1] ?? fail('no account'), 'clients'),
    ];
    const escrow = await this.project(policyOf(clients, 1), seats);
    await this.submit(escrow);
    const key = this.key(escrow);
    await this.cast(seats, others[0] ?? fail('no account'), voter.id, key, true);
    const entry = (id: string, signer: string, signature: string) => ({
      seat: seatNumber(seats, id),
      approve: true,
      reason: ZeroHash,
      signer,
      signature,
    });
    const by = (passkeySeat: typeof passkey) =>
      entry(passkeySeat.seat, passkeySeat.signer, passkeySeat.sign(this.hash(key, passkeySeat.seat)));
    const post = (e: ReturnType<typeof entry>): Promise<number> =>
      this.world.send(stranger, gate, 'castBySig', key, e.seat, e.approve, e.reason, e.signer, e.signature);
    const smart = entry(
      String(account.target),
      '0x',
      wallet.signingKey.sign(this.hash(key, String(account.target))).serialized,
    );
    await this.world.aside(async () => this.add('passkeyVote', await post(by(passkey)), 76_000));
    await this.world.aside(async () => this.add('erc1271Vote', await post(smart), 64_000));
    const batch = (list: readonly ReturnType<typeof entry>[]): Promise<number> =>
      this.world.aside(() => this.world.send(stranger, gate, 'castBatch', key, '0x', list));
    const further = (await batch([by(passkey), by(second)])) - (await batch([by(passkey)]));
    this.add('passkeyInBatch', further, 31_000);
  }

  /** What naming the oracle adds to a submission, and a report that pays. */
  async oracle(): Promise<void> {
    const { stranger, deployer } = this.world.people;
    const { oracle, forwarder, gate } = this.contracts;
    const nodes = [1, 2, 3, 4].map((i) => new SigningKey(hashOf(`node ${i}`)));
    const addresses = nodes.map((node) => new Wallet(node).address);
    await this.world.send(deployer, forwarder, 'setConfig', 1, 1, 1, addresses);
    const named = { oracle: { oracle: String(oracle.target), criteriaHash: CRITERIA } };
    const without = await this.project(policyOf({ clients: MAJORITY }, 1), []);
    const plain = await this.submit(without);
    // The first request also fills the counter's slot.
    await this.submit(await this.project(policyOf({ clients: MAJORITY, ...named }, 1), []));
    const escrow = await this.project(policyOf({ clients: MAJORITY, ...named }, 1), []);
    this.add('request', (await this.submit(escrow)) - plain, 65_000);
    const now = BigInt(await this.world.now());
    const request = {
      chainId: BigInt(CHAIN),
      oracle: String(oracle.target),
      gate: String(gate.target),
      escrow: String(escrow.target),
      milestone: 0,
      round: 1,
      digest: DIGEST,
      criteriaHash: CRITERIA,
    };
    const payload = encodePayload({
      schema: 1,
      chainSelector: SELECTOR,
      receiver: request.oracle,
      requestId: requestId(request),
      ...request,
      verdict: 1,
      payBps: 10_000,
      observedAt: now,
      validUntil: now + 3_600n,
      metrics: ZeroHash,
      evidenceHash: hashOf('evidence'),
    } as never);
    const header = {
      version: 1,
      executionId: hashOf('execution'),
      timestamp: Number(now),
      donId: 1,
      configVersion: 1,
      workflowId: WORKFLOW,
      workflowName: NAME,
      workflowOwner: await deployer.getAddress(),
      reportId: '0x0001',
    } as const;
    const raw = encodeRawReport(header as never, payload);
    const context = encodeReportContext(hashOf('config'), 1n);
    const signatures = nodes.slice(0, 2).map((node) => {
      const { r, s, yParity } = node.sign(reportDigest(raw, context));
      return concat([r, s, yParity === 0 ? '0x00' : '0x01']);
    });
    // The relayer's limit: the forwarder swallows the receiver's failure, so an estimate would be too low.
    const args = [oracle.target, hexlify(raw), hexlify(context), signatures, { gasLimit: 1_500_000 }] as const;
    this.add('reportAndPay', await this.world.send(stranger, forwarder, 'report', ...args), 240_000);
    const held = (await oracle.getFunction('attestation')(payload.slice(96, 128))) as { pushed: boolean };
    if (!held.pushed) throw new Error('The report did not reach the gate.');
  }

  private value(key: string): number {
    return this.rows.find((row) => row.key === `gate.${key}`)?.gas ?? fail(`no row ${key}`);
  }

  async ladder(): Promise<void> {
    const { deployer, client, worker, stranger } = this.world.people;
    const { token, arbitration } = this.contracts;
    const escrow = await this.project(policyOf({ clients: MAJORITY }, 1), []);
    await this.submit(escrow);
    const account = await client.getAddress();
    await this.cast([{ id: account, body: 'clients' }], client, account, this.key(escrow), false);
    this.add('disputeOnReference', await this.world.send(deployer, escrow, 'dispute', 0));
    const dispute = disputeId(String(escrow.target), 0, 1);
    await this.world.at((await this.world.now()) + 6 * DAY);
    this.add('appeal', await this.world.send(client, arbitration, 'appeal', dispute));
    for (const side of [client, worker]) {
      await this.world.send(deployer, token, 'mint', await side.getAddress(), 10n ** 10n);
      await this.world.send(side, token, 'approve', arbitration.target, 10n ** 10n);
    }
    this.add('deposit', await this.world.send(client, arbitration, 'deposit', dispute), 90_000);
    this.add('depositSecond', await this.world.send(worker, arbitration, 'deposit', dispute), 90_000);
    const arbitrator = await this.world.as(ARBITRATOR);
    await this.world.send(stranger, token, 'mint', ARBITRATOR, 1n);
    const gas = await this.world.send(arbitrator, arbitration, 'rule', dispute, 7_000, REASON);
    this.add('ruling', gas, 170_000);
  }

  async close(): Promise<void> {
    await this.world.close();
  }
}

interface Contracts {
  readonly verifier: Contract;
  readonly book: Contract;
  readonly gate: Contract;
  readonly arbitration: Contract;
  readonly token: Contract;
  readonly forwarder: Contract;
  readonly oracle: Contract;
  readonly implementation: Contract;
}

const ARBITRATOR = `0x${'ad'.repeat(20)}`;

function fail(message: string): never {
  throw new Error(message);
}

const seatNumber = (seats: readonly Seat[], id: string): number =>
  sortedSeats(seats).findIndex((seat) => seat.id.toLowerCase() === id.toLowerCase());

/** A policy of 10 d, with 72 h of challenge where an approval can be held. */
function policyOf(bodies: GatePolicyTerms['bodies'], need: number): GatePolicyTerms {
  const named = Object.keys(bodies).length;
  return {
    bodies,
    need,
    holdOracle: false,
    silence: 'dispute',
    window: 10 * DAY,
    extension: 0,
    challenge: named > 1 ? 72 * 3_600 : 0,
  };
}

const profileOf = (policy: GatePolicyTerms) => ({
  ...DEFAULT_PROFILE,
  reviewDays: policy.window / DAY,
  extensionDays: policy.extension / DAY,
  holdHours: policy.challenge / 3_600,
  silence: policy.silence,
});

function ladderOf(fallback: boolean): string {
  const windows = { negotiate: 5, panel: 3, panelExtension: 2, appeal: 3, deposit: 5, ruling: 14, fallback: 7 };
  const seconds = Object.fromEntries(Object.entries(windows).map(([name, days]) => [name, days * DAY]));
  return encodeArbitrationPolicy({
    panelPolicy: null,
    arbitrator: ARBITRATOR,
    fallbackArbitrator: fallback ? `0x${'fa'.repeat(20)}` : null,
    fee: 1_200_000_000n,
    bond: 0n,
    settleFeeBps: 2_500,
    windows: seconds as never,
  });
}

export async function approvalRows(): Promise<Row[]> {
  const gas = await ApprovalGas.create();
  try {
    await gas.records();
    await gas.votes();
    await gas.clientAlone();
    await gas.batches();
    await gas.otherSeats();
    await gas.oracle();
    await gas.ladder();
    return gas.rows;
  } finally {
    await gas.close();
  }
}
