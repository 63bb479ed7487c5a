import type { Hex } from '../canonical.js';
import { parseCriteria, type SampledBatchCriteria } from '../criteria.js';
import { addressOfKey } from '../evm-words.js';
import { buildManifest, type PublicManifest } from '../manifest.js';
import { decodeMetrics, Verdict } from '../report.js';
import { signStatement } from '../signed-statement.js';
import { toBase64 } from './base64.js';
import { judge, MAX_WANTS, wantsOf } from './judge.js';
import type { Fetched, JudgeContext, Judgement } from './judgement.js';
import { Lane } from './lane-build.js';
import {
  checkLaneEvidence,
  LANE_COUNT_SCHEMA,
  LANE_DOCUMENTS,
  LANE_INSPECTION_SCHEMA,
  leafEntry,
  type LaneDocument,
} from './lane-evidence.js';
import { drawItems, drawKey } from './lane-plan.js';
import { judgeSampledBatch } from './sampled-batch.js';
import { GOLD_MATRIX, LaneLot, PAYABLE_COUNTS, type LaneLotOptions } from './testing/lane-lot.js';

const keys = [1, 2, 3, 4].map((n) => `0x${String(n).padStart(64, '0')}` as Hex);
const people = { runnerKeys: keys.slice(0, 1), inspectorKeys: keys.slice(1, 2) };
const randomness: Hex = `0x${'22'.repeat(32)}`;
const base = { chainId: 31_337n, oracle: `0x${'0a'.repeat(20)}` as Hex, requestId: `0x${'0b'.repeat(32)}` as Hex };
const lotOf = (options: Partial<LaneLotOptions> = {}): LaneLot => new LaneLot({ ...people, ...options });
const contextOf = (lot: LaneLot, change: Partial<JudgeContext> = {}): JudgeContext => ({
  ...lot.context(base),
  round: 1,
  now: 1,
  randomness,
  ...change,
});
const plain = lotOf();
type Documents = Partial<Record<LaneDocument, string>>;
const evidence = (lot = plain, change: Parameters<LaneLot['evidence']>[2] = {}): Record<LaneDocument, string> =>
  lot.evidence(lot.context(base), randomness, change);
const full = evidence();
const ask = (documents: Documents = full, lot = plain, change: Partial<JudgeContext> = {}): Judgement =>
  judgeSampledBatch(lot.criteria, lot.manifest.manifest, documents, contextOf(lot, change));
const metrics = (given: Judgement): number[] => (given.status === 'verdict' ? decodeMetrics(given.metrics) : []);
const reasons = (given: Judgement): string =>
  given.status === 'verdict' ? given.checks.map(({ detail }) => detail).join('\n') : given.reasons.join('\n');
/** One document with a changed field, as a forger would make it. */
const forged = (name: LaneDocument, change: (document: Record<string, unknown>) => object, from = full): Documents => {
  const document = JSON.parse(from[name]) as Record<string, unknown>;
  return { ...from, [name]: JSON.stringify({ ...document, ...change(document) }) };
};

describe('sampled-batch', () => {
  it('pays the counted items of scenario D: 9,742 bps', () => {
    const given = ask();
    expect(given).toMatchObject({ status: 'verdict', verdict: Verdict.PASSED, payBps: 9_742 });
    expect(metrics(given)).toEqual([0, 0, 9_680, 9_168, 4_871, 5_000, 0, 0]);
    expect('checks' in given && given.checks.every(({ passed }) => passed)).toBe(true);
    expect(reasons(given)).toContain('macro-F1 0.9680, at least 0.9500 needed');
  });

  it('fits five HTTP answers of 100 KB, leaves of 64 bytes', () => {
    for (const lot of [
      plain,
      lotOf({
        lot: 10_000,
        kappa: [
          [80, 5, 5, 10],
          [5, 85, 5, 5],
          [5, 5, 85, 5],
          [5, 5, 5, 85],
        ],
      }),
    ]) {
      for (const text of Object.values(evidence(lot))) expect(text.length).toBeLessThan(100_000);
      for (const leaf of lot.lane.leaves) expect(leafEntry(leaf).length).toBeLessThanOrEqual(64);
      expect(ask(evidence(lot), lot).status).toBe('verdict');
    }
  });

  it.each([
    ['5 defects', { defects: 5 }, {}, Verdict.PASSED, 9_742, 0],
    ['6 defects', { defects: 6 }, {}, Verdict.FAILED, 0, 3],
    ['one record against the schema', { count: { valid: 4_999 } }, {}, Verdict.FAILED, 0, 11],
    ['a record that was not counted', { count: { items: 4_999 } }, {}, Verdict.FAILED, 0, 4],
    ['too few double labels', { count: { doubled: 499 } }, {}, Verdict.FAILED, 0, 4],
    ['everything for enough items', {}, { pay: { mode: 'all', minBps: 9_742 } }, Verdict.PASSED, 10_000, 0],
    ['one bps short', {}, { pay: { mode: 'items', minBps: 9_743 } }, Verdict.FAILED, 0, 1],
    [
      'nothing payable',
      { count: { counts: [0, 0, 0, 0, 0, 0, 0], payable: 0 } },
      { pay: { mode: 'items', minBps: 1 } },
      Verdict.FAILED,
      0,
      1,
    ],
  ] as const)('%s', (_what, change, criteria, verdict, payBps, code) => {
    const lot =
      Object.keys(criteria).length === 0 ? plain : lotOf({ criteria: criteria as Partial<SampledBatchCriteria> });
    const given = ask(evidence(lot, change), lot);
    expect(given).toMatchObject({ status: 'verdict', verdict, payBps });
    expect(metrics(given)[0]).toBe(code);
  });

  it.each([
    // F1 of class 3 falls with each gold item of class 3 that is labelled 0.
    [
      'F1 too low',
      {
        gold: [
          [88, 1, 1, 0],
          [2, 76, 1, 1],
          [0, 1, 47, 0],
          [9, 0, 0, 23],
        ],
      },
    ],
    [
      'kappa one bps short',
      {
        kappa: [
          [225, 25, 0, 0],
          [25, 224, 1, 0],
          [0, 0, 0, 0],
          [0, 0, 0, 0],
        ],
      },
    ],
  ])('%s: the test has failed', (_what, options) => {
    const lot = lotOf(options);
    const given = ask(evidence(lot), lot);
    expect(given).toMatchObject({ status: 'verdict', verdict: Verdict.FAILED });
    expect(metrics(given)[0]).toBe(2);
  });

  it('kappa of exactly 0.8 passes; one label only is broken', () => {
    const exact = lotOf({
      kappa: [
        [225, 25, 0, 0],
        [25, 225, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
      ],
    });
    expect(metrics(ask(evidence(exact), exact))[3]).toBe(8_000);
    expect(ask(evidence(exact), exact)).toMatchObject({ verdict: Verdict.PASSED });
    const same = lotOf({
      kappa: [
        [500, 0, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
      ],
    });
    expect(ask(evidence(same), same)).toMatchObject({
      status: 'broken',
      reasons: [expect.stringContaining('says nothing')],
    });
  });

  it.each([
    ['no draw yet', full, { randomness: undefined }, "the draw's block is not final"],
    ['no sample', { gold: full.gold, agreement: full.agreement }, {}, 'the inspection of the drawn sample'],
    ['no gold', { sample: full.sample, agreement: full.agreement }, {}, 'the gold set is not revealed'],
    ['no double labels', { sample: full.sample, gold: full.gold }, {}, 'the double labels are not there'],
  ])('%s: not ready', (_what, documents, change, reason) => {
    const given = ask(documents, plain, change as Partial<JudgeContext>);
    expect(given.status).toBe('not-ready');
    expect(reasons(given)).toContain(reason);
  });

  const statement = (count: object, key = keys[0]!): unknown =>
    signStatement(
      plain.context(base),
      LANE_COUNT_SCHEMA,
      { items: 5_000, valid: 5_000, doubled: 500, counts: PAYABLE_COUNTS, payable: 4_871, ...count },
      key,
    );
  const inspection = (content: object, key = keys[1]!): unknown =>
    signStatement(
      plain.context(base),
      LANE_INSPECTION_SCHEMA,
      { drawKey: drawKey(plain.lane.root, randomness), defects: [], ...content },
      key,
    );
  const notDrawn = ((drawn: number[]) => [...Array(5_000).keys()].find((i) => !drawn.includes(i))!)(
    drawItems(drawKey(plain.lane.root, randomness), 5_000).items,
  );
  it.each([
    [
      'counts that do not add up',
      forged('sample', () => ({ statements: [statement({ payable: 4_870 })] })),
      'add up to 4871, payable is 4870',
    ],
    [
      'more payable than the lot',
      forged('sample', () => ({ statements: [statement({ counts: [5_001, 0, 0, 0, 0, 0, 0], payable: 5_001 })] })),
      '5001 payable of a lot of 5000',
    ],
    [
      'a moved leaf',
      forged('sample', ({ records }) => {
        const bytes = Buffer.from(records as string, 'base64');
        const swapped = [bytes.subarray(32, 64), bytes.subarray(0, 32), bytes.subarray(64)];
        return { records: toBase64(new Uint8Array(Buffer.concat(swapped))) };
      }),
      'belong to the root',
    ],
    [
      'a changed label',
      forged('gold', ({ labels }) => ({ labels: (labels as number[]).with(0, 3) })),
      'belong to the root',
    ],
    [
      'a column that is too short',
      forged('gold', ({ records }) => ({
        records: toBase64(new Uint8Array(Buffer.from(records as string, 'base64').subarray(32))),
      })),
      'columns of one length',
    ],
    [
      'half a hash',
      forged('gold', ({ records }) => ({
        records: toBase64(new Uint8Array(Buffer.from(records as string, 'base64').subarray(16))),
      })),
      'hashes of 32 bytes',
    ],
    [
      'one sibling too many',
      forged('agreement', ({ siblings }) => ({
        siblings: toBase64(new Uint8Array([...Buffer.from(siblings as string, 'base64'), ...new Uint8Array(32)])),
      })),
      'too long',
    ],
    [
      'one sibling too few',
      forged('agreement', ({ siblings }) => ({
        siblings: toBase64(new Uint8Array(Buffer.from(siblings as string, 'base64').subarray(32))),
      })),
      'too short',
    ],
    [
      'another sample than the drawn one',
      evidence(plain, { drawKey: drawKey(plain.lane.root, `0x${'23'.repeat(32)}`) }),
      'are not the 200 items that were drawn',
    ],
    [
      'a defect that was not drawn',
      forged('sample', () => ({ inspections: [inspection({ defects: [notDrawn] })] })),
      'which was not drawn',
    ],
    [
      'the inspection of another draw',
      forged('sample', () => ({ inspections: [inspection({ drawKey: randomness })] })),
      'has inspected another draw',
    ],
    [
      'a stranger as inspector',
      forged('sample', () => ({ inspections: [inspection({}, keys[3])] })),
      'is not named by the criteria',
    ],
    [
      'a stranger as runner',
      forged('sample', () => ({ statements: [statement({}, keys[3])] })),
      'is not named by the criteria',
    ],
    [
      'a changed figure under an old signature',
      forged('sample', ({ statements }) => ({
        statements: (statements as { content: object }[]).map((one) => ({
          ...one,
          content: { ...one.content, doubled: 501 },
        })),
      })),
      'is by',
    ],
    [
      'a gold list that does not open its commitment',
      forged('gold', () => ({ salt: `0x${'5b'.repeat(32)}` })),
      'does not open the commitment',
    ],
    [
      'a gold list with a label swapped',
      forged('gold', ({ list }) => ({
        list: (list as number[][]).map(([i, label], k) => (k === 0 ? [i, (label! + 1) % 4] : [i, label])),
      })),
      'does not open the commitment',
    ],
    [
      'fewer double labels than there are',
      {
        ...full,
        agreement: new Lane(lotRecords(plain).map((record, i) => (i === 1 ? without(record) : record))).agreement(),
      },
      'belong to the root',
    ],
  ])('%s gives no verdict', (_what, documents, reason) => {
    const given = ask(documents);
    expect(given.status).not.toBe('verdict');
    expect(reasons(given)).toContain(reason);
  });

  it('hides no double label: as many are shown as are stated', () => {
    const some = forged('agreement', () => {
      const {
        schema: _schema,
        salt: _salt,
        list: _list,
        ...columns
      } = JSON.parse(new Shown(plain).agreement(499)) as Record<string, unknown>;
      return columns;
    });
    expect(reasons(ask(some))).toContain('499 double labels are shown; 500 are stated');
  });

  it('commits to one gold set per round', () => {
    expect(reasons(ask(full, plain, { round: 2 }))).toContain('no gold set for round 2');
  });

  it('counts an inspector once', () => {
    const lot = lotOf({ inspectorKeys: keys.slice(1, 3), criteria: { needInspectors: 2 } });
    const documents = evidence(lot);
    expect(ask(documents, lot).status).toBe('verdict');
    const [first] = (JSON.parse(documents.sample) as { inspections: unknown[] }).inspections;
    const twice = forged('sample', () => ({ inspections: [first, first] }), documents);
    const given = ask(twice, lot);
    expect(given.status).toBe('not-ready');
    expect(reasons(given)).toContain('1 of 2 needed inspectors agree');
  });

  it.each([
    ['no root', {}, 'no manifest root'],
    ['another number of items', { manifestRoot: plain.lane.root, lotItems: 4_999 }, '4999 items'],
    ['no number of items', { manifestRoot: plain.lane.root }, 'no items'],
  ])('a manifest with %s has failed', (_what, facts, reason) => {
    const file = { name: 'a', size: 1, sha256: randomness };
    const { manifest, digest } = buildManifest({ files: [file], note: '', salt: randomness, facts });
    const given = judgeSampledBatch(plain.criteria, manifest, {}, contextOf(plain, { digest }));
    expect(given).toMatchObject({ status: 'verdict', verdict: Verdict.FAILED });
    expect(metrics(given)[0]).toBe(4);
    expect(reasons(given)).toContain(reason);
  });
});

describe('evidence before it is kept', () => {
  const keep = (
    name: LaneDocument,
    text: string,
    lot = plain,
    manifest: PublicManifest = lot.manifest.manifest,
  ): void => {
    checkLaneEvidence(name, text, lot.criteria, { ...lot.context(base), round: 1 }, manifest);
  };
  it('takes what a judge would take', () => {
    for (const name of LANE_DOCUMENTS)
      expect(() => {
        keep(name, full[name]);
      }).not.toThrow();
  });
  it.each([
    ['junk', 'sample', 'junk', 'not JSON'],
    ['another form', 'gold', full.sample, '$.schema'],
    ['too much', 'gold', ' '.repeat(100_001), 'longer than 100000 bytes'],
    [
      'a stranger',
      'sample',
      forged('sample', ({ inspections }) => ({
        inspections: (inspections as object[]).map(() =>
          signStatement(
            plain.context(base),
            LANE_INSPECTION_SCHEMA,
            { drawKey: drawKey(plain.lane.root, randomness), defects: [] },
            keys[3]!,
          ),
        ),
      })).sample!,
      '0 of 1 needed named signers',
    ],
    [
      'other items than the signed draw',
      'sample',
      forged('sample', () => ({
        inspections: [
          signStatement(plain.context(base), LANE_INSPECTION_SCHEMA, { drawKey: randomness, defects: [] }, keys[1]!),
        ],
      })).sample!,
      'are not the 200 items',
    ],
  ] as const)('refuses %s', (_what, name, text, reason) => {
    expect(() => {
      keep(name, text);
    }).toThrow(reason);
  });
  it('refuses evidence of a submission without a root', () => {
    const file = { name: 'a', size: 1, sha256: randomness };
    const { manifest } = buildManifest({ files: [file], note: '', salt: randomness });
    expect(() => {
      keep('gold', full.gold, plain, manifest);
    }).toThrow('no manifest root');
  });
});

describe('what a sampled batch fetches', () => {
  it('is the manifest and, once the draw is known, three documents', () => {
    const context = contextOf(plain);
    const fetched: Fetched[] = [];
    let calls = 0;
    for (
      let wants = wantsOf(plain.criteria, context, fetched);
      wants.length > 0;
      wants = wantsOf(plain.criteria, context, fetched)
    ) {
      const [want] = wants;
      calls++;
      fetched.push({
        name: want!.name,
        text: want!.from === 'mirror' ? JSON.stringify(plain.manifest.manifest) : full[want!.name as LaneDocument],
      });
    }
    expect(calls).toBe(MAX_WANTS);
    // The manifest's text must be the canonical one: its hash is on chain.
    expect(judge(plain.criteria, fetched, context)).toMatchObject({ status: 'broken' });
    expect(
      wantsOf(plain.criteria, contextOf(plain, { randomness: undefined as unknown as Hex }), fetched.slice(0, 1)),
    ).toEqual([]);
  });
});

/** The same lot, showing only some of its double labels. */
class Shown extends Lane {
  constructor(lot: LaneLot) {
    super(lotRecords(lot));
    expect(this.root).toBe(lot.lane.root);
  }
  override agreement(count = 500): string {
    const doubled = this.leaves.filter(({ second }) => second >= 0).map(({ index }) => index);
    return this.gold(
      randomness,
      doubled.slice(0, count).map((index) => [index, 0]),
    );
  }
}

function lotRecords(lot: LaneLot) {
  return lot.lane.leaves.map(({ index, contributor, label, second }) => ({
    id: `item-${String(index).padStart(6, '0')}`,
    contributor,
    label,
    ...(second < 0 ? {} : { second }),
    content: { number: index },
  }));
}

function without<T extends { second?: number }>(record: T): Omit<T, 'second'> {
  const { second: _gone, ...rest } = record;
  return rest;
}

it('the lot of these tests has the figures of the vectors', () => {
  expect(GOLD_MATRIX.flat().reduce((sum, cell) => sum + cell, 0)).toBe(250);
  expect(addressOfKey(keys[0]!)).toBe(plain.criteria.runners[0]);
  expect(parseCriteria(plain.criteria)).toEqual(plain.criteria);
});
