import fc from 'fast-check';
import {
  deadlineResult,
  decideReview,
  earlyResult,
  mustHold,
  type BodyResult,
  type ReviewFacts,
  type ReviewPolicy,
  type Tally,
  type Threshold,
} from './decision.js';

const SIXTY: Threshold = { quorumBps: 4_000, approvalBps: 6_000 };
const MAJORITY: Threshold = { quorumBps: 5_001, approvalBps: 5_001 };
const tally = (yes: number, no: number, eligible: number): Tally => ({ yes, no, eligible });

describe('one body', () => {
  it.each([
    [tally(3, 1, 6), 'open'],
    [tally(4, 1, 6), 'approved'],
    [tally(0, 2, 6), 'open'],
    [tally(0, 3, 6), 'rejected'],
    [tally(3, 2, 6), 'open'],
  ])('early, %j is %s', (cast, expected) => {
    expect(earlyResult(cast, SIXTY)).toBe(expected);
  });

  it.each([
    [tally(2, 0, 6), 'silent'],
    [tally(3, 2, 6), 'approved'],
    [tally(3, 3, 6), 'rejected'],
    [tally(2, 1, 6), 'approved'],
  ])('at the deadline, %j is %s', (cast, expected) => {
    expect(deadlineResult(cast, SIXTY)).toBe(expected);
  });

  it('needs the quorum for an early yes too', () => {
    expect(earlyResult(tally(6, 0, 10), { quorumBps: 7_000, approvalBps: 5_001 })).toBe('open');
  });

  it('refuses a body without weight: an empty ballot must never approve', () => {
    expect(() => earlyResult(tally(0, 0, 0), SIXTY)).toThrow(RangeError);
    expect(() => deadlineResult(tally(0, 0, 0), SIXTY)).toThrow(RangeError);
    expect(() => deadlineResult(tally(4, 3, 6), SIXTY)).toThrow(RangeError);
  });

  it('never turns after an early decision, whoever else votes', () => {
    const cases = fc
      .record({
        eligible: fc.integer({ min: 1, max: 24 }),
        quorumBps: fc.integer({ min: 1, max: 10_000 }),
        approvalBps: fc.integer({ min: 5_001, max: 10_000 }),
        votes: fc.array(fc.boolean(), { minLength: 24, maxLength: 24 }),
        last: fc.integer({ min: 0, max: 24 }),
      })
      .map((drawn) => ({ ...drawn, votes: drawn.votes.slice(0, Math.min(drawn.eligible, drawn.last)) }));
    fc.assert(
      fc.property(cases, ({ eligible, quorumBps, approvalBps, votes }) => {
        const rule = { quorumBps, approvalBps };
        let decided: string = 'open';
        let [yes, no] = [0, 0];
        for (const vote of votes) {
          if (vote) yes += 1;
          else no += 1;
          const now = earlyResult(tally(yes, no, eligible), rule);
          if (decided === 'open') decided = now;
        }
        if (decided === 'open') return;
        const end = deadlineResult(tally(yes, no, eligible), rule);
        if (decided === 'approved') expect(end).toBe('approved');
        else expect(end).not.toBe('approved');
      }),
      { numRuns: 2_000 },
    );
  });

  it('never approves a tie', () => {
    expect(deadlineResult(tally(2, 2, 4), MAJORITY)).toBe('rejected');
  });
});

const policy = (patch: Partial<ReviewPolicy>): ReviewPolicy => ({
  bodies: { clients: MAJORITY },
  oracle: true,
  need: 1,
  holdOracle: false,
  silence: 'dispute',
  ...patch,
});
const facts = (results: { [body: string]: BodyResult }, patch: Partial<ReviewFacts> = {}): ReviewFacts => ({
  results,
  oraclePayBps: results['oracle'] === 'approved' ? 10_000 : null,
  clientNo: false,
  objection: false,
  ...patch,
});

describe('bodies together', () => {
  it('vote OR oracle: one is enough', () => {
    const either = policy({});
    expect(decideReview(either, facts({ clients: 'approved', oracle: 'open' }), 'running')).toMatchObject({
      outcome: 'approve',
      hold: false,
    });
    expect(decideReview(either, facts({ clients: 'open', oracle: 'approved' }), 'running')).toMatchObject({
      outcome: 'approve',
      hold: false,
    });
  });

  it('a failed verdict alone does not reject while the client may still approve', () => {
    const failed = facts({ clients: 'open', oracle: 'rejected' }, { objection: true });
    expect(decideReview(policy({}), failed, 'running').outcome).toBe('open');
    const both = facts({ clients: 'rejected', oracle: 'rejected' }, { objection: true, clientNo: true });
    expect(decideReview(policy({}), both, 'running').outcome).toBe('reject');
  });

  it('vote AND oracle: both are needed, one refusal ends it', () => {
    const both = policy({ need: 2 });
    expect(decideReview(both, facts({ clients: 'approved', oracle: 'open' }), 'running').outcome).toBe('open');
    expect(decideReview(both, facts({ clients: 'approved', oracle: 'approved' }), 'running')).toMatchObject({
      outcome: 'approve',
      hold: false,
    });
    expect(decideReview(both, facts({ clients: 'approved', oracle: 'rejected' }), 'running').outcome).toBe('reject');
  });

  it('extends once, then silence is the agreed outcome', () => {
    const silent = facts({ clients: 'silent', oracle: 'open' });
    expect(decideReview(policy({}), silent, 'windowOver').outcome).toBe('extend');
    expect(decideReview(policy({}), silent, 'over').outcome).toBe('escalate');
    expect(decideReview(policy({ silence: 'approve' }), silent, 'over')).toEqual({
      outcome: 'approve',
      payBps: 10_000,
      hold: false,
      by: 'silence',
    });
  });

  it('an objection is not silence', () => {
    const objected = facts({ clients: 'silent', oracle: 'open' }, { objection: true });
    expect(decideReview(policy({ silence: 'approve' }), objected, 'over').outcome).toBe('escalate');
  });

  it('pays the lowest among the approving bodies', () => {
    const counted = facts({ clients: 'approved', oracle: 'approved' }, { oraclePayBps: 9_742 });
    expect(decideReview(policy({ need: 2 }), counted, 'running')).toEqual({
      outcome: 'approve',
      payBps: 9_742,
      hold: true,
      by: 'bodies',
    });
  });

  it('decides every state when no time is left', () => {
    const result = fc.constantFrom<BodyResult>('approved', 'rejected', 'silent', 'open');
    const threshold = fc.option(fc.constant(MAJORITY), { nil: undefined });
    fc.assert(
      fc.property(
        fc.record({ clients: threshold, panel: threshold, reviewers: threshold }),
        fc.integer({ min: 1, max: 4 }),
        fc.record({ clients: result, panel: result, reviewers: result, oracle: result }),
        fc.constantFrom<'approve' | 'dispute'>('approve', 'dispute'),
        (bodies, need, results, silence) => {
          const named = Object.fromEntries(Object.entries(bodies).filter(([, rule]) => rule !== undefined));
          const decision = decideReview(policy({ bodies: named, need, silence }), facts(results), 'over');
          expect(['approve', 'reject', 'escalate']).toContain(decision.outcome);
        },
      ),
    );
  });
});

describe('hold', () => {
  it.each<[string, Partial<ReviewPolicy>, ReviewFacts, boolean]>([
    ['oracle alone under HOLD_ORACLE', { holdOracle: true }, facts({ clients: 'open', oracle: 'approved' }), true],
    ['oracle alone without the flag', {}, facts({ clients: 'open', oracle: 'approved' }), false],
    ['oracle alone against a client No', {}, facts({ clients: 'open', oracle: 'approved' }, { clientNo: true }), true],
    [
      'oracle and client under HOLD_ORACLE',
      { holdOracle: true },
      facts({ clients: 'approved', oracle: 'approved' }),
      false,
    ],
    [
      'oracle below 10,000 with the client',
      {},
      facts({ clients: 'approved', oracle: 'approved' }, { oraclePayBps: 9_999 }),
      true,
    ],
    [
      'panel without the client',
      { bodies: { clients: MAJORITY, panel: SIXTY } },
      facts({ clients: 'open', panel: 'approved' }),
      true,
    ],
    [
      'reviewers without the client',
      { bodies: { clients: MAJORITY, reviewers: SIXTY } },
      facts({ reviewers: 'approved' }),
      true,
    ],
    [
      'panel with the client',
      { bodies: { clients: MAJORITY, panel: SIXTY } },
      facts({ clients: 'approved', panel: 'approved' }),
      false,
    ],
    ['panel where no client body is named', { bodies: { panel: SIXTY } }, facts({ panel: 'approved' }), false],
  ])('%s', (_name, patch, record, expected) => {
    expect(mustHold(policy(patch), record)).toBe(expected);
  });
});
