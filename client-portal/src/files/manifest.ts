import { canonicalHash, type Json } from '@milepost/protocol/canonical';
import { readManifest, type ManifestFacts, type ManifestFile } from '@milepost/protocol/manifest';
import { post } from '../api/client';
import type { Hex } from '../api/types';
import { randomHex } from '../lib/random';
import { Altered } from './transfer';

/**
 * Asks for the manifest of the uploaded files and recomputes its digest here: what will be signed
 * names exactly these files, whatever the server says.
 */
export async function makeManifest(
  project: string,
  milestone: number,
  files: readonly ManifestFile[],
  note: string,
  facts: ManifestFacts = {},
): Promise<Hex> {
  const answer = await post<{ digest: Hex; manifest: unknown; confidential: unknown }>(
    `/projects/${project}/milestones/${milestone}/manifests`,
    { files: files.map(({ sha256, name }) => ({ sha256, name })), note, facts },
    { idempotencyKey: randomHex(16).slice(2) },
  );
  const { manifest, confidential } = readManifest(
    { manifest: answer.manifest, confidential: answer.confidential },
    answer.digest,
  );
  const listed = (list: readonly ManifestFile[]) =>
    list
      .map((file) => `${file.sha256.toLowerCase()} ${file.size} ${file.name}`)
      .sort()
      .join('\n');
  if (listed(confidential.files) !== listed(files) || confidential.note !== note)
    throw new Altered('The server’s list of files is not yours. Nothing was signed or submitted.');
  if (canonicalHash(manifest.facts as unknown as Json) !== canonicalHash(facts as unknown as Json))
    throw new Altered('The server’s public facts are not yours. Nothing was signed or submitted.');
  return answer.digest;
}
