import { canonicalize, criteriaHash, parseCriteria, type Criteria, type Hex } from '@milepost/protocol';
import { LaneLot } from '@milepost/protocol/judge/testing/lane-lot';
import { quotas } from '../quotas.js';
import { suiteCriteria } from '../test/harness.js';
import { isAllowedSource, parseConfig, type Config } from './config.js';
import { drawDelay, look, observationOf, type Got, type Question } from './look.js';

const config: Config = {
  chainId: 31_337,
  chainSelector: '7759470850252068959',
  oracle: `0x${'0A'.repeat(20)}`,
  gate: `0x${'0b'.repeat(20)}`,
  confidence: 'latest',
  mirrors: ['https://one.example/documents', 'https://two.example/documents'],
  runners: ['https://runner.example'],
  evidence: 'https://one.example/requests',
  sources: ['https://api.github.com', 'https://status.example/api'],
  retrySchedule: '0 */5 * * * *',
  retrySeconds: 300,
  gasLimit: '1500000',
};
const keys = [1, 2].map((n) => `0x${String(n).padStart(64, '0')}` as Hex);
const lot = new LaneLot({ runnerKeys: keys.slice(0, 1), inspectorKeys: keys.slice(1) });
const question = (criteria: Criteria, change: Partial<Question> = {}): Question => ({
  request: {
    requestId: `0x${'0c'.repeat(32)}`,
    escrow: `0x${'0d'.repeat(20)}`,
    milestone: 0,
    round: 1,
    digest: lot.manifest.digest,
    criteriaHash: criteriaHash(criteria),
  },
  now: 1_790_000_000,
  ...change,
});
/** Drives one look with these answers; the rest of the web is silent. */
const drive = (asked: Question, answers: Record<string, string>, own = config) => {
  const calls: string[] = [];
  const asking = look(own, asked);
  let step = asking.next();
  while (step.done !== true) {
    calls.push(step.value);
    const found = answers[step.value];
    const got: Got = found ?? { problem: `${step.value} answered 404` };
    step = asking.next(got);
  }
  return { calls, answer: step.value };
};
const suite = suiteCriteria([`0x${'ab'.repeat(20)}`]);
const at = (mirror: number, criteria: Criteria): string => `${config.mirrors[mirror]!}/${criteriaHash(criteria)}`;
const live = (source: string): Criteria =>
  parseCriteria({
    schema: 'milepost/criteria@1',
    kind: 'sla-metrics',
    title: 'Up',
    pay: { mode: 'all', minBps: 10_000 },
    source,
    window: { from: 10, to: 20, step: 10 },
    objectives: [
      {
        id: 'up',
        title: 'Up',
        weight: 1,
        series: 'up',
        op: 'at-least',
        threshold: 1,
        unit: 'x',
        maxBreaches: 0,
        maxMissing: 0,
      },
    ],
    mustPass: [],
  });

describe('a look', () => {
  it('takes the criteria from the first mirror that has them unaltered', () => {
    const { calls } = drive(question(suite), { [at(0, suite)]: '{}', [at(1, suite)]: canonicalize(suite) });
    expect(calls).toEqual([at(0, suite), at(1, suite), `https://runner.example/results/0x${'0c'.repeat(32)}.json`]);
  });

  it.each([
    ['nobody has them', {}, 'not-ready'],
    ['one is silent and one lies', { [at(1, suite)]: '{}' }, 'broken'],
  ])('gives no verdict when %s', (_what, answers, status) => {
    const { answer } = drive(question(suite), answers);
    expect(answer.status).toBe(status);
    expect(observationOf(answer)).toEqual({
      status,
      verdict: '0',
      payBps: '0',
      metrics: '',
      evidenceHash: '',
      criteria: '',
    });
  });

  it('says beside the judge what could not be fetched', () => {
    const { answer } = drive(question(suite), { [at(0, suite)]: canonicalize(suite) });
    expect('reasons' in answer && answer.reasons).toEqual([
      '0 of 1 needed runners agree',
      `https://runner.example/results/0x${'0c'.repeat(32)}.json answered 404`,
    ]);
  });

  it.each([
    ['https://status.example/api/samples', true],
    ['https://status.example/api', true],
    ['https://status.example/apis', false],
    ['https://status.example', false],
    ['https://api.github.com.evil.example/x', false],
    ['http://127.0.0.1:8545', false],
  ])('source %s: asked %s', (source, isAsked) => {
    const criteria = live(source);
    const { calls, answer } = drive(question(criteria), { [at(0, criteria)]: canonicalize(criteria) });
    expect(calls.length).toBe(isAsked ? 2 : 1);
    expect(answer.status).toBe(isAsked ? 'not-ready' : 'broken');
    expect(isAllowedSource(config, `${source}?from=1`)).toBe(isAsked);
  });

  it('at a sampled batch asks for the draw first, and makes five calls in all', () => {
    const { criteria } = lot;
    const text = canonicalize(criteria);
    const first = drive(question(criteria), { [at(0, criteria)]: text });
    expect(observationOf(first.answer)).toMatchObject({ status: 'draw', criteria: text });
    expect(drawDelay(text, question(criteria).request)).toBe(2n);
    expect(() => drawDelay(canonicalize(suite), question(suite).request)).toThrow('draw nothing');

    const randomness: Hex = `0x${'22'.repeat(32)}`;
    const asked = question(criteria, { second: { criteria: text, randomness } });
    const { requestId } = asked.request;
    const oracle = config.oracle.toLowerCase() as Hex;
    const evidence = lot.evidence(lot.context({ chainId: 31_337n, oracle, requestId }), randomness);
    const second = drive(asked, {
      [`${config.mirrors[0]!}/${lot.manifest.digest}`]: canonicalize(lot.manifest.manifest),
      ...Object.fromEntries(
        Object.entries(evidence).map(([name, body]) => [`${config.evidence}/${requestId}/evidence/${name}`, body]),
      ),
    });
    expect(observationOf(second.answer)).toMatchObject({ status: 'verdict', verdict: '1', payBps: '9742' });
    expect(first.calls.length + second.calls.length).toBe(quotas.execution.httpCalls);

    const early = drive(question(criteria, { second: { criteria: text, randomness: undefined } }), {
      [`${config.mirrors[0]!}/${lot.manifest.digest}`]: canonicalize(lot.manifest.manifest),
    });
    expect(early.answer).toMatchObject({ status: 'not-ready', reasons: ["the draw's block is not final yet"] });
  });
});

describe('the configuration', () => {
  const bytes = (change: object = {}): Uint8Array => new TextEncoder().encode(JSON.stringify({ ...config, ...change }));
  it('is read as it is', () => {
    expect(parseConfig(bytes())).toEqual(config);
  });
  it.each([
    [{ chainId: 0 }, 'chainId'],
    [{ chainSelector: '0x1' }, 'chainSelector'],
    [{ gate: '0x' }, 'oracle and gate'],
    [{ confidence: 'safe' }, 'confidence'],
    [{ mirrors: [] }, 'mirrors'],
    [{ mirrors: ['https://a.example/'] }, 'mirrors'],
    [{ runners: ['ftp://a.example'] }, 'runners'],
    [
      {
        mirrors: config.mirrors,
        runners: ['https://a.example', 'https://b.example', 'https://c.example', 'https://d.example'],
      },
      'mirrors and runners together',
    ],
    [{ evidence: 'x' }, 'evidence'],
    [{ sources: ['x'] }, 'sources'],
    [{ retrySeconds: 1.5 }, 'retrySeconds'],
    [{ gasLimit: '1e6' }, 'gasLimit'],
  ])('%j is refused', (change, what) => {
    expect(() => parseConfig(bytes(change))).toThrow(`workflow configuration: ${what}`);
  });
});
