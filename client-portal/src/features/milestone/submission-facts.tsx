import { criteriaText, type Criteria } from '@milepost/protocol/criteria';
import type { ManifestFacts } from '@milepost/protocol/manifest';
import type { Hex } from '../../api/types';
import { Fold } from '../../ui/fold';
import { TextField } from '../../ui/field';
import { CopyButton } from '../../ui/values';

/** Public facts that a judge needs beside the files, as typed. */
export interface FactsForm {
  readonly commit: string;
  readonly root: string;
}

export const NO_FACTS: FactsForm = { commit: '', root: '' };

const COMMIT = /^([0-9a-f]{40}|[0-9a-f]{64})$/;
const ROOT = /^0x[0-9a-f]{64}$/;

/** The facts of the manifest; null while one is missing or wrong. */
export function factsOf(criteria: Criteria, form: FactsForm): ManifestFacts | null {
  if (criteria.kind === 'ci-checks') {
    const commit = form.commit.trim().toLowerCase();
    return COMMIT.test(commit) ? { commit } : null;
  }
  if (criteria.kind === 'sampled-batch') {
    const manifestRoot = form.root.trim().toLowerCase();
    return ROOT.test(manifestRoot) ? { manifestRoot: manifestRoot as Hex, lotItems: criteria.lot } : null;
  }
  return {};
}

export function FactsFields({
  criteria,
  facts,
  change,
}: {
  criteria: Criteria;
  facts: FactsForm;
  change: (facts: FactsForm) => void;
}) {
  const wrong = (typed: string): boolean => typed.trim() !== '' && factsOf(criteria, facts) === null;
  if (criteria.kind === 'ci-checks')
    return (
      <TextField
        className="mt-4"
        label="Commit that you deliver"
        hint={`In ${criteria.repository}: 40 hex digits. The oracle reads the checks of exactly this commit. It is public.`}
        value={facts.commit}
        error={wrong(facts.commit) ? 'A commit has 40 (or 64) hex digits.' : null}
        onChange={(event) => change({ ...facts, commit: event.target.value })}
      />
    );
  if (criteria.kind === 'sampled-batch')
    return (
      <TextField
        className="mt-4"
        label="Root over the records"
        hint="As the check below prints it. It fixes every record before the sample is drawn, and it is public."
        value={facts.root}
        error={wrong(facts.root) ? 'A root is 0x and 64 hex digits.' : null}
        onChange={(event) => change({ ...facts, root: event.target.value })}
      />
    );
  return null;
}

/** The same check on one's own machine, before anything is submitted. */
export function TryBefore({ criteria }: { criteria: Criteria }) {
  const command = commandFor(criteria);
  return (
    <div className="mt-4">
      <Fold summary="Run the same check yourself" quiet>
        <p className="text-sm">
          Save the{' '}
          <a className="text-accent underline" href={documentUrl(criteria)} download="acceptance.json">
            acceptance document
          </a>
          , then run this in a copy of Milepost’s source. It is the code that the nodes run; a failure costs no round.
        </p>
        <p className="mt-2 flex items-start gap-2">
          <code className="min-w-0 break-all">{command}</code>
          <CopyButton text={command} label="Copy the command" />
        </p>
      </Fold>
    </div>
  );
}

/** The document travels inside the link: what is saved is what was checked against the signed hash. */
function documentUrl(criteria: Criteria): string {
  return `data:application/json;charset=utf-8,${encodeURIComponent(criteriaText(criteria))}`;
}

function commandFor({ kind }: Criteria): string {
  const command = 'node oracle/bin/milepost-check.js acceptance.json';
  if (kind === 'ci-checks') return `${command} --commit COMMIT`;
  return kind === 'sla-metrics' ? command : `${command} my-delivery/`;
}
