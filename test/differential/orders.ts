/** Random change orders. */
import type { Account, Call, MilestoneOrder, PayeeOrder, Project, Seat } from '@milepost/protocol/model/index';
import type { Random } from './random.js';

/** Addresses that may become payees. */
const HEIRS = ['heir1', 'heir2', 'maker', 'lead', 'treasury'] as const;

/** Payees of a project, the contributor alone if the terms name none. */
export const payeesOf = (project: Project): Project['terms']['payees'] =>
  project.terms.payees.length === 0 ? [{ account: project.terms.contributor, weight: 10_000 }] : project.terms.payees;

/** A random address for a payee: seldom one that is refused. */
export const heirOf = (random: Random, project: Project): Account => {
  const free = HEIRS.slice(0, 4).filter((name) => payeesOf(project).every((payee) => payee.account !== name));
  return random.chance(90) && free.length > 0 ? random.pick(free) : random.pick(HEIRS);
};

function milestoneOrder(random: Random, project: Project): MilestoneOrder {
  const at = random.whole(0, project.milestones.length - 1);
  const terms = project.milestones[at]?.terms;
  const [amount, due, fundBy] = [terms?.amount ?? 1n, terms?.due ?? 1, terms?.fundBy ?? 0];
  // A pair of policy and profile that some milestone had from the start: only those are registered together.
  const { policy, profile } = random.pick(project.terms.milestones);
  if (random.chance(25)) {
    return {
      op: 'add',
      milestone: project.milestones.length + (random.chance(95) ? 0 : 1),
      amount: amount + BigInt(random.whole(-1, 1_000)),
      due: due + random.whole(0, 9),
      fundBy: due,
      policy,
      profile,
    };
  }
  if (random.chance(25)) return { op: 'cancel', milestone: at };
  return {
    op: 'set',
    milestone: at,
    amount: amount + BigInt(random.pick([0, 1, 1_000, -1])),
    due: due + random.whole(0, 9),
    ...(random.chance(20) ? { fundBy: fundBy + random.whole(0, 9) } : {}),
    ...(random.chance(30) ? { policy, profile } : {}),
  };
}

/** One payee's share moves to another, who may be new; or a payee is replaced. */
function payeeOrders(random: Random, project: Project): PayeeOrder[] {
  const payees = payeesOf(project);
  const giver = random.whole(0, payees.length - 1);
  const { account, weight } = payees[giver] ?? { account: project.terms.contributor, weight: 10_000 };
  const heir = heirOf(random, project);
  if (random.chance(30)) return [{ payee: giver, account: heir, weight }];
  const part = random.pick([weight, random.whole(0, weight), random.whole(1, 10_000)]);
  const taker = random.whole(0, payees.length);
  const known = payees[taker];
  if (taker === giver) return [{ payee: giver, account, weight: part }];
  return [
    { payee: giver, account, weight: Math.max(0, weight - part) },
    { payee: taker, account: known?.account ?? heir, weight: Math.min(10_000, (known?.weight ?? 0) + part) },
  ];
}

/** Payees whose part falls or moves, in the order of the changes. */
function consentsFor(project: Project, orders: readonly PayeeOrder[]): Account[] {
  return orders.flatMap(({ payee, account, weight }) => {
    const old = payeesOf(project)[payee];
    if (old === undefined || old.account === project.terms.contributor) return [];
    return weight < old.weight || (account !== old.account && old.weight > 0) ? [old.account] : [];
  });
}

/** The same people with other weights. */
const reseated = (random: Random, project: Project): Seat[] =>
  project.terms.seats.map(({ account, body }) => ({ account, body, weight: random.whole(1, 4) }));

export function randomOrder(
  random: Random,
  project: Project,
): Omit<Extract<Call, { action: 'amend' }>, 'actor' | 'project'> {
  const people = random.chance(25);
  const payees = people ? payeeOrders(random, project) : [];
  const count = random.pick(people ? [0, 1] : [1, 1, 2]);
  return {
    action: 'amend',
    changes: Array.from({ length: count }, () => milestoneOrder(random, project)),
    payees,
    ...(!people && random.chance(15) ? { seats: reseated(random, project) } : {}),
    consents: random.chance(90) ? consentsFor(project, payees) : [],
    signed: random.chance(95),
  };
}
