/** Judges a service by integer samples over a fixed window. */
import { canonicalize, DocumentError } from '../canonical.js';
import type { SlaMetricsCriteria, SlaObjective } from '../criteria.js';
import {
  broken,
  evidenceOf,
  failed,
  notReady,
  passed,
  wordsOf,
  type CheckResult,
  type JudgeContext,
  type Judgement,
} from './judgement.js';
import { payFor } from './pay.js';

/** Address that serves the samples of the whole window. */
export function slaUrl(criteria: SlaMetricsCriteria): string {
  const { from, to, step } = criteria.window;
  return `${criteria.source}?from=${String(from)}&to=${String(to)}&step=${String(step)}`;
}

/**
 * `text` is the source's answer, `{"series": {"<name>": [[time, value], …]}}`; other fields are ignored. A sample that
 * misses the threshold is a breach, and so is each missing one beyond `maxMissing`; an objective passes with at most
 * `maxBreaches`. Metrics: samples, breaches, missing (of all objectives).
 */
export function judgeSlaMetrics(
  criteria: SlaMetricsCriteria,
  text: string | undefined,
  context: JudgeContext,
): Judgement {
  const { to } = criteria.window;
  if (context.now < to) return notReady(`the window ends at ${String(to)}; it is ${String(context.now)}`);
  if (text === undefined) return notReady('the source has not answered');
  let found: readonly { objective: SlaObjective; values: readonly [number, number][] }[];
  try {
    const series = seriesOf(JSON.parse(text));
    found = criteria.objectives.map((objective) => ({
      objective,
      values: readSamples(series[objective.series], objective.series, criteria.window),
    }));
  } catch (error) {
    return error instanceof SyntaxError ? notReady('the source answered no JSON') : broken(wordsOf(error));
  }
  const due = (criteria.window.to - criteria.window.from) / criteria.window.step;
  const counted = found.map(({ objective, values }) => {
    const missing = due - values.length;
    const bad = values.filter(([, value]) => !meets(value, objective)).length;
    return { objective, missing, breaches: bad + Math.max(0, missing - objective.maxMissing), samples: values.length };
  });
  const checks = counted.map(({ objective, samples, breaches, missing }): CheckResult => {
    const { id, title, op, threshold, unit, maxBreaches } = objective;
    return {
      id,
      title,
      passed: breaches <= maxBreaches,
      detail:
        `${objective.series} ${op.replace('-', ' ')} ${String(threshold)} ${unit}: ${String(samples)} samples, ` +
        `${String(missing)} missing, ${String(breaches)} breaches (${String(maxBreaches)} allowed)`,
    };
  });
  const sum = (pick: (one: (typeof counted)[number]) => number): number =>
    counted.reduce((total, one) => total + pick(one), 0);
  // Only what was judged: fields beside the samples differ from call to call.
  const kept = canonicalize(found.map(({ objective, values }) => [objective.series, values]));
  const findings = {
    figures: [sum((one) => one.samples), sum((one) => one.breaches), sum((one) => one.missing)],
    evidence: [
      { name: 'criteria', sha256: context.criteriaHash },
      { ...evidenceOf('samples', kept), text: kept },
    ],
    checks,
  };
  const outcome = payFor(criteria, new Set(checks.filter((check) => check.passed).map(({ id }) => id)));
  return outcome.passed ? passed(outcome.payBps, findings) : failed('CRIT_UNMET', findings);
}

function meets(value: number, { op, threshold }: SlaObjective): boolean {
  switch (op) {
    case 'at-least':
      return value >= threshold;
    case 'at-most':
      return value <= threshold;
    case 'above':
      return value > threshold;
    case 'below':
      return value < threshold;
  }
}

function seriesOf(value: unknown): Record<string, unknown> {
  const { series } = (value ?? {}) as { series?: unknown };
  if (typeof series !== 'object' || series === null || Array.isArray(series))
    throw new DocumentError('$.series', 'an object is expected');
  return series as Record<string, unknown>;
}

/** The samples that are due, by time. A sample beside the grid belongs to another question and is left out. */
function readSamples(
  value: unknown,
  name: string,
  { from, to, step }: SlaMetricsCriteria['window'],
): [number, number][] {
  const path = `$.series.${name}`;
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new DocumentError(path, 'a list of [time, value] is expected');
  const byTime = new Map<number, number>();
  value.forEach((item: unknown, i) => {
    const at = `${path}[${String(i)}]`;
    const [time, sample] = Array.isArray(item) && item.length === 2 ? (item as unknown[]) : [];
    if (!isInteger(time) || !isInteger(sample)) throw new DocumentError(at, 'two integers [time, value] are expected');
    if (time < from || time >= to || (time - from) % step !== 0) return;
    if (byTime.has(time) && byTime.get(time) !== sample)
      throw new DocumentError(at, `two different values at ${String(time)}`);
    byTime.set(time, sample);
  });
  return [...byTime].sort(([a], [b]) => a - b);
}

function isInteger(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value);
}
