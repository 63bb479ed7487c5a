/**
 * What the gate and arbitration cost by themselves (design page 20), on the reference escrow of the tests: one status
 * write and one ERC-20 transfer per decision, about 29k of each row that pays.
 */
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { Contract, ContractFactory, type InterfaceAbi, type Signer, ZeroAddress, ZeroHash, id as hashOf } from 'ethers';
import {
  type BallotKey,
  type GatePolicy,
  type GatePolicyTerms,
  type HumanBody,
  BALLOT_TYPES,
  compactBallots,
  disputeId,
  encodeArbitrationPolicy,
  encodeGatePolicy,
  sortedSeats,
} from '@milepost/protocol';

import { DAY, World } from './world.ts';
import type { Row } from './table.ts';

const require = createRequire(import.meta.url);
const root = path.resolve(import.meta.dirname, '../..');
const DIGEST = hashOf('deliverable');
const REASON = hashOf('reason');
const MAJORITY = { quorumBps: 5_001, approvalBps: 5_001 };
const RARE = { quorumBps: 1, approvalBps: 10_000 };

interface Compiled {
  readonly abi: InterfaceAbi;
  readonly bytecode: string;
}

interface SolcOutput {
  readonly contracts: Record<string, Record<string, { abi: unknown[]; evm: { bytecode: { object: string } } }>>;
  readonly errors?: readonly { severity: string; formattedMessage: string }[];
}

/** The reference escrow is test code, so it is in no artifact; compiled here with the project's settings. */
function referenceEscrow(): Compiled {
  const solc = require('solc') as { compile(input: string, callbacks: { import(file: string): unknown }): string };
  const file = 'test/support/approval/ReferenceEscrow.sol';
  const find = (name: string): string => (name.startsWith('@') ? require.resolve(name) : path.resolve(root, name));
  const input = {
    language: 'Solidity',
    sources: { [file]: { content: readFileSync(path.resolve(root, file), 'utf8') } },
    settings: {
      optimizer: { enabled: true, runs: 200 },
      viaIR: true,
      evmVersion: 'cancun',
      outputSelection: { [file]: { ReferenceEscrow: ['abi', 'evm.bytecode.object'] } },
    },
  };
  const output = JSON.parse(
    solc.compile(JSON.stringify(input), { import: (name) => ({ contents: readFileSync(find(name), 'utf8') }) }),
  ) as SolcOutput;
  const failed = output.errors?.find((error) => error.severity === 'error');
  const compiled = output.contracts[file]?.['ReferenceEscrow'];
  if (failed !== undefined || compiled === undefined)
    throw new Error(failed?.formattedMessage ?? 'No reference escrow.');
  return { abi: compiled.abi as InterfaceAbi, bytecode: compiled.evm.bytecode.object };
}

/** Seats of the measured project. */
interface Members {
  readonly clients: readonly Signer[];
  readonly panel: readonly Signer[];
}

class ApprovalGas {
  readonly rows: Row[] = [];
  private readonly world: World;
  private readonly double: Compiled;
  private readonly gate: Contract;
  private readonly arbitration: Contract;
  private readonly token: Contract;

  private constructor(world: World, double: Compiled, gate: Contract, arbitration: Contract, token: Contract) {
    this.world = world;
    this.double = double;
    this.gate = gate;
    this.arbitration = arbitration;
    this.token = token;
  }

  static async create(): Promise<ApprovalGas> {
    const world = await World.create();
    const gate = await world.deploy('MilestoneGate', ZeroAddress);
    const arbitration = await world.deploy('Arbitration');
    const token = await world.deploy('TestToken', ZeroAddress);
    return new ApprovalGas(world, referenceEscrow(), gate, arbitration, token);
  }

  private add(key: string, gas: number, budget?: number): void {
    this.rows.push({ key: `gate.${key}`, gas, ...(budget === undefined ? {} : { budget }) });
  }

  private async escrow(): Promise<Contract> {
    const { deployer, client, worker } = this.world.people;
    const factory = new ContractFactory(this.double.abi, this.double.bytecode, deployer);
    const args = [this.gate.target, this.arbitration.target, this.token.target, await client.getAddress()];
    const deployed = await factory.deploy(...args, await worker.getAddress());
    const escrow = new Contract(await deployed.getAddress(), this.double.abi, deployer);
    // The payee holds the token already, as after a first payment.
    await this.world.send(deployer, this.token, 'mint', escrow.target, 10n ** 12n);
    await this.world.send(deployer, this.token, 'mint', await worker.getAddress(), 1n);
    return escrow;
  }

  /** Registers `policies` (one milestone each) over the members' seats. @returns gas */
  private async register(
    escrow: Contract,
    policies: readonly GatePolicyTerms[],
    members: Members,
    fallback: boolean | null = null,
  ): Promise<number> {
    const { deployer } = this.world.people;
    for (const [m, policy] of policies.entries()) {
      await this.world.send(deployer, escrow, 'setProfile', m, {
        reviewDays: policy.window / DAY,
        extensionDays: policy.extension / DAY,
        holdHours: policy.challenge / 3_600,
        reworkDays: 7,
        graceDays: 0,
        lateDays: 0,
        arbitrationDays: 42,
        silenceApproves: policy.silence === 'approve',
        maxRounds: 3,
        killBps: 0,
        holdbackBps: 0,
        lateDailyBps: 0,
        lateCapBps: 0,
        deadlockBps: 5_000,
      });
    }
    const seat = async (signer: Signer, body: HumanBody): Promise<GatePolicy['seats'][number]> => ({
      id: await signer.getAddress(),
      body,
      weight: 1,
      excluded: false,
    });
    const seats = await Promise.all([
      ...members.clients.map((signer) => seat(signer, 'clients')),
      ...members.panel.map((signer) => seat(signer, 'panel')),
    ]);
    const bytes = encodeGatePolicy({ policies, milestones: policies.map((_, i) => i), seats });
    const gas = await this.world.send(deployer, this.gate, 'register', escrow.target, bytes);
    if (fallback !== null) {
      const windows = { negotiate: 5, panel: 3, panelExtension: 2, appeal: 3, deposit: 5, ruling: 14, fallback: 7 };
      const seconds = Object.fromEntries(Object.entries(windows).map(([name, days]) => [name, days * DAY]));
      const ladder = encodeArbitrationPolicy({
        panelPolicy: null,
        arbitrator: `0x${'ad'.repeat(20)}`,
        fallbackArbitrator: fallback ? `0x${'fa'.repeat(20)}` : null,
        fee: 1_200_000_000n,
        bond: 0n,
        settleFeeBps: 2_500,
        windows: seconds as never,
      });
      await this.world.send(deployer, this.arbitration, 'register', escrow.target, ladder);
    }
    return gas;
  }

  private key(escrow: Contract, round = 1, milestone = 0): BallotKey {
    return { escrow: String(escrow.target), milestone, round, question: 0, payBps: 10_000, digest: DIGEST };
  }

  private async seatNumber(members: Members, signer: Signer): Promise<number> {
    const ids = await Promise.all(
      [...members.clients, ...members.panel].map(async (s) => ({ id: await s.getAddress() })),
    );
    const own = await signer.getAddress();
    return sortedSeats(ids).findIndex(({ id }) => id === own);
  }

  private async cast(members: Members, signer: Signer, key: BallotKey, approve: boolean): Promise<number> {
    const seat = await this.seatNumber(members, signer);
    return this.world.send(signer, this.gate, 'cast', key, seat, approve, approve ? ZeroHash : REASON);
  }

  private async sign(signer: Signer, key: BallotKey, approve = true): Promise<string> {
    const domain = { name: 'MilestoneGate', version: '1', verifyingContract: String(this.gate.target) };
    return this.world.sign(signer, domain, BALLOT_TYPES, {
      ...key,
      approve,
      reason: approve ? ZeroHash : REASON,
      account: ZeroAddress,
    });
  }

  async registration(): Promise<void> {
    const { others } = this.world.people;
    const of = (n: number): readonly Signer[] =>
      Array.from({ length: n }, (_, i) => others[i] ?? fail(`only ${others.length} accounts`));
    const one = policy({ clients: MAJORITY }, 1);
    this.add('register1', await this.register(await this.escrow(), [one], { clients: of(1), panel: [] }), 110_000);
    const both = { clients: of(5), panel: others.slice(5, 10) };
    const three = [one, policy({ clients: MAJORITY, panel: MAJORITY }, 1), policy({ clients: RARE, panel: RARE }, 2)];
    this.add('register10', await this.register(await this.escrow(), three, both), 185_000);
  }

  async votes(): Promise<void> {
    const { deployer, others } = this.world.people;
    const members = { clients: others.slice(0, 1), panel: others.slice(1, 6) };
    const [client] = members.clients;
    const [a, b, c] = members.panel;
    if (client === undefined || a === undefined || b === undefined || c === undefined)
      throw new Error('too few accounts');
    const escrow = await this.escrow();
    await this.register(escrow, [policy({ clients: MAJORITY, panel: MAJORITY }, 1)], members, true);
    const submit = await this.world.send(deployer, escrow, 'submit', 0, DIGEST);
    const key = this.key(escrow);
    this.add('submitOnReference', submit);
    this.add('directVote', await this.cast(members, a, key, true), 46_000);
    this.add('directNo', await this.cast(members, b, key, false), 49_000);
    await this.world.aside(async () => {
      this.add('clientDecides', await this.cast(members, client, key, true), 78_000);
    });
    await this.world.aside(async () => {
      await this.cast(members, c, key, true);
      const held = await this.cast(members, members.panel[3] ?? c, key, true);
      await this.world.at((await this.world.now()) + 4 * DAY);
      const paid = await this.world.send(deployer, this.gate, 'finalize', key);
      this.add('heldThenPaid', held + paid, 123_000);
    });
  }

  async silence(): Promise<void> {
    const { deployer, others } = this.world.people;
    const escrow = await this.escrow();
    const approves = { ...policy({ clients: MAJORITY }, 1), silence: 'approve' as const };
    await this.register(escrow, [approves], { clients: others.slice(0, 1), panel: [] });
    await this.world.send(deployer, escrow, 'submit', 0, DIGEST);
    await this.world.at((await this.world.now()) + 11 * DAY);
    this.add('silencePays', await this.world.send(deployer, this.gate, 'finalize', this.key(escrow)), 75_000);
  }

  async batches(): Promise<void> {
    const { deployer, others } = this.world.people;
    for (const [size, budget] of [
      [1, 85_000],
      [10, 140_000],
    ] as const) {
      const escrow = await this.escrow();
      const members = { clients: others.slice(0, size), panel: [] };
      await this.register(escrow, [policy({ clients: { quorumBps: 10_000, approvalBps: 10_000 } }, 1)], members);
      await this.world.send(deployer, escrow, 'submit', 0, DIGEST);
      const key = this.key(escrow);
      const entries = await Promise.all(
        members.clients.map(async (signer) => ({
          seat: await this.seatNumber(members, signer),
          signature: await this.sign(signer, key),
        })),
      );
      const gas = await this.world.send(deployer, this.gate, 'castBatch', key, compactBallots(entries), []);
      this.add(`batch${size}Pays`, gas, budget);
    }
    const [one, ten] = [this.value('batch1Pays'), this.value('batch10Pays')];
    this.add('marginalVote', Math.round((ten - one) / 9), 6_000);
  }

  private value(key: string): number {
    return this.rows.find((row) => row.key === `gate.${key}`)?.gas ?? fail(`no row ${key}`);
  }

  async ladder(): Promise<void> {
    const { deployer, client, worker, stranger, others } = this.world.people;
    const escrow = await this.escrow();
    const members = { clients: others.slice(0, 1), panel: [] };
    await this.register(escrow, [policy({ clients: MAJORITY }, 1)], members, false);
    await this.world.send(deployer, escrow, 'submit', 0, DIGEST);
    const [seat] = members.clients;
    if (seat === undefined) throw new Error('too few accounts');
    await this.cast(members, seat, this.key(escrow), false);
    this.add('disputeOnReference', await this.world.send(deployer, escrow, 'dispute', 0));
    const dispute = disputeId(String(escrow.target), 0, 1);
    await this.world.at((await this.world.now()) + 6 * DAY);
    this.add('appeal', await this.world.send(client, this.arbitration, 'appeal', dispute));
    for (const side of [client, worker]) {
      await this.world.send(deployer, this.token, 'mint', await side.getAddress(), 10n ** 10n);
      await this.world.send(side, this.token, 'approve', this.arbitration.target, 10n ** 10n);
    }
    this.add('deposit', await this.world.send(client, this.arbitration, 'deposit', dispute), 90_000);
    this.add('depositSecond', await this.world.send(worker, this.arbitration, 'deposit', dispute), 90_000);
    const arbitrator = await this.world.as(`0x${'ad'.repeat(20)}`);
    await this.world.send(stranger, this.token, 'mint', await arbitrator.getAddress(), 1n);
    const gas = await this.world.send(arbitrator, this.arbitration, 'rule', dispute, 7_000, REASON);
    this.add('ruling', gas, 170_000);
  }

  async close(): Promise<void> {
    await this.world.close();
  }
}

function fail(message: string): never {
  throw new Error(message);
}

/** A policy of 10 d, with 72 h of challenge where an approval can be held. */
function policy(bodies: GatePolicyTerms['bodies'], need: number): GatePolicyTerms {
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

export async function approvalRows(): Promise<Row[]> {
  const gas = await ApprovalGas.create();
  try {
    await gas.registration();
    await gas.votes();
    await gas.silence();
    await gas.batches();
    await gas.ladder();
    return gas.rows;
  } finally {
    await gas.close();
  }
}
