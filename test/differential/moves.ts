/** Kinds of random calls, weighted by what a project in its state needs. */
import {
  CLAIM,
  POT,
  type Account,
  type Call,
  type MilestoneState,
  type Project,
  type World,
} from '@milepost/protocol/model/index';
import { NAMES } from './life.js';
import { heirOf, payeesOf, randomOrder } from './orders.js';
import type { Random } from './random.js';

const FINAL: readonly MilestoneState[] = ['Released', 'Refunded', 'Cancelled'];
const HUMAN = ['clients', 'panel', 'reviewers'] as const;
const NO_DIGEST = `0x${'00'.repeat(32)}`;
/** Blocked addresses in one life. */
const MOST_BLOCKED = 2;

/** A digest that no call used before, or the one that was rejected. */
const digestOf = (text: string): string => `0x${Buffer.from(text).toString('hex').padEnd(64, '0').slice(0, 64)}`;

/** Makes random calls of one kind, possible or not; each call of it draws anew. */
export type Maker = readonly [weight: number, make: () => Call];

/** What all makers of one project use. */
class Subject {
  readonly states: ReadonlySet<MilestoneState>;

  constructor(
    readonly random: Random,
    readonly world: World,
    readonly project: Project,
    readonly name: string,
  ) {
    this.states = new Set(project.milestones.map((milestone) => milestone.state));
  }

  by(actor: Account): { actor: Account; project: string } {
    return { actor, project: this.name };
  }

  /** The one whose matter it is; seldom somebody else. */
  usually(actor: Account): { actor: Account; project: string } {
    return this.by(this.random.chance(93) ? actor : this.random.pick(NAMES));
  }

  anyone(): { actor: Account; project: string } {
    return this.by(this.random.pick(NAMES));
  }

  /** A milestone in one of these states, if there is one; seldom any. */
  milestone(...states: readonly MilestoneState[]): number {
    const all = [...this.project.milestones.keys()];
    const fit = all.filter((at) => states.includes(this.project.milestones[at]?.state ?? 'Planned'));
    return this.random.pick(fit.length === 0 || this.random.chance(5) ? all : fit);
  }

  any(...states: readonly MilestoneState[]): boolean {
    return states.some((state) => this.states.has(state));
  }

  /** The newest submission of a milestone; seldom another round or digest. */
  submission(m: number): { milestone: number; round: number; digest: string } {
    const { random } = this;
    const milestone = this.project.milestones[m];
    const round = (milestone?.round ?? 0) + (random.chance(5) ? random.pick([-1, 1]) : 0);
    const digest = random.chance(96) ? (milestone?.digest ?? digestOf('none')) : digestOf(`other ${random.next()}`);
    return { milestone: m, round: Math.max(0, round), digest };
  }

  /** A dispute that runs, if there is one: its milestone or the claim. */
  disputed(): number {
    const open = this.project.disputes.filter((dispute) => dispute.rung !== 'Closed');
    if (open.length > 0 && this.random.chance(95)) return this.random.pick(open).milestone;
    return this.project.claims > 0 && this.random.chance(30) ? CLAIM : this.milestone('Disputed');
  }

  disputeOf(m: number) {
    const round = m === CLAIM ? this.project.claims : (this.project.milestones[m]?.round ?? 0);
    const dispute = this.project.disputes.find((item) => item.milestone === m && item.round === round);
    return { milestone: m, round, digest: dispute?.digest ?? NO_DIGEST, questions: dispute?.questions ?? [] };
  }

  share(): number {
    return this.random.pick([0, 1, 3_333, 5_000, 9_742, 10_000, this.random.whole(0, 10_000)]);
  }

  /** All that the milestones cost. */
  get total(): bigint {
    return this.project.milestones.reduce((sum, item) => sum + item.terms.amount, 0n);
  }
}

export function makersFor(random: Random, world: World, project: Project, name: string): readonly Maker[] {
  const subject = new Subject(random, world, project, name);
  return [...money(subject), ...work(subject), ...agreements(subject), ...ends(subject), ...ladder(subject)];
}

function money(s: Subject): readonly Maker[] {
  const { random, project, world } = s;
  const { funders } = project.terms;
  return [
    [
      s.any('Planned') ? 12 : 2,
      () => ({
        ...s.usually(random.pick(funders)),
        action: 'fund',
        amount: random.pick([s.total, s.total / 2n, s.total / 3n, 1n, 0n]),
      }),
    ],
    [
      2,
      () => ({
        ...s.usually('client'),
        action: 'fund',
        amount: s.total,
        funder: random.pick([...funders, 'stranger']),
      }),
    ],
    [
      2,
      () => ({
        ...s.usually('client'),
        action: 'unfund',
        amount: random.pick([0n, 1n, project.pool, project.pool + 1n]),
      }),
    ],
    [
      2,
      () => ({
        ...s.by(random.pick(['client', 'stranger'])),
        action: 'donate',
        amount: random.pick([1n, 77n, s.total]),
      }),
    ],
    [project.surplus > 0n ? 8 : 1, () => ({ ...s.by('stranger'), action: 'sync' })],
    [project.refundable > 0n ? 4 : 1, () => ({ ...s.by('stranger'), action: 'refund' })],
    [1, () => ({ ...s.by('stranger'), action: 'strand', amount: BigInt(random.whole(1, 9)) })],
    [project.foreign > 0n ? 4 : 1, () => ({ ...s.by('stranger'), action: 'recover', own: random.chance(10) })],
    [
      Object.keys(world.blocked).length < MOST_BLOCKED ? 1 : 0,
      () => ({
        ...s.by('issuer'),
        action: 'block',
        address: random.pick(['lead', 'maker', 'editor', 'client', 'cofunder', 'arbitrator']),
      }),
    ],
    [credited(s).length > 0 ? 6 : 1, () => claimOf(s)],
  ];
}

const credited = ({ project, world }: Subject): Account[] =>
  [...Object.entries(project.credits), ...Object.entries(world.depositCredits)]
    .filter(([, amount]) => amount > 0n)
    .map(([account]) => account);

function claimOf(s: Subject): Call {
  const { random } = s;
  const account = random.pick([...credited(s), ...(random.chance(10) ? ['lead'] : []), ...credited(s), 'maker']);
  return {
    ...s.by(random.chance(85) ? account : 'stranger'),
    action: 'claim',
    account,
    to: random.pick([account, 'stranger', 'stranger']),
  };
}

function work(s: Subject): readonly Maker[] {
  const { random, project, name } = s;
  return [
    [
      s.any('Funded', 'Rejected') ? 50 : 1,
      () => {
        const m = s.milestone('Funded', 'Rejected');
        const { digest } = s.submission(m);
        const round = project.milestones[m]?.round ?? 0;
        return {
          ...s.usually('lead'),
          action: 'submit',
          milestone: m,
          round: round + 1,
          digest: random.chance(95) ? digestOf(`${name}${m}${round}${random.whole(0, 9)}`) : digest,
        };
      },
    ],
    [s.any('Submitted') ? 100 : 2, () => vote(s)],
    [
      s.any('Submitted') ? 20 : 1,
      () => ({
        ...s.by(random.chance(95) ? 'oracle' : 'stranger'),
        action: 'report',
        ...s.submission(s.milestone('Submitted')),
        ...random.pick([
          { verdict: 'pass' as const, payBps: 10_000 },
          { verdict: 'pass' as const, payBps: random.pick([1, 9_742, 10_001]) },
          { verdict: 'fail' as const, payBps: 0 },
        ]),
      }),
    ],
    [s.any('Submitted') ? 15 : 1, () => ({ ...s.anyone(), action: 'finalize', milestone: s.milestone('Submitted') })],
    [
      project.reviews.some((review) => review.state === 'Held') ? 60 : 2,
      () => {
        const held = project.reviews.filter((review) => review.state === 'Held').map((review) => review.milestone);
        const m = held.length > 0 && random.chance(90) ? random.pick(held) : s.milestone('Submitted');
        return { ...s.usually(random.pick(['client', 'cofunder', 'lead'])), action: 'challenge', ...s.submission(m) };
      },
    ],
    [
      s.any('Rejected') ? 40 : 1,
      () => ({ ...s.usually('lead'), action: 'dispute', milestone: s.milestone('Rejected') }),
    ],
  ];
}

function vote(s: Subject): Call {
  const { random } = s;
  const submission = s.submission(s.milestone('Submitted'));
  const review = s.project.reviews.find(
    (item) => item.milestone === submission.milestone && item.round === submission.round,
  );
  const open = s.project.terms.seats.filter(
    (seat) => review?.ballots[seat.body] !== undefined && !review.voted.includes(seat.account),
  );
  const seat = random.pick(open.length > 0 && random.chance(85) ? open : s.project.terms.seats);
  const support = random.chance(65);
  return {
    ...s.usually(seat.account),
    action: 'vote',
    ...submission,
    body: random.chance(95) ? seat.body : random.pick(HUMAN),
    support,
    reason: !support && random.chance(95),
  };
}

function agreements(s: Subject): readonly Maker[] {
  const { random, project } = s;
  const settled = { waiveLate: random.chance(20), signed: random.chance(93) };
  return [
    [
      6,
      () => {
        const m = s.milestone('Funded', 'Submitted', 'Rejected', 'Disputed');
        const { round } = s.submission(m);
        return { ...s.by('lead'), action: 'settle', milestone: m, round, payBps: s.share(), ...settled };
      },
    ],
    [
      project.holdback > 0n ? 3 : 1,
      () => {
        const round = random.chance(90) ? 0 : 1;
        return { ...s.by('stranger'), action: 'settle', milestone: POT, round, payBps: s.share(), ...settled };
      },
    ],
    [
      project.claim === null ? 0 : 10,
      () => {
        const round = project.claims + (random.chance(90) ? 0 : 1);
        return { ...s.by('lead'), action: 'settle', milestone: CLAIM, round, payBps: s.share(), ...settled };
      },
    ],
    [8, () => ({ ...s.by('client'), ...randomOrder(random, project) })],
    [3, () => changePayee(s)],
    [1, () => ({ ...s.usually('client'), action: 'cancel' })],
    [
      s.any('Planned') ? 3 : 1,
      () => ({ ...s.usually('lead'), action: 'terminate', milestone: s.milestone('Planned') }),
    ],
  ];
}

function changePayee(s: Subject): Call {
  const payees = payeesOf(s.project);
  const payee = s.random.whole(0, payees.length - (s.random.chance(95) ? 1 : 0));
  const current = payees[payee]?.account ?? 'lead';
  const next = s.random.chance(15) ? current : heirOf(s.random, s.project);
  return { ...s.usually(current), action: 'changePayee', payee, next };
}

function ends(s: Subject): readonly Maker[] {
  const { random, project } = s;
  const open = project.milestones.some((milestone) => !FINAL.includes(milestone.state));
  return [
    [
      6,
      () => {
        const live = s.milestone('Planned', 'Funded', 'Submitted', 'Rejected', 'Disputed');
        return {
          ...s.anyone(),
          action: 'lapse',
          milestone: project.claim !== null && random.chance(50) ? CLAIM : live,
        };
      },
    ],
    [open ? 1 : 6, () => ({ ...s.by('stranger'), action: 'endWarranty' })],
    [
      open ? 1 : project.holdback > 0n ? 40 : 2,
      () => ({
        ...s.usually('client'),
        action: 'openClaim',
        amount: random.pick([0n, 1n, project.holdback, project.holdback / 2n, project.holdback + 1n]),
      }),
    ],
    [
      project.claim?.state === 'open' ? 40 : 1,
      () => ({ ...s.usually('lead'), action: 'answerClaim', accept: random.chance(25) }),
    ],
  ];
}

function ladder(s: Subject): readonly Maker[] {
  const { random, project } = s;
  const on = (rungs: readonly string[], weight: number): number =>
    project.disputes.some((dispute) => rungs.includes(dispute.rung)) ? weight : 1;
  const panel = ['panel1', 'panel2', 'panel3'];
  return [
    [
      on(['Negotiate', 'Panel'], 40),
      () => {
        const { milestone, round, digest } = s.disputeOf(s.disputed());
        return { ...s.usually(random.pick(panel)), action: 'ask', milestone, round, digest, payBps: s.share() };
      },
    ],
    [
      on(['Panel'], 60),
      () => {
        const { milestone, round, digest, questions } = s.disputeOf(s.disputed());
        const question = Math.max(1, questions.length);
        const payBps = questions.at(-1)?.payBps ?? s.share();
        const support = random.chance(60);
        const about = { milestone, round, digest, body: 'panel' as const, support, reason: true, question, payBps };
        return { ...s.usually(random.pick(panel)), action: 'vote', ...about };
      },
    ],
    [
      on(['Negotiate', 'Panel', 'Appeal', 'Deposit', 'Ruling', 'Fallback'], 15),
      () => ({ ...s.anyone(), action: 'poke', milestone: s.disputed() }),
    ],
    [
      on(['Negotiate', 'Panel', 'Appeal'], 60),
      () => ({ ...s.usually(random.pick(['client', 'lead', 'cofunder'])), action: 'appeal', milestone: s.disputed() }),
    ],
    [
      on(['Deposit', 'Ruling', 'Fallback'], 80),
      () => ({ ...s.usually(random.pick(['client', 'lead', 'cofunder'])), action: 'deposit', milestone: s.disputed() }),
    ],
    [
      on(['Ruling', 'Fallback'], 60),
      () => ({
        ...s.usually(random.pick(['arbitrator', 'fallback'])),
        action: 'rule',
        milestone: s.disputed(),
        payBps: s.share(),
      }),
    ],
  ];
}
