import type { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { isFileName } from '@milepost/protocol/manifest';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { UnitOfWork } from '../../../platform/database/index.js';
import { Problem, type SessionPerson } from '../../../platform/http/index.js';
import { FileEmpty, FileStore, FileTooLarge } from '../../../platform/store/index.js';
import { AuditService } from '../../audit/index.js';
import { PROJECT_QUOTA } from '../domain/limits.js';
import { DeliverableRepository, type FileRecord } from '../persistence/deliverable.repository.js';
import { DeliverableRights } from './deliverable-rights.js';

/** What comes with an upload. */
export interface UploadRequest {
  readonly project: string;
  readonly milestone: number;
  /** Percent-encoded, as in the header. */
  readonly name: string | undefined;
  /** Announced bytes; undefined when the sender does not know. */
  readonly length: number | undefined;
  readonly body: unknown;
}

/** Receives a deliverable file: rights and limits first, then the bytes straight to disk. */
@Injectable()
export class UploadFile {
  constructor(
    private readonly audit: AuditService,
    @Inject(CONFIG) private readonly config: Config,
    private readonly repository: DeliverableRepository,
    private readonly rights: DeliverableRights,
    private readonly store: FileStore,
    private readonly uow: UnitOfWork,
  ) {}

  /** @throws {Problem} 413 `file-too-large`, `project-quota`; 422 `empty-file`, `invalid-file-name`; 415 */
  async upload(person: SessionPerson, request: UploadRequest): Promise<FileRecord> {
    const { project, milestone } = request;
    await this.rights.provider(person, project, milestone);
    const name = fileName(request.name);
    if (!isReadable(request.body)) {
      throw new Problem(
        415,
        'unsupported-media-type',
        'An upload is sent as application/octet-stream; nothing was stored.',
      );
    }
    const max = this.config.maxFileBytes;
    if (request.length === 0) throw emptyFile();
    if (request.length !== undefined && request.length > max) throw tooLarge(max);
    const left = PROJECT_QUOTA - (await this.repository.usedBytes(project));
    if (left <= 0 || (request.length ?? 0) > left) throw quotaReached();
    const stored = await this.store.write(request.body, Math.min(max, left)).catch((error: unknown) => {
      if (error instanceof FileEmpty) throw emptyFile();
      if (error instanceof FileTooLarge) throw left < max ? quotaReached() : tooLarge(max);
      if ((error as NodeJS.ErrnoException).code === 'ECONNRESET') throw brokenOff();
      throw error;
    });
    const file = { ...stored, name };
    await this.uow.transaction(async (tx) => {
      await this.repository.addFile(project, milestone, file, person.id);
      await this.audit.append(tx, {
        type: 'deliverable.uploaded',
        subject: ['milestone', `${project}/${milestone}`],
        project,
        actor: { person: person.id },
        refs: { size: file.size },
        sections: [{ section: 'file', data: { name, sha256: file.sha256 } }],
      });
    });
    return file;
  }
}

const isReadable = (body: unknown): body is Readable =>
  typeof body === 'object' && body !== null && 'iterator' in body && typeof body.iterator === 'function';

function fileName(header: string | undefined): string {
  let name: string;
  try {
    name = decodeURIComponent(header ?? '').normalize('NFC');
  } catch {
    name = '';
  }
  if (isFileName(name)) return name;
  throw new Problem(
    422,
    'invalid-file-name',
    'The header X-File-Name must hold a percent-encoded file name of at most 180 characters without folders; nothing was stored.',
  );
}

const brokenOff = (): Problem =>
  new Problem(
    400,
    'upload-broken-off',
    'The connection ended before all bytes had come; nothing was stored. Send the file again.',
  );

const emptyFile = (): Problem =>
  new Problem(422, 'empty-file', 'The file has no bytes; nothing was stored. Choose a file with content.');

const tooLarge = (max: number): Problem =>
  new Problem(
    413,
    'file-too-large',
    `A file may have at most ${max} bytes; nothing was stored. Split or compress it.`,
    { maxBytes: max },
    { connection: 'close' },
  );

const quotaReached = (): Problem =>
  new Problem(
    413,
    'project-quota',
    `The files of a project may have ${PROJECT_QUOTA} bytes in total; nothing was stored.`,
    { maxBytes: PROJECT_QUOTA },
    { connection: 'close' },
  );
