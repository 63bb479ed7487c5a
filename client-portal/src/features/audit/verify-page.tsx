import { useMutation, useQuery } from '@tanstack/react-query';
import { FileCheck2 } from 'lucide-react';
import { useRef, useState } from 'react';
import { Button, TxButton } from '../../ui/button';
import { Card, CardHead, Facts, Note, PageHead } from '../../ui/card';
import { ErrorPanel } from '../../ui/feedback';
import { TextArea } from '../../ui/field';
import { DateTime, HashChip } from '../../ui/values';
import { eventWords } from '../../domain/audit-words';
import type { Report } from './tlog';

const OUTCOMES: Record<Report['outcome'], { title: string; tone: 'ok' | 'bad' | 'warn' }> = {
  good: { title: 'Genuine', tone: 'ok' },
  'bad-proof': { title: 'Not genuine: something was changed', tone: 'bad' },
  'bad-input': { title: 'This file is no proof', tone: 'warn' },
  'policy-not-met': { title: 'Not signed by the keys that you trust', tone: 'bad' },
};

/** Check a saved proof without an account. The file never leaves this browser. */
export function VerifyPage() {
  const input = useRef<HTMLInputElement>(null);
  const [name, setName] = useState<string | null>(null);
  const [content, setContent] = useState('');
  const [keys, setKeys] = useState<string | null>(null);
  const published = useQuery({
    queryKey: ['log-policy'],
    queryFn: async () => (await import('./verify')).publishedPolicy(),
    staleTime: Infinity,
  });
  const trust = keys ?? published.data ?? '';
  const verify = useMutation({ mutationFn: async () => (await import('./verify')).verifyFile(content, trust) });
  const take = async (file: File | undefined) => {
    if (!file) return;
    verify.reset();
    setName(file.name);
    setContent(await file.text());
  };
  return (
    <>
      <PageHead
        title="Verify"
        lead="Check a proof that somebody gave you. No account is needed, and the file stays in this browser."
      />
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <Card aria-labelledby="proof">
          <CardHead id="proof" title="The proof" />
          <div
            onDragOver={(event) => event.preventDefault()}
            onDrop={(event) => {
              event.preventDefault();
              void take(event.dataTransfer.files[0]);
            }}
            className="grid justify-items-center gap-2 rounded-md border border-dashed border-border-strong px-4 py-6 text-center"
          >
            <FileCheck2 aria-hidden className="size-5 text-muted" />
            <p>{name ?? 'Drop a proof bundle, a .tlog-proof or a signed head here, or'}</p>
            <Button onClick={() => input.current?.click()}>Choose a file</Button>
            <input
              ref={input}
              type="file"
              aria-label="Proof file"
              className="sr-only"
              tabIndex={-1}
              onChange={(event) => void take(event.target.files?.[0])}
            />
          </div>
          <TextArea
            className="mt-4"
            label="Keys that you trust"
            hint="Use your own copy if you have one: keys that come from the same place as the proof prove less. Filled in with what this log publishes now."
            spellCheck={false}
            rows={4}
            value={trust}
            onChange={(event) => setKeys(event.target.value)}
          />
          <TxButton
            className="mt-4"
            busy={verify.isPending}
            busyLabel="Checking…"
            disabled={!content || !trust.trim()}
            onClick={() => verify.mutate()}
          >
            Verify
          </TxButton>
        </Card>
        <div aria-live="polite" className="grid gap-4">
          {verify.error && <ErrorPanel error={verify.error} what="The check could not be made." />}
          {verify.data && <Result report={verify.data} />}
        </div>
      </div>
    </>
  );
}

function Result({ report }: { report: Report }) {
  const { title, tone } = OUTCOMES[report.outcome];
  return (
    <Card aria-labelledby="result">
      <CardHead id="result" title="Result" />
      <Note tone={tone} title={title}>
        {report.problems.length > 0 ? (
          <ul className="list-disc ps-5">
            {report.problems.slice(0, 20).map((problem) => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
        ) : (
          'Every entry is in the log under a head that your keys signed, unchanged.'
        )}
      </Note>
      {report.head && (
        <Facts
          className="mt-4"
          rows={[
            ['Log', report.head.origin],
            ['Entries in the log', report.head.size],
            ['Root', <HashChip key="r" value={`0x${report.head.root}`} />],
            ['Signed by', report.head.signedBy.join(', ')],
            report.replay && ['Chain facts replayed to the claimed state', report.replay.facts],
          ]}
        />
      )}
      {report.entries.length > 0 && (
        <ol aria-label="Entries" className="mt-4 divide-y divide-hairline border-t border-hairline">
          {report.entries.map((entry) => (
            <li key={entry.index} className="flex flex-wrap justify-between gap-x-4 py-2">
              <span>
                <span className="num text-muted">{entry.index}</span> {eventWords(entry)}
              </span>
              <DateTime at={new Date(entry.at)} mode="absolute" />
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}
