/** A lot of annotated records for tests, benchmarks and demonstrations: figures are exactly the ones that are asked for. */
import { canonicalHash, type Hex } from '../../canonical.js';
import { criteriaHash, parseCriteria, type SampledBatchCriteria } from '../../criteria.js';
import { addressOfKey } from '../../evm-words.js';
import { buildManifest, type Manifest } from '../../manifest.js';
import { signStatement, type StatementContext } from '../../signed-statement.js';
import { Lane } from '../lane-build.js';
import {
  goldCommitment,
  LANE_COUNT_SCHEMA,
  LANE_INSPECTION_SCHEMA,
  type LaneCount,
  type LaneDocument,
  type LaneInspection,
} from '../lane-evidence.js';
import { drawItems, drawKey } from '../lane-plan.js';

/** The matrices of the lane-v1 vectors: macro-F1 9,680 bps, kappa 9,168 bps. */
export const GOLD_MATRIX = [
  [88, 1, 1, 0],
  [2, 76, 1, 1],
  [0, 1, 47, 0],
  [1, 0, 0, 31],
];
export const KAPPA_MATRIX = [
  [171, 4, 2, 3],
  [5, 142, 3, 2],
  [2, 3, 88, 1],
  [1, 2, 2, 69],
];
/** Payable items of seven annotators: 4,871 of 5,000. */
export const PAYABLE_COUNTS = [789, 747, 702, 646, 568, 516, 903];

const SALT: Hex = `0x${'5a'.repeat(32)}`;
const GOLD_FIRST = 3;
const DOUBLED_FIRST = 1;

export interface LaneLotOptions {
  readonly runnerKeys: readonly Hex[];
  readonly inspectorKeys: readonly Hex[];
  readonly lot?: number;
  readonly gold?: readonly (readonly number[])[];
  readonly kappa?: readonly (readonly number[])[];
  /** Fields of the criteria that differ. */
  readonly criteria?: Partial<SampledBatchCriteria>;
}

/** Records, criteria and manifest of one lot, and its evidence once the draw is known. */
export class LaneLot {
  readonly lane: Lane;
  readonly criteria: SampledBatchCriteria;
  readonly manifest: Manifest & { readonly digest: Hex };
  readonly goldList: readonly (readonly [number, number])[];
  private readonly options: LaneLotOptions;

  constructor(options: LaneLotOptions) {
    this.options = options;
    const { lot = 5_000, gold = GOLD_MATRIX, kappa = KAPPA_MATRIX } = options;
    const goldCells = cellsOf(gold);
    const doubled = cellsOf(kappa);
    // Spread over the lot as in life: proofs are then as long as they get.
    const goldStep = Math.floor(lot / goldCells.length);
    const doubledStep = Math.floor(lot / doubled.length);
    this.goldList = goldCells.map(([row], i) => [GOLD_FIRST + i * goldStep, row]);
    this.lane = new Lane(
      Array.from({ length: lot }, (_, i) => {
        const reference = goldCells[(i - GOLD_FIRST) / goldStep];
        const pair = doubled[(i - DOUBLED_FIRST) / doubledStep];
        return {
          id: `item-${String(i).padStart(6, '0')}`,
          contributor: i % 7,
          label: reference?.[1] ?? pair?.[0] ?? i % 4,
          ...(pair === undefined ? {} : { second: pair[1] }),
          content: { number: i },
        };
      }),
    );
    const addresses = (keys: readonly Hex[]): Hex[] => keys.map((key) => addressOfKey(key));
    this.criteria = parseCriteria({
      schema: 'milepost/criteria@1',
      kind: 'sampled-batch',
      title: 'Annotated tickets',
      pay: { mode: 'items', minBps: 5_000 },
      profile: 'lane-v1',
      lot,
      labels: gold.length,
      contributors: 7,
      drawDelay: 2,
      runners: addresses(options.runnerKeys),
      need: 1,
      inspectors: addresses(options.inspectorKeys),
      needInspectors: 1,
      gold: [goldCommitment(SALT, this.goldList)],
      ...options.criteria,
    }) as SampledBatchCriteria;
    const file = { name: 'records.jsonl', size: 1, sha256: canonicalHash(this.lane.facts) };
    this.manifest = buildManifest({ files: [file], note: '', salt: SALT, facts: this.lane.facts });
  }

  context(base: Pick<StatementContext, 'chainId' | 'oracle' | 'requestId'>): StatementContext {
    return { ...base, digest: this.manifest.digest, criteriaHash: criteriaHash(this.criteria) };
  }

  /** The three documents for a draw; `change` alters what is signed. */
  evidence(
    context: StatementContext,
    randomness: Hex,
    change: { readonly defects?: number; readonly count?: Partial<LaneCount>; readonly drawKey?: Hex } = {},
  ): Record<LaneDocument, string> {
    const { lot } = this.criteria;
    const key = change.drawKey ?? drawKey(this.lane.root, randomness);
    const drawn = drawItems(key, lot).items.sort((a, b) => a - b);
    const payable = PAYABLE_COUNTS.reduce((sum, one) => sum + one, 0);
    const doubled = this.lane.leaves.filter(({ second }) => second >= 0).length;
    const count: LaneCount = { items: lot, valid: lot, doubled, counts: PAYABLE_COUNTS, payable, ...change.count };
    const inspection: LaneInspection = { drawKey: key, defects: drawn.slice(0, change.defects ?? 0) };
    const statements = this.options.runnerKeys.map((one) => signStatement(context, LANE_COUNT_SCHEMA, count, one));
    const inspections = this.options.inspectorKeys.map((one) =>
      signStatement(context, LANE_INSPECTION_SCHEMA, inspection, one),
    );
    return {
      sample: this.lane.sample(key, statements, inspections),
      gold: this.lane.gold(SALT, this.goldList),
      agreement: this.lane.agreement(),
    };
  }
}

/** `[row, column]` of every counted item. */
function cellsOf(matrix: readonly (readonly number[])[]): [number, number][] {
  return matrix.flatMap((line, row) =>
    line.flatMap((count, column) => Array.from({ length: count }, (): [number, number] => [row, column])),
  );
}
