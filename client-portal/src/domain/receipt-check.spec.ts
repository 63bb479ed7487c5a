import { decisionParts } from '@milepost/protocol/money';
import type { Decision } from '../api/types';
import { differences } from './receipt-check';

const project = {
  feeBps: 500,
  payees: [
    { account: '0x1' as const, weight: 6_000 },
    { account: '0x2' as const, weight: 4_000 },
  ],
};

function decision(amount: bigint, payBps: number, lateBps: number, holdbackBps: number): Decision {
  const parts = decisionParts({ amount, payBps, lateBps, holdbackBps, feeBps: 500, weights: [6_000, 4_000] });
  return {
    cause: 'GATE',
    payBps,
    gross: String(parts.gross),
    lateCredit: String(parts.lateCredit),
    holdback: String(parts.holdback),
    fee: String(parts.fee),
    net: String(parts.net),
    refundable: String(parts.refundable),
    at: '2026-01-01T00:00:00Z',
    txHash: '0x0',
    paid: [
      ...parts.split.map((units, i) => ({
        account: `0x${i}` as const,
        amount: String(units),
        kind: 'milestone',
        credited: false,
      })),
      { account: '0x9', amount: String(parts.fee), kind: 'fee', credited: false },
    ],
  };
}

describe('a receipt', () => {
  it('is right when it follows the money rule, odd amounts and late credit included', () => {
    for (const [amount, payBps, lateBps, holdback] of [
      [6_000_000_000n, 10_000, 0, 1_000],
      [1_000_001n, 9_742, 150, 777],
      [7n, 5_000, 500, 2_000],
    ] as const)
      expect(differences(project, String(amount), decision(amount, payBps, lateBps, holdback), holdback)).toEqual([]);
  });

  it('names each figure that is off by one unit', () => {
    const good = decision(6_000_000_000n, 10_000, 0, 1_000);
    for (const field of ['gross', 'holdback', 'fee', 'net'] as const) {
      const altered = { ...good, [field]: String(BigInt(good[field]) + 1n) };
      expect(differences(project, '6000000000', altered, 1_000).join()).toContain(field);
    }
  });

  it('notices that a payee got too little', () => {
    const good = decision(6_000_000_000n, 10_000, 0, 1_000);
    const [first, ...rest] = good.paid;
    const altered = { ...good, paid: [{ ...(first as (typeof good.paid)[number]), amount: '1' }, ...rest] };
    expect(differences(project, '6000000000', altered, 1_000)).toHaveLength(1);
  });
});
