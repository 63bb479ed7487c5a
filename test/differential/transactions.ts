/** A call of the model as a transaction, in one of the ways in which the contracts take it. */
import { Signature, ZeroHash, concat, id as hashOf, keccak256, toBeHex, type Contract } from 'ethers';
import { CHANGE_OPS, DAY, SELF, intentKey, signedProfile, type Auth, type IntentPurpose } from '@milepost/protocol';
import { CLAIM, type Call, type Project } from '@milepost/protocol/model/index';
import { CHAIN_ID } from '../scenario/chain/anvil.js';
import { rosterBytes } from '../scenario/chain/encode.js';
import type { ChainProject } from '../scenario/chain/project.js';
import { UNCHANGED, documentHash, settlementMessage, signIntent, type Order } from '../scenario/chain/sign.js';
import type { ChainWorld } from '../scenario/chain/world.js';
import { payeesOf } from './orders.js';
import type { Accounts, SignedBallot } from './accounts.js';

/** How a call reaches the contracts: by its sender, or signed and sent by somebody else; alone or in a batch. */
export type Via = 'direct' | 'multicall' | 'signed' | 'batch';

export interface Tx {
  readonly from: string;
  readonly contract: Contract;
  readonly name: string;
  readonly args: readonly unknown[];
}

type Of<A extends Call['action']> = Extract<Call, { action: A }>;

const REASON = hashOf('reason');
const NO_SIGNATURE = { signer: '0x', signature: '0x' };

/** What the contracts want to know of the call's own intent: purpose, index of its nonce, message. */
type Intent = readonly [purpose: IntentPurpose, index: number, message: object];

/** Round and digest of a milestone's newest submission, or number of the claim. */
export function submissionOf(model: Project, m: number): { readonly round: number; readonly digest: string } {
  if (m === CLAIM) return { round: model.claims, digest: ZeroHash };
  return { round: model.milestones[m]?.round ?? 0, digest: model.milestones[m]?.digest ?? ZeroHash };
}

export const disputeId = (project: ChainProject, model: Project, m: number): string =>
  project.disputeId(m, submissionOf(model, m).round);

export class Transactions {
  private readonly nonces = new Map<string, bigint>();
  /** Nonces that the newest transaction uses if it succeeds. */
  private spent: string[] = [];

  constructor(
    private readonly world: ChainWorld,
    private readonly accounts: Accounts,
    private readonly otherToken: Contract,
  ) {}

  /** The next life begins with fresh nonces. */
  forget(): void {
    this.nonces.clear();
    this.spent = [];
  }

  /** A call begins: what an earlier one signed and did not get through is not used. */
  begin(): void {
    this.spent = [];
  }

  /** The call succeeded: its nonces are used. */
  accept(): void {
    for (const key of this.spent) this.nonces.set(key, (this.nonces.get(key) ?? 0n) + 1n);
    this.spent = [];
  }

  /**
   * @param model the project before the call
   * @returns null if the call is none of the chain's
   */
  async of(project: ChainProject, model: Project, call: Call, via: Via, now: number): Promise<Tx | null> {
    const { world, accounts } = this;
    const { escrow } = project;
    const from = accounts.of(call.actor);
    const on = (contract: Contract, name: string, ...args: unknown[]): Tx => ({ from, contract, name, args });
    /** A call with consent: by the sender itself, or signed. */
    const intent = async (name: string, args: readonly unknown[], by: Intent): Promise<Tx> => {
      if (via !== 'signed') return this.wrapped(on(escrow, name, ...args, SELF), via);
      const auth = await this.consent(project, call.actor, by, now);
      return { ...on(escrow, name, ...args, auth), from: accounts.of('stranger') };
    };
    switch (call.action) {
      case 'fund':
        return this.fund(project, call, via, now);
      case 'donate':
        return on(world.token, 'transfer', project.address, call.amount);
      case 'strand':
        return on(this.otherToken, 'mint', project.address, call.amount);
      case 'recover':
        return on(escrow, 'recover', call.own ? world.token.target : this.otherToken.target);
      case 'sync':
      case 'refund':
      case 'endWarranty':
        return this.wrapped(on(escrow, call.action), via);
      case 'unfund':
        return intent('unfund', [call.amount], ['unfund', 0, { amount: call.amount }]);
      case 'submit': {
        const { milestone, round, digest } = call;
        return intent('submit', [milestone, digest], ['submit', milestone, { milestone, round, digest }]);
      }
      case 'vote':
        return this.vote(project, call, via);
      case 'finalize': {
        const { round, digest } = submissionOf(model, call.milestone);
        return on(world.gate, 'finalize', project.key(call.milestone, round, digest));
      }
      case 'challenge':
        return on(world.arbitration, 'challenge', project.key(call.milestone, call.round, call.digest));
      case 'dispute': {
        const { milestone } = call;
        const { round } = submissionOf(model, milestone);
        return intent('dispute', [milestone, REASON], ['dispute', milestone, { milestone, round, reasonHash: REASON }]);
      }
      case 'settle':
        return this.settle(project, model, call, now);
      case 'amend':
        return this.amend(project, model, call, now);
      case 'changePayee': {
        const { payee: index, next: name } = call;
        const next = accounts.of(name);
        return intent('changePayee', [index, next], ['changePayee', index, { index, next }]);
      }
      case 'ask': {
        const [asked] = (await world.gate
          .getFunction('questions')
          .staticCall(project.address, call.milestone, call.round)) as [bigint];
        const key = project.key(call.milestone, call.round, call.digest, Number(asked) + 1, call.payBps);
        const signed = this.mustSign(call.actor, via);
        const ballot = signed ? await accounts.signBallot(call.actor, key, true, ZeroHash) : NO_SIGNATURE;
        const seat = project.seatOf(call.actor, 'panel');
        const tx = on(world.gate, 'ask', key, seat, ballot.signer, ballot.signature);
        return signed ? { ...tx, from: accounts.of('stranger') } : tx;
      }
      case 'appeal':
      case 'deposit':
        return on(world.arbitration, call.action, disputeId(project, model, call.milestone));
      case 'rule':
        return on(world.arbitration, 'rule', disputeId(project, model, call.milestone), call.payBps, REASON);
      case 'cancel':
        return intent('cancel', [], ['cancel', 0, {}]);
      case 'terminate': {
        const { milestone } = call;
        return intent('terminate', [milestone], ['terminate', milestone, { milestone }]);
      }
      case 'lapse':
        return this.wrapped(on(escrow, 'lapse', call.milestone), via);
      case 'openClaim': {
        const { amount } = call;
        return intent('openClaim', [amount, REASON], ['openClaim', 0, { amount, evidenceHash: REASON }]);
      }
      case 'answerClaim': {
        const { accept } = call;
        const claim = model.claims;
        return intent('answerClaim', [accept, REASON], ['answerClaim', 0, { claim, accept, reasonHash: REASON }]);
      }
      case 'claim': {
        const [account, to] = [accounts.of(call.account), accounts.of(call.to)];
        const owed = (await escrow.getFunction('credit').staticCall(account)) as bigint;
        const held = (await world.arbitration.getFunction('credit').staticCall(account, world.token.target)) as bigint;
        if (owed === 0n && held > 0n) return on(world.arbitration, 'claim', account, world.token.target, to);
        // Nobody signs with a passkey what an escrow asks.
        if (call.account !== call.actor || accounts.isPasskey(call.account))
          return on(escrow, 'claim', account, to, SELF);
        return intent('claim', [account, to], ['claim', 0, { account, to }]);
      }
      case 'block':
        return { ...on(world.token, 'setBlocked', accounts.of(call.address), true), from: accounts.of('issuer') };
      default:
        return null;
    }
  }

  /** A party's consent, with the nonce that the escrow expects next. */
  private async consent(
    project: ChainProject,
    party: string,
    [purpose, index, message]: readonly [IntentPurpose, number, object | null],
    now: number,
  ): Promise<Auth> {
    const key = `${party} ${purpose} ${index}`;
    // The version of a change order counts it; its nonce only serves to revoke it.
    if (purpose !== 'amend') this.spent.push(key);
    const nonce = (intentKey(purpose, index) << 64n) | (this.nonces.get(key) ?? 0n);
    return signIntent(project, this.accounts.wallet(party), purpose, message, { nonce, deadline: now + DAY });
  }

  private mustSign(party: string, via: Via): boolean {
    return this.accounts.isPasskey(party) || via === 'signed' || via === 'batch';
  }

  /** The same call inside the escrow's batch of one. */
  private wrapped(tx: Tx, via: Via): Tx {
    if (via !== 'multicall') return tx;
    return { ...tx, name: 'multicall', args: [[tx.contract.interface.encodeFunctionData(tx.name, tx.args)]] };
  }

  private async fund(project: ChainProject, call: Of<'fund'>, via: Via, now: number): Promise<Tx> {
    const { world, accounts } = this;
    const { amount } = call;
    const from = accounts.of(call.actor);
    const place = project.terms.funders.indexOf(call.funder ?? call.actor);
    const funder = place < 0 ? 255 : place;
    const contract = project.escrow;
    const domain = {
      name: 'Milepost Test Dollar',
      version: '1',
      chainId: CHAIN_ID,
      verifyingContract: String(world.token.target),
    };
    const signs = accounts.signsForTokens(call.actor);
    if (signs && via === 'signed') {
      const salt = hashOf(`${call.actor} ${now}`);
      const nonce = keccak256(concat([toBeHex(project.address, 32), toBeHex(funder, 32), salt]));
      const value = { from, to: project.address, value: amount, validAfter: 0, validBefore: now + DAY, nonce };
      const signature = await accounts.wallet(call.actor).signTypedData(domain, AUTHORIZATION, value);
      const args = [funder, from, amount, 0, now + DAY, salt, signature];
      return { from: accounts.of('stranger'), contract, name: 'fundWithAuthorization', args };
    }
    if (signs && via === 'batch') {
      const nonce = (await world.token.getFunction('nonces').staticCall(from)) as bigint;
      const value = { owner: from, spender: project.address, value: 2n ** 200n, nonce, deadline: now + DAY };
      const { v, r, s } = Signature.from(await accounts.wallet(call.actor).signTypedData(domain, PERMIT, value));
      return { from, contract, name: 'fundWithPermit', args: [funder, amount, now + DAY, v, r, s] };
    }
    return this.wrapped({ from, contract, name: 'fund', args: [funder, amount] }, via);
  }

  private async vote(project: ChainProject, call: Of<'vote'>, via: Via): Promise<Tx> {
    const { gate } = this.world;
    const { accounts } = this;
    const payBps = call.question === undefined ? 10_000 : (call.payBps ?? 0);
    const key = project.key(call.milestone, call.round, call.digest, call.question ?? 0, payBps);
    const reason = call.support || !call.reason ? ZeroHash : REASON;
    const seat = project.seatOf(call.actor, call.body);
    const own = [key, seat, call.support, reason];
    if (!this.mustSign(call.actor, via))
      return { from: accounts.of(call.actor), contract: gate, name: 'cast', args: own };
    const ballot = await accounts.signBallot(call.actor, key, call.support, reason);
    const from = accounts.of('stranger');
    if (via !== 'batch')
      return { from, contract: gate, name: 'castBySig', args: [...own, ballot.signer, ballot.signature] };
    return { from, contract: gate, name: 'castBatch', args: [key, ...batchOf(seat, call.support, reason, ballot)] };
  }

  private async settle(project: ChainProject, model: Project, call: Of<'settle'>, now: number): Promise<Tx> {
    const { escrow, terms } = project;
    const { milestone: m, round, payBps, waiveLate = false, signed } = call;
    const agreed = { m, round, version: BigInt(model.version), payBps, waiveLate };
    const message = settlementMessage(agreed);
    const client = await this.consent(project, terms.client, ['settle', m, message], now);
    const contributor = await this.consent(project, terms.contributor, ['settle', m, signed ? message : null], now);
    return {
      from: this.accounts.of(call.actor),
      contract: escrow,
      name: 'settle',
      args: [agreed, client, contributor],
    };
  }

  private async amend(project: ChainProject, model: Project, call: Of<'amend'>, now: number): Promise<Tx> {
    const { escrow, terms } = project;
    const milestones: Order['milestones'][number][] = [];
    const latest = new Map(model.milestones.map((milestone, index) => [index, milestone.terms]));
    for (const change of call.changes) {
      const { milestone: index, op } = change;
      const old = latest.get(index) ?? { amount: 0n, due: 0, fundBy: 0, profile: 0, policy: 0 };
      const { amount = old.amount, due = old.due, fundBy = old.fundBy } = change;
      const { profile = old.profile, policy = old.policy } = change;
      latest.set(index, { amount, due, fundBy, profile, policy });
      const pair = signedProfile(project.signed.pairOf(policy, profile) ?? 15, profile);
      milestones.push({ index, op: CHANGE_OPS[op], amount, due, fundBy, profile: pair });
    }
    const paid = [terms.contributor, ...payeesOf(model).map((payee) => payee.account)];
    const seats = call.seats?.map(({ account, body, weight, excluded = false }) => ({
      id: this.accounts.of(account),
      body,
      weight,
      excluded: excluded || paid.includes(account),
    }));
    const roster = seats === undefined ? '0x' : rosterBytes(project.signed, seats);
    const payees = (call.payees ?? []).map(({ payee: index, account, weight }) => ({
      index,
      payee: this.accounts.of(account),
      weight,
    }));
    const order = {
      version: BigInt(model.version + 1),
      termsHash: documentHash('order'),
      ...UNCHANGED,
      rosterHash: roster === '0x' ? ZeroHash : keccak256(roster),
      milestones,
      payees,
    };
    const client = await this.consent(project, terms.client, ['amend', 0, order], now);
    const contributor = await this.consent(project, terms.contributor, ['amend', 0, call.signed ? order : null], now);
    const consents: Auth[] = [];
    for (const party of call.consents ?? [])
      consents.push(await this.consent(project, party, ['amend', 0, order], now));
    const args = [order, '0x', '0x', roster, client, contributor, consents];
    return { from: this.accounts.of(call.actor), contract: escrow, name: 'amend', args };
  }
}

/** Arguments of `castBatch` behind the key. */
function batchOf(seat: number, approve: boolean, reason: string, ballot: SignedBallot): readonly unknown[] {
  const { signer, signature } = ballot;
  if (!approve || !ballot.plain) return ['0x', [{ seat, approve, reason, signer, signature }]];
  const { r, yParityAndS } = Signature.from(signature);
  return [concat([toBeHex(seat, 1), r, yParityAndS]), []];
}

const field = (type: string, name: string): { name: string; type: string } => ({ name, type });

const AUTHORIZATION = {
  ReceiveWithAuthorization: [
    field('address', 'from'),
    field('address', 'to'),
    field('uint256', 'value'),
    field('uint256', 'validAfter'),
    field('uint256', 'validBefore'),
    field('bytes32', 'nonce'),
  ],
};

const PERMIT = {
  Permit: [
    field('address', 'owner'),
    field('address', 'spender'),
    field('uint256', 'value'),
    field('uint256', 'nonce'),
    field('uint256', 'deadline'),
  ],
};
