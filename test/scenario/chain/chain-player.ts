/** Plays scenarios on the real contracts. */
import { ZeroHash, id as hashOf, keccak256, toUtf8Bytes, type Contract, type TransactionReceipt } from 'ethers';
import { DAY, SELF, compactBallots } from '@milepost/protocol';
import {
  Params,
  secondOf,
  subjectOf,
  type FileBody,
  type FileStep,
  type FileTerms,
  type Scenario,
  type Subject,
} from '../format.js';
import { UnknownAction, type Earned, type Observation, type Played, type Player, type SeenBallot } from '../player.js';
import { Ballots } from './ballots.js';
import { encodeProject } from './encode.js';
import { readOutcome } from './facts.js';
import { Ladder } from './ladder.js';
import { STATES, observe } from './observe.js';
import { CLAIM, ChainProject, type Key, type OnChain } from './project.js';
import { deliverReport } from './reports.js';
import { Reverted, Session } from './session.js';
import { UNCHANGED, documentHash, signBallot, signOrder, signSettlement, signTerms } from './sign.js';
import { ChainWorld } from './world.js';

/** Ways of a ballot to the chain, taken in turn. */
const WAYS = ['direct', 'signed', 'batched'] as const;
/** How long the runner's signatures count. */
const SIGNATURE_DAYS = 5;

type Receipts = TransactionReceipt[];

export class ChainPlayer implements Player {
  private readonly projects = new Map<string, ChainProject>();
  private readonly session: Session;
  private readonly ladder: Ladder;
  private readonly tallies: Ballots;
  private seen: Observation | null = null;
  private ballots = 0;

  private constructor(
    private readonly scenario: Scenario,
    readonly world: ChainWorld,
  ) {
    this.session = new Session(world.chain);
    this.ladder = new Ladder(world, this.session);
    this.tallies = new Ballots(world);
  }

  static async start(scenario: Scenario): Promise<ChainPlayer> {
    return new ChainPlayer(scenario, await ChainWorld.start(scenario));
  }

  /** Projects in the order of their creation. */
  get created(): readonly ChainProject[] {
    return [...this.projects.values()];
  }

  async stop(): Promise<void> {
    await this.world.chain.stop();
  }

  async play(step: FileStep, terms: FileTerms | null, now: number): Promise<Played> {
    const before = await this.observe();
    const back = await this.world.chain.snapshot();
    await this.world.chain.setTime(now);
    this.seen = null;
    try {
      const receipts = await this.run(step, terms, now);
      if (receipts.length === 0) await this.world.chain.mine();
      const project = this.projects.get(step.project ?? '') ?? null;
      const reserved = (id: string): bigint => before.escrow[step.project ?? '']?.milestones[id] ?? 0n;
      return { ok: true, outcome: await readOutcome(this.world, project, receipts, reserved) };
    } catch (error) {
      // A step of several calls fails as a whole.
      await back();
      await this.world.chain.setTime(now);
      await this.world.chain.mine();
      if (!(error instanceof Reverted)) throw error;
      return { ok: false, reason: error.reason, detail: error.detail };
    }
  }

  async observe(): Promise<Observation> {
    this.seen ??= await observe(this.world, this.scenario, [...this.projects.values()]);
    return this.seen;
  }

  async gate(subject: Subject): Promise<string> {
    return this.tallies.state(await this.keyOf(subject));
  }

  async ballot(subject: Subject, body: FileBody, question: number | null): Promise<SeenBallot | null> {
    let key = await this.keyOf(subject);
    if (question !== null) {
      const asked = await this.ladder.questions(key);
      key = { ...key, question, payBps: asked.payBps };
    }
    return this.tallies.tally(key, body);
  }

  async earned(name: string): Promise<readonly Earned[]> {
    const project = this.projects.get(name);
    if (project === undefined) return [];
    const start = secondOf(project.terms.start);
    return Promise.all(
      project.terms.milestones.map(async (_, index) => {
        const seen = await project.milestone(index);
        const state = STATES[Number(seen.state)];
        const decided = state === 'Released' || state === 'Refunded';
        return { amount: seen.amount, dueAt: start + seen.due * DAY, payBps: decided ? seen.standingBps : null };
      }),
    );
  }

  async mark(): Promise<() => Promise<void>> {
    const back = await this.world.chain.snapshot();
    const [projects, seen] = [new Map(this.projects), this.seen];
    return async () => {
      await back();
      this.projects.clear();
      for (const [name, project] of projects) this.projects.set(name, project);
      this.seen = seen;
    };
  }

  private async run(step: FileStep, terms: FileTerms | null, now: number): Promise<Receipts> {
    const params = new Params(step);
    const { world, session } = this;
    const actor = world.walletOf(step.actor);
    if (step.action === 'block') {
      return [await session.send(actor, world.token, 'setBlocked', world.addressOf(params.text('address')), true)];
    }
    if (terms === null) throw new UnknownAction(step.action);
    if (step.action === 'create') return this.create(step, terms, now);
    const project = this.projects.get(step.project ?? '');
    if (project === undefined) throw new Error(`The project ${step.project ?? ''} was not created.`);
    const { escrow } = project;
    const call = async (contract: Contract, name: string, ...args: unknown[]): Promise<Receipts> => [
      await session.send(actor, contract, name, ...args),
    ];
    const m = params.has('milestone') ? project.indexOf(params.text('milestone')) : -1;
    const key = async (): Promise<Key> => this.keyOf(subjectOf(step));
    switch (step.action) {
      case 'fund': {
        const funder = terms.funders.indexOf(params.has('funder') ? params.text('funder') : step.actor);
        await session.send(actor, world.token, 'approve', project.address, params.amount('amount'));
        return call(escrow, 'fund', funder < 0 ? 255 : funder, params.amount('amount'));
      }
      case 'submit':
        return call(escrow, 'submit', m, params.text('digest'), SELF);
      case 'vote':
        return [await this.vote(project, step, await key())];
      case 'report':
        return [await deliverReport(world, session, project, step, now)];
      case 'finalize': {
        const { round, digest } = await project.milestone(m);
        return call(world.gate, 'finalize', project.key(m, round, digest));
      }
      case 'challenge':
        await session.send(actor, world.token, 'approve', world.arbitration.target, terms.arbitration.bond);
        return call(world.arbitration, 'challenge', await key());
      case 'dispute':
        return call(escrow, 'dispute', m, hashOf(JSON.stringify(step.params?.['reason'] ?? 'disputed')), SELF);
      case 'offer':
        return [];
      case 'settle':
        return this.settle(project, step, m, now);
      case 'amend':
        return this.amend(project, step, m, now);
      case 'ask': {
        const receipts = await this.ladder.duePokes(project, m);
        const about = await key();
        const { count } = await this.ladder.questions(about);
        const question = { ...about, question: count + 1, payBps: params.whole('payBps') };
        return [
          ...receipts,
          ...(await call(world.gate, 'ask', question, project.seatOf(step.actor, 'panel'), '0x', '0x')),
        ];
      }
      case 'poke': {
        const receipts = await this.ladder.duePokes(project, m);
        // Nothing was due: the contract says so.
        return receipts.length > 0
          ? receipts
          : call(world.arbitration, 'poke', await this.ladder.disputeId(project, m));
      }
      case 'appeal':
        return [
          ...(await this.ladder.duePokes(project, m)),
          ...(await call(world.arbitration, 'appeal', await this.ladder.disputeId(project, m))),
        ];
      case 'deposit': {
        const receipts = await this.ladder.duePokes(project, m);
        await session.send(actor, world.token, 'approve', world.arbitration.target, terms.arbitration.fee);
        return [...receipts, ...(await call(world.arbitration, 'deposit', await this.ladder.disputeId(project, m)))];
      }
      case 'rule': {
        const receipts = await this.ladder.duePokes(project, m);
        const award = hashOf(`award of ${step.id}`);
        const dispute = await this.ladder.disputeId(project, m);
        return [...receipts, ...(await call(world.arbitration, 'rule', dispute, params.whole('payBps'), award))];
      }
      case 'cancel':
        return call(escrow, 'cancel', SELF);
      case 'terminate':
        return call(escrow, 'terminate', m, SELF);
      case 'lapse':
        return call(escrow, 'lapse', m);
      case 'refund':
      case 'endWarranty':
        return call(escrow, step.action);
      case 'openClaim':
        return call(
          escrow,
          'openClaim',
          params.amount('amount'),
          hashOf(JSON.stringify(step.params?.['reason'] ?? '')),
          SELF,
        );
      case 'answerClaim':
        return call(
          escrow,
          'answerClaim',
          params.flag('accept'),
          hashOf(JSON.stringify(step.params?.['reason'] ?? '')),
          SELF,
        );
      case 'claim':
        return this.claim(project, step, params);
      default:
        throw new UnknownAction(step.action);
    }
  }

  private async create(step: FileStep, terms: FileTerms, now: number): Promise<Receipts> {
    const { world, session } = this;
    const name = step.project ?? '';
    const token = String(world.token.target);
    const factory = String(world.factory.target);
    const of = (party: string): string => world.addressOf(party);
    const signed = encodeProject(`${this.scenario.id}/${name}`, terms, {
      of,
      token,
      oracle: String(world.oracle.target),
    });
    const deadline = now + SIGNATURE_DAYS * DAY;
    const auths = await Promise.all(
      [terms.client, terms.contributor].map((party) => signTerms(world.walletOf(party), factory, signed, deadline)),
    );
    const { args, gatePolicy, arbitrationPolicy } = signed;
    const address = (await world.factory.getFunction('predict').staticCall(args)) as string;
    const actor = world.walletOf(step.actor);
    const receipt = await session.send(
      actor,
      world.factory,
      'create',
      args,
      gatePolicy,
      arbitrationPolicy,
      ...auths,
      0n,
      [],
    );
    this.projects.set(name, new ChainProject(name, terms, signed, world.escrowAt(address), address));
    return [receipt];
  }

  /** A ballot: in turn cast by its seat, posted with its signature by somebody else, and posted in a batch. */
  private async vote(project: ChainProject, step: FileStep, about: Key): Promise<TransactionReceipt> {
    const params = new Params(step);
    const { world, session } = this;
    const approve = params.flag('support');
    const given = params.has('reason') && !approve;
    const reason = given ? keccak256(toUtf8Bytes(JSON.stringify(step.params?.['reason']))) : ZeroHash;
    const asked = params.has('question');
    const key = asked ? { ...about, question: params.whole('question'), payBps: params.whole('payBps') } : about;
    const seat = project.seatOf(step.actor, params.text('body') as FileBody);
    const seatHolder = world.walletOf(step.actor);
    // What must fail is sent by the seat itself: a batch would skip it.
    const way = step.expect?.revert === undefined ? this.ballots++ % WAYS.length : 0;
    if (WAYS[way] === 'direct') return session.send(seatHolder, world.gate, 'cast', key, seat, approve, reason);
    const signature = await signBallot(seatHolder, String(world.gate.target), key, approve, reason);
    const relayer = world.anyone;
    if (WAYS[way] === 'signed') {
      return session.send(relayer, world.gate, 'castBySig', key, seat, approve, reason, '0x', signature);
    }
    const compact = approve ? compactBallots([{ seat, signature }]) : '0x';
    const long = approve ? [] : [{ seat, approve, reason, signer: '0x', signature }];
    return session.send(relayer, world.gate, 'castBatch', key, compact, long);
  }

  private async settle(project: ChainProject, step: FileStep, m: number, now: number): Promise<Receipts> {
    const params = new Params(step);
    const { version } = (await project.escrow.getFunction('terms').staticCall()) as { readonly version: bigint };
    const agreed = {
      m,
      round: params.whole('round'),
      version,
      payBps: params.whole('payBps'),
      waiveLate: params.flag('waiveLate'),
    };
    const signatures = params.signatures();
    const label = signatures[project.terms.client];
    const auths = await Promise.all(
      [project.terms.client, project.terms.contributor].map((party) => {
        const signed = signatures[party];
        // Another document than the client's is another settlement.
        const document = signed === undefined ? null : signed === label ? agreed : { ...agreed, version: version + 1n };
        return signSettlement(project, this.world.walletOf(party), document, m, now + SIGNATURE_DAYS * DAY);
      }),
    );
    return [await this.session.send(this.world.walletOf(step.actor), project.escrow, 'settle', agreed, ...auths)];
  }

  private async amend(project: ChainProject, step: FileStep, m: number, now: number): Promise<Receipts> {
    const params = new Params(step);
    const { version } = (await project.escrow.getFunction('terms').staticCall()) as { readonly version: bigint };
    const current = await project.milestone(m);
    const signatures = params.signatures();
    const order = (label: string) => ({
      version: version + 1n,
      termsHash: documentHash(label),
      ...UNCHANGED,
      milestones: [
        {
          index: m,
          op: 0,
          amount: params.has('amount') ? params.amount('amount') : current.amount,
          due: params.has('due') ? params.whole('due') : current.due,
          fundBy: current.fundBy,
          profile: current.pair,
        },
      ],
      payees: [],
    });
    const label = signatures[project.terms.client] ?? signatures[project.terms.contributor] ?? 'unsigned';
    const auths = await Promise.all(
      [project.terms.client, project.terms.contributor].map((party) => {
        const signed = signatures[party];
        const document = signed === undefined ? null : order(signed);
        return signOrder(project, this.world.walletOf(party), document, now + SIGNATURE_DAYS * DAY);
      }),
    );
    const actor = this.world.walletOf(step.actor);
    return [await this.session.send(actor, project.escrow, 'amend', order(label), '0x', '0x', '0x', ...auths, [])];
  }

  /** Collects a credit, from the escrow or, where the escrow owes nothing, from the arbitration. */
  private async claim(project: ChainProject, step: FileStep, params: Params): Promise<Receipts> {
    const { world, session } = this;
    const account = world.addressOf(params.text('account'));
    const to = world.addressOf(params.text('to'));
    const actor = world.walletOf(step.actor);
    const owed = (await project.escrow.getFunction('credit').staticCall(account)) as bigint;
    const held = (await world.arbitration.getFunction('credit').staticCall(account, world.token.target)) as bigint;
    if (owed === 0n && held > 0n)
      return [await session.send(actor, world.arbitration, 'claim', account, world.token.target, to)];
    return [await session.send(actor, project.escrow, 'claim', account, to, SELF)];
  }

  private async keyOf(subject: Subject): Promise<Key> {
    const project = this.projects.get(subject.project);
    if (project === undefined) throw new Error(`The project ${subject.project} was not created.`);
    const m = project.indexOf(subject.milestone);
    const seen: OnChain | null = m === CLAIM || subject.digest === undefined ? await project.milestone(m) : null;
    return project.key(m, subject.round ?? seen?.round ?? 0, subject.digest ?? seen?.digest ?? ZeroHash);
  }
}
