import { useMutation } from '@tanstack/react-query';
import { FileCheck2, FileText } from 'lucide-react';
import type { Submission, Upload } from '../api/types';
import { downloadFile, formatSize, saveBlob } from '../files/transfer';
import { Button } from '../ui/button';
import { explain } from '../ui/feedback';
import { HashChip } from '../ui/values';

function FileRow({ digest, file }: { digest: Submission['digest']; file: Upload }) {
  const download = useMutation({
    mutationFn: () => downloadFile(digest, file),
    onSuccess: (blob) => saveBlob(blob, file.name),
  });
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 py-2.5">
      <div className="flex min-w-0 items-start gap-2.5">
        <FileText aria-hidden className="mt-0.5 size-4 shrink-0 text-muted" />
        <div className="min-w-0">
          <p className="font-medium [overflow-wrap:anywhere]">{file.name}</p>
          <p className="text-sm text-muted">
            {formatSize(file.size)} · <HashChip value={file.sha256} label={`Copy the fingerprint of ${file.name}`} />
          </p>
          <p aria-live="polite" className="text-sm">
            {download.isSuccess && (
              <span className="inline-flex items-center gap-1 font-medium text-ok">
                <FileCheck2 aria-hidden className="size-4" /> This is the file that was submitted
              </span>
            )}
            {download.error && (
              <span className="font-medium text-bad">
                {explain(download.error, 'The file could not be loaded.').what}
              </span>
            )}
          </p>
        </div>
      </div>
      <Button
        size="sm"
        aria-label={`Download ${file.name}`}
        aria-busy={download.isPending}
        onClick={() => download.mutate()}
      >
        {download.isPending ? 'Checking…' : 'Download'}
      </Button>
    </li>
  );
}

/** Files of a submission; each is re-hashed when opened. */
export function SubmissionFiles({ submission }: { submission: Submission }) {
  return (
    <ul aria-label="Submitted files" className="divide-y divide-hairline">
      {submission.files.map((file) => (
        <FileRow key={file.sha256 + file.name} digest={submission.digest} file={file} />
      ))}
    </ul>
  );
}
