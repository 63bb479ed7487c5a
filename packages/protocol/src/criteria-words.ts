/** Criteria in words, for review before signature. */
import { describeCheck } from './acceptance-checks.js';
import type { Criteria, CriteriaItem, CriteriaPay } from './criteria-types.js';

/** Sentences that say what is checked, by whom, and what it pays: one per line. */
export function describeCriteria(criteria: Criteria): string[] {
  return [...checked(criteria), ...must(criteria), paid(criteria.pay, criteria.kind === 'sampled-batch')];
}

function checked(criteria: Criteria): string[] {
  switch (criteria.kind) {
    case 'acceptance-suite':
      return [
        ...criteria.suite.tests.map(
          (test) => `${test.title}: ${describeCheck(test.check)}${share(test, criteria.pay)}.`,
        ),
        signers('The tests are run and signed', criteria.need, criteria.runners.length, 'runner'),
      ];
    case 'ci-checks':
      return [
        ...criteria.required.map((one) => `${one.title}: check "${one.name}" succeeded${share(one, criteria.pay)}.`),
        `The check runs of the delivered commit are read from ${criteria.repository} at ${criteria.api}.`,
      ];
    case 'sla-metrics': {
      const { from, to, step } = criteria.window;
      return [
        ...criteria.objectives.map(
          (one) =>
            `${one.title}: ${one.series} ${one.op.replace('-', ' ')} ${String(one.threshold)} ${one.unit}; ` +
            `${String(one.maxBreaches)} breaches and ${String(one.maxMissing)} missing samples are allowed${share(one, criteria.pay)}.`,
        ),
        `Samples every ${String(step)} s from ${time(from)} to ${time(to)} are read from ${criteria.source}.`,
      ];
    }
    case 'document-hash':
      return [
        ...criteria.items.map(
          (one) =>
            `${one.title}: ${one.file} is delivered${one.sha256 === undefined ? '' : ` with the SHA-256 ${one.sha256}`}${share(one, criteria.pay)}.`,
        ),
        signers('The documents are checked and signed', criteria.need, criteria.runners.length, 'checker'),
      ];
    case 'sampled-batch':
      return [
        `A lot of ${String(criteria.lot)} records, accepted by the profile ${criteria.profile}: 200 drawn items with at most 5 defects, macro-F1 of 0.95 on 250 hidden items, kappa of 0.80 on double labels.`,
        `The sample is drawn with the hash of the block that comes ${String(criteria.drawDelay)} blocks after the request; a single block producer could bias it.`,
        signers('The lot is counted and signed', criteria.need, criteria.runners.length, 'runner'),
        signers(
          'The drawn items are inspected and signed',
          criteria.needInspectors,
          criteria.inspectors.length,
          'inspector',
        ),
      ];
  }
}

function must(criteria: Criteria): string[] {
  if (criteria.kind === 'sampled-batch' || criteria.mustPass.length === 0) return [];
  return [`In any case must pass: ${criteria.mustPass.join(', ')}.`];
}

function share(item: CriteriaItem, pay: CriteriaPay): string {
  return pay.mode === 'weights' ? ` (weight ${String(item.weight)})` : '';
}

function paid({ mode, minBps }: CriteriaPay, batch: boolean): string {
  const percent = `${String(minBps / 100)} %`;
  switch (mode) {
    case 'all':
      return `Everything is paid once ${batch ? `${percent} of the items are payable` : `${percent} of the weight passes`}; otherwise nothing.`;
    case 'weights':
      return `The share of the weight that passes is paid; below ${percent} nothing.`;
    case 'items':
      return `The share of payable items is paid; below ${percent} nothing.`;
  }
}

function signers(what: string, need: number, count: number, who: string): string {
  return count === 1 ? `${what} by one named ${who}.` : `${what} by ${String(need)} of ${String(count)} named ${who}s.`;
}

function time(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
