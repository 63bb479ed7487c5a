/** The escrow's own part, with a gate and arbitration that cost nothing (design page 10, section 12). */
import { type Contract, type Signer, keccak256, toUtf8Bytes } from 'ethers';
import {
  type TermsArgs,
  type TermsProfile,
  DEFAULT_LADDER_WINDOWS,
  DEFAULT_PROFILE,
  ESCROW_INTENTS,
  TERMS_TYPES,
  buildGatePolicy,
  encodeArbitrationPolicy,
  encodeGatePolicy,
  encodeTerms,
  intentKey,
  intentNonce,
  policyHash,
  termsMessage,
} from '@milepost/protocol';

import { readArtifact } from '../lib/artifacts.ts';
import { type Consent, DAY, FOREVER, SELF, World } from './world.ts';
import type { Row } from './table.ts';

const ZERO = `0x${'00'.repeat(32)}`;
const hash = (text: string): string => keccak256(toUtf8Bytes(text));
const NOBODY = `0x${'00'.repeat(20)}`;
const UNIT = 1_000_000n;
const AMOUNT = 1_000n * UNIT;

/** No kill fee, holdback or late credit: the bare release. */
const BARE: TermsProfile = { ...DEFAULT_PROFILE, killBps: 0, holdbackBps: 0, lateDailyBps: 0, lateCapBps: 0 };

interface Project {
  readonly milestones?: number;
  readonly profile?: TermsProfile;
  readonly feeBps?: number;
  readonly payees?: TermsArgs['payees'];
  readonly token?: Contract;
}

/** What the measured contracts are. */
interface Setting {
  readonly world: World;
  readonly gate: string;
  readonly arbitration: string;
  readonly treasury: string;
  readonly token: Contract;
  readonly factory: Contract;
  readonly policyHash: string;
}

/** The client decides alone; clocks of the measured profiles. */
function policies(arbitrator: string): { gate: string; ladder: string } {
  const { gatePolicy } = buildGatePolicy({
    policies: [{ bodies: { clients: { quorumBps: 5_001, approvalBps: 5_001 } }, need: 1, holdOracle: false }],
    profiles: [DEFAULT_PROFILE],
    milestones: [{ policy: 0, profile: 0 }],
    seats: [{ id: arbitrator.replace(/^0x../, '0x00'), body: 'clients', weight: 1, excluded: false }],
    panelPolicy: null,
  });
  const ladder = encodeArbitrationPolicy({
    panelPolicy: null,
    arbitrator,
    fallbackArbitrator: null,
    fee: 1_000_000n,
    bond: 0n,
    settleFeeBps: 2_500,
    windows: { ...DEFAULT_LADDER_WINDOWS, panel: 0, panelExtension: 0, fallback: 0 },
  });
  return { gate: encodeGatePolicy(gatePolicy), ladder };
}

class EscrowGas {
  readonly rows: Row[] = [];
  private salt = 0;
  private readonly world: World;
  private readonly gate: string;
  private readonly arbitration: string;
  private readonly treasury: string;
  private readonly token: Contract;
  private readonly factory: Contract;
  private readonly policyHash: string;

  private constructor(setting: Setting) {
    this.world = setting.world;
    this.gate = setting.gate;
    this.arbitration = setting.arbitration;
    this.treasury = setting.treasury;
    this.token = setting.token;
    this.factory = setting.factory;
    this.policyHash = setting.policyHash;
  }

  static async create(world: World): Promise<EscrowGas> {
    const gate = await world.deployStop();
    const arbitration = await world.deployStop();
    const token = await world.deploy('PlainToken', NOBODY);
    const owner = await world.people.deployer.getAddress();
    const inbox = await world.deploy('FeeInbox', owner, owner);
    const treasury = await inbox.getAddress();
    const agreements = await world.deploy('EscrowAgreements', gate, arbitration, treasury);
    const book = await world.deploy('PolicyBook');
    const { gate: shared, ladder } = policies(await world.people.stranger.getAddress());
    await world.send(world.people.deployer, book, 'record', shared, ladder);
    const parts = [gate, arbitration, treasury, agreements.target, book.target];
    const factory = await world.deploy('EscrowFactory', owner, owner, ...parts, 100);
    await world.send(world.people.deployer, factory, 'setToken', token.target, true);
    const hash_ = policyHash(shared, ladder);
    const gas = new EscrowGas({ world, gate, arbitration, treasury, token, factory, policyHash: hash_ });
    for (const account of [treasury, await world.people.worker.getAddress(), await world.people.client.getAddress()]) {
      await world.send(world.people.deployer, token, 'mint', account, 1n << 80n);
    }
    return gas;
  }

  private async terms({
    milestones = 1,
    profile = DEFAULT_PROFILE,
    feeBps = 100,
    payees = [],
    token,
  }: Project): Promise<string> {
    const { people, start } = this.world;
    return encodeTerms({
      feeBps,
      warrantyDays: 60,
      start,
      token: String((token ?? this.token).target),
      client: await people.client.getAddress(),
      contributor: await people.worker.getAddress(),
      termsHash: hash(`terms ${this.salt++}`),
      policyHash: this.policyHash,
      payees,
      funders: [],
      profiles: [profile],
      milestones: Array.from({ length: milestones }, () => ({
        amount: AMOUNT,
        due: 60,
        fundBy: 10,
        profile: 0,
        policy: 0,
      })),
      criteria: [],
      seats: [],
    });
  }

  /** Creates and funds in one transaction, by the client with the contributor's signature. */
  private async start(project: Project): Promise<{ escrow: Contract; gas: number }> {
    const { client, worker } = this.world.people;
    const token = project.token ?? this.token;
    const args = await this.terms(project);
    const amount = AMOUNT * BigInt(project.milestones ?? 1);
    await this.world.send(client, token, 'approve', this.factory.target, amount);
    const domain = { name: 'Milepost Factory', version: '1', verifyingContract: String(this.factory.target) };
    const signature = await this.world.sign(worker, domain, TERMS_TYPES, termsMessage(args, FOREVER));
    const address = (await this.factory.getFunction('predict')(args)) as string;
    const consent: Consent = { nonce: 0n, deadline: FOREVER, signature };
    const gas = await this.world.send(client, this.factory, 'create', args, '0x', '0x', SELF, consent, amount, []);
    return { escrow: this.world.escrow(address), gas };
  }

  private submit(escrow: Contract, m: number, digest: string): Promise<number> {
    return this.world.send(this.world.people.worker, escrow, 'submit', m, hash(digest), SELF);
  }

  private async approve(escrow: Contract, m: number, digest: string): Promise<number> {
    return this.world.send(await this.asGate(), escrow, 'approve', m, 1, hash(digest), 10_000);
  }

  private asGate(): Promise<Signer> {
    return this.world.as(this.gate);
  }

  private add(key: string, gas: number, budget: number | undefined, what: string): void {
    this.rows.push({ key: `own.${key}`, gas, what, ...(budget === undefined ? {} : { budget }) });
  }

  /** Runs `work` while new projects pay no fee. */
  private async withoutFee<T>(work: () => Promise<T>): Promise<T> {
    const { deployer } = this.world.people;
    await this.world.send(deployer, this.factory, 'setFeeBps', 0);
    const result = await work();
    await this.world.send(deployer, this.factory, 'setFeeBps', 100);
    return result;
  }

  async run(): Promise<void> {
    await this.creation();
    await this.releases();
    await this.disputes();
    await this.exits();
    await this.changeOrders();
    for (const name of [
      'MilestoneEscrow',
      'EscrowAgreements',
      'EscrowFactory',
      'MilestoneGate',
      'Arbitration',
      'CreOracle',
    ]) {
      const size = (readArtifact(name).deployedBytecode.length - 2) / 2;
      this.rows.push({
        key: `size${name}`,
        gas: size,
        budget: name === 'MilestoneGate' ? 24_576 : 20_480,
        unit: 'bytes',
      });
    }
  }

  private async creation(): Promise<void> {
    for (const [n, budget] of [
      [1, 204_000],
      [5, 220_000],
      [10, 242_000],
    ] as const) {
      await this.world.aside(async () => {
        const what = `create and fund ${n} milestone(s), the client decides, policies on record`;
        this.add(`createFund${n}`, (await this.start({ milestones: n })).gas, budget, what);
      });
    }
  }

  private async releases(): Promise<void> {
    const bare = await this.start({ milestones: 3, profile: BARE, feeBps: 100 });
    this.add('submit', await this.submit(bare.escrow, 0, 'a'), 82_000, 'first submission of a milestone');
    await this.world.aside(async () => {
      await this.submit(bare.escrow, 1, 'b');
      this.add('releaseFee', await this.approve(bare.escrow, 1, 'b'), undefined, 'one payee, with fee, no holdback');
    });
    const rich = await this.start({ milestones: 3 });
    await this.submit(rich.escrow, 0, 'a');
    await this.submit(rich.escrow, 1, 'b');
    this.add('releaseFirst', await this.approve(rich.escrow, 0, 'a'), 94_000, 'with fee and holdback, a first one');
    this.add('release', await this.approve(rich.escrow, 1, 'b'), 76_000, 'with fee and holdback, a later one');

    const { others } = this.world.people;
    const accounts = await Promise.all(others.slice(0, 7).map((other) => other.getAddress()));
    const payees = (list: readonly string[], worker: string): TermsArgs['payees'] => [
      { account: worker, weight: 10_000 - 500 * list.length },
      ...list.map((account) => ({ account, weight: 500 })),
    ];
    const worker = await this.world.people.worker.getAddress();
    const alone = await this.start({ milestones: 2, profile: BARE, payees: payees([], worker) });
    await this.submit(alone.escrow, 0, 'a');
    const one = await this.approve(alone.escrow, 0, 'a');
    const team = await this.start({ milestones: 2, profile: BARE, payees: payees(accounts.slice(0, 4), worker) });
    await this.submit(team.escrow, 0, 'a');
    const first = Math.round(((await this.approve(team.escrow, 0, 'a')) - one) / 4);
    this.add('payeeNew', first, 27_500, 'each further payee, its first token');
    const again = await this.start({ milestones: 2, profile: BARE, payees: payees(accounts.slice(0, 4), worker) });
    await this.submit(again.escrow, 0, 'a');
    const later = Math.round(((await this.approve(again.escrow, 0, 'a')) - one) / 4);
    this.add('payee', later, 9_600, 'each further payee that holds the token');

    const refused = 'the token refuses the only payee: credited; no fee, no holdback';
    this.add('credited', await this.withoutFee(() => this.refusedPayee(0)), 77_000, refused);
    this.add('creditedFee', await this.refusedPayee(100), undefined, 'the same with the fee pushed');
    await this.withoutFee(async () => {
      const { escrow } = await this.start({ milestones: 2, profile: BARE, feeBps: 0 });
      await this.submit(escrow, 0, 'a');
      this.add('releaseBare', await this.approve(escrow, 0, 'a'), 64_000, 'one payee, no fee, no holdback');
    });
  }

  /** The token refuses the only payee: a credit instead of the payment. */
  private async refusedPayee(feeBps: number): Promise<number> {
    const { deployer, client, worker } = this.world.people;
    const token = await this.world.deploy('PlainToken', await worker.getAddress());
    await this.world.send(deployer, this.factory, 'setToken', token.target, true);
    await this.world.send(client, token, 'mint', await client.getAddress(), 1n << 80n);
    await this.world.send(client, token, 'mint', this.treasury, 1n);
    const { escrow } = await this.start({ milestones: 2, profile: BARE, token, feeBps });
    await this.submit(escrow, 0, 'a');
    return this.approve(escrow, 0, 'a');
  }

  private async disputes(): Promise<void> {
    const { worker } = this.world.people;
    const { escrow } = await this.start({ milestones: 3, profile: { ...BARE, holdbackBps: 0 } });
    await this.submit(escrow, 0, 'a');
    const gate = await this.asGate();
    const reject = await this.world.send(gate, escrow, 'reject', 0, 1, hash('a'), hash('why'));
    this.add('reject', reject, 36_000, 'the gate rejects');
    this.add('resubmit', await this.submit(escrow, 0, 'b'), 46_000, 'next round');
    await this.world.send(gate, escrow, 'reject', 0, 2, hash('b'), hash('why'));
    const dispute = await this.world.send(worker, escrow, 'dispute', 0, hash('why'), SELF);
    this.add('dispute', dispute, 37_000, 'the contributor contests a rejection');
    const arbitration = await this.world.as(this.arbitration);
    const ruling = await this.world.send(arbitration, escrow, 'rule', 0, 2, 10_000, true);
    this.add('ruling', ruling, 70_000, 'a ruling that pays one payee, with fee, no holdback');
  }

  private async exits(): Promise<void> {
    const { stranger, client } = this.world.people;
    for (const [key, feeBps, budget] of [
      ['lapsePays', 0, 62_000],
      ['lapsePaysFee', 100, undefined],
    ] as const) {
      await this.world.aside(async () => {
        const start = (): Promise<{ escrow: Contract }> => this.start({ milestones: 2, profile: BARE, feeBps });
        const { escrow } = feeBps === 0 ? await this.withoutFee(start) : await start();
        await this.submit(escrow, 0, 'a');
        await this.world.at((await this.world.now()) + 25 * DAY);
        const gas = await this.world.send(stranger, escrow, 'lapse', 0);
        const fee = feeBps === 0 ? 'no fee, no holdback' : 'with fee';
        this.add(key, gas, budget, `silence pays one payee by the escrow's own clock; ${fee}`);
      });
    }
    await this.world.aside(async () => {
      const { escrow } = await this.start({ milestones: 3, profile: BARE });
      await this.world.at(this.world.start + 90 * DAY);
      await this.world.send(stranger, escrow, 'lapse', 1);
      this.add('refund', await this.world.send(client, escrow, 'refund'), 52_000, 'to one funder');
    });
  }

  private async changeOrders(): Promise<void> {
    const { client, worker } = this.world.people;
    const { escrow } = await this.start({ milestones: 3, profile: BARE });
    const order = async (version: number, index: number): Promise<number> => {
      const message = {
        version,
        termsHash: hash(`order ${version}`),
        policyHash: ZERO,
        rosterHash: ZERO,
        milestones: [{ index, op: 0, amount: AMOUNT - UNIT, due: 70, fundBy: 10, profile: 0 }],
        payees: [],
      };
      const nonce = intentNonce(intentKey('amend'), 0);
      const domain = { name: 'Milepost Escrow', version: '1', verifyingContract: String(escrow.target) };
      const signature = await this.world.sign(worker, domain, ESCROW_INTENTS.amend.types, {
        ...message,
        nonce,
        deadline: FOREVER,
      });
      return this.world.send(
        client,
        escrow,
        'amend',
        message,
        '0x',
        '0x',
        '0x',
        SELF,
        { nonce, deadline: FOREVER, signature },
        [],
      );
    };
    this.add('changeOrderFirst', await order(1, 0), 96_000, "one milestone's amount and date, one signature");
    this.add('changeOrder', await order(2, 0), 62_000, 'the same milestone again');
    this.add('changeOrderOther', await order(3, 1), undefined, 'a later one of another milestone');
  }
}

/** Measures the escrow's own part. */
export async function escrowRows(): Promise<Row[]> {
  const world = await World.create();
  try {
    const gas = await EscrowGas.create(world);
    await gas.run();
    return gas.rows;
  } finally {
    await world.close();
  }
}
