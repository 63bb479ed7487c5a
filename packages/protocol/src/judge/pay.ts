/** How checked items turn into pay: the rule that both parties sign. */
import { criteriaItems, type Criteria } from '../criteria.js';

/** Criteria whose items pass one by one. */
export type WeightedCriteria = Exclude<Criteria, { kind: 'sampled-batch' }>;

/**
 * Whether the passed items are enough, and what they pay (bps; 0 when they are not). `all` pays everything once the passed
 * weight reaches `minBps`; `weights` pays the passed weight, floored.
 */
export function payFor(
  criteria: WeightedCriteria,
  passedIds: ReadonlySet<string>,
): { readonly passed: boolean; readonly payBps: number } {
  let total = 0;
  let won = 0;
  for (const { id, weight } of criteriaItems(criteria)) {
    total += weight;
    if (passedIds.has(id)) won += weight;
  }
  const wonBps = Math.floor((won * 10_000) / total);
  if (wonBps < criteria.pay.minBps || criteria.mustPass.some((id) => !passedIds.has(id)))
    return { passed: false, payBps: 0 };
  return { passed: true, payBps: criteria.pay.mode === 'all' ? 10_000 : wonBps };
}
