/** Judges a lot of records by a drawn sample, hidden gold items and the agreement of double labels (profile `lane-v1`). */
import { canonicalHash } from '../canonical.js';
import type { SampledBatchCriteria } from '../criteria.js';
import { criteriaItems } from '../criteria.js';
import type { PublicManifest } from '../manifest.js';
import type { ReasonCode } from '../report.js';
import {
  broken,
  evidenceOf,
  failed,
  notReady,
  passed,
  wordsOf,
  type CheckResult,
  type EvidenceItem,
  type JudgeContext,
  type Judgement,
} from './judgement.js';
import {
  readAgreement,
  readGold,
  readSample,
  requireDrawn,
  type LaneCount,
  type LaneDocument,
  type LaneGold,
  type LaneLeaf,
  type LaneSubject,
} from './lane-evidence.js';
import { doubledItems, drawKey, kappaBps, LANE_V1, macroF1Bps, payableBps } from './lane-plan.js';
import { countSigners } from './signers.js';

/** Figures of a lot, as far as they are known. */
interface Figures {
  readonly defects: number;
  readonly f1: number;
  readonly kappa: number;
  readonly payable: number;
}

const NOTHING: Figures = { defects: 0, f1: 0, kappa: 0, payable: 0 };

/**
 * `documents` are the texts of the three evidence documents; `context.randomness` is the hash of the draw's block once that
 * block is final. Metrics: defects, F1 bps, kappa bps, payable, lot.
 */
export function judgeSampledBatch(
  criteria: SampledBatchCriteria,
  manifest: PublicManifest,
  documents: Readonly<Partial<Record<LaneDocument, string>>>,
  context: JudgeContext,
): Judgement {
  const evidence: EvidenceItem[] = [
    { name: 'criteria', sha256: context.criteriaHash },
    { name: 'manifest', sha256: context.digest },
  ];
  const { manifestRoot: root, lotItems } = manifest.facts;
  if (root === undefined || lotItems !== criteria.lot) {
    const found = root === undefined ? 'no manifest root' : `${String(lotItems ?? 'no')} items`;
    return give(criteria, 'INCOMPLETE', NOTHING, evidence, {
      complete: `the submission names ${found}; the lot has ${String(criteria.lot)} items`,
    });
  }
  if (context.randomness === undefined) return notReady("the draw's block is not final yet");
  const { sample: sampleText, gold: goldText } = documents;
  if (sampleText === undefined) return notReady('the inspection of the drawn sample is not there yet');
  const subject: LaneSubject = { criteria, context, root };
  try {
    const sample = readSample(sampleText, subject);
    const key = drawKey(root, context.randomness);
    requireDrawn(sample.leaves, key, criteria.lot);
    const counts = countSigners(
      sample.statements.map(({ signer, content }) => () => ({ signer, key: canonicalHash(content), value: content })),
      criteria.runners,
      criteria.need,
      'runner',
    );
    if ('status' in counts) return counts;
    const drawn = new Set(sample.leaves.map(({ index }) => index));
    const inspections = countSigners(
      sample.inspections.map(({ signer, content }) => () => {
        if (content.drawKey !== key) throw new Error(`inspector ${signer} has inspected another draw`);
        const other = content.defects.find((index) => !drawn.has(index));
        if (other !== undefined)
          throw new Error(`inspector ${signer} names item ${String(other)}, which was not drawn`);
        return { signer, key: content.defects.join(), value: content.defects };
      }),
      criteria.inspectors,
      criteria.needInspectors,
      'inspector',
    );
    if ('status' in inspections) return inspections;
    const count = counts.counted[0]?.value;
    const defects = inspections.counted[0]?.value.length;
    if (count === undefined || defects === undefined) return broken('the sample has no signed figures');
    evidence.push(evidenceOf('sample', sampleText));
    const known = { ...NOTHING, defects, payable: count.payable };
    const problem = incomplete(criteria, count);
    if (problem !== undefined) return give(criteria, problem.reason, known, evidence, { complete: problem.words });
    if (goldText === undefined) return notReady('the gold set is not revealed yet');
    if (documents.agreement === undefined) return notReady('the double labels are not there yet');
    const gold = readGold(goldText, subject);
    const doubles = readAgreement(documents.agreement, subject);
    if (doubles.length !== count.doubled)
      return broken(`${String(doubles.length)} double labels are shown; ${String(count.doubled)} are stated`);
    evidence.push(evidenceOf('gold', goldText), evidenceOf('agreement', documents.agreement));
    const kappa = kappaBps(agreementMatrix(doubles, criteria.labels));
    if (kappa === undefined) return broken('all double labels are the same label: agreement says nothing');
    return decide(criteria, { ...known, f1: macroF1Bps(goldMatrix(gold, criteria.labels)), kappa }, evidence);
  } catch (error) {
    return broken(wordsOf(error));
  }
}

/** Rows gold, columns what was delivered. */
export function goldMatrix({ list, leaves }: LaneGold, labels: number): number[][] {
  const matrix = emptyMatrix(labels);
  list.forEach(([, label], i) => {
    count(matrix, label, leaves[i]?.label ?? -1);
  });
  return matrix;
}

/** Rows first, columns second label. */
export function agreementMatrix(leaves: readonly LaneLeaf[], labels: number): number[][] {
  const matrix = emptyMatrix(labels);
  for (const { label, second } of leaves) count(matrix, label, second);
  return matrix;
}

function emptyMatrix(labels: number): number[][] {
  return Array.from({ length: labels }, () => Array.from({ length: labels }, () => 0));
}

function count(matrix: number[][], row: number, column: number): void {
  const line = matrix[row];
  if (line?.[column] !== undefined) line[column]++;
}

function incomplete(
  { lot }: SampledBatchCriteria,
  { items, valid, doubled }: LaneCount,
): { reason: ReasonCode; words: string } | undefined {
  if (items !== lot) return { reason: 'INCOMPLETE', words: `${String(items)} records of ${String(lot)}` };
  if (valid !== lot) return { reason: 'FORMAT', words: `${String(valid)} of ${String(lot)} records follow the schema` };
  const needed = doubledItems(lot);
  if (doubled === needed) return undefined;
  return {
    reason: 'INCOMPLETE',
    words: `${String(doubled)} records have a second label, ${String(needed)} are needed`,
  };
}

function decide(criteria: SampledBatchCriteria, figures: Figures, evidence: readonly EvidenceItem[]): Judgement {
  const { defects, f1, kappa, payable } = figures;
  const wonBps = payableBps(payable, criteria.lot);
  const reason =
    defects > LANE_V1.acceptDefects
      ? 'AQL_EXCEEDED'
      : f1 < LANE_V1.macroF1Bps || kappa < LANE_V1.kappaBps
        ? 'TEST_FAILED'
        : wonBps < criteria.pay.minBps
          ? 'CRIT_UNMET'
          : undefined;
  return give(criteria, reason, figures, evidence, {});
}

function give(
  criteria: SampledBatchCriteria,
  reason: ReasonCode | undefined,
  figures: Figures,
  evidence: readonly EvidenceItem[],
  words: { readonly complete?: string },
): Judgement {
  const { defects, f1, kappa, payable } = figures;
  const wonBps = payableBps(payable, criteria.lot);
  const incompleteLot = words.complete !== undefined;
  const states: Record<string, readonly [boolean, string]> = {
    complete: [!incompleteLot, words.complete ?? `all ${String(criteria.lot)} records are there and follow the schema`],
    sample: [
      defects <= LANE_V1.acceptDefects,
      `${String(defects)} defects in ${String(LANE_V1.sample)} drawn items, at most ${String(LANE_V1.acceptDefects)} allowed`,
    ],
    gold: [f1 >= LANE_V1.macroF1Bps, `macro-F1 ${ratio(f1)}, at least ${ratio(LANE_V1.macroF1Bps)} needed`],
    agreement: [kappa >= LANE_V1.kappaBps, `kappa ${ratio(kappa)}, at least ${ratio(LANE_V1.kappaBps)} needed`],
    payable: [wonBps >= criteria.pay.minBps, `${String(payable)} of ${String(criteria.lot)} items are payable`],
  };
  // Of an incomplete lot only its completeness was judged.
  const checks = criteriaItems(criteria)
    .filter(({ id }) => !incompleteLot || id === 'complete')
    .map(({ id, title }): CheckResult => {
      const [isPassed, detail] = states[id] ?? [false, ''];
      return { id, title, passed: isPassed, detail };
    });
  const findings = { figures: [defects, f1, kappa, payable, criteria.lot], evidence, checks };
  if (reason !== undefined) return failed(reason, findings);
  return passed(criteria.pay.mode === 'all' ? 10_000 : wonBps, findings);
}

function ratio(bps: number): string {
  return `${String(Math.floor(bps / 10_000))}.${String(bps % 10_000).padStart(4, '0')}`;
}
