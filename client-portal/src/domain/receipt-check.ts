import { decisionParts } from '@milepost/protocol/money';
import type { Decision, Project } from '../api/types';
import { sumUnits } from '../lib/money';

/**
 * What the money rule says for the same decision. The late rate is not part of the event the page
 * reads, so the late credit is taken as given and everything after it is recomputed.
 */
export function differences(
  project: Pick<Project, 'payees' | 'feeBps'>,
  amount: string,
  decision: Decision,
  holdbackBps: number | null,
): string[] {
  const out: string[] = [];
  const expect = (name: string, wanted: bigint, found: string) => {
    if (wanted !== BigInt(found)) out.push(`${name} is ${found}, the money rule gives ${wanted}`);
  };
  const plain = decisionParts({
    amount: BigInt(amount),
    payBps: decision.payBps,
    lateBps: 0,
    holdbackBps: holdbackBps ?? 0,
    feeBps: project.feeBps,
    weights: project.payees.map((payee) => payee.weight),
  });
  expect('gross', plain.gross, decision.gross);
  const accepted = BigInt(decision.gross) - BigInt(decision.lateCredit);
  if (holdbackBps !== null) expect('holdback', (accepted * BigInt(holdbackBps)) / 10_000n, decision.holdback);
  const payable = accepted - BigInt(decision.holdback);
  expect('fee', (payable * BigInt(project.feeBps)) / 10_000n, decision.fee);
  expect('net', payable - BigInt(decision.fee), decision.net);
  const paid = sumUnits(
    decision.paid.filter((item) => item.kind === 'milestone' || item.kind === 'killfee').map((item) => item.amount),
  );
  if (paid !== BigInt(decision.net)) out.push(`payees got ${paid} in all, not ${decision.net}`);
  return out;
}
