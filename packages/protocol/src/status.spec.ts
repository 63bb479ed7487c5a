import { milestoneStatus, type MilestoneFacts } from './status.js';

const NOW = 1_000_000;
const rows: [Partial<MilestoneFacts> & Pick<MilestoneFacts, 'status'>, string, string][] = [
  [{ status: 'Draft' }, 'Draft', 'neutral'],
  [{ status: 'Draft', signatures: 1 }, 'Awaiting signatures', 'warn'],
  [{ status: 'Planned', fundBy: NOW }, 'Awaiting funds', 'warn'],
  [{ status: 'Planned', fundBy: NOW - 1 }, 'Funding overdue', 'warn'],
  [{ status: 'Funded', dueAt: NOW - 10, grace: 10 }, 'In progress', 'info'],
  [{ status: 'Funded', dueAt: NOW - 11, grace: 10, lateBps: 50 }, 'Late, credit so far', 'warn'],
  [{ status: 'Funded', noticeUntil: NOW + 5 }, 'Cancel notice', 'warn'],
  [{ status: 'Submitted', confirmations: 1, finalAfter: 3, gate: 'Open' }, 'Submitted, 1 of 3', 'info'],
  [{ status: 'Submitted', gate: 'Open', decidedOffChain: true }, 'Decided, paying', 'ok'],
  [{ status: 'Submitted', gate: 'Open', deadline: NOW }, 'In review', 'info'],
  [{ status: 'Submitted', gate: 'Open', deadline: NOW - 1 }, 'Ready to finalize', 'warn'],
  [{ status: 'Submitted', gate: 'Open', deadline: NOW + 1, extended: true }, 'In review, extended', 'info'],
  [{ status: 'Submitted', gate: 'Held', heldUntil: NOW, deadline: NOW - 9 }, 'Approved, held until', 'ok'],
  [{ status: 'Submitted', gate: 'Held', heldUntil: NOW - 1 }, 'Ready to finalize', 'warn'],
  [{ status: 'Rejected', round: 1, maxRounds: 3 }, 'Changes requested, 2 rounds left', 'warn'],
  [{ status: 'Rejected', round: 2, maxRounds: 3 }, 'Changes requested, 1 round left', 'warn'],
  [{ status: 'Disputed', rung: 'panel' }, 'Disputed: panel', 'bad'],
  [{ status: 'Disputed', rung: 'deposit' }, 'Disputed: appeal', 'bad'],
  [{ status: 'Released', payBps: 10_000 }, 'Released', 'ok'],
  [{ status: 'Released', payBps: 9_742 }, 'Released in part', 'ok'],
  [{ status: 'Refunded' }, 'Refunded', 'neutral'],
  [{ status: 'Cancelled' }, 'Cancelled', 'neutral'],
];

it.each(rows)('%j reads "%s", %s', (facts, text, tone) => {
  expect(milestoneStatus({ now: NOW, ...facts })).toMatchObject({ word: text, tone });
});

it.each(['Planned', 'Funded', 'Submitted', 'Rejected', 'Disputed'] as const)(
  '%s past its exit time is overdue',
  (status) => {
    expect(milestoneStatus({ now: NOW, status, exitAt: NOW - 1 }).key).toBe('overdue');
    expect(milestoneStatus({ now: NOW, status, exitAt: NOW }).key).not.toBe('overdue');
  },
);

it.each(['Draft', 'Released', 'Refunded', 'Cancelled'] as const)('%s has no exit', (status) => {
  expect(milestoneStatus({ now: NOW, status, exitAt: NOW - 1 }).key).not.toBe('overdue');
});
