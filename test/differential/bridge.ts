/** Plays the model's calls on the contracts and reads back what the model predicts. */
import { ZeroHash, id as hashOf, type Contract } from 'ethers';
import { CHANGE_OPS, DAY, SELF } from '@milepost/protocol';
import type { Call, Project } from '@milepost/protocol/model/index';
import type { FileTerms, FileStep, Scenario } from '../scenario/format.js';
import { ChainWorld } from '../scenario/chain/world.js';
import { ChainProject, type Key } from '../scenario/chain/project.js';
import { encodeProject } from '../scenario/chain/encode.js';
import { prepareReport } from '../scenario/chain/reports.js';
import { Reasons } from '../scenario/chain/reasons.js';
import { FigureReader, type Figures } from './figures.js';
import { NO_POLICIES, documentHash, signOrder, signSettlement, signTerms } from '../scenario/chain/sign.js';
import { NAMES, partiesOfWorld } from './life.js';
import { Rpc, RpcError } from './rpc.js';

/** Outcome of a call on the chain. */
export type Sent = { readonly ok: true } | { readonly ok: false; readonly reason: string; readonly detail: string };

interface Tx {
  readonly from: string;
  readonly contract: Contract;
  readonly name: string;
  readonly args: readonly unknown[];
}

const GAS = `0x${(16_000_000).toString(16)}`;
const hex = (value: number): string => `0x${value.toString(16)}`;
const REASON = hashOf('reason');
const REMIND_AFTER = 200;

/** Parties with money, which may pay into escrow and arbitration. */
const PAYERS = NAMES.filter((name) => partiesOfWorld()[name]?.wallet !== '0');

export class Bridge {
  private readonly reasons = new Reasons();
  private readonly reader: FigureReader;
  private project: ChainProject | null = null;
  private feeBps = -1;

  private constructor(
    readonly world: ChainWorld,
    private readonly rpc: Rpc,
  ) {
    this.reader = new FigureReader(world, rpc);
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
    const world = await ChainWorld.start(scenario);
    const bridge = new Bridge(world, new Rpc(world.chain.url));
    await bridge.rpc.call('anvil_autoImpersonateAccount', true);
    return bridge;
  }

  async stop(): Promise<void> {
    this.rpc.close();
    await this.world.chain.stop();
  }

  async snapshot(): Promise<() => Promise<void>> {
    const id = await this.rpc.call('evm_snapshot');
    return async () => {
      await this.rpc.call('evm_revert', id);
      this.project = null;
      this.reader.forget();
      this.feeBps = -1;
    };
  }

  /** Creates the project of a life, with all allowances that it needs. */
  async create(name: string, terms: FileTerms, now: number): Promise<Sent> {
    const { world } = this;
    const of = (party: string): string => world.addressOf(party);
    const token = String(world.token.target);
    if (this.feeBps !== terms.feeBps) {
      await this.sendNow({
        from: await world.operator(),
        contract: world.factory,
        name: 'setFeeBps',
        args: [terms.feeBps],
      });
      this.feeBps = terms.feeBps;
    }
    const signed = encodeProject(name, terms, { of, token, oracle: String(world.oracle.target) });
    const [client, contributor] = await Promise.all(
      [terms.client, terms.contributor].map((party) =>
        signTerms(world.walletOf(party), String(world.factory.target), signed.args, now + DAY),
      ),
    );
    const address = (await world.factory.getFunction('predict').staticCall(signed.args)) as string;
    const { args, gatePolicy, arbitrationPolicy } = signed;
    const sent = await this.send(
      [
        {
          from: of('stranger'),
          contract: world.factory,
          name: 'create',
          args: [args, gatePolicy, arbitrationPolicy, client, contributor, 0n, []],
        },
      ],
      now,
    );
    if (!sent.ok) return sent;
    this.project = new ChainProject(name, terms, signed, world.escrowAt(address), address);
    const limit = 2n ** 200n;
    for (const party of PAYERS) {
      for (const spender of [address, String(world.arbitration.target)]) {
        await this.sendNow({ from: of(party), contract: world.token, name: 'approve', args: [spender, limit] });
      }
    }
    return sent;
  }

  /** Plays one call at second `now`. */
  async play(call: Call, now: number): Promise<Sent> {
    const project = this.current();
    if (call.action === 'report') return this.report(project, call, now);
    if (call.action === 'poke') return this.poke(project, call.milestone, now, []);
    if (call.action === 'appeal' || call.action === 'deposit' || call.action === 'rule' || call.action === 'ask') {
      const tx = await this.transaction(project, call, now);
      return this.poke(project, call.milestone, now, tx === null ? [] : [tx]);
    }
    const tx = await this.transaction(project, call, now);
    return this.send(tx === null ? [] : [tx], now);
  }

  /** Everything that the model predicts. */
  async figures(model: Project): Promise<Figures> {
    return this.reader.read(this.current(), model);
  }

  private current(): ChainProject {
    if (this.project === null) throw new Error('No project was created.');
    return this.project;
  }

  private async transaction(project: ChainProject, call: Call, now: number): Promise<Tx | null> {
    const { world } = this;
    const { escrow, terms } = project;
    const from = world.addressOf(call.actor);
    const on = (contract: Contract, name: string, ...args: unknown[]): Tx => ({ from, contract, name, args });
    switch (call.action) {
      case 'fund': {
        const funder = terms.funders.indexOf(call.funder ?? call.actor);
        return on(escrow, 'fund', funder < 0 ? 255 : funder, call.amount);
      }
      case 'donate':
        return on(world.token, 'transfer', project.address, call.amount);
      case 'sync':
        return on(escrow, 'sync');
      case 'unfund':
        return on(escrow, 'unfund', call.amount, SELF);
      case 'submit':
        return on(escrow, 'submit', call.milestone, call.digest, SELF);
      case 'vote': {
        const key: Key = project.key(
          call.milestone,
          call.round,
          call.digest,
          call.question ?? 0,
          call.question === undefined ? 10_000 : (call.payBps ?? 0),
        );
        const reason = call.support || !call.reason ? ZeroHash : REASON;
        return on(world.gate, 'cast', key, project.seatOf(call.actor, call.body), call.support, reason);
      }
      case 'finalize': {
        const { round, digest } = await project.milestone(call.milestone);
        return on(world.gate, 'finalize', project.key(call.milestone, round, digest));
      }
      case 'challenge':
        return on(world.arbitration, 'challenge', project.key(call.milestone, call.round, call.digest));
      case 'dispute':
        return on(escrow, 'dispute', call.milestone, REASON, SELF);
      case 'settle':
        return this.settle(project, call, now);
      case 'amend':
        return this.amend(project, call, now);
      case 'ask': {
        const [asked] = (await world.gate
          .getFunction('questions')
          .staticCall(project.address, call.milestone, call.round)) as [bigint];
        const key = project.key(call.milestone, call.round, call.digest, Number(asked) + 1, call.payBps);
        return on(world.gate, 'ask', key, project.seatOf(call.actor, 'panel'), '0x', '0x');
      }
      case 'appeal':
      case 'deposit':
        return on(world.arbitration, call.action, await this.disputeId(project, call.milestone));
      case 'rule':
        return on(world.arbitration, 'rule', await this.disputeId(project, call.milestone), call.payBps, REASON);
      case 'cancel':
        return on(escrow, 'cancel', SELF);
      case 'terminate':
        return on(escrow, 'terminate', call.milestone, SELF);
      case 'lapse':
        return on(escrow, 'lapse', call.milestone);
      case 'refund':
      case 'endWarranty':
        return on(escrow, call.action);
      case 'openClaim':
        return on(escrow, 'openClaim', call.amount, REASON, SELF);
      case 'answerClaim':
        return on(escrow, 'answerClaim', call.accept, REASON, SELF);
      case 'claim': {
        const [account, to] = [world.addressOf(call.account), world.addressOf(call.to)];
        const owed = (await escrow.getFunction('credit').staticCall(account)) as bigint;
        const held = (await world.arbitration.getFunction('credit').staticCall(account, world.token.target)) as bigint;
        if (owed === 0n && held > 0n) return on(world.arbitration, 'claim', account, world.token.target, to);
        return on(escrow, 'claim', account, to, SELF);
      }
      case 'block':
        return {
          ...on(world.token, 'setBlocked', world.addressOf(call.address), true),
          from: world.addressOf('issuer'),
        };
      default:
        return null;
    }
  }

  private async settle(project: ChainProject, call: Extract<Call, { action: 'settle' }>, now: number): Promise<Tx> {
    const { version } = (await project.escrow.getFunction('terms').staticCall()) as { readonly version: bigint };
    const agreed = {
      m: call.milestone,
      round: call.round,
      version,
      payBps: call.payBps,
      waiveLate: call.waiveLate === true,
    };
    const [client, contributor] = await Promise.all([
      signSettlement(project, this.world.walletOf(project.terms.client), agreed, call.milestone, now + DAY),
      signSettlement(
        project,
        this.world.walletOf(project.terms.contributor),
        call.signed ? agreed : null,
        call.milestone,
        now + DAY,
      ),
    ]);
    return {
      from: this.world.addressOf(call.actor),
      contract: project.escrow,
      name: 'settle',
      args: [agreed, client, contributor],
    };
  }

  private async amend(project: ChainProject, call: Extract<Call, { action: 'amend' }>, now: number): Promise<Tx> {
    const { version } = (await project.escrow.getFunction('terms').staticCall()) as { readonly version: bigint };
    const seen = (await project.escrow.getFunction('milestone').staticCall(call.milestone)) as {
      readonly fundBy: bigint;
      readonly profile: bigint;
    };
    const order = {
      version: version + 1n,
      termsHash: documentHash('order'),
      policyHash: NO_POLICIES,
      milestones: [
        {
          index: call.milestone,
          op: call.cancel === true ? CHANGE_OPS.cancel : CHANGE_OPS.set,
          amount: call.amount ?? 0n,
          due: call.due ?? 0,
          fundBy: Number(seen.fundBy),
          profile: Number(seen.profile),
        },
      ],
      payees: [],
    };
    const [client, contributor] = await Promise.all([
      signOrder(project, this.world.walletOf(project.terms.client), order, now + DAY),
      signOrder(project, this.world.walletOf(project.terms.contributor), call.signed ? order : null, now + DAY),
    ]);
    const args = [order, '0x', '0x', client, contributor, []];
    return { from: this.world.addressOf(call.actor), contract: project.escrow, name: 'amend', args };
  }

  private async report(project: ChainProject, call: Extract<Call, { action: 'report' }>, now: number): Promise<Sent> {
    const { world } = this;
    const step: FileStep = {
      id: `report ${call.milestone} ${call.round} ${now}`,
      at: 'now',
      actor: call.actor,
      action: 'report',
      params: {
        milestone: project.idOf(call.milestone),
        round: call.round,
        digest: call.digest,
        verdict: call.verdict,
        payBps: call.payBps,
      },
    };
    const prepared = prepareReport(world, project, step, now);
    const from = world.addressOf(call.actor);
    const direct = [prepared.metadata, prepared.body];
    // The receiver's answer first: the forwarder swallows it.
    const receiver = call.actor === 'oracle' ? String(world.forwarder.target) : from;
    const why = await this.dry({ from: receiver, contract: world.oracle, name: 'onReport', args: direct }, now);
    if (why !== null) return why;
    return this.send([{ from, contract: world.forwarder, name: 'report', args: prepared.delivery }], now);
  }

  /** Every due step of the ladder, then `last`; nothing changes if that fails. */
  private async poke(project: ChainProject, m: number, now: number, last: readonly Tx[]): Promise<Sent> {
    const { world } = this;
    const back = await this.rpc.call('evm_snapshot');
    const from = world.addressOf('stranger');
    const { round, digest } = await project.milestone(m);
    const id = project.disputeId(m, round);
    let moved = false;
    for (let again = true; again; moved ||= again) {
      const [asked, open, payBps] = (await world.gate
        .getFunction('questions')
        .staticCall(project.address, m, round)) as [bigint, boolean, bigint];
      const key = project.key(m, round, digest, Number(asked), Number(payBps));
      again = open && (await this.send([{ from, contract: world.gate, name: 'finalize', args: [key] }], now)).ok;
      again = (await this.send([{ from, contract: world.arbitration, name: 'poke', args: [id] }], now)).ok || again;
    }
    const final: readonly Tx[] =
      last.length === 0 && !moved ? [{ from, contract: world.arbitration, name: 'poke', args: [id] }] : last;
    const sent = await this.send(final, now);
    if (!sent.ok) await this.rpc.call('evm_revert', back);
    return sent;
  }

  private async disputeId(project: ChainProject, m: number): Promise<string> {
    return project.disputeId(m, (await project.milestone(m)).round);
  }

  private data(tx: Tx): {
    readonly from: string;
    readonly to: string;
    readonly data: string;
    readonly gas: string;
    readonly gasPrice: string;
  } {
    const data = tx.contract.interface.encodeFunctionData(tx.name, tx.args);
    return { from: tx.from, to: String(tx.contract.target), data, gas: GAS, gasPrice: '0x0' };
  }

  /** Tries a call at `now` without sending it; null if it succeeds. */
  private async dry(tx: Tx, now: number): Promise<Extract<Sent, { ok: false }> | null> {
    try {
      await this.rpc.call('eth_call', this.data(tx), 'latest', {}, { time: hex(now) });
      return null;
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      return { ok: false, ...this.reasons.read(error.data) };
    }
  }

  private async send(txs: readonly Tx[], now: number): Promise<Sent> {
    for (const tx of txs) {
      const why = await this.dry(tx, now);
      if (why !== null) return why;
      await this.rpc.call('evm_setNextBlockTimestamp', now);
      await this.sendNow(tx);
    }
    return { ok: true };
  }

  private async sendNow(tx: Tx): Promise<void> {
    const hash = await this.rpc.call('eth_sendTransaction', this.data(tx));
    for (let tries = 0; tries < 1_000; tries += 1) {
      const receipt = (await this.rpc.call('eth_getTransactionReceipt', hash)) as { readonly status: string } | null;
      if (receipt === null) {
        // The node sometimes forgets to mine at once.
        if (tries === REMIND_AFTER) await this.rpc.call('evm_mine');
        continue;
      }
      if (receipt.status !== '0x1') throw new Error(`${tx.name} failed after its trial succeeded.`);
      return;
    }
    throw new Error(`The local chain did not mine ${tx.name}.`);
  }
}
