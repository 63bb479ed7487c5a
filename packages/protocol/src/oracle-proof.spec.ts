import { SigningKey, Wallet, toBeHex } from 'ethers';
import { signSuiteResult, suiteResultText } from './acceptance-result.js';
import { canonicalBytes, sha256Hex, type Hex } from './canonical.js';
import { criteriaHash, criteriaText, parseCriteria, suiteHash, type Criteria } from './criteria.js';
import { hexOf } from './evm-words.js';
import { buildManifest } from './manifest.js';
import { judge } from './judge/judge.js';
import type { Fetched, JudgeContext } from './judge/judgement.js';
import {
  isProven,
  ORACLE_PROOF_SCHEMA,
  verifyOracleProof,
  type Committee,
  type OracleProof,
  type ProofLine,
} from './oracle-proof.js';
import {
  encodePayload,
  encodeRawReport,
  encodeReportContext,
  reportDigest,
  requestId,
  workflowNameField,
  type ReportPayload,
} from './report.js';

const nodes = [1, 2, 3, 4].map((n) => new Wallet(toBeHex(100 + n, 32)));
const runner = new Wallet(toBeHex(7, 32));
const address = (byte: string): Hex => `0x${byte.repeat(20)}`;
const bytes32 = (byte: string): Hex => `0x${byte.repeat(32)}`;
const committee: Committee = {
  chainId: 31_337,
  chainSelector: '7759470850252068959',
  forwarder: address('f0'),
  creOracle: address('0c'),
  gate: address('0a'),
  donId: 1,
  configVersion: 2,
  f: 1,
  signers: nodes.map((node) => node.address),
  workflowId: bytes32('77'),
  workflowOwner: address('7b'),
  workflowName: 'milepost-judge',
};
const escrow = address('e5');
const NOW = 1_790_000_000;
const manifest = buildManifest({
  files: [{ name: 'a.csv', size: 1, sha256: sha256Hex('a') }],
  note: '',
  salt: bytes32('5a'),
  facts: { commit: 'c0ffee'.padEnd(40, '0') },
});
const items = (criteria: Record<string, unknown>): Criteria =>
  parseCriteria({
    schema: 'milepost/criteria@1',
    title: 'Work',
    pay: { mode: 'weights', minBps: 1_000 },
    mustPass: [],
    ...criteria,
  });
const suite = items({
  kind: 'acceptance-suite',
  runners: [runner.address.toLowerCase()],
  need: 1,
  suite: {
    tests: [
      { id: 'a', title: 'A', weight: 3, check: { kind: 'file-present', file: 'a' } },
      { id: 'b', title: 'B', weight: 1, check: { kind: 'file-present', file: 'b' } },
    ],
  },
});
const ci = items({
  kind: 'ci-checks',
  api: 'https://api.example.org',
  repository: 'o/r',
  required: [
    { id: 'build', title: 'Build', weight: 1, name: 'build' },
    { id: 'lint', title: 'Lint', weight: 1, name: 'lint' },
  ],
});
const sla = items({
  kind: 'sla-metrics',
  source: 'https://metrics.example.org/q',
  window: { from: NOW - 7_200, to: NOW - 3_600, step: 1_800 },
  objectives: [
    {
      id: 'p95',
      title: 'Fast',
      weight: 1,
      series: 'p95',
      op: 'at-most',
      threshold: 300,
      unit: 'ms',
      maxBreaches: 0,
      maxMissing: 0,
    },
  ],
});

const idOf = (criteria: Criteria): Hex =>
  requestId({
    chainId: 31_337n,
    oracle: committee.creOracle,
    gate: committee.gate,
    escrow,
    milestone: 2,
    round: 1,
    digest: manifest.digest,
    criteriaHash: criteriaHash(criteria),
  });
const contextOf = (criteria: Criteria): JudgeContext => ({
  chainId: 31_337n,
  oracle: address('0c'),
  requestId: idOf(criteria),
  digest: manifest.digest,
  criteriaHash: criteriaHash(criteria),
  round: 1,
  now: NOW,
});
const fetchedFor = (criteria: Criteria): Fetched[] => {
  if (criteria.kind === 'acceptance-suite') {
    const results = [
      { id: 'a', outcome: 'passed' as const, detail: '' },
      { id: 'b', outcome: 'failed' as const, detail: 'none' },
    ];
    const bound = { ...contextOf(criteria), suiteHash: suiteHash(criteria.suite) };
    return [{ name: 'result', text: suiteResultText(signSuiteResult(bound, results, runner.privateKey as Hex)) }];
  }
  if (criteria.kind === 'ci-checks') {
    const run = (id: number, name: string, conclusion: string) => ({
      id,
      name,
      status: 'completed',
      conclusion,
      started_at: '2026-08-01T10:00:00Z',
      html_url: 'volatile',
    });
    const check_runs = [run(1, 'build', 'success'), run(2, 'lint', 'failure'), run(3, 'other', 'success')];
    return [
      { name: 'manifest', text: Buffer.from(canonicalBytes(manifest.manifest)).toString() },
      { name: 'check-runs', text: JSON.stringify({ total_count: 3, check_runs }) },
    ];
  }
  const samples = [
    [NOW - 7_200, 280],
    [NOW - 5_400, 290],
  ];
  return [{ name: 'samples', text: JSON.stringify({ generated: 'now', series: { p95: samples } }) }];
};

/** A proof as the backend exports it, of a report that two nodes signed; `change` is applied before they sign. */
function proofOf(criteria: Criteria, change: Partial<ReportPayload> = {}, signers = nodes.slice(1, 3)): OracleProof {
  const judgement = judge(criteria, fetchedFor(criteria), contextOf(criteria));
  if (judgement.status !== 'verdict') throw new Error(judgement.reasons.join());
  const payload: ReportPayload = {
    schema: 1,
    chainSelector: BigInt(committee.chainSelector),
    receiver: address('0c'),
    requestId: idOf(criteria),
    escrow,
    milestone: 2,
    round: 1,
    digest: manifest.digest,
    criteriaHash: criteriaHash(criteria),
    verdict: judgement.verdict,
    payBps: judgement.payBps,
    observedAt: BigInt(NOW),
    validUntil: BigInt(NOW + 3_600),
    metrics: judgement.metrics,
    evidenceHash: judgement.evidenceHash,
    ...change,
  };
  const raw = encodeRawReport(
    {
      version: 1,
      executionId: bytes32('ee'),
      timestamp: NOW,
      donId: 1,
      configVersion: 2,
      workflowId: bytes32('77'),
      workflowName: workflowNameField('milepost-judge'),
      workflowOwner: address('7b'),
      reportId: '0x0001',
    },
    encodePayload(payload),
  );
  const context = encodeReportContext(bytes32('01'), 5n);
  const digest = reportDigest(raw, context);
  const results = fetchedFor(criteria).filter(({ name }) => name === 'result');
  return {
    schema: ORACLE_PROOF_SCHEMA,
    committee,
    request: {
      requestId: idOf(criteria),
      escrow,
      milestone: 2,
      round: 1,
      digest: manifest.digest,
      criteriaHash: criteriaHash(criteria),
    },
    attestation: {
      verdict: payload.verdict === 1 ? 'passed' : 'failed',
      payBps: payload.payBps,
      evidenceHash: payload.evidenceHash,
      txHash: null,
    },
    report: {
      rawReport: hexOf(raw),
      reportContext: hexOf(context),
      signatures: signers.map((node) => {
        const { r, s, yParity } = new SigningKey(node.privateKey).sign(digest);
        return `${r}${s.slice(2)}0${String(yParity)}`;
      }),
    },
    documents: {
      criteria: criteriaText(criteria),
      manifest: Buffer.from(canonicalBytes(manifest.manifest)).toString(),
    },
    evidence: judgement.evidence.map(({ name, sha256 }) => ({ name, sha256 })),
    sources: [
      ...results.map(({ text }) => ({ name: `result:${runner.address.toLowerCase()}`, text })),
      ...judgement.evidence.flatMap(({ name, text }) => (text === undefined ? [] : [{ name, text }])),
    ],
    randomness: null,
  };
}
const faults = (lines: readonly ProofLine[]): string =>
  lines.flatMap(({ ok, text }) => (ok === false ? [text] : [])).join('\n');
const verify = (proof: OracleProof, trusted: Committee = committee) => verifyOracleProof(proof, trusted);

describe('a proof of a verdict', () => {
  it.each([
    ['acceptance-suite', suite, 7_500],
    ['ci-checks', ci, 5_000],
    ['sla-metrics', sla, 10_000],
  ])('of kind %s holds, and the judge comes to the same again', (_, criteria, payBps) => {
    const lines = verify(proofOf(criteria));
    expect(faults(lines)).toBe('');
    expect(isProven(lines)).toBe(true);
    const text = lines.map((line) => line.text).join('\n');
    expect(text).toContain('2 different nodes of the committee');
    expect(text).toContain(`pays ${String(payBps)} of 10,000`);
    expect(text).toContain('comes out the same, to the last figure');
  });

  it('fails when fewer than f + 1 nodes of the committee signed exactly these bytes', () => {
    const good = proofOf(suite);
    expect(faults(verify(proofOf(suite, {}, nodes.slice(0, 1))))).toContain('Only 1 different');
    expect(faults(verify(proofOf(suite, {}, [nodes[0]!, nodes[0]!])))).toContain('Only 1 different');
    expect(faults(verify(proofOf(suite, {}, [nodes[0]!, runner])))).toContain('no node of this committee');
    const { rawReport, signatures, reportContext } = good.report!;
    const altered = (report: Partial<NonNullable<OracleProof['report']>>): string =>
      faults(verify({ ...good, report: { rawReport, signatures, reportContext, ...report } }));
    expect(altered({ rawReport: `${rawReport.slice(0, -2)}00` })).not.toBe('');
    expect(altered({ reportContext: reportContext.replace(/5(0*)$/, '6$1') })).toContain('no node of this committee');
    expect(altered({ rawReport: rawReport.slice(0, -2) })).toContain('cannot be read');
    expect(altered({ signatures: ['0x'] })).toContain('cannot be read');
    expect(isProven(verify({ ...good, report: null }))).toBe(false);
  });

  it('fails for another committee, workflow, contract, chain or submission', () => {
    const good = proofOf(suite);
    const trusted = (change: Partial<Committee>): string => faults(verify(good, { ...committee, ...change }));
    expect(trusted({ signers: [runner.address] })).toContain('no node of this committee');
    expect(trusted({ f: 2 })).toContain('3 are needed');
    expect(trusted({ donId: 2 })).toContain('the network 1, not 2');
    expect(trusted({ configVersion: 1 })).toContain('configuration');
    expect(trusted({ workflowId: bytes32('78') })).toContain('the workflow');
    expect(trusted({ workflowOwner: address('7c') })).toContain('owner');
    expect(trusted({ workflowName: 'other' })).toContain('name');
    expect(trusted({ chainSelector: '1' })).toContain('the chain');
    expect(trusted({ creOracle: address('0d') })).toContain('the contract');
    expect(trusted({ chainId: 1 })).toContain('the request');
    expect(trusted({ gate: address('0b') })).toContain('the request');
    for (const [field, value] of [
      ['escrow', address('e6')],
      ['milestone', 1],
      ['round', 2],
      ['digest', bytes32('01')],
      ['criteriaHash', bytes32('01')],
      ['requestId', bytes32('01')],
    ] as const)
      expect(faults(verify({ ...good, request: { ...good.request, [field]: value } }))).not.toBe('');
  });

  it('fails when nodes signed another result than the documents give', () => {
    expect(faults(verify(proofOf(suite, { payBps: 10_000 })))).toContain('comes out differently');
    expect(faults(verify(proofOf(suite, { metrics: bytes32('00') })))).toContain('comes out differently');
    expect(faults(verify(proofOf(suite, { evidenceHash: bytes32('00') })))).toContain('judges read is another one');
    expect(faults(verify(proofOf(suite, { verdict: 2, payBps: 5 })))).toContain('failed');
    expect(faults(verify(proofOf(suite, { validUntil: BigInt(NOW + 86_401) })))).toContain('observed');
  });

  it('fails when a document is another one, and says what it could not check', () => {
    const good = proofOf(suite);
    const other = criteriaText(ci);
    expect(faults(verify({ ...good, documents: { ...good.documents, criteria: other } }))).toContain(
      'acceptance document',
    );
    expect(faults(verify({ ...good, documents: { ...good.documents, manifest: '{}' } }))).toContain('manifest');
    expect(faults(verify({ ...good, evidence: good.evidence.slice(1) }))).toContain('list');
    expect(faults(verify({ ...good, attestation: { ...good.attestation!, payBps: 1 } }))).toContain('another one');
    const bare = verify({
      ...good,
      documents: { criteria: null, manifest: null },
      evidence: [],
      sources: [],
      attestation: null,
    });
    expect(isProven(bare)).toBe(true);
    expect(bare.filter(({ ok }) => ok === null)).toHaveLength(4);
    expect(
      verify({ ...good, sources: [] }).find(({ text }) => text.includes('could not be judged again'))?.ok,
    ).toBeNull();
  });
});
