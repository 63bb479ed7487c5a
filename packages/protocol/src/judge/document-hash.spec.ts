import { TypedDataEncoder, verifyTypedData } from 'ethers';
import { canonicalize, sha256Hex, type Hex } from '../canonical.js';
import { criteriaHash, parseCriteria, type DocumentHashCriteria } from '../criteria.js';
import { addressOfKey } from '../evm-words.js';
import { decodeMetrics, Verdict } from '../report.js';
import { readStatement, signStatement, statementSigningHash, statementTypedData } from '../signed-statement.js';
import { CHECKLIST_SCHEMA, checklistText, fillChecklist, judgeDocumentHash } from './document-hash.js';
import type { JudgeContext, Judgement } from './judgement.js';

const keys = [1, 2, 3].map((n) => `0x${String(n).padStart(64, '0')}` as Hex);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const agreed = sha256Hex('the agreed text');
const criteria = (change: object = {}): DocumentHashCriteria =>
  parseCriteria({
    schema: 'milepost/criteria@1',
    kind: 'document-hash',
    title: 'Papers',
    pay: { mode: 'all', minBps: 10_000 },
    runners: keys.slice(0, 2).map((key) => addressOfKey(key)),
    need: 1,
    items: [
      { id: 'contract', title: 'The contract, countersigned', weight: 1, file: 'contract.*', sha256: agreed },
      { id: 'notes', title: 'Notes', weight: 3, file: '*.md' },
    ],
    mustPass: [],
    ...change,
  }) as DocumentHashCriteria;
const contextOf = (one: DocumentHashCriteria, change: Partial<JudgeContext> = {}): JudgeContext => ({
  chainId: 31_337n,
  oracle: `0x${'0a'.repeat(20)}`,
  requestId: `0x${'0b'.repeat(32)}`,
  digest: `0x${'0c'.repeat(32)}`,
  criteriaHash: criteriaHash(one),
  round: 1,
  now: 1,
  ...change,
});
const filesOf = (files: Record<string, string>) =>
  Object.entries(files).map(([name, text]) => ({ name, bytes: bytes(text) }));
const GOOD = { 'contract.txt': 'the agreed text', 'a.md': 'a', 'b.md': 'b' };
const signed = (one: DocumentHashCriteria, files: Record<string, string>, key = 0): string =>
  checklistText(contextOf(one), fillChecklist(one, filesOf(files)), keys[key]!);
const ask = (one: DocumentHashCriteria, ...texts: string[]): Judgement => judgeDocumentHash(one, texts, contextOf(one));

describe('signed statement', () => {
  const context = contextOf(criteria());
  it('is EIP-712 as other libraries see it', () => {
    const content = [{ id: 'x', sha256: [] }];
    const { domain, types, message } = statementTypedData(context, CHECKLIST_SCHEMA, content);
    expect(statementSigningHash(context, CHECKLIST_SCHEMA, content)).toBe(
      TypedDataEncoder.hash(domain, types, message),
    );
    const { signature, signer } = signStatement(context, CHECKLIST_SCHEMA, content, keys[0]!);
    expect(verifyTypedData(domain, types, message, signature).toLowerCase()).toBe(signer);
  });

  it.each(['chainId', 'oracle', 'requestId', 'digest', 'criteriaHash'] as const)('is bound to %s', (key) => {
    const other = { ...context, [key]: key === 'chainId' ? 1n : `0x${'77'.repeat(key === 'oracle' ? 20 : 32)}` };
    const statement = signStatement(other, 'a@1', 1, keys[0]!);
    expect(() => readStatement(statement, context, 'a@1', (value) => value)).toThrow(/is for|is by/);
  });

  it.each([
    ['another form', { schema: 'b@1' }, '$.schema: one of a@1'],
    ['another content', { content: 2 }, '$.signature: is by'],
    ['another signer', { signer: addressOfKey(keys[1]!) }, '$.signature: is by'],
    ['no signature', { signature: `0x${'00'.repeat(65)}` }, '$.signature: is no signature'],
    ['an unknown field', { note: '' }, '$.note: unknown field'],
  ])('with %s is refused', (_what, change, message) => {
    const statement = { ...signStatement(context, 'a@1', 1, keys[0]!), ...change };
    expect(() => readStatement(statement, context, 'a@1', (value) => value)).toThrow(message);
  });

  it('says one thing under one name only', () => {
    const statement = { ...signStatement(context, 'a@1', 1, keys[0]!), schema: 'b@1' };
    expect(() => readStatement(statement, context, 'b@1', (value) => value)).toThrow('$.signature: is by');
  });
});

describe('document-hash', () => {
  it.each([
    ['all there', GOOD, {}, Verdict.PASSED, 10_000, [0, 2, 2]],
    ['an altered document', { ...GOOD, 'contract.txt': 'another text' }, {}, Verdict.FAILED, 0, [4, 1, 2]],
    ['an altered copy beside it', { ...GOOD, 'contract.pdf': 'another text' }, {}, Verdict.FAILED, 0, [4, 1, 2]],
    ['the same copy twice', { ...GOOD, 'contract.pdf': 'the agreed text' }, {}, Verdict.PASSED, 10_000, [0, 2, 2]],
    ['a missing document', { 'a.md': 'a' }, {}, Verdict.FAILED, 0, [4, 1, 2]],
    ['its share', { 'a.md': 'a' }, { pay: { mode: 'weights', minBps: 7_500 } }, Verdict.PASSED, 7_500, [0, 1, 2]],
    ['too small a share', { 'a.md': 'a' }, { pay: { mode: 'weights', minBps: 7_501 } }, Verdict.FAILED, 0, [4, 1, 2]],
    [
      'without what must be there',
      { 'a.md': 'a' },
      { pay: { mode: 'weights', minBps: 1 }, mustPass: ['contract'] },
      Verdict.FAILED,
      0,
      [4, 1, 2],
    ],
  ])('%s', (_what, files, change, verdict, payBps, figures) => {
    const one = criteria(change);
    const given = ask(one, signed(one, files));
    expect(given).toMatchObject({ status: 'verdict', verdict, payBps });
    if (given.status === 'verdict') expect(decodeMetrics(given.metrics).slice(0, 3)).toEqual(figures);
  });

  it('says what is missing or altered', () => {
    const one = criteria();
    const given = ask(one, signed(one, { 'contract.txt': 'x' }));
    expect('checks' in given && given.checks.map(({ detail }) => detail)).toEqual([
      expect.stringMatching(/^contract\.\* has the SHA-256 0x[0-9a-f]{16}…, agreed is 0x[0-9a-f]{16}…$/),
      'no delivered file matches *.md',
    ]);
  });

  it('needs as many named checkers as the criteria say, each counted once', () => {
    const one = criteria({ need: 2 });
    expect(ask(one, signed(one, GOOD)).status).toBe('not-ready');
    expect(ask(one, signed(one, GOOD), signed(one, GOOD)).status).toBe('not-ready');
    expect(ask(one, signed(one, GOOD), signed(one, GOOD, 2)).status).toBe('not-ready');
    expect(ask(one, signed(one, GOOD), signed(one, {}, 1)).status).toBe('broken');
    expect(ask(one, signed(one, GOOD), signed(one, GOOD, 1))).toMatchObject({ payBps: 10_000 });
  });

  it.each([
    ['no line', [], 'exactly one line per item'],
    [
      'another order',
      [
        { id: 'notes', sha256: [] },
        { id: 'contract', sha256: [] },
      ],
      'exactly one line per item',
    ],
    [
      'unsorted hashes',
      [
        { id: 'contract', sha256: [sha256Hex('b'), sha256Hex('b')] },
        { id: 'notes', sha256: [] },
      ],
      'sorted',
    ],
    [
      'no hash',
      [
        { id: 'contract', sha256: ['x'] },
        { id: 'notes', sha256: [] },
      ],
      '0x and 64',
    ],
  ])('a checklist with %s counts for nothing', (_what, lines, reason) => {
    const one = criteria();
    const text = canonicalize(signStatement(contextOf(one), CHECKLIST_SCHEMA, lines, keys[0]!));
    const given = ask(one, text);
    expect(given.status).toBe('not-ready');
    expect('reasons' in given && given.reasons.join()).toContain(reason);
  });
});
