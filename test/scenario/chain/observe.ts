/** Reads balances, buckets and states of the whole world from the chain. */
import type { Scenario } from '../format.js';
import type { Observation } from '../player.js';
import type { ChainProject } from './project.js';
import type { ChainWorld } from './world.js';

/** `State` of the escrow, by number. */
export const STATES = [
  'Planned',
  'Funded',
  'Submitted',
  'Rejected',
  'Disputed',
  'Released',
  'Refunded',
  'Cancelled',
] as const;

const FUNDED = 1n;
const DISPUTED = 4n;

interface Ledger {
  readonly booked: bigint;
  readonly pool: bigint;
  readonly cover: bigint;
  readonly holdback: bigint;
  readonly refundable: bigint;
  readonly credits: bigint;
}

/** Observes at the newest block. */
export async function observe(
  world: ChainWorld,
  scenario: Scenario,
  projects: readonly ChainProject[],
): Promise<Observation> {
  const parties = Object.keys(scenario.parties);
  const balance = async (address: string): Promise<bigint> =>
    (await world.token.getFunction('balanceOf').staticCall(address)) as bigint;
  const wallets = parties.map(async (party): Promise<[string, bigint]> => {
    if (scenario.parties[party]?.kind !== 'feeRecipient') return [party, await balance(world.addressOf(party))];
    const [inbox, treasury] = await Promise.all([balance(String(world.inbox.target)), balance(world.treasury)]);
    return [party, inbox + treasury];
  });
  const seen = projects.map((project) => observeProject(world, scenario, project));
  const deposits = parties.map(async (party): Promise<[string, bigint]> => [
    party,
    (await world.arbitration.getFunction('credit').staticCall(world.addressOf(party), world.token.target)) as bigint,
  ]);
  const [wallet, all, held, owed] = await Promise.all([
    Promise.all(wallets),
    Promise.all(seen),
    balance(String(world.arbitration.target)),
    Promise.all(deposits),
  ]);
  const credit: { [party: string]: bigint } = {};
  for (const [party, amount] of [...owed, ...all.flatMap((item) => item.credits)]) {
    credit[party] = (credit[party] ?? 0n) + amount;
  }
  return {
    wallet: Object.fromEntries(wallet),
    credit,
    escrow: Object.fromEntries(all.map((item) => [item.name, item.ledger])),
    arbitration: held,
    milestone: Object.fromEntries(all.map((item) => [item.name, item.states])),
  };
}

async function observeProject(world: ChainWorld, scenario: Scenario, project: ChainProject) {
  const { escrow } = project;
  const ids = project.terms.milestones.map((milestone) => milestone.id);
  const accounts = Object.keys(scenario.parties).map((party): [string, string] => [
    party,
    scenario.parties[party]?.kind === 'feeRecipient' ? String(world.inbox.target) : world.addressOf(party),
  ]);
  const [ledger, balance, milestones, credits] = await Promise.all([
    escrow.getFunction('ledger').staticCall() as Promise<Ledger>,
    world.token.getFunction('balanceOf').staticCall(project.address) as Promise<bigint>,
    Promise.all(ids.map((_, index) => project.milestone(index))),
    Promise.all(
      accounts.map(async ([party, address]): Promise<[string, bigint]> => [
        party,
        (await escrow.getFunction('credit').staticCall(address)) as bigint,
      ]),
    ),
  ]);
  if (balance < ledger.booked) throw new Error(`${project.name} booked ${ledger.booked} and holds only ${balance}.`);
  const reserved = milestones.map((item) => (item.state >= FUNDED && item.state <= DISPUTED ? item.amount : 0n));
  return {
    name: project.name,
    credits,
    ledger: {
      pool: ledger.pool,
      milestones: Object.fromEntries(ids.map((id, index) => [id, reserved[index] ?? 0n])),
      cover: ledger.cover,
      holdback: ledger.holdback,
      refundable: ledger.refundable,
      credits: ledger.credits,
      total: ledger.booked,
    },
    states: Object.fromEntries(
      ids.map((id, index) => [id, STATES[Number(milestones[index]?.state ?? 0n)] ?? 'unknown']),
    ),
  };
}
