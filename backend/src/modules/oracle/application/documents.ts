import { Injectable } from '@nestjs/common';
import { CRITERIA_SCHEMA, DocumentError, parseCanonical, parseCriteria, sha256Hex } from '@milepost/protocol';
import { UnitOfWork } from '../../../platform/database/index.js';
import { Problem } from '../../../platform/http/index.js';
import { AuditService } from '../../audit/index.js';
import { PublicManifests } from '../../deliverables/index.js';
import { OracleRepository } from '../persistence/oracle.repository.js';

/** Documents that anyone may read by their hash; what the parties sign names the hash, so nobody can swap one. */
@Injectable()
export class Documents {
  constructor(
    private readonly repository: OracleRepository,
    private readonly uow: UnitOfWork,
    private readonly audit: AuditService,
    private readonly manifests: PublicManifests,
  ) {}

  /**
   * Keeps a document. The same bytes again change nothing.
   * @throws {Problem} 422 `document-not-canonical`, `document-not-valid`
   */
  async store(body: Buffer, person: string | null): Promise<string> {
    const text = body.toString('utf8');
    try {
      const value = parseCanonical(text);
      if (typeof value === 'object' && value !== null && 'schema' in value && value.schema === CRITERIA_SCHEMA)
        parseCriteria(value);
    } catch (error) {
      if (!(error instanceof DocumentError)) throw error;
      throw new Problem(
        422,
        'document-not-valid',
        `The document was not kept: ${error.message}. Send canonical JSON (RFC 8785) of at most 20,480 bytes that follows its schema.`,
        { issues: [{ path: error.path, code: 'document-not-valid', message: error.problem }] },
      );
    }
    const sha256 = sha256Hex(body);
    await this.uow.transaction(async (tx) => {
      const isNew = await this.repository.addDocument(sha256, body, person);
      await this.audit.append(tx, {
        type: 'document.stored',
        subject: ['document', sha256.slice(2)],
        actor: person === null ? { system: 'oracle' } : { person },
        refs: { bytes: body.length, isNew },
      });
    });
    return sha256;
  }

  /**
   * The exact bytes: a kept document, or the public part of a manifest that the oracle was asked about.
   * @throws {Problem} 404 `unknown-document`
   */
  async read(sha256: string): Promise<Buffer> {
    const body = (await this.repository.document(sha256)) ?? (await this.manifest(sha256));
    if (body === null) throw new Problem(404, 'unknown-document', 'There is no document with this hash.');
    return body;
  }

  private async manifest(digest: string): Promise<Buffer | null> {
    return (await this.repository.isSubmitted(digest)) ? this.manifests.bytesOf(digest) : null;
  }
}
