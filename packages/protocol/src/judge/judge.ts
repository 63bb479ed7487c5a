/**
 * One judge for every kind of criteria: says what must be fetched, and judges what was. Pure: the same inputs give the same
 * answer in the oracle's engine, in the portal, on a contributor's machine and in an offline verification.
 */
import type { Hex } from '../canonical.js';
import type { Criteria } from '../criteria.js';
import type { PublicManifest } from '../manifest.js';
import { judgeAcceptanceSuite } from './acceptance-suite.js';
import { CHECK_RUN_PAGES, CHECK_RUNS_PER_PAGE, checkRunsUrl, judgeCiChecks, readCheckRuns } from './ci-checks.js';
import { judgeDocumentHash } from './document-hash.js';
import { broken, notReady, wordsOf, type Fetched, type JudgeContext, type Judgement } from './judgement.js';
import { LANE_DOCUMENTS, readPublicManifest } from './lane-evidence.js';
import { judgeSampledBatch } from './sampled-batch.js';
import { judgeSlaMetrics, slaUrl } from './sla-metrics.js';

/** A document that a judge needs, and where it lies. */
export type Want =
  /** At a mirror, under its hash. */
  | { readonly name: string; readonly from: 'mirror'; readonly sha256: Hex }
  /** Signed results of this request, from every runner that the network knows. */
  | { readonly name: string; readonly from: 'runners' }
  /** Evidence of this request, kept beside it. */
  | { readonly name: string; readonly from: 'evidence' }
  /** A live source that the criteria name. */
  | { readonly name: string; readonly from: 'source'; readonly url: string };

/** HTTP calls beside the criteria's own that one judgement may make: a run has five. */
export const MAX_WANTS = 4;

/** What to fetch next, given what was fetched; empty when nothing more is of use. Ask again after each answer. */
export function wantsOf(criteria: Criteria, context: JudgeContext, fetched: readonly Fetched[]): readonly Want[] {
  const has = (name: string): boolean => fetched.some((one) => one.name === name);
  const manifest: Want = { name: 'manifest', from: 'mirror', sha256: context.digest };
  switch (criteria.kind) {
    case 'acceptance-suite':
    case 'document-hash':
      return has('result') ? [] : [{ name: 'result', from: 'runners' }];
    case 'sla-metrics':
      return has('samples') || context.now < criteria.window.to
        ? []
        : [{ name: 'samples', from: 'source', url: slaUrl(criteria) }];
    case 'ci-checks': {
      if (!has('manifest')) return [manifest];
      const url = nextCheckRuns(criteria, context, fetched);
      return url === undefined ? [] : [{ name: 'check-runs', from: 'source', url }];
    }
    case 'sampled-batch':
      if (!has('manifest')) return [manifest];
      return context.randomness === undefined
        ? []
        : LANE_DOCUMENTS.filter((name) => !has(name)).map((name) => ({ name, from: 'evidence' }));
  }
}

/**
 * Judges what was fetched; `fetched` holds the texts under the names of {@link wantsOf}. Never throws: documents that do not
 * fit give `broken`, documents that are missing `not-ready`.
 */
export function judge(criteria: Criteria, fetched: readonly Fetched[], context: JudgeContext): Judgement {
  const texts = (name: string): string[] => fetched.filter((one) => one.name === name).map(({ text }) => text);
  const first = (name: string): string | undefined => texts(name)[0];
  const withManifest = (use: (manifest: PublicManifest) => Judgement): Judgement => {
    const text = first('manifest');
    if (text === undefined) return notReady('the public part of the manifest is not there yet');
    let manifest: PublicManifest;
    try {
      manifest = readPublicManifest(text, context.digest);
    } catch (error) {
      return broken(wordsOf(error));
    }
    return use(manifest);
  };
  switch (criteria.kind) {
    case 'acceptance-suite':
      return judgeAcceptanceSuite(criteria, texts('result'), context);
    case 'document-hash':
      return judgeDocumentHash(criteria, texts('result'), context);
    case 'sla-metrics':
      return judgeSlaMetrics(criteria, first('samples'), context);
    case 'ci-checks':
      return withManifest((manifest) => judgeCiChecks(criteria, manifest, texts('check-runs'), context));
    case 'sampled-batch':
      return withManifest((manifest) => {
        const documents = Object.fromEntries(
          LANE_DOCUMENTS.flatMap((name) => {
            const text = first(name);
            return text === undefined ? [] : [[name, text]];
          }),
        );
        return judgeSampledBatch(criteria, manifest, documents, context);
      });
  }
}

/** The next page of check runs, if there is one that counts. */
function nextCheckRuns(
  criteria: Extract<Criteria, { kind: 'ci-checks' }>,
  context: JudgeContext,
  fetched: readonly Fetched[],
): string | undefined {
  try {
    const text = fetched.find(({ name }) => name === 'manifest')?.text ?? '';
    const { commit } = readPublicManifest(text, context.digest).facts;
    if (commit === undefined) return undefined;
    const pages = fetched.filter(({ name }) => name === 'check-runs');
    const [page] = pages;
    const total = page === undefined ? 1 : readCheckRuns(page.text).total;
    if (pages.length * CHECK_RUNS_PER_PAGE >= total || pages.length >= CHECK_RUN_PAGES) return undefined;
    return checkRunsUrl(criteria, commit, pages.length + 1);
  } catch {
    // What cannot be read is the judge's to report.
    return undefined;
  }
}
