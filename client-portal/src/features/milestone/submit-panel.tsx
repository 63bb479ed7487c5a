import { runSuite, type AcceptanceSuite, type TestResult } from '@milepost/protocol/acceptance-checks';
import type { Criteria } from '@milepost/protocol/criteria';
import { useMutation, useQuery } from '@tanstack/react-query';
import { FileUp, Trash2 } from 'lucide-react';
import { useRef, useState, type DragEvent } from 'react';
import { configQuery } from '../../api/queries';
import type { Hex, Milestone, Project } from '../../api/types';
import { submitWork } from '../../domain/actions';
import { hashFile } from '../../files/hash';
import { makeManifest } from '../../files/manifest';
import { formatSize, uploadFile } from '../../files/transfer';
import { useReview } from '../../intents/review';
import { plural } from '../../lib/time';
import { Button, TxButton } from '../../ui/button';
import { Card, CardHead, Note } from '../../ui/card';
import { ErrorPanel } from '../../ui/feedback';
import { TextArea } from '../../ui/field';
import { CheckList } from '../../ui/ledger';
import { HashChip } from '../../ui/values';
import { FactsFields, factsOf, NO_FACTS, TryBefore, type FactsForm } from './submission-facts';

interface Chosen {
  key: number;
  file: File;
  sha256: Hex | null;
  read: number;
  error: string | null;
  uploaded: boolean;
}

let serial = 0;

/** Files → fingerprints here → upload → manifest checked here → signature. Nothing is sent before its hash is known. */
export function SubmitPanel({
  project,
  milestone,
  criteria,
}: {
  project: Project;
  milestone: Milestone;
  criteria: Criteria | null;
}) {
  const config = useQuery(configQuery);
  const review = useReview();
  const [chosen, setChosen] = useState<Chosen[]>([]);
  const [note, setNote] = useState('');
  const [facts, setFacts] = useState<FactsForm>(NO_FACTS);
  const wanted = criteria === null ? {} : factsOf(criteria, facts);
  const [over, setOver] = useState(false);
  const [refused, setRefused] = useState<string[]>([]);
  const input = useRef<HTMLInputElement>(null);
  const limits = config.data?.limits ?? { maxFileBytes: 2 ** 26, maxFiles: 64 };
  const patch = (key: number, news: Partial<Chosen>) =>
    setChosen((all) => all.map((item) => (item.key === key ? { ...item, ...news } : item)));

  const add = (files: Iterable<File>) => {
    const problems: string[] = [];
    const next: Chosen[] = [];
    for (const file of files) {
      if (file.size === 0) problems.push(`“${file.name}” is empty and was left out.`);
      else if (file.size > limits.maxFileBytes)
        problems.push(
          `“${file.name}” has ${formatSize(file.size)}; at most ${formatSize(limits.maxFileBytes)} are accepted. It was left out.`,
        );
      else if (chosen.some((item) => item.file.name === file.name) || next.some((item) => item.file.name === file.name))
        problems.push(`“${file.name}” is listed already. Two files cannot have one name.`);
      else if (chosen.length + next.length >= limits.maxFiles)
        problems.push(`At most ${plural(limits.maxFiles, 'file')}; “${file.name}” was left out.`);
      else next.push({ key: ++serial, file, sha256: null, read: 0, error: null, uploaded: false });
    }
    setRefused(problems);
    setChosen((all) => [...all, ...next]);
    for (const item of next)
      hashFile(item.file, (read) => patch(item.key, { read })).then(
        (sha256) => patch(item.key, { sha256 }),
        (error: unknown) => patch(item.key, { error: error instanceof Error ? error.message : String(error) }),
      );
  };

  const ready = chosen.length > 0 && chosen.every((item) => item.sha256) && wanted !== null;
  const prepare = useMutation({
    mutationFn: async () => {
      for (const item of chosen) {
        if (!item.sha256) throw new Error('A file is still being read.');
        if (!item.uploaded) await uploadFile(project.id, milestone.index, item.file, item.sha256);
        patch(item.key, { uploaded: true });
      }
      return makeManifest(
        project.id,
        milestone.index,
        chosen.map((item) => ({ name: item.file.name, size: item.file.size, sha256: item.sha256 ?? '0x' })),
        note.trim(),
        wanted ?? {},
      );
    },
    onSuccess: (digest) =>
      review(
        submitWork(project, milestone, digest, chosen.length, () => {
          setChosen([]);
          setNote('');
        }),
      ),
  });

  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    add(event.dataTransfer.files);
  };

  return (
    <Card aria-labelledby="deliver" className="border-accent">
      <CardHead id="deliver" title={milestone.status === 'Rejected' ? 'Deliver again' : 'Deliver the work'} />
      <div
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
        className={`grid justify-items-center gap-2 rounded-md border border-dashed px-4 py-6 text-center ${over ? 'border-accent bg-info-soft' : 'border-border-strong'}`}
      >
        <FileUp aria-hidden className="size-5 text-muted" />
        <p>Drop files here, or</p>
        <Button onClick={() => input.current?.click()}>Choose files</Button>
        <input
          ref={input}
          type="file"
          multiple
          aria-label="Files to deliver"
          className="sr-only"
          tabIndex={-1}
          onChange={(event) => {
            add(event.target.files ?? []);
            event.target.value = '';
          }}
        />
        <p className="text-sm text-muted">
          Up to {formatSize(limits.maxFileBytes)} each. Fingerprints are taken here, before anything is sent.
        </p>
      </div>
      {refused.length > 0 && (
        <Note tone="warn" className="mt-3">
          <ul role="alert">
            {refused.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </Note>
      )}
      {chosen.length > 0 && (
        <ul aria-label="Chosen files" className="mt-3 divide-y divide-hairline">
          {chosen.map((item) => (
            <li key={item.key} className="flex items-start justify-between gap-3 py-2">
              <div className="min-w-0">
                <p className="font-medium [overflow-wrap:anywhere]">{item.file.name}</p>
                <p className="text-sm text-muted" aria-live="polite">
                  {formatSize(item.file.size)} ·{' '}
                  {item.error ? (
                    <span className="text-bad">{item.error}</span>
                  ) : item.sha256 ? (
                    <>
                      <HashChip value={item.sha256} label={`Copy the fingerprint of ${item.file.name}`} />
                      {item.uploaded && <span className="text-ok"> uploaded, same fingerprint at the server</span>}
                    </>
                  ) : (
                    `reading, ${Math.floor((item.read * 100) / Math.max(1, item.file.size))}%`
                  )}
                </p>
              </div>
              <Button
                variant="ghost"
                size="sm"
                aria-label={`Remove ${item.file.name}`}
                disabled={prepare.isPending}
                onClick={() => setChosen((all) => all.filter((other) => other.key !== item.key))}
              >
                <Trash2 aria-hidden className="size-4" />
              </Button>
            </li>
          ))}
        </ul>
      )}
      {criteria && <FactsFields criteria={criteria} facts={facts} change={setFacts} />}
      {criteria?.kind === 'acceptance-suite' && chosen.length > 0 && (
        <LocalCheck suite={criteria.suite} files={chosen.map((item) => item.file)} />
      )}
      {criteria && <TryBefore criteria={criteria} />}
      <TextArea
        label="Note to the reviewers"
        hint="Optional. Part of the confidential record, not written to the chain."
        className="mt-4"
        maxLength={4000}
        value={note}
        onChange={(event) => setNote(event.target.value)}
      />
      {prepare.error && (
        <div className="mt-3">
          <ErrorPanel error={prepare.error} what="The upload did not finish. Nothing was submitted." />
        </div>
      )}
      <div className="mt-4 flex justify-end">
        <TxButton
          busy={prepare.isPending}
          busyLabel="Uploading and checking…"
          disabled={!ready}
          onClick={() => prepare.mutate()}
        >
          Upload {chosen.length > 0 ? plural(chosen.length, 'file') : 'files'} and review
        </TxButton>
      </div>
    </Card>
  );
}

/** The agreed tests, run here with the oracle's own code, so that nobody submits blindly. */
function LocalCheck({ suite, files }: { suite: AcceptanceSuite; files: readonly File[] }) {
  const key = files.map((file) => `${file.name}/${file.size}/${file.lastModified}`).join('|');
  const result = useQuery({
    queryKey: ['local-check', key],
    queryFn: async (): Promise<TestResult[]> =>
      runSuite(
        suite,
        await Promise.all(
          files.map(async (file) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })),
        ),
      ),
    staleTime: Infinity,
  });
  if (!result.data) return null;
  const failed = result.data.filter((test) => test.outcome !== 'passed').length;
  return (
    <section aria-label="Preview of the oracle's tests" className="mt-4 rounded-md border border-hairline p-4">
      <h3 className="mb-2 font-semibold" aria-live="polite">
        {failed === 0 ? 'All agreed tests pass on these files' : `${plural(failed, 'agreed test')} would fail`}
      </h3>
      <CheckList
        label="Agreed tests"
        checks={result.data.map((test) => ({
          key: test.id,
          label: suite.tests.find((item) => item.id === test.id)?.title ?? test.id,
          state: test.outcome === 'passed' ? ('ok' as const) : ('bad' as const),
          detail: test.detail,
        }))}
      />
      <p className="mt-2 text-sm text-muted">
        A preview in your browser. The oracle network runs the same tests and decides.
      </p>
    </section>
  );
}
