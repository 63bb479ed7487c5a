/** Payees later: addresses that they change for themselves, and changes that a change order brings. */
import type { Call, Fact, PayeeOrder } from './calls.js';
import type { Account, Project } from './types.js';
import { refuse } from './types.js';

const HOUR = 3_600;
/** How long a payee's new address waits. */
const PAYEE_DELAY_HOURS = 72;
const MAX_PAYEES = 8;

type Listed = Project['terms']['payees'];

/** Payees with their weights; without any the contributor has all. */
const listed = (project: Project): Listed =>
  project.terms.payees.length === 0 ? [{ account: project.terms.contributor, weight: 10_000 }] : project.terms.payees;

const list = (project: Project, payees: Listed): void => {
  project.terms = { ...project.terms, payees };
};

/** Puts addresses in force whose time has come. */
export function succeed(project: Project, now: number): void {
  for (const [index, { account, from }] of Object.entries(project.successors)) {
    if (now <= from) continue;
    list(
      project,
      listed(project).map((payee, at) => (at === Number(index) ? { ...payee, account } : payee)),
    );
    project.successors = without(project.successors, Number(index));
  }
}

const without = (successors: Project['successors'], index: number): Project['successors'] =>
  Object.fromEntries(Object.entries(successors).filter(([at]) => Number(at) !== index));

function checkPayee(project: Project, account: Account): void {
  const known = listed(project).some((payee) => payee.account === account && payee.weight > 0);
  if (known || account === project.terms.treasury) refuse('BadPayee', `${account} is a payee or must not be one`);
}

/** A payee names another address for itself; naming its present one takes that back. */
export function changePayee(project: Project, call: Extract<Call, { action: 'changePayee' }>, now: number): Fact[] {
  const current = listed(project)[call.payee] ?? refuse('NoSuchPayee', `there is no payee ${call.payee}`);
  if (call.actor !== current.account) refuse('NotParty', 'only the payee itself');
  project.successors = without(project.successors, call.payee);
  if (call.next === current.account) return [];
  checkPayee(project, call.next);
  project.successors[call.payee] = { account: call.next, from: now + PAYEE_DELAY_HOURS * HOUR };
  return [];
}

/** The payees' part of a change order. Whose share falls or moves must have signed. */
export function orderPayees(project: Project, orders: readonly PayeeOrder[], consents: readonly Account[]): void {
  if (orders.length === 0) return;
  let used = 0;
  for (const order of orders) {
    const payees = [...listed(project)];
    const old = payees[order.payee];
    if (old !== undefined) {
      const falls = order.weight < old.weight || (order.account !== old.account && old.weight > 0);
      if (falls && old.account !== project.terms.contributor) {
        if (consents[used] !== old.account) refuse('BadSignature', `${old.account} must sign`);
        used += 1;
      }
    } else if (order.payee !== payees.length) refuse('NoSuchPayee', `there is no payee ${order.payee}`);
    else if (payees.length === MAX_PAYEES) refuse('Count', `${MAX_PAYEES} payees at most`);
    if (order.account !== old?.account) {
      checkPayee(project, order.account);
      project.successors = without(project.successors, order.payee);
    }
    payees[order.payee] = { account: order.account, weight: order.weight };
    list(project, payees);
  }
  const payees = listed(project);
  const sum = payees.reduce((total, payee) => total + payee.weight, 0);
  if (payees[0]?.weight === 0 || sum !== 10_000) refuse('WeightSum', `weights sum to ${sum}`);
}
