import { Inject, Injectable } from '@nestjs/common';
import { ORACLE_PROOF_SCHEMA, type Hex, type OracleProof } from '@milepost/protocol';
import { DEPLOYMENT, type Deployment } from '../../../platform/config/index.js';
import { PublicManifests } from '../../deliverables/index.js';
import { RunRepository } from '../persistence/run.repository.js';
import { committeeOf } from './committee.js';
import { evidenceOf, resultOf, type RequestFile } from './read-requests.js';

/** Puts together what proves a verdict without this service: report, signatures, documents, what the judges read. */
@Injectable()
export class ExportProof {
  constructor(
    @Inject(DEPLOYMENT) private readonly deployment: Deployment | null,
    private readonly runs: RunRepository,
    private readonly manifests: PublicManifests,
  ) {}

  async of(file: RequestFile): Promise<OracleProof> {
    const { request, report } = file;
    const result = report === null ? null : resultOf(report);
    const sources = [...(report?.sources ?? [])];
    for (const { name } of file.handedIn) {
      const body = await this.runs.evidence(request.id, name);
      if (body !== null) sources.push({ name, text: body.toString('utf8') });
    }
    const manifest = await this.manifests.bytesOf(request.digest);
    return {
      schema: ORACLE_PROOF_SCHEMA,
      committee: committeeOf(this.deployment),
      request: {
        requestId: request.id,
        escrow: request.escrow,
        milestone: request.milestone,
        round: request.round,
        digest: request.digest,
        criteriaHash: request.criteria,
      },
      attestation:
        request.verdict === null
          ? null
          : {
              verdict: request.verdict === 1 ? 'passed' : 'failed',
              payBps: request.payBps ?? 0,
              evidenceHash: request.evidence ?? '',
              txHash: request.recordedTx,
            },
      report:
        report === null
          ? null
          : {
              rawReport: report.raw,
              reportContext: report.context,
              signatures: report.signatures.map(({ signature }) => signature),
            },
      documents: { criteria: file.criteriaText, manifest: manifest?.toString('utf8') ?? null },
      evidence:
        report === null ? [] : evidenceOf(file, result).map(({ name, sha256 }) => ({ name, sha256: sha256 as Hex })),
      sources,
      randomness: null,
    };
  }
}
