import type { EntryHeader, Json } from './entry.js';
import { readClaims, replay, type Claims } from './replay.js';

let n = 0;
const fact = (type: string, refs: Record<string, Json>, milestone: number | null = null): EntryHeader => ({
  v: 1,
  id: `0190a0b0-1111-7222-8333-${(n += 1).toString(16).padStart(12, '0')}`,
  type,
  at: 1_790_000_000_000 + n,
  actor: 'chain:31337',
  subject: milestone === null ? ['project', 'p'] : ['milestone', `p/${String(milestone)}`],
  project: 'p',
  source: { chain: 31337, block: `0x${'1'.repeat(64)}`, tx: `0x${'2'.repeat(64)}`, log: n },
  refs: milestone === null ? refs : { ...refs, milestone },
  commits: [],
});

const decision = { payBps: 10_000, gross: '1000', lateCredit: '0', holdback: '100', fee: '9', net: '891' };
/** Two milestones funded; the first delivered in two rounds and paid, half of its holdback released; the second cancelled. */
const life = (): EntryHeader[] => [
  fact('deposit.received', { funder: 0, amount: '1500' }),
  fact('milestone.funded', { amount: '1000' }, 0),
  fact('milestone.funded', { amount: '500' }, 1),
  fact('submission.made', { round: 1 }, 0),
  fact('milestone.rejected', { round: 1 }, 0),
  fact('submission.made', { round: 2 }, 0),
  fact('dispute.opened', { round: 2 }, 0),
  fact('milestone.decided', decision, 0),
  fact('milestone.paid', { kind: 'milestone', amount: '500' }, 0),
  fact('credit.recorded', { kind: 'milestone', amount: '391' }, 0),
  fact('credit.claimed', { amount: '391' }),
  fact('milestone.voided', { cause: 3, killFee: '0', fee: '0', released: '500' }, 1),
  fact('refund.paid', { amount: '500' }),
  fact('holdback.released', { amount: '50', fee: '1', net: '49', left: '50' }),
  fact('holdback.paid', { kind: 'holdback', amount: '49' }),
];
const claims: Claims = {
  milestones: [
    { index: 0, status: 'Released', round: 2, decision },
    { index: 1, status: 'Cancelled', round: 0, decision: null },
  ],
  totals: { funded: '1500', paid: '549', credited: '391', claimed: '391', refunded: '500', holdback: '50' },
};

describe('replaying a project', () => {
  it('works its state out, and finds the claims in it', () => {
    const result = replay(life(), claims);
    expect(result.problems).toEqual([]);
    expect(result).toMatchObject({ facts: 15, state: { totals: claims.totals } });
  });

  it('does not let one entry be left out', () => {
    const whole = life();
    // What leaves no trace in the end: the dispute once it is decided, the funding of what was cancelled.
    const missed = whole.map((entry, i) => [entry.type, replay(whole.toSpliced(i, 1), claims).problems.length > 0]);
    expect(missed.filter(([, found]) => found === false)).toEqual([
      ['milestone.funded', false],
      ['dispute.opened', false],
    ]);
  });

  it('refuses steps that the rules do not allow, and names the entry', () => {
    const cases: [string, EntryHeader[]][] = [
      ['decided again', [...life(), fact('milestone.decided', decision, 0)]],
      ['cannot be funded', [...life(), fact('milestone.funded', { amount: '1' }, 0)]],
      ['nothing can be submitted', [fact('submission.made', { round: 1 }, 0)]],
      ['does not follow round', [...life().slice(0, 3), fact('submission.made', { round: 2 }, 0)]],
      ['more than the 891', [...life(), fact('milestone.paid', { amount: '392' }, 0)]],
      ['before it was decided', [...life().slice(0, 3), fact('milestone.paid', { amount: '1' }, 0)]],
      ['only 1500 came in', [...life(), fact('refund.paid', { amount: '500' })]],
      ['more was claimed', [...life(), fact('credit.claimed', { amount: '1' })]],
      ['its parts are', [...life().slice(0, 4), fact('milestone.decided', { ...decision, net: '890' }, 0)]],
      ['holdback pot', [...life(), fact('holdback.released', { amount: '51', fee: '0', net: '51', left: '0' })]],
      ['is no amount', [fact('deposit.received', { amount: '01' })]],
      ['milestone is missing', [fact('milestone.funded', { amount: '1' })]],
    ];
    for (const [words, entries] of cases)
      expect([words, replay(entries, null).problems.filter((problem) => problem.includes(words)).length]).toEqual([
        words,
        1,
      ]);
  });

  it('puts a changed milestone back to work, and an amendment of the project nowhere', () => {
    const start = life().slice(0, 4);
    const back = replay([...start, fact('milestone.amended', { amount: '900', due: 3, fundBy: 2 }, 0)], null);
    expect(back.state.milestones[0]?.status).toBe('Funded');
    expect(replay([...start, fact('milestone.amended', { version: 1 })], null).state.milestones[0]?.status).toBe(
      'Submitted',
    );
  });

  it('names each claim that the entries do not bear out', () => {
    const change = (
      edit: (copy: { milestones: Record<string, unknown>[]; totals: Record<string, string> }) => void,
    ) => {
      const copy = structuredClone(claims) as unknown as Parameters<typeof edit>[0];
      edit(copy);
      return replay(life(), copy as unknown as Claims).problems;
    };
    expect(change((copy) => (copy.totals['paid'] = '550'))).toEqual([
      'claimed: paid of the project is 550; the entries say 549',
    ]);
    expect(change((copy) => Object.assign(copy.milestones[0] ?? {}, { status: 'Refunded' }))).toEqual([
      'claimed: milestone 1 is Refunded; the entries say Released',
    ]);
    expect(change((copy) => copy.milestones.pop())).toEqual(['the claims leave out milestone 2']);
    expect(
      change((copy) => copy.milestones.push({ index: 2, status: 'Released', round: 1, decision: null })),
    ).toHaveLength(2);
  });

  it('reads claims of the one known form only', () => {
    expect(readClaims(undefined)).toBeNull();
    expect(readClaims(structuredClone(claims) as unknown as Json)).toEqual(claims);
    for (const bad of [
      1,
      {},
      { milestones: [], totals: {} },
      { ...claims, milestones: [{ index: '0' }] },
      { ...claims, milestones: 1 },
    ])
      expect(() => readClaims(bad as unknown as Json)).toThrow('unknown form');
  });
});
