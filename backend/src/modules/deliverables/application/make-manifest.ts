import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DocumentError } from '@milepost/protocol/canonical';
import { buildManifest, type Manifest, type ManifestFacts } from '@milepost/protocol/manifest';
import type { EntityManager } from 'typeorm';
import { invalidInput, Problem, type SessionPerson } from '../../../platform/http/index.js';
import { OutboxService } from '../../../platform/outbox/index.js';
import { AuditService } from '../../audit/index.js';
import { DeliverableRepository } from '../persistence/deliverable.repository.js';
import { DeliverableRights } from './deliverable-rights.js';

/** What a manifest is made of. */
export interface ManifestRequest {
  readonly project: string;
  readonly milestone: number;
  readonly files: readonly { readonly sha256: string; readonly name: string }[];
  readonly note: string;
  readonly facts: ManifestFacts | undefined;
}

/** Makes the manifest of a submission from uploaded files; its digest is what the contributor signs and submits. */
@Injectable()
export class MakeManifest {
  constructor(
    private readonly audit: AuditService,
    private readonly outbox: OutboxService,
    private readonly repository: DeliverableRepository,
    private readonly rights: DeliverableRights,
  ) {}

  /** @throws {Problem} 422 `unknown-file`, `invalid-input` */
  async make(
    tx: EntityManager,
    person: SessionPerson,
    request: ManifestRequest,
  ): Promise<Manifest & { digest: string }> {
    const { project, milestone } = request;
    await this.rights.provider(person, project, milestone);
    const known = await this.repository.files(
      project,
      milestone,
      request.files.map((file) => file.sha256),
    );
    const files = request.files.map(({ sha256, name }) => {
      const file = known.get(sha256);
      if (file === undefined) {
        throw new Problem(
          422,
          'unknown-file',
          `The file ${sha256} was not uploaded to this milestone; nothing was changed. Upload it first.`,
        );
      }
      return { name: name.normalize('NFC'), size: file.size, sha256: sha256 as `0x${string}` };
    });
    const made = build(request, files);
    await this.repository.addManifest({ ...made, project, milestone, madeBy: person.id });
    await this.audit.append(tx, {
      type: 'manifest.made',
      subject: ['milestone', `${project}/${milestone}`],
      project,
      actor: { person: person.id },
      refs: { digest: made.digest, files: files.length },
    });
    await this.outbox.emit(tx, { type: 'deliverable.prepared', ids: { project, milestone }, person: person.id });
    return made;
  }
}

function build(
  request: ManifestRequest,
  files: Parameters<typeof buildManifest>[0]['files'],
): Manifest & { digest: string } {
  const salt = `0x${randomBytes(32).toString('hex')}` as const;
  try {
    return buildManifest({
      files,
      note: request.note,
      salt,
      ...(request.facts === undefined ? {} : { facts: request.facts }),
    });
  } catch (error) {
    if (error instanceof DocumentError) {
      throw invalidInput([{ path: error.path.replace(/^\$\.?/, ''), code: 'invalid', message: error.problem }]);
    }
    throw error;
  }
}
