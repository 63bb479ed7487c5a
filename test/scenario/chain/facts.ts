/** What the events of one step say about money, in the letters of the file. */
import { ZeroAddress, type Contract, type LogDescription, type TransactionReceipt } from 'ethers';
import type { Letters, Outcome } from '../player.js';
import type { ChainProject } from './project.js';
import type { ChainWorld } from './world.js';

const POT = 254;
/** Numbers of `Kind` and `Side`. */
const HOLDBACK_KIND = 2n;
const FEE_KIND = 3n;
const REFUND_KIND = 4n;
const CLIENT_SIDE = 0n;

function eventsOf(receipts: readonly TransactionReceipt[], contract: Contract): LogDescription[] {
  return receipts
    .flatMap((receipt) => receipt.logs)
    .filter((log) => log.address === String(contract.target))
    .map((log) => contract.interface.parseLog(log))
    .filter((log) => log !== null);
}

/** Reads an argument of an event as a whole number. */
const whole = (event: LogDescription, name: string): bigint => event.args.getValue(name) as bigint;

/** Parts paid or credited per party, for one milestone or the pot. */
function splitOf(
  events: readonly LogDescription[],
  name: (address: string) => string,
  m: bigint,
): { [party: string]: string } {
  const split: { [party: string]: bigint } = {};
  for (const event of events) {
    if (event.name !== 'Paid' && event.name !== 'Credited') continue;
    const kind = whole(event, 'kind');
    const ofPot = kind === HOLDBACK_KIND;
    if (kind === FEE_KIND || kind === REFUND_KIND || whole(event, 'm') !== m || ofPot !== (m === BigInt(POT))) continue;
    const party = name(String(event.args.getValue('account')));
    split[party] = (split[party] ?? 0n) + whole(event, 'amount');
  }
  return Object.fromEntries(Object.entries(split).map(([party, amount]) => [party, amount.toString()]));
}

/**
 * Outcome of a step.
 *
 * @param reserved money reserved for each milestone before the step: a cancelled one was either funded or only covered
 */
export async function readOutcome(
  world: ChainWorld,
  project: ChainProject | null,
  receipts: readonly TransactionReceipt[],
  reserved: (id: string) => bigint,
): Promise<Outcome> {
  const outcome: {
    parts: { [subject: string]: Letters };
    refund: Outcome['refund'];
    costs: Outcome['costs'];
    bond: Outcome['bond'];
  } = {
    parts: {},
    refund: null,
    costs: null,
    bond: null,
  };
  if (project === null) return outcome;
  const name = (address: string): string => world.partyAt(address);
  const events = eventsOf(receipts, project.escrow);
  for (const event of events) {
    if (event.name === 'Decided') {
      const m = whole(event, 'm');
      const id = project.idOf(Number(m));
      const [gross, lateCredit, holdback] = ['gross', 'lateCredit', 'holdback'].map((key) => whole(event, key)) as [
        bigint,
        bigint,
        bigint,
      ];
      const accepted = gross - lateCredit;
      outcome.parts[id] = {
        G: String((await project.milestone(Number(m))).amount),
        payBps: Number(whole(event, 'payBps')),
        X: String(gross),
        lateBps: Number(whole(event, 'lateBps')),
        L: String(lateCredit),
        A: String(accepted),
        H: String(holdback),
        P: String(accepted - holdback),
        F: String(whole(event, 'fee')),
        D: String(whole(event, 'net')),
        split: splitOf(events, name, m),
      };
    }
    if (event.name === 'MilestoneCancelled') {
      const m = whole(event, 'm');
      const id = project.idOf(Number(m));
      const [killFee, fee] = [whole(event, 'killFee'), whole(event, 'fee')];
      const held = killFee + whole(event, 'released');
      const funded = reserved(id) > 0n;
      outcome.parts[id] = {
        G: String(funded ? held : 0n),
        cover: String(funded ? 0n : held),
        killFee: String(killFee),
        F: String(fee),
        D: String(killFee - fee),
        split: splitOf(events, name, m),
      };
    }
    if (event.name === 'HoldbackReleased') {
      outcome.parts['holdback'] = {
        P: String(whole(event, 'amount')),
        F: String(whole(event, 'fee')),
        D: String(whole(event, 'net')),
        split: splitOf(events, name, BigInt(POT)),
      };
    }
    if (event.name === 'Refunded') {
      const party = name(String(event.args.getValue('funder')));
      outcome.refund = { ...outcome.refund, [party]: String(whole(event, 'amount')) };
    }
  }
  await readDisputes(world, project, receipts, outcome);
  return outcome;
}

/** What the facts need of a dispute; the client's side first. */
interface Dispute {
  readonly challenger: string;
  readonly challengerSide: bigint;
  readonly depositor: readonly string[];
}

async function readDisputes(
  world: ChainWorld,
  project: ChainProject,
  receipts: readonly TransactionReceipt[],
  outcome: { costs: Outcome['costs']; bond: Outcome['bond'] },
): Promise<void> {
  for (const event of eventsOf(receipts, world.arbitration)) {
    if (event.name !== 'CostsSettled' && event.name !== 'BondSettled') continue;
    const id = String(event.args.getValue('dispute'));
    const dispute = (await world.arbitration.getFunction('dispute').staticCall(id)) as Dispute;
    if (event.name === 'CostsSettled') outcome.costs = costsOf(world, project, dispute, event);
    else outcome.bond = bondOf(world, project, dispute, event);
  }
}

/** What each side bore of the arbitrator's fee: by who deposited for it, or its party. */
function costsOf(world: ChainWorld, project: ChainProject, dispute: Dispute, event: LogDescription): Outcome['costs'] {
  const [clients, payees] = [whole(event, 'clientShare'), whole(event, 'payeesShare')];
  if (clients + payees === 0n) return null;
  const { client, contributor } = project.terms;
  const [first, second] = [client, contributor].map((side, at) => {
    const depositor = dispute.depositor[at] ?? ZeroAddress;
    return depositor === ZeroAddress ? side : world.partyAt(depositor);
  }) as [string, string];
  return { [first]: String(clients), [second]: String(payees) };
}

/** Where a bond went. */
function bondOf(world: ChainWorld, project: ChainProject, dispute: Dispute, event: LogDescription): Outcome['bond'] {
  const other =
    dispute.challengerSide === CLIENT_SIDE ? (project.payees[0] ?? project.terms.contributor) : project.terms.client;
  const parts: [string, bigint][] = [
    [world.partyAt(dispute.challenger), whole(event, 'returned')],
    [other, whole(event, 'otherSide')],
    [project.terms.treasury, whole(event, 'treasury')],
  ];
  return Object.fromEntries(
    parts.filter(([, amount]) => amount > 0n).map(([party, amount]) => [party, String(amount)]),
  );
}
