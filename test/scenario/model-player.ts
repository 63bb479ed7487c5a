/** Plays scenarios on the reference model. */
import {
  CLAIM,
  findReview,
  latestReview,
  ledgerOf,
  newWorld,
  reviewState,
  step as stepModel,
  type Call,
  type Fact,
  type Project,
  type Terms,
  type World,
} from '@milepost/protocol/model/index';
import { DAY } from '@milepost/protocol';
import {
  Params,
  jointlySigned,
  secondOf,
  type FileBody,
  type FileStep,
  type FileTerms,
  type Scenario,
  type Subject,
} from './format.js';
import {
  UnknownAction,
  type Earned,
  type Letters,
  type Observation,
  type Outcome,
  type Played,
  type Player,
  type SeenBallot,
} from './player.js';

/** Signed terms in the form of the model. */
export function modelTerms(terms: FileTerms): Terms {
  const profiles = Object.keys(terms.profiles);
  const policies = Object.keys(terms.policies);
  const { arbitration } = terms;
  return {
    client: terms.client,
    contributor: terms.contributor,
    funders: terms.funders,
    treasury: terms.treasury,
    start: secondOf(terms.start),
    feeBps: terms.feeBps,
    warrantyDays: terms.warrantyDays,
    payees: terms.payees.map((payee) => ({ account: payee.party, weight: payee.weight })),
    profiles: Object.values(terms.profiles),
    policies: Object.values(terms.policies).map((policy) => {
      const { oracle, ...human } = policy.bodies;
      const bodies = Object.fromEntries(
        Object.entries(human).map(([body, rule]) => [
          body,
          { quorumBps: rule.quorumBps ?? 0, approvalBps: rule.approvalBps ?? 0 },
        ]),
      );
      const holdOracle = policy.flags?.includes('HOLD_ORACLE') ?? false;
      return { bodies, oracle: oracle !== undefined, need: policy.need, holdOracle };
    }),
    seats: terms.seats.map((seat) => ({ account: seat.party, body: seat.body, weight: seat.weight })),
    arbitration: {
      arbitrator: arbitration.arbitrator,
      fallbackArbitrator: arbitration.fallbackArbitrator,
      fee: BigInt(arbitration.fee),
      bond: BigInt(arbitration.bond),
      settleFeeBps: arbitration.settleFeeBps,
      panelPolicy: arbitration.panelPolicy === null ? null : policies.indexOf(arbitration.panelPolicy),
      windows: arbitration.windows,
    },
    milestones: terms.milestones.map((milestone) => ({
      amount: BigInt(milestone.amount),
      due: milestone.due,
      fundBy: milestone.fundBy,
      profile: profiles.indexOf(milestone.profile),
      policy: policies.indexOf(milestone.policy),
    })),
  };
}

export const indexOf = (terms: FileTerms, id: string): number =>
  id === 'claim' ? CLAIM : terms.milestones.findIndex((milestone) => milestone.id === id);

/** A step as a call of the model. */
export function modelCall(scenario: Scenario, step: FileStep, terms: FileTerms | null): Call {
  const params = new Params(step);
  const actor = scenario.parties[step.actor]?.kind === 'oracle' ? 'oracle' : step.actor;
  const on = { actor, project: step.project ?? '' };
  if (step.action === 'block') return { ...on, action: 'block', address: params.text('address') };
  if (terms === null) throw new UnknownAction(step.action);
  const milestone = params.has('milestone') ? indexOf(terms, params.text('milestone')) : -1;
  const submission = () => ({ milestone, round: params.whole('round'), digest: params.text('digest') });
  const signed = jointlySigned(terms, params.signatures());
  switch (step.action) {
    case 'create':
      return { ...on, action: 'create', terms: modelTerms(terms) };
    case 'fund':
      return {
        ...on,
        action: 'fund',
        amount: params.amount('amount'),
        ...(params.has('funder') ? { funder: params.text('funder') } : {}),
      };
    case 'submit':
    case 'challenge':
      return { ...on, action: step.action, ...submission() };
    case 'vote':
      return {
        ...on,
        action: 'vote',
        ...submission(),
        body: params.text('body') as FileBody,
        support: params.flag('support'),
        reason: params.has('reason'),
        ...(params.has('question') ? { question: params.whole('question'), payBps: params.whole('payBps') } : {}),
      };
    case 'report':
      return {
        ...on,
        action: 'report',
        ...submission(),
        verdict: params.text('verdict') === 'pass' ? 'pass' : 'fail',
        payBps: params.whole('payBps'),
      };
    case 'ask':
      return { ...on, action: 'ask', ...submission(), payBps: params.whole('payBps') };
    case 'finalize':
    case 'dispute':
    case 'offer':
    case 'poke':
    case 'appeal':
    case 'deposit':
    case 'terminate':
    case 'lapse':
      return { ...on, action: step.action, milestone };
    case 'rule':
      return { ...on, action: 'rule', milestone, payBps: params.whole('payBps') };
    case 'settle':
      return {
        ...on,
        action: 'settle',
        milestone,
        round: params.whole('round'),
        payBps: params.whole('payBps'),
        signed,
      };
    case 'amend':
      return {
        ...on,
        action: 'amend',
        signed,
        changes: [
          {
            op: 'set',
            milestone,
            ...(params.has('amount') ? { amount: params.amount('amount') } : {}),
            ...(params.has('due') ? { due: params.whole('due') } : {}),
          },
        ],
      };
    case 'cancel':
    case 'refund':
    case 'endWarranty':
      return { ...on, action: step.action };
    case 'openClaim':
      return { ...on, action: 'openClaim', amount: params.amount('amount') };
    case 'answerClaim':
      return { ...on, action: 'answerClaim', accept: params.flag('accept') };
    case 'claim':
      return { ...on, action: 'claim', account: params.text('account'), to: params.text('to') };
    default:
      throw new UnknownAction(step.action);
  }
}

/** Amounts per party, of a list in the order of `parties`. */
const byParty = (parties: readonly string[], amounts: readonly bigint[]): { [party: string]: string } => {
  const sums: { [party: string]: bigint } = {};
  parties.forEach((party, index) => {
    sums[party] = (sums[party] ?? 0n) + (amounts[index] ?? 0n);
  });
  return Object.fromEntries(Object.entries(sums).map(([party, amount]) => [party, amount.toString()]));
};

/** Facts of the model in the letters of the file. */
export function outcomeOf(terms: FileTerms | null, facts: readonly Fact[]): Outcome {
  const parts: { [subject: string]: Letters } = {};
  let outcome: Outcome = { parts, refund: null, costs: null, bond: null };
  if (terms === null) return outcome;
  const payees = terms.payees.length === 0 ? [terms.contributor] : terms.payees.map((payee) => payee.party);
  for (const fact of facts) {
    const id = 'milestone' in fact ? (terms.milestones[fact.milestone]?.id ?? 'claim') : 'holdback';
    switch (fact.fact) {
      case 'decided':
        parts[id] = {
          G: `${fact.amount}`,
          payBps: fact.payBps,
          X: `${fact.gross}`,
          lateBps: fact.lateBps,
          L: `${fact.lateCredit}`,
          A: `${fact.accepted}`,
          H: `${fact.holdback}`,
          P: `${fact.payable}`,
          F: `${fact.fee}`,
          D: `${fact.net}`,
          split: byParty(payees, fact.split),
        };
        break;
      case 'cancelled':
        parts[id] = {
          G: `${fact.amount}`,
          cover: `${fact.cover}`,
          killFee: `${fact.killFee}`,
          F: `${fact.fee}`,
          D: `${fact.net}`,
          split: byParty(payees, fact.split),
        };
        break;
      case 'holdback':
        parts[id] = { P: `${fact.payable}`, F: `${fact.fee}`, D: `${fact.net}`, split: byParty(payees, fact.split) };
        break;
      case 'refund':
        outcome = { ...outcome, refund: byParty(terms.funders, fact.parts) };
        break;
      case 'costs':
        outcome = {
          ...outcome,
          costs: byParty(
            [fact.by.clients ?? terms.client, fact.by.payees ?? terms.contributor],
            [fact.clients, fact.payees],
          ),
        };
        break;
      case 'bond':
        outcome = {
          ...outcome,
          bond: byParty(
            fact.to.map((part) => part.account),
            fact.to.map((part) => part.amount),
          ),
        };
        break;
    }
  }
  return outcome;
}

/** The model behind the checks of the scenario runner. */
export class ModelPlayer implements Player {
  private world: World;

  constructor(private readonly scenario: Scenario) {
    const wallets = Object.entries(scenario.parties).map(([name, party]) => [name, BigInt(party.wallet)]);
    this.world = newWorld(Object.fromEntries(wallets) as { [party: string]: bigint });
  }

  play(step: FileStep, terms: FileTerms | null, now: number): Promise<Played> {
    const result = stepModel(this.world, modelCall(this.scenario, step, terms), now);
    if (!result.ok) return Promise.resolve(result);
    this.world = result.world;
    return Promise.resolve({ ok: true, outcome: outcomeOf(terms, result.facts) });
  }

  observe(): Promise<Observation> {
    const credit: { [party: string]: bigint } = { ...this.world.depositCredits };
    const escrow: { [project: string]: Observation['escrow'][string] } = {};
    const milestone: { [project: string]: { [id: string]: string } } = {};
    for (const [name, project] of Object.entries(this.world.projects)) {
      const ids = this.scenario.projects[name]?.milestones.map((item) => item.id) ?? [];
      const ledger = ledgerOf(project);
      escrow[name] = {
        ...ledger,
        milestones: Object.fromEntries(ids.map((id, at) => [id, ledger.milestones[at] ?? 0n])),
      };
      milestone[name] = Object.fromEntries(ids.map((id, at) => [id, project.milestones[at]?.state ?? 'Planned']));
      for (const [account, amount] of Object.entries(project.credits))
        credit[account] = (credit[account] ?? 0n) + amount;
    }
    return Promise.resolve({
      wallet: { ...this.world.wallets },
      credit,
      escrow,
      arbitration: this.world.deposits,
      milestone,
    });
  }

  gate(subject: Subject): Promise<string> {
    const { project, review } = this.reviewOf(subject);
    return Promise.resolve(review === null ? 'None' : reviewState(project, review));
  }

  ballot(subject: Subject, body: FileBody, question: number | null): Promise<SeenBallot | null> {
    const { project, review, index } = this.reviewOf(subject);
    const dispute = project.disputes.filter((item) => item.milestone === index).at(-1);
    const ballot = question === null ? review?.ballots[body] : dispute?.questions[question - 1]?.ballot;
    if (ballot === undefined) return Promise.resolve(null);
    return Promise.resolve({ ...ballot, result: ballot.result === 'silent' ? 'open' : ballot.result });
  }

  earned(name: string): Promise<readonly Earned[]> {
    const project = this.world.projects[name];
    const earned = (project?.milestones ?? []).map((item) => ({
      amount: item.terms.amount,
      dueAt: (project?.terms.start ?? 0) + item.terms.due * DAY,
      payBps: item.state === 'Released' || item.state === 'Refunded' ? item.standingBps : null,
    }));
    return Promise.resolve(earned);
  }

  mark(): Promise<() => Promise<void>> {
    const kept = this.world;
    return Promise.resolve(() => {
      this.world = kept;
      return Promise.resolve();
    });
  }

  private reviewOf(subject: Subject) {
    const project = this.world.projects[subject.project] as Project;
    const terms = this.scenario.projects[subject.project];
    const index = terms === undefined ? -1 : indexOf(terms, subject.milestone);
    const { round, digest } = subject;
    const review =
      round !== undefined && digest !== undefined
        ? findReview(project, { milestone: index, round, digest })
        : latestReview(project, index);
    return { project, review, index };
  }
}
