import type { GatePolicyTerms, StoredRoster } from '@milepost/protocol';
import { decides, postBy, toPost, type SeatVote } from './posting.js';

const seat = (n: number, body: 'clients' | 'panel', weight = 1, excluded = false) => ({
  id: `0x${String(n).padStart(40, '0')}`,
  body,
  weight,
  excluded,
});
const policy = (changes: Partial<GatePolicyTerms> = {}): GatePolicyTerms => ({
  bodies: { panel: { quorumBps: 5_001, approvalBps: 6_000 } },
  need: 1,
  holdOracle: false,
  silence: 'approve',
  window: 864_000,
  extension: 0,
  challenge: 0,
  ...changes,
});
const roster: StoredRoster = {
  policies: [],
  milestones: [],
  seats: [seat(1, 'clients', 10), seat(2, 'panel'), seat(3, 'panel'), seat(4, 'panel'), seat(5, 'panel', 1, true)],
  weights: { clients: 10, panel: 3, reviewers: 0 },
};
const yes = (n: number): SeatVote => ({ seat: n, approve: true });
const no = (n: number): SeatVote => ({ seat: n, approve: false });
const base = {
  policy: policy(),
  roster,
  counted: [],
  waiting: [],
  verdict: null,
  held: false,
  now: 1_000,
  deadline: 100_000,
};

describe('toPost', () => {
  it('keeps an approval that decides nothing yet', () => {
    expect(toPost({ ...base, waiting: [yes(1)] })).toEqual([]);
  });

  it('posts all waiting approvals when they decide together', () => {
    expect(toPost({ ...base, waiting: [yes(1), yes(2)] })).toEqual([yes(1), yes(2)]);
    expect(toPost({ ...base, counted: [yes(1)], waiting: [yes(2)] })).toEqual([yes(2)]);
  });

  it('posts an objection at once, and with it what waits', () => {
    expect(toPost({ ...base, waiting: [yes(1), no(2)] })).toEqual([yes(1), no(2)]);
  });

  it('posts two hours before the deadline, not a second earlier, and not after it', () => {
    const waiting = [yes(1)];
    expect(toPost({ ...base, waiting, now: 100_000 - 7_201 })).toEqual([]);
    expect(toPost({ ...base, waiting, now: 100_000 - 7_200 })).toEqual(waiting);
    expect(toPost({ ...base, waiting, now: 100_000 })).toEqual(waiting);
    expect(toPost({ ...base, waiting, now: 100_001 })).toEqual([]);
  });

  it('gives an excluded seat no weight', () => {
    expect(toPost({ ...base, counted: [yes(1)], waiting: [yes(4)] })).toEqual([]);
  });
});

describe('decides', () => {
  it('counts the oracle as a body: vote AND oracle needs both', () => {
    const both = policy({
      bodies: { panel: { quorumBps: 5_001, approvalBps: 6_000 }, oracle: { oracle: '0x', criteriaHash: '0x' } },
      need: 2,
    });
    expect(decides(both, roster, [yes(1), yes(2)], null, false)).toBe(false);
    expect(decides(both, roster, [yes(1), yes(2)], { verdict: 1, payBps: 10_000 }, false)).toBe(true);
    expect(decides(both, roster, [], { verdict: 2, payBps: 0 }, false)).toBe(true);
  });

  it('lets only the client side end a hold', () => {
    const held = policy({
      bodies: { clients: { quorumBps: 5_001, approvalBps: 5_001 }, panel: { quorumBps: 1, approvalBps: 6_000 } },
    });
    expect(decides(held, roster, [yes(1), yes(2), yes(3)], null, true)).toBe(false);
    expect(decides(held, roster, [yes(0)], null, true)).toBe(true);
  });
});

describe('postBy', () => {
  it('promises 10 minutes for an objection and two hours before the deadline for an approval', () => {
    expect(postBy(false, 1_000, 100_000)).toBe(1_600);
    expect(postBy(false, 99_900, 100_000)).toBe(100_000);
    expect(postBy(true, 1_000, 100_000)).toBe(92_800);
    expect(postBy(true, 99_000, 100_000)).toBe(99_000);
  });
});
