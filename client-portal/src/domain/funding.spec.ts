import { coverage, fundingNeed } from './funding';
import { milestone, project } from './testing';

const ledger = (news: Record<string, string>) => ({
  ledger: { ...project().ledger, ...news } as NonNullable<ReturnType<typeof project>['ledger']>,
});

describe('what is missing', () => {
  it('asks with the first milestone for the kill cover of all others', () => {
    // 6,000 + 15% of 4,000 + 15% of 2,000
    expect(fundingNeed(project()).next?.amount).toBe(6_900_000_000n);
    expect(fundingNeed(project()).all).toBe(12_000_000_000n);
  });

  it('asks later for the amount less its own cover', () => {
    const started = project({
      milestones: [milestone(0, { status: 'Funded' }), milestone(1), milestone(2)],
      ...ledger({ cover: '900000000' }),
    });
    expect(fundingNeed(started).next?.amount).toBe(3_400_000_000n);
    expect(fundingNeed(started).all).toBe(5_100_000_000n);
  });

  it('counts what already waits in the pool', () => {
    expect(fundingNeed(project(ledger({ pool: '6000000000' }))).next?.amount).toBe(900_000_000n);
    expect(fundingNeed(project(ledger({ pool: '99000000000' }))).all).toBe(0n);
  });

  it('asks for nothing when every milestone has its money', () => {
    const all = [0, 1, 2].map((index) => milestone(index, { status: 'Funded' }));
    expect(fundingNeed(project({ milestones: all }))).toEqual({ next: null, all: 0n });
  });
});

describe('coverage', () => {
  it('fills milestones in their order and leaves exactly what fundingNeed asks for', () => {
    const started = project({
      milestones: [milestone(0, { status: 'Released' }), milestone(1), milestone(2)],
      ...ledger({ cover: '900000000', pool: '400000000' }),
    });
    const parts = coverage(started);
    expect(parts.map((part) => part.covered)).toEqual([6_000_000_000n, 1_000_000_000n, 300_000_000n]);
    expect(parts[0]?.tone).toBe('done');
    const missing = parts.reduce((sum, part) => sum + part.amount - part.covered, 0n);
    expect(missing).toBe(fundingNeed(started).all);
  });
});
