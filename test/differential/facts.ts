/** Where the money of one step went: what the events say, and what the model says, in the same words. */
import { getAddress, type Log } from 'ethers';
import type { Fact } from '@milepost/protocol/model/index';
import type { ChainProject } from '../scenario/chain/project.js';
import type { ChainWorld } from '../scenario/chain/world.js';

/** `Cause.Default`. */
const DEFAULT_CAUSE = 5n;

const line = (...parts: readonly unknown[]): string => parts.map(String).join(' ');

/** Facts of the events. */
export function chainFacts(world: ChainWorld, project: ChainProject, logs: readonly Log[]): string[] {
  const found: string[] = [];
  for (const log of logs) {
    const at = getAddress(log.address);
    const contract =
      at === project.address ? project.escrow : at === world.arbitration.target ? world.arbitration : null;
    const event = contract?.interface.parseLog(log) ?? null;
    if (event === null) continue;
    const of = (...names: readonly string[]): unknown[] => names.map((name) => event.args.getValue(name) as unknown);
    switch (event.name) {
      case 'Decided':
        // The escrow says of a default that nothing was paid; for the model it is no decision.
        if (of('cause')[0] === DEFAULT_CAUSE) break;
        found.push(line('decided', ...of('m', 'payBps', 'lateBps', 'gross', 'lateCredit', 'holdback', 'fee', 'net')));
        break;
      case 'MilestoneCancelled':
        found.push(line('cancelled', ...of('m', 'killFee', 'fee', 'released')));
        break;
      case 'HoldbackReleased':
        found.push(line('holdback', ...of('amount', 'fee', 'net')));
        break;
      case 'Refunded':
        found.push(line('refund', ...of('amount')));
        break;
      case 'CostsSettled':
        if (of('clientShare', 'payeesShare').some((share) => share !== 0n))
          found.push(line('costs', ...of('clientShare', 'payeesShare')));
        break;
      case 'BondSettled':
        found.push(line('bond', ...of('returned', 'otherSide', 'treasury').filter((part) => part !== 0n)));
        break;
    }
  }
  return found.sort();
}

/** Facts of the model. */
export function modelFacts(facts: readonly Fact[]): string[] {
  return facts
    .flatMap((fact): string[] => {
      switch (fact.fact) {
        case 'decided': {
          const { milestone, payBps, lateBps, gross, lateCredit, holdback, fee, net } = fact;
          return [line('decided', milestone, payBps, lateBps, gross, lateCredit, holdback, fee, net)];
        }
        case 'cancelled':
          return [line('cancelled', fact.milestone, fact.killFee, fact.fee, fact.amount + fact.cover - fact.killFee)];
        case 'holdback':
          return [line('holdback', fact.payable, fact.fee, fact.net)];
        case 'refund':
          return fact.parts.filter((part) => part > 0n).map((part) => line('refund', part));
        case 'costs':
          return [line('costs', fact.clients, fact.payees)];
        case 'bond':
          return [line('bond', ...fact.to.map((part) => part.amount).filter((amount) => amount > 0n))];
      }
    })
    .sort();
}
