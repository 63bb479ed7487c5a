import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { ManifestFile, PublicManifest, ConfidentialManifest } from '@milepost/protocol/manifest';
import { type Actor, Problem, type SessionPerson } from '../../../platform/http/index.js';
import { UnitOfWork } from '../../../platform/database/index.js';
import { FileStore } from '../../../platform/store/index.js';
import { AuditService } from '../../audit/index.js';
import { ProjectDirectory } from '../../projects/index.js';
import { DeliverableRepository, type ManifestRecord } from '../persistence/deliverable.repository.js';
import { DeliverableRights } from './deliverable-rights.js';

/** A submission as a list shows it. */
export interface SubmissionReading {
  readonly digest: string;
  /** 0: prepared, not on the chain. */
  readonly round: number;
  /** Unix seconds; null: not on the chain. */
  readonly submittedAt: number | null;
  /** Null: submitted on the chain without a manifest of ours. */
  readonly record: ManifestRecord | null;
}

const unknownSubmission = (): Problem =>
  new Problem(
    404,
    'unknown-submission',
    'There is no submission with this digest. Nothing was changed. Check the address.',
  );

const noRight = (): Problem =>
  new Problem(
    403,
    'no-right-to-files',
    'These files are for the parties, payees and seats of the project once they are submitted.',
  );

/** Submissions and their files, for those who may see them. */
@Injectable()
export class ReadSubmissions {
  constructor(
    private readonly audit: AuditService,
    private readonly projects: ProjectDirectory,
    private readonly repository: DeliverableRepository,
    private readonly rights: DeliverableRights,
    private readonly store: FileStore,
    private readonly uow: UnitOfWork,
  ) {}

  /** Submissions of a milestone, newest first; work not submitted yet is shown to the provider side only. */
  async list(person: SessionPerson, project: string, milestone: number): Promise<SubmissionReading[]> {
    const { link, isProvider } = await this.rights.of(person, project);
    await this.rights.requireMilestone(project, milestone);
    const facts = await this.projects.submissions(link, milestone);
    const records = await this.repository.manifests(project, milestone);
    const submitted = facts.map((fact) => ({
      digest: fact.digest,
      round: fact.round,
      submittedAt: fact.submittedAt,
      record: records.find((record) => record.digest === fact.digest) ?? null,
    }));
    const onChain = new Set(facts.map((fact) => fact.digest));
    const prepared = isProvider ? records.filter((record) => !onChain.has(record.digest)) : [];
    return [
      ...prepared.map((record) => ({ digest: record.digest, round: 0, submittedAt: null, record })),
      ...submitted,
    ];
  }

  /**
   * The manifest of a digest. The public part is for everyone with a part in the project, the confidential one for those
   * who may read the files.
   */
  async manifest(
    actor: Actor,
    digest: string,
  ): Promise<{ manifest: PublicManifest; confidential?: ConfidentialManifest }> {
    const record = await this.repository.manifest(digest);
    if (record === null) throw unknownSubmission();
    const { manifest, confidential } = record;
    if (await this.rights.mayRead(actor, record.project, record.milestone, digest)) return { manifest, confidential };
    throw actor.kind === 'person' ? noRight() : unknownSubmission();
  }

  /** Opens a file of a submission; the download is logged. @throws {Problem} 403 `no-right-to-files`, 404, 410 `file-gone` */
  async file(
    actor: Actor,
    digest: string,
    sha256: string,
  ): Promise<{ file: ManifestFile; stream: Readable; size: number }> {
    const record = await this.repository.manifest(digest);
    if (record === null) throw unknownSubmission();
    if (!(await this.rights.mayRead(actor, record.project, record.milestone, digest))) throw noRight();
    const file = record.confidential.files.find((candidate) => candidate.sha256 === sha256);
    if (file === undefined) throw new Problem(404, 'unknown-file', 'The submission has no file with this hash.');
    const opened = await this.store.read(sha256);
    if (opened === null)
      throw new Problem(410, 'file-gone', 'The file is no longer stored. The submission and its proofs stay valid.');
    const person = actor.kind === 'person' ? actor.person.id : null;
    try {
      await this.uow.transaction(async (tx) => {
        await this.repository.logDownload(digest, sha256, person);
        await this.audit.append(tx, {
          type: 'deliverable.viewed',
          subject: ['milestone', `${record.project}/${record.milestone}`],
          project: record.project,
          actor: person === null ? { system: 'acceptance-runner' } : { person },
          refs: { digest },
          sections: [{ section: 'file', data: { name: file.name, sha256 } }],
        });
      });
    } catch (error) {
      opened.stream.destroy();
      throw error;
    }
    return { file, ...opened };
  }
}
