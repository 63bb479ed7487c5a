import { coverOf, reservedOf } from '@milepost/protocol/model/ledger';
import { exitOf, finalBy } from '@milepost/protocol/model/clocks';
import type { Milestone, Project, Terms } from '@milepost/protocol/model/types';
import type { EscrowFacts, MilestoneFacts } from './escrow-facts.js';
import { DEFAULT_WINDOWS, type MilestoneDraft, type TermsDraft } from './terms-draft.js';

/** Where the booked money is, derived from events by the reference model. Base units. */
export interface ProjectLedger {
  readonly pool: bigint;
  /** Reserved for milestones that are funded and not decided. */
  readonly open: bigint;
  /** Reserved for kill fees of planned milestones. */
  readonly cover: bigint;
  readonly holdback: bigint;
  readonly refundable: bigint;
  readonly credits: bigint;
  /** The sum of the above. */
  readonly booked: bigint;
  readonly funded: bigint;
  readonly paid: bigint;
  readonly fees: bigint;
  readonly refunded: bigint;
}

/** How a waiting state ends if nobody acts. */
export interface ProjectExit {
  /** Last second at which somebody can act. */
  readonly at: number;
  readonly outcome: 'Cancelled' | 'Refunded' | 'Released';
  readonly payBps: number;
}

const DAY = 86_400;

const isFinal = (milestone: MilestoneFacts): boolean =>
  milestone.status === 'Released' || milestone.status === 'Refunded' || milestone.status === 'Cancelled';

/** Whether every milestone is decided. */
export const isDecided = (facts: EscrowFacts): boolean => facts.milestones.every(isFinal);

/** The money of a project. What no other bucket holds is in the pool, or refundable once all is decided. */
export function ledgerOf(terms: TermsDraft, facts: EscrowFacts): ProjectLedger {
  const model = toModel(terms, facts);
  const open = model.milestones.reduce((sum, milestone) => sum + reservedOf(milestone), 0n);
  const cover = coverOf(model);
  const credits = facts.credited - facts.claimed;
  const booked = facts.funded - facts.outflow + credits;
  const rest = booked - open - cover - facts.holdback - credits;
  const refundable = isDecided(facts) ? rest : facts.refundable;
  return {
    pool: rest - refundable,
    open,
    cover,
    holdback: facts.holdback,
    refundable,
    credits,
    booked,
    funded: facts.funded,
    paid: facts.paid,
    fees: facts.fees,
    refunded: facts.refunded,
  };
}

/** Exit of each milestone, null where nothing waits. */
export function exitsOf(terms: TermsDraft, facts: EscrowFacts): (ProjectExit | null)[] {
  const model = toModel(terms, facts);
  return model.milestones.map((milestone) => {
    const exit = exitOf(model, milestone);
    if (exit === null) return null;
    const outcome = exit.outcome === 'Decided' ? (exit.payBps === 0 ? 'Refunded' : 'Released') : exit.outcome;
    return { at: exit.at, outcome, payBps: exit.payBps };
  });
}

/** Milestones whose clock ran out before `time`: anyone may call `lapse`. */
export function dueExits(terms: TermsDraft, facts: EscrowFacts, time: number): MilestoneFacts[] {
  const exits = exitsOf(terms, facts);
  return facts.milestones.filter((_, m) => {
    const exit = exits[m];
    return exit !== null && exit !== undefined && exit.at < time;
  });
}

/** Whether the warranty is over and something is left in the pot. */
export const warrantyEnded = (terms: TermsDraft, facts: EscrowFacts, time: number): boolean =>
  facts.holdback > 0n &&
  isDecided(facts) &&
  facts.decidedAt !== null &&
  facts.decidedAt + terms.warrantyDays * DAY < time;

/** Latest second by which, with prompt callers, all money is paid, refunded or credited. */
export const latestEndOf = (terms: TermsDraft, facts: EscrowFacts | null): number => finalBy(toModel(terms, facts));

/** The project as the reference model sees it; without facts, as it will start. */
export function toModel(terms: TermsDraft, facts: EscrowFacts | null): Project {
  return {
    terms: toTerms(terms),
    milestones: (facts?.milestones ?? terms.milestones.map(planned)).map((milestone) => toMilestone(milestone, terms)),
    pool: 0n,
    holdback: facts?.holdback ?? 0n,
    refundable: facts?.refundable ?? 0n,
    surplus: 0n,
    foreign: 0n,
    successors: {},
    credits: {},
    contributions: [],
    activated: facts?.activated ?? false,
    cancelAt: facts?.cancelAt ?? null,
    defaultedAt: null,
    lastDecidedAt: facts?.decidedAt ?? null,
    version: facts?.version ?? 0,
    roster: 1,
    claim: null,
    claims: 0,
    reviews: [],
    disputes: [],
  };
}

function toMilestone(facts: MilestoneFacts, terms: TermsDraft): Milestone {
  return {
    terms: {
      amount: facts.amount,
      due: facts.due,
      fundBy: facts.fundBy,
      profile: facts.profile,
      policy: terms.milestones[facts.m]?.policy ?? 0,
    },
    state: facts.status,
    round: facts.round,
    clock: facts.clock ?? 0,
    submittedAt: facts.submittedAt ?? 0,
    shift: facts.shift,
    standingBps: facts.standingBps,
    lateBps: facts.lateBps,
    digest: facts.digest,
  };
}

const planned = (milestone: MilestoneDraft, m: number): MilestoneFacts => ({
  m,
  status: 'Planned',
  round: 0,
  amount: BigInt(milestone.amount),
  due: milestone.due,
  fundBy: milestone.fundBy,
  profile: milestone.profile,
  shift: 0,
  lateBps: 0,
  standingBps: 0,
  digest: null,
  submittedAt: null,
  clock: null,
  decision: null,
});

function toTerms(terms: TermsDraft): Terms {
  const { arbitration } = terms;
  return {
    client: terms.client,
    contributor: terms.contributor,
    funders: [terms.client],
    treasury: '',
    start: terms.start,
    feeBps: terms.feeBps,
    warrantyDays: terms.warrantyDays,
    payees: terms.payees,
    profiles: terms.profiles,
    policies: terms.policies.map((policy) => ({
      bodies: {
        ...(policy.bodies.clients === undefined ? {} : { clients: policy.bodies.clients }),
        ...(policy.bodies.panel === undefined ? {} : { panel: policy.bodies.panel }),
        ...(policy.bodies.reviewers === undefined ? {} : { reviewers: policy.bodies.reviewers }),
      },
      oracle: policy.bodies.oracle !== undefined,
      need: policy.need,
      holdOracle: policy.holdOracle,
    })),
    seats: terms.seats,
    arbitration: {
      arbitrator: arbitration.arbitrator,
      fallbackArbitrator: arbitration.fallbackArbitrator,
      fee: BigInt(arbitration.fee),
      bond: BigInt(arbitration.bond),
      settleFeeBps: arbitration.settleFeeBps,
      panelPolicy: arbitration.panelPolicy,
      windows: arbitration.windows ?? DEFAULT_WINDOWS,
    },
    milestones: terms.milestones.map((milestone) => ({ ...milestone, amount: BigInt(milestone.amount) })),
  };
}
