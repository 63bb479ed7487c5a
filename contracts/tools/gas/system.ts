/** What people pay in all, with the real gate and arbitration (keys of the gas goals). */
import { type Contract, type Signer, keccak256, toUtf8Bytes, zeroPadValue } from 'ethers';
import {
  type GatePolicy,
  type GateSeat,
  type TermsProfile,
  BALLOT_TYPES,
  DEFAULT_LADDER_WINDOWS,
  DEFAULT_PROFILE,
  TERMS_TYPES,
  buildGatePolicy,
  compactBallots,
  encodeArbitrationPolicy,
  encodeGatePolicy,
  encodeTerms,
  gateDomain,
  policyHash,
  seatIndexOf,
  sortedSeats,
  termsMessage,
} from '@milepost/protocol';

import { DAY, FOREVER, SELF, World } from './world.ts';
import type { Row } from './table.ts';

const hash = (text: string): string => keccak256(toUtf8Bytes(text));
const AMOUNT = 1_000_000_000n;
const ZERO_HASH = `0x${'00'.repeat(32)}`;
const NOBODY = `0x${'00'.repeat(20)}`;
const CHAIN = 31337;

/** The profile of the preset *simple*: 10 days, silence approves. */
const PROFILE: TermsProfile = {
  ...DEFAULT_PROFILE,
  reviewDays: 10,
  extensionDays: 0,
  holdHours: 48,
  silence: 'approve',
};
const majority = { quorumBps: 5_001, approvalBps: 5_001 };

interface Plan {
  readonly milestones: number;
  /** Whether the policy names the oracle beside the client. */
  readonly oracle: boolean;
  /** Panel seats, all needed by half. */
  readonly panel: number;
}

class SystemGas {
  readonly rows: Row[] = [];
  private readonly world: World;
  private readonly token: Contract;
  private readonly gate: Contract;
  private readonly arbitration: Contract;
  private readonly factory: Contract;
  private readonly oracle: string;
  private salt = 0;

  constructor(
    world: World,
    contracts: { token: Contract; gate: Contract; arbitration: Contract; factory: Contract; oracle: string },
  ) {
    this.world = world;
    this.token = contracts.token;
    this.gate = contracts.gate;
    this.arbitration = contracts.arbitration;
    this.factory = contracts.factory;
    this.oracle = contracts.oracle;
  }

  static async create(world: World): Promise<SystemGas> {
    const { deployer, client, worker } = world.people;
    const owner = await deployer.getAddress();
    const token = await world.deploy('PlainToken', NOBODY);
    const verifier = await world.deploy('ERC7913WebAuthnVerifier');
    const gate = await world.deploy('MilestoneGate', verifier.target);
    const arbitration = await world.deploy('Arbitration');
    const inbox = await world.deploy('FeeInbox', owner, owner);
    const agreements = await world.deploy('EscrowAgreements', gate.target, arbitration.target, inbox.target);
    const forwarder = await world.deploy('KeystoneForwarder');
    const name = zeroPadValue('0x01', 10);
    const workflow = [7759470850252068959n, owner, name, hash('workflow')];
    const oracle = await world.deploy('CreOracle', owner, forwarder.target, gate.target, ...workflow);
    const parts = [gate.target, arbitration.target, inbox.target, agreements.target];
    const factory = await world.deploy('EscrowFactory', owner, owner, ...parts, 100);
    await world.send(deployer, factory, 'setToken', token.target, true);
    for (const account of [String(inbox.target), await worker.getAddress(), await client.getAddress()]) {
      await world.send(deployer, token, 'mint', account, 1n << 80n);
    }
    return new SystemGas(world, { token, gate, arbitration, factory, oracle: String(oracle.target) });
  }

  private async policy(plan: Plan): Promise<{ gate: GatePolicy; bytes: string }> {
    const { client, others } = this.world.people;
    const clients: GateSeat[] = [{ id: await client.getAddress(), body: 'clients', weight: 1, excluded: false }];
    const panel = await Promise.all(
      others.slice(0, plan.panel).map(async (seat): Promise<GateSeat> => {
        return { id: await seat.getAddress(), body: 'panel', weight: 1, excluded: false };
      }),
    );
    const bodies =
      plan.panel > 0
        ? { panel: { quorumBps: 10_000, approvalBps: 10_000 } }
        : {
            clients: majority,
            ...(plan.oracle ? { oracle: { oracle: this.oracle, criteriaHash: hash('criteria') } } : {}),
          };
    const { gatePolicy } = buildGatePolicy({
      policies: [{ bodies, need: 1, holdOracle: false }],
      profiles: [PROFILE],
      milestones: Array.from({ length: plan.milestones }, () => ({ policy: 0, profile: 0 })),
      seats: plan.panel > 0 ? panel : clients,
      panelPolicy: null,
    });
    // In the order of the roster, so that a seat's index is its number.
    return { gate: { ...gatePolicy, seats: sortedSeats(gatePolicy.seats) }, bytes: encodeGatePolicy(gatePolicy) };
  }

  private async start(plan: Plan): Promise<{ escrow: Contract; gas: number; roster: GatePolicy }> {
    const { people, start } = this.world;
    const { client, worker, stranger } = people;
    const { gate: roster, bytes } = await this.policy(plan);
    const ladder = encodeArbitrationPolicy({
      panelPolicy: null,
      arbitrator: await stranger.getAddress(),
      fallbackArbitrator: null,
      fee: 1_000_000n,
      bond: 0n,
      settleFeeBps: 2_500,
      windows: { ...DEFAULT_LADDER_WINDOWS, panel: 0, panelExtension: 0, fallback: 0 },
    });
    const args = encodeTerms({
      feeBps: 100,
      warrantyDays: 60,
      start,
      token: String(this.token.target),
      client: await client.getAddress(),
      contributor: await worker.getAddress(),
      termsHash: hash(`terms ${this.salt++}`),
      policyHash: policyHash(bytes, ladder),
      payees: [],
      funders: [],
      profiles: [PROFILE],
      milestones: Array.from({ length: plan.milestones }, () => ({ amount: AMOUNT, due: 60, fundBy: 10, profile: 0 })),
    });
    const amount = AMOUNT * BigInt(plan.milestones);
    await this.world.send(client, this.token, 'approve', this.factory.target, amount);
    const domain = { name: 'Milepost Factory', version: '1', verifyingContract: String(this.factory.target) };
    const signature = await this.world.sign(worker, domain, TERMS_TYPES, termsMessage(args, FOREVER));
    const address = (await this.factory.getFunction('predict')(args)) as string;
    const consent = { nonce: 0n, deadline: FOREVER, signature };
    const gas = await this.world.send(client, this.factory, 'create', args, bytes, ladder, SELF, consent, amount, []);
    return { escrow: this.world.escrow(address), gas, roster };
  }

  private key(escrow: Contract, milestone: number, digest: string) {
    return { escrow: String(escrow.target), milestone, round: 1, question: 0, payBps: 10_000, digest: hash(digest) };
  }

  private submit(escrow: Contract, m: number, digest: string): Promise<number> {
    return this.world.send(this.world.people.worker, escrow, 'submit', m, hash(digest), SELF);
  }

  private cast(
    escrow: Contract,
    roster: GatePolicy,
    voter: Signer,
    account: string,
    m: number,
    digest: string,
  ): Promise<number> {
    const seat = seatIndexOf(roster, account);
    return this.world.send(voter, this.gate, 'cast', this.key(escrow, m, digest), seat, true, ZERO_HASH);
  }

  private async batch(
    escrow: Contract,
    roster: GatePolicy,
    m: number,
    digest: string,
    from: number,
    to: number,
  ): Promise<number> {
    const key = this.key(escrow, m, digest);
    const entries = [];
    for (const seat of this.world.people.others.slice(from, to)) {
      const message = { ...key, approve: true, reason: ZERO_HASH, account: NOBODY };
      const domain = gateDomain(CHAIN, String(this.gate.target) as `0x${string}`);
      const signature = await this.world.sign(seat, domain, BALLOT_TYPES, message);
      entries.push({ seat: seatIndexOf(roster, await seat.getAddress()), signature });
    }
    return this.world.send(this.world.people.stranger, this.gate, 'castBatch', key, compactBallots(entries), []);
  }

  private add(key: string, gas: number, budget?: number): void {
    this.rows.push(budget === undefined ? { key, gas } : { key, gas, budget });
  }

  async run(): Promise<void> {
    const plans = { oracle: true, panel: 0 };
    for (const [milestones, budget] of [
      [1, 225_000],
      [5, 240_000],
      [10, 262_000],
    ] as const) {
      await this.world.aside(async () => {
        this.add(`createFund${milestones}`, (await this.start({ ...plans, milestones })).gas, budget);
      });
    }
    await this.rosters();
    await this.client();
    await this.votes();
    await this.life();
  }

  private async rosters(): Promise<void> {
    await this.world.aside(async () => {
      const one = await this.start({ milestones: 1, oracle: false, panel: 0 });
      const ten = await this.start({ milestones: 1, oracle: false, panel: 10 });
      this.add('roster10', ten.gas - one.gas, 165_000);
    });
  }

  /** Submit to paid: by the client's vote, and by nobody's. */
  private async client(): Promise<void> {
    const { client, stranger } = this.world.people;
    await this.world.aside(async () => {
      const { escrow, roster } = await this.start({ milestones: 4, oracle: false, panel: 0 });
      const account = await client.getAddress();
      await this.submit(escrow, 0, 'a');
      await this.cast(escrow, roster, client, account, 0, 'a');
      const submit = await this.submit(escrow, 1, 'b');
      this.add('submit', submit, 125_000);
      this.add('clientTotal', submit + (await this.cast(escrow, roster, client, account, 1, 'b')), 200_000);
      const silent = await this.submit(escrow, 2, 'c');
      await this.world.at((await this.world.now()) + 11 * DAY);
      const finalize = await this.world.send(stranger, this.gate, 'finalize', this.key(escrow, 2, 'c'));
      this.add('silenceTotal', silent + finalize, 190_000);
    });
  }

  private async votes(): Promise<void> {
    const { others } = this.world.people;
    await this.world.aside(async () => {
      const { escrow, roster } = await this.start({ milestones: 3, oracle: false, panel: 10 });
      const [first, second] = others;
      if (first === undefined || second === undefined) throw new Error('The in-process chain has too few accounts.');
      // The holdback pot's first entry is not this row's matter.
      await this.submit(escrow, 0, 'a');
      await this.batch(escrow, roster, 0, 'a', 0, 10);
      await this.submit(escrow, 1, 'b');
      await this.world.aside(async () => {
        await this.cast(escrow, roster, first, await first.getAddress(), 1, 'b');
        this.add('directVote', await this.cast(escrow, roster, second, await second.getAddress(), 1, 'b'), 46_000);
      });
      const six = await this.world.aside(() => this.batch(escrow, roster, 1, 'b', 0, 6));
      const eight = await this.world.aside(() => this.batch(escrow, roster, 1, 'b', 0, 8));
      this.add('marginalVote', Math.round((eight - six) / 2), 6_000);
      this.add('batch10', await this.batch(escrow, roster, 1, 'b', 0, 10), 185_000);
    });
  }

  /** Five milestones from creation to the last payment, the client decides. */
  private async life(): Promise<void> {
    const { client } = this.world.people;
    await this.world.aside(async () => {
      const { escrow, gas, roster } = await this.start({ milestones: 5, oracle: false, panel: 0 });
      let total = gas;
      for (let m = 0; m < 5; m += 1) {
        total += await this.submit(escrow, m, String(m));
        total += await this.cast(escrow, roster, client, await client.getAddress(), m, String(m));
      }
      this.add('life5', total, 1_200_000);
    });
  }
}

/** Measures what people pay in all. */
export async function systemRows(): Promise<Row[]> {
  const world = await World.create();
  try {
    const gas = await SystemGas.create(world);
    await gas.run();
    return gas.rows;
  } finally {
    await world.close();
  }
}
