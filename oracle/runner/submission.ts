/** Fetches what a run needs from the backend, and believes none of it before its hash fits. */
import { createHash } from 'node:crypto';
import {
  matchesName,
  readCriteria,
  readManifest,
  MAX_DOCUMENT_BYTES,
  type Criteria,
  type DeliveredFile,
  type Hex,
  type Manifest,
} from '@milepost/protocol';

/** Not there, or not reachable: worth another try. */
export class NotThereYet extends Error {
  override readonly name = 'NotThereYet';
}

/** There, but not what the chain refers to. */
export class WrongContent extends Error {
  override readonly name = 'WrongContent';
}

/** Largest file that this runner reads into memory. */
export const MAX_CHECKED_FILE_BYTES = 64 * 1024 * 1024;

export class SubmissionSource {
  constructor(
    private readonly apiUrl: string,
    private readonly token: string,
  ) {}

  /** @throws NotThereYet, WrongContent */
  async criteria(hash: Hex): Promise<Criteria> {
    const bytes = await this.get(`/api/v1/oracle/documents/${hash}`, MAX_DOCUMENT_BYTES);
    return trusted('the criteria', () => readCriteria(new TextDecoder().decode(bytes), hash));
  }

  /** @throws NotThereYet, WrongContent */
  async manifest(digest: Hex): Promise<Manifest> {
    const bytes = await this.get(`/api/v1/submissions/${digest}/manifest`, 4 * MAX_DOCUMENT_BYTES);
    return trusted('the manifest', () => readManifest(JSON.parse(new TextDecoder().decode(bytes)), digest));
  }

  /** The files whose names match one of the patterns. @throws NotThereYet, WrongContent */
  async files(digest: Hex, manifest: Manifest, patterns: readonly string[]): Promise<DeliveredFile[]> {
    const files: DeliveredFile[] = [];
    for (const { name, size, sha256 } of manifest.confidential.files) {
      if (!patterns.some((pattern) => matchesName(pattern, name))) continue;
      if (size > MAX_CHECKED_FILE_BYTES)
        throw new WrongContent(`a file of ${String(size)} bytes is too large for this runner`);
      const bytes = await this.get(`/api/v1/submissions/${digest}/files/${sha256}`, size);
      const found = `0x${createHash('sha256').update(bytes).digest('hex')}`;
      if (found !== sha256) throw new WrongContent(`file ${sha256} has the hash ${found}`);
      files.push({ name, bytes });
    }
    return files;
  }

  private async get(path: string, limit: number): Promise<Uint8Array> {
    let response: Response;
    try {
      response = await fetch(`${this.apiUrl}${path}`, {
        headers: { authorization: `Bearer ${this.token}` },
        signal: AbortSignal.timeout(30_000),
      });
    } catch (error) {
      throw new NotThereYet(`the backend cannot be reached: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (!response.ok) {
      await response.body?.cancel();
      throw new NotThereYet(`${path} answered ${String(response.status)}`);
    }
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body ?? []) {
      const bytes = chunk as Uint8Array;
      size += bytes.length;
      if (size > limit) throw new WrongContent(`${path} is longer than ${String(limit)} bytes`);
      chunks.push(bytes);
    }
    return new Uint8Array(Buffer.concat(chunks));
  }
}

function trusted<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new WrongContent(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
