import type { Hex } from '@milepost/protocol';
import { shortStatement, statementOf, type NodeRecord } from './statements.js';

const hash: Hex = `0x${'ab'.repeat(32)}`;
const verdict = { status: 'verdict', verdict: '1', payBps: '7500', metrics: hash, evidenceHash: hash };
const lines = (...items: object[]): string[] => items.map((item) => JSON.stringify(item));
const said = (change: Partial<NodeRecord>) =>
  statementOf({
    node: 2,
    signer: `0x${'01'.repeat(20)}`,
    observation: null,
    error: null,
    log: [],
    milliseconds: 5,
    ...change,
  });
const check = { id: 'a', title: 'A', passed: true, detail: 'fine' };

describe('what a node said', () => {
  it('is its observation, with the words of its log', () => {
    const log = lines(
      { check },
      { evidence: { name: 'criteria', sha256: hash } },
      { evidence: { name: 'samples', sha256: hash } },
      { text: { name: 'samples', part: '[[1,' } },
      { text: { name: 'samples', part: '2]]' } },
      { status: 'verdict' },
    );
    const statement = said({ observation: verdict, log: [...log, 'a line of the engine'] });
    expect(statement).toEqual({
      node: 2,
      signer: `0x${'01'.repeat(20)}`,
      status: 'verdict',
      verdict: 'passed',
      payBps: 7_500,
      metrics: hash,
      evidenceHash: hash,
      reasons: [],
      checks: [check],
      evidence: [
        { name: 'criteria', sha256: hash },
        { name: 'samples', sha256: hash, text: '[[1,2]]' },
      ],
      error: null,
      milliseconds: 5,
    });
    expect(shortStatement(statement).evidence[1]).toEqual({ name: 'samples', sha256: hash });
  });

  it('has reasons where there is no verdict', () => {
    const log = lines({ reason: 'build: queued' }, { status: 'not-ready' });
    expect(said({ observation: { status: 'not-ready' }, log })).toMatchObject({
      status: 'not-ready',
      verdict: null,
      payBps: null,
      reasons: ['build: queued'],
    });
  });

  it('shows a lie as what was said, without the honest words of the log', () => {
    const log = lines({ reason: 'the truth' }, { status: 'not-ready' });
    expect(said({ observation: verdict, log })).toMatchObject({ status: 'verdict', verdict: 'passed', reasons: [] });
  });

  it.each([
    ['silent', {}],
    ['error', { error: 'the disk is full' }],
  ])('is %s without an observation', (status, change) => {
    expect(said(change)).toMatchObject({ status, verdict: null, evidence: [] });
  });

  it('is bounded', () => {
    const log = lines(
      ...Array.from({ length: 99 }, () => ({ check })),
      ...Array.from({ length: 99 }, () => ({ evidence: { name: 'x', sha256: hash } })),
      { status: 'verdict' },
    );
    const { checks, evidence, error } = said({ observation: verdict, log, error: 'x'.repeat(5_000) });
    expect([checks.length, evidence.length, error?.length]).toEqual([60, 12, 1_000]);
  });
});
