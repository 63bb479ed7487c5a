import { Inject, Injectable } from '@nestjs/common';
import { DocumentError, readCriteria, type Hex, type SampledBatchCriteria } from '@milepost/protocol';
import { checkLaneEvidence, readPublicManifest, type LaneDocument } from '@milepost/protocol/judge/lane-evidence';
import { DEPLOYMENT, type Deployment } from '../../../platform/config/index.js';
import { UnitOfWork } from '../../../platform/database/index.js';
import { Problem } from '../../../platform/http/index.js';
import { AuditService } from '../../audit/index.js';
import { PublicManifests } from '../../deliverables/index.js';
import { ProjectDirectory } from '../../projects/index.js';
import { OracleRepository, type OracleRequestRecord } from '../persistence/oracle.repository.js';
import { RunRepository } from '../persistence/run.repository.js';

/**
 * Evidence of sampled batches, kept beside the request. Each document proves itself by signatures, by its commitment and by
 * Merkle proofs, so it does not matter who hands it in; one that proves nothing is refused.
 */
@Injectable()
export class Evidence {
  constructor(
    @Inject(DEPLOYMENT) private readonly deployment: Deployment | null,
    private readonly repository: OracleRepository,
    private readonly runs: RunRepository,
    private readonly manifests: PublicManifests,
    private readonly projects: ProjectDirectory,
    private readonly uow: UnitOfWork,
    private readonly audit: AuditService,
  ) {}

  /** @throws {Problem} 404 `unknown-request`, 409 `no-evidence-wanted`, 422 `document-not-valid` */
  async put(requestId: string, name: LaneDocument, body: Buffer, person: string | null): Promise<{ isNew: boolean }> {
    const request = await this.repository.request(requestId);
    if (request === null) throw unknownRequest();
    const criteria = await this.criteria(request);
    await this.check(request, criteria, name, body);
    return this.uow.transaction(async (tx) => {
      const isNew = await this.runs.putEvidence(requestId, name, body, person);
      const link = await this.projects.byEscrow(request.escrow);
      await this.audit.append(tx, {
        type: 'evidence.stored',
        subject: ['oracle-request', requestId.slice(2)],
        project: link?.id ?? null,
        actor: person === null ? { system: 'oracle' } : { person },
        refs: { milestone: request.milestone, round: request.round, name, bytes: body.length, isNew },
      });
      return { isNew };
    });
  }

  /** The exact bytes. @throws {Problem} 404 `unknown-evidence` */
  async read(requestId: string, name: string): Promise<Buffer> {
    const body = await this.runs.evidence(requestId, name);
    if (body === null)
      throw new Problem(404, 'unknown-evidence', 'Nobody has handed in this evidence for this request.');
    return body;
  }

  private async criteria(request: OracleRequestRecord): Promise<SampledBatchCriteria> {
    const body = await this.repository.document(request.criteria);
    const criteria = body === null ? null : readCriteria(body.toString('utf8'), request.criteria as Hex);
    if (criteria?.kind !== 'sampled-batch')
      throw new Problem(
        409,
        'no-evidence-wanted',
        'Only sampled batches are judged by evidence that is handed in; nothing was kept.',
      );
    return criteria;
  }

  private async check(
    request: OracleRequestRecord,
    criteria: SampledBatchCriteria,
    name: LaneDocument,
    body: Buffer,
  ): Promise<void> {
    const manifest = await this.manifests.bytesOf(request.digest);
    try {
      if (manifest === null) throw new DocumentError('$', 'the manifest of this submission is not stored here');
      checkLaneEvidence(
        name,
        body.toString('utf8'),
        criteria,
        {
          chainId: BigInt(this.deployment?.chainId ?? 0),
          oracle: (this.deployment?.contracts.CreOracle.toLowerCase() ?? '0x') as Hex,
          requestId: request.id as Hex,
          digest: request.digest as Hex,
          criteriaHash: request.criteria as Hex,
          round: request.round,
        },
        readPublicManifest(manifest.toString('utf8'), request.digest as Hex),
      );
    } catch (error) {
      if (!(error instanceof DocumentError)) throw error;
      throw new Problem(422, 'document-not-valid', `The evidence was not kept: ${error.message}.`, {
        issues: [{ path: error.path, code: 'document-not-valid', message: error.problem }],
      });
    }
  }
}

const unknownRequest = (): Problem => new Problem(404, 'unknown-request', 'There is no such oracle request.');
