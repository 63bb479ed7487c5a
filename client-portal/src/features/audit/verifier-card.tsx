import { useQuery } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { buttonStyle } from '../../ui/button';
import { Card, CardHead, Facts } from '../../ui/card';
import { HashChip } from '../../ui/values';

const FILE = '/milepost-verify.mjs';

async function sha256Of(bytes: BufferSource): Promise<string> {
  const hash = await globalThis.crypto.subtle.digest('SHA-256', bytes);
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The verifier as one file, with what a stranger compares it and the keys by. */
export function VerifierCard() {
  const prints = useQuery({
    queryKey: ['verifier'],
    queryFn: async () => {
      const [file, policy] = await Promise.all([
        fetch(FILE).then((answer) => answer.arrayBuffer()),
        import('./verify').then(({ publishedPolicy }) => publishedPolicy()),
      ]);
      return { file: await sha256Of(file), keys: await sha256Of(new TextEncoder().encode(policy)) };
    },
    staleTime: Infinity,
  });
  return (
    <Card aria-labelledby="verifier">
      <CardHead id="verifier" title="Check it without us" />
      <p className="text-muted">
        Save the proof and this one file, take both to any machine with Node 20.12 or newer, and run it there. It needs
        no network and none of our servers.
      </p>
      <pre className="hash mt-3 rounded-md bg-raised px-3 py-2 whitespace-pre-wrap">
        node milepost-verify.mjs milepost-audit-….json --fingerprint {prints.data?.keys.slice(0, 16) ?? '…'}
      </pre>
      <a href={FILE} download className={buttonStyle({ className: 'mt-3' })}>
        <Download aria-hidden className="size-4" /> Save the verifier
      </a>
      {prints.data && (
        <Facts
          className="mt-4"
          rows={[
            ['SHA-256 of the file', <HashChip key="f" value={prints.data.file} />],
            ['Fingerprint of the log’s keys', <HashChip key="k" value={prints.data.keys} />],
          ]}
        />
      )}
      <p className="mt-3 text-sm text-muted">
        Compare both with what others have: a file or keys from the same place as the proof prove less.
      </p>
    </Card>
  );
}
