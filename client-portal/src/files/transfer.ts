import { request, send } from '../api/client';
import type { Hex, Upload } from '../api/types';
import { hashFile } from './hash';

/** The server's fingerprint of a file is not ours: it was changed on the way. */
export class Altered extends Error {
  override readonly name = 'Altered';
}

/** Sends one file and checks that the server kept exactly these bytes. */
export async function uploadFile(project: string, milestone: number, file: File, sha256: Hex): Promise<Upload> {
  const upload = await request<Upload>('POST', `/projects/${project}/milestones/${milestone}/uploads`, {
    bytes: file,
    headers: { 'x-file-name': encodeURIComponent(file.name) },
    idempotencyKey: `upload-${sha256.slice(2, 34)}-${milestone}`,
  });
  if (upload.sha256.toLowerCase() !== sha256.toLowerCase())
    throw new Altered(`“${file.name}” arrived with another fingerprint than it left with. It is not used. Try again.`);
  return upload;
}

/** Fetches a submitted file and compares it with the fingerprint in the manifest before handing it over. */
export async function downloadFile(digest: Hex, file: Pick<Upload, 'name' | 'sha256'>): Promise<Blob> {
  const response = await send('GET', `/submissions/${digest}/files/${file.sha256}`, { headers: { accept: '*/*' } });
  const blob = await response.blob();
  const found = await hashFile(blob);
  if (found.toLowerCase() !== file.sha256.toLowerCase())
    throw new Altered(`“${file.name}” is not the file that was submitted. It was not saved.`);
  return blob;
}

/** Saves a checked file under its own name. */
export function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

const SIZES = ['B', 'KB', 'MB', 'GB'] as const;

/** 1536 → "1.5 KB". */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < SIZES.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${SIZES[unit] ?? ''}`;
}
