/** What the five kinds of acceptance documents hold. Numbers are integers; addresses and hashes are lower-case hex. */
import type { AcceptanceSuite } from './acceptance-checks.js';
import type { Hex } from './canonical.js';

export const CRITERIA_SCHEMA = 'milepost/criteria@1';

/** Kinds this version judges. */
export const CRITERIA_KINDS = [
  'acceptance-suite',
  'ci-checks',
  'sla-metrics',
  'document-hash',
  'sampled-batch',
] as const;
export type CriteriaKind = (typeof CRITERIA_KINDS)[number];

/**
 * What a passed check pays.
 * `all`: 10,000 bps once the passed weight reaches `minBps`. `weights`: the passed weight itself, in bps floored; below
 * `minBps` the work fails. `items` (sampled batches only): payable items per lot, in bps floored; below `minBps` it fails.
 */
export interface CriteriaPay {
  readonly mode: 'all' | 'weights' | 'items';
  /** 1 to 10,000. */
  readonly minBps: number;
}

interface CriteriaBase<K extends CriteriaKind> {
  readonly schema: typeof CRITERIA_SCHEMA;
  readonly kind: K;
  /** What is accepted, in words for both parties. */
  readonly title: string;
  readonly pay: CriteriaPay;
}

/** One thing that is checked, with its share of the pay under `weights`. */
export interface CriteriaItem {
  /** Short id, unique in the document. */
  readonly id: string;
  /** What is asked for, in words for both parties. */
  readonly title: string;
  /** 1 to 10,000. */
  readonly weight: number;
}

/** A test suite over the delivered files, run and signed by named runners. */
export interface AcceptanceSuiteCriteria extends CriteriaBase<'acceptance-suite'> {
  /** Addresses whose signed result counts. */
  readonly runners: readonly Hex[];
  /** How many of them must say the same: 1 to the number of runners. */
  readonly need: number;
  /** Ids of tests that must pass whatever the weights say. */
  readonly mustPass: readonly string[];
  readonly suite: AcceptanceSuite;
}

export interface RequiredCheck extends CriteriaItem {
  /** Name of the check run at the host. */
  readonly name: string;
}

/** Check runs that a repository host reports for the delivered commit (`facts.commit` of the manifest). */
export interface CiChecksCriteria extends CriteriaBase<'ci-checks'> {
  /** Base of the host's API, without a trailing slash, e.g. `https://api.github.com`. */
  readonly api: string;
  /** `owner/name` */
  readonly repository: string;
  readonly required: readonly RequiredCheck[];
  readonly mustPass: readonly string[];
}

export const SLA_OPERATORS = ['at-least', 'at-most', 'above', 'below'] as const;
export type SlaOperator = (typeof SLA_OPERATORS)[number];

export interface SlaObjective extends CriteriaItem {
  /** Name of the series in the source's answer. */
  readonly series: string;
  readonly op: SlaOperator;
  readonly threshold: number;
  /** Unit of threshold and samples, for people, e.g. `ms` or `bps`. */
  readonly unit: string;
  /** Samples that may miss the threshold. */
  readonly maxBreaches: number;
  /** Samples that may be missing; each one more counts as a breach. */
  readonly maxMissing: number;
}

/** Thresholds on integer samples that a metrics source serves for a fixed window. */
export interface SlaMetricsCriteria extends CriteriaBase<'sla-metrics'> {
  /** Address of the source; `?from=…&to=…&step=…` is added. */
  readonly source: string;
  /** Unix seconds; a sample is due at `from`, `from + step`, … below `to`. */
  readonly window: { readonly from: number; readonly to: number; readonly step: number };
  readonly objectives: readonly SlaObjective[];
  readonly mustPass: readonly string[];
}

export interface RequiredDocument extends CriteriaItem {
  /** Name of the delivered file; `*` stands for any characters. */
  readonly file: string;
  /** SHA-256 that the file must have, if it is known at signature (a countersigned contract, a reference table). */
  readonly sha256?: Hex;
}

/** Required documents, present and unaltered, confirmed by a checklist that named checkers sign. */
export interface DocumentHashCriteria extends CriteriaBase<'document-hash'> {
  /** Addresses whose signed checklist counts. */
  readonly runners: readonly Hex[];
  readonly need: number;
  readonly items: readonly RequiredDocument[];
  readonly mustPass: readonly string[];
}

/** A lot of records, accepted by a drawn sample, hidden gold items and the agreement of double labels. */
export interface SampledBatchCriteria extends CriteriaBase<'sampled-batch'> {
  /** Fixes sample size, acceptance number, gold set, agreement: see `judge/lane-plan`. */
  readonly profile: 'lane-v1';
  /** Records in the lot. */
  readonly lot: number;
  /** Labels are 0 to `labels - 1`. */
  readonly labels: number;
  /** Contributors are numbered 0 to `contributors - 1`. */
  readonly contributors: number;
  /** The draw uses the hash of the block this many blocks after the request's. */
  readonly drawDelay: number;
  /** Addresses whose statement about the whole lot counts. */
  readonly runners: readonly Hex[];
  readonly need: number;
  /** Addresses whose inspection of the drawn items counts. */
  readonly inspectors: readonly Hex[];
  readonly needInspectors: number;
  /** `sha256(salt32 ‖ canonical list)` of the gold set of each round. */
  readonly gold: readonly Hex[];
}

export type Criteria =
  AcceptanceSuiteCriteria | CiChecksCriteria | SlaMetricsCriteria | DocumentHashCriteria | SampledBatchCriteria;

export type CriteriaOf<K extends CriteriaKind> = Extract<Criteria, { kind: K }>;
