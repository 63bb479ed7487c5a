/** Plays the model's calls on the contracts and reads back what the model predicts. */
import { Contract, type Log } from 'ethers';
import { DAY } from '@milepost/protocol';
import type { Call, Project } from '@milepost/protocol/model/index';
import type { FileStep, FileTerms, Scenario } from '../scenario/format.js';
import { artifact } from '../scenario/chain/artifacts.js';
import { encodeProject } from '../scenario/chain/encode.js';
import { ChainProject } from '../scenario/chain/project.js';
import { Reasons } from '../scenario/chain/reasons.js';
import { prepareReport } from '../scenario/chain/reports.js';
import { signTerms } from '../scenario/chain/sign.js';
import { ChainWorld } from '../scenario/chain/world.js';
import { Accounts } from './accounts.js';
import { chainFacts } from './facts.js';
import { Evm, RpcError } from './evm.js';
import { FigureReader, type Figures } from './figures.js';
import { Lens } from './lens.js';
import { NAMES, partiesOfWorld } from './life.js';
import { Transactions, submissionOf, type Tx, type Via } from './transactions.js';

/** Outcome of a call on the chain. */
export type Sent = { readonly ok: true } | { readonly ok: false; readonly reason: string; readonly detail: string };

const GAS = `0x${(16_000_000).toString(16)}`;
/** Allowance of everybody who pays. */
const LIMIT = 2n ** 200n;
/** Actions that the contracts want due steps of the ladder to be made before. */
const AFTER_POKES: ReadonlySet<string> = new Set(['appeal', 'deposit', 'rule', 'ask']);

/** Parties with money, which may pay into escrow and arbitration. */
const PAYERS = NAMES.filter((name) => partiesOfWorld()[name]?.wallet !== '0');

export class Bridge {
  private readonly reasons = new Reasons();
  private readonly lens: Lens;
  private readonly reader: FigureReader;
  private readonly accounts: Accounts;
  private readonly transactions: Transactions;
  private project: ChainProject | null = null;
  private feeBps = -1;
  /** Transactions of the newest step. */
  private hashes: string[] = [];

  private constructor(
    private readonly world: ChainWorld,
    private readonly evm: Evm,
    otherToken: Contract,
  ) {
    this.lens = new Lens(evm);
    this.accounts = new Accounts(world, evm);
    this.reader = new FigureReader(world, this.accounts, otherToken, this.lens);
    this.transactions = new Transactions(world, this.accounts, otherToken);
  }

  static async start(first: number): Promise<Bridge> {
    const at = new Date(first * 1000).toISOString().replace('.000Z', 'Z');
    const scenario: Scenario = {
      format: 'milepost-scenario/1',
      id: 'differential',
      title: 'random lives',
      token: { symbol: 'USDX', decimals: 6 },
      parties: partiesOfWorld(),
      projects: {},
      steps: [{ id: 'first', at, actor: 'client', action: 'create' }],
    };
    let evm: Evm | null = null;
    const world = await ChainWorld.start(scenario, async (genesis) => (evm = await Evm.start(genesis)));
    if (evm === null) throw new Error('The chain did not start.');
    const chain: Evm = evm;
    const operator = await world.operator();
    await chain.rpc('hardhat_impersonateAccount', operator);
    const bridge = new Bridge(world, chain, await deployToken(chain, operator));
    for (const name of NAMES) {
      const address = bridge.accounts.of(name);
      await chain.rpc('hardhat_impersonateAccount', address);
      await chain.rpc('hardhat_setBalance', address, '0xffffffffffffffff');
    }
    for (const party of PAYERS) await bridge.allow(party, String(world.arbitration.target));
    return bridge;
  }

  async stop(): Promise<void> {
    await this.world.chain.stop();
  }

  async snapshot(): Promise<() => Promise<void>> {
    const back = await this.evm.snapshot();
    return async () => {
      await back();
      this.project = null;
      this.lens.forget();
      this.transactions.forget();
      this.feeBps = -1;
    };
  }

  /** Creates the project of a life, with all allowances that it needs; some parties are smart accounts. */
  async create(name: string, terms: FileTerms, smart: readonly string[], now: number): Promise<Sent> {
    const { world, accounts } = this;
    const { factory } = world;
    const token = String(world.token.target);
    if (this.feeBps !== terms.feeBps) {
      const from = await world.operator();
      await this.sendNow({ from, contract: factory, name: 'setFeeBps', args: [terms.feeBps] });
      this.feeBps = terms.feeBps;
    }
    await accounts.makeSmart(smart);
    const of = (party: string): string => accounts.of(party);
    const signed = encodeProject(name, terms, { of, token, oracle: String(world.oracle.target) });
    const [client, contributor] = await Promise.all(
      [terms.client, terms.contributor].map((party) =>
        signTerms(accounts.wallet(party), String(factory.target), signed, now + DAY),
      ),
    );
    const address = (await factory.getFunction('predict').staticCall(signed.args)) as string;
    const args = [signed.args, signed.gatePolicy, signed.arbitrationPolicy, client, contributor, 0n, []];
    const sent = await this.send([{ from: of('stranger'), contract: factory, name: 'create', args }], now);
    if (!sent.ok) return sent;
    this.project = new ChainProject(name, terms, signed, world.escrowAt(address), address);
    for (const party of PAYERS) await this.allow(party, address);
    return sent;
  }

  /** Plays one call at second `now`; `model` is the project before it. */
  async play(model: Project, call: Call, via: Via, now: number): Promise<Sent> {
    this.transactions.begin();
    const sent = await this.perform(model, call, via, now);
    if (sent.ok) this.transactions.accept();
    return sent;
  }

  private async perform(model: Project, call: Call, via: Via, now: number): Promise<Sent> {
    const project = this.current();
    this.hashes = [];
    // Who was paid in this life may pay too.
    if (call.action === 'fund' && !PAYERS.some((name) => name === call.actor))
      await this.allow(call.actor, project.address);
    if (call.action === 'report') return this.report(project, call, now);
    if (call.action === 'poke') return this.poke(project, model, call.milestone, now, []);
    const tx = await this.transactions.of(project, model, call, via, now);
    const txs = tx === null ? [] : [tx];
    if ('milestone' in call && AFTER_POKES.has(call.action)) return this.poke(project, model, call.milestone, now, txs);
    return this.send(txs, now);
  }

  /** An empty block: the views know the time. */
  async wait(now: number): Promise<void> {
    await this.evm.setTime(now);
    await this.evm.mine();
  }

  /** What the model predicts: the named figures, or all. */
  async figures(model: Project, wanted: readonly string[] | null): Promise<Figures> {
    return this.reader.read(this.current(), model, wanted);
  }

  /** What the events of the newest step say about money. */
  async facts(): Promise<string[]> {
    const logs: Log[] = [];
    for (const hash of this.hashes) {
      const receipt = (await this.evm.rpc('eth_getTransactionReceipt', hash)) as { readonly logs: readonly Log[] };
      logs.push(...receipt.logs);
    }
    return chainFacts(this.world, this.current(), logs);
  }

  private current(): ChainProject {
    if (this.project === null) throw new Error('No project was created.');
    return this.project;
  }

  private async allow(party: string, spender: string): Promise<void> {
    const from = this.accounts.of(party);
    await this.sendNow({ from, contract: this.world.token, name: 'approve', args: [spender, LIMIT] });
  }

  private async report(project: ChainProject, call: Extract<Call, { action: 'report' }>, now: number): Promise<Sent> {
    const { world } = this;
    const { milestone, round, digest, verdict, payBps } = call;
    const step: FileStep = {
      id: `report ${milestone} ${round} ${now}`,
      at: 'now',
      actor: call.actor,
      action: 'report',
      params: { milestone: project.idOf(milestone), round, digest, verdict, payBps },
    };
    const prepared = prepareReport(world, project, step, now);
    const from = this.accounts.of(call.actor);
    const direct = [prepared.metadata, prepared.body];
    // The receiver's answer first: the forwarder swallows it.
    const receiver = call.actor === 'oracle' ? String(world.forwarder.target) : from;
    const why = await this.dry({ from: receiver, contract: world.oracle, name: 'onReport', args: direct }, now);
    if (why !== null) return why;
    return this.send([{ from, contract: world.forwarder, name: 'report', args: prepared.delivery }], now);
  }

  /** Every due step of the ladder, then `last`; nothing changes if that fails. */
  private async poke(
    project: ChainProject,
    model: Project,
    m: number,
    now: number,
    last: readonly Tx[],
  ): Promise<Sent> {
    const { world } = this;
    const back = await this.evm.snapshot();
    const from = this.accounts.of('stranger');
    const { round, digest } = submissionOf(model, m);
    const poke: Tx = { from, contract: world.arbitration, name: 'poke', args: [project.disputeId(m, round)] };
    let moved = false;
    for (let again = true; again; moved ||= again) {
      const questions = world.gate.getFunction('questions').staticCall(project.address, m, round);
      const [asked, open, payBps] = (await questions) as [bigint, boolean, bigint];
      const key = project.key(m, round, digest, Number(asked), Number(payBps));
      again = open && (await this.send([{ from, contract: world.gate, name: 'finalize', args: [key] }], now)).ok;
      again = (await this.send([poke], now)).ok || again;
    }
    const sent = await this.send(last.length === 0 && !moved ? [poke] : last, now);
    if (!sent.ok) await back();
    return sent;
  }

  private data(tx: Tx): { readonly [field: string]: string } {
    const data = tx.contract.interface.encodeFunctionData(tx.name, tx.args);
    return { from: tx.from, to: String(tx.contract.target), data, gas: GAS, gasPrice: '0x0' };
  }

  /** Tries a call at `now` without sending it; null if it succeeds. */
  private async dry(tx: Tx, now: number): Promise<Extract<Sent, { ok: false }> | null> {
    await this.evm.setTime(now);
    return this.refusal(this.evm.rpc('eth_call', this.data(tx), 'pending'));
  }

  private async send(txs: readonly Tx[], now: number): Promise<Sent> {
    for (const tx of txs) {
      await this.evm.setTime(now);
      const why = await this.refusal(this.sendNow(tx));
      if (why !== null) return why;
    }
    return { ok: true };
  }

  private async sendNow(tx: Tx): Promise<void> {
    this.hashes.push(String(await this.evm.rpc('eth_sendTransaction', this.data(tx))));
  }

  /** Why a request was refused; null if it was not. */
  private async refusal(request: Promise<unknown>): Promise<Extract<Sent, { ok: false }> | null> {
    try {
      await request;
      return null;
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      return { ok: false, ...this.reasons.read(error.data) };
    }
  }
}

/** A second token, which no project names. */
async function deployToken(evm: Evm, issuer: string): Promise<Contract> {
  const { bytecode, contract } = artifact('TestToken');
  const data = bytecode + contract.encodeDeploy([issuer]).slice(2);
  const hash = await evm.rpc('eth_sendTransaction', { from: issuer, data, gas: GAS, gasPrice: '0x0' });
  const receipt = (await evm.rpc('eth_getTransactionReceipt', hash)) as { readonly contractAddress: string };
  return new Contract(receipt.contractAddress, contract, evm.provider);
}
