import { agrees, answerWords, percent, type NodeStatement } from './node-statement.js';
import { jobWords, type JobFacts, type Run } from './job-words.js';

const node = (change: Partial<NodeStatement> = {}): NodeStatement => ({
  node: 0,
  signer: `0x${'01'.repeat(20)}`,
  status: 'verdict',
  verdict: 'passed',
  payBps: 7_500,
  metrics: `0x${'00'.repeat(32)}`,
  evidenceHash: `0x${'e1'.repeat(32)}`,
  reasons: [],
  checks: [],
  evidence: [],
  error: null,
  milliseconds: 5,
  ...change,
});
const silentAnswer = { verdict: null, payBps: null, metrics: null, evidenceHash: null } as const;
const facts = (change: Partial<JobFacts> = {}): JobFacts => ({
  hasVerdict: false,
  pushed: false,
  isExpired: false,
  expiresAt: '2026-09-01T00:00:00.000Z',
  hasCriteria: true,
  report: null,
  run: null,
  ...change,
});
const run = (change: Partial<Run>): Run => ({
  attempt: 1,
  state: 'waiting',
  error: null,
  retryAt: '2026-08-01T10:00:00.000Z',
  milliseconds: 10,
  nodes: [],
  ...change,
});

describe('a node’s answer', () => {
  it('reads as one line', () => {
    expect(answerWords(node())).toBe('passed, pays 75 %');
    expect(answerWords(node({ payBps: 9_742 }))).toBe('passed, pays 97.42 %');
    expect(answerWords(node({ verdict: 'failed', payBps: 0 }))).toBe('failed, pays nothing');
    expect(answerWords(node({ ...silentAnswer, status: 'silent' }))).toBe('no answer');
    expect(answerWords(node({ ...silentAnswer, status: 'error', error: 'timed out' }))).toBe('timed out');
    expect(answerWords(node({ ...silentAnswer, status: 'not-ready', reasons: ['ci is running', 'x'] }))).toBe(
      'cannot say yet: ci is running; x',
    );
    expect(answerWords(node({ ...silentAnswer, status: 'broken' }))).toBe('cannot judge these documents');
    expect([percent(10_000), percent(5), percent(50)]).toEqual(['100 %', '0.05 %', '0.5 %']);
  });

  it('agrees only if everything that was signed is the same', () => {
    const result = {
      verdict: 'passed',
      payBps: 7_500,
      metrics: `0x${'00'.repeat(32)}`,
      evidenceHash: `0x${'e1'.repeat(32)}`,
    } as const;
    expect(agrees(node(), result)).toBe(true);
    for (const change of [
      { verdict: 'failed' as const },
      { payBps: 7_501 },
      { metrics: `0x${'01'.repeat(32)}` },
      { evidenceHash: `0x${'e2'.repeat(32)}` },
      { status: 'not-ready' as const },
    ])
      expect(agrees(node(change), result)).toBe(false);
    expect(agrees(node(silentAnswer), result)).toBeNull();
  });
});

describe('a job in words', () => {
  it('says what is missing, what comes next and when', () => {
    expect(jobWords(facts())).toMatchObject({
      state: 'asked',
      missing: expect.stringContaining('wait for the signed result'),
      next: { at: '2026-09-01T00:00:00.000Z' },
    });
    expect(jobWords(facts({ hasCriteria: false }))).toMatchObject({
      state: 'broken',
      missing: expect.stringContaining('not stored'),
    });
    const waiting = run({
      attempt: 3,
      nodes: [
        node({ ...silentAnswer, status: 'not-ready', reasons: ['check "build" is still running'] }),
        node({ ...silentAnswer, node: 1, status: 'not-ready', reasons: ['check "build" is still running'] }),
      ],
    });
    expect(jobWords(facts({ run: waiting }))).toEqual({
      state: 'waiting',
      words: 'The nodes looked 3 times and cannot say yet.',
      missing: 'A finished test is missing. Check "build" is still running.',
      next: { words: expect.stringContaining('look again'), at: '2026-08-01T10:00:00.000Z' },
    });
    expect(
      jobWords(facts({ run: run({ state: 'no-consensus', nodes: [node(), node({ node: 1, verdict: 'failed' })] }) })),
    ).toMatchObject({ state: 'no-consensus', words: expect.stringContaining('2 of 2') });
    expect(jobWords(facts({ run: run({ state: 'broken', error: 'wrong hash' }) })).missing).toContain('Wrong hash.');
    expect(jobWords(facts({ run: run({ state: 'failed', retryAt: null }) })).next.at).toBe('2026-09-01T00:00:00.000Z');
  });

  it('lets the chain have the last word', () => {
    const stale = run({ state: 'broken' });
    expect(jobWords(facts({ hasVerdict: true, pushed: true, run: stale }))).toMatchObject({
      state: 'answered',
      missing: null,
    });
    expect(jobWords(facts({ hasVerdict: true }))).toMatchObject({ state: 'recorded', missing: null });
    expect(jobWords(facts({ isExpired: true, run: stale }))).toMatchObject({ state: 'expired', missing: null });
    expect(jobWords(facts({ report: { outcome: 'delivered', reason: null }, run: stale })).state).toBe('reported');
    expect(jobWords(facts({ report: { outcome: 'refused', reason: 'CreOracle_BadTime' } }))).toMatchObject({
      state: 'failed',
      missing: expect.stringContaining('CreOracle_BadTime'),
    });
  });
});
